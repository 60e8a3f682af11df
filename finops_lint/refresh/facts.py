"""Turns a folder of price facts into the committed tables: `python -m finops_lint.refresh.facts DATA_FOLDER`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Container, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from finops_lint.catalog.data import data_root
from finops_lint.refresh import azure, google
from finops_lint.refresh.components import component_rows, noted_rows, read_mapping
from finops_lint.refresh.instances import cache_rows, ec2_rows, rds_rows, search_rows, spot_rows, token_rows
from finops_lint.refresh.machines import read_names, write_machines
from finops_lint.refresh.overview import write_overview
from finops_lint.refresh.services import model_rows, service_rows
from finops_lint.refresh.tables import Row, plain, write_tables
from finops_lint.refresh.workshop import read_table


def read_facts(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of one file of facts."""
    with (folder / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def aws_rows(facts: Path) -> Iterator[Row]:
    """Every AWS row but those of component_prices.csv."""
    ec2 = list(ec2_rows(read_facts(facts, "aws_ec2_ondemand.csv"), read_facts(facts, "aws_ec2_ondemand_cn.csv")))
    yield from ec2
    yield from spot_rows(read_facts(facts, "aws_spot_advisor.csv"), ec2, read_facts(facts, "aws_ec2_specs.csv"))
    yield from rds_rows(read_facts(facts, "aws_rds.csv"))
    yield from cache_rows(read_facts(facts, "aws_elasticache.csv"))
    yield from search_rows(read_facts(facts, "aws_opensearch.csv"))
    yield from token_rows(read_facts(facts, "aws_bedrock_tokens.csv"))
    yield from service_rows(read_facts(facts, "ai_services.csv"), cloud="aws")


def azure_rows(facts: Path) -> Iterator[Row]:
    """Every Azure row but those of component_prices.csv."""
    yield from azure.vm_rows(read_facts(facts, "azure_vm_ondemand.csv"))
    yield from service_rows(read_facts(facts, "ai_services.csv"), cloud="azure")
    yield from model_rows(read_facts(facts, "azure_google_llm_tokens.csv"), cloud="azure")


def google_rows(facts: Path) -> Iterator[Row]:
    """Every Google row but those of component_prices.csv and the fallbacks."""
    yield from google.vm_rows(read_facts(facts, "gcp_vm.csv"))
    yield from (row for row in google.gpu_rows(read_facts(facts, "gcp_accelerators.csv")) if not _is_undated(row))
    yield from google.part_rows(read_facts(facts, "gcp_components.csv"))
    yield from service_rows(read_facts(facts, "ai_services.csv"), cloud="google")
    yield from model_rows(read_facts(facts, "azure_google_llm_tokens.csv"), cloud="google")


def fallback_rows(facts: Path) -> Iterator[Row]:
    """Google rows that count only where nothing better is known."""
    yield from (row for row in google.gpu_rows(read_facts(facts, "gcp_accelerators.csv")) if _is_undated(row))
    yield from google.custom_rows(read_facts(facts, "gcp_vm.csv"))


def _is_undated(row: Row) -> bool:
    """Whether the price was written into a program by hand; its day is that of the program."""
    return row.source == "k8s-autoscaler-2026"


def write_factors(facts: Path, pricing: Path, rows: Iterable[Row]) -> None:
    """Region factors of EC2 by family and of Cloud SQL, which stand in where a region's table lacks a type."""
    lines = [
        ",".join((row["region"], row["family"], plain(Decimal(row["median"])), row["types"]))
        for row in read_facts(facts, "aws_ec2_region_factor.csv")
    ]
    _write_factors(pricing, "aws", lines)
    _write_factors(pricing, "google", google.factors(rows))


def _write_factors(pricing: Path, cloud: str, lines: Iterable[str]) -> None:
    text = "\n".join(["region,family,factor,types", *sorted(lines)]) + "\n"
    (pricing / "tables" / cloud / "factors.csv").write_bytes(text.encode())


def write_regions(facts: Path, pricing: Path) -> None:
    """The regions of all clouds and their names; the clouds write some names with a comma."""
    with (pricing / "regions.csv").open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("provider", "region", "name"))
        rows = read_facts(facts, "regions.csv")
        writer.writerows(sorted((row["provider"], row["region"], row["display_name"]) for row in rows))


def preferring(*lists: list[Row]) -> Iterator[Row]:
    """All rows, but of each price only what the first list that has it says, and tiers above all that it knows."""
    known: dict[tuple[str, str, str, str], Decimal] = {}
    for rows in lists:
        fresh = [row for row in rows if row.start > known.get(_price(row), Decimal(-1))]
        yield from fresh
        for row in fresh:
            known[_price(row)] = max(row.start, known.get(_price(row), Decimal(0)))


def _price(row: Row) -> tuple[str, str, str, str]:
    return row.cloud, row.service, row.item, row.region


def listed_rows(pricing: Path, made: Container[str]) -> list[Row]:
    """What the tables hold of price lists: their rows of any source but those in `made`, which the facts bring again.

    A maintainer brings a list into the shipped tables by itself, as `prices update` does; it is newer than the facts.
    """
    found: list[Row] = []
    tables = pricing / "tables"
    for file in sorted(tables.rglob("*.csv")):
        if file.name != "factors.csv":
            cloud, service = file.relative_to(tables).with_suffix("").parts[:2]
            found += (row for row in read_table(file, cloud, service) if row.source not in made)
    return found


def rewrite(facts: Path, pricing: Path) -> list[str]:
    """Rewrite all tables from the folder `facts`; the facts that nothing takes yet."""
    components = read_facts(facts, "component_prices.csv")
    rows = [*aws_rows(facts), *azure_rows(facts), *google_rows(facts)]
    left: list[str] = []
    mapped: list[Row] = []
    noted: list[Row] = []
    for cloud in ("aws", "azure", "google"):
        mapping = pricing / "imports" / f"{cloud}.yaml"
        more, unmapped = component_rows(components, read_mapping(mapping), cloud=cloud)
        mapped += more
        noted += noted_rows(mapping, cloud=cloud)
        left += unmapped
    made = [rows, mapped, noted, list(fallback_rows(facts))]
    kept = list(preferring(listed_rows(pricing, {row.source for part in made for row in part}), *made))
    write_tables(pricing, kept)
    write_factors(facts, pricing, kept)
    write_regions(facts, pricing)
    machine_facts = ("aws_ec2_specs", "aws_ec2_gpus", "azure_vm_specs", "gcp_machine_types", "gcp_accelerators")
    write_machines(
        pricing / "machines",
        {name: read_facts(facts, f"{name}.csv") for name in machine_facts},
        read_names(pricing / "imports" / "machines.yaml"),
    )
    write_overview(pricing)
    return left


def main(arguments: list[str]) -> int:
    """Rewrite the tables of this checkout; say on standard error which facts are not used."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m finops_lint.refresh.facts DATA_FOLDER\n")
        return 2
    left = rewrite(Path(arguments[0]), data_root() / "pricing")
    sys.stderr.writelines(f"not used: {line}\n" for line in left)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
