"""What a sheet, a table and the stated usage make of a resource; every figure worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.catalog.cel import ExpressionFault
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.pricer import Pricer, PricerOptions
from finops_lint.costs.usage import NO_USAGE, Usage, read_usage
from finops_lint.model.estimate import CostComponent, Coverage, Estimate
from finops_lint.model.money import Range
from finops_lint.model.resource import Graph, Reference, Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Unknown, Value

TABLE = """\
item,region,tier_from,unit,price,currency,basis,source,as_of
gb,eu-west-1,0,GB,0.2,USD,list,test,2026-01-01
gb,us-east-1,0,GB,0.1,USD,list,test,2026-01-01
global,*,0,requests,0.5,USD,list,test,2026-01-01
hours,us-east-1,0,hours,2,USD,list,test,2026-01-01
hours,us-west-2,0,hours,2.5,USD,list,test,2026-01-01
hours,us-west-2-lax-1,0,hours,3,USD,list,test,2026-01-01
requests,us-east-1,0,requests,0.0000002,USD,list,test,2026-01-01
tiered,us-east-1,0,GB,0.09,USD,list,test,2026-01-01
tiered,us-east-1,10240,GB,0.085,USD,list,test,2026-01-01
tiered,us-east-1,51200,GB,0.07,USD,list,test,2026-01-01
"""


def unknown(name: str) -> Unknown:
    return Unknown(f"{name} is not known", (name,))


def resource(values: dict[str, Value] | None = None, **more: Any) -> Resource:
    base = Resource(
        "aws_thing.a", "aws_thing", "a", "aws", "terraform", "p", "us-east-1", values or {}, Span("main.tf", 1)
    )
    return replace(base, **more)


class House:
    """A folder with one table and the sheets of a test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        tables = root / "tables" / "aws"
        tables.mkdir(parents=True)
        (tables / "test.csv").write_text(TABLE, "utf-8")
        (tables / "manifest.yaml").write_text("sources: {test: {title: Test}}\nservices: {}\n", "utf-8")

    def sheet(self, text: str, kind: str = "aws_thing") -> None:
        self.write(f"aws/{kind}.yaml", f"type: {kind}\n{text}")

    def write(self, name: str, text: str) -> None:
        file = self.root / "resources" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def usage(self, text: str) -> Usage:
        file = self.root / "usage.yml"
        file.write_text(text, "utf-8")
        return read_usage(file)

    def pricer(self, usage: Usage = NO_USAGE, **options: Any) -> Pricer:
        return Pricer(
            Sheets(self.root), PriceBook(self.root), usage=usage, options=PricerOptions(**{"strict": True, **options})
        )

    def price(self, one: Resource, *others: Resource, usage: Usage = NO_USAGE, **options: Any) -> Estimate:
        return self.pricer(usage, **options).price(one, Graph([one, *others]))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def line(**keys: Any) -> str:
    import json

    return "costs: [" + json.dumps({"name": "A", "unit": "GB", "price": "test/gb", **keys}) + "]\n"


def only(estimate: Estimate) -> CostComponent:
    (found,) = estimate.components
    return found


def monthly(component: CostComponent) -> Decimal:
    assert component.monthly is not None, component
    return component.monthly.expected


def test_a_line_costs_its_quantity_times_its_price(house: House) -> None:
    house.sheet(line(quantity="r.size"))
    found = house.price(resource({"size": 50}))
    assert found.coverage is Coverage.PRICED
    assert monthly(only(found)) == Decimal("5.0")


def test_a_month_has_730_hours_unless_stated(house: House) -> None:
    house.sheet("usage: {monthly_hrs: hours}\n" + line(unit="hours", quantity="hours", price="test/hours"))
    assert monthly(only(house.price(resource()))) == 1460
    stated = house.usage("resource_usage: {aws_thing.a: {monthly_hrs: 100}}")
    assert monthly(only(house.price(resource(), usage=stated))) == 200


def test_a_quantity_without_usage_waits_and_shows_its_unit_price(house: House) -> None:
    house.sheet(
        "usage: {monthly: requests}\n" + line(unit="1M requests", quantity="usage.monthly", price="test/requests")
    )
    found = only(house.price(resource()))
    assert found.waits_for_usage
    assert found.usage_key == "monthly"
    assert found.per_unit == Decimal("0.2")


