"""A resource's properties to canonical attributes: named as its sheet says, with places, edges and secrets.

PascalCase becomes snake_case unless the sheet's `properties:` says otherwise: `""` puts a property's own entries in its
place, a dotted name puts the value into blocks. What the author names (environment variables, tags) stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from finops_lint.catalog.sheet_model import Sheet
from finops_lint.catalog.sketches import enough
from finops_lint.catalog.template_words import snake
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.readers.cloudformation.intrinsics import UNHEEDING, Functions
from finops_lint.readers.cloudformation.template import intrinsic
from finops_lint.readers.cloudformation.unknown import NOTHING, Either, Nothing, agreed, told
from finops_lint.readers.yaml_nodes import Node

_PASCAL = regex(r"[A-Z][A-Za-z0-9]*")
FREE_FORM = frozenset(
    {
        "Variables", "Parameters", "Labels", "Options", "DockerLabels",
        "HyperParameters", "PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy",
        "ResourcePolicy", "Policy", "DefinitionString", "DefinitionSubstitutions", "Configurations",
        "ConfigurationProperties",
        "EnvironmentVariables", "DefaultArguments", "RequestParameters", "ResponseParameters", "Body", "DefinitionBody",
        "EventPattern", "StageVariables", "AdvancedOptions", "ServiceIntegrations", "Connectors", "FilterPolicy",
        "RedrivePolicy", "RedriveAllowPolicy", "UserPoolTags", "RepositoryPolicyText", "TemplateBody", "Content",
        "AirflowConfigurationOptions", "ConnectorConfiguration",
    }
)  # fmt: skip
"""Properties below which the names are the author's: objects without properties of their own in the schemas."""
_FREE_CONTAINERS = ("PrimaryContainer.Environment", "Containers.Environment")
"""The same of a SageMaker model; what others call Environment has properties of its own."""


@record(slots=True)
class Notes:
    """What one resource's properties say beside their values."""

    positions: dict[Path, Span] = field(default_factory=dict)
    references: dict[Reference, None] = field(default_factory=dict)
    sensitive: set[Path] = field(default_factory=set)


@record(slots=True)
class Here:
    """Takes note of what the value at one path refers to."""

    notes: Notes
    path: Path

    def refers(self, target: str, attribute: str) -> None:
        """The value names a resource of this template."""
        self.notes.references.setdefault(Reference(self.path, target, attribute))

    def is_secret(self) -> None:
        """The value must not be printed."""
        self.notes.sensitive.add(self.path)


