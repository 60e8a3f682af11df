"""Observed cost lines become prices of one unit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.refresh.components import component_rows, noted_rows, read_mapping, shortest_between, slug, unit_of
from finops_lint.refresh.tables import FactsError, Row


def fact(name: str, unit: str, price: str, error: str = "0", **more: str) -> dict[str, str]:
    return {
        "provider": "aws",
        "region": "us-east-1",
        "resource_type": "aws_lb",
        "sub_resource": "",
        "component_name": name,
        "unit": unit,
        "usd_per_unit": price,
        "abs_error": error,
        "example_address": "aws_lb.example",
        "golden_changed": "2026-01-02",
        **more,
    }


def rows(tmp_path: Path, mapping: str, *facts: dict[str, str]) -> tuple[list[Row], list[str]]:
    file = tmp_path / "aws.yaml"
    lines = "".join(f"      - {{{line.strip()}}}\n" for line in mapping.strip().splitlines())
    file.write_text(f"cloud: aws\ncomponents:\n  - types: [aws_lb]\n    rows:\n{lines}", encoding="utf-8")
    return component_rows(facts, read_mapping(file), cloud="aws")


def test_a_price_is_the_roundest_that_the_printed_figure_allows(tmp_path: Path) -> None:
    # 16.43 dollars for 730 hours, rounded to cents, is 0.0225 an hour
    found, left = rows(tmp_path, "name: ALB, item: elb/hours", fact("ALB", "hours", "0.0225068493", "0.0000068493"))
    assert left == []
    assert found == [
        Row(
            "aws",
            "elb",
            "hours",
            "us-east-1",
            "hours",
            Decimal("0.0225"),
            "infracost-goldens",
            "2026-01-02",
            "observed",
        )
    ]


def test_a_multiple_becomes_the_price_of_one(tmp_path: Path) -> None:
    found, _ = rows(tmp_path, "name: Requests, item: lambda/requests", fact("Requests", "1M requests", "0.2"))
    assert (found[0].unit, found[0].price) == ("requests", Decimal("0.0000002"))


def test_a_monthly_capacity_becomes_hours(tmp_path: Path) -> None:
    found, _ = rows(
        tmp_path,
        "name: LCU, item: elb/lcu, unit: LCU-hours, per: 730",
        fact("LCU", "LCU", "5.8402686524", "0.0040765271"),
    )
    assert (found[0].unit, found[0].price) == ("LCU-hours", Decimal("0.008"))


def test_two_observations_narrow_the_price(tmp_path: Path) -> None:
    found, _ = rows(
        tmp_path,
        "name: GB, item: x/gb",
        fact("GB", "GB", "0.1234", "0.0005"),
        fact("GB", "GB", "0.1239", "0.0005", golden_changed="2026-03-04"),
    )
    assert [(row.price, row.as_of) for row in found] == [(Decimal("0.1235"), "2026-03-04")]


def test_observations_that_cannot_both_be_true_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"x/gb in us-east-1 from 0: observed at 0\.1, 0\.2"):
        rows(tmp_path, "name: GB, item: x/gb", fact("GB", "GB", "0.1", "0.01"), fact("GB", "GB", "0.2", "0.01"))


def test_the_first_entry_that_agrees_takes_the_fact(tmp_path: Path) -> None:
    mapping = r"""
        name: Storage, under: 'Glacier.*', item: s3/glacier-gb
        name: Storage, example: '\.big', item: s3/big-gb
        match: 'Storage( \((?P<kind>.*)\))?', item: 's3/{kind}-gb'
        name: Storage, item: s3/never-gb
    """
    found, left = rows(
        tmp_path,
        mapping,
        fact("Storage", "GB", "1", sub_resource="Glacier deep"),
        fact("Storage", "GB", "2", example_address="aws_lb.big"),
        fact("Storage (One Zone)", "GB", "3"),
        fact("Storage", "GB", "4", sub_resource="", resource_type="aws_other"),
    )
    assert {row.item: row.price for row in found} == {"glacier-gb": 1, "big-gb": 2, "one-zone-gb": 3}
    assert left == ["aws_other: Storage"]


def test_a_fact_left_out_on_purpose_is_not_reported(tmp_path: Path) -> None:
    assert rows(tmp_path, "name: GB, skip: known better", fact("GB", "GB", "1")) == ([], [])


def test_tiers_regions_and_several_items(tmp_path: Path) -> None:
    mapping = "name: GB, item: [x/a, x/b], from: 10240, region: '*', also: [eu-west-1]"
    found, _ = rows(tmp_path, mapping, fact("GB", "GB", "1"))
    assert {(row.item, row.region, row.start) for row in found} == {
        (item, region, Decimal(10240)) for item in "ab" for region in ("*", "eu-west-1")
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hours", (1, "hours")),
        ("1M requests", (1_000_000, "requests")),
        ("1M request", (1_000_000, "requests")),
        ("10k operations", (10_000, "operations")),
        ("1000 requests", (1000, "requests")),
        ("vCPU-hours", (1, "vCPU-hours")),
    ],
)
def test_a_unit_is_read_with_the_number_before_it(text: str, expected: tuple[int, str]) -> None:
    assert unit_of(text) == (Decimal(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("0.0225", "0.0225137", "0.0225"), ("0.0956", "0.0964", "0.096"), ("0.1232", "0.1238", "0.1235"), ("5", "5", "5")],
)
def test_of_two_bounds_the_roundest_decimal_between_is_taken(low: str, high: str, expected: str) -> None:
    middle = (Decimal(low) + Decimal(high)) / 2
    assert shortest_between(Decimal(low), Decimal(high), near=middle) == Decimal(expected)


def test_groups_become_part_of_an_item() -> None:
    assert slug("US, Mexico, Canada") == "us-mexico-canada"
    assert slug("db.r5.4xlarge") == "db.r5.4xlarge"


def test_a_price_noted_beside_the_mapping_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "aws.yaml"
    file.write_text(
        "cloud: aws\ncomponents: []\nfacts:\n"
        "  - {item: fsx/a-gb, unit: GB, source: pages, as_of: '2026-05-01', prices: {eu-west-1: '0.145'}}\n",
        encoding="utf-8",
    )
    expected = Row("aws", "fsx", "a-gb", "eu-west-1", "GB", Decimal("0.145"), "pages", "2026-05-01", "observed")
    assert list(noted_rows(file, cloud="aws")) == [expected]


def test_a_noted_price_that_was_worked_out_says_so(tmp_path: Path) -> None:
    file = tmp_path / "azure.yaml"
    fact = (
        "{item: db/d4-hours, unit: hours, source: sizes, as_of: '2026-01-01', basis: derived, prices: {westus: '0.39'}}"
    )
    file.write_text(f"facts:\n  - {fact}\n", encoding="utf-8")
    assert [row.basis for row in noted_rows(file, cloud="azure")] == ["derived"]


def test_a_noted_price_may_begin_at_a_tier(tmp_path: Path) -> None:
    mapping = tmp_path / "azure.yaml"
    mapping.write_text(
        "facts:\n"
        "  - {item: storage/hot-gb, unit: GB, source: list, as_of: '2026-01-01', prices: {eu: '0.02'}}\n"
        "  - {item: storage/hot-gb, unit: GB, from: 51200, source: l, as_of: '2026-01-01', prices: {eu: '0.019'}}\n",
        encoding="utf-8",
    )
    assert [(row.start, row.price) for row in noted_rows(mapping, cloud="azure")] == [
        (Decimal(0), Decimal("0.02")),
        (Decimal(51200), Decimal("0.019")),
    ]
