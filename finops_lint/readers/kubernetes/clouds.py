"""Objects that declare a cloud's resources, for a controller to make → these resources under their canonical types.

Config Connector's and Crossplane's kinds are Terraform's types with other names. Address and places stay those of the
object. What is only looked at, not made, is left out; what cannot be converted is told, one notice a kind.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.controllers import Controller, controller_of, declares_a_cloud
from finops_lint.catalog.kubernetes.fields import as_map, text
from finops_lint.catalog.kubernetes.kinds import namespace_of
from finops_lint.catalog.regions import canonical_region
from finops_lint.catalog.sheet_model import cloud_of
from finops_lint.catalog.taggable import Taggable
from finops_lint.catalog.template_words import snake
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Reference, Resource, Tags
from finops_lint.model.values import Path, Unknown, Value, get, set_in
from finops_lint.readers.kubernetes.declared import Declared, Mention, names_in
from finops_lint.readers.kubernetes.provider_blocks import Places
from finops_lint.readers.kubernetes.terraform_kinds import of_terraform
from finops_lint.readers.terraform.regions import Region, region_of, text_of

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets

IGNORED = ("metadata", "annotations", "finops-lint.io/ignore")
"""Where an object says which rules leave it alone."""
_REGION = "services.k8s.aws/default-region"


_ALSO: Mapping[str, tuple[str, ...]] = {
    "allocation": ("EIP", "ElasticIPAddress"),
    "ip": ("Address", "ComputeAddress", "GlobalAddress", "PublicIP"),
    "loadbalancer": ("ELB", "LB"),
    "replicatesourcedb": ("Instance",),
}
"""How arguments end that name objects of kinds with other words."""
_ANY = frozenset({"resource", "target", "targetresource", "targetresources"})
"""What arguments are called that name objects of any kind."""


_MOST = 50
"""Objects of one sort with the same name or label that are looked at: more of them tell nothing."""


@record(slots=True)
class _Made:
    """A resource that an object declares."""

    resource: Resource
    group: str
    kind: str
    labels: Mapping[str, Value]
    mentions: Sequence[Mention] = ()
    is_part: bool = False
    """Whether it is a part of what an object declares, which nobody names."""


@record(slots=True)
class _Reading:
    """What has been made so far."""

    sheets: Sheets
    taggable: Taggable
    made: list[_Made | Resource] = field(default_factory=list)
    """In the order of the objects, with what stays as it is."""
    regions: Mapping[str, Value] = field(default_factory=dict)
    """Namespace → the region of what Amazon's controllers make of its objects."""
    left: dict[str, list[Resource]] = field(default_factory=dict)
    """Type → the objects of it that cannot be converted."""


@record(frozen=True, slots=True)
class Clouds:
    """A project's resources with those of clouds that its objects declare."""

    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...]
    """What is not covered, one notice a kind."""
    in_use: frozenset[str]
    """Addresses of what is used in ways that Terraform's resources do not show."""


def with_clouds(resources: Sequence[Resource], sheets: Sheets, taggable: Taggable) -> Clouds:
    """The resources, those that declare a cloud's as these, joined by the names in them; and what is not covered."""
    regions = {r.name: r.value("metadata", "annotations", _REGION) for r in resources if r.type == "core/Namespace"}
    reading = _Reading(sheets, taggable, regions=regions)
    composed = {kind for resource in resources for kind in _composed(resource)}
    for resource in resources:
        if resource.type in composed:
            reading.left.setdefault(resource.type, []).append(resource)
            reading.made.append(resource)
        elif declares_a_cloud(resource.type):
            reading.made += _made(resource, reading)
        else:
            reading.made.append(resource)
    notices = tuple(_not_covered(kind, found) for kind, found in reading.left.items())
    known = _Known(reading.made)
    joined = (_joined(one, known) if isinstance(one, _Made) else one for one in reading.made)
    return Clouds(tuple(_in_place(joined)), notices, frozenset(_in_use(reading, known)))


_Sort = tuple[str, str, str]
"""Cloud, group and kind."""
_Key = str | tuple[str, str]
"""A name, or a label and its value."""


