"""Evaluates the same expressions with our evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.expressions import Variables, evaluate
from finops_lint.readers.terraform.functions import Context, Functions
from finops_lint.readers.terraform.parse import HclError, parse_expression
from finops_lint.readers.terraform.syntax import Expression
from finops_lint.readers.terraform.values import EvaluationError, Value
from tests.differential.inputs import CONCRETE, local_values


class RefusedError(Exception):
    """We refuse the expression."""


def parse(expression: str) -> Expression:
    """The expression's tree."""
    return parse_expression(SourceText("expression", expression.encode()))


def answer(expression: str, folder: Path) -> Value:
    """Our value of the expression; raises RefusedError."""
    try:
        return evaluate(parse(expression), scope(folder))
    except (EvaluationError, HclError) as error:
        raise RefusedError(str(error)) from None


@cache
def scope(folder: Path) -> Variables:
    """All locals, and the functions with `folder` for their files."""
    functions = Functions(Context(folder))
    concrete: dict[str, Any] = {}
    plain = Variables({"local": {}}, functions)
    for name, texts in CONCRETE.items():
        for number, text in enumerate(texts):
            concrete[f"k{number}_{name}"] = evaluate(parse(text), plain)
    return Variables({"local": local_values(concrete), "path": {"module": ".", "root": "."}}, functions)


def with_variables(expression: str, variables: Mapping[str, Value], folder: Path) -> Value:
    """Our value of an expression with these variables before the locals; raises RefusedError."""
    try:
        return evaluate(parse(expression), scope(folder).child(variables))
    except (EvaluationError, HclError) as error:
        raise RefusedError(str(error)) from None
