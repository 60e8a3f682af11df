"""Takes secret values out of what a price says: names, headings, items and reasons.

A formula may carry a secret a long way (a machine type through a part of a sheet, a setting of a launch template), so
the texts are searched for the values themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from finops_lint.costs.frames import HIDDEN
from finops_lint.model.estimate import CostComponent
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Value, get

_SHORTEST = 3
"""Shorter texts hide nothing, and stand in every sentence."""


def hushed(components: Iterable[CostComponent], resources: Iterable[Resource]) -> tuple[CostComponent, ...]:
    """`components` without the sensitive texts of `resources`, those that were read for them."""
    secrets = {text for resource in resources for text in _secrets(resource)}
    if not secrets:
        return tuple(components)
    longest_first = "|".join(re.escape(text) for text in sorted(secrets, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)")
    return tuple(_without(pattern, component) for component in components)


def _secrets(resource: Resource) -> Iterator[str]:
    for path in resource.sensitive:
        yield from _texts(get(resource.values, path))


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, Partial):
        value = value.known
    if isinstance(value, str):
        if len(value) >= _SHORTEST:
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _without(pattern: re.Pattern[str], component: CostComponent) -> CostComponent:
    def hide(text: str) -> str:
        return pattern.sub(HIDDEN, text)

    price, unpriced = component.price, component.unpriced
    return replace(
        component,
        name=hide(component.name),
        group=tuple(map(hide, component.group)),
        price=replace(price, item=hide(price.item), approximate=hide(price.approximate)) if price else None,
        unpriced=replace(unpriced, reason=hide(unpriced.reason)) if unpriced else None,
        assumptions=tuple(map(hide, component.assumptions)),
    )