def test_a_printed_unit_is_scaled(house: House) -> None:
    house.sheet(
        "usage: {monthly: requests}\n" + line(unit="1M requests", quantity="usage.monthly", price="test/requests")
    )
    stated = house.usage("resource_usage: {aws_thing.a: {monthly: 2500000}}")
    found = only(house.price(resource(), usage=stated))
    assert found.quantity is not None
    assert found.quantity.expected == Decimal("2.5")
    assert monthly(found) == Decimal("0.5")


def test_what_a_resource_takes_at_once_is_one_printed_unit(house: House) -> None:
    house.sheet(
        "usage: {monthly: hours}\n"
        + line(
            unit="node-hours",
            quantity="usage.monthly * r.nodes",
            price="test/hours",
            bundle={"of": "r.nodes", "unit": "hours ({r.nodes} nodes)"},
        )
    )
    waiting = only(house.price(resource({"nodes": 5})))
    assert (waiting.unit, waiting.per_unit) == ("hours (5 nodes)", Decimal(10))  # 5 × 2
    stated = house.usage("resource_usage: {aws_thing.a: {monthly: 3}}")
    found = only(house.price(resource({"nodes": 5}), usage=stated))
    assert found.quantity is not None
    assert (found.quantity.expected, monthly(found)) == (Decimal(3), Decimal(30))  # 3 hours of 5 × 2
    unclear = only(house.price(resource({"nodes": unknown("var.nodes")}), usage=stated))
    assert unclear.unit == "node-hours"
    assert unclear.unpriced is not None
    assert unclear.unpriced.waits_for == ("var.nodes",)


def test_what_comes_off_by_itself_reduces_the_price_and_is_told(house: House) -> None:
    less = {"by": "r.share", "because": "{r.share} off"}
    house.sheet(line(unit="hours", quantity="10", price="test/hours", less=less))
    found = only(house.price(resource({"share": 0.25})))
    assert (found.per_unit, monthly(found), found.terms) == (Decimal("1.5"), Decimal(15), ("0.25 off",))  # 2 × 0.75
    assert found.price is not None
    assert found.price.amount == Decimal(2)
    plain = only(house.price(resource({"share": 0})))
    assert (plain.per_unit, plain.terms) == (Decimal(2), ())
    unclear = only(house.price(resource({"share": unknown("var.share")})))
    assert (unclear.per_unit, unclear.terms) == (Decimal(2), ())


def test_today_is_the_day_of_the_options_and_lies_before_any_calendar_without_one(house: House) -> None:
    house.sheet(line(quantity="today >= '2026-03-01' ? 2 : 1"))
    assert monthly(only(house.price(resource()))) == Decimal("0.1")
    assert monthly(only(house.price(resource(), today=date(2026, 2, 28)))) == Decimal("0.1")
    assert monthly(only(house.price(resource(), today=date(2026, 3, 1)))) == Decimal("0.2")


def test_an_unknown_quantity_is_unpriced_and_names_what_it_waits_for(house: House) -> None:
    house.sheet(line(quantity="r.size"))
    found = only(house.price(resource({"size": unknown("var.size")})))
    assert found.unpriced is not None
    assert found.unpriced.waits_for == ("var.size",)
    assert not found.waits_for_usage
    assert found.monthly is None


def test_an_unknown_item_is_unpriced_and_stands_in_the_name(house: House) -> None:
    house.sheet(line(name="Disk ({r.kind})", quantity=1, price="test/{r.kind}"))
    found = only(house.price(resource({"kind": unknown("var.kind")})))
    assert found.name == "Disk (var.kind)"
    assert found.unpriced is not None
    assert found.unpriced.waits_for == ("var.kind",)


def test_a_missing_price_is_unpriced_and_names_the_nearest(house: House) -> None:
    house.sheet(line(quantity=1, price="test/{r.kind}"))
    found = only(house.price(resource({"kind": "hour"})))
    assert found.unpriced is not None
    assert "hour" in found.unpriced.reason
    assert "hours" in found.unpriced.nearest
    assert found.monthly is None


