"""`finops-lint explain`: one rule, or one resource's price line by line and what the rules say of it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import click

from finops_lint.cli.options import InputsCommand, exiting, labels_of, paths_of, printing, reading
from finops_lint.cli.printing import say, screen_options, write_out
from finops_lint.cli.progress import progress
from finops_lint.cli.request import request_of, settings_of
from finops_lint.cli.verdict import UNTRUSTED, Verdict, verdict
from finops_lint.reports.lines import Painter

_RULE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@click.command("explain", cls=InputsCommand)
@click.argument("target", metavar="RULE|ADDRESS")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@reading
@printing
@exiting
def command(target: str, paths: tuple[str, ...], **given: Any) -> int:
    """Explain a rule, or how a resource's price came about.

    An ADDRESS is looked for in PATH, by default the working folder: finops-lint explain aws_instance.web infra/prod
    """
    if given["formats"] or given["out_file"]:
        raise click.UsageError("explain prints one page for a person: it has no --format")
    if _RULE.fullmatch(target) and _explain_rule(target, given):
        return 0
    return _explain_resource(target, paths_of(given, paths), given)


def _explain_rule(name: str, given: dict[str, Any]) -> bool:
    """Print the rule's page; False where there is no such rule."""
    from finops_lint.pipeline import rule_summaries
    from finops_lint.reports.rule_list import rule_page

    rules = {rule.id: rule for rule, _ in rule_summaries(settings_of(given, ()), only=name, examples=True)}
    if name not in rules:
        return False
    options = screen_options(given)
    write_out(rule_page(rules[name], options.width, Painter(options.colour)), colour=options.colour)
    return True


def _explain_resource(address: str, paths: tuple[str, ...], given: dict[str, Any]) -> int:
    from finops_lint.guardrails import judged
    from finops_lint.pipeline import analyze
    from finops_lint.reports.resource_page import matching, resource_page

    request = request_of(paths, check=True)
    with progress(quiet=given["quiet"]) as bar:
        report = analyze(request, bar)
    report = judged(report, request.settings, today=request.today, labels=labels_of(given))
    found = matching(report, address)
    if not found:
        return say(
            Verdict(
                UNTRUSTED, _nothing(address, paths, given, [r.address for p in report.projects for r in p.resources])
            )
        )
    options = screen_options(given, show_undecided=True)
    paint = Painter(options.colour)
    pages = (resource_page(project, resource, options, paint) for project, resource in found)
    write_out("\n".join(pages), colour=options.colour)
    return say(verdict(report, fail_on=None, strict=given["strict"], exit_zero=given["exit_zero"]))


def _nothing(address: str, paths: tuple[str, ...], given: dict[str, Any], known: list[str]) -> str:
    """What to say where neither a rule nor a resource is meant."""
    from finops_lint.pipeline import rule_summaries

    if _RULE.fullmatch(address):
        known = [*known, *(rule.id for rule, _ in rule_summaries(settings_of(given, ())))]
    near = get_close_matches(address, known, 3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"no rule and no resource in {', '.join(paths)} is called {address}{hint}"
