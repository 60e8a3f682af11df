"""Terraform's type system: `list(string)`, `object({a = optional(number, 1)})` … as values, and read from their syntax.

No values here but the defaults of `optional()`; how a value becomes one of a type is `conversion.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias, TypeGuard

from finops_lint.model.records import record
from finops_lint.readers.terraform.syntax import (
    Call,
    Expression,
    Literal,
    Name,
    ObjectExpression,
    Template,
    TupleExpression,
)

_MAX_DEPTH = 100


@record(frozen=True, slots=True, eq=False)
class Primitive:
    """One of `string`, `number`, `bool` and `any` (the type that is not known yet); there is one object of each."""

    name: str


@record(frozen=True, slots=True)
class ListOf:
    """`list(element)`."""

    element: Type


@record(frozen=True, slots=True)
class SetOf:
    """`set(element)`."""

    element: Type


@record(frozen=True, slots=True)
class MapOf:
    """`map(element)`."""

    element: Type


@record(frozen=True, slots=True)
class TupleOf:
    """`tuple([items...])`."""

    items: tuple[Type, ...]


@record(frozen=True, slots=True)
class ObjectOf:
    """`object({name = type, ...})`."""

    attributes: Mapping[str, Type]
    optional: Mapping[str, Any] = field(default_factory=dict)
    """Names that may be left out, with their default (`None` for `optional(t)` without one)."""


Type: TypeAlias = Primitive | ListOf | SetOf | MapOf | TupleOf | ObjectOf

STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
ANY = Primitive("any")

_KEYWORDS: Mapping[str, Type] = {
    "string": STRING,
    "number": NUMBER,
    "bool": BOOL,
    "any": ANY,
    "list": ListOf(ANY),
    "map": MapOf(ANY),
}
_COLLECTIONS: Mapping[str, Callable[[Type], Type]] = {"list": ListOf, "set": SetOf, "map": MapOf}


class TypeSyntaxError(Exception):
    """A type constraint that is not one; offsets are into its file."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


def parse_type(expression: Expression, default_value: Callable[[Expression], Any]) -> Type:
    """The type a `type = …` argument names; `default_value` evaluates the constant defaults of `optional()`.

    The quoted spellings of Terraform 0.11 (`"string"`, `"list"`, `"map"`) are read as Terraform does.

    Raises:
        TypeSyntaxError: the expression is not a type.
    """
    return _parse(expression, default_value, 0)


def _parse(expression: Expression, default_value: Callable[[Expression], Any], depth: int) -> Type:
    if depth > _MAX_DEPTH:
        raise TypeSyntaxError("the type is nested too deeply", expression.start, expression.end)
    name = _keyword(expression)
    if name is not None:
        if name in _KEYWORDS:
            return _KEYWORDS[name]
        raise TypeSyntaxError(f"there is no type called {name!r}", expression.start, expression.end)
    if not isinstance(expression, Call):
        raise TypeSyntaxError("a type is a keyword or a call such as list(string)", expression.start, expression.end)
    if len(expression.args) != 1:
        raise TypeSyntaxError(f"{expression.name}() takes one type", expression.start, expression.end)
    argument = expression.args[0]
    if expression.name in _COLLECTIONS:
        return _COLLECTIONS[expression.name](_parse(argument, default_value, depth + 1))
    if expression.name == "tuple" and isinstance(argument, TupleExpression):
        return TupleOf(tuple(_parse(item, default_value, depth + 1) for item in argument.items))
    if expression.name == "object" and isinstance(argument, ObjectExpression):
        return _parse_object(argument, default_value, depth + 1)
    raise TypeSyntaxError(f"{expression.name}(…) is not a type", expression.start, expression.end)


def _keyword(expression: Expression) -> str | None:
    """The word of a bare or quoted type keyword."""
    if isinstance(expression, Name) and not expression.steps:
        return expression.name
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, Template) and len(expression.parts) == 1 and isinstance(expression.parts[0], str):
        return expression.parts[0]
    return None


def _parse_object(expression: ObjectExpression, default_value: Callable[[Expression], Any], depth: int) -> ObjectOf:
    attributes: dict[str, Type] = {}
    optional: dict[str, Any] = {}
    for key, value in expression.items:
        name = _keyword(key)
        if name is None:
            raise TypeSyntaxError("an object type's attribute is a plain name", key.start, key.end)
        if isinstance(value, Call) and value.name == "optional":
            if len(value.args) not in (1, 2):
                raise TypeSyntaxError("optional() takes a type and perhaps a default", value.start, value.end)
            optional[name] = default_value(value.args[1]) if len(value.args) == 2 else None
            value = value.args[0]
        attributes[name] = _parse(value, default_value, depth)
    return ObjectOf({name: attributes[name] for name in sorted(attributes)}, optional)


def is_collection(type_: Type) -> TypeGuard[ListOf | SetOf | MapOf]:
    """Whether the type is a list, set or map."""
    return isinstance(type_, (ListOf, SetOf, MapOf))


def has_any(type_: Type) -> bool:
    """Whether part of the type is not known yet (`any` at some depth)."""
    match type_:
        case Primitive():
            return type_ == ANY
        case ListOf() | SetOf() | MapOf():
            return has_any(type_.element)
        case TupleOf():
            return any(map(has_any, type_.items))
        case ObjectOf():
            return any(map(has_any, type_.attributes.values()))


def has_optional(type_: Type) -> bool:
    """Whether an `optional()` occurs in the type."""
    match type_:
        case Primitive():
            return False
        case ListOf() | SetOf() | MapOf():
            return has_optional(type_.element)
        case TupleOf():
            return any(map(has_optional, type_.items))
        case ObjectOf():
            return bool(type_.optional) or any(map(has_optional, type_.attributes.values()))


def without_optional(type_: Type) -> Type:
    """The type values have that were converted to `type_`: no attribute is optional any more."""
    match type_:
        case Primitive():
            return type_
        case ListOf() | SetOf() | MapOf():
            return type(type_)(without_optional(type_.element))
        case TupleOf():
            return TupleOf(tuple(map(without_optional, type_.items)))
        case ObjectOf():
            return ObjectOf({name: without_optional(of) for name, of in type_.attributes.items()})


def type_text(type_: Type) -> str:
    """How a message names the type: `a string`, `a list of number`, `an object`."""
    match type_:
        case Primitive(name="any"):
            return "a value"
        case Primitive(name=name):
            return f"a {name}"
        case TupleOf():
            return "a tuple"
        case ObjectOf():
            return "an object"
        case _:
            kind = {ListOf: "list", SetOf: "set", MapOf: "map"}[type(type_)]
            element = type_.element
            return f"a {kind}" if element == ANY else f"a {kind} of {_plain(element)}"


def _plain(type_: Type) -> str:
    return type_text(type_).split(" ", 1)[1]
