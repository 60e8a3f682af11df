"""Amounts in several currencies make no total."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from finops_lint.model.currencies import in_one_currency, in_same_currency
from finops_lint.model.estimate import CostComponent, Coverage, Estimate, UnitPrice
from finops_lint.model.finding import Confidence, Finding, Severity
from finops_lint.model.money import CurrencyError, Money, Range
from finops_lint.model.report import PriceSet, ProjectReport, Report, ReportedResource
from finops_lint.model.span import Span
from finops_lint.model.terms import Exchange


def costs(address: str, amount: int, currency: str) -> ReportedResource:
    price = UnitPrice("vpc/nat", "r", Decimal(amount), "hours", currency)
    component = CostComponent("NAT gateway", "hours", Range.of(Decimal(1)), price, per_unit=Decimal(amount))
    estimate = Estimate(address, "aws_nat_gateway", Coverage.PRICED, (component,), currency=currency)
    return ReportedResource(address, "aws_nat_gateway", "aws", "r", Span("main.tf", 1), estimate)


def project(*resources: ReportedResource) -> ProjectReport:
    return ProjectReport("p", "p", "terraform", resources=resources)


def test_one_currency_stays_what_it_is() -> None:
    for currency in ("USD", "CNY"):
        [same], found = in_one_currency([project(costs("a", 5, currency), costs("b", 2, currency))])
        assert found == currency
        assert (same.total.known.expected, same.total.currency, same.total.unpriced) == (Decimal(7), currency, 0)


def test_beside_dollars_the_others_are_unpriced_with_the_reason() -> None:
    stake = Money(Range.of(Decimal(5)), "CNY")
    finding = Finding("rule", Severity.INFO, Confidence.HIGH, "m", "p", "b", Span("main.tf", 1), "aws_nat_gateway")
    before = replace(project(costs("b", 5, "CNY"), costs("a", 2, "USD")), findings=(replace(finding, at_stake=stake),))
    [after], found = in_one_currency([before])
    assert found == "USD"
    assert (after.total.known.expected, after.total.currency, after.total.unpriced) == (Decimal(2), "USD", 1)
    [component] = after.resources[0].estimate.components
    assert component.unpriced is not None
    assert component.unpriced.reason == "priced in CNY, which makes no sum with USD"
    assert after.findings[0].at_stake is None
    assert after.findings[0].unpriced == component.unpriced


def test_nothing_priced_is_in_dollars() -> None:
    assert in_one_currency([project()])[1] == "USD"


# A stated rate


EUROS = Exchange("EUR", {"USD": Decimal("0.9"), "CNY": Decimal("0.125"), "EUR": Decimal(1)}, "2026-11-01", "s.yaml:1:1")


def test_at_a_stated_rate_every_amount_is_in_one_currency_and_its_price_keeps_the_lists() -> None:
    [after], found = in_one_currency([project(costs("a", 10, "USD"), costs("b", 8, "CNY"))], EUROS)
    assert found == "EUR"
    assert (after.total.known.expected, after.total.currency) == (Decimal("10.0"), "EUR")  # 9 + 1
    dollars, yuan = (r.estimate.components[0].price for r in after.resources)
    assert dollars is not None
    assert yuan is not None
    assert (dollars.amount, dollars.currency, yuan.amount, yuan.currency) == (Decimal(10), "USD", Decimal(8), "CNY")


def test_without_a_rate_for_it_an_amount_is_unpriced() -> None:
    only = replace(EUROS, rates={"USD": Decimal("0.9")})
    [after], _ = in_one_currency([project(costs("a", 10, "USD"), costs("b", 8, "CNY"))], only)
    assert (after.total.known.expected, after.total.unpriced) == (Decimal("9.0"), 1)
    why = after.resources[1].estimate.components[0].unpriced
    assert why is not None
    assert why.reason == "priced in CNY, for which the settings state no rate"


def test_what_findings_put_at_stake_follows() -> None:
    plain = Finding("rule", Severity.INFO, Confidence.HIGH, "m", "p", "a", Span("main.tf", 1), "aws_nat_gateway")
    dear = replace(plain, at_stake=Money(Range.of(Decimal(20))), saving=Money(Range.of(Decimal(10))))
    [after], _ = in_one_currency([replace(project(costs("a", 20, "USD")), findings=(dear, plain))], EUROS)
    first, second = after.findings
    assert first.at_stake == Money(Range.of(Decimal("18.0")), "EUR")
    assert first.saving == Money(Range.of(Decimal("9.0")), "EUR")
    assert second == plain


def report(exchange: Exchange | None) -> Report:
    projects, currency = in_one_currency([project(costs("a", 10, "USD"))], exchange)
    return Report(projects, PriceSet("shipped"), currency=currency, exchange=exchange)


def test_a_report_without_a_rate_takes_that_of_the_other_side() -> None:
    for before, after in (
        in_same_currency(report(None), report(EUROS)),
        in_same_currency(report(EUROS), report(None)),
    ):
        assert before.total == after.total
        assert before.currency == after.currency == "EUR"


def test_two_rates_make_no_difference() -> None:
    other = replace(EUROS, rates={**EUROS.rates, "USD": Decimal("0.95")})
    with pytest.raises(CurrencyError, match=r"one side is in EUR, 1 USD = 0\.9 EUR.* the other in EUR, 1 USD = 0\.95"):
        in_same_currency(report(EUROS), report(other))
    elsewhere = replace(EUROS, where="other.yaml:9:1")
    assert in_same_currency(report(EUROS), report(elsewhere))[1].exchange == elsewhere
