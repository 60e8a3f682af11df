"""Checks on inference components: the models that share the machines of one endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.money import Money, Range
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown, Value
from finops_lint.rules.compute import gpus, uses
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import stake

_DEVICES = ("specification", 0, "compute_resource_requirements", 0, "number_of_accelerator_devices_required")


def stranded(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """GPUs of an endpoint's machines that no inference component asks for; silent where no component is in the code."""
    components = [c for e in context.graph.sources(resource, "aws_sagemaker_endpoint") for c in _components(e, context)]
    for number, use in enumerate(uses(resource) if components else ()):
        found = gpus(use, context.machines)
        machines = _number(resource.value("production_variants", number, "initial_instance_count"), 1)
        asked = [_asked(component) for component in components]
        unknown = [value for value in (found, machines, *asked) if isinstance(value, Unknown)]
        if unknown:
            yield context.undecided(resource, unknown, path=use.path)
            continue
        if found is None or isinstance(found, Unknown):
            continue
        there = found.count * _int(machines)
        wanted = sum(_int(number) for number in asked)
        if 0 < wanted < there:
            yield _finding(resource, context, wanted, there)


def _components(endpoint: Resource, context: Context) -> Iterator[Resource]:
    return context.graph.sources(endpoint, "aws_sagemaker_inference_component")


def _asked(component: Resource) -> Value:
    """The GPUs all copies of a component ask for."""
    devices = _number(component.value(*_DEVICES), 0)
    copies = _number(component.value("runtime_config", 0, "copy_count"), 1)
    for value in (devices, copies):
        if isinstance(value, Unknown):
            return value
    return _int(devices) * _int(copies)


def _number(value: Value, default: int) -> Value:
    return default if value is None else value


def _int(value: Value) -> int:
    return int(value) if isinstance(value, (int, float)) else 0


def _finding(resource: Resource, context: Context, wanted: int, there: int) -> Finding:
    cost = stake([resource], context.graph, context.pricing).money
    idle = Decimal(there - wanted) / there
    return context.finding(
        resource,
        f"The inference components ask for {wanted} of {there} GPUs; the others are billed and idle.",
        path=("production_variants",),
        saving=Money(Range.of(cost.expected * idle), cost.currency) if cost else None,
    )
