"""Attributes of a resource in a CloudFormation template and their new values → edits in the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from finops_lint.catalog.template_words import property_names
from finops_lint.fixes.edits import CannotEdit, Edit
from finops_lint.fixes.yaml_edits import Text, add_to_list, edits_of, entry_at
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Value
from finops_lint.readers.yaml_nodes import Node

_MAP_TAGS = (
    "AWS::Batch::", "AWS::SSM::Parameter", "AWS::Glue::", "AWS::MSK::", "AWS::ApiGatewayV2::", "AWS::Serverless::",
    "AWS::EKS::Nodegroup", "AWS::DAX::", "AWS::MediaLive::", "AWS::Pinpoint::",
)  # fmt: skip
"""Types, or how their names begin, that write tags as one map. Source: the CloudFormation resource specification."""


def template_edits(
    text: Text, root: Node, resource: Resource, change: tuple[Path, Value], names: Mapping[str, str]
) -> Iterator[Edit]:
    """What makes `resource` say `change` in the template whose root is `root`.

    `names` is the sheet's property map, dotted property → attribute; an attribute it does not name is the property in
    PascalCase.

    Raises:
        CannotEdit: the value is made elsewhere or the resource cannot be found.
    """
    path, value = change
    span = resource.positions.get(path)
    if span is not None:
        found = entry_at(root, span.line, span.column)
        if found is None:
            raise CannotEdit("it is no longer where it was")
        around, key = found
        yield from edits_of(text, around, ("Value",) if _is_pair(around, path, key) else (key,), value)
    elif value is not None:
        yield _added(text, root, resource, change, names)


def _is_pair(node: Node, path: Path, key: str) -> bool:
    """Whether what stands there names a value beside it: a tag, an attribute of a load balancer."""
    return "Key" in node.value and "Value" in node.value and (key == "Key" or path[0] == "tags")


def _added(text: Text, root: Node, resource: Resource, change: tuple[Path, Value], names: Mapping[str, str]) -> Edit:
    """A property that is not there yet, in the nearest one above it that is."""
    path, value = change
    parent, rest, way = _nearest(root, resource, path)
    if parent.tag:
        raise CannotEdit("the value around it comes from a function: change what it is made of")
    if path[0] == "tags":
        return _tag(text, root, resource, (parent, rest, way), value)
    steps = [step for step in rest if isinstance(step, str)]
    if any(step != 0 for step in rest if isinstance(step, int)) or not steps:
        raise CannotEdit("the list it belongs to is not there: change it by hand")
    above = path[: len(path) - len(rest)]
    [first, *more] = property_names(above, steps, names)
    walked = [step for step in path if isinstance(step, str)]
    return next(edits_of(text, parent, (*way, first, *more), _as_properties(walked, value, names)))


def _as_properties(above: list[str], value: Value, names: Mapping[str, str]) -> Value:
    """A value with the attributes in it named as properties."""
    if isinstance(value, list | tuple):
        return [_as_properties(above, entry, names) for entry in value]
    if isinstance(value, Mapping):
        named = ((key, property_names(tuple(above), [key], names)[0]) for key in value)
        return {name: _as_properties([*above, key], value[key], names) for key, name in named}
    return value


def _nearest(root: Node, resource: Resource, path: Path) -> tuple[Node, Path, Path]:
    """The nearest node above `path` that is written, the rest of the path, and what must be made to go there first."""
    for length in range(len(path) - 1, 0, -1):
        span = resource.positions.get(path[:length])
        found = entry_at(root, span.line, span.column) if span is not None else None
        if found is not None:
            rest = path[length:]
            return found[0].value[found[1]], rest[1:] if rest and rest[0] == 0 else rest, ()
    entry = _entry(root, resource)
    properties = entry.get("Properties")
    if properties is None:
        return entry, path, ("Properties",)
    if not properties.is_map:
        raise CannotEdit("the resource has no Properties to add to")
    return properties, path, ()


def _entry(root: Node, resource: Resource) -> Node:
    found = entry_at(root, resource.span.line, resource.span.column)
    if found is None:
        raise CannotEdit("its resource is no longer where it was")
    node: Node = found[0].value[found[1]]
    return node


def _tag(text: Text, root: Node, resource: Resource, place: tuple[Node, Path, Path], value: Value) -> Edit:
    parent, rest, way = place
    key = str(rest[-1])
    if rest[0] == "tags":  # there are none yet
        kind = _entry(root, resource).get("Type")
        is_map = kind is not None and str(kind.value).startswith(_MAP_TAGS)
        tags: Value = {key: value} if is_map else [{"Key": key, "Value": value}]
        return next(edits_of(text, parent, (*way, "Tags"), tags))
    if parent.is_list:
        return add_to_list(text, parent, {"Key": key, "Value": value})
    return next(edits_of(text, parent, (key,), value))
