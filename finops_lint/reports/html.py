"""Report or Diff to one page for a browser: where the money goes, what changes, what to do about it.

The page holds all it needs and asks for nothing: its policy (CSP) allows only its own style and script, by their
hashes. Without the script everything is shown; with it the resources can be searched and filtered.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path

from finops_lint.model.estimate import CostComponent, Coverage
from finops_lint.model.finding import Finding, Level, Problem
from finops_lint.model.money import HOURS_PER_MONTH, places
from finops_lint.model.report import Diff, Report, ReportedResource, ResourceChange
from finops_lint.reports import RenderOptions, cost_rows, digest, figures, limits, shares
from finops_lint.reports.html_text import bar, bullets, cell, choice, head, table, text
from finops_lint.reports.lines import listed
from finops_lint.reports.markdown import GUARDRAIL_WORDS, change_words
from finops_lint.reports.pairs import instead_of_zero
from finops_lint.reports.terminal_foot import all_problems, diff_words, findings_words, problem_text, resource_words

MOST_FINDINGS = 1000
MOST_SHARES = 12
MOST_DRIVERS = 10
SHOWN_CHANGES = 30
"""Changed resources at first sight; the rest are behind a heading."""
MOST_LISTED = 50
"""Reasons, problems and limits of each kind; JSON has all of them."""


def render(report: Report | Diff, options: RenderOptions) -> str:
    """The whole page."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    title = _title(report)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">',
            f"<title>{text(title)}</title><style>{style}</style></head><body>",
            *_body(report, title, options),
            f"<script>{script}</script></body></html>",
        ]
    )


@cache
def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


