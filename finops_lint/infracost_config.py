"""An `infracost.yml` of version 0.1, unchanged, to requests for the pipeline: one for each of its projects.

As there, `path` and `usage_file` start at the working folder, `terraform_var_files` at the project's. What concerns
running Terraform or reaching a service is left out, and named.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from finops_lint.catalog.given import read_given
from finops_lint.catalog.yaml_text import load_yaml
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.report import ProjectReport, Report
from finops_lint.model.span import Span
from finops_lint.pipeline import Progress, analyze_each
from finops_lint.request import Request

VERSION = "0.1"
_STRING, _STRINGS, _MAP = (str,), (list,), (dict,)
KEYS: Mapping[str, tuple[type, ...]] = {
    "path": _STRING,
    "name": _STRING,
    "terraform_var_files": _STRINGS,
    "terraform_vars": _MAP,
    "terraform_workspace": _STRING,
    "usage_file": _STRING,
    "exclude_paths": _STRINGS,
    "env": _MAP,
    "skip_autodetect": (bool,),
}
"""The keys of a project that are read, and what they hold."""
_ALWAYS = frozenset({"include_all_paths"})
"""Keys that ask for what is done anyway: every project below `path` is read."""


class InfracostConfigError(FinopsLintError):
    """The file is none of that format: the run stops with exit 2."""


@record(frozen=True, slots=True)
class Part:
    """One project of the file."""

    name: str
    """Empty where the file gives none."""
    request: Request
    alone: bool = False
    """Whether only what lies in the folder itself is meant, not the projects below it."""


def parts_of(file: str, base: Request) -> tuple[list[Part], tuple[Problem, ...]]:
    """What each project of `file` asks for on top of `base`; a notice names what is not read.

    The variables of `base` win; its usage file is for projects without their own.

    Raises:
        InfracostConfigError: it cannot be read, is none of that format, or names a path outside the working folder.
    """
    data = _read(file)
    projects = data.get("projects")
    if not isinstance(projects, list) or not projects:
        raise InfracostConfigError("projects: a list with at least one path is needed", Span(file, 1))
    found = [_part(file, number, project, base) for number, project in enumerate(projects)]
    ignored = sorted({*_ignored_keys(projects), *(set(data) - {"version", "projects"})})
    if not ignored:
        return found, ()
    words = f"not read: {', '.join(ignored)}; nothing is run and no service is asked, so they change nothing here"
    return found, (Problem(Level.NOTICE, "infracost-config", words, Span(file, 1)),)


def _read(file: str) -> dict[str, Any]:
    text = read_given(Path(file), InfracostConfigError)
    if file.endswith(".tmpl"):
        hint = f"infracost generate config --template-path {file} --out-file infracost.yml makes it, then name that"
        raise InfracostConfigError("a template, of which Infracost makes the file", Span(file, 1), hint)
    data = load_yaml(text, file, InfracostConfigError)
    if not isinstance(data, dict) or str(data.get("version")) != VERSION:
        raise InfracostConfigError(f"version: {VERSION} is needed, Infracost's format", Span(file, 1))
    return data


def _ignored_keys(projects: Iterable[object]) -> Iterator[str]:
    for project in projects:
        if isinstance(project, dict):
            yield from (str(key) for key in project if key not in KEYS and key not in _ALWAYS)


def _part(file: str, number: int, project: object, base: Request) -> Part:
    if not isinstance(project, dict) or not isinstance(project.get("path"), str):
        raise InfracostConfigError(f"projects[{number}]: path is needed", Span(file, 1))
    for key, kinds in KEYS.items():
        if project.get(key) is not None and not isinstance(project[key], kinds):
            kind = {"str": "a text", "list": "a list", "dict": "a map", "bool": "true or false"}[kinds[0].__name__]
            raise InfracostConfigError(f"projects[{number}].{key}: {kind} is needed", Span(file, 1))
    path = _inside(file, project["path"])
    workspace = project.get("terraform_workspace") or ""
    folder = path if Path(path).is_dir() else posixpath.dirname(path) or "."
    request = replace(
        base,
        paths=(path,),
        inputs=(*_inputs(file, project, folder), *base.inputs),
        environment={**base.environment, **_environment(project.get("env") or {})},
        workspace=base.workspace or workspace,
        usage_file=_inside(file, project["usage_file"]) if project.get("usage_file") else base.usage_file,
        settings=replace(base.settings, exclude=(*base.settings.exclude, *_excluded(project, folder))),
        settings_near=None,
    )
    # As there, who names variable files means this folder.
    alone = bool(project.get("skip_autodetect") or project.get("terraform_var_files"))
    return Part(project.get("name") or _named(path, workspace), request, alone)


def _named(path: str, workspace: str) -> str:
    """A name where the same folder may stand there twice; empty where its own is enough."""
    return f"{path} ({workspace})" if workspace else ""


def _inputs(file: str, project: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    for name in project.get("terraform_var_files") or ():
        yield "file", _inside(file, posixpath.join(folder, str(name)))
    for name, value in (project.get("terraform_vars") or {}).items():
        yield "value", f"{name}={value if isinstance(value, str) else json.dumps(value, default=str)}"


def _environment(env: Mapping[str, Any]) -> dict[str, str]:
    """What Terraform itself would look at; the rest concerns programs that are not run."""
    return {str(k): str(v) for k, v in env.items() if str(k).startswith("TF_VAR_") or k == "TF_WORKSPACE"}


def _excluded(project: Mapping[str, Any], folder: str) -> list[str]:
    return [posixpath.normpath(posixpath.join(folder, str(name))) for name in project.get("exclude_paths") or ()]


def _inside(file: str, path: str) -> str:
    """`path` from the working folder; the file may come from a stranger, so it names nothing outside."""
    found = os.path.relpath(path).replace(os.sep, "/")
    if found == ".." or found.startswith("../") or not Path(path).resolve().is_relative_to(Path.cwd().resolve()):
        raise InfracostConfigError(f"{path} lies outside the working folder", Span(file, 1))
    return found


def _here(request: Request) -> Request:
    return request


def analyze_file(file: str, base: Request, progress: Progress | None = None) -> Report:
    """One report of all projects of `file`.

    Raises:
        FinopsLintError: the file, or something it names, is wrong.
    """
    parts, problems = parts_of(file, base)
    found = analyze_parts(parts, base, progress)
    return replace(found, problems=(*problems, *found.problems))


def analyze_parts(
    parts: Iterable[Part],
    base: Request,
    progress: Progress | None = None,
    *,
    place: Callable[[Request], Request] = _here,
) -> Report:
    """One report of all `parts`, each read where `place` puts it; those whose path is not there are left out.

    Raises:
        FinopsLintError: something a part names is wrong.
    """
    placed = (replace(part, request=place(part.request)) for part in parts)
    return analyze_each(
        base, [(part.request, partial(_names, part)) for part in placed if part.request.paths], progress
    )


def _names(part: Part, found: Sequence[ProjectReport]) -> list[str | None]:
    """What the projects found below one path are called; None for what the file does not mean."""
    [path] = part.request.paths
    meant = [not part.alone or project.path == path for project in found]
    if sum(meant) == 1:
        return [(part.name or project.name) if one else None for project, one in zip(found, meant, strict=True)]
    prefix = f"{part.name}: " if part.name else ""
    return [f"{prefix}{project.name}" if one else None for project, one in zip(found, meant, strict=True)]
