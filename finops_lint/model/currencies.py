"""One report adds up in one currency: what is priced in another is shown, and left out of every total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from finops_lint.model.estimate import CostComponent, Estimate, Unpriced
from finops_lint.model.finding import Finding
from finops_lint.model.report import ProjectReport, ReportedResource

USUAL = "USD"


def in_one_currency(projects: Sequence[ProjectReport]) -> tuple[tuple[ProjectReport, ...], str]:
    """The projects with foreign amounts as unpriced, and the currency: dollars where there are any, else the first."""
    found = {r.estimate.currency: None for p in projects for r in p.resources if _has_price(r.estimate)}
    if len(found) < 2:
        return tuple(projects), next(iter(found), USUAL)
    currency = USUAL if USUAL in found else next(iter(found))
    return tuple(_project(project, currency) for project in projects), currency


def _has_price(estimate: Estimate) -> bool:
    return any(component.price is not None for component in estimate.components)


def _project(project: ProjectReport, currency: str) -> ProjectReport:
    return replace(
        project,
        resources=tuple(_resource(resource, currency) for resource in project.resources),
        findings=tuple(_finding(finding, currency) for finding in project.findings),
        suppressed=tuple(_finding(finding, currency) for finding in project.suppressed),
    )


def _resource(resource: ReportedResource, currency: str) -> ReportedResource:
    estimate = resource.estimate
    if estimate.currency == currency:
        return resource
    components = tuple(_component(component, currency) for component in estimate.components)
    return replace(resource, estimate=replace(estimate, components=components, currency=currency))


def _component(component: CostComponent, currency: str) -> CostComponent:
    if component.price is None or component.price.currency == currency:
        return component
    why = f"priced in {component.price.currency}, which makes no sum with {currency}"
    return replace(component, price=None, per_unit=None, unpriced=Unpriced(why))


def _finding(finding: Finding, currency: str) -> Finding:
    stake, saving = finding.at_stake, finding.saving
    foreign = next((money.currency for money in (stake, saving) if money and money.currency != currency), "")
    if not foreign:
        return finding
    why = Unpriced(f"priced in {foreign}, which makes no sum with {currency}")
    return replace(finding, at_stake=None, saving=None, unpriced=why)
