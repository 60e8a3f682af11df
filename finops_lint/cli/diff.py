"""`finops-lint diff`: what a change costs a month more or less, and which findings it brings or mends."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finops_lint.cli.options import InputsCommand, exiting, judging, outputs_of, printing, reading
from finops_lint.cli.printing import print_report, say
from finops_lint.cli.progress import progress
from finops_lint.cli.request import request_of
from finops_lint.cli.verdict import verdict

if TYPE_CHECKING:
    from finops_lint.model.report import Diff, Report
    from finops_lint.pipeline import Progress, Request


@click.command("diff", cls=InputsCommand)
@click.argument("sides", nargs=-1, metavar="[BEFORE AFTER | PLAN]")
@click.option("--compare-to", "compare_to", hidden=True)
@judging
@reading
@printing
@exiting
def command(sides: tuple[str, ...], compare_to: str | None, **given: Any) -> int:
    """What a change costs a month, and which findings it brings.

    BEFORE and AFTER are folders, files, plans, or reports saved with --format json. A single PLAN holds both sides;
    - reads it from standard input.
    """
    outputs = outputs_of(given)
    named = _sides((*((compare_to,) if compare_to else ()), *sides, *given["path_option"]))
    request = request_of(named, check=True)
    with progress(quiet=given["quiet"]) as bar:
        diff = _of_one(request, bar) if len(named) == 1 else _of_two(request, named, bar)
    print_report(diff, outputs, given)
    fail_on = None if given["fail_on"] == "never" else request.settings.fail_on
    return say(verdict(diff, fail_on=fail_on, strict=given["strict"], exit_zero=given["exit_zero"]))


def _sides(sides: Sequence[str]) -> tuple[str, ...]:
    if len(sides) == 1:
        if Path(sides[0]).is_dir():
            raise click.UsageError(f"{sides[0]} is a folder: name what to compare it with, diff BEFORE AFTER")
        return tuple(sides)
    if len(sides) != 2:
        raise click.UsageError("name two sides, diff BEFORE AFTER, or one plan that holds both, diff PLAN")
    if "-" in sides:
        raise click.UsageError("standard input (-) holds a whole plan: it has both sides, so name nothing else")
    return tuple(sides)


def _of_one(request: Request, bar: Progress | None) -> Diff:
    """The change a plan makes."""
    from finops_lint.compare import compare
    from finops_lint.pipeline import analyze_change

    before, after = analyze_change(request, bar)
    return compare(before, after)


def _of_two(request: Request, sides: Sequence[str], bar: Progress | None) -> Diff:
    from finops_lint.compare import compare

    before, after = (_side(request, path, bar) for path in sides)
    return compare(before, after, before_root=_root(sides[0]), after_root=_root(sides[1]))


def _side(request: Request, path: str, bar: Progress | None) -> Report:
    """One side: a saved report, or anything that can be checked."""
    from finops_lint.pipeline import analyze
    from finops_lint.reports.saved import is_saved_report, load_report

    if path.endswith(".json") and Path(path).is_file():
        with Path(path).open("rb") as stream:
            start = stream.read(400)
        if is_saved_report(start):
            return load_report(Path(path).read_bytes(), where=path)
    return analyze(replace(request, paths=(path,)), bar)


def _root(path: str) -> str:
    """The folder from which the projects of a side are named; empty for a file."""
    return os.path.relpath(path).replace(os.sep, "/") if Path(path).is_dir() else ""
