"""Walks folders and notes what Terraform files and templates there call, by a few words in them; links with care."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from operator import attrgetter
from pathlib import Path

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.documents import DOCUMENT_SUFFIXES, document_kind, infrastructure_kind
from finops_lint.readers.elsewhere import Tool, tools_of
from finops_lint.readers.files import Limits, is_inside, notice, read_file, shown_inside

SOURCE_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")
INFRASTRUCTURE = frozenset({"cloudformation", "kubernetes"})
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What `infrastructure_kind` tells and a reader takes."""
_HEAD = 65_536
_MOST = 10_000_000
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages"})
_ENTRY = regex(
    rb"^[ \t]*(?P<keyword>module|resource|data|provider|variable|locals|output|terraform|moved|removed|import|check"
    rb"|ephemeral)\b[^=\n]*\{"
    rb"|^[ \t]*(?P<backend>backend[ \t]+\"|cloud[ \t]*\{)",
    re.MULTILINE,
)
_BACKEND = regex(rb"backend[ \t]+\"|cloud[ \t]*\{")
_BACKEND_WORDS = (b"backend", b"cloud")
"""Without such words no line is a backend's: they are found much faster than lines, and plain words fastest."""
_SOURCE = regex(rb'^(?P<before>[^\n#]*?)\bsource[ \t]*=[ \t]*"(?P<source>\.[^"\n]*)"', re.MULTILINE)
_JSON_SOURCE = regex(rb'"source"\s*:\s*"(\.[^"]*)"')
_JSON_BACKEND = regex(rb'"(?:backend|cloud)"\s*:')


@record(frozen=True, slots=True)
class Folder:
    """A folder with Terraform files, as far as discovery looks."""

    calls: frozenset[str]
    """Real paths of the local folders its module blocks name."""
    stands_alone: bool
    """It has a backend, a `cloud` block or its own tfvars."""
    size: int
    """Bytes of its files, as far as they can be read."""


@record(slots=True)
class Search:
    """The state of one discovery."""

    limits: Limits
    exclude: Sequence[str]
    problems: list[Problem] = field(default_factory=list)
    folders: dict[str, Folder] = field(default_factory=dict)
    """Real path → what was found there; also of folders only looked at for callers."""
    shown: dict[str, str] = field(default_factory=dict)
    """Real path → as the user would type it."""
    visited: set[str] = field(default_factory=set)
    nests: dict[str, set[str]] = field(default_factory=dict)
    """Real path of a template → those of the templates it nests."""
    tops: dict[str, str] = field(default_factory=dict)
    reals: dict[str, str] = field(default_factory=dict)
    """As the user would type it → real path, of the folders met."""
    tools: dict[Tool, list[str]] = field(default_factory=dict)
    """Tools whose code is not read → its files."""

    def real(self, folder: str) -> str:
        """The real path of a folder, worked out once: it takes a look at every folder above it."""
        if folder not in self.reals:
            self.reals[folder] = os.path.realpath(folder)
        return self.reals[folder]


def walk(search: Search, start: str, top: str, documents: list[tuple[str, str]]) -> Iterator[str]:
    """Real paths of the folders below `start` that hold Terraform files.

    Plans, templates and manifests found on the way go to `documents`, with their kinds.
    """
    pending, links = [start], list[str]()
    seen: set[str] = set()
    while pending or links:
        folder = pending.pop() if pending else links.pop()
        real = search.real(folder)
        if real in seen:
            continue
        seen.add(real)
        if len(seen) > search.limits.folders:
            search.problems.append(notice("too-many-folders", "too many folders: the rest is not searched", start))
            return
        entries = entries_of(search, folder)
        below, linked = _subfolders(search, folder, entries, top)
        pending.extend(below)
        links.extend(linked)
        files = [e.name for e in entries if is_file(e)]
        for tool, file in tools_of(folder, files):
            if not _is_excluded(file, search.exclude):
                search.tools.setdefault(tool, []).append(file)
        if any(name.endswith(SOURCE_SUFFIXES) for name in files):
            note_folder(search, folder, files, top)
            yield real
        else:
            documents.extend(_documents(search, folder, files))
        documents.extend(_infrastructure(search, folder, files, top))