def _composed(resource: Resource) -> Iterator[str]:
    """The kinds that a definition of Crossplane's lets people claim, and that a composition makes resources of."""
    if resource.type == "apiextensions.crossplane.io/CompositeResourceDefinition":
        group = text(resource.value("spec", "group"))
        for names in ("names", "claimNames"):
            yield f"{group}/{text(resource.value('spec', names, 'kind'))}"


class _Known:
    """What was made, to be found by the name of its object, by its own, or by labels; what is near comes first."""

    def __init__(self, made: Iterable[_Made | Resource]) -> None:
        self._found: dict[tuple[str, _Key], dict[_Sort, list[_Made]]] = {}
        for one in made:
            if isinstance(one, _Made) and not one.is_part:
                keys: set[_Key] = {one.resource.name, text(one.resource.values.get("name"))}
                keys |= {(label, text(value)) for label, value in one.labels.items()}
                for key in keys:
                    for place in _places(one):
                        sorts = self._found.setdefault((place, key), {})
                        sorts.setdefault((one.resource.provider, one.group, one.kind), []).append(one)

    def near(self, one: _Made, key: _Key) -> Iterator[Mapping[_Sort, Sequence[_Made]]]:
        """Those of that name or label by their sorts: in the file of `one`, in its folder, and everywhere."""
        return (found for place in _places(one) if (found := self._found.get((place, key))) is not None)

    def named(self, name: str) -> Iterator[_Made]:
        """All of that name, whatever their sort."""
        return chain.from_iterable(self._found.get(("", name), {}).values())


def _places(one: _Made) -> tuple[str, str, str]:
    file = one.resource.span.file
    return (file, f"{os.path.dirname(file)}{os.sep}", "")


def _in_use(reading: _Reading, known: _Known) -> Iterator[str]:
    """What objects that are not covered name, and what Azure's say where azurerm has a resource between the two."""
    for left in reading.left.values():
        for name in chain.from_iterable(names_in(resource.values) for resource in left):
            yield from (m.resource.address for m in known.named(name))
    for one in reading.made:
        if isinstance(one, _Made) and one.resource.provider == "azure":
            for mention in one.mentions:
                if mention.uses:
                    yield from (m.resource.address for m in _targets(mention, one, known))


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
    """What an object declares; itself where that is not known."""
    controller = controller_of(resource.type)
    if controller is not None and is_only_looked_at(resource):
        return
    found = tuple(_declared(resource, controller, reading)) if controller is not None else ()
    group, _, kind = resource.type.partition("/")
    for declared in found:
        made = _resource(resource, declared, reading)
        yield _Made(
            made, group, kind, as_map(resource.value("metadata", "labels")), declared.mentions, bool(declared.part)
        )
    if not found:
        if not (reading.sheets.free(resource.type) or (controller and controller.leaves(resource.type))):
            reading.left.setdefault(resource.type, []).append(resource)
        yield resource


def _declared(resource: Resource, controller: Controller, reading: _Reading) -> Iterator[Declared]:
    if controller.name == "ack":
        from finops_lint.readers.kubernetes.requests import of_amazon

        yield from of_amazon(resource, controller, reading.sheets)
        return
    if controller.name == "aso":
        from finops_lint.readers.kubernetes.azure_kinds import of_azure

        yield from of_azure(resource, controller)
        return
    found = of_terraform(resource, controller)
    if found is not None:
        yield found


def is_only_looked_at(resource: Resource) -> bool:
    """Whether somebody else makes it: Crossplane's `managementPolicies` without `Create`, or an annotation says so."""
    policies = resource.value("spec", "managementPolicies")
    if isinstance(policies, list) and policies and not {"*", "Create"} & {text(policy) for policy in policies}:
        return True
    annotations = as_map(resource.value("metadata", "annotations"))
    skipped = text(annotations.get("serviceoperator.azure.com/reconcile-policy")) == "skip"
    return skipped or text(annotations.get("services.k8s.aws/read-only")) == "true"