def test_a_region_that_is_not_in_the_code_is_assumed_and_says_so(house: House) -> None:
    house.sheet(line(quantity=1))
    found = house.price(resource(region=None))
    price = only(found).price
    assert price is not None
    assert price.approximate == "the region is not in the code; us-east-1 taken"
    assert found.total.known.expected == 0
    assert found.total.assumed.expected == Decimal("0.1")


@pytest.mark.parametrize(
    ("zone", "price"), [("us-west-2-lax-1a", "3"), ("us-west-2a", "2.5"), (unknown("var.zone"), "2.5"), (None, "2.5")]
)
def test_a_local_zone_has_prices_of_its_own(house: House, zone: Value, price: str) -> None:
    house.sheet(line(quantity=1, price="test/hours"))
    found = only(house.price(resource({} if zone is None else {"availability_zone": zone}, region="us-west-2")))
    assert found.per_unit == Decimal(price)


def test_the_settings_name_the_region_of_what_names_none(house: House) -> None:
    house.sheet(line(quantity=1))
    found = only(house.price(resource(region=None), regions={"aws": "eu-west-1"}))
    assert monthly(found) == Decimal("0.2")
    assert found.price is not None
    assert found.price.approximate == ""


def test_an_unknown_region_names_what_it_waits_for(house: House) -> None:
    house.sheet(line(quantity=1))
    price = only(house.price(resource(region=unknown("var.region")))).price
    assert price is not None
    assert price.approximate == "the region waits for var.region; us-east-1 taken"


def test_a_price_that_is_the_same_everywhere_is_not_in_doubt_for_the_region(house: House) -> None:
    house.sheet(line(unit="requests", quantity=2, price="test/global"))
    found = house.price(resource(region=None))
    assert found.total.known.expected == 1


def test_a_condition_leaves_a_line_out(house: House) -> None:
    house.sheet(line(quantity=1, when="r.size > 5"))
    assert house.price(resource({"size": 5})).components == ()
    assert len(house.price(resource({"size": 6})).components) == 1


def test_an_unknown_condition_leaves_a_line_unpriced(house: House) -> None:
    house.sheet(line(quantity=1, when="r.on"))
    found = only(house.price(resource({"on": unknown("var.on")})))
    assert found.unpriced is not None
    assert found.unpriced.waits_for == ("var.on",)


def test_an_unknown_condition_on_what_waits_for_usage_anyway_says_nothing(house: House) -> None:
    house.sheet("usage: {gb: GB}\n" + line(quantity="usage.gb", when="r.on"))
    assert house.price(resource({"on": unknown("var.on")})).components == ()
    house.sheet("usage: {gb: GB}\n" + line(quantity="usage.gb * r.size", when="r.on"))
    both = resource({"on": unknown("var.on"), "size": unknown("var.size")})
    assert house.price(both).components == ()


def test_a_loop_makes_a_component_an_entry_under_its_heading(house: House) -> None:
    house.sheet(line(each="r.?disk.orValue([])", **{"as": "d"}, under="disk[{i}]", quantity="d.gb"))
    found = house.price(resource({"disk": [{"gb": 1}, {"gb": unknown("var.gb")}]}))
    assert [c.group for c in found.components] == [("disk[0]",), ("disk[1]",)]
    assert monthly(found.components[0]) == Decimal("0.1")
    assert found.components[1].unpriced is not None
    assert house.price(resource()).components == ()


def test_blocks_that_may_be_there_are_unpriced_beside_the_known(house: House) -> None:
    house.sheet(line(each="r.?disk.orValue([])", **{"as": "d"}, quantity="d.gb"))
    found = house.price(resource({"disk": Partial(({"gb": 1},), unknown("var.disks"))}))
    assert monthly(found.components[0]) == Decimal("0.1")
    assert found.components[1].unpriced is not None
    assert found.components[1].unpriced.waits_for == ("var.disks",)


