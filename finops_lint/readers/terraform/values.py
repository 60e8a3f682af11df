"""The values Terraform expressions have while they are evaluated, and how they leave as model values.

| Terraform | here |
|---|---|
| null | `None` (of no type: Terraform's typed nulls differ only in unification) |
| bool, string | `bool`, `str` in Unicode NFC (`text` normalizes) |
| number | `int`, or `Decimal` where it is not integral or over 153 digits long; made by `number`, never `float` |
| tuple | `tuple` |
| list | `TerraformList`, which knows its element type |
| object | `dict`, in order of its keys (made by `make_object`) |
| map | `TerraformMap`, a dict in order of its keys, which knows its element type |
| set | `TerraformSet`, in Terraform's order without duplicates (made by `make_set`) |
| unknown | `Unk` |
| sensitive, ephemeral | `Marked` around any of the above, at any depth |

Beware that `bool` is a subclass of `int`: test for `bool` first, or use `is_number`. A `Marked` or an `Unk` may stand
at any depth; `Unk` and `Marked` have no truth value. Values are never changed once made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, InvalidOperation
from fractions import Fraction
from typing import Any, TypeAlias

from finops_lint.catalog.sketches import enough
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.model.values import GAP, Partial, Path, Unknown
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

Value: TypeAlias = Any
"""A value as the module's table says."""
Number: TypeAlias = int | Decimal

SENSITIVE = "sensitive"
EPHEMERAL = "ephemeral"
NO_MARKS: frozenset[str] = frozenset()

NUMBERS = Context(prec=160, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
"""Wide enough for every number; results beyond the exponents are errors."""
_PRECISION = 512
_DIGITS = 153
"""So many decimal digits always fit into 512 bits."""
_LARGEST_INT = 10**_DIGITS
_LARGEST_EXPONENT = 5_000
"""Of the numbers that are rounded exactly; nobody has larger ones."""


class EvaluationError(Exception):
    """What Terraform would refuse: the caller makes it an unknown or a problem.

    Functions and conversions raise it without offsets; `evaluate` puts in those of the expression.
    """

    def __init__(self, message: str, start: int = -1, end: int = -1) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        """Byte offset of the expression that fails, -1 where nobody knows yet."""
        self.end = end


class LimitError(EvaluationError):
    """What Terraform might well evaluate but we will not, for its size: the value becomes an unknown."""


class OutsideError(LimitError):
    """A file outside of the project: it is not read, and nothing is said about it."""


class AbsentFileError(EvaluationError):
    """A file that is not there; something may yet make it before Terraform runs."""


class UndeclaredError(EvaluationError):
    """A name that no block declares."""


MAX_TEXT = 4_000_000
"""Longest string made, in characters."""
MAX_DEPTH = 150
"""Deepest value made; an expression alone may be two thirds of it deep."""
MAX_SIZE = 1_000_000
"""Largest value made: its elements at all depths, counted as often as they occur, a long string as several."""


@record(frozen=True, slots=True)
class Unk:
    """A value that is not known, and all that is known about it nevertheless."""

    type: Type = ANY
    not_null: bool = False
    """It is certainly not null."""
    prefix: str = ""
    """A string: what it begins with."""
    min_length: int = 0
    """A collection: it has at least so many elements."""
    max_length: int | None = None
    """A collection: it has at most so many elements."""
    minimum: Number | None = None
    """A number: it is at least this."""
    maximum: Number | None = None
    """A number: it is at most this."""
    known: Mapping[str, Value] | None = None
    """A map or object known in part: entries it certainly has (their values may be unknown); there may be more."""
    reason: str = "known after apply"
    """Why it is not known, for a person."""
    waits_for: tuple[str, ...] = ()
    """Names that would settle it: `var.gpu`, `data.aws_ami.this`, an address."""
    span: Span | None = None
    """Where the unknown came from, if that is in the text."""
    sketch: str = field(default="", compare=False)
    """A string: as much of it as is known, with a `GAP` for each part that is not; empty where none of it is."""

    def __bool__(self) -> bool:
        raise TypeError("an Unk is neither true nor false: test for it with isinstance")


@record(frozen=True, slots=True)
class Marked:
    """A value under marks (`SENSITIVE`, `EPHEMERAL`); never one Marked inside another. Make it with `mark`."""

    value: Value
    marks: frozenset[str]

    def __bool__(self) -> bool:
        raise TypeError("a Marked has no truth value: unmark it first")


class TerraformList(list[Any]):
    """`list(element)`: all elements are of one type."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[Value] = (), element: Type = ANY) -> None:
        super().__init__(items)
        self.element = element


class TerraformMap(dict[str, Any]):
    """`map(element)`, in the order of its keys."""

    __slots__ = ("element",)

    def __init__(self, items: Mapping[str, Value] | Iterable[tuple[str, Value]] = (), element: Type = ANY) -> None:
        pairs = dict(items)
        super().__init__((key, pairs[key]) for key in sorted(pairs))
        self.element = element


@record(frozen=True, slots=True)
class TerraformSet:
    """`set(element)`; `make_set` orders and removes duplicates."""

    items: tuple[Value, ...]
    """In Terraform's order; holds no marks (a set that would is itself marked)."""
    element: Type = ANY

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)


