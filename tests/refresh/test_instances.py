"""Facts about machines become rows under the items' names."""

from __future__ import annotations

from decimal import Decimal

from finops_lint.refresh.google import custom_rows, part_rows
from finops_lint.refresh.instances import ec2_rows, rds_rows, search_rows, spot_rows, token_rows
from finops_lint.refresh.services import service_rows


def ec2(price: str) -> dict[str, str]:
    return {
        "region": "us-east-1",
        "instance_type": "m5.large",
        "usd_per_hour": price,
        "source": "karpenter-aws",
        "as_of": "2026-07-20",
    }


def test_spot_is_on_demand_less_the_saving() -> None:
    on_demand = list(ec2_rows([ec2("0.096")], []))
    saving = {"region": "us-east-1", "os": "Linux", "instance_type": "m5.large", "savings_pct": "65"}
    specs = [{"instance_type": "m5.large", "vcpu": "2"}]
    linux, windows = spot_rows(
        [saving, {**saving, "os": "Windows"}, {**saving, "instance_type": "m9.large"}], on_demand, specs
    )
    assert (linux.item, linux.price, linux.basis) == ("spot/linux/m5.large", Decimal("0.0336"), "derived")
    # 0.096 and the licence of two vCPU, 0.092, are 0.188
    assert (windows.item, windows.price) == ("spot/windows/m5.large", Decimal("0.0658"))


def test_windows_on_a_burstable_machine_has_no_spot_price() -> None:
    on_demand = list(ec2_rows([{**ec2("0.0416"), "instance_type": "t3.medium"}], []))
    saving = {"region": "us-east-1", "os": "Windows", "instance_type": "t3.medium", "savings_pct": "65"}
    assert list(spot_rows([saving], on_demand, [{"instance_type": "t3.medium", "vcpu": "2"}])) == []


def rds(engine: str, edition: str = "", licence: str = "", **more: str) -> dict[str, str]:
    return {
        "region": "eu-west-1",
        "instance_type": "db.m5.large",
        "engine": engine,
        "edition": edition,
        "license": licence,
        "deployment": "Single-AZ",
        "usd_per_hour": "0.2",
        "source": "vantage-2022",
        "as_of": "2022-07-17",
        **more,
    }


def test_engines_have_terraforms_names() -> None:
    facts = [
        rds("PostgreSQL"),
        rds("Aurora PostgreSQL"),
        rds("MySQL", deployment="Multi-AZ"),
        rds("Oracle", "Standard Two", "Bring your own license"),
        rds("Oracle", "Standard Two", "License included"),
        rds("SQL Server", "Express", "License included"),
    ]
    assert [row.item for row in rds_rows(facts)] == [
        "postgres/single-az/db.m5.large",
        "aurora-postgresql/single-az/db.m5.large",
        "mysql/multi-az/db.m5.large",
        "oracle-se2-byol/single-az/db.m5.large",
        "oracle-se2/single-az/db.m5.large",
        "sqlserver-ex/single-az/db.m5.large",
    ]


def test_of_two_years_the_newer_price_stays() -> None:
    newer = rds("MySQL", usd_per_hour="0.3", source="terracost-2023", as_of="2023-02-23")
    for facts in ([rds("MySQL"), newer], [newer, rds("MySQL")]):
        assert [(row.price, row.as_of) for row in rds_rows(facts)] == [(Decimal("0.3"), "2023-02-23")]


def test_reserved_nodes_have_their_term_in_the_item() -> None:
    fact = {
        "region": "us-east-1",
        "instance_type": "m5.large.search",
        "engine": "opensearch",
        "ondemand_usd_per_hour": "0.142",
        "ri_1y_no_upfront": "0.1",
        "ri_1y_partial_upfront": "",
        "ri_1y_all_upfront": "0.09",
        "ri_3y_no_upfront": "",
        "ri_3y_partial_upfront": "",
        "ri_3y_all_upfront": "",
    }
    # What is paid at once is spread over the hours: those rows are from another data set than the hourly ones.
    assert {row.item: (row.price, row.source) for row in search_rows([fact])} == {
        "instance/m5.large.search": (Decimal("0.142"), "leaner-2025"),
        "reserved/1yr-no-upfront/m5.large.search": (Decimal("0.1"), "leaner-2025"),
        "reserved/1yr-all-upfront/m5.large.search": (Decimal("0.09"), "leaner-reserved-2025"),
    }


