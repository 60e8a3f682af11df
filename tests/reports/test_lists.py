"""The formats that list findings for other people's tools: JUnit, Checkstyle, GitLab's and GitHub's own."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from finops_lint.compare import compare
from finops_lint.model.finding import Level, Problem, Severity
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, render
from tests.conftest import Golden
from tests.reports.builders import component, finding, project, report, resource, stack

HOSTILE = 'x]]>&<b "\x00\x1b[31m\x0c\ud800\ufffe\u202e\r\n::error::%0A,:'
OPTIONS = RenderOptions(generated="2026-11-21T00:00:00Z")
BROKEN = Problem(Level.ERROR, "syntax-error", "the bracket is not closed", Span("main.tf", 3, 7), "close it")


@cache
def schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(str(Path(__file__).parent.parent / "schemas" / "junit.xsd"))


def junit(thing: Report | Diff) -> ET.Element:
    """The document, once it is known to be valid."""
    text = render("junit", thing, OPTIONS)
    schema().validate(text)
    return ET.fromstring(text)


def checkstyle(thing: Report | Diff) -> ET.Element:
    """The document: files with errors in them, each with the attributes Checkstyle's own listener writes."""
    root = ET.fromstring(render("checkstyle", thing, OPTIONS))
    assert root.tag == "checkstyle"
    for file in root:
        assert (file.tag, list(file.attrib)) == ("file", ["name"])
        for error in file:
            assert set(error.attrib) == {"line", "column", "severity", "message", "source"}
            assert error.get("severity") in ("error", "warning", "info", "ignore")
    return root


def gitlab(thing: Report | Diff) -> list[dict[str, Any]]:
    """The issues, each with what GitLab's page on the format asks for, and no fingerprint twice."""
    issues: list[dict[str, Any]] = json.loads(render("gitlab", thing, OPTIONS))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not issue["location"]["path"].startswith("./")
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


def github(thing: Report | Diff) -> list[str]:
    return render("github", thing, OPTIONS).splitlines()


def hostile() -> Report:
    bad = finding("missing-tag", HOSTILE, f"Named {HOSTILE}.", file=f"a,b:{HOSTILE}.tf", severity=Severity.ERROR)
    ignored = finding("missing-tag", HOSTILE, HOSTILE, suppressed=HOSTILE)
    return report(project(findings=(bad,), suppressed=(ignored,), name=HOSTILE))


def change() -> Diff:
    """One finding that was there, two that are new."""
    return compare(report(project(findings=stack().findings[:1])), report(project(findings=stack().findings)))


@pytest.mark.parametrize(
    "form", ["sarif", "junit", "gitlab", "checkstyle", "github", "slack", "markdown", "html", "focus-csv"]
)
def test_a_key_in_a_name_is_shown_nowhere_others_look(form: str) -> None:
    token = "ghp_" + "a1B2" * 9
    address = f'aws_instance.w["{token}"]'
    odd = replace(finding("missing-tag", address, f"The tag {token} is missing."), fingerprint="1bc3e946ed5dd132")
    page = render(form, report(project((resource(address, component("Hours", "1")),), (odd,))), RenderOptions())
    assert token not in page
    assert "aws_instance" in page


@pytest.mark.parametrize("name", ["junit.xml", "checkstyle.xml", "gitlab.json", "github.txt"])
def test_each_list_is_as_its_golden_file_has_it(golden: Golden, name: str) -> None:
    golden(f"lists/{name}", render(name.partition(".")[0], stack(), OPTIONS))


def test_a_clean_report_says_only_that_it_was_read() -> None:
    clean = report(project())
    assert [case.get("name") for case in junit(clean).iter("testcase")] == ["read"]
    assert list(checkstyle(clean)) == []
    assert gitlab(clean) == []
    assert render("github", clean, OPTIONS).strip() == ""


def test_junit_counts_what_it_lists() -> None:
    [suite] = junit(stack())
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "3",
        "errors": "0",
        "skipped": "2",
    }
    assert len(suite.findall("testcase")) == 6


