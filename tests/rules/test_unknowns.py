"""Checks in Python meet values that only a deployment tells: none may fault, whichever argument it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.rules.checker import Checker
from finops_lint.rules.context import Catalog
from finops_lint.rules.examples import TODAY
from finops_lint.rules.loader import RuleFile, load_rule
from tests.rules.bench import machines, prices, read, rule_files, taggable

_ARGUMENT = re.compile(r"^(?P<name>\s*[a-z_]+\s*=\s*)(?![\[{(]\s*$)\S.*$", re.MULTILINE)
_UNKNOWN = '\nvariable "not_told" {}\n'


def checked() -> Iterator[RuleFile]:
    return (file for file in rule_files() if load_rule(file).check is not None)


def with_one_unknown(code: str) -> Iterator[tuple[str, str]]:
    """The code with each of its arguments in turn made of a variable without a value, and that argument."""
    for found in _ARGUMENT.finditer(code):
        if not found[0].rstrip().endswith(("{", "[", "(")):
            changed = f"{code[: found.start()]}{found['name']}var.not_told{code[found.end() :]}"
            yield found["name"].strip(" =\n"), changed + _UNKNOWN


@pytest.mark.parametrize("file", tuple(checked()), ids=lambda file: file.id)
def test_no_check_faults_on_an_argument_that_is_not_known(file: RuleFile) -> None:
    examples = [e.code for e in load_rule(file, examples=True).examples if e.dialect == "terraform"]
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=(file.id,)))
    for name, code in (case for example in examples for case in with_one_unknown(example)):
        project = read("terraform", code)
        graph = Graph(project.resources)
        result = checker.check(graph, prices(graph), project="p", today=TODAY)
        assert not result.problems, (name, result.problems)