def test_tokens_are_priced_by_the_one() -> None:
    fact = {
        "region": "",
        "model_id": "amazon.nova-lite-v1:0",
        "mode": "on-demand",
        "input_usd_per_mtok": "0.06",
        "output_usd_per_mtok": "0.24",
        "cache_read_usd_per_mtok": "",
        "cache_write_usd_per_mtok": "",
        "usd_per_hour": "",
        "source": "genai-prices",
        "as_of": "2026-08-19",
        "note": "",
    }
    assert {(row.item, row.region): row.price for row in token_rows([fact])} == {
        ("on-demand/amazon.nova-lite-v1:0/input-tokens", "*"): Decimal("0.00000006"),
        ("on-demand/amazon.nova-lite-v1:0/output-tokens", "*"): Decimal("0.00000024"),
    }


def service(item: str, unit: str, usd: str, **more: str) -> dict[str, str]:
    return {
        "provider": "aws",
        "item": item,
        "region": "us-east-1",
        "unit": unit,
        "usd": usd,
        "basis": "list",
        "source": "a page",
        "as_of": "2026-01-01",
        "note": "",
        **more,
    }


def test_services_are_named_and_counted_like_everything_else() -> None:
    facts = [
        service("opensearch-serverless/ocu-hour", "OCU-hour", "0.24"),
        service("sagemaker/catalog/requests-100k", "100000 requests", "10", region=""),
        service("sagemaker/hosting/ml.p5.48xlarge", "hour", "113", note="pre-cut (before June 2025)"),
        service("eks/cluster-hour", "hour", "0.1"),
    ]
    assert [(row.item, row.unit, row.price, row.region) for row in service_rows(facts, cloud="aws")] == [
        ("ocu-hours", "OCU-hours", Decimal("0.24"), "us-east-1"),
        ("catalog/requests-100k", "requests", Decimal("0.0001"), "us-east-1"),
    ]


def test_what_costs_the_same_everywhere_is_one_row_for_all_regions() -> None:
    # AKS pricing page: $0.10 a cluster and hour for the Standard tier, with no choice of a region.
    facts = [service("aks/standard-tier/cluster-hour", "hour", "0.1", region="eastus") | {"provider": "azure"}]
    assert [(row.item, row.region) for row in service_rows(facts, cloud="azure")] == [
        ("standard-tier/cluster-hours", "*")
    ]


def test_googles_parts_have_their_api_names_and_tiers() -> None:
    def part(item: str, key: str = "us-central1") -> dict[str, str]:
        return {"item": item, "region_or_key": key, "per": "month", "usd": "1"}

    facts = [
        part("compute/storage/ssd-replicated"),
        part("compute/storage/local-c4a"),
        part("compute/network/traffic/egress/internet/china/1-10"),
        part("compute/license/n1-standard-4", "rhel"),
        part("storage/bucket/archiv-multi", "europe-multi"),
        part("storage/retrieval/nearline"),
        part("monitoring/data/250000n"),
    ]
    assert [(f"{row.service}/{row.item}", row.region, int(row.start)) for row in part_rows(facts)] == [
        ("compute/disk/pd-ssd-regional-gb", "us-central1", 0),
        ("compute/disk/local-ssd-c4a-gb", "us-central1", 0),
        ("compute/internet-egress-china-gb", "us-central1", 1024),
        ("compute/license/rhel/n1-standard-4", "*", 0),
        ("storage/archive-gb", "eu", 0),
        ("storage/nearline-retrieval-gb", "us-central1", 0),
        ("monitoring/data-mb", "us-central1", 250_000),
    ]


def test_a_custom_vcpu_comes_from_two_machines_of_the_family() -> None:
    # 4 vCPU and 16 GB at 4 × 0.03 + 16 × 0.005 = 0.20; 32 GB at 0.28; custom ones cost 5 % more
    columns = ("spot_usd_per_hour", "cud_1y_usd_per_hour", "cud_3y_usd_per_hour", "sustained_use_usd_per_hour")
    facts = [
        {"region": "r", "machine_type": name, "ondemand_usd_per_hour": price, **dict.fromkeys(columns, "")}
        for name, price in (("n2-standard-4", "0.20"), ("n2-highmem-4", "0.28"))
    ]
    assert {row.item: row.price for row in custom_rows(facts)} == {
        "custom-vcpu/ondemand/n2": Decimal("0.0315"),
        "custom-gb/ondemand/n2": Decimal("0.00525"),
    }
