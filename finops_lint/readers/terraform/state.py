"""A state to a Project: `terraform show -json` of a state, or the raw `terraform.tfstate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.records import replace
from finops_lint.model.resource import Reference, Resource, without_index
from finops_lint.model.span import Span
from finops_lint.model.values import Path
from finops_lint.readers.terraform.empty_texts import CLOUDS_OF_ARGUMENTS, drop_empty_texts
from finops_lint.readers.terraform.plan import sensitive_paths, state_resources, with_tags
from finops_lint.readers.terraform.plan_configuration import MAX_TARGETS, steps
from finops_lint.readers.terraform.plan_positions import without_keys
from finops_lint.readers.terraform.plan_resources import (
    NO_SETTINGS,
    Identities,
    Shapes,
    naming_others,
    region_of,
    tags_of,
    with_places,
)
from finops_lint.readers.terraform.plan_text import address_lines, json_document, malformed, wrapped
from finops_lint.readers.terraform.plan_values import cleaned

if TYPE_CHECKING:
    from msgspec import Raw

    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable
    from finops_lint.readers.terraform.plan_format import RawInstance, RawResource

RAW_VERSION = 4
"""The version of state files since Terraform 0.12."""


def read_state(
    data: bytes,
    *,
    file: str,
    name: str,
    sheets: Sheets | None = None,
    taggable: Taggable | None = None,
) -> Project:
    """The project a state describes."""
    from finops_lint.readers.terraform.plan_format import NotReadableError

    problems: list[Problem] = []
    resources: list[Resource] = []
    document = json_document(data, file, problems)
    if document is not None:
        reader = _Reader(file, name, Shapes(sheets, taggable), document, problems)
        try:
            resources = with_places(with_edges(list(reader.resources())))
        except NotReadableError as error:
            problems.append(malformed(document, file, str(error), error.offset))
    complete = not any(problem.level is Level.ERROR for problem in problems)
    return Project(name, file, "state", tuple(resources), tuple(problems), complete)


class _Reader:
    def __init__(self, file: str, name: str, shapes: Shapes, document: bytes, problems: list[Problem]) -> None:
        self.file, self.name, self.shapes = file, name, shapes
        self.document, self.problems = document, problems
        self.lines = address_lines(document, b"values")

    def resources(self) -> Iterator[Resource]:
        """Every managed object."""
        from finops_lint.readers.terraform.plan_format import RawState, State, decode, decode_document, full_address

        raw, end = decode_document(self.document, RawState)
        if self.document[end:].strip():
            self.problems.append(wrapped(self.file, len(self.document[end:].strip().splitlines()), "after"))
            self.document = self.document[:end]
        if raw.resources is not None or raw.version:
            yield from self.raw_resources(raw)
            return
        state = decode(self.document, State)
        if state.values is None:
            if not state.format_version:
                message = "this is neither a plan nor a state"
                self.problems.append(Problem(Level.ERROR, "not-a-state", message, Span(self.file, 1)))
            return
        for entry, module in state_resources(state.values.root_module):
            if entry.mode == "managed":
                yield self.resource(
                    full_address(entry, module) + (f" (deposed {entry.deposed_key})" if entry.deposed_key else ""),
                    (entry.type, entry.name, entry.provider_name),
                    entry.values,
                    module=module,
                    sensitive=sensitive_paths(entry.sensitive_values),
                    references=_dependencies(entry.depends_on),
                )

    def raw_resources(self, state: Any) -> Iterator[Resource]:
        """The resources of a `terraform.tfstate`."""
        if state.version != RAW_VERSION:
            message = f"a state file of version {state.version}; this reads version {RAW_VERSION}"
            hint = "run `terraform show -json > state.json` and give state.json"
            self.problems.append(Problem(Level.ERROR, "not-a-state", message, Span(self.file, 1), hint))
            return
        for resource in state.resources or ():
            if resource.mode == "managed":
                for instance in resource.instances:
                    yield self.raw_resource(resource, instance)

    def raw_resource(self, resource: RawResource, instance: RawInstance) -> Resource:
        """One instance of a `terraform.tfstate`."""
        prefix = f"{resource.module}." if resource.module else ""
        key = instance.index_key
        shown = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
        deposed = f" (deposed {instance.deposed})" if instance.deposed else ""
        return self.resource(
            f"{prefix}{resource.type}.{resource.name}{shown}{deposed}",
            (resource.type, resource.name, resource.provider),
            instance.attributes,
            module=resource.module,
            sensitive=_raw_sensitive(instance.sensitive_attributes),
            references=_dependencies(instance.dependencies),
        )

    def resource(
        self,
        address: str,
        kind_name_provider: tuple[str, str, str],
        raw: Raw,
        *,
        module: str,
        sensitive: frozenset[Path],
        references: tuple[Reference, ...],
    ) -> Resource:
        """One object."""
        from finops_lint.readers.terraform.plan_format import attributes

        written, name, provider = kind_name_provider
        kind = self.shapes.canonical_type(written)
        cloud = self.shapes.cloud(provider, written)
        content = cleaned(attributes(raw, address))
        if cloud in CLOUDS_OF_ARGUMENTS:
            drop_empty_texts(content)
        values = self.shapes.shaped(kind, content)
        moved = self.shapes.converted(written, content)
        if moved is not None:
            kind, values = moved.type, moved.values
            sensitive = moved.places(sensitive)
        return Resource(
            address=address,
            type=kind,
            name=name,
            provider=cloud,
            dialect="state",
            project=self.name,
            region=region_of(cloud, values, NO_SETTINGS),
            values=values,
            span=Span(self.file, self.lines.get(address, 1)),
            tags=tags_of(cloud, values, self.shapes.tag_path(kind, cloud, values), NO_SETTINGS),
            references=references,
            sensitive=sensitive,
            module=module,
        )


def with_edges(resources: list[Resource]) -> list[Resource]:
    """The resources with edges by ids, which say through which attribute, and dependencies led to instances."""
    known = Identities(resources)
    instances: dict[tuple[str, str], list[str]] = {}
    for resource in resources:
        for module in _around(resource.module):
            instances.setdefault((without_keys(resource.address), module), []).append(resource.address)
    return [_with_edges(resource, known, instances) for resource in resources]


def _with_edges(resource: Resource, known: Identities, instances: Mapping[tuple[str, str], list[str]]) -> Resource:
    edges = dict.fromkeys(known.edges(resource, naming_others(resource.values)))
    direct = {edge.target for edge in edges}
    for edge in resource.references:
        for target in _nearest(edge.target, resource.module, instances):
            if target not in direct:
                edges[Reference((), target)] = None
    return replace(resource, references=tuple(edges))


def _nearest(target: str, module: str, instances: Mapping[tuple[str, str], list[str]]) -> list[str]:
    """The instances of what a state names without keys: those that share the innermost module instance."""
    declared = without_keys(target)
    for here in _around(module):
        found = instances.get((declared, here))
        if found is not None:
            bare = {without_index(instance) for instance in found[: MAX_TARGETS + 1]}
            return [target] if target in found else list(bare) if len(bare) == 1 else found[:MAX_TARGETS]
    return []


def _around(module: str) -> Iterator[str]:
    """A module's address, those of the modules around it, and the root's."""
    names = steps(module)
    for length in range(len(names), 0, -2):
        yield ".".join(f"{name}{key}" for name, key in names[:length])
    yield ""


def _dependencies(addresses: list[str]) -> tuple[Reference, ...]:
    """Edges to the resources an object was made after; a state does not say through which attribute."""
    return tuple(Reference((), target) for target in addresses if ".data." not in f".{target}")


def _raw_sensitive(raw: Raw) -> frozenset[Path]:
    """`[[{"type": "get_attr", "value": "password"}]]` as paths; an index step covers its whole list."""
    from finops_lint.readers.terraform.plan_format import plain

    listed = plain(raw)
    paths: set[Path] = set()
    for written in listed if isinstance(listed, list) else ():
        path: list[str] = []
        for step in written if isinstance(written, list) else ():
            if not isinstance(step, dict) or step.get("type") != "get_attr" or not isinstance(step.get("value"), str):
                break
            path.append(step["value"])
        if path:
            paths.add(tuple(path))
    return with_tags(paths)
