"""`tostring` and the other conversions, and the functions about a value's marks."""

from __future__ import annotations

from collections.abc import Callable

from finops_lint.readers.terraform.conversion import convert
from finops_lint.readers.terraform.functions.definition import Parameter, Table, anything, define
from finops_lint.readers.terraform.types import ANY, BOOL, NUMBER, STRING, ListOf, MapOf, SetOf, Type
from finops_lint.readers.terraform.values import (
    EPHEMERAL,
    SENSITIVE,
    EvaluationError,
    TerraformList,
    TerraformMap,
    Unk,
    Value,
    contains_unknown,
    has_marks,
    mark,
    type_of,
    unknown_from,
    unmark,
)

TABLE: Table = {}


def _define_conversion(name: str, to: Type) -> None:
    def convert_to(value: Value) -> Value:
        try:
            return convert(value, to)
        except EvaluationError as error:
            raise EvaluationError(f"{name}(): {error.message}") from None

    # What is unknown is converted as well: that refuses impossible types and keeps what is known of it.
    define(TABLE, name, [anything("v")], ANY, not_null=False)(convert_to)


for _name, _type in (
    ("tostring", STRING),
    ("tonumber", NUMBER),
    ("tobool", BOOL),
    ("tolist", ListOf(ANY)),
    ("toset", SetOf(ANY)),
    ("tomap", MapOf(ANY)),
):
    _define_conversion(_name, _type)


def _same_type(value: Value) -> Type:
    return type_of(value)


@define(TABLE, "sensitive", [anything("value")], _same_type, not_null=False)
def _sensitive(value: Value) -> Value:
    return mark(value, frozenset({SENSITIVE}))


@define(TABLE, "nonsensitive", [anything("value")], _same_type, not_null=False)
def _nonsensitive(value: Value) -> Value:
    bare, marks = unmark(value)
    return mark(bare, marks - {SENSITIVE})


@define(TABLE, "issensitive", [anything("value")], BOOL, not_null=False)
def _issensitive(value: Value) -> Value:
    bare, marks = unmark(value)
    if SENSITIVE in marks:
        return True
    return unknown_from([bare], BOOL, not_null=True) if isinstance(bare, Unk) else False


@define(TABLE, "ephemeralasnull", [anything("value")], _same_type, not_null=False)
def _ephemeralasnull(value: Value) -> Value:
    return _without_ephemeral(value) if has_marks(value) else value


def _without_ephemeral(value: Value) -> Value:
    bare, marks = unmark(value)
    if EPHEMERAL in marks:
        return mark(None, marks - {EPHEMERAL})
    return mark(_rebuilt(bare, _without_ephemeral), marks)


def _rebuilt(value: Value, change: Callable[[Value], Value]) -> Value:
    """A collection with its elements changed; anything else as it is."""
    if isinstance(value, TerraformMap):
        return TerraformMap({key: change(item) for key, item in value.items()}, value.element)
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    if isinstance(value, TerraformList):
        return TerraformList(map(change, value), value.element)
    if isinstance(value, tuple):
        return tuple(map(change, value))
    return value


_EXPRESSIONS = Parameter("expressions", null=True, unknown=True, dynamic=True, marked=True)


@define(TABLE, "try", [], ANY, variadic=_EXPRESSIONS, not_null=False)
def _try(*values: Value) -> Value:
    """Of values, as `try(list...)` has them; the evaluator sees to expressions that may fail."""
    if not values:
        raise EvaluationError("try() takes an argument")
    return unknown_from(values[:1]) if contains_unknown(values[0]) else values[0]


@define(TABLE, "can", [_EXPRESSIONS], BOOL, not_null=False)
def _can(value: Value) -> Value:
    return unknown_from([value], BOOL) if contains_unknown(value) else True
