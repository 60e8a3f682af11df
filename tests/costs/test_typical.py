"""What waits for usage at its typical use: ranges worked out by hand, and what stays as it is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.model.estimate import CostComponent, Estimate
from finops_lint.model.money import Range
from tests.costs.test_pricer import House, resource

USAGE = """\
usage:
  stored_gb: {unit: GB, typical: [10, 100, 1000]}
  calls: {unit: calls, typical: [1000, 2000, 4000]}
  seconds: {unit: seconds, typical: [1, 2, 3]}
  free_share: {unit: calls, typical: [1, 2, 4]}
  machines: {unit: machines, typical: [1, 5, 9]}
  other_gb: GB
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def typical(house: House, costs: str, usage: str = "") -> Estimate:
    house.sheet(f"{USAGE}costs:\n{costs}")
    stated = house.usage(f"version: 0.1\nresource_usage:\n  aws_thing.a: {usage or '{}'}\n")
    return house.price(resource(), usage=stated, typical=True)


def ends(component: CostComponent) -> tuple[Decimal | int, ...]:
    monthly = component.monthly
    assert monthly is not None
    return monthly.low, monthly.expected, monthly.high


def test_what_waits_for_usage_becomes_a_range_that_is_assumed(house: House) -> None:
    estimate = typical(house, "  - {name: Stored, unit: GB, quantity: usage.stored_gb, price: test/gb}")
    [stored] = estimate.components
    assert ends(stored) == (1, 10, 100)  # × $0.10
    assert stored.assumed == "typical use: stored_gb 100 GB (10 to 1,000)"
    assert estimate.total.assumed == Range(Decimal(1), Decimal(10), Decimal(100))
    assert estimate.total.known.high == 0
    assert estimate.total.waiting == 0


def test_a_line_of_several_keys_has_all_of_them_low_and_all_of_them_high(house: House) -> None:
    line = "  - {name: Time, unit: seconds, quantity: usage.calls * usage.seconds, price: test/gb}"
    [time] = typical(house, line).components
    assert ends(time) == (100, 400, 1200)  # 1000 × 1, 2000 × 2, 4000 × 3; × $0.10
    assert time.assumed == "typical use: calls 2,000 calls (1,000 to 4,000); seconds 2 seconds (1 to 3)"


def test_of_several_keys_what_the_user_states_holds(house: House) -> None:
    line = "  - {name: Time, unit: seconds, quantity: usage.calls * usage.seconds, price: test/gb}"
    [time] = typical(house, line, "{seconds: 10}").components
    assert ends(time) == (1000, 2000, 4000)
    assert time.assumed == "typical use: calls 2,000 calls (1,000 to 4,000)"


def test_where_more_use_costs_less_the_ends_change_places(house: House) -> None:
    line = "  - {name: Rest, unit: GB, quantity: 100 / usage.free_share, price: test/gb}"
    assert ends(typical(house, line).components[0]) == (Decimal("2.5"), 5, 10)


def test_what_is_stated_or_written_stays_as_it_is(house: House) -> None:
    lines = (
        "  - {name: Stored, unit: GB, quantity: usage.stored_gb, price: test/gb}\n"
        "  - {name: Machine, unit: hours, quantity: 'stated.?machines.orValue(3) * hours', price: test/hours}\n"
    )
    stored, machine = typical(house, lines, "{stored_gb: 7}").components
    assert ends(stored) == (Decimal("0.7"),) * 3
    assert ends(machine) == (4380,) * 3  # 3 × 730 × 2: five machines are usual, but three are written
    assert not stored.assumed
    assert not machine.assumed


def test_a_key_without_a_typical_use_still_waits(house: House) -> None:
    [other] = typical(house, "  - {name: Other, unit: GB, quantity: usage.other_gb, price: test/gb}").components
    assert other.waits_for_usage


def test_tiers_are_shared_out_at_each_end(house: House) -> None:
    sheet = "usage:\n  out_gb: {unit: GB, typical: [1000, 20000, 60000]}\n"
    house.sheet(f"{sheet}costs:\n  - {{name: Out, unit: GB, quantity: usage.out_gb, price: test/tiered}}")
    first, second, third = house.price(resource(), typical=True).components
    assert first.name == "Out (first 10,240 GB)"
    assert ends(first) == (90, Decimal("921.6"), Decimal("921.6"))  # 1000, 10240, 10240 × 0.09
    assert ends(second) == (0, Decimal("829.6"), Decimal("3481.6"))  # 0, 9760, 40960 × 0.085
    assert ends(third) == (0, 0, 616)  # 0, 0, 8800 × 0.07
    assert first.assumed == "typical use: out_gb 20,000 GB (1,000 to 60,000)"


def test_named_tiers_are_shared_out_too(house: House) -> None:
    sheet = "usage:\n  out_gb: {unit: GB, typical: [100, 200, 20240]}\n"
    tiers = "[{up_to: 10240, name: First}, {name: Rest}]"
    house.sheet(
        f"{sheet}costs:\n  - {{unit: GB, name: Out, quantity: usage.out_gb, price: test/tiered, tiers: {tiers}}}"
    )
    first, rest = house.price(resource(), typical=True).components
    assert ends(first) == (9, 18, Decimal("921.6"))
    assert ends(rest) == (0, 0, 850)


def test_a_line_that_typical_use_makes_dear_keeps_its_unit_price(house: House) -> None:
    lines = (
        "  - name: \"Calls ({usage.calls > 1500.0 ? 'many' : 'few'})\"\n"
        "    unit: calls\n    quantity: usage.calls\n    price: test/gb\n"
    )
    few, many = sorted(typical(house, lines).components, key=lambda c: c.name)
    assert ends(few) == (0, 0, 100)  # there at the low end only
    assert ends(many) == (0, 200, 400)


def test_a_total_of_typical_use_and_known_costs_keeps_them_apart(house: House) -> None:
    lines = (
        "  - {name: Stored, unit: GB, quantity: usage.stored_gb, price: test/gb}\n"
        "  - {name: Machine, unit: hours, quantity: hours, price: test/hours}\n"
    )
    total = typical(house, lines).total
    assert total.known == Range.of(Decimal(1460))
    assert total.all == Range(Decimal(1461), Decimal(1470), Decimal(1560))
