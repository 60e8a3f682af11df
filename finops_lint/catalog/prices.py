"""Turns an item, a cloud and a region into a dated unit price, or into the reason why there is none.

A table is one CSV a service, or one a service and region, sorted so that a look-up is a binary search over the bytes of
the one file that can have the row. Where the row is missing the cloud's manifest may declare how to estimate it; such
a price is marked ≈ with the reason. Never the first price found, never the cheapest.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.given import read_given
from finops_lint.catalog.kept import NOTHING_KEPT, Kept
from finops_lint.catalog.machines import Machines
from finops_lint.catalog.regions import REFERENCE, Regions
from finops_lint.catalog.resemblance import Names
from finops_lint.catalog.yaml_text import load_yaml
from finops_lint.model.estimate import UnitPrice, Unpriced
from finops_lint.model.records import record, replace
from finops_lint.model.span import Span

COLUMNS = ("item", "region", "tier_from", "unit", "price", "currency", "basis", "source", "as_of")
"""The columns of every table, in this order."""
EVERYWHERE = "*"
"""The region of a price that is the same in all of them."""
_CHINA = "cn-"
"""How AWS's regions in China begin: they have prices of their own, in yuan, that no other region's tell of."""

_HEADER = ",".join(COLUMNS).encode()
_BASES = frozenset({"list", "observed", "derived", "spot"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_FIGURE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,20})?")
_CURRENCY = re.compile("[A-Z]{3}")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_SUGGESTED = 25
"""Names that resemble one without a price are looked for as often as this in a run: it takes its time."""
_RATIO_STEP = Decimal("0.0001")
"""Ratios are rounded to what the reason prints, so that a reader can work the price out again."""
_MOST_STEPS = 4
_MOST_BYTES = 200 << 20
"""An estimate may rest on another (a region factor on a markup on EC2); further would be a loop."""


class PriceError(CatalogError):
    """A price table or its manifest is wrong."""


@record(frozen=True, slots=True)
class Tier:
    """A price from some quantity on."""

    start: Decimal
    """Units a month from which the price holds; the first tier starts at 0."""
    price: UnitPrice


@record(frozen=True, slots=True)
class Estimator:
    """How to estimate an item whose row is missing: another row's price × a ratio."""

    items: re.Pattern[str]
    """Which items of the service it serves; its named groups fill the templates."""
    of: str
    """Template of the item whose price is taken, with its service: `ec2/linux/{type}`."""
    region: str
    """The region whose price is taken: a name, `reference` for the service's, empty for the one asked for."""
    factors: str
    """Template of the family whose region factors apply; empty where none do."""
    ratios: tuple[tuple[re.Pattern[str], Decimal], ...]
    """(pattern over the item, ratio): the first that is found applies; without any match there is no estimate."""
    per_vcpu: tuple[tuple[re.Pattern[str], Decimal], ...]
    """(pattern over the machine's name, amount added for each of its vCPU): the first that matches whole applies."""
    machine: str
    """Template of the machine whose vCPU are meant."""
    times: str
    """Template of an item whose price the ratio is multiplied by; empty for none."""
    over: str
    """Template of an item whose price the ratio is divided by; empty for none."""
    because: str
    """The reason a person reads, with the groups and `{region}`, `{ratio}`, `{of}` filled in; empty where the other
    row says the same price for certain, so that nothing is ≈."""
    exact: bool
    """Whether only a row of its own will do for `of`, not another estimate."""
    names: Mapping[str, Mapping[str, str]]
    """Group → (new group name: value) tables: `predecessor: {from: family, g6: g5}`."""


@record(frozen=True, slots=True)
class Manifest:
    """What a cloud's manifest says about one service's tables."""

    file: Path
    reference: str
    """The region that has most prices: estimates start from it, and suggestions come from it."""
    home: str
    """The region whose factors are 1 by definition."""
    sources: Mapping[str, str]
    """Source id → why its rows are only ≈; empty text for exact ones."""
    estimators: tuple[Estimator, ...]


class _Table(Protocol):
    """Rows by key."""

    def rows(self, item: str, region: str) -> list[tuple[int, Sequence[str]]]:
        """(place, fields) of every row of the key, in file order."""

    def line_at(self, place: int) -> int:
        """The number of the line a row stands on."""

    def items(self) -> Iterator[str]:
        """Every item, repeated for each of its rows."""


