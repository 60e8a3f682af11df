"""Checks on a project as a whole: who watches what it spends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.money import Money
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource
from finops_lint.model.settings import RequiredTag
from finops_lint.model.values import Unknown
from finops_lint.rules.checks.propagation import specified
from finops_lint.rules.checks.tags import spellings, tags_of
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import monthly, stake


def without(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """The project spends more than `above` a month and has none of the types `any_of`; manifests can have none.

    Parameters: `above`, in the currency of the prices; `any_of`, types of which one will do; `advice`, what to say.
    """
    if resource.dialect == "kubernetes" or any(context.graph.of_type(kind) for kind in params["any_of"]):
        return
    cost = _total(context)
    if cost is not None and cost.expected >= Decimal(str(params["above"])):
        yield replace(context.finding(resource, params["advice"]), at_stake=cost)


def unapproved(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """It costs `above` a month or more, and no tag says who agreed to that.

    What bears no tags is approved with what it is a part of, and a group also by its launch template. Parameters:
    `above`, in the currency of the prices; `tag`, the key, in the nearest spelling that Google's labels allow.
    """
    graph = context.graph
    templates = list(graph.targets(resource, "aws_launch_template"))
    bearers = (resource, *templates, *graph.targets(resource, "azurerm_cognitive_account"))
    held = [found for bearer in bearers if (found := tags_of(bearer, context)) is not None]
    given = [specified(template, "instance") for template in templates]
    known = {key for found in held for key in found.tags} | {key for found in given for key in found.known}
    wanted = spellings(RequiredTag(params["tag"]), resource)
    if not held or not known.isdisjoint(wanted):
        return
    cost = monthly(resource, graph, context.pricing)
    more = [why for why in (*(found.more for found in held), *(found.more for found in given)) if why is not None]
    if isinstance(cost, Unknown):
        yield context.undecided(resource, [cost])
    elif cost.expected >= Decimal(str(params["above"])):
        bears = tags_of(resource, context)
        lacks = f"carries no {wanted[0]} {'label' if resource.provider == 'google' else 'tag'} that says who agreed"
        advice = f"This costs more than {params['above']} dollars a month and {lacks}."
        finding = context.finding(resource, advice, path=bears.path if bears else ())
        yield context.undecided(resource, more) if more else finding


def _total(context: Context) -> Money | None:
    """What the project costs a month, as far as it is priced."""
    if "total" not in context.answers:
        context.answers["total"] = stake(context.graph.resources, context.graph, context.pricing).money
    found: Money | None = context.answers["total"]
    return found
