"""`finops-lint usage`: a usage file to start from, or to add to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from finops_lint.cli.options import InputsCommand, paths_of, reading
from finops_lint.cli.printing import one_line, say, write_file, write_out
from finops_lint.cli.request import request_of
from finops_lint.cli.verdict import UNTRUSTED, Verdict
from finops_lint.model.finding import Level
from finops_lint.model.records import replace
from finops_lint.reports import figures
from finops_lint.reports.digest import place_of

NAME = "infracost-usage.yml"
MOST_BYTES = 10 << 20


@click.group("usage")
def command() -> None:
    """Usage files: what the code does not tell, gigabytes and requests."""


@command.command("init", cls=InputsCommand, short_help="Write the keys that would give PATH its cost.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--update", is_flag=True, help="Add what is missing to a usage file that is there; its lines stay.")
@click.option("--all", "every_key", is_flag=True, help="Also keys for which no typical figure is known.")
@reading
def init(paths: tuple[str, ...], *, update: bool, every_key: bool, **given: Any) -> int:
    """Write a usage file with the keys that would give PATH its cost, biggest money first.

    --usage-file says where, by default the settings' or infracost-usage.yml; - prints it. The values are comments: the
    file says nothing until you take the # away.
    """
    from finops_lint.pipeline import usage_wanted
    from finops_lint.usage_file import entries, new_text, updated_text

    request = request_of(paths_of(given, paths), check=False)
    file = "-" if given["usage_file"] == "-" else request.usage_file or NAME
    if not given["usage_file"] and os.path.relpath(file).startswith(".."):
        raise click.UsageError(f"{file} of the settings lies outside the working folder: name it with --usage-file")
    there = file != "-" and Path(file).exists()
    if there and not update:
        raise click.UsageError(f"{file} is there already: --update adds what is missing, --usage-file - prints all")
    wanted, problems = usage_wanted(replace(request, usage_file=file if there else ""))
    found = entries(wanted, every_key=every_key)
    errors = [p for p in problems if p.level is Level.ERROR]
    refused = Verdict(UNTRUSTED, f"{place_of(errors[0])}{errors[0].message}") if errors else None
    if refused and not found:
        return say(refused)
    if there:
        old = Path(file).read_bytes().decode("utf-8")
        text, count = updated_text(old, found, file=file)
        if count:
            write_file(file, text)
        write_out(
            f"Added {figures.count(count, 'key')} to {one_line(file)}.\n"
            if count
            else f"{one_line(file)} has every key.\n"
        )
    elif file == "-":
        write_out(new_text(found))
    else:
        write_file(file, new_text(found))
        keys = figures.count(sum(len(entry.keys) for entry in found), "key")
        write_out(f"Wrote {one_line(file)}: {keys} of {figures.count(len(found), 'resource')}.\n")
    return say(refused) if refused else 0
