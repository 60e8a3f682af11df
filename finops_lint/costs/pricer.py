"""A resource, its sheet, the price tables and the stated usage → `Estimate`; it invents no price and no quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from finops_lint.catalog.price_tables import EVERYWHERE
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.regions import REFERENCE, canonical_region, local_zone
from finops_lint.catalog.sheet_model import Sheet, UsageKey
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.dependence import Dependence, addresses, dependence_of, kinds_in
from finops_lint.costs.discounts import discounted
from finops_lint.costs.frames import Frame, Place, open_frame
from finops_lint.costs.hush import hushed
from finops_lint.costs.lines import Lines
from finops_lint.costs.running import Running, reads_hours, running
from finops_lint.costs.typical import Evaluate, at_typical_use
from finops_lint.costs.usage import NO_USAGE, Usage
from finops_lint.costs.wanted import wanted
from finops_lint.model.estimate import CostComponent, Coverage, Estimate
from finops_lint.model.explanation import Wanted
from finops_lint.model.finding import Problem
from finops_lint.model.money import HOURS_PER_MONTH, Range
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.terms import Discount, Schedule
from finops_lint.model.values import Unknown, Value

if TYPE_CHECKING:
    from finops_lint.catalog.kubernetes.workloads import Clusters

_WORTH_REMEMBERING = 3
"""From this resource of a type on it pays to compile the whole sheet, to know all it reads."""


_NOTHING: Mapping[str, Value] = MappingProxyType({})


@record(frozen=True, slots=True)
class PricerOptions:
    """What the settings say about prices."""

    regions: Mapping[str, str] = field(default_factory=dict)
    """Cloud → region of what names none."""
    currency: str = "USD"
    strict: bool = False
    """Whether a formula that does not fit the values stops the run, as in tests; else its line is unpriced."""
    discounts: tuple[Discount, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    clusters: Callable[[], Clusters] | None = None
    """Gives what is known about where pods run; the shipped facts alone where it is None."""
    typical: bool = False
    """Whether usage that nobody states is taken as the sheets say is usual, as a range."""
    today: date | None = None
    """The day at which prices that a calendar decides stand; without one no version has outlived its support."""


class Pricer:
    """Prices resources; answers for equal resources are remembered."""

    def __init__(
        self, sheets: Sheets, prices: PriceBook, *, usage: Usage = NO_USAGE, options: PricerOptions | None = None
    ) -> None:
        self._sheets = sheets
        self._usage = usage
        self._options = options or PricerOptions()
        self._today = self._options.today.isoformat() if self._options.today else ""
        self._lines = Lines(sheets, prices, strict=self._options.strict, clusters=self._options.clusters)
        self._remembered: dict[object, tuple[Estimate, tuple[str, ...]]] = {}
        self._seen: dict[str, int] = {}
        self._dependences: dict[str, Dependence | None] = {}
        self._by_the_hour: dict[str, bool] = {}
        self.problems: list[Problem] = list(usage.problems)
        """What was wrong with the stated usage."""

    def price(self, resource: Resource, graph: Graph, workspace: str = "") -> Estimate:
        """What `resource` costs a month, priced within `graph`; `workspace` is its project's."""
        sheet = self._sheets.get(resource.type)
        if sheet is None or not (sheet.lines or sheet.model):
            return self._without_lines(resource, sheet)
        if sheet.free and not sheet.model:  # its lines are priced for those who refer to it
            return self._free(resource, sheet.free)
        stated = self._stated(resource, sheet)
        runs = self._running(resource, sheet, stated, workspace) if self._options.schedules else None
        dependence = self._dependence(sheet)
        if dependence is None or (dependence.kinds and self._usage.is_stated):
            return self._estimate(resource, sheet, graph, stated, runs)
        around = dependence.related(resource, graph)
        key = dependence.key(resource, around, stated)
        if runs is not None:
            key = (key, runs)
        known = self._remembered.get(key)
        if known is None:
            estimate = self._estimate(resource, sheet, graph, stated, runs)
            known = self._remembered[key] = estimate, kinds_in(estimate.through, around)
            if not estimate.through:
                return estimate
        remembered, kinds = known
        return replace(
            remembered,
            address=resource.address,
            assumed=resource.assumed,
            through=addresses(kinds, around) if kinds else (),
        )

    def _without_lines(self, resource: Resource, sheet: Sheet | None) -> Estimate:
        free = sheet.free if sheet else self._sheets.free(resource.type)
        if free:
            return self._free(resource, free)
        return Estimate(resource.address, resource.type, Coverage.UNSUPPORTED, assumed=resource.assumed)

    def _free(self, resource: Resource, why: str) -> Estimate:
        return Estimate(resource.address, resource.type, Coverage.FREE, note=why, assumed=resource.assumed)

    def _running(self, resource: Resource, sheet: Sheet, stated: Mapping[str, Value], workspace: str) -> Running | None:
        """How long it runs by the settings' schedules, where the usage does not state it and it matters."""
        if stated.get("monthly_hrs") is not None:
            return None
        found = running(resource, sheet, self._options.schedules, workspace)
        if found is not None and sheet.type not in self._by_the_hour:
            self._by_the_hour[sheet.type] = reads_hours(sheet, self._sheets)
        return found if found is not None and self._by_the_hour[sheet.type] else None

    def _estimate(
        self, resource: Resource, sheet: Sheet, graph: Graph, stated: Mapping[str, Value], runs: Running | None
    ) -> Estimate:
        place, hours = self.place(resource, sheet), _hours(stated) if runs is None else runs.hours
        frame = open_frame(resource, sheet, place, graph, stated=stated, stated_of=self._stated_of, hours=hours)
        components = tuple(self._lines.components(frame))
        if self._options.typical:
            components = self._typical(components, frame, graph)
        read = [resource, *(graph.by_address[address] for address in frame.through)]
        if resource.sensitive or (len(read) > 1 and any(other.sensitive for other in read)):
            components = hushed(components, read)
        if self._options.discounts:
            components = tuple(discounted(components, self._options.discounts, resource.type, sheet.cloud))
        return Estimate(
            address=resource.address,
            type=resource.type,
            coverage=Coverage.PRICED,
            components=components,
            note=sheet.note,
            remarks=tuple(dict.fromkeys(frame.notes)),
            assumed=resource.assumed,
            through=tuple(frame.through),
            currency=next((c.price.currency for c in components if c.price), self._options.currency),
            terms=() if runs is None else (runs.why,),
            usage=(*_figures(stated), *self._taken(components, sheet, stated))
            if stated or self._options.typical
            else (),
        )

    def _taken(
        self, components: tuple[CostComponent, ...], sheet: Sheet, stated: Mapping[str, Value]
    ) -> Iterator[tuple[str, Range]]:
        """The typical figures that stand for what nobody states."""
        known = {key for key, _ in _figures(stated)}
        used = {c.usage_key for c in components if c.quantity is not None} - known if self._options.typical else set()
        for name in sorted(used & sheet.usage.keys()):
            if len(sheet.usage[name].typical) == 3:
                yield name, Range(*sheet.usage[name].typical)

    def _typical(self, components: tuple[CostComponent, ...], frame: Frame, graph: Graph) -> tuple[CostComponent, ...]:
        """The components with what waits for usage at its typical use."""
        evaluate, keys = self._at_other_use(frame, graph)
        return at_typical_use(components, evaluate, frame.stated, keys)

    def _at_other_use(self, frame: Frame, graph: Graph) -> tuple[Evaluate, Mapping[str, UsageKey]]:
        """What gives the components at any stated use, and the keys that may be stated."""
        sheets = [self._sheets.get(graph.by_address[address].type) for address in frame.through]
        keys = {name: key for sheet in (*sheets, frame.sheet) if sheet for name, key in sheet.usage.items()}

        def evaluate(stated: Mapping[str, Value]) -> tuple[CostComponent, ...]:
            again = open_frame(
                frame.resource,
                frame.sheet,
                frame.place,
                graph,
                stated=stated,
                stated_of=self._stated_of,
                hours=frame.hours,
                through=frame.through,
            )
            return tuple(self._lines.components(again))

        return evaluate, keys

    def wanted(self, resource: Resource, graph: Graph) -> list[Wanted]:
        """The usage `resource` waits for, the one with most money first."""
        sheet = self._sheets.get(resource.type)
        if sheet is None or not sheet.usage or (sheet.free and not sheet.model):
            return []
        stated = self._stated(resource, sheet)
        place = self.place(resource, sheet)
        frame = open_frame(
            resource, sheet, place, graph, stated=stated, stated_of=self._stated_of, hours=_hours(stated)
        )
        components = tuple(self._lines.components(frame))
        evaluate, keys = self._at_other_use(frame, graph)
        own = {name: key for name, key in keys.items() if name in sheet.usage}
        return wanted(components, evaluate, stated, own)

    def place(self, resource: Resource, sheet: Sheet) -> Place:
        """The region `resource` is priced in, and why it is only assumed."""
        cloud, today = sheet.cloud, self._today
        if sheet.region:
            return Place(cloud, sheet.region, today=today)
        region = resource.region
        if isinstance(region, str) and region:
            local = local_zone(resource.values.get("availability_zone")) if cloud == "aws" else None
            return Place(cloud, local or canonical_region(cloud, region), today=today)
        stated = self._options.regions.get(cloud, "")
        taken = stated or REFERENCE.get(cloud, EVERYWHERE)
        if isinstance(region, Unknown):
            names = ", ".join(region.waits_for) or region.reason
            return Place(cloud, taken, f"the region waits for {names}; {taken} taken", today)
        return Place(cloud, taken, "" if stated else f"the region is not in the code; {taken} taken", today)

    def _stated(self, resource: Resource, sheet: Sheet) -> Mapping[str, Value]:
        if not self._usage.is_stated:
            return _NOTHING
        stated, problems = self._usage.of(resource, sheet.usage)
        self.problems += problems
        return stated

    def _stated_of(self, other: Resource) -> Mapping[str, Value]:
        sheet = self._sheets.get(other.type)
        return self._stated(other, sheet) if sheet else {}

    def _dependence(self, sheet: Sheet) -> Dependence | None:
        """What the price depends on, from the first resource on for which it pays to know."""
        seen = self._seen[sheet.type] = self._seen.get(sheet.type, 0) + 1
        if seen < _WORTH_REMEMBERING:
            return None
        if sheet.type not in self._dependences:
            self._dependences[sheet.type] = dependence_of(sheet, self._sheets)
        return self._dependences[sheet.type]


def _figures(stated: Mapping[str, Value], prefix: str = "") -> Iterator[tuple[str, Range]]:
    """The figures among the stated usage, by dotted key."""
    for key, value in stated.items():
        if isinstance(value, Mapping):
            yield from _figures(value, f"{prefix}{key}.")
        elif isinstance(value, Decimal):
            yield prefix + key, Range.of(value)


def _hours(stated: Mapping[str, Value]) -> Value:
    hours = stated.get("monthly_hrs")
    return HOURS_PER_MONTH if hours is None else hours
