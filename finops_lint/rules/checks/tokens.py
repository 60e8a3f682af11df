"""Checks on models that are paid by the token, or by the hour instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import remedied, stake

_MODELS: Mapping[str, Path] = {
    "aws_bedrockagent_agent": ("foundation_model",),
    "azurerm_cognitive_deployment": ("model", 0, "name"),
}
_SKU: Path = ("sku", 0, "name")
_BY_TOKEN = "GlobalStandard"  # noqa: S105 -- a price plan, no secret


def break_even(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """Throughput that is billed by the hour; says from how many tokens a month it is cheaper than tokens.

    Parameter: `input_for_each_output`, tokens read for each one written. Where one of the prices is missing the number
    is left out, never guessed.
    """
    if resource.type == "azurerm_cognitive_deployment":
        sku = resource.value(*_SKU)
        if isinstance(sku, Unknown):
            yield context.undecided(resource, [sku], path=_SKU)
            return
        if not isinstance(sku, str) or "provisioned" not in sku.lower():
            return
    millions = _break_even(resource, context, Decimal(str(params["input_for_each_output"])))
    number = f" At list prices it pays from some {millions:,.0f} million tokens a month on." if millions else ""
    message = f"This throughput is billed for every hour, whether a token passes or not.{number}"
    yield context.finding(resource, message, path=_SKU if resource.value("sku") is not None else ())


def _break_even(resource: Resource, context: Context, ratio: Decimal) -> Decimal | None:
    """Million tokens a month at which both ways cost the same; None where a price is missing."""
    hourly = stake([resource], context.graph, context.pricing)
    prices = _token_prices(resource, context)
    if hourly.money is None or hourly.gaps or prices is None or hourly.money.expected <= 0:
        return None
    read, written = prices
    million = (read * ratio + written) / (ratio + 1) * 1_000_000
    return hourly.money.expected / million if million > 0 else None


def _token_prices(resource: Resource, context: Context) -> tuple[Decimal, Decimal] | None:
    """Price of a token read and of one written, by the same deployment paid by the token."""
    if resource.type != "azurerm_cognitive_deployment":
        return None
    changed = remedied(resource, Remedy(resource.address, ((_SKU, _BY_TOKEN),), ""))
    estimate = context.pricing.price(changed, context.graph.replacing(changed))
    found = {}
    for part in estimate.components:
        if part.per_unit is not None and part.unit.startswith("1K"):
            found[part.name.partition(" (")[0]] = part.per_unit / 1000
    read, written = found.get("Text input"), found.get("Text output")
    return (read, written) if read and written else None


def dearer_tier(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A model for which the settings name a cheaper one, in one of the environments they name.

    Parameters: `cheaper`, entries `pattern=model`; `workloads`, environments in which it is asked for.
    """
    environment = context.environment(resource)
    if environment.kind not in params["workloads"] or _is_paid_by_the_hour(resource):
        return
    path = _MODELS[resource.type]
    model = resource.value(*path)
    if isinstance(model, Unknown):
        yield context.undecided(resource, [model], path=path)
        return
    cheaper = _cheaper(model, params["cheaper"])
    if cheaper:
        message = (
            f"{_bare(str(model))} in an environment that is not production ({environment.because}): {cheaper} costs a "
            "fraction for each token."
        )
        yield context.finding(resource, message, path=path, inferred_from=environment.because)


def _is_paid_by_the_hour(resource: Resource) -> bool:
    """Whether it is provisioned throughput, or may be: then no token has a price of its own."""
    sku = resource.value(*_SKU)
    return isinstance(sku, Unknown) or "provisioned" in str(sku).lower()


def _cheaper(model: Value, pairs: list[str]) -> str:
    if not isinstance(model, str):
        return ""
    for pair in pairs:
        pattern, _, name = pair.partition("=")
        if fnmatchcase(_bare(model), pattern):
            return name
    return ""


def _bare(model: str) -> str:
    """`us.anthropic.claude-sonnet-4-20250514-v1:0` → `claude-sonnet-4-20250514-v1`."""
    is_bedrock = "anthropic." in model or "amazon." in model
    return model.rpartition("/")[2].rpartition(".")[2].partition(":")[0] if is_bedrock else model
