"""A sheet's lines over one resource → cost components, in their order; no price and no quantity is invented."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from finops_lint.catalog.cel import ExpressionFault, in_short
from finops_lint.catalog.formulas import Template
from finops_lint.catalog.price_tables import EVERYWHERE, Tier
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheet_model import LEFT_OUT, USAGE, Line, Part, Sheet
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.dependence import read_beside
from finops_lint.costs.errors import CostError
from finops_lint.costs.frames import Frame, open_frame
from finops_lint.model.estimate import CostComponent, UnitPrice, Unpriced
from finops_lint.model.money import Range
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Unknown, Value

if TYPE_CHECKING:
    from finops_lint.catalog.kubernetes.workloads import Clusters

_NEEDED = regex(r"(?<![\w.])r\.([a-z]\w*)(?:\[0\]\.([a-z]\w*))?")
"""An attribute, of the resource or its first block, that a formula reads without asking whether it is there."""
_MAY_BE_ABSENT = regex(r"(?<![\w.])r\.\?(\w+)|has\(r\.(\w+)")
"""One that a formula asks for."""
_DEEPEST = 6
"""Resources priced through resources priced through resources: further would be a loop."""
_ONE = Range.of(Decimal(1))
_MILLIONTH = Decimal("0.000001")
"""How exactly a discount is known that was worked out in doubles."""


class Lines:
    """Works out lines with the sheets' parts and the price tables."""

    def __init__(
        self, sheets: Sheets, prices: PriceBook, *, strict: bool = False, clusters: Callable[[], Clusters] | None = None
    ) -> None:
        """With `strict`, a formula that does not fit the values is raised; else its line is unpriced.

        `clusters` gives what models know about where pods run; by default the shipped lists and prices.
        """
        self._clusters = clusters
        self._sheets = sheets
        self._prices = prices
        self._strict = strict
        self._doubted: dict[tuple[int, str], tuple[tuple[Tier, ...], tuple[Tier, ...]]] = {}
        """Tiers and why they are in doubt → themselves, which keeps their place in memory theirs, and doubted."""
        self._parts: dict[object, tuple[CostComponent, ...]] = {}
        """See `_key_of` → the components of a part."""
        self._read: dict[tuple[str, str], frozenset[str] | None] = {}
        """Cloud and name of a part → see `read_beside`."""
        self._faults = 0
        """Lines that could not be worked out."""

    @cached_property
    def clusters(self) -> Clusters:
        """What is known about where pods run, made when a model first asks."""
        if self._clusters is not None:
            return self._clusters()
        from finops_lint.catalog.kubernetes.workloads import Clusters

        return Clusters(self._prices, self._sheets.machines)

    def constants(self, cloud: str, part: str) -> Mapping[str, Value]:
        """The constants of a part, for models that need what its lines know."""
        return {name: constant.value for name, constant in self._sheets.part(cloud, part).constants.items()}

    def constants_of(self, kind: str) -> Mapping[str, Value]:
        """The constants of another type's sheet."""
        sheet = self._sheets.get(kind)
        return {name: constant.value for name, constant in sheet.part.constants.items()} if sheet else {}

    def components(
        self, frame: Frame, *, under: tuple[str, ...] = (), times: Range = _ONE, depth: int = 0
    ) -> list[CostComponent]:
        """The components of a frame's lines, in their order; `times` multiplies every quantity."""
        found: list[CostComponent] = []
        if depth == 0 and frame.sheet.model:
            found.extend(_model(frame.sheet)(self, frame))
        for line in frame.part.lines:
            self._line(line, frame, under, times, depth, found=found)
        return found

    def _line(
        self,
        line: Line,
        frame: Frame,
        under: tuple[str, ...],
        times: Range,
        depth: int,
        *,
        found: list[CostComponent],
    ) -> None:
        """Add to `found` the components of one line; of most there are none, because they do not hold."""
        try:
            if line.each is None:
                holds = True if line.when is None else frame.truth(line.when)
                if holds is not False:
                    self._entry(_Work(line, frame, under, times, depth), holds, found)
                return
            for more, doubt in list(_entries(frame, line)):
                inner = frame.child(more)
                self._entry(_Work(line, inner, under, times, depth, doubt), inner.truth(line.when), found)
        except ExpressionFault as fault:
            if self._strict:
                raise
            self._faults += 1
            if line.unsure == LEFT_OUT:
                return
            where = _plain_name(line)
            why = _not_set(frame)
            why = why or f"{where} cannot be worked out from these attributes ({fault.span or frame.part.file.name})"
            found.append(_unpriced(where, under, Unpriced(why)))

    def _entry(self, work: _Work, holds: bool | Unknown, found: list[CostComponent]) -> None:
        """Add to `found` what a line gives that holds, for one entry of its loop."""
        if holds is False:
            return
        if holds is not True:
            if work.line.unsure == LEFT_OUT:
                return
            work = replace(work, taken=work.line.unsure) if work.line.unsure else replace(work, doubt=holds)
        line = work.line
        if line.under:
            work = replace(work, under=(*work.under, *(work.frame.text(t)[0] for t in line.under)))
        if line.use:
            found.extend(self._part(work))
        elif line.through is not None:
            found.extend(self._through(work))
        else:
            self._component(work, found)

    def _part(self, work: _Work) -> Iterator[CostComponent]:
        part = self._sheets.part(work.frame.sheet.cloud, work.line.use)
        bound = {name: formula.value_in(work.frame.scope) for name, formula in work.line.bound.items()}
        if work.depth >= _DEEPEST:
            return
        times = self._times(work)
        once = times if isinstance(times, Range) else _ONE
        found = self._of_part(part, bound, work, once)
        yield from (_doubted(_counted(c, times), work.doubt) for c in found)

    def _of_part(self, part: Part, bound: Mapping[str, Value], work: _Work, times: Range) -> Sequence[CostComponent]:
        """The components of a part; most of those that are given the same have the same, as disks of a few sizes do."""
        frame = work.frame
        key = self._key_of(part, bound, work, times)
        known = None if key is None else self._parts.get(key)
        if known is not None:
            return known
        faults = self._faults
        inner = frame.child(bound, part)
        found = tuple(self.components(inner, under=work.under, times=times, depth=work.depth + 1))
        # What an attribute lacks is told of one resource, and what resembles an item without a price of one project.
        is_lacking = faults != self._faults or any(c.unpriced and not c.unpriced.waits_for for c in found)
        if key is not None and not is_lacking:
            self._parts[key] = found
        return found

    def _key_of(self, part: Part, bound: Mapping[str, Value], work: _Work, times: Range) -> object:
        """Equal where the components of a part are; None where the resource itself tells, or its stated use."""
        frame = work.frame
        cloud = frame.sheet.cloud
        if frame.stated:
            return None
        if (cloud, part.name) not in self._read:
            self._read[cloud, part.name] = read_beside(part, cloud, self._sheets)
        read = self._read[cloud, part.name]
        if read is None:
            return None
        kind = frame.sheet.type if "usage" in read else ""
        often = None if times is _ONE else times
        place, hours = frame.place, repr(frame.hours)
        return cloud, part.name, kind, place.region, place.assumed, hours, repr(bound), work.under, often, work.depth

    def _through(self, work: _Work) -> Iterator[CostComponent]:
        line, frame = work.line, work.frame
        assert line.through is not None
        address = frame.value(line.through)
        other = frame.graph.by_address.get(address) if isinstance(address, str) else None
        sheet = self._sheets.get(other.type) if other else None
        times = self._times(work)
        if other is None or sheet is None or work.depth >= _DEEPEST:
            name = frame.text(line.name)[0] if line.name else "Cost"
            if isinstance(address, Unknown):
                yield _unpriced(name, work.under, _waiting(address))
            elif line.missing:
                yield _unpriced(name, work.under, Unpriced(line.missing))
            return
        frame.through[other.address] = None
        inner = open_frame(
            other,
            sheet,
            frame.place,
            frame.graph,
            stated={**frame.stated_of(other), **frame.stated},
            hours=frame.hours,
            stated_of=frame.stated_of,
            given={name: frame.value(formula) for name, formula in line.bound.items()},
            through=frame.through,
        )
        under = work.under if line.is_plain else (*work.under, other.address)
        once = times if isinstance(times, Range) else _ONE
        found = self.components(inner, under=under, times=once, depth=work.depth + 1)
        yield from (_doubted(_counted(c, times), work.doubt) for c in found)

    def _times(self, work: _Work) -> Range | Unpriced:
        if work.line.times is None:
            return work.times
        found = work.frame.range(work.line.times)
        if isinstance(found, Range):
            return _product(found, work.times)
        if isinstance(found, Unpriced):
            return found
        return Unpriced("the number of machines is not set") if found is None else _waiting(found)

    def _component(self, work: _Work, found: list[CostComponent]) -> None:
        """Add to `found` the component of a line, or one for each of its tiers, each less what comes off by itself."""
        number = len(found)
        self._at_list_price(work, found)
        if work.line.less is not None:
            found[number:] = _less(found[number:], work.line, work.frame)

    def _at_list_price(self, work: _Work, found: list[CostComponent]) -> None:
        frame = work.frame
        line = work.line if work.line.bundle is None else _bundled(work.line, frame)
        assert line.name is not None
        name, _ = frame.text(line.name)
        quantity = self._quantity(work)
        tiers, assumptions = _assumed(work, line, self._tiers(line.price, line, frame))
        key = _stated_key(line, frame) if frame.stated else ""
        base = CostComponent(name, line.unit, None, None, group=work.under, usage_key=key, assumptions=assumptions)
        if work.doubt is not None:
            if not _waits_for_usage(quantity):  # else it would have shown no cost anyway
                found.append(replace(base, unpriced=_waiting(work.doubt)))
        elif isinstance(quantity, Unpriced):
            found.append(replace(base, unpriced=quantity))
        elif isinstance(tiers, Unpriced):
            waits = quantity.key if isinstance(quantity, _Waits) else key
            amount = None if isinstance(quantity, _Waits) else _scaled(quantity, line.per)
            found.append(replace(base, quantity=amount, unpriced=tiers, usage_key=waits))
        elif line.tiers:
            found.extend(self._named_tiers(base, line, frame, quantity, tiers))
        elif len(tiers) == 1:
            found.append(_priced(base, line, quantity, tiers[0].price))
        else:
            found.extend(_tiered(base, line, quantity, tiers))

    def _quantity(self, work: _Work) -> Range | _Waits | Unpriced:
        line, frame = work.line, work.frame
        if line.quantity is None:
            return work.times
        found = frame.range(line.quantity)
        if isinstance(found, Unpriced):
            return found
        if isinstance(found, Unknown):
            return _usage_of(found.waits_for) or _waiting(found)
        if found is None:
            return Unpriced(f"{in_short(line.quantity.expected.text)} is not set")
        if line.least is None and line.most is None:
            return _product(found, work.times)
        least, most = frame.figure(line.least), frame.figure(line.most)
        return _product(_clamped(found, least, most), work.times)

    def _tiers(self, template: Template | None, line: Line, frame: Frame) -> tuple[Tier, ...] | Unpriced:
        if template is None:
            if line.amount is None:
                return Unpriced("the sheet names no price")
            amount = frame.figure_of(line.amount)
            if isinstance(amount, Unknown):
                return _waiting(amount)
            if not isinstance(amount, Decimal):
                return amount or Unpriced("the price is not set")
            return (Tier(Decimal(0), UnitPrice("", frame.place.region, amount, line.unit, basis="derived")),)
        item, unknown = frame.text(template)
        if unknown is not None:
            return _waiting(unknown)
        region = frame.place.region
        if line.region is not None:
            region, unknown = frame.text(line.region)
            if unknown is not None:
                return _waiting(unknown)
        found = self._prices.look_up(item, cloud=frame.place.cloud, region=region)
        if isinstance(found, Unpriced) or not frame.place.assumed or line.region is not None:
            return found
        return self._in_doubt(found, frame.place.assumed)

    def _in_doubt(self, tiers: tuple[Tier, ...], reason: str) -> tuple[Tier, ...]:
        """The same, ≈ for `reason`: most resources of code that names no region ask for the same few."""
        key = (id(tiers), reason)
        if key not in self._doubted:
            self._doubted[key] = tiers, tuple(Tier(t.start, _in_doubt(t.price, reason)) for t in tiers)
        return self._doubted[key][1]

    def _named_tiers(
        self, base: CostComponent, line: Line, frame: Frame, quantity: Range | _Waits, tiers: tuple[Tier, ...]
    ) -> Iterator[CostComponent]:
        start = Decimal(0)
        for number, named in enumerate(line.tiers):
            part = _share(quantity, start, named.up_to)
            if number and (isinstance(part, _Waits) or not part.high):
                return
            own = self._tiers(named.price, line, frame) if named.price else tiers
            printed = replace(base, name=frame.text(named.name)[0]) if named.name else base
            if isinstance(own, Unpriced):
                yield replace(printed, unpriced=own)
            else:
                yield _priced(printed, line, part, _price_from(own, start))
            if named.up_to is None:
                return
            start = named.up_to


