"""Checks for what a resource should have beside it: a lifecycle rule for a bucket, a policy for a registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from finops_lint.catalog.taggable import attribute_path
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.records import record
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
    if params["own"] and _is_kept_elsewhere(resource, params["own"]):
        open_.append(Unknown("ignore_changes says that this is kept up elsewhere", ("lifecycle.ignore_changes",)))
    for companion, belongs in _companions(resource, context, params):
        has = _has(companion.values, params["has"]) if params["has"] else True
        if belongs is None and has is True:
            return
        if has is not False:
            open_ += [answer for answer in (belongs, has) if isinstance(answer, Unknown)]
    if open_:
        yield context.undecided(resource, open_)
    else:
        yield context.finding(resource, params["advice"])


def _is_kept_elsewhere(resource: Resource, path: str) -> bool:
    """Whether a lifecycle block leaves the attribute to somebody else."""
    ignored = resource.metadata.get("ignore_changes")
    return isinstance(ignored, list) and not {"all", str(attribute_path(path)[0])}.isdisjoint(map(str, ignored))


@record(slots=True)
class _Owners:
    """Whom the companions of one type belong to."""

    by_address: dict[str, list[Resource]] = field(default_factory=dict)
    by_name: dict[str, list[Resource]] = field(default_factory=dict)
    unknown: list[tuple[Resource, Unknown]] = field(default_factory=list)


def _companions(
    resource: Resource, context: Context, params: Mapping[str, Any]
) -> Iterator[tuple[Resource, Unknown | None]]:
    """The companions that belong to `resource`, and those of which that is not known, with the reason."""
    key = ("companions", params["companion"], params["by"], resource.type)
    owners = context.answers.get(key)
    if owners is None:
        owners = context.answers[key] = _owners(resource.type, context, params)
    for companion in owners.by_address.get(resource.address, ()):
        yield companion, None
    name = resource.value(params["name"])
    for companion in owners.by_name.get(name, ()) if isinstance(name, str) else ():
        yield companion, None
    yield from owners.unknown


def _owners(owner_type: str, context: Context, params: Mapping[str, Any]) -> _Owners:
    owners = _Owners()
    for companion in context.graph.of_type(params["companion"]):
        targets = list(context.graph.targets(companion, owner_type, path=params["by"]))
        named = companion.value(params["by"])
        if targets:
            for target in targets:
                owners.by_address.setdefault(target.address, []).append(companion)
        elif isinstance(named, Unknown):
            owners.unknown.append((companion, named))
        elif isinstance(named, str):
            owners.by_name.setdefault(named, []).append(companion)
    return owners


def _has(values: Value, path: str) -> bool | Unknown:
    """Whether anything is set at `path`; `Unknown` where that cannot be told."""
    open_: Unknown | None = None
    for _, value in entries(values, attribute_path(path)):
        if isinstance(value, Unknown):
            open_ = value
        elif not isinstance(value, Partial) or value.known:
            return True
    return open_ if open_ is not None else False
