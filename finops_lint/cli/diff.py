"""`finops-lint diff`: what a change costs a month more or less, and which findings it brings or mends."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finops_lint.cli.options import (
    InputsCommand,
    exiting,
    infracost_projects,
    judging,
    outputs_of,
    printing,
    reading,
    recording,
    selecting,
)
from finops_lint.cli.printing import print_report, say
from finops_lint.cli.progress import progress
from finops_lint.cli.request import check_inside, judged_report, request_of, worth
from finops_lint.cli.verdict import verdict
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import replace
from finops_lint.reports.digest import place_of

if TYPE_CHECKING:
    from finops_lint.model.report import Diff, Report
    from finops_lint.pipeline import Progress
    from finops_lint.request import Request


class SideError(FinopsLintError):
    """A side that cannot be read at all."""


@click.command("diff", cls=InputsCommand)
@click.argument("sides", nargs=-1, metavar="[BEFORE AFTER | PLAN | PATH...]")
@click.option("--base", metavar="REF", help="Compare PATH with this commit; auto: with what a push would change.")
@click.option("--staged", is_flag=True, help="Compare what is staged, not the work tree; with the last commit.")
@click.option("--compare-to", "compare_to", hidden=True)
@selecting
@judging
@reading
@infracost_projects
@printing
@recording
@exiting
def command(sides: tuple[str, ...], base: str | None, staged: bool, compare_to: str | None, **given: Any) -> int:
    """What a change costs a month, and which findings it brings.

    BEFORE and AFTER are folders, files, plans, or reports saved with --format json. A single PLAN holds both sides;
    - reads it from standard input. With --base the sides are a commit and the work tree.
    """
    outputs = outputs_of(given)
    diff, request = compared(sides, base, given, staged=staged, compare_to=compare_to or "")
    diff = judged_report(diff, request, given, request.paths)
    print_report(diff, outputs, given)
    fail_on = None if given["fail_on"] == "never" else request.settings.fail_on
    return say(verdict(diff, fail_on=fail_on, strict=given["strict"], exit_zero=given["exit_zero"]))


def compared(
    sides: Sequence[str], base: str | None, given: Mapping[str, Any], *, staged: bool = False, compare_to: str = ""
) -> tuple[Diff, Request]:
    """What lies between the sides that the command line names, and the request it was read for.

    Raises:
        click.UsageError: they are no sides of a change.
    """
    base = "HEAD" if staged and base is None else base
    named = (*((compare_to,) if compare_to else ()), *sides, *given["path_option"])
    if base is None:
        _check_sides(named)
    elif "-" in named:
        raise click.UsageError("--base compares folders with a commit: standard input (-) has none")
    file = given.get("config_file")
    if file and (base is None or named):
        raise click.UsageError("--config-file names the paths itself: give --base, and no other")
    request = request_of(named or (".",), check=True)
    with progress(quiet=given["quiet"]) as bar:
        if base is not None:
            diff = _with_base(request, base, bar, staged=staged, file=file or "")
        else:
            diff = _of_one(request, bar) if len(named) == 1 else _of_two(request, named, bar)
    return worth(diff, given["min_saving"]), request


def _check_sides(sides: Sequence[str]) -> None:
    if len(sides) == 1 and Path(sides[0]).is_dir():
        raise click.UsageError(
            f"{sides[0]} is a folder: name what to compare it with, diff BEFORE AFTER, or --base REF"
        )
    if len(sides) not in (1, 2):
        raise click.UsageError("name two sides, diff BEFORE AFTER, or one plan that holds both, diff PLAN")
    if len(sides) == 2 and "-" in sides:
        raise click.UsageError("standard input (-) holds a whole plan: it has both sides, so name nothing else")


def _with_base(request: Request, base: str, bar: Progress | None, *, staged: bool, file: str) -> Diff:
    """The work tree, or what is staged, against a commit; both sides of the same paths, or of an infracost.yml's."""
    from finops_lint.compare import compare
    from finops_lint.revisions.sides import sides

    check_inside(request.paths)
    if file:
        before, after = _projects_of(file, request, base, bar, staged=staged)
    else:
        before, after = sides(request, base, os.environ, staged=staged, progress=bar)
    return compare(*_in_same_currency(_as_notices(before), after))