class _SortedTable:
    """A shipped table: sorted by `item,region,`, never quoted, searched as bytes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.data = file.read_bytes()
        self.body = self.data.find(b"\n") + 1
        if self.data[: self.body].strip() != _HEADER:
            raise _wrong(file, 1, f"the columns must be {','.join(COLUMNS)}")

    def rows(self, item: str, region: str) -> list[tuple[int, Sequence[str]]]:
        key = f"{item},{region},".encode()
        data, low, high = self.data, self.body, len(self.data)
        while low < high:
            start = data.rfind(b"\n", 0, (low + high) // 2) + 1
            if data[start : start + len(key)] < key:
                low = _end_of_line(data, start) + 1
            else:
                high = start
        found: list[tuple[int, Sequence[str]]] = []
        while data.startswith(key, low):
            end = _end_of_line(data, low)
            found.append((low, data[low:end].decode().rstrip("\r").split(",")))
            low = end + 1
        return found

    def line_at(self, place: int) -> int:
        return self.data.count(b"\n", 0, place) + 1

    def items(self) -> Iterator[str]:
        for line in self.data[self.body :].decode().splitlines():
            yield line.partition(",")[0]


class _WholeTable:
    """A user's table: in any order, quoted or not, read once."""

    def __init__(self, file: Path) -> None:
        self.by_key: dict[tuple[str, str], list[tuple[int, Sequence[str]]]] = {}
        lines = csv.reader(io.StringIO(read_given(file, PriceError, most=_MOST_BYTES), newline=""))
        try:
            self._read(file, lines)
        except csv.Error as error:
            raise _wrong(file, lines.line_num, f"not a price table: {error}") from error

    def _read(self, file: Path, lines: Iterator[list[str]]) -> None:
        if tuple(next(lines, ())) != COLUMNS:
            raise _wrong(file, 1, f"the columns must be {','.join(COLUMNS)}")
        for line, fields in enumerate(lines, start=2):
            if fields:
                key = (fields[0], fields[1] if len(fields) > 1 else "")
                self.by_key.setdefault(key, []).append((line, fields))

    def rows(self, item: str, region: str) -> list[tuple[int, Sequence[str]]]:
        return sorted(self.by_key.get((item, region), []), key=lambda row: _amount_or_zero(row[1][2:3]))

    def line_at(self, place: int) -> int:
        return place

    def items(self) -> Iterator[str]:
        return (item for item, _ in self.by_key)


