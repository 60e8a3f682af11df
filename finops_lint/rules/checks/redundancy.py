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
}


def outside_production(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """A standby, replica or second copy that an environment outside production can do without."""
    environment = context.environment(resource)
    if environment.kind not in ("development", "staging"):
        return
    for double in _DOUBLES[resource.type]:
        for path, value in entries(resource.values, double.pattern):
            if isinstance(value, Unknown):
                yield context.undecided(resource, [value], path=path)
            elif value in double.values:
                yield _finding(resource, context, path, double, environment.because)


def _finding(resource: Resource, context: Context, path: Path, double: _Double, because: str) -> Finding:
    remedy = Remedy(resource.address, ((path, double.instead),), f"do without {double.what}")
    message = f"This is not production ({because}) and pays for {double.what}."
    return context.finding(resource, message, path=path, remedy=remedy, inferred_from=because)
