"""`finops-lint baseline`: remembers today's findings, so that only new ones fail."""

from __future__ import annotations

from typing import Any

import click

from finops_lint.cli.options import InputsCommand, paths_of, reading, selecting
from finops_lint.cli.printing import say, write_file, write_out
from finops_lint.cli.progress import progress
from finops_lint.cli.request import request_of, worth
from finops_lint.cli.verdict import verdict

NAME = "finops-lint-baseline.json"


@click.command("baseline", cls=InputsCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--file", "file", metavar="FILE", help=f"Where to write it; by default the settings' or {NAME}.")
@selecting
@reading
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def command(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Write the findings of today to a file; with `baseline: FILE` in the settings only new ones fail."""
    from finops_lint.pipeline import analyze
    from finops_lint.rules.baselines import baseline_text

    request = request_of(paths_of(given, paths), check=True)
    with progress(quiet=given["quiet"]) as bar:
        report = worth(analyze(request, bar), given["min_saving"])
    ended = verdict(report, fail_on=None, strict=False, exit_zero=False)
    if ended.code:
        return say(ended)
    place = file or request.settings.baseline or NAME
    write_file(place, baseline_text(report.findings))
    hint = "" if request.settings.baseline else f" Put `baseline: {place}` into finops-lint.yaml."
    write_out(f"Wrote {len(report.findings):,} findings to {place}.{hint}\n")
    return 0
