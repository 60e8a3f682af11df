"""A sheet's formulas over one resource: the variables they see, and their values, unknown where the text is.

A frame is one resource seen by one part of a sheet. A loop, a part or another resource's lines open a further frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from finops_lint.catalog.cel import ExpressionFault, Keyed, Plain, Scope, in_short, merged, plain_of
from finops_lint.catalog.formulas import Formula, Template
from finops_lint.catalog.sheet_model import Figures, Part, Sheet, usage_of
from finops_lint.model.estimate import Unpriced
from finops_lint.model.money import HOURS_PER_MONTH, Range
from finops_lint.model.records import record
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Partial, Unknown, Value

_LARGEST = 10**15
HIDDEN = "(sensitive)"
"""Printed in the place of a value that may be secret."""


@record(frozen=True, slots=True)
class Place:
    """Where and when a resource is priced."""

    cloud: str
    region: str
    assumed: str = ""
    """Why the region is only assumed; empty where the code names it."""
    today: str = ""
    """The day whose prices it pays, as 2026-11-21; empty for a day before any of a calendar."""


@record(slots=True)
class Frame:
    """Variables and their values."""

    resource: Resource
    sheet: Sheet
    part: Part
    place: Place
    graph: Graph
    shared: Scope
    """The variables that every part of a sheet sees."""
    scope: Scope
    """The part's own beside them."""
    hours: Value
    """How many hours a month it runs."""
    stated: Mapping[str, Value] = field(default_factory=dict)
    """The usage the user states."""
    stated_of: Callable[[Resource], Mapping[str, Value]] = lambda _: {}
    """The usage the user states of another resource."""
    through: dict[str, None] = field(default_factory=dict)
    """Addresses of the resources that were read, in order."""
    notes: list[str] = field(default_factory=list)
    """What a model has to say about the whole."""

    def value(self, formula: Formula) -> Value:
        """What `formula` gives: a plain value, None where nothing is set, an `Unknown`, or a block with unknowns in it.

        Raises:
            ExpressionFault: The formula does not fit the values.
        """
        return formula.value_in(self.scope)

    def truth(self, formula: Formula | None) -> bool | Unknown:
        """Whether `formula` holds; no formula always holds.

        Raises:
            ExpressionFault: It is neither true nor false.
        """
        found = True if formula is None else formula.value_in(self.scope)
        if found is True or found is False or isinstance(found, Unknown):
            return found
        if found is None:
            return False
        raise ExpressionFault(f"neither true nor false: {in_short(formula.text if formula else '')}")

    def text(self, template: Template) -> tuple[str, Unknown | None]:
        """The text, and what is unknown in it; the names it waits for, or `?`, stand for that."""
        pieces = template.pieces
        if len(pieces) == 1 and type(pieces[0]) is str:
            return pieces[0], None
        out: list[str] = []
        found: list[Unknown] = []
        for piece in pieces:
            if isinstance(piece, str):
                out.append(piece)
                continue
            value = piece.value_in(self.scope)
            if type(value) is str and not self.resource.sensitive:
                out.append(value)
                continue
            if self._is_secret(piece):
                value = HIDDEN
            if isinstance(value, Partial):
                value = value.rest
            if value is None:
                value = Unknown(f"{in_short(piece.text)} is not set")
            if isinstance(value, Unknown):
                found.append(value)
                value = value.waits_for[0] if value.waits_for else "?"
            out.append(printed(value))
        return "".join(out), merged(found) if found else None

    def _is_secret(self, formula: Formula) -> bool:
        if not self.resource.sensitive:
            return False
        return any(p[0] == "r" and self.resource.is_sensitive(p[1:]) for p in formula.reads)

    def range(self, figures: Figures) -> Range | Unknown | Unpriced | None:
        """The quantity; None where nothing is set, `Unpriced` where it is no figure.

        A limit that is not known, or lies on the wrong side of what is expected, is taken to be the expected figure.
        """
        expected = self.figure_of(figures.expected)
        if not isinstance(expected, Decimal):
            return expected
        if figures.expected is figures.low:
            return Range.of(expected)
        low, high = self.figure_of(figures.low), self.figure_of(figures.high)
        return Range(
            min(low, expected) if isinstance(low, Decimal) else expected,
            expected,
            max(high, expected) if isinstance(high, Decimal) else expected,
        )

    def figure(self, formula: Formula | None) -> Decimal | None:
        """A limit's figure; None where there is none or it is not known."""
        found = self.figure_of(formula) if formula else None
        return found if isinstance(found, Decimal) else None

    def figure_of(self, formula: Formula) -> Decimal | Unknown | Unpriced | None:
        """The figure; None where nothing is set, `Unpriced` where it is no figure."""
        value = formula.value_in(self.scope)
        if value is None or isinstance(value, Unknown):
            return value
        figure = as_decimal(value)
        if figure is None:
            return Unpriced("a figure is not a number, or far too large a one")
        return figure if figure >= 0 else Unpriced(f"a quantity cannot be negative ({figure})")

    def child(self, more: Mapping[str, Any], part: Part | None = None) -> Frame:
        """A frame inside this one: with `more` variables, or `part`'s own beside them."""
        if part is None:
            part, scope = self.part, self.scope.inner(more)
        else:
            scope = self.shared.beside(part.constants, more, lets=part.let, ahead=part.linked)
        return Frame(
            self.resource,
            self.sheet,
            part,
            self.place,
            self.graph,
            self.shared,
            scope,
            self.hours,
            self.stated,
            self.stated_of,
            self.through,
        )


