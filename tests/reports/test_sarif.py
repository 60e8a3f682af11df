"""SARIF as GitHub code scanning takes it, against the official JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from finops_lint.compare import compare
from finops_lint.model.finding import Level, Problem, Severity
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import RenderOptions, render
from tests.conftest import Golden
from tests.reports.builders import finding, project, report, stack

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))


def run_of(thing: Report | Diff) -> dict[str, Any]:
    document = json.loads(render("sarif", thing, RenderOptions()))
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_the_document_is_as_its_golden_file_has_it(golden: Golden) -> None:
    run_of(stack())
    golden("sarif/report.sarif", render("sarif", stack(), RenderOptions()))


def test_a_clean_report_has_an_empty_list_of_results_so_that_old_alerts_close() -> None:
    assert run_of(report(project()))["results"] == []


def test_every_result_points_to_its_rule() -> None:
    run = run_of(stack())
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert run["results"][0]["ruleId"] == "gpu-too-large"


def test_an_ignored_finding_is_there_with_its_reason() -> None:
    ignored = [r for r in run_of(stack())["results"] if "suppressions" in r]
    assert [r["suppressions"] for r in ignored] == [[{"kind": "inSource", "justification": "shared role"}]]


def test_a_result_has_the_level_of_its_severity_and_a_fingerprint() -> None:
    results = {r["ruleId"]: r for r in run_of(stack())["results"]}
    assert results["gpu-too-large"]["level"] == "error"
    assert results["gpu-too-large"]["partialFingerprints"] == {
        "primaryLocationLineHash": "gpu-too-large:aws_instance.web"
    }
    info = finding("x-rule", "aws_instance.web", "Only so that you know.", severity=Severity.INFO)
    assert run_of(report(project(findings=(info,))))["results"][0]["level"] == "note"


def test_a_rule_the_report_does_not_describe_gets_a_bare_description() -> None:
    run = run_of(report(project(findings=(finding("own-rule", "aws_instance.web", "Mine."),)), rules=()))
    assert run["tool"]["driver"]["rules"][0]["shortDescription"] == {"text": "own rule"}


def test_file_names_become_uris() -> None:
    odd = finding("missing-tag", "aws_instance.web", "No tag.", file="infra/a b/ü#1.tf")
    absolute = finding("missing-tag", "aws_instance.web", "No tag.", file="/tmp/x y.tf")
    run = run_of(report(project(findings=(odd, absolute))))
    places = [r["locations"][0]["physicalLocation"]["artifactLocation"] for r in run["results"]]
    assert places == [
        {"uri": "infra/a%20b/%C3%BC%231.tf", "uriBaseId": "%SRCROOT%"},
        {"uri": "file:///tmp/x%20y.tf"},
    ]


def test_what_could_not_be_read_makes_the_run_unsuccessful() -> None:
    broken = Problem(Level.ERROR, "syntax-error", "the bracket is not closed", Span("main.tf", 3, 7))
    invocation = run_of(report(project(problems=(broken,))))["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["descriptor"] == {"id": "syntax-error"}
    assert run_of(stack())["invocations"][0]["executionSuccessful"] is True


def test_a_change_marks_what_it_brought() -> None:
    before = report(project(findings=stack().findings[:1]))
    run = run_of(compare(before, report(project(findings=stack().findings))))
    assert [r["baselineState"] for r in run["results"]] == ["unchanged", "new", "new"]


def test_a_rule_speaks_of_no_security_severity() -> None:
    for rule in run_of(stack())["tool"]["driver"]["rules"]:
        assert "security-severity" not in rule["properties"]


def test_more_than_code_scanning_takes_is_cut_the_worst_first() -> None:
    many = [finding("missing-tag", f"aws_instance.w{n}", "No tag.") for n in range(5001)]
    worst = finding("gpu-too-large", "aws_instance.gpu", "Too large.", severity=Severity.ERROR)
    ignored = [finding("missing-tag", f"aws_instance.i{n}", "No tag.", suppressed="known") for n in range(20001)]
    document = json.loads(
        render("sarif", report(project(findings=[*many, worst], suppressed=ignored)), RenderOptions())
    )
    results = document["runs"][0]["results"]
    assert len(results) == 25000
    assert sum("suppressions" not in r for r in results) == 5000
    assert results[0]["ruleId"] == "gpu-too-large"
    [told] = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "left out for length: 3 results"
