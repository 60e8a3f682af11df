"""Report or Diff to SARIF 2.1.0, as GitHub code scanning takes it.

A clean report is written too, with no results: only so do old alerts close. Of a Diff the after side is written, for
alerts are about the code as it will be; what the change brought has the baseline state `new`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from finops_lint import __version__
from finops_lint.model.finding import Finding, Level, Problem, RuleSummary, Severity
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, digest, figures
from finops_lint.reports.json_text import json_text
from finops_lint.reports.redaction import redacted

Json: TypeAlias = dict[str, Any]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
PROBLEM_LEVELS = {Level.ERROR: "error", Level.NOTICE: "note"}
SEVERITY_PROPERTY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
MOST_RESULTS = 5000
"""GitHub shows no more than this many of a run; the worst come first."""
MOST_IN_FILE = 25000
"""GitHub refuses a file with more, those that are suppressed included."""
MOST_NOTIFICATIONS = 1000
"""So that what could not be read does not fill the 10 MB, packed, which a file may have."""


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One JSON document."""
    del options
    return json_text(document(report), indent=1)


def document(report: Report | Diff) -> Json:
    """The log with its single run."""
    side = report.after if isinstance(report, Diff) else report
    states = _states(report) if isinstance(report, Diff) else {}
    standing = side.findings
    suppressed = [f for p in side.projects for f in p.suppressed]
    rules = _rules(side, [*standing, *suppressed])
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    # In the order of the report, unless some must go.
    ordered = digest.worst_first(standing) if len(standing) > MOST_RESULTS else sorted(standing, key=_rank)
    shown = [*ordered[:MOST_RESULTS], *suppressed][:MOST_IN_FILE]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "finops-lint",
                        "version": side.version or __version__,
                        "semanticVersion": side.version or __version__,
                        "rules": rules,
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder finops-lint was run in."}}},
                "invocations": [_invocation(side, len(standing) + len(suppressed) - len(shown))],
                "results": [_result(f, index, states) for f in shown],
            }
        ],
    }


def _rank(finding: Finding) -> int:
    return finding.severity.rank


def _states(diff: Diff) -> Mapping[int, str]:
    new = {id(f): "new" for p in diff.projects for f in p.new_findings}
    return {id(f): new.get(id(f), "unchanged") for f in diff.after.findings}


def _rules(report: Report, findings: list[Finding]) -> list[Json]:
    """Those of the report, and a bare one for each id it does not describe."""
    known = {rule.id: rule for rule in report.rules}
    for finding in findings:
        known.setdefault(finding.rule, RuleSummary(finding.rule, finding.severity, finding.rule.replace("-", " ")))
    return [_rule(known[name]) for name in sorted(known)]


def _rule(rule: RuleSummary) -> Json:
    source = f"\n\nSource: [{rule.source_title or rule.source_url}]({rule.source_url})" if rule.source_url else ""
    found: Json = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": rule.title or rule.id},
        "fullDescription": {"text": rule.why or rule.title or rule.id},
        "help": {
            "text": f"{rule.why or rule.title or rule.id}{f' Source: {rule.source_url}' if rule.source_url else ''}",
            "markdown": f"{rule.why or rule.title or rule.id}{source}",
        },
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["finops", "cost"],
            "precision": rule.confidence.value,
            "problem.severity": SEVERITY_PROPERTY[rule.severity],
        },
    }
    if rule.source_url:
        found["helpUri"] = rule.source_url
    return found


def _invocation(report: Report, left_out: int) -> Json:
    """What could not be read is told here: code scanning shows it beside the run, not as an alert."""
    problems = report.all_problems
    found: Json = {"executionSuccessful": not any(p.level is Level.ERROR for p in problems)}
    rest = max(0, len(problems) - MOST_NOTIFICATIONS)
    shown = sorted(problems, key=lambda p: p.level is not Level.ERROR)[:MOST_NOTIFICATIONS] if rest else problems
    told = [_notification(p) for p in shown]
    if left_out or rest:
        counts = [figures.count(left_out, "result")] if left_out else []
        counts += [figures.count(rest, "notification")] if rest else []
        told.append(_notification(Problem(Level.NOTICE, "left-out", f"left out for length: {' and '.join(counts)}")))
    if told:
        found["toolExecutionNotifications"] = told
    return found


def _notification(problem: Problem) -> Json:
    hint = f" ({problem.hint})" if problem.hint else ""
    found: Json = {
        "descriptor": {"id": problem.code},
        "level": PROBLEM_LEVELS[problem.level],
        "message": {"text": redacted(f"{problem.message}{hint}")},
    }
    if problem.span:
        found["locations"] = [_location(problem.span)]
    return found


def _result(finding: Finding, index: Mapping[str, int], states: Mapping[int, str]) -> Json:
    found: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": LEVELS[finding.severity],
        "message": {"text": redacted(" ".join(digest.sentences(finding)))},
        "locations": [{**_location(finding.span), "logicalLocations": [_logical(finding)]}],
        "partialFingerprints": {"primaryLocationLineHash": digest.fingerprint_of(finding)},
    }
    if finding.calls:
        found["relatedLocations"] = [
            {**_location(call), "id": number, "message": {"text": "called here"}}
            for number, call in enumerate(finding.calls)
        ]
    if finding.suppressed:
        kind = "external" if finding.is_in_baseline else "inSource"
        found["suppressions"] = [{"kind": kind, "justification": redacted(finding.suppressed)}]
    if id(finding) in states:
        found["baselineState"] = states[id(finding)]
    return found


def _logical(finding: Finding) -> Json:
    return {"fullyQualifiedName": redacted(finding.whom), "kind": "resource"}


def _location(span: Span) -> Json:
    region: Json = {"startLine": max(1, span.line), "startColumn": max(1, span.column)}
    if span.end_line >= span.line and (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": max(1, span.end_column)}
    return {"physicalLocation": {"artifactLocation": _artifact(span.file), "region": region}}


def _artifact(file: str) -> Json:
    """Relative to the folder of the run, forward slashes; an absolute path becomes a file URI."""
    path = digest.path_of(file)
    # A name that is no text keeps its bytes.
    uri = quote(path.encode("utf-8", "surrogateescape"))
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}
