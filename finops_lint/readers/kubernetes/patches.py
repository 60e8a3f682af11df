"""What a kustomization changes in the objects it lists → the same objects, changed: its patches, `replicas`, `images`.

A strategic merge and a JSON patch are applied as kustomize applies them, to values alone: positions stay those of the
object's own file. Lists are merged by name in the kinds Kubernetes itself defines, and replaced in all others.
Source: Declarative Management of Kubernetes Objects Using Kustomize, kubernetes.io; RFC 6902; read 2026-11-21.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Any

from finops_lint.model.finding import Problem
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.readers.files import is_inside, read_file
from finops_lint.readers.kubernetes.objects import FREE_TEXT, LEFT_OUT, group_kind, tags_of, value_of
from finops_lint.readers.yaml_nodes import Fault, Node, decoded, read_yaml

PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")
APPLIED = (*PATCHES, "replicas", "images")
_SCALED = ("apps/Deployment", "apps/ReplicaSet", "apps/StatefulSet", "core/ReplicationController")
_BUILT_IN = ("apps/", "batch/", "core/")
_BY_NAME: Mapping[str, str] = {
    **dict.fromkeys(
        ("containers", "initContainers", "ephemeralContainers", "volumes", "env", "imagePullSecrets"), "name"
    ),
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
}
"""Lists of a pod that a strategic merge merges → the key that tells their entries apart (Kubernetes API, PodSpec)."""
_ABSENT: Any = object()


@record(frozen=True, slots=True)
class Patch:
    """One change of some objects."""

    type: str
    """`group/Kind`, `/Kind` where the group does not matter; empty for any."""
    name: str
    """A name, or a pattern with `.*`; empty for any."""
    merge: Node | None = None
    """A part of the object."""
    operations: tuple[Node, ...] = ()
    """Operations of a JSON patch."""
    replicas: int | None = None
    deletes: bool = False
    """Whether the object is left out."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the object's labels must say."""

    def fits(self, resource: Resource, names: Sequence[str]) -> bool:
        """Whether it changes this object, which is known by `names`."""
        kind = not self.type or (
            resource.type == self.type if self.type[0] != "/" else resource.type.endswith(self.type)
        )
        if not kind or not (not self.name or any(fnmatchcase(n, self.name.replace(".*", "*")) for n in names)):
            return False
        return not self.labels or all(resource.value("metadata", "labels", k) == v for k, v in self.labels.items())


@record(frozen=True, slots=True)
class Image:
    """What takes the place of the images of one name."""

    name: str
    new_name: str
    ending: str
    """`:tag` or `@digest`; empty for the image's own."""

    def of(self, image: str) -> str:
        """The image that a container runs instead of `image`."""
        name, ending = _split_image(image)
        return f"{self.new_name}{self.ending or ending}" if name == self.name else image


@record(frozen=True, slots=True)
class Edits:
    """What one kustomization changes."""

    patches: tuple[Patch, ...] = ()
    images: tuple[Image, ...] = ()
    left: frozenset[str] = field(default_factory=frozenset)
    """Its keys of which something is not understood and not applied."""


def edits_in(says: Node, folder: str, top: str | None) -> Edits:
    """What the kustomization file `says`, which is in `folder`, changes; nothing outside `top` is read."""
    found: list[Patch] = []
    left: set[str] = set()
    for key in PATCHES:
        for entry in _items(says.get(key)):
            patches = _patches(entry, folder, top)
            found += patches or ()
            if patches is None:
                left.add(key)
    for entry in _items(says.get("replicas")):
        name, count = _text(entry, "name"), entry.get("count")
        if name and count is not None and isinstance(count.value, int):
            found += [Patch(kind, name, replicas=count.value) for kind in _SCALED]
        else:
            left.add("replicas")
    return Edits(tuple(found), tuple(_images(says)), frozenset(left))


def _images(says: Node) -> Iterator[Image]:
    for entry in _items(says.get("images")):
        name, digest = _text(entry, "name"), _text(entry, "digest")
        tag = entry.get("newTag")
        ending = f"@{digest}" if digest else f":{tag.text}" if tag is not None and tag.text else ""
        if name:
            yield Image(name, _text(entry, "newName") or name, ending)