def test_junit_has_one_case_for_a_rule_and_a_resource() -> None:
    twice = [finding("missing-tag", "aws_instance.web", f"No tag {n}.", line=n) for n in (1, 2)]
    root = junit(report(project(findings=twice)))
    [failure] = root.iter("failure")
    assert failure.text == "main.tf:1:3: No tag 1.\nmain.tf:2:3: No tag 2."


def test_junit_leaves_out_the_least_important_of_very_many_cases_and_says_how_many() -> None:
    known = [finding("missing-tag", f"aws_thing.a{n}", "No tag.", suppressed="known") for n in range(20_010)]
    failing = finding("missing-tag", "aws_thing.z", "No tag.")
    suites = junit(report(project(suppressed=known), project(findings=[failing], name="second"))).findall("testsuite")
    assert [len(suite.findall("testcase")) for suite in suites] == [19_999, 1, 1]
    assert [suite.get("failures") for suite in suites] == ["0", "1", "0"]
    [skipped] = suites[-1].findall("testcase/skipped")
    assert skipped.get("message") == "left out for length: 13 more, the least important"


def test_what_was_there_before_fails_no_run() -> None:
    assert [case.get("name") for case in junit(change()).iter("testcase") if case.find("failure") is not None] == [
        "aws_instance.web",
        "aws_instance.gpu[*]",
    ]
    assert [error.get("source") for error in checkstyle(change()).iter("error")] == ["finops-lint.missing-tag"] * 2
    assert len(github(change())) == 2
    assert len(gitlab(change())) == 3, "GitLab compares two whole reports itself"


def test_what_could_not_be_read_is_an_error_in_each() -> None:
    broken = report(project(problems=(BROKEN,)))
    [error] = junit(broken).iter("error")
    assert error.get("message") == "main.tf:3:7: the bracket is not closed (close it)"
    assert [e.attrib for e in checkstyle(broken).iter("error")] == [
        {
            "line": "3",
            "column": "7",
            "severity": "error",
            "message": "the bracket is not closed (close it)",
            "source": "finops-lint.syntax-error",
        }
    ]
    assert [(i["severity"], i["location"]) for i in gitlab(broken)] == [
        ("blocker", {"path": "main.tf", "lines": {"begin": 3}})
    ]
    assert github(broken) == [
        "::error file=main.tf,line=3,col=7,title=finops-lint%3A syntax-error::the bracket is not closed (close it)"
    ]


def test_trouble_of_the_whole_run_is_told_too() -> None:
    nowhere = Problem(Level.ERROR, "unreadable-file", "no such folder")
    broken = report(problems=(nowhere,))
    assert [case.get("name") for case in junit(broken).iter("testcase")] == ["run"]
    assert [file.get("name") for file in checkstyle(broken)] == ["."]
    assert gitlab(broken)[0]["location"]["path"] == "."
    assert github(broken) == ["::error title=finops-lint%3A unreadable-file::no such folder"]


def test_hostile_names_break_no_document() -> None:
    junit(hostile())
    checkstyle(hostile())
    gitlab(hostile())
    [line] = github(hostile())
    head, _, message = line[2:].partition("::")
    assert re.fullmatch(r"error file=[^,:]+,line=1,col=3,title=[^,:]+", head)
    assert "\x1b" not in line
    assert "%250A" in message


def test_two_findings_that_are_alike_have_fingerprints_of_their_own() -> None:
    alike = [finding("missing-tag", "aws_instance.web", "No tag.") for _ in range(2)]
    assert len(gitlab(report(project(findings=alike)))) == 2


def test_github_gets_ten_of_a_kind_and_the_count_of_the_rest() -> None:
    many = [finding("missing-tag", f"aws_instance.w{n}", "No tag.", at_stake=str(n)) for n in range(13)]
    lines = github(report(project(findings=many)))
    assert len(lines) == 11
    assert "aws_instance.w12:" in lines[0]
    assert lines[-1] == "finops-lint: 3 more warnings without an annotation, for GitHub shows 10 of a kind"
