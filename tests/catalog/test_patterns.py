"""Users' regular expressions: the whole text, in time that grows with the text only."""

from __future__ import annotations

import time

import pytest

from finops_lint.catalog.patterns import PatternError, fits


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("prod", "prod|dev", True),
        ("production", "prod|dev", False),
        ("PROD", "(?i)prod", True),
        ("prod\n", "prod", False),
        ("café", "caf.", True),
        ("", "", True),
    ],
)
def test_a_pattern_takes_the_whole_text(text: str, pattern: str, found: bool) -> None:
    assert fits(text, pattern) is found


def test_a_pattern_that_backtracks_elsewhere_takes_no_time() -> None:
    start = time.monotonic()
    assert not fits("a" * 10_000 + "b", "(a+)+")
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [("(", "missing )"), ("(?=x)", "invalid perl operator"), (r"(a)\1", "invalid escape sequence")],
)
def test_what_is_no_pattern_is_told(pattern: str, complaint: str) -> None:
    with pytest.raises(PatternError, match=complaint.replace(")", r"\)")):
        fits("x", pattern)
