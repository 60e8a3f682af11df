"""Turns the facts about AI services (ai_services.csv) into table rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from finops_lint.refresh.tables import Row

_REFERENCE = {"aws": "us-east-1", "azure": "eastus", "google": "us-central1"}
_RENAMED = {"eks/cluster-hour": "", "eks/extended-support/cluster-hour": ""}
"""Items another file has under the project's own name; left out here."""


def service_rows(facts: Iterable[Mapping[str, str]], *, cloud: str) -> Iterator[Row]:
    """One row a fact; a price page that names no region is taken for the reference region's."""
    for fact in facts:
        if fact["provider"] != cloud or fact["item"] in _RENAMED or "pre-cut" in fact["note"]:
            continue
        service, _, item = _name(fact["item"]).partition("/")
        if service == "bedrock" and item.startswith("provisioned/"):
            continue
        count, unit = _unit(fact["unit"])
        derived = fact["basis"] == "derived"
        source = "ai-services-derived" if derived else "ai-services-2026"
        if "bulk price list" in fact["source"]:
            source = "aws-bulk-2026"
        region = {"all": "*", "": _REFERENCE[cloud]}.get(fact["region"], fact["region"])
        yield Row(
            cloud, service, item, region, unit, Decimal(fact["usd"]) / count, source, fact["as_of"], fact["basis"]
        )


def _name(item: str) -> str:
    return re.sub(r"/(gb|vcpu|ocu|unit|cluster|chip|gib)-hour$", r"/\1-hours", item)


def _unit(text: str) -> tuple[Decimal, str]:
    """How many and of what: "hour" → (1, "hours"); "1000 images" → (1000, "images"); "GB-month" → (1, "GB")."""
    match = re.fullmatch(r"(\d+) (.+)", text)
    if match:
        return Decimal(match[1]), match[2]
    if text == "GB-month":
        return Decimal(1), "GB"
    return Decimal(1), re.sub(r"(hour|month|minute|second|run|session|unit|year|day|credit)$", r"\1s", text)
