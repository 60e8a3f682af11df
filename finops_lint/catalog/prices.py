"""Turns an item, a cloud and a region into a dated unit price, or into the reason why there is none.

A table is one CSV a service, or one a service and region, sorted so that a look-up is a binary search over the bytes of
the one file that can have the row. Where the row is missing the cloud's manifest may declare how to estimate it; such
a price is marked ≈ with the reason. Never the first price found, never the cheapest.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from finops_lint.catalog.kept import NOTHING_KEPT, Kept
from finops_lint.catalog.machines import Machines
from finops_lint.catalog.price_manifests import Estimator, Manifest, manifest_of, read_manifest, words_of
from finops_lint.catalog.price_tables import EVERYWHERE, Table, Tier, WrongRow, fault_in, open_table, tier_of
from finops_lint.catalog.regions import REFERENCE, Regions
from finops_lint.catalog.resemblance import Looked, Names
from finops_lint.model.estimate import Unpriced
from finops_lint.model.records import replace
from finops_lint.model.regexes import regex

_CHINA = "cn-"
"""How AWS's regions in China begin: they have prices of their own, in yuan, that no other region's tell of."""

_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MOST_SUGGESTED = 25
"""Names that resemble one without a price are looked for as often as this in a project: it takes its time."""
_RATIO_STEP = Decimal("0.0001")
"""Ratios are rounded to what the reason prints, so that a reader can work the price out again."""
_MOST_STEPS = 4
"""An estimate may rest on another (a region factor on a markup on EC2); further would be a loop."""


_Opened: TypeAlias = tuple[Path, Table, bool]
"""A table, its file, and whether it is a shipped one."""


class PriceBook:
    """All price tables, opened as they are needed; every answer is remembered.

    `root` is the shipped `pricing` folder; `overlays` are further ones of the same layout (a project's own, refreshed
    ones), the first winning over the later, all of them over `root`. With `suggests`, what has no price names items
    that resemble it. What manifests say is looked for in `kept`. `machines` are the shipped lists, where they are open.
    """

    def __init__(
        self,
        root: Path,
        overlays: Iterable[Path] = (),
        *,
        suggests: bool = True,
        kept: Kept = NOTHING_KEPT,
        machines: Machines | None = None,
    ) -> None:
        self.roots = (*overlays, root)
        self._kept = kept
        self._suggests = suggests
        self._asked: list[tuple[str, str, str]] = []
        """What the project has had names looked for; whoever comes next is not to be told by what came before."""
        self._suggestions: dict[tuple[str, str, str], Looked] = {}
        self._regions = Regions(root)
        self._misspellings: dict[tuple[str, str], tuple[str, ...]] = {}
        self._beside: dict[tuple[str, str, str], tuple[dict[str, str], Names]] = {}
        self._root = root
        self._tables: dict[tuple[str, str, str], tuple[_Opened, ...]] = {}
        self._files: dict[Path, Table | None] = {}
        self._contents: dict[Path, Mapping[str, Any]] = {}
        self._manifests: dict[tuple[str, str], Manifest] = {}
        self._factors: dict[Path, dict[tuple[str, str], Decimal]] = {}
        self._answers: dict[tuple[str, str, str], tuple[Tier, ...] | Unpriced] = {}
        self._spellings: dict[tuple[str, str, str], Mapping[str, str]] = {}
        self._machine_list = machines or Machines(root)

    def begin_project(self) -> None:
        """Look for names again: what a project is told depends on no other, whichever process has read it before."""
        for asked in self._asked:
            self._answers.pop(asked, None)
        self._asked.clear()

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
        if exact is not None or steps >= _MOST_STEPS or self._absence(cloud, service, slug, region):
            return exact
        for estimator in self._manifest(cloud, service).estimators:
            match = estimator.items.fullmatch(slug)
            if match:
                estimate = self._estimate(estimator, match, (cloud, service, region), steps)
                if estimate is not None:
                    return estimate
        return None

    def _absence(self, cloud: str, service: str, slug: str, region: str) -> str:
        """Why a region does not have an item; empty where nothing is known of that."""
        for absence in self._manifest(cloud, service).absent:
            if region in absence.regions and absence.items.fullmatch(slug):
                return absence.because.format(region=region)
        return ""

    def _exact(self, cloud: str, service: str, slug: str, region: str) -> tuple[Tier, ...] | None:
        for file, table, shipped in self._tables_of(cloud, service, region):
            rows = table.rows(slug, region) or table.rows(slug, EVERYWHERE)
            if rows:
                try:
                    return self._tiers(cloud, service, rows, shipped=shipped)
                except WrongRow as wrong:
                    raise fault_in(file, table.line_at(wrong.place), wrong.message) from None
        return None

    def _tables_of(self, cloud: str, service: str, region: str) -> tuple[_Opened, ...]:
        """The tables that may have a price, in the order in which they are asked."""
        key = (cloud, service, region)
        found = self._tables.get(key)
        if found is None:
            opened = [
                (file, self._table(file, is_sorted=root is self._root), root is self._root)
                for root in self.roots
                for file in _files(root, cloud, service, region)
            ]
            found = tuple((file, table, shipped) for file, table, shipped in opened if table is not None)
            self._tables[key] = found
        return found

    def _table(self, file: Path, *, is_sorted: bool) -> Table | None:
        if file not in self._files:
            self._files[file] = open_table(file, is_sorted=is_sorted)
        return self._files[file]

    def _tiers(
        self, cloud: str, service: str, rows: list[tuple[int, Sequence[str]]], *, shipped: bool
    ) -> tuple[Tier, ...]:
        """The tiers that `rows` say.

        Raises:
            WrongRow: One of them says none.
        """
        manifest = self._manifest(cloud, service)
        tiers: list[Tier] = []
        for place, fields in rows:
            tier = tier_of(service, place, fields, manifest.sources)
            if shipped and tier.price.source not in manifest.sources:
                raise WrongRow(place, f"source {tier.price.source!r} is not spelled out in {manifest.file.name}")
            if not tiers and tier.start:
                raise WrongRow(place, f"the first tier of {fields[0]} in {fields[1]} does not start at 0")
            if tiers and tier.start <= tiers[-1].start:
                raise WrongRow(place, f"two prices for {fields[0]} in {fields[1]} from {fields[2]} on")
            tiers.append(tier)
        return tuple(tiers)

    def _estimate(
        self, estimator: Estimator, match: re.Match[str], place: tuple[str, str, str], steps: int
    ) -> tuple[Tier, ...] | None:
        cloud, service, region = place
        words = words_of(estimator, match, region)
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
                    for region, family, factor, *_ in islice(csv.reader(text), 1, None):
                        found[region, family] = Decimal(factor)
            self._factors[file] = found
        return self._factors[file]

    def _manifest(self, cloud: str, service: str) -> Manifest:
        key = (cloud, service)
        if key not in self._manifests:
            files = [root / "tables" / cloud / "manifest.yaml" for root in self.roots]
            read = [
                manifest_of(self._content(file), file, service, shipped=file is files[-1])
                for file in files
                if file.is_file()
            ]
            merged = read[0] if read else Manifest(files[-1], "", "", {}, ())
            for manifest in read[1:]:
                merged = replace(
                    merged,
                    reference=merged.reference or manifest.reference,
                    home=merged.home or manifest.home,
                    sources={**manifest.sources, **merged.sources},
                    estimators=(*merged.estimators, *manifest.estimators),
                    absent=(*merged.absent, *manifest.absent),
                )
            self._manifests[key] = merged
        return self._manifests[key]

    def _content(self, file: Path) -> Mapping[str, Any]:
        if file not in self._contents:
            self._contents[file] = read_manifest(file, self._kept)
        return self._contents[file]

    def _spelling(self, cloud: str, service: str, slug: str, region: str) -> str | None:
        """The item's own spelling where `slug` differs from it in upper and lower case only."""
        found = self._names(cloud, service, region).get(slug.lower())
        return found if found != slug else None

    def _names(self, cloud: str, service: str, region: str) -> Mapping[str, str]:
        """Item in small letters → its own spelling, of every item of the service's tables for the region."""
        key = (cloud, service, region)
        if key not in self._spellings:
            each = [table.spellings for _, table, _ in self._tables_of(cloud, service, region)]
            names: Mapping[str, str] = each[0] if each else {}
            for more in each[1:]:
                names = {**names, **{small: name for small, name in more.items() if small not in names}}
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
        if reason := self._absence(cloud, service, slug, region):
            return Unpriced(reason)
        if slug.lower() in names or self._is_machine(cloud, _last(slug)):
            return Unpriced(f"no price for {_last(slug)} in {region}")
        named, known = _named_among(slug, names.values())
        if named:
            return Unpriced(f"no price for {named} in {region}", nearest=tuple(get_close_matches(named, known, 3)))
        return Unpriced(
            f"no price for {_last(slug)} in {region}", nearest=self._resembling(item, cloud, region, names.values())
        )

    def _is_machine(self, cloud: str, name: str) -> bool:
        """Whether a cloud has a machine of that name, so that it is spelt as it should be."""
        return cloud in REFERENCE and self._machine_list.get(cloud, name) is not None

    def _resembling(self, item: str, cloud: str, region: str, names: Iterable[str]) -> Sequence[str]:
        """Names that have a price here and resemble the item's own: from its table, and machines priced by others.

        Nobody wants to see them of what is only priced to see whether it would cost less.
        """
        if not self._suggests:
            return ()
        asked = (cloud, region, item)
        self._asked.append(asked)
        if len(self._asked) > _MOST_SUGGESTED:
            return ()
        if asked not in self._suggestions:
            self._suggestions[asked] = Looked(lambda: self._alike(item, cloud, region, names))
        return self._suggestions[asked]

    def _alike(self, item: str, cloud: str, region: str, names: Iterable[str]) -> tuple[str, ...]:
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


