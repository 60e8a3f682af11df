"""Turns pages of the Azure Retail Prices API into entries; an item is one rate of a meter in a region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from finops_lint.model.records import record
from finops_lint.refresh.collect import Entry
from finops_lint.refresh.declared import key_of
from finops_lint.refresh.fetching import FetchError

_TEXTS = (
    "armSkuName",
    "meterName",
    "productName",
    "reservationTerm",
    "serviceFamily",
    "serviceName",
    "skuName",
    "type",
)
"""What can be matched; the other fields are ids, dates and figures."""
EVERYWHERE = ("global", "")


@record(frozen=True, slots=True)
class Page:
    """One answer of a paged list."""

    entries: tuple[Entry, ...]
    following: str
    """Where the next page is: an address or a token; empty after the last."""


def first_address(base: str, path: str, service: str, region: str, extra: str) -> str:
    """The address of the first page: one service, in one region or, without one, in all."""
    wanted = [f"serviceName eq '{_quoted(service)}'", extra, f"armRegionName eq '{_quoted(region)}'" if region else ""]
    return f"{base}{path}?{urlencode({'$filter': ' and '.join(part for part in wanted if part)})}"


def read_page(data: bytes, name: str) -> Page:
    """The entries of one page.

    Raises:
        FetchError: It is no such page.
    """
    content = page_content(data, "Items", name)
    found = (_entry(item) for item in content["Items"])
    return Page(tuple(entry for entry in found if entry is not None), str(content.get("NextPageLink") or ""))


def page_content(data: bytes, items: str, name: str) -> Mapping[str, Any]:
    """A page as JSON, figures as the text they are written in; `items` is the list it must have.

    Raises:
        FetchError: It is cut off, or something else.
    """
    try:
        content = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation):
        raise FetchError(f"{name}: not JSON, or cut off") from None
    if not isinstance(content, dict) or not isinstance(content.get(items), list):
        raise FetchError(f"{name}: not a page of the price list: it has no list of {items}")
    return content


def _entry(item: Any) -> Entry | None:
    """The rate; None where it is none."""
    if not isinstance(item, dict):
        return None
    amount, start = _figure(item.get("retailPrice")), _figure(item.get("tierMinimumUnits", 0))
    if amount is None or start is None:
        return None
    attributes = {key_of(name): str(item.get(name) or "") for name in _TEXTS}
    region = str(item.get("armRegionName") or "").lower()
    term = attributes["reservationterm"]
    return Entry(
        attributes=attributes,
        region="*" if region in EVERYWHERE else region,
        group=f"{item.get('meterId')}/{item.get('skuId')}/{attributes['type']}/{term}",
        unit=str(item.get("unitOfMeasure") or ""),
        start=start,
        amount=amount,
        currency=str(item.get("currencyCode") or "USD"),
        since=str(item.get("effectiveStartDate") or "")[:10],
        upfront=attributes["type"] == "Reservation",
    )


def _figure(value: Any) -> Decimal | None:
    """A figure from 0 up, as written; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() and number >= 0 else None


def _quoted(text: str) -> str:
    """As OData writes a text between quotes."""
    return text.replace("'", "''")