class PriceBook:
    """All price tables, opened as they are needed; every answer is remembered.

    `root` is the shipped `pricing` folder; `overlays` are further ones of the same layout (a project's own, refreshed
    ones), the first winning over the later, all of them over `root`. With `suggests`, what has no price names items
    that resemble it. What manifests say is looked for in `kept`.
    """

    def __init__(
        self, root: Path, overlays: Iterable[Path] = (), *, suggests: bool = True, kept: Kept = NOTHING_KEPT
    ) -> None:
        self.roots = (*overlays, root)
        self._kept = kept
        self._suggests = suggests
        self._suggested = 0
        self._regions = Regions(root)
        self._misspellings: dict[tuple[str, str], tuple[str, ...]] = {}
        self._beside: dict[tuple[str, str, str], tuple[dict[str, str], Names]] = {}
        self._root = root
        self._tables: dict[Path, _Table | None] = {}
        self._contents: dict[Path, Mapping[str, Any]] = {}
        self._manifests: dict[tuple[str, str], Manifest] = {}
        self._factors: dict[Path, dict[tuple[str, str], Decimal]] = {}
        self._answers: dict[tuple[str, str, str], tuple[Tier, ...] | Unpriced] = {}
        self._spellings: dict[tuple[str, str, str], dict[str, str]] = {}

    @cached_property
    def _machine_list(self) -> Machines:
        return Machines(self._root)

    def look_up(self, item: str, *, cloud: str, region: str) -> tuple[Tier, ...] | Unpriced:
        """The tiers of `item` ("vpc/nat-gateway-hours"), lowest first, or why there are none.

        Raises:
            PriceError: A row of this item is malformed or there twice.
        """
        key = (cloud, region, item)
        answer = self._answers.get(key)
        if answer is None:
            found = self._find(item, cloud, region, 0)
            answer = found if found is not None else self._unpriced(item, cloud, region)
            self._answers[key] = answer
        return answer

    def tiers(self, item: str, *, cloud: str, region: str) -> tuple[Tier, ...] | None:
        """As `look_up`, for one of many candidates: nobody asks why it has no price, so no reason is made.

        Raises:
            PriceError: A row of this item is malformed or there twice.
        """
        answer = self._answers.get((cloud, region, item)) or self._find(item, cloud, region, 0)
        return None if isinstance(answer, Unpriced) else answer

    def sources(self, cloud: str) -> dict[str, str]:
        """Source id → the data set in words, of every table of `cloud`."""
        found: dict[str, str] = {}
        for root in reversed(self.roots):
            file = root / "tables" / cloud / "manifest.yaml"
            if file.is_file():
                entries = self._content(file).get("sources", {})
                found |= {str(name): str(facts["name"]) for name, facts in entries.items() if "name" in facts}
        return found

    def _find(self, item: str, cloud: str, region: str, steps: int) -> tuple[Tier, ...] | None:
        service, _, slug = item.partition("/")
        if not slug or not _is_name(service) or not _is_name(cloud):
            return None
        if region != EVERYWHERE and not _is_name(region):  # no place: only what costs the same everywhere has a price
            return self._exact(cloud, service, slug, EVERYWHERE)
        exact = self._exact(cloud, service, slug, region)
        if exact is None:
            spelled = self._spelling(cloud, service, slug, region)
            exact = self._exact(cloud, service, spelled, region) if spelled else None
        if exact is not None or steps >= _MOST_STEPS:
            return exact
        for estimator in self._manifest(cloud, service).estimators:
            match = estimator.items.fullmatch(slug)
            if match:
                estimate = self._estimate(estimator, match, (cloud, service, region), steps)
                if estimate is not None:
                    return estimate
        return None

    def _exact(self, cloud: str, service: str, slug: str, region: str) -> tuple[Tier, ...] | None:
        for root in self.roots:
            for file in _files(root, cloud, service, region):
                table = self._table(file, sorted_bytes=root is self._root)
                if table is None:
                    continue
                for where in (region, EVERYWHERE):
                    rows = table.rows(slug, where)
                    if rows:
                        try:
                            return self._tiers(cloud, service, rows, shipped=root is self._root)
                        except _WrongRow as wrong:
                            raise _wrong(file, table.line_at(wrong.place), wrong.message) from None
        return None

    def _table(self, file: Path, *, sorted_bytes: bool) -> _Table | None:
        if file not in self._tables:
            kind = _SortedTable if sorted_bytes else _WholeTable
            self._tables[file] = kind(file) if file.is_file() else None
        return self._tables[file]

    def _tiers(
        self, cloud: str, service: str, rows: list[tuple[int, Sequence[str]]], *, shipped: bool
    ) -> tuple[Tier, ...]:
        """The tiers that `rows` say.

        Raises:
            _WrongRow: One of them says none.
        """
        manifest = self._manifest(cloud, service)
        tiers: list[Tier] = []
        for place, fields in rows:
            tier = _tier(service, place, fields, manifest)
            if shipped and tier.price.source not in manifest.sources:
                raise _WrongRow(place, f"source {tier.price.source!r} is not spelled out in {manifest.file.name}")
            if not tiers and tier.start:
                raise _WrongRow(place, f"the first tier of {fields[0]} in {fields[1]} does not start at 0")
            if tiers and tier.start <= tiers[-1].start:
                raise _WrongRow(place, f"two prices for {fields[0]} in {fields[1]} from {fields[2]} on")
            tiers.append(tier)
        return tuple(tiers)

    def _estimate(
        self, estimator: Estimator, match: re.Match[str], place: tuple[str, str, str], steps: int
    ) -> tuple[Tier, ...] | None:
        cloud, service, region = place
        words = _words(estimator, match, region)
        if words is None:
            return None
        item = f"{service}/{match.string}"
        target = estimator.region
        if target in ("", "reference"):
            target = self._manifest(cloud, service).reference if target else region
        of = estimator.of.format_map(words) if estimator.of else item
        if target == region and of == item:
            return None
        if target.startswith(_CHINA) != region.startswith(_CHINA):
            return None
        words |= {"of": of, "from": target}
        ratio = self._ratio(estimator, match.string, words, cloud, steps)
        base = None if ratio is None else self._find(of, cloud, target, _MOST_STEPS if estimator.exact else steps + 1)
        if ratio is None or base is None:
            return None
        added = self._added(estimator, words, cloud)
        if added is None:
            return None
        reason = estimator.because.format_map({**words, "ratio": _short(ratio)})
        return tuple(_scaled(tier, item, ratio, added, reason) for tier in base)

    def _added(self, estimator: Estimator, words: dict[str, str], cloud: str) -> Decimal | None:
        """What is added to the scaled price; None where it goes by vCPU and the machine is not known."""
        if not estimator.per_vcpu:
            return Decimal(0)
        machine = self._machine_list.get(cloud, estimator.machine.format_map(words))
        if machine is None:
            return None
        words["vcpu"] = f"{machine.vcpu:f}"
        for pattern, amount in estimator.per_vcpu:
            if pattern.fullmatch(machine.name):
                words["usd"] = f"{amount:f}"
                return amount * machine.vcpu
        return None

    def _ratio(self, estimator: Estimator, slug: str, words: dict[str, str], cloud: str, steps: int) -> Decimal | None:
        ratio: Decimal | None = Decimal(1)
        if estimator.ratios:
            ratio = next((ratio for pattern, ratio in estimator.ratios if pattern.search(slug)), None)
        if ratio is not None and estimator.factors:
            factor = self._factor(cloud, estimator.factors.format_map(words), words)
            ratio = None if factor is None else ratio * factor
        for template, upward in ((estimator.times, True), (estimator.over, False)):
            if ratio is None or not template:
                continue
            tiers = self._find(template.format_map(words), cloud, words["region"], steps + 1)
            if tiers is None or not tiers[0].price.amount:
                return None
            ratio = ratio * tiers[0].price.amount if upward else ratio / tiers[0].price.amount
        return ratio if ratio is None else ratio.quantize(_RATIO_STEP)

    def _factor(self, cloud: str, family: str, words: dict[str, str]) -> Decimal | None:
        """How much dearer `words["region"]` is than `words["from"]` for the family, else its predecessor, else all.

        Says in `words` which of them it took.
        """
        factors = self._factors_of(cloud)
        home = self._manifest(cloud, "").home
        for name in (family, words.get("predecessor", ""), EVERYWHERE):
            there, here = (
                Decimal(1) if region == home else factors.get((region, name))
                for region in (words["from"], words["region"])
            )
            if name and there is not None and here is not None:
                words["factor_of"] = "all families" if name == EVERYWHERE else name
                return (here / there).quantize(_RATIO_STEP)
        return None

    def _factors_of(self, cloud: str) -> dict[tuple[str, str], Decimal]:
        file = self._root / "tables" / cloud / "factors.csv"
        if file not in self._factors:
            found: dict[tuple[str, str], Decimal] = {}
            if file.is_file():
                with file.open(encoding="utf-8", newline="") as text:
                    for row in csv.DictReader(text):
                        found[row["region"], row["family"]] = Decimal(row["factor"])
            self._factors[file] = found
        return self._factors[file]

    def _manifest(self, cloud: str, service: str) -> Manifest:
        key = (cloud, service)
        if key not in self._manifests:
            files = [root / "tables" / cloud / "manifest.yaml" for root in self.roots]
            read = [manifest_of(self._content(file), file, service) for file in files if file.is_file()]
            merged = read[0] if read else Manifest(files[-1], "", "", {}, ())
            for manifest in read[1:]:
                merged = replace(
                    merged,
                    reference=merged.reference or manifest.reference,
                    home=merged.home or manifest.home,
                    sources={**manifest.sources, **merged.sources},
                    estimators=(*merged.estimators, *manifest.estimators),
                )
            self._manifests[key] = merged
        return self._manifests[key]

    def _content(self, file: Path) -> Mapping[str, Any]:
        if file not in self._contents:
            self._contents[file] = _read_manifest(file, self._kept)
        return self._contents[file]

    def _spelling(self, cloud: str, service: str, slug: str, region: str) -> str | None:
        """The item's own spelling where `slug` differs from it in upper and lower case only."""
        spellings = self._names(cloud, service, region)
        found = spellings.get(slug.lower())
        return found if found != slug else None

    def _names(self, cloud: str, service: str, region: str) -> dict[str, str]:
        key = (cloud, service, region)
        if key not in self._spellings:
            names: dict[str, str] = {}
            for root in self.roots:
                for file in _files(root, cloud, service, region):
                    table = self._table(file, sorted_bytes=root is self._root)
                    for name in table.items() if table else ():
                        names.setdefault(name.lower(), name)
            self._spellings[key] = names
        return self._spellings[key]

    def _unpriced(self, item: str, cloud: str, region: str) -> Unpriced:
        service, _, slug = item.partition("/")
        if not _is_name(service) or not _is_name(cloud) or not _is_name(region):
            return Unpriced(f"no price for {item} in {region}")
        names = self._names(cloud, service, region) or self._names(
            cloud, service, self._manifest(cloud, service).reference or region
        )
        if not names:
            return Unpriced(f"no price table for {cloud} {service}")
        if near := self._misspelt(cloud, region):
            return Unpriced(f"no price list has the region {region}", nearest=near)
        if slug.lower() in names:
            return Unpriced(f"no price for {_last(slug)} in {region}")
        return Unpriced(
            f"no price for {_last(slug)} in {region}", nearest=self._resembling(item, cloud, region, names.values())
        )

    def _resembling(self, item: str, cloud: str, region: str, names: Iterable[str]) -> tuple[str, ...]:
        """Names that have a price here and resemble the item's own: from its table, and machines priced by others."""
        if not self._suggests or self._suggested >= _MOST_SUGGESTED:
            return ()
        self._suggested += 1
        way, _, name = item.rpartition("/")
        key = (cloud, region, way)
        if key not in self._beside:
            self._beside[key] = _beside(way.partition("/")[2], names)
        candidates, last_segments = self._beside[key]
        near = [candidates[found] for found in last_segments.resembling(name.lower())]
        machines = self._machine_list.nearest(cloud, name) if cloud in REFERENCE else ()
        more = [m for m in machines if m not in near and self._find(f"{way}/{m}", cloud, region, 0) is not None]
        return tuple(get_close_matches(name, [*near, *more], 3, cutoff=0))

    def _misspelt(self, cloud: str, region: str) -> tuple[str, ...]:
        """Regions that resemble one no table knows; nothing for a place that is none, such as `us`.

        The user's own tables may know more regions than we do.
        """
        if (cloud, region) not in self._misspellings:
            known = self._regions.known(cloud) if len(self.roots) == 1 else ()
            near = () if region in known or region == EVERYWHERE else get_close_matches(region, known, 3, cutoff=0.75)
            self._misspellings[cloud, region] = tuple(near)
        return self._misspellings[cloud, region]


