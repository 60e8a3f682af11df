"""`finops-lint comment`: what a change costs, as the one comment on its pull request."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finops_lint.cli.diff import compared
from finops_lint.cli.options import (
    InputsCommand,
    Output,
    amount,
    exiting,
    infracost_projects,
    judging,
    labels_of,
    outputs_of,
    printing,
    reading,
    recording,
    selecting,
)
from finops_lint.cli.printing import one_line, print_report, say, write_out
from finops_lint.cli.request import judged_report, request_of, worth
from finops_lint.cli.verdict import UNTRUSTED, Verdict, verdict
from finops_lint.model.records import replace

if TYPE_CHECKING:
    from finops_lint.forges.forge import Forge
    from finops_lint.forges.place import Place
    from finops_lint.forges.posting import Posted
    from finops_lint.model.report import Diff
    from finops_lint.request import Request

FORGES = ("github", "gitlab", "bitbucket", "azure")
BEHAVIORS = ("update", "new", "delete-and-new", "hide-and-new")
MOST_REPORT = 64 << 20
"""Bytes of a saved change: that of a thousand projects has a tenth of it."""
LONGEST_WAIT = 60.0
"""Seconds a forge may ask to wait; a pipeline should not stand still for longer."""


def _tag(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    del ctx, parameter
    # Nothing that could end the marker, an HTML comment.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,63}", value) or "--" in value:
        raise click.BadParameter("letters, digits and _ . / - between them, at most 64")
    return value


@click.command("comment", cls=InputsCommand)
@click.argument("forge", type=click.Choice(FORGES))
@click.argument("sides", nargs=-1, metavar="[BEFORE AFTER | PLAN | PATH...]")
@click.option("--report", metavar="FILE", help="Post a change saved by diff --format json=FILE; no code is read.")
@click.option("--base", metavar="REF", help="Compare PATH with this commit, as diff does.")
@click.option(
    "--repository", "--repo", metavar="NAME", help="OWNER/NAME, at GitLab a path or number, at Azure PROJECT/NAME."
)
@click.option("--pull-request", "--merge-request", "number", type=click.IntRange(1), metavar="N", help="Its number.")
@click.option("--api-url", metavar="URL", help="The API of a server of your own; at Azure the collection.")
@click.option("--token-file", metavar="FILE", help="A file with the token; else the environment has it.")
@click.option("--tag", default="default", callback=_tag, metavar="NAME", help="Tells several comments apart.")
@click.option(
    "--behavior",
    "--behaviour",
    type=click.Choice(BEHAVIORS),
    default="update",
    help="What becomes of an earlier comment; by default it is updated.",
)
@click.option("--threshold", callback=amount, metavar="AMOUNT", help="No comment for a change of less a month.")
@click.option("--dry-run", is_flag=True, help="Print the comment; no token, no network.")
@selecting
@judging
@reading
@infracost_projects
@printing
@recording
@exiting
def command(forge: str, sides: tuple[str, ...], **given: Any) -> int:
    """Post what a change costs a month as one comment on its pull request.

    The change is a saved one (--report), or what `diff` would compare. Repository, number and token come from the CI's
    variables: GITHUB_TOKEN, GITLAB_TOKEN, BITBUCKET_TOKEN or SYSTEM_ACCESSTOKEN. An earlier comment is updated; nothing
    is posted where nothing changed and there is none.

    Exit 2 where the comment could not be posted, 1 where a guardrail is broken; findings count with --fail-on only.
    """
    if given["behavior"] == "hide-and-new" and forge != "github":
        raise click.UsageError("--behavior hide-and-new: only GitHub can hide a comment")
    outputs = outputs_of(given) if given["formats"] or given["out_file"] else ()
    diff, request = _change(sides, given)
    diff, done, fault = _posted(forge, diff, request, given)
    _print(diff, outputs, given, done, fault)
    fail_on = None if given["fail_on"] in (None, "never") else request.settings.fail_on
    if fault is not None:
        return say(Verdict(UNTRUSTED, f"no comment: {fault}"))
    return say(verdict(diff, fail_on=fail_on, strict=given["strict"], exit_zero=given["exit_zero"]))


def _change(sides: tuple[str, ...], given: Mapping[str, Any]) -> tuple[Diff, Request]:
    """The change to post, and the request whose settings hold its limits."""
    if not given["report"]:
        return compared(sides, given["base"], given)
    if sides or given["base"] or given["config_file"]:
        raise click.UsageError("--report holds the change: name nothing to compare")
    from finops_lint.reports.saved import load_diff

    with Path(given["report"]).open("rb") as stream:
        text = stream.read(MOST_REPORT + 1)
    if len(text) > MOST_REPORT:
        raise click.UsageError(f"{given['report']}: larger than {MOST_REPORT >> 20} MiB, so it is not read")
    diff = load_diff(text, where=given["report"])
    return worth(diff, given["min_saving"]), request_of((".",), check=False)


def _posted(forge: str, diff: Diff, request: Request, given: Mapping[str, Any]) -> tuple[Diff, str, str | None]:
    """The change as judged with the pull request's labels; what was done in words; why it was not."""
    from finops_lint.forges.client import ForgeError
    from finops_lint.forges.place import check_complete, forge_at, place_of, token_of
    from finops_lint.network import Patience

    judged = False
    try:
        place = place_of(
            forge,
            os.environ,
            repository=given["repository"] or "",
            number=given["number"] or 0,
            api=given["api_url"] or "",
        )
        place = replace(place, folder=_folder(given))
        if given["dry_run"]:
            diff = _judged(diff, request, given, ())
            return diff, _body(diff, place, given), None
        check_complete(place)
        token = token_of(forge, os.environ, given["token_file"] or "")
        import time

        there, client = forge_at(place, token, Patience(time.sleep, tries=5, longest=LONGEST_WAIT))
        with contextlib.closing(client):
            diff = _judged(diff, request, given, _labels(there, request))
            judged = True
            posted = _post(there, diff, place, given)
        return diff, _words(posted), None
    except ForgeError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return diff if judged else _judged(diff, request, given, ()), "", f"{error}{hint}"


