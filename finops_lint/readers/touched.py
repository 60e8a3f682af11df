"""Changed files → the projects whose figures they may change, through the graph of modules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from finops_lint.readers.discover import Discovery, ProjectPath
from finops_lint.readers.folders import SOURCE_SUFFIXES

Calls = Mapping[str, frozenset[str]]


def touched(found: Discovery, changed: Iterable[str]) -> tuple[ProjectPath, ...]:
    """The projects of `found` that one of the `changed` files, real paths, may touch, in order.

    A Terraform project is touched by what lies in its folder or one of its modules', and below them as far as it is no
    Terraform folder of its own; manifests by Terraform, too, which declares their nodes; templates by each other.
    """
    files = tuple(changed)
    folders = {_owner(file, found.calls) for file in files}
    has_source = any(file.endswith(SOURCE_SUFFIXES) for file in files)
    has_document = any(is_document(file) for file in files)
    return tuple(
        project
        for project in found.projects
        if (project.kind == "terraform" and not folders.isdisjoint(closure(_real(project), found.calls)))
        or (project.kind in ("cloudformation", "kubernetes") and has_document)
        or (project.kind == "kubernetes" and has_source)
        or _real(project) in files
    )


def closure(start: str, calls: Calls) -> set[str]:
    """`start` and every folder its modules lead to."""
    pending, reached = [start], set[str]()
    while pending:
        folder = pending.pop()
        if folder not in reached:
            reached.add(folder)
            pending.extend(calls.get(folder, ()))
    return reached


def is_document(file: str) -> bool:
    """Whether a file may be a template, a manifest or a plan."""
    return file.endswith((".yaml", ".yml", ".json", ".template", ".toml")) and not file.endswith(SOURCE_SUFFIXES)


def _owner(file: str, calls: Calls) -> str:
    """The Terraform folder a file belongs to: its own, or the nearest above; its own where there is none."""
    own = os.path.dirname(file)
    return next((folder for folder in _above(own) if folder in calls), own)


def _above(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _real(project: ProjectPath) -> str:
    return os.path.realpath(project.path)
