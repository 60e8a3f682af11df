"""Turns observed cost lines (component_prices.csv) into table rows, as `pricing/imports/<cloud>.yaml` declares.

The facts were read off printed tables, so each comes with an error. A price is the shortest decimal that all
observations of its item allow: 0.0225068 ± 0.0000069 for a load balancer's hour is 0.0225.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product
from pathlib import Path
from typing import Any

from finops_lint.model.records import record
from finops_lint.refresh.tables import FactsError, Row

_MULTIPLES = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000}
_SINGULAR = {"request": "requests"}
SOURCE = "infracost-goldens"
"""The data set's id in the manifests."""


@record(frozen=True, slots=True)
class Entry:
    """One line of the mapping: which facts it takes, and what they become."""

    name: re.Pattern[str]
    under: re.Pattern[str] | None
    example: re.Pattern[str] | None
    items: tuple[str, ...]
    """Empty where the facts are left out."""
    start: Decimal
    unit: str
    per: Decimal | None
    region: str
    also: tuple[str, ...]
    """Regions with the same price though no example shows it."""

    def groups(self, fact: Mapping[str, str]) -> dict[str, str] | None:
        """The named groups where this entry takes `fact`, else None."""
        name = self.name.fullmatch(fact["component_name"])
        under = self.under.fullmatch(fact["sub_resource"]) if self.under else None
        if not name or (self.under and not under):
            return None
        if self.example and not self.example.search(fact["example_address"]):
            return None
        groups = {**name.groupdict(), **(under.groupdict() if under else {})}
        return {key: slug(value or "") for key, value in groups.items()}


@record(frozen=True, slots=True)
class Observation:
    """One fact, as the price of one unit of an item."""

    item: str
    region: str
    start: Decimal
    unit: str
    low: Decimal
    seen: Decimal
    high: Decimal
    as_of: str


def read_mapping(file: Path) -> dict[str, tuple[Entry, ...]]:
    """Resource type → entries, in the order they are tried."""
    import yaml

    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    found: dict[str, tuple[Entry, ...]] = {}
    for group in content.get("components", ()):
        entries = tuple(_entry(row) for row in group["rows"])
        for kind in group["types"]:
            found[kind] = (*found.get(kind, ()), *entries)
    return found


def noted_rows(file: Path, *, cloud: str) -> Iterator[Row]:
    """The prices the mapping itself notes, each read off a public page that its source names."""
    import yaml

    for fact in yaml.safe_load(file.read_text(encoding="utf-8")).get("facts", ()):
        service, _, item = fact["item"].partition("/")
        for region, price in fact["prices"].items():
            of = (fact["source"], fact["as_of"], fact.get("basis", "observed"))
            start = Decimal(str(fact.get("from", 0)))
            yield Row(cloud, service, item, region, fact["unit"], Decimal(price), *of, start=start)


def _entry(row: Mapping[str, Any]) -> Entry:
    items = row.get("item", ())
    return Entry(
        name=re.compile(row["match"] if "match" in row else re.escape(row["name"])),
        under=re.compile(row["under"]) if "under" in row else None,
        example=re.compile(row["example"]) if "example" in row else None,
        items=() if "skip" in row else (items,) if isinstance(items, str) else tuple(items),
        start=Decimal(str(row.get("from", 0))),
        unit=row.get("unit", ""),
        per=Decimal(str(row["per"])) if "per" in row else None,
        region=row.get("region", ""),
        also=tuple(row.get("also", ())),
    )


def component_rows(
    facts: Iterable[Mapping[str, str]], mapping: Mapping[str, tuple[Entry, ...]], *, cloud: str
) -> tuple[list[Row], list[str]]:
    """Table rows of one cloud, and the facts no entry takes ("type: component").

    Raises:
        FactsError: Two observations of one item cannot both be true.
    """
    seen: dict[tuple[str, str, Decimal], list[Observation]] = {}
    left: list[str] = []
    for fact in facts:
        if fact["provider"] != cloud:
            continue
        observed = list(_observations(fact, mapping.get(fact["resource_type"], ())))
        if not observed and not _is_taken(fact, mapping):
            left.append(
                f"{fact['resource_type']}: {fact['sub_resource']}: {fact['component_name']}".replace(": :", ":")
            )
        for one in observed:
            seen.setdefault((one.item, one.region, one.start), []).append(one)
    return [_row(cloud, several) for several in seen.values()], left


def _is_taken(fact: Mapping[str, str], mapping: Mapping[str, tuple[Entry, ...]]) -> bool:
    return any(entry.groups(fact) is not None for entry in mapping.get(fact["resource_type"], ()))


def _observations(fact: Mapping[str, str], entries: tuple[Entry, ...]) -> Iterator[Observation]:
    for entry in entries:
        groups = entry.groups(fact)
        if groups is None:
            continue
        multiple, unit = unit_of(fact["unit"])
        per = entry.per if entry.per is not None else multiple
        price, error = Decimal(fact["usd_per_unit"]), Decimal(fact["abs_error"])
        regions = (entry.region or fact["region"], *entry.also)
        for item, region in product(entry.items, regions):
            yield Observation(
                item.format_map(groups),
                region,
                entry.start,
                entry.unit or unit,
                (price - error) / per,
                price / per,
                (price + error) / per,
                fact["golden_changed"],
            )
        return


def unit_of(text: str) -> tuple[Decimal, str]:
    """How many, and of what: "1M requests" → (1000000, "requests"); "hours" → (1, "hours")."""
    match = re.fullmatch(r"(\d+)([kKM]?) (.+)", text)
    if not match:
        return Decimal(1), text
    return Decimal(int(match[1]) * _MULTIPLES[match[2]]), _SINGULAR.get(match[3], match[3])


def slug(text: str) -> str:
    """`text` as part of an item: lower case, dots kept, anything else a hyphen; a resource type or SKU stays."""
    return re.sub(r"[^a-z0-9._:+]+", "-", text.lower()).strip("-")


def _row(cloud: str, observations: list[Observation]) -> Row:
    one = observations[0]
    low, high = max(o.low for o in observations), min(o.high for o in observations)
    if low > high:
        prices = ", ".join(sorted({f"{o.seen:f}" for o in observations}))
        raise FactsError(f"{one.item} in {one.region} from {one.start}: observed at {prices}")
    service, _, item = one.item.partition("/")
    return Row(
        cloud,
        service,
        item,
        one.region,
        one.unit,
        shortest_between(low, high, near=min(observations, key=lambda o: o.high - o.low).seen),
        SOURCE,
        max(o.as_of for o in observations),
        "observed",
        one.start,
    )


def shortest_between(low: Decimal, high: Decimal, *, near: Decimal) -> Decimal:
    """The roundest decimal from `low` to `high`: fewest places, last place 5 before others, nearest to `near`."""
    for places in range(28):
        for last_place in (5, 1):
            step = Decimal(last_place).scaleb(-places)
            first = (low / step).to_integral_value(ROUND_CEILING)
            last = (high / step).to_integral_value(ROUND_FLOOR)
            if first <= last:
                return min(max((near / step).to_integral_value(), first), last) * step
    return near
