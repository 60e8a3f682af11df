"""What a template's values may be beside plain ones: nothing at all, and one of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.model.records import record
from finops_lint.model.values import Partial, Unknown
from finops_lint.readers.yaml_nodes import Node


class Nothing:
    """What `AWS::NoValue` stands for: the property is not there."""

    __slots__ = ()


NOTHING = Nothing()


@record(frozen=True, slots=True)
class Either:
    """What `Fn::If` makes where its condition cannot be told."""

    yes: Node
    no: Node
    why: Unknown


def agreed(one: Any, two: Any, why: Unknown) -> Any:
    """What is certain of a value that is either of two: all of it, some entries, or nothing."""
    if type(one) is type(two) and one == two:
        return one
    if isinstance(one, dict) and isinstance(two, dict):
        known = {key: agreed(one[key], two[key], why) for key in one if key in two}
        if len(known) == len(one) == len(two):
            return known
        return Partial(known, why)
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return [agreed(a, b, why) for a, b in zip(one, two, strict=True)]
    return why


def first_unknown(*values: Any) -> Unknown | None:
    """The first of `values` that is unknown or known in part."""
    for value in values:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Partial):
            return value.rest
    return None


def deep_unknown(value: Any) -> Unknown | None:
    """The first unknown anywhere in `value`."""
    found = first_unknown(value)
    if found is not None or isinstance(value, str):
        return found
    entries = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return next((why for entry in entries if (why := deep_unknown(entry)) is not None), None)


def told(*values: Any) -> Any:
    """The first of `values` that is there; an Unknown is neither true nor false, so `or` cannot ask for it."""
    return next((value for value in values if value is not None), None)
