"""Every example in every rule file does what it says: `pytest -k RULE-ID` runs those of one rule."""

from __future__ import annotations

import re

import pytest

from finops_lint.rules.loader import RuleFile, load_rule, validate
from tests.rules.bench import bench, rule_files


def _examples() -> list[object]:
    cases: list[object] = []
    for file in rule_files():
        for number, example in enumerate(load_rule(file, examples=True).examples):
            cases.append(pytest.param(file, number, id=f"{file.id}-{number}-{example.verdict}-{example.dialect}"))
    return cases


@pytest.mark.parametrize(("file", "number"), _examples())
def test_example_does_what_it_says(file: RuleFile, number: int) -> None:
    rule = load_rule(file, examples=True)
    outcome = bench().run_one(rule, rule.examples[number])
    assert outcome.passed, f"{outcome.file}:{outcome.example.line}: {outcome.complaint}"


@pytest.mark.parametrize("file", rule_files(), ids=lambda f: f.id)
def test_rule_file_keeps_to_the_schema(file: RuleFile) -> None:
    from finops_lint.rules.loader import _parsed

    text = file.path.read_text("utf-8")
    validate(file.path, text, _parsed(file.path, text))


@pytest.mark.parametrize("file", rule_files(), ids=lambda f: f.id)
def test_rule_has_an_example_of_each_verdict_it_must_show(file: RuleFile) -> None:
    verdicts = {example.verdict for example in load_rule(file, examples=True).examples}
    assert {"fails", "passes"} <= verdicts


@pytest.mark.parametrize("file", rule_files(), ids=lambda f: f.id)
def test_whether_a_remedy_saves_money_is_said_by_an_example(file: RuleFile) -> None:
    rule = load_rule(file, examples=True)
    fails = [example for example in rule.examples if example.verdict == "fails"]
    if any(example.saves is not None for example in fails):
        return
    found = [finding for example in fails for finding in bench().run_one(rule, example).findings]
    assert not [f for f in found if f.remedy is not None], (
        "a remedy is not priced in any example: add saves: true or false"
    )


@pytest.mark.parametrize("file", rule_files(), ids=lambda f: f.id)
def test_what_people_read_is_prose(file: RuleFile) -> None:
    rule = load_rule(file)
    for text in (
        rule.why,
        rule.source.title,
        file.path.read_text("utf-8").partition("\nmessage:")[2].partition("\nwhy:")[0],
    ):
        assert not re.search(r'\b(?:resource|variable) "', text), text


@pytest.mark.parametrize("file", rule_files(), ids=lambda f: f.id)
def test_source_was_read_on_a_day_of_this_project(file: RuleFile) -> None:
    source = load_rule(file).source
    assert re.fullmatch(r"2026-(11-(2\d|30)|12-\d\d)|20(2[7-9]|[3-9]\d)-\d\d-\d\d", source.read)
