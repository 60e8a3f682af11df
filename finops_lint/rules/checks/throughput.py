"""Checks on databases that are paid by the throughput they could take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown, Value
from finops_lint.rules.checks.companions import missing
from finops_lint.rules.context import Context


def fixed(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """Provisioned throughput that does not follow the load.

    Parameters: those of `companions.missing`, for what scales a table; `least`, the units (read and write of a table,
    a hundredth of a container's RU/s) below which nobody would bother.
    """
    units = _units(resource)
    if isinstance(units, Unknown):
        yield context.undecided(resource, [units])
    elif units >= float(params["least"]):
        yield from missing(resource, context, params)


def _units(resource: Resource) -> float | Unknown:
    if resource.type == "aws_dynamodb_table":
        mode = resource.value("billing_mode")
        if isinstance(mode, Unknown):
            return mode
        return (
            0 if mode == "PAY_PER_REQUEST" else _sum(resource.value("read_capacity"), resource.value("write_capacity"))
        )
    return _sum(resource.value("throughput"), scale=0.01)


def _sum(*figures: Value, scale: float = 1.0) -> float | Unknown:
    """The sum of what is set; unknown where one of them is."""
    total = 0.0
    for figure in figures:
        if isinstance(figure, Unknown):
            return figure
        total += float(figure) * scale if isinstance(figure, (int, float)) else 0
    return total
