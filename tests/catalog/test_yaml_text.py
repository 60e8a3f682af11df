"""The guard before libyaml."""

from __future__ import annotations

import pytest

from finops_lint.catalog.yaml_text import DEEPEST, too_deep


@pytest.mark.parametrize("text", ["", "a: 1\n", "[" * DEEPEST + "]" * DEEPEST, "a: {b: [1, 2, {c: 3}]}\n" * 500])
def test_ordinary_nesting_is_let_through(text: str) -> None:
    assert too_deep(text) == 0


@pytest.mark.parametrize("text", ["[" * 50_000, "\n" * 4 + "- " * 50_000 + "a", "\n" * 4 + "{a: " * 50_000])
def test_nesting_without_end_is_told_with_its_line(text: str) -> None:
    assert too_deep(text) == text.count("\n") + 1


def test_deep_blocks_are_found_at_their_line() -> None:
    text = "".join(" " * n + "a:\n" for n in range(DEEPEST + 50))
    assert too_deep(text) == DEEPEST + 1
