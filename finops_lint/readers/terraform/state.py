"""A state to a Project: `terraform show -json` of a state, or the raw `terraform.tfstate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.resource import Reference, Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Path
from finops_lint.readers.terraform.plan import sensitive_paths, state_resources
from finops_lint.readers.terraform.plan_resources import NO_SETTINGS, Shapes, region_of, tags_of, with_places
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
            resources = with_places(list(reader.resources()))
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
        from finops_lint.readers.terraform.plan_format import RawState, State, decode, decode_document

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
                edges = tuple(Reference((), _within(module, target)) for target in entry.depends_on)
                yield self.resource(
                    entry.address + (f" (deposed {entry.deposed_key})" if entry.deposed_key else ""),
                    (entry.type, entry.name, entry.provider_name),
                    entry.values,
                    module=module,
                    sensitive=sensitive_paths(entry.sensitive_values),
                    references=edges,
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
            references=tuple(Reference((), target) for target in instance.dependencies if ".data." not in f".{target}"),
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
        from finops_lint.readers.terraform.plan_format import plain

        written, name, provider = kind_name_provider
        kind = self.shapes.canonical_type(written)
        cloud = self.shapes.cloud(provider, written)
        values = self.shapes.shaped(kind, cleaned(plain(raw) or {}))
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


def _within(module: str, target: str) -> str:
    """`depends_on` of a state's JSON holds full addresses; older ones are relative to the module."""
    return target if not module or target.startswith("module.") else f"{module}.{target}"


def _raw_sensitive(raw: Raw) -> frozenset[Path]:
    """`[[{"type": "get_attr", "value": "password"}]]` as paths; an index step covers its whole list."""
    from finops_lint.readers.terraform.plan_format import plain

    listed = plain(raw)
    paths: set[Path] = set()
    for steps in listed if isinstance(listed, list) else ():
        path: list[str] = []
        for step in steps if isinstance(steps, list) else ():
            if not isinstance(step, dict) or step.get("type") != "get_attr" or not isinstance(step.get("value"), str):
                break
            path.append(step["value"])
        if path:
            paths.add(tuple(path))
    return frozenset(paths)
