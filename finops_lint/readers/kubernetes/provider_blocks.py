"""Terraform's own types for cluster objects (`kubernetes_deployment`, …) → the same resources as their manifests.

The provider writes an object as a list of one block, a list as repeated blocks with a singular name, and names in
snake case; maps of free keys are attributes. Names: the provider's schemas (hashicorp/terraform-provider-kubernetes,
read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.template_words import camel
from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource, Tags
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value, get

_KINDS: Mapping[str, str] = {
    "cron_job": "batch/CronJob",
    "daemon_set": "apps/DaemonSet",
    "daemonset": "apps/DaemonSet",
    "deployment": "apps/Deployment",
    "horizontal_pod_autoscaler": "autoscaling/HorizontalPodAutoscaler",
    "ingress": "networking.k8s.io/Ingress",
    "job": "batch/Job",
    "limit_range": "core/LimitRange",
    "namespace": "core/Namespace",
    "persistent_volume_claim": "core/PersistentVolumeClaim",
    "pod": "core/Pod",
    "replication_controller": "core/ReplicationController",
    "service": "core/Service",
    "stateful_set": "apps/StatefulSet",
    "storage_class": "storage.k8s.io/StorageClass",
}
"""The type without `kubernetes_` and its version → canonical type."""
_TYPE = regex(r"kubernetes_([a-z_]+?)(?:_v\d+(?:(?:alpha|beta)\d+)?)?")
_LISTS: Mapping[str, str] = {
    "container": "containers",
    "env": "env",
    "env_from": "envFrom",
    "host_aliases": "hostAliases",
    "image_pull_secrets": "imagePullSecrets",
    "init_container": "initContainers",
    "limit": "limits",
    "match_expressions": "matchExpressions",
    "match_fields": "matchFields",
    "metric": "metrics",
    "node_selector_term": "nodeSelectorTerms",
    "path": "paths",
    "port": "ports",
    "preferred_during_scheduling_ignored_during_execution": "preferredDuringSchedulingIgnoredDuringExecution",
    "rule": "rules",
    "toleration": "tolerations",
    "topology_spread_constraint": "topologySpreadConstraints",
    "volume": "volumes",
    "volume_claim_template": "volumeClaimTemplates",
    "volume_mount": "volumeMounts",
}
"""Blocks that stand for a list → what a manifest calls it. Any other block stands for an object."""
_NAMES: Mapping[str, str] = {
    "cluster_ip": "clusterIP",
    "storage_provisioner": "provisioner",
    "timezone": "timeZone",
}
"""Attributes whose names differ by more than their case."""
_OWN = ("id", "status", "timeouts")
"""What the provider adds to an object."""


def kind_of(type_name: str) -> str:
    """The canonical type of the object a Terraform type declares; empty for any other."""
    match = _TYPE.fullmatch(type_name)
    return _KINDS.get(match[1], "") if match else ""


def as_object(resource: Resource) -> Resource:
    """The resource as its manifest would be read; address and places stay. Its type must have a `kind_of`."""
    ways: dict[Path, Path] = {}
    written = {name: value for name, value in resource.values.items() if name not in _OWN}
    values = _object(written, (), (), ways)
    labels, name = get(values, ("metadata", "labels")), get(values, ("metadata", "name"))
    labels = labels if isinstance(labels, (Mapping, Partial, Unknown)) else {}
    secret = {new for new, old in ways.items() if resource.is_sensitive(old)} if resource.sensitive else ()
    return replace(
        resource,
        type=kind_of(resource.type),
        provider="kubernetes",
        name=name if isinstance(name, str) else resource.name,
        region=None,
        values=values,
        positions=Places(ways, resource.positions),
        sensitive=frozenset(secret),
        tags=Tags(own=labels, effective=labels, path=("metadata", "labels")),
    )


class Places(Mapping[Path, Span]):
    """Where each value of a manifest's shape is written in the block."""

    __slots__ = ("_places", "_ways")

    def __init__(self, ways: Mapping[Path, Path], places: Mapping[Path, Span]) -> None:
        self._ways = ways
        self._places = places

    def __getitem__(self, path: Path) -> Span:
        return self._places[self._ways[path]]

    def __iter__(self) -> Iterator[Path]:
        return (new for new, old in self._ways.items() if old in self._places)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _object(block: Mapping[str, Value], new: Path, old: Path, ways: dict[Path, Path]) -> dict[str, Any]:
    """A block's attributes and blocks under the names of a manifest; notes in `ways` where each came from."""
    found: dict[str, Any] = {}
    for name, value in block.items():
        blocks = _blocks(value)
        title = _LISTS[name] if name in _LISTS and (blocks is not None or isinstance(value, Unknown)) else _title(name)
        here, there = (*new, title), (*old, name)
        ways[here] = there
        if blocks is None:
            _note(value, here, there, ways)
            found[title] = value
        elif title in _LISTS.values():
            entries = tuple(_entry(entry, (*here, n), (*there, n), ways) for n, entry in enumerate(blocks))
            found[title] = Partial(entries, value.rest) if isinstance(value, Partial) else list(entries)
        elif blocks:
            found[title] = _entry(blocks[0], here, (*there, 0), ways)
        elif isinstance(value, Partial):
            found[title] = value.rest
    return found


def _entry(entry: Value, new: Path, old: Path, ways: dict[Path, Path]) -> Value:
    ways[new] = old
    if isinstance(entry, Partial) and isinstance(entry.known, Mapping):
        return Partial(_object(entry.known, new, old, ways), entry.rest)
    return _object(entry, new, old, ways) if isinstance(entry, Mapping) else entry


def _blocks(value: Value) -> list[Value] | tuple[Value, ...] | None:
    """The blocks where the value is made of blocks; None for an attribute."""
    entries = value.known if isinstance(value, Partial) else value
    if not isinstance(entries, (list, tuple)):
        return None
    are_blocks = all(isinstance(e, (Mapping, Unknown, Partial)) for e in entries)
    return entries if are_blocks and (entries or isinstance(value, Partial)) else None


def _title(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    return camel(name)


def _note(value: Value, new: Path, old: Path, ways: dict[Path, Path]) -> None:
    """An attribute keeps its inner shape: the entries of a map or list are where they were."""
    known = value.known if isinstance(value, Partial) else value
    entries = known.items() if isinstance(known, Mapping) else enumerate(known) if isinstance(known, list) else ()
    for step, entry in entries:
        ways[(*new, step)] = (*old, step)
        _note(entry, (*new, step), (*old, step), ways)
