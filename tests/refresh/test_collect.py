"""Entries of a price list become rows, or are counted as what they are; every figure worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_lint.model.records import replace
from finops_lint.refresh.collect import Collector, Entry, Outcome
from finops_lint.refresh.declared import Condition, Line

LINE = Line(
    service="vpc",
    list="AmazonVPC",
    item="traffic-gb",
    unit="GB",
    conditions=(Condition("usage", frozenset({"traffic"}), None),),
    names={},
    units={"gb": Decimal(1)},
    free=False,
    tiers=True,
    region="",
    spread={},
    term="",
    parts=False,
)
YEAR = {"spread": {"1yr": Decimal(8760)}, "term": "lease"}


def entry(amount: str, start: str = "0", **more: Any) -> Entry:
    made = Entry({"usage": "traffic"}, "us-east-1", "SKU1", "GB", Decimal(start), Decimal(amount))
    return replace(made, **more)


def collected(*entries: Entry, **line: Any) -> Outcome:
    collector = Collector("aws", [replace(LINE, **line)], source="list-2026")
    for one in entries:
        collector.add(one)
    return collector.outcome("2026-11-21")


def tiers(*entries: Entry, **line: Any) -> list[tuple[str, str]]:
    return [(f"{row.start:f}", f"{row.price:f}") for row in collected(*entries, **line).rows]


def test_an_entry_becomes_a_row_with_its_day_and_source() -> None:
    [row] = collected(entry("0.045")).rows
    assert (row.cloud, row.service, row.item, row.region, row.unit) == ("aws", "vpc", "traffic-gb", "us-east-1", "GB")
    assert (row.price, row.currency, row.basis, row.source, row.as_of) == (
        Decimal("0.045"), "USD", "list", "list-2026", "2026-11-21",
    )  # fmt: skip


def test_what_no_line_takes_is_counted() -> None:
    found = collected(entry("1"), entry("1", attributes={"usage": "storage"}))
    assert (found.read, found.ignored, len(found.rows)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            {},
            [("0", "0.09"), ("10240", "0.07")],
        ),  # a month's first gigabyte is free for the whole account, not for each
        ({"free": True}, [("0", "0"), ("1", "0.09"), ("10240", "0.07")]),
        ({"tiers": False}, [("0", "0.09")]),
    ],
)
def test_a_free_first_tier_stays_only_where_the_line_says_so(
    line: dict[str, bool], expected: list[tuple[str, str]]
) -> None:
    assert tiers(entry("0.07", "10240"), entry("0"), entry("0.09", "1"), **line) == expected


def test_a_free_tier_before_one_price_leaves_that_price() -> None:
    assert tiers(entry("0"), entry("0.5", "1")) == [("0", "0.5")]


def test_what_is_free_altogether_costs_nothing() -> None:
    assert tiers(entry("0")) == [("0", "0")]


def test_a_tier_that_costs_as_much_as_the_one_before_is_none() -> None:
    assert tiers(entry("0.09"), entry("0.09", "10"), entry("0.07", "20")) == [("0", "0.09"), ("20", "0.07")]


def test_tiers_that_do_not_begin_at_nothing_make_no_price() -> None:
    assert tiers(entry("0.09", "10"), entry("0.07", "20")) == []


def test_a_price_of_many_units_is_that_of_one_and_its_tiers_begin_as_much_later() -> None:
    assert tiers(entry("4", unit="100 GB"), entry("3", "5", unit="100 GB")) == [("0", "0.04"), ("500", "0.03")]


def test_a_unit_that_nobody_declared_makes_no_price() -> None:
    found = collected(entry("1", unit="Fortnights"), entry("2", unit="Fortnights"))
    assert (found.rows, found.units) == ((), {"Fortnights": 2})


@pytest.mark.parametrize("days", [("2026-01-01", "2026-06-01"), ("2026-06-01", "2026-01-01")])
def test_of_two_prices_of_one_tier_the_later_wins(days: tuple[str, str]) -> None:
    price = {"2026-01-01": "1", "2026-06-01": "2"}
    assert tiers(*(entry(price[day], since=day) for day in days)) == [("0", "2")]


def test_two_products_at_one_price_are_one_item_and_at_two_prices_none() -> None:
    assert tiers(entry("1"), entry("1", group="SKU2")) == [("0", "1")]
    found = collected(entry("1"), entry("2", group="SKU2"))
    assert (found.rows, found.unclear) == ((), ("vpc/traffic-gb in us-east-1",))


def test_what_is_paid_at_once_is_spread_over_the_hours_of_the_term() -> None:
    """876 at once and 0.01 an hour: 876 / 8,760 + 0.01 an hour."""
    term = {"usage": "traffic", "lease": "1yr"}
    parts = entry("876", attributes=term, upfront=True, unit="Quantity"), entry("0.01", attributes=term)
    [row] = collected(*parts, **YEAR).rows
    assert (row.price, row.basis) == (Decimal("0.11"), "derived")


def test_a_term_that_nobody_declared_makes_no_price() -> None:
    assert tiers(entry("1", attributes={"usage": "traffic", "lease": "5yr"}), **YEAR) == []
    assert tiers(entry("876", upfront=True)) == []


@pytest.mark.parametrize("odd", [entry("1", region="../etc"), entry("1", currency="dollars"), entry("1E13")])
def test_what_could_harm_a_table_makes_no_row(odd: Entry) -> None:
    assert collected(odd).rows == ()


def test_a_line_may_name_the_region_itself() -> None:
    [row] = collected(entry("1", region="global"), region="*").rows
    assert row.region == "*"


@pytest.mark.parametrize(
    ("attributes", "apart_from", "expected"),
    [
        ({"usage": "traffic"}, frozenset(), True),
        ({"usage": "storage"}, frozenset(), False),
        ({"usage": "storage"}, frozenset({"usage"}), True),  # which is read later
        ({}, frozenset(), False),
    ],
)
def test_what_no_line_could_take_is_known_before_all_of_it_is_read(
    attributes: dict[str, str], apart_from: frozenset[str], expected: bool
) -> None:
    assert Collector("aws", [LINE], source="list-2026").may_take(attributes, apart_from=apart_from) is expected
