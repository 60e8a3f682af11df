"""The functions over numbers."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from finops_lint.readers.terraform.conversion import convert
from finops_lint.readers.terraform.functions.definition import (
    Parameter,
    Table,
    define,
    kind,
    numeric,
    whole,
)
from finops_lint.readers.terraform.operators import binary, is_infinite
from finops_lint.readers.terraform.types import NUMBER, STRING, ListOf, Type
from finops_lint.readers.terraform.values import (
    NUMBERS,
    EvaluationError,
    Number,
    TerraformList,
    TerraformSet,
    Unk,
    Value,
    contains_unknown,
    mark,
    number,
    type_of,
    unknown_from,
    unmark,
)

TABLE: Table = {}

_RANGE_LIMIT = 1024
_NUMBERS = Parameter("numbers", NUMBER, unknown=True, dynamic=True)


@define(TABLE, "abs", [Parameter("num", NUMBER, dynamic=True, marked=True)], NUMBER)
def _absolute(value: Value) -> Value:
    bare, marks = unmark(value)
    return mark(abs(bare), marks)


@define(TABLE, "ceil", [numeric("num")], NUMBER)
def _ceil(value: Number) -> Number:
    return _integral(value, ROUND_CEILING)


@define(TABLE, "floor", [numeric("num")], NUMBER)
def _floor(value: Number) -> Number:
    return _integral(value, ROUND_FLOOR)


def _integral(value: Number, rounding: str) -> Number:
    if isinstance(value, int) or value == value.to_integral_value():
        return value
    return number(value.to_integral_value(rounding=rounding, context=NUMBERS))


@define(TABLE, "signum", [numeric("num")], NUMBER)
def _signum(value: Number) -> int:
    size = whole(value)
    return (size > 0) - (size < 0)


@define(TABLE, "log", [numeric("num"), numeric("base")], NUMBER)
def _log(value: Number, base: Number) -> Number:
    return _from_float(_divide(_natural(_float(value)), _natural(_float(base))))


def _natural(value: float) -> float:
    if value < 0:
        return math.nan
    return -math.inf if value == 0 else math.log(value)


def _divide(dividend: float, divisor: float) -> float:
    """A float division that gives infinities and NaN as IEEE 754 says."""
    if divisor != 0:
        return dividend / divisor
    return math.nan if dividend == 0 or math.isnan(dividend) else math.copysign(math.inf, dividend)


@define(TABLE, "pow", [numeric("num"), numeric("power")], NUMBER)
def _power(value: Number, exponent: Number) -> Number:
    base, to = _float(value), _float(exponent)
    try:
        return _from_float(math.pow(base, to))
    except OverflowError:
        return _from_float(-math.inf if base < 0 and to % 2 == 1 else math.inf)
    except ValueError:
        # Zero to a negative power is infinite; a negative number to a fraction is no number.
        return _from_float(math.inf if base == 0 else math.nan)


def _float(value: Number) -> float:
    try:
        converted = float(value)
    except OverflowError:
        converted = math.inf
    if math.isinf(converted) and not is_infinite(value):
        raise EvaluationError("the number is too large")
    return converted


def _from_float(value: float) -> Number:
    if math.isnan(value):
        raise EvaluationError("the result is not a number")
    if math.isinf(value):
        return Decimal("Infinity") if value > 0 else Decimal("-Infinity")
    return int(value) if value.is_integer() and abs(value) < 1e21 else number(value)


def _extreme(name: str, values: tuple[Value, ...], lower: bool) -> Value:
    if not values:
        raise EvaluationError(f"{name}() takes at least one number")
    known = [value for value in values if not isinstance(value, Unk)]
    if len(known) == len(values):
        return min(known) if lower else max(known)
    return unknown_from(values, NUMBER, not_null=True)


@define(TABLE, "min", [], NUMBER, variadic=_NUMBERS)
def _minimum(*values: Value) -> Value:
    return _extreme("min", values, lower=True)


@define(TABLE, "max", [], NUMBER, variadic=_NUMBERS)
def _maximum(*values: Value) -> Value:
    return _extreme("max", values, lower=False)


def _parseint_type(value: Value, base: Value) -> Type:
    if type_of(value) != STRING:
        raise EvaluationError(f"parseint() takes a string, not {kind(value)}")
    return NUMBER


@define(TABLE, "parseint", [Parameter("number", marked=True), Parameter("base", NUMBER, marked=True)], _parseint_type)
def _parseint(value: Value, base: Value) -> Value:
    digits, marks = unmark(value)
    radix, of_base = unmark(base)
    radix = whole(radix, "the base")
    if not 2 <= radix <= 62:
        raise EvaluationError("parseint(): the base must be a whole number between 2 and 62")
    return mark(number(_parse_digits(digits, radix)), marks | of_base)


def _parse_digits(digits: str, radix: int) -> int:
    """Digits up to base 36 ignore case; beyond, small letters come before capitals."""
    unsigned = digits[1:] if digits[:1] in ("+", "-") else digits
    total = 0
    if not unsigned or not unsigned.isascii() or len(unsigned) > 4096:
        raise EvaluationError(f"parseint(): the string is not a number to base {radix}")
    for character in unsigned:
        value = _digit(character, radix)
        if value is None or value >= radix:
            raise EvaluationError(f"parseint(): the string is not a number to base {radix}")
        total = total * radix + value
    return -total if digits.startswith("-") else total


def _digit(character: str, radix: int) -> int | None:
    if character.isdigit():
        return int(character)
    if "a" <= character <= "z":
        return ord(character) - ord("a") + 10
    if "A" <= character <= "Z":
        return ord(character) - ord("A") + (10 if radix <= 36 else 36)
    return None


@define(TABLE, "range", [], ListOf(NUMBER), variadic=Parameter("params", NUMBER))
def _range(*limits: Number) -> TerraformList:
    start, end, step = _steps(limits)
    if (end > start) if step < 0 else (end < start):
        raise EvaluationError("range(): the step leads away from the end")
    values: list[Number] = []
    current = start
    while (current > end) if step < 0 else (current < end):
        if len(values) >= _RANGE_LIMIT:
            raise EvaluationError(f"range(): more than {_RANGE_LIMIT} values")
        values.append(current)
        current = _add(current, step)
    return TerraformList(values, NUMBER)


def _steps(limits: tuple[Number, ...]) -> tuple[Number, Number, Number]:
    match limits:
        case (end,):
            return 0, end, -1 if end < 0 else 1
        case (start, end):
            return start, end, -1 if end < start else 1
        case (start, end, step):
            return start, end, step
        case _:
            raise EvaluationError("range() takes one, two or three numbers")


def _add(left: Number, right: Number) -> Number:
    result: Number = binary("+", left, right)
    return result


@define(TABLE, "sum", [Parameter("list")], NUMBER)
def _sum(values: Value) -> Value:
    if not isinstance(values, list | tuple | dict | TerraformSet):
        raise EvaluationError(f"sum() takes a list, set or tuple, not {kind(values)}")
    if not len(values):
        raise EvaluationError("sum(): the list is empty")
    if isinstance(values, dict):
        raise EvaluationError(f"sum() takes a list, set or tuple, not {kind(values)}")
    if contains_unknown(values):
        return unknown_from([values], NUMBER)
    total: Number = 0
    for value in values:
        found = None if value is None else convert(value, NUMBER)
        if found is None:
            raise EvaluationError("sum(): an element is null")
        total = _add(total, found)
    return total
