"""A commit, or what is staged, to files in a folder of its own, by git itself and without touching the work tree."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.readers.documents import DOCUMENT_SUFFIXES
from finops_lint.readers.folders import SOURCE_SUFFIXES, VARIABLE_SUFFIXES

LARGEST = 5_000_000
"""Bytes; a larger file of the repository is no infrastructure code."""
AUTO = "auto"
MODULES = ".terraform/modules"
MEMORY = "/dev/shm"  # noqa: S108 -- a folder of its own is made there
"""Where Linux keeps files in memory."""
MOST_IN_MEMORY = 64 << 20
"""Bytes of files; a monorepo's text has less."""


INDEX = ":index"
"""What is staged, where a commit may be named."""
_GIT = ("git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false")
"""A repository's own settings may name a program as its file monitor, and hooks for when git writes its index."""
_FETCH = "git fetch --refetch brings what a partial clone left out"
_LINK, _SUBMODULE = "120000", "160000"
_SOURCES = tuple(suffix.encode() for suffix in (*SOURCE_SUFFIXES, *VARIABLE_SUFFIXES, *DOCUMENT_SUFFIXES))


@record(frozen=True, slots=True)
class Entry:
    """One file of a commit."""

    mode: str
    blob: str
    path: str
    """From the repository's top."""
    repository: str = ""
    """The submodule that holds it, from the top; empty for the repository itself."""
    size: int = 0
    """Bytes; 0 where git does not tell them."""


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
    # What the other branch has gained since is no part of this change; a shallow clone may not know where they met.
    found = _merge_base(name) or _commit(name)
    if found is not None:
        return found
    _place()
    if name == "HEAD":
        # Before the first commit all is new: the tree without a file, which git knows of itself.
        return _git("hash-object", "-t", "tree", os.devnull).strip()
    raise RevisionError(f"the base {name} is not in this clone", hint=_how_to_fetch(name))


def _how_to_fetch(name: str) -> str:
    """What brings the commit `name` into this clone; what a name looks like, where no commit can have this one."""
    if not name or name.startswith("-") or set(name) & set(" :?*[\\"):
        return "a base is a branch, a tag or a commit: --base origin/main"
    if not set(name) & set("~^@"):
        return f"git fetch origin {name.removeprefix('origin/')} brings it, in a shallow clone with --depth=1"
    if _git("rev-parse", "--is-shallow-repository").strip() == "true":
        return "this clone is shallow: git fetch --unshallow brings its history"
    return "its history does not reach that far"


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


def _merge_base(name: str) -> str:
    """Where this branch left the commit `name` means; empty where that is not known."""
    return "" if name.startswith("-") else _run("merge-base", "HEAD", name).stdout.decode().strip()


