"""One object of a plan or a state to a Resource: canonical type and shape, region, tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference, Resource, Tags, without_index
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Unknown, Value, get
from finops_lint.readers.converted import Converted, converted
from finops_lint.readers.overlay import overlay
from finops_lint.readers.terraform import regions
from finops_lint.readers.terraform.providers import CLOUDS
from finops_lint.readers.terraform.regions import Region

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable

_ARN = regex(r"arn:[\w-]+:[\w-]*:([a-z]{2,}(?:-[a-z]+)+-\d+):")
_PROVIDER = regex(r"([\w-]+)(?:\"\](?:\.[\w-]+)?)?$")
_NAMES_OTHERS = regex(r"(?:^|_)(?:id|ids|arn|arns|self_link|subnets|security_groups|instances)$")
_IDENTITIES = ("id", "arn", "self_link")


@record(frozen=True, slots=True)
class Settings:
    """What the provider's configuration says that resources inherit."""

    region: Region = None
    default_tags: Value = field(default_factory=dict)
    default_tags_span: Span | None = None


NO_SETTINGS = Settings()


@record(slots=True)
class Shapes:
    """What the catalog knows of types, asked once a type."""

    sheets: Sheets | None = None
    taggable: Taggable | None = None
    _types: dict[str, str] = field(default_factory=dict)
    _paths: dict[str, Path | None] = field(default_factory=dict)
    _clouds: dict[str, str] = field(default_factory=dict)

    def canonical_type(self, kind: str) -> str:
        """The type under which a Terraform type is priced and judged."""
        if kind not in self._types:
            self._types[kind] = self.sheets.canonical_type(kind) if self.sheets else kind
        return self._types[kind]

    def converted(self, kind: str, values: Mapping[str, Value]) -> Converted | None:
        """The resource under another type, where it is written with CloudFormation's names."""
        return converted(kind, values, self.sheets) if self.sheets else None

    def shaped(self, kind: str, values: dict[str, Value]) -> Mapping[str, Value]:
        """The attributes as the type's sheet wants them."""
        return self.sheets.shape(kind, values) if self.sheets else values

    def tag_path(self, kind: str, cloud: str, values: Mapping[str, Value]) -> Path | None:
        """Where the type writes its tags: by the catalog, and for a type it does not know by what the object has."""
        if kind not in self._paths:
            self._paths[kind] = self.taggable.attribute(kind) if self.taggable else None
        path = self._paths[kind]
        if path is not None:
            return path
        name = {"aws": "tags", "azure": "tags", "google": "labels"}.get(cloud)
        return (name,) if name and name in values else None

    def cloud(self, provider_name: str, kind: str) -> str:
        """`aws`, `azure`, `google`, or the provider's own name."""
        key = provider_name or kind
        if key not in self._clouds:
            found = _PROVIDER.search(provider_name)
            name = found[1] if found else kind.partition("_")[0]
            self._clouds[key] = CLOUDS.get(name, name)
        return self._clouds[key]


def region_of(cloud: str, values: Mapping[str, Value], settings: Settings) -> Region:
    """The region of an object: what it says itself, what it was made as, then its provider's."""
    return regions.region_of(cloud, values, lambda name: _configured(values, settings) if name == "region" else None)


def _configured(values: Mapping[str, Value], settings: Settings) -> Region:
    """That of the ARN of what exists, else the provider's."""
    for name in ("arn", "id"):
        arn = values.get(name)
        found = _ARN.match(arn) if isinstance(arn, str) else None
        if found:
            return found[1]
    return settings.region


def tags_of(cloud: str, values: Mapping[str, Value], path: Path | None, settings: Settings) -> Tags:
    """The tags of an object: what the provider has worked out, else its own over the provider's defaults."""
    if path is None:
        return Tags()
    own = get(values, path)
    own = {} if own is None else own
    has_defaults = path == ("tags",) if cloud == "aws" else cloud == "google"
    if not has_defaults:
        return Tags(own, {}, own, path)
    worked_out = values.get("tags_all" if cloud == "aws" else "terraform_labels")
    if not isinstance(worked_out, dict):
        return Tags(own, settings.default_tags, overlay(settings.default_tags, own), path, settings.default_tags_span)
    defaults = settings.default_tags
    if not isinstance(defaults, dict) or not defaults:
        mine = own if isinstance(own, dict) else {}
        defaults = {key: value for key, value in worked_out.items() if mine.get(key) != value}
    return Tags(own, defaults, worked_out, path, settings.default_tags_span)


# -- edges and places that need the other resources -------------------------------------------------------------------


class Identities:
    """Who has which id: edges of what exists, where the code's references do not show."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._owners: dict[str, tuple[str, str]] = {}
        for resource in resources:
            for name in _IDENTITIES:
                value = resource.values.get(name)
                if isinstance(value, str) and len(value) > 3:  # shorter ones are no ids
                    self._owners.setdefault(value, (resource.address, name))

    def edges(self, resource: Resource, paths: Iterable[Path]) -> tuple[Reference, ...]:
        """Edges from the texts at `paths` that are another resource's id."""
        found: dict[Reference, None] = {}
        for path in paths:
            for text in _texts(resource.value(*path)):
                owner = self._owners.get(text)
                if owner is not None and owner[0] != resource.address:
                    found[Reference(path, *owner)] = None
        return tuple(found)


def naming_others(values: Mapping[str, Value]) -> tuple[Path, ...]:
    """Attributes that by their names hold other resources' ids."""
    return tuple((name,) for name in values if _NAMES_OTHERS.search(name))


def _texts(value: Value) -> list[str]:
    """The text, or the texts of a list."""
    if isinstance(value, str):
        return [value]
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def with_places(resources: list[Resource]) -> list[Resource]:
    """The resources, those of Azure and Google that lie where another one does with its region."""
    resources = regions.with_parents(resources)
    if not any(r.provider == "azure" and r.region is None for r in resources):
        return resources
    places = {r.address: r.region for r in resources if r.provider == "azure" and r.region is not None}
    for address in list(places):
        places.setdefault(without_index(address), places[address])
    for _ in range(3):
        resources = [_placed(r, places) if r.provider == "azure" and r.region is None else r for r in resources]
        places |= {r.address: r.region for r in resources if r.provider == "azure" and r.region is not None}
    return resources


def _placed(resource: Resource, places: Mapping[str, str | Unknown | None]) -> Resource:
    for edge in resource.references:
        place = places.get(edge.target)
        if place is not None:
            return replace(resource, region=place)
    return resource
