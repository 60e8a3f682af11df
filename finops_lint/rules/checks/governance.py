"""Checks on a project as a whole: who watches what it spends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.money import Money
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import stake


def without(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """The project spends more than `above` a month and has none of the types `any_of`; manifests can have none.

    Parameters: `above`, in the currency of the prices; `any_of`, types of which one will do; `advice`, what to say.
    """
    if resource.dialect == "kubernetes" or any(context.graph.of_type(kind) for kind in params["any_of"]):
        return
    cost = _total(context)
    if cost is not None and cost.expected >= Decimal(str(params["above"])):
        yield replace(context.finding(resource, params["advice"]), at_stake=cost)


def _total(context: Context) -> Money | None:
    """What the project costs a month, as far as it is priced."""
    if "total" not in context.answers:
        context.answers["total"] = stake(context.graph.resources, context.graph, context.pricing).money
    found: Money | None = context.answers["total"]
    return found
