"""What Terraform's operators do with values: arithmetic, comparison, equality and logic, unknowns included."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from fractions import Fraction
from typing import Any

from finops_lint.readers.terraform.conversion import convertible, to_bool, to_number
from finops_lint.readers.terraform.types import ANY, BOOL, NUMBER, STRING, MapOf, ObjectOf, Type, has_any, is_collection
from finops_lint.readers.terraform.values import (
    NUMBERS,
    EvaluationError,
    Marked,
    Number,
    TerraformSet,
    Unk,
    Value,
    contains_unknown,
    exact_ratio,
    mark,
    number,
    type_of,
    unknown_from,
    unmark_deep,
)


def binary(sign: str, left: Value, right: Value) -> Value:
    """The result of `left sign right`; unknown where an operand is and does not settle it.

    Raises:
        EvaluationError: an operand is null or of the wrong type, or the result is no number.
    """
    if isinstance(left, Marked) or isinstance(right, Marked) or sign in ("==", "!="):
        left, left_marks = unmark_deep(left)
        right, right_marks = unmark_deep(right)
        return mark(_plain_binary(sign, left, right), left_marks | right_marks)
    return _plain_binary(sign, left, right)


def unary(sign: str, operand: Value) -> Value:
    """The result of `!operand` or `-operand`, the sign being the one or the other."""
    operand, marks = unmark_deep(operand)
    if sign == "!":
        bare = _operand(operand, to_bool, "")
        return mark(unknown_from([bare], BOOL, not_null=True) if isinstance(bare, Unk) else not bare, marks)
    bare = _operand(operand, to_number, "")
    return mark(unknown_from([bare], NUMBER, not_null=True) if isinstance(bare, Unk) else _negative(bare), marks)


def _negative(value: Number) -> Number:
    return -value if isinstance(value, int) else value.copy_negate()


def _plain_binary(sign: str, left: Value, right: Value) -> Value:
    if sign == "==":
        return equals(left, right)
    if sign == "!=":
        same = equals(left, right)
        return same if isinstance(same, Unk) else not same
    if sign in ("&&", "||"):
        result = _logic(sign, _operand(left, to_bool, "left "), _operand(right, to_bool, "right "))
        # A string that is not known yet may still turn out to be no bool, which try() and can() would see.
        uncertain = any(isinstance(side, Unk) and side.type == STRING for side in (left, right))
        return unknown_from((left, right), BOOL, not_null=True) if uncertain else result
    left, right = _operand(left, to_number, "left "), _operand(right, to_number, "right ")
    if sign in _COMPARE:
        return _compare(sign, left, right)
    if isinstance(left, Unk) or isinstance(right, Unk):
        return unknown_from((left, right), NUMBER, not_null=True)
    return _ARITHMETIC[sign](left, right)


def _operand(value: Value, convert_to: Callable[[Value], Value], side: str) -> Value:
    if value is None:
        raise EvaluationError(f"the {side}operand is null")
    try:
        return convert_to(value)
    except EvaluationError as error:
        raise EvaluationError(f"unsuitable {side}operand: {error.message}") from None


def _logic(sign: str, left: Value, right: Value) -> Value:
    """And, or; one side that settles the result does so whatever the other is."""
    settling = sign == "||"
    if left is settling or right is settling:
        return settling
    if isinstance(left, Unk) or isinstance(right, Unk):
        return unknown_from((left, right), BOOL, not_null=True)
    return not settling


# Numbers


def _add(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return number(left + right)
    return _exactly(left, right, operator.add, NUMBERS.add)


def _subtract(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return number(left - right)
    return _exactly(left, right, operator.sub, NUMBERS.subtract)


def _multiply(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return number(left * right)
    return _exactly(left, right, operator.mul, NUMBERS.multiply)


def _divide(left: Number, right: Number) -> Number:
    if right == 0:
        if left == 0:
            raise EvaluationError("zero divided by zero is not a number")
        return Decimal("Infinity") if left > 0 else Decimal("-Infinity")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return _exactly(left, right, operator.truediv, NUMBERS.divide)


def _modulo(left: Number, right: Number) -> Number:
    """The remainder with the sign of the dividend; that of a division by zero is the dividend itself."""
    if is_infinite(left) or is_infinite(right):
        raise EvaluationError("% does not work with infinity")
    if right == 0:
        return left
    return _subtract(left, _multiply(right, int(_divide(left, right))))


def is_infinite(value: Number) -> bool:
    """Whether the number is an infinity, which a division by zero gives."""
    return isinstance(value, Decimal) and value.is_infinite()


def _exactly(
    left: Number,
    right: Number,
    exact: Callable[[Fraction, Fraction], Fraction],
    decimal: Callable[[Number, Number], Decimal],
) -> Number:
    """The result rounded once to 512 bits, as Terraform's arithmetic does; in decimals where that is too much work."""
    one, other = exact_ratio(left), exact_ratio(right)
    try:
        if one is not None and other is not None:
            return number(exact(one, other))
        return number(decimal(left, right))
    except DecimalException:
        raise EvaluationError("the result is too large or too small a number, or none") from None


