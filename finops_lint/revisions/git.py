"""A commit, or what is staged, to files in a folder of its own, by git itself and without touching the work tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record

LARGEST = 5_000_000
"""Bytes; a larger file of the repository is no infrastructure code."""
AUTO = "auto"
MODULES = ".terraform/modules"


INDEX = ":index"
"""What is staged, where a commit may be named."""
_LINK, _SUBMODULE = "120000", "160000"


@record(frozen=True, slots=True)
class Entry:
    """One file of a commit."""

    mode: str
    blob: str
    path: str
    """From the repository's top."""
    repository: str = ""
    """The submodule that holds it, from the top; empty for the repository itself."""


class RevisionError(FinopsLintError):
    """git is missing, this is no repository, or a commit is not at hand."""


def resolve(name: str, environment: Mapping[str, str]) -> str:
    """The full id of the commit `name` means.

    `auto` is what a push would change: in pre-commit's pre-push hook the commit the remote has, otherwise where this
    branch left its upstream, otherwise the last commit.

    Raises:
        RevisionError: there is no such commit here.
    """
    if name == AUTO:
        return _automatic(environment)
    found = _commit(name)
    if found is not None:
        # What the other branch has gained since is no part of this change; a shallow clone may not know where they met.
        done = _run("merge-base", "HEAD", found)
        return done.stdout.decode().strip() or found
    _place()
    hint = f"git fetch origin {name.removeprefix('origin/')} brings it, in a shallow clone with --depth=1"
    raise RevisionError(f"the base {name} is not in this clone", hint=hint)


def _automatic(environment: Mapping[str, str]) -> str:
    _place()
    pushed = _commit(environment.get("PRE_COMMIT_FROM_REF", ""))
    if pushed is not None:
        return pushed
    for upstream in ("@{upstream}", "origin/HEAD", "origin/main", "origin/master"):
        if _commit(upstream) is not None:
            return _git("merge-base", "HEAD", upstream).strip() or str(_commit(upstream))
    last = _commit("HEAD")
    if last is None:
        raise RevisionError("this repository has no commit yet: there is nothing to compare with")
    return last


def _commit(name: str) -> str | None:
    # A name that begins with a hyphen would be taken for an option.
    if not name or name.startswith("-"):
        return None
    done = _run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def changed_files(base: str, *, staged: bool = False) -> list[str]:
    """Files that differ between `base` and the work tree, new ones included, or what is `staged`; from the top."""
    if staged:
        return sorted({*_git("diff", "--cached", "--name-only", "-z", base, "--").split("\0")} - {""})
    changed = _git("diff", "--name-only", "-z", base, "--")
    new = _git("ls-files", "--others", "--exclude-standard", "--full-name", "-z")
    return sorted({*changed.split("\0"), *new.split("\0")} - {""})


@contextmanager
def exported(commit: str) -> Iterator[Path]:
    """The folder of `commit` that stands for the working folder, in a copy that is gone afterwards; see `Copy`."""
    with opened(commit) as copy:
        copy.write_all()
        yield copy.here


@contextmanager
def opened(commit: str) -> Iterator[Copy]:
    """A copy of `commit` into which nothing is written yet, and which is gone afterwards; `INDEX` is what is staged."""
    top, prefix = _place()
    listing = (
        _staged(top)
        if commit == INDEX
        else list(_entries(_run("ls-tree", "-r", "-z", "--long", "--full-tree", commit).stdout))
    )
    with tempfile.TemporaryDirectory(prefix="finops-lint-") as folder:
        root = Path(folder).resolve()
        # The copy's own top, beyond which nothing is read.
        (root / ".git").mkdir()
        here = root / prefix
        here.mkdir(parents=True, exist_ok=True)
        yield Copy(top, root, here, listing)


