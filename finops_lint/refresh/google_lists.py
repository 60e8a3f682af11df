"""Turns pages of Google's Cloud Billing Catalog into entries; a SKU is one product in some regions, in tiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from finops_lint.refresh.azure_lists import Page, page_content
from finops_lint.refresh.collect import Entry

_GLOBAL = "global"
_NANO = Decimal(1_000_000_000)
KEY_HEADER = "X-Goog-Api-Key"
"""Where the key travels: in a header, so that no address and no message ever holds it."""


def first_address(base: str, path: str) -> str:
    """The first page of the services or of a service's SKUs."""
    return f"{base}{path}?{urlencode({'pageSize': 5000, 'currencyCode': 'USD'})}"


def next_address(address: str, token: str) -> str:
    """The page after one with this token."""
    before = address.partition("&pageToken=")[0]
    return f"{before}&{urlencode({'pageToken': token})}"


def read_services(data: bytes, name: str) -> tuple[dict[str, str], str]:
    """Service by the name people see → its path (`services/6F81-5844-456A`), and the next page's token.

    Raises:
        FetchError: It is no such page.
    """
    content = page_content(data, "services", name)
    entries = [entry for entry in content["services"] if isinstance(entry, dict)]
    found = {str(entry.get("displayName", "")): str(entry.get("name", "")) for entry in entries}
    return found, str(content.get("nextPageToken") or "")


def read_page(data: bytes, name: str) -> Page:
    """The entries of one page of SKUs.

    Raises:
        FetchError: It is no such page.
    """
    content = page_content(data, "skus", name)
    entries = [entry for sku in content["skus"] if isinstance(sku, dict) for entry in _entries(sku)]
    return Page(tuple(entries), str(content.get("nextPageToken") or ""))


def _entries(sku: Mapping[str, Any]) -> Iterator[Entry]:
    """A rate for every region and tier of the SKU's newest price."""
    prices = sku.get("pricingInfo")
    if not isinstance(prices, list) or not prices or not isinstance(prices[-1], dict):
        return
    newest = max((p for p in prices if isinstance(p, dict)), key=lambda p: str(p.get("effectiveTime", "")))
    expression = newest.get("pricingExpression")
    if not isinstance(expression, dict):
        return
    given = sku.get("category")
    category = given if isinstance(given, dict) else {}
    attributes = {
        "description": str(sku.get("description", "")),
        **{
            name.lower(): str(category.get(name, ""))
            for name in ("resourceFamily", "resourceGroup", "serviceDisplayName", "usageType")
        },
    }
    regions = [str(region) for region in sku.get("serviceRegions") or ()]
    rates = [_rate(rate) for rate in expression.get("tieredRates") or ()]
    if None in rates:
        return
    for region in regions:
        for start, amount, currency in (rate for rate in rates if rate is not None):
            yield Entry(
                attributes={**attributes, "region": region},
                region="*" if region == _GLOBAL else region,
                group=str(sku.get("skuId", "")),
                unit=str(expression.get("usageUnit", "")),
                start=start,
                amount=amount,
                currency=currency,
            )


def _rate(rate: Any) -> tuple[Decimal, Decimal, str] | None:
    """(from, price, currency) of a tier; None where it is none."""
    try:
        price = rate["unitPrice"]
        start = Decimal(rate.get("startUsageAmount", 0))
        amount = Decimal(price.get("units") or 0) + Decimal(price.get("nanos") or 0) / _NANO
        currency = str(price.get("currencyCode", "USD"))
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation):
        return None
    if not (start.is_finite() and amount.is_finite()) or start < 0 or amount < 0:
        return None
    return start, amount, currency
