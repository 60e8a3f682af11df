"""What a person reads: golden pages of a report with every kind of line, and what must never happen on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pytest

from finops_lint.compare import compare
from finops_lint.model.finding import Level, Problem
from finops_lint.model.money import Range
from finops_lint.model.report import ReportedResource
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, render
from finops_lint.reports.lines import cells, clean
from tests.conftest import Golden
from tests.reports.builders import (
    component,
    finding,
    nat,
    node,
    pods,
    project,
    report,
    resource,
    stack,
    unpriced,
    usd,
    web,
)


def quote(span: Span) -> str:
    return '  instance_type = "m5.4xlarge"' if span.line == 2 else ""


def test_the_page_of_findings_is_as_its_golden_file_has_it(golden: Golden) -> None:
    golden("terminal/check.txt", render("terminal", stack(), RenderOptions(quote=quote, show_undecided=True)))


def test_the_page_of_costs_is_as_its_golden_file_has_it(golden: Golden) -> None:
    golden("terminal/cost.txt", render("terminal", stack(), RenderOptions(view="cost")))


def test_the_page_of_a_change_is_as_its_golden_file_has_it(golden: Golden) -> None:
    before = report(project((web(), key(), stayed("aws_instance.old")), stack().findings[:2]))
    after = report(project((web("m5.large", "0.096", "100"), nat(), odd(), moved()), stack().findings[1:]))
    golden("terminal/diff.txt", render("terminal", compare(before, after), RenderOptions()))


def key() -> ReportedResource:
    return resource("aws_kms_key.k", component("Customer master key", "1", "1", unit="months"))


def odd() -> ReportedResource:
    return resource("aws_instance.odd", unpriced("Instance usage", "no price for p9.48xlarge in eu-west-1"))


def stayed(address: str, formerly: tuple[str, ...] = ()) -> ReportedResource:
    return resource(address, component("Instance usage (a, b)", "0.1"), formerly=formerly)


def moved() -> ReportedResource:
    return stayed("aws_instance.new", formerly=("aws_instance.old",))


@pytest.mark.parametrize("view", ["check", "cost"])
@pytest.mark.parametrize("width", [40, 60, 80, 110])
def test_money_never_leaves_the_right_edge(view: Literal["check", "cost"], width: int) -> None:
    text = render("terminal", stack(), RenderOptions(view=view, width=width))
    for line in text.splitlines():
        if re.search(r"\$[\d,.]+$", line) and not line.startswith("Monthly cost"):
            assert cells(line) <= max(width, 65), line


def test_plain_output_has_no_escape_and_coloured_output_says_the_same() -> None:
    plain = render("terminal", stack(), RenderOptions())
    coloured = render("terminal", stack(), RenderOptions(colour=True))
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_names_from_the_code_cannot_steer_the_terminal() -> None:
    evil = 'aws_instance.web["\x1b[2J\u202egnp"]'
    page = render(
        "terminal",
        report(project((resource(evil, component("a", "1")),), (finding("missing-tag", evil, "x\ny"),))),
        RenderOptions(),
    )
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "\\x1b[2J\\u202egnp" in page


def test_an_empty_report_says_so() -> None:
    page = render("terminal", report(project()), RenderOptions())
    assert page.startswith("No findings\nMonthly cost    $0.00 a month\n")
    assert render("terminal", report(), RenderOptions()) == "Nothing to check.\n"


def test_of_many_errors_some_of_each_file_are_shown_and_the_rest_counted() -> None:
    files = ("a.tf", *[f"{n}.tf" for n in range(10)])
    errors = [Problem(Level.ERROR, "x", "not closed", Span(file, n)) for file in files for n in range(1, 31)]
    page = render("terminal", report(project(problems=errors)), RenderOptions())
    assert page.count("error   a.tf:") == 3
    assert page.count("error   5.tf:") == 2
    assert page.count("error   ") == 20
    assert "and 310 more errors (--format json lists all)" in page


def test_no_kind_of_notice_takes_the_room_of_the_others() -> None:
    many = tuple(Problem(Level.NOTICE, "missing-module", f"module m{n} was not fetched") for n in range(30))
    page = render(
        "terminal", report(project(problems=(*many, Problem(Level.NOTICE, "macro", "not run")))), RenderOptions()
    )
    assert page.count("notice  module m") == 9
    assert "notice  not run" in page
    assert "and 21 more notices" in page


def test_what_several_projects_met_is_told_once() -> None:
    met = Problem(Level.NOTICE, "macro", "not run", Span("main.tf", 1))
    page = render("terminal", report(project(problems=(met,)), project(problems=(met,))), RenderOptions())
    assert page.count("not run") == 1


def test_errors_are_all_shown_and_notices_counted_after_ten() -> None:
    notices = tuple(Problem(Level.NOTICE, "missing-module", f"module m{n} was not fetched") for n in range(12))
    errors = tuple(Problem(Level.ERROR, "syntax-error", "not closed", Span("main.tf", n)) for n in range(1, 13))
    page = render("terminal", report(project(problems=(*notices, *errors))), RenderOptions())
    assert page.count("error   main.tf:") == 12
    assert page.count("notice  ") == 10
    assert "and 2 more notices" in page


def test_quiet_leaves_out_notices_but_no_error() -> None:
    problems = (Problem(Level.NOTICE, "a", "not fetched"), Problem(Level.ERROR, "b", "not closed", Span("main.tf", 1)))
    page = render("terminal", report(project(problems=problems)), RenderOptions(quiet=True))
    assert "not fetched" not in page
    assert "error   main.tf: not closed" in page


def test_what_a_rule_says_of_several_instances_is_said_once() -> None:
    findings = [
        finding("missing-tag", f'aws_instance.web["{n}"]', "The tag team is missing.", at_stake="10") for n in range(8)
    ]
    page = render("terminal", report(project(findings=findings)), RenderOptions())
    assert page.count("The tag team is missing.") == 1
    assert 'aws_instance.web["5"]' in page
    assert "and 2 more" in page


def test_the_saving_of_a_group_counts_each_resource_once() -> None:
    findings = [
        finding("gpu-too-large", 'aws_instance.web["a"]', "Too large.", saving="10"),
        finding("gpu-too-large", 'aws_instance.web["b"]', "Too large.", saving="15"),
        finding("ebs-gp2-volume", 'aws_instance.web["b"]', "Old volume.", saving="1"),
    ]
    page = render("terminal", report(project(findings=findings)), RenderOptions())
    assert "Could save      $25.00 a month" in page


def test_a_new_resource_without_price_is_unpriced_and_not_free_of_charge() -> None:
    page = render("terminal", compare(report(project()), report(project((odd(),)))), RenderOptions())
    assert re.search(r"\+ aws_instance\.odd +unpriced$", page, re.MULTILINE)
    assert "unpriced after: no price for p9.48xlarge in eu-west-1" in page


def test_what_is_said_of_a_resource_is_said_of_its_change() -> None:
    job = replace(pods(), estimate=replace(pods().estimate, remarks=("a run costs $2.29",)))
    page = render("terminal", compare(report(project((pods(),))), report(project((job,)))), RenderOptions())
    assert "No change in cost" in page  # a remark alone is no change
    dearer = replace(job, estimate=replace(pods("250").estimate, remarks=("a run costs $2.29",)))
    page = render("terminal", compare(report(project((pods(),))), report(project((dearer,)))), RenderOptions())
    assert "    before: a part of aws_eks_node_group.gpu, whose price holds it" in page
    assert "    after: a run costs $2.29\n" in page
    page = render("terminal", compare(report(project((node(),))), report(project((node(), pods())))), RenderOptions())
    assert "    a part of aws_eks_node_group.gpu, whose price holds it: shown, not" in page


def test_a_range_is_shown_with_both_ends() -> None:
    wide = resource("aws_autoscaling_group.a", component("Instance usage", "1", ("10", "20", "40")))
    assert wide.estimate.total.known == Range(Decimal(10), Decimal(20), Decimal(40))
    page = render("terminal", report(project((wide,))), RenderOptions(view="cost"))
    assert "between $10.00 and $40.00" in page


def test_cleaning_keeps_what_people_write() -> None:
    assert clean("naïve 名前 – ok") == "naïve 名前 – ok"
    assert clean("a\tb\r\n") == "a\\x09b\\x0d\\x0a"


@pytest.mark.parametrize("form", ["terminal", "markdown", "github"])
def test_what_overlays_repeat_of_their_base_is_said_once_with_the_money_of_all(form: str) -> None:
    """Three times $10.00 at stake."""
    same = finding("missing-tag", "Deployment/default/web", "The tag team is missing.", at_stake="10")
    overlays = [project(findings=[replace(same, project=name)], name=name) for name in ("dev", "stage", "prod")]
    page = render(form, report(*overlays), RenderOptions())
    assert page.count("The tag team is missing") == 1
    assert "Deployment/default/web, in 3 projects" in page
    assert "$30.00" in page


@pytest.mark.parametrize("form", ["terminal", "markdown", "github", "slack"])
def test_what_a_module_has_is_said_once_for_the_projects_that_call_it(form: str) -> None:
    """$10.00, $20.00 and $30.00 a month, eight calls in all, of which six are named."""
    same = finding("missing-tag", "module.m.aws_ebs_volume.v", "The tag team is missing.", saving="10")
    calls = [
        replace(same, project=f"p{n}", calls=(Span(f"p{n}/main.tf", 2),), saving=usd(str(10 * n))) for n in range(1, 9)
    ]
    page = render(form, report(*(project(findings=[f], name=f.project) for f in calls)), RenderOptions())
    assert page.count("The tag team is missing") == 1
    assert "module.m.aws_ebs_volume.v, in 8 projects" in page
    assert "$360.00" in page
    if form == "terminal":
        assert page.count("called from p") == 6
        assert "\n         and 2 more\n" in page


def test_instances_of_one_project_stay_apart() -> None:
    same = finding("missing-tag", "a.b", "The tag team is missing.", at_stake="10")
    page = render("markdown", report(project(findings=[same, replace(same, address="a.c")])), RenderOptions())
    assert page.count("The tag team is missing") == 2
