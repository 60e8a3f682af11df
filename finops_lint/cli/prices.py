"""`finops-lint prices`: what the price tables hold and how old it is; fetch them anew from the clouds' public lists."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finops_lint.cli.options import words
from finops_lint.cli.printing import one_line, say, write_out
from finops_lint.cli.request import refreshed_folder, settings_of, today
from finops_lint.cli.verdict import UNTRUSTED, Verdict

if TYPE_CHECKING:
    from finops_lint.refresh.declared import Cloud
    from finops_lint.refresh.shelves import Shelved
    from finops_lint.refresh.status import ServiceStatus
    from finops_lint.refresh.telling import Telling

CLOUDS = ("aws", "azure", "google")


@click.group("prices")
def command() -> None:
    """What the price tables hold, how old it is, and how to renew it."""


@command.command("update", short_help="Fetch the clouds' public price lists into tables of your own.")
@click.option("--provider", multiple=True, type=click.Choice(CLOUDS), help="Only this cloud; repeatable.")
@click.option("--service", multiple=True, metavar="SERVICE", help="Only this table, as `prices status` names it.")
@click.option("--region", multiple=True, metavar="REGION", help="Only this region, and what holds everywhere.")
@click.option("--mirror", default="", metavar="URL", help="Ask this address instead of the clouds' own.")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Read downloaded files; no network.",
)
@click.option("--api-key-env", default="GOOGLE_API_KEY", metavar="NAME", help="The variable with Google's API key.")
@click.option("--force", is_flag=True, help="Take tables that lost most rows or moved more than tenfold.")
@click.option("--quiet", "-q", is_flag=True, help="Tell only what went wrong.")
@click.option(
    "--write-shipped",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Rewrite a checkout's `pricing`.",
)
@click.option("--backoff", type=float, default=1.0, hidden=True)
def update_prices(**given: Any) -> int:
    """Fetch the clouds' public price lists and turn them into tables of your own.

    They are written to your data folder and used before the shipped ones; run with CI=true, only where the settings
    say `prices: user`. What breaks off is continued by the next run.
    """
    from finops_lint.catalog.data import data_root
    from finops_lint.network import Patience
    from finops_lint.refresh.update import Order, update

    shipped = data_root() / "pricing"
    clouds, services = _asked(shipped, given["provider"], words(given["service"]))
    order = Order(
        clouds=clouds,
        target=Path(given["write_shipped"]) if given["write_shipped"] else refreshed_folder(),
        work=refreshed_folder() / ".work",
        shipped=shipped,
        today=today().isoformat(),
        patience=Patience(time.sleep, first=given["backoff"], longest=120 * given["backoff"]),
        services=services,
        regions=words(given["region"]),
        mirror=_mirror(given["mirror"]),
        folder=Path(given["folder"]) if given["folder"] else None,
        google_key=os.environ.get(given["api_key_env"], "").strip(),
        force=given["force"],
    )
    with _telling(quiet=given["quiet"]) as telling:
        summary = update(order, telling)
    if given["write_shipped"]:
        from finops_lint.refresh.overview import write_overview

        write_overview(order.target)
    return _end(summary.tables, summary.faults, order.target, quiet=given["quiet"])


def _asked(
    shipped: Path, providers: Sequence[str], services: Sequence[str]
) -> tuple[tuple[Cloud, ...], frozenset[str]]:
    """The clouds' declarations, and the services asked for.

    Raises:
        click.UsageError: A service that none of them has.
    """
    from finops_lint.refresh.declared import clouds, read_cloud

    every = [read_cloud(shipped, cloud) for cloud in clouds(shipped) if not providers or cloud in providers]
    known = {line.service for cloud in every for line in cloud.lines}
    for service in services:
        if service not in known:
            raise click.UsageError(f"--service {service}: no list has it{_meant(service, known)}")
    wanted = frozenset(services)
    fitting = [cloud for cloud in every if not wanted or wanted & {line.service for line in cloud.lines}]
    return tuple(fitting), wanted


def _meant(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), 1)
    return f"; did you mean {near[0]}?" if near else f" (there are: {', '.join(sorted(known))})"


def _mirror(url: str) -> str:
    if url and not url.startswith(("https://", "http://")):
        raise click.UsageError(f"--mirror {url}: an address begins with https://")
    return url


def _end(tables: Sequence[Shelved], faults: Sequence[str], target: Path, *, quiet: bool) -> int:
    refused = [table for table in tables if table.refused]
    written = [table for table in tables if table.rows and not table.refused]
    lines = [f"{table.file}: kept as it was: {table.refused} (--force takes it)" for table in refused]
    lines += faults
    if not quiet:
        lines += (f"{table.file}: {table.notes}" for table in tables if table.notes and table.rows)
        rows = sum(table.rows for table in written)
        lines.append(f"{len(written):,} tables with {rows:,} prices written to {target}")
    write_out("".join(f"{one_line(line)}\n" for line in lines))
    reasons = [f"{len(faults):,} parts of the lists could not be had: run it again to go on"] if faults else []
    reasons += [f"{len(refused):,} tables are kept as they were"] if refused else []
    if reasons:
        return say(Verdict(UNTRUSTED, "; ".join(reasons)))
    if not written:
        return say(Verdict(UNTRUSTED, "nothing in the lists fits what was asked for"))
    return 0


@command.command("status", short_help="How much is priced, by whose figures, and how old.")
@click.option("--provider", multiple=True, type=click.Choice(CLOUDS), help="Only this cloud; repeatable.")
@click.option("--service", multiple=True, metavar="SERVICE", help="Only this service, with its regions.")
@click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml.")
@click.option("--format", "format_", type=click.Choice(["terminal", "json"]), default="terminal", help="What to print.")
def show_status(provider: tuple[str, ...], service: tuple[str, ...], config: str | None, format_: str) -> int:
    """What is priced, in how many regions, by whose figures, how old, and how much of it a refresh can renew."""
    from finops_lint.catalog.data import data_root
    from finops_lint.refresh.declared import clouds, read_cloud
    from finops_lint.refresh.status import statuses

    shipped = data_root() / "pricing"
    settings = settings_of({"config": config}, ())
    found = statuses(
        _folders(settings.prices),
        [read_cloud(shipped, cloud) for cloud in clouds(shipped)],
        today=today(),
        max_days=settings.max_price_age_days,
        only=provider,
        services=words(service),
    )
    if format_ == "json":
        entries = [{**asdict(status), "today": today().isoformat()} for status in found]
        write_out(json.dumps({"version": 1, "services": entries}, indent=2) + "\n")
        return 0
    write_out(_status_text(found, settings.max_price_age_days, details=bool(service)))
    return 0


def _folders(prices: str) -> list[tuple[str, Path]]:
    """(price set, folder) in the order of use."""
    from finops_lint.catalog.data import data_root
    from finops_lint.cli.request import refreshed_for

    own = [(prices, Path(prices))] if prices not in ("", "shipped", "user") else []
    refreshed = refreshed_for(prices)
    user = [("user", Path(refreshed))] if refreshed else []
    return [*own, *user, ("shipped", data_root() / "pricing")]


def _status_text(found: Sequence[ServiceStatus], max_days: int, *, details: bool) -> str:
    from tabulate import tabulate

    rows = [
        (
            status.cloud,
            status.service,
            f"{status.rows:,}",
            f"{status.regions:,}" if status.regions else "all",
            status.oldest if status.oldest == status.newest else f"{status.oldest} to {status.newest}",
            f"{status.old:,}" if status.old else "",
            f"{status.refreshable * 100 // status.items} %",
            status.set,
        )
        for status in found
    ]
    heads = ("cloud", "service", "prices", "regions", "days", "old", "renewable", "set")
    align = ("left", "left", "right", "right", "left", "right", "right", "left")
    text = tabulate(rows, heads, tablefmt="plain", colalign=align, disable_numparse=True) if rows else "no tables"
    lines = [line.rstrip() for line in text.splitlines()]
    if details:
        lines += (line for status in found for line in _details(status))
    old = sum(status.old for status in found)
    if old and max_days:
        lines += [
            "",
            f"{old:,} prices are older than {max_days:,} days: `finops-lint prices update` renews what it can",
        ]
    return "\n".join(lines) + "\n"


def _details(status: ServiceStatus) -> list[str]:
    regions = ", ".join(f"{'everywhere' if r == '*' else r} {count:,}" for r, count in status.by_region.items())
    lines = [
        "",
        f"{status.cloud} {status.service}",
        f"  sources: {', '.join(status.sources)}",
        f"  prices by region: {regions}",
    ]
    if status.left:
        shown = ", ".join(status.left[:10])
        more = f" and {len(status.left) - 10:,} more" if len(status.left) > 10 else ""
        lines.append(f"  not in the public list: {shown}{more}")
    return lines


@command.command("show", short_help="The rows of an item or a service, with source and day.")
@click.argument("name", metavar="ITEM|SERVICE")
@click.option("--provider", multiple=True, type=click.Choice(CLOUDS), help="Only this cloud; repeatable.")
@click.option("--region", default="", metavar="REGION", help="Only this region, and what holds everywhere.")
@click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml.")
@click.option("--format", "format_", type=click.Choice(["terminal", "json"]), default="terminal", help="What to print.")
def show_prices(name: str, provider: tuple[str, ...], region: str, config: str | None, format_: str) -> int:
    """The rows of an item (ebs/gp3-gb) or a service (ebs), with source and day; the first of a kind is used."""
    from finops_lint.catalog.price_tables import COLUMNS
    from finops_lint.refresh.status import shown

    settings = settings_of({"config": config}, ())
    found = list(shown(_folders(settings.prices), name, clouds=provider, region=region))
    if not found:
        where = f" in {region}" if region else ""
        raise click.UsageError(f"no table has {name}{where}{_near_item(name, _folders(settings.prices), provider)}")
    if format_ == "json":
        rows = [{"cloud": row.cloud, "set": row.set, **dict(zip(COLUMNS, row.fields, strict=True))} for row in found]
        write_out(json.dumps({"version": 1, "prices": rows}, indent=2) + "\n")
        return 0
    from tabulate import tabulate

    heads = ("cloud", *COLUMNS, "set")
    text = tabulate([(r.cloud, *r.fields, r.set) for r in found], heads, tablefmt="plain", disable_numparse=True)
    write_out("".join(f"{one_line(line.rstrip())}\n" for line in text.splitlines()))
    return 0


def _near_item(name: str, folders: Iterable[tuple[str, Path]], clouds: Sequence[str]) -> str:
    """The item that was probably meant, else where to look."""
    from difflib import get_close_matches

    from finops_lint.refresh.status import shown

    items = {row.fields[0] for row in shown(folders, name.partition("/")[0], clouds=clouds)}
    near = get_close_matches(name, sorted(items), 1)
    if near and near[0] != name:
        return f"; did you mean {near[0]}?"
    if near:
        return f" (finops-lint prices show {name} lists its regions)"
    return " (`finops-lint prices status` lists the services)"


def _telling(*, quiet: bool) -> AbstractContextManager[Telling]:
    """What shows the progress: a bar where a person looks on, else a line a part."""
    from finops_lint.cli.progress import bar_of_parts, lines_of_parts

    if quiet or sys.stderr is None:
        return lines_of_parts(None)
    return bar_of_parts() if sys.stderr.isatty() else lines_of_parts(sys.stderr)
