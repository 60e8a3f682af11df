"""`finops-lint check`: what is wasteful, what it costs, what would be saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finops_lint.cli.options import (
    InputsCommand,
    exiting,
    fixing,
    infracost_projects,
    judging,
    outputs_of,
    paths_of,
    printing,
    reading,
    selecting,
)
from finops_lint.cli.printing import print_report, say
from finops_lint.cli.progress import progress
from finops_lint.cli.request import analyzed, judged_report, request_of, worth
from finops_lint.cli.verdict import verdict

if TYPE_CHECKING:
    from finops_lint.model.report import Report
    from finops_lint.request import Request


@click.command("check", cls=InputsCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@selecting
@judging
@fixing
@reading
@infracost_projects
@printing
@exiting
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Find what is wasteful: missing tags, oversized GPUs, training without spot or checkpoints.

    PATH is a folder, a file, or the JSON of a plan or state; - reads a plan from standard input.
    """
    outputs = outputs_of(given)
    request = request_of(paths_of(given, paths), check=True, outputs=outputs)
    if given["show_fixes"] or given["fix"]:
        if given["config_file"]:
            raise click.UsageError("--config-file and --fix cannot be combined: name the paths to fix")
        from finops_lint.cli.fixing import fix, show

        if given["show_fixes"]:
            return int(show(request, given)) if not given["exit_zero"] else 0
        fix(request, given)
    with progress(quiet=given["quiet"]) as bar:
        report = analyzed(request, given, paths, bar)
    report = judged_report(_narrowed(report, request, given), request, given, request.paths)
    print_report(report, outputs, given)
    fail_on = None if given["fail_on"] == "never" else request.settings.fail_on
    return say(verdict(report, fail_on=fail_on, strict=given["strict"], exit_zero=given["exit_zero"]))


def _narrowed(report: Report, request: Request, given: Mapping[str, Any]) -> Report:
    """`report` without what the baseline knows and what saves too little to be asked for.

    Raises:
        BaselineError: the baseline the settings name cannot be read.
    """
    if request.settings.baseline:
        from finops_lint.rules.baselines import read_baseline, without_known

        place = request.settings.baseline
        report = without_known(report, read_baseline(Path(place)), place)
    return worth(report, given["min_saving"])
