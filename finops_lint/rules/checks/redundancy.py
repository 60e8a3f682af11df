"""Checks on what is doubled for the sake of production, in environments that are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.rules.compute import EACH, entries
from finops_lint.rules.context import Context


@record(frozen=True, slots=True)
class _Double:
    """An attribute that makes a resource redundant."""

    pattern: tuple[str | int, ...]
    values: tuple[Value, ...]
    """What it says where it is redundant."""
    instead: Value
    """What it says where it is not."""
    what: str
    """For a person."""
    least: float = 0
    """Where it is a number: from which on it is redundant."""
    default: Value = None
    """What holds where nothing is said."""

    def is_in(self, value: Value) -> bool:
        """Whether `value` makes the resource redundant."""
        if self.least and isinstance(value, (int, float)):
            return value >= self.least
        return value in self.values


_DOUBLES: Mapping[str, tuple[_Double, ...]] = {
    "aws_db_instance": (_Double(("multi_az",), (True,), False, "a standby in a second zone"),),
    "aws_dms_replication_instance": (_Double(("multi_az",), (True,), False, "a standby in a second zone"),),
    "aws_mq_broker": (
        _Double(("deployment_mode",), ("ACTIVE_STANDBY_MULTI_AZ",), "SINGLE_INSTANCE", "a standby in a second zone"),
    ),
    "aws_opensearch_domain": (
        _Double(("cluster_config", EACH, "dedicated_master_enabled"), (True,), False, "dedicated masters"),
    ),
    "google_sql_database_instance": (
        _Double(("settings", EACH, "availability_type"), ("REGIONAL",), "ZONAL", "a standby in a second zone"),
    ),
    "google_redis_instance": (_Double(("tier",), ("STANDARD_HA",), "BASIC", "a replica in a second zone"),),
    "azurerm_mssql_database": (_Double(("zone_redundant",), (True,), False, "replicas in other zones"),),
    "azurerm_storage_account": (
        _Double(
            ("account_replication_type",),
            ("GRS", "RAGRS", "GZRS", "RAGZRS"),
            "LRS",
            "a copy of everything in a second region",
        ),
    ),
    "azurerm_recovery_services_vault": (
        _Double(
            ("storage_mode_type",), ("GeoRedundant",), "LocallyRedundant", "a copy of every backup in a second region"
        ),
    ),
    "aws_opensearchserverless_collection": (
        _Double(("standby_replicas",), ("ENABLED",), "DISABLED", "standby replicas", default="ENABLED"),
    ),
    "aws_kendra_index": (
        _Double(("edition",), ("ENTERPRISE_EDITION",), "DEVELOPER_EDITION", "the edition for production",
                default="ENTERPRISE_EDITION"),
    ),
    "azurerm_search_service": (_Double(("replica_count",), (), 1, "more than one replica", least=2),),
    "google_vertex_ai_index_endpoint_deployed_index": (
        _Double(("dedicated_resources", EACH, "min_replica_count"), (), 1, "more than one replica", least=2),
        _Double(("automatic_resources", EACH, "min_replica_count"), (), 1, "more than one replica", least=2),
    ),
    "google_vertex_ai_deployment_resource_pool": (
        _Double(("dedicated_resources", EACH, "min_replica_count"), (), 1, "more than one replica", least=2),
    ),
    "google_vertex_ai_endpoint_with_model_garden_deployment": (
        _Double(
            ("deploy_config", EACH, "dedicated_resources", EACH, "min_replica_count"),
            (), 1, "more than one replica", least=2,
        ),
    ),
    "google_vertex_ai_rag_engine_config": (
        _Double(("rag_managed_db_config", EACH, "scaled"), ([{}],), None, "the scaled tier of its database"),
    ),
    "google_vertex_ai_feature_online_store": (
        _Double(("bigtable", EACH, "auto_scaling", EACH, "min_node_count"), (), 1, "more than one node", least=2),
    ),
}  # fmt: skip


def outside_production(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """A standby, replica or second copy that an environment outside production can do without."""
    environment = context.environment(resource)
    if environment.kind not in ("development", "staging"):
        return
    for double in _DOUBLES[resource.type]:
        found = list(entries(resource.values, double.pattern))
        if not found and double.default is not None:
            found = [(double.pattern, double.default)]
        for path, value in found:
            if isinstance(value, Unknown):
                yield context.undecided(resource, [value], path=path)
            elif double.is_in(value):
                yield _finding(resource, context, path, double, environment.because)


def _finding(resource: Resource, context: Context, path: Path, double: _Double, because: str) -> Finding:
    remedy = Remedy(resource.address, ((path, double.instead),), f"do without {double.what}")
    message = f"This is not production ({because}) and pays for {double.what}."
    return context.finding(resource, message, path=path, remedy=remedy, inferred_from=because)
