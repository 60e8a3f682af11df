"""Builds small Terraform projects for the tests: text in, Project out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from finops_lint.model.finding import Problem
from finops_lint.model.project import Project
from finops_lint.model.resource import Resource
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.source import read_source
from finops_lint.readers.terraform.variables import TerraformOptions


def write(folder: Path, files: Mapping[str, str]) -> None:
    """The files, dedented, below `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")


def read(folder: Path, files: Mapping[str, str] | str, *, at: str = "", **options: Any) -> Project:
    """The project in `folder/at`, after the files (or `main.tf` alone) are written; paths are shown from `folder`."""
    write(folder, {"main.tf": files} if isinstance(files, str) else files)
    tools = {name: options.pop(name) for name in ("sheets", "taggable", "loader") if name in options}
    here = Path.cwd()
    os.chdir(folder)
    try:
        path = ProjectPath("terraform", at or ".", at or ".", os.path.realpath(folder))
        project = read_source(path, TerraformOptions(**options), **tools)
        # Positions are looked up while the files' names mean what they did.
        for resource in project.resources:
            dict(resource.positions)
        return project
    finally:
        os.chdir(here)


def only(project: Project, address: str) -> Resource:
    """The resource at `address`."""
    return next(r for r in project.resources if r.address == address)


def value(project: Project, address: str, *path: str | int) -> Any:
    """One attribute of the resource at `address`."""
    return only(project, address).value(*path)


def problems(project: Project, code: str) -> list[Problem]:
    """The project's problems of one kind."""
    return [p for p in project.problems if p.code == code]
