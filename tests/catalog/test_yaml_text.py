"""The guard before libyaml."""

from __future__ import annotations

import pytest

from finops_lint.catalog.yaml_text import DEEPEST, load_yaml, too_deep, too_many, too_much
from finops_lint.model.errors import FinopsLintError


@pytest.mark.parametrize("text", ["", "a: 1\n", "[" * DEEPEST + "]" * DEEPEST, "a: {b: [1, 2, {c: 3}]}\n" * 500])
def test_ordinary_nesting_is_let_through(text: str) -> None:
    assert too_deep(text) == 0


@pytest.mark.parametrize("text", ["[" * 50_000, "\n" * 4 + "- " * 50_000 + "a", "\n" * 4 + "{a: " * 50_000])
def test_nesting_without_end_is_told_with_its_line(text: str) -> None:
    assert too_deep(text) == text.count("\n") + 1


def test_deep_blocks_are_found_at_their_line() -> None:
    text = "".join(" " * n + "a:\n" for n in range(DEEPEST + 50))
    assert too_deep(text) == DEEPEST + 1


def bomb(levels: int) -> str:
    """Each line names the one before ten times."""
    lines = ["a0: &a0 x"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_aliases_may_repeat_a_part() -> None:
    assert too_many(bomb(4)) == 0
    assert too_many("a: 1 * 2\nb: '*c'\n") == 0


@pytest.mark.parametrize(("text", "line"), [(bomb(30), 6), ("a: &a [1, *a]", 1), ("x: 1\na: &a {b: {c: *a}}\n", 2)])
def test_aliases_that_multiply_or_contain_themselves_are_told_with_their_line(text: str, line: int) -> None:
    assert too_much(text) == (line, "its aliases refer to themselves or repeat too much")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [", "x.yaml:3:1: not YAML: did not find expected node content"),
        ("a: 1\nb: \tc: d", "x.yaml:2:6: not YAML: mapping values are not allowed in this context"),
        ("day: 2026-05-40", "x.yaml:1:1: cannot be read as YAML: day is out of range for month"),
        ("a: " + "[" * 300, "x.yaml:1:1: nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FinopsLintError) as raised:
        load_yaml(text, "x.yaml", FinopsLintError)
    assert str(raised.value).startswith(said)
