"""Findings to lines: grouped by file, the source line quoted, the money at the right edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import TypeAlias

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.report import ProjectReport
from finops_lint.reports import RenderOptions, digest, figures
from finops_lint.reports.lines import Painter, cells, clean, left, listed, right, shortened, wrapped

INDENT = " " * 9
"""Under the rule's name: what a finding says starts where its position ends."""
MOST_ADDRESSES = 6
_SAID = ("span.line", "span.column", "span.end_line", "span.end_column", "rule")
_FINDING = attrgetter(*_SAID, "message")
_UNDECIDED = attrgetter(*_SAID, "reason")
"""What is one thing to be said in a file, as plain values: comparing these takes less than comparing places."""
_PLACE = attrgetter("span.line", "span.column", "rule", "address")
"""In which order things are said of a file."""
MoneyColumn: TypeAlias = tuple[str, str] | tuple[()]
"""A text for the right edge and its style, or nothing."""


def finding_lines(projects: Iterable[ProjectReport], options: RenderOptions, paint: Painter) -> list[str]:
    """Every finding that stands, file by file in the order of the projects, and the undecided if asked for.

    What a rule says of several instances of one block is said once.
    """
    found: dict[str, dict[object, list[Finding | Undecided]]] = {}
    for project in projects:
        for finding in project.findings:
            found.setdefault(finding.span.file, {}).setdefault(_FINDING(finding), []).append(finding)
        for case in project.undecided if options.show_undecided else ():
            found.setdefault(case.span.file, {}).setdefault(_UNDECIDED(case), []).append(case)
    lines: list[str] = []
    for file, groups in found.items():
        lines.append(paint(clean(file), "title"))
        for group in sorted(groups.values(), key=lambda group: _PLACE(group[0])):
            lines += _group(group, options, paint)
            lines.append("")
    return lines


def _group(group: Sequence[Finding | Undecided], options: RenderOptions, paint: Painter) -> list[str]:
    findings = [item for item in group if isinstance(item, Finding)]
    if not findings:
        return _undecided([item for item in group if isinstance(item, Undecided)], options, paint)
    return _finding(digest.once(findings) if len(findings) > 1 else findings, findings, options, paint)


def short_finding_lines(findings: Iterable[Finding], options: RenderOptions, paint: Painter) -> list[str]:
    """Findings of a change, each with its file."""
    return finding_lines([ProjectReport("", "", "", findings=tuple(findings))], options, paint)[:-1]


def _finding(group: Sequence[Finding], every: Sequence[Finding], options: RenderOptions, paint: Painter) -> list[str]:
    """One rule at one place, for one resource or for several instances of it; `every` has those of all projects."""
    first = group[0]
    lines = _head(first, _stake(first) if len(group) == 1 else (), options, paint)
    if len(group) == 1:
        lines += _with_money(INDENT + clean(first.whom), _saving(first), options, paint)
    else:
        for finding in group[:MOST_ADDRESSES]:
            lines += _with_money(INDENT + clean(finding.whom), _stake(finding), options, paint)
        rest = f"{INDENT}and {len(group) - MOST_ADDRESSES:,} more" if len(group) > MOST_ADDRESSES else ""
        lines += _with_money(rest, _saving(*group), options, paint)
    lines += wrapped(clean(first.message), options.width, INDENT)
    for advice in dict.fromkeys([f.remedy.advice for f in group if f.remedy is not None]):
        lines += [paint(line, "good") for line in wrapped(clean(f"→ {advice}"), options.width, INDENT)]
    notes = list(dict.fromkeys([note for finding in every for note in _notes(finding)]))
    more = [f"and {len(notes) - MOST_ADDRESSES:,} more"] if len(notes) > MOST_ADDRESSES else []
    for note in (*notes[:MOST_ADDRESSES], *more):
        lines += [paint(line, "faint") for line in wrapped(note, options.width, INDENT)]
    quoted = options.quote(first.span)
    if quoted:
        lines.append(_quoted(first.span.line, quoted, options, paint))
    return lines


def _head(finding: Finding, money: MoneyColumn, options: RenderOptions, paint: Painter) -> list[str]:
    place = f"{finding.span.line}:{finding.span.column}".rjust(7)
    severity = finding.severity.value.ljust(7)
    plain = f"{place}  {severity}  {finding.rule}"
    if not paint.colour:
        return _with_money(plain, money, options, paint)
    painted = f"{paint(place, 'faint')}  {paint(severity, finding.severity.value)}  {paint(finding.rule, 'code')}"
    return _with_money(plain, money, options, paint, painted=painted)


def _stake(finding: Finding) -> MoneyColumn:
    """What is at stake, as text with its style."""
    if finding.at_stake is not None and finding.at_stake.expected:
        return _amount("at stake", finding.at_stake.expected, finding.at_stake.currency), "money"
    if finding.unpriced is None:
        return ()
    return ("at stake      by usage" if finding.unpriced.is_by_usage else "at stake      unpriced"), "faint"


def _saving(*findings: Finding) -> MoneyColumn:
    currency = next((f.saving.currency for f in findings if f.saving is not None), None)
    if currency is None:
        return ()
    saving = digest.total_saving(findings)
    return (_amount("saves", saving, currency), "good") if saving else ()


def _amount(word: str, amount: Decimal, currency: str) -> str:
    return f"{word}  {right(figures.money(amount, currency), 12)}"


def _with_money(
    plain: str, money: MoneyColumn, options: RenderOptions, paint: Painter, *, painted: str = ""
) -> list[str]:
    """`plain` with the money at the right edge, or on the next line where both do not fit."""
    painted = painted or plain
    if not money:
        return [painted] if plain else []
    text, style = money
    indent = options.width - cells(text)
    gap = indent - cells(plain)
    if gap >= 2:  # columns between the two
        return [painted + " " * gap + paint(text, style)]
    return [painted, " " * indent + paint(text, style)]


def _notes(finding: Finding) -> list[str]:
    notes = []
    # What waits for usage is no gap in the prices: the money's column says so, and the foot how many lines there are.
    if finding.unpriced is not None and not finding.unpriced.is_by_usage:
        notes.append(clean(f"not priced: {finding.unpriced.reason}"))
    if finding.inferred_from and finding.inferred_from not in finding.message:
        notes.append(clean(f"inferred from {finding.inferred_from}"))
    if finding.calls:
        notes.append(clean(f"called from {' → '.join(str(call) for call in finding.calls)}"))
    return notes


def _quoted(line: int, text: str, options: RenderOptions, paint: Painter) -> str:
    bar = f"{right(str(line), 7)} │ "
    return paint(bar, "faint") + shortened(clean(text.strip()), max(20, options.width - len(bar)))


def _undecided(group: Sequence[Undecided], options: RenderOptions, paint: Painter) -> list[str]:
    case = group[0]
    place = right(f"{case.span.line}:{case.span.column}", 7)
    lines = [f"{paint(place, 'faint')}  {paint(left('unknown', 7), 'notice')}  {paint(case.rule, 'code')}"]
    lines += [INDENT + clean(one.address) for one in group[:MOST_ADDRESSES]]
    if len(group) > MOST_ADDRESSES:
        lines.append(f"{INDENT}and {len(group) - MOST_ADDRESSES:,} more")
    settled = f"; settled by {listed(case.waits_for)}" if case.waits_for else ""
    return lines + wrapped(clean(f"undecided: {case.reason}{settled}"), options.width, INDENT)
