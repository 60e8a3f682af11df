"""A commit of the user's repository to a folder that can be read, by git itself and without touching the work tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from finops_lint.model.errors import FinopsLintError

LARGEST = 5_000_000
"""Bytes; a larger file of the repository is no infrastructure code."""
AUTO = "auto"
MODULES = ".terraform/modules"


class RevisionError(FinopsLintError):
    """git is missing, this is no repository, or a commit is not at hand."""


def resolve(name: str, environment: Mapping[str, str]) -> str:
    """The full id of the commit `name` means.

    `auto` is what a push would change: in pre-commit's pre-push hook the commit the remote has, otherwise where this
    branch left its upstream, otherwise the last commit.

    Raises:
        RevisionError: there is no such commit here.
    """
    _git("rev-parse", "--git-dir")
    if name == AUTO:
        return _automatic(environment)
    found = _commit(name)
    if found is None:
        hint = f"git fetch origin {name.removeprefix('origin/')} brings it, in a shallow clone with --depth=1"
        raise RevisionError(f"the base {name} is not in this clone", hint=hint)
    return found


def _automatic(environment: Mapping[str, str]) -> str:
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


def changed_files(base: str) -> list[str]:
    """Files that differ between `base` and the work tree, new ones included; paths from the repository's top."""
    changed = _git("diff", "--name-only", "-z", base, "--")
    new = _git("ls-files", "--others", "--exclude-standard", "--full-name", "-z")
    return sorted({*changed.split("\0"), *new.split("\0")} - {""})


@contextmanager
def exported(commit: str) -> Iterator[Path]:
    """The folder of `commit` that stands for the working folder, in a copy that is gone afterwards.

    Modules that `terraform init` fetched are not in the commit: they are taken from the work tree, so that a module
    that did not change makes no difference.
    """
    top = Path(_git("rev-parse", "--show-toplevel").strip())
    prefix = _git("rev-parse", "--show-prefix").strip()
    with tempfile.TemporaryDirectory(prefix="finops-lint-") as folder:
        copy = Path(folder).resolve()
        # The copy's own top, beyond which nothing is read.
        (copy / ".git").mkdir()
        _write_files(commit, copy)
        _copy_modules(top, copy)
        here = copy / prefix
        here.mkdir(parents=True, exist_ok=True)
        yield here


def _write_files(commit: str, copy: Path) -> None:
    entries = list(_entries(_run("ls-tree", "-r", "-z", "--long", "--full-tree", commit).stdout))
    for (mode, _, path), content in zip(entries, _contents(e[1] for e in entries), strict=True):
        place = copy / path
        if ".git" in place.parts[len(copy.parts) :] or not place.resolve().is_relative_to(copy):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            place.symlink_to(os.fsdecode(content))
        else:
            place.write_bytes(content)


def _entries(listing: bytes) -> Iterator[tuple[str, str, str]]:
    """(mode, object, path) of each file worth writing; a submodule is none."""
    for line in listing.split(b"\0"):
        meta, _, path = line.partition(b"\t")
        fields = meta.decode().split()
        if len(fields) == 4 and fields[1] == "blob" and int(fields[3]) <= LARGEST:
            yield fields[0], fields[2], os.fsdecode(path)


def _contents(objects: Iterable[str]) -> Iterator[bytes]:
    """The content of each object, in order, by one git process."""
    names = "".join(f"{name}\n" for name in objects).encode()
    output = _run("cat-file", "--batch", stdin=names).stdout
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        size = int(output[at:end].split()[-1])
        yield output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _copy_modules(top: Path, copy: Path) -> None:
    for found in _module_folders(top):
        target = copy / found.relative_to(top)
        if target.parent.parent.is_dir() and not target.exists():
            shutil.copytree(found, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))


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