def _named_among(slug: str, names: Collection[str]) -> tuple[str, list[str]]:
    """What stands before a last part that other items share, and what they have there: a model, of tokens.

    Empty where the last part is the item's own, where the table knows what stands there, and where that is a word and
    no name with a number in it.
    """
    head, _, last = slug.rpartition("/")
    way, _, named = head.rpartition("/")
    start, end = f"{way}/" if way else "", f"/{last}"
    if not any(letter.isdigit() for letter in named) or any(f"/{named}/" in f"/{name}/" for name in names):
        return "", []
    beside = {n.removeprefix(start).removesuffix(end) for n in names if n.startswith(start) and n.endswith(end)}
    named, known = named.removeprefix(_REGIONAL), sorted({n.removeprefix(_REGIONAL) for n in beside if "/" not in n})
    return (named, known) if known and named not in known else ("", [])


_REGIONAL = "regional."
"""What Bedrock's prices put before the id of a model that costs less worldwide; no model is called so."""


def _scaled(tier: Tier, item: str, ratio: Decimal, added: Decimal, reason: str) -> Tier:
    price = tier.price
    if not reason:
        return Tier(tier.start, replace(price, item=item))
    amount = (price.amount * ratio + added).normalize()
    reasons = f"{reason}; {price.approximate}" if price.approximate else reason
    return Tier(tier.start, replace(price, item=item, amount=amount, basis="derived", approximate=reasons))


