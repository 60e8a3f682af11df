"""Report or Diff to Checkstyle's XML, which many review tools read: files, and in them the findings by line.

Of a Diff what the change brings. What could not be read is an error at its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from finops_lint.model.finding import Finding, Level, Problem
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, digest
from finops_lint.reports.xml_text import element, nested

VERSION = "4.3"
"""The version most readers know; the elements have not changed since."""
Row: TypeAlias = Mapping[str, object]


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One XML document."""
    del options
    files: dict[str, list[Row]] = {}
    run = report.after if isinstance(report, Diff) else report
    for problem in run.all_problems:
        if problem.level is Level.ERROR:
            files.setdefault(digest.path_of(problem.span.file) if problem.span else ".", []).append(_problem(problem))
    for finding in digest.brought(report):
        files.setdefault(digest.path_of(finding.span.file), []).append(_finding(finding))
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *_document(files)]) + "\n"


def _document(files: Mapping[str, list[Row]]) -> Iterator[str]:
    inside = (line for name in sorted(files) for line in nested("file", {"name": name}, _rows(files[name])))
    return nested("checkstyle", {"version": VERSION}, inside)


def _rows(rows: list[Row]) -> Iterator[str]:
    return (element("error", row) for row in sorted(rows, key=lambda row: (row["line"], row["column"])))


def _finding(finding: Finding) -> Row:
    message = " ".join(
        [f"{finding.address}:", *digest.sentences(finding)] if finding.address else [*digest.sentences(finding)]
    )
    return {
        **_place(finding.span),
        "severity": finding.severity.value,
        "message": message,
        "source": _source(finding.rule),
    }


def _problem(problem: Problem) -> Row:
    place = _place(problem.span or Span(".", 1))
    return {**place, "severity": "error", "message": digest.problem_words(problem), "source": _source(problem.code)}


def _source(name: str) -> str:
    return f"finops-lint.{name}"


def _place(span: Span) -> dict[str, int]:
    return {"line": max(1, span.line), "column": max(1, span.column)}
