"""Objects that declare a cloud's resources, for a controller to make → these resources under their canonical types.

Config Connector's and Crossplane's kinds are Terraform's types with other names. Address and places stay those of the
object. What is only looked at, not made, is left out; what cannot be converted is told, one notice a kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.kubernetes.controllers import Controller, controller_of, declares_a_cloud
from finops_lint.catalog.kubernetes.fields import as_map, text
from finops_lint.catalog.regions import canonical_region
from finops_lint.catalog.sheet_model import cloud_of
from finops_lint.catalog.taggable import Taggable
from finops_lint.catalog.template_words import snake
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference, Resource, Tags
from finops_lint.model.values import Path, Unknown, Value, get, set_in
from finops_lint.readers.kubernetes.fields import Fields, Mention
from finops_lint.readers.kubernetes.provider_blocks import Places
from finops_lint.readers.terraform.regions import region_of

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets

IGNORED = ("metadata", "annotations", "finops-lint.io/ignore")
"""Where an object says which rules leave it alone."""
_CONNECTOR = "cnrm.cloud.google.com/"
_ZONE = regex(r"[a-z]+-[a-z]+\d+-[a-z]")
_PLACES = {"zonal": "zone", "regional": "region", "global": ""}
"""Where a kind may lie → the argument that says where, for those whose objects only have a `location`."""


@record(slots=True)
class _Made:
    """A resource that an object declares."""

    resource: Resource
    group: str
    kind: str
    labels: Mapping[str, Value]
    mentions: Sequence[Mention] = ()


@record(slots=True)
class _Reading:
    """What has been made so far."""

    sheets: Sheets
    taggable: Taggable
    made: list[_Made | Resource] = field(default_factory=list)
    """In the order of the objects, with what stays as it is."""
    left: dict[str, list[Resource]] = field(default_factory=dict)
    """Type → the objects of it that cannot be converted."""


def with_clouds(
    resources: Sequence[Resource], sheets: Sheets, taggable: Taggable
) -> tuple[Sequence[Resource], tuple[Problem, ...]]:
    """The resources, those that declare a cloud's as these, joined by the names in them; and what is not covered."""
    if not any(declares_a_cloud(r.type) for r in resources):
        return resources, ()
    reading = _Reading(sheets, taggable)
    for resource in resources:
        if declares_a_cloud(resource.type):
            reading.made += _made(resource, reading)
        else:
            reading.made.append(resource)
    notices = tuple(_not_covered(kind, found) for kind, found in reading.left.items())
    return tuple(_in_place(_all_joined(reading.made))), notices


def _all_joined(made: Sequence[_Made | Resource]) -> Iterator[Resource]:
    """All resources, in their order, with the edges that the names in them make."""
    known: dict[str, list[_Made]] = {}
    for one in made:
        if isinstance(one, _Made):
            known.setdefault(one.resource.name, []).append(one)
    yield from (_joined(one, known) if isinstance(one, _Made) else one for one in made)


def _in_place(resources: Iterable[Resource]) -> Iterator[Resource]:
    """The resources, those without a region of their own in that of what they refer to."""
    found = tuple(resources)
    places = {r.address: r.region for r in found if "renamed" in r.metadata and r.region is not None}
    for resource in found:
        if resource.region is None and "renamed" in resource.metadata:
            named = (places[edge.target] for edge in resource.references if edge.target in places)
            resource = replace(resource, region=next(named, None))
        yield resource


def _not_covered(kind: str, found: Sequence[Resource]) -> Problem:
    group, _, name = kind.partition("/")
    more = f" and {len(found) - 1:,} more are" if len(found) > 1 else " is"
    message = f"{name} of {group} is not covered: {found[0].address}{more} neither priced nor checked"
    return Problem(Level.NOTICE, "kind-not-covered", message, found[0].span)


def _made(resource: Resource, reading: _Reading) -> Iterator[_Made | Resource]:
    controller = controller_of(resource.type)
    if controller is not None and _is_only_looked_at(resource):
        return
    found = _of_terraform(resource, controller, reading) if controller is not None else None
    if found is None and reading.sheets.free(resource.type):
        yield resource
    elif found is None:
        reading.left.setdefault(resource.type, []).append(resource)
        yield resource
    else:
        yield found


def _is_only_looked_at(resource: Resource) -> bool:
    """Whether somebody else makes it: Crossplane's `managementPolicies` without `Create`."""
    policies = resource.value("spec", "managementPolicies")
    return isinstance(policies, list) and bool(policies) and not {"*", "Create"} & {text(p) for p in policies}


