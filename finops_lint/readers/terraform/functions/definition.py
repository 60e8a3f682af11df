"""How a function of Terraform's is described, and how a call of one goes: conversion, nulls, unknowns, marks, errors.

A definition turns a plain Python function over unmarked, known arguments into one that treats unknown, null and
sensitive arguments as Terraform's function framework does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, TypeAlias

from finops_lint.model.records import record, replace
from finops_lint.readers.terraform.conversion import convert
from finops_lint.readers.terraform.types import ANY, NUMBER, STRING, Type, is_collection
from finops_lint.readers.terraform.values import (
    NO_MARKS,
    EvaluationError,
    Number,
    Unk,
    Value,
    has_marks,
    is_known,
    mark,
    text,
    type_of,
    unknown_from,
    unmark,
    unmark_deep,
)

Returns: TypeAlias = Callable[..., Type]
"""Works out a result's type from unmarked, perhaps unknown arguments; raises EvaluationError where they are wrong."""


@record(frozen=True, slots=True)
class Context:
    """What a function may know besides its arguments."""

    root: Path
    """The folder relative paths start from: that of the root module, as for Terraform."""
    modules: set[Path] = field(default_factory=set)
    """The real folders of the modules met so far. No file outside of them and the root's own folder is read."""


@record(frozen=True, slots=True)
class Parameter:
    """One parameter and what it lets through to the function."""

    name: str
    type: Type = ANY
    null: bool = False
    """Null is an argument like others; otherwise it is an error."""
    unknown: bool = False
    """Unknowns are passed on; otherwise the result is unknown."""
    dynamic: bool = False
    """Unknowns of unknown type are passed on; otherwise the result is one too."""
    marked: bool = False
    """Marks are passed on; otherwise they go over to the result."""


@record(frozen=True, slots=True)
class Function:
    """A function: its parameters, the type of its result, what computes it."""

    name: str
    parameters: tuple[Parameter, ...]
    variadic: Parameter | None
    returns: Type | Returns
    not_null: bool
    """Its result is never null, so an unknown result is not either."""
    takes_context: bool
    compute: Callable[..., Value]


Table: TypeAlias = dict[str, Function]


def define(
    table: Table,
    name: str,
    parameters: Sequence[Parameter],
    returns: Type | Returns,
    *,
    variadic: Parameter | None = None,
    not_null: bool = True,
    context: bool = False,
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """A decorator that puts the function it decorates into `table`."""

    def register(compute: Callable[..., Value]) -> Callable[..., Value]:
        table[name] = Function(name, tuple(parameters), variadic, returns, not_null, context, compute)
        return compute

    return register


def string(name: str, *, unknown: bool = False, dynamic: bool = False) -> Parameter:
    """A parameter that takes a string."""
    return Parameter(name, STRING, unknown=unknown, dynamic=dynamic)


def numeric(name: str, *, dynamic: bool = False) -> Parameter:
    """A parameter that takes a number."""
    return Parameter(name, NUMBER, dynamic=dynamic)


def anything(name: str) -> Parameter:
    """A parameter that takes every value, unknown, null and marked ones too."""
    return Parameter(name, null=True, unknown=True, dynamic=True, marked=True)


def apply(function: Function, arguments: Sequence[Value], context: Context) -> Value:
    """Call `function`.

    Raises:
        EvaluationError: the arguments are of the wrong number, type or value.
    """
    try:
        return _apply(function, arguments, context)
    except EvaluationError as error:
        if any(map(has_marks, arguments)):
            # What is wrong with an argument might tell what it is.
            raise type(error)(f"{function.name}() refuses its arguments, some of which are sensitive") from None
        raise


def _apply(function: Function, arguments: Sequence[Value], context: Context) -> Value:
    pairs = _pair(function, arguments)
    converted = [_argument(function, parameter, value) for parameter, value in pairs]
    parameters = [parameter for parameter, _ in pairs]
    marks = NO_MARKS
    for index, parameter in enumerate(parameters):
        if not parameter.marked:
            converted[index], found = unmark_deep(converted[index])
            marks |= found
    type_ = _result_type(function, parameters, converted)
    result: Value
    if type_ is not None and all(p.unknown or is_known(v) for p, v in zip(parameters, converted, strict=True)):
        result = function.compute(*converted, context) if function.takes_context else function.compute(*converted)
    else:
        # Marks the function would have looked at itself are kept: what is unknown now may be derived from a secret.
        for value in converted:
            marks |= unmark(value)[1]
        result = unknown_from(converted, ANY if type_ is None else type_)
    if isinstance(result, str):
        result = text(result)
    elif isinstance(result, Unk) and function.not_null and not result.not_null:
        result = replace(result, not_null=True)
    return mark(result, marks)


def _pair(function: Function, arguments: Sequence[Value]) -> list[tuple[Parameter, Value]]:
    required = len(function.parameters)
    if len(arguments) < required:
        missing = function.parameters[len(arguments)].name
        least = "at least " if function.variadic else ""
        raise EvaluationError(f"{function.name}() takes {least}{_count(required)}; {missing!r} is missing")
    if function.variadic is None:
        if len(arguments) > required:
            raise EvaluationError(f"{function.name}() takes only {_count(required)}")
        return list(zip(function.parameters, arguments, strict=True))
    parameters = (*function.parameters, *[function.variadic] * (len(arguments) - required))
    return list(zip(parameters, arguments, strict=True))


def _count(number: int) -> str:
    return "1 argument" if number == 1 else f"{number} arguments"


def _argument(function: Function, parameter: Parameter, value: Value) -> Value:
    if parameter.type == ANY:
        return value
    try:
        return convert(value, parameter.type)
    except EvaluationError as error:
        raise EvaluationError(f"{function.name}(): {parameter.name!r} is wrong: {error.message}") from None


def _result_type(function: Function, parameters: Sequence[Parameter], arguments: Sequence[Value]) -> Type | None:
    """The result's type; None where an argument's type is not known and the function must know it."""
    for parameter, value in zip(parameters, arguments, strict=True):
        bare = unmark(value)[0]
        if bare is None:
            if not parameter.null:
                raise EvaluationError(f"{function.name}(): {parameter.name!r} must not be null")
        elif not parameter.dynamic and isinstance(bare, Unk) and bare.type == ANY:
            return None
    if callable(function.returns):
        return function.returns(*(unmark(value)[0] for value in arguments))
    return function.returns


# What several functions need


def whole(value: Number, what: str = "the value") -> int:
    """The number as a 64-bit integer.

    Raises:
        EvaluationError: it has a fraction or is too large.
    """
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    raise EvaluationError(f"{what} must be a whole number")


def element_of(type_: Type) -> Type:
    """The element type of a collection type."""
    element: Any = getattr(type_, "element", ANY)
    return element if is_collection(type_) else ANY


def kind(value: Value) -> str:
    """How a message names the type of a value: `a string`."""
    from finops_lint.readers.terraform.types import type_text

    return type_text(type_of(value))
