"""Report or Diff to Markdown for a pull request: one screen, the details folded, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from finops_lint.model.currencies import rate_words
from finops_lint.model.finding import Finding, Level, Problem, Severity
from finops_lint.model.regexes import regex
from finops_lint.model.report import Diff, ProjectReport, Report, ReportedResource, ResourceChange
from finops_lint.reports import RenderOptions, cost_rows, digest, figures, limits
from finops_lint.reports.lines import clean, listed
from finops_lint.reports.pairs import changed_name, instead_of_zero, pairs
from finops_lint.reports.redaction import redacted
from finops_lint.reports.terminal_diff import SIGN, quantity_change
from finops_lint.reports.terminal_foot import all_problems, diff_words, findings_words, problem_text, resource_words

MARKS = {Severity.ERROR: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
GUARDRAIL_MARKS = {"error": "🔴", "warning": "🟠", "approved": "✅", "unknown": "❔", "kept": "🔵"}
GUARDRAIL_WORDS = {
    "error": "broken:",
    "warning": "broken (warning only):",
    "approved": "broken, but approved:",
    "unknown": "undecided:",
    "kept": "kept so far:",
}
MOST_FINDINGS = 50
MOST_RESOURCES = 1000
"""Resources whose parts are listed, those with the most money: a job's summary on GitHub may have 1 MiB."""
MOST_GUARDRAILS = 10
_SPECIAL = regex(r"([\\`*_\[\]|~])")
_LINKING = regex(r"@|[#!](?=\w)|:(?=//|[A-Za-z_+][\w+-]*:)|(?<=www)\.|(?<=GH)-(?=\d)|\$(?=[^\W\d]|[`{(\\])")
"""Signs that forges read, backslash or not: @mention, #123, !123, an address, :emoji:, GH-123, $formula$."""


def render(report: Report | Diff, options: RenderOptions) -> str:
    """The whole comment or summary."""
    if isinstance(report, Diff):
        lines = _diff(report)
    elif options.view == "cost":
        lines = _cost(report)
    else:
        lines = _check(report)
    return "\n".join([*lines, *_problems(all_problems(report)), *_footer(report)]).rstrip() + "\n"


def escaped(text: str) -> str:
    """`text` as itself in Markdown: no emphasis, link, HTML, table cell or @mention comes of it."""
    return _SPECIAL.sub(r"\\\1", _unlinked(_unmarked(text)))


def code(text: str) -> str:
    """`text` in a code span that it cannot leave, in the cell of a table; nothing where there is no text."""
    return code_in_text(text).replace("|", "\\|")


def code_in_text(text: str) -> str:
    """The same outside of tables, where a backslash in a code span is shown."""
    if not text:
        return ""
    inner = redacted(clean(text))
    fence = "`" * (max((len(run) for run in re.findall(r"`+", inner)), default=0) + 1)
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = (), *, padded: bool = True
) -> list[str]:
    """A Markdown table; the columns numbered in `right` are aligned there. Cells are written as they are.

    Padded, its source can be read as a table too; otherwise it is as short as can be.
    """
    if not padded:
        rule = ["--:" if column in right else "---" for column in range(len(head))]
        return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
    from tabulate import tabulate

    aligned = ["right" if column in right else "left" for column in range(len(head))]
    # Without `disable_numparse` a money cell would be taken for a number and written anew.
    return tabulate(
        [list(row) for row in rows], list(head), tablefmt="pipe", colalign=aligned, disable_numparse=True
    ).splitlines()


def _check(report: Report) -> Iterator[str]:
    yield "## finops-lint"
    yield ""
    yield from guardrail_lines(report)
    yield f"**{findings_words(report)}.** {_sentence_of(report)}{_saving(report.findings, report.currency)}"
    yield from unit_cost_lines(report)
    yield from _findings(report.findings)


