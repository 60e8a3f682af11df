"""One document's nodes → a Resource in canonical shape: `group/Kind`, `kind/namespace/name`, labels as tags.

Placeholders that are filled in before a manifest is applied (`${NAME}`, `{{ name }}`) are unknown values. What a
Secret or ConfigMap holds, and the schema of a custom resource, is not kept: nobody asks for it; the first is secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from finops_lint.catalog.kubernetes.controllers import lies_in_no_namespace
from finops_lint.catalog.kubernetes.kinds import CLUSTER_KINDS
from finops_lint.model.finding import Level, Problem
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference, Resource, Tags
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Unknown, Value, get
from finops_lint.readers.yaml_nodes import Node

DIALECT = "kubernetes"
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "core/Secret": ("data", "stringData"),
    "core/ConfigMap": ("data", "binaryData"),
    "apiextensions.k8s.io/CustomResourceDefinition": ("spec", "status"),
}
FREE_TEXT = frozenset({"command", "args", "env", "source", "script", "annotations", "description", "data"})
"""Keys below which `${NAME}` may be a shell's own, so that it stays text."""
_PLACEHOLDER = regex(
    r"\$\{\s*([\w.:-]+)[^}]*\}|\$\{\{?\s*([\w.-]+)|\{\{-?\s*([^}]*?)\s*-?\}\}|^\$([A-Z][A-Z0-9_]*)$|^<([\w -]+)>$"
)
_RENAMED_GROUPS = {"extensions": "apps", "serving.kubeflow.org": "serving.kserve.io"}
"""API groups that kinds have moved from."""


class Positions(Mapping[Path, Span]):
    """Where each value of one object is written, looked up in its nodes when somebody asks."""

    __slots__ = ("_file", "_root")

    def __init__(self, root: Node, file: str) -> None:
        self._root = root
        self._file = file

    def __getitem__(self, path: Path) -> Span:
        if not path:
            return self._root.span(self._file)
        around = self._root.get(*path[:-1])
        last = path[-1]
        if around is None or around.get(last) is None:
            raise KeyError(path)
        return around.span_of(last, self._file) if isinstance(last, str) else around.value[last].span(self._file)

    def __iter__(self) -> Iterator[Path]:
        yield from _paths(self._root, ())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _paths(node: Node, so_far: Path) -> Iterator[Path]:
    entries = node.value.items() if node.is_map else enumerate(node.value) if node.is_list else ()
    for step, below in entries:
        yield (*so_far, step)
        yield from _paths(below, (*so_far, step))


def value_of(node: Node, *, is_text: bool = False) -> Value:
    """A node as a canonical value: nulls and empty lists dropped, placeholders unknown."""
    value = node.value
    if isinstance(value, dict):
        if "?" in value and len(value) == 1 and not value["?"].text:
            return Unknown("a template's {{ … }} is filled in before it is applied", ("{{ … }}",))
        found = {}
        for key, below in value.items():
            if below.value is None or below.value == ():
                continue
            found[key] = value_of(below, is_text=is_text or key in FREE_TEXT)
        return found
    if isinstance(value, tuple):
        return [{} if entry.value is None else value_of(entry, is_text=is_text) for entry in value]
    if isinstance(value, str) and not is_text and ("$" in value or "{{" in value or value[:1] == "<"):
        return _placeholder(value)
    return value


def _placeholder(value: str) -> Value:
    if len(value) > 300 or "\n" in value:
        return value
    match = _PLACEHOLDER.search(value)
    if match is None:
        return value
    name = next((g for g in match.groups() if g), "?")
    return Unknown(f"{match[0][:60]} is filled in before it is applied", (name[:60],))


def group_kind(version: str, kind: str) -> str:
    """`apps/v1`, `Deployment` → `apps/Deployment`; the group of `v1` is `core`."""
    return _group_kind(version, kind)


@lru_cache(maxsize=1000)
def _group_kind(version: str, kind: str) -> str:
    group = version.rpartition("/")[0] or "core"
    if group == "extensions" and kind == "Ingress":
        group = "networking.k8s.io"
    return f"{_RENAMED_GROUPS.get(group, group)}/{kind}"