def _assumed(
    work: _Work, line: Line, tiers: tuple[Tier, ...] | Unpriced
) -> tuple[tuple[Tier, ...] | Unpriced, tuple[str, ...]]:
    """The tiers, ≈ where their price or the line itself is taken for granted, and what else the line assumes."""
    if not line.assumes and not work.taken:
        return tiers, ()
    taken = [one for one in line.assumes if one.when is None or work.frame.truth(one.when) is True]
    doubts = "; ".join([one.says for one in taken if one.is_of_price] + [work.taken] * bool(work.taken))
    if doubts and not isinstance(tiers, Unpriced):
        tiers = tuple(Tier(t.start, t.price.in_doubt(doubts)) for t in tiers)
    return tiers, tuple(one.says for one in taken if not one.is_of_price)


@record(frozen=True, slots=True)
class _Waits:
    """A quantity that waits for the user's usage."""

    key: str


@record(frozen=True, slots=True)
class _Work:
    """A line being worked out."""

    line: Line
    frame: Frame
    under: tuple[str, ...]
    times: Range
    depth: int
    doubt: Unknown | None = None
    """Why it is not certain that the line is there at all."""
    taken: str = ""
    """What was taken for granted to say that it is there."""


@lru_cache(maxsize=1024)
def _usage_of(names: tuple[str, ...]) -> _Waits | None:
    """What a quantity waits for that waits for `names`, where all of them are the user's usage."""
    usage = [name.removeprefix(USAGE) for name in names if name.startswith(USAGE)]
    return _Waits(usage[0]) if usage and len(usage) == len(names) else None