@pytest.mark.parametrize(
    ("gb", "parts"),
    [
        (100, [("A", Decimal("9"))]),
        (10240, [("A", Decimal("921.6"))]),
        (20480, [("A (first 10,240 GB)", Decimal("921.6")), ("A (next 40,960 GB)", Decimal("870.4"))]),
        (
            51300,
            [
                ("A (first 10,240 GB)", Decimal("921.6")),
                ("A (next 40,960 GB)", Decimal("3481.6")),
                ("A (over 51,200 GB)", Decimal("7")),
            ],
        ),
    ],
)
def test_each_tier_the_quantity_reaches_is_a_component(house: House, gb: int, parts: list[tuple[str, Decimal]]) -> None:
    house.sheet(line(quantity="r.gb", price="test/tiered"))
    found = house.price(resource({"gb": gb}))
    assert [(c.name, monthly(c)) for c in found.components] == parts


def test_tiers_are_named_by_the_sheet(house: House) -> None:
    tiers = [{"up_to": 10240, "name": "first 10TB"}, {"up_to": 51200, "name": "next 40TB"}, {"name": "over 50TB"}]
    house.sheet(line(quantity="r.gb", price="test/tiered", tiers=tiers))
    found = house.price(resource({"gb": 20480}))
    assert [(c.name, monthly(c)) for c in found.components] == [
        ("first 10TB", Decimal("921.6")),
        ("next 40TB", Decimal("870.4")),
    ]


def test_limits_clamp_the_quantity(house: House) -> None:
    house.sheet(line(quantity="r.gb", min=10, max="r.most"))
    assert monthly(only(house.price(resource({"gb": 1, "most": 20})))) == 1
    assert monthly(only(house.price(resource({"gb": 99, "most": 20})))) == 2
    assert monthly(only(house.price(resource({"gb": 99, "most": unknown("var.most")})))) == Decimal("9.9")


def test_what_scales_has_a_range(house: House) -> None:
    house.sheet(line(quantity={"low": "r.min", "expected": "r.now", "high": "r.max"}))
    found = only(house.price(resource({"min": 1, "now": 2, "max": 4})))
    assert found.monthly is not None
    assert (found.monthly.low, found.monthly.expected, found.monthly.high) == (
        Decimal("0.1"),
        Decimal("0.2"),
        Decimal("0.4"),
    )


def test_a_limit_that_is_not_known_does_not_hide_what_is_expected(house: House) -> None:
    house.sheet(line(quantity={"low": "r.min", "expected": "r.now", "high": "r.max"}))
    found = only(house.price(resource({"min": 3, "now": 2, "max": unknown("var.max")})))
    assert found.quantity is not None
    assert found.quantity.is_exact
    assert found.quantity.low == 2


@pytest.mark.parametrize("size", [-5, "many", True, [1], {"a": 1}])
def test_a_quantity_that_is_no_figure_is_unpriced(house: House, size: Value) -> None:
    house.sheet(line(quantity="r.size"))
    found = only(house.price(resource({"size": size})))
    assert found.unpriced is not None
    assert found.monthly is None


def test_a_line_that_may_not_hold_is_shown_left_out_or_taken_with_what_it_rests_on(house: House) -> None:
    """`gb` costs 0.10: where it is not known whether the line holds, its sheet says what stands for it."""
    open_ = resource({"size": 50, "big": Unknown("var.big has no value", ("var.big",))})
    found = []
    for more in ({}, {"unsure": "leave out"}, {"unsure": "the large one"}):
        house.sheet(line(quantity="r.size", when="r.big", **more))
        found.append(house.price(open_).components)
    shown, left, taken = found
    assert [(c.monthly, c.unpriced is not None) for c in shown] == [(None, True)]
    assert left == ()
    assert [(monthly(c), c.price.approximate if c.price else "") for c in taken] == [(Decimal("5.0"), "the large one")]


def test_a_number_written_as_text_is_a_number(house: House) -> None:
    house.sheet(line(quantity="r.size"))
    assert monthly(only(house.price(resource({"size": "50"})))) == 5


@pytest.mark.parametrize("size", ["NaN", "Infinity", "1e999999"])
def test_no_figure_without_end_gets_in(house: House, size: str) -> None:
    house.sheet(line(quantity="r.size"))
    found = only(house.price(resource({"size": size}), strict=False))
    assert found.monthly is None or found.monthly.expected.is_finite()