def manifest_of(content: Mapping[str, Any], file: Path, service: str) -> Manifest:
    """The part of a cloud's manifest that concerns one service: its own estimates, then those for all services.

    Raises:
        PriceError: Something in it is not what a manifest holds.
    """
    try:
        own = content.get("services", {}).get(service, {})
        sources = {str(name): str(facts.get("approximate", "")) for name, facts in content.get("sources", {}).items()}
        entries = (*own.get("estimates", ()), *(content.get("estimates", ()) if own.get("general", True) else ()))
        estimators = tuple(_estimator(entry) for entry in entries)
    except (AttributeError, KeyError, TypeError, re.error, InvalidOperation) as error:
        raise _wrong(file, 1, f"not a manifest of prices: {error}") from error
    home = str(content.get("reference", ""))
    return Manifest(file, str(own.get("reference", home)), home, sources, estimators)


def _read_manifest(file: Path, kept: Kept) -> Mapping[str, Any]:
    text = read_given(file, PriceError)
    known: Mapping[str, Any] | None = kept.get(text)
    if known is None:
        known = _parsed(file, text)
        kept.put(text, known)
    return known


def _parsed(file: Path, text: str) -> dict[str, Any]:
    content = load_yaml(text, file.as_posix(), PriceError)
    if not isinstance(content, dict):
        raise _wrong(file, 1, "a manifest is a mapping")
    return content