# Making values


def number(value: int | float | str | Decimal | Fraction) -> Number:
    """The Terraform number: a float of 512 bits, as the int or the Decimal of fewest digits that stands for it.

    Raises:
        EvaluationError: the number is too large or not one.
    """
    if isinstance(value, int):
        if -_LARGEST_INT < value < _LARGEST_INT:
            return value
        value = Fraction(value)
    if isinstance(value, Fraction):
        return _plain_number(_shortest(value.numerator, value.denominator))
    try:
        exact = NUMBERS.create_decimal(repr(value) if isinstance(value, float) else value)
    except DecimalException:
        raise EvaluationError("the number is too large or too small") from None
    if exact.is_nan():
        raise EvaluationError("the result is not a number")
    if exact.is_infinite():
        return exact
    if len(exact.as_tuple().digits) > _DIGITS and abs(exact.adjusted()) < _LARGEST_EXPONENT:
        exact = _shortest(*exact.as_integer_ratio())
    return _plain_number(exact)


def _plain_number(value: Decimal) -> Number:
    if value.adjusted() < _DIGITS and value == value.to_integral_value(context=NUMBERS):
        return int(value)
    return value


def exact_ratio(value: Number) -> Fraction | None:
    """What the float of 512 bits that the number stands for is exactly; None where its exponent is too large."""
    if isinstance(value, int):
        return Fraction(value)
    if not value.is_finite() or abs(value.adjusted()) >= _LARGEST_EXPONENT:
        return None
    mantissa, exponent = _binary(*value.as_integer_ratio())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _binary(numerator: int, denominator: int) -> tuple[int, int]:
    """Mantissa of at most 512 bits and exponent of the nearest float, ties to even."""
    sign, numerator = (-1, -numerator) if numerator < 0 else (1, numerator)
    if not numerator:
        return 0, 0
    shift = _PRECISION - numerator.bit_length() + denominator.bit_length()
    top, bottom = (numerator << shift, denominator) if shift >= 0 else (numerator, denominator << -shift)
    quotient, rest = divmod(top, bottom)
    if quotient.bit_length() > _PRECISION:
        shift -= 1
        bottom, rest = bottom * 2, rest + (quotient & 1) * bottom
        quotient >>= 1
    if rest * 2 > bottom or (rest * 2 == bottom and quotient & 1):
        quotient += 1
    return sign * quotient, -shift


def _shortest(numerator: int, denominator: int) -> Decimal:
    """The Decimal of fewest digits whose nearest float of 512 bits is that of the ratio."""
    mantissa, exponent = wanted = _normal(*_binary(numerator, denominator))
    exact = Fraction(mantissa) * Fraction(2) ** exponent
    digits = _DIGITS
    while True:
        context = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
        candidate = context.divide(Decimal(exact.numerator), Decimal(exact.denominator)).normalize(NUMBERS)
        # 156 digits tell any two floats of 512 bits apart.
        if digits >= 156 or _normal(*_binary(*candidate.as_integer_ratio())) == wanted:
            return candidate
        digits += 1