class Copy:
    """Some files of a commit, written out as they are asked for.

    Modules that `terraform init` fetched are not in the commit: they are taken from the work tree, so that a module
    that did not change makes no difference.
    """

    def __init__(self, top: Path, root: Path, here: Path, entries: Sequence[Entry]) -> None:
        self.top = top
        """The work tree's top folder."""
        self.root = root
        """The copy of it."""
        self.here = here
        """The copy of the working folder."""
        self._folders: dict[str, list[Entry]] = {}
        for entry in entries:
            for file in _inside(top, entry) if entry.mode == _SUBMODULE else (entry,):
                self._folders.setdefault(file.path.rpartition("/")[0], []).append(file)
        self._written: set[str] = set()

    def write_all(self) -> None:
        """Write every file out, and the modules that were fetched."""
        self._write([e for entries in self._folders.values() for e in entries])
        for found in _module_folders(self.top):
            self._take(found)

    def write_folder(self, folder: str, is_source: Callable[[str], bool]) -> bool:
        """Write out one folder, from the top, and what lies below it up to folders with source files of their own.

        Returns whether it was there.
        """
        if folder in self._written:
            return True
        self._written.add(folder)
        below = f"{folder}/" if folder else ""
        own = [
            name
            for name in self._folders
            if name == folder or (name.startswith(below) and not self.has_source(name, is_source))
        ]
        self._write([e for name in own for e in self._folders[name]])
        modules = self.top / folder / MODULES
        if modules.is_dir():
            self._take(modules)
        return folder in self._folders

    def has_source(self, folder: str, is_source: Callable[[str], bool]) -> bool:
        """Whether a folder, from the top, holds source files in this commit."""
        return any(is_source(entry.path) for entry in self._folders.get(folder, ()))

    def _write(self, entries: Sequence[Entry]) -> None:
        for name in {e.repository for e in entries}:
            own = [e for e in entries if e.repository == name]
            self._place(zip(own, _contents(self.top / name, (e.blob for e in own)), strict=True))

    def _place(self, files: Iterable[tuple[Entry, bytes]]) -> None:
        for entry, content in files:
            place = self.root / entry.path
            if ".git" in place.parts[len(self.root.parts) :] or not place.resolve().is_relative_to(self.root):
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            if entry.mode == _LINK:
                place.symlink_to(os.fsdecode(content))
            else:
                place.write_bytes(content)

    def _take(self, found: Path) -> None:
        """Copy a folder of the work tree that no commit of this repository holds."""
        target = self.root / found.relative_to(self.top)
        if found.is_dir() and target.parent.parent.is_dir() and not target.exists():
            shutil.copytree(found, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))


def _entries(listing: bytes) -> Iterator[Entry]:
    """Each file worth writing, and each submodule."""
    for line in listing.split(b"\0"):
        meta, _, path = line.partition(b"\t")
        fields = meta.decode().split()
        if len(fields) == 4 and (fields[1] == "commit" or (fields[1] == "blob" and int(fields[3]) <= LARGEST)):
            yield Entry(fields[0], fields[2], os.fsdecode(path))


def _staged(top: Path) -> list[Entry]:
    """What the index holds."""
    found = []
    for line in _run("-C", str(top), "ls-files", "--stage", "-z").stdout.split(b"\0"):
        meta, _, path = line.partition(b"\t")
        fields = meta.decode().split()
        if len(fields) == 3 and fields[2] == "0":
            found.append(Entry(fields[0], fields[1], os.fsdecode(path)))
    return found


def _inside(top: Path, submodule: Entry) -> Iterator[Entry]:
    """The files of a submodule at the commit that is wanted; none where it was never fetched."""
    folder = top / submodule.path
    if not (folder / ".git").exists():
        return
    done = _run("-C", str(folder), "ls-tree", "-r", "-z", "--long", "--full-tree", submodule.blob)
    for entry in _entries(done.stdout) if done.returncode == 0 else ():
        if entry.mode != _SUBMODULE:
            yield Entry(entry.mode, entry.blob, f"{submodule.path}/{entry.path}", submodule.path)


def _contents(repository: Path, objects: Iterable[str]) -> Iterator[bytes]:
    """The content of each object, in order, by one git process."""
    names = "".join(f"{name}\n" for name in objects).encode()
    output = _run("-C", str(repository), "cat-file", "--batch", stdin=names).stdout
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        size = int(output[at:end].split()[-1])
        yield output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _module_folders(top: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(top):
        if ".terraform" in names and (modules := Path(folder, MODULES)).is_dir():
            yield modules
        names[:] = [n for n in names if not n.startswith(".") and n != "node_modules"]


def _git(*arguments: str) -> str:
    done = _run(*arguments)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RevisionError(f"git {arguments[0]}: {lines[-1] if lines else 'failed'}")
    return os.fsdecode(done.stdout)


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ("git", "--no-pager", *arguments)
    try:
        return subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603 -- fixed program
    except FileNotFoundError as error:
        raise RevisionError("git is not installed: --base reads the base commit with it") from error


def top_folder() -> Path:
    """The top folder of the work tree."""
    return _place()[0]


def folder_in_repository() -> str:
    """The working folder as the repository names it, with a slash at its end; empty at its top, or outside of any."""
    try:
        return _place()[1]
    except RevisionError:
        return ""


def _place() -> tuple[Path, str]:
    """The top folder of the work tree, and the way from there to the working folder. Raises: RevisionError outside."""
    top, prefix, *_ = (*_git("rev-parse", "--show-toplevel", "--show-prefix").splitlines(), "")
    return Path(top), prefix
