"""Files of manifests → projects: what a kustomization builds is one, the loose manifests below a folder are one.

A kustomization that another one names is no project of its own. At the top of a repository loose manifests make one
project for each folder there, so that the parts of a monorepo stay apart.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.readers.files import is_inside, read_file
from finops_lint.readers.folders import KUSTOMIZATIONS
from finops_lint.readers.kubernetes.patches import APPLIED, PATCHES, Edits, edits_in
from finops_lint.readers.yaml_nodes import Fault, Node, decoded, plain, read_yaml

_LISTS = ("resources", "bases", "components")
_DEEPEST = 30


@record(frozen=True, slots=True)
class Kustomization:
    """What one kustomization file says, as far as it is followed."""

    file: str
    folder: str
    names: tuple[str, ...] = ()
    """Files and folders it builds from."""
    patches: tuple[str, ...] = ()
    """Files that are parts of objects, not objects."""
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What it adds to the labels of every object."""
    changes: tuple[str, ...] = ()
    """What else it changes: `patches`, `replicas`, `images` …"""
    span: Span | None = None
    components: tuple[str, ...] = ()
    """Those of `names` that change what the others build."""
    edits: Edits = field(default_factory=Edits)
    """What is applied of `changes`."""
    prefix: str = ""
    """What the names of its objects begin with when it is done; in addresses they stay as their files have them."""
    suffix: str = ""


@record(frozen=True, slots=True)
class Group:
    """The files of one project."""

    path: str
    files: tuple[str, ...]
    kustomization: Kustomization | None = None
    chains: Mapping[str, tuple[Kustomization, ...]] = field(default_factory=dict)
    """File → the kustomizations that list it and one another, the outermost first; each one's components after it."""


def groups(files: Sequence[str], start: str, top: str) -> Iterator[Group]:
    """The projects that `files`, all below `start`, make."""
    found = {os.path.normpath(k.folder): k for k in _kustomizations(files, top)}
    seen = _Seen(top, found, frozenset(map(os.path.normpath, files)))
    named = {os.path.normpath(os.path.join(k.folder, n)) for k in found.values() for n in k.names}
    used: set[str] = {os.path.normpath(k.file) for k in found.values()}
    for folder, kustomization in tuple(found.items()):
        built = dict(_built(kustomization, seen))
        patches = {os.path.normpath(p) for k in found.values() for p in k.patches}
        used.update(built, patches)
        if folder not in named:
            yield Group(folder, tuple(f for f in built if f not in patches), kustomization, built)
    loose = [f for f in files if os.path.normpath(f) not in used]
    for path, group in _loose(loose, start):
        yield Group(path, tuple(group))


def kustomization_of(path: str, top: str | None = None) -> Kustomization | None:
    """What the kustomization file at `path` says; None where it cannot be read."""
    data = read_file(path, top=top)
    text = None if isinstance(data, Problem) else decoded(data)
    if text is None or isinstance(text, Fault):
        return None
    root = next((d.root for d in read_yaml(text) if d.root is not None), None)
    if root is None or not root.is_map:
        return None
    return _of(root, path, top)


