"""The page about prices says what the tables hold."""

from __future__ import annotations

from finops_lint.catalog.data import data_root
from finops_lint.refresh.overview import overview

PRICING = data_root() / "pricing"


def test_the_committed_page_is_up_to_date() -> None:
    assert (PRICING / "README.md").read_text(encoding="utf-8") == overview(PRICING)


def test_every_service_has_a_line() -> None:
    page = overview(PRICING)
    for table in PRICING.glob("tables/*/*.csv"):
        if table.name != "factors.csv":
            assert f"\n| {table.stem}" in page
    assert "\n| ec2: Amazon EC2 |" in page