def _commit(name: str) -> str | None:
    # A name that begins with a hyphen would be taken for an option.
    if not name or name.startswith("-"):
        return None
    done = _run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def changed_files(base: str, *, staged: bool = False) -> list[str]:
    """Files that differ between `base` and the work tree, new ones included, or what is `staged`; from the top."""
    # Both names of what was moved: the folder it left has changed too.
    names = ("diff", "--name-only", "--no-renames", "--no-relative", "-z")
    if staged:
        return sorted({*_git(*names, "--cached", base, "--").split("\0")} - {""})
    command = (*_GIT, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as listing:  # noqa: S603 -- fixed program
        changed = _git(*names, base, "--")
        new = os.fsdecode(listing.communicate()[0])
    return sorted({*changed.split("\0"), *new.split("\0")} - {""})


@contextmanager
def exported(commit: str) -> Iterator[Path]:
    """The folder of `commit` that stands for the working folder, in a copy that is gone afterwards; see `Copy`."""
    with opened(commit) as copy:
        copy.write_all(module_folders(copy.top))
        yield copy.here


def listed(commit: str) -> list[Entry]:
    """The files of `commit` that are worth writing, and its submodules; `INDEX` is what is staged.

    Raises:
        RevisionError: A merge has left conflicts in the index.
    """
    if commit == INDEX:
        return _staged(_place()[0])
    return list(_entries(_run("ls-tree", "-r", "-z", "--long", "--full-tree", commit).stdout))


@contextmanager
def opened(commit: str, listing: Sequence[Entry] | None = None, *, in_memory: bool = False) -> Iterator[Copy]:
    """A copy of `commit`, whose `listing` may be known, into which nothing is written yet; gone afterwards.

    With `in_memory` it lies on no disk where it surely fits: thousands of small files take a disk its time.
    """
    top, prefix = _place()
    listing = listed(commit) if listing is None else listing
    place = MEMORY if in_memory and _fits(sum(entry.size for entry in listing)) else None
    with tempfile.TemporaryDirectory(prefix="finops-lint-", dir=place) as folder:
        root = Path(folder).resolve()
        # The copy's own top, beyond which nothing is read.
        (root / ".git").mkdir()
        here = root / prefix
        here.mkdir(parents=True, exist_ok=True)
        yield Copy(top, root, here, listing)


def _fits(size: int) -> bool:
    """Whether files of so many bytes, all of a commit's, are little beside the memory that is free for files."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    return size <= MOST_IN_MEMORY and shutil.disk_usage(MEMORY).free >= 8 * MOST_IN_MEMORY


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
        self._names = sorted(self._folders)
        self._written: set[str] = set()
        self._places: dict[str, Path | None] = {}

    def write_all(self, modules: Iterable[Path]) -> None:
        """Write every file out, and the `modules` that were fetched."""
        self._write(self._folders)
        for found in modules:
            self._take(found)

    def write_folders(self, folders: Iterable[str], is_source: Callable[[str], bool]) -> set[str]:
        """Write out folders, from the top, and what lies below each up to folders with source files of their own.

        Returns those that are there.
        """
        wanted = set(folders)
        new = wanted - self._written
        self._written |= new
        self._write(name for folder in new for name in self._below(folder, is_source))
        for folder in new:
            modules = self.top / folder / MODULES
            if modules.is_dir():
                self._take(modules)
        return wanted & self._folders.keys()

    def _below(self, folder: str, is_source: Callable[[str], bool]) -> Iterator[str]:
        """A folder and those below it without source files."""
        if folder in self._folders:
            yield folder
        first = f"{folder}/" if folder else ""
        for name in self._names[bisect_left(self._names, first) :]:
            if not name.startswith(first):
                break
            if name and not self.has_source(name, is_source):
                yield name

    def has_source(self, folder: str, is_source: Callable[[str], bool]) -> bool:
        """Whether a folder, from the top, holds source files in this commit."""
        return any(is_source(entry.path) for entry in self._folders.get(folder, ()))

    def _write(self, folders: Iterable[str]) -> None:
        """Write out the files of these folders, each once."""
        repositories: dict[str, list[Entry]] = {}
        for name in dict.fromkeys(folders):
            for entry in self._folders[name]:
                repositories.setdefault(entry.repository, []).append(entry)
        for repository, own in repositories.items():
            for entry, content in zip(own, _contents(self.top / repository, [e.blob for e in own]), strict=True):
                self._place(entry, content)

    def _place(self, entry: Entry, content: bytes) -> None:
        folder, _, name = entry.path.rpartition("/")
        if folder not in self._places:
            self._places[folder] = self._made(folder)
        place = self._places[folder]
        if place is None or name == ".git":
            return
        file = os.path.join(place, name)
        # A tree that somebody forged may name a file twice, and lead the second one out by a link.
        with contextlib.suppress(FileExistsError):
            if entry.mode == _LINK:
                os.symlink(os.fsdecode(content), file)
                return
            # A third quicker than a file object, of which thousands would be made for one write each.
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, content)
            finally:
                os.close(descriptor)

    def _made(self, folder: str) -> Path | None:
        """A folder of the copy; None where it would lie outside, behind a link among the files."""
        place = self.root / folder
        if ".git" in Path(folder).parts or not place.resolve().is_relative_to(self.root):
            return None
        place.mkdir(parents=True, exist_ok=True)
        return place

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
        if len(fields) == 4 and (fields[1] == "commit" or _is_worth_writing(fields[3], path)):
            size = int(fields[3]) if fields[3].isdigit() else 0
            yield Entry(fields[0], fields[2], os.fsdecode(path), size=size)


def _is_worth_writing(size: str, path: bytes) -> bool:
    """By its size; where the clone lacks the file, if it may be source, so that its lack is told."""
    return int(size) <= LARGEST if size.isdigit() else path.endswith(_SOURCES)


def _staged(top: Path) -> list[Entry]:
    """What the index holds.

    Raises:
        RevisionError: A merge has left conflicts in it.
    """
    found = []
    for line in _run("-C", str(top), "ls-files", "--stage", "-z").stdout.split(b"\0"):
        meta, _, path = line.partition(b"\t")
        fields = meta.decode().split()
        if len(fields) == 3 and fields[2] != "0":
            raise RevisionError(f"{os.fsdecode(path)} has conflicts", hint="resolve them and git add the file first")
        if len(fields) == 3:
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
    """The content of each object, in order, by one git process, one at a time in memory.

    Raises:
        RevisionError: one is not in this clone.
    """
    with tempfile.TemporaryFile() as names:
        names.write("".join(f"{name}\n" for name in objects).encode())
        names.seek(0)
        command = (*_GIT, "-C", str(repository), "cat-file", "--batch")
        with subprocess.Popen(command, stdin=names, stdout=subprocess.PIPE) as process:  # noqa: S603 -- fixed program
            assert process.stdout is not None
            for head in process.stdout:
                size = head.split()[-1]
                if not size.isdigit():
                    raise RevisionError("this clone lacks files of the base commit", hint=_FETCH)
                yield process.stdout.read(int(size))
                process.stdout.read(1)


def module_folders(top: Path) -> Iterator[Path]:
    """Where modules lie that were fetched for the code of a work tree."""
    for folder, names, _ in os.walk(top):
        if ".terraform" in names and (modules := Path(folder, MODULES)).is_dir():
            yield modules
        names[:] = [n for n in names if not n.startswith(".") and n != "node_modules"]


def _git(*arguments: str) -> str:
    return _told(arguments[0], _run(*arguments))


def _told(command: str, done: subprocess.CompletedProcess[bytes]) -> str:
    """What a finished git command printed. Raises: RevisionError where it failed, with its last line."""
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        words = lines[-1] if lines else "failed"
        # A partial clone whose server is not to be reached, or a damaged one.
        raise RevisionError(f"git {command}: {words}", hint=_FETCH if "unable to read" in words else "")
    return os.fsdecode(done.stdout)


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = (*_GIT, *arguments)
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
    return _place_of(Path.cwd())


@cache
def _place_of(folder: Path) -> tuple[Path, str]:
    """`_place` for one working folder: git is asked once."""
    asked = ("rev-parse", "--is-inside-work-tree", "--show-toplevel", "--show-prefix")
    done = _run("-C", str(folder), *asked)
    if b"safe.directory" in done.stderr:
        # A container whose user is not the one that cloned.
        command = os.fsdecode(done.stderr).strip().splitlines()[-1].strip()
        raise RevisionError("git does not open this repository, which another user owns", hint=command)
    if done.returncode != 0 and not done.stdout:
        raise RevisionError("this folder is in no git repository", hint="diff BEFORE AFTER compares two folders")
    if done.stdout.startswith(b"false"):
        raise RevisionError("this repository has no work tree to compare", hint="run it in a clone that is not bare")
    _, top, prefix, *_ = (*_told(asked[0], done).splitlines(), "", "")
    return Path(top), prefix
