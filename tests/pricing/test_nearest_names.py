"""A misspelt machine or region is unpriced and named with those that resemble it, on every cloud and service."""

from __future__ import annotations

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.prices import PriceBook
from finops_lint.model.estimate import Unpriced
from finops_lint.request import Request
from finops_lint.tools import MACHINE_ITEMS, Tools


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook(data_root() / "pricing")


def unpriced(book: PriceBook, cloud: str, item: str, region: str) -> Unpriced:
    found = book.look_up(item, cloud=cloud, region=region)
    assert isinstance(found, Unpriced)
    return found


@pytest.mark.parametrize(
    ("cloud", "item", "meant"),
    [
        ("aws", "ec2/linux/m5.lagre", "m5.large"),
        ("aws", "rds/mysql/single-az/db.m5.lrge", "db.m5.large"),
        ("aws", "elasticache/redis/cache.m5.lage", "cache.m5.large"),
        ("aws", "opensearch/instance/m5.lrge.search", "m5.large.search"),
        ("aws", "redshift/node/dc2.larg", "dc2.large"),
        ("aws", "sagemaker/hosting/ml.m5.lagre", "ml.m5.large"),
        ("aws", "sagemaker/training/ml.g5.2xlrge", "ml.g5.2xlarge"),
        ("aws", "sagemaker/notebook/ml.t3.mediun", "ml.t3.medium"),
        ("azure", "vm/linux/Standard_D2s_v33", "Standard_D2s_v3"),
        ("google", "compute/ondemand/n2-standrd-4", "n2-standard-4"),
        ("google", "compute/ondemand/e2-standrd-4", "e2-standard-4"),
        ("google", "compute/ondemand/a2-highgpu-1", "a2-highgpu-1g"),
    ],
)
def test_a_misspelt_machine_is_named_with_the_nearest(book: PriceBook, cloud: str, item: str, meant: str) -> None:
    region = {"aws": "us-east-1", "azure": "eastus", "google": "us-central1"}[cloud]
    found = unpriced(book, cloud, item, region)
    assert found.reason == f"no price for {item.rpartition('/')[2]} in {region}"
    assert found.nearest[0] == meant


@pytest.mark.parametrize(
    ("cloud", "item", "region", "meant"),
    [
        ("aws", "ec2/linux/m5.large", "us-est-1", "us-east-1"),
        ("aws", "s3/standard-gb", "eu-wst-1", "eu-west-1"),
        ("azure", "vm/linux/Standard_D2s_v3", "estus", "eastus"),
        ("google", "compute/ondemand/n2-standard-4", "us-centrl1", "us-central1"),
    ],
)
def test_a_misspelt_region_is_the_reason_and_named_with_the_nearest(
    book: PriceBook, cloud: str, item: str, region: str, meant: str
) -> None:
    found = unpriced(book, cloud, item, region)
    assert found.reason == f"no price list has the region {region}"
    assert meant in found.nearest


def test_after_many_names_no_more_are_looked_for() -> None:
    book = PriceBook(data_root() / "pricing")
    found = [unpriced(book, "aws", f"ec2/linux/m5.lagre{n}", "us-east-1").nearest for n in range(30)]
    assert all(found[:25])
    assert not any(found[25:])


def test_candidates_without_a_price_cost_no_search_for_names() -> None:
    book = PriceBook(data_root() / "pricing")
    prices = [book.tiers(f"ec2/linux/m5.lagre{n}", cloud="aws", region="us-east-1") for n in range(30)]
    assert prices == [None] * 30
    assert unpriced(book, "aws", "ec2/linux/m5.lagre1", "us-east-1").nearest[0] == "m5.large"


@pytest.mark.parametrize(
    ("service", "machine"),
    [
        ("aws", "m5.large"),
        ("azure", "Standard_D2s_v3"),
        ("google", "n2-standard-4"),
        ("sagemaker/hosting", "ml.g5.xlarge"),
        ("sagemaker/notebook", "ml.t3.medium"),
        ("sagemaker/studio", "ml.t3.medium"),
        ("sagemaker/training", "ml.g5.xlarge"),
    ],
)
def test_every_item_that_rules_ask_a_machines_hour_of_is_in_the_tables(service: str, machine: str) -> None:
    assert not isinstance(Tools(Request(())).machine_hour(service, machine, ""), Unpriced)
    assert service in MACHINE_ITEMS
