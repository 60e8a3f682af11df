"""`format` and `formatlist`: Go's verbs as far as Terraform has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.conversion import to_bool, to_number, to_string
from finops_lint.readers.terraform.functions import graphemes, json_codec
from finops_lint.readers.terraform.functions.definition import Parameter, Table, define, string
from finops_lint.readers.terraform.operators import is_infinite
from finops_lint.readers.terraform.types import STRING, ListOf, SetOf, TupleOf
from finops_lint.readers.terraform.values import (
    EvaluationError,
    LimitError,
    Number,
    TerraformList,
    TerraformSet,
    Unk,
    Value,
    contains_unknown,
    is_number,
    text,
    type_of,
    unknown_from,
)

TABLE: Table = {}

_MAX_WIDTH = 100_000
_MAX_DIGITS = 4000
_VERB = regex(
    r"%(?P<flags>[0#+ -]*)(?P<width>[1-9][0-9]*)?(?P<point>\.[0-9]*)?(?:\[(?P<index>[1-9][0-9]*)\])?(?P<mode>[a-zA-Z])"
)
_ARGS = Parameter("args", null=True, unknown=True, dynamic=True)


@record(frozen=True, slots=True)
class _Verb:
    """One `%…` of a format string."""

    flags: str
    width: int
    precision: int
    """-1 where none is given."""
    mode: str


@define(TABLE, "format", [string("format")], STRING, variadic=_ARGS)
def _format(layout: str, *args: Value) -> Value:
    if any(map(contains_unknown, args)):
        from finops_lint.readers.terraform.functions.strings import safe_prefix

        literal, percent, _ = layout.partition("%")
        unknown = unknown_from(args, STRING, not_null=True)
        return replace(unknown, prefix=safe_prefix(text(literal))) if percent else unknown
    return formatted(layout, args)


@define(TABLE, "formatlist", [string("format")], ListOf(STRING), variadic=_ARGS)
def _formatlist(layout: str, *args: Value) -> Value:
    size: int | None = None
    undecided = False
    for arg in args:
        here = _length(arg)
        if here is None:
            undecided = undecided or _may_be_list(arg)
        elif size is not None and here != size:
            raise EvaluationError(f"formatlist(): one argument has {size} elements, another {here}")
        else:
            size = here
            undecided = undecided or isinstance(arg, Unk)
    if undecided:
        return unknown_from(args, ListOf(STRING), not_null=True)
    rows = [_row(args, position) for position in range(1 if size is None else size)]
    return TerraformList([_one(layout, row) for row in rows], STRING)


def _length(value: Value) -> int | None:
    """How many elements an argument has that is gone through; None for others and where that is not known."""
    if isinstance(value, Unk):
        return len(value.type.items) if isinstance(value.type, TupleOf) else None
    if isinstance(value, TerraformSet):
        return None if len(value) > 1 and contains_unknown(value) else len(value)
    return len(value) if isinstance(value, (list, tuple)) else None


def _may_be_list(value: Value) -> bool:
    if isinstance(value, TerraformSet):
        return True
    return isinstance(value, Unk) and (
        value == replace(value, type=type_of(None)) or isinstance(value.type, (ListOf, SetOf))
    )


def _row(args: Sequence[Value], position: int) -> list[Value]:
    return [list(arg)[position] if isinstance(arg, (list, tuple, TerraformSet)) else arg for arg in args]


def _one(layout: str, row: Sequence[Value]) -> Value:
    return unknown_from(row, STRING, not_null=True) if any(map(contains_unknown, row)) else formatted(layout, row)


def formatted(layout: str, args: Sequence[Value]) -> str:
    """The format string with known arguments put in.

    Raises:
        EvaluationError: a verb is wrong, or there are too many or too few arguments.
    """
    pieces: list[str] = []
    at, following, highest = 0, 0, 0
    while at < len(layout):
        percent = layout.find("%", at)
        pieces.append(layout[at:] if percent < 0 else layout[at:percent])
        if percent < 0:
            break
        if layout.startswith("%%", percent):
            pieces.append("%")
            at = percent + 2
            continue
        found = _VERB.match(layout, percent)
        if found is None:
            raise EvaluationError(f"format(): the verb at character {percent + 1} is wrong")
        position = int(found["index"]) - 1 if found["index"] else following
        highest = max(highest, position + 1)
        if position >= len(args):
            raise EvaluationError(f"format(): {found[0]!r} has no argument")
        pieces.append(_format_one(_verb(found), args[position], found[0]))
        following = position + 1
        at = found.end()
    if highest < len(args):
        raise EvaluationError(f"format(): {len(args)} arguments, of which the format string uses {highest}")
    return text("".join(pieces))


def _verb(found: re.Match[str]) -> _Verb:
    width, point = int(found["width"] or 0), found["point"]
    precision = -1 if point is None else int(point[1:] or 0)
    if width > _MAX_WIDTH or precision > _MAX_WIDTH:
        raise LimitError("the width in the format string is too large to evaluate")
    return _Verb(found["flags"], width, precision, found["mode"])


def _format_one(verb: _Verb, value: Value, raw: str) -> str:
    if value is None and verb.mode != "v":
        raise EvaluationError(f"format(): the argument of {raw!r} is null")
    try:
        match verb.mode:
            case "v":
                return _pad(verb, _as_is(verb, value))
            case "t":
                return "true" if to_bool(value) else "false"
            case "b" | "d" | "o" | "x" | "X":
                return _integer(verb, to_number(value))
            case "e" | "E" | "f" | "g" | "G":
                return _float(verb, to_number(value))
            case "s" | "q":
                return _string(verb, to_string(value))
            case _:
                pass
    except LimitError:
        raise
    except EvaluationError as error:
        raise EvaluationError(f"format(): the argument of {raw!r}: {error.message}") from None
    raise EvaluationError(f"format(): there is no verb {raw!r}")


def _as_is(verb: _Verb, value: Value) -> str:
    if "#" not in verb.flags:
        if isinstance(value, str):
            return value
        if is_number(value):
            return shortest(value)
    return json_codec.encode(value)


def _string(verb: _Verb, value: str) -> str:
    if verb.precision > 0:
        value = "".join(graphemes.clusters(value)[: verb.precision])
    return _pad(verb, json_codec.quote(value) if verb.mode == "q" else value)


def _pad(verb: _Verb, written: str) -> str:
    """To the width in grapheme clusters; strings are padded with zeros too."""
    missing = verb.width - graphemes.length(written)
    if missing <= 0:
        return written
    padding = ("0" if "0" in verb.flags else " ") * missing
    return written + padding if "-" in verb.flags else padding + written


# Numbers


def _integer(verb: _Verb, value: Number) -> str:
    if not isinstance(value, int):
        if is_infinite(value) or value != value.to_integral_value():
            raise EvaluationError("an integer is required")
        _check_digits(value)
    whole = int(value)
    base = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}[verb.mode]
    digits = format(abs(whole), base)
    if whole == 0 and verb.precision == 0:
        return ""
    digits = digits.zfill(max(verb.precision, 0))
    if "#" in verb.flags:
        digits = {"b": "0b", "d": "", "o": "0", "x": "0x", "X": "0X"}[verb.mode] + digits
    return _signed(verb, whole < 0, digits, zeros="0" in verb.flags and verb.precision < 0)


def _signed(verb: _Verb, negative: bool, digits: str, *, zeros: bool) -> str:
    sign = "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    missing = verb.width - len(sign) - len(digits)
    if missing <= 0:
        return sign + digits
    if "-" in verb.flags:
        return sign + digits + " " * missing
    if not zeros:
        return " " * missing + sign + digits
    prefix = digits[:2] if digits[:2] in ("0b", "0x", "0X") else ""
    return sign + prefix + "0" * missing + digits[len(prefix) :]


def _float(verb: _Verb, value: Number) -> str:
    exact = Decimal(value)
    if is_infinite(exact):
        return _signed(
            replace(verb, flags="-" if "-" in verb.flags else ""),
            exact < 0,
            "Inf" if exact < 0 else "+Inf",
            zeros=False,
        )
    _check_digits(exact)
    magnitude = abs(exact)
    precision = verb.precision
    match verb.mode:
        case "f":
            digits = format(magnitude, f".{6 if precision < 0 else precision}f")
        case "e" | "E":
            digits = _exponent(format(magnitude, f".{6 if precision < 0 else precision}e"))
        case _:
            digits = _general(magnitude, precision)
    digits = digits.upper() if verb.mode in "EG" else digits
    return _signed(verb, exact < 0, digits, zeros="0" in verb.flags)


def _exponent(written: str) -> str:
    """Go writes at least two digits of exponent."""
    mantissa, letter, exponent = written.partition("e")
    if not letter:
        return written
    sign = "-" if exponent.startswith("-") else "+"
    return f"{mantissa}e{sign}{exponent.lstrip('+-').lstrip('0').zfill(2)}"


def shortest(value: Number) -> str:
    """Go's `%g` in the fewest digits that tell the number."""
    exact = Decimal(value)
    if is_infinite(exact):
        return "+Inf" if exact > 0 else "-Inf"
    _check_digits(exact)
    return ("-" if exact < 0 else "") + _general(abs(exact), -1)


def _check_digits(value: Decimal) -> None:
    if abs(value.adjusted()) > _MAX_DIGITS:
        raise LimitError("the number has too many digits to evaluate")


def _general(magnitude: Decimal, precision: int) -> str:
    if magnitude == 0:
        return "0"
    limit = 6 if precision < 0 else max(precision, 1)
    if precision >= 0:
        magnitude = Decimal(format(magnitude, f".{limit - 1}e"))
    digits = "".join(map(str, magnitude.as_tuple().digits)).rstrip("0")
    exponent = magnitude.adjusted()
    if precision >= 0 and limit > len(digits) > exponent:
        limit = len(digits)
    if exponent < -4 or exponent >= limit:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return _exponent(f"{mantissa}e{exponent}")
    plain = format(magnitude, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