def _waits_for_usage(quantity: Range | _Waits | Unpriced) -> bool:
    if isinstance(quantity, Unpriced):
        return any(name.startswith(USAGE) for name in quantity.waits_for)
    return isinstance(quantity, _Waits)


def _entries(frame: Frame, line: Line) -> Iterator[tuple[dict[str, Value], Unknown | None]]:
    """The loop's variables, entry by entry, and why an entry may not be there."""
    assert line.each is not None
    found = frame.value(line.each)
    if isinstance(found, Unknown):
        yield {line.variable: found, "i": 0}, found
        return
    rest: Unknown | None = None
    if isinstance(found, Partial):
        rest, found = found.rest, found.known
    if isinstance(found, Mapping):
        found = [found] if line.variable else list(found.values())
    entries = list(found) if isinstance(found, (list, tuple)) else []
    for number, entry in enumerate(entries):
        yield {line.variable: entry, "i": number}, None
    if rest is not None:
        yield {line.variable: rest, "i": len(entries)}, rest


def _waiting(unknown: Unknown) -> Unpriced:
    return Unpriced(unknown.reason, unknown.waits_for)


def _not_set(frame: Frame) -> str:
    """What the sheet takes for granted and the resource lacks: `machine_type is not set`; empty if there is nothing."""
    text = "\n".join(str(formula.text) for part in (frame.sheet.part, frame.part) for formula in part.formulas())
    allowed = {name for pair in _MAY_BE_ABSENT.findall(text) for name in pair}
    needed = dict.fromkeys(tuple(filter(None, found)) for found in _NEEDED.findall(text))
    absent = [".".join(names) for names in needed if names[0] not in allowed and _lacks(frame.resource, names)]
    verb = "is" if len(absent) == 1 else "are"
    return f"{' and '.join(absent)} {verb} not set" if absent else ""


