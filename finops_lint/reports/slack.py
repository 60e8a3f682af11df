"""Report or Diff to a message in Slack's Block Kit: the sentence, the worst findings, the dearest projects.

What is written is the body for an incoming webhook or for `chat.postMessage`, within Slack's limits: 50 blocks, 150
characters in a header, 3,000 in a section's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from finops_lint.model.finding import Finding, Level, Severity
from finops_lint.model.report import Diff, ProjectDiff, Report
from finops_lint.reports import RenderOptions, digest, figures, limits
from finops_lint.reports.json_text import json_text
from finops_lint.reports.lines import clean, shortened
from finops_lint.reports.markdown import GUARDRAIL_WORDS, change_doubt, change_words
from finops_lint.reports.redaction import redacted
from finops_lint.reports.terminal_foot import all_problems, diff_words, findings_words, problem_text

Json: TypeAlias = dict[str, Any]
MOST_BLOCKS = 50
MOST_HEADER = 150
MOST_TEXT = 3000
SHOWN = 10
"""Findings, projects and guardrails a message shows; the report has the rest."""
MARKS = {
    Severity.ERROR: ":red_circle:",
    Severity.WARNING: ":large_orange_circle:",
    Severity.INFO: ":large_blue_circle:",
}
_LONGEST_LINE = 280
_ROOM_FOR_COUNT = 40


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One JSON object: `text` for notifications, and the blocks."""
    del options
    title = _title(report)
    blocks: list[Json] = [{"type": "header", "text": {"type": "plain_text", "text": shortened(title, MOST_HEADER)}}]
    blocks += [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in _texts(report)]
    run = report.after if isinstance(report, Diff) else report
    if run.prices.newest:
        words = f"{_plain(run.prices.name)} prices, the newest of {run.prices.newest}{digest.price_remarks(run.prices)}"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": words}]})
    return json_text({"text": _plain(title), "blocks": blocks[:MOST_BLOCKS]}, indent=1)


def _title(report: Report | Diff) -> str:
    if isinstance(report, Diff):
        return clean(change_words(report))
    return f"Monthly cost: {figures.total_words(report.total, digest.unsupported_count(report.projects))}"


def _texts(report: Report | Diff) -> Iterator[str]:
    found = digest.brought(report)
    words = diff_words(report) if isinstance(report, Diff) else findings_words(report)
    currency = report.after.currency if isinstance(report, Diff) else report.currency
    saving = digest.total_saving(found)
    yield f"*{_plain(words)}*" + (f"; could save {figures.money(saving, currency)} a month" if saving else "")
    if isinstance(report, Diff) and (doubt := change_doubt(report)):
        yield _plain(f"Of the figure: {doubt}")
    guardrails = limits.told(report.guardrails)
    lines = [f"*{GUARDRAIL_WORDS[limits.head_of(g)]}* {_line(limits.sentence(g))}" for g in guardrails]
    yield from _section(lines, len(lines))
    errors = [p for p in all_problems(report) if p.level is Level.ERROR]
    yield from _section((_line(f":warning: not read: {problem_text(p)}") for p in errors), len(errors))
    shown = digest.worst_first(digest.once(found))
    yield from _section(map(_finding, shown), len(shown))
    projects = _projects(report)
    yield from _section(projects, len(projects))


def _section(lines: Iterable[str], count: int) -> Iterator[str]:
    """As many of `lines` as one section holds, and the count of the rest."""
    shown: list[str] = []
    for line in lines:
        if len(shown) == SHOWN or len("\n".join([*shown, line])) > MOST_TEXT - _ROOM_FOR_COUNT:
            break
        shown.append(line)
    if shown:
        yield "\n".join([*shown, *([f"… and {count - len(shown):,} more"] if count > len(shown) else [])])


def _finding(finding: Finding) -> str:
    place = f"{finding.span.file}:{finding.span.line}"
    money = ""
    if finding.saving and finding.saving.expected > 0:
        money = f"; saves {figures.money(finding.saving.expected, finding.saving.currency)} a month"
    message = finding.message.rstrip(".")
    return f"{MARKS[finding.severity]} {_line(f'{finding.rule} {finding.whom} at {place}: {message}')}{money}"


def _projects(report: Report | Diff) -> Sequence[str]:
    if isinstance(report, Diff):
        deltas = [(p.name, _delta(p)) for p in report.projects]
        changed = sorted(((n, d) for n, d in deltas if d), key=lambda pair: -abs(pair[1]))
        return [f"• {_line(name)}: {figures.change(delta, report.after.currency)} a month" for name, delta in changed]
    totals = sorted(report.projects, key=lambda p: -p.total.all.expected)
    return [f"• {_line(p.name)}: {_plain(figures.total_words(p.total))}" for p in totals if p.resources]


def _delta(project: ProjectDiff) -> Decimal:
    return sum((change.added.expected for change in project.changes), Decimal(0))


def _line(text: str) -> str:
    return _plain(shortened(clean(text), _LONGEST_LINE))


def _plain(text: str) -> str:
    """Slack's three escapes: no mention, link or formatted date comes of a name."""
    return redacted(clean(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