def test_a_formula_that_does_not_fit_leaves_its_line_unpriced(house: House) -> None:
    house.sheet(line(quantity="r.size * 2"))
    odd = resource({"size": "a secret"})
    with pytest.raises(ExpressionFault):
        house.price(odd)
    found = only(house.price(odd, strict=False))
    assert found.unpriced is not None
    assert "a secret" not in found.unpriced.reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "sku.capacity and size are not set"),
        ({"size": 1}, "sku.capacity is not set"),
        # Asked for with `?`, it may be absent.
        ({"size": 1, "sku": [{"capacity": 3}]}, None),
    ],
)
def test_an_argument_that_is_missing_is_named_and_its_formula_is_not(
    house: House, values: dict[str, Any], reason: str | None
) -> None:
    house.sheet(
        line(name="Disk ({r.sku[0].capacity + 1})", quantity="r.size * r.sku[0].capacity * r.?copies.orValue(2)")
    )
    found = only(house.price(resource({"sku": [{}], **values}), strict=False))
    assert (found.unpriced and found.unpriced.reason, found.name) == (reason, "Disk (?)" if reason else "Disk (4)")


def test_a_value_that_may_be_secret_is_not_printed(house: House) -> None:
    house.sheet(line(name="Disk ({r.kind})", quantity=1))
    one = resource({"kind": "hush"}, sensitive=frozenset({("kind",)}))
    assert only(house.price(one)).name == "Disk ((sensitive))"


def test_a_part_sees_what_it_is_given_and_nothing_of_the_sheets_own(house: House) -> None:
    house.write("aws/parts/disk.yaml", "takes: [gb]\nlet: {twice: gb * 2}\n" + line(quantity="twice"))
    house.sheet("let: {own: '7'}\ncosts:\n  - use: disk\n    times: 3\n    with: {gb: r.size}\n")
    assert monthly(only(house.price(resource({"size": 10})))) == 6


TEMPLATE = "free: billed through what uses it\n" + line(quantity="r.gb * given.factor", name="Disk ({r.gb})")
USER = """\
let: {template: "related['aws_template'][?0].?_address"}
costs:
  - through: template
    times: 2
    given: {factor: 3}
    missing: the template is not in the code
    name: Disks
"""


def template(values: dict[str, Value]) -> Resource:
    return resource(values, address="aws_template.t", type="aws_template")


def test_another_resources_lines_are_priced_where_it_is_used(house: House) -> None:
    house.sheet(TEMPLATE, "aws_template")
    house.sheet(USER)
    user = resource({}, references=(Reference(("template",), "aws_template.t", "id"),))
    found = house.price(user, template({"gb": 5}))
    assert only(found).group == ("aws_template.t",)
    assert monthly(only(found)) == 3  # 2 × 5 × 3 × 0.1
    assert found.through == ("aws_template.t",)
    assert house.price(template({"gb": 5})).coverage is Coverage.FREE


def test_what_the_price_goes_through_may_not_be_in_the_code(house: House) -> None:
    house.sheet(USER)
    found = only(house.price(resource()))
    assert found.name == "Disks"
    assert found.unpriced is not None
    assert found.unpriced.reason == "the template is not in the code"


def test_resources_that_are_priced_through_each_other_come_to_an_end(house: House) -> None:
    house.sheet(
        "let: {other: \"related['aws_thing'][?0].?_address\"}\ncosts:\n  - through: other\n"
        + line(quantity=1)[8:-2].join(["  - ", "\n"])
    )
    one = resource(references=(Reference(("x",), "aws_thing.b"),))
    two = resource(address="aws_thing.b", references=(Reference(("x",), "aws_thing.a"),))
    assert 0 < len(house.price(one, two).components) < 20


def test_what_was_assumed_is_carried(house: House) -> None:
    said = {"when": "!has(r.size)", "say": "8 GB"}
    house.sheet(line(quantity="r.?size.orValue(8)", assumes=[said, "always"]))
    assert only(house.price(resource())).assumptions == ("8 GB", "always")
    assert only(house.price(resource({"size": 1}))).assumptions == ("always",)


