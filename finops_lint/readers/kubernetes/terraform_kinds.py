"""Objects of Config Connector and Crossplane, whose kinds are Terraform's types → what they declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.catalog.kubernetes.controllers import Controller
from finops_lint.catalog.kubernetes.fields import as_map, text
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.readers.kubernetes.declared import Declared
from finops_lint.readers.kubernetes.fields import Fields

_CONNECTOR = "cnrm.cloud.google.com/"
_ZONE = regex(r"[a-z]+-[a-z]+\d+-[a-z]")
_PLACES = {"zonal": "zone", "regional": "region", "global": ""}
"""Where a kind may lie → the argument that says where, for those whose objects only have a `location`."""


def of_terraform(resource: Resource, controller: Controller) -> Declared | None:
    """What an object declares whose kind is made of a Terraform type; None where it is not known as which."""
    group, _, kind = resource.type.partition("/")
    is_connector = bool(controller.says.get("only"))
    way: Path = ("spec",) if is_connector else ("spec", "forProvider")
    spec = resource.value(*way)
    if not isinstance(spec, Mapping):
        return None
    if not is_connector:
        spec = _merged(as_map(resource.value("spec", "initProvider")), spec)
    kinds = controller.type_of(group, kind)
    type_name = kinds if isinstance(kinds, str) else _chosen(kinds, spec)
    if not type_name:
        return None
    if not isinstance(kinds, str):
        spec = _placed(kinds, type_name, spec)
    fields = Fields(controller, type_name)
    values = fields.arguments(spec, (), way)
    _settle(values, resource, fields)
    return Declared(
        type_name,
        values,
        fields.ways,
        tuple(fields.mentions),
        labels=_labels(resource, controller, type_name) if is_connector else None,
        takes_tags=type_name not in controller.says.get("unlabelled", ()),
    )


def _labels(resource: Resource, controller: Controller, type_name: str) -> Mapping[str, Value] | Unknown | None:
    """An object's labels, which Config Connector hands on: those whose keys Google's labels may have."""
    labels = resource.tags.effective
    if type_name in controller.says["own_labels"] or not isinstance(labels, (Mapping, Unknown)):
        return None
    return labels if isinstance(labels, Unknown) else {key: value for key, value in labels.items() if "/" not in key}


def _merged(first: Mapping[str, Value], over: Mapping[str, Value]) -> Mapping[str, Value]:
    """Crossplane's `initProvider` counts where `forProvider` says nothing."""
    found = {**first, **over}
    for key in first.keys() & over.keys():
        one, two = first[key], over[key]
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            found[key] = _merged(one, two)
        elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two) == 1:
            inner = one[0], two[0]
            found[key] = [_merged(*inner)] if all(isinstance(i, Mapping) for i in inner) else two
    return found


def _chosen(kinds: Mapping[str, str], spec: Mapping[str, Value]) -> str:
    """The type of a kind that stands for several: by a field that is there, or by where it lies."""
    for name, type_name in kinds.items():
        if name in spec:
            return type_name
    if "otherwise" in kinds:
        return kinds["otherwise"]
    place = spec.get("location")
    if place is None or isinstance(place, Unknown):
        return next(iter(kinds.values()))
    sort = "global" if place == "global" else "zonal" if _ZONE.fullmatch(text(place)) else "regional"
    return kinds.get(sort, "")


def _placed(kinds: Mapping[str, str], type_name: str, spec: Mapping[str, Value]) -> Mapping[str, Value]:
    """The fields with the place under the name that the chosen type has for it."""
    sort = next((sort for sort, name in kinds.items() if name == type_name), "")
    if sort not in _PLACES or "location" not in spec:
        return spec
    rest = {key: value for key, value in spec.items() if key != "location"}
    return {**rest, _PLACES[sort]: spec["location"]} if _PLACES[sort] else rest


def _settle(values: dict[str, Any], resource: Resource, fields: Fields) -> None:
    """Add the arguments that an object says outside its fields: its name, and what Config Connector has annotated."""
    annotations = as_map(resource.value("metadata", "annotations"))
    said = (values.pop("resource_id", None), annotations.get("crossplane.io/external-name"))
    called = next((name for name in said if name is not None), resource.name)
    attribute = str(fields.controller.table("names").get(fields.type, "name"))
    if not isinstance(called, str) or not called.endswith(("*", ")")):
        values.setdefault(attribute, called)
        fields.ways.setdefault((attribute,), ("metadata", "name"))
    for name in fields.controller.says.get("switches", ()):
        annotation = _CONNECTOR + name.replace("_", "-")
        value = text(annotations.get(annotation)).lower()
        if value in ("true", "false"):
            values[name] = value == "true"
            fields.ways[(name,)] = ("metadata", "annotations", annotation)
