"""Checks on versions that have outlived their support and are charged extra for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import saving_of

_VERSIONS: tuple[Path, ...] = (("engine_version",), ("version",), ("metadata", "version"))


def extended(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """The estimate has a charge for extended support; the sheets know which versions pay it.

    What an upgrade saves is the difference to the same resource without a version, which runs the newest.
    """
    estimate = context.pricing.price(resource, context.graph)
    charged = [part for part in estimate.components if "extended support" in part.name.lower()]
    if not charged:
        # A sheet leaves the charge out where the version is not known: a price for what may not be would mislead.
        versions = [resource.value(*path) for path in _VERSIONS]
        if unknown := [version for version in versions if isinstance(version, Unknown)]:
            yield context.undecided(resource, unknown)
        return
    open_ = [part.unpriced for part in charged if part.unpriced is not None]
    if len(open_) == len(charged):
        yield context.undecided(resource, [Unknown(why.reason, why.waits_for) for why in open_])
        return
    path = next((path for path in _VERSIONS if resource.value(*path) is not None), ())
    newest = Remedy(resource.address, ((path, None),), "upgrade") if path else None
    yield context.finding(
        resource,
        "This version is out of standard support: it pays for extended support until it is upgraded.",
        path=path,
        saving=saving_of(newest, context.graph, context.pricing) if newest else None,
    )
