"""Turns the facts about AI services (ai_services.csv) into table rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from finops_lint.refresh.tables import Row

_REFERENCE = {"aws": "us-east-1", "azure": "eastus", "google": "us-central1"}
_LEFT_OUT = frozenset({"eks/cluster-hour", "eks/extended-support/cluster-hour", "gke/management-fee/cluster-hour"})
"""Prices that component_prices.csv has too, under the name used here."""
_EVERYWHERE = frozenset({"aks/standard-tier/cluster-hour"})
"""What the data set has for one region and costs the same in all: Azure Kubernetes Service pricing page."""


def service_rows(facts: Iterable[Mapping[str, str]], *, cloud: str) -> Iterator[Row]:
    """One row a fact; a price page that names no region is taken for the reference region's."""
    newest: dict[tuple[str, str], Row] = {}
    for fact in facts:
        if fact["provider"] != cloud or fact["item"] in _LEFT_OUT or "pre-cut" in fact["note"]:
            continue
        service, _, item = _name(fact["item"]).partition("/")
        if service == "bedrock" and item.startswith("provisioned/"):
            continue
        count, unit = _unit(fact["unit"])
        source = _source(fact)
        place = "all" if fact["item"] in _EVERYWHERE else fact["region"]
        region = {"all": "*", "": _REFERENCE[cloud]}.get(place, place)
        price = Decimal(fact["usd"]) / count
        row = Row(cloud, service, item, region, unit, price, source, fact["as_of"], fact["basis"])
        known = newest.get((f"{service}/{item}", region))
        if known is None or known.as_of < row.as_of:
            newest[f"{service}/{item}", region] = row
    yield from newest.values()


def _source(fact: Mapping[str, str]) -> str:
    if fact["basis"] == "derived":
        return "ai-services-derived"
    lists = {"AWS price list": "aws-price-list-2026", "Azure Retail Prices API": "azure-retail-2026"}
    names = (name for start, name in lists.items() if fact["source"].lower().startswith(start.lower()))
    return next(names, "ai-services-2026")


def model_rows(facts: Iterable[Mapping[str, str]], *, cloud: str) -> Iterator[Row]:
    """Models priced by the token, on Azure and Google; the source names no region and means all."""
    service = {"azure": "azure-openai", "google": "vertex"}[cloud]
    newest: dict[str, Row] = {}
    for fact in facts:
        if fact["provider"] != cloud:
            continue
        for column in ("input", "output", "cache_read", "cache_write"):
            text = fact[f"{column}_usd_per_mtok"]
            if not text:
                continue
            item = f"on-demand/{fact['model_id']}/{column.replace('_', '-')}-tokens"
            price = Decimal(text) / 1_000_000
            row = Row(cloud, service, item, "*", "tokens", price, "genai-prices", fact["as_of"], "observed")
            if item not in newest or newest[item].as_of < row.as_of:
                newest[item] = row
    yield from newest.values()


def _name(item: str) -> str:
    return re.sub(r"/((?:[a-z]+-)*)hour(?=/|$)", r"/\1hours", item)


def _unit(text: str) -> tuple[Decimal, str]:
    """How many and of what: "hour" → (1, "hours"); "1000 images" → (1000, "images"); "GB-month" → (1, "GB")."""
    match = re.fullmatch(r"(\d+) (.+)", text)
    if match:
        return Decimal(match[1]), match[2]
    if text == "GB-month":
        return Decimal(1), "GB"
    return Decimal(1), re.sub(r"(hour|month|minute|second|run|session|unit|year|day|credit)$", r"\1s", text)