def test_a_type_without_a_sheet_is_unsupported_or_listed_as_free(house: House) -> None:
    house.write("aws/free.txt", "# settings\naws_setting\naws_policy_*\n")
    assert house.price(resource(type="aws_other")).coverage is Coverage.UNSUPPORTED
    found = house.price(resource(type="aws_setting"))
    assert (found.coverage, found.note) == (Coverage.FREE, "settings")
    assert house.price(resource(type="aws_policy_x")).coverage is Coverage.FREE


def test_existence_in_doubt_is_carried(house: House) -> None:
    house.sheet(line(quantity=10))
    found = house.price(resource(assumed="count depends on var.on"))
    assert found.total.known.expected == 0
    assert found.total.assumed.expected == 1


def test_equal_resources_get_equal_estimates_under_their_own_addresses(house: House) -> None:
    house.sheet(line(name="Disk {r.kind}", quantity="r.size", price="test/gb"))
    pricer = house.pricer()
    things = [
        resource({"size": n % 2 + 1, "kind": "x", "name": f"n{n}"}, address=f"aws_thing.t[{n}]") for n in range(8)
    ]
    found = [pricer.price(one, Graph(things)) for one in things]
    assert [e.address for e in found] == [one.address for one in things]
    assert [monthly(only(e)) for e in found] == [Decimal("0.1"), Decimal("0.2")] * 4


def test_remembering_minds_region_usage_secrecy_and_related_resources(house: House) -> None:
    house.sheet(
        "usage: {gb: GB}\nlet: {more: \"related['aws_template'][?0].?gb.orValue(0)\"}\n"
        + line(name="Disk {r.kind}", quantity="usage.gb + more")
    )
    stated = house.usage("resource_usage: {aws_thing.a: {gb: 10}, 'aws_thing.b[*]': {gb: 20}}")
    pricer = house.pricer(stated)
    refers = (Reference(("template",), "aws_template.t"),)
    things = [
        *(resource({"kind": "x"}, address=f"aws_thing.b[{n}]") for n in range(4)),
        resource({"kind": "x"}),
        resource({"kind": "x"}, address="aws_thing.b[5]", region="eu-west-1"),
        resource({"kind": "x"}, address="aws_thing.b[6]", sensitive=frozenset({("kind",)})),
        resource({"kind": "x"}, address="aws_thing.b[7]", references=refers),
    ]
    graph = Graph([*things, template({"gb": 80})])
    found = [only(pricer.price(one, graph)) for one in things]
    assert [monthly(c) for c in found] == [2, 2, 2, 2, 1, 4, 2, 10]
    assert [c.name for c in found][-3:] == ["Disk x", "Disk (sensitive)", "Disk x"]


def test_what_was_read_is_told_alike_of_the_first_and_of_the_hundredth(house: House) -> None:
    house.sheet(
        "let: {first: \"related['aws_template'][0].gb\", second: \"related['aws_disk'][0].gb\"}\n"
        + line(quantity="first + second")
    )
    pricer = house.pricer()
    disk = resource({"gb": 1}, address="aws_disk.d", type="aws_disk")
    refers = (Reference(("template",), "aws_template.t"), Reference(("disk",), "aws_disk.d"))
    things = [resource({}, address=f"aws_thing.b[{n}]", references=refers) for n in range(12)]
    graph = Graph([*things, template({"gb": 80}), disk])
    found = [pricer.price(one, graph).through for one in things]
    assert found == [("aws_template.t", "aws_disk.d")] * 12


def test_faults_in_the_stated_usage_are_told(house: House) -> None:
    house.sheet("usage: {gb: GB}\n" + line(quantity="usage.gb"))
    pricer = house.pricer(house.usage("resource_usage:\n  aws_thing.a:\n    gb: many\n"))
    assert only(pricer.price(resource(), Graph([resource()]))).waits_for_usage
    assert [p.message for p in pricer.problems] == ["aws_thing.a: gb must be a number"]


def test_a_sheet_may_know_that_something_is_free(house: House) -> None:
    house.sheet("costs: [{name: A, unit: hours, quantity: hours, amount: 0, assumes: paid for in advance}]\n")
    found = house.price(resource())
    assert monthly(only(found)) == 0
    assert found.total.unpriced == 0


