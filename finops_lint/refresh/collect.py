"""Turns the entries of a public price list into table rows, and counts what became of the others.

An entry whose unit nobody declared, or two entries that claim one item at different prices, become no row: what is
not sure stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from finops_lint.model.money import places
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.refresh.declared import Line
from finops_lint.refresh.tables import Row

_KEPT_EXAMPLES = 5
_REGION = regex(r"\*|[a-z0-9][a-z0-9-]{0,60}")
"""A region is part of a file's name, so what a list calls one is looked at."""
_CURRENCY = regex("[A-Z]{3}")
_FINEST = Decimal("1E-18")
_MOST = Decimal("1E12")


@record(frozen=True, slots=True)
class Entry:
    """One rate of a public list: a price of a product from some quantity on."""

    attributes: Mapping[str, str]
    """By `declared.key_of` the name."""
    region: str
    group: str
    """What the tiers of one price have in common: a SKU and its term."""
    unit: str
    start: Decimal
    """Quantity a month, in `unit`, from which the price holds."""
    amount: Decimal
    currency: str = "USD"
    since: str = ""
    """ISO day from which it holds; of two for one tier the later wins."""
    upfront: bool = False
    """Whether it is paid once for the whole term."""


@record(frozen=True, slots=True)
class Outcome:
    """What became of a file's entries."""

    rows: tuple[Row, ...]
    read: int
    """How many entries there were."""
    ignored: int
    """Those that no line takes."""
    units: Mapping[str, int]
    """Unit nobody declared → how many entries were left out for it."""
    unclear: tuple[str, ...]
    """Items that entries give different prices for."""


class _Price:
    """The rates of one item in one region, by group."""

    __slots__ = ("groups",)

    def __init__(self) -> None:
        self.groups: dict[str, dict[tuple[Decimal, bool], tuple[str, Decimal]]] = {}

    def add(self, entry: Entry, count: Decimal) -> None:
        """Note a rate, for one table unit."""
        rates = self.groups.setdefault(entry.group, {})
        key = (entry.start * count, entry.upfront)
        known = rates.get(key)
        if known is None or known[0] <= entry.since:
            amount = entry.amount if entry.upfront else _exact(entry.amount / count)
            rates[key] = (entry.since, amount)


class Collector:
    """Takes entries one by one, then gives the rows."""

    def __init__(
        self, cloud: str, lines: Iterable[Line], *, source: str, regions: Mapping[str, str] | None = None
    ) -> None:
        self._cloud = cloud
        self._source = source
        self._regions = regions or {}
        self._lines = tuple(lines)
        self._by_value = _index(self._lines)
        self._prices: dict[tuple[int, str, str, str, str], _Price] = {}
        self._read = self._ignored = 0
        self._units: Counter[str] = Counter()

    @property
    def families(self) -> frozenset[str] | None:
        """The product families any line takes; None where a line does not say."""
        return None if self._by_value is None else frozenset(self._by_value)

    def skip(self, count: int = 1) -> None:
        """Count entries that need no look."""
        self._read += count
        self._ignored += count

    def add(self, entry: Entry) -> None:
        """Take one entry."""
        self._read += 1
        taken = False
        for number, line in self._candidates(entry.attributes):
            words = line.words(entry.attributes)
            item = None if words is None else line.item_of(entry.attributes, words)
            if words is None or item is None:
                continue
            taken = True
            self._take(number, line, item, entry)
        self._ignored += not taken

    def may_take(self, attributes: Mapping[str, str], *, apart_from: frozenset[str]) -> bool:
        """Whether any line takes an entry like this, whatever its attributes `apart_from` are."""
        return any(
            all(c.groups(attributes.get(c.key, "")) is not None for c in line.conditions if c.key not in apart_from)
            for _, line in self._candidates(attributes)
        )

    def _candidates(self, attributes: Mapping[str, str]) -> Iterable[tuple[int, Line]]:
        if self._by_value is None:
            return enumerate(self._lines)
        return self._by_value.get(attributes.get(_FAMILY, ""), ())

    def _take(self, number: int, line: Line, item: str, entry: Entry) -> None:
        if entry.amount > _MOST or entry.start > _MOST:
            return
        count = Decimal(1) if entry.upfront else line.count(entry.unit)
        if entry.upfront and not line.spread:
            return
        if count is None:
            self._units[entry.unit] += 1
            return
        term = entry.attributes.get(line.term, "") if line.spread else ""
        if line.spread and term not in line.spread:
            return
        region = line.region or self._regions.get(entry.region, entry.region)
        if not _REGION.fullmatch(region) or not _CURRENCY.fullmatch(entry.currency):
            return
        key = (number, item, region, entry.currency, term)
        self._prices.setdefault(key, _Price()).add(entry, count)

    def outcome(self, as_of: str) -> Outcome:
        """The rows of everything taken so far."""
        found: dict[tuple[str, str, str], list[tuple[tuple[tuple[Decimal, Decimal], ...], Line, str]]] = {}
        for (number, item, region, currency, term), price in self._prices.items():
            line = self._lines[number]
            for rates in price.groups.values():
                tiers = _tiers(rates, line, term)
                if tiers:
                    found.setdefault((line.service, item, region), []).append((tiers, line, currency))
        rows: list[Row] = []
        unclear: list[str] = []
        for (service, item, region), claims in found.items():
            if len({(tiers, line.unit, currency) for tiers, line, currency in claims}) > 1:
                unclear.append(f"{service}/{item} in {region}")
                continue
            tiers, line, currency = claims[0]
            first = Row(
                self._cloud,
                service,
                item,
                region,
                line.unit,
                Decimal(0),
                self._source,
                as_of,
                "derived" if line.spread else "list",
                currency=currency,
            )
            rows += (replace(first, start=start, price=price) for start, price in tiers)
        return Outcome(tuple(rows), self._read, self._ignored, dict(self._units), tuple(sorted(unclear)))


