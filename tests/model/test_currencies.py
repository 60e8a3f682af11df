"""Amounts in several currencies make no total."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from finops_lint.model.currencies import in_one_currency
from finops_lint.model.estimate import CostComponent, Coverage, Estimate, UnitPrice
from finops_lint.model.finding import Confidence, Finding, Severity
from finops_lint.model.money import Money, Range
from finops_lint.model.report import ProjectReport, ReportedResource
from finops_lint.model.span import Span


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
