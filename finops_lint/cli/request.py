"""A command's options to a request for the pipeline."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from finops_lint.catalog.data import user_cache, user_prices
from finops_lint.cli.options import Output, environment, labels_of, words
from finops_lint.model.finding import Level, Severity
from finops_lint.model.records import replace
from finops_lint.model.settings import Settings
from finops_lint.settings_file import find_settings

if TYPE_CHECKING:
    from finops_lint.model.finding import Finding
    from finops_lint.model.report import Diff, ProjectReport, Report
    from finops_lint.pipeline import Progress
    from finops_lint.request import Request

SUGGESTING = ("terminal", "json", "markdown")
"""The formats that show names close to one without a price."""
MOST_INPUT = 1_000_000_000
"""Bytes of standard input that are read."""


def request_of(paths: Sequence[str], *, check: bool, outputs: Sequence[Output] = ()) -> Request:
    """What the pipeline is to do for this command line; without `outputs` all that any of them may show.

    Raises:
        SettingsError: the settings file is wrong.
    """
    from finops_lint.request import Request

    ctx = click.get_current_context()
    given = ctx.params
    settings = settings_of(given, paths)
    rendered = rendered_by(given)
    return Request(
        paths=() if rendered and not given.get("paths") else tuple(paths),
        settings=settings,
        settings_near=None if given.get("config") else _near(given, settings),
        inputs=ctx.meta.get("finops_lint.inputs", ()),
        environment=environment(),
        parameters=given["parameters"],
        rendered=rendered,
        workspace=given["workspace"] or given["terraform_workspace"],
        usage_file=given["usage_file"] or settings.usage_file,
        source=given["source"] or "",
        stdin=_standard_input() if "-" in paths else None,
        check=check,
        today=today(),
        as_of=given["as_of"],
        jobs=given["jobs"] or os.cpu_count() or 1,
        cache=cache_folder(),
        suggests=not outputs or any(output.format in SUGGESTING for output in outputs),
        refreshed=refreshed_for(settings.prices),
    )


def analyzed(request: Request, given: Mapping[str, Any], paths: Sequence[str], bar: Progress | None) -> Report:
    """What the pipeline finds for `request`, or for each project of the infracost.yml the command line names.

    Raises:
        click.UsageError: both paths and such a file are named.
        FinopsLintError: a file the user wrote is wrong.
    """
    file = given.get("config_file")
    if not file:
        from finops_lint.pipeline import analyze

        return analyze(request, bar)
    if paths or given.get("path_option"):
        raise click.UsageError("--config-file names the paths itself: name no other")
    from finops_lint.infracost_config import analyze_file

    return analyze_file(file, request, bar)


def today() -> date:
    """The day it is on the user's own calendar; SOURCE_DATE_EPOCH decides where output must be the same every time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.fromtimestamp(int(epoch), UTC).date()
    return date.today()  # noqa: DTZ011 -- a suppression ends on the user's own calendar


def rendered_by(given: Mapping[str, Any]) -> tuple[tuple[str, bytes], ...]:
    """What the user's own helm and kustomize make of what the command line names.

    Raises:
        RenderError: A program or folder is missing, or it fails.
    """
    if not given["helm"] and not given["kustomize"]:
        return ()
    from finops_lint.rendering import helm, kustomize

    found = [*map(helm, given["helm"]), *map(kustomize, given["kustomize"])]
    return tuple((rendered.name, rendered.text) for rendered in found)


def refreshed_folder() -> Path:
    """Where `prices update` writes."""
    return user_prices(os.environ, _home())


def cache_folder() -> str:
    """Where is kept what any run can make again; empty for a user without a home."""
    folder = user_cache(os.environ, _home())
    return str(folder) if folder.is_absolute() else ""


