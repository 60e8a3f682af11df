"""Pieces of the command line that are easier to see alone."""

from __future__ import annotations

import pytest

from finops_lint.cli.options import inputs_in_order, words
from finops_lint.cli.quoting import redacted
from finops_lint.cli.verdict import verdict
from finops_lint.model.finding import Finding, Level, Problem, Severity
from finops_lint.model.span import Span
from tests.reports.builders import finding, project, report


def test_inputs_keep_the_order_of_the_command_line() -> None:
    line = [
        "check",
        "x",
        "--var",
        "a=1",
        "--format",
        "json",
        "--var-file=f",
        "--terraform-var",
        "b=--var",
        "--",
        "--var",
    ]
    assert inputs_in_order(line) == [("value", "a=1"), ("file", "f"), ("value", "b=--var")]


def test_lists_with_commas_and_repeated_options_are_one_list() -> None:
    assert words(("a, b", "c", ",")) == ("a", "b", "c")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('password = "hunter2"', "password = (hidden)"),
        ('  db_password = "a\\"b" # old', "  db_password = (hidden) # old"),
        ('"secret_key": "abc", "size": 3', '"secret_key": (hidden), "size": 3'),
        ("token: abc123", "token: (hidden)"),
        ('key = "AKIAIOSFODNN7EXAMPLE"', 'key = "(hidden)"'),
        ('url = "https://user:pass@host/x"', 'url = "https(hidden)host/x"'),
        ('instance_type = "m5.large"', 'instance_type = "m5.large"'),
        ('tags = { team = "search" }', 'tags = { team = "search" }'),
        ('kms_key_id = "abc"', 'kms_key_id = "abc"'),
    ],
)
def test_what_looks_like_a_secret_is_blanked(line: str, shown: str) -> None:
    assert redacted(line) == shown


def test_a_very_long_line_is_cut_before_anything_else() -> None:
    assert len(redacted("x" * 1_000_000)) == 500


BROKEN = Problem(Level.ERROR, "syntax-error", "not closed", Span("main.tf", 3, 2))
GAP = Problem(Level.NOTICE, "missing-module", "not fetched")
BAD = finding("x-rule", "aws_instance.a", "x", severity=Severity.ERROR)


@pytest.mark.parametrize(
    ("problems", "found", "strict", "exit_zero", "code"),
    [
        ((), (), False, False, 0),
        ((GAP,), (), False, False, 0),
        ((GAP,), (), True, False, 2),
        ((), (BAD,), False, False, 1),
        ((), (BAD,), False, True, 0),
        ((BROKEN,), (BAD,), False, True, 2),
        ((BROKEN,), (), False, False, 2),
    ],
)
def test_two_wins_over_one(
    problems: tuple[Problem, ...], found: tuple[Finding, ...], strict: bool, exit_zero: bool, code: int
) -> None:
    whole = report(project(findings=found, problems=problems))
    assert verdict(whole, fail_on=Severity.WARNING, strict=strict, exit_zero=exit_zero).code == code


def test_findings_count_from_the_level_up() -> None:
    mild = finding("x-rule", "aws_instance.a", "x", severity=Severity.INFO)
    whole = report(project(findings=(mild,)))
    assert verdict(whole, fail_on=Severity.WARNING, strict=False, exit_zero=False).code == 0
    assert verdict(whole, fail_on=Severity.INFO, strict=False, exit_zero=False).code == 1
    assert verdict(whole, fail_on=None, strict=False, exit_zero=False).code == 0
