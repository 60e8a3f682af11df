"""Money, ranges and totals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.model.estimate import CostComponent, Coverage, Estimate, UnitPrice, Unpriced, total
from finops_lint.model.money import ZERO, CurrencyError, Money, Range, decimal_of, places


def price(amount: str, *, approximate: str = "") -> UnitPrice:
    return UnitPrice("vpc/nat-gateway-hours", "us-east-1", Decimal(amount), "hours", approximate=approximate)


def hours(amount: str, *, approximate: str = "") -> CostComponent:
    return CostComponent(
        "NAT gateway",
        "hours",
        Range.of(Decimal(730)),
        price(amount, approximate=approximate),
        per_unit=Decimal(amount),
    )


WAITING = CostComponent("Data processed", "GB", None, price("0.045"), per_unit=Decimal("0.045"), usage_key="gb")
UNPRICED = CostComponent("Data processed", "GB", None, None, unpriced=Unpriced("no price in mars-1"))


def estimate(*components: CostComponent, assumed: str = "") -> Estimate:
    return Estimate("aws_nat_gateway.a", "aws_nat_gateway", Coverage.PRICED, components, assumed=assumed)


def test_a_month_of_a_nat_gateway_is_730_hours() -> None:
    monthly = hours("0.045").monthly
    assert monthly is not None
    assert monthly.expected == Decimal("32.850")


def test_a_double_becomes_the_decimal_a_person_wrote() -> None:
    assert decimal_of(0.1) == Decimal("0.1")
    assert str(decimal_of(3.0)) == "3"
    assert str(decimal_of(Decimal("0.10"))) == "0.10"
    assert str(decimal_of(1e15)) == "1000000000000000.0"


def test_two_currencies_cannot_be_added() -> None:
    with pytest.raises(CurrencyError):
        Money(ZERO, "USD") + Money(ZERO, "EUR")
    with pytest.raises(CurrencyError):
        Money(ZERO, "USD") - Money(ZERO, "EUR")


def test_money_of_one_currency_is_added_and_taken_away_end_by_end() -> None:
    month, rest = Money(Range(Decimal(1), Decimal(5), Decimal(9)), "EUR"), Money(Range.of(Decimal(2)), "EUR")
    assert month + rest == Money(Range(Decimal(3), Decimal(7), Decimal(11)), "EUR")
    assert month - rest == Money(Range(Decimal(-1), Decimal(3), Decimal(7)), "EUR")
    assert month.expected == 5


def test_a_range_is_exact_where_its_ends_are_one() -> None:
    assert Range.of(Decimal(2)).is_exact is True
    assert Range(Decimal(1), Decimal(2), Decimal(2)).is_exact is False


def test_unpriced_and_waiting_are_counted_and_never_zero() -> None:
    sum_ = estimate(hours("0.045"), WAITING, UNPRICED).total
    assert sum_.known.expected == Decimal("32.850")
    assert (sum_.waiting, sum_.unpriced) == (1, 1)


def test_an_approximate_price_and_an_uncertain_resource_are_assumed() -> None:
    assert estimate(hours("0.05", approximate="us-east-1 × 1.1")).total.known.expected == 0
    assert estimate(hours("0.05"), assumed="count depends on var.on").total.assumed.expected == Decimal("36.50")


def test_an_unsupported_type_is_one_unpriced_by_itself_but_not_in_the_sum_of_a_project() -> None:
    unknown_type = Estimate("x_y.z", "x_y", Coverage.UNSUPPORTED)
    assert unknown_type.total.unpriced == 1
    assert total([unknown_type, estimate(hours("0.045"))]).unpriced == 0


def test_the_difference_of_two_ranges_is_taken_end_by_end() -> None:
    after, before = Range(Decimal(1), Decimal(5), Decimal(9)), Range.of(Decimal(1))
    assert after - before == Range(Decimal(0), Decimal(4), Decimal(8))


@pytest.mark.parametrize(("number", "digits"), [("1.50", 2), ("7", 0), ("1E+3", -3), ("0.0000002", 7), ("NaN", 0)])
def test_a_number_has_as_many_places_as_it_is_written_with(number: str, digits: int) -> None:
    assert places(Decimal(number)) == digits
