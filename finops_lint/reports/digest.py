"""A report to the few facts every format tells: counts, savings, what was not priced and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from finops_lint.model.estimate import Coverage
from finops_lint.model.finding import Finding, Problem, Severity
from finops_lint.model.money import Money, sum_of
from finops_lint.model.records import record, replace
from finops_lint.model.report import Diff, PriceSet, ProjectReport, Report, ResourceChange
from finops_lint.reports import cost_rows, figures


def severity_words(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`, worst first; empty where there is none."""
    counts = Counter(f.severity for f in findings)
    return ", ".join(figures.count(counts[s], s.value) for s in Severity if counts[s])


def total_saving(findings: Iterable[Finding]) -> Decimal:
    """What all remedies save a month, unrounded: of those that touch one resource the largest only."""
    touched: set[tuple[str, str]] = set()
    result = Decimal(0)
    savings = ((f.saving.expected, f) for f in findings if f.saving is not None)
    for saving, finding in sorted(savings, key=lambda pair: -pair[0]):
        addresses = {(finding.project, address) for address in (*finding.affects, finding.address)}
        if not touched & addresses:
            touched |= addresses
            result += saving
    return result


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By severity, then by money at stake, then by place."""

    def key(finding: Finding) -> tuple[int, Decimal, str, int]:
        stake = finding.at_stake.expected if finding.at_stake else Decimal(0)
        return finding.severity.rank, -stake, finding.span.file, finding.span.line

    return sorted(findings, key=key)


def once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in their order, one for those of several projects that say the same of the same place.

    Overlays repeat what is to be said of their base, and each project that calls a module what is to be said of it: the
    address then says in how many projects, the money is theirs together. For formats that people read.
    """
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.rule, finding.whom, finding.span, finding.message), []).append(finding)
    return [one for group in alike.values() for one in _together(group)]


def _together(group: list[Finding]) -> list[Finding]:
    if len(group) == 1:
        return group
    first, number = group[0], len({finding.project for finding in group})
    if number == 1:
        return group if len({(f.calls, f.at_stake, f.saving) for f in group}) > 1 else [first]
    address = f"{first.address}, in {number:,} projects"
    at_stake, saving = _sum([f.at_stake for f in group]), _sum([f.saving for f in group])
    return [replace(first, address=address, at_stake=at_stake, saving=saving)]


def _sum(amounts: Sequence[Money | None]) -> Money | None:
    """What is known of them together; None where nothing is."""
    known = [money for money in amounts if money is not None]
    return Money(sum_of([money.amount for money in known]), known[0].currency) if known else None


def stake_words(finding: Finding) -> str:
    """What is at stake a month: `$12.00`, `by usage` or `unpriced`."""
    if finding.at_stake is not None:
        return figures.money(finding.at_stake.expected, finding.at_stake.currency)
    return "by usage" if finding.unpriced is not None and finding.unpriced.is_by_usage else "unpriced"


def brought(report: Report | Diff) -> list[Finding]:
    """The findings somebody should act on: all of a Report; of a Diff those the change brings."""
    if isinstance(report, Diff):
        return [f for p in report.projects for f in p.new_findings]
    return report.findings


def sentences(finding: Finding) -> Iterator[str]:
    """All that is to be said of a finding, for formats that have one text a result."""
    yield finding.message
    if finding.at_stake is not None and finding.at_stake.expected:
        amount = figures.money_range(finding.at_stake.amount, finding.at_stake.currency)
        yield f"At stake: {amount} a month."
    if finding.saving is not None and finding.saving.expected > 0:
        yield f"Saves {figures.money(finding.saving.expected, finding.saving.currency)} a month."
    if finding.remedy is not None:
        yield f"Remedy: {finding.remedy.advice}."
    if finding.inferred_from and finding.inferred_from not in finding.message:
        yield f"Inferred from {finding.inferred_from}."


def fingerprint_of(finding: Finding) -> str:
    """What stays the same when lines shift."""
    return finding.fingerprint or "/".join([finding.rule, finding.address, *(str(step) for step in finding.path)])


def path_of(file: str) -> str:
    """Relative to the folder of the run, with forward slashes and no `./`: as forges name files."""
    return file.replace("\\", "/").removeprefix("./")


