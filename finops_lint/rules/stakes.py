"""What a finding is about in money: what is at stake a month, and what its remedy would save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from finops_lint.model.estimate import BY_USAGE, CostComponent, Coverage, Estimate, Unpriced
from finops_lint.model.finding import Finding, Remedy
from finops_lint.model.money import Money, Range, sum_of
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Partial, Unknown, Value, get, set_in
from finops_lint.rules.context import Pricing


@record(frozen=True, slots=True)
class Stake:
    """The monthly cost of some resources together."""

    money: Money | None
    """None where nothing of it could be priced."""
    unpriced: Unpriced | None
    """Why all or part of it is missing."""
    gaps: frozenset[tuple[str, tuple[str, ...], str]]
    """Address, headings and name of each component without a price."""


Stakes: TypeAlias = dict[tuple[str, str], tuple[list[Resource], Stake]]
"""Address of the resource that a remedy would change, and of the one that was found → what they are about."""


def with_money(
    finding: Finding, graph: Graph, pricing: Pricing, known: Stakes | None = None, fingerprint: str = ""
) -> Finding:
    """`finding` with `at_stake`, `unpriced`, `saving`, the addresses its remedy touches and its fingerprint.

    `known` remembers what the findings of one project are about: many are about the same.
    """
    holder = graph.by_address.get(finding.remedy.address if finding.remedy else finding.address)
    if holder is None:
        return replace(finding, fingerprint=fingerprint)
    known = {} if known is None else known
    key = (holder.address, finding.address)
    if key not in known:
        found = _affected(holder, graph, pricing, also=finding.address)
        known[key] = (found, stake(found, graph, pricing))
    affected, before = known[key]
    saving = finding.saving
    if saving is None and finding.remedy is not None:
        saving = _saving(finding.remedy, affected, before, graph, pricing)
    return replace(
        finding,
        at_stake=before.money,
        unpriced=before.unpriced,
        saving=saving,
        affects=tuple(r.address for r in affected),
        fingerprint=fingerprint,
    )


def monthly(resource: Resource, graph: Graph, pricing: Pricing) -> Money | Unknown:
    """What `resource`, and what is priced through it, costs a month; what only its usage would add does not count."""
    cost = stake((resource, *pricing.priced_through(resource.address)), graph, pricing)
    why = cost.unpriced or Unpriced("no price")
    if cost.money is None or (why.waits_for and why.waits_for != (BY_USAGE,)):
        return Unknown(why.reason, why.waits_for)
    return cost.money


def saving_of(remedy: Remedy, graph: Graph, pricing: Pricing) -> Money | None:
    """What `remedy` saves a month; None where it saves nothing, or where one side has no price."""
    affected = _affected(graph.by_address[remedy.address], graph, pricing, also=remedy.address)
    return _saving(remedy, affected, stake(affected, graph, pricing), graph, pricing)


def _affected(holder: Resource, graph: Graph, pricing: Pricing, *, also: str) -> list[Resource]:
    """`holder` first, then what is priced through it, then the resource at `also` if it is neither."""
    dependents = pricing.priced_through(holder.address)
    if not dependents and also == holder.address:
        return [holder]
    found = {holder.address: holder}
    for dependent in dependents:
        found.setdefault(dependent.address, dependent)
    if also not in found and also in graph.by_address:
        found[also] = graph.by_address[also]
    return list(found.values())


def stake(resources: Iterable[Resource], graph: Graph, pricing: Pricing) -> Stake:
    """What `resources` cost a month together."""
    currency, is_waiting = "", False
    sums: list[Range] = []
    lacking: list[tuple[str, CostComponent]] = []
    unsupported: list[Estimate] = []
    for resource in resources:
        estimate = pricing.price(resource, graph)
        total = estimate.total
        currency = currency or estimate.currency
        is_waiting = is_waiting or total.waiting > 0
        if estimate.coverage is Coverage.UNSUPPORTED:
            unsupported.append(estimate)
            continue
        if total.unpriced:
            lacking += [(estimate.address, part) for part in estimate.components if part.unpriced]
        # A figure, if only of a part; what is known to be free is one of zero.
        if not (total.unpriced or total.waiting) or total.all.high > 0:
            sums.append(total.all)
    gaps = frozenset((address, part.group, part.name) for address, part in lacking)
    why = lacking[0][1].unpriced if lacking else _other_lack(unsupported, is_waiting=is_waiting)
    return Stake(Money(sum_of(sums), currency) if sums else None, why, gaps)


def _other_lack(unsupported: Sequence[Estimate], *, is_waiting: bool) -> Unpriced | None:
    """Why something of the sum is missing though every component has a price."""
    if unsupported:
        return Unpriced(unsupported[0].note or f"{unsupported[0].type} is not priced yet")
    return Unpriced("depends on usage: add it to a usage file", (BY_USAGE,)) if is_waiting else None


def _saving(
    remedy: Remedy, affected: Sequence[Resource], before: Stake, graph: Graph, pricing: Pricing
) -> Money | None:
    changed = remedied(affected[0], remedy)
    after_graph = graph.replacing(changed)
    after = stake([changed, *affected[1:]], after_graph, pricing)
    if before.money is None or after.money is None or before.gaps != after.gaps:
        return None
    saved = before.money - after.money
    return saved if saved.expected > 0 else None


def remedied(holder: Resource, remedy: Remedy) -> Resource:
    """`holder` as it would be with the remedy applied."""
    values: Value = holder.values
    tags = holder.tags
    for path, new in remedy.set:
        if _is_open(values, path):
            continue
        values = set_in(values, path, new)
        if tags.path is not None and path[: len(tags.path)] == tags.path:
            rest = path[len(tags.path) :]
            tags = replace(tags, own=set_in(tags.own, rest, new), effective=set_in(tags.effective, rest, new))
    return replace(holder, values=values, tags=tags)


def _is_open(values: Value, path: tuple[str | int, ...]) -> bool:
    """Whether the way to `path` leads through something unknown, so that nothing can be set there."""
    above = get(values, path[:-1]) if len(path) > 1 else None
    return isinstance(above, Unknown) or (isinstance(above, Partial) and isinstance(path[-1], int))