def test_a_price_that_is_another_things_is_assumed_where_the_sheet_says_so(house: House) -> None:
    taken = [{"when": "r.spare", "say": "the price of spot machines", "price": True}, {"say": "one month"}]
    house.sheet(line(name="Hours", unit="hours", quantity=10, price="test/global", assumes=taken))
    spare, plain = (only(house.price(resource({"spare": is_spare}))) for is_spare in (True, False))
    assert (spare.is_assumed, plain.is_assumed) == (True, False)
    assert spare.price is not None
    assert spare.price.approximate == "the price of spot machines"
    assert spare.assumptions == plain.assumptions == ("one month",)


def test_a_line_priced_in_a_region_that_is_not_known_waits_for_it(house: House) -> None:
    house.sheet(line(quantity="r.size", region="{r.store}"))
    assert monthly(only(house.price(resource({"size": 50, "store": "eu-west-1"})))) == 10  # 50 × 0.2
    found = only(house.price(resource({"size": 50, "store": unknown("var.region")})))
    assert found.unpriced is not None
    assert found.unpriced.waits_for == ("var.region",)


def test_what_is_there_as_often_as_usage_says_waits_for_it(house: House) -> None:
    house.write("aws/parts/disk.yaml", "takes: [gb]\n" + line(quantity="gb"))
    house.sheet(
        "usage: {disks: number}\ncosts:\n  - use: disk\n    times: usage.disks\n    with: {gb: r.size}\n",
    )
    waiting = only(house.price(resource({"size": 10})))
    assert (waiting.usage_key, waiting.quantity, waiting.unpriced) == ("disks", None, None)
    stated = house.usage("resource_usage: {aws_thing.a: {disks: 4}}")
    assert monthly(only(house.price(resource({"size": 10}), usage=stated))) == 4  # 4 × 10 × 0.1


def test_what_is_there_nobody_knows_how_often_is_unpriced(house: House) -> None:
    house.write("aws/parts/disk.yaml", "takes: [gb]\n" + line(quantity="gb"))
    house.sheet("costs:\n  - use: disk\n    times: r.count\n    with: {gb: r.size}\n")
    found = only(house.price(resource({"size": 10, "count": unknown("var.count")})))
    assert found.quantity is None
    assert found.unpriced is not None
    assert found.unpriced.waits_for == ("var.count",)
    unset = only(house.price(resource({"size": 10})))
    assert unset.unpriced is not None
    assert unset.unpriced.reason == "the number of machines is not set"


def test_a_loop_over_a_map_takes_it_as_one_block_or_entry_by_entry(house: House) -> None:
    house.sheet(line(each="r.disk", **{"as": "d"}, quantity="d.gb"))
    assert [monthly(c) for c in house.price(resource({"disk": {"gb": 10, "iops": 3}})).components] == [1]
    house.sheet(line(each="r.disks", quantity=20))
    assert [monthly(c) for c in house.price(resource({"disks": {"a": 1, "b": 2}})).components] == [2, 2]


@pytest.mark.parametrize(
    ("key", "stated", "quantity"),
    [("gb", "{gb: 30}", "usage.gb"), ("gb", "{gb: 30}", "held"), ("kept.gb", "{kept: {gb: 30}}", "usage.kept.gb")],
)
def test_a_component_of_stated_usage_names_its_key(house: House, key: str, stated: str, quantity: str) -> None:
    named = "{gb: GB}" if key == "gb" else "{kept: {gb: GB}}"
    held = f"let: {{held: usage.{key} * 1}}\n"
    house.sheet(f"usage: {named}\n{held}" + line(quantity=quantity))
    found = house.price(resource(), usage=house.usage(f"resource_usage: {{aws_thing.a: {stated}}}"))
    assert only(found).usage_key == key
    assert monthly(only(found)) == 3
    assert found.usage == ((key, Range.of(Decimal(30))),)


def test_hours_that_are_stated_are_the_usage_of_what_runs(house: House) -> None:
    house.sheet("usage: {monthly_hrs: hours}\n" + line(unit="hours", quantity="hours", price="test/hours"))
    stated = house.usage("resource_usage: {aws_thing.a: {monthly_hrs: 100}}")
    assert only(house.price(resource(), usage=stated)).usage_key == "monthly_hrs"
    assert only(house.price(resource())).usage_key == ""


