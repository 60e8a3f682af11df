"""What naming alone cannot turn into Terraform's shape, by canonical type: values to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from finops_lint.model.values import Value
from finops_lint.readers.cloudformation.properties import Notes

Adapter = Callable[[Mapping[str, Value], Notes], Mapping[str, Value]]

ROOT_DEVICES = ("/dev/xvda", "/dev/sda1")
"""How the root volume is called on nearly all images: Amazon EC2 User Guide, "Device names on Linux instances"."""


def _renamed(notes: Notes, old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
    """The places and edges noted below `old` hold below `new` too."""
    for path, span in [(p, s) for p, s in notes.positions.items() if p[: len(old)] == old]:
        notes.positions[new + path[len(old) :]] = span


def _instance(values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """`ebs_block_device` entries that are the root volume become `root_block_device`."""
    mappings = values.get("ebs_block_device")
    if not isinstance(mappings, list):
        return values
    roots, others = [], []
    for place, entry in enumerate(mappings):
        is_map = isinstance(entry, Mapping)
        if is_map and (entry.get("no_device") is not None or entry.get("virtual_name") is not None):
            continue  # nothing, or a disk that comes with the machine
        if is_map and entry.get("device_name") in ROOT_DEVICES:
            _renamed(notes, ("ebs_block_device", place), ("root_block_device", 0))
            roots.append({key: value for key, value in entry.items() if key != "device_name"})
        else:
            others.append(entry)
    rest = {key: value for key, value in values.items() if key != "ebs_block_device"}
    found = {"root_block_device": roots[:1]} if roots else {}
    return {**rest, **found, **({"ebs_block_device": others} if others else {})}


ADAPTERS: Mapping[str, Adapter] = {
    "aws_instance": _instance,
    "aws_launch_configuration": _instance,
}
