"""Turns the tables on disk and the declared lists into what `prices` tells: how much there is, and how old."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from finops_lint.catalog.prices import is_old
from finops_lint.model.records import record
from finops_lint.refresh.declared import Cloud


@record(frozen=True, slots=True)
class ServiceStatus:
    """What the tables in use hold of one service."""

    cloud: str
    service: str
    set: str
    """The price sets it comes from, the one that wins first: `user, shipped`."""
    rows: int
    regions: int
    """0 where all its prices hold everywhere."""
    oldest: str
    newest: str
    sources: tuple[str, ...]
    items: int
    refreshable: int
    """Items that an entry of the public list can become."""
    old: int
    """Rows whose day is longer ago than is allowed."""
    by_region: Mapping[str, int]
    """Region → rows."""
    left: tuple[str, ...]
    """Items that no entry of the public list can become."""


@record(frozen=True, slots=True)
class Shown:
    """One row of a table, and the set it is from."""

    cloud: str
    set: str
    fields: tuple[str, ...]
    """In the order of `catalog.prices.COLUMNS`, the item with its service."""


def sets_of(folders: Iterable[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """The folders that there are, by the name of their price set."""
    return [(name, folder) for name, folder in folders if (folder / "tables").is_dir()]


def statuses(
    folders: Iterable[tuple[str, Path]],
    clouds: Iterable[Cloud],
    *,
    today: date,
    max_days: int,
    only: Iterable[str] = (),
    services: Iterable[str] = (),
) -> list[ServiceStatus]:
    """One a service, in order of cloud and name; `folders` with the one that wins first."""
    by_cloud = {cloud.cloud: cloud for cloud in clouds}
    wanted, wanted_services = set(only), set(services)
    rows: dict[tuple[str, str], dict[tuple[str, str, str], tuple[str, str, str]]] = {}
    for name, folder in sets_of(folders):
        for cloud, service, fields in _rows(folder, wanted, wanted_services):
            key = (fields[0], fields[1], fields[2])
            rows.setdefault((cloud, service), {}).setdefault(key, (name, fields[8], fields[7]))
    return [
        _status(cloud, service, found, by_cloud.get(cloud), today=today, max_days=max_days)
        for (cloud, service), found in sorted(rows.items())
    ]


def _status(
    cloud: str,
    service: str,
    rows: Mapping[tuple[str, str, str], tuple[str, str, str]],
    declared: Cloud | None,
    *,
    today: date,
    max_days: int,
) -> ServiceStatus:
    patterns = _patterns(declared, service)
    items = {item for item, _, _ in rows}
    left = sorted(item for item in items if not any(pattern.fullmatch(item) for pattern in patterns))
    days = [day for _, day, _ in rows.values()]
    counts: dict[str, int] = {}
    for _, region, _ in rows:
        counts[region] = counts.get(region, 0) + 1
    return ServiceStatus(
        cloud=cloud,
        service=service,
        set=", ".join(sorted({name for name, _, _ in rows.values()}, key=lambda name: name == "shipped")),
        rows=len(rows),
        regions=len(counts.keys() - {"*"}),
        oldest=min(days),
        newest=max(days),
        sources=tuple(sorted({source for _, _, source in rows.values()})),
        items=len(items),
        refreshable=len(items) - len(left),
        old=sum(1 for day in days if is_old(day, today, max_days)),
        by_region=dict(sorted(counts.items())),
        left=tuple(left),
    )


def _patterns(declared: Cloud | None, service: str) -> list[re.Pattern[str]]:
    """What items of the service look like that the list has; those of machines that are summed from parts too."""
    if declared is None:
        return []
    found = [line.possible() for line in declared.lines if line.service == service and not line.parts]
    if any(line.parts for line in declared.lines if line.service == service):
        found += (
            re.compile(f"(?:ondemand|spot|cud-1y|cud-3y{'|sustained' * ('sustained' in rule)})/(?:{rule['types']})")
            for rule in declared.machines
        )
    return found


def shown(
    folders: Iterable[tuple[str, Path]], name: str, *, clouds: Iterable[str] = (), region: str = ""
) -> Iterator[Shown]:
    """The rows of an item ("ebs/gp3-gb") or of a service, the set that wins first; upper and lower case are one."""
    service, _, item = name.partition("/")
    for set_name, folder in sets_of(folders):
        for cloud, of, fields in _rows(folder, set(clouds), {service}):
            fits = not item or fields[0].lower() == item.lower()
            if (fits and region in ("", fields[1])) or (fits and fields[1] == "*"):
                yield Shown(cloud, set_name, (f"{of}/{fields[0]}", *fields[1:]))


def _rows(folder: Path, clouds: set[str], services: set[str]) -> Iterator[tuple[str, str, list[str]]]:
    for cloud in sorted(path for path in (folder / "tables").iterdir() if path.is_dir()):
        if clouds and cloud.name not in clouds:
            continue
        for file in sorted(cloud.rglob("*.csv")):
            service = file.relative_to(cloud).parts[0].removesuffix(".csv")
            if file.name == "factors.csv" or (services and service not in services):
                continue
            with file.open(encoding="utf-8", errors="replace", newline="") as text:
                rows = csv.reader(text)
                next(rows, None)
                yield from ((cloud.name, service, fields) for fields in rows if len(fields) == 9)
