"""Turns the paths a user names into projects: Terraform root modules, plans, states, templates, manifests.

Opens folders and looks for a few words in files; it parses and evaluates nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.readers.documents import PLAN_LOG, PLAN_TEXT, document_kind
from finops_lint.readers.elsewhere import told
from finops_lint.readers.files import Limits, is_inside, notice, read_file, shown_path
from finops_lint.readers.folders import (
    INFRASTRUCTURE,
    KUSTOMIZATIONS,
    SOURCE_SUFFIXES,
    VARIABLE_SUFFIXES,
    Folder,
    Search,
    entries_of,
    is_file,
    kind_of,
    note_folder,
    walk,
)

if TYPE_CHECKING:
    from finops_lint.readers.kubernetes.grouping import Group

_HEAD = 65_536


@record(frozen=True, slots=True)
class ProjectPath:
    """Something to read as one project."""

    kind: str
    """`terraform`, `plan`, `state`, `cloudformation` or `kubernetes`."""
    path: str
    """The folder, or the file, as the user would type it."""
    name: str
    """What people call it: the path from the working folder."""
    top: str
    """The real path of the folder that reading must not leave: the repository, or the folder the user named."""
    named_by_user: bool = False
    """Whether the user typed this very path, rather than one above it."""
    files: tuple[str, ...] = ()
    """The files of a project of manifests; where it is a kustomization's, those it builds from may lie elsewhere."""
    group: Group | None = None
    """The same with what kustomizations say of them, where discovery has read any."""
    is_called: bool = False
    """Whether folders of the run call it and nothing says that it is applied by itself: they give its variables."""
    size: int = 0
    """Bytes of what Terraform folder it is, without the modules it calls; 0 where nobody counted."""


