"""Runs a sheet's examples: real reader, real usage file, real tables; figures are compared to the cent."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from finops_lint.catalog.data import data_root
from finops_lint.catalog.links import with_links
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheet_model import cloud_of, scale_of
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.costs.pricer import Pricer, PricerOptions
from finops_lint.costs.usage import NO_USAGE, read_usage
from finops_lint.model.estimate import CostComponent, Coverage, Estimate
from finops_lint.model.resource import Graph, Resource
from finops_lint.readers.cloudformation.given import Given
from finops_lint.readers.cloudformation.source import Templates, read_given
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.kubernetes.manifests import read_rendered
from finops_lint.readers.terraform.source import read_source

PROVIDERS = {
    "aws": 'provider "aws" {\n  region = "%s"\n}\n',
    "google": 'provider "google" {\n  region = "%s"\n}\n',
}
CENT = Decimal("0.005")
TODAY = date(2026, 11, 21)
"""The day of the calendars in the sheets; an example may name another."""


@dataclass(frozen=True)
class Example:
    """One example of one sheet."""

    type: str
    number: int
    says: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.type}-{self.number}"


@cache
def sheets() -> Sheets:
    return Sheets(data_root() / "pricing")


@cache
def taggable() -> Taggable:
    return Taggable(data_root())


@cache
def checked_sheets() -> Sheets:
    """The same, with formulas compiled under all of CEL's checks."""
    return Sheets(data_root() / "pricing", checks=True)


@cache
def prices() -> PriceBook:
    return PriceBook(data_root() / "pricing")


def sheet_files() -> list[Path]:
    return sorted((data_root() / "pricing" / "resources").glob("*/*.yaml"))


def part_files() -> list[Path]:
    return sorted((data_root() / "pricing" / "resources").glob("*/parts/*.yaml"))


def whole(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return data


def every_example() -> Iterator[Example]:
    for file in sheet_files():
        for number, says in enumerate(whole(file).get("examples", ())):
            yield Example(file.stem.replace("__", "/"), number, says)


def read(example: Example) -> Graph:
    cloud = cloud_of(example.type)
    if "kubernetes" in example.says:
        text = example.says["kubernetes"].encode()
        return Graph(read_rendered(text, file="example.yaml", name="example").resources)
    if "cloudformation" in example.says:
        return _read_template(example)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(example.says["terraform"], "utf-8")
        if cloud in PROVIDERS and "provider " not in example.says["terraform"] and "region" in example.says:
            Path(folder, "provider.tf").write_text(PROVIDERS[cloud] % example.says["region"], "utf-8")
        place = ProjectPath("terraform", folder, "example", folder, named_by_user=True)
        return Graph(with_links(read_source(place, sheets=sheets()).resources))


def _read_template(example: Example) -> Graph:
    templates = Templates()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.yaml")
        file.write_text(example.says["cloudformation"], "utf-8")
        place = ProjectPath("cloudformation", str(file), "example", folder, named_by_user=True)
        given = Given(region=example.says.get("region", ""))
        template = templates.load(str(file), folder)
        project = read_given(template, place, given, templates=templates, tools=(sheets(), taggable()))
    assert not project.problems, [p.message for p in project.problems]
    return Graph(with_links(project.resources))


def target(example: Example, graph: Graph) -> Resource:
    if "address" in example.says:
        return graph.by_address[example.says["address"]]
    same = sheets().get(example.type)
    return next(r for r in graph.resources if r.type == example.type or sheets().get(r.type) is same)


def estimate(example: Example) -> Estimate:
    graph = read(example)
    resource = target(example, graph)
    usage = NO_USAGE
    if "usage" in example.says:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "usage.yml")
            said = {"version": 0.1, "resource_usage": {resource.address: example.says["usage"]}}
            file.write_text(json.dumps(said), "utf-8")  # JSON is YAML
            usage = read_usage(file)
    pricer = Pricer(sheets(), prices(), usage=usage, options=PricerOptions(strict=True, today=day(example)))
    found = pricer.price(resource, graph)
    assert not pricer.problems, [p.message for p in pricer.problems]
    return found


def day(example: Example) -> date:
    return date.fromisoformat(example.says["today"]) if "today" in example.says else TODAY


def complaints(example: Example) -> list[str]:
    """What the example says and the estimate does not; empty where it holds."""
    found = estimate(example)
    if example.says.get("free"):
        return [] if found.coverage is Coverage.FREE else ["it is not free"]
    parts: dict[str, CostComponent] = {}
    for component in found.components:
        name = "/".join((*component.group, component.name))
        if name in parts:
            return [f"{name} is there twice"]
        parts[name] = component
    said = {key: example.says.get(key, {}) for key in ("monthly", "unit_prices", "unpriced")}
    wrong = [text for kind, want in said.items() for n, w in want.items() for text in _complaint(kind, n, w, parts)]
    wrong += [
        text for name, want in example.says.get("ranges", {}).items() for text in _range_complaint(name, want, parts)
    ]
    extra = [name for name in parts if not any(name in want for want in said.values())]
    wrong += [f"{name} is not in the example: {parts[name]}" for name in extra]
    return wrong + [text for component in found.components for text in _unit_complaint(component)]


def _complaint(kind: str, name: str, want: Any, parts: Mapping[str, CostComponent]) -> Iterator[str]:
    part = parts.get(name)
    if part is None:
        yield f"{name} is missing; there are {', '.join(parts)}"
    elif kind == "monthly":
        if part.monthly is None:
            yield f"{name} has no monthly cost: {part.unpriced or part.usage_key}"
        elif abs(part.monthly.expected - Decimal(str(want))) > CENT:
            yield f"{name} costs {part.monthly.expected}, not {want}"
    elif kind == "unit_prices":
        if part.per_unit != Decimal(str(want)) or not part.waits_for_usage:
            yield f"{name} has the unit price {part.per_unit}, not {want}; {part.unpriced or part.quantity}"
    elif part.unpriced is None:
        yield f"{name} is priced"
    elif want not in (*part.unpriced.waits_for, part.unpriced.reason):
        yield f"{name} is unpriced for {part.unpriced}, not for {want}"


def _range_complaint(name: str, want: list[float], parts: Mapping[str, CostComponent]) -> Iterator[str]:
    monthly = parts[name].monthly if name in parts else None
    ends = (monthly.low, monthly.high) if monthly else ()
    if not ends or any(abs(end - Decimal(str(figure))) > CENT for end, figure in zip(ends, want, strict=True)):
        yield f"{name} costs {' to '.join(map(str, ends)) or 'nothing'}, not {want[0]} to {want[1]}"


def _unit_complaint(component: CostComponent) -> Iterator[str]:
    """A printed unit must hold as many table units as its name says."""
    price = component.price
    if price is None or not price.item or component.per_unit is None or not price.amount:
        return
    if component.unit.endswith("(per day)"):  # a day of a commitment, named by its size
        return
    scale = component.per_unit / price.amount
    if scale_of(component.unit) not in (1, scale):
        yield f"{component.name}: one {component.unit} is priced as {scale} {price.unit}"
