"""A resource's own tags over those its surroundings add: a provider's, a stack's."""

from __future__ import annotations

from collections.abc import Mapping

from finops_lint.model.values import Partial, Unknown, Value


def overlay(defaults: Value, own: Value) -> Value:
    """`defaults` with `own` over them; known in part where either is.

    A default's key is certain to be there even where `own` may replace its value.
    """
    if isinstance(defaults, dict) and not defaults:
        return own
    if isinstance(own, dict) and isinstance(defaults, dict):
        return {**defaults, **own}
    below, below_rest = _split(defaults)
    above, above_rest = _split(own)
    if above_rest is not None:
        below = dict.fromkeys(below, above_rest)
    rest = below_rest if above_rest is None else above_rest
    known = {**below, **above}
    if rest is None:
        return known
    return Partial(known, rest) if known else rest


def _split(value: Value) -> tuple[dict[str, Value], Unknown | None]:
    if isinstance(value, Unknown):
        return {}, value
    if isinstance(value, Partial):
        return (dict(value.known) if isinstance(value.known, Mapping) else {}), value.rest
    return (dict(value) if isinstance(value, Mapping) else {}), None