@record(frozen=True, slots=True)
class Discovery:
    """What there is to read."""

    projects: tuple[ProjectPath, ...]
    """In the order of the paths named, folders sorted within each; every project once."""
    problems: tuple[Problem, ...] = ()
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Real path of each Terraform folder that was met → those its module blocks name."""


def discover(paths: Sequence[str], *, limits: Limits | None = None, exclude: Sequence[str] = ()) -> Discovery:
    """The projects below `paths` (files and folders); `exclude` holds glob patterns of paths to leave out.

    Every folder with Terraform files that no other folder calls is a project. A called one is too if it has a backend,
    its own tfvars or was named. A file that is named stands for its folder and for the projects that call it.
    """
    search = Search(limits or Limits(), exclude)
    projects: dict[tuple[str, str], ProjectPath] = {}
    common = _common_folder(paths)
    for path in paths:
        if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):  # where Path raises
            search.problems.append(_unreadable(shown_path(path), "cannot be opened: Permission denied"))
            continue
        for project in _discover_path(search, shown_path(path), common):
            key = (project.kind, search.real(project.path))
            known = projects.get(key)
            if known is None or (project.named_by_user and not known.named_by_user):
                projects[key] = project
    nested = _nested(search, projects.values())
    found = (p for p in projects.values() if p.named_by_user or search.real(p.path) not in nested)
    calls = {real: folder.calls for real, folder in search.folders.items()}
    return Discovery(tuple(found), tuple(search.problems), calls)


def _nested(search: Search, projects: Iterable[ProjectPath]) -> set[str]:
    """The templates that others nest; where they only nest each other in a ring, the first of them is left out."""
    called = {file for caller, files in search.nests.items() for file in files if file != caller}
    starts = {real: p.named_by_user for p in projects if (real := search.real(p.path)) in search.nests}
    reached = _closure(search.nests, [r for r, is_named in starts.items() if is_named or r not in called])
    for real in sorted(starts):
        if real not in reached:
            called.discard(real)
            reached |= _closure(search.nests, [real])
    return called


def _common_folder(paths: Sequence[str]) -> str:
    """The real folder all paths lie in: the working folder where it holds them all, otherwise their common parent."""
    real = [os.path.realpath(p) for p in paths]
    folders = [p if os.path.isdir(p) else str(Path(p).parent) for p in real]  # where Path raises
    here = os.path.realpath(".")
    try:
        if all(os.path.commonpath([here, folder]) == here for folder in folders):
            return here
        return os.path.commonpath(folders)
    except ValueError:
        return folders[0]


def _discover_path(search: Search, path: str, common: str) -> Iterator[ProjectPath]:
    if not os.path.lexists(path):
        yield from _refuse(search, path, "no such file or folder")
    elif ".terraform" in Path(path).parts:
        search.problems.append(notice("skipped-path", "folders under .terraform are Terraform's own: not read", path))
    elif Path(path).is_dir():
        yield from _discover_folder(search, path, common)
    elif Path(path).is_file():
        yield from _discover_file(search, path, common)
    elif Path(path).is_fifo():
        yield from _refuse(search, path, "a pipe, not a file", "give - and pipe into standard input")
    else:
        yield from _refuse(search, path, "neither a file nor a folder")


def _refuse(search: Search, path: str, why: str, hint: str = "") -> Iterator[ProjectPath]:
    search.problems.append(_unreadable(path, why, hint))
    return iter(())


def _unreadable(path: str, why: str, hint: str = "") -> Problem:
    return Problem(Level.ERROR, "unreadable-path", why, Span(path, 1), hint)


def _discover_folder(search: Search, path: str, common: str) -> Iterator[ProjectPath]:
    top = _top_of(search, path, common)
    documents: list[tuple[str, str]] = []
    search.tools.clear()
    inside = list(walk(search, path, top, documents))
    named = search.real(path)
    roots = _roots(search.folders, inside, named=named)
    for real in sorted(roots, key=lambda r: search.shown[r].split("/")):
        yield _terraform(search, search.shown[real], common, named=real == named)
    for shown, kind in sorted(documents):
        if kind != "kubernetes":
            yield ProjectPath(kind, shown, shown, top)
    yield from _manifests(sorted(shown for shown, kind in documents if kind == "kubernetes"), path, top)
    search.problems.extend(told(search.tools))
    if not roots and not documents and not search.tools:
        search.problems.append(
            notice("no-infrastructure", "no Terraform files, templates, manifests or plans here", path)
        )


def _manifests(files: Sequence[str], start: str, top: str) -> Iterator[ProjectPath]:
    if not files:
        return
    from finops_lint.readers.kubernetes.grouping import groups

    for group in groups(files, start, top):
        yield ProjectPath("kubernetes", group.path, group.path, top, group.path == start, group.files, group)


def _terraform(search: Search, path: str, common: str, *, named: bool) -> ProjectPath:
    real = search.real(path)
    size = search.folders[real].size if real in search.folders else 0
    is_called = named and _is_called(search.folders, real)
    return ProjectPath("terraform", path, path, _top_of(search, path, common), named, is_called=is_called, size=size)


def _is_called(folders: Mapping[str, Folder], real: str) -> bool:
    alone = real not in folders or folders[real].stands_alone
    return not alone and any(real in folder.calls for other, folder in folders.items() if other != real)


def _roots(folders: Mapping[str, Folder], inside: Sequence[str], *, named: str) -> list[str]:
    """Which of the folders `inside` are projects; where folders only call each other in a ring, the first of them."""
    called = {target for real, folder in folders.items() for target in folder.calls if target != real}
    roots = [r for r in inside if r not in called or r == named or folders[r].stands_alone]
    reached = _reachable(folders, roots)
    for real in sorted(inside):
        if real not in reached and not (called & {real} and _called_from_outside(folders, real, inside)):
            roots.append(real)
            reached |= _reachable(folders, [real])
    return roots


def _called_from_outside(folders: Mapping[str, Folder], real: str, inside: Sequence[str]) -> bool:
    within = set(inside)
    return any(real in folder.calls for caller, folder in folders.items() if caller not in within)


def _reachable(folders: Mapping[str, Folder], starts: Iterable[str]) -> set[str]:
    return _closure({real: folder.calls for real, folder in folders.items()}, starts)


def _closure(calls: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    pending, reached = list(starts), set[str]()
    while pending:
        real = pending.pop()
        if real not in reached:
            reached.add(real)
            pending.extend(calls.get(real, ()))
    return reached


def _top_of(search: Search, path: str, common: str) -> str:
    """The real folder reading must not leave: the git work tree around `path`, else the common folder of the run."""
    folder = search.real(path)
    found, chain = "", []
    here, above = folder, ""
    while here != above:  # strings: hundreds of folders, and a Path for each one above them takes its time
        if here in search.tops:
            found = search.tops[here]
            break
        chain.append(here)
        if os.access(f"{here}/.git", os.F_OK):  # says no without raising an error to itself
            found = here
            break
        here, above = os.path.dirname(here), here
    search.tops.update(dict.fromkeys(chain, found))
    if found:
        return found
    return common if is_inside(folder, common) else folder


# Files


def _discover_file(search: Search, path: str, common: str) -> Iterator[ProjectPath]:
    name = Path(path).name
    if name.endswith((*SOURCE_SUFFIXES, *VARIABLE_SUFFIXES)):
        if not os.access(path, os.R_OK):
            yield from _refuse(search, path, "cannot be read: Permission denied")
        yield from _around(search, path, common)
        return
    head = _head_of(path)
    if kind := document_kind(head) or _failed_plan(name, head):
        yield ProjectPath(kind, path, path, _top_of(search, str(Path(path).parent), common), named_by_user=True)
        return
    top = _top_of(search, str(Path(path).parent), common)
    if name in KUSTOMIZATIONS:
        yield from _manifests([path], shown_path(str(Path(path).parent)), top)
        return
    if (kind := kind_of(path)) in INFRASTRUCTURE:
        yield ProjectPath(kind, path, path, top, named_by_user=True, files=(path,))
        return
    data = read_file(path, limits=search.limits)
    if head.startswith(b"PK\x03\x04"):
        hint = f"run: terraform show -json {name} > plan.json"
        message = "a binary plan: only its JSON can be read"
        search.problems.append(Problem(Level.ERROR, "binary-plan", message, Span(path, 1), hint))
    elif isinstance(data, Problem):
        level = Level.ERROR if data.code == "unreadable-file" else data.level
        search.problems.append(Problem(level, data.code, data.message, data.span, data.hint))
    else:
        message = "neither Terraform, nor a template, a manifest, nor the JSON of a plan or state"
        search.problems.append(notice("unsupported-file", message, path))


def _failed_plan(name: str, head: bytes) -> str:
    """`plan` for what another command leaves where a plan's JSON was to be: the reader says what to do."""
    if PLAN_LOG.match(head) or PLAN_TEXT.search(head):
        return "plan"
    return "plan" if name.endswith(".json") and (not head.strip() or head.lstrip()[:1] not in b"{[") else ""


def _head_of(path: str) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _around(search: Search, path: str, common: str) -> Iterator[ProjectPath]:
    """The module a file belongs to, and the projects that call it."""
    folder = shown_path(str(Path(path).parent))
    top = _top_of(search, folder, common)
    entries = entries_of(search, folder)
    note_folder(search, folder, [e.name for e in entries if is_file(e)], top)
    real = search.real(folder)
    yield _terraform(search, search.shown[real], common, named=True)
    if top not in search.visited:
        search.visited.add(top)
        for _ in walk(search, shown_path(top), top, []):
            pass
    callers = [r for r in search.folders if real in _reachable(search.folders, search.folders[r].calls)]
    for caller in sorted(_roots(search.folders, callers, named="")):
        if caller != real:
            yield _terraform(search, search.shown[caller], common, named=False)
