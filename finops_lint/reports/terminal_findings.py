"""Findings to lines: grouped by file, the source line quoted, the money at the right edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.money import Money
from finops_lint.model.report import ProjectReport
from finops_lint.reports import RenderOptions, figures
from finops_lint.reports.lines import Painter, cells, clean, ends, left, listed, right, shortened, wrapped

INDENT = " " * 9
"""Under the rule's name: what a finding says starts where its position ends."""


def finding_lines(projects: Iterable[ProjectReport], options: RenderOptions, paint: Painter) -> list[str]:
    """Every finding that stands, file by file in the order of the projects, and the undecided if asked for."""
    found: dict[str, list[Finding | Undecided]] = {}
    for project in projects:
        for finding in project.findings:
            found.setdefault(finding.span.file, []).append(finding)
        for case in project.undecided if options.show_undecided else ():
            found.setdefault(case.span.file, []).append(case)
    lines: list[str] = []
    for file, items in found.items():
        lines += [paint(clean(file), "title")]
        for item in sorted(items, key=lambda i: (i.span.line, i.span.column, i.rule, i.address)):
            lines += _finding(item, options, paint) if isinstance(item, Finding) else _undecided(item, options, paint)
        lines.append("")
    return lines


def short_finding_lines(findings: Iterable[Finding], options: RenderOptions, paint: Painter) -> list[str]:
    """Findings of a change, each with its file."""
    lines: list[str] = []
    for finding in findings:
        lines += [paint(clean(finding.span.file), "title"), *_finding(finding, options, paint)]
    return lines


def _finding(finding: Finding, options: RenderOptions, paint: Painter) -> Iterator[str]:
    place = f"{finding.span.line}:{finding.span.column}"
    head = f"{right(place, 7)}  {left(finding.severity.value, 7)}  {finding.rule}"
    painted = (
        f"{paint(right(place, 7), 'faint')}  {paint(left(finding.severity.value, 7), finding.severity.value)}"
        f"  {paint(finding.rule, 'code')}"
    )
    money = _money_column(finding)
    yield from _with_money(head, painted, money[:1], options, paint)
    address = INDENT + clean(finding.address)
    yield from _with_money(address, address, money[1:], options, paint)
    yield from wrapped(clean(finding.message), options.width, INDENT)
    for note in _notes(finding):
        yield from (paint(line, "faint") for line in wrapped(note, options.width, INDENT))
    quoted = options.quote(finding.span)
    if quoted:
        yield _quoted(finding.span.line, quoted, options, paint)


def _money_column(finding: Finding) -> list[tuple[str, str]]:
    """What is at stake, then what is saved, each with its style."""
    column = []
    if finding.at_stake is not None and finding.at_stake.expected:
        column.append((_amount("at stake", finding.at_stake), "money"))
    elif finding.unpriced is not None:
        column.append(("at stake      unpriced", "faint"))
    if finding.saving is not None and finding.saving.expected > 0:
        column.append((_amount("saves", finding.saving), "good"))
    return column


def _amount(word: str, money: Money) -> str:
    return f"{word}  {right(figures.money(money.expected, money.currency), 12)}"


def _with_money(
    plain: str, painted: str, money: list[tuple[str, str]], options: RenderOptions, paint: Painter
) -> Iterator[str]:
    """`painted` with the money at the right edge, or on the next line where both do not fit."""
    if not money:
        yield painted
        return
    text, style = money[0]
    if cells(plain) + 2 + cells(text) <= options.width:
        yield painted + ends(plain, text, options.width)[1] + paint(text, style)
        return
    yield painted
    yield right("", options.width - cells(text)) + paint(text, style)


def _notes(finding: Finding) -> Iterator[str]:
    if finding.unpriced is not None:
        yield clean(f"not priced: {finding.unpriced.reason}")
    if finding.inferred_from:
        yield clean(f"inferred from {finding.inferred_from}")
    if finding.calls:
        yield clean(f"called from {' → '.join(str(call) for call in finding.calls)}")


def _quoted(line: int, text: str, options: RenderOptions, paint: Painter) -> str:
    bar = f"{right(str(line), 7)} │ "
    return paint(bar, "faint") + shortened(clean(text.strip()), max(20, options.width - cells(bar)))


def _undecided(case: Undecided, options: RenderOptions, paint: Painter) -> Iterator[str]:
    place = right(f"{case.span.line}:{case.span.column}", 7)
    yield f"{paint(place, 'faint')}  {paint(left('unknown', 7), 'notice')}  {paint(case.rule, 'code')}"
    yield INDENT + clean(case.address)
    settled = f"; settled by {listed(case.waits_for)}" if case.waits_for else ""
    yield from wrapped(clean(f"undecided: {case.reason}{settled}"), options.width, INDENT)