def _lacks(resource: Resource, names: tuple[str, ...]) -> bool:
    return resource.value(names[0], *(step for name in names[1:] for step in (0, name))) is None


def _plain_name(line: Line) -> str:
    """What a line that cannot be worked out is called: its name with a question mark for each formula in it."""
    return (
        re.sub(r"\{[^{}]*\}", "?", line.name.text) if line.name else line.use.replace("_", " ").capitalize() or "A line"
    )


def _unpriced(name: str, under: tuple[str, ...], why: Unpriced) -> CostComponent:
    return CostComponent(name, "", None, None, group=under, unpriced=why)


def _counted(component: CostComponent, times: Range | Unpriced) -> CostComponent:
    """`component` as it stands, or without a cost where it is not known how often it is there."""
    if isinstance(times, Range) or component.unpriced is not None or component.waits_for_usage:
        return component
    usage = [name.removeprefix(USAGE) for name in times.waits_for if name.startswith(USAGE)]
    if usage and len(usage) == len(times.waits_for):
        return replace(component, quantity=None, usage_key=usage[0])
    return replace(component, quantity=None, unpriced=times)


def _doubted(component: CostComponent, doubt: Unknown | None) -> CostComponent:
    return component if doubt is None else replace(component, unpriced=_waiting(doubt))


