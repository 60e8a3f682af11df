"""What a resource has from its provider: region, default tags; and which provider configuration is its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.regions import azure_region, google_region
from finops_lint.catalog.taggable import Taggable
from finops_lint.model.project import Project
from finops_lint.model.values import Partial, Unknown
from tests.readers.terraform.project import only, read


def project(folder: Path, files: dict[str, str] | str, **options: Any) -> Project:
    return read(folder, files, taggable=Taggable(data_root()), **options)


def region(folder: Path, text: str, address: str = "aws_instance.x") -> Any:
    return only(project(folder, text), address).region


# Which configuration


def test_an_alias_is_used_where_the_resource_names_it(tmp_path: Path) -> None:
    text = """
    provider "aws" { region = "us-east-1" }
    provider "aws" {
      alias  = "west"
      region = "us-west-2"
    }
    resource "aws_instance" "x" {}
    resource "aws_instance" "y" { provider = aws.west }
    resource "aws_instance" "z" { provider = aws.gone }
    """
    found = project(tmp_path, text)
    assert [r.region for r in found.resources] == ["us-east-1", "us-west-2", None]


def test_modules_inherit_defaults_and_get_what_is_passed(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "main.tf": """
            provider "aws" { region = "us-east-1" }
            provider "aws" {
              alias  = "west"
              region = "us-west-2"
            }
            module "inherits" { source = "./m" }
            module "passed" {
              source    = "./m"
              providers = { aws = aws.west, aws.other = aws }
            }
            """,
            "m/main.tf": """
            terraform {
              required_providers {
                aws = { source = "hashicorp/aws", configuration_aliases = [aws.other] }
              }
            }
            resource "aws_instance" "x" {}
            resource "aws_instance" "y" { provider = aws.other }
            module "deep" { source = "../deep" }
            """,
            "deep/main.tf": 'resource "aws_instance" "z" {}',
        },
    )
    assert {r.address: r.region for r in found.resources} == {
        "module.inherits.aws_instance.x": "us-east-1",
        "module.inherits.aws_instance.y": None,
        "module.inherits.module.deep.aws_instance.z": "us-east-1",
        "module.passed.aws_instance.x": "us-west-2",
        "module.passed.aws_instance.y": "us-east-1",
        "module.passed.module.deep.aws_instance.z": "us-west-2",
    }


def test_a_providers_settings_are_evaluated_where_its_block_stands(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "main.tf": 'module "m" {\n for_each = toset(["eu-west-1", "eu-west-2"])\n source = "./m"\n r = each.key\n}',
            "m/main.tf": 'variable "r" {}\nprovider "aws" { region = var.r }\nresource "aws_instance" "x" {}',
        },
    )
    assert [r.region for r in found.resources] == ["eu-west-1", "eu-west-2"]


def test_opentofus_provider_for_each_gives_each_key_its_region(tmp_path: Path) -> None:
    text = """
    provider "aws" {
      alias    = "by"
      for_each = toset(["eu-west-1", "us-east-2"])
      region   = each.key
    }
    resource "aws_instance" "x" {
      for_each = toset(["eu-west-1", "us-east-2"])
      provider = aws.by[each.key]
    }
    """
    assert [r.region for r in project(tmp_path, text).resources] == ["eu-west-1", "us-east-2"]


def test_a_local_name_stands_for_its_source(tmp_path: Path) -> None:
    text = """
    terraform {
      required_providers { amazon = { source = "hashicorp/aws" } }
    }
    provider "amazon" { region = "eu-north-1" }
    resource "aws_instance" "x" { provider = amazon }
    resource "aws_instance" "y" {}
    """
    found = project(tmp_path, text)
    assert [(r.provider, r.region) for r in found.resources] == [("aws", "eu-north-1"), ("aws", None)]


@pytest.mark.parametrize(
    ("kind", "cloud"),
    [
        ("aws_instance", "aws"),
        ("awscc_ec2_instance", "aws"),
        ("azurerm_linux_virtual_machine", "azure"),
        ("google_compute_instance", "google"),
        ("kubernetes_deployment", "kubernetes"),
        ("random_id", "random"),
    ],
)
def test_a_type_belongs_to_a_cloud(tmp_path: Path, kind: str, cloud: str) -> None:
    [resource] = project(tmp_path, f'resource "{kind}" "x" {{}}').resources
    assert resource.provider == cloud


# Regions


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("", "us-east-1"),
        ('region = "eu-west-3"', "eu-west-3"),
        ('availability_zone = "us-west-2a"', "us-west-2"),  # where it runs; the apply would refuse it
    ],
)
def test_an_aws_resource_has_its_own_region_before_its_providers(tmp_path: Path, block: str, expected: str) -> None:
    text = f'provider "aws" {{ region = "us-east-1" }}\nresource "aws_instance" "x" {{ {block} }}'
    assert region(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("us-west-2a", "us-west-2"),
        ("ap-southeast-10c", "ap-southeast-10"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("nonsense", None),
    ],
)
def test_a_zone_tells_the_region_where_nothing_else_does(tmp_path: Path, zone: str, expected: str | None) -> None:
    assert region(tmp_path, f'resource "aws_instance" "x" {{ availability_zone = "{zone}" }}') == expected


def test_a_region_that_waits_for_a_variable_is_unknown(tmp_path: Path) -> None:
    found = region(tmp_path, 'variable "r" {}\nprovider "aws" { region = var.r }\nresource "aws_instance" "x" {}')
    assert isinstance(found, Unknown)
    assert found.waits_for == ("var.r",)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('zone = "us-central1-a"', "us-central1"),
        ('region = "europe-west4"', "europe-west4"),
        ('location = "US"', "us"),
        ('location = "us-east4-b"', "us-east4"),
        ('zone = "projects/p/zones/asia-east1-c"', "asia-east1"),
        ("", "europe-north1"),
    ],
)
def test_a_google_resource_names_a_zone_a_region_or_a_location(tmp_path: Path, block: str, expected: str) -> None:
    text = f'provider "google" {{ zone = "europe-north1-b" }}\nresource "google_compute_disk" "x" {{ {block} }}'
    assert region(tmp_path, text, "google_compute_disk.x") == expected


def test_what_belongs_to_another_google_resource_lies_where_it_does(tmp_path: Path) -> None:
    code = """
        provider "google" {
          region = "us-central1"
        }
        resource "google_container_cluster" "a" {
          count    = 1
          location = "me-west1-b"
        }
        resource "google_container_node_pool" "pool" {
          cluster = google_container_cluster.a[0].name
        }
        resource "google_container_node_pool" "placed" {
          cluster  = google_container_cluster.a[0].name
          location = "europe-west4"
        }
        resource "google_container_node_pool" "elsewhere" {
          cluster = "another"
        }
        resource "google_container_node_pool" "by_id" {
          cluster = "projects/p/locations/europe-west2-a/clusters/another"
        }
        resource "google_kms_key_ring" "ring" {
          location = "asia-northeast1"
        }
        resource "google_kms_crypto_key_version" "version" {
          crypto_key = google_kms_crypto_key.key.id
        }
        resource "google_kms_crypto_key" "key" {
          key_ring = google_kms_key_ring.ring.id
        }
    """
    found = {r.address: r.region for r in project(tmp_path, code).resources}
    assert found["google_container_node_pool.pool"] == "me-west1"
    assert found["google_container_node_pool.placed"] == "europe-west4"
    assert found["google_container_node_pool.elsewhere"] == "us-central1"
    assert found["google_container_node_pool.by_id"] == "europe-west2"
    assert found["google_kms_crypto_key.key"] == "asia-northeast1"
    assert found["google_kms_crypto_key_version.version"] == "asia-northeast1"


def test_google_and_azure_places_are_normalised() -> None:
    assert [google_region(p) for p in ("us-central1-f", "northamerica-northeast1", "EU")] == [
        "us-central1",
        "northamerica-northeast1",
        "eu",
    ]
    assert azure_region("West Europe") == "westeurope"


def test_an_azure_resource_without_location_has_that_of_what_it_refers_to(tmp_path: Path) -> None:
    text = """
    resource "azurerm_resource_group" "g" {
      count    = 1
      location = "East US"
    }
    resource "azurerm_storage_container" "c" { storage_account_id = azurerm_storage_account.s.id }
    resource "azurerm_storage_account" "s" { resource_group_name = azurerm_resource_group.g[0].name }
    resource "azurerm_storage_blob" "lone" {}
    """
    found = {r.name: r.region for r in project(tmp_path, text).resources}
    assert found == {"g": "eastus", "c": "eastus", "s": "eastus", "lone": None}


# Tags


def test_default_tags_lie_under_a_resources_own(tmp_path: Path) -> None:
    text = """
    provider "aws" {
      default_tags {
        tags = { team = "default", env = "prod" }
      }
    }
    resource "aws_instance" "x" { tags = { team = "own" } }
    """
    tags = only(project(tmp_path, text), "aws_instance.x").tags
    assert tags.own == {"team": "own"}
    assert tags.defaults == {"team": "default", "env": "prod"}
    assert tags.effective == {"team": "own", "env": "prod"}
    assert tags.path == ("tags",)
    assert str(tags.defaults_span) == "main.tf:4:5"


def test_default_tags_reach_no_auto_scaling_group_and_nothing_that_takes_no_tags(tmp_path: Path) -> None:
    text = """
    provider "aws" {
      default_tags { tags = { team = "x" } }
    }
    resource "aws_autoscaling_group" "g" {}
    resource "aws_iam_role_policy_attachment" "a" {}
    """
    found = project(tmp_path, text)
    assert only(found, "aws_autoscaling_group.g").tags.effective == {}
    assert only(found, "aws_iam_role_policy_attachment.a").tags.path is None


def test_default_labels_reach_google_resources_wherever_their_labels_stand(tmp_path: Path) -> None:
    text = """
    provider "google" { default_labels = { team = "x" } }
    resource "google_compute_instance" "vm" { labels = { own = "1" } }
    resource "google_container_cluster" "k8s" { resource_labels = { own = "2" } }
    """
    found = project(tmp_path, text)
    assert only(found, "google_compute_instance.vm").tags.effective == {"team": "x", "own": "1"}
    assert only(found, "google_container_cluster.k8s").tags.effective == {"team": "x", "own": "2"}


def test_azures_provider_adds_nothing(tmp_path: Path) -> None:
    text = """
    provider "azurerm" { features {} }
    resource "azurerm_resource_group" "g" { tags = { a = "b" } }
    """
    tags = only(project(tmp_path, text), "azurerm_resource_group.g").tags
    assert (tags.defaults, tags.effective, tags.path) == ({}, {"a": "b"}, ("tags",))


def test_tags_known_in_part_leave_a_default_that_may_be_replaced_uncertain(tmp_path: Path) -> None:
    text = """
    variable "tags" { type = map(string) }
    provider "aws" {
      default_tags { tags = { team = "default" } }
    }
    resource "aws_instance" "x" { tags = merge(var.tags, { Name = "x" }) }
    """
    tags = only(project(tmp_path, text), "aws_instance.x").tags
    assert isinstance(tags.effective, Partial)
    known = dict(tags.effective.known)
    assert known["Name"] == "x"
    assert isinstance(known["team"], Unknown)
    assert tags.effective.rest.waits_for == ("var.tags",)


def test_unknown_defaults_leave_the_own_tags_certain(tmp_path: Path) -> None:
    text = """
    variable "tags" {}
    provider "aws" {
      default_tags { tags = var.tags }
    }
    resource "aws_instance" "x" { tags = { Name = "x" } }
    resource "aws_instance" "y" {}
    """
    found = project(tmp_path, text)
    own, none = only(found, "aws_instance.x").tags, only(found, "aws_instance.y").tags
    assert isinstance(own.effective, Partial)
    assert own.effective.known == {"Name": "x"}
    assert isinstance(none.effective, Unknown)


def test_default_tags_of_a_json_provider_are_read(tmp_path: Path) -> None:
    files = {
        "main.tf.json": '{"provider": {"aws": {"region": "eu-west-1", "default_tags": {"tags": {"team": "x"}}}}}',
        "r.tf": 'resource "aws_instance" "x" {}',
    }
    resource = only(project(tmp_path, files), "aws_instance.x")
    assert (resource.region, resource.tags.effective) == ("eu-west-1", {"team": "x"})


# The region the user says


def test_the_region_the_user_says_is_the_main_providers_where_the_code_does_not_tell(tmp_path: Path) -> None:
    text = """
    variable "region" {}
    provider "aws" { region = var.region }
    provider "aws" {
      alias  = "copy"
      region = var.region
    }
    provider "google" {}
    data "aws_region" "here" {}
    resource "aws_instance" "main" { user_data = data.aws_region.here.name }
    resource "aws_instance" "copy" { provider = aws.copy }
    resource "aws_instance" "zone" { availability_zone = "us-west-2b" }
    resource "aws_instance" "own" { region = "eu-north-1" }
    resource "google_compute_instance" "g" {}
    """
    found = project(tmp_path, text, regions={"aws": "eu-west-1", "google": "europe-west1"})
    assert {r.address: r.region for r in found.resources if isinstance(r.region, str)} == {
        "aws_instance.main": "eu-west-1",
        "aws_instance.zone": "us-west-2",
        "aws_instance.own": "eu-north-1",
        "google_compute_instance.g": "europe-west1",
    }
    assert only(found, "aws_instance.main").value("user_data") == "eu-west-1"
    copy = only(found, "aws_instance.copy").region
    assert isinstance(copy, Unknown)
    assert copy.waits_for == ("var.region",)


def test_the_region_of_the_code_goes_before_the_one_the_user_says(tmp_path: Path) -> None:
    text = """
    provider "aws" { region = "us-east-2" }
    resource "aws_instance" "x" {}
    """
    assert only(project(tmp_path, text, regions={"aws": "eu-west-1"}), "aws_instance.x").region == "us-east-2"


def test_a_google_place_that_is_not_known_is_not_that_of_what_the_resource_belongs_to(tmp_path: Path) -> None:
    code = """
        variable "place" {}
        resource "google_container_cluster" "a" {
          location = "me-west1-b"
        }
        resource "google_container_node_pool" "pool" {
          cluster  = google_container_cluster.a.name
          location = var.place
        }
    """
    found = region(tmp_path, code, "google_container_node_pool.pool")
    assert isinstance(found, Unknown)
    assert found.waits_for == ("var.place",)