def _folder(given: Mapping[str, Any]) -> str:
    """Where the working folder lies in the repository; a saved change was made at its top."""
    from finops_lint.revisions.git import folder_in_repository

    return "" if given["report"] else folder_in_repository()


def _judged(diff: Diff, request: Request, given: Mapping[str, Any], labels: tuple[str, ...]) -> Diff:
    """`diff` held against the settings. A saved one was judged where it was made; a label may approve it since."""
    named = (*labels_of(given), *labels)
    if not given["report"]:
        return judged_report(diff, request, {**given, "labels": named}, request.paths)
    from finops_lint.guardrails import approved

    return replace(diff, guardrails=approved(diff.guardrails, request.settings, today=request.today, labels=named))


def _labels(there: Forge, request: Request) -> tuple[str, ...]:
    """The pull request's labels, where an approval asks for one; none where they may not be read."""
    from finops_lint.forges.client import ForgeError

    if not any(approval.label for approval in request.settings.approvals):
        return ()
    try:
        return there.labels()
    except ForgeError as error:
        if error.status not in (403, 404):
            raise
        with contextlib.suppress(OSError):
            click.echo(f"finops-lint: the labels cannot be read, so none approves: {one_line(str(error))}", err=True)
        return ()


def _body(diff: Diff, place: Place, given: Mapping[str, Any]) -> str:
    from finops_lint.forges.place import BITBUCKET, LIMITS
    from finops_lint.reports.comment import CommentOptions, marker_of, render_comment

    folds = place.kind != BITBUCKET
    marker = marker_of(given["tag"], html=folds)
    options = CommentOptions(marker, LIMITS[place.kind], place.link, place.job, place.commit, folds=folds)
    return render_comment(diff, options)


def _post(there: Forge, diff: Diff, place: Place, given: Mapping[str, Any]) -> Posted:
    from finops_lint.forges.posting import Behavior, post
    from finops_lint.reports.comment import is_news

    body = _body(diff, place, given)
    behavior = Behavior(given["behavior"])
    return post(there, body, body.partition("\n")[0], behavior, is_news=is_news(diff, given["threshold"]))


def _words(posted: Posted) -> str:
    if posted.done == "nothing":
        return "Nothing to tell, so no comment.\n"
    where = f": {one_line(posted.url)}" if posted.url else ""
    away = f" ({posted.removed:,} older put away)" if posted.removed else ""
    return f"Comment {posted.done}{where}{away}\n"


def _print(diff: Diff, outputs: tuple[Output, ...], given: Mapping[str, Any], done: str, fault: str | None) -> None:
    """What was done; where nothing could be, the report itself, so that the run was not for nothing."""
    if outputs or fault is not None:
        print_report(diff, outputs or (Output("terminal"),), given)
    if done and not given["quiet"] and not any(not output.file for output in outputs):
        write_out(done)