def _cost(report: Report) -> Iterator[str]:
    yield "## Monthly cost"
    yield ""
    yield from guardrail_lines(report)
    yield _sentence_of(report)
    yield from unit_cost_lines(report)
    priced = [r for p in report.projects for r in p.resources if r.estimate.components]
    most = sorted(priced, key=lambda r: -r.estimate.total.all.expected)[:MOST_RESOURCES]
    shown = {id(resource) for resource in most}
    for project in report.projects:
        yield ""
        yield f"### {escaped(project.name)}"
        yield ""
        yield from _cost_table(project, shown)
    if left := len(priced) - len(most):
        yield ""
        least = figures.money(most[-1].estimate.total.all.expected, report.currency)
        yield f"… and {figures.count(left, 'more resource')} of {least} a month or less."


def guardrail_lines(report: Report | Diff) -> Iterator[str]:
    """Every limit a person should see, the broken ones first, and an empty line after them."""
    shown = limits.told(report.guardrails)
    heads = [limits.head_of(one) for one in shown]
    lines = [
        f"- {GUARDRAIL_MARKS[head]} **Guardrail {GUARDRAIL_WORDS[head]}** {escaped(limits.sentence(one))}"
        for one, head in zip(shown, heads, strict=True)
    ]
    yield from at_most(lines, MOST_GUARDRAILS)
    if shown:
        yield ""


def at_most(lines: Sequence[str], most: int) -> Iterator[str]:
    """The first `most` entries of a list, and how many more there are."""
    yield from lines[:most]
    if len(lines) > most:
        yield f"- … and {len(lines) - most:,} more"


def unit_cost_lines(report: Report | Diff) -> Iterator[str]:
    """The table of unit costs after an empty line; nothing where there are none."""
    pairs_of = limits.unit_cost_pairs(report)
    if not pairs_of:
        return
    yield ""
    rows = (
        (escaped(p.after.name), escaped(limits.pair_words(p)), escaped(limits.basis_words(p.after))) for p in pairs_of
    )
    yield from table(("Unit cost", "", "Made of"), rows)


def _sentence_of(report: Report) -> str:
    doubt = figures.doubt_words(report.total)
    words = figures.total_words(report.total, digest.unsupported_count(report.projects))
    return f"Costs {words}{f' ({doubt})' if doubt else ''}."


def _saving(findings: Iterable[Finding], currency: str) -> str:
    saving = digest.total_saving(findings)
    return f" {figures.money(saving, currency)} a month could be saved." if saving else ""


def _diff(diff: Diff) -> Iterator[str]:
    yield "## finops-lint"
    yield ""
    yield from guardrail_lines(diff)
    yield f"**{change_sentence(diff)}** {diff_words(diff)}."
    yield from unit_cost_lines(diff)
    new = [f for p in diff.projects for f in p.new_findings]
    yield from _findings(new)
    yield from _change_table(diff)
    yield from _details(diff)


def change_sentence(diff: Diff) -> str:
    """What the change costs: "Monthly cost goes up by $152.85 (+49 %), from $312.00 to $464.85."."""
    doubt = change_doubt(diff)
    return f"{change_words(diff)}{f'; {doubt}' if doubt else ''}."


def change_words(diff: Diff) -> str:
    """The same without what is in doubt, and without a full stop."""
    before, after = diff.before.total, diff.after.total
    delta = after.all.expected - before.all.expected
    if figures.rounded(delta, after.currency) == 0:
        whole = f" ({figures.money(after.all.expected, after.currency)})" if digest.is_about_any(diff) else ""
        return f"Monthly cost does not change{whole}"
    direction = "up" if delta > 0 else "down"
    percent = figures.percent(before.all.expected, after.all.expected)
    amount = figures.money(abs(delta), after.currency) + (f" ({percent})" if percent else "")
    old, new = (figures.money(side.all.expected, after.currency) for side in (before, after))
    return f"Monthly cost goes {direction} by {amount}, from {old} to {new}"


