"""What an explanation of a resource adds to its estimate: sources in words, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal

from finops_lint.model.estimate import CostComponent
from finops_lint.model.guardrail import Guardrail, UnitCost
from finops_lint.model.money import Range
from finops_lint.model.records import record
from finops_lint.model.report import ProjectReport, ReportedResource


@record(frozen=True, slots=True)
class UsageFact:
    """A usage key the resource's price sheet knows."""

    name: str
    """With dots where it is nested."""
    unit: str = ""
    typical: tuple[Decimal, ...] = ()
    """Low, expected, high; empty where the sheet does not tell."""
    values: tuple[str, ...] = ()
    """The texts it may be."""
    default: str = ""
    """Taken where nothing is stated; empty where the price waits."""


@record(frozen=True, slots=True)
class Wanted:
    """A usage key that no usage file states yet, and what it would decide."""

    fact: UsageFact
    lines: tuple[CostComponent, ...]
    """The bill's lines that wait for it."""
    monthly: Decimal | None = None
    """What those lines cost a month at typical use, unrounded; None where nothing is typical."""

    @property
    def currency(self) -> str:
        """That of the prices of its lines."""
        return next((line.price.currency for line in self.lines if line.price is not None), "USD")


@record(frozen=True, slots=True)
class Explanation:
    """One resource, and what is known around it."""

    project: ProjectReport
    resource: ReportedResource
    sources: Mapping[str, str] = field(default_factory=dict)
    """Source id → the data set in words."""
    usage: tuple[UsageFact, ...] = ()
    """Every usage key of its sheet, in the sheet's order."""
    unit_costs: tuple[UnitCost, ...] = ()
    """Those that are spread over it."""
    guardrails: tuple[Guardrail, ...] = ()
    """Those that count it."""

    @property
    def taken(self) -> Mapping[str, Range]:
        """Usage key → what it is taken to be, as stated or as typical."""
        return dict(self.resource.estimate.usage)
