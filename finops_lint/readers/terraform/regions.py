"""Which region a resource runs in, by its own attributes and what its provider says: of source, a plan or a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from finops_lint.catalog.regions import aws_region, azure_region, google_region
from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource, without_index
from finops_lint.model.values import Partial, Unknown

Region: TypeAlias = str | Unknown | None
"""A region's name, why it is not known, or None where the text names none."""
Setting: TypeAlias = Callable[[str], Region]
"""A provider's argument, `region` or `zone`, as a region."""


def region_of(cloud: str, values: Mapping[str, Any], setting: Setting) -> Region:
    """The region of a resource with these attributes; what is not known is no answer where another attribute is one."""
    find = _FINDERS.get(cloud)
    return find(values, setting) if find else None


def text_of(value: Any) -> Region:
    """A text, or why it is not known; None for anything else."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, Partial):
        return value.rest
    return value if isinstance(value, Unknown) else None


def _aws(values: Mapping[str, Any], setting: Setting) -> Region:
    own = text_of(values.get("region"))
    if isinstance(own, str):
        return own
    zone = aws_region(values.get("availability_zone"))
    if zone:
        return zone
    return setting("region") if own is None else own


def _google(values: Mapping[str, Any], setting: Setting) -> Region:
    unknown: Unknown | None = None
    for name in _GOOGLE_PLACES:
        found = text_of(values.get(name))
        if isinstance(found, str):
            return google_region(found)
        unknown = found if unknown is None else unknown
    if unknown is not None:
        return unknown
    for name in ("region", "zone"):
        configured = setting(name)
        if configured is not None:
            return google_region(configured) if isinstance(configured, str) else configured
    return None


def with_parents(resources: list[Resource]) -> list[Resource]:
    """The resources, those of Google that lie where another one does with its region instead of the provider's."""
    children = [number for number, resource in enumerate(resources) if _has_parent(resource)]
    if not children:
        return resources
    found = list(resources)
    places = {r.address: r.region for r in resources}
    for address in list(places):
        places.setdefault(without_index(address), places[address])
    for number in sorted(children, key=lambda number: _DEPTHS[resources[number].type]):
        region = _region_of_parent(found[number], places)
        if region is not None and region != found[number].region:
            found[number] = replace(found[number], region=region)
            places[found[number].address] = places[without_index(found[number].address)] = region
    return found


def _has_parent(resource: Resource) -> bool:
    return resource.type in _PARENTS and all(text_of(resource.values.get(name)) is None for name in _GOOGLE_PLACES)


def _region_of_parent(resource: Resource, places: Mapping[str, Region]) -> Region:
    name = _PARENTS[resource.type]
    written = resource.values.get(name)
    if isinstance(written, str) and (place := _PLACE_IN_ID.search(written)):
        return google_region(place[1])
    targets: Sequence[str] = [edge.target for edge in resource.references if edge.path[:1] == (name,)]
    return next((places[target] for target in targets if places.get(target) is not None), None)


_PLACE_IN_ID = regex(r"(?:^|/)(?:locations|regions|zones)/([a-z][a-z0-9-]*)/")
"""The place in the id of a resource of Google: `projects/p/locations/europe-west4/clusters/c`."""
_GOOGLE_PLACES = ("zone", "region", "location")
"""Attributes that name a place, the most exact first."""
_PARENTS: Mapping[str, str] = {
    "google_alloydb_instance": "cluster",
    "google_bigquery_table": "dataset_id",
    "google_container_node_pool": "cluster",
    "google_kms_crypto_key": "key_ring",
    "google_kms_crypto_key_version": "crypto_key",
    "google_vertex_ai_index_endpoint_deployed_index": "index_endpoint",
}
"""Types of Google that lie where what they belong to lies → the attribute that names it (provider documentation)."""
_DEPTHS: Mapping[str, int] = {kind: int(kind == "google_kms_crypto_key_version") for kind in _PARENTS}
"""Their order: a parent that has one itself comes first."""


def _azure(values: Mapping[str, Any], _: Setting) -> Region:
    found = text_of(values.get("location"))
    return azure_region(found) if isinstance(found, str) else found


_FINDERS: Mapping[str, Callable[[Mapping[str, Any], Setting], Region]] = {
    "aws": _aws,
    "google": _google,
    "azure": _azure,
}
