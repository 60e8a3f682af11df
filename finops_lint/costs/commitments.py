"""Estimates on demand and the hours paid for ahead → estimates in which those hours have their committed price.

Each commitment covers hours of the whole report, never more than there are: the costliest hours first, by the list
price of one hour, then by project and address. What is left of it is told, since it is paid for all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheet_model import cloud_of
from finops_lint.model.estimate import CostComponent, UnitPrice, Unpriced
from finops_lint.model.finding import Level, Problem
from finops_lint.model.money import ZERO, Range
from finops_lint.model.records import record, replace
from finops_lint.model.report import ProjectReport
from finops_lint.model.selection import is_reduced, selects
from finops_lint.model.terms import Commitment

HOURS = "hours"
UNUSED = "commitment-unused"
"""The problem that some of a commitment is left: news of the bill, not a gap in the report."""

_TABLE_ITEMS = (
    (r"compute/(?:ondemand|sustained|linux)/(?P<machine>.+)", "compute/cud-{years}y/{machine}"),
    (r"ec2/linux/(?P<machine>.+)", "ec2/reserved/linux/standard-{years}yr-no-upfront/{machine}"),
    (
        r"elasticache/(?P<engine>[a-z]+)/(?P<machine>cache\..+)",
        "elasticache/reserved/{engine}/{years}yr-{payment}/{machine}",
    ),
    (r"opensearch/instance/(?P<machine>.+)", "opensearch/reserved/{years}yr-{payment}/{machine}"),
    (
        r"rds/(?P<engine>[a-z-]+)/(?P<deployment>single-az|multi-az)/(?P<machine>db\..+)",
        "rds/reserved/{engine}/{years}yr-no-upfront/{deployment}/{machine}",
    ),
)
"""Item on demand → item of the same machine's hour with a commitment, where the tables may have one. What is paid up
front is part of the prices of ElastiCache and OpenSearch, not of those of EC2 and RDS, which serve no other payment.
"""


@record(frozen=True, slots=True)
class _Place:
    """Where a component stands: numbers of its project, resource and of itself there."""

    project: int
    resource: int
    number: int


Lines: TypeAlias = dict[_Place, list[CostComponent]]
"""What each component has become: what is still on demand first, then what is covered."""


def with_commitments(
    projects: Sequence[ProjectReport], commitments: Iterable[Commitment], prices: PriceBook
) -> tuple[tuple[ProjectReport, ...], tuple[Problem, ...]]:
    """`projects` with what the commitments cover at its own price, and what is to be said about them."""
    lines: Lines = {
        _Place(p, r, n): [component]
        for p, project in enumerate(projects)
        for r, resource in enumerate(project.resources)
        for n, component in enumerate(resource.estimate.components)
    }
    problems = tuple(problem for commitment in commitments for problem in _apply(commitment, projects, lines, prices))
    return tuple(_rewritten(project, p, lines) for p, project in enumerate(projects)), problems


def _apply(
    commitment: Commitment, projects: Sequence[ProjectReport], lines: Lines, prices: PriceBook
) -> Iterator[Problem]:
    left = commitment.hours
    without: dict[str, None] = {}
    for place in _costliest_first(commitment, projects, lines):
        component, *covered = lines[place]
        price = _price(commitment, component, cloud_of(projects[place.project].resources[place.resource].type), prices)
        if isinstance(price, Unpriced):
            without[price.reason] = None
            continue
        assert component.quantity is not None
        share = _share(commitment, component.quantity, left)
        if share == ZERO:
            continue
        left = None if left is None else left - share.expected
        rest = replace(component, quantity=component.quantity - share)
        lines[place] = [rest, *covered, _covered(commitment, component, share, price)]
    for reason in without:
        hint = "state a discount or a price for it; until then its hours are priced on demand"
        yield Problem(Level.NOTICE, "commitment-price", f"{commitment.name}: {reason}", commitment.where, hint)
    if left:
        yield _unused(commitment, left)


def _costliest_first(commitment: Commitment, projects: Sequence[ProjectReport], lines: Lines) -> list[_Place]:
    found = []
    for place, (component, *_) in lines.items():
        project = projects[place.project]
        resource = project.resources[place.resource]
        price = component.price
        if (
            price is not None
            and component.quantity is not None
            and component.unpriced is None
            and component.unit == price.unit == HOURS
            and not is_reduced(price)
            and selects(commitment.selector, price, resource.type, cloud_of(resource.type))
        ):
            found.append((-price.amount, project.name, resource.address, place.number, place))
    return [place for *_, place in sorted(found, key=lambda entry: entry[:-1])]


def _share(commitment: Commitment, hours: Range, left: Decimal | None) -> Range:
    """The hours of a line that are covered, at its low, expected and high."""
    if left is None:
        return hours * ((commitment.percent or Decimal(0)) / 100)
    return Range(*(min(figure, left) for figure in (hours.low, hours.expected, hours.high)))


def _covered(commitment: Commitment, component: CostComponent, share: Range, price: UnitPrice) -> CostComponent:
    assert component.quantity is not None
    term = f" ({commitment.term})" if commitment.term else ""
    figures = (
        f"{figure.quantize(Decimal('0.01')).normalize():,f}" for figure in (share.expected, component.quantity.expected)
    )
    covered, whole = figures
    say = f"{covered} of {whole} hours covered by {commitment.name}{term}, {commitment.where}"
    return replace(
        component,
        name=f"{component.name}, {commitment.name}",
        quantity=share,
        price=price,
        per_unit=price.amount,
        terms=(say,),
    )


def _price(commitment: Commitment, component: CostComponent, provider: str, prices: PriceBook) -> UnitPrice | Unpriced:
    """What one covered hour costs."""
    on_demand = component.price
    assert on_demand is not None
    stated = f"settings, {commitment.where}"
    if commitment.price is not None:
        return replace(on_demand, amount=commitment.price, basis="stated", source=stated, as_of="", approximate="")
    if commitment.factor is not None:
        amount = on_demand.amount * commitment.factor
        source = ", ".join(word for word in (stated, on_demand.source) if word)
        return replace(on_demand, amount=amount, basis="stated", source=source)
    item = _table_item(on_demand.item, commitment)
    machine = on_demand.item.rpartition("/")[2]
    none = Unpriced(f"the tables have no {commitment.term} price of {machine} in {on_demand.region}")
    if not item:
        return none
    found = prices.look_up(item, cloud=provider, region=on_demand.region)
    if isinstance(found, Unpriced) or found[0].price.currency != on_demand.currency:
        return none
    return found[0].price


def _table_item(item: str, commitment: Commitment) -> str:
    """The item of the same hour with the commitment; empty where the tables never have one."""
    for pattern, template in _TABLE_ITEMS:
        match = re.fullmatch(pattern, item)
        if match and (commitment.payment == "no-upfront" or "{payment}" in template):
            return template.format(years=commitment.term[:1], payment=commitment.payment, **match.groupdict())
    return ""


def _unused(commitment: Commitment, left: Decimal) -> Problem:
    whole = commitment.hours or Decimal(0)
    figures = [f"{figure.quantize(Decimal('0.01')).normalize():,f}" for figure in (left, whole)]
    message = f"{commitment.name}: {figures[0]} of {figures[1]} hours a month are left, and paid all the same"
    return Problem(Level.NOTICE, UNUSED, message, commitment.where, "nothing more here fits it")


def _rewritten(project: ProjectReport, number: int, lines: Lines) -> ProjectReport:
    """`project` with its lines split; one that is wholly covered has none left on demand."""
    resources = []
    for r, resource in enumerate(project.resources):
        split = [lines[_Place(number, r, n)] for n in range(len(resource.estimate.components))]
        if all(len(parts) == 1 for parts in split):
            resources.append(resource)
            continue
        components = [
            c for rest, *covered in split for c in (*covered, *([] if covered and _is_none(rest) else [rest]))
        ]
        resources.append(replace(resource, estimate=replace(resource.estimate, components=tuple(components))))
    return replace(project, resources=tuple(resources))


def _is_none(component: CostComponent) -> bool:
    return component.quantity == ZERO