def _estimator(entry: Mapping[str, Any]) -> Estimator:
    ratios = entry.get("ratio", ())
    if not isinstance(ratios, (list, tuple)):
        ratios = [{"ratio": ratios}]
    return Estimator(
        items=re.compile(entry["items"], re.IGNORECASE),
        of=entry.get("of", ""),
        region=entry.get("region", ""),
        factors=entry.get("factor", ""),
        ratios=tuple((re.compile(case.get("when", ""), re.IGNORECASE), Decimal(case["ratio"])) for case in ratios),
        per_vcpu=tuple(
            (re.compile(case.get("machine", ".*")), Decimal(case["usd"])) for case in entry.get("per_vcpu", ())
        ),
        machine=entry.get("machine", ""),
        times=entry.get("times", ""),
        over=entry.get("over", ""),
        because=entry["because"],
        exact=entry.get("exact", False),
        names=entry.get("names", {}),
    )


def _words(estimator: Estimator, match: re.Match[str], region: str) -> dict[str, str] | None:
    """What the templates may name; None where a table of names has no entry that a template needs."""
    words = {"region": region, "factor_of": "", **{k: v or "" for k, v in match.groupdict().items()}}
    templates = estimator.of + estimator.times + estimator.over + estimator.factors
    for new, table in estimator.names.items():
        value = table.get(words.get(str(table.get("from", "")), ""))
        if value is None and f"{{{new}}}" in templates:
            return None
        words[new] = value or ""
    return words


