"""Report or Diff to GitLab's code quality report, a part of Code Climate's format.

GitLab compares the report of a branch with that of its target by fingerprint, so of a Diff all that stands afterwards
is written. It shows only the first of several results with one fingerprint, so each has its own.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any, TypeAlias

from finops_lint.model.finding import Finding, Level, Problem, Severity
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, digest
from finops_lint.reports.json_text import json_text
from finops_lint.reports.lines import clean
from finops_lint.reports.redaction import redacted

Json: TypeAlias = dict[str, Any]
SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
"""Of GitLab's info, minor, major, critical and blocker; waste breaks nothing, so the last two are left for others."""
UNREADABLE = "blocker"


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One JSON list, worst first; empty where all is clean."""
    del options
    run = report.after if isinstance(report, Diff) else report
    issues = [_problem(p) for p in run.all_problems if p.level is Level.ERROR]
    issues += [_finding(f) for f in digest.worst_first(run.findings)]
    return json_text(_told_apart(issues), indent=1)


def _finding(finding: Finding) -> Json:
    subject = f"{finding.address}: " if finding.address else ""
    text = clean(subject + " ".join(digest.sentences(finding)))
    identity = (finding.project, finding.span.file, digest.fingerprint_of(finding))
    return _issue(text, finding.rule, identity, SEVERITIES[finding.severity], finding.span)


def _problem(problem: Problem) -> Json:
    span = problem.span or Span(".", 1)
    text = clean(digest.problem_words(problem))
    return _issue(text, problem.code, (problem.code, span.file, text), UNREADABLE, span)


def _issue(text: str, name: str, identity: tuple[str, ...], severity: str, span: Span) -> Json:
    return {
        "description": redacted(text),
        "check_name": name,
        "fingerprint": "\0".join(identity),
        "severity": severity,
        "location": {"path": digest.path_of(span.file), "lines": {"begin": max(1, span.line)}},
    }


def _told_apart(issues: list[Json]) -> list[Json]:
    """`issues` with hashes for fingerprints; the second of two that are alike has another."""
    seen: Counter[str] = Counter()
    for issue in issues:
        identity = issue["fingerprint"]
        text = f"{identity}\0{seen[identity]}" if seen[identity] else identity
        seen[identity] += 1
        issue["fingerprint"] = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return issues
