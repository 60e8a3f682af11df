"""What is declared about the public lists yields the items of the shipped tables, in their units, and no others."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from finops_lint.catalog.data import data_root
from finops_lint.refresh.collect import Collector, Entry
from finops_lint.refresh.declared import Cloud, DeclarationError, Line, clouds, read_cloud
from tests.refresh.sample_entries import attributes_of

PRICING = data_root() / "pricing"
CLOUDS = clouds(PRICING)


@cache
def declared(cloud: str) -> Cloud:
    return read_cloud(PRICING, cloud)


@cache
def shipped(cloud: str) -> dict[str, dict[str, str]]:
    """Service → item → unit, of all shipped tables."""
    found: dict[str, dict[str, str]] = {}
    folder = PRICING / "tables" / cloud
    for file in folder.rglob("*.csv"):
        if file.name != "factors.csv":
            service = file.relative_to(folder).parts[0].removesuffix(".csv")
            with file.open(encoding="utf-8", newline="") as text:
                found.setdefault(service, {}).update((row["item"], row["unit"]) for row in csv.DictReader(text))
    return found


@cache
def manifest(cloud: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PRICING / "tables" / cloud / "manifest.yaml").read_text(encoding="utf-8"))
    return found


def estimated(cloud: str, service: str) -> list[str]:
    """Patterns of items the manifest knows how to estimate: their names are ours too."""
    own = manifest(cloud).get("services", {}).get(service, {})
    return [entry["items"] for entry in own.get("estimates", ()) if entry["items"] != ".*"]


def lines() -> Iterator[Line]:
    return (line for cloud in CLOUDS for line in declared(cloud).lines if not line.parts)


def cloud_of(line: Line) -> str:
    return next(cloud for cloud in CLOUDS if line in declared(cloud).lines)


def entry_of(line: Line, amount: Decimal, region: str = "us-east-1") -> Entry:
    """An entry that `line` takes: one table unit costs `amount`."""
    unit, count = next(iter(line.units.items()))
    return Entry(
        attributes_of(line), region, f"{line.service}/{line.item}", unit, Decimal(0), amount * count, since="2026-01-01"
    )


def test_all_three_clouds_are_declared() -> None:
    assert CLOUDS == ("aws", "azure", "google")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_line_yields_items_of_the_tables_in_their_unit(cloud: str) -> None:
    """A name no table, estimate or sheet has would be a price nobody asks for."""
    strangers = []
    for line in declared(cloud).lines:
        if line.parts:
            continue
        known = shipped(cloud).get(line.service, {})
        pattern = line.possible()
        units = {unit for item, unit in known.items() if pattern.fullmatch(item)}
        item = line.item_of(attributes_of(line), line.words(attributes_of(line)) or {})
        assert item is not None, line.item
        guessed = any(re.fullmatch(p, item, re.IGNORECASE) for p in estimated(cloud, line.service))
        if line.unit not in units and not guessed:
            strangers.append((line.service, line.item, line.unit, sorted(units)))
    assert strangers == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_two_lines_claim_one_item_for_different_entries(cloud: str) -> None:
    """Every line's own entry at a price of its own: where two lines took one, the item would be unclear."""
    found = declared(cloud)
    for name in found.lists:
        collector = Collector(cloud, found.lines_of(name), source=found.source)
        prices: dict[str, Decimal] = {}
        for line in found.lines_of(name):
            # One entry may serve several items: what counts is that no item is claimed by two entries.
            price = prices.setdefault(str(sorted(attributes_of(line).items())), Decimal(len(prices) + 1))
            collector.add(entry_of(line, price))
        assert collector.outcome("2026-11-21").unclear == (), name


def test_a_declaration_that_breaks_the_schema_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "lists/aws").mkdir(parents=True)
    (tmp_path / "lists/aws.yaml").write_text((PRICING / "lists/aws.yaml").read_text("utf-8"), encoding="utf-8")
    file = tmp_path / "lists/aws/vpc.yaml"
    file.write_text("lists:\n  - list: AmazonVPC\n    rows:\n      - {itme: a, unit: hours}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"vpc.yaml:4:\d+: .*item is missing|itme is no key"):
        read_cloud(tmp_path, "aws")


@pytest.mark.parametrize(
    ("unit", "count"),
    [("Hrs", 1), ("100 Hours", 100), ("10K", None), ("1 GB/Month", None), ("fortnights", None)],
)
def test_a_unit_counts_with_the_number_before_it(unit: str, count: int | None) -> None:
    line = next(line for line in declared("aws").lines if line.item == "nat-gateway-hours")
    assert line.count(unit) == (None if count is None else Decimal(count))
