"""cel-expr-python hands out None without a reference of its own; ours must not lose one with each null."""

from __future__ import annotations

import sys

import pytest

from finops_lint.catalog import cel


@pytest.mark.parametrize("text", ["r.?absent", "[dyn(null)]", "{'a': dyn(null)}", "r.list.map(x, null)"])
def test_a_thousand_nulls_free_no_none(text: str) -> None:
    expression = cel.compile(text, variables={"r"})
    scope = cel.Scope({"r": {"list": ["a"]}})
    scope.evaluate(expression)
    before = sys.getrefcount(None)
    for _ in range(1000):
        scope.evaluate(expression)
    assert sys.getrefcount(None) > before - 500