_ARITHMETIC: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _modulo,
}


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compare(sign: str, left: Value, right: Value) -> Value:
    """The comparison; with an unknown side the known bounds may settle it."""
    if not isinstance(left, Unk) and not isinstance(right, Unk):
        return _COMPARE[sign](left, right)
    compare = _COMPARE[sign]
    low_left, high_left = _bounds(left)
    low_right, high_right = _bounds(right)
    if sign in ("<", "<="):
        most, least = (high_left, low_right), (low_left, high_right)
    else:
        most, least = (low_left, high_right), (high_left, low_right)
    if None not in most and compare(*most):
        return True
    if None not in least and not compare(*least):
        return False
    return unknown_from((left, right), BOOL, not_null=True)


def _bounds(value: Value) -> tuple[Number | None, Number | None]:
    return (value.minimum, value.maximum) if isinstance(value, Unk) else (value, value)


# Equality


def equals(left: Value, right: Value) -> bool | Unk:
    """Whether two values without marks are the same, of the same type; unknown where that depends on an unknown."""
    if isinstance(left, Unk) or isinstance(right, Unk):
        return _equals_unknown(left, right)
    if left is None or right is None:
        return left is right
    if isinstance(left, (str, bool)) or isinstance(right, (str, bool)):
        return type(left) is type(right) and left == right
    if isinstance(left, (int, Decimal)) or isinstance(right, (int, Decimal)):
        return isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)) and left == right
    left_type, right_type = type_of(left), type_of(right)
    if not _same_type(left_type, right_type):
        if (has_any(left_type) or has_any(right_type)) and convertible(left_type, right_type):
            return unknown_from((left, right), BOOL, not_null=True) if _any_unknown(left, right) else False
        return False
    return _equal_inside(left, right)


def _any_unknown(left: Value, right: Value) -> bool:
    return contains_unknown(left) or contains_unknown(right)


def _same_type(left: Type, right: Type) -> bool:
    """Whether the types are the same; `any` inside stands for null or unknown, and may turn out to be."""
    if left == right:
        return True
    if ANY in (left, right):
        return True
    if type(left) is not type(right):
        return False
    if is_collection(left) and is_collection(right):
        return _same_type(left.element, right.element)
    if isinstance(left, ObjectOf) and isinstance(right, ObjectOf):
        return left.attributes.keys() == right.attributes.keys() and all(
            _same_type(of, right.attributes[name]) for name, of in left.attributes.items()
        )
    items_left, items_right = getattr(left, "items", None), getattr(right, "items", None)
    if items_left is None or items_right is None:
        return False
    return len(items_left) == len(items_right) and all(map(_same_type, items_left, items_right))


def _equal_inside(left: Value, right: Value) -> bool | Unk:
    """Equality of two collections or structures of the same type: one certain difference settles it."""
    if isinstance(left, TerraformSet):
        return _sets_equal(left, right)
    if len(left) != len(right):
        return False
    if isinstance(left, dict):
        if left.keys() != right.keys():
            return False
        pairs = [(left[key], right[key]) for key in left]
    else:
        pairs = list(zip(left, right, strict=True))
    undecided: Unk | None = None
    for a, b in pairs:
        same = equals(a, b)
        if same is False:
            return False
        if isinstance(same, Unk):
            undecided = same if undecided is None else undecided
    return True if undecided is None else undecided


def _sets_equal(left: TerraformSet, right: TerraformSet) -> bool | Unk:
    if _any_unknown(left, right):
        return unknown_from((left, right), BOOL, not_null=True)
    return len(left) == len(right) and all(equals(a, b) is True for a, b in zip(left, right, strict=True))


def _equals_unknown(left: Value, right: Value) -> bool | Unk:
    """Equality with at least one side unknown: false where what is known of it excludes the other."""
    answer = unknown_from((left, right), BOOL, not_null=True)
    if not isinstance(left, Unk):
        left, right = right, left
    if isinstance(right, Unk):
        both_not_null = left.not_null or right.not_null
        different = not has_any(left.type) and not has_any(right.type) and left.type != right.type
        return False if both_not_null and different else answer
    if right is None:
        return False if left.not_null else answer
    if _excludes(left, right):
        return False
    return answer


def _excludes(unknown: Unk, value: Value) -> bool:
    """Whether what is known of the unknown rules out that it is `value` (which is known and not null)."""
    of = unknown.type
    if of != ANY and not _same_type(of, type_of(value)):
        return True
    if of == STRING:
        return bool(unknown.prefix) and not value.startswith(unknown.prefix)
    if of == NUMBER:
        too_small = unknown.minimum is not None and value < unknown.minimum
        return too_small or (unknown.maximum is not None and value > unknown.maximum)
    if is_collection(of) and not contains_unknown(value):
        return len(value) < unknown.min_length or (unknown.max_length is not None and len(value) > unknown.max_length)
    if unknown.known is not None and isinstance(of, (MapOf, ObjectOf)) and isinstance(value, dict):
        return any(k not in value or equals(entry, value[k]) is False for k, entry in unknown.known.items())
    return False
