"""Turns the paths a user names into projects: folders that are Terraform root modules, files that are plans or states.

Opens folders and looks for a few words in files; it parses and evaluates nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from finops_lint.model.finding import Level, Problem
from finops_lint.model.span import Span
from finops_lint.readers.documents import document_kind
from finops_lint.readers.files import Limits, is_inside, notice, read_file, shown_path

SOURCE_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages"})
_ENTRY = re.compile(
    rb"^[ \t]*(?P<keyword>module|resource|data|provider|variable|locals|output|terraform|moved|removed|import|check"
    rb"|ephemeral)\b[^=\n]*\{"
    rb"|^[ \t]*(?P<backend>backend[ \t]+\"|cloud[ \t]*\{)",
    re.MULTILINE,
)
_SOURCE = re.compile(rb'^(?P<before>[^\n#]*?)\bsource[ \t]*=[ \t]*"(?P<source>\.[^"\n]*)"', re.MULTILINE)
_JSON_SOURCE = re.compile(rb'"source"\s*:\s*"(\.[^"]*)"')
_JSON_BACKEND = re.compile(rb'"(?:backend|cloud)"\s*:')
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class ProjectPath:
    """Something to read as one project."""

    kind: str
    """`terraform`, `plan` or `state`."""
    path: str
    """The folder, or the file, as the user would type it."""
    name: str
    """What people call it: the path from the working folder."""
    top: str
    """The real path of the folder that reading must not leave: the repository, or the folder the user named."""
    named_by_user: bool = False
    """Whether the user typed this very path, rather than one above it."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What there is to read."""

    projects: tuple[ProjectPath, ...]
    """In the order of the paths named, folders sorted within each; every project once."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder with Terraform files, as far as discovery looks."""

    calls: frozenset[str]
    """Real paths of the local folders its module blocks name."""
    stands_alone: bool
    """It has a backend, a `cloud` block or its own tfvars."""


@dataclass(slots=True)
class _Search:
    """The state of one discovery."""

    limits: Limits
    exclude: Sequence[str]
    problems: list[Problem] = field(default_factory=list)
    folders: dict[str, _Folder] = field(default_factory=dict)
    """Real path → what was found there; also of folders only looked at for callers."""
    shown: dict[str, str] = field(default_factory=dict)
    """Real path → as the user would type it."""
    visited: set[str] = field(default_factory=set)
    tops: dict[str, str] = field(default_factory=dict)


def discover(paths: Sequence[str], *, limits: Limits | None = None, exclude: Sequence[str] = ()) -> Discovery:
    """The projects below `paths` (files and folders); `exclude` holds glob patterns of paths to leave out.

    Every folder with Terraform files that no other folder calls is a project. A called one is too if it has a backend,
    its own tfvars or was named. A file that is named stands for its folder and for the projects that call it.
    """
    search = _Search(limits or Limits(), exclude)
    projects: dict[tuple[str, str], ProjectPath] = {}
    common = _common_folder(paths)
    for path in paths:
        for project in _discover_path(search, shown_path(path), common):
            known = projects.get((project.kind, os.path.realpath(project.path)))
            if known is None or (project.named_by_user and not known.named_by_user):
                projects[project.kind, os.path.realpath(project.path)] = project
    return Discovery(tuple(projects.values()), tuple(search.problems))


def _common_folder(paths: Sequence[str]) -> str:
    """The real folder all paths lie in: the working folder where it holds them all, otherwise their common parent."""
    real = [os.path.realpath(p) for p in paths]
    folders = [p if Path(p).is_dir() else str(Path(p).parent) for p in real]
    here = os.path.realpath(".")
    try:
        if all(os.path.commonpath([here, folder]) == here for folder in folders):
            return here
        return os.path.commonpath(folders)
    except ValueError:
        return folders[0]


def _discover_path(search: _Search, path: str, common: str) -> Iterator[ProjectPath]:
    if not os.path.lexists(path):
        yield from _refuse(search, path, "no such file or folder")
    elif ".terraform" in Path(path).parts:
        search.problems.append(notice("skipped-path", "folders under .terraform are Terraform's own: not read", path))
    elif Path(path).is_dir():
        yield from _discover_folder(search, path, common)
    elif Path(path).is_file():
        yield from _discover_file(search, path, common)
    else:
        yield from _refuse(search, path, "neither a file nor a folder")