def _source(content: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"


def _title(report: Report | Diff) -> str:
    if isinstance(report, Diff):
        return change_words(report)
    return f"{figures.money(report.total.all.expected, report.currency)} a month"


def _body(report: Report | Diff, title: str, options: RenderOptions) -> Iterator[str]:
    run = report.after if isinstance(report, Diff) else report
    lines = shares.lines_of(run.projects)
    yield '<a class="skip" href="#all">To the list of resources</a><header>'
    yield f"<h1>{text(title)}</h1>"
    yield f'<p class="faint">{text(_subtitle(report, run, options))}</p></header><main>'
    yield from _facts(report, run)
    yield from bullets(_limits(report))
    yield from bullets(f"Not read: {problem_text(p)}" for p in _errors(report)[:MOST_LISTED])
    if isinstance(report, Diff):
        yield from _changes(report)
    yield from _sums(run, lines)
    yield from _drivers(run, lines)
    yield from _findings(report)
    yield from _gaps(run)
    yield from _resources(run, lines)
    yield "</main>"


# The head


def _subtitle(report: Report | Diff, run: Report, options: RenderOptions) -> str:
    prices = f"Prices: {run.prices.name}, as of {run.prices.newest}{digest.price_remarks(run.prices)}"
    made = f"Made by finops-lint {run.version}".rstrip() + (
        f" on {options.generated[:10]}" if options.generated else ""
    )
    words = diff_words(report) if isinstance(report, Diff) else findings_words(report)
    resources = f"Resources: {resource_words(run.projects)}"
    return ". ".join([words, resources, *([prices] if run.prices.newest else []), made]) + "."


def _facts(report: Report | Diff, run: Report) -> Iterator[str]:
    currency, total = run.currency, run.total
    facts = [("A month", figures.money(total.all.expected, currency))]
    if isinstance(report, Diff):
        delta = total.all.expected - report.before.total.all.expected
        facts.insert(0, ("Change", figures.change(delta, currency)))
    facts.append(("An hour", figures.money(total.all.expected / HOURS_PER_MONTH, currency)))
    if total.all.low != total.all.high:
        facts.append(("Between", f"{_whole(total.all.low, currency)} and {_whole(total.all.high, currency)}"))
    saving = digest.total_saving(digest.brought(report))
    if saving:
        facts.append(("Savings found, a month", figures.money(saving, currency)))
    missing = digest.missing_count(run.projects)
    if missing:
        facts.append(("Not priced", figures.count(missing, "line")))
    if total.waiting:
        facts.append(("Waiting for usage", figures.count(total.waiting, "line")))
    items = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    yield f'<dl class="facts">{items}</dl>'


def _whole(amount: Decimal, currency: str) -> str:
    return figures.money(amount.quantize(Decimal(1)), currency).removesuffix(".00")


def _limits(report: Report | Diff) -> Iterator[str]:
    for one in limits.told(report.guardrails)[:MOST_LISTED]:
        yield f"Guardrail {GUARDRAIL_WORDS[limits.head_of(one)]} {limits.sentence(one)}"


def _errors(report: Report | Diff) -> list[Problem]:
    return [p for p in all_problems(report) if p.level is Level.ERROR]


# The change


def _changes(diff: Diff) -> Iterator[str]:
    changed = [(p.name, c) for p in diff.projects for c in p.changed]
    yield "<h2>The change</h2>"
    if not changed:
        yield "<p>No resource changes what it costs.</p>"
        return
    changed.sort(key=lambda pair: (-abs(pair[1].added.expected), -abs(pair[1].delta.expected)))
    rows = [_change(name, change, diff.after.currency) for name, change in changed]
    # The change beside the name: a narrow screen shows no more.
    columns = ("Resource", ">Change", ">Before", ">After", "What", "Project")
    yield from table("Changed resources", columns, rows[:SHOWN_CHANGES])
    if more := rows[SHOWN_CHANGES:]:
        words = f"{figures.count(len(more), 'more changed resource')}, each by {_least(changed, diff)} or less"
        yield f"<details><summary>{text(words)}</summary>"
        yield from table("More changed resources", columns, more)
        yield "</details>"


def _least(changed: Sequence[tuple[str, ResourceChange]], diff: Diff) -> str:
    """By how much the first of those that are folded changes."""
    return figures.money(abs(changed[SHOWN_CHANGES][1].delta.expected), diff.after.currency)


def _change(project: str, change: ResourceChange, currency: str) -> str:
    delta = change.delta.expected
    kind = "n bad" if delta > 0 else "n good" if delta < 0 else "n"
    doubt = "" if change.is_certain else " and what is not priced"
    return "".join(
        [
            head(change.address, "code"),
            cell(instead_of_zero(change) or figures.change(delta, currency) + doubt, kind),
            *(cell(_side(side), "n") for side in (change.before, change.after)),
            cell("; ".join([change.kind.value, *digest.change_remarks(change)])),
            cell(project, "name"),
        ]
    )


def _side(resource: ReportedResource | None) -> str:
    return _amount(resource) if resource else "–"


def _amount(resource: ReportedResource) -> str:
    """What it costs, or why that is not known."""
    estimate, total = resource.estimate, resource.estimate.total
    if estimate.coverage is Coverage.FREE:
        return "free"
    if total.unpriced and not total.all.expected:
        return "not priced"
    if total.waiting and not total.all.expected:
        return "by usage"
    about = "≈ " if total.assumed.expected else ""
    return about + figures.money(total.all.expected, estimate.currency) + (" +" if total.unpriced else "")


# Where the money goes


def _sums(run: Report, lines: Sequence[shares.Line]) -> Iterator[str]:
    groups: tuple[tuple[str, list[shares.Share]], ...] = (
        ("By project", shares.by(lines, lambda line: line.project)),
        ("By service", shares.by_service(lines)),
        ("By team", shares.by(lines, lambda line: line.team)),
        ("By environment", shares.by(lines, lambda line: line.environment)),
    )
    if not any(found for _, found in groups):
        return
    yield '<h2>Where the money goes</h2><div class="shares">'
    for caption, found in groups:
        yield "<div>"
        yield from table(caption, ("Name", "", ">A month", ">Share"), _share_rows(found, run))
        yield "</div>"
    yield "</div>"


def _share_rows(found: list[shares.Share], run: Report) -> Iterator[str]:
    whole = sum((share.amount for share in found), Decimal(0))
    shown, rest = found[:MOST_SHARES], found[MOST_SHARES:]
    if rest:
        amount = sum((share.amount for share in rest), Decimal(0))
        shown = [*shown, shares.Share(f"{len(rest):,} more", amount, sum(share.resources for share in rest))]
    largest = max((share.amount for share in shown), default=Decimal(1))
    for share in shown:
        part = share.amount / whole if whole else Decimal(0)
        money = figures.money(share.amount, run.currency)
        width = share.amount / largest if largest else Decimal(0)
        percent = "<1 %" if 0 < part < Decimal("0.01") else f"{part * 100:.0f} %"
        yield head(share.name) + bar(width) + cell(money, "n") + cell(percent, "n")


def _drivers(run: Report, lines: Sequence[shares.Line]) -> Iterator[str]:
    dearest = [line for line in lines[:MOST_DRIVERS] if line.amount > 0]
    if not dearest:
        return
    yield "<h2>Top drivers</h2>"
    largest = dearest[0].amount
    rows = (
        head(line.resource.address, "code")
        + cell(line.project, "name")
        + bar(line.amount / largest)
        + cell(figures.money(line.amount / HOURS_PER_MONTH, run.currency), "n")
        + cell(figures.money(line.amount, run.currency), "n")
        for line in dearest
    )
    yield from table("The dearest resources", ("Resource", "Project", "", ">An hour", ">A month"), rows)


# What to do


def _findings(report: Report | Diff) -> Iterator[str]:
    found = digest.worst_first(digest.brought(report))
    yield f"<h2>{'New findings' if isinstance(report, Diff) else 'Findings'}</h2>"
    if not found:
        yield "<p>None.</p>"
        return
    columns = ("Severity", "Rule", "What", "Where", ">At stake", ">Saving")
    caption = figures.count(len(found), "finding") + ", the worst first"
    yield from table(caption, columns, map(_finding, found[:MOST_FINDINGS]))
    if len(found) > MOST_FINDINGS:
        yield f'<p class="faint">{len(found) - MOST_FINDINGS:,} more are not shown; --format json has them.</p>'


def _finding(finding: Finding) -> str:
    advice = f" Remedy: {finding.remedy.advice}." if finding.remedy else ""
    subject = f'<span class="code">{text(finding.address)}</span><br>' if finding.address else ""
    stake = figures.money(finding.at_stake.expected, finding.at_stake.currency) if finding.at_stake else ""
    saves = finding.saving and finding.saving.expected > 0
    saving = figures.money(finding.saving.expected, finding.saving.currency) if saves and finding.saving else ""
    return "".join(
        [
            cell(finding.severity.value, finding.severity.value),
            head(finding.rule, "rule"),
            f"<td>{subject}{text(finding.message + advice)}</td>",
            cell(f"{finding.span.file}:{finding.span.line}", "code"),
            cell(stake, "n"),
            cell(saving, "n"),
        ]
    )


def _gaps(run: Report) -> Iterator[str]:
    unsupported = [f"no price sheet for {kind} ({count:,})" for kind, count in digest.unsupported(run.projects).items()]
    missing = [f"{why.reason}: {_few(why.addresses)}" for why in digest.not_priced(run.projects)]
    assumed = [f"{why.reason}: {_few(why.addresses)}" for why in digest.assumptions(run.projects)]
    for title, found in (("Not priced", [*missing, *unsupported]), ("Assumed (≈)", assumed)):
        if found:
            yield f"<details><summary>{text(title)}: {figures.count(len(found), 'reason')}</summary>"
            yield from bullets(found[:MOST_LISTED])
            yield "</details>"


def _few(addresses: Sequence[str]) -> str:
    return listed(addresses, 3)


# Every resource


def _resources(run: Report, lines: Sequence[shares.Line]) -> Iterator[str]:
    yield '<h2 id="all">All resources</h2>'
    if not lines:
        yield "<p>None.</p>"
        return
    yield from _filter(lines)
    sign = figures.money(Decimal(0), run.currency).rstrip("0.")
    digits = places(figures.smallest(run.currency))
    attributes = f' id="resources" data-sign="{text(sign)}" data-places="{digits}"'
    columns = ("Resource", "Project", "Service", "Team", "Environment", "Where", ">A month")
    yield from table("Every resource, the dearest first", columns, map(_row, lines), attributes)


def _filter(lines: Sequence[shares.Line]) -> Iterator[str]:
    yield '<div id="filter" class="filter" role="search" hidden>'
    yield '<label>Search<input type="search" placeholder="name, type, file …" autocomplete="off"></label>'
    kinds: tuple[tuple[str, str, Callable[[shares.Line], str]], ...] = (
        ("Project", "project", lambda line: line.project),
        ("Service", "service", lambda line: line.service),
        ("Team", "team", lambda line: line.team),
        ("Environment", "environment", lambda line: line.environment),
    )
    yield from (choice(label, name, sorted({of(line) for line in lines})) for label, name, of in kinds)
    yield '</div><p id="told" class="faint" role="status" aria-live="polite"></p>'


def _row(line: shares.Line) -> str:
    resource = line.resource
    data = {"project": line.project, "service": line.service, "team": line.team, "environment": line.environment}
    written = "".join(f' data-{name}="{text(value)}"' for name, value in data.items())
    return "".join(
        [
            f'<tr{written} data-cost="{line.amount:f}"><th scope="row" class="code">',
            *_parts(resource),
            "</th>",
            *(cell(value, "name") for value in data.values()),
            cell(f"{resource.span.file}:{resource.span.line}", "code"),
            cell(_amount(resource), "n"),
            "</tr>",
        ]
    )


def _parts(resource: ReportedResource) -> Iterable[str]:
    """The address, and folded under it what it is billed for."""
    lines = [
        f"{': '.join([*part.group, part.name])}: {_part(part, resource.estimate.currency)}"
        for part in resource.estimate.components
    ]
    lines += [resource.estimate.note] if resource.estimate.note else []
    if not lines:
        return [text(resource.address)]
    return [f"<details><summary>{text(resource.address)}</summary>", *bullets(lines), "</details>"]


def _part(part: CostComponent, currency: str) -> str:
    if part.monthly is None:
        return cost_rows.remark_of(part, currency)
    about = "≈ " if part.is_assumed else ""
    return about + figures.money_range(part.monthly, currency)