@record(slots=True)
class Reader:
    """Reads the properties of one resource."""

    functions: Functions
    file: str
    names: Mapping[str, str]
    """Dotted property → attribute."""
    blocks: frozenset[str]
    """Dotted attributes that are a list of one block."""
    notes: Notes
    tag_blocks: bool = False
    """Whether its own tags stay a list, as those of an Auto Scaling group."""

    def attributes(self, node: Node) -> dict[str, Value]:
        """All attributes; an empty map where the properties are not to be known."""
        value = self.value(node, "", ())
        return value if isinstance(value, dict) else {}

    def value(self, node: Node, names: str, path: Path) -> Any:
        """The canonical value of `node`, the property `names`, which goes to `path`; NOTHING where there is none."""
        here = Here(self.notes, path)
        if names.endswith("Tags") and not (self.tag_blocks and "." not in names):
            return self._tags(node, path)
        if names.endswith("UserData"):
            # Terraform's `user_data` is the plain text; that it is sent in Base64 is the provider's business.
            found = intrinsic(node)
            node = found[1] if found is not None and found[0] == "Fn::Base64" else node
        found_ = self.functions.reduce(node, here)
        if isinstance(found_, Either):
            one, two = self.value(found_.yes, names, path), self.value(found_.no, names, path)
            return agreed(one, two, found_.why)
        if not isinstance(found_, Node):
            return self._converted(found_, names, path)
        if isinstance(found_.value, dict):
            return self._map(found_, names, path)
        if isinstance(found_.value, tuple):
            return self._list(found_, names, path)
        return NOTHING if found_.value is None else found_.value

    def _map(self, node: Node, names: str, path: Path) -> Any:
        if _is_block(path, self.blocks):
            content = self._entries(node, names, (*path, 0))
            return [content]
        content = self._entries(node, names, path)
        return NOTHING if content == {} else content

    def _entries(self, node: Node, names: str, path: Path) -> Any:
        result: dict[str, Value] = {}
        more: Unknown | None = None
        for key, entry in node.value.items():
            if key.startswith("Fn::"):
                found = self.functions.reduce(Node({key: entry}, node.line, node.column, 0, 0), Here(self.notes, path))
                more = found if isinstance(found, Unknown) else more
                continue
            below = f"{names}.{key}" if names else key
            self._entry(result, self._target(below, key, names), self._place(node, key), (entry, below, path))
        return Partial(result, more) if more is not None else result

    def _place(self, node: Node, key: str) -> Span:
        return node.span_of(key, self.file)

    def _entry(self, result: dict[str, Value], target: list[str], span: Span, what: tuple[Node, str, Path]) -> None:
        entry, below, path = what
        if not target:
            inner = self.value(entry, below, path)
            inner = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
            if isinstance(inner, dict):
                result.update(inner)
            return
        *blocks, last = target
        for step in blocks:
            held = result.setdefault(step, [{}])
            path = (*path, step, 0)
            result = held[0] if isinstance(held, list) and held and isinstance(held[0], dict) else {}
        at = (*path, last)
        self.notes.positions[at] = span
        value = self.value(entry, below, at)
        if not isinstance(value, Nothing) and value != [] and value != {}:
            result[last] = value

    def _target(self, below: str, key: str, names: str) -> list[str]:
        """The steps to the attribute a property becomes; none where its entries take its place."""
        said = self.names.get(below)
        if said is not None:
            return said.split(".") if said else []
        return [key if not _PASCAL.fullmatch(key) or _is_free(names) else snake(key)]

    def _tags(self, node: Node, path: Path) -> Any:
        """Tags as one map, whether they are written as one or as a list of `Key` and `Value`."""
        found = self.functions.reduce(node, Here(self.notes, path))
        if isinstance(found, Either):
            return agreed(self._tags(found.yes, path), self._tags(found.no, path), found.why)
        if not isinstance(found, Node):
            return found
        tags: dict[str, Value] = {}
        more: Unknown | None = None
        for entry in found.value if found.is_list else (found,):
            more = told(self._tag(entry, tags, path, pair=found.is_list), more)
        return Partial(tags, more) if more is not None else tags

    def _tag(self, node: Node, tags: dict[str, Value], path: Path, *, pair: bool) -> Unknown | None:
        """Add what one entry of a list, or a whole map, says; why there may be more."""
        item = self.functions.reduce(node, Here(self.notes, path))
        if isinstance(item, Either):
            return item.why
        if isinstance(item, (Unknown, Nothing)) or not isinstance(item, Node):
            return item if isinstance(item, Unknown) else None
        if not item.is_map:
            return None
        if not pair:
            for name, entry in item.value.items():
                self._set_tag(tags, name, entry, (path, item.span_of(name, self.file)))
            return None
        key, value = item.get("Key"), item.get("Value")
        name = self.functions.text(key, Here(self.notes, path)) if key is not None else None
        if isinstance(name, str) and value is not None:
            self._set_tag(tags, name, value, (path, item.span(self.file)))
        return name if isinstance(name, Unknown) else None

    def _set_tag(self, tags: dict[str, Value], name: str, node: Node, where: tuple[Path, Span]) -> None:
        at = (*where[0], name)
        self.notes.positions[at] = where[1]
        value = self.functions.text(node, Here(self.notes, at))
        if not isinstance(value, Nothing):
            tags[name] = value

    def _list(self, node: Node, names: str, path: Path) -> Any:
        items: list[Value] = []
        more: Unknown | None = None
        for entry in node.value:
            at = (*path, len(items))
            self.notes.positions[at] = entry.span(self.file)
            value = self._item(entry, names, at)
            if isinstance(value, _Open):
                more = value.why
            elif not isinstance(value, Nothing):
                items.append(value)
        return Partial(tuple(items), more) if more is not None else items

    def _item(self, node: Node, names: str, path: Path) -> Any:
        """An entry of a list; one that may not be there leaves the list open."""
        found = self.functions.reduce(node, Here(self.notes, path))
        if isinstance(found, Either):
            one, two = self.value(found.yes, names, path), self.value(found.no, names, path)
            if isinstance(one, Nothing) or isinstance(two, Nothing):
                return _Open(found.why)
            return agreed(one, two, found.why)
        if isinstance(found, Node) and isinstance(found.value, dict):
            return self._entries(found, names, path)
        return self.value(found, names, path) if isinstance(found, Node) else self._converted(found, names, path)

    def _converted(self, value: Any, names: str, path: Path) -> Any:
        """A plain value that a function made, with canonical names."""
        if isinstance(value, Unknown):
            return enough(value.sketch) or value
        if isinstance(value, dict):
            content = dict(self._pairs(value, names, path))
            return [content] if _is_block(path, self.blocks) else content or NOTHING
        if isinstance(value, list):
            items = [self._converted(v, names, (*path, n)) for n, v in enumerate(value)]
            return [item for item in items if not isinstance(item, Nothing)]
        return NOTHING if value is None else value

    def _pairs(self, value: Mapping[str, Any], names: str, path: Path) -> Iterator[tuple[str, Any]]:
        for key, entry in value.items():
            below = f"{names}.{key}" if names else key
            target = (self._target(below, key, names) or [snake(key)])[-1]
            converted = self._converted(entry, below, (*path, target))
            if not isinstance(converted, Nothing):
                yield target, converted


