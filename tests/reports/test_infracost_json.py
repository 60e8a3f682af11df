"""The JSON that tools around Infracost read."""

from __future__ import annotations

import json
from typing import Any

from finops_lint.compare import compare
from finops_lint.model.report import Diff, Report
from finops_lint.reports import RenderOptions, render
from tests.conftest import Golden
from tests.reports.builders import component, nat, node, pods, project, report, resource, stack, unpriced, web

OPTIONS = RenderOptions(generated="2026-11-20T08:00:00Z")


def document(thing: Report | Diff) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render("infracost-json", thing, OPTIONS))
    return found


def test_the_whole_document_is_as_its_golden_file_has_it(golden: Golden) -> None:
    golden("infracost/breakdown.json", render("infracost-json", stack(), OPTIONS))


def test_root_keys_are_those_readers_expect() -> None:
    found = document(stack())
    assert found["version"] == "0.2"
    assert set(found) == {
        "version", "metadata", "currency", "projects", "timeGenerated", "summary",
        "totalHourlyCost", "totalMonthlyCost", "totalMonthlyUsageCost",
        "pastTotalHourlyCost", "pastTotalMonthlyCost", "pastTotalMonthlyUsageCost",
        "diffTotalHourlyCost", "diffTotalMonthlyCost", "diffTotalMonthlyUsageCost",
    }  # fmt: skip
    assert set(found["projects"][0]) == {
        "name", "displayName", "metadata", "pastBreakdown", "breakdown", "diff", "summary",
    }  # fmt: skip


def test_sub_resources_nest_by_their_headings() -> None:
    deep = resource(
        "aws_launch_template.a",
        component("Hours", "1", "2"),
        component("Storage", "0.1", "10", unit="GB", group=("block_device_mapping[0]", "ebs")),
    )
    [found] = document(report(project((deep,))))["projects"][0]["breakdown"]["resources"]
    assert found["monthlyCost"] == "3"
    assert [c["name"] for c in found["costComponents"]] == ["Hours"]
    [outer] = found["subresources"]
    assert (outer["name"], outer["monthlyCost"]) == ("block_device_mapping[0]", "1")
    assert outer["subresources"][0]["costComponents"][0]["monthlyQuantity"] == "10"


def test_what_another_resource_pays_for_is_in_no_sum() -> None:
    """Its readers add up all resources: the node's 300 hold the pods' share."""
    found = document(report(project((node(), pods()))))
    breakdown = found["projects"][0]["breakdown"]
    assert (found["totalMonthlyCost"], breakdown["totalMonthlyCost"]) == ("300", "300")
    assert [r["monthlyCost"] for r in breakdown["resources"]] == ["300"]
    assert [r["name"] for r in breakdown["freeResources"]] == ["apps.Deployment.chat"]
    change = document(compare(report(project((node("100"), pods("50")))), report(project((node(), pods())))))
    assert (change["pastTotalMonthlyCost"], change["diffTotalMonthlyCost"]) == ("100", "200")
    assert [r["monthlyCost"] for r in change["projects"][0]["diff"]["resources"]] == ["200"]


def test_a_component_without_usage_has_a_price_and_no_cost() -> None:
    [found] = document(report(project((nat(),))))["projects"][0]["breakdown"]["resources"]
    waiting = found["costComponents"][1]
    assert waiting == {
        "name": "Data processed",
        "unit": "GB",
        "hourlyQuantity": None,
        "monthlyQuantity": None,
        "price": "0.045",
        "hourlyCost": None,
        "monthlyCost": None,
        "priceNotFound": False,
        "usageBased": True,
    }
    # 0.045 an hour, told by the hour as well: 32.85 / 730
    assert found["costComponents"][0]["hourlyCost"] == "0.045"
    assert found["costComponents"][0]["hourlyQuantity"] == "1"


def test_an_unpriced_component_is_named_and_never_given_a_price_of_zero() -> None:
    odd = resource("aws_instance.odd", unpriced("Instance usage", "no price"))
    [found] = document(report(project((odd,))))["projects"][0]["breakdown"]["resources"]
    assert found["monthlyCost"] is None
    assert "costComponents" not in found
    assert found["metadata"]["unpriced"] == [{"name": "Instance usage", "reason": "no price"}]


def test_free_and_unsupported_resources_are_counted_apart() -> None:
    found = document(stack())
    breakdown = found["projects"][0]["breakdown"]
    assert [r["name"] for r in breakdown["freeResources"]] == ["aws_iam_role.web"]
    assert "aws_quantum_thing.x" not in json.dumps(breakdown)
    summary = found["summary"]
    assert summary["totalDetectedResources"] == 7
    assert summary["totalSupportedResources"] == 5
    assert summary["noPriceResourceCounts"] == {"aws_iam_role": 1}
    assert summary["unsupportedResourceCounts"] == {"aws_quantum_thing": 1}
    assert summary["totalUsageBasedResources"] == 1


def test_only_tags_with_a_known_value_are_printed() -> None:
    [found] = document(report(project((web(),))))["projects"][0]["breakdown"]["resources"]
    assert found["tags"] == {"finops:team": "search"}


def test_a_change_has_both_sides_and_the_difference() -> None:
    gone = resource("aws_kms_key.k", component("Customer master key", "1", "1", unit="months"))
    change = compare(report(project((web(), gone))), report(project((web("m5.large", "0.096", "100"), nat()))))
    found = document(change)
    # before 565.64 + 1; after 70.08 + 10 + 32.85
    assert found["pastTotalMonthlyCost"] == "566.64"
    assert found["totalMonthlyCost"] == "112.93"
    assert found["diffTotalMonthlyCost"] == "-453.71"
    difference = found["projects"][0]["diff"]
    assert difference["totalMonthlyCost"] == "-453.71"
    web_change, added, removed = difference["resources"]
    assert web_change["costComponents"][0]["name"] == "Instance usage (Linux/UNIX, on-demand, m5.4xlarge → m5.large)"
    assert web_change["costComponents"][0]["price"] == "-0.672"
    assert web_change["subresources"][0]["costComponents"][0]["monthlyQuantity"] == "50"
    assert (added["name"], added["monthlyCost"]) == ("aws_nat_gateway.this", "32.85")
    assert (removed["name"], removed["monthlyCost"]) == ("aws_kms_key.k", "-1")
