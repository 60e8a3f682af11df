"""A Diff to lines: each changed resource and component with its delta, then before, after and per cent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finops_lint.model.estimate import Total
from finops_lint.model.finding import Level
from finops_lint.model.report import Diff, ProjectDiff, ProjectReport, ResourceChange
from finops_lint.reports import RenderOptions, cost_rows, digest, figures
from finops_lint.reports.lines import Painter, cells, clean, left, right, wrapped
from finops_lint.reports.pairs import Pair, changed_name, instead_of_zero, pairs
from finops_lint.reports.terminal_findings import short_finding_lines

SIGN = {"added": "+", "removed": "-", "changed": "~", "unchanged": " "}
STYLE = {"added": "good", "removed": "bad", "changed": "warning", "unchanged": ""}


def diff_lines(diff: Diff, options: RenderOptions, paint: Painter) -> list[str]:
    """Each project with a change; new findings in full, fixed ones in a line."""
    lines: list[str] = []
    for project in diff.projects:
        if not project.changed and not project.new_findings and not project.fixed_findings:
            continue
        lines += _project(project, options, paint, several=len(diff.projects) > 1)
    if lines:
        return lines
    projects = (*diff.before.projects, *diff.after.projects)
    unread = any(problem.level is Level.ERROR for problem in diff.after.all_problems)
    if (projects or unread) and not any(p.resources for p in projects):
        return []  # where nothing could be read, nothing is said about changes
    return ["No change in cost or findings.", ""]


def _project(project: ProjectDiff, options: RenderOptions, paint: Painter, *, several: bool) -> Iterator[str]:
    yield paint(clean(project.name), "title")
    changed = project.changed
    for change in changed:
        yield ""
        yield from _change(change, options, paint)
    if changed and several:
        yield ""
        sides = [(project.before,) if project.before else (), (project.after,) if project.after else ()]
        yield from total_lines(sides[0], sides[1], options, paint, indent="  ")
    if project.new_findings:
        yield ""
        yield paint(figures.count(len(project.new_findings), "new finding"), "title")
        yield from short_finding_lines(project.new_findings, options, paint)
    if project.fixed_findings:
        yield ""
        yield paint(figures.count(len(project.fixed_findings), "finding") + " fixed", "title")
        for finding in project.fixed_findings:
            yield clean(f"  {finding.rule}  {finding.address}")
    yield ""


def _change(change: ResourceChange, options: RenderOptions, paint: Painter) -> Iterator[str]:
    kind = change.kind.value
    side = change.after or change.before
    assert side is not None
    currency = side.estimate.currency
    head = clean(f"{SIGN[kind]} {change.address}")
    yield paint(SIGN[kind], STYLE[kind]) + _ended(head, _delta(change, currency), options, paint)[1:]
    if change.before and change.after and change.before.address != change.after.address:
        yield paint(clean(f"    moved from {change.before.address}"), "faint")
    span = figures.change_span(change.delta, currency)
    for note in filter(None, (span, *_doubts(change), *digest.change_remarks(change))):
        yield from (paint(line, "faint") for line in wrapped(clean(note), options.width, "    "))
    heading: tuple[str, ...] = ()
    for pair in pairs(change.before, change.after):
        if pair.kind != "unchanged":
            if pair.group and pair.group != heading:
                yield clean(f"    {' / '.join(pair.group)}")
            heading = pair.group
            yield from _component(pair, currency, options, paint)


def _delta(change: ResourceChange, currency: str) -> str:
    doubt = "" if change.is_certain else " ?"
    return instead_of_zero(change) or figures.change(change.delta.expected, currency) + doubt


def _doubts(change: ResourceChange) -> Iterator[str]:
    """Why the delta is not the whole truth, side by side."""
    for name, side in (("before", change.before), ("after", change.after)):
        if side is None:
            continue
        if side.estimate.total.unpriced:
            reasons = {c.unpriced.reason for c in side.estimate.components if c.unpriced is not None}
            yield f"unpriced {name}: {'; '.join(sorted(reasons)) or 'no price sheet for ' + side.type}"
        if side.estimate.assumed:
            yield f"≈ {name} it may not exist: {side.estimate.assumed}"


def _component(pair: Pair, currency: str, options: RenderOptions, paint: Painter) -> Iterator[str]:
    indent = "      " if pair.group else "    "
    side = pair.after or pair.before
    assert side is not None
    name = clean(f"{indent}{SIGN[pair.kind]} {changed_name(pair)}")
    figure = figures.change(pair.delta, currency) if _has_figure(pair) else cost_rows.remark_of(side, currency)
    yield paint_sign(name, SIGN[pair.kind], STYLE[pair.kind], _ended(name, clean(figure), options, paint), paint)
    quantity = quantity_change(pair)
    if quantity:
        yield paint(f"{indent}  {quantity}", "faint")


def paint_sign(name: str, sign: str, style: str, line: str, paint: Painter) -> str:
    """`line` with the sign that `name` holds painted."""
    at = name.index(sign)
    return line[:at] + paint(sign, style) + line[at + 1 :]


def _has_figure(pair: Pair) -> bool:
    return any(side is not None and side.monthly is not None for side in (pair.before, pair.after))


def quantity_change(pair: Pair) -> str:
    """`730 → 1,460 hours`, where both sides have a quantity and they differ."""
    if not (pair.before and pair.after and pair.before.quantity and pair.after.quantity):
        return ""
    old, new = pair.before.quantity.expected, pair.after.quantity.expected
    if old == new:
        return ""
    return f"{figures.quantity(old)} → {figures.quantity(new)} {pair.after.unit}"


def _ended(start: str, end: str, options: RenderOptions, paint: Painter) -> str:
    """`start` with `end` at the right edge, on a line of its own where both do not fit."""
    style = {"+": "bad", "-": "good"}.get(end[:1], "faint")
    if cells(start) + 2 + cells(end) <= options.width:
        return left(start, options.width - cells(end)) + paint(end, style)
    return f"{start}\n{right('', options.width - cells(end))}{paint(end, style)}"


def total_lines(
    before: Sequence[ProjectReport],
    after: Sequence[ProjectReport],
    options: RenderOptions,
    paint: Painter,
    indent: str = "",
) -> list[str]:
    """Before, after and the change, aligned, and what is not in them."""
    currency = next((p.total.currency for p in (*after, *before)), "USD")
    old, new = (
        sum((p.total for p in before), Total(currency=currency)),
        sum((p.total for p in after), Total(currency=currency)),
    )
    was, will_be = old.all.expected, new.all.expected
    span = figures.change_span(new.all - old.all, currency)
    rows = [
        ("before", figures.money(was, currency), _beside(old, before)),
        ("after", figures.money(will_be, currency), _beside(new, after)),
        ("change", figures.change(will_be - was, currency), _joined(figures.percent(was, will_be), span)),
    ]
    width = max(cells(figure) for _, figure, _ in rows)
    room = options.width - len(indent) - 23 - width
    lines = []
    for word, figure, beside in rows:
        first, *more = wrapped(beside, room) or [""]
        line = f"{indent}{left(f'Monthly cost {word}', 20)} {paint(right(figure, width), 'money')}  {first}"
        lines += [line.rstrip(), *(indent + " " * (23 + width) + line for line in more)]
    return lines


def _beside(total: Total, projects: Sequence[ProjectReport]) -> str:
    """What a figure holds that is not known, and lacks."""
    span = figures.money_span(total.all, total.currency)
    parts = [span] if span else []
    if total.assumed.expected:
        parts.append(f"{figures.money(total.assumed.expected, total.currency)} of it assumed (≈)")
    missing = digest.missing_count(projects)
    if missing:
        parts.append(f"{missing:,} unpriced")
    if total.waiting:
        parts.append(f"{total.waiting:,} waiting for usage")
    return ", ".join(parts)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
