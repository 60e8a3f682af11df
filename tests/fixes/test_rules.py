"""Every remedy that a rule's example shows can be written: afterwards the rule is content, and little else changed."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from finops_lint.fixes.remedies import fixes_of
from finops_lint.model.settings import Settings
from finops_lint.request import Request
from finops_lint.rules.loader import RuleFile, load_rule
from finops_lint.rules.rule import Example
from tests.rules.bench import bench, rule_files

FILES = {"terraform": "main.tf", "cloudformation": "template.yaml", "kubernetes": "manifest.yaml"}


def _cases() -> list[object]:
    cases: list[object] = []
    for file in rule_files():
        rule = load_rule(file, examples=True)
        for number, example in enumerate(rule.examples):
            if example.verdict == "fails" and not example.params:
                cases.append(pytest.param(file, example, id=f"{file.id}-{number}-{example.dialect}"))
    return cases


@pytest.mark.parametrize(("file", "example"), _cases())
def test_what_a_remedy_says_is_what_fix_writes(
    file: RuleFile, example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = bench().run_one(load_rule(file, examples=True), example)
    wanted = [f for f in outcome.findings if f.remedy is not None]
    if not wanted:
        return
    monkeypatch.chdir(tmp_path)
    place = tmp_path / FILES[example.dialect]
    place.write_text(example.code, "utf-8")
    request = Request((place.name,), settings=Settings(select=(file.id,)))
    before = place.read_bytes()
    fixes = fixes_of(request, unsafe=True)
    while fixes.files:
        for fixed in fixes.files:
            place.write_bytes(fixed.after)
        fixes = fixes_of(request, unsafe=True)
    assert fixes.mended == ()
    assert all("by hand" in left.reason for left in fixes.left)
    assert place.read_bytes() != before or fixes.left
    added = [line for line in difflib.ndiff(*_lines(before, place.read_bytes())) if line.startswith("+")]
    changes = sum(len(f.remedy.set) for f in wanted if f.remedy is not None)
    assert len(added) <= 4 * changes, added


def _lines(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    return before.decode().splitlines(), after.decode().splitlines()