@record(frozen=True, slots=True)
class Part:
    """What a template has at one place among a resource's properties."""

    nodes: tuple[Node, ...] = ()
    """The nodes it may be; several where an `Fn::If` cannot be told, none where nothing is there."""
    why: Unknown | None = None
    """Why it is not certain which it is, or what it is."""
    is_there: bool = True
    """Whether it is one of `nodes` whatever the conditions come to."""


def part_at(functions: Functions, node: Node, steps: list[str]) -> Part:
    """What is at `steps` below `node`, through the functions on the way."""
    found = functions.reduce(node, UNHEEDING)
    if isinstance(found, Either):
        one, two = part_at(functions, found.yes, steps), part_at(functions, found.no, steps)
        there = bool(one.nodes and two.nodes) and one.is_there and two.is_there
        why = found.why if one.nodes or two.nodes else told(one.why, two.why)
        return Part(one.nodes + two.nodes, why, there)
    if isinstance(found, Unknown):
        return Part((), found, is_there=False)
    if isinstance(found, Nothing) or (isinstance(found, Node) and found.value is None):
        return Part(is_there=False)
    if not steps:
        return Part((found if isinstance(found, Node) else node,))
    below = found.get(steps[0]) if isinstance(found, Node) else None
    return Part(is_there=False) if below is None else part_at(functions, below, steps[1:])


class _Open:
    """A list goes on, or not."""

    __slots__ = ("why",)

    def __init__(self, why: Unknown) -> None:
        self.why = why


def _is_block(path: Path, blocks: frozenset[str]) -> bool:
    return bool(blocks) and ".".join(step for step in path if isinstance(step, str)) in blocks


def _is_free(names: str) -> bool:
    return names.startswith(_FREE_CONTAINERS) or any(step in FREE_FORM for step in names.split("."))


def reader_for(sheet: Sheet | None, functions: Functions, file: str, notes: Notes) -> Reader:
    """The reader of a type's properties."""
    names = sheet.properties if sheet is not None else {}
    blocks = frozenset(sheet.blocks if sheet is not None else ())
    return Reader(functions, file, names, blocks, notes, sheet is not None and sheet.tags == "tag")