def test_the_figures_an_estimate_rests_on_are_those_stated_and_those_typical(house: House) -> None:
    house.sheet("usage: {gb: {unit: GB, typical: [10, 20, 40]}, more: GB}\n" + line(quantity="usage.gb"))
    typical = Range(Decimal(10), Decimal(20), Decimal(40))
    assert house.price(resource()).usage == ()
    assert house.price(resource(), typical=True).usage == (("gb", typical),)
    stated = house.usage("resource_usage: {aws_thing.a: {gb: 30}}")
    assert house.price(resource(), usage=stated, typical=True).usage == (("gb", Range.of(Decimal(30))),)


def test_what_a_part_costs_is_remembered_but_not_what_one_resource_lacks(house: House) -> None:
    house.write("aws/parts/disk.yaml", "takes: [disk]\n" + line(quantity="disk.gb * 1"))
    house.sheet("costs: [{use: disk, with: {disk: r.disk}}, {name: B, unit: GB, quantity: r.size, price: test/gb}]\n")
    pricer = house.pricer(strict=False)

    def found(**values: Value) -> list[object]:
        first, _ = pricer.price(resource(values), Graph([resource(values)])).components
        return [first.unpriced.reason if first.unpriced else monthly(first)]

    assert [found(disk={"gb": 50}), found(disk={"gb": 50}), found(disk={"gb": 70})] == [[5], [5], [7]]
    assert found(disk="none") == ["size is not set"]
    assert found(disk="none", size=1) == ["A cannot be worked out from these attributes (disk.yaml)"]


def test_parts_that_use_themselves_come_to_an_end(house: House) -> None:
    part = "takes: []\ncosts:\n  - {name: A, unit: GB, quantity: 1, price: test/gb}\n  - {use: again}\n"
    house.write("aws/parts/again.yaml", part)
    house.sheet("costs:\n  - {use: again}\n")
    assert 0 < len(house.price(resource()).components) < 20


def test_what_is_remembered_goes_through_the_resources_own_template(house: House) -> None:
    house.sheet(TEMPLATE, "aws_template")
    house.sheet(USER)
    templates = [template({"gb": 5}), *(replace(template({"gb": 5}), address=f"aws_template.t{n}") for n in range(8))]
    users = [
        resource(address=f"aws_thing.u{n}", references=(Reference(("template",), f"aws_template.t{n}", "id"),))
        for n in range(8)
    ]
    pricer, graph = house.pricer(), Graph([*templates, *users])
    assert [pricer.price(user, graph).through for user in users] == [(f"aws_template.t{n}",) for n in range(8)]


def test_a_sheet_may_say_where_its_type_is_priced(house: House) -> None:
    house.sheet("region: eu-west-1\n" + line(quantity=10))
    assert monthly(only(house.price(resource()))) == 2  # 10 × 0.2, not × 0.1


def test_a_zone_of_google_is_priced_as_its_region(house: House) -> None:
    tables = house.root / "tables" / "google"
    tables.mkdir()
    (tables / "test.csv").write_text(TABLE.replace("us-east-1", "us-central1"), "utf-8")
    (tables / "manifest.yaml").write_text("sources: {test: {title: Test}}\nservices: {}\n", "utf-8")
    house.write("google/google_thing.yaml", "type: google_thing\n" + line(quantity=10))
    thing = resource(address="google_thing.a", type="google_thing", provider="google", region="us-central1-a")
    found = only(house.price(thing))
    assert monthly(found) == 1
    assert found.price is not None
    assert (found.price.region, found.price.approximate) == ("us-central1", "")


def test_usage_is_wanted_by_what_waits_for_it_and_by_nothing_that_is_free(house: House) -> None:
    waits = "usage: {gb: {unit: GB, typical: [10, 20, 40]}}\n" + line(quantity="usage.gb")
    house.sheet(waits)
    house.sheet("free: billed elsewhere\n" + waits, "aws_free")
    free = resource(address="aws_free.a", type="aws_free")
    pricer, graph = house.pricer(), Graph([resource(), free])
    assert [(wanted.fact.name, wanted.monthly) for wanted in pricer.wanted(resource(), graph)] == [("gb", Decimal(2))]
    assert pricer.wanted(free, graph) == []
