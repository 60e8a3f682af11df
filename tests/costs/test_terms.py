"""What the settings make of prices and hours; every figure worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.stated_prices import StatedPrices
from finops_lint.costs.pricer import Pricer, PricerOptions
from finops_lint.model.estimate import Estimate
from finops_lint.model.resource import Graph, Resource, Tags
from finops_lint.model.span import Span
from finops_lint.model.terms import Discount, PriceOverride, Schedule, Selector
from finops_lint.model.values import Partial, Unknown
from tests.costs.test_pricer import House, resource

HERE = Span("finops-lint.yaml", 3, 5)
MACHINE = """\
usage:
  monthly_hrs: hours
costs:
  - {name: Machine, unit: hours, quantity: hours, price: test/hours}
  - {name: Disk, unit: GB, quantity: 10, price: test/gb}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.sheet(MACHINE)
    return made


def discount(factor: str, **selector: str) -> Discount:
    return Discount(Selector(**selector), Decimal(factor), "", HERE)


def office(**binding: Any) -> Schedule:
    return Schedule("office", "weekdays 8-19", 55 * 60, HERE, **{"types": ("aws_*",), **binding})


def tagged(**tags: str) -> Resource:
    return resource(tags=Tags(effective=dict(tags)))


def monthly(estimate: Estimate) -> list[Decimal]:
    return [c.monthly.expected for c in estimate.components if c.monthly]


def test_a_discount_reduces_what_is_paid_and_keeps_the_list_price(house: House) -> None:
    estimate = house.price(resource(), discounts=(discount("0.9", provider="aws"),))
    assert monthly(estimate) == [1314, Decimal("0.9")]  # 730 × 2 × 0.9; 10 × 0.1 × 0.9
    [machine, _] = estimate.components
    assert machine.price is not None
    assert machine.price.amount == 2
    assert machine.terms == ("10 % off the list price, finops-lint.yaml:3:5",)


def test_a_discounted_cost_is_known(house: House) -> None:
    total = house.price(resource(), discounts=(discount("0.9"),)).total
    assert total.known.expected == Decimal("1314.9")
    assert total.assumed.expected == 0


@pytest.mark.parametrize(
    ("selectors", "factor"),
    [
        ([{"provider": "aws"}, {"service": "test"}], "0.8"),
        ([{"service": "test"}, {"provider": "aws"}], "0.9"),
        ([{"type": "aws_thing"}, {"item": "test/h*"}], "0.8"),
        ([{"item": "test/*"}, {"item": "test/hours"}], "0.8"),
        ([{"service": "test", "region": "us-east-1"}, {"service": "test"}], "0.9"),
        ([{"provider": "aws"}, {"provider": "google"}], "0.9"),
        ([{"region": "eu-*"}, {"service": "te?t"}], "0.8"),
    ],
)
def test_the_most_exact_discount_counts(house: House, selectors: list[dict[str, str]], factor: str) -> None:
    first, second = selectors
    both = (discount("0.9", **first), discount("0.8", **second))
    [hours, *_] = monthly(house.price(resource(), discounts=both))
    assert hours == 1460 * Decimal(factor)


@pytest.mark.parametrize(
    ("item", "provider", "family"),
    [
        ("ec2/linux/m5.large", "aws", "m5"),
        ("rds/postgres/single-az/db.r6g.xlarge", "aws", "db.r6g"),
        ("opensearch/instance/r5.large.search", "aws", "r5"),
        ("compute/linux/n2-standard-4", "google", "n2"),
        ("vm/linux/Standard_D4s_v5", "azure", "Standard_Ds_v5"),
        ("vm/linux/Standard_NC24ads_A100_v4", "azure", "Standard_NCads_A100_v4"),
        ("vm/linux/Standard_E8-2s_v5", "azure", "Standard_Es_v5"),
    ],
)
def test_a_family_is_the_machine_without_its_size(item: str, provider: str, family: str) -> None:
    from finops_lint.model.selection import family_of, machine_of

    assert family_of(machine_of(item), provider) == family


def test_spot_prices_are_reduced_only_where_their_item_is_named(house: House) -> None:
    table = house.root / "tables" / "aws" / "test.csv"
    row = "spot/x,us-east-1,0,hours,1,USD,spot,test,2026-01-01\n"
    table.write_text(table.read_text().replace("tiered,", row + "tiered,", 1), "utf-8")
    house.sheet("costs:\n  - {name: Spot, unit: hours, quantity: 100, price: test/spot/x}\n")
    assert monthly(house.price(resource(), discounts=(discount("0.5", provider="aws"),))) == [100]
    assert monthly(house.price(resource(), discounts=(discount("0.5", item="test/spot/*"),))) == [50]


