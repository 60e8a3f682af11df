"""A report to an exit code and the one line that says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from finops_lint.model.estimate import Coverage
from finops_lint.model.finding import Finding, Level, Problem, Severity
from finops_lint.model.records import record
from finops_lint.model.report import Diff, ProjectReport, Report
from finops_lint.reports.digest import place_of
from finops_lint.reports.figures import count
from finops_lint.reports.lines import listed

CLEAN, FOUND, UNTRUSTED = 0, 1, 2
_NEWS = frozenset({"commitment-unused", "stack-not-made"})
"""Notices that tell of the bill or of what is not made, and of nothing that was left out."""


@record(frozen=True, slots=True)
class Verdict:
    """How a run ends."""

    code: int
    reason: str = ""
    """For the last line of standard error; empty where all is well."""


def verdict(report: Report | Diff, *, fail_on: Severity | None, strict: bool, exit_zero: bool) -> Verdict:
    """2 wins over 1. `fail_on` None: findings do not count. Of a Diff only new findings count. Guardrails always do."""
    problems = _problems(report)
    errors = [p for p in problems if p.level is Level.ERROR]
    if errors:
        return Verdict(UNTRUSTED, _first_of(errors))
    if strict:
        gaps = list(_gaps(report, problems))
        if gaps:
            return Verdict(UNTRUSTED, f"--strict: {'; '.join(gaps)}")
    guardrails = [g.name for g in report.guardrails if g.fails]
    counted = [f for f in _findings(report) if fail_on is not None and f.severity.rank <= fail_on.rank]
    if exit_zero or not (counted or guardrails):
        return Verdict(CLEAN)
    reasons = [_broken(guardrails)] if guardrails else []
    if counted:
        kind = "new finding" if isinstance(report, Diff) else "finding"
        reasons.append(f"{count(len(counted), kind)} at or above {fail_on}")
    return Verdict(FOUND, "; ".join(reasons))


def _broken(names: Sequence[str]) -> str:
    different = list(dict.fromkeys(names))
    return f"{count(len(different), 'guardrail')} broken: {listed(different)}"


def _problems(report: Report | Diff) -> list[Problem]:
    if isinstance(report, Diff):
        return [*report.after.all_problems, *report.before.all_problems]
    return report.all_problems


def _findings(report: Report | Diff) -> Iterable[Finding]:
    if isinstance(report, Diff):
        return [f for p in report.projects for f in p.new_findings]
    return report.findings


def _first_of(errors: Sequence[Problem]) -> str:
    first = errors[0]
    more = f" (and {len(errors) - 1:,} more)" if len(errors) > 1 else ""
    return f"{place_of(first)}{first.message}{more}"


def _gaps(report: Report | Diff, problems: Sequence[Problem]) -> Iterable[str]:
    """What --strict does not let pass."""
    notices = [p for p in problems if p.level is Level.NOTICE and p.code not in _NEWS]
    if notices:
        yield f"{len(notices):,} not covered, the first: {_first_of(notices[:1])}"
    projects: Sequence[ProjectReport] = (report.after if isinstance(report, Diff) else report).projects
    unsupported = sum(len(p.of_coverage(Coverage.UNSUPPORTED)) for p in projects)
    unpriced = sum(p.total.unpriced for p in projects)
    if unsupported:
        yield f"{unsupported:,} resources of types without a price sheet"
    if unpriced:
        yield f"{unpriced:,} unpriced"
