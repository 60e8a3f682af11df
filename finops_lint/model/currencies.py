"""One report adds up in one currency: the user's at a stated rate, or that of the price lists.

What is priced in a currency without a rate is shown, and left out of every total.
"""

from __future__ import annotations

from collections.abc import Sequence

from finops_lint.model.estimate import CostComponent, Estimate, Unpriced
from finops_lint.model.finding import Finding
from finops_lint.model.money import CurrencyError, Money
from finops_lint.model.records import replace
from finops_lint.model.report import ProjectReport, Report, ReportedResource
from finops_lint.model.terms import Exchange

USUAL = "USD"


def in_one_currency(
    projects: Sequence[ProjectReport], exchange: Exchange | None = None
) -> tuple[tuple[ProjectReport, ...], str]:
    """The projects with every amount in one currency, and which: that of `exchange`, else dollars, else the first.

    A component's `price` keeps what the price list says.
    """
    if exchange is not None:
        return tuple(_exchanged(project, exchange) for project in projects), exchange.code
    found = dict.fromkeys(currency for project in projects for currency in project.currencies)
    if len(found) < 2:
        return tuple(projects), next(iter(found), USUAL)
    currency = USUAL if USUAL in found else next(iter(found))
    return tuple(_project(project, currency) for project in projects), currency


def in_same_currency(before: Report, after: Report) -> tuple[Report, Report]:
    """Two reports in one currency at one rate; one that was made without a rate takes the other's.

    Raises:
        CurrencyError: They were made at two rates.
    """
    if before.exchange is None and after.exchange is not None:
        return _report(before, after.exchange), after
    if after.exchange is None and before.exchange is not None:
        return before, _report(after, before.exchange)
    old, new = before.exchange, after.exchange
    if old and new and replace(old, where="") != replace(new, where=""):
        raise CurrencyError(
            f"one side is in {rate_words(old)}, the other in {rate_words(new)}: make both reports with one rate"
        )
    return before, after


def rate_words(exchange: Exchange) -> str:
    """`EUR, 1 USD = 0.92 EUR as of 2026-11-01`."""
    rates = (f"1 {name} = {rate:f} {exchange.code}" for name, rate in exchange.rates.items() if name != exchange.code)
    return f"{', '.join((exchange.code, *rates))} as of {exchange.as_of}"


def _report(report: Report, exchange: Exchange) -> Report:
    projects = tuple(_exchanged(project, exchange) for project in report.projects)
    return replace(report, projects=projects, currency=exchange.code, exchange=exchange)


def _exchanged(project: ProjectReport, exchange: Exchange) -> ProjectReport:
    return replace(
        project,
        resources=tuple(
            replace(resource, estimate=_estimate(resource.estimate, exchange)) for resource in project.resources
        ),
        findings=tuple(_found(finding, exchange) for finding in project.findings),
        suppressed=tuple(_found(finding, exchange) for finding in project.suppressed),
    )


def _estimate(estimate: Estimate, exchange: Exchange) -> Estimate:
    components = tuple(_changed(component, exchange) for component in estimate.components)
    return replace(estimate, components=components, currency=exchange.code)


def _changed(component: CostComponent, exchange: Exchange) -> CostComponent:
    if component.price is None or component.per_unit is None:
        return component
    rate = exchange.rates.get(component.price.currency)
    if rate is None:
        why = f"priced in {component.price.currency}, for which the settings state no rate"
        return replace(component, price=None, per_unit=None, unpriced=Unpriced(why))
    return replace(component, per_unit=component.per_unit * rate)


def _found(finding: Finding, exchange: Exchange) -> Finding:
    stake, saving = _money(finding.at_stake, exchange), _money(finding.saving, exchange)
    if finding.at_stake is None or stake is not None:
        return replace(finding, at_stake=stake, saving=saving)
    why = Unpriced(f"priced in {finding.at_stake.currency}, for which the settings state no rate")
    return replace(finding, at_stake=None, saving=None, unpriced=why)


def _money(money: Money | None, exchange: Exchange) -> Money | None:
    rate = exchange.rates.get(money.currency) if money else None
    return None if money is None or rate is None else Money(money.amount * rate, exchange.code)


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