def _of_terraform(resource: Resource, controller: Controller, reading: _Reading) -> _Made | None:
    """The resource of a kind that is made of a Terraform type; None where it is not known as which."""
    group, _, kind = resource.type.partition("/")
    way: Path = ("spec",) if controller.says.get("only") else ("spec", "forProvider")
    spec = resource.value(*way)
    if not isinstance(spec, Mapping):
        return None
    if len(way) > 1:
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
    return _Made(
        _resource(resource, values, fields, reading),
        group,
        kind,
        as_map(resource.value("metadata", "labels")),
        fields.mentions,
    )


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
    called = values.pop("resource_id", None) or annotations.get("crossplane.io/external-name") or resource.name
    attribute = str(fields.controller.table("names").get(fields.type, "name"))
    if not isinstance(called, str) or not called.endswith(("*", ")")):
        values.setdefault(attribute, called)
        fields.ways.setdefault((attribute,), ("metadata", "name"))
    for name in fields.controller.says.get("switches", ()):
        annotation = _CONNECTOR + name.replace("_", "-")
        said = text(annotations.get(annotation)).lower()
        if said in ("true", "false"):
            values[name] = said == "true"
            fields.ways[(name,)] = ("metadata", "annotations", annotation)


def _resource(resource: Resource, values: Mapping[str, Value], fields: Fields, reading: _Reading) -> Resource:
    """The object as a resource of a cloud."""
    kind = reading.sheets.canonical_type(fields.type)
    cloud = cloud_of(fields.type)
    values = reading.sheets.shape(kind, values)
    path = reading.taggable.attribute(kind)
    values, tags = _tagged(
        resource, values, None if kind in fields.controller.says.get("unlabelled", ()) else path, fields
    )
    region = region_of(cloud, values, lambda _: None)
    return replace(
        resource,
        type=kind,
        provider=cloud,
        region=canonical_region(cloud, region) if isinstance(region, str) else region,
        values=values,
        positions=Places(fields.ways | {IGNORED: IGNORED}, resource.positions),
        tags=tags,
        metadata={**resource.metadata, "renamed": resource.type, "annotation": resource.value(*IGNORED)},
    )


def _tagged(
    resource: Resource, values: Mapping[str, Value], path: Path | None, fields: Fields
) -> tuple[Mapping[str, Value], Tags]:
    """The tags in its fields; Config Connector takes an object's labels, those whose keys Google's labels may have."""
    if path is None:
        return values, Tags()
    own = get(values, path)
    says = fields.controller.says
    if own is None and says.get("only") and fields.type not in says["own_labels"]:
        labels = resource.tags.effective
        if isinstance(labels, Mapping):
            labels = {key: value for key, value in labels.items() if "/" not in key}
        if labels != {}:
            own, values = labels, set_in(values, path, labels)
            fields.ways[path] = ("metadata", "labels")
            fields.ways.update({(*path, key): ("metadata", "labels", key) for key in as_map(labels)})
    own = {} if own is None else own
    return values, Tags(own=own, effective=own, path=path)


def _joined(made: _Made, known: Mapping[str, Sequence[_Made]]) -> Resource:
    """The resource with edges to those of the same cloud that its fields name; `known` has all by name."""
    edges = []
    for mention in made.mentions:
        named = chain.from_iterable(known.values()) if mention.labels else known.get(mention.name, ())
        targets = [m for m in named if m is not made and _may_be(mention, made, m)]
        if not mention.labels and len({m.kind for m in targets}) > 1:
            targets = [m for m in targets if m.group == made.group]
        if mention.labels or len(targets) == 1:
            edges += [Reference(mention.path, m.resource.address) for m in targets]
    return replace(made.resource, references=tuple(edges)) if edges else made.resource


def _may_be(mention: Mention, source: _Made, target: _Made) -> bool:
    """Whether an object of the name is what a field means: by its kind, and by labels where these choose."""
    if target.resource.provider != source.resource.provider:
        return False
    if any(target.labels.get(key) != value for key, value in mention.labels.items()):
        return False
    if mention.kind:
        return mention.kind == target.kind
    return _speaks_of(mention.path, target.kind)


def _speaks_of(path: Path, kind: str) -> bool:
    """Whether an argument's name is a word for a kind: `cluster_name` for Cluster, `disk` for ComputeDisk."""
    name = next(step for step in reversed(path) if isinstance(step, str))
    stem = re.sub(r"_(ids?|names?|arns?|self_link)$", "", name).replace("_", "").rstrip("s")
    words = snake(kind).split("_")
    whole = "".join(words)
    return bool(stem) and (stem in whole or whole in stem or words[-1] in stem)
