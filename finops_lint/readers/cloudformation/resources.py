"""The entries of a template's `Resources` to canonical Resources: type, shape, tags, edges, places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.regions import aws_region
from finops_lint.catalog.sheet_model import Sheet
from finops_lint.catalog.template_words import snake
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Reference, Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value, known_map
from finops_lint.readers.cloudformation.adapters import adapted
from finops_lint.readers.cloudformation.intrinsics import UNHEEDING
from finops_lint.readers.cloudformation.nested import TEMPLATES
from finops_lint.readers.cloudformation.properties import Notes, part_at, reader_for
from finops_lint.readers.cloudformation.serverless import implicit_apis, with_globals
from finops_lint.readers.cloudformation.stack import Stack
from finops_lint.readers.cloudformation.tags import tags_of
from finops_lint.readers.cloudformation.template import text_of
from finops_lint.readers.cloudformation.unknown import Nothing, agreed
from finops_lint.readers.yaml_nodes import Node, plain

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable

_PREFIXES = ("AWS::", "Custom::", "Alexa::")
GROUP = "aws_autoscaling_group"
"""Writes its tags as blocks, each with its own word on propagation."""
OWN_SPECIFICATIONS = "own_tag_specifications"
"""What the `TagSpecifications` of a resource itself are called: a launch template holds others for what it starts."""
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
    span: Span | None = None
    """Where it is written, if not under its name in `Resources`."""


LISTS = {"AWS::Route53::RecordSetGroup": ("RecordSets", "AWS::Route53::RecordSet")}
"""Types that only hold a list of another."""


def declared(stack: Stack) -> Iterator[Declared]:
    """The resources of a template whose conditions hold, or cannot be told; those of no type are reported."""
    for name, node in stack.template.section("Resources").items():
        if name.startswith("Fn::"):
            continue
        kind = _kind_of(node)
        if kind is None or "::" not in kind:
            where = stack.template.span_of("Resources", name)
            message = f"{name} has no Type: it is not covered"
            stack.report(Problem(Level.NOTICE, "resource-without-type", message, where))
            continue
        holds = stack.existence(node)
        if holds is False:
            continue
        assumed = holds.reason if isinstance(holds, Unknown) else stack.around.assumed
        entry = Declared(name, kind, node, with_globals(stack.template, kind, _properties(node)), assumed)
        yield from _listed(entry, stack.template.file) if kind in LISTS else (entry,)
    if stack.template.is_serverless:
        for api in implicit_apis(stack.template):
            yield Declared(api.name, api.kind, api.node, api.properties, stack.around.assumed, api.span)


def not_made(stack: Stack) -> Iterator[Declared]:
    """The nested stacks of a template whose conditions do not hold."""
    for name, node in stack.template.section("Resources").items():
        kind = _kind_of(node)
        if kind in TEMPLATES and stack.existence(node) is False:
            yield Declared(name, kind, node, _properties(node))


def _kind_of(node: Node) -> str | None:
    """The type that an entry names; None where it names none as a text."""
    written = node.get("Type")
    return text_of(written) if written is not None else None


def _listed(entry: Declared, file: str) -> Iterator[Declared]:
    name, kind = LISTS[entry.kind]
    found = entry.properties.get(name)
    for place, node in enumerate(found.value if found is not None and found.is_list else ()):
        yield replace(entry, name=f"{entry.name}[{place}]", kind=kind, properties=node, span=node.span(file))


def _properties(node: Node) -> Node:
    found = node.get("Properties")
    if found is not None and (found.is_map or found.tag):
        return found
    return Node({}, node.line, node.column, node.line, node.column)


@record(slots=True)
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
        span = entry.span or stack.template.span_of("Resources", entry.name)
        notes = Notes()
        way = self.taggable.property(entry.kind) if self.taggable else ()
        reader = reader_for(sheet, stack.functions, file, notes)
        if way and not (kind == GROUP or (sheet is not None and way[0] in sheet.properties)):
            reader.names = {**reader.names, way[0]: OWN_SPECIFICATIONS if "*" in way else "tags"}
        values: Mapping[str, Value] = reader.attributes(entry.properties)
        values = adapted(kind, entry.kind, values, notes)
        if "*" in way:
            values = _with_specified_tags(values, notes)
        values = self.sheets.shape(kind, values) if self.sheets else values
        path = self._tag_path(kind, way)
        if kind == GROUP:
            values = _with_stack_tags(values, stack.around.tags)
        self._depends(stack, entry.node, notes)
        self._noted(entry.node, notes, file)
        return Resource(
            address=stack.around.prefix + entry.name,
            type=kind,
            name=entry.name,
            provider="aws",
            dialect="cloudformation",
            project=self.project,
            region=aws_region(values.get("availability_zone")) if stack.place.region is None else stack.place.region,
            values=values,
            span=span,
            positions=notes.positions,
            calls=stack.around.calls,
            tags=tags_of(values.get(str(path[0])) if path else None, {} if kind == GROUP else stack.around.tags, path),
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

        def value(name: str) -> str | None:
            node = entry.properties.get(name)
            if node is None:
                return None
            found = stack.functions.text(node, UNHEEDING)
            return found if isinstance(found, str) else None if isinstance(found, Nothing) else ""

        return self.sheets.template_type(entry.kind, value)

    def _tag_path(self, kind: str, way: tuple[str, ...]) -> Path | None:
        if not way:
            return None
        return ("tag",) if kind == GROUP else ("tags",)

    def _split(self, stack: Stack, entry: Declared, split: Mapping[str, Any]) -> Iterator[Resource]:
        """A further resource that one of the properties stands for: a bucket's lifecycle, a repository's policy."""
        steps = str(split["from"]).split(".")
        part = part_at(stack.functions, entry.properties, steps)
        if self.sheets is None or (not part.nodes and part.why is None):
            return
        kind = str(split["type"])
        sheet = self.sheets.get(kind)
        name = split.get("as") or steps[-1]
        inners = [node if node.is_map and not split.get("as") else _wrapped(node, name) for node in part.nodes]
        inners = [_beside(node, entry.properties, split.get("with", ())) for node in inners]
        properties = {**(sheet.properties if sheet else {}), **split.get("properties", {})}
        blocks = [*(sheet.blocks if sheet else ()), *split.get("blocks", ())]
        notes = Notes()
        reader = reader_for(sheet, stack.functions, stack.template.file, notes)
        reader.names, reader.blocks = properties, frozenset(blocks)
        found = [reader.attributes(inner) for inner in inners]
        values: Mapping[str, Value] = _either(found if part.is_there else [*found, {}], part.why, _tops(split, name))
        values = self.sheets.shape(kind, values)
        address = stack.around.prefix + entry.name
        owner = split.get("owner")
        if owner:
            values = {**values, owner: Unknown("known after deployment", (address,))}
            notes.references.setdefault(Reference((owner,), address, ""))
        assumed = entry.assumed or ("" if part.is_there or part.why is None else part.why.reason)
        body = inners[0] if inners else Node({}, entry.node.line, entry.node.column, 0, 0)
        whole = self.resource(stack, replace(entry, properties=_properties(body), assumed=assumed), kind, None)
        yield replace(
            whole,
            address=f"{address}/{'.'.join(steps)}",
            values=values,
            positions=notes.positions,
            references=tuple(notes.references),
            sensitive=frozenset(notes.sensitive),
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


def _either(found: list[dict[str, Value]], why: Unknown | None, names: Iterable[str]) -> dict[str, Value]:
    """What is certain of attributes that are one of several sets; `names`, not known, if none of them has any."""
    result = found[0]
    if why is None:
        return result
    if not any(found):
        return dict.fromkeys(names, why)
    for other in found[1:]:
        keys = {**result, **other}
        result = {k: agreed(result[k], other[k], why) if k in result and k in other else why for k in keys}
    return result


def _tops(split: Mapping[str, Any], name: str) -> list[str]:
    """The attributes a split-off resource may have, as far as its sheet names them."""
    named = [str(to).partition(".")[0] for path, to in split.get("properties", {}).items() if "." not in path and to]
    return named or [snake(name)]


def _ignored(node: Node) -> tuple[Node, ...]:
    found = node.get(*METADATA)
    return found.value if found is not None and found.is_list else (found,) if found is not None else ()


def _metadata(node: Node) -> Mapping[str, Value]:
    asked = [plain(entry) for entry in _ignored(node)]
    return {"finops-lint": {"ignore": asked}} if asked else {}


def _beside(node: Node, properties: Node, names: Iterable[str]) -> Node:
    """`node` with some of the resource's own properties."""
    more = {name: properties.value[name] for name in names if name in properties.value}
    keys = {name: properties.keys[name] for name in more if name in properties.keys}
    return replace(node, value={**node.value, **more}, keys={**node.keys, **keys}) if more else node