def _stated_key(line: Line, frame: Frame) -> str:
    """The first stated usage key the quantity is worked out from; empty where there is none."""
    if line.quantity is None:
        return ""
    names: set[str] = set()
    left, seen = [line.quantity.expected], set()
    while left:
        for first, *rest in left.pop().reads:
            if first == "usage":
                names.add(".".join(str(step) for step in rest))
            elif first == "hours":
                names.add("monthly_hrs")
            elif first in frame.part.let and first not in seen:
                seen.add(first)
                left.append(frame.part.let[str(first)])
    return next((name for name in frame.sheet.usage if name in names and _is_stated(frame.stated, name)), "")


def _is_stated(stated: Mapping[str, Value], name: str) -> bool:
    here: Value = stated
    for step in name.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here is not None


def _in_doubt(price: UnitPrice, reason: str) -> UnitPrice:
    return price if price.region == EVERYWHERE else price.in_doubt(reason)


def _tiered(
    base: CostComponent, line: Line, quantity: Range | _Waits, tiers: tuple[Tier, ...]
) -> Iterator[CostComponent]:
    """One component a tier the quantity reaches; the first alone where the quantity waits for usage."""
    for number, tier in enumerate(tiers):
        end = tiers[number + 1].start if number + 1 < len(tiers) else None
        part = _share(quantity, tier.start, end)
        if number and (isinstance(part, _Waits) or not part.high):
            return
        is_split = not isinstance(quantity, _Waits) and quantity.high > tiers[1].start
        named = replace(base, name=f"{base.name} ({_tier_text(tier.start, end, line)})") if is_split else base
        yield _priced(named, line, part, tier.price)


