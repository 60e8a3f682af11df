"""Lines of a bill that wait for usage → the usage keys that would give them a cost, with the money they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from finops_lint.catalog.sheet_model import UsageKey, fact_of
from finops_lint.costs.typical import Evaluate, waits_for, with_typical
from finops_lint.model.estimate import CostComponent
from finops_lint.model.explanation import Wanted
from finops_lint.model.values import Value

_ROUNDS = 8
"""A line shows one key after the other that it waits for; none waits for as many as these."""


def wanted(
    base: Sequence[CostComponent], evaluate: Evaluate, stated: Mapping[str, Value], keys: Mapping[str, UsageKey]
) -> list[Wanted]:
    """The keys of `keys` that lines of `base` wait for, by the money of those lines at typical use, most first.

    A line that waits for several keys counts for each. Keys without a typical use come last, in the sheet's order.
    """
    lines: dict[str, dict[tuple[tuple[str, ...], str], CostComponent]] = {}
    now = base
    for _ in range(_ROUNDS):
        known = len(lines)
        for component in now:
            for name in waits_for(component):
                if name in keys:
                    lines.setdefault(name, {}).setdefault((component.group, component.name), component)
        if len(lines) == known:
            break
        now = evaluate(with_typical(stated, lines, keys, 1))
    found = [
        Wanted(fact_of(keys[n]), tuple(lines[n].values()), _money(n, lines, now, keys)) for n in keys if n in lines
    ]
    return sorted(found, key=lambda one: (one.monthly is None, -(one.monthly or 0)))


def _money(
    name: str,
    lines: Mapping[str, Mapping[tuple[tuple[str, ...], str], CostComponent]],
    now: Sequence[CostComponent],
    keys: Mapping[str, UsageKey],
) -> Decimal | None:
    """What the lines that wait for `name` cost in `now`; None where one of their keys has no typical figure."""
    total = None
    for place in lines[name]:
        if all(len(keys[other].typical) == 3 for other, places in lines.items() if place in places):
            total = total or Decimal(0)
            total += sum((c.monthly.expected for c in now if c.monthly and _is_of(c, place)), Decimal(0))
    return total


def _is_of(component: CostComponent, place: tuple[tuple[str, ...], str]) -> bool:
    """Whether `component` is the line at `place`, or one of its tiers."""
    group, name = place
    return component.group == group and (component.name == name or component.name.startswith(f"{name} ("))
