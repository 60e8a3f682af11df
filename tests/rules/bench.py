"""What tests of rules share: real readers, prices and machines, over code in a throw-away folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from finops_lint.catalog.data import data_root
from finops_lint.catalog.machines import Machines
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.costs.pricer import REFERENCE_REGIONS, Pricer
from finops_lint.model.estimate import Estimate, UnitPrice, Unpriced
from finops_lint.model.project import Project
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Unknown
from finops_lint.pipeline import MACHINE_ITEMS
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.source import read_source
from finops_lint.rules.context import Catalog
from finops_lint.rules.examples import Bench
from finops_lint.rules.loader import RuleFile, index_rules


@cache
def machines() -> Machines:
    return Machines(data_root() / "pricing")


@cache
def taggable() -> Taggable:
    return Taggable(data_root())


@cache
def sheets() -> Sheets:
    return Sheets(data_root() / "pricing", machines=machines())


@cache
def price_book() -> PriceBook:
    return PriceBook(data_root() / "pricing")


@cache
def pricer() -> Pricer:
    return Pricer(sheets(), price_book())


@cache
def rule_files() -> tuple[RuleFile, ...]:
    return tuple(index_rules(data_root()))


class Prices:
    """The shipped prices for one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def price(self, resource: Resource, graph: Graph) -> Estimate:
        return pricer().price(resource, graph)

    def priced_through(self, address: str) -> tuple[Resource, ...]:
        return tuple(r for r in self._graph.resources if address in self.price(r, self._graph).through)

    def machine_hour(self, service: str, machine: str, region: str | Unknown | None) -> UnitPrice | Unpriced:
        cloud, item = MACHINE_ITEMS[service]
        place = region if isinstance(region, str) else REFERENCE_REGIONS[cloud]
        found = price_book().look_up(item.format(machine), cloud=cloud, region=place)
        return found if isinstance(found, Unpriced) else found[0].price


def read_terraform(code: str) -> Project:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(code, "utf-8")
        place = ProjectPath("terraform", folder, "example", folder, named_by_user=True)
        return read_source(place, sheets=sheets(), taggable=taggable())


def read(dialect: str, code: str) -> Project:
    assert dialect == "terraform", dialect
    return read_terraform(code)


@cache
def bench() -> Bench:
    return Bench(rule_files(), Catalog(machines(), taggable()), read, Prices)


def dollars(amount: str) -> Decimal:
    return Decimal(amount)


def every_rule() -> Iterator[RuleFile]:
    yield from rule_files()
