"""What is at stake and what a remedy saves; figures are worked out from the tables by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_lint.model.finding import Confidence, Finding, Remedy, Severity
from finops_lint.model.money import Money, Range
from finops_lint.model.records import replace
from finops_lint.model.resource import Graph
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.stakes import monthly, remedied, saving_of, stake, with_money
from tests.rules.bench import prices, read_terraform

REGION = 'provider "aws" {\n  region = "us-east-1"\n}\n'


def finding(address: str, *changes: tuple[Path, Value], holder: str = "", **more: Any) -> Finding:
    remedy = Remedy(holder or address, changes, "do so") if changes else None
    made = Finding("r", Severity.WARNING, Confidence.HIGH, address, "t", "p", Span("main.tf", 1), "m", remedy=remedy)
    return replace(made, **more)


def priced(code: str, made: Finding) -> Finding:
    project = read_terraform(REGION + code)
    graph = Graph(project.resources)
    return with_money(made, graph, prices(graph))


def expected(money: Money | None) -> Decimal | None:
    return money.expected if money else None


VOLUME = 'resource "aws_ebs_volume" "v" {\n  size = 100\n  type = "gp2"\n}\n'


def test_a_cheaper_attribute_saves_the_difference() -> None:
    # 100 GB of gp2 at 0.10 and of gp3 at 0.08
    result = priced(VOLUME, finding("aws_ebs_volume.v", (("type",), "gp3")))
    assert expected(result.at_stake) == Decimal("10.0")
    assert expected(result.saving) == Decimal("2.0")
    assert result.affects == ("aws_ebs_volume.v",)


def test_a_remedy_that_changes_no_price_saves_nothing() -> None:
    result = priced(VOLUME, finding("aws_ebs_volume.v", (("tags", "a"), "b")))
    assert result.saving is None
    assert expected(result.at_stake) == Decimal("10.0")


def test_a_dearer_remedy_is_no_saving() -> None:
    result = priced(VOLUME.replace("gp2", "gp3"), finding("aws_ebs_volume.v", (("type",), "gp2")))
    assert result.saving is None


def test_an_unknown_size_is_unpriced_and_saves_nothing_certain() -> None:
    code = 'variable "size" { type = number }\n' + VOLUME.replace("100", "var.size")
    result = priced(code, finding("aws_ebs_volume.v", (("type",), "gp3")))
    assert (result.at_stake, result.saving) == (None, None)
    assert result.unpriced is not None
    assert "var.size" in str(result.unpriced)


def test_a_type_without_a_sheet_says_so() -> None:
    result = priced('resource "aws_transfer_connector" "c" {\n  url = "x"\n}', finding("aws_transfer_connector.c"))
    assert result.at_stake is None
    assert result.unpriced is not None
    assert result.unpriced.reason == "aws_transfer_connector is not priced yet"


def test_what_depends_on_usage_alone_is_no_zero() -> None:
    result = priced('resource "aws_sqs_queue" "q" {\n  name = "q"\n}', finding("aws_sqs_queue.q"))
    assert result.at_stake is None
    assert result.unpriced is not None
    assert "usage" in result.unpriced.reason


def test_a_launch_template_counts_what_is_priced_through_it() -> None:
    code = """
    resource "aws_launch_template" "t" {
      instance_type = "m5.large"
    }
    resource "aws_instance" "i" {
      ami = "ami-1"
      launch_template {
        id = aws_launch_template.t.id
      }
    }
    """
    made = finding("aws_launch_template.t", (("instance_type",), "t3.micro"))
    result = priced(code, made)
    # m5.large 0.096 and t3.micro 0.0104 an hour, 730 hours
    assert expected(result.saving) == Decimal("62.488")
    assert result.affects == ("aws_launch_template.t", "aws_instance.i")


def test_a_remedy_leaves_what_is_unknown_alone() -> None:
    project = read_terraform('resource "aws_thing" "a" {\n  size = 1\n}')
    [resource] = project.resources
    open_ = replace(resource, values={"disk": Partial(({"gb": 1},), Unknown("not known")), "net": Unknown("not known")})
    remedy = Remedy(resource.address, ((("disk", 0), {}), (("net", "a"), 1), (("size",), 2)), "do so")
    assert remedied(open_, remedy).values == {**open_.values, "size": 2}


def test_a_list_entry_known_in_part_is_left_alone_and_a_map_known_in_part_is_not() -> None:
    project = read_terraform('resource "aws_thing" "a" {\n  size = 1\n}')
    [resource] = project.resources
    waits = Unknown("not known")
    open_ = replace(resource, values={"labels": Partial({"a": 1}, waits), "disk": [Partial({"gb": 1}, waits)]})
    remedy = Remedy(resource.address, ((("labels", "b"), 2), (("disk", 0, "gb"), 3)), "do so")
    assert remedied(open_, remedy).values == {
        "labels": Partial({"a": 1, "b": 2}, waits),
        "disk": [Partial({"gb": 3}, waits)],
    }


def test_the_saving_of_a_remedy_alone_is_that_of_its_finding() -> None:
    graph = Graph(read_terraform(REGION + VOLUME).resources)
    remedy = Remedy("aws_ebs_volume.v", ((("type",), "gp3"),), "do so")
    assert expected(saving_of(remedy, graph, prices(graph))) == Decimal("2.0")


def test_a_remedy_on_another_resource_counts_both() -> None:
    code = VOLUME + VOLUME.replace('"v"', '"w"')
    result = priced(code, finding("aws_ebs_volume.w", (("type",), "gp3"), holder="aws_ebs_volume.v"))
    assert expected(result.at_stake) == Decimal("20.0")
    assert expected(result.saving) == Decimal("2.0")
    assert result.affects == ("aws_ebs_volume.v", "aws_ebs_volume.w")


def test_nothing_has_no_price_and_no_reason() -> None:
    graph = Graph(())
    nothing = stake((), graph, prices(graph))
    assert (nothing.money, nothing.unpriced) == (None, None)


def test_the_monthly_cost_leaves_out_only_what_usage_would_add() -> None:
    code = (
        REGION
        + """
      variable "size" {}
      resource "aws_nat_gateway" "known" { subnet_id = "subnet-1" }
      resource "aws_ebs_volume" "open" {
        availability_zone = "us-east-1a"
        size              = var.size
      }
    """
    )
    graph = Graph(read_terraform(code).resources)
    known, open_ = (
        monthly(graph.by_address[a], graph, prices(graph)) for a in ("aws_nat_gateway.known", "aws_ebs_volume.open")
    )
    assert known == Money(Range.of(Decimal("32.85")), "USD")  # 730 × 0.045; the traffic is not in the code
    assert isinstance(open_, Unknown)
    assert open_.waits_for == ("var.size",)


def test_the_monthly_cost_of_what_has_no_price_is_not_known() -> None:
    graph = Graph(read_terraform('resource "aws_transfer_connector" "c" {\n  url = "x"\n}').resources)
    found = monthly(graph.resources[0], graph, prices(graph))
    assert isinstance(found, Unknown)
    assert found.reason == "aws_transfer_connector is not priced yet"
