"""A file of findings that were there before: what it holds is known, and only what is new fails.

A finding is known by its fingerprint (rule, address and attribute), so that it stays known when its file is moved or
its lines shift. A fingerprint counts as often as it is in the file: two modules may hold the same address.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from finops_lint.catalog.given import read_given
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import IN_BASELINE, Finding, Level, Problem
from finops_lint.model.records import replace
from finops_lint.model.report import ProjectReport, Report
from finops_lint.model.span import Span

VERSION = 1
_LARGEST = 50_000_000


class BaselineError(FinopsLintError):
    """The baseline cannot be read."""


def baseline_text(findings: Iterable[Finding]) -> str:
    """The file for `findings`: one line each, sorted, so that a review shows what was added and what went."""
    lines = sorted(
        json.dumps({"rule": f.rule, "address": f.address, "file": f.span.file, "fingerprint": f.fingerprint})
        for f in findings
    )
    body = ",\n    ".join(lines)
    return f'{{\n  "version": {VERSION},\n  "findings": [\n    {body}\n  ]\n}}\n' if lines else _EMPTY


_EMPTY = f'{{\n  "version": {VERSION},\n  "findings": []\n}}\n'


def read_baseline(path: Path) -> Counter[str]:
    """Fingerprint → how often it is known.

    Raises:
        BaselineError: the file is not there or is no baseline.
    """
    if not path.is_file():
        raise BaselineError(f"there is no baseline {path}", hint="finops-lint baseline writes one")
    try:
        data = json.loads(read_given(path, BaselineError, most=_LARGEST))
        if data["version"] != VERSION:
            raise BaselineError(
                f"version {data['version']} of a baseline is not known; {VERSION} is", Span(str(path), 1)
            )
        return Counter(str(entry["fingerprint"]) for entry in data["findings"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hint = "finops-lint baseline writes it anew"
        raise BaselineError("not a baseline of finops-lint", Span(str(path), 1), hint=hint) from error


def without_known(report: Report, known: Counter[str], file: str) -> Report:
    """`report` with the findings the baseline holds set aside; a notice where it holds some that are gone."""
    left = Counter(known)
    projects = tuple(_without(project, left, file) for project in report.projects)
    problems = (*report.problems, *_gone(left, known, file))
    return replace(report, projects=projects, problems=problems)


def _without(project: ProjectReport, left: Counter[str], file: str) -> ProjectReport:
    stand: list[Finding] = []
    aside: list[Finding] = []
    for finding in project.findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            aside.append(replace(finding, suppressed=f"{IN_BASELINE}{file}"))
        else:
            stand.append(finding)
    return replace(project, findings=tuple(stand), suppressed=(*project.suppressed, *aside)) if aside else project


def _gone(left: Counter[str], known: Counter[str], file: str) -> Iterator[Problem]:
    gone = sum(left.values())
    if gone:
        message = f"{gone:,} of {sum(known.values()):,} findings of the baseline are gone"
        yield Problem(Level.NOTICE, "baseline-shrinks", message, Span(file, 1), "finops-lint baseline writes it anew")
