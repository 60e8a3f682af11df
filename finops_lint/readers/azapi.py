"""Resources of Terraform's `azapi` provider: bodies of Azure's own interface, read as the `azurerm` types beside them.

Only kinds that cost money or that rules judge are here; the others stay `azapi_resource`. The names of both sides are
those of the reference of Azure's templates (learn.microsoft.com/azure/templates) and of the provider's documentation,
read 2026-11-21.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from finops_lint.model.values import Path, Unknown, Value, get
from finops_lint.readers.converted import Converted, put_in, steps_of

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets

_POOL = {
    "vmSize": "vm_size",
    "count": "node_count",
    "minCount": "min_count",
    "maxCount": "max_count",
    "enableAutoScaling": "auto_scaling_enabled",
    "osDiskSizeGB": "os_disk_size_gb",
    "osDiskType": "os_disk_type",
    "osSKU": "os_sku",
}
"""A pool of AKS: property → argument."""
_NODE_POOL = _POOL | {
    "osType": "os_type",
    "mode": "mode",
    "scaleSetPriority": "priority",
    "spotMaxPrice": "spot_max_price",
    "nodeLabels": "node_labels",
    "nodeTaints": "node_taints",
    "tags": "tags",
}
_KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "microsoft.cognitiveservices/accounts": (
        "azurerm_cognitive_account",
        {"kind": "kind", "sku.name": "sku_name"},
    ),
    "microsoft.cognitiveservices/accounts/deployments": (
        "azurerm_cognitive_deployment",
        {
            "sku.name": "sku.0.name",
            "sku.capacity": "sku.0.capacity",
            "sku.tier": "sku.0.tier",
            "properties.model.format": "model.0.format",
            "properties.model.name": "model.0.name",
            "properties.model.version": "model.0.version",
        },
    ),
    "microsoft.search/searchservices": (
        "azurerm_search_service",
        {
            "sku.name": "sku",
            "properties.replicaCount": "replica_count",
            "properties.partitionCount": "partition_count",
            "properties.semanticSearch": "semantic_search_sku",
        },
    ),
    "microsoft.machinelearningservices/workspaces/computes#amlcompute": (
        "azurerm_machine_learning_compute_cluster",
        {
            "properties.properties.vmSize": "vm_size",
            "properties.properties.vmPriority": "vm_priority",
            "properties.properties.scaleSettings.minNodeCount": "scale_settings.0.min_node_count",
            "properties.properties.scaleSettings.maxNodeCount": "scale_settings.0.max_node_count",
            "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown": (
                "scale_settings.0.scale_down_nodes_after_idle_duration"
            ),
        },
    ),
    "microsoft.containerservice/managedclusters": (
        "azurerm_kubernetes_cluster",
        {
            "sku.tier": "sku_tier",
            "properties.kubernetesVersion": "kubernetes_version",
            "properties.networkProfile.loadBalancerSku": "network_profile.0.load_balancer_sku",
            "properties.metricsProfile.costAnalysis.enabled": "cost_analysis_enabled",
        }
        | {f"properties.agentPoolProfiles.0.{old}": f"default_node_pool.0.{new}" for old, new in _POOL.items()},
    ),
    "microsoft.containerservice/managedclusters/agentpools": (
        "azurerm_kubernetes_cluster_node_pool",
        {f"properties.{old}": new for old, new in _NODE_POOL.items()},
    ),
    "microsoft.containerregistry/registries": ("azurerm_container_registry", {"sku.name": "sku"}),
    "microsoft.operationalinsights/workspaces": (
        "azurerm_log_analytics_workspace",
        {
            "properties.sku.name": "sku",
            "properties.sku.capacityReservationLevel": "reservation_capacity_in_gb_per_day",
            "properties.retentionInDays": "retention_in_days",
        },
    ),
}
"""Kind, in lower case → the type, and property of the body → argument; numbers are places in lists of blocks.

A kind whose bodies say themselves what they are has that behind a `#`.
"""
_PARENTS = {
    "azurerm_cognitive_deployment": "cognitive_account_id",
    "azurerm_kubernetes_cluster_node_pool": "kubernetes_cluster_id",
    "azurerm_machine_learning_compute_cluster": "machine_learning_workspace_id",
}
_SAYS_ITSELF = {"microsoft.machinelearningservices/workspaces/computes": ("properties", "computeType")}
_KEPT = ("name", "location", "parent_id", "tags")


def from_azapi(values: Mapping[str, Value], sheets: Sheets) -> Converted | None:
    """The resource under the azurerm type of its kind; None where it has none, or more than that type can say."""
    kind = values.get("type")
    body = _body(values.get("body"))
    if not isinstance(kind, str) or body is None:
        return None
    name = _name(kind.partition("@")[0].lower(), body)
    known = _KINDS.get(name)
    if known is None or not _CAN_SAY.get(name, lambda _: True)(body):
        return None
    canonical, properties = known
    found: dict[str, Value] = {key: values[key] for key in _KEPT if key in values}
    if canonical in _PARENTS and "parent_id" in values:
        found[_PARENTS[canonical]] = values["parent_id"]
    moved: dict[Path, Path] = {}
    for old, new in properties.items():
        source, target = steps_of(old), steps_of(new)
        value = get(body, source)
        if value is not None:
            moved["body", *source] = target
            put_in(found, target, value)
    return Converted(canonical, sheets.shape(canonical, found), moved)


def arguments_of(interface: str) -> Mapping[str, str]:
    """Property of the body → argument, of a kind in lower case; both are dotted, numbers are places in lists."""
    return _KINDS[interface][1]


def _name(kind: str, body: Value) -> str:
    """The kind as `_KINDS` has it."""
    said = get(body, _SAYS_ITSELF[kind]) if kind in _SAYS_ITSELF else None
    return f"{kind}#{said.lower()}" if isinstance(said, str) else kind


def _body(body: Value) -> Value:
    """The body as a map; before version 2 of the provider it was JSON text."""
    if not isinstance(body, str):
        return body
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _one_pool(body: Value) -> bool:
    """Whether a cluster has one pool of machines that it pays for: what the arguments of azurerm's cluster can say."""
    pools = get(body, ("properties", "agentPoolProfiles"))
    if get(body, ("sku", "name")) == "Automatic":
        return False
    return isinstance(pools, Unknown) or (isinstance(pools, list | tuple) and len(pools) == 1)


_CAN_SAY: Mapping[str, Callable[[Value], bool]] = {"microsoft.containerservice/managedclusters": _one_pool}
