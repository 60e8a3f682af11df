"""Components of one resource before and after a change, paired."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from finops_lint.model.estimate import CostComponent
from finops_lint.model.money import ZERO
from finops_lint.model.records import record
from finops_lint.model.report import ReportedResource, ResourceChange


@record(frozen=True, slots=True)
class Pair:
    """One component; a side is missing where it was added or removed."""

    before: CostComponent | None
    after: CostComponent | None

    @property
    def kind(self) -> Literal["added", "removed", "changed", "unchanged"]:
        """What happened to it, provenance of the price apart."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "unchanged" if facts(self.before) == facts(self.after) else "changed"

    @property
    def group(self) -> tuple[str, ...]:
        """The headings it stands under."""
        side = self.after or self.before
        return side.group if side else ()

    @property
    def delta(self) -> Decimal:
        """Currency units a month, unrounded, of what is priced."""
        return _expected(self.after) - _expected(self.before)


def facts(component: CostComponent) -> tuple[object, ...]:
    """What makes two components the same bill line."""
    return component.name, component.unit, component.quantity, component.per_unit, component.unpriced is None


def pairs(before: ReportedResource | None, after: ReportedResource | None) -> list[Pair]:
    """Every component of both sides, in the order of `after`, then the removed ones.

    Names are matched under the same headings, whole first, then by what stands before the bracket, so that
    `Instance usage (…, t3.small)` meets `Instance usage (…, t3.large)`.
    """
    old = list(before.estimate.components) if before else []
    new = list(after.estimate.components) if after else []
    partner: dict[int, CostComponent] = {}
    for whole in (True, False):
        for index, component in enumerate(new):
            if index not in partner:
                match = _match(component, old, whole=whole)
                if match is not None:
                    partner[index] = old.pop(match)
    found = [Pair(partner.get(index), component) for index, component in enumerate(new)]
    return [*found, *(Pair(component, None) for component in old)]


def changed_name(pair: Pair) -> str:
    """`Instance usage (Linux/UNIX, on-demand, t3.small → t3.large)`."""
    if pair.before is None or pair.after is None:
        side = pair.after or pair.before
        return side.name if side else ""
    if pair.before.name == pair.after.name:
        return pair.after.name
    head, old = _labels(pair.before.name)
    _, new = _labels(pair.after.name)
    if not old or not new:
        return f"{pair.before.name} → {pair.after.name}"
    if len(old) != len(new):
        return f"{head} ({', '.join(old)} → {', '.join(new)})"
    return f"{head} ({', '.join(a if a == b else f'{a} → {b}' for a, b in zip(old, new, strict=True))})"


def _match(component: CostComponent, old: Sequence[CostComponent], *, whole: bool) -> int | None:
    for index, candidate in enumerate(old):
        if candidate.group == component.group:
            names = (candidate.name, component.name)
            if names[0] == names[1] or (not whole and _head(names[0]) == _head(names[1])):
                return index
    return None


def _head(name: str) -> str:
    return name.partition(" (")[0]


def _labels(name: str) -> tuple[str, list[str]]:
    head, bracket, rest = name.partition(" (")
    return head, rest.removesuffix(")").split(", ") if bracket else []


def _expected(component: CostComponent | None) -> Decimal:
    monthly = component.monthly if component else None
    return monthly.expected if monthly else Decimal(0)


def instead_of_zero(change: ResourceChange) -> str:
    """`unpriced` or `by usage` where a change of nothing is no change of nothing; empty where the figure tells."""
    if change.delta != ZERO:
        return ""
    if not change.is_certain:
        return "unpriced"
    return "by usage" if any(s and s.estimate.total.waiting for s in (change.before, change.after)) else ""
