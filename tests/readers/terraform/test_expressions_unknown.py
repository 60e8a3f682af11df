"""Expressions of unknown and sensitive values: as known as Terraform 1.11.4 plans them or more, never wrongly known."""

from __future__ import annotations

from typing import Any

import pytest

from finops_lint.model.values import GAP, Unknown
from finops_lint.readers.terraform.types import BOOL, NUMBER, STRING, ListOf, MapOf, ObjectOf, SetOf, TupleOf
from finops_lint.readers.terraform.values import (
    SENSITIVE,
    Marked,
    TerraformList,
    TerraformMap,
    Unk,
    contains_unknown,
    has_marks,
    mark,
    to_model,
    unknown_map,
)
from tests.readers.terraform.test_expressions import error_of, plain, value_of

UNKNOWN: dict[str, Any] = {
    "any": Unk(reason="var.any has no default", waits_for=("var.any",)),
    "text": Unk(STRING),
    "id": Unk(STRING, not_null=True),
    "number": Unk(NUMBER),
    "flag": Unk(BOOL),
    "list": Unk(ListOf(STRING)),
    "set": Unk(SetOf(STRING)),
    "map": Unk(MapOf(STRING)),
    "tuple": Unk(TupleOf((STRING, NUMBER))),
    "object": Unk(ObjectOf({"a": STRING, "n": NUMBER})),
    "tags": unknown_map({"team": "ml"}, Unk(reason="var.common has no default", waits_for=("var.common",))),
}
SECRETS: dict[str, Any] = {
    "secret": mark("hunter2", frozenset([SENSITIVE])),
    "secrets": mark(TerraformMap({"a": "x"}, STRING), frozenset([SENSITIVE])),
    "partly": {"a": mark("x", frozenset([SENSITIVE])), "b": "y"},
}


def unknown(expression: str, **more: Any) -> Any:
    return value_of(expression, **UNKNOWN, **SECRETS, **more)


@pytest.mark.parametrize(
    "expression",
    [
        "number + 1",
        "number * 0",
        "-number",
        "!flag",
        "number > 3",
        'text == "a"',
        "text == null",
        "id == text",
        "any == null",
        '"${any}"',
        '"a-${text}"',
        "flag ? 1 : 2",
        "any.a.b.c",
        "any[0]",
        "any[*].id",
        "map.a",
        "list[0]",
        "object.a",
        "local.l[number]",
        "local.m[text]",
        "[for x in list : x]",
        "[for x in local.l : x if flag]",
        "text[*]",
        "max(any...)",
        "try(any.a, 1)",
        "can(any.a)",
        "flag || false",
        "flag && true",
        "text && false",
        '"%{ for x in list }${x}%{ endfor }"',
        "{(text) = 1}",
        "list == tolist([])",
    ],
)
def test_what_depends_on_an_unknown_is_unknown(expression: str) -> None:
    assert isinstance(unknown(expression), Unk)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[number, 1]", True),
        ("{a = flag}", True),
        ("id[*]", True),
        ("[for x in [any, 1] : x]", True),
        ("object[*].a", False),
    ],
)
def test_a_collection_of_unknowns_is_itself_known_where_its_shape_is(expression: str, expected: bool) -> None:
    got = unknown(expression)
    assert contains_unknown(got)
    assert isinstance(got, Unk) is not expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("flag && false", False),
        ("false && flag", False),
        ("true || flag", True),
        ("any || true", True),
        ('"a${text}" == null', False),
        ('"a-${text}" == "b"', False),
        ("id == null", False),
        ("id == 1", False),
        ("[number, 1] == [2, 3]", False),
        ("id == local.l", False),
        ("flag ? 1 : 1", 1),
        ('any ? "x" : "x"', "x"),
        ("flag ? [1, 2] : [1, 2]", [1, 2]),
        ("flag ? null : null", None),
        ("length(list) >= 0", True),
        ("length(tuple)", 2),
        ("(flag ? 1 : 3) > 4", False),
        ("(flag ? 1 : 3) < 4", True),
        ("tags.team", "ml"),
        ('tags["team"]', "ml"),
        ("can(tags.team)", True),
        ("try(tags.team, 1)", "ml"),
        ("try(object.nothing, 1)", 1),
        ("can(object.nothing)", False),
    ],
)
def test_what_every_possible_value_would_give_is_known(expression: str, expected: object) -> None:
    assert plain(unknown(expression)) == expected


def test_an_unknown_says_what_it_waits_for() -> None:
    got = unknown('"${any}-${tags.other}"')
    assert got.waits_for == ("var.any", "var.common")
    assert got.reason == "var.any has no default"


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("number + 1", NUMBER),
        ('"x${any}"', STRING),
        ("number < 1", BOOL),
        ("map.a", STRING),
        ("object.n", NUMBER),
        ('flag ? 1 : "a"', STRING),
        ("list[*]", ListOf(STRING)),
        ("set[*]", ListOf(STRING)),
    ],
)
def test_the_type_of_an_unknown_result_is_known_where_terraform_knows_it(expression: str, type_: object) -> None:
    assert unknown(expression).type == type_


