"""The page about prices says what the tables hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.refresh.overview import overview

PRICING = data_root() / "pricing"


@pytest.fixture(scope="module")
def page() -> str:
    return overview(PRICING)


def test_the_committed_page_is_up_to_date(page: str) -> None:
    committed = (PRICING / "README.md").read_text(encoding="utf-8")
    assert committed == page, "rewrite it: python -m finops_lint.refresh.overview"


def test_every_service_has_a_line(page: str) -> None:
    for table in PRICING.glob("tables/*/*.csv"):
        if table.name != "factors.csv":
            assert f"\n| {table.stem}" in page
    assert "\n| ec2: Amazon EC2 |" in page


def test_every_type_with_a_sheet_has_a_line(page: str) -> None:
    for sheet in PRICING.glob("resources/*/*.yaml"):
        if (PRICING / "tables" / sheet.parent.name).is_dir():
            assert f"\n| {sheet.stem} |" in page


def test_a_type_names_the_sources_and_days_of_the_items_its_formulas_may_reach(tmp_path: Path) -> None:
    sheets, tables = tmp_path / "resources" / "aws", tmp_path / "tables" / "aws"
    (sheets / "parts").mkdir(parents=True)
    tables.mkdir(parents=True)
    (sheets / "aws_disk.yaml").write_text("type: aws_disk\ncosts:\n  - {price: 'ebs/{kind}-gb'}\n  - use: extras\n")
    (sheets / "parts" / "extras.yaml").write_text("takes: []\ncosts:\n  - {price: logs/stored-gb}\n")
    (sheets / "aws_role.yaml").write_text("type: aws_role\nfree: roles cost nothing\n")
    (tables / "manifest.yaml").write_text("sources: {}\n")
    header = "item,region,tier_from,unit,price,currency,basis,source,as_of\n"
    rows = "gp3-gb,a,0,GB,1,USD,list,new,2026-01-01\niops,a,0,IOPS,1,USD,list,unused,2020-01-01\n"
    (tables / "ebs.csv").write_text(header + rows)
    (tables / "logs.csv").write_text(header + "stored-gb,a,0,GB,1,USD,list,old,2024-01-01\n")
    differences = "{differences: [{type: aws_disk, line: Storage, ours: $1, theirs: $2, why: dearer since}]}"
    (tables / "differences.yaml").write_text(differences)
    page = overview(tmp_path)
    assert "| aws_disk | ebs, logs | 2024-01-01 to 2026-01-01 | new, old |" in page
    assert "| aws_role | free: roles cost nothing |  |  |" in page
    assert "| aws_disk | Storage | $1 | $2 | dearer since |" in page
