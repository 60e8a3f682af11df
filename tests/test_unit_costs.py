"""What one unit of work costs: what is spread over what, and what is never divided."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from finops_lint.model.estimate import Coverage
from finops_lint.model.guardrail import Scope, UnitCost, UnitCostRule, Volume
from finops_lint.model.money import Range
from finops_lint.model.report import ReportedResource
from finops_lint.model.values import Partial, Unknown
from finops_lint.unit_costs import any_of, divided, unit_costs
from tests.reports.builders import component, nat, node, pods, project, report, resource, unpriced


def exactly(figure: str) -> Range:
    return Range.of(Decimal(figure))


def span(low: str, expected: str, high: str) -> Range:
    return Range(Decimal(low), Decimal(expected), Decimal(high))


def vm(name: str, monthly: str = "730", team: str = "ml") -> ReportedResource:
    """Its hour costs a 730th of `monthly`."""
    return resource(f"aws_instance.{name}", component("Instance", "1", monthly), tags={"team": team})


def cost_of(rule: UnitCostRule, *resources: ReportedResource) -> UnitCost:
    [cost] = unit_costs(report(project(resources)), [rule])
    return cost


def rule(volume: Range | None = None, *, usage: str = "", per: str = "1", scope: Scope | None = None) -> UnitCostRule:
    return UnitCostRule("unit", Volume(volume, usage), Decimal(per), scope or Scope())


def test_400_dollars_over_50_million_tokens_are_0_008_for_a_thousand() -> None:
    cost = cost_of(rule(exactly("50000000"), per="1000"), vm("a", "300"), vm("b", "100"))
    assert (cost.cost, cost.resources) == (exactly("0.008"), 2)


@pytest.mark.parametrize(("volume", "why"), [("0", "the volume is 0"), (("0", "5", "9"), "the volume may be 0")])
def test_nothing_is_divided_by_zero(volume: str | tuple[str, str, str], why: str) -> None:
    amount = exactly(volume) if isinstance(volume, str) else span(*volume)
    assert (cost := cost_of(rule(amount), vm("a"))).cost is None
    assert cost.reason == why


def test_where_nothing_matches_there_is_no_cost() -> None:
    cost = cost_of(rule(exactly("10"), scope=Scope(types=("aws_lambda_*",))), vm("a"))
    assert (cost.cost, cost.reason) == (None, "no resource matches")


def test_where_nothing_has_a_price_there_is_no_cost_of_zero() -> None:
    cost = cost_of(rule(exactly("10")), resource("aws_instance.a", unpriced("Instance", "no price for x9")))
    assert cost.cost is None
    assert cost.reason == "nothing of what it is spread over has a figure"


def test_free_resources_cost_zero_a_unit() -> None:
    assert cost_of(rule(exactly("10")), resource("aws_vpc.a", coverage=Coverage.FREE)).cost == exactly("0")


def test_unpriced_and_waiting_lines_and_types_without_a_sheet_are_counted() -> None:
    odd = resource("aws_odd.a", coverage=Coverage.UNSUPPORTED)
    cost = cost_of(rule(exactly("10")), vm("a"), nat(), odd, resource("aws_instance.b", unpriced("Instance", "none")))
    assert (cost.total.unpriced, cost.total.waiting) == (2, 1)


def test_the_volume_may_come_from_stated_usage_of_what_matches() -> None:
    api = resource("aws_lambda_function.api", component("Requests", "0.2", "4"))
    api = replace(api, estimate=replace(api.estimate, usage=(("monthly_requests", exactly("4000000")),)))
    cost = cost_of(rule(usage="monthly_requests", per="1000000", scope=Scope(types=("aws_lambda_function",))), api)
    assert cost.cost == exactly("0.2")  # $0.80 over 4,000,000, for a million


def test_pods_add_nothing_to_the_node_they_run_on() -> None:
    """300 over 100 is 3; of the pods alone, 200 over 100 is 2."""
    assert cost_of(rule(exactly("100")), node(), pods()).cost == exactly("3")
    assert cost_of(rule(exactly("100"), scope=Scope(tags={"team": "ml"})), node(), pods()).cost == exactly("2")


def test_a_volume_no_usage_states_is_not_known() -> None:
    cost = cost_of(rule(usage="monthly_requests"), vm("a"))
    assert (cost.volume, cost.cost) == (None, None)
    assert cost.reason == "the volume is not known: no usage file states their monthly_requests"


def test_usage_of_other_addresses_counts_where_they_are_named() -> None:
    api = resource("aws_api.x", component("Calls", "0", "1"))
    api = replace(api, estimate=replace(api.estimate, usage=(("calls", exactly("10")),)))
    named = UnitCostRule("unit", Volume(usage="calls", of=("aws_api.*",)), scope=Scope(types=("aws_instance",)))
    assert cost_of(named, vm("a", "50"), api).cost == exactly("5")


def test_a_range_over_an_unrelated_range_takes_the_best_and_the_worst_case() -> None:
    found = divided(span("100", "150", "200"), span("10", "15", "20"), together=False)
    assert found == span("5", "10", "20")  # 100/20, 150/15, 200/10


def test_what_follows_from_the_same_usage_is_divided_state_by_state() -> None:
    assert divided(span("110", "200", "300"), span("10", "20", "30"), together=True) == span("10", "10", "11")


def test_a_resource_whose_tag_is_unknown_is_no_part_and_is_counted_as_unpriced() -> None:
    perhaps = resource("aws_instance.b", component("Instance", "1"), tags=Partial({}, Unknown("var.tags")))
    cost = cost_of(rule(exactly("10"), scope=Scope(tags={"team": "ml"})), vm("a", "100"), perhaps)
    assert (cost.cost, cost.resources, cost.total.unpriced) == (exactly("10"), 1, 1)


def test_brackets_of_an_address_are_no_glob() -> None:
    assert any_of(("aws_instance.a[0]",), "aws_instance.a[0]")
    assert any_of(('module.x["b"].*',), 'module.x["b"].aws_instance.a')
    assert not any_of(("aws_instance.a[0]",), "aws_instance.a0")