def _of(root: Node, path: str, top: str | None) -> Kustomization:
    says: dict[str, Any] = plain(root)
    folder = os.path.dirname(path) or "."
    labels = {str(k): str(v) for k, v in _map(says.get("commonLabels")).items()}
    for entry in _list(says.get("labels")):
        labels |= {str(k): str(v) for k, v in _map(_map(entry).get("pairs")).items()}
    patches = [p for name in PATCHES for p in _list(says.get(name))]
    files = [p if isinstance(p, str) else str(_map(p).get("path") or "") for p in patches]
    others = (
        "replicas",
        "images",
        "replacements",
        "helmCharts",
        "helmChartInflationGenerator",
    )
    changes = tuple(n for n in (*PATCHES, *others) if says.get(n))
    return Kustomization(
        file=path,
        folder=folder,
        names=tuple(n for name in _LISTS for n in _list(says.get(name)) if isinstance(n, str) and "://" not in n),
        patches=tuple(os.path.join(folder, f) for f in files if f and "\n" not in f),
        namespace=_plain(says.get("namespace")),
        labels=labels,
        changes=changes,
        span=root.span_of(changes[0], path) if changes else root.span(path),
        components=tuple(n for n in _list(says.get("components")) if isinstance(n, str) and "://" not in n),
        edits=edits_in(root, folder, top),
        prefix=_plain(says.get("namePrefix")),
        suffix=_plain(says.get("nameSuffix")),
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _kustomizations(files: Iterable[str], top: str) -> Iterator[Kustomization]:
    for file in files:
        if os.path.basename(file) in KUSTOMIZATIONS:
            found = kustomization_of(file, top)
            if found is not None:
                yield found


@record(frozen=True, slots=True)
class _Seen:
    """What is known of the folders that kustomizations name."""

    top: str
    """The real folder that nothing may lead out of."""
    kustomizations: dict[str, Kustomization]
    """By their folder; those met on the way are added."""
    files: frozenset[str]
    """Files that discovery has looked at."""


def _built(
    kustomization: Kustomization, seen: _Seen, depth: int = 0, around: tuple[Kustomization, ...] = ()
) -> Iterator[tuple[str, tuple[Kustomization, ...]]]:
    """The files it builds from, through the kustomizations it names, each with those that lead to it."""
    parts = (_at(os.path.normpath(os.path.join(kustomization.folder, n)), seen) for n in kustomization.components)
    chain = (*around, kustomization, *(part for part in parts if part is not None))
    for name in kustomization.names:
        path = os.path.normpath(os.path.join(kustomization.folder, name))
        if path in seen.files:
            yield path, chain
            continue
        if not is_inside(path, seen.top):
            continue
        if Path(path).is_file():
            yield path, chain
            continue
        inner = _at(path, seen)
        if inner is not None and depth < _DEEPEST:
            yield from _built(inner, seen, depth + 1, tuple(k for k in chain if k.file != inner.file))


def _at(path: str, seen: _Seen) -> Kustomization | None:
    """The kustomization of a folder, which is remembered; None where there is none within the project."""
    if not is_inside(path, seen.top):
        return None
    inner = seen.kustomizations.get(path) or _inside(path, seen.top)
    if inner is not None:
        seen.kustomizations.setdefault(path, inner)
    return inner


def _inside(folder: str, top: str) -> Kustomization | None:
    """The kustomization of a folder that was not among the files looked at."""
    files = (os.path.join(folder, name) for name in KUSTOMIZATIONS)
    return next((kustomization_of(f, top) for f in files if Path(f).is_file()), None)


def _loose(files: Sequence[str], start: str) -> Iterator[tuple[str, list[str]]]:
    """All of them as one, or, at the top of a repository, one project a folder."""
    if not files:
        return
    if not Path(start, ".git").exists():
        yield start, list(files)
        return
    by_folder: dict[str, list[str]] = {}
    for file in files:
        first, *deeper = Path(os.path.relpath(file, start)).parts
        folder = os.path.normpath(Path(start, first)) if deeper else start
        by_folder.setdefault(folder, []).append(file)
    yield from by_folder.items()


def place_of(chain: Sequence[Kustomization]) -> Kustomization | None:
    """The outermost kustomization that gives a namespace or labels."""
    return next((k for k in chain if k.namespace or k.labels), None)


def unapplied(kustomization: Kustomization) -> Problem | None:
    """What the user should know about a kustomization that does more than is followed here."""
    left = [name for name in kustomization.changes if name not in APPLIED or name in kustomization.edits.left]
    if not left:
        return None
    what = ", ".join(left)
    message = f"objects are read as their files have them: {what} of this kustomization are not applied"
    hint = f"run again with --kustomize {kustomization.folder} (your own kustomize or kubectl builds it)"
    return Problem(Level.NOTICE, "kustomize-patches", message, kustomization.span, hint)
