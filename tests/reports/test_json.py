"""Our own JSON: it keeps to its published schema, and a saved report comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import finops_lint.reports
from finops_lint.compare import compare
from finops_lint.model.money import Range
from finops_lint.model.report import Diff, Report
from finops_lint.model.terms import Exchange
from finops_lint.reports import RenderOptions, render
from finops_lint.reports.saved import SavedReportError, is_saved_report, load_diff, load_report
from tests.conftest import Golden
from tests.reports.builders import nat, project, report, resource, stack, web

RANGE = Range(Decimal(100), Decimal(730), Decimal(1000))
SCHEMA = Path(finops_lint.reports.__file__).parent / "schemas" / "report.json"


def change() -> Diff:
    moved = resource("aws_instance.new", *web().estimate.components, formerly=("aws_instance.old",))
    stayed = resource("aws_instance.old", *web().estimate.components)
    before = report(project((web(), stayed), stack().findings[:2]))
    after = report(project((web("m5.large", "0.096"), nat(), moved), stack().findings[1:]))
    return compare(before, after)


def validate(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    # One branch is named, so that a fault is told by its place and not as a failure of `oneOf`.
    branch = "diff" if document["format"] == "finops-lint/diff/1" else "report"
    chosen = {key: value for key, value in schema.items() if key != "oneOf"} | {"$ref": f"#/$defs/{branch}"}
    jsonschema.Draft202012Validator(chosen).validate(document)
    return document


def text_of(thing: Report | Diff) -> str:
    return render("json", thing, RenderOptions())


def test_the_report_keeps_to_its_schema_and_golden_file(golden: Golden) -> None:
    text = text_of(stack())
    validate(text)
    golden("json/report.json", text)


def test_a_change_keeps_to_the_schema() -> None:
    document = validate(text_of(change()))
    kinds = [(c["address"], c["kind"]) for c in document["projects"][0]["changes"]]
    assert kinds == [
        ("aws_instance.web", "changed"),
        ("aws_nat_gateway.this", "added"),
        ("aws_instance.new", "unchanged"),
    ]
    assert document["projects"][0]["changes"][2]["before"] == "aws_instance.old"
    # 0.096 × 730 + 5.00 − (560.64 + 5.00) + 32.85 = −457.71
    assert document["delta"] == "-457.71"


def test_an_empty_report_keeps_to_the_schema() -> None:
    validate(text_of(report()))


def test_a_saved_report_comes_back_as_it_was() -> None:
    before = stack()
    again = load_report(text_of(before), where="saved.json")
    assert text_of(again) == text_of(before)
    assert again.total == before.total
    assert again.findings == before.findings
    assert [r.estimate for r in again.projects[0].resources] == [r.estimate for r in before.projects[0].resources]


def test_a_saved_change_comes_back_as_it_was() -> None:
    before = change()
    again = load_diff(text_of(before), where="saved.json")
    assert text_of(again) == text_of(before)
    assert render("terminal", again, RenderOptions()) == render("terminal", before, RenderOptions())


def test_a_saved_change_serves_as_its_after_side() -> None:
    saved = text_of(change())
    assert load_report(saved, where="saved.json").total == change().after.total


def test_a_saved_report_is_told_by_its_first_bytes() -> None:
    assert is_saved_report(text_of(stack()).encode()[:400])
    assert is_saved_report(text_of(change()).encode()[:400])
    assert not is_saved_report(b'{"format_version": "1.2", "terraform_version": "1.11.0"')


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a report"),
        ('{"format": "finops-lint/report/9"}', "not a report of this version"),
        ('{"format": "finops-lint/report/1"}', "damaged report: required is not met at its top"),
        ('{"format": "finops-lint/report/1", "currency": "USD", "projects": 3}', "damaged report: .* is not met at"),
    ],
)
def test_a_file_that_is_no_report_is_refused_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(SavedReportError, match=complaint) as caught:
        load_report(text, where="saved.json")
    assert str(caught.value).startswith("saved.json ")
    assert "\n" not in str(caught.value)


def test_a_damaged_figure_is_refused() -> None:
    broken = text_of(stack()).replace('"per_unit": "0.768"', '"per_unit": "much"')
    with pytest.raises(SavedReportError, match="damaged"):
        load_report(broken, where="saved.json")


def test_a_report_is_not_taken_for_a_change() -> None:
    with pytest.raises(SavedReportError, match="is a report, not a change"):
        load_diff(text_of(stack()), where="saved.json")


def test_equal_reports_print_equal_bytes() -> None:
    assert text_of(stack()) == text_of(replace(stack()))


def test_what_the_settings_say_of_prices_comes_back_as_it_was() -> None:
    plain = nat()
    line = replace(plain.estimate.components[0], terms=("10 % off, f:1:1",), assumed="typical use: x", quantity=RANGE)
    own = replace(
        plain, estimate=replace(plain.estimate, components=(line,), terms=("runs 239 hours",), currency="EUR")
    )
    rates = {"USD": Decimal("0.92"), "EUR": Decimal(1)}
    saved = replace(report(project((own,))), currency="EUR", exchange=Exchange("EUR", rates, "2026-11-01", "f:2:1"))
    text = text_of(saved)
    validate(text)
    found = load_report(text, where="x")
    assert found.exchange == saved.exchange
    assert found.projects[0].resources[0].estimate == own.estimate
    assert found.total.assumed == saved.total.assumed
