"""Edges that a name makes: an attribute that holds the plain name of a resource in the same project.

A reader finds the edges that references make. A scaling target that says `table/features`, or a plan where each name
is known, refers to its table all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference, Resource


@record(frozen=True, slots=True)
class Link:
    """An attribute that names a resource."""

    attribute: str
    """The top attribute that holds the name."""
    target: str
    """The type it names."""
    name: str
    """The attribute of the target that is its name."""
    pattern: re.Pattern[str] | None = None
    """Finds the name, as group 1, in a longer text; None where the text is the name."""


LINKS: dict[str, tuple[Link, ...]] = {
    # The forms of ResourceId: RegisterScalableTarget, Application Auto Scaling API reference, read 2026-11-21.
    "aws_appautoscaling_target": (
        Link("resource_id", "aws_dynamodb_table", "name", regex(r"table/([^/]+)")),
        Link("resource_id", "aws_ecs_service", "name", regex(r"service/[^/]+/([^/]+)")),
        Link("resource_id", "aws_sagemaker_endpoint", "name", regex(r"endpoint/([^/]+)/variant/.+")),
        Link("resource_id", "aws_sagemaker_inference_component", "name", regex(r"inference-component/(.+)")),
        Link("resource_id", "aws_rds_cluster", "cluster_identifier", regex(r"cluster:(.+)")),
        Link(
            "resource_id",
            "aws_elasticache_replication_group",
            "replication_group_id",
            regex(r"replication-group/(.+)"),
        ),
    ),
    "aws_sagemaker_endpoint": (Link("endpoint_config_name", "aws_sagemaker_endpoint_configuration", "name"),),
    "aws_autoscaling_group": (Link("launch_configuration", "aws_launch_configuration", "name"),),
    "aws_ecs_service": (Link("task_definition", "aws_ecs_task_definition", "family"),),
    "aws_ecs_cluster_capacity_providers": (Link("cluster_name", "aws_ecs_cluster", "name"),),
    "aws_eks_node_group": (Link("cluster_name", "aws_eks_cluster", "name"),),
    "aws_rds_cluster_instance": (Link("cluster_identifier", "aws_rds_cluster", "cluster_identifier"),),
    **{
        kind: (Link("account_name", "azurerm_cosmosdb_account", "name"),)
        for kind in (
            "azurerm_cosmosdb_cassandra_keyspace",
            "azurerm_cosmosdb_gremlin_database",
            "azurerm_cosmosdb_mongo_database",
            "azurerm_cosmosdb_sql_database",
            "azurerm_cosmosdb_table",
        )
    },
    "azurerm_backup_protected_vm": (Link("recovery_vault_name", "azurerm_recovery_services_vault", "name"),),
    "azurerm_backup_protected_file_share": (Link("recovery_vault_name", "azurerm_recovery_services_vault", "name"),),
    "google_container_node_pool": (Link("cluster", "google_container_cluster", "name"),),
}


def with_links(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The resources with the edges their names make, where no reference says already what is meant."""
    known = tuple(resources)
    sources = [r for r in known if r.type in LINKS]
    if not sources:
        return known
    wanted = {(link.target, link.name) for r in sources for link in LINKS[r.type]}
    named: dict[tuple[str, str, str], str] = {}
    for resource in known:
        for target, name in wanted:
            value = resource.values.get(name) if resource.type == target else None
            if isinstance(value, str):
                named.setdefault((target, name, value), resource.address)
    return tuple(_linked(r, named) if r.type in LINKS else r for r in known)


def _linked(resource: Resource, named: dict[tuple[str, str, str], str]) -> Resource:
    already = {edge.path[0]: edge.target for edge in resource.references if edge.path}
    found = []
    for link in LINKS[resource.type]:
        text = resource.values.get(link.attribute)
        # A reference to something else that holds the name, a policy of the vault, does not lead to the vault.
        if f"{link.target}." in already.get(link.attribute, "") or not isinstance(text, str):
            continue
        match = link.pattern.fullmatch(text) if link.pattern else None
        name = match[1] if match else text
        address = named.get((link.target, link.name, name)) if match or not link.pattern else None
        if address is not None and address != resource.address:
            found.append(Reference((link.attribute,), address, link.name))
    return replace(resource, references=(*resource.references, *found)) if found else resource
