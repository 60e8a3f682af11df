"""Markdown for a pull request: golden pages, and nothing in a name may become markup."""

from __future__ import annotations

import re

import pytest

from finops_lint.compare import compare
from finops_lint.model.finding import Level, Problem
from finops_lint.reports import RenderOptions, render
from finops_lint.reports.markdown import code, code_in_text, escaped
from tests.conftest import Golden
from tests.reports.builders import component, finding, nat, project, report, resource, stack, web


def test_findings_are_written_as_the_golden_file_has_them(golden: Golden) -> None:
    golden("markdown/check.md", render("markdown", stack(), RenderOptions()))


def test_costs_are_written_as_the_golden_file_has_them(golden: Golden) -> None:
    golden("markdown/cost.md", render("markdown", stack(), RenderOptions(view="cost")))


def test_a_change_is_written_as_the_golden_file_has_it(golden: Golden) -> None:
    before = report(project((web(),), stack().findings[:2]))
    after = report(project((web("m5.large", "0.096", "100"), nat()), stack().findings[1:]))
    golden("markdown/diff.md", render("markdown", compare(before, after), RenderOptions()))


def test_no_change_is_one_sentence() -> None:
    page = render("markdown", compare(report(project((web(),))), report(project((web(),)))), RenderOptions())
    assert "**Monthly cost does not change ($565.64).** No new findings." in page


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a*b_c", r"a\*b\_c"),
        ("<script>", "&lt;script&gt;"),
        ("[x](http://y)", "\\[x\\](http:\u200b//y)"),
        ("fixes #12, !7 and GH-3", "fixes #\u200b12, !\u200b7 and GH-\u200b3"),
        ("www.example.com", "www.\u200bexample.com"),
        (":tada:", ":\u200btada:"),
        ("$x$ costs $3.50", "$\u200bx$ costs $3.50"),
        ("main.tf:20:3: a #", "main.tf:20:3: a #"),
        ("a|b", r"a\|b"),
        ("@everyone", "@\u200beveryone"),
        ("&lt;", "&amp;lt;"),
        ("two\nlines", r"two\\x0alines"),
    ],
)
def test_text_stays_text(text: str, written: str) -> None:
    assert escaped(text) == written


@pytest.mark.parametrize(
    ("text", "written"), [("plain", "`plain`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("x|y", r"`x\|y`"), ("", "")]
)
def test_a_code_span_cannot_be_left(text: str, written: str) -> None:
    assert code(text) == written
    assert code_in_text(text) == written.replace("\\|", "|")


def test_hostile_names_cannot_close_a_fold_or_a_fence() -> None:
    evil = 'aws_instance.web["```\n</details><img src=x>@all"]'
    after = report(
        project(
            (resource(evil, component("</summary>", "1")),),
            (finding("missing-tag", evil, "</td></table> [a](b) @team"),),
            problems=(Problem(Level.ERROR, "syntax-error", "</details>"),),
            name="<b>@org</b>",
        )
    )
    page = render("markdown", compare(report(project()), after), RenderOptions())
    outside = re.sub(r"(?ms)^(`{3,})diff$.*?^\1$", "", page)
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", outside)
    assert "<img" not in outside
    assert "</table>" not in outside
    assert "<b>" not in outside
    assert not re.search(r"@(?!\u200b)\w", outside)
    assert outside.count("<details>") == outside.count("</details>")


def test_of_many_resources_those_with_the_most_money_are_listed() -> None:
    """1 to 1,200 dollars: the 200 left out are those of 200 dollars and less."""
    many = [resource(f"aws_instance.w{n}", component("Instance", "1", str(n))) for n in range(1, 1201)]
    changed = render("markdown", compare(report(project()), report(project(many))), RenderOptions())
    assert "… and 200 more changed resources, each by $201.00 or less." in changed
    assert "stack: 1,200 changed resources" in changed
    assert "+ aws_instance.w201 " in changed
    assert "+ aws_instance.w200 " not in changed
    page = render("markdown", report(project(many)), RenderOptions(view="cost"))
    assert "… and 200 more resources of $201.00 a month or less." in page
    assert "`aws_instance.w200`" not in page


def test_a_long_list_of_findings_is_cut_and_counted() -> None:
    many = [finding("missing-tag", f"aws_instance.web[{n}]", "No tag.", line=n + 1) for n in range(60)]
    page = render("markdown", report(project(findings=many)), RenderOptions())
    assert page.count("`missing-tag`") == 50
    assert "… and 10 more findings." in page
