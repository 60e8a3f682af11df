"""A Report or Diff and the settings' limits → the same with its unit costs, and what became of each limit.

A range is judged by what is expected. What has no price, or waits for usage, may break a limit that the rest keeps:
that is undecided. Touches no clock: the caller says which day it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TypeVar

from finops_lint.model.estimate import CostComponent, Estimate, Total
from finops_lint.model.guardrail import (
    Approval,
    Guardrail,
    GuardrailRule,
    Limit,
    Outcome,
    UnitCost,
    UnitCostRule,
)
from finops_lint.model.money import ZERO, Range
from finops_lint.model.records import record, replace
from finops_lint.model.report import ChangeKind, Diff, ProjectReport, Report, ReportedResource
from finops_lint.model.settings import Settings
from finops_lint.model.values import Unknown
from finops_lint.unit_costs import belongs, per_cent, tag_of, together, unit_costs

NOTHING = "nothing it is about was read"
"""The reason of a limit that is kept because its scope is empty here, by a slip or in this run only."""
Judged = TypeVar("Judged", Report, Diff)


def judged(report: Judged, settings: Settings, *, today: date, labels: Iterable[str] = ()) -> Judged:
    """`report` with the unit costs and guardrails of `settings`; `labels` are those of the change under review.

    A limit on an increase needs a Diff: a plain Report has nothing to say about it.
    """
    if not settings.unit_costs and not settings.guardrails:
        return report
    found: list[Guardrail] = []
    if isinstance(report, Diff):
        report = replace(
            report,
            before=replace(report.before, unit_costs=unit_costs(report.before, settings.unit_costs)),
            after=replace(report.after, unit_costs=unit_costs(report.after, settings.unit_costs)),
        )
        found += _unit_cost_limits(settings.unit_costs, report.after.unit_costs, report.before.unit_costs)
    else:
        report = replace(report, unit_costs=unit_costs(report, settings.unit_costs))
        found += _unit_cost_limits(settings.unit_costs, report.unit_costs, ())
    sides = list(_sides(report))
    is_change = isinstance(report, Diff)
    for rule in settings.guardrails:
        found += _guardrails(rule, sides, _currency(report), is_change=is_change)
    return replace(report, guardrails=approved(found, settings, today=today, labels=labels))


def approved(
    found: Iterable[Guardrail], settings: Settings, *, today: date, labels: Iterable[str]
) -> tuple[Guardrail, ...]:
    """The limits with the approvals of `settings` that hold today; one that is approved already stays so."""
    now = frozenset(labels)
    return tuple(one if one.approved else _approved(one, settings.approvals, today, now) for one in found)


def _currency(report: Report | Diff) -> str:
    return report.after.currency if isinstance(report, Diff) else report.currency


# Unit costs


def _unit_cost_limits(
    rules: Sequence[UnitCostRule], after: Sequence[UnitCost], before: Sequence[UnitCost]
) -> Iterator[Guardrail]:
    was = {cost.name: cost.cost for cost in before}
    for rule, cost in zip(rules, after, strict=True):
        if rule.above is None:
            continue
        old = was.get(rule.name)
        yield _settled(
            Guardrail(
                name=rule.name,
                limit=Limit.UNIT_COST,
                most=rule.above,
                outcome=Outcome.KEPT,
                figure=cost.cost,
                action=rule.action,
                message=rule.message,
                assumed=cost.total.assumed != ZERO,
                unpriced=cost.total.unpriced,
                waiting=cost.total.waiting,
                reason=cost.reason,
                currency=cost.total.currency,
                per=rule.per,
            ),
            old.expected if old else None,
        )


# Limits on totals and increases


@record(frozen=True, slots=True)
class _Side:
    """One resource in its project, before the change or after it."""

    project: ProjectReport
    resource: ReportedResource


@record(frozen=True, slots=True)
class _Item:
    """A resource before and after; of a plain report there is no before."""

    before: _Side | None
    after: _Side | None
    changed: bool = True


def _sides(report: Report | Diff) -> Iterator[_Item]:
    if isinstance(report, Report):
        for project in report.projects:
            for resource in project.resources:
                yield _Item(None, _Side(project, resource))
        return
    for pair in report.projects:
        # A project that moved, or that was given as two folders, is one: it has the name it has now.
        named = pair.after or pair.before
        assert named is not None
        for change in pair.changes:
            before, after = (_Side(named, side) if side else None for side in (change.before, change.after))
            yield _Item(before, after, change.kind is not ChangeKind.UNCHANGED)


@record(frozen=True, slots=True)
class _Part:
    """What one limit is held against: the resources of one project, say, or of one tag value."""

    group: str
    items: list[_Item]
    doubtful: int = 0
    """Resources of which an unknown tag decides whether they belong."""
    payers: frozenset[str] | None = None
    """Addresses whose prices hold what others of the part cost; None where it is whole projects."""


def _guardrails(rule: GuardrailRule, items: Sequence[_Item], currency: str, *, is_change: bool) -> Iterator[Guardrail]:
    parts = list(_parts(rule, items))
    limits: list[tuple[Limit, Decimal | None, Callable[[_Part], Guardrail]]] = [
        (Limit.TOTAL, rule.total, lambda part: _total(rule, part, currency)),
        (Limit.INCREASE, rule.increase if is_change else None, lambda part: _increase(rule, part, currency)),
        (Limit.INCREASE_PERCENT, rule.increase_percent if is_change else None, lambda p: _percent(rule, p, currency)),
    ]
    for _, most, judge in limits:
        if most is not None:
            yield from _worth_telling([judge(part) for part in parts])


def _worth_telling(found: Sequence[Guardrail]) -> list[Guardrail]:
    """Those that are not kept; where all are, the one nearest to its limit."""
    if len(found) < 2:
        return list(found)
    telling = [g for g in found if g.outcome is not Outcome.KEPT or g.may_break]
    return telling or [max(found, key=lambda g: g.figure.expected if g.figure else Decimal(0))]


def _parts(rule: GuardrailRule, items: Iterable[_Item]) -> list[_Part]:
    """The scope as one part, or a part for each project, resource, type or value of a tag, in order of the report."""
    found: dict[str, list[_Item]] = {} if rule.each else {"": []}
    doubtful = 0
    for item in items:
        old, new = (_group(rule, side) for side in (item.before, item.after))
        doubtful += isinstance(new, Unknown)
        if isinstance(old, str) and old == new:
            found.setdefault(old, []).append(item)
            continue
        # Its place in the scope changed, a tag for example: gone from one part, new in the other.
        if isinstance(old, str):
            found.setdefault(old, []).append(_Item(item.before, None))
        if isinstance(new, str):
            is_first = item.before is None or item.after is None
            found.setdefault(new, []).append(_Item(None, item.after, item.changed or not is_first))
    is_whole = rule.scope.is_whole and rule.each in ("", "project")
    return [_Part(group, inside, doubtful, None if is_whole else _addresses(inside)) for group, inside in found.items()]


def _addresses(items: Iterable[_Item]) -> frozenset[str]:
    return frozenset(side.resource.address for item in items for side in (item.before, item.after) if side)


def _group(rule: GuardrailRule, side: _Side | None) -> str | Unknown | None:
    """The part `side` belongs to; None where the rule is not about it."""
    if side is None:
        return None
    inside = belongs(side.project, side.resource, rule.scope)
    if inside is None:
        return Unknown("a tag is unknown")
    if not inside:
        return None
    kind, _, key = rule.each.partition(":")
    if kind == "tag":
        value = tag_of(side.resource.tags, key)
        return value if isinstance(value, Unknown) else f"{key} = {value}" if value is not None else f"no tag {key}"
    names = {"project": side.project.name, "resource": side.resource.address, "type": side.resource.type, "": ""}
    return names[kind]


def _total(rule: GuardrailRule, part: _Part, currency: str) -> Guardrail:
    old, new = _sum(part, [i.before for i in part.items]), _sum(part, [i.after for i in part.items])
    assert rule.total is not None
    limit = _limit(rule, part, Limit.TOTAL, rule.total, currency)
    return _settled(
        replace(
            limit,
            figure=new.all,
            assumed=new.assumed != ZERO,
            unpriced=new.unpriced + part.doubtful,
            waiting=new.waiting,
            reason=_incomplete(part) if part.items else NOTHING,
        ),
        old.all.expected if any(item.before for item in part.items) else None,
    )


def _increase(rule: GuardrailRule, part: _Part, currency: str) -> Guardrail:
    assert rule.increase is not None
    limit = _limit(rule, part, Limit.INCREASE, rule.increase, currency)
    before, after = (_sum(part, sides) for sides in _changed(part))
    delta = after.all - before.all
    figure = Range(min(delta.low, delta.expected), delta.expected, max(delta.high, delta.expected))
    return _settled(_with_open_lines(replace(limit, figure=figure, assumed=_is_assumed(before, after)), part))


def _percent(rule: GuardrailRule, part: _Part, currency: str) -> Guardrail:
    assert rule.increase_percent is not None
    limit = _limit(rule, part, Limit.INCREASE_PERCENT, rule.increase_percent, currency)
    before, after = _sum(part, [i.before for i in part.items]), _sum(part, [i.after for i in part.items])
    limit = _with_open_lines(replace(limit, assumed=_is_assumed(before, after)), part)
    expected = per_cent(before.all.expected, after.all.expected)
    if before.all == after.all:
        expected = Decimal(0)
    if expected is None:
        return replace(limit, outcome=Outcome.UNDECIDED, reason="nothing was paid before, so it is no share of it")
    edges = [expected]
    edges += [x for x in (per_cent(before.all.low, after.all.low), per_cent(before.all.high, after.all.high)) if x]
    return _settled(replace(limit, figure=Range(min(edges), expected, max(edges))))


def _limit(rule: GuardrailRule, part: _Part, limit: Limit, most: Decimal, currency: str) -> Guardrail:
    return Guardrail(
        name=rule.name,
        limit=limit,
        most=most,
        outcome=Outcome.KEPT,
        group=part.group,
        action=rule.action,
        message=rule.message,
        currency=currency,
    )


def _settled(limit: Guardrail, before: Decimal | None = None) -> Guardrail:
    """`limit` with its outcome; `before` is the figure before the change, where there is one."""
    if limit.figure is None:
        return replace(limit, outcome=Outcome.UNDECIDED)
    expected = limit.figure.expected
    if expected > limit.most:
        standing = before is not None and before > limit.most and expected <= before
        return replace(limit, outcome=Outcome.BROKEN, standing=standing)
    is_open = limit.unpriced or limit.waiting or limit.reason not in ("", NOTHING)
    return replace(limit, outcome=Outcome.UNDECIDED if is_open else Outcome.KEPT)


def _sum(part: _Part, sides: Iterable[_Side | None]) -> Total:
    """What `sides`, some of the part before the change or after it, cost together."""
    return together((side.resource.estimate for side in sides if side is not None), part.payers)


def _is_assumed(before: Total, after: Total) -> bool:
    return before.assumed != after.assumed


def _incomplete(part: _Part) -> str:
    names = {i.after.project.name: None for i in part.items if i.after and not i.after.project.complete}
    return f"{', '.join(names)} could not be read as a whole" if names else ""


def _changed(part: _Part) -> tuple[list[_Side | None], list[_Side | None]]:
    """Both sides of what changed; the rest cancels out, whether it has a price or not."""
    items = [item for item in part.items if item.changed]
    return [item.before for item in items], [item.after for item in items]


def _with_open_lines(limit: Guardrail, part: _Part) -> Guardrail:
    """`limit` with the number of lines the change brings that have no figure; those that were there cancel out."""
    unpriced = waiting = 0
    for item in part.items:
        if item.changed and item.after is not None:
            new = item.after.resource.estimate
            fresh = _fresh(item.before.resource.estimate if item.before else None, new)
            unpriced += sum(1 for line in fresh if not line.waits_for_usage)
            waiting += sum(1 for line in fresh if line.waits_for_usage)
            unpriced += not new.components and new.total.unpriced
    return replace(limit, unpriced=unpriced, waiting=waiting, reason=_incomplete(part))


def _fresh(old: Estimate | None, new: Estimate) -> list[CostComponent]:
    """The lines of `new` without a figure that `old` does not have alike."""
    known = {_facts(line) for line in old.components} if old else set()
    return [line for line in new.components if line.monthly is None and _facts(line) not in known]


def _facts(line: CostComponent) -> tuple[object, ...]:
    return line.group, line.name, line.unit, line.per_unit, line.unpriced.reason if line.unpriced else None


# Approvals


def _approved(one: Guardrail, approvals: Iterable[Approval], today: date, labels: frozenset[str]) -> Guardrail:
    """`one` with the first approval that holds; an expired one is named."""
    if one.outcome is not Outcome.BROKEN:
        return one
    expired = ""
    for approval in approvals:
        if not fnmatchcase(one.name, approval.guardrail):
            continue
        if approval.label and approval.label not in labels:
            continue
        if approval.until is None or approval.until >= today:
            return replace(one, approved=_words(approval))
        expired = f"its approval ended on {approval.until.isoformat()}"
    if not expired or expired in one.reason:
        return one
    return replace(one, reason="; ".join(filter(None, (one.reason, expired))))


def _words(approval: Approval) -> str:
    parts = [approval.reason] if approval.reason else []
    parts += [f"label {approval.label}"] if approval.label else []
    return ", ".join(parts) + (f" (until {approval.until.isoformat()})" if approval.until else "")


# One resource


def concerning(
    project: ProjectReport, resource: ReportedResource, report: Report, settings: Settings
) -> tuple[tuple[UnitCost, ...], tuple[Guardrail, ...]]:
    """The unit costs and guardrails of `report` that count `resource`; where an unknown tag decides, neither."""
    spread = {rule.name for rule in settings.unit_costs if belongs(project, resource, rule.scope)}
    side = _Side(project, resource)
    groups = {rule.name: _group(rule, side) for rule in settings.guardrails}
    return (
        tuple(cost for cost in report.unit_costs if cost.name in spread),
        tuple(g for g in report.guardrails if g.name in spread or (g.name in groups and groups[g.name] == g.group)),
    )
