"""Options several commands share, and what they come to: a request for the pipeline, and where to print."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import click

from finops_lint.model.records import record

Function = TypeVar("Function", bound=Callable[..., Any])
INPUTS = {"--var-file": "file", "--terraform-var-file": "file", "--var": "value", "--terraform-var": "value"}
"""Option → what it gives; their order on the command line decides which wins."""


class InputsCommand(click.Command):
    """A command that remembers the order in which variables and variable files were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the inputs, then parse as usual."""
        ctx.meta["finops_lint.inputs"] = tuple(inputs_in_order(args))
        return super().parse_args(ctx, args)


def inputs_in_order(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """`--var a=1 --var-file=x` → (("value", "a=1"), ("file", "x"))."""
    found = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            break
        name, equals, value = argument.partition("=")
        if name in INPUTS:
            found.append((INPUTS[name], value if equals else next(rest, "")))
    return found


def day(ctx: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """The day written as 2027-03-01."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value} is no day, as 2027-03-01 is", ctx, parameter) from None


def amount(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Decimal | None:
    """The amount of money written as 10 or 2.50."""
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value):
        raise click.BadParameter("a plain amount of money, such as 10 or 2.50", ctx, parameter)
    return Decimal(value)


def reading(function: Function) -> Function:
    """The options that say what is read and how."""
    options = (
        click.option("--var-file", multiple=True, metavar="FILE", help="Terraform variables; later ones win."),
        click.option("--var", multiple=True, metavar="NAME=VALUE", help="One Terraform variable."),
        click.option("--parameters", multiple=True, metavar="FILE", help="CloudFormation parameters; later ones win."),
        click.option(
            "--helm", multiple=True, metavar="CHART[=VALUES]", help="A local chart, rendered by your own helm."
        ),
        click.option("--kustomize", multiple=True, metavar="DIR", help="A kustomization, built by your own kustomize."),
        click.option("--workspace", default="", metavar="NAME", help="What terraform.workspace is."),
        click.option(
            "--region", "regions", multiple=True, metavar="REGION", help="The region of what the code names none for."
        ),
        click.option("--usage-file", metavar="FILE", help="Usage in Infracost's format 0.1."),
        click.option(
            "--usage",
            type=click.Choice(["stated", "typical"]),
            help="typical: usage that nobody states is what is usual, as a range marked ≈.",
        ),
        click.option(
            "--as-of",
            callback=day,
            metavar="DATE",
            envvar="FINOPS_LINT_AS_OF",
            help="The day (2027-03-01) whose prices are paid where a calendar decides, as for extended support.",
        ),
        click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml."),
        click.option("--source", metavar="DIR", help="Where the source of a plan lies, for file and line."),
        click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes to use; by default one a core."),
        click.option("--terraform-var-file", multiple=True, hidden=True),
        click.option("--terraform-var", multiple=True, hidden=True),
        click.option("--terraform-workspace", default="", hidden=True),
        click.option("--path", "path_option", multiple=True, hidden=True),
    )
    return _with(function, options)


def infracost_projects(function: Function) -> Function:
    """The option that reads the projects of an infracost.yml."""
    return _with(function, (click.option("--config-file", metavar="FILE", hidden=True),))


def printing(function: Function) -> Function:
    """The options that say what is printed and where."""
    options = (
        click.option(
            "--format",
            "formats",
            multiple=True,
            metavar="NAME[=FILE]",
            help="What to print, to FILE if one is given; repeatable. NAME: terminal, json, infracost-json, markdown, "
            "sarif, junit, gitlab, github, checkstyle, focus-csv, slack or html.",
        ),
        click.option("--out-file", hidden=True),
        click.option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same."),
        click.option("--quiet", "-q", is_flag=True, help="Leave out notices and what was not priced."),
    )
    return _with(function, options)


def selecting(function: Function) -> Function:
    """The options that say what is found."""
    options = (
        click.option(
            "--select", multiple=True, metavar="RULE", help="Run only these rules; globs, or a list with commas."
        ),
        click.option("--ignore", multiple=True, metavar="RULE", help="Leave these rules out."),
        click.option(
            "--min-saving", callback=amount, metavar="AMOUNT", help="Only findings that save at least so much a month."
        ),
    )
    return _with(function, options)


