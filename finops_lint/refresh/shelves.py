"""Turns the finished parts of a list into tables on disk: merged with what is there, looked at, then replaced whole.

A table that lost most of its rows, or a price that moved more than tenfold, is rather a fault of the list or of what
is declared about it than news: the old table stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from finops_lint.model.records import record
from finops_lint.refresh.declared import Cloud
from finops_lint.refresh.tables import BY_REGION, FactsError, Row, file_of, table
from finops_lint.refresh.workshop import Part, Workshop, read_table, write_whole

_MOST_MOVED = Decimal(10)
_KEPT_EXAMPLES = 3

Key = tuple[str, str]
"""Item and region."""


@record(frozen=True, slots=True)
class Shelved:
    """What became of one table."""

    file: str
    """Below `tables`."""
    rows: int
    """Rows of the list that are in it now."""
    refused: str = ""
    """Why it stayed as it was; empty where it was written."""
    notes: str = ""


@record(frozen=True, slots=True)
class Shelves:
    """Where tables are written, and what they are compared with."""

    target: Path
    """A folder laid out like `pricing`."""
    shipped: Path
    """The shipped `pricing`: what prices are compared with where the target has none yet."""
    wanted: Callable[[str], bool]
    """Which regions are to be written."""
    force: bool


@record(frozen=True, slots=True)
class _Sheaf:
    """The rows for one table."""

    file: Path
    service: str
    regions: frozenset[str]
    rows: Sequence[Row]
    unclear: Sequence[Key]
    """What parts of the list give different prices for."""


def shelve(
    shelves: Shelves, workshop: Workshop, cloud: Cloud, parts: Sequence[Part], service: str
) -> Iterator[Shelved]:
    """Write the tables of one service from the parts that feed it; one after the other, each whole."""
    rows_of = lru_cache(maxsize=1)(lambda name: [r for r in workshop.rows(name, cloud.cloud) if r.service == service])
    regions = frozenset(region for part in parts for region in part.regions if shelves.wanted(region))
    regional = (cloud.cloud, service) in BY_REGION
    for group in [frozenset({region}) for region in sorted(regions)] if regional else [regions]:
        of_group = (r for part in parts if group & set(part.regions) for r in rows_of(part.name) if r.region in group)
        rows, unclear = _merged(of_group)
        if regional and "*" in group and not rows:
            continue
        file = file_of(cloud.cloud, service, next(iter(group)) if regional else "*")
        yield _written(shelves, cloud, _Sheaf(file, service, group, rows, unclear))


def _merged(rows: Iterable[Row]) -> tuple[list[Row], list[Key]]:
    """The rows of all parts, once each; keys that parts give different prices for."""
    found: dict[Key, dict[Decimal, Row]] = {}
    unclear: set[Key] = set()
    for row in rows:
        tiers = found.setdefault((row.item, row.region), {})
        known = tiers.setdefault(row.start, row)
        if (known.price, known.unit, known.currency) != (row.price, row.unit, row.currency):
            unclear.add((row.item, row.region))
    kept = [row for key, tiers in found.items() if key not in unclear for row in tiers.values()]
    return kept, sorted(unclear)


def _written(shelves: Shelves, cloud: Cloud, sheaf: _Sheaf) -> Shelved:
    name, rows = sheaf.file.as_posix(), sheaf.rows
    target = shelves.target / "tables" / sheaf.file
    before = read_table(target, cloud.cloud, sheaf.service)
    notes = f"left out for several prices: {_some(f'{i} in {r}' for i, r in sheaf.unclear)}" if sheaf.unclear else ""
    renewed = frozenset(row for row in before if row.source == cloud.source and row.region in sheaf.regions)
    if not rows and not renewed:
        return Shelved(name, 0, notes=notes)
    fresh = {(row.item, row.region) for row in rows}
    kept = [row for row in before if row not in renewed and (row.item, row.region) not in fresh]
    compared = before or read_table(shelves.shipped / "tables" / sheaf.file, cloud.cloud, sheaf.service)
    complaint = "" if shelves.force else _complaint(renewed, compared, rows)
    if complaint:
        return Shelved(name, 0, complaint, notes)
    try:
        write_whole(target, table([*kept, *rows]))
    except FactsError as error:
        return Shelved(name, 0, str(error), notes)
    return Shelved(name, len(rows), notes=notes)


def _complaint(renewed: Iterable[Row], before: Sequence[Row], rows: Sequence[Row]) -> str:
    """Why these rows should not replace those; empty where nothing speaks against it."""
    fresh = {(row.item, row.region) for row in rows}
    known = {(row.item, row.region) for row in renewed}
    lost = known - fresh
    if len(lost) * 2 > len(known):
        return (
            f"{len(lost):,} of its {len(known):,} prices would be gone: {_some(f'{i} in {r}' for i, r in sorted(lost))}"
        )
    old = {(row.item, row.region): row for row in before if not row.start}
    moved = [(old[key], row) for row in rows if not row.start and (key := (row.item, row.region)) in old]
    units = [(a, b) for a, b in moved if (a.unit, a.currency) != (b.unit, b.currency)]
    if units:
        return f"the unit would change: {_some(f'{a.item}: {a.unit} to {b.unit}' for a, b in units)}"
    jumps = [(a, b) for a, b in moved if _jumped(a.price, b.price)]
    if jumps:
        shown = (f"{a.item} in {a.region} from {a.price:f} to {b.price:f}" for a, b in jumps)
        return f"{len(jumps):,} prices would move more than tenfold: {_some(shown)}"
    return ""


def _jumped(before: Decimal, after: Decimal) -> bool:
    return bool(before and after) and not 1 / _MOST_MOVED <= after / before <= _MOST_MOVED


def _some(texts: Iterable[str]) -> str:
    """The first few and how many more."""
    shown = list(texts)
    more = f" and {len(shown) - _KEPT_EXAMPLES:,} more" if len(shown) > _KEPT_EXAMPLES else ""
    return f"{', '.join(shown[:_KEPT_EXAMPLES])}{more}"


def spell_source(target: Path, cloud: Cloud, *, reference: str, today: str) -> None:
    """Say in the cloud's manifest what the list's rows are from; everything else in it stays."""
    file = target / "tables" / cloud.cloud / "manifest.yaml"
    entry = f"  {cloud.source}: {{name: '{cloud.title}', read: \"{today}\"}}\n"
    if file.is_file():
        text = file.read_text(encoding="utf-8")
        known = re.compile(rf"^  {re.escape(cloud.source)}: .*\n", re.MULTILINE)
        fresh = (
            known.sub(entry, text) if known.search(text) else text.replace("\nsources:\n", f"\nsources:\n{entry}", 1)
        )
    else:
        fresh = f"cloud: {cloud.cloud}\nreference: {reference}\nsources:\n{entry}"
    write_whole(file, fresh.encode())