def _refuse(search: _Search, path: str, why: str) -> Iterator[ProjectPath]:
    search.problems.append(Problem(Level.ERROR, "unreadable-path", why, Span(path, 1)))
    return iter(())


def _discover_folder(search: _Search, path: str, common: str) -> Iterator[ProjectPath]:
    top = _top_of(search, path, common)
    documents: list[tuple[str, str]] = []
    inside = list(_walk(search, path, top, documents))
    roots = _roots(search.folders, inside, named=os.path.realpath(path))
    for real in sorted(roots, key=lambda r: search.shown[r].split("/")):
        yield _terraform(search, search.shown[real], common, named=real == os.path.realpath(path))
    for shown, kind in sorted(documents):
        yield ProjectPath(kind, shown, shown, top)
    if not roots and not documents:
        search.problems.append(notice("no-infrastructure", "no Terraform files and no plans here", path))


def _terraform(search: _Search, path: str, common: str, *, named: bool) -> ProjectPath:
    return ProjectPath("terraform", path, path, _top_of(search, path, common), named)


def _roots(folders: Mapping[str, _Folder], inside: Sequence[str], *, named: str) -> list[str]:
    """Which of the folders `inside` are projects; where folders only call each other in a ring, the first of them."""
    called = {target for real, folder in folders.items() for target in folder.calls if target != real}
    roots = [r for r in inside if r not in called or r == named or folders[r].stands_alone]
    reached = _reachable(folders, roots)
    for real in sorted(inside):
        if real not in reached and not (called & {real} and _called_from_outside(folders, real, inside)):
            roots.append(real)
            reached |= _reachable(folders, [real])
    return roots


def _called_from_outside(folders: Mapping[str, _Folder], real: str, inside: Sequence[str]) -> bool:
    within = set(inside)
    return any(real in folder.calls for caller, folder in folders.items() if caller not in within)


def _reachable(folders: Mapping[str, _Folder], starts: Iterable[str]) -> set[str]:
    pending, reached = list(starts), set[str]()
    while pending:
        real = pending.pop()
        if real not in reached:
            reached.add(real)
            pending.extend(folders[real].calls if real in folders else ())
    return reached


# Folders


def _walk(search: _Search, start: str, top: str, documents: list[tuple[str, str]]) -> Iterator[str]:
    """Real paths of the folders below `start` that hold Terraform files; plans found on the way go to `documents`."""
    pending, links = [start], list[str]()
    seen: set[str] = set()
    while pending or links:
        folder = pending.pop() if pending else links.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        if len(seen) > search.limits.folders:
            search.problems.append(notice("too-many-folders", "too many folders: the rest is not searched", start))
            return
        entries = _entries(search, folder)
        below, linked = _subfolders(search, folder, entries, top)
        pending.extend(below)
        links.extend(linked)
        files = [e.name for e in entries if _is_file(e)]
        if any(name.endswith(SOURCE_SUFFIXES) for name in files):
            _note_folder(search, folder, files, top)
            yield real
        else:
            documents.extend(_documents(search, folder, files))


def _entries(search: _Search, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda e: e.name)
    except OSError as error:
        search.problems.append(
            notice("unreadable-folder", f"cannot be opened: {error.strerror or 'not accessible'}", folder)
        )
        return []


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() or (entry.is_symlink() and not entry.is_dir())
    except OSError:
        # A link that leads to itself: the reader will say so.
        return True


def _subfolders(
    search: _Search, folder: str, entries: Sequence[os.DirEntry[str]], top: str
) -> tuple[list[str], list[str]]:
    """The folders below worth a visit, and those that are links: these are followed last, so that real names win."""
    below, links = [], []
    for entry in entries:
        path = _join(folder, entry.name)
        if entry.name.startswith(".") or entry.name in _SKIPPED or _is_excluded(path, search.exclude):
            continue
        try:
            if not entry.is_dir():
                continue
        except OSError:
            continue
        if not entry.is_symlink():
            below.append(path)
        elif not is_inside(path, top):
            search.problems.append(notice("outside-project", "the link leads out of the project: not followed", path))
        elif is_inside(folder, os.path.realpath(path)):
            search.problems.append(notice("symlink-loop", "the link leads back to a folder around it", path))
        else:
            links.append(path)
    return below[::-1], links


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _is_excluded(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, p.rstrip("/")) or fnmatchcase(path, p.rstrip("/") + "/*") for p in patterns)