def _priced(base: CostComponent, line: Line, quantity: Range | _Waits, price: UnitPrice) -> CostComponent:
    per_unit = price.amount * line.per
    if isinstance(quantity, _Waits):
        return replace(base, price=price, per_unit=per_unit, usage_key=quantity.key)
    amount = _scaled(quantity, line.per)
    return CostComponent(
        base.name, base.unit, amount, price, per_unit, base.group, base.usage_key, assumptions=base.assumptions
    )


def _price_from(tiers: tuple[Tier, ...], start: Decimal) -> UnitPrice:
    return next((t.price for t in reversed(tiers) if t.start <= start), tiers[0].price)


def _less(found: list[CostComponent], line: Line, frame: Frame) -> list[CostComponent]:
    """`found` with their prices reduced as the line says; as they are where that is not known or is nothing."""
    if line.less is None or line.less_because is None:
        return found
    share = frame.figure(line.less)
    if not share:
        return found
    because, _ = frame.text(line.less_because)
    rest = 1 - share.quantize(_MILLIONTH)

    def reduced(component: CostComponent, per_unit: Decimal) -> CostComponent:
        return replace(component, per_unit=per_unit * rest, terms=(*component.terms, because))

    return [c if c.per_unit is None else reduced(c, c.per_unit) for c in found]


def _bundled(line: Line, frame: Frame) -> Line:
    """`line` printed by what the resource takes at once; as it is where that is not known."""
    if line.bundle is None or line.bundle_unit is None:
        return line
    per, (unit, unknown) = frame.figure(line.bundle), frame.text(line.bundle_unit)
    return line if not per or unknown is not None else replace(line, per=per, unit=unit)


def _scaled(quantity: Range, per: Decimal) -> Range:
    return quantity if per == 1 else Range(quantity.low / per, quantity.expected / per, quantity.high / per)


def _product(one: Range, other: Range) -> Range:
    if other is _ONE:
        return one
    return Range(one.low * other.low, one.expected * other.expected, one.high * other.high)


def _clamped(quantity: Range, least: Decimal | None, most: Decimal | None) -> Range:
    def clamp(figure: Decimal) -> Decimal:
        figure = figure if least is None else max(least, figure)
        return figure if most is None else min(most, figure)

    return Range(clamp(quantity.low), clamp(quantity.expected), clamp(quantity.high))


def _share(quantity: Range | _Waits, start: Decimal, end: Decimal | None) -> Range | _Waits:
    """The part of `quantity` that lies between two limits."""
    if isinstance(quantity, _Waits):
        return quantity

    def part(figure: Decimal) -> Decimal:
        return max(Decimal(0), (figure if end is None else min(figure, end)) - start)

    return Range(part(quantity.low), part(quantity.expected), part(quantity.high))


def _tier_text(start: Decimal, end: Decimal | None, line: Line) -> str:
    unit = line.unit.split(" ")[-1] if line.per != 1 else line.unit
    if not start and end is not None:
        return f"first {end:,f} {unit}"
    return f"over {start:,f} {unit}" if end is None else f"next {end - start:,f} {unit}"


def _model(sheet: Sheet) -> Callable[[Lines, Frame], Iterator[CostComponent]]:
    module, _, function = sheet.model.partition(":")
    try:
        found = getattr(import_module(f"finops_lint.costs.models.{module}"), function)
    except (ImportError, AttributeError) as error:
        raise CostError(f"{sheet.type}: no model {sheet.model}") from error
    price: Callable[[Lines, Frame], Iterator[CostComponent]] = found
    return price
