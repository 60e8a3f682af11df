"""Lines that wait for usage → ranges at the use that is typical by their sheets, marked as assumed.

The lines are worked out at low, expected and high, each time as if the user had stated those figures. What is priced
without them stays as it is: a typical figure never takes the place of what the code or the user says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from finops_lint.catalog.sheet_model import USAGE, UsageKey
from finops_lint.costs.usage import overlaid
from finops_lint.model.estimate import CostComponent
from finops_lint.model.money import Range
from finops_lint.model.records import replace
from finops_lint.model.values import Value

Evaluate: TypeAlias = Callable[[Mapping[str, Value]], Sequence[CostComponent]]
"""Stated usage → the components of a resource."""
Keys: TypeAlias = dict[tuple[tuple[str, ...], str], dict[str, None]]
"""Headings and name of a component → the usage keys it waits for, in order."""
LABEL = "typical use"
_ROUNDS = 8
"""A line waits for one key after the other; none waits for as many as these."""


def at_typical_use(
    base: Sequence[CostComponent], evaluate: Evaluate, stated: Mapping[str, Value], keys: Mapping[str, UsageKey]
) -> tuple[CostComponent, ...]:
    """`base`, with the lines that wait for `keys` of a typical use as ranges.

    A line that depends on several keys has its low with all of them low and its high with all of them high; where more
    use costs less, the ends change places.
    """
    taken, expected = _taken(base, evaluate, stated, keys)
    if not taken:
        return tuple(base)
    names = {name for waits in taken.values() for name in waits}
    low, high = (evaluate(with_typical(stated, names, keys, edge)) for edge in (0, 2))
    return tuple(_merged(base, (low, expected, high), taken, keys))


def _taken(
    base: Sequence[CostComponent], evaluate: Evaluate, stated: Mapping[str, Value], keys: Mapping[str, UsageKey]
) -> tuple[Keys, Sequence[CostComponent]]:
    """The keys each line waits for and a typical figure is known for, and the lines at the expected ones."""
    taken: Keys = {}
    names: dict[str, None] = {}
    now = base
    for _ in range(_ROUNDS):
        waiting = [(c, name) for c in now for name in waits_for(c) if name in keys and len(keys[name].typical) == 3]
        for component, name in waiting:
            taken.setdefault((component.group, component.name), {})[name] = None
        new = [name for _, name in waiting if name not in names]
        if not new:
            break
        names |= dict.fromkeys(new)
        now = evaluate(with_typical(stated, names, keys, 1))
    return taken, now


def waits_for(component: CostComponent) -> Iterator[str]:
    """The usage keys without which `component` has no cost, as far as they show before the first is stated."""
    if component.waits_for_usage and component.usage_key:
        yield component.usage_key
    elif component.unpriced is not None and all(n.startswith(USAGE) for n in component.unpriced.waits_for):
        yield from (name.removeprefix(USAGE) for name in component.unpriced.waits_for)


def with_typical(
    stated: Mapping[str, Value], names: Iterable[str], keys: Mapping[str, UsageKey], edge: int
) -> Mapping[str, Value]:
    """`stated`, and below it the low (0), expected (1) or high (2) of each of `names`; 1 where none is typical."""
    found: dict[str, Value] = {}
    for name in names:
        typical = keys[name].typical
        value: Value = typical[edge] if len(typical) == 3 else Decimal(1)
        for step in reversed(name.split(".")):
            value = {step: value}
        assert isinstance(value, Mapping)
        found = overlaid(found, value)
    return overlaid(found, stated)


def _merged(
    base: Sequence[CostComponent],
    passes: tuple[Sequence[CostComponent], Sequence[CostComponent], Sequence[CostComponent]],
    taken: Keys,
    keys: Mapping[str, UsageKey],
) -> Iterator[CostComponent]:
    low, expected, high = (list(one) for one in passes)
    known = [c for c in base if not list(waits_for(c))]
    waiting = {(c.group, c.name): c for c in base if list(waits_for(c))}
    for component in [*high, *_beyond(expected, high), *_beyond(low, [*high, *expected])]:
        partners = [_partner(component, one) for one in (low, expected, high)]
        before = _pop(known, component)
        if before is not None:
            yield before
        elif all(p is None or p.monthly is not None for p in partners):
            yield _ranged(component, partners, _keys_of(component, taken), keys)
        elif (component.group, component.name) in waiting:
            yield waiting[component.group, component.name]
        else:
            yield next(p for p in partners if p is not None and p.monthly is None)


def _beyond(components: Iterable[CostComponent], others: Sequence[CostComponent]) -> Iterator[CostComponent]:
    return (c for c in components if _partner(c, others) is None)


def _partner(component: CostComponent, others: Sequence[CostComponent]) -> CostComponent | None:
    """The same line of another pass: by its name, or as a tier that was alone there and so has no name of its own."""
    for other in others:
        if (other.group, other.name) == (component.group, component.name):
            return other
    for other in others:
        if other.group == component.group and other.price is not None and other.price == component.price:
            longer, shorter = sorted((other.name, component.name), key=len, reverse=True)
            if longer.startswith(f"{shorter} ("):
                return other
    return None


def _pop(known: list[CostComponent], component: CostComponent) -> CostComponent | None:
    found = _partner(component, known)
    if found is not None:
        known.remove(found)
    return found


def _keys_of(component: CostComponent, taken: Keys) -> Iterable[str]:
    """The keys it waited for, under its own name or that of the line whose tier it is."""
    own = taken.get((component.group, component.name))
    if own is not None:
        return own
    heads = (
        names for (group, name), names in taken.items() if group == component.group and component.name.startswith(name)
    )
    return next(heads, {})


def _ranged(
    component: CostComponent,
    partners: Sequence[CostComponent | None],
    names: Iterable[str],
    keys: Mapping[str, UsageKey],
) -> CostComponent:
    low, expected, high = ((p.quantity if p is not None and p.quantity is not None else None) for p in partners)
    ends = [r for r in (low, expected, high) if r is not None]
    least = min(r.low for r in ends) if len(ends) == len(partners) else Decimal(0)
    middle = expected.expected if expected is not None else Decimal(0)
    words = "; ".join(_words(keys[name]) for name in names)
    return replace(
        component,
        quantity=Range(least, middle, max(r.high for r in ends)),
        usage_key=component.usage_key or next(iter(names), ""),
        assumed=f"{LABEL}: {words}" if words else LABEL,
    )


def _words(key: UsageKey) -> str:
    """`storage_gb 100 GB (10 to 1,000)`."""
    low, expected, high = (f"{figure.normalize():,f}" for figure in key.typical)
    return f"{key.name} {expected} {key.unit} ({low} to {high})"
