"""What the SAM transform adds that is billed: the defaults of `Globals`, and the APIs that events call for.

Language: AWS Serverless Application Model specification, "Globals section" and "Api" and "HttpApi" event sources,
read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator

from finops_lint.model.records import record, replace
from finops_lint.model.span import Span
from finops_lint.readers.cloudformation.template import Template, intrinsic, text_of
from finops_lint.readers.yaml_nodes import Node

_PREFIX = "AWS::Serverless::"
_FUNCTION = _PREFIX + "Function"
_IMPLICIT = {"Api": ("ServerlessRestApi", "Api", "RestApiId"), "HttpApi": ("ServerlessHttpApi", "HttpApi", "ApiId")}
"""Type of an event → the API it makes where it names none: its logical id, its type, the property that names one."""


@record(frozen=True, slots=True)
class Implicit:
    """An API nobody wrote down."""

    name: str
    kind: str
    node: Node
    """The event that calls for it."""
    properties: Node
    span: Span


def with_globals(template: Template, kind: str, properties: Node) -> Node:
    """The properties of a serverless resource over what `Globals` says for its type."""
    if not kind.startswith(_PREFIX):
        return properties
    shared = template.section("Globals").get(kind.removeprefix(_PREFIX))
    return properties if shared is None else merged(shared, properties)


def merged(shared: Node, own: Node) -> Node:
    """Maps are merged, lists added to, anything else is replaced by what the resource says."""
    if intrinsic(shared) is not None or intrinsic(own) is not None:
        return own
    if shared.is_map and own.is_map:
        values = dict(shared.value)
        for key, node in own.value.items():
            values[key] = merged(values[key], node) if key in values else node
        return replace(own, value=values, keys={**shared.keys, **own.keys})
    if shared.is_list and own.is_list:
        return replace(own, value=(*shared.value, *own.value))
    return own


def implicit_apis(template: Template) -> Iterator[Implicit]:
    """One API of each kind, where a function's event asks for one without naming it."""
    found: dict[str, Implicit] = {}
    for event, kind in _events(template):
        name, api, named_by = _IMPLICIT[kind]
        if name not in found and event.get("Properties", named_by) is None:
            properties = Node({}, event.line, event.column, event.end_line, event.end_column)
            whole = with_globals(template, _PREFIX + api, properties)
            found[name] = Implicit(name, _PREFIX + api, event, whole, event.span(template.file))
    yield from found.values()


def _events(template: Template) -> Iterator[tuple[Node, str]]:
    """The events of functions that an API brings, with their types."""
    for node in template.section("Resources").values():
        written = node.get("Type")
        events = node.get("Properties", "Events")
        if written is None or text_of(written) != _FUNCTION or events is None or not events.is_map:
            continue
        for event in events.value.values():
            kind = event.get("Type")
            text = text_of(kind) if kind is not None else None
            if text in _IMPLICIT:
                yield event, text
