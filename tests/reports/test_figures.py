"""Figures as a person reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_lint.model.estimate import Total
from finops_lint.model.money import Range
from finops_lint.reports import figures
from finops_lint.reports.cost_rows import singular


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("1234.567", "$1,234.57"),
        ("-3", "-$3.00"),
        ("0.004", "<$0.01"),
        ("-0.004", ">-$0.01"),
        ("0.005", "<$0.01"),  # half goes to the even cent, which is zero: still not nothing
        ("0.015", "$0.02"),
        ("0.025", "$0.02"),
        ("1e7", "$10,000,000.00"),
    ],
)
def test_money_is_rounded_to_cents_half_to_even(amount: str, shown: str) -> None:
    assert figures.money(Decimal(amount)) == shown


def test_a_currency_without_a_sign_is_named() -> None:
    assert figures.money(Decimal("1234.5"), "CHF") == "CHF 1,234.50"
    assert figures.money(Decimal("-1"), "EUR") == "-€1.00"


@pytest.mark.parametrize(("amount", "shown"), [("5", "+$5.00"), ("-5", "-$5.00"), ("0", "$0.00"), ("0.001", "<$0.01")])
def test_a_change_has_its_sign(amount: str, shown: str) -> None:
    assert figures.change(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("0.0000004", "$0.0000004"),
        ("0.0000000309", "$0.0000000309"),
        ("0.045", "$0.045"),
        ("0.2", "$0.20"),
        ("3", "$3.00"),
        ("32.7726", "$32.7726"),
        ("0.0999000999", "$0.0999001"),
        ("12345.678", "$12,345.68"),
        ("0", "$0.00"),
    ],
)
def test_a_unit_price_keeps_the_digits_it_needs(price: str, shown: str) -> None:
    assert figures.unit_price(Decimal(price)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("730", "730"),
        ("25000000", "25,000,000"),
        ("0.5", "0.5"),
        ("1.23456", "1.2346"),
        ("0.00002", "0.00002"),
        ("0", "0"),
    ],
)
def test_a_quantity_has_no_idle_digits(amount: str, shown: str) -> None:
    assert figures.quantity(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [("100", "149", "+49 %"), ("100", "96.8", "-3.2 %"), ("0", "5", ""), ("5", "5", ""), ("1", "1001", "+100,000 %")],
)
def test_per_cent_is_of_what_was_before(before: str, after: str, shown: str) -> None:
    assert figures.percent(Decimal(before), Decimal(after)) == shown


def total(known: str, assumed: str = "0", *, unpriced: int = 0, waiting: int = 0) -> Total:
    return Total(Range.of(Decimal(known)), Range.of(Decimal(assumed)), unpriced, waiting)


def test_a_total_says_its_three_parts() -> None:
    words = figures.total_words(total("312", "90", unpriced=2))
    assert words == "$402.00 a month: $312.00 known, $90.00 assumed (≈), 2 unpriced"


def test_at_least_is_written_only_where_nothing_is_assumed() -> None:
    assert figures.total_words(total("312", unpriced=2)) == "at least $312.00 a month, 2 unpriced"
    assert figures.total_words(total("312")) == "$312.00 a month"
    assert "at least" not in figures.total_words(total("312", "1", unpriced=2))


def test_a_resource_without_a_sheet_makes_the_total_a_least_one() -> None:
    assert figures.total_words(total("5"), 1) == "at least $5.00 a month, 1 resource without a price sheet"


def test_the_span_and_the_waiting_lines_are_said_beside_the_total() -> None:
    whole = Total(Range(Decimal(1), Decimal(2), Decimal(3)), waiting=2)
    assert figures.doubt_words(whole) == "between $1.00 and $3.00; 2 lines wait for usage"
    assert figures.doubt_words(total("3")) == ""


@given(st.decimals(min_value="-1e12", max_value="1e12", allow_nan=False, places=9))
def test_printed_money_is_never_half_a_cent_off(amount: Decimal) -> None:
    shown = figures.money(amount)
    if shown.startswith(("<", ">")):
        assert 0 < abs(amount) <= Decimal("0.005")
    else:
        assert abs(Decimal(shown.replace("$", "").replace(",", "")) - amount) <= Decimal("0.005")


@given(st.decimals(min_value="1e-9", max_value="1e6", allow_nan=False, places=12))
def test_a_printed_unit_price_is_right_to_six_digits(price: Decimal) -> None:
    shown = Decimal(figures.unit_price(price).replace("$", "").replace(",", ""))
    assert abs(shown - price) <= price * Decimal("0.000006")


@pytest.mark.parametrize(
    ("currency", "text", "price"),
    [
        ("EUR", "€1,234.57", "€0.045"),
        ("JPY", "¥1,235", "¥0.045"),  # no smaller unit (ISO 4217)
        ("KWD", "KWD 1,234.568", "KWD 0.045"),  # a thousand fils
        ("CHF", "CHF 1,234.57", "CHF 0.045"),
        ("CAD", "CA$1,234.57", "CA$0.045"),
    ],
)
def test_each_currency_has_its_own_form(currency: str, text: str, price: str) -> None:
    assert figures.money(Decimal("1234.5675"), currency) == text
    assert figures.unit_price(Decimal("0.045"), currency) == price


def test_less_than_the_smallest_coin_is_said_to_be_so() -> None:
    assert figures.money(Decimal("0.4"), "JPY") == "<¥1"
    assert figures.unit_price(Decimal(80), "JPY") == "¥80"
    assert figures.unit_price(Decimal(80), "EUR") == "€80.00"


def test_a_change_that_is_not_certain_names_the_lesser_end_first() -> None:
    shrinking = Range(Decimal(-5), Decimal(-10), Decimal(-40))
    assert figures.change_span(shrinking) == "between -$40.00 and -$5.00"
    assert figures.change_span(Range(Decimal(10), Decimal(2), Decimal(7))) == "between +$2.00 and +$10.00"
    assert figures.change_span(Range.of(Decimal(3))) == ""


def test_a_range_is_written_where_its_ends_differ_by_what_is_printed() -> None:
    wide = Range(Decimal(10), Decimal(20), Decimal(40))
    assert figures.money_range(wide) == "$20.00 ($10.00 to $40.00)"
    narrow = Range(Decimal("20.001"), Decimal("20.002"), Decimal("20.003"))
    assert figures.money_range(narrow) == "$20.00"
    assert figures.money_span(wide) == "between $10.00 and $40.00"
    assert figures.money_span(narrow) == ""


def test_no_figure_is_minus_zero() -> None:
    assert str(figures.rounded(Decimal("-0.001"))) == "0.00"


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("hours", "hour"),
        ("hours (10 DPUs)", "hour (10 DPUs)"),
        ("GB", "GB"),
        ("1M requests", "1M requests"),
        ("address", "address"),
    ],
)
def test_after_per_a_unit_is_one_of_it(unit: str, one: str) -> None:
    assert singular(unit) == one
