"""Opens the user's files without trusting them: bytes, or one Problem that says why not."""

from __future__ import annotations

import os
import stat

from finops_lint.catalog.given import content_of
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.readers.documents import UTF16


@record(frozen=True, slots=True)
class Limits:
    """What a hostile input may cost at most."""

    file_bytes: int = 10_000_000
    """A larger file is not read."""
    document_bytes: int = 1_000_000_000
    """A larger plan or state is not read; they are one file, and decoded without a tree of all of it."""
    folders: int = 200_000
    """Discovery stops after so many folders."""
    instances: int = 20_000
    """Instances one `count` or `for_each` may make."""
    total_instances: int = 40_000
    """Resource and module instances of one project."""
    total_blocks: int = 100_000
    """Nested blocks that the `dynamic` blocks of one project may make."""
    module_depth: int = 40
    """Module calls inside module calls."""


def notice(code: str, message: str, file: str, hint: str = "") -> Problem:
    """A Problem about a whole file or folder that does not change the exit code."""
    return Problem(Level.NOTICE, code, message, Span(shown_path(file), 1), hint)


def is_inside(path: str, top: str) -> bool:
    """Whether `path`, with its links followed, lies in the folder `top` (itself real)."""
    real = os.path.realpath(path)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def read_file(path: str, *, top: str | None = None, limits: Limits | None = None) -> bytes | Problem:
    """The content of a regular file of text that lies inside `top` (a real path) if one is given."""
    limits = limits or Limits()
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            if top is not None and not is_inside(path, top):
                return notice("outside-project", "the link leads out of the project and is not followed", path)
            status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return notice("unreadable-file", "not a regular file, so it is not read", path)
        if status.st_size > limits.file_bytes:
            size = status.st_size // 1_000_000
            return notice(
                "file-too-large", f"{size} MB, over the limit of {limits.file_bytes // 1_000_000} MB: not read", path
            )
        data = content_of(path, status.st_size)
    except OSError as error:
        return notice("unreadable-file", f"cannot be read: {error.strerror or 'the file is not accessible'}", path)
    if b"\0" in data[:8000] and not data.startswith(UTF16):
        return notice("binary-file", "a binary file, so it is not read", path)
    return data


def shown_inside(folder: str, name: str) -> str:
    """The path, as the user would type it, of what lies in a folder that is given so."""
    return name if folder == "." else f"{folder}/{name}"


def shown_path(path: str) -> str:
    """The path as the user would type it: relative to the working folder where it lies inside, forward slashes."""
    if os.path.isabs(path):  # Path.relative_to raises where this answers
        inside = os.path.relpath(path)
        path = inside if not inside.startswith("..") else path
    return os.path.normpath(path).replace(os.sep, "/")
