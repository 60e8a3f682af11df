"""Reads templates written to a folder, with the shipped sheets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.model.project import Project
from finops_lint.model.resource import Resource
from finops_lint.readers.cloudformation.source import TemplateOptions, Templates, read_stack
from finops_lint.readers.discover import ProjectPath


@cache
def sheets() -> Sheets:
    return Sheets(data_root() / "pricing")


@cache
def taggable() -> Taggable:
    return Taggable(data_root())


def project(
    folder: Path,
    files: Mapping[str, str] | str,
    *,
    options: TemplateOptions | None = None,
    others: tuple[str, ...] = (),
) -> Project:
    """The project of the first file; `others` are templates under check beside it."""
    written = {"template.yaml": files} if isinstance(files, str) else files
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    top = str(folder.resolve())
    names = (next(iter(written)), *others)
    paths = tuple(ProjectPath("cloudformation", str(folder / n), n, top, named_by_user=True) for n in names)
    templates = Templates(options or TemplateOptions(), paths)
    return read_stack(paths[0], templates, sheets=sheets(), taggable=taggable())


def resources(folder: Path, files: Mapping[str, str] | str, **more: Any) -> dict[str, Resource]:
    """The resources by address; there must be nothing to complain about."""
    found = project(folder, files, **more)
    assert not found.problems, [p.message for p in found.problems]
    return {r.address: r for r in found.resources}