def change_doubt(diff: Diff) -> str:
    """What of the figures is in doubt: a span, what has no price, what is assumed; empty where nothing is."""
    before, after = diff.before, diff.after
    span = figures.change_span(after.total.all - before.total.all, after.currency)
    parts = [span] if span else []
    old, new = (digest.missing_count(side.projects) for side in (before, after))
    if old or new:
        parts.append(f"{old:,} unpriced before, {new:,} unpriced after")
    if before.total.assumed.expected or after.total.assumed.expected:
        parts.append(f"{figures.money(after.total.assumed.expected, after.currency)} of it assumed")
    return ", ".join(parts)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    ordered = digest.worst_first(digest.once(findings))
    yield ""
    yield from table(
        ("", "Rule", "Resource", "Where", "What", "At stake", "Saves"),
        (_finding_row(f) for f in ordered[:MOST_FINDINGS]),
        right=(5, 6),
    )
    if len(ordered) > MOST_FINDINGS:
        yield ""
        yield f"… and {figures.count(len(ordered) - MOST_FINDINGS, 'more finding')}."


def _finding_row(finding: Finding) -> tuple[str, ...]:
    saving = figures.money(finding.saving.expected, finding.saving.currency) if finding.saving else ""
    place = f"{finding.span.file}:{finding.span.line}"
    advice = f" → {escaped(finding.remedy.advice)}" if finding.remedy else ""
    return (
        MARKS[finding.severity],
        code(finding.rule),
        code(finding.whom),
        code(place),
        escaped(finding.message) + advice,
        digest.stake_words(finding),
        saving,
    )


def _change_table(diff: Diff) -> Iterator[str]:
    changed = [p for p in diff.projects if p.changed]
    if not changed:
        return
    yield ""
    rows = []
    for project in changed:
        before, after = project.totals
        old, new = before.all.expected, after.all.expected
        missing = [digest.missing_count([side] if side else []) for side in (project.before, project.after)]
        percent = figures.percent(old, new)
        rows.append(
            (
                escaped(project.name),
                figures.money_range(before.all, before.currency),
                figures.money_range(after.all, after.currency),
                figures.change(new - old, after.currency) + (f" ({percent})" if percent else ""),
                f"{missing[0]:,} → {missing[1]:,}" if any(missing) else "",
            )
        )
    yield from table(("Project", "Before", "After", "Change", "Unpriced"), rows, right=(1, 2, 3))


def _details(diff: Diff) -> Iterator[str]:
    most = sorted(diff.changes, key=lambda c: -abs(c.added.expected))[:MOST_RESOURCES]
    shown = {id(change) for change in most}
    for project in diff.projects:
        changed = project.changed
        body = [line for change in changed if id(change) in shown for line in change_lines(change)]
        if body:
            yield from folded(f"{project.name}: {figures.count(len(changed), 'changed resource')}", fenced(body))
    if left := len(diff.changes) - len(most):
        yield ""
        least = figures.money(abs(most[-1].added.expected), diff.after.currency)
        yield f"… and {figures.count(left, 'more changed resource')}, each by {least} or less."
    fixed = [f for p in diff.projects for f in p.fixed_findings]
    if fixed:
        yield from folded(
            f"{figures.count(len(fixed), 'finding')} fixed",
            [f"- {code(f.rule)} {code_in_text(f.address)}" for f in fixed],
        )


