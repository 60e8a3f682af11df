"""Report or Diff to GitHub's workflow commands, which a job's log turns into annotations on the changed lines.

GitHub shows ten errors, ten warnings and ten notices a step and drops the rest without a word; so the worst come first,
and what is not shown is counted. Of a Diff what the change brings.
"""

from __future__ import annotations

from collections.abc import Iterator

from finops_lint.model.finding import Finding, Level, Problem, Severity
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, digest, figures
from finops_lint.reports.lines import clean
from finops_lint.reports.redaction import redacted

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST = 10
"""Annotations of one level that GitHub shows of a step."""


def render(report: Report | Diff, options: RenderOptions) -> str:
    """A line an annotation, then how many were left out; empty but for a line break where all is clean."""
    del options
    levels: dict[str, list[str]] = {name: [] for name in COMMANDS.values()}
    run = report.after if isinstance(report, Diff) else report
    levels["error"] += [_problem(p) for p in run.all_problems if p.level is Level.ERROR]
    for finding in digest.worst_first(digest.once(digest.brought(report))):
        levels[COMMANDS[finding.severity]].append(_finding(finding))
    shown = [line for lines in levels.values() for line in lines[:MOST]]
    return "\n".join([*shown, *_left_out(levels)]) + "\n"


def _left_out(levels: dict[str, list[str]]) -> Iterator[str]:
    counts = [figures.count(len(lines) - MOST, f"more {name}") for name, lines in levels.items() if len(lines) > MOST]
    if counts:
        yield f"finops-lint: {', '.join(counts)} without an annotation, for GitHub shows {MOST} of a kind"


def _finding(finding: Finding) -> str:
    subject = f"{finding.address}: " if finding.address else ""
    return _command(
        COMMANDS[finding.severity], finding.span, finding.rule, subject + " ".join(digest.sentences(finding))
    )


def _problem(problem: Problem) -> str:
    return _command("error", problem.span, problem.code, digest.problem_words(problem))


def _command(name: str, span: Span | None, title: str, message: str) -> str:
    values = {"title": f"finops-lint: {title}"}
    if span is not None:
        place = {"file": digest.path_of(span.file), "line": max(1, span.line), "col": max(1, span.column)}
        values = {key: str(value) for key, value in place.items()} | values
    given = ",".join(f"{key}={_property(value)}" for key, value in values.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    """As the runner's own toolkit escapes a message; what could steer a terminal is written out before."""
    return redacted(clean(text)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