def _normal(mantissa: int, exponent: int) -> tuple[int, int]:
    """The same float with an odd mantissa, so that equal ones look equal."""
    if not mantissa:
        return 0, 0
    zeros = (mantissa & -mantissa).bit_length() - 1
    return mantissa >> zeros, exponent + zeros


def parse_number(text_: str) -> Number | None:
    """The number a string spells as Terraform reads it (`"1"`, `"-2.5e3"`), None where it spells none."""
    if not text_ or not text_.isascii() or "_" in text_ or text_ != text_.strip():
        return None
    try:
        value = Decimal(text_)
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return number(value)


def number_text(value: Number) -> str:
    """The number as Terraform writes it into a string: digits without exponent."""
    if isinstance(value, int):
        return str(value)
    if not value.is_finite():
        return "+Inf" if value > 0 else "-Inf"
    digits = format(value, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def text(value: str) -> str:
    """The string in Unicode NFC, as every Terraform string is."""
    return value if value.isascii() else unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", value))


_SURROGATE = regex("[\ud800-\udfff]")


def make_object(items: Mapping[str, Value]) -> dict[str, Value]:
    """An object with its attributes in order."""
    return {key: items[key] for key in sorted(items)}


def make_set(items: Iterable[Value], element: Type = ANY) -> Value:
    """A set of `items`, ordered as Terraform does and without duplicates; marked where an item is.

    Unknown items all stay, since they may differ, and come after the known ones.
    """
    plain, marks = [], NO_MARKS
    for item in items:
        bare, of_item = unmark_deep(item)
        plain.append(bare)
        marks |= of_item
    distinct: dict[Any, Value] = {}
    for position, item in enumerate(plain):
        key = ("unknown", position) if contains_unknown(item) else identity(item)
        distinct.setdefault(key, item)
    ordered = sorted(distinct.values(), key=_set_order)
    return mark(TerraformSet(tuple(ordered), element), marks)


def identity(value: Value) -> Any:
    """A hashable stand-in that is equal where, and only where, Terraform calls the known values equal."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, (int, Decimal)):
        return ("number", value)
    if isinstance(value, dict):
        return ("{", tuple((key, identity(value[key])) for key in sorted(value)))
    if isinstance(value, (list, tuple, TerraformSet)):
        return ("[", tuple(map(identity, value)))
    return value


def _set_order(value: Value) -> tuple[int, int, Any]:
    """Sorts known before unknown before null; primitives by value, the rest by cty's hash text."""
    if value is None:
        return (2, 0, 0)
    if isinstance(value, Unk):
        return (1, 0, 0)
    if isinstance(value, bool):
        return (0, 0, value)
    if isinstance(value, (int, Decimal)):
        return (0, 1, value)
    if isinstance(value, str):
        return (0, 2, value)
    return (0, 3, _hash_text(value))


def _hash_text(value: Value) -> str:
    """The text by which cty orders compound set elements."""
    if isinstance(value, Unk):
        return "?"
    if value is None:
        return "~"
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, (int, Decimal)):
        return format(float(value), ".10g")
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, TerraformMap):
        return "{" + "".join(f"{_hash_text(k)}:{_hash_text(value[k])};" for k in sorted(value)) + "}"
    if isinstance(value, dict):
        return "<" + "".join(f"{_hash_text(value[k])};" for k in sorted(value)) + ">"
    inside = "".join(f"{_hash_text(item)};" for item in value)
    return f"<{inside}>" if isinstance(value, tuple) else f"[{inside}]"


# Asking about values

_ATOMS = frozenset([str, int, bool, Decimal, type(None)])
"""Kinds of values that hold no others."""
_TYPES_OF_ATOMS: Mapping[type, Type] = {str: STRING, bool: BOOL, int: NUMBER, Decimal: NUMBER, type(None): ANY}


