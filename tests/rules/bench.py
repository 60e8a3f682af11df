"""What tests of rules share: real readers, prices and machines, over code in a throw-away folder."""

from __future__ import annotations

from functools import cache

from finops_lint.catalog.data import data_root
from finops_lint.catalog.machines import Machines
from finops_lint.catalog.taggable import Taggable
from finops_lint.model.project import Project
from finops_lint.model.resource import Graph
from finops_lint.request import Request
from finops_lint.rules.context import Catalog, Pricing
from finops_lint.rules.examples import TODAY, Bench
from finops_lint.rules.loader import RuleFile, index_rules
from finops_lint.tools import Tools
from finops_lint.trials import read_code


@cache
def tools() -> Tools:
    return Tools(Request((), today=TODAY))


def machines() -> Machines:
    return tools().machines


def taggable() -> Taggable:
    return tools().taggable


def prices(graph: Graph) -> Pricing:
    return tools().pricing(graph)


@cache
def rule_files() -> tuple[RuleFile, ...]:
    return tuple(index_rules(data_root()))


def read_terraform(code: str) -> Project:
    return read("terraform", code)


def read(dialect: str, code: str) -> Project:
    return read_code(tools(), dialect, code)


@cache
def bench() -> Bench:
    return Bench(rule_files(), Catalog(machines(), taggable()), read, prices)