_FAMILY = "productfamily"


def _index(lines: tuple[Line, ...]) -> dict[str, list[tuple[int, Line]]] | None:
    """Product family → the lines that take it, where every line says which to the letter."""
    found: dict[str, list[tuple[int, Line]]] = {}
    for number, line in enumerate(lines):
        families = next((c.literals for c in line.conditions if c.key == _FAMILY), frozenset())
        if not families:
            return None
        for family in families:
            found.setdefault(family, []).append((number, line))
    return found


def _tiers(
    rates: Mapping[tuple[Decimal, bool], tuple[str, Decimal]], line: Line, term: str
) -> tuple[tuple[Decimal, Decimal], ...]:
    """(start, price of one unit) in order; empty where they make no price."""
    upfront = sum((amount for (_, once), (_, amount) in rates.items() if once), Decimal(0))
    tiers = sorted((start, amount) for (start, once), (_, amount) in rates.items() if not once)
    if line.spread:
        tiers = tiers or [(Decimal(0), Decimal(0))]
        each = upfront / line.spread[term]
        tiers = [(start, _rounded(amount + each)) for start, amount in tiers]
    if not line.free and len(tiers) > 1 and not tiers[0][1]:
        tiers = [(Decimal(0), tiers[1][1]), *tiers[2:]]
    merged = list(_without_repeats(tiers))
    if not merged or merged[0][0]:
        return ()
    return tuple(merged if line.tiers else merged[:1])


def _without_repeats(tiers: Iterable[tuple[Decimal, Decimal]]) -> Iterator[tuple[Decimal, Decimal]]:
    """A tier that costs as much as the one before it is none."""
    last: Decimal | None = None
    for start, amount in tiers:
        if amount != last:
            yield start, amount
        last = amount


def _exact(amount: Decimal) -> Decimal:
    """The amount with no more digits than a table takes."""
    return amount if places(amount) <= places(_FINEST) else amount.quantize(_FINEST)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.000001")).normalize()


def told(outcome: Outcome) -> str:
    """`1,234 entries, 56 prices, 1,178 not used`, and what else should be known."""
    text = f"{outcome.read:,} entries, {len(outcome.rows):,} prices, {outcome.ignored:,} not used"
    if outcome.units:
        units = ", ".join(f"{unit!r} {count:,}×" for unit, count in sorted(outcome.units.items())[:_KEPT_EXAMPLES])
        text += f"; left out for a unit that is not declared: {units}"
    if outcome.unclear:
        more = f" and {len(outcome.unclear) - _KEPT_EXAMPLES:,} more" if len(outcome.unclear) > _KEPT_EXAMPLES else ""
        text += f"; left out for several prices: {', '.join(outcome.unclear[:_KEPT_EXAMPLES])}{more}"
    return text