@pytest.mark.parametrize(
    ("expression", "sketch"),
    [
        ('"s3://${text}/in/${number}"', "s3://?/in/?"),
        ('"<${"a-${text}"}>"', "<a-?>"),
        ('"%{for x in [1, 2]}${x}=${text} %{endfor}"', "1=? 2=? "),
        ('jsonencode({ Steps = [{ Type = "Training", Arn = "a:${id}", On = flag }] })',
         '{"Steps":[{"Arn":"a:?","On":"?","Type":"Training"}]}'),
        ('"${text}${number}"', ""),
        ('flag ? "a-${text}" : "b"', ""),
    ],
)  # fmt: skip
def test_a_text_keeps_what_is_known_around_what_is_not(expression: str, sketch: str) -> None:
    assert unknown(expression).sketch.replace(GAP, "?") == sketch


def test_a_text_with_a_secret_in_it_keeps_nothing_for_rules_to_read() -> None:
    found = to_model(unknown('"${secret}-${text}"'))
    assert (type(found), found.sketch) == (Unknown, "")


def test_a_template_keeps_the_prefix_before_its_first_unknown() -> None:
    got = unknown('"arn:aws:${text}:x"')
    assert (got.prefix, got.not_null) == ("arn:aws:", True)


def test_a_letter_before_an_unknown_may_yet_get_an_accent() -> None:
    assert unknown('"role${text}"').prefix == "rol"


def test_an_unknown_condition_leaves_what_both_results_share() -> None:
    got = unknown('flag ? {size = 1, kind = "gp3"} : {size = 2, kind = "gp3"}')
    assert got["kind"] == "gp3"
    assert (got["size"].minimum, got["size"].maximum) == (1, 2)


def test_an_unknown_condition_between_maps_leaves_their_common_keys() -> None:
    got = unknown('flag ? {team = "ml", a = "1"} : {team = "ml", b = "1"}')
    assert isinstance(got, Unk)
    assert got.known == {"team": "ml"}


def test_an_unknown_condition_between_lists_of_one_length_leaves_the_length() -> None:
    got = unknown('flag ? ["a", "b"] : ["c", "b"]')
    assert len(got) == 2
    assert got[1] == "b"


def test_a_condition_that_may_turn_out_to_be_no_bool_settles_nothing() -> None:
    assert isinstance(unknown("text ? 1 : 1"), Unk)


def test_entries_before_an_unknown_key_may_be_replaced_by_it() -> None:
    got = unknown("{a = 1, (text) = 2, b = 3}")
    assert got.known is not None
    assert isinstance(got.known["a"], Unk)
    assert got.known["b"] == 3


def test_for_goes_through_the_known_entries_of_a_map_known_in_part() -> None:
    got = unknown("{for k, v in tags : upper(k) => v}")
    assert got.known == {"TEAM": "ml"}


def test_a_group_of_a_map_known_in_part_may_have_more_members() -> None:
    got = unknown("{for k, v in tags : v => k...}")
    assert got.known is not None
    assert isinstance(got.known["ml"], Unk)


def test_a_missing_attribute_of_an_unknown_object_is_an_error() -> None:
    assert "nothing" in error_of("object.nothing", **UNKNOWN).message


def test_an_error_in_a_branch_that_may_not_be_taken_is_none() -> None:
    assert isinstance(unknown("flag ? local.nothing.a : 1"), Unk)


@pytest.mark.parametrize(
    "expression",
    [
        '"a${secret}"',
        'secret == "x"',
        "secrets.a",
        'secrets["a"]',
        'local.m[secrets.a == 0 ? "k" : "a"]',
        "[for x in secrets : x]",
        "{for k, v in {a = 1} : secret => v}",
        "[for x in [1] : x if secret != null]",
        "{(secret) = 1}",
        "secret == null ? 1 : 2",
        "true ? 1 : secret",
        "secrets[*]",
        "partly.a",
        "max([secret == null ? 1 : 2]...)",
        '"%{ for x in secrets }x%{ endfor }"',
        '"%{ if secret == null }x%{ endif }"',
        "flag ? secret : 1",
        "partly == {}",
        "tostring(secret)",
    ],
)
def test_what_is_made_from_a_sensitive_value_is_sensitive(expression: str) -> None:
    assert has_marks(unknown(expression))


@pytest.mark.parametrize("expression", ["partly.b", "[secret, 1][1]", "length([secret])"])
def test_a_plain_part_beside_a_sensitive_one_is_plain_as_in_terraform(expression: str) -> None:
    assert not has_marks(unknown(expression))


def test_a_mark_stays_on_the_element_it_belongs_to() -> None:
    got = unknown("[secret, 1]")
    assert isinstance(got[0], Marked)
    assert got[1] == 1


def test_a_list_known_to_have_elements_bounds_its_splat() -> None:
    got = unknown("bounded[*]", bounded=Unk(ListOf(STRING), min_length=2, max_length=3))
    assert (got.min_length, got.max_length) == (2, 3)


def test_elements_of_a_known_list_may_be_unknown() -> None:
    got = unknown("items[*]", items=TerraformList([Unk(STRING), "b"], STRING))
    assert isinstance(got, TerraformList)
    assert got[1] == "b"


@pytest.mark.parametrize(
    ("items", "is_open"),
    [('["a"]', False), ('["a", "b"]', True), ('["a", "b", "c"]', True), ('["a", "b", "c", "d"]', False)],
)
def test_a_list_of_known_bounds_equals_none_that_lies_outside_of_them(items: str, is_open: bool) -> None:
    got = unknown(f"bounded == tolist({items})", bounded=Unk(ListOf(STRING), min_length=2, max_length=3))
    assert isinstance(got, Unk) if is_open else got is False
