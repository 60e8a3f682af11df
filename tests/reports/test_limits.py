"""Guardrails and unit costs as people read them, in every format that has a place for them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from finops_lint.compare import compare
from finops_lint.guardrails import judged
from finops_lint.model.guardrail import Action, Approval, GuardrailRule, Scope, UnitCostRule, Volume
from finops_lint.model.money import Range
from finops_lint.model.report import Diff, Report
from finops_lint.model.settings import Settings
from finops_lint.reports import RenderOptions, render
from finops_lint.reports.limits import CostPair, count_words, pair_words, sentence, told
from finops_lint.reports.saved import load_diff, load_report
from tests.reports.builders import component, nat, project, report, resource, stack, web
from tests.reports.test_json import validate

TODAY = date(2026, 11, 21)
SETTINGS = Settings(
    unit_costs=(
        UnitCostRule(
            "cost per 1,000 tokens",
            Volume(Range.of(Decimal(50_000_000))),
            Decimal(1000),
            Scope(resources=("aws_instance.*",)),
            Decimal("0.001"),
        ),
        UnitCostRule("cost per run", Volume(Range.of(Decimal(0)))),
    ),
    guardrails=(
        GuardrailRule("budget", total=Decimal(300), message="ask <Ann>"),
        GuardrailRule("network", Scope(types=("aws_nat_gateway",)), total=Decimal(50)),
        GuardrailRule("growth", increase=Decimal(100), increase_percent=Decimal(10), action=Action.WARN),
    ),
    approvals=(Approval("budget", reason="FIN-12", until=date(2026, 12, 31)),),
)


def plain(settings: Settings = SETTINGS) -> Report:
    """$565.64 of machines: 0.768 × 730 + 50 × 0.10; $32.85 of network, whose traffic waits for usage."""
    return judged(report(project((web(), nat()))), settings, today=TODAY)


def change() -> Diff:
    """$75.08 of machines (0.096 × 730 + 5) becomes $565.64."""
    before = report(project((web("m5.large", "0.096"), nat())))
    return judged(compare(before, report(project((web(), nat())))), SETTINGS, today=TODAY)


def sentences(shown: Report | Diff) -> list[str]:
    return [sentence(one) for one in told(shown.guardrails)]


def test_each_guardrail_is_one_sentence_worst_first() -> None:
    assert sentences(plain()) == [
        "cost per 1,000 tokens: costs $0.0113 for 1,000, more than the $0.001 allowed",
        "budget: costs $598.49 a month, more than the $300.00 allowed, and more may come: 1 line waits for usage; "
        "approved: FIN-12 (until 2026-12-31); ask <Ann>",
        "network: costs $32.85 a month so far, of $50.00 allowed, but 1 line waits for usage",
    ]
    assert count_words(plain().guardrails) == "1 broken, 1 approved, 1 undecided"


def test_a_limit_about_nothing_is_counted_as_such() -> None:
    settings = Settings(guardrails=(GuardrailRule("odd", Scope(types=("aws_odd",)), total=Decimal(1)),))
    assert count_words(plain(settings).guardrails) == "1 kept (1 about nothing that was read)"


def test_a_change_is_held_against_what_it_adds() -> None:
    found = sentences(change())
    assert "growth: adds $490.56 a month, more than the $100.00 allowed" in found
    assert "growth: adds 454.5 %, more than the 10 % allowed" in found  # 490.56 of 107.93


def test_a_limit_that_was_broken_before_says_so() -> None:
    before = report(project((web(),)))
    settings = Settings(guardrails=SETTINGS.guardrails[:1])
    [words] = sentences(judged(compare(before, report(project((web("m5.2xlarge", "0.45"),)))), settings, today=TODAY))
    assert "it was broken before, and this change makes it no worse" in words


def test_a_range_that_may_break_a_limit_is_told() -> None:
    machines = resource("aws_instance.a", component("Instance", "1", ("50", "100", "500")))
    [words] = sentences(judged(report(project((machines,))), SETTINGS, today=TODAY))[1:]
    assert words == "budget: costs $100.00 a month, within the $300.00 allowed, though it may be $500.00"


def test_unit_costs_show_before_and_after() -> None:
    diff = change()
    pair = CostPair(diff.before.unit_costs[0], diff.after.unit_costs[0])
    assert pair_words(pair) == "$0.0015 → $0.0113 for 1,000 (+653 %)"
    assert pair_words(CostPair(None, diff.after.unit_costs[1])) == "not known: the volume is 0"


def test_an_assumed_unit_cost_is_marked_and_one_with_gaps_is_the_least() -> None:
    rule = Settings(unit_costs=(UnitCostRule("unit", Volume(Range.of(Decimal(10)))),))
    [assumed] = judged(stack(), rule, today=TODAY).unit_costs
    assert pair_words(CostPair(None, assumed)).startswith("≈ ")
    [least] = judged(report(project((nat(),))), rule, today=TODAY).unit_costs
    assert pair_words(CostPair(None, least)) == "at least $3.28"  # 32.85 / 10, half to even


def test_the_terminal_begins_with_what_is_broken_and_keeps_to_its_width() -> None:
    for shown in (plain(), change()):
        lines = render("terminal", shown, RenderOptions(view="cost")).splitlines()
        assert lines[0] == "Guardrails"
        assert lines[1].startswith("error      cost per 1,000 tokens: costs $0.0113")
        assert max(map(len, lines)) <= 80
        assert any(line.startswith("Unit costs      cost per 1,000 tokens: ") for line in lines)


def test_markdown_begins_with_what_is_broken_and_escapes_it() -> None:
    for shown in (plain(), change()):
        text = render("markdown", shown, RenderOptions())
        heading, first = (line for line in text.splitlines()[:3] if line)
        assert heading == "## finops-lint"
        assert first.startswith("- 🔴 **Guardrail broken:** cost per 1,000 tokens")
        assert "ask &lt;Ann&gt;" in text
        assert "| cost per run " in text


def test_the_json_keeps_to_its_schema_and_comes_back() -> None:
    text = render("json", plain(), RenderOptions())
    document = validate(text)
    assert document["unit_costs"][0]["cost"] == "0.0113128"  # 565.64 / 50,000
    assert [g["outcome"] for g in document["guardrails"]] == ["broken", "broken", "undecided"]
    assert [g["fails"] for g in document["guardrails"]] == [True, False, False]
    again = load_report(text, where="x")
    assert (again.unit_costs, again.guardrails) == (plain().unit_costs, plain().guardrails)
    text = render("json", change(), RenderOptions())
    validate(text)
    assert load_diff(text, where="x").guardrails == change().guardrails


def test_stated_usage_comes_back_from_a_saved_report() -> None:
    api = resource("aws_x.a", component("Calls", "1", "2"))
    usage = (("calls", Range.of(Decimal(2))), ("s.gb", Range(Decimal(1), Decimal(2), Decimal(3))))
    stated = report(project((replace(api, estimate=replace(api.estimate, usage=usage)),)))
    text = render("json", stated, RenderOptions())
    assert validate(text)["projects"][0]["resources"][0]["usage"] == {"calls": "2", "s.gb": ["1", "2", "3"]}
    assert load_report(text, where="x") == stated


def test_without_settings_nothing_is_said() -> None:
    text = render("terminal", report(project((web(),))), RenderOptions(view="cost"))
    assert "Guardrails" not in text
    assert "Unit costs" not in text
    document = json.loads(render("json", report(project((web(),))), RenderOptions()))
    assert not document.keys() & {"unit_costs", "guardrails"}
