"""Turns the facts about Azure virtual machines and models into table rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from finops_lint.refresh.tables import Row

_SOURCES = {"karpenter-azure": "karpenter-2026", "anycloud": "anycloud-2026"}
_SPOT_DAY = "2026-05-20"


def vm_rows(facts: Iterable[Mapping[str, str]]) -> Iterator[Row]:
    """Linux prices, pay-as-you-go and spot; those that could be the Windows price have a source of their own."""
    for fact in facts:
        sku, region = fact["sku"], fact["region"]
        source = _SOURCES[fact["source"]]
        if fact["note"] == "could be the Windows price":
            source = "karpenter-2026-unsure"
        yield Row("azure", "vm", f"linux/{sku}", region, "hours", Decimal(fact["usd_per_hour"]), source, fact["as_of"])
        if fact["spot_usd_per_hour"]:
            spot = Decimal(fact["spot_usd_per_hour"])
            yield Row("azure", "vm", f"spot/{sku}", region, "hours", spot, "anycloud-2026", _SPOT_DAY, "spot")