def is_old(day: str, today: date, max_days: int) -> bool:
    """Whether a price of this ISO day is older than allowed; 0 days allows any age, no day is not judged."""
    try:
        return bool(max_days) and (today - date.fromisoformat(day)).days > max_days
    except ValueError:
        return False


def _files(root: Path, cloud: str, service: str, region: str) -> tuple[Path, ...]:
    whole = root.joinpath("tables", cloud, f"{service}.csv")
    return (whole,) if region == EVERYWHERE else (root.joinpath("tables", cloud, service, f"{region}.csv"), whole)


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    """Whether `text` can be part of a file name; what comes from the user's code may be anything."""
    return _NAME.fullmatch(text) is not None and ".." not in text


_OFFERS = frozenset({"dedicated", "spot", "reserved", "windows", "rhel", "suse"})
"""Steps of an item without which its name would be that of another price, which may well be known."""


def _last(slug: str) -> str:
    *way, last = slug.split("/")
    return " ".join([*(step for step in way if step in _OFFERS), last]) or slug


def _beside(way: str, names: Iterable[str]) -> tuple[dict[str, str], Names]:
    """The last segments of the items below `way`, by their spelling in lower case."""
    segments = (name.rpartition("/") for name in names)
    candidates = {last.lower(): last for before, _, last in segments if before.lower() == way.lower()}
    return candidates, Names(candidates)


def _short(ratio: Decimal) -> str:
    return f"{ratio.normalize():f}"
