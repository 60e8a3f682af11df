"""Conversions between types: the expected values are those Terraform 1.11.4 gives for typed variables and `to…()`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.readers.terraform.conversion import convert, convertible, unify
from finops_lint.readers.terraform.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListOf,
    MapOf,
    ObjectOf,
    SetOf,
    TupleOf,
    Type,
)
from finops_lint.readers.terraform.values import (
    SENSITIVE,
    EvaluationError,
    Marked,
    TerraformList,
    TerraformMap,
    Unk,
    make_set,
    mark,
    type_of,
    unknown_map,
)

SECRET = frozenset([SENSITIVE])


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (1, STRING, "1"),
        (Decimal("2.50"), STRING, "2.5"),
        (True, STRING, "true"),
        ("1.50", NUMBER, Decimal("1.5")),
        ("true", BOOL, True),
        ("0", BOOL, False),
        (None, STRING, None),
        (("a", 1, True), ListOf(STRING), ["a", "1", "true"]),
        (("a", 1), ListOf(ANY), ["a", "1"]),
        ((2, 1, 2), ListOf(NUMBER), [2, 1, 2]),
        ((), ListOf(STRING), []),
        ({"a": 1}, MapOf(STRING), {"a": "1"}),
        ({"a": 1, "b": "x"}, MapOf(ANY), {"a": "1", "b": "x"}),
        ({"a": None, "b": {"c": True}}, MapOf(ANY), {"a": None, "b": {"c": True}}),
        ({"a": 1, "b": 2}, ObjectOf({"a": STRING}), {"a": "1"}),
        (TerraformMap({"a": "1"}, STRING), ObjectOf({"a": NUMBER}), {"a": 1}),
        ((1, "2"), TupleOf((STRING, NUMBER)), ("1", 2)),
        (make_set(["b", "a"], STRING), ListOf(STRING), ["a", "b"]),
        (({"a": 1}, {"a": "x"}), ListOf(ANY), [{"a": "1"}, {"a": "x"}]),
        ({"x": {"a": 1}, "y": {}}, MapOf(MapOf(NUMBER)), {"x": {"a": 1}, "y": {}}),
    ],
)
def test_a_value_is_converted(value: object, type_: Type, expected: object) -> None:
    assert convert(value, type_) == expected


def test_a_set_made_of_a_list_has_each_element_once() -> None:
    assert convert(("b", "a", "b"), SetOf(STRING)).items == ("a", "b")
    assert convert((1, "1"), SetOf(STRING)).items == ("1",)


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ((1, 2), ListOf(ANY), ListOf(NUMBER)),
        ((), ListOf(ANY), ListOf(ANY)),
        (("a", 1), SetOf(ANY), SetOf(STRING)),
        ({"a": True}, MapOf(ANY), MapOf(BOOL)),
        (TerraformList([], STRING), ListOf(ANY), ListOf(STRING)),
    ],
)
def test_any_becomes_the_type_the_elements_share(value: object, type_: Type, expected: Type) -> None:
    assert type_of(convert(value, type_)) == expected


@pytest.mark.parametrize(
    ("value", "type_", "words"),
    [
        ("x", NUMBER, "a number is required"),
        (True, NUMBER, "a number is required"),
        ("yes", BOOL, "a bool is required"),
        ("True", BOOL, "lowercase"),
        (2, BOOL, "a bool is required"),
        ((1,), STRING, "a string is required"),
        ("a", ListOf(STRING), "a list of string is required"),
        ({"a": 1}, ListOf(NUMBER), "a list of number is required"),
        ((1, (2,)), ListOf(ANY), "one type"),
        ({"a": None, "b": {"c": 1}, "d": {"e": 1}}, MapOf(ANY), "share"),
        (((1,),), ListOf(STRING), "a string is required"),
        ({}, ObjectOf({"a": STRING}), 'attribute "a" is required'),
        ({"a": ()}, ObjectOf({"a": STRING}), 'attribute "a"'),
        (TerraformMap({"b": "1"}, STRING), ObjectOf({"a": STRING}), "no element 'a'"),
        ((1,), TupleOf((NUMBER, NUMBER)), "a tuple is required"),
        (("x",), ListOf(NUMBER), "a number is required"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_the_reason(value: object, type_: Type, words: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        convert(value, type_)
    assert words in caught.value.message


def test_defaults_of_optional_attributes_are_put_in() -> None:
    type_ = ObjectOf({"size": NUMBER, "type": STRING, "zone": STRING}, {"type": "gp3", "zone": None})
    assert convert({"size": "20"}, type_) == {"size": 20, "type": "gp3", "zone": None}
    assert convert({"size": 20, "type": None}, type_)["type"] == "gp3"


def test_defaults_reach_objects_inside_collections() -> None:
    disk = ObjectOf({"size": NUMBER, "type": STRING}, {"type": "gp3"})
    type_ = ObjectOf({"disks": ListOf(disk), "by_name": MapOf(disk)}, {"disks": (), "by_name": {}})
    got = convert({"disks": ({"size": 1}, {"size": 2, "type": "io2"}), "by_name": {"a": {"size": 3}}}, type_)
    assert [disk["type"] for disk in got["disks"]] == ["gp3", "io2"]
    assert got["by_name"]["a"] == {"size": 3, "type": "gp3"}


def test_a_default_object_gets_the_defaults_inside_it() -> None:
    inner = ObjectOf({"a": NUMBER, "b": NUMBER}, {"a": 1, "b": 2})
    assert convert({}, ObjectOf({"inner": inner}, {"inner": {}})) == {"inner": {"a": 1, "b": 2}}


def test_an_unknown_with_a_default_is_never_null() -> None:
    type_ = ObjectOf({"type": STRING, "zone": STRING}, {"type": "gp3", "zone": None})
    got = convert({"type": Unk(STRING), "zone": Unk(STRING)}, type_)
    assert (got["type"].not_null, got["zone"].not_null) == (True, False)


def test_null_itself_gets_no_defaults() -> None:
    assert convert(None, ObjectOf({"a": NUMBER}, {"a": 1})) is None


def test_marks_stay_on_what_they_were_on() -> None:
    assert convert(mark(1, SECRET), STRING) == Marked("1", SECRET)
    assert convert((mark(1, SECRET), 2), ListOf(STRING)) == [Marked("1", SECRET), "2"]


def test_an_unknown_changes_its_type_and_keeps_its_reason() -> None:
    given = Unk(NUMBER, not_null=True, reason="var.n has no default", waits_for=("var.n",))
    got = convert(given, STRING)
    assert (got.type, got.not_null, got.reason, got.waits_for) == (STRING, True, given.reason, given.waits_for)


def test_an_unknown_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(EvaluationError):
        convert(Unk(ListOf(STRING)), STRING)


def test_an_unknown_tuple_as_a_list_has_its_length() -> None:
    got = convert(Unk(TupleOf((STRING, STRING))), ListOf(STRING))
    assert (got.min_length, got.max_length) == (2, 2)


def test_an_unknown_list_as_a_set_may_lose_duplicates() -> None:
    got = convert(Unk(ListOf(STRING), min_length=3, max_length=5), SetOf(STRING))
    assert (got.min_length, got.max_length) == (1, 5)


def test_the_known_entries_of_a_map_are_converted_too() -> None:
    got = convert(unknown_map({"a": 1}, Unk()), MapOf(STRING))
    assert got.known == {"a": "1"}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([STRING, NUMBER], STRING),
        ([NUMBER, BOOL], None),
        ([NUMBER, BOOL, STRING], STRING),
        ([ANY, NUMBER], NUMBER),
        ([ListOf(NUMBER), ListOf(STRING)], ListOf(STRING)),
        ([ListOf(STRING), SetOf(STRING)], ListOf(STRING)),
        ([ListOf(STRING), TupleOf((NUMBER, BOOL))], ListOf(STRING)),
        ([ListOf(STRING), TupleOf((NUMBER,))], ListOf(STRING)),
        ([TupleOf((NUMBER, STRING)), TupleOf((STRING, STRING))], TupleOf((STRING, STRING))),
        ([TupleOf((NUMBER,)), TupleOf((STRING, STRING))], ListOf(STRING)),
        ([TupleOf(()), TupleOf((STRING,))], ListOf(STRING)),
        ([ObjectOf({"a": NUMBER}), ObjectOf({"a": STRING})], ObjectOf({"a": STRING})),
        ([ObjectOf({"a": NUMBER}), ObjectOf({"b": STRING})], MapOf(STRING)),
        ([ObjectOf({}), ObjectOf({"b": STRING})], MapOf(STRING)),
        ([MapOf(STRING), ObjectOf({"a": NUMBER})], MapOf(STRING)),
        ([ObjectOf({}), TupleOf(())], None),
        ([MapOf(STRING), ANY], ANY),
        ([STRING, ListOf(STRING)], None),
    ],
)
def test_types_are_unified_as_terraform_does(types: list[Type], expected: Type | None) -> None:
    assert unify(types) == expected


def test_a_conversion_may_exist_though_the_content_may_refuse_it() -> None:
    assert convertible(STRING, NUMBER)
    assert convertible(MapOf(STRING), ObjectOf({"a": NUMBER}))
    assert not convertible(ListOf(ListOf(STRING)), ListOf(STRING))
