"""A place in code becomes the region that price tables know."""

from __future__ import annotations

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.regions import REFERENCE, Regions, canonical_region

REGIONS = Regions(data_root() / "pricing")


@pytest.mark.parametrize(
    ("cloud", "place", "region"),
    [
        ("aws", "us-east-1", "us-east-1"),
        ("aws", "us-east-1a", "us-east-1"),
        ("aws", "us-gov-west-1b", "us-gov-west-1"),
        ("aws", "us-west-2-lax-1", "us-west-2-lax-1"),
        ("aws", "us-west-2-lax-1a", "us-west-2-lax-1"),
        ("google", "us-central1", "us-central1"),
        ("google", "us-central1-a", "us-central1"),
        ("google", "northamerica-northeast1-c", "northamerica-northeast1"),
        ("google", "EU", "eu"),
        ("azure", "East US 2", "eastus2"),
        ("azure", "westeurope", "westeurope"),
        ("azure", "westeurope-2", "westeurope"),
        ("kubernetes", " Somewhere ", "somewhere"),
    ],
)
def test_a_place_gives_its_region(cloud: str, place: str, region: str) -> None:
    assert canonical_region(cloud, place) == region


def test_a_region_has_a_name_for_people() -> None:
    assert REGIONS.name("aws", "eu-west-1") == "Europe (Ireland)"
    assert REGIONS.name("aws", "mars-north-1") == "mars-north-1"


def test_the_reference_regions_are_known() -> None:
    for cloud, region in REFERENCE.items():
        assert region in REGIONS.known(cloud)