def change_lines(change: ResourceChange) -> Iterator[str]:
    """One resource of a diff block: what its parts cost more or less, from what to what; an empty line at its end."""
    side = change.after or change.before
    assert side is not None
    currency = side.estimate.currency
    doubt = "" if change.is_certain else " (part of it unpriced)"
    span = figures.change_span(change.delta, currency)
    amount = figures.change(change.delta.expected, currency) + (f" ({span})" if span else "")
    yield f"{SIGN[change.kind.value]} {change.address}  {instead_of_zero(change) or amount + doubt}"
    if change.before and change.after and change.before.address != change.after.address:
        yield f"    moved from {change.before.address}"
    yield from (f"    {remark}" for remark in digest.change_remarks(change))
    for pair in pairs(change.before, change.after):
        if pair.kind != "unchanged":
            part = pair.after or pair.before
            assert part is not None
            priced = any(s is not None and s.monthly is not None for s in (pair.before, pair.after))
            figure = figures.change(pair.delta, currency) if priced else cost_rows.remark_of(part, currency)
            heading = f"{' / '.join(pair.group)}: " if pair.group else ""
            yield f"    {SIGN[pair.kind]} {heading}{changed_name(pair)}  {figure}"
            if quantities := quantity_change(pair):
                yield f"      {quantities}"
    yield ""


def fenced(lines: Iterable[str]) -> list[str]:
    """A diff block that its content cannot close."""
    body = [redacted(clean(line)) for line in lines]
    longest = max((len(run) for line in body for run in re.findall(r"`{3,}", line)), default=2)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}diff", *body[:-1], fence]


def folded(summary: str, body: Iterable[str]) -> list[str]:
    """`body` behind a heading that opens it."""
    return ["", "<details>", f"<summary>{html_text(summary)}</summary>", "", *body, "", "</details>"]


def html_text(text: str) -> str:
    """`text` as itself between HTML tags, where Markdown is read no more but mentions may be."""
    return _unlinked(_unmarked(text))


def _unmarked(text: str) -> str:
    return redacted(clean(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unlinked(text: str) -> str:
    """`text` with nothing visible after each sign that would make a mention, a reference, a link or a formula of it."""
    return _LINKING.sub("\\g<0>\u200b", text)


def _cost_table(project: ProjectReport, shown: Collection[int]) -> Iterator[str]:
    """Those of the project's resources whose identity is among `shown`."""
    rows = [row for r in project.resources if id(r) in shown for row in _resource_rows(r)]
    if not any(r.estimate.components for r in project.resources):
        yield "Nothing with a price of its own."
    if not rows:
        return
    yield from table(("Name", "Quantity", "Unit", "Monthly"), rows, right=(1, 3))


def _resource_rows(resource: ReportedResource) -> Iterator[tuple[str, ...]]:
    total = resource.estimate.total
    yield f"**{code(resource.address)}**", "", "", f"**{figures.money_range(total.all, total.currency)}**"
    for row in cost_rows.rows(resource.estimate.components, total.currency):
        indent = "&nbsp;&nbsp;" * (row.depth + 1)
        remark = f" ({escaped(row.remark)})" if row.remark else ""
        yield f"{indent}{escaped(row.name)}{remark}", row.quantity, escaped(row.unit), row.monthly


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    errors = [p for p in problems if p.level is Level.ERROR]
    notices = [p for p in problems if p.level is Level.NOTICE]
    for error in errors:
        yield ""
        yield f"⚠️ {escaped(problem_text(error))}"
    if notices:
        yield from folded(
            f"{figures.count(len(notices), 'notice')}: what was not covered",
            [f"- {escaped(problem_text(notice))}" for notice in notices],
        )


def _footer(report: Report | Diff) -> Iterator[str]:
    projects = digest.projects_of(report)
    body = [f"- Resources: {resource_words(projects)}"]
    kinds = digest.unsupported(projects)
    if kinds:
        body.append(f"- No price sheet: {listed((code(name) for name in kinds), 10)}")
    body += [
        f"- {listed((code_in_text(a) for a in g.addresses), 3)}: {escaped(g.reason)}"
        for g in digest.not_priced(projects)
    ]
    prices = (report.after if isinstance(report, Diff) else report).prices
    exchange = (report.after if isinstance(report, Diff) else report).exchange
    if exchange:
        body.append(f"- Currency: {escaped(rate_words(exchange))}")
    if prices.newest:
        body.append(f"- Prices: {escaped(prices.name)}, as of {prices.newest}{digest.price_remarks(prices)}")
    yield from folded("What was priced, and what was not", body)