def stated_price(house: House, *own: PriceOverride, discounts: tuple[Discount, ...] = ()) -> Estimate:
    book = StatedPrices(house.root, stated=own)
    one = resource()
    return Pricer(Sheets(house.root), book, options=PricerOptions(discounts=discounts)).price(one, Graph([one]))


def test_a_price_of_the_users_own_wins_and_names_the_settings(house: House) -> None:
    estimate = stated_price(house, PriceOverride("test/hours", Decimal("1.5"), HERE))
    assert monthly(estimate) == [1095, 1]  # 730 × 1.5
    price = estimate.components[0].price
    assert price is not None
    assert (price.basis, price.source, price.unit) == ("stated", "settings, finops-lint.yaml:3:5", "hours")


def test_a_price_of_the_users_own_holds_in_its_region_and_is_not_discounted(house: House) -> None:
    own = (
        PriceOverride("test/hours", Decimal(9), HERE, region="eu-*"),
        PriceOverride("test/*", Decimal(3), HERE),
    )
    assert monthly(stated_price(house, *own, discounts=(discount("0.5"),))) == [2190, 30]


def test_a_schedule_sets_the_hours_and_says_why(house: House) -> None:
    estimate = house.price(tagged(env="dev"), schedules=(office(tags={"env": "dev*"}),))
    assert round(monthly(estimate)[0], 4) == Decimal("477.9762")  # 730 × 55 / 168 × 2
    assert monthly(estimate)[1] == 1
    [why] = estimate.terms
    assert why.startswith("runs 238.99 hours a month by the schedule office (weekdays 8-19: 55 of 168 hours a week)")


@pytest.mark.parametrize(
    "binding",
    [
        {"tags": {"env": "prod"}},
        {"workspaces": ("staging",)},
        {"paths": ("other/*",)},
        {"addresses": ("module.*",)},
        {"types": ("google_*",)},
        {"types": ()},  # a thing is nothing that can be stopped
    ],
)
def test_what_a_schedule_does_not_fit_runs_all_month(house: House, binding: dict[str, Any]) -> None:
    estimate = house.price(tagged(env="dev"), schedules=(office(**binding),))
    assert monthly(estimate)[0] == 1460
    assert not estimate.terms


def test_a_schedule_fits_by_workspace_path_and_address(house: House) -> None:
    bound = office(workspaces=("dev-*",), paths=("main.tf",), addresses=("aws_thing.*",))
    one = resource()
    estimate = house.pricer(schedules=(bound,)).price(one, Graph([one]), "dev-3")
    assert round(monthly(estimate)[0], 2) == Decimal("477.98")


def test_the_first_schedule_that_fits_counts(house: House) -> None:
    night = Schedule("night", "daily 0-12", 84 * 60, HERE, types=("aws_thing",))
    assert monthly(house.price(resource(), schedules=(night, office())))[0] == 730  # 365 × 2


def test_a_tag_that_is_not_known_fits_no_schedule(house: House) -> None:
    open_tags = resource(tags=Tags(effective=Partial({"env": Unknown("var.env", ("var.env",))}, Unknown("more"))))
    assert monthly(house.price(open_tags, schedules=(office(tags={"env": "*"}),)))[0] == 1460


def test_stated_hours_win_over_a_schedule(house: House) -> None:
    usage = house.usage("version: 0.1\nresource_usage:\n  aws_thing.a:\n    monthly_hrs: 100\n")
    estimate = house.price(resource(), usage=usage, schedules=(office(),))
    assert monthly(estimate)[0] == 200
    assert not estimate.terms


def test_a_schedule_is_not_mentioned_where_hours_do_not_matter(house: House) -> None:
    house.sheet("costs:\n  - {name: Disk, unit: GB, quantity: 10, price: test/gb}\n")
    assert house.price(resource(), schedules=(office(),)).terms == ()


def test_equal_resources_on_different_schedules_are_priced_apart(house: House) -> None:
    pricer = house.pricer(schedules=(office(tags={"env": "dev"}),))
    graph = Graph([tagged(env="prod"), tagged(env="dev")])
    figures = [monthly(pricer.price(one, graph))[0] for one in (*graph.resources * 3,)]
    assert [round(f, 2) for f in figures] == [1460, Decimal("477.98")] * 3