def judging(function: Function) -> Function:
    """The options that say what of it is shown, and what makes the exit code."""
    options = (
        click.option(
            "--fail-on",
            type=click.Choice(["error", "warning", "info", "never"]),
            help="Findings at or above this make the exit code 1; by default warning.",
        ),
        click.option("--show-undecided", is_flag=True, help="List what could be neither passed nor failed, and why."),
    )
    return _with(function, options)


def recording(function: Function) -> Function:
    """The option that adds the run to the cost history."""
    option = click.option("--record", is_flag=True, help="Add a line to the cost history that the settings name.")
    return _with(function, (option,))


def fixing(function: Function) -> Function:
    """The options that change files."""
    options = (
        click.option("--fix", is_flag=True, help="Write the remedies that change only what is paid into the source."),
        click.option(
            "--unsafe-fixes", is_flag=True, help="With --fix or --diff: those that may change what runs, too."
        ),
        click.option("--diff", "show_fixes", is_flag=True, help="Show what --fix would write, and write nothing."),
    )
    return _with(function, options)


def exiting(function: Function) -> Function:
    """The options that change the exit code of any run."""
    options = (
        click.option("--exit-zero", is_flag=True, help="Exit 0 where it would be 1; never where it would be 2."),
        click.option("--strict", is_flag=True, help="Exit 2 where anything was not covered or not priced."),
        click.option(
            "--approved-by-label",
            "labels",
            multiple=True,
            metavar="LABEL",
            help="A label of the change under review, for approvals in the settings; or a list with commas.",
        ),
    )
    return _with(function, options)


def _with(function: Function, options: Sequence[Callable[[Function], Function]]) -> Function:
    for option in reversed(options):
        function = option(function)
    return function


def words(values: Sequence[str]) -> tuple[str, ...]:
    """Repeated options and lists with commas, as one list."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


@record(frozen=True, slots=True)
class Output:
    """One place to print to."""

    format: str
    file: str = ""
    """Empty for standard output."""


def outputs_of(given: Mapping[str, Any]) -> tuple[Output, ...]:
    """What `--format` and `--out-file` ask for; the terminal format where they ask for nothing.

    Raises:
        click.UsageError: an unknown format, two on standard output, or one file twice.
    """
    from finops_lint.reports import FORMATS

    out_file = given.get("out_file") or ""
    outputs = []
    for text in given["formats"] or ("terminal",):
        name, _, file = text.partition("=")
        name = {"table": "terminal", "diff": "terminal", "github-comment": "markdown"}.get(name, name)
        if name not in FORMATS:
            raise click.UsageError(f"--format {name}: no such format{_meant(name)} (there are: {', '.join(FORMATS)})")
        outputs.append(Output(name, file or out_file))
    places = [o.file for o in outputs]
    for place in places:
        if places.count(place) > 1:
            raise click.UsageError(f"two formats would be written to {place or 'standard output'}: name a file each")
    return tuple(outputs)


def _meant(name: str) -> str:
    from difflib import get_close_matches

    from finops_lint.reports import FORMATS

    near = get_close_matches(name, list(FORMATS), 1)
    return f"; did you mean {near[0]}?" if near else ""


def paths_of(given: Mapping[str, Any], paths: Sequence[str]) -> tuple[str, ...]:
    """The paths to read; the working folder where none is named."""
    named = (*paths, *given.get("path_option", ()))
    if "-" in named and len(named) > 1:
        raise click.UsageError("standard input (-) cannot be combined with paths")
    return named or (".",)


LABELS = ("FINOPS_LINT_LABELS", "CI_MERGE_REQUEST_LABELS")
"""Environment variables with the labels of the change under review, commas between them; the second is GitLab's.

GitHub has them in the event that started the run.
"""


def labels_of(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of the change under review: the command line's, else those the CI tells."""
    named = words(given.get("labels", ())) or words([os.environ.get(name, "") for name in LABELS])
    if named or not os.environ.get("GITHUB_EVENT_PATH"):
        return named
    from finops_lint.forges.place import labels_of_event

    return labels_of_event(os.environ)


def environment() -> dict[str, str]:
    """The part of the environment Terraform would look at."""
    return {k: v for k, v in os.environ.items() if k.startswith("TF_VAR_") or k == "TF_WORKSPACE"}