def _wrapped(node: Node, name: str) -> Node:
    """A map with `node` as its only entry."""
    return Node({name: node}, node.line, node.column, node.end_line, node.end_column, keys={name: node})


def _with_stack_tags(values: Mapping[str, Value], tags: Value) -> Mapping[str, Value]:
    """A group's tags with those of its stack, which its machines get too."""
    own = values.get("tag", [])
    if not isinstance(tags, Mapping) or not isinstance(own, list):
        return values
    written = {entry.get("key") for entry in own if isinstance(entry, Mapping)}
    more = [
        {"key": key, "value": value, "propagate_at_launch": True} for key, value in tags.items() if key not in written
    ]
    return {**values, "tag": [*own, *more]} if more else values


def _with_specified_tags(values: Mapping[str, Value], notes: Notes) -> Mapping[str, Value]:
    """Tags written in `TagSpecifications` as the resource's own."""
    found: dict[str, Value] = {}
    more: Unknown | None = None
    written = values.get(OWN_SPECIFICATIONS)
    for place, entry in enumerate(written if isinstance(written, list) else ()):
        tags = entry.get("tags") if isinstance(entry, Mapping) else None
        if isinstance(tags, (Partial, Unknown)):
            more = tags if isinstance(tags, Unknown) else tags.rest
        for name, value in known_map(tags).items():
            found[name] = value
            old = (OWN_SPECIFICATIONS, place, "tags", name)
            if old in notes.positions:
                notes.positions["tags", name] = notes.positions[old]
    if isinstance(written, (Unknown, Partial)):
        more = written if isinstance(written, Unknown) else written.rest
    rest = {key: value for key, value in values.items() if key != OWN_SPECIFICATIONS}
    return {**rest, "tags": Partial(found, more) if more is not None else found} if found or more is not None else rest