def _projects_of(
    file: str, request: Request, base: str, bar: Progress | None, *, staged: bool
) -> tuple[Report, Report]:
    """Both sides of the projects an infracost.yml names, as it is now."""
    from finops_lint.infracost_config import analyze_parts, parts_of
    from finops_lint.revisions.sides import whole_sides

    parts, problems = parts_of(file, request)
    with whole_sides(request, base, os.environ, staged=staged) as (then, now):
        before = analyze_parts(parts, request, bar, place=then)
        after = analyze_parts(parts, request, bar, place=now)
    return before, replace(after, problems=(*problems, *after.problems))


def _as_notices(report: Report) -> Report:
    """`report` of a base commit: what is wrong in it is told, but this change must not fail for it."""
    projects = (
        replace(p, problems=tuple(_notice(x) for x in p.problems)) if p.problems else p for p in report.projects
    )
    return replace(report, projects=tuple(projects), problems=tuple(_notice(p) for p in report.problems))


def _notice(problem: Problem) -> Problem:
    return replace(problem, level=Level.NOTICE, message=f"in the base commit: {problem.message}")


def _of_one(request: Request, bar: Progress | None) -> Diff:
    """The change a plan makes."""
    from finops_lint.compare import compare
    from finops_lint.pipeline import analyze_change

    [path] = request.paths
    if _is_saved(path):
        from finops_lint.reports.saved import load_diff

        return load_diff(Path(path).read_bytes(), where=path)
    before, after = analyze_change(request, bar)
    if not after.projects and not any(p.level is Level.ERROR for p in after.all_problems):
        raise click.UsageError(f"{path} is no plan: name one, or two sides to compare, diff BEFORE AFTER")
    if after.projects and not before.projects and all(p.complete for p in after.projects):
        raise click.UsageError(f"{path} holds one state only: name what to compare it with, diff BEFORE AFTER")
    return compare(before, after)


def _of_two(request: Request, sides: Sequence[str], bar: Progress | None) -> Diff:
    from finops_lint.compare import compare

    before = _side(replace(request, checks_usage=False), sides[0], bar)
    after = _side(request, sides[1], bar)
    before, after = _in_same_currency(before, after)
    return compare(before, after, before_root=_root(sides[0]), after_root=_root(sides[1]))


def _in_same_currency(before: Report, after: Report) -> tuple[Report, Report]:
    """Both in one currency; what is to be said of commitments concerns what will be."""
    from finops_lint.model.currencies import in_same_currency
    from finops_lint.model.money import CurrencyError

    past = replace(before, problems=tuple(p for p in before.problems if not p.code.startswith("commitment-")))
    try:
        return in_same_currency(past, after)
    except CurrencyError as error:
        raise click.UsageError(str(error)) from None


def _side(request: Request, path: str, bar: Progress | None) -> Report:
    """One side: a saved report, or anything that can be checked."""
    from finops_lint.pipeline import analyze
    from finops_lint.reports.saved import load_report

    if _is_saved(path):
        return load_report(Path(path).read_bytes(), where=path)
    report = analyze(replace(request, paths=(path,)), bar)
    if not report.projects and any(problem.code == "unsupported-file" for problem in report.all_problems):
        raise click.UsageError(f"{path} is neither a saved report nor anything that can be checked")
    errors = [problem for problem in report.all_problems if problem.level is Level.ERROR]
    if errors and not report.projects:
        # Against nothing all of the other side would seem new, or gone.
        raise SideError(f"nothing to compare with: {place_of(errors[0])}{errors[0].message}", hint=errors[0].hint)
    return report


def _is_saved(path: str) -> bool:
    from finops_lint.reports.saved import is_saved_report

    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as stream:
        return is_saved_report(stream.read(400))


def _root(path: str) -> str:
    """The folder from which the projects of a side are named; empty for a file."""
    return os.path.relpath(path).replace(os.sep, "/") if Path(path).is_dir() else ""
