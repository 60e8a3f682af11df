"""Prices read off pages stand in `pricing/imports/`: a row that only the table has is gone after the next import."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.refresh.components import noted_rows

_PRICING = data_root() / "pricing"
_PAGES = ("-page-", "-pages-", "-sizes-", "-fees-", "-nodes-", "-rates-", "-serverless-")
"""What sources that were read off pages are called; data sets have names of their own."""


@pytest.mark.parametrize("cloud", ["aws", "azure", "google"])
def test_every_shipped_price_of_a_page_is_noted_for_the_importer(cloud: str) -> None:
    rows = noted_rows(_PRICING / "imports" / f"{cloud}.yaml", cloud=cloud)
    noted = {(row.item, row.region, row.start, row.price, row.source) for row in rows}
    assert set(_shipped(cloud)) <= noted


def _shipped(cloud: str) -> Iterator[tuple[str, str, Decimal, Decimal, str]]:
    for file in (_PRICING / "tables" / cloud).rglob("*.csv"):
        for row in csv.DictReader(file.read_text("utf-8").splitlines()):
            source = row.get("source", "")
            if any(part in source for part in _PAGES):
                yield row["item"], row["region"], Decimal(row["tier_from"]), Decimal(row["price"]), source
