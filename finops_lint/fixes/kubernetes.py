"""Fields of a Kubernetes object and their new values → edits in its manifest."""

from __future__ import annotations

from collections.abc import Iterator

from finops_lint.fixes.edits import CannotEdit, Edit
from finops_lint.fixes.yaml_edits import Text, edits_of, roots_of
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Value
from finops_lint.readers.yaml_nodes import Node


def manifest_edits(text: Text, resource: Resource, path: Path, value: Value) -> Iterator[Edit]:
    """What makes the object say `value` at `path`; its canonical path is the one in the manifest.

    Raises:
        CannotEdit: the object cannot be found, or the value is made elsewhere.
    """
    if "kustomize" in resource.metadata:
        raise CannotEdit(f"{resource.metadata['kustomize']} changes this object: change it there")
    span = resource.span
    for root in roots_of(text):
        found = _object_at(root, span.line, span.column)
        if found is not None:
            yield from edits_of(text, found, path, value)
            return
    raise CannotEdit("its object is no longer where it was")


def _object_at(node: Node, line: int, column: int) -> Node | None:
    """The map whose first key stands on `line`; in a `List`, one of its items."""
    if not node.is_map:
        return None
    first = min((key.line for key in node.keys.values()), default=node.line)
    if (first, node.column) == (line, column) and node.get("kind") is not None:
        return node
    items = node.get("items")
    for item in items.value if items is not None and items.is_list else ():
        found = _object_at(item, line, column)
        if found is not None:
            return found
    return None
