"""Report or Diff to JUnit XML, in the form that the schema of Ant's JUnit tasks describes.

A suite is a project. Its first case is that it could be read; then there is one for each rule and resource with a
finding. Errors and warnings are failures; what is only for information, ignored or undecided is skipped, and so is, of
a Diff, what was there before: it fails nobody's run. Passes are not listed, for a report does not remember them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finops_lint.model.finding import Finding, Level, Problem, Severity, Undecided
from finops_lint.model.records import record
from finops_lint.model.report import Diff, ProjectDiff, ProjectReport, Report
from finops_lint.reports import RenderOptions, digest
from finops_lint.reports.xml_text import element, nested

MOST_CASES = 20_000
"""GitLab stops at 250,000 objects of XML in a file, of which a case has up to eight; a person long before."""
NO_TIME = "1970-01-01T00:00:00"
"""The schema wants a time where none is known."""


@record(frozen=True, slots=True)
class _Case:
    """One test: a rule and a resource."""

    rule: str
    address: str
    outcome: str = ""
    """`failure`, `error` or `skipped`; empty where it passes."""
    message: str = ""
    kind: str = ""
    text: str = ""


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One XML document."""
    suites = _held([*_suites(report)])
    time = options.generated.removesuffix("Z") or NO_TIME
    inside = (line for number, (name, cases) in enumerate(suites) for line in _suite(name, cases, number, time))
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *nested("testsuites", {}, inside)]) + "\n"


def _held(suites: list[tuple[str, list[_Case]]]) -> list[tuple[str, list[_Case]]]:
    """As many cases as services read, what failed before what did not; what is left out is counted in one more."""
    left_out = sum(len(cases) for _, cases in suites) - MOST_CASES
    if left_out <= 0:
        return suites
    failed = {id(case) for _, cases in suites for case in cases if case.outcome in ("failure", "error")}
    ordered = sorted((case for _, cases in suites for case in cases), key=lambda case: id(case) not in failed)
    kept = {id(case) for case in ordered[:MOST_CASES]}
    held = [(name, [case for case in cases if id(case) in kept]) for name, cases in suites]
    words = f"left out for length: {left_out:,} more, the least important"
    return [
        *((name, cases) for name, cases in held if cases),
        ("finops-lint", [_Case("finops-lint", "rest", "skipped", words)]),
    ]


def _suites(report: Report | Diff) -> Iterator[tuple[str, list[_Case]]]:
    run = report.after if isinstance(report, Diff) else report
    of_the_run = [p for p in run.problems if p.level is Level.ERROR]
    if of_the_run:
        yield "finops-lint", [_Case("finops-lint", "run", "error", *_told(of_the_run))]
    if isinstance(report, Diff):
        yield from ((p.name, _changed(p)) for p in report.projects)
    else:
        yield from ((p.name, _cases(p, p.findings)) for p in report.projects)


def _changed(project: ProjectDiff) -> list[_Case]:
    if project.after is None:
        return [_Case("finops-lint", "read")]
    cases = _cases(project.after, project.new_findings)
    return cases + _skipped(project.still_findings, "was there before the change")


def _cases(project: ProjectReport, findings: Iterable[Finding]) -> list[_Case]:
    errors = [p for p in project.problems if p.level is Level.ERROR]
    standing = list(findings)
    failing = [f for f in standing if f.severity is not Severity.INFO]
    return [
        _Case("finops-lint", "read", "error", *_told(errors)) if errors else _Case("finops-lint", "read"),
        *_failed(digest.worst_first(failing)),
        *_skipped((f for f in standing if f.severity is Severity.INFO), "for information"),
        *(_case("skipped", [f], f"ignored: {f.suppressed}") for f in project.suppressed),
        *map(_undecided, project.undecided),
    ]


def _told(errors: Iterable[Problem]) -> tuple[str, str, str]:
    lines = [f"{digest.place_of(p)}{digest.problem_words(p)}" for p in errors]
    return lines[0], "unreadable", "\n".join(lines)


def _failed(findings: Iterable[Finding]) -> Iterator[_Case]:
    """One for each rule and resource, though it may have failed for several attributes."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.address), []).append(finding)
    return (_case("failure", group) for group in groups.values())


def _skipped(findings: Iterable[Finding], why: str) -> list[_Case]:
    return [_case("skipped", [f], f"{why}: {f.message}") for f in findings]


def _case(outcome: str, group: list[Finding], message: str = "") -> _Case:
    first = group[0]
    text = "\n".join(f"{f.span}: {' '.join(digest.sentences(f))}" for f in group)
    return _Case(first.rule, first.address, outcome, message or first.message, first.severity.value, text)


def _undecided(case: Undecided) -> _Case:
    return _Case(case.rule, case.address, "skipped", f"undecided: {case.reason}", "", f"{case.span}: {case.reason}")


def _suite(name: str, cases: list[_Case], number: int, time: str) -> Iterator[str]:
    counts = [case.outcome for case in cases]
    values = {
        "name": name or ".",
        "package": "finops-lint",
        "id": number,
        "timestamp": time,
        "hostname": "localhost",
        "tests": len(cases),
        "failures": counts.count("failure"),
        "errors": counts.count("error"),
        "skipped": counts.count("skipped"),
        "time": 0,
    }
    return nested("testsuite", values, _inside(cases))


def _inside(cases: Iterable[_Case]) -> Iterator[str]:
    yield "<properties/>"
    for case in cases:
        yield from _testcase(case)
    yield "<system-out/>"
    yield "<system-err/>"


def _testcase(case: _Case) -> Iterator[str]:
    values = {"name": case.address or case.rule, "classname": case.rule, "time": 0}
    if not case.outcome:
        return iter([element("testcase", values)])
    # The schema says nothing of a type for what is skipped, and readers disagree about it.
    kind = None if case.outcome == "skipped" else case.kind
    return nested("testcase", values, iter([element(case.outcome, {"message": case.message, "type": kind}, case.text)]))
