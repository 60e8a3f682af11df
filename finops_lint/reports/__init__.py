"""Report or Diff to text, one module a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Literal

from finops_lint.model.records import record
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span

FORMATS: Mapping[str, str] = {
    "terminal": "finops_lint.reports.terminal",
    "json": "finops_lint.reports.json_report",
    "infracost-json": "finops_lint.reports.infracost_json",
    "markdown": "finops_lint.reports.markdown",
    "sarif": "finops_lint.reports.sarif",
    "junit": "finops_lint.reports.junit",
    "gitlab": "finops_lint.reports.gitlab",
    "github": "finops_lint.reports.github",
    "checkstyle": "finops_lint.reports.checkstyle",
    "focus-csv": "finops_lint.reports.focus_csv",
    "slack": "finops_lint.reports.slack",
    "html": "finops_lint.reports.html",
}
"""Format name → module with `render(report, options) -> str`, imported only when asked for."""


def no_quote(span: Span) -> str:
    """The quoter that quotes nothing."""
    del span
    return ""


@record(frozen=True, slots=True)
class RenderOptions:
    """How to print; what is printed is the report's."""

    view: Literal["check", "cost"] = "check"
    """What a plain report is read for: its findings, or its cost table. A Diff has one view."""
    width: int = 80
    colour: bool = False
    quote: Callable[[Span], str] = no_quote
    """The source line at a span, empty where it cannot or must not be shown."""
    show_undecided: bool = False
    quiet: bool = False
    """Leave out what is only for information: notices, lists of what was not priced."""
    generated: str = ""
    """ISO time for the formats that need one; the core has no clock."""


def render(name: str, report: Report | Diff, options: RenderOptions) -> str:
    """`report` in the format `name`, ending with a newline.

    Raises:
        KeyError: there is no such format.
    """
    text: str = import_module(FORMATS[name]).render(report, options)
    return text if text.endswith("\n") else text + "\n"