def _split_image(image: str) -> tuple[str, str]:
    """`host:5000/name:tag` → `host:5000/name` and `:tag`."""
    name, at, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{head}{slash}{last}", f"{colon}{tag}{at}{digest}"


def _patches(entry: Node, folder: str, top: str | None) -> list[Patch] | None:
    """The patches of one entry; None where it is not understood."""
    if isinstance(entry.value, str):
        inline, path = (entry.value, "") if "\n" in entry.value else ("", entry.value)
    else:
        inline, path = _text(entry, "patch"), _text(entry, "path")
    text = inline or _content(os.path.join(folder, path), top)
    target = entry.get("target")
    labels = _equalities(_text(target, "labelSelector"))
    if not text or labels is None or (target is not None and target.get("annotationSelector")):
        return None
    found = []
    for document in read_yaml(text):
        patch = _patch(document.root, target) if document.root is not None else None
        if patch is None:
            return None
        found.append(replace(patch, labels=labels))
    return found


def _equalities(selector: str) -> Mapping[str, str] | None:
    """The labels that a selector of the form `a=b,c==d` asks for; None for one of another form."""
    pairs = [part.replace("==", "=").partition("=") for part in selector.split(",")] if selector else []
    if not all(equals and not key.endswith("!") for key, equals, _ in pairs):
        return None
    return {key.strip(): value.strip() for key, _, value in pairs}


def _patch(root: Node, target: Node | None) -> Patch | None:
    kind, name = _text(target, "kind"), _text(target, "name")
    if not re.fullmatch(r"(?:[\w-]|\.\*?)*", name):
        return None  # a regular expression of the author's
    type_name = f"{_text(target, 'group')}/{kind}" if kind else ""
    if root.is_list:
        known = all(_text(op, "op") in ("add", "replace", "remove", "test") for op in root.value)
        return Patch(type_name, name, operations=root.value) if target is not None and known else None
    directive = _text(root, "$patch")
    if not root.is_map or directive not in ("", "delete", "merge"):
        return None
    if target is None:
        type_name = group_kind(_text(root, "apiVersion"), _text(root, "kind"))
        name = _text(root, "metadata", "name")
        if not name:
            return None
    return Patch(type_name, name, deletes=True) if directive == "delete" else Patch(type_name, name, merge=root)


def _content(path: str, top: str | None) -> str:
    data = read_file(path, top=top) if top is None or is_inside(path, top) else None
    text = None if data is None or isinstance(data, Problem) else decoded(data)
    return "" if text is None or isinstance(text, Fault) else text


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.value if node is not None and node.is_list else ()


def _text(node: Node | None, *path: str) -> str:
    found = node.get(*path) if node is not None else None
    return found.value.strip() if found is not None and isinstance(found.value, str) else ""


# Application


def patched(resource: Resource, edits: Edits, file: str, names: Sequence[str]) -> Resource | None:
    """The object as the kustomization in `file` leaves it, which knows it by `names`; None where it leaves it out."""
    values: Value = resource.values
    for patch in edits.patches:
        if patch.fits(resource, names):
            if patch.deletes:
                return None
            values = _applied(values, patch, resource.type)
    notes = resource.metadata
    if values is not resource.values:
        notes = {**notes, "kustomize": file}
    for image in edits.images:  # no remedy changes an image, so what it says needs no note
        values = _with_image(values, image)
    if values is resource.values or not isinstance(values, Mapping):
        return resource
    return replace(resource, values=values, tags=tags_of(values), metadata=notes)


def _applied(values: Value, patch: Patch, type_name: str) -> Value:
    hidden = (*LEFT_OUT.get(type_name, ()), "status")
    if patch.replicas is not None:
        return _set(values, ("spec", "replicas"), patch.replicas, "replace")
    if patch.merge is not None:
        names = [key for key in patch.merge.value if key not in (*hidden, "apiVersion", "kind")]
        shown = {key: patch.merge.value[key] for key in names}
        by_name = type_name.startswith(_BUILT_IN)
        return _merged(values, replace(patch.merge, value=shown), by_name=by_name)
    for operation in patch.operations:
        path = _pointer(_text(operation, "path"))
        value = operation.get("value")
        if _text(operation, "op") == "test" or not path or path[0] in hidden:
            continue
        remove = _text(operation, "op") == "remove"
        is_text = not FREE_TEXT.isdisjoint(map(str, path))
        new = _ABSENT if remove or value is None or value.value is None else value_of(value, is_text=is_text)
        values = _set(values, path, new, _text(operation, "op"))
    return values