def objects_in(root: Node, file: str) -> Iterator[Node | Problem]:
    """The objects of one document: itself, or what a `List` holds, lists in lists too; and what an AppWrapper wraps."""
    pending = [root]
    while pending:
        node = pending.pop()
        kind = node.get("kind")
        items = node.get("items")
        if (
            kind is not None
            and isinstance(kind.value, str)
            and kind.value.endswith("List")
            and items is not None
            and items.is_list
        ):
            pending.extend(reversed(items.value))
        elif not node.is_map:
            yield Problem(
                Level.NOTICE,
                "not-an-object",
                "not a Kubernetes object: a map with apiVersion and kind is expected",
                node.span(file),
            )
        else:
            yield node
            pending.extend(reversed(tuple(_wrapped(node))))


def _wrapped(node: Node) -> Iterator[Node]:
    """What CodeFlare's AppWrapper makes once it is let in (project-codeflare.github.io, read 2026-11-21)."""
    version, components = node.get("apiVersion"), node.get("spec", "components")
    if _text(node, "kind") != "AppWrapper" or version is None or not version.text.startswith("workload.codeflare.dev/"):
        return
    for component in components.value if components is not None and components.is_list else ():
        template = component.get("template")
        if template is not None and is_object(template):
            yield template


def is_object(node: Node) -> bool:
    """Whether it has a version and a kind in words."""
    version, kind = node.get("apiVersion"), node.get("kind")
    return all(n is not None and isinstance(n.value, str) and bool(n.value) for n in (version, kind))


def resource_of(node: Node, file: str, *, project: str, namespace: str = "") -> Resource:
    """The resource one object is; `namespace` is that of its kustomization, which goes before its own."""
    version, kind = node.value["apiVersion"].value.strip(), node.value["kind"].value.strip()
    type_name = group_kind(version, kind)
    left_out = LEFT_OUT.get(type_name, ())
    values: dict[str, Any] = {}
    for key, below in node.value.items():
        if key not in left_out and key != "status" and below.value is not None and below.value != ():
            values[key] = value_of(below)
    name, own = _name(node), _text(node, "metadata", "namespace")
    place = "" if type_name in CLUSTER_KINDS or lies_in_no_namespace(type_name) else namespace or own or "default"
    return Resource(
        address="/".join(part for part in (kind, place, name) if part),
        type=type_name,
        name=name,
        provider=DIALECT,
        dialect=DIALECT,
        project=project,
        region=None,
        values=values,
        span=_head(node, file),
        positions=Positions(node, file),
        tags=tags_of(values),
        references=(),
    )


def definition(name: str, span: Span, project: str) -> Resource:
    """A custom resource definition, of which only the name is kept."""
    kind = "CustomResourceDefinition"
    values = {"apiVersion": "apiextensions.k8s.io/v1", "kind": kind, "metadata": {"name": name}}
    return Resource(
        f"{kind}/{name}", f"apiextensions.k8s.io/{kind}", name, DIALECT, DIALECT, project, None, values, span
    )


def _head(node: Node, file: str) -> Span:
    """From its first line to its last; the head is where `kind` stands, since comments suppress there."""
    first = min((key.line for key in node.keys.values()), default=node.line)
    return Span(file, first, node.column, node.end_line, node.end_column)


def _text(node: Node, *path: str) -> str:
    found = node.get(*path)
    if found is None or isinstance(found.value, (dict, tuple)) or found.value is None:
        return ""
    return found.text or str(found.value)


def _name(node: Node) -> str:
    name = _text(node, "metadata", "name")
    if name:
        return name
    generated = _text(node, "metadata", "generateName")
    return f"{generated}*" if generated else "(unnamed)"


def tags_of(values: Mapping[str, Value]) -> Tags:
    """Labels are an object's tags."""
    labels = get(values, ("metadata", "labels"))
    labels = labels if isinstance(labels, (Mapping, Unknown)) else {}
    return Tags(own=labels, effective=labels, path=("metadata", "labels"))


def reference(path: Path, target: str, attribute: str = "") -> Reference:
    """An edge to another object."""
    return Reference(path, target, attribute)
