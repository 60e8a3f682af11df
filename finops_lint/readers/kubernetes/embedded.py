"""Cluster objects inside Terraform, as manifests or as blocks → the same resources under their own kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from finops_lint.catalog.kubernetes.kinds import Kinds, is_kubernetes
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource, Tags
from finops_lint.model.values import Partial, Unknown, Value, get
from finops_lint.readers.kubernetes.edges import connected
from finops_lint.readers.kubernetes.objects import LEFT_OUT, group_kind, value_of
from finops_lint.readers.kubernetes.provider_blocks import as_object, kind_of
from finops_lint.readers.yaml_nodes import read_yaml

TYPES = ("kubernetes_manifest", "kubectl_manifest")
_MOST_CHARACTERS = 1_000_000


def with_objects(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The resources, those that declare cluster objects as these, joined by name; their addresses and places stay."""
    read = [_as_declared(r) if r.type in TYPES else as_object(r) if kind_of(r.type) else r for r in resources]
    joined = iter(connected([r for r in read if is_kubernetes(r.type)], Kinds()))
    return tuple(next(joined) if is_kubernetes(r.type) else r for r in read)


def _as_declared(resource: Resource) -> Resource:
    found = next(_objects(resource), None)
    version, kind = (get(found, (name,)) for name in ("apiVersion", "kind")) if found is not None else (None, None)
    if found is None or not isinstance(version, str) or not isinstance(kind, str):
        return resource
    name, labels = get(found, ("metadata", "name")), get(found, ("metadata", "labels"))
    labels = labels if isinstance(labels, (Mapping, Partial, Unknown)) else {}
    type_name = group_kind(version, kind)
    values: Value = found.known if isinstance(found, Partial) else found
    return replace(
        resource,
        type=type_name,
        provider="kubernetes",
        name=name if isinstance(name, str) else resource.name,
        region=None,
        values={k: v for k, v in values.items() if k not in LEFT_OUT.get(type_name, ())},
        tags=Tags(own=labels, effective=labels, path=("metadata", "labels")),
    )


def _objects(resource: Resource) -> Iterator[Value]:
    """The object a resource declares, where the text tells it; what is secret is left alone."""
    if resource.sensitive:
        return
    manifest, text = resource.values.get("manifest"), resource.values.get("yaml_body")
    if isinstance(manifest, (Mapping, Partial)) and isinstance(getattr(manifest, "known", manifest), Mapping):
        yield manifest
    elif isinstance(text, str) and len(text) <= _MOST_CHARACTERS:
        for document in read_yaml(text):
            if document.root is not None and document.root.is_map:
                yield value_of(document.root)