def _note_folder(search: _Search, folder: str, files: Sequence[str], top: str) -> None:
    real = os.path.realpath(folder)
    search.shown.setdefault(real, folder)
    if real in search.folders:
        return
    calls: set[str] = set()
    stands_alone = any(name.endswith(_VARIABLE_SUFFIXES) for name in files)
    for name in files:
        if not name.endswith(SOURCE_SUFFIXES):
            continue
        data = read_file(_join(folder, name), top=top, limits=search.limits)
        if isinstance(data, Problem):
            continue
        sources, has_backend = _scan_json(data) if name.endswith(".json") else _scan(data)
        stands_alone = stands_alone or has_backend
        calls.update(os.path.realpath(os.path.join(real, s)) for s in sources)  # noqa: PTH118 -- many folders
    calls.discard(real)
    search.folders[real] = _Folder(frozenset(calls), stands_alone)


def _scan(data: bytes) -> tuple[list[str], bool]:
    """The local sources of module blocks in an HCL file, and whether it configures a backend; by words, not parsed."""
    entries = [(m.start(), m["keyword"]) for m in _ENTRY.finditer(data)]
    sources = []
    for match in _SOURCE.finditer(data) if b"module" in data else ():
        keyword = next((k for at, k in reversed(entries) if at <= match.start("source") and k), b"")
        if keyword == b"module" and b"//" not in match["before"]:
            sources.append(match["source"].decode("utf-8", "replace"))
    return sources, _has_backend(entries)


def _has_backend(entries: Sequence[tuple[int, bytes | None]]) -> bool:
    inside = b""
    for _, keyword in entries:
        if keyword is None and inside == b"terraform":
            return True
        inside = keyword or inside
    return False


def _scan_json(data: bytes) -> tuple[list[str], bool]:
    if b'"module"' not in data:
        return [], bool(b'"terraform"' in data and _JSON_BACKEND.search(data))
    sources = [s.decode("utf-8", "replace") for s in _JSON_SOURCE.findall(data)]
    return sources, bool(b'"terraform"' in data and _JSON_BACKEND.search(data))


def _top_of(search: _Search, path: str, common: str) -> str:
    """The real folder reading must not leave: the git work tree around `path`, else the common folder of the run."""
    folder = Path(os.path.realpath(path))
    chain = []
    for here in (folder, *folder.parents):
        if str(here) in search.tops:
            found = search.tops[str(here)]
            break
        chain.append(str(here))
        if (here / ".git").exists():
            found = str(here)
            break
    else:
        found = ""
    search.tops.update(dict.fromkeys(chain, found))
    if found:
        return found
    return common if is_inside(str(folder), common) else str(folder)


# Files


def _discover_file(search: _Search, path: str, common: str) -> Iterator[ProjectPath]:
    name = Path(path).name
    if name.endswith((*SOURCE_SUFFIXES, *_VARIABLE_SUFFIXES)):
        yield from _around(search, path, common)
        return
    head = _head_of(path)
    if kind := document_kind(head):
        yield ProjectPath(kind, path, path, _top_of(search, str(Path(path).parent), common), named_by_user=True)
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
        message = "neither Terraform, nor the JSON of a plan or state"
        search.problems.append(notice("unsupported-file", message, path))


def _head_of(path: str) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _around(search: _Search, path: str, common: str) -> Iterator[ProjectPath]:
    """The module a file belongs to, and the projects that call it."""
    folder = shown_path(str(Path(path).parent))
    top = _top_of(search, folder, common)
    entries = _entries(search, folder)
    _note_folder(search, folder, [e.name for e in entries if _is_file(e)], top)
    real = os.path.realpath(folder)
    yield _terraform(search, search.shown[real], common, named=True)
    if top not in search.visited:
        search.visited.add(top)
        for _ in _walk(search, shown_path(top), top, []):
            pass
    callers = [r for r in search.folders if real in _reachable(search.folders, search.folders[r].calls)]
    for caller in sorted(_roots(search.folders, callers, named="")):
        if caller != real:
            yield _terraform(search, search.shown[caller], common, named=False)


def _documents(search: _Search, folder: str, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Plans and states among the JSON files of a folder without Terraform source."""
    for name in files:
        path = _join(folder, name)
        if not name.endswith(".json") or _is_excluded(path, search.exclude):
            continue
        try:
            with Path(path).open("rb") as stream:
                kind = document_kind(stream.read(4096))
        except OSError:
            continue
        if kind:
            yield path, kind