_NOTHING = Plain({})
_WHOLE_MONTH = Plain(HOURS_PER_MONTH)


def open_frame(
    resource: Resource,
    sheet: Sheet,
    place: Place,
    graph: Graph,
    *,
    stated: Mapping[str, Value],
    hours: Value,
    stated_of: Callable[[Resource], Mapping[str, Value]] = lambda _: {},
    given: Mapping[str, Value] | None = None,
    through: dict[str, None] | None = None,
) -> Frame:
    """The outermost frame of `resource`, with the user's `stated` usage."""
    through = {} if through is None else through
    shared = Scope({"related": Keyed(lambda kind: _related(graph, resource, kind, through, stated_of))})
    shared.bound |= {
        "r": plain_of(resource.values),
        "usage": Plain(usage_of(sheet.usage, stated)) if stated else sheet.without_usage,
        "stated": Plain(stated) if stated else _NOTHING,
        "given": Plain(given) if given else _NOTHING,
        "hours": _WHOLE_MONTH if hours is HOURS_PER_MONTH else Plain(hours),
    }
    shared["region"], shared["today"] = place.region, place.today
    part = sheet.part
    scope = shared.beside(part.constants, lets=part.let, ahead=part.linked)
    return Frame(resource, sheet, part, place, graph, shared, scope, hours, stated, stated_of, through)


def _related(
    graph: Graph,
    resource: Resource,
    kind: str,
    through: dict[str, None],
    stated_of: Callable[[Resource], Mapping[str, Value]],
) -> list[Mapping[str, Value]]:
    """What formulas see of the related resources of a kind; their addresses are added to `through`."""
    found = neighbours(graph, resource, kind)
    through.update(dict.fromkeys(other.address for other in found))
    return [
        {**other.values, "_address": other.address, "_type": other.type, "_usage": stated_of(other)} for other in found
    ]


def neighbours(graph: Graph, resource: Resource, kind: str) -> list[Resource]:
    """The resources of type `kind` one edge away; `a > b` follows a second edge, `image: a` only what `image` names."""
    here: Sequence[Resource] = [resource]
    for attribute, wanted in _ways(kind):
        found = [
            other
            for source in here
            for other in (graph.targets(source, wanted, path=attribute) if attribute else graph.related(source, wanted))
        ]
        here = found if len(here) == 1 else list({other.address: other for other in found}.values())
    return list(here)


@lru_cache(maxsize=1024)
def _ways(kind: str) -> tuple[tuple[str, str], ...]:
    """The attribute, empty for any, and the type of each step of `image: a > b`."""
    steps = (step.rpartition(": ") for step in kind.split(" > "))
    return tuple((attribute, wanted) for attribute, _, wanted in steps)


def as_decimal(value: Value) -> Decimal | None:
    """The figure by its shortest text, None where there is none; what nobody could pay for is no figure.

    A float that went through arithmetic loses its last noise.
    """
    if type(value) is float and value.is_integer() and -_LARGEST < value < _LARGEST:  # most of them
        return Decimal(int(value))
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return None
    if isinstance(value, float) and not (value.is_integer() and abs(value) < _LARGEST):
        value = format(value, ".14g")
    try:
        figure = Decimal(int(value)) if isinstance(value, float) else Decimal(value)
    except ArithmeticError:
        return None
    return figure if figure.is_finite() and abs(figure) <= _LARGEST else None


def printed(value: Value) -> str:
    """A value inside a name: numbers in their shortest plain form."""
    figure = None if isinstance(value, str) else as_decimal(value)
    if figure is None:
        return "?" if value is None else str(value)
    return format(figure.normalize(), "f")
