"""`finops-lint explain`: one rule, or one resource's price line by line and what the rules say of it."""

from __future__ import annotations

from typing import Any

import click

from finops_lint.cli.options import InputsCommand, Output, exiting, labels_of, outputs_of, paths_of, printing, reading
from finops_lint.cli.printing import say, screen_options, write_file, write_out
from finops_lint.cli.progress import progress
from finops_lint.cli.request import request_of, settings_of
from finops_lint.cli.verdict import UNTRUSTED, Verdict, verdict
from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.reports import RenderOptions
from finops_lint.reports.lines import Painter

_RULE = regex(r"[a-z0-9]+(?:-[a-z0-9]+)*")


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
    output = _output_of(given)
    if _RULE.fullmatch(target) and _explain_rule(target, given, output):
        return 0
    return _explain_resource(target, paths_of(given, paths), given, output)


def _output_of(given: dict[str, Any]) -> Output:
    outputs = outputs_of(given)
    for output in outputs:
        if output.format not in ("terminal", "json"):
            raise click.UsageError(f"explain prints a page for a person or json, not {output.format}")
    if len(outputs) > 1:
        raise click.UsageError("explain prints one page: name one --format")
    return outputs[0]


def _explain_rule(name: str, given: dict[str, Any], output: Output) -> bool:
    """Print the rule's page; False where there is no such rule."""
    from finops_lint.pipeline import rule_summaries
    from finops_lint.reports.rule_list import rule_page

    rules = {rule.id: rule for rule, _ in rule_summaries(settings_of(given, ()), only=name, examples=True)}
    if name not in rules:
        return False
    if output.format == "json":
        raise click.UsageError("rules have their JSON by finops-lint rules list --format json")
    options = _options(given, output)
    _write(rule_page(rules[name], options.width, Painter(options.colour)), output, options)
    return True


def _explain_resource(address: str, paths: tuple[str, ...], given: dict[str, Any], output: Output) -> int:
    from finops_lint.guardrails import concerning, judged
    from finops_lint.model.currencies import rate_words
    from finops_lint.pipeline import analyze, explanations
    from finops_lint.reports.resource_json import explanations_text
    from finops_lint.reports.resource_page import matching, resource_page

    request = request_of(paths, check=True)
    with progress(quiet=given["quiet"]) as bar:
        report = analyze(request, bar)
    report = judged(report, request.settings, today=request.today, labels=labels_of(given))
    found = matching(report, address)
    if not found:
        known = [r.address for p in report.projects for r in p.resources]
        return say(Verdict(UNTRUSTED, _nothing(address, paths, given, known)))
    pages = []
    for one in explanations(request, found):
        costs, guardrails = concerning(one.project, one.resource, report, request.settings)
        pages.append(replace(one, unit_costs=costs, guardrails=guardrails))
    options = _options(given, output)
    if output.format == "json":
        text = explanations_text(pages, report.exchange)
    else:
        text = "\n".join(resource_page(page, options, Painter(options.colour)) for page in pages)
        if report.exchange is not None:
            text += f"\nFigures in {rate_words(report.exchange)} ({report.exchange.where})\n"
    _write(text, output, options)
    counted = replace(report, guardrails=tuple(g for page in pages for g in page.guardrails))
    return say(verdict(counted, fail_on=None, strict=given["strict"], exit_zero=given["exit_zero"]))


def _options(given: dict[str, Any], output: Output) -> RenderOptions:
    options = screen_options(given, show_undecided=True)
    return replace(options, colour=False, width=100) if output.file else options


def _write(text: str, output: Output, options: RenderOptions) -> None:
    if output.file:
        write_file(output.file, text)
    else:
        write_out(text, colour=options.colour)


def _nothing(address: str, paths: tuple[str, ...], given: dict[str, Any], known: list[str]) -> str:
    """What to say where neither a rule nor a resource is meant."""
    from finops_lint.pipeline import rule_summaries
    from finops_lint.reports.resource_page import nearest

    if _RULE.fullmatch(address):
        known = [*known, *(rule.id for rule, _ in rule_summaries(settings_of(given, ())))]
    near = nearest(known, address)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"no rule and no resource in {', '.join(paths)} is called {address}{hint}"
