"""Findings that were there before are known; those that are new stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_lint.model.report import Report
from finops_lint.model.settings import Settings
from finops_lint.pipeline import analyze
from finops_lint.request import Request
from finops_lint.rules.baselines import BaselineError, baseline_text, read_baseline, without_known

LOG = 'resource "aws_cloudwatch_log_group" "%s" {\n  name = "%s"\n}\n'
SETTINGS = Settings(select=("log-group-without-retention",))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def report(*names: str, file: str = "main.tf") -> Report:
    for old in Path().glob("*.tf"):
        old.unlink()
    Path(file).write_text("# a comment\n" + "".join(LOG % (name, name) for name in names), "utf-8")
    return analyze(Request((".",), settings=SETTINGS))


def test_known_findings_are_set_aside_and_new_ones_stand() -> None:
    Path("known.json").write_text(baseline_text(report("a", "b").findings), "utf-8")
    after = without_known(report("a", "b", "c"), read_baseline(Path("known.json")), "known.json")
    assert [f.address for f in after.findings] == ["aws_cloudwatch_log_group.c"]
    assert [f.suppressed for p in after.projects for f in p.suppressed] == ["in the baseline known.json"] * 2


def test_code_that_was_moved_stays_known() -> None:
    Path("known.json").write_text(baseline_text(report("a").findings), "utf-8")
    after = without_known(report("a", file="logs.tf"), read_baseline(Path("known.json")), "known.json")
    assert after.findings == []


def test_what_was_mended_is_told() -> None:
    Path("known.json").write_text(baseline_text(report("a", "b").findings), "utf-8")
    after = without_known(report("a"), read_baseline(Path("known.json")), "known.json")
    assert [p.message for p in after.problems] == ["1 of 2 findings of the baseline are gone"]


def test_the_file_is_sorted_and_a_line_a_finding() -> None:
    text = baseline_text(report("b", "a").findings)
    assert [entry["address"][-1] for entry in json.loads(text)["findings"]] == ["a", "b"]
    assert len(text.splitlines()) == 2 + 5
    assert json.loads(baseline_text([])) == {"version": 1, "findings": []}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 9, "findings": []}', '{"version": 1}', "{"])
def test_what_is_no_baseline_is_refused(text: str) -> None:
    Path("known.json").write_text(text, "utf-8")
    with pytest.raises(BaselineError):
        read_baseline(Path("known.json"))


def test_a_baseline_that_is_not_there_is_refused() -> None:
    with pytest.raises(BaselineError, match="there is no baseline"):
        read_baseline(Path("known.json"))
