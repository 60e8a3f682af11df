"""Savings of remedies that touch the same resource are never added up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.model.finding import Confidence, Finding, Severity
from finops_lint.model.money import Money, Range
from finops_lint.model.span import Span
from finops_lint.reports.digest import total_saving


def saving(address: str, amount: int | None, *affects: str, project: str = "p") -> Finding:
    return Finding(
        rule="r",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        address=address,
        type="t",
        project=project,
        span=Span("main.tf", 1),
        message="m",
        saving=None if amount is None else Money(Range.of(Decimal(amount))),
        affects=affects,
    )


@pytest.mark.parametrize(
    ("findings", "total"),
    [
        ([], 0),
        ([saving("a", None)], 0),
        ([saving("a", 10), saving("b", 5)], 15),
        ([saving("a", 10), saving("a", 25), saving("b", 5)], 30),
        ([saving("template", 10, "template", "group"), saving("group", 25), saving("h", 1)], 26),
        ([saving("a", 10), saving("a", 25, project="q")], 35),
    ],
)
def test_of_those_that_touch_one_resource_the_largest_counts(findings: list[Finding], total: int) -> None:
    assert total_saving(findings) == total