def _home() -> Path:
    """The user's home; a relative path where there is none, as in a container that runs under any number."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 -- Path.home() raises then


def refreshed_for(prices: str) -> str:
    """The folder of refreshed tables where they are to be used, else empty.

    A pipeline must give the same figures wherever it runs: with `CI=true` only the settings bring them in.
    """
    in_pipeline = os.environ.get("CI", "").lower() in ("true", "1")
    if prices == "shipped" or (in_pipeline and prices != "user"):
        return ""
    folder = refreshed_folder()
    return str(folder) if (folder / "tables").is_dir() else ""


def settings_of(given: Mapping[str, Any], paths: Sequence[str]) -> Settings:
    """The settings file's, overlaid with the command line's."""
    start = next((path for path in paths if path != "-"), ".")
    settings = _settings_at(start, given.get("config"))
    select, ignore = words(given.get("select", ())), words(given.get("ignore", ()))
    check_rules((*select, *ignore), settings)
    fail_on = given.get("fail_on")
    settings = _placed(settings, words(given.get("regions", ())))
    return replace(
        settings,
        select=select or settings.select,
        ignore=(*settings.ignore, *ignore),
        usage=given.get("usage") or settings.usage,
        fail_on=Severity(fail_on) if fail_on not in (None, "never") else settings.fail_on,
    )


def _settings_at(start: str, explicit: str | None) -> Settings:
    """The settings that hold there; what reads them is imported where there are any."""
    if not explicit and find_settings(start) is None:
        return Settings()
    from finops_lint.settings import load_settings

    return load_settings(start, explicit)


def _placed(settings: Settings, named: Sequence[str]) -> Settings:
    """`settings` with the regions of the command line over theirs.

    Raises:
        click.UsageError: no cloud has such a region, or one cloud is given two.
    """
    if not named:
        return settings
    found: dict[str, str] = {}
    for name in named:
        cloud, region = _cloud_of(name) or _refused(name)
        if found.setdefault(cloud, region) != region:
            raise click.UsageError(f"--region {name}: {found[cloud]} is named for {cloud} already")
    kubernetes = settings.kubernetes
    cluster = _cloud_of(kubernetes.region)
    if (kubernetes.cloud or (cluster[0] if cluster else "")) in found:
        kubernetes = replace(kubernetes, region="")
    return replace(settings, regions={**settings.regions, **found}, kubernetes=kubernetes)


def _cloud_of(name: str) -> tuple[str, str] | None:
    """The cloud that has the region, and its name as the price tables spell it; None where no cloud has it."""
    from finops_lint.catalog.data import data_root
    from finops_lint.catalog.regions import REFERENCE, Regions, canonical_region

    regions = Regions(data_root() / "pricing")
    found = ((cloud, canonical_region(cloud, name)) for cloud in REFERENCE)
    return next(((cloud, region) for cloud, region in found if region in regions.known(cloud)), None)


def _refused(name: str) -> NoReturn:
    """Refuse a region that no cloud has. Raises: click.UsageError."""
    from difflib import get_close_matches

    from finops_lint.catalog.data import data_root
    from finops_lint.catalog.regions import REFERENCE, Regions

    regions = Regions(data_root() / "pricing")
    near = get_close_matches(name.lower(), [known for cloud in REFERENCE for known in regions.known(cloud)], 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise click.UsageError(f"--region {name}: no cloud has such a region{meant}")


def _near(given: Mapping[str, Any], settings: Settings) -> Callable[[str], Settings]:
    """Path → its own settings, each file read once; what concerns the whole report stays that of `settings`."""
    known = {settings.file: settings}
    files: dict[str, str] = {}

    def near(path: str) -> Settings:
        file = find_settings(path, files)
        name = os.path.relpath(file) if file is not None else ""
        if name not in known:
            known[name] = replace(settings_of(given, (path,)), exchange=settings.exchange)
        return known[name]

    return near


Told = TypeVar("Told", "Report", "Diff")


def judged_report(report: Told, request: Request, given: Mapping[str, Any], paths: Sequence[str]) -> Told:
    """`report` held against the settings' guardrails and the cost history, which gets a line where that is asked for.

    Raises:
        click.UsageError: --record without a history.
        OSError: the history cannot be written.
    """
    from finops_lint.guardrails import judged

    settings = request.settings
    report = judged(report, settings, today=request.today, labels=labels_of(given))
    if not settings.history:
        if given.get("record"):
            raise click.UsageError("--record needs a history in the settings: history: finops-history.jsonl")
        return report
    from finops_lint.history import add, held_against, read_history, run_of

    runs, problems = read_history(settings.history)
    run = run_of(report, runs, paths, request.today)
    if given.get("record") and not _has_errors(report):
        add(settings.history, run)
    return held_against(report, run, runs, problems)


def worth(report: Told, least: Decimal | None) -> Told:
    """`report` with the findings alone that save `least` a month or more; all of them where that is None."""
    from finops_lint.model.report import Diff

    if least is None:
        return report
    if not isinstance(report, Diff):
        return replace(report, projects=tuple(_worth_of(p, least) for p in report.projects))
    projects = (
        replace(
            project,
            before=project.before and _worth_of(project.before, least),
            after=project.after and _worth_of(project.after, least),
            new_findings=_saving(project.new_findings, least),
            fixed_findings=_saving(project.fixed_findings, least),
            still_findings=_saving(project.still_findings, least),
        )
        for project in report.projects
    )
    return replace(
        report, before=worth(report.before, least), after=worth(report.after, least), projects=tuple(projects)
    )


def _worth_of(project: ProjectReport, least: Decimal) -> ProjectReport:
    return replace(project, findings=_saving(project.findings, least))


def _saving(findings: Sequence[Finding], least: Decimal) -> tuple[Finding, ...]:
    return tuple(f for f in findings if f.saving is not None and f.saving.expected >= least)


def _has_errors(report: Report | Diff) -> bool:
    """Whether the figures cannot be trusted, and so must not be remembered."""
    from finops_lint.model.report import Report

    after = report if isinstance(report, Report) else report.after
    return any(problem.level is Level.ERROR for problem in after.all_problems)


def check_rules(names: Sequence[str], settings: Settings) -> None:
    """Refuse a name or glob that no rule has.

    Raises:
        click.UsageError: there is none.
    """
    if not names:
        return
    from finops_lint.catalog.data import data_root
    from finops_lint.rules.loader import index_rules, unknown_rule

    files = index_rules(data_root(), [Path(path) for path in settings.rules])
    for name in names:
        if complaint := unknown_rule(name, files):
            raise click.UsageError(complaint)


def check_inside(paths: Sequence[str]) -> None:
    """Refuse a path that no copy of the working folder holds.

    Raises:
        click.UsageError: it lies outside.
    """
    for path in paths:
        if os.path.relpath(path).startswith(".."):
            raise click.UsageError(f"{path} lies outside the working folder: --base compares what is inside")


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("- reads a plan from standard input, but nothing is piped there")
    data = sys.stdin.buffer.read(MOST_INPUT + 1)
    if len(data) > MOST_INPUT:
        raise click.UsageError("standard input holds more than 1 GB: name a file")
    return data
