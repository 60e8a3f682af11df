"""Checks on block storage: volumes of an older type, wherever a resource writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown
from finops_lint.rules.compute import EACH, entries
from finops_lint.rules.context import Context

_VOLUMES: Mapping[str, tuple[tuple[tuple[str | int, ...], str, str], ...]] = {
    "aws_ebs_volume": (((), "type", "gp2"),),
    "aws_instance": (
        (("root_block_device", EACH), "volume_type", ""),
        (("ebs_block_device", EACH), "volume_type", "gp2"),
    ),
    "aws_launch_configuration": (
        (("root_block_device", EACH), "volume_type", ""),
        (("ebs_block_device", EACH), "volume_type", ""),
    ),
    "aws_launch_template": ((("block_device_mappings", EACH, "ebs", EACH), "volume_type", ""),),
}
"""Type → where its volumes are, the attribute that says their type, and the type if none is said (an AMI may)."""


def older_volume(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A volume of type `old` where `new` costs less for the same."""
    for pattern, attribute, default in _VOLUMES[resource.type]:
        for block, values in entries(resource.values, pattern):
            if isinstance(values, Unknown):
                yield context.undecided(resource, [values], path=block)
                continue
            kind = values.get(attribute, default) if isinstance(values, Mapping) else default
            path: Path = (*block, attribute)
            if isinstance(kind, Unknown):
                yield context.undecided(resource, [kind], path=path)
            elif kind == params["old"]:
                remedy = Remedy(resource.address, ((path, params["new"]),), f"use {params['new']}")
                yield context.finding(resource, params["advice"], path=path, remedy=remedy)
