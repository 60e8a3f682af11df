"""Prices are found by item and region, or estimated as the manifest says, or said to be missing."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from finops_lint.catalog import prices as prices_module
from finops_lint.catalog.data import data_root
from finops_lint.catalog.price_manifests import manifest_of
from finops_lint.catalog.price_tables import COLUMNS, PriceError, Table, Tier, open_table
from finops_lint.catalog.prices import PriceBook
from finops_lint.model.estimate import UnitPrice, Unpriced

PRICING = data_root() / "pricing"
HEADER = ",".join(COLUMNS)
MANIFEST = """
cloud: aws
reference: us-east-1
sources:
  list-2026: {name: 'A price list', read: '2026-01-01'}
  guess-2026: {name: 'A guess', read: '2026-01-01', approximate: guessed by hand}
estimates:
  - {items: '.*', region: reference, factor: '*', because: '{from} price × {ratio}'}
"""


@pytest.fixture(scope="module")
def shipped() -> PriceBook:
    return PriceBook(PRICING)


def only(found: tuple[Tier, ...] | Unpriced) -> UnitPrice:
    assert not isinstance(found, Unpriced), found
    assert len(found) == 1
    assert found[0].start == 0
    return found[0].price


def book(folder: Path, *rows: str, name: str = "vpc", manifest: str = MANIFEST, factors: str = "") -> PriceBook:
    """A price book whose only table has `rows`."""
    tables = folder / "tables" / "aws"
    tables.mkdir(parents=True, exist_ok=True)
    (tables / f"{name}.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    (tables / "manifest.yaml").write_text(manifest, encoding="utf-8")
    (tables / "factors.csv").write_text(f"region,family,factor,types\n{factors}", encoding="utf-8")
    return PriceBook(folder)


# --- worked by hand from the facts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "cloud", "region", "amount", "unit"),
    [
        ("ec2/linux/m5.large", "aws", "us-east-1", "0.096", "hours"),
        ("ec2/linux/m5.large", "aws", "eu-west-1", "0.107", "hours"),
        ("ec2/windows/t3.medium", "aws", "us-east-1", "0.06", "hours"),
        ("ec2/dedicated/linux/m3.medium", "aws", "us-east-1", "0.074", "hours"),
        ("sagemaker/hosting/ml.g5.xlarge", "aws", "us-east-1", "1.4084", "hours"),
        ("ebs/gp3-gb", "aws", "us-east-1", "0.08", "GB"),
        ("ebs/io1-iops", "aws", "us-east-1", "0.065", "IOPS"),
        ("vpc/nat-gateway-hours", "aws", "us-east-1", "0.045", "hours"),
        ("elb/application-hours", "aws", "us-east-1", "0.0225", "hours"),
        ("elb/application-lcu-hours", "aws", "us-east-1", "0.008", "LCU-hours"),
        ("elb/network-lcu-hours", "aws", "us-east-1", "0.006", "LCU-hours"),
        ("fargate/vcpu-hours", "aws", "us-east-1", "0.04048", "vCPU-hours"),
        ("fargate/gb-hours", "aws", "us-east-1", "0.004445", "GB-hours"),
        ("lambda/requests", "aws", "us-east-1", "0.0000002", "requests"),
        ("dynamodb/wcu-hours", "aws", "us-east-2", "0.00065", "WCU-hours"),
        ("rds/mysql/single-az/db.t3.large", "aws", "us-east-1", "0.136", "hours"),
        ("rds/storage/multi-az/gp2-gb", "aws", "us-east-1", "0.23", "GB"),
        ("elasticache/redis/cache.m6g.12xlarge", "aws", "us-east-1", "3.557", "hours"),
        ("opensearch/instance/c4.2xlarge.search", "aws", "us-east-1", "0.587", "hours"),
        ("s3/standard-put-requests", "aws", "eu-west-2", "0.0000053", "requests"),
        ("route53/zone-months", "aws", "ap-south-1", "0.5", "months"),
        ("vm/linux/Standard_D2s_v3", "azure", "eastus", "0.096", "hours"),
        ("compute/ondemand/e2-medium", "google", "us-central1", "0.033506", "hours"),
        ("compute/gpu/nvidia-tesla-t4", "google", "us-central1", "0.35", "hours"),
        ("compute/disk/pd-ssd-gb", "google", "us-central1", "0.17", "GB"),
        ("storage/standard-gb", "google", "eu", "0.026", "GB"),
    ],
)
def test_a_price_in_the_facts_is_exact(
    shipped: PriceBook, item: str, cloud: str, region: str, amount: str, unit: str
) -> None:
    price = only(shipped.look_up(item, cloud=cloud, region=region))
    assert (price.amount, price.unit) == (Decimal(amount), unit)
    assert price.approximate == ""
    assert price.currency == "USD"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", price.as_of)
    assert price.source


def test_china_is_priced_in_yuan(shipped: PriceBook) -> None:
    price = only(shipped.look_up("ec2/linux/c3.2xlarge", cloud="aws", region="cn-north-1"))
    assert (price.amount, price.currency) == (Decimal("4.217"), "CNY")


def test_a_type_newer_than_the_regions_table_takes_its_predecessors_factor(shipped: PriceBook) -> None:
    price = only(shipped.look_up("ec2/linux/g6.xlarge", cloud="aws", region="eu-west-1"))
    assert price.amount == Decimal("0.8048") * Decimal("1.1163")
    assert price.approximate == "us-east-1 price × 1.1163, what eu-west-1 costs beside it (EC2, g5)"
    assert price.basis == "derived"
    assert price.region == "us-east-1"


@pytest.mark.parametrize(
    ("item", "amount"),
    [("vpc/public-ipv4-hours", "0.005"), ("kms/key-months", "1"), ("secretsmanager/secret-months", "0.4")],
)
def test_what_costs_the_same_in_all_regions_is_no_estimate(shipped: PriceBook, item: str, amount: str) -> None:
    """One price for all regions: AWS News Blog on IPv4 addresses, pricing pages of KMS and Secrets Manager."""
    price = only(shipped.look_up(item, cloud="aws", region="eu-west-2"))
    assert (price.amount, price.approximate) == (Decimal(amount), "")
    assert isinstance(shipped.look_up(item, cloud="aws", region="cn-north-1"), Unpriced)


def test_sagemaker_without_a_price_is_ec2_with_its_markup(shipped: PriceBook) -> None:
    price = only(shipped.look_up("sagemaker/hosting/ml.m5.2xlarge", cloud="aws", region="eu-central-1"))
    assert price.amount == Decimal("0.46") * Decimal("1.20")
    assert price.approximate == "EC2 price of m5.2xlarge × 1.2, what SageMaker adds for such machines"


def test_sagemaker_p4d_follows_the_price_cut_of_ec2(shipped: PriceBook) -> None:
    price = only(shipped.look_up("sagemaker/hosting/ml.p4d.24xlarge", cloud="aws", region="us-east-1"))
    assert price.amount.quantize(Decimal("0.01")) == Decimal("25.25")


def test_a_database_class_newer_than_the_table_grows_as_its_machine_did(shipped: PriceBook) -> None:
    # EC2 m7g.large 0.0816 beside m6g.large 0.077 is 1.0597; db.m6g.large is 0.159
    price = only(shipped.look_up("rds/postgres/single-az/db.m7g.large", cloud="aws", region="us-east-1"))
    assert price.amount == Decimal("0.159") * Decimal("1.0597")
    assert price.approximate == "price of db.m6g.large × 1.0597, what m7g costs beside m6g on EC2"


def test_a_dedicated_instance_costs_a_little_more(shipped: PriceBook) -> None:
    """m5.large in eu-west-1: 0.107 × 1.066; its price list of 2023-02-23 has 0.114."""
    price = only(shipped.look_up("ec2/dedicated/linux/m5.large", cloud="aws", region="eu-west-1"))
    assert price.amount == Decimal("0.114062")
    assert price.approximate
    missing = shipped.look_up("ec2/dedicated/linux/t2.micro", cloud="aws", region="eu-west-1")
    assert isinstance(missing, Unpriced)
    assert missing.reason == "no price for dedicated t2.micro in eu-west-1"


@pytest.mark.parametrize(
    ("item", "amount"),
    [
        # 0.0832 + 2 vCPU × 0.0138.
        ("ec2/windows/t3.large", "0.1108"),
        # 0.096 + 0.0563 for up to four vCPU.
        ("ec2/suse/m6i.large", "0.1523"),
        # 4.608 × 1.1, the largest machine of the family.
        ("ec2/host/m5", "5.0688"),
        # 0.26 × 1.3.
        ("rds/aurora-postgresql-io-optimized/single-az/db.r6g.large", "0.338"),
        # A quarter of db.r5.2xlarge: 0.277 for two vCPU, 1.108 for eight.
        ("docdb/instance/db.r5.2xlarge", "1.108"),
        ("mq/activemq/active-standby-multi-az/mq.m5.xlarge", "1.152"),
        ("mq/rabbitmq/cluster-multi-az/mq.m5.large", "0.864"),
        ("dms/multi-az/c5.xlarge", "0.616"),
        ("dms/single-az/gp2-gb", "0.115"),
        ("rds/storage/multi-az/gp3-throughput-mbps", "0.16"),
        ("rds/performance-insights/r5", "5.184"),
    ],
)
def test_what_one_thing_costs_beside_another_tells_the_price_of_the_rest(
    shipped: PriceBook, item: str, amount: str
) -> None:
    price = only(shipped.look_up(item, cloud="aws", region="us-east-1"))
    assert (price.amount, bool(price.approximate)) == (Decimal(amount), True)


def test_multi_az_is_twice_single_az(shipped: PriceBook) -> None:
    price = only(shipped.look_up("rds/mysql/multi-az/db.t3.large", cloud="aws", region="us-east-1"))
    assert (price.amount, price.approximate) == (Decimal("0.272"), "Single-AZ price × 2")


def test_a_disk_size_without_a_price_goes_by_the_smallest_of_its_series(shipped: PriceBook) -> None:
    price = only(shipped.look_up("managed-disk/E10-LRS", cloud="azure", region="eastus"))
    assert (price.amount, price.approximate) == (Decimal("9.6"), "price of E4 × 4, the ratio of their sizes")


def test_sustained_use_is_exact_where_a_family_has_no_such_discount(shipped: PriceBook) -> None:
    on_demand = only(shipped.look_up("compute/ondemand/e2-standard-4", cloud="google", region="us-central1"))
    sustained = only(shipped.look_up("compute/sustained/e2-standard-4", cloud="google", region="us-central1"))
    assert (sustained.amount, sustained.approximate) == (on_demand.amount, "")


def test_windows_adds_the_licence_of_every_vcpu(shipped: PriceBook) -> None:
    price = only(shipped.look_up("ec2/windows/m5.large", cloud="aws", region="us-east-1"))
    assert price.amount == Decimal("0.096") + 2 * Decimal("0.046")
    assert price.approximate == "Linux price + $0.046 a vCPU for the Windows licence"


def test_spot_on_aws_is_about_right_and_says_of_when(shipped: PriceBook) -> None:
    price = only(shipped.look_up("ec2/spot/linux/m5.large", cloud="aws", region="us-east-1"))
    assert Decimal(0) < price.amount < Decimal("0.096")
    assert "2025-06-28" in price.approximate


def test_a_service_not_known_in_a_region_takes_the_general_factor(shipped: PriceBook) -> None:
    price = only(shipped.look_up("vpc/nat-gateway-hours", cloud="aws", region="eu-west-3"))
    assert price.amount == Decimal("0.045") * Decimal("1.1729")
    assert price.approximate.startswith("us-east-1 price × 1.1729")


def test_tiers_come_lowest_first(shipped: PriceBook) -> None:
    found = shipped.look_up("data-transfer/internet-gb", cloud="aws", region="us-east-1")
    assert not isinstance(found, Unpriced)
    assert [(tier.start, tier.price.amount) for tier in found] == [
        (Decimal(0), Decimal("0.09")),
        (Decimal(10240), Decimal("0.085")),
        (Decimal(51200), Decimal("0.07")),
        (Decimal(153600), Decimal("0.05")),
    ]


def test_upper_and_lower_case_of_a_size_do_not_matter(shipped: PriceBook) -> None:
    price = only(shipped.look_up("vm/linux/standard_d2S_V3", cloud="azure", region="eastus"))
    assert price.item == "vm/linux/Standard_D2s_v3"
    assert price.approximate == ""


def test_an_unknown_type_is_unpriced_and_names_its_neighbours(shipped: PriceBook) -> None:
    found = shipped.look_up("ec2/linux/m5.larg", cloud="aws", region="us-east-1")
    assert isinstance(found, Unpriced)
    assert found.reason == "no price for m5.larg in us-east-1"
    assert found.nearest[0] == "m5.large"


def test_what_a_project_is_told_does_not_depend_on_those_before_it() -> None:
    book = PriceBook(PRICING)

    def told(name: str) -> bool:
        found = book.look_up(f"ec2/linux/{name}", cloud="aws", region="us-east-1")
        assert isinstance(found, Unpriced)
        return bool(found.nearest)

    assert [told(f"m5.larg{n}") for n in range(30)] == [True] * 25 + [False] * 5
    book.begin_project()
    assert told("m5.larg29")


def test_a_machine_that_exists_and_has_no_price_is_not_taken_for_misspelt(shipped: PriceBook) -> None:
    found = shipped.look_up("ec2/linux/trn2.48xlarge", cloud="aws", region="us-east-1")  # sold in blocks elsewhere
    assert found == Unpriced("no price for trn2.48xlarge in us-east-1")


@pytest.mark.parametrize(
    "item", ["", "ec2", "ec2/", "../../../etc/passwd", "../x/y", "ec2/linux/../../x", "e c2/linux/m5.large", "ec2/a,b"]
)
@pytest.mark.parametrize("region", ["us-east-1", "../..", "", "us-east-1\n", "/etc"])
def test_nonsense_is_unpriced(shipped: PriceBook, item: str, region: str) -> None:
    assert isinstance(shipped.look_up(item, cloud="aws", region=region), Unpriced)


@pytest.mark.parametrize("region", ["eu-west-1", "nowhere", "!!!A DEFAULT NOBODY CHANGED!!!"])
def test_what_costs_the_same_everywhere_needs_no_region_that_exists(shipped: PriceBook, region: str) -> None:
    price = only(shipped.look_up("eks/cluster-hours", cloud="aws", region=region))
    assert (price.amount, price.approximate) == (Decimal("0.1"), "")


def test_an_unknown_region_is_unpriced(shipped: PriceBook) -> None:
    assert isinstance(shipped.look_up("ec2/linux/m5.large", cloud="aws", region="mars-north-1"), Unpriced)


# --- small books -----------------------------------------------------------------------------------------------------


def test_the_exact_row_wins_over_the_reference_region(tmp_path: Path) -> None:
    prices = book(
        tmp_path,
        "nat,eu-west-1,0,hours,7,USD,list,list-2026,2026-01-01",
        "nat,us-east-1,0,hours,5,USD,list,list-2026,2026-01-01",
        factors="eu-west-1,*,1.1,9\n",
    )
    assert only(prices.look_up("vpc/nat", cloud="aws", region="eu-west-1")).amount == 7


def test_the_factor_serves_every_tier(tmp_path: Path) -> None:
    prices = book(
        tmp_path,
        "gb,us-east-1,0,GB,10,USD,list,list-2026,2026-01-01",
        "gb,us-east-1,1000,GB,8,USD,list,list-2026,2026-01-01",
        factors="eu-west-1,*,1.5,9\n",
    )
    found = prices.look_up("vpc/gb", cloud="aws", region="eu-west-1")
    assert not isinstance(found, Unpriced)
    assert [(t.start, t.price.amount) for t in found] == [(Decimal(0), Decimal(15)), (Decimal(1000), Decimal(12))]


def test_a_region_without_a_factor_is_unpriced(tmp_path: Path) -> None:
    prices = book(tmp_path, "nat,us-east-1,0,hours,5,USD,list,list-2026,2026-01-01", factors="eu-west-1,*,1.1,9\n")
    found = prices.look_up("vpc/nat", cloud="aws", region="eu-west-9")
    assert found == Unpriced("no price for nat in eu-west-9")


def test_what_a_region_does_not_have_is_not_estimated_there(shipped: PriceBook) -> None:
    """Microsoft Learn, "Azure regions list": West US has no availability zones, West US 3 has."""
    item = "storage/blob-v2/cool-gzrs/stored-gb"
    assert shipped.look_up(item, cloud="azure", region="westus") == Unpriced(
        "copies in several zones and another region are not offered in westus, which has no zones"
    )
    assert only(shipped.look_up(item, cloud="azure", region="westus3")).approximate


def test_a_source_may_mark_all_its_rows_as_approximate(tmp_path: Path) -> None:
    prices = book(tmp_path, "nat,us-east-1,0,hours,5,USD,derived,guess-2026,2026-01-01")
    assert only(prices.look_up("vpc/nat", cloud="aws", region="us-east-1")).approximate == "guessed by hand"


def test_estimates_that_name_each_other_end(tmp_path: Path) -> None:
    each_other = "[{items: a, of: vpc/b, because: b}, {items: b, of: vpc/a, because: a}]"
    loop = MANIFEST.replace("estimates:", f"services: {{vpc: {{estimates: {each_other}}}}}\nestimates:")
    prices = book(tmp_path, "nat,us-east-1,0,hours,5,USD,list,list-2026,2026-01-01", manifest=loop)
    assert isinstance(prices.look_up("vpc/a", cloud="aws", region="us-east-1"), Unpriced)


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        (["nat,r,0,hours,5,USD,list,list-2026,2026-01-01"] * 2, 3, "two prices for nat in r from 0 on"),
        (["nat,r,10,hours,5,USD,list,list-2026,2026-01-01"], 2, "does not start at 0"),
        (["aaa,r,0,hours,5,USD,list,list-2026,2026-01-01", "nat,r,0,hours,5"], 3, "5 fields"),
        (["nat,r,0,hours,five,USD,list,list-2026,2026-01-01"], 2, "plain numbers"),
        (["nat,r,0,hours,-5,USD,list,list-2026,2026-01-01"], 2, "plain numbers"),
        (["nat,r,0,hours,1e9,USD,list,list-2026,2026-01-01"], 2, "plain numbers"),
        (["nat,r,0,,5,USD,list,list-2026,2026-01-01"], 2, "there must be a unit"),
        (["nat,r,0,hours,5,dollars,list,list-2026,2026-01-01"], 2, "a currency like USD"),
        (["nat,r,0,hours,5,USD,rumour,list-2026,2026-01-01"], 2, "basis must be one of derived, list, observed, spot"),
        (["nat,r,0,hours,5,USD,list,nowhere,2026-01-01"], 2, "not spelled out"),
        (["nat,r,0,hours,5,USD,list,list-2026,January"], 2, "as_of"),
    ],
)
def test_a_wrong_row_stops_with_file_and_line(tmp_path: Path, rows: list[str], line: int, message: str) -> None:
    prices = book(tmp_path, *rows)
    with pytest.raises(PriceError, match=re.escape(message)) as caught:
        prices.look_up("vpc/nat", cloud="aws", region="r")
    assert caught.value.span is not None
    assert (Path(caught.value.span.file).name, caught.value.span.line) == ("vpc.csv", line)


def test_a_table_with_other_columns_stops_the_run(tmp_path: Path) -> None:
    prices = book(tmp_path, "x")
    (tmp_path / "tables/aws/vpc.csv").write_text("item,price\nnat,5\n", encoding="utf-8")
    with pytest.raises(PriceError, match="the columns must be item,region"):
        prices.look_up("vpc/nat", cloud="aws", region="us-east-1")


@pytest.mark.parametrize("text", ["sources: [", "- a list", "cloud: aws\nestimates: [{of: x}]", "services: 3"])
def test_a_wrong_manifest_stops(tmp_path: Path, text: str) -> None:
    prices = book(tmp_path, "nat,r,0,hours,5,USD,list,list-2026,2026-01-01", manifest=text)
    with pytest.raises(PriceError) as caught:
        prices.look_up("vpc/nat", cloud="aws", region="r")
    assert caught.value.span is not None
    assert Path(caught.value.span.file).name == "manifest.yaml"


def test_a_wrong_pattern_in_a_manifest_of_ones_own_stops(tmp_path: Path) -> None:
    book(tmp_path / "shipped", "nat,r,0,hours,5,USD,list,list-2026,2026-01-01")
    book(
        tmp_path / "own",
        "nat,r,0,hours,5,USD,list,list-2026,2026-01-01",
        manifest="estimates: [{items: '(', because: x}]",
    )
    with pytest.raises(PriceError, match="not a manifest"):
        PriceBook(tmp_path / "shipped", overlays=[tmp_path / "own"]).look_up("vpc/nat", cloud="aws", region="r")


@pytest.mark.parametrize("cloud", ["aws", "azure", "google"])
def test_the_patterns_of_the_shipped_manifests_can_be_compiled(cloud: str) -> None:
    file = PRICING / "tables" / cloud / "manifest.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for service in ("", *content["services"]):
        assert manifest_of(content, file, service).sources  # as one of the user's, whose patterns are compiled at once


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 257])
def test_every_row_is_found_and_no_other(tmp_path: Path, count: int) -> None:
    names = sorted(f"{'x' * (n % 7)}{n}" for n in range(count))
    rows = sorted(
        (f"{name},r,0,hours,{n},USD,list,list-2026,2026-01-01" for n, name in enumerate(names)), key=str.encode
    )
    prices = book(tmp_path, *rows)
    for n, name in enumerate(names):
        assert only(prices.look_up(f"vpc/{name}", cloud="aws", region="r")).amount == n
        assert isinstance(prices.look_up(f"vpc/{name}~", cloud="aws", region="r"), Unpriced)


def test_a_folder_of_ones_own_wins(tmp_path: Path) -> None:
    book(tmp_path / "shipped", "nat,r,0,hours,5,USD,list,list-2026,2026-01-01")
    own = tmp_path / "own/tables/aws"
    own.mkdir(parents=True)
    rows = ["nat,r,0,hours,4,EUR,list,contract,2026-01-01", '"net, other",r,0,hours,3,EUR,list,contract,2026-01-01']
    (own / "vpc.csv").write_text("\n".join([HEADER, *reversed(rows), ""]), encoding="utf-8")
    (own / "manifest.yaml").write_text("sources: {contract: {name: Ours, read: '2026-01-01'}}", encoding="utf-8")
    prices = PriceBook(tmp_path / "shipped", overlays=[tmp_path / "own"])
    price = only(prices.look_up("vpc/nat", cloud="aws", region="r"))
    assert (price.amount, price.currency) == (Decimal(4), "EUR")


def test_a_folder_of_ones_own_needs_no_manifest(tmp_path: Path) -> None:
    book(tmp_path / "shipped", "nat,us-east-1,0,hours,5,USD,list,list-2026,2026-01-01", factors="eu-west-1,*,2,9\n")
    own = tmp_path / "own/tables/aws"
    own.mkdir(parents=True)
    (own / "vpc.csv").write_text(f"{HEADER}\nnat,us-east-1,0,hours,3,USD,list,contract,2026-01-01\n", encoding="utf-8")
    prices = PriceBook(tmp_path / "shipped", overlays=[tmp_path / "own"])
    assert only(prices.look_up("vpc/nat", cloud="aws", region="us-east-1")).source == "contract"
    assert only(prices.look_up("vpc/nat", cloud="aws", region="eu-west-1")).amount == 6


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"item,price\n1,2\n", b"", b'"' + b"x" * 200_000])
def test_a_folder_of_ones_own_that_is_no_table_stops_in_one_line(tmp_path: Path, content: bytes) -> None:
    book(tmp_path / "shipped", "nat,r,0,hours,5,USD,list,list-2026,2026-01-01")
    own = tmp_path / "own/tables/aws"
    own.mkdir(parents=True)
    (own / "vpc.csv").write_bytes(content)
    with pytest.raises(PriceError, match=r"vpc\.csv:1:1: (not a price table|the columns must be|cannot be read)"):
        PriceBook(tmp_path / "shipped", overlays=[tmp_path / "own"]).look_up("vpc/nat", cloud="aws", region="r")


def test_a_wrong_row_of_ones_own_names_its_line_wherever_it_stands(tmp_path: Path) -> None:
    book(tmp_path / "shipped", "nat,r,0,hours,5,USD,list,list-2026,2026-01-01")
    own = tmp_path / "own/tables/aws"
    own.mkdir(parents=True)
    rows = ["zzz,r,0,hours,4,EUR,list,contract,2026-01-01", "", "nat,r,0,hours,four,EUR,list,contract,2026-01-01"]
    (own / "vpc.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    with pytest.raises(PriceError, match=r"vpc\.csv:4:1: .*plain numbers"):
        PriceBook(tmp_path / "shipped", overlays=[tmp_path / "own"]).look_up("vpc/nat", cloud="aws", region="r")


def test_sources_are_spelled_out_by_the_nearest_folder(tmp_path: Path) -> None:
    book(tmp_path / "shipped", "nat,r,0,hours,5,USD,list,list-2026,2026-01-01")
    own = tmp_path / "own/tables/aws"
    own.mkdir(parents=True)
    (own / "manifest.yaml").write_text("sources: {guess-2026: {name: Ours}, bare: {read: x}}", encoding="utf-8")
    prices = PriceBook(tmp_path / "shipped", overlays=[tmp_path / "own"])
    assert prices.sources("aws") == {"list-2026": "A price list", "guess-2026": "Ours"}


def test_only_the_file_of_the_service_and_region_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = open_table

    def watched(file: Path, *, is_sorted: bool) -> Table | None:
        table = real(file, is_sorted=is_sorted)
        if table is not None:
            opened.append(file.name)
        return table

    monkeypatch.setattr(prices_module, "open_table", watched)
    prices = PriceBook(PRICING)
    prices.look_up("ec2/linux/m5.large", cloud="aws", region="eu-west-3")
    prices.look_up("ec2/linux/m5.xlarge", cloud="aws", region="eu-west-3")
    assert opened == ["eu-west-3.csv"]


# --- the shipped tables ----------------------------------------------------------------------------------------------


def test_every_shipped_row_is_sorted_unique_and_readable() -> None:
    files = [file for file in (PRICING / "tables").rglob("*.csv") if file.name != "factors.csv"]
    assert len(files) > 300
    row = re.compile(
        r"[^,\"]+,[^,\"]+,\d+(\.\d+)?,[^,\"]+,\d+(\.\d+)?,(USD|CNY),(list|observed|derived|spot),[a-z0-9-]+,\d{4}-\d\d-\d\d"
    )
    for file in files:
        header, *lines = file.read_text(encoding="utf-8").splitlines()
        assert header == HEADER
        keys = []
        for line in lines:
            assert row.fullmatch(line), (file, line)
            item, region, start, *_ = line.split(",", 3)
            keys.append((f"{item},{region},".encode(), float(start)))
        assert all(before < after for before, after in pairwise(keys)), file


def test_every_source_is_spelled_out_and_used() -> None:
    for folder in (PRICING / "tables").iterdir():
        spelled = set(yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))["sources"])
        used = set()
        for file in folder.rglob("*.csv"):
            if file.name != "factors.csv":
                used |= {line.rsplit(",", 2)[1] for line in file.read_text(encoding="utf-8").splitlines()[1:]}
        assert used == spelled, folder.name


def _plain(content: Any) -> Any:
    return json.loads(json.dumps(content, default=str))


@pytest.mark.parametrize("cloud", ["aws", "azure", "google"])
def test_the_manifests_and_mappings_keep_their_schemas(cloud: str) -> None:
    schemas = Path(prices_module.__file__).parent / "schemas"
    for file, schema in (
        (PRICING / "tables" / cloud / "manifest.yaml", "price-manifest.json"),
        (PRICING / "imports" / f"{cloud}.yaml", "price-import.json"),
    ):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        jsonschema.validate(_plain(content), json.loads((schemas / schema).read_text(encoding="utf-8")))


def test_a_region_that_no_cloud_has_is_named_with_its_neighbours(shipped: PriceBook) -> None:
    found = shipped.look_up("ec2/linux/m5.large", cloud="aws", region="eu-wst-1")
    assert isinstance(found, Unpriced)
    assert found.reason == "no price list has the region eu-wst-1"
    assert found.nearest[0] == "eu-west-1"


@pytest.mark.parametrize(
    ("cloud", "region", "item", "named", "near"),
    [
        ("aws", "us-east-1", "bedrock/on-demand/meta.llama9-70b/input-tokens", "meta.llama9-70b", True),
        ("aws", "us-east-1", "bedrock/provisioned/anthropic.claude-v2/no-commit", "no-commit", False),
        ("google", "us-central1", "tpu/tpu7x-8/chip-hours", "tpu7x-8", False),
    ],
)
def test_a_model_no_list_has_is_named_with_those_that_resemble_it(
    shipped: PriceBook, cloud: str, region: str, item: str, named: str, near: bool
) -> None:
    found = shipped.look_up(item, cloud=cloud, region=region)
    assert isinstance(found, Unpriced)
    assert found.reason == f"no price for {named} in {region}"
    assert any("llama3" in name for name in found.nearest) is near
