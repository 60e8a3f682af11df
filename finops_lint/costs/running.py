"""A resource and the settings' schedules → the hours a month it runs, and why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from finops_lint.catalog.sheet_model import Sheet
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.dependence import parts_of
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.terms import Schedule
from finops_lint.model.values import Value, known_map

STOPPABLE = (
    "aws_instance",
    "aws_spot_instance_request",
    "aws_autoscaling_group",
    "aws_eks_node_group",
    "aws_ecs_service",
    "aws_batch_compute_environment",
    "aws_db_instance",
    "aws_rds_cluster_instance",
    "aws_docdb_cluster_instance",
    "aws_neptune_cluster_instance",
    "aws_redshift_cluster",
    "aws_sagemaker_notebook_instance",
    "aws_sagemaker_app",
    "aws_sagemaker_space",
    "aws_sagemaker_endpoint",
    "azurerm_*virtual_machine*",
    "azurerm_kubernetes_cluster_node_pool",
    "azurerm_machine_learning_compute_*",
    "azurerm_postgresql_flexible_server",
    "azurerm_mysql_flexible_server",
    "azurerm_synapse_spark_pool",
    "azurerm_synapse_sql_pool",
    "google_compute_instance",
    "google_compute_instance_group_manager",
    "google_container_node_pool",
    "google_sql_database_instance",
    "google_workbench_instance",
    "google_colab_runtime",
    "google_vertex_ai_endpoint",
)
"""Globs of the types whose hourly cost ends when they are stopped, scaled to nothing or deleted over night. A gateway,
a load balancer or a control plane is billed on, so a schedule means those only where it names their types."""


@record(frozen=True, slots=True)
class Running:
    """How long a resource runs a month."""

    hours: Decimal
    why: str


def running(resource: Resource, sheet: Sheet, schedules: Sequence[Schedule], workspace: str) -> Running | None:
    """The hours by the first schedule that fits `resource`; None where none does.

    A tag that is not known fits no schedule: what may run all the time is priced so.
    """
    for schedule in schedules:
        if _fits(schedule, resource, sheet, workspace):
            hours, minutes = divmod(schedule.minutes, 60)
            week = f"{hours}:{minutes:02}" if minutes else f"{hours}"
            why = (
                f"runs {schedule.hours:.2f} hours a month by the schedule {schedule.name} ({schedule.text}: "
                f"{week} of 168 hours a week), {schedule.where}"
            )
            return Running(schedule.hours, why)
    return None


def _fits(schedule: Schedule, resource: Resource, sheet: Sheet, workspace: str) -> bool:
    return (
        _any(schedule.types or STOPPABLE, (sheet.type, resource.type))
        and _any(schedule.workspaces, (workspace or "default",))
        and _any(schedule.paths, _files(resource))
        and _any(schedule.addresses, (resource.address,))
        and all(_has_tag(resource.tags.effective, key, glob) for key, glob in schedule.tags.items())
    )


def _any(globs: Sequence[str], names: Sequence[str]) -> bool:
    """Whether one of `globs` fits; brackets stand for themselves, as in addresses."""
    return not globs or any(fnmatchcase(name, glob.replace("[", "[[]")) for glob in globs for name in names)


def _files(resource: Resource) -> tuple[str, ...]:
    """Where it is written, and where its modules are called."""
    return tuple(dict.fromkeys((resource.span.file, *(call.file for call in resource.calls))))


def _has_tag(tags: Value, key: str, glob: str) -> bool:
    value = known_map(tags).get(key)
    return isinstance(value, str | int | float) and fnmatchcase(str(value), glob)


def reads_hours(sheet: Sheet, sheets: Sheets) -> bool:
    """Whether the cost by `sheet` depends on how long the resource runs."""
    if sheet.model or any(line.through for line in sheet.lines):
        return True
    return any(path[0] == "hours" for part in parts_of(sheet.part, sheet.cloud, sheets) for path in sheets.reads(part))