def is_number(value: Value) -> bool:
    """Whether the value is a known number (and not a bool)."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def is_known(value: Value) -> bool:
    """Whether the value itself is known; something inside it may be unknown."""
    return not isinstance(value.value if isinstance(value, Marked) else value, Unk)


def contains_unknown(value: Value) -> bool:
    """Whether the value or anything inside it is unknown."""
    return next(unknowns_in(value), None) is not None


def unknowns_in(value: Value) -> Iterator[Unk]:
    """Every unknown in the value, outermost first."""
    pending = [value]
    while pending:
        here = pending.pop()
        if type(here) in _ATOMS:
            continue
        if isinstance(here, Marked):
            here = here.value
        if isinstance(here, Unk):
            yield here
            if here.known:
                pending.extend(here.known.values())
        elif isinstance(here, dict):
            pending.extend(here.values())
        elif isinstance(here, (list, tuple)):
            pending.extend(here)
        elif isinstance(here, TerraformSet):
            pending.extend(here.items)


def type_of(value: Value) -> Type:
    """The type of the value; `any` for null."""
    atom = _TYPES_OF_ATOMS.get(type(value))
    if atom is not None:
        return atom
    if isinstance(value, Marked):
        return type_of(value.value)
    if isinstance(value, TerraformMap):
        return MapOf(value.element)
    if isinstance(value, dict):
        return ObjectOf({key: type_of(value[key]) for key in sorted(value)})
    if isinstance(value, TerraformList):
        return ListOf(value.element)
    if isinstance(value, TerraformSet):
        return SetOf(value.element)
    if isinstance(value, (list, tuple)):
        return TupleOf(tuple(map(type_of, value)))
    if isinstance(value, Unk):
        return value.type
    return ANY


def element_items(value: Value) -> list[tuple[Value, Value]]:
    """Keys and values of a known collection, tuple or object, in Terraform's order; a set's keys are its elements."""
    if isinstance(value, dict):
        return [(key, value[key]) for key in sorted(value)]
    if isinstance(value, TerraformSet):
        return [(item, item) for item in value.items]
    return list(enumerate(value))


def check_size(value: Value) -> Value:
    """The value, if it is not too large.

    Raises:
        LimitError: it is; a few lines of HCL can ask for more than any memory holds.
    """
    kind = type(value)
    if kind is str:
        if len(value) > MAX_TEXT:
            raise LimitError("the text is too long to evaluate")
        return value
    if kind not in _ATOMS and (kind is not Unk or value.known):
        _check_parts(value)
    return value


def _check_parts(value: Value) -> None:
    left, level = MAX_SIZE, [value]
    for _ in range(MAX_DEPTH):
        left -= len(level) + sum([len(here) >> 6 for here in level if type(here) is str])
        below: list[Value] = []
        for here in [here for here in level if type(here) not in _ATOMS]:
            below.extend(_parts_of(here))
            if left < len(below):
                break
        if left < len(below):
            raise LimitError("the value is too large to evaluate")
        if not below:
            return
        level = below
    raise LimitError("the value is nested too deeply to evaluate")


def _parts_of(value: Value) -> Iterable[Value]:
    """The values that one which is no atom holds."""
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, TerraformSet):
        return value.items
    if isinstance(value, Marked):
        return (value.value,)
    return value.known.values() if isinstance(value, Unk) and value.known else ()


# Unknowns


def unknown_from(sources: Iterable[Value], type_: Type = ANY, *, not_null: bool = False) -> Unk:
    """An unknown of `type_` that waits for what the unknowns in `sources` wait for; the first gives the reason."""
    first: Unk | None = None
    waits_for: dict[str, None] = {}
    for source in sources:
        for unknown in unknowns_in(source):
            first = unknown if first is None else first
            waits_for.update(dict.fromkeys(unknown.waits_for))
            break
    if first is None:
        return Unk(type_, not_null)
    return Unk(type_, not_null, reason=first.reason, waits_for=tuple(waits_for), span=first.span)


def unknown_map(known: Mapping[str, Value], because: Unk, type_: Type = ANY) -> Unk:
    """A map or object that certainly has the entries of `known` and may have more, for the reason of `because`."""
    return replace(
        because,
        type=type_,
        not_null=True,
        known=make_object(known),
        prefix="",
        sketch="",
        min_length=len(known),
        max_length=None,
        minimum=None,
        maximum=None,
    )


LONGEST_SKETCH = 200_000
"""Characters of the longest text that is kept though a part of it is not known."""


def sketch_of(parts: Iterable[Value]) -> str:
    """The texts of `parts` joined, with a `GAP` for those that are unknown; empty where none is known, or too long."""
    pieces = [(part.sketch or GAP) if isinstance(part, Unk) else str(part) for part in parts]
    joined = "".join(pieces) if sum(map(len, pieces)) <= LONGEST_SKETCH else ""
    return joined if joined.replace(GAP, "") else ""


# Marks


def mark(value: Value, marks: frozenset[str]) -> Value:
    """The value under `marks` besides those it has."""
    if not marks:
        return value
    if isinstance(value, Marked):
        return value if marks <= value.marks else Marked(value.value, value.marks | marks)
    return Marked(value, marks)


def unmark(value: Value) -> tuple[Value, frozenset[str]]:
    """The value without its own marks, and these; marks inside a collection stay."""
    return (value.value, value.marks) if isinstance(value, Marked) else (value, NO_MARKS)


def has_marks(value: Value) -> bool:
    """Whether the value or anything inside it is marked."""
    pending = [value]
    while pending:
        here = pending.pop()
        kind = type(here)
        if kind in _ATOMS:
            continue
        if kind is Marked:
            return True
        if isinstance(here, dict):
            pending.extend(here.values())
        elif isinstance(here, (list, tuple)):
            pending.extend(here)
        elif kind is Unk and here.known:
            pending.extend(here.known.values())
    return False


def unmark_deep(value: Value) -> tuple[Value, frozenset[str]]:
    """The value without any mark at any depth, and the union of those it had."""
    if not has_marks(value):
        return value, NO_MARKS
    marks: set[str] = set()
    return _strip(value, marks), frozenset(marks)


def _strip(value: Value, marks: set[str]) -> Value:
    if isinstance(value, Marked):
        marks |= value.marks
        value = value.value
    if isinstance(value, TerraformMap):
        return TerraformMap({key: _strip(item, marks) for key, item in value.items()}, value.element)
    if isinstance(value, dict):
        return {key: _strip(item, marks) for key, item in value.items()}
    if isinstance(value, TerraformList):
        return TerraformList((_strip(item, marks) for item in value), value.element)
    if isinstance(value, (list, tuple)):
        return tuple(_strip(item, marks) for item in value)
    if isinstance(value, Unk) and value.known:
        return replace(value, known={key: _strip(item, marks) for key, item in value.known.items()})
    return value


# To the model


def to_model(value: Value, sensitive: list[Path] | None = None, path: Path = ()) -> Any:
    """The value in the model's canonical shape; None where nothing is left of it.

    Nulls, `[]` and `{}` are dropped at every depth but as elements of a list, where only null is; a set becomes a list;
    an unknown becomes `Unknown`, a map known in part `Partial`. `sensitive` collects the paths (below `path`) of marked
    values in the resulting shape.
    """
    if isinstance(value, Unk):
        return _unknown_to_model(value, sensitive, path)
    if isinstance(value, Marked):
        if sensitive is not None:
            sensitive.append(path)
        bare = value.value
        return to_model(replace(bare, sketch="") if isinstance(bare, Unk) else bare, sensitive, path)
    if isinstance(value, (str, int)) or value is None:
        return value
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else Unknown("the result is not a finite number")
    if isinstance(value, dict):
        return _entries_to_model(value, sensitive, path) or None
    items: list[Any] = []
    for item in value:
        shaped = to_model(item, sensitive, (*path, len(items)))
        if shaped is None and isinstance(unmark(item)[0], dict):
            shaped = {}
        if shaped is not None:
            items.append(shaped)
    return items or None


def _entries_to_model(value: Mapping[str, Value], sensitive: list[Path] | None, path: Path) -> dict[str, Any]:
    entries = {}
    for key in sorted(value):
        shaped = to_model(value[key], sensitive, (*path, key))
        if shaped is not None:
            entries[key] = shaped
    return entries


def _unknown_to_model(value: Unk, sensitive: list[Path] | None, path: Path) -> str | Unknown | Partial:
    told = enough(value.sketch) if value.sketch else ""
    if told:
        return told
    rest = Unknown(value.reason, value.waits_for, value.span, value.sketch)
    if value.known is None:
        return rest
    return Partial(_entries_to_model(value.known, sensitive, path), rest)
