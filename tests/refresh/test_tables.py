"""Rows become sorted tables, the same bytes every time, that the price book finds again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.prices import PriceBook
from finops_lint.model.estimate import Unpriced
from finops_lint.refresh import google
from finops_lint.refresh.facts import listed_rows, preferring
from finops_lint.refresh.tables import FactsError, Row, plain, write_tables


def row(item: str, price: str = "1", *, service: str = "vpc", region: str = "us-east-1", start: int = 0) -> Row:
    return Row("aws", service, item, region, "hours", Decimal(price), "s", "2026-01-01", start=Decimal(start))


def test_a_table_is_sorted_by_item_region_and_tier(tmp_path: Path) -> None:
    write_tables(tmp_path, [row("b"), row("a-b"), row("a", "2", start=1000), row("a", start=0), row("a", region="*")])
    assert (tmp_path / "tables/aws/vpc.csv").read_text(encoding="utf-8").splitlines() == [
        "item,region,tier_from,unit,price,currency,basis,source,as_of",
        "a,*,0,hours,1,USD,list,s,2026-01-01",
        "a,us-east-1,0,hours,1,USD,list,s,2026-01-01",
        "a,us-east-1,1000,hours,2,USD,list,s,2026-01-01",
        "a-b,us-east-1,0,hours,1,USD,list,s,2026-01-01",
        "b,us-east-1,0,hours,1,USD,list,s,2026-01-01",
    ]


def test_a_large_service_has_a_file_a_region(tmp_path: Path) -> None:
    write_tables(tmp_path, [row("linux/a", service="ec2"), row("linux/a", service="ec2", region="eu-west-1")])
    names = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.csv"))
    assert names == ["tables/aws/ec2/eu-west-1.csv", "tables/aws/ec2/us-east-1.csv"]


def test_what_was_written_is_found(tmp_path: Path) -> None:
    rows = [row(f"{name}{n}", str(n)) for n in range(60) for name in ("x", "x-", "x/", "X")]
    write_tables(tmp_path, rows)
    manifest = "sources: {s: {name: A source, read: '2026-01-01'}}"
    (tmp_path / "tables/aws/manifest.yaml").write_text(manifest, encoding="utf-8")
    book = PriceBook(tmp_path)
    for one in rows:
        found = book.look_up(f"vpc/{one.item}", cloud="aws", region="us-east-1")
        assert not isinstance(found, Unpriced)
        assert found[0].price.amount == one.price


def test_the_same_rows_make_the_same_bytes_and_old_tables_go(tmp_path: Path) -> None:
    write_tables(tmp_path, [row("a"), row("b"), row("c", service="old")])
    first = (tmp_path / "tables/aws/vpc.csv").read_bytes()
    write_tables(tmp_path, [row("b"), row("a")])
    assert (tmp_path / "tables/aws/vpc.csv").read_bytes() == first
    assert not (tmp_path / "tables/aws/old.csv").exists()


def test_two_prices_for_one_thing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="two prices for vpc/a in us-east-1: 1 "):
        write_tables(tmp_path, [row("a", "1"), row("a", "2")])


@pytest.mark.parametrize("item", ["a,b", 'a"b', "a\nb", ""])
def test_a_field_that_would_need_quotes_is_refused(tmp_path: Path, item: str) -> None:
    with pytest.raises(FactsError, match="a field is empty or holds"):
        write_tables(tmp_path, [row(item)])


@pytest.mark.parametrize(
    ("number", "text"), [("1E-7", "0.0000001"), ("1.50", "1.5"), ("100", "100"), ("1E+3", "1000"), ("0", "0")]
)
def test_numbers_are_written_in_plain_digits(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_of_one_price_the_first_list_wins_with_all_its_tiers() -> None:
    first = [row("a", "1"), row("a", "2", start=10)]
    assert list(preferring(first, [row("a", "9"), row("b", "3")])) == [*first, row("b", "3")]


def test_a_later_list_adds_the_tiers_above_those_that_are_known() -> None:
    higher = row("a", "0.7", start=32000)
    assert list(preferring([row("a", "1")], [row("a", "9"), higher])) == [row("a", "1"), higher]


def test_what_a_region_of_google_costs_is_told_by_the_dearest_part_that_both_have() -> None:
    def part(service: str, item: str, region: str, price: str) -> Row:
        return Row("google", service, item, region, "hours", Decimal(price), "s", "2026-01-01")

    rows = [
        part("sql", "zonal/gb-hours", "us-central1", "0.007"),
        part("sql", "zonal/gb-hours", "europe-west2", "0.0085"),
        part("sql", "zonal/ssd-gb", "us-central1", "0.17"),
        part("sql", "zonal/ssd-gb", "europe-west2", "0.204"),
        part("sql", "zonal/cache-gb", "me-west1", "0.1"),
        part("compute", "ondemand/n1-standard-1", "us-central1", "0.04749975"),
        part("compute", "ondemand/n1-standard-1", "europe-west2", "0.061198"),
        part("compute", "ondemand/n2-standard-2", "europe-west2", "1"),
    ]
    # 0.204 ÷ 0.17; what only me-west1 has tells nothing. 0.061198 ÷ 0.04749975 = 1.2884.
    assert sorted(google.factors(rows)) == ["europe-west2,cloud-sql,1.2,2", "europe-west2,n1,1.288,1"]


def test_what_a_price_list_brought_stays_when_the_facts_are_read_again(tmp_path: Path) -> None:
    listed = Row("aws", "ec2", "linux/a", "us-east-1", "hours", Decimal("2"), "the list of August", "2026-08-15")
    write_tables(tmp_path, [listed, row("b", "1")])
    assert listed_rows(tmp_path, made={"s"}) == [listed]
