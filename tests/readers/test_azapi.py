"""Resources of the azapi provider are priced and judged as the azurerm types beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.model.values import Unknown
from finops_lint.readers.converted import converted
from tests.readers.terraform.project import only, read

SHEETS = Sheets(data_root() / "pricing")
CLUSTERS = "Microsoft.ContainerService/managedClusters@2025-01-01"


def azapi(kind: str, body: Any, **more: Any) -> tuple[str, dict[str, Any]] | None:
    found = converted("azapi_resource", {"type": kind, "name": "x", "body": body, **more}, SHEETS)
    return None if found is None else (found.type, {k: v for k, v in found.values.items() if k != "name"})


# Properties: learn.microsoft.com/azure/templates, arguments: the azurerm provider's documentation, read 2026-11-21.
@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (
            "Microsoft.CognitiveServices/accounts/deployments@2025-06-01",
            {"sku": {"name": "GlobalStandard", "capacity": 10}, "properties": {"model": {"name": "gpt-4o"}}},
            (
                "azurerm_cognitive_deployment",
                {"sku": [{"name": "GlobalStandard", "capacity": 10}], "model": [{"name": "gpt-4o"}]},
            ),
        ),
        (
            "Microsoft.Search/searchServices@2024-06-01-preview",
            {"sku": {"name": "standard"}, "properties": {"replicaCount": 2, "partitionCount": 1}},
            ("azurerm_search_service", {"sku": "standard", "replica_count": 2, "partition_count": 1}),
        ),
        (
            "microsoft.containerservice/ManagedClusters/agentPools@2025-01-01",
            {"properties": {"vmSize": "Standard_NC24ads_A100_v4", "count": 2, "scaleSetPriority": "Spot"}},
            (
                "azurerm_kubernetes_cluster_node_pool",
                {"vm_size": "Standard_NC24ads_A100_v4", "node_count": 2, "priority": "Spot"},
            ),
        ),
        (
            "Microsoft.MachineLearningServices/workspaces/computes@2024-10-01",
            {
                "properties": {
                    "computeType": "AmlCompute",
                    "properties": {
                        "vmSize": "Standard_NC6s_v3",
                        "vmPriority": "LowPriority",
                        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT5M"},
                    },
                }
            },
            (
                "azurerm_machine_learning_compute_cluster",
                {
                    "vm_size": "Standard_NC6s_v3",
                    "vm_priority": "LowPriority",
                    "scale_settings": [
                        {
                            "min_node_count": 0,
                            "max_node_count": 4,
                            "scale_down_nodes_after_idle_duration": "PT5M",
                        }
                    ],
                },
            ),
        ),
        (
            CLUSTERS,
            {"sku": {"tier": "Standard"}, "properties": {"agentPoolProfiles": [{"vmSize": "a", "count": 3}]}},
            (
                "azurerm_kubernetes_cluster",
                {"sku_tier": "Standard", "default_node_pool": [{"vm_size": "a", "node_count": 3}]},
            ),
        ),
    ],
)
def test_a_body_is_read_as_the_arguments_of_the_type_beside_it(kind: str, body: Any, expected: Any) -> None:
    assert azapi(kind, body) == expected
    assert azapi(kind, json.dumps(body)) == expected  # as provider 1.x wants it


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CLUSTERS, {"properties": {"agentPoolProfiles": [{"vmSize": "a"}, {"vmSize": "b"}]}}),
        (CLUSTERS, {"sku": {"name": "Automatic"}, "properties": {"agentPoolProfiles": [{"vmSize": "a"}]}}),
        ("Microsoft.Maps/accounts@2023-06-01", {}),
        ("Microsoft.Search/searchServices@2024-06-01", "{no json"),
        ("Microsoft.Search/searchServices@2024-06-01", "[" * 100_000),
        ("Microsoft.Search/searchServices@2024-06-01", None),
        (Unknown("var.kind has no value", ("var.kind",)), {}),
    ],
)
def test_what_the_type_cannot_say_stays_what_it_is(kind: Any, body: Any) -> None:
    assert azapi(kind, body) is None


def test_what_is_not_known_of_the_body_stays_unknown(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        variable "capacity" {}
        variable "key" {
          default   = "hush"
          sensitive = true
        }
        resource "azapi_resource" "account" {
          type     = "Microsoft.CognitiveServices/accounts@2025-06-01"
          name     = "a"
          location = "Sweden Central"
          tags     = { team = "ml" }
          body     = { kind = "OpenAI", sku = { name = var.key } }
        }
        resource "azapi_resource" "gpt" {
          type      = "Microsoft.CognitiveServices/accounts/deployments@2025-06-01"
          name      = "gpt"
          parent_id = azapi_resource.account.id
          body      = { sku = { name = "Standard", capacity = var.capacity } }
        }
        """,
        sheets=SHEETS,
        taggable=Taggable(data_root()),
    )
    account, gpt = only(project, "azapi_resource.account"), only(project, "azapi_resource.gpt")
    assert (account.type, account.region, account.tags.effective) == (
        "azurerm_cognitive_account",
        "swedencentral",
        {"team": "ml"},
    )
    assert account.sensitive == {("sku_name",)}
    assert gpt.region == "swedencentral"
    assert gpt.value("sku", 0, "capacity").waits_for == ("var.capacity",)
    assert [edge.target for edge in gpt.references] == ["azapi_resource.account"]


def test_a_secret_body_hides_all_that_is_read_from_it() -> None:
    body = json.dumps({"sku": {"name": "S0"}, "kind": "OpenAI"})
    found = converted("azapi_resource", {"type": "Microsoft.CognitiveServices/accounts@1", "body": body}, SHEETS)
    assert found is not None
    assert found.places([("body",)]) == {("sku_name",), ("kind",)}
