"""A Kueue ClusterQueue → the most its quotas let pods cost a month; what they do cost is with the pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Count, Pods
from finops_lint.catalog.kubernetes.queues import Quota, ask_of, pods_of_flavor, quotas, workloads_of
from finops_lint.costs.models.kubernetes import made_of
from finops_lint.model.estimate import CostComponent, Unpriced
from finops_lint.model.money import HOURS_PER_MONTH, Range
from finops_lint.model.records import replace
from finops_lint.model.values import Unknown, first_unknown

if TYPE_CHECKING:
    from finops_lint.costs.frames import Frame
    from finops_lint.costs.lines import Lines

_NONE = Decimal(0)


def cluster_queue(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """One line a resource of each flavor, from nothing to the whole quota all month; none of them is added up."""
    found = [c for quota in quotas(frame.resource, frame.graph) for c in _of_flavor(lines, frame, quota)]
    yield from (part for part, _ in found)
    frame.notes.append(_bounds(found))
    waiting = sorted(r.address for r in workloads_of(frame.resource, frame.graph))
    if waiting:
        more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
        frame.notes.append(f"in its queues: {', '.join(waiting[:3])}{more}")


def _of_flavor(lines: Lines, frame: Frame, quota: Quota) -> Iterator[tuple[CostComponent, Decimal]]:
    """The components of a flavor, each with the dollars that borrowing may add."""
    cluster = lines.clusters.of(frame.graph)
    one = pods_of_flavor(quota, frame.graph, Pods("", (), {}, Count.of(Decimal(1))))
    node = cluster.nodes.node_for(one)
    waits = first_unknown(quota.nominal.values())
    base = CostComponent("Quota", "hours", None, None, group=(quota.flavor,), paid_by=frame.resource.address)
    if waits is not None:
        node = Unpriced(waits.reason, waits.waits_for)
    if isinstance(node, Unpriced):
        yield replace(base, unpriced=node), _NONE
        return
    extra = _amounts(lines, frame, node, one, quota.borrowed)
    asked = replace(one, ask=ask_of(quota.nominal))
    for name, unit, amount, price in made_of(lines, node, asked):
        if isinstance(price, Unpriced):
            yield replace(base, name=name, unit=unit, unpriced=price), _NONE
            continue
        many = Range(_NONE, _NONE, amount * HOURS_PER_MONTH)
        shown = f"{name}, at most {round(amount, 2).normalize():f}"
        part = replace(base, name=shown, unit=unit, quantity=many, price=price, per_unit=price.amount)
        yield replace(part, assumptions=node.said), extra.get(name, _NONE) * price.amount * HOURS_PER_MONTH


def _amounts(
    lines: Lines, frame: Frame, node: Node, one: Pods, amounts: Mapping[str, Decimal | Unknown]
) -> dict[str, Decimal]:
    pods = replace(one, ask=ask_of(amounts))
    return {name: amount for name, _, amount, _ in made_of(lines, node, pods)}


def _bounds(found: list[tuple[CostComponent, Decimal]]) -> str:
    most = sum((m.high for part, _ in found if (m := part.monthly)), _NONE)
    extra = sum((more for _, more in found), _NONE)
    what = "the pods that run in it are what it costs"
    if any(part.unpriced for part, _ in found):
        return f"not all of its quotas have a price: {what}"
    words = "at most with its quotas in use all the time"
    words += f", and ${most + extra:,.0f} with all it may borrow" if extra else ""
    return f"{words}: {what}"
