"""Edges made by names that stand in the text as plain strings."""

from __future__ import annotations

from typing import Any

from finops_lint.catalog.links import with_links
from finops_lint.model.resource import Graph, Reference, Resource
from finops_lint.model.span import Span


def resource(address: str, *references: Reference, **values: Any) -> Resource:
    kind, _, name = address.partition(".")
    return Resource(
        address, kind, name, "aws", "terraform", "p", "us-east-1", values, Span("main.tf", 1), references=references
    )


def targets(*resources: Resource) -> list[str]:
    graph = Graph(with_links(resources))
    return [r.address for r in graph.targets(graph.resources[0])]


def test_a_scaling_target_belongs_to_the_table_its_resource_id_names() -> None:
    target = resource("aws_appautoscaling_target.t", resource_id="table/features")
    assert targets(target, resource("aws_dynamodb_table.f", name="features")) == ["aws_dynamodb_table.f"]


def test_a_service_is_named_after_its_cluster() -> None:
    target = resource("aws_appautoscaling_target.t", resource_id="service/ml/embed")
    services = [resource("aws_ecs_service.ml", name="ml"), resource("aws_ecs_service.embed", name="embed")]
    assert targets(target, *services) == ["aws_ecs_service.embed"]


def test_a_name_nobody_has_makes_no_edge() -> None:
    target = resource("aws_appautoscaling_target.t", resource_id="table/other")
    assert targets(target, resource("aws_dynamodb_table.f", name="features")) == []


def test_what_a_reference_says_is_not_said_again() -> None:
    target = resource(
        "aws_appautoscaling_target.t",
        Reference(("resource_id",), "aws_dynamodb_table.real", "name"),
        resource_id="table/features",
    )
    tables = [
        resource("aws_dynamodb_table.other", name="features"),
        resource("aws_dynamodb_table.real", name="features"),
    ]
    assert targets(target, *tables) == ["aws_dynamodb_table.real"]


def test_a_reference_to_something_else_that_holds_the_name_does_not_stand_in_the_way() -> None:
    machine = resource(
        "azurerm_backup_protected_vm.m",
        Reference(("recovery_vault_name",), "azurerm_backup_policy_vm.daily", "recovery_vault_name"),
        recovery_vault_name="main",
    )
    vault = resource("azurerm_recovery_services_vault.v", name="main")
    assert targets(machine, vault) == ["azurerm_recovery_services_vault.v"]
