"""Report or Diff to text for a person at a terminal; plain when piped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finops_lint.model.report import Diff, Report
from finops_lint.reports import RenderOptions
from finops_lint.reports.lines import Painter
from finops_lint.reports.terminal_cost import cost_lines
from finops_lint.reports.terminal_diff import diff_lines
from finops_lint.reports.terminal_findings import finding_lines
from finops_lint.reports.terminal_foot import closing_lines, problem_lines
from finops_lint.reports.terminal_limits import guardrail_lines


def render(report: Report | Diff, options: RenderOptions) -> str:
    """Broken guardrails; the report by its view: findings, cost tables, or the change; then the totals."""
    paint = Painter(options.colour)
    if isinstance(report, Diff):
        lines = diff_lines(report, options, paint)
    elif options.view == "cost":
        lines = cost_lines(report, options, paint)
    else:
        lines = finding_lines(report.projects, options, paint)
    lines = [*guardrail_lines(report, options, paint), *lines]
    lines += problem_lines(report, options, paint)
    lines += closing_lines(report, options, paint)
    return "\n".join(_without_double_blanks(lines)) + "\n"


def _without_double_blanks(lines: Iterable[str]) -> Iterator[str]:
    before = ""
    for line in (line.rstrip() for line in lines):
        if line or before:
            yield line
        before = line
