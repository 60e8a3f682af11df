"""Patterns that Python's `re` answers in RE2's place; RE2 itself is the reference."""

from __future__ import annotations

import re

import pytest

from finops_lint.catalog import cel
from finops_lint.catalog.data import data_root
from finops_lint.catalog.plain_patterns import found

TEXTS = [
    "",
    "f1",
    "F1",
    "y1",
    "fc1",
    "gpt-4o-mini",
    "dall-e-3",
    "PT30M",
    "P1D",
    "120m",
    "a-b",
    "a.b",
    "a b",
    "aurora",
    "1",
]
PATTERNS = [
    "^f[0-9]",
    "^(y|fc)",
    "-[a-z]$",
    "a.b",
    r"a\.b",
    "^[^a-z]",
    "(?i)^A-|^1$",
    "[0-9]{2,}m",
    "x*",
    "^P([0-9]+D|T3?)$",
    "(dall-)?e",
]


def by_runtime(text: str, pattern: str) -> object:
    expression = cel.compile("text.matches(pattern)", variables=("text", "pattern"))
    return cel.Scope({"text": text, "pattern": pattern}).evaluate(expression, by_runtime=True)


def shipped() -> list[str]:
    """The patterns of the shipped sheets and rules."""
    root = data_root()
    files = [*(root / "pricing" / "resources").rglob("*.yaml"), *(root / "rules").rglob("*.yaml")]
    texts = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return sorted(set(re.findall(r"matches\('([^'\\]+)'\)", texts)))


@pytest.mark.parametrize("pattern", [*PATTERNS, *shipped()])
def test_a_plain_pattern_finds_what_re2_finds(pattern: str) -> None:
    answers = {text: found(text, pattern) for text in TEXTS}
    assert pattern not in PATTERNS or None not in answers.values()
    for text, answer in answers.items():
        assert answer is None or answer is by_runtime(text, pattern), text


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d",
        r"\bx",
        "a(?i)",
        "(ab)*",
        "(a|b){2}",
        "a**",
        "a++",
        "[[:alpha:]]",
        "(",
        "[a",
        "a{1000}",
        r"\x41",
        "(?:a)",
        "é",
        "(" * 400,
    ],
)
def test_any_other_pattern_is_left_to_re2(pattern: str) -> None:
    assert found("a", pattern) is None


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("é", "a"),
        ("a\nb", "a.b"),
        ("a" * 5_000, "a*b"),
        ("a" * 200, ".*.*.*b"),
        ("a" * 30, "a?" * 30 + "a" * 30),
        ("a" * 30, "(a|a)" * 30 + "b"),
    ],
)
def test_texts_that_python_reads_in_another_way_or_for_long_are_left_to_re2(text: str, pattern: str) -> None:
    assert found(text, pattern) is None
