"""Hours paid for ahead: what they cover, at which price, and what is left; every figure worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.prices import PriceBook
from finops_lint.costs.commitments import with_commitments
from finops_lint.model.estimate import CostComponent, Coverage, Estimate, UnitPrice, Unpriced
from finops_lint.model.finding import Problem
from finops_lint.model.money import Range
from finops_lint.model.report import ProjectReport, ReportedResource
from finops_lint.model.span import Span
from finops_lint.model.terms import Commitment, Selector

HERE = Span("finops-lint.yaml", 2, 5)
TABLE = """\
item,region,tier_from,unit,price,currency,basis,source,as_of
reserved/linux/standard-1yr-all-upfront/m5.large,us-east-1,0,hours,0,USD,list,test,2026-01-01
reserved/linux/standard-1yr-no-upfront/m5.large,us-east-1,0,hours,0.06,USD,list,test,2026-01-01
"""


@pytest.fixture
def prices(tmp_path: Path) -> PriceBook:
    tables = tmp_path / "tables" / "aws"
    tables.mkdir(parents=True)
    (tables / "ec2.csv").write_text(TABLE, "utf-8")
    (tables / "manifest.yaml").write_text("sources: {test: {title: Test}}\nservices: {}\n", "utf-8")
    return PriceBook(tmp_path)


def machine(kind: str, price: str, hours: Range | int = 730, *, unit: str = "hours", **more: Any) -> CostComponent:
    amount = Decimal(price)
    quantity = hours if isinstance(hours, Range) else Range.of(Decimal(hours))
    found = UnitPrice(f"ec2/linux/{kind}", "us-east-1", amount, unit, source="list", as_of="2026-01-01")
    return CostComponent(f"Instance usage ({kind})", unit, quantity, found, amount, **more)


def project(name: str = "p", **resources: CostComponent) -> ProjectReport:
    made = (
        ReportedResource(
            f"aws_instance.{key}",
            "aws_instance",
            "aws",
            "us-east-1",
            Span("main.tf", 1),
            Estimate(f"aws_instance.{key}", "aws_instance", Coverage.PRICED, (component,)),
        )
        for key, component in resources.items()
    )
    return ProjectReport(name, name, "terraform", tuple(made))


def commitment(**said: Any) -> Commitment:
    figures: dict[str, Any] = {k: Decimal(v) for k, v in said.items() if k in ("hours", "percent", "factor", "price")}
    selector = Selector(**{k: v for k, v in said.items() if k in ("machine", "family", "service", "item")})
    words = {k: v for k, v in said.items() if k in ("term", "payment")}
    return Commitment(said.get("name", "plan"), selector, HERE, **figures, **words)


def lines(found: ProjectReport) -> list[tuple[str, Decimal | int, Decimal | int]]:
    return [
        (c.name, c.quantity.expected, c.monthly.expected)
        for r in found.resources
        for c in r.estimate.components
        if c.quantity and c.monthly
    ]


def applied(
    prices: PriceBook, projects: list[ProjectReport], *own: Commitment
) -> tuple[tuple[ProjectReport, ...], tuple[Problem, ...]]:
    return with_commitments(projects, own, prices)


def test_covered_hours_have_their_price_and_the_rest_is_on_demand(prices: PriceBook) -> None:
    [found], problems = applied(prices, [project(a=machine("m5.large", "0.1"))], commitment(hours=500, factor="0.6"))
    assert lines(found) == [
        ("Instance usage (m5.large), plan", 500, 30),  # × 0.06
        ("Instance usage (m5.large)", 230, 23),
    ]
    covered = found.resources[0].estimate.components[0]
    assert covered.terms == ("500 of 730 hours covered by plan, finops-lint.yaml:2:5",)
    assert found.total.known.expected == 53
    assert not problems


def test_no_more_is_covered_than_there_is_and_what_is_left_is_told(prices: PriceBook) -> None:
    [found], [left] = applied(prices, [project(a=machine("m5.large", "0.1"))], commitment(hours=1000, price="0.05"))
    assert lines(found) == [("Instance usage (m5.large), plan", 730, Decimal("36.5"))]
    assert left.code == "commitment-unused"
    assert left.message == "plan: 270 of 1,000 hours a month are left, and paid all the same"
    assert left.span == HERE


def test_the_costliest_hours_of_all_projects_are_covered_first(prices: PriceBook) -> None:
    projects = [
        project("b", x=machine("m5.large", "0.1"), y=machine("m5.xlarge", "0.2")),
        project("a", x=machine("m5.large", "0.1")),
    ]
    (b, a), _ = applied(prices, projects, commitment(hours=800, factor="0.5"))
    assert lines(a) == [  # of equal prices the project that comes first by name
        ("Instance usage (m5.large), plan", 70, Decimal("3.5")),
        ("Instance usage (m5.large)", 660, 66),
    ]
    assert lines(b) == [
        ("Instance usage (m5.large)", 730, 73),
        ("Instance usage (m5.xlarge), plan", 730, 73),
    ]


def test_the_order_of_the_files_makes_no_difference(prices: PriceBook) -> None:
    one = project("a", x=machine("m5.large", "0.1"))
    two = project("b", x=machine("m5.large", "0.1"), y=machine("m5.xlarge", "0.2"))
    forth, _ = applied(prices, [one, two], commitment(hours=900, factor="0.5"))
    back, _ = applied(prices, [two, one], commitment(hours=900, factor="0.5"))
    assert forth == back[::-1]


def test_a_share_covers_that_much_of_every_line(prices: PriceBook) -> None:
    both = project(a=machine("m5.large", "0.1", 100), b=machine("m5.xlarge", "0.2", 100))
    [found], problems = applied(prices, [both], commitment(percent=70, factor="0.5"))
    assert [round(monthly, 4) for *_, monthly in lines(found)] == [Decimal("3.5"), 3, 7, 6]
    assert not problems


def test_a_second_commitment_covers_what_the_first_leaves(prices: PriceBook) -> None:
    first = commitment(name="old", hours=300, price="0.05", machine="m5.large")
    second = commitment(name="new", hours=300, price="0.06", family="m5")
    [found], _ = applied(prices, [project(a=machine("m5.large", "0.1"))], first, second)
    assert lines(found) == [
        ("Instance usage (m5.large), old", 300, 15),
        ("Instance usage (m5.large), new", 300, 18),
        ("Instance usage (m5.large)", 130, 13),
    ]


def test_without_a_price_or_discount_the_tables_price_of_the_term_counts(prices: PriceBook) -> None:
    one = project(a=machine("m5.large", "0.1", 100))
    [found], _ = applied(prices, [one], commitment(hours=100, term="1y"))
    assert lines(found) == [("Instance usage (m5.large), plan", 100, 6)]
    price = found.resources[0].estimate.components[0].price
    assert price is not None
    assert (price.item, price.source) == ("ec2/reserved/linux/standard-1yr-no-upfront/m5.large", "test")


def test_an_hourly_price_without_what_was_paid_up_front_is_not_taken(prices: PriceBook) -> None:
    one = project(a=machine("m5.large", "0.1", 100))
    [found], [problem, _] = applied(prices, [one], commitment(hours=100, term="1y", payment="all-upfront"))
    assert found == one
    assert problem.message == "plan: the tables have no 1y price of m5.large in us-east-1"


def test_what_the_tables_have_no_price_for_stays_on_demand_and_is_told(prices: PriceBook) -> None:
    one = project(a=machine("c5.large", "0.1", 100))
    [found], problems = applied(prices, [one], commitment(hours=100, term="3y"))
    assert found == one
    assert [p.code for p in problems] == ["commitment-price", "commitment-unused"]
    assert problems[0].message == "plan: the tables have no 3y price of c5.large in us-east-1"


def test_a_range_is_covered_at_each_of_its_ends(prices: PriceBook) -> None:
    scaled = project(a=machine("m5.large", "0.1", Range(Decimal(100), Decimal(200), Decimal(1000))))
    [found], _ = applied(prices, [scaled], commitment(hours=300, factor="0.5"))
    assert found.total.all == Range(Decimal(5), Decimal(10), Decimal(85))  # 300 × 0.05 + 700 × 0.1 at most


@pytest.mark.parametrize(
    "component",
    [
        machine("m5.large", "0.1", unit="GB"),
        machine("m5.large", "0.1").__class__("Waits", "hours", None, machine("m5.large", "0.1").price, Decimal("0.1")),
        machine("spot/m5.large", "0.03"),
    ],
)
def test_only_hours_on_demand_are_covered(prices: PriceBook, component: CostComponent) -> None:
    one = project(a=component)
    [found], [left] = applied(prices, [one], commitment(hours=730, factor="0.5"))
    assert found == one
    assert left.message == "plan: 730 of 730 hours a month are left, and paid all the same"


@pytest.mark.parametrize(
    ("item", "cloud", "region", "term"),
    [
        ("compute/sustained/n2-standard-4", "google", "us-central1", "3y"),
        ("compute/ondemand/a2-highgpu-1g", "google", "europe-west4", "1y"),
        ("elasticache/redis/cache.m6g.large", "aws", "eu-west-1", "1y"),
        ("opensearch/instance/r6g.large.search", "aws", "us-east-1", "3y"),
        ("rds/mysql/single-az/db.t3.large", "aws", "us-east-1", "1y"),
        ("ec2/linux/t3.medium", "aws", "us-east-1", "3y"),
    ],
)
def test_the_shipped_tables_have_committed_prices_below_those_on_demand(
    item: str, cloud: str, region: str, term: str
) -> None:
    book = PriceBook(data_root() / "pricing")
    tiers = book.look_up(item, cloud=cloud, region=region)
    assert not isinstance(tiers, Unpriced)
    line = CostComponent("Machine", "hours", Range.of(Decimal(10)), tiers[0].price, tiers[0].price.amount)
    kind = {"aws": "aws_x", "google": "google_x"}[cloud]
    estimate = Estimate(f"{kind}.a", kind, Coverage.PRICED, (line,))
    one = ReportedResource(f"{kind}.a", kind, cloud, region, Span("main.tf", 1), estimate)
    [found], problems = with_commitments(
        [ProjectReport("p", "p", "terraform", (one,))], [commitment(hours=10, term=term)], book
    )
    assert not problems
    [covered] = found.resources[0].estimate.components
    assert covered.per_unit is not None
    assert 0 < covered.per_unit < tiers[0].price.amount
