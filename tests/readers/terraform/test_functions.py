"""Terraform's functions against what terraform 1.11.4 gave for the same calls (`cases/*.yaml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finops_lint.readers.terraform.values import EvaluationError
from tests.differential import grammar, ours
from tests.differential.oracle import Failed
from tests.differential.record import CASES, expected, read_cases
from tests.differential.verdict import AGREES, CLAIMS_MORE, compare

FILES = sorted(CASES.glob("*.yaml"))
ALL = [pytest.param(case, id=f"{path.stem}: {case['name']}") for path in FILES for case in read_cases(path)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("functions")
    grammar.lay_out(place)
    return place


@pytest.mark.parametrize("case", ALL)
def test_it_gives_what_terraform_gives(case: dict[str, Any], folder: Path) -> None:
    wanted = expected(case)
    if isinstance(wanted, Failed):
        with pytest.raises(ours.RefusedError):
            ours.answer(case["expression"], folder)
        return
    # Where Terraform does not know, more may be known here; test_functions_unknown.py says what.
    assert compare(ours.answer(case["expression"], folder), wanted) in (AGREES, CLAIMS_MORE)


def test_there_are_cases_of_every_function() -> None:
    text = "".join(path.read_text("utf-8") for path in FILES)
    from finops_lint.readers.terraform.functions import names

    assert [name for name in sorted(names()) if f"{name}(" not in text] == ["plantimestamp"]


def test_every_function_terraform_lists_is_there() -> None:
    # `terraform metadata functions -json` of 1.11.4, without the `core::` spellings.
    from finops_lint.readers.terraform.functions import names
    from tests.differential.grammar import FUNCTIONS

    assert names() == FUNCTIONS.keys()
    assert len(names()) == 118


def test_errors_are_of_the_evaluators_kind() -> None:
    from finops_lint.readers.terraform.functions import Context, call

    with pytest.raises(EvaluationError, match="no function named 'uper'; did you mean 'upper'"):
        call("uper", ["a"], Context(Path()))