def _scaled(tier: Tier, item: str, ratio: Decimal, added: Decimal, reason: str) -> Tier:
    price = tier.price
    if not reason:
        return Tier(tier.start, replace(price, item=item))
    amount = (price.amount * ratio + added).normalize()
    reasons = f"{reason}; {price.approximate}" if price.approximate else reason
    return Tier(tier.start, replace(price, item=item, amount=amount, basis="derived", approximate=reasons))


class _WrongRow(Exception):  # noqa: N818 -- never leaves this module
    """What is wrong with the row at `place` of its table."""

    def __init__(self, place: int, message: str) -> None:
        super().__init__(message)
        self.place, self.message = place, message


def _tier(service: str, place: int, fields: Sequence[str], manifest: Manifest) -> Tier:
    if len(fields) != len(COLUMNS):
        raise _WrongRow(place, f"{len(fields)} fields where a price has {len(COLUMNS)}")
    item, region, start, unit, amount, currency, basis, source, as_of = fields
    figures = (_figure(start), _figure(amount))
    if figures[0] is None or figures[1] is None:
        message = f"tier_from and price must be plain numbers from 0 up, not {start!r} and {amount!r}"
        raise _WrongRow(place, message)
    if basis not in _BASES:
        raise _WrongRow(place, f"basis must be one of {', '.join(sorted(_BASES))}, not {basis!r}")
    if not unit or not _CURRENCY.fullmatch(currency):
        message = f"there must be a unit, and a currency like USD, not {unit!r} and {currency!r}"
        raise _WrongRow(place, message)
    if not _DAY.fullmatch(as_of):
        raise _WrongRow(place, f"as_of must be a day (2026-11-20), not {as_of!r}")
    approximate = manifest.sources.get(source, "")
    price = UnitPrice(f"{service}/{item}", region, figures[1], unit, currency, basis, source, as_of, approximate)
    return Tier(figures[0], price)


def is_old(day: str, today: date, max_days: int) -> bool:
    """Whether a price of this ISO day is older than allowed; 0 days allows any age, no day is not judged."""
    try:
        return bool(max_days) and (today - date.fromisoformat(day)).days > max_days
    except ValueError:
        return False


def _figure(text: str) -> Decimal | None:
    """The number in `text`, plain digits only; None where it is anything else."""
    return Decimal(text) if _FIGURE.fullmatch(text) else None


def _amount_or_zero(texts: Sequence[str]) -> Decimal:
    return (_figure(texts[0]) if texts else None) or Decimal(0)


@lru_cache(maxsize=4096)
def _files(root: Path, cloud: str, service: str, region: str) -> tuple[Path, ...]:
    folder = root / "tables" / cloud
    if region == EVERYWHERE:
        return (folder / f"{service}.csv",)
    return (folder / service / f"{region}.csv", folder / f"{service}.csv")


def _is_name(text: str) -> bool:
    """Whether `text` can be part of a file name; what comes from the user's code may be anything."""
    return _NAME.fullmatch(text) is not None and ".." not in text


def _end_of_line(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    return len(data) if end < 0 else end


def _last(slug: str) -> str:
    return slug.rpartition("/")[2] or slug


def _beside(way: str, names: Iterable[str]) -> tuple[dict[str, str], Names]:
    """The last segments of the items below `way`, by their spelling in lower case."""
    segments = (name.rpartition("/") for name in names)
    candidates = {last.lower(): last for before, _, last in segments if before.lower() == way.lower()}
    return candidates, Names(candidates)


def _short(ratio: Decimal) -> str:
    return f"{ratio.normalize():f}"


def _wrong(file: Path, line: int, message: str) -> PriceError:
    return PriceError(message, Span(file.as_posix(), line))