def entries_of(search: Search, folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder, sorted; nothing where it cannot be opened, which is noted."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=attrgetter("name"))
    except OSError as error:
        search.problems.append(
            notice("unreadable-folder", f"cannot be opened: {error.strerror or 'not accessible'}", folder)
        )
        return []


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link the reader will have to explain."""
    try:
        return entry.is_file() or (entry.is_symlink() and not entry.is_dir())
    except OSError:
        # A link that leads to itself: the reader will say so.
        return True


def _subfolders(
    search: Search, folder: str, entries: Sequence[os.DirEntry[str]], top: str
) -> tuple[list[str], list[str]]:
    """The folders below worth a visit, and those that are links: these are followed last, so that real names win."""
    below, links = [], []
    for entry in entries:
        try:
            if not entry.is_dir():
                continue
        except OSError:
            continue
        path = shown_inside(folder, entry.name)
        if entry.name.startswith(".") or entry.name in _SKIPPED or _is_excluded(path, search.exclude):
            continue
        if not entry.is_symlink():
            search.reals[path] = _real_child(search.real(folder), entry.name)
            below.append(path)
        elif not is_inside(path, top):
            search.problems.append(notice("outside-project", "the link leads out of the project: not followed", path))
        elif is_inside(folder, os.path.realpath(path)):
            search.problems.append(notice("symlink-loop", "the link leads back to a folder around it", path))
        else:
            links.append(path)
    return below[::-1], links


def _real_child(real: str, name: str) -> str:
    """The real path of what is no link, in the folder of this real path."""
    return f"{real.rstrip(os.sep)}{os.sep}{name}"


def _is_excluded(path: str, patterns: Sequence[str]) -> bool:
    return bool(patterns) and any(
        fnmatchcase(path, p.rstrip("/")) or fnmatchcase(path, p.rstrip("/") + "/*") for p in patterns
    )


def note_folder(search: Search, folder: str, files: Sequence[str], top: str) -> None:
    """Remember what the Terraform files of a folder call, unless that is known already."""
    real = search.real(folder)
    search.shown.setdefault(real, folder)
    if real in search.folders:
        return
    calls: set[str] = set()
    size = 0
    stands_alone = any(name.endswith(VARIABLE_SUFFIXES) for name in files)
    for name in files:
        if not name.endswith(SOURCE_SUFFIXES):
            continue
        data = read_file(shown_inside(folder, name), top=top, limits=search.limits)
        if isinstance(data, Problem):
            continue
        size += len(data)
        sources, has_backend = _scan_json(data) if name.endswith(".json") else _scan(data)
        stands_alone = stands_alone or has_backend
        calls.update(os.path.realpath(os.path.join(real, s)) for s in sources)
    calls.discard(real)
    search.folders[real] = Folder(frozenset(calls), stands_alone, size)


def _scan(data: bytes) -> tuple[list[str], bool]:
    """The local sources of module blocks in an HCL file, and whether it configures a backend; by words, not parsed."""
    named = list(_SOURCE.finditer(data)) if b"module" in data else []
    if not named and not (any(word in data for word in _BACKEND_WORDS) and _BACKEND.search(data)):
        return [], False
    entries = [(m.start(), m["keyword"]) for m in _ENTRY.finditer(data)]
    sources = []
    for match in named:
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


def _documents(search: Search, folder: str, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Plans and states among the JSON files of a folder without Terraform source."""
    for name in files:
        path = shown_inside(folder, name)
        if not name.endswith(".json") or _is_excluded(path, search.exclude):
            continue
        try:
            if not Path(path).is_file():
                continue  # a pipe would be waited for without end
            with Path(path).open("rb") as stream:
                kind = document_kind(stream.read(4096))
        except OSError:
            continue
        if kind:
            yield path, kind


def _infrastructure(search: Search, folder: str, files: Sequence[str], top: str) -> Iterator[tuple[str, str]]:
    """Templates among the files of a folder; of what `cdk synth` wrote, only its stacks."""
    if "manifest.json" in files and "cdk.out" in files:
        from finops_lint.readers.cloudformation.assembly import stacks_in

        for name in stacks_in(folder, top=top, limits=search.limits):
            yield shown_inside(folder, name), "cloudformation"
        return
    for name in files:
        is_kustomization = name in KUSTOMIZATIONS  # its version and kind may be left out
        if not (is_kustomization or name.endswith(DOCUMENT_SUFFIXES)):
            continue
        path = shown_inside(folder, name)
        if _is_excluded(path, search.exclude):
            continue
        kind = "kubernetes" if is_kustomization else kind_of(path)
        if kind in INFRASTRUCTURE:
            if kind == "cloudformation":
                note_template(search, path, top)
            yield path, kind


def kind_of(path: str) -> str:
    """`cloudformation` or `kubernetes` by a file's text, as far as it takes to tell; otherwise empty."""
    try:
        if not os.path.isfile(path):  # a pipe would be waited for without end
            return ""
        with open(path, "rb", buffering=0) as stream:
            head = stream.read(_HEAD)
            kind = infrastructure_kind(head, whole=len(head) < _HEAD)
            return infrastructure_kind(head + stream.read(_MOST)) if kind == "more" else kind
    except OSError:
        return ""


def note_template(search: Search, path: str, top: str) -> None:
    """Remember which templates a template nests: they are no projects of their own."""
    from finops_lint.readers.cloudformation.nested import called_in, file_of

    data = read_file(path, top=top, limits=search.limits)
    if isinstance(data, Problem):
        return
    folder = os.path.dirname(path) or "."
    for named in called_in(data):
        file = file_of(named, folder, top)
        if file:
            search.nests.setdefault(os.path.realpath(path), set()).add(os.path.realpath(file))