def problem_words(problem: Problem) -> str:
    """What is wrong and what to do, without the place."""
    return f"{problem.message}{f' ({problem.hint})' if problem.hint else ''}"


@record(frozen=True, slots=True)
class NotPriced:
    """One reason for a missing or doubtful figure, and the resources it concerns."""

    reason: str
    addresses: tuple[str, ...]


def projects_of(report: Report | Diff) -> tuple[ProjectReport, ...]:
    """The projects as they are now: a Diff's after side."""
    return report.after.projects if isinstance(report, Diff) else report.projects


def is_about_any(report: Report | Diff) -> bool:
    """Whether any project was read: of a change, one that it touches."""
    if isinstance(report, Diff):
        return bool(report.before.projects or report.after.projects)
    return bool(report.projects)


def place_of(problem: Problem) -> str:
    """`main.tf:3:1: `, or only the file where the problem is about all of it; empty without a place."""
    span = problem.span
    if span is None:
        return ""
    is_whole_file = (span.line, span.column, span.end_line) == (1, 1, 0) and problem.code != "syntax-error"
    return f"{span.file if is_whole_file else span}: "


def unsupported(projects: Iterable[ProjectReport]) -> dict[str, int]:
    """Resource type without a price sheet → how many, most frequent first."""
    counts = Counter(r.type for p in projects for r in p.of_coverage(Coverage.UNSUPPORTED))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def unsupported_count(projects: Iterable[ProjectReport]) -> int:
    """How many resources have no price sheet."""
    return sum(len(p.of_coverage(Coverage.UNSUPPORTED)) for p in projects)


def missing_count(projects: Iterable[ProjectReport]) -> int:
    """How many components and whole resources have no figure, other than those that wait for usage."""
    every = tuple(projects)
    return sum(p.total.unpriced for p in every) + unsupported_count(every)


def change_remarks(change: ResourceChange) -> Iterator[str]:
    """What is to be said of a resource that changes: whose price holds it already, what a run costs."""
    old = change.before.estimate.remarks if change.before else ()
    new = change.after.estimate.remarks if change.after else ()
    if change.before is None or change.after is None or old == new:
        yield from new or old
        return
    yield from (f"before: {remark}" for remark in old if remark not in new)
    yield from (remark if remark in old else f"after: {remark}" for remark in new)


def not_priced(projects: Iterable[ProjectReport]) -> list[NotPriced]:
    """Why components of supported types have no figure, most frequent first."""
    groups: dict[str, list[str]] = {}
    for project in projects:
        for resource in project.resources:
            for component in resource.estimate.components:
                if component.unpriced is None:
                    continue
                addresses = groups.setdefault(cost_rows.reason_words(component.unpriced), [])
                if resource.address not in addresses[-1:]:
                    addresses.append(resource.address)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [NotPriced(reason, tuple(addresses)) for reason, addresses in ordered]


def assumptions(projects: Iterable[ProjectReport]) -> list[NotPriced]:
    """Why figures are only assumed (≈), most frequent first: a resource that may not exist, a price that stands in."""
    groups: dict[str, dict[str, None]] = {}
    for resource in (r for p in projects for r in p.resources if r.estimate.components):
        may_not_exist = resource.estimate.assumed
        reasons = [f"may not exist: {may_not_exist}"] if may_not_exist else []
        for component in resource.estimate.components:
            approximate = component.price.approximate if component.price else ""
            if (component.assumed or approximate) and component.monthly is not None:
                reasons += (approximate, component.assumed.partition(":")[0])
        for reason in filter(None, reasons):
            groups.setdefault(reason, {})[resource.address] = None
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [NotPriced(reason, tuple(addresses)) for reason, addresses in ordered]


def price_remarks(prices: PriceSet) -> str:
    """`; priced for 2027-03-01` where the user named a day, `; some older than …` where the settings ask for it."""
    day = f"; priced for {prices.priced_for}" if prices.priced_for else ""
    if not prices.max_age_days:
        return day
    return f"{day}; some older than {prices.max_age_days:,} days (finops-lint prices update renews what it can)"
