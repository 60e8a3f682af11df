"""The entries of a template's `Resources` to canonical Resources: type, shape, tags, edges, places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.sheet_model import Sheet
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.resource import Reference, Resource
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.readers.cloudformation.adapters import ADAPTERS
from finops_lint.readers.cloudformation.intrinsics import UNHEEDING
from finops_lint.readers.cloudformation.properties import Notes, reader_for
from finops_lint.readers.cloudformation.stack import Stack
from finops_lint.readers.cloudformation.tags import tags_of
from finops_lint.readers.cloudformation.template import text_of
from finops_lint.readers.yaml_nodes import Node, plain

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable

_PREFIXES = ("AWS::", "Custom::", "Alexa::")
METADATA = ("Metadata", "finops-lint", "ignore")
"""Where a resource says which rules leave it alone."""


@record(frozen=True, slots=True)
class Declared:
    """One entry of `Resources` that exists, or may."""

    name: str
    """The logical id."""
    kind: str
    """The type as written: `AWS::EC2::Instance`."""
    node: Node
    properties: Node
    """An empty map where there are none."""
    assumed: str = ""
    """Why it may not exist."""


def declared(stack: Stack) -> Iterator[Declared]:
    """The resources of a template whose conditions hold, or cannot be told; those of no type are reported."""
    for name, node in stack.template.section("Resources").items():
        if name.startswith("Fn::"):
            continue
        written = node.get("Type")
        kind = text_of(written) if written is not None else None
        if kind is None or "::" not in kind:
            where = stack.template.span_of("Resources", name)
            message = f"{name} has no Type: it is not covered"
            stack.report(Problem(Level.NOTICE, "resource-without-type", message, where))
            continue
        holds = stack.existence(node)
        if holds is False:
            continue
        assumed = holds.reason if isinstance(holds, Unknown) else stack.around.assumed
        yield Declared(name, kind, node, _properties(node), assumed)


def _properties(node: Node) -> Node:
    found = node.get("Properties")
    if found is not None and (found.is_map or found.tag):
        return found
    return Node({}, node.line, node.column, node.line, node.column)


@dataclass(slots=True)
class Maker:
    """Makes Resources of what stacks declare; knows types, shapes and tags."""

    project: str
    sheets: Sheets | None
    taggable: Taggable | None
    _types: dict[tuple[str, str], str] = field(default_factory=dict)

    def resources(self, stack: Stack, entry: Declared) -> Iterator[Resource]:
        """The canonical resources that one entry becomes: itself, then what its sheet splits off."""
        kind = self._kind(stack, entry)
        sheet = self.sheets.get(kind) if self.sheets else None
        whole = self.resource(stack, entry, kind, sheet)
        yield whole
        for split in sheet.splits if sheet is not None else ():
            yield from self._split(stack, entry, split)

    def resource(self, stack: Stack, entry: Declared, kind: str, sheet: Sheet | None) -> Resource:
        """The entry itself."""
        file = stack.template.file
        span = stack.template.span_of("Resources", entry.name)
        notes = Notes()
        way = self.taggable.property(entry.kind) if self.taggable else ()
        reader = reader_for(sheet, stack.functions, file, notes)
        if way and "*" not in way and way[0] != "Tags" and sheet is not None and way[0] not in sheet.properties:
            reader.names = {**reader.names, way[0]: "tags"}
        elif way and sheet is None:
            reader.names = {way[0]: "tags"} if "*" not in way else {}
        values: Mapping[str, Value] = reader.attributes(entry.properties)
        values = ADAPTERS.get(kind, _as_it_is)(values, notes)
        if "*" in way:
            values = _with_specified_tags(values, notes)
        values = self.sheets.shape(kind, values) if self.sheets else values
        path = self._tag_path(kind, way)
        self._depends(stack, entry.node, notes)
        self._noted(entry.node, notes, file)
        return Resource(
            address=stack.around.prefix + entry.name,
            type=kind,
            name=entry.name,
            provider="aws",
            dialect="cloudformation",
            project=self.project,
            region=stack.place.region,
            values=values,
            span=span,
            positions=notes.positions,
            calls=stack.around.calls,
            tags=tags_of(values.get("tags") if path == ("tags",) else None, stack.around.tags, path),
            references=tuple(notes.references),
            assumed=entry.assumed,
            sensitive=frozenset(notes.sensitive),
            module=stack.around.prefix.rstrip("."),
            metadata=_metadata(entry.node),
        )

    def _kind(self, stack: Stack, entry: Declared) -> str:
        """The canonical type; where several share a CloudFormation name, one of its properties tells which."""
        if self.sheets is None:
            return entry.kind

        def value(name: str) -> str:
            node = entry.properties.get(name)
            found = stack.functions.text(node, UNHEEDING) if node is not None else None
            return found if isinstance(found, str) else ""

        return self.sheets.template_type(entry.kind, value)

    def _tag_path(self, kind: str, way: tuple[str, ...]) -> Path | None:
        if not way:
            return None
        return ("tag",) if kind == "aws_autoscaling_group" else ("tags",)

    def _split(self, stack: Stack, entry: Declared, split: Mapping[str, Any]) -> Iterator[Resource]:
        """A further resource that one of the properties stands for: a bucket's lifecycle, a repository's policy."""
        steps = str(split["from"]).split(".")
        node = entry.properties.get(*steps)
        if node is None or self.sheets is None:
            return
        kind = str(split["type"])
        sheet = self.sheets.get(kind)
        inner = node if node.is_map and not split.get("as") else _wrapped(node, split.get("as") or steps[-1])
        properties = {**(sheet.properties if sheet else {}), **split.get("properties", {})}
        blocks = [*(sheet.blocks if sheet else ()), *split.get("blocks", ())]
        notes = Notes()
        reader = reader_for(sheet, stack.functions, stack.template.file, notes)
        reader.names, reader.blocks = properties, frozenset(blocks)
        values = self.sheets.shape(kind, reader.attributes(inner))
        address = stack.around.prefix + entry.name
        owner = split.get("owner")
        if owner:
            values = {**values, owner: Unknown("known after deployment", (address,))}
            notes.references.setdefault(Reference((owner,), address, ""))
        whole = self.resource(stack, replace(entry, properties=_properties(inner)), kind, None)
        yield replace(
            whole,
            address=f"{address}/{'.'.join(steps)}",
            values=values,
            positions=notes.positions,
            references=tuple(notes.references),
            sensitive=frozenset(notes.sensitive),
            span=stack.template.span_of("Resources", entry.name),
            tags=tags_of(None, {}, None),
        )

    def _depends(self, stack: Stack, node: Node, notes: Notes) -> None:
        """`DependsOn`: one name, or a list."""
        written = node.get("DependsOn")
        for entry in () if written is None else written.value if written.is_list else (written,):
            name = text_of(entry)
            if name and name in stack.template.section("Resources"):
                notes.references.setdefault(Reference((), stack.around.prefix + name))
            elif name:
                stack.stranger(name, entry)

    def _noted(self, node: Node, notes: Notes, file: str) -> None:
        for number, entry in enumerate(_ignored(node)):
            notes.positions[(*METADATA, number)] = entry.span(file)


def _ignored(node: Node) -> tuple[Node, ...]:
    found = node.get(*METADATA)
    return found.value if found is not None and found.is_list else (found,) if found is not None else ()


def _metadata(node: Node) -> Mapping[str, Value]:
    asked = [plain(entry) for entry in _ignored(node)]
    return {"finops-lint": {"ignore": asked}} if asked else {}


def _wrapped(node: Node, name: str) -> Node:
    """A map with `node` as its only entry."""
    return Node({name: node}, node.line, node.column, node.end_line, node.end_column, keys={name: node})


def _as_it_is(values: Mapping[str, Value], _notes: Notes) -> Mapping[str, Value]:
    return values


def _with_specified_tags(values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """Tags written in `TagSpecifications` as the resource's own."""
    found: dict[str, Value] = {}
    more: Unknown | None = None
    written = values.get("tag_specifications")
    for place, entry in enumerate(written if isinstance(written, list) else ()):
        tags = entry.get("tags") if isinstance(entry, Mapping) else None
        if isinstance(tags, Partial | Unknown):
            more = tags if isinstance(tags, Unknown) else tags.rest
        known = tags.known if isinstance(tags, Partial) else tags
        for name, value in known.items() if isinstance(known, Mapping) else ():
            found[name] = value
            old = ("tag_specifications", place, "tags", name)
            if old in notes.positions:
                notes.positions["tags", name] = notes.positions[old]
    if isinstance(written, Unknown | Partial):
        more = written if isinstance(written, Unknown) else written.rest
    rest = {key: value for key, value in values.items() if key != "tag_specifications"}
    return {**rest, "tags": Partial(found, more) if more is not None else found} if found or more is not None else rest
