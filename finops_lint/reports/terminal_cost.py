"""Estimates to a table by project: resource, components, quantity, unit, monthly cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from finops_lint.model.report import ProjectReport, Report, ReportedResource
from finops_lint.reports import RenderOptions, cost_rows, digest, figures
from finops_lint.reports.cost_rows import Row
from finops_lint.reports.lines import Painter, cells, clean, left, right, wrapped

QUANTITY, UNIT, MONTHLY = 10, 12, 14
"""Least widths of the columns at the right."""

Widths: TypeAlias = tuple[int, int, int, int]
"""Name, quantity, unit, monthly."""


def cost_lines(report: Report, options: RenderOptions, paint: Painter) -> list[str]:
    """A table for each project that has anything to price."""
    lines: list[str] = []
    for project in report.projects:
        lines += _project(project, options, paint, several=len(report.projects) > 1)
    return lines


def _project(project: ProjectReport, options: RenderOptions, paint: Painter, *, several: bool) -> Iterator[str]:
    priced = [r for r in project.resources if r.estimate.components]
    workspace = f" ({project.workspace})" if project.workspace not in ("", "default") else ""
    yield paint(clean(f"{project.name}{workspace}"), "title")
    if not priced:
        yield "  nothing with a price of its own" if project.resources else "  no resources"
        yield ""
        return
    rows = [(r, list(cost_rows.rows(r.estimate.components, r.estimate.currency))) for r in priced]
    widths = _widths([row for _, group in rows for row in group], options.width)
    yield paint(_columns("  Name", "Quantity", "Unit", "Monthly", widths), "faint")
    for resource, group in rows:
        yield ""
        yield from _resource(resource, group, widths, paint)
    yield ""
    if several:
        words = figures.total_words(project.total, digest.unsupported_count([project]))
        span = figures.money_span(project.total.all, project.total.currency)
        text = f"{words}, {span}" if span else words
        first, *more = wrapped(text, options.width - 17)
        yield paint(f"  Project total  {first}", "money")
        yield from (paint(" " * 17 + line, "money") for line in more)
    if not project.complete:
        yield paint("  incomplete: what could not be read is neither judged nor priced", "warning")
    yield ""


def _widths(rows: list[Row], width: int) -> Widths:
    """Name, quantity, unit, monthly: the last three as wide as their longest, the name the rest."""
    quantity = max([QUANTITY, *(cells(r.quantity) for r in rows)])
    unit = min(20, max([UNIT, *(cells(r.unit) for r in rows)]))
    monthly = max([MONTHLY, *(cells(r.monthly) for r in rows)])
    return max(24, width - quantity - unit - monthly - 5), quantity, unit, monthly


def _columns(name: str, quantity: str, unit: str, monthly: str, widths: Widths) -> str:
    return f"{left(name, widths[0])} {right(quantity, widths[1])}  {left(unit, widths[2])}  {right(monthly, widths[3])}"


def _resource(resource: ReportedResource, group: list[Row], widths: Widths, paint: Painter) -> Iterator[str]:
    name = "  " + clean(resource.address)
    total = resource.estimate.total
    monthly = figures.money(total.all.expected, total.currency)
    edge = sum(widths) + 5
    if total.all.expected:
        approximate = "≈ " if total.assumed.expected else ""
        yield paint(name, "title") + right(approximate + monthly, max(2, edge - cells(name)))
    else:
        yield paint(name, "title")
    for note in _assumptions(resource):
        yield from (paint(line, "faint") for line in wrapped(note, edge, "     "))
    for row in group:
        yield from _row(row, widths, edge, paint)


def _assumptions(resource: ReportedResource) -> Iterator[str]:
    if resource.estimate.assumed:
        yield clean(f"≈ may not exist: {resource.estimate.assumed}")
    total = resource.estimate.total
    if span := figures.money_span(total.all, total.currency):
        yield span
    yield from (clean(remark) for remark in resource.estimate.remarks)


def _row(row: Row, widths: Widths, edge: int, paint: Painter) -> Iterator[str]:
    stem = "  " + "".join("   " if last else "│  " for last in row.last[:-1])
    first = stem + ("└─ " if row.last[-1] else "├─ ")
    then = stem + ("   " if row.last[-1] else "│  ")
    name, remark = clean(row.name), clean(row.remark)
    room = edge - cells(first) - cells(remark)
    if remark and cells(name) + 2 <= room:
        yield paint(first, "faint") + left(name, room) + paint(remark, "faint")
        return
    names = wrapped(name, widths[0] - cells(first))
    within = (widths[0] - cells(first), *widths[1:])
    yield paint(first, "faint") + _columns(names[0], row.quantity, row.unit, row.monthly, within)
    for more in names[1:]:
        yield paint(then, "faint") + more
    for line in wrapped(remark, edge - cells(then) - 2) if remark else ():
        yield paint(then, "faint") + "  " + paint(line, "faint")
