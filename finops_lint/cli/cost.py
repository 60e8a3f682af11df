"""`finops-lint cost`: the monthly estimate, resource by resource."""

from __future__ import annotations

from typing import Any

import click

from finops_lint.cli.options import (
    InputsCommand,
    exiting,
    infracost_projects,
    outputs_of,
    paths_of,
    printing,
    reading,
    recording,
)
from finops_lint.cli.printing import print_report, say
from finops_lint.cli.progress import progress
from finops_lint.cli.request import analyzed, judged_report, request_of
from finops_lint.cli.verdict import verdict


@click.command("cost", cls=InputsCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@reading
@infracost_projects
@printing
@recording
@exiting
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Estimate the monthly cost, resource by resource and component by component.

    PATH is a folder, a file, or the JSON of a plan or state; - reads a plan from standard input.
    """
    outputs = outputs_of(given)
    request = request_of(paths_of(given, paths), check=False, outputs=outputs)
    with progress(quiet=given["quiet"]) as bar:
        report = analyzed(request, given, paths, bar)
    report = judged_report(report, request, given, request.paths)
    print_report(report, outputs, given, view="cost")
    return say(verdict(report, fail_on=None, strict=given["strict"], exit_zero=given["exit_zero"]))