def _with_image(values: Value, image: Image) -> Value:
    """`values` with the images of containers replaced, wherever they are; the same object where there are none."""
    if isinstance(values, list):
        found: Value = [_with_image(entry, image) for entry in values]
    elif isinstance(values, Mapping):
        found = {
            key: [_in_container(c, image) for c in value]
            if key in ("containers", "initContainers") and isinstance(value, list)
            else _with_image(value, image)
            for key, value in values.items()
        }
    else:
        return values
    return values if found == values else found


def _in_container(container: Value, image: Image) -> Value:
    named = container.get("image") if isinstance(container, Mapping) else None
    return {**container, "image": image.of(named)} if isinstance(named, str) else container


def _pointer(text: str) -> Path:
    """A JSON pointer's steps, RFC 6901; `-` is the end of a list."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _merged(base: Value, node: Node, *, by_name: bool, key: str = "", is_text: bool = False) -> Value:
    """`base` with what a part of the object says; null removes."""
    if isinstance(base, Unknown):
        return base
    if node.is_list:
        kept = tuple(entry for entry in node.value if _text(entry, "$patch") != "replace")
        if len(kept) < len(node.value):
            return value_of(replace(node, value=kept), is_text=is_text)
        entries = _by_name(base, node, key) if by_name else None
        return value_of(node, is_text=is_text) if entries is None else entries
    if not node.is_map:
        return value_of(node, is_text=is_text)
    directive = _text(node, "$patch")
    if directive == "delete":
        return _ABSENT
    found = dict(base) if isinstance(base, Mapping) and directive != "replace" else {}
    for name, below in node.value.items():
        if name.startswith("$"):
            continue
        text = is_text or name in FREE_TEXT
        new = (
            _ABSENT if below.value is None else _merged(found.get(name), below, by_name=by_name, key=name, is_text=text)
        )
        if new is _ABSENT:
            found.pop(name, None)
        else:
            found[name] = new
    return found


def _by_name(base: Value, node: Node, key: str) -> list[Value] | None:
    """The list with each entry merged into the one of its name; None where the list is replaced as a whole."""
    told_by = _BY_NAME.get(key)
    if told_by is None or not isinstance(base, list) or not all(entry.get(told_by) for entry in node.value):
        return None
    found = list(base)
    for entry in node.value:
        name = entry.get(told_by).value
        place = next((n for n, old in enumerate(found) if isinstance(old, Mapping) and old.get(told_by) == name), None)
        new = _merged(found[place] if place is not None else {}, entry, by_name=True, key="", is_text=key == "env")
        if place is None:
            found += [] if new is _ABSENT else [new]
        else:
            found[place : place + 1] = [] if new is _ABSENT else [new]
    return found


def _set(values: Value, path: Path, new: Any, operation: str) -> Value:
    """A copy with `new` at `path`, as an operation of RFC 6902 puts it there; what is not there stays as it is."""
    step, rest = path[0], path[1:]
    if isinstance(values, list):
        place = len(values) if step == "-" else int(step) if str(step).isdecimal() else -1
        if not 0 <= place <= len(values) or (rest and place == len(values)):
            return values
        if rest:
            return [*values[:place], _set(values[place], rest, new, operation), *values[place + 1 :]]
        after = values[place + (operation != "add") :]
        return [*values[:place], *([] if new is _ABSENT else [new]), *after]
    if not isinstance(values, Mapping) or (rest and step not in values):
        return values
    changed = _set(values[str(step)], rest, new, operation) if rest else new
    entries = {key: value for key, value in values.items() if key != step}
    return entries if changed is _ABSENT else {**entries, str(step): changed}
