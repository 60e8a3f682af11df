"""Checks for what a resource should have beside it: a lifecycle rule for a bucket, a policy for a registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.taggable import attribute_path
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Unknown, Value
from finops_lint.rules.compute import entries
from finops_lint.rules.context import Context


def missing(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """No resource of type `companion` belongs to this one, or none has anything at `has`.

    Parameters: `companion`, a type; `by`, its attribute that names this resource; `name`, the attribute of this
    resource that it gives; `has`, a path in the companion (`rule[*].abort`), or empty; `own`, a path in the resource
    itself that will do as well, or empty; `advice`, what to say. A companion whose owner is unknown keeps the verdict
    open.
    """
    own = _has(resource.values, params["own"]) if params["own"] else False
    if own is True:
        return
    open_ = [own] if isinstance(own, Unknown) else []
    for companion in context.graph.of_type(params["companion"]):
        belongs = _belongs(companion, resource, context, params)
        has = _has(companion.values, params["has"]) if belongs is not False and params["has"] else True
        if belongs is True and has is True:
            return
        if belongs is not False and has is not False:
            open_ += [answer for answer in (belongs, has) if isinstance(answer, Unknown)]
    if open_:
        yield context.undecided(resource, open_)
    else:
        yield context.finding(resource, params["advice"])


def _belongs(companion: Resource, resource: Resource, context: Context, params: Mapping[str, Any]) -> bool | Unknown:
    targets = list(context.graph.targets(companion, resource.type, path=params["by"]))
    if targets:
        return any(target.address == resource.address for target in targets)
    named, name = companion.value(params["by"]), resource.value(params["name"])
    if isinstance(named, Unknown):
        return named
    return isinstance(named, str) and named == name


def _has(values: Value, path: str) -> bool | Unknown:
    """Whether anything is set at `path`; `Unknown` where that cannot be told."""
    open_: Unknown | None = None
    for _, value in entries(values, attribute_path(path)):
        if isinstance(value, Unknown):
            open_ = value
        elif not isinstance(value, Partial) or value.known:
            return True
    return open_ if open_ is not None else False
