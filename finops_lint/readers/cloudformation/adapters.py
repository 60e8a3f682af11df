"""What naming alone cannot turn into Terraform's shape: values to values, by canonical or CloudFormation type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from finops_lint.model.values import Value
from finops_lint.readers.cloudformation.properties import Notes

Adapter = Callable[[Mapping[str, Value], Notes], Mapping[str, Value]]

ROOT_DEVICES = ("/dev/xvda", "/dev/sda1")
"""How the root volume is called on nearly all images: Amazon EC2 User Guide, "Device names on Linux instances"."""
_BALANCER = {
    "load_balancing.cross_zone.enabled": "enable_cross_zone_load_balancing",
    "idle_timeout.timeout_seconds": "idle_timeout",
    "deletion_protection.enabled": "enable_deletion_protection",
}
"""`LoadBalancerAttributes` that are arguments in Terraform."""


def adapted(kind: str, template_type: str, values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """The attributes of a resource of canonical type `kind` that is written as `template_type`."""
    said = _SAID_BY_TYPE.get(template_type)
    if said:
        values = {**said, **values}
    for adapter in (_BY_TEMPLATE_TYPE.get(template_type), _BY_TYPE.get(kind)):
        if adapter is not None:
            values = adapter(values, notes)
    return values


def _moved(notes: Notes, old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
    """The places noted below `old` are noted below `new` too."""
    for path, span in [(p, s) for p, s in notes.positions.items() if p[: len(old)] == old]:
        notes.positions[new + path[len(old) :]] = span


def _instance(values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """The root disk apart from the others, and the tags of the disks where the instance hands its own down."""
    if values.get("propagate_tags_to_volume_on_creation") in (True, "true") and "tags" in values:
        values = {**values, "volume_tags": values["tags"]}
    return _disks(values, notes)


def _disks(values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """`ebs_block_device` entries that are the root volume become `root_block_device`."""
    mappings = values.get("ebs_block_device")
    if not isinstance(mappings, list):
        return values
    roots, others = [], []
    for place, entry in enumerate(mappings):
        is_map = isinstance(entry, Mapping)
        if is_map and (entry.keys() <= {"device_name"} or "no_device" in entry or "virtual_name" in entry):
            continue  # nothing (`NoDevice: {}` leaves no trace), or a disk that comes with the machine
        if is_map and entry.get("device_name") in ROOT_DEVICES:
            _moved(notes, ("ebs_block_device", place), ("root_block_device", 0))
            roots.append({key: value for key, value in entry.items() if key != "device_name"})
        else:
            others.append(entry)
    rest = {key: value for key, value in values.items() if key != "ebs_block_device"}
    found = {"root_block_device": roots[:1]} if roots else {}
    return {**rest, **found, **({"ebs_block_device": others} if others else {})}


def _balancer(values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """Settings by key as arguments of their own."""
    found: dict[str, Value] = {}
    written = values.get("load_balancer_attributes")
    for place, entry in enumerate(written if isinstance(written, list) else ()):
        name = _BALANCER.get(entry.get("key", "")) if isinstance(entry, Mapping) else None
        if name is not None:
            found[name] = {"true": True, "false": False}.get(entry.get("value"), entry.get("value"))
            _moved(notes, ("load_balancer_attributes", place), (name,))
    return {**values, **found}


_ENGINES = {"ACTIVEMQ": "ActiveMQ", "RABBITMQ": "RabbitMQ"}


def _broker(values: Mapping[str, Value], _notes: Notes) -> Mapping[str, Value]:
    """The engine in Terraform's spelling."""
    engine = values.get("engine_type")
    return {**values, "engine_type": _ENGINES.get(engine, engine)} if isinstance(engine, str) else values


def _simple_table(values: Mapping[str, Value], _notes: Notes) -> Mapping[str, Value]:
    """SAM's table is paid by request unless throughput is provisioned."""
    return values if "read_capacity" in values else {**values, "billing_mode": "PAY_PER_REQUEST"}


def _global_table(values: Mapping[str, Value], _notes: Notes) -> Mapping[str, Value]:
    """A global table lists the stack's own region among its replicas; Terraform's only the others."""
    replicas = values.get("replica")
    others = replicas[1:] if isinstance(replicas, list) else replicas
    rest = {key: value for key, value in values.items() if key != "replica"}
    found: dict[str, Value] = {"replica": others} if others is not None and others != [] else {}
    for name, settings, first in (
        ("write_capacity", values.get("write_provisioned_throughput_settings"), "write"),
        ("read_capacity", _first(replicas, "read_provisioned_throughput_settings"), "read"),
    ):
        least = _least(settings, first)
        if least is not None:
            found[name] = least
    return {**rest, **found}


def _first(items: Value, name: str) -> Value:
    return items[0].get(name) if isinstance(items, list) and items and isinstance(items[0], Mapping) else None


def _least(settings: Value, direction: str) -> Value:
    """The capacity a table has at least: what is fixed, else the floor of its scaling."""
    if not isinstance(settings, Mapping):
        return None
    fixed = settings.get(f"{direction}_capacity_units")
    scaling = settings.get(f"{direction}_capacity_auto_scaling_settings")
    return fixed if fixed is not None else scaling.get("min_capacity") if isinstance(scaling, Mapping) else None


_BY_TYPE: Mapping[str, Adapter] = {
    "aws_instance": _instance,
    "aws_launch_configuration": _disks,
    "aws_lb": _balancer,
    "aws_mq_broker": _broker,
}
_BY_TEMPLATE_TYPE: Mapping[str, Adapter] = {
    "AWS::Serverless::SimpleTable": _simple_table,
    "AWS::DynamoDB::GlobalTable": _global_table,
}
_SAID_BY_TYPE: Mapping[str, Mapping[str, Value]] = {
    "AWS::Serverless::HttpApi": {"protocol_type": "HTTP"},
    "AWS::Serverless::WebSocketApi": {"protocol_type": "WEBSOCKET"},
    "AWS::DirectoryService::MicrosoftAD": {"type": "MicrosoftAD"},
    "AWS::DirectoryService::SimpleAD": {"type": "SimpleAD"},
}
"""What the type says that Terraform writes as an argument."""