def _resource(resource: Resource, declared: Declared, reading: _Reading) -> Resource:
    """The object as a resource of a cloud."""
    kind = reading.sheets.canonical_type(declared.type)
    cloud = cloud_of(declared.type)
    ways = {**declared.ways, IGNORED: IGNORED}
    path = reading.taggable.attribute(kind) if declared.takes_tags and not declared.part else None
    values = reading.sheets.shape(kind, declared.values)
    values, tags = _tagged(declared, values, path, ways)
    references: tuple[Reference, ...] = ()
    if declared.owner:
        values = {**values, declared.owner: Unknown("known when it is made", (resource.address,))}
        references = (Reference((declared.owner,), resource.address),)
    return replace(
        resource,
        address=f"{resource.address}/{declared.part}" if declared.part else resource.address,
        type=kind,
        provider=cloud,
        region=_region(resource, cloud, values, reading),
        values=values,
        positions=Places(ways, resource.positions),
        tags=tags,
        references=references,
        metadata={**resource.metadata, "renamed": resource.type, "annotation": resource.value(*IGNORED)},
    )


def _tagged(
    declared: Declared, values: Mapping[str, Value], path: Path | None, ways: dict[Path, Path]
) -> tuple[Mapping[str, Value], Tags]:
    """The tags in its fields, else those it gets of the object's labels."""
    if path is None:
        return values, Tags()
    own = get(values, path)
    if own is None and declared.labels is not None and declared.labels != {}:
        own, values = declared.labels, set_in(values, path, declared.labels)
        ways[path] = ("metadata", "labels")
        ways.update({(*path, key): ("metadata", "labels", key) for key in as_map(own)})
    own = {} if own is None else own
    return values, Tags(own=own, effective=own, path=path)


def _region(resource: Resource, cloud: str, values: Mapping[str, Value], reading: _Reading) -> Region:
    """Where it lies: by its fields, else by what Amazon's controllers are told of it or of its namespace."""
    found = region_of(cloud, values, lambda _: None)
    if found is None and cloud == "aws":
        said = as_map(resource.value("metadata", "annotations")).get("services.k8s.aws/region")
        found = text_of(reading.regions.get(namespace_of(resource)) if said is None else said)
    return canonical_region(cloud, found) if isinstance(found, str) else found


def _joined(made: _Made, known: _Known) -> Resource:
    """The resource with edges to those of the same cloud that its fields name; `known` has all by name."""
    edges = (Reference(m.path, t.resource.address) for m in made.mentions for t in _targets(m, made, known))
    references = (*made.resource.references, *edges)
    return replace(made.resource, references=references) if references else made.resource


def _targets(mention: Mention, made: _Made, known: _Known) -> list[_Made]:
    """What a field of `made` means: what the labels choose, or the one that has the name, the nearest in both cases."""
    key = next(((name, text(value)) for name, value in mention.labels.items()), None) or mention.name
    for found in known.near(made, key):
        sorts = [sort for sort in found if sort[0] == made.resource.provider and _is_meant(mention, sort[2])]
        if len({kind for *_, kind in sorts}) > 1 and not mention.labels:
            sorts = [sort for sort in sorts if sort[1] == made.group]
        targets = [m for sort in sorts for m in islice(found[sort], _MOST) if m is not made and _has_labels(m, mention)]
        if targets:
            space = namespace_of(made.resource)
            targets = [m for m in targets if namespace_of(m.resource) == space] or targets
            return targets if mention.labels or len(targets) == 1 else []
    return []


def _is_meant(mention: Mention, kind: str) -> bool:
    return mention.kind == kind if mention.kind else _speaks_of(_word(mention), kind)


def _has_labels(target: _Made, mention: Mention) -> bool:
    return all(target.labels.get(key) == value for key, value in mention.labels.items())


def _word(mention: Mention) -> str:
    """What a field calls what it names."""
    names = [step for step in mention.path if isinstance(step, str)]
    return mention.word or "_".join(names[-2:] if names[-1] in ("id", "name", "arn") else names[-1:])


@lru_cache(maxsize=10_000)
def _speaks_of(name: str, kind: str) -> bool:
    """Whether an argument's name is a word for a kind: `cluster_name` for Cluster, `disk` for ComputeDisk."""
    stem = re.sub(r"_(ids?|names?|arns?|self_link)$", "", name).replace("_", "").rstrip("s")
    words = snake(kind).split("_")
    whole = "".join(words)
    is_other = any(stem.endswith(end) and kind in kinds for end, kinds in _ALSO.items())
    return bool(stem) and (stem in whole or whole in stem or words[-1] in stem or is_other or stem in _ANY)
