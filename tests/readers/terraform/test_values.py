"""The evaluator's values: numbers, sets, unknowns, marks, and how they become model values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown
from finops_lint.readers.terraform.types import ANY, BOOL, NUMBER, STRING, ListOf, MapOf, ObjectOf, SetOf, TupleOf
from finops_lint.readers.terraform.values import (
    EPHEMERAL,
    NO_MARKS,
    SENSITIVE,
    EvaluationError,
    LimitError,
    Marked,
    TerraformList,
    TerraformMap,
    TerraformSet,
    Unk,
    check_size,
    contains_unknown,
    has_marks,
    is_known,
    make_set,
    mark,
    number,
    number_text,
    parse_number,
    text,
    to_model,
    type_of,
    unknown_from,
    unknown_map,
    unmark,
    unmark_deep,
)

SECRET = frozenset([SENSITIVE])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (2, 2),
        (Decimal("2.0"), 2),
        (Decimal("1E+3"), 1000),
        (Decimal("2.50"), Decimal("2.5")),
        (0.1, Decimal("0.1")),
        ("3", 3),
    ],
)
def test_a_number_is_an_int_where_it_is_integral(given: Any, expected: object) -> None:
    got = number(given)
    assert got == expected
    assert type(got) is type(expected)


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(EvaluationError):
        number(Decimal("NaN"))


def test_a_number_keeps_as_many_digits_as_512_bits_do() -> None:
    assert number_text(number(2**600 + 1)) == number_text(number(2**600))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("1", 1),
        ("-2.5e1", -25),
        ("0.50", Decimal("0.5")),
        ("", None),
        ("1_000", None),
        (" 1", None),
        ("Infinity", None),
        ("x", None),
        ("\u0661", None),
    ],
)
def test_a_string_is_a_number_only_as_terraform_reads_it(given: str, expected: object) -> None:
    assert parse_number(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [(5, "5"), (Decimal("1.50"), "1.5"), (Decimal("1e-7"), "0.0000001"), (10**30, "1" + "0" * 30)],
)
def test_a_number_is_written_without_exponent(given: Any, expected: str) -> None:
    assert number_text(number(given)) == expected


def test_strings_are_normalized() -> None:
    assert text("e\u0301") == "\u00e9"


def test_a_set_is_ordered_and_without_duplicates() -> None:
    assert make_set(["b", "a", "b"], STRING) == TerraformSet(("a", "b"), STRING)
    assert make_set([10, 9, Decimal("2.5"), 9], NUMBER).items == (Decimal("2.5"), 9, 10)
    assert make_set([True, False, True], BOOL).items == (False, True)


def test_a_set_keeps_one_and_true_apart() -> None:
    assert len(make_set([({"a": 1},), ({"a": True},)])) == 2


def test_a_set_has_unknowns_behind_what_it_knows_and_null_last() -> None:
    unknown = Unk(STRING)
    assert make_set([None, unknown, "z"], STRING).items == ("z", unknown, None)
    assert len(make_set([unknown, unknown], STRING)) == 2


def test_a_mark_inside_a_set_is_one_of_the_set() -> None:
    assert make_set([mark("a", SECRET)], STRING) == Marked(TerraformSet(("a",), STRING), SECRET)


def test_a_map_is_in_the_order_of_its_keys() -> None:
    assert list(TerraformMap({"b": 1, "a": 2})) == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ANY),
        (True, BOOL),
        (1, NUMBER),
        ("", STRING),
        ((1, "a"), TupleOf((NUMBER, STRING))),
        ({"a": (True,)}, ObjectOf({"a": TupleOf((BOOL,))})),
        (TerraformList([], STRING), ListOf(STRING)),
        (TerraformMap({}, NUMBER), MapOf(NUMBER)),
        (make_set([], BOOL), SetOf(BOOL)),
        (Unk(STRING), STRING),
        (mark(1, SECRET), NUMBER),
    ],
)
def test_a_value_knows_its_type(value: object, expected: object) -> None:
    assert type_of(value) == expected


@pytest.mark.parametrize("value", [Unk(), Marked(True, SECRET)])
def test_unknown_and_marked_values_are_neither_true_nor_false(value: object) -> None:
    with pytest.raises(TypeError):
        bool(value)


@pytest.mark.parametrize(
    "value",
    [Unk(), mark(Unk(), SECRET), (1, Unk()), {"a": {"b": Unk()}}, make_set([Unk()]), TerraformList([Unk()], STRING)],
)
def test_an_unknown_is_found_at_any_depth(value: object) -> None:
    assert contains_unknown(value)


def test_a_collection_with_an_unknown_in_it_is_itself_known() -> None:
    assert is_known((Unk(),))
    assert not is_known(mark(Unk(), SECRET))


def test_an_unknown_made_from_others_waits_for_all_of_them() -> None:
    first = Unk(reason="var.a has no default", waits_for=("var.a",), span=Span("main.tf", 3))
    second = Unk(reason="known after apply", waits_for=("data.x.y", "var.a"))
    got = unknown_from([1, (first,), second], STRING)
    assert got == Unk(STRING, reason=first.reason, waits_for=("var.a", "data.x.y"), span=first.span)


def test_marks_are_merged_not_nested() -> None:
    assert mark(mark(1, SECRET), frozenset([EPHEMERAL])) == Marked(1, frozenset([SENSITIVE, EPHEMERAL]))
    assert mark(1, NO_MARKS) == 1


def test_unmarking_shallowly_leaves_the_marks_inside() -> None:
    inner = (mark(1, SECRET),)
    assert unmark(mark(inner, frozenset([EPHEMERAL]))) == (inner, frozenset([EPHEMERAL]))


def test_unmarking_deeply_takes_all_marks_and_keeps_the_kinds_of_collections() -> None:
    value: dict[str, Any] = {
        "a": TerraformList([mark(1, SECRET)], NUMBER),
        "b": TerraformMap({"x": mark("y", SECRET)}, STRING),
    }
    plain, marks = unmark_deep(value)
    assert marks == SECRET
    assert not has_marks(plain)
    assert type_of(plain) == type_of(value)


def test_a_known_entry_of_an_unknown_map_may_be_marked() -> None:
    partly = unknown_map({"a": mark("x", SECRET)}, Unk())
    assert has_marks(partly)
    assert unmark_deep(partly)[0].known == {"a": "x"}


def test_a_value_too_large_is_noticed_even_where_it_shares_its_parts() -> None:
    doubled: Any = (1, 1)
    for _ in range(40):
        doubled = (doubled, doubled)
    with pytest.raises(LimitError):
        check_size(doubled)


# To the model


def test_nulls_and_empty_collections_are_dropped_from_a_model_value() -> None:
    value: dict[str, Any] = {"a": None, "b": (), "c": {}, "d": {"e": None}, "f": (None, 1), "g": ({},)}
    assert to_model(value) == {"f": [1], "g": [{}]}


def test_nothing_left_is_no_value_at_all() -> None:
    assert to_model({"a": None}) is None
    assert to_model(()) is None
    assert to_model(None) is None


def test_false_zero_and_the_empty_string_stay_in_a_model_value() -> None:
    assert to_model({"a": False, "b": 0, "c": ""}) == {"a": False, "b": 0, "c": ""}


def test_numbers_and_sets_become_plain_ones() -> None:
    got = to_model({"n": Decimal("2.5"), "s": make_set(["b", "a"], STRING)})
    assert got == {"n": 2.5, "s": ["a", "b"]}
    assert type(got["n"]) is float


def test_an_unknown_carries_its_reason_to_the_model() -> None:
    span = Span("main.tf", 2, 3)
    got = to_model({"a": Unk(STRING, reason="var.a has no default", waits_for=("var.a",), span=span)})
    assert got == {"a": Unknown("var.a has no default", ("var.a",), span)}


def test_a_map_known_in_part_is_partial_in_the_model() -> None:
    because = Unk(reason="var.common has no default", waits_for=("var.common",))
    got = to_model(unknown_map({"team": "ml", "owner": None}, because))
    assert got == Partial({"team": "ml"}, Unknown("var.common has no default", ("var.common",)))


def test_the_paths_of_sensitive_values_are_those_of_the_model_value() -> None:
    paths: list[Path] = []
    to_model({"a": (None, {"b": mark("x", SECRET)}), "c": mark({"d": 1}, SECRET)}, paths)
    assert paths == [("a", 0, "b"), ("c",)]
