"""Limits on what a project costs and on what a change adds: kept, broken, undecided, approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from finops_lint.compare import compare
from finops_lint.guardrails import concerning, judged
from finops_lint.model.estimate import Coverage
from finops_lint.model.guardrail import (
    Action,
    Approval,
    Guardrail,
    GuardrailRule,
    Limit,
    Outcome,
    Scope,
    UnitCostRule,
    Volume,
)
from finops_lint.model.money import Range
from finops_lint.model.report import ReportedResource
from finops_lint.model.settings import Settings
from finops_lint.model.values import Unknown, Value
from tests.reports.builders import component, nat, node, pods, project, report, resource, unpriced

TODAY = date(2026, 11, 21)


def vm(name: str, monthly: str | tuple[str, str, str] = "100", tags: Value = None) -> ReportedResource:
    return resource(f"aws_instance.{name}", component("Instance", "1", monthly), tags=tags)


def most(
    total: str = "", increase: str = "", percent: str = "", *, scope: Scope | None = None, each: str = ""
) -> GuardrailRule:
    a, b, c = (Decimal(text) if text else None for text in (total, increase, percent))
    return GuardrailRule("limit", scope or Scope(), each, total=a, increase=b, increase_percent=c)


def of(settings: Settings, resources: Sequence[ReportedResource], labels: Sequence[str] = ()) -> Sequence[Guardrail]:
    return judged(report(project(resources)), settings, today=TODAY, labels=labels).guardrails


def of_rule(rule: GuardrailRule, *resources: ReportedResource) -> Guardrail:
    [found] = of(Settings(guardrails=(rule,)), resources)
    return found


def of_change(
    rule: GuardrailRule, before: Sequence[ReportedResource], after: Sequence[ReportedResource]
) -> Sequence[Guardrail]:
    diff = compare(report(project(before)), report(project(after)))
    return judged(diff, Settings(guardrails=(rule,)), today=TODAY).guardrails


def one_of_change(
    rule: GuardrailRule, before: Sequence[ReportedResource], after: Sequence[ReportedResource]
) -> Guardrail:
    [found] = of_change(rule, before, after)
    return found


def figures_of(found: Sequence[Guardrail]) -> list[tuple[str, Decimal | None]]:
    return [(g.group or g.limit.value, g.figure.expected if g.figure else None) for g in found]


# Totals


def test_a_total_at_its_limit_is_kept_and_above_it_broken() -> None:
    assert of_rule(most("200"), vm("a"), vm("b")).outcome is Outcome.KEPT
    broken = of_rule(most("199.99"), vm("a"), vm("b"))
    assert (broken.outcome, broken.fails) == (Outcome.BROKEN, True)
    assert broken.figure == Range.of(Decimal(200))


def test_a_warning_does_not_fail() -> None:
    assert not of_rule(replace(most("1"), action=Action.WARN), vm("a")).fails


def test_what_has_no_figure_leaves_a_kept_limit_undecided() -> None:
    by_usage = of_rule(most("200"), nat())
    assert (by_usage.outcome, by_usage.waiting, by_usage.fails) == (Outcome.UNDECIDED, 1, False)
    without = of_rule(most("200"), vm("a"), resource("aws_instance.b", unpriced("Instance", "no price")))
    assert (without.outcome, without.unpriced) == (Outcome.UNDECIDED, 1)
    odd = of_rule(most("200"), resource("aws_odd.a", coverage=Coverage.UNSUPPORTED))
    assert (odd.outcome, odd.unpriced) == (Outcome.UNDECIDED, 1)


def test_what_has_no_figure_does_not_save_a_broken_limit() -> None:
    assert of_rule(most("20"), nat()).outcome is Outcome.BROKEN  # 32.85 without the traffic


def test_a_range_is_judged_by_what_is_expected_and_says_if_more_is_possible() -> None:
    kept = of_rule(most("150"), vm("a", ("50", "100", "200")))
    assert (kept.outcome, kept.may_break) == (Outcome.KEPT, True)
    assert of_rule(most("99"), vm("a", ("50", "100", "200"))).outcome is Outcome.BROKEN


def test_what_could_not_be_read_leaves_a_total_undecided() -> None:
    half = project((vm("a"),), complete=False)
    [found] = judged(report(half), Settings(guardrails=(most("200"),)), today=TODAY).guardrails
    assert (found.outcome, found.reason) == (Outcome.UNDECIDED, "stack could not be read as a whole")


def test_pods_add_nothing_to_the_node_they_run_on() -> None:
    """The node costs 300 and the share of the pods, 200, is a part of it."""
    assert figures_of([of_rule(most("300"), node(), pods())]) == [("total", Decimal(300))]
    named = Scope(resources=("aws_eks_*", "apps.*"))
    assert figures_of([of_rule(most("300", scope=named), node(), pods())]) == [("total", Decimal(300))]
    [found] = of_change(most(increase="10"), (node(), pods("100")), (node(), pods("200")))
    assert (found.outcome, found.figure) == (Outcome.KEPT, Range.of(Decimal(0)))


def test_a_team_pays_for_its_share_of_a_node_that_is_not_its_own() -> None:
    ml = Scope(tags={"team": "ml"})
    assert figures_of([of_rule(most("199", scope=ml), node(), pods())]) == [("total", Decimal(200))]
    [found] = of_change(most(increase="10", scope=ml), (node(), pods("100")), (node(), pods("200")))
    assert (found.outcome, found.figure) == (Outcome.BROKEN, Range.of(Decimal(100)))


def test_a_project_with_another_name_before_is_the_same_project() -> None:
    """100 before and 150 after are 50 more, and half of what was paid."""
    before = report(project((vm("a"),), name="before"))
    after = report(project((vm("a", "150"),), name="after"))
    for scope in (Scope(), Scope(projects=("after",))):
        rule = most("1000", "10", "10", each="project", scope=scope)
        found = judged(compare(before, after), Settings(guardrails=(rule,)), today=TODAY).guardrails
        assert figures_of(found) == [("after", Decimal(150)), ("after", Decimal(50)), ("after", Decimal(50))]


# Scopes


def test_a_scope_is_what_meets_every_condition() -> None:
    ml, web = vm("a", "100", {"team": "ml"}), vm("b", "10", {"team": "web"})
    found = of_rule(most("50", scope=Scope(types=("aws_*",), tags={"team": "w*"})), ml, web)
    assert found.figure == Range.of(Decimal(10))


def test_a_limit_about_nothing_is_kept_and_says_so() -> None:
    found = of_rule(most("50", scope=Scope(types=("aws_odd",))), vm("a"))
    assert (found.outcome, found.reason) == (Outcome.KEPT, "nothing it is about was read")


def test_each_project_has_the_limit_to_itself() -> None:
    whole = report(project((vm("a"),), name="infra/a"), project((vm("b", "300"),), name="infra/b"))
    [found] = judged(whole, Settings(guardrails=(most("200", each="project"),)), today=TODAY).guardrails
    assert (found.group, found.outcome) == ("infra/b", Outcome.BROKEN)


def test_where_each_keeps_the_limit_the_nearest_is_told() -> None:
    settings = Settings(guardrails=(most("200", each="resource"),))
    [found] = of(settings, (vm("a", "20"), vm("b", "90")))
    assert (found.group, found.outcome) == ("aws_instance.b", Outcome.KEPT)


def test_each_value_of_a_tag_is_a_part_and_so_is_its_absence() -> None:
    found = of(
        Settings(guardrails=(most("50", each="tag:team"),)),
        (vm("a", "60", {"team": "ml"}), vm("b", "70", {"team": "ml"}), vm("c", "51")),
    )
    assert figures_of(found) == [
        ("team = ml", Decimal(130)),
        ("no tag team", Decimal(51)),
    ]


def test_an_unknown_tag_leaves_a_kept_limit_undecided() -> None:
    found = of_rule(
        most("150", scope=Scope(tags={"team": "ml"})),
        vm("a", "100", {"team": "ml"}),
        vm("b", "100", {"team": Unknown("var.team has no default")}),
    )
    assert (found.outcome, found.unpriced) == (Outcome.UNDECIDED, 1)


# Changes


def test_a_plain_report_says_nothing_about_increases() -> None:
    assert of(Settings(guardrails=(most(increase="1", percent="1"),)), (vm("a"),)) == ()


def test_an_increase_and_its_per_cent_are_held_against_their_own_limits() -> None:
    found = of_change(most(increase="30", percent="20"), (vm("a", "100"),), (vm("a", "125"),))
    assert figures_of(found) == [("increase", Decimal(25)), ("increase_percent", Decimal(25))]
    assert [g.outcome for g in found] == [Outcome.KEPT, Outcome.BROKEN]


def test_an_increase_that_is_not_certain_says_how_far_it_may_go() -> None:
    found = one_of_change(most(increase="60"), (vm("a"),), (vm("a"), vm("b", ("20", "50", "80"))))
    assert found.figure == Range(Decimal(20), Decimal(50), Decimal(80))
    assert (found.outcome, found.may_break) == (Outcome.KEPT, True)
    # From 20 to 80 to 60 for certain: 40 more, 10 more or 20 less; the span is in order and holds what is expected.
    smaller = one_of_change(most(increase="60"), (vm("b", ("20", "50", "80")),), (vm("b", "60"),))
    assert smaller.figure is not None
    assert (smaller.figure.low, smaller.figure.expected) == (Decimal(10), Decimal(10))


def test_an_increase_is_assumed_where_what_is_assumed_changes() -> None:
    taken = resource("aws_instance.b", component("Instance", "1", "50", approximate="price of another region"))
    assert one_of_change(most(increase="60"), (vm("a"),), (vm("a"), taken)).assumed
    assert not one_of_change(most(increase="60"), (vm("a"), taken), (vm("a", "110"), taken)).assumed


def test_a_decrease_breaks_nothing() -> None:
    found = of_change(most(increase="0", percent="0"), (vm("a", "100"),), (vm("a", "80"),))
    assert {g.outcome for g in found} == {Outcome.KEPT}


def test_no_per_cent_is_taken_of_nothing() -> None:
    found = one_of_change(most(percent="10"), (), (vm("a"),))
    assert (found.outcome, found.figure) == (Outcome.UNDECIDED, None)


def test_what_the_change_does_not_touch_cancels_out_even_without_a_price() -> None:
    same = resource("aws_instance.x", unpriced("Instance", "no price"))
    assert (
        one_of_change(most(increase="30"), (vm("a"), nat(), same), (vm("a", "110"), nat(), same)).outcome
        is Outcome.KEPT
    )


def test_a_new_line_without_a_price_leaves_an_increase_undecided() -> None:
    new = resource("aws_instance.x", unpriced("Instance", "no price"))
    found = one_of_change(most(increase="30"), (vm("a"),), (vm("a"), new))
    assert (found.outcome, found.unpriced) == (Outcome.UNDECIDED, 1)


def test_a_line_without_a_price_that_goes_away_cannot_break_an_increase() -> None:
    gone = resource("aws_instance.x", unpriced("Instance", "no price"))
    assert one_of_change(most(increase="30"), (vm("a"), gone), (vm("a"),)).outcome is Outcome.KEPT


def test_a_total_that_was_broken_before_does_not_fail_a_change_that_makes_it_no_worse() -> None:
    standing = one_of_change(most("50"), (vm("a", "100"),), (vm("a", "90"),))
    assert (standing.outcome, standing.standing, standing.fails) == (Outcome.BROKEN, True, False)
    worse = one_of_change(most("50"), (vm("a", "100"),), (vm("a", "101"),))
    assert (worse.standing, worse.fails) == (False, True)


def test_a_resource_that_changes_its_tag_leaves_one_part_and_enters_another() -> None:
    old, new = vm("a", "100", {"team": "ml"}), vm("a", "100", {"team": "web"})
    found = of_change(most(increase="50", each="tag:team"), (old,), (new,))
    assert figures_of(found) == [("team = web", Decimal(100))]


# Unit costs


def unit(above: str) -> UnitCostRule:
    return UnitCostRule("per run", Volume(Range.of(Decimal(10))), above=Decimal(above))


def test_a_unit_cost_has_its_own_guardrail() -> None:
    [kept] = of(Settings(unit_costs=(unit("10"),)), (vm("a"),))
    [broken] = of(Settings(unit_costs=(unit("9.99"),)), (vm("a"),))
    assert (kept.outcome, broken.outcome, broken.limit) == (Outcome.KEPT, Outcome.BROKEN, Limit.UNIT_COST)


def test_a_unit_cost_that_is_not_known_breaks_nothing() -> None:
    rule = UnitCostRule("per run", Volume(Range.of(Decimal(0))), above=Decimal(1))
    [found] = of(Settings(unit_costs=(rule,)), (vm("a"),))
    assert (found.outcome, found.reason) == (Outcome.UNDECIDED, "the volume is 0")


def test_a_change_has_the_unit_costs_of_both_sides() -> None:
    diff = compare(report(project((vm("a", "100"),))), report(project((vm("a", "200"),))))
    diff = judged(diff, Settings(unit_costs=(unit("15"),)), today=TODAY)
    [old], [new] = diff.before.unit_costs, diff.after.unit_costs
    assert (old.cost, new.cost) == (Range.of(Decimal(10)), Range.of(Decimal(20)))
    assert diff.guardrails[0].fails


# Approvals


def approved(approval: Approval, *labels: str) -> Guardrail:
    [found] = of(Settings(guardrails=(most("1"),), approvals=(approval,)), (vm("a"),), labels)
    return found


def test_an_approval_holds_until_its_last_day() -> None:
    found = approved(Approval("limit", reason="FIN-12", until=TODAY))
    assert (found.approved, found.fails, found.outcome) == ("FIN-12 (until 2026-11-21)", False, Outcome.BROKEN)


def test_an_expired_approval_is_named_and_does_not_hold() -> None:
    found = approved(Approval("limit", reason="FIN-12", until=date(2026, 11, 20)))
    assert (found.fails, found.reason) == (True, "its approval ended on 2026-11-20")


def test_a_label_approves_only_where_the_change_has_it() -> None:
    by_label = Approval(label="cost-approved")
    assert approved(by_label).fails
    assert approved(by_label, "bug").fails
    assert approved(by_label, "bug", "cost-approved").approved == "label cost-approved"


def test_an_approval_of_another_guardrail_does_not_count() -> None:
    assert approved(Approval("budget-*", label="x"), "x").fails


def test_without_settings_a_report_stays_as_it_is() -> None:
    plain = report(project((vm("a"),)))
    assert judged(plain, Settings(), today=TODAY) is plain


def test_a_resource_knows_what_counts_it() -> None:
    settings = Settings(
        unit_costs=(unit("1"), replace(unit("1"), name="other", scope=Scope(types=("google_*",)))),
        guardrails=(most("1", scope=Scope(types=("google_*",))), replace(most("2", each="resource"), name="all")),
    )
    one, two = vm("a"), vm("b")
    whole = judged(report(project((one, two))), settings, today=TODAY)
    costs, limits = concerning(whole.projects[0], two, whole, settings)
    assert [c.name for c in costs] == ["per run"]
    assert [(g.name, g.group) for g in limits] == [("per run", ""), ("all", "aws_instance.b")]
