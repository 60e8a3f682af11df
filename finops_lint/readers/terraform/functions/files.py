"""The functions over files and paths; nothing outside of the project and its modules is read or even looked for."""

from __future__ import annotations

import os
import posixpath
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

from finops_lint.readers.terraform.functions.definition import Context, Parameter, Table, define, string
from finops_lint.readers.terraform.functions.hashing import DIGESTS
from finops_lint.readers.terraform.types import BOOL, STRING, SetOf
from finops_lint.readers.terraform.values import (
    AbsentFileError,
    EvaluationError,
    LimitError,
    OutsideError,
    TerraformSet,
    Unk,
    Value,
    make_set,
    mark,
    text,
    unmark,
)

TABLE: Table = {}

MAX_BYTES = 4_000_000
"""Larger files are not read."""
_MAX_ENTRIES = 20_000
_PATH = Parameter("path", STRING, marked=True)


def locate(name: str, context: Context) -> Path:
    """The file a path names, symbolic links followed.

    Raises:
        LimitError: it lies outside of the project.
    """
    if name.startswith("~") or "\0" in name:
        raise OutsideError("files outside of the project are not read")
    try:
        found = (context.root / name).resolve()
        root = context.root.resolve()
    except (OSError, RuntimeError, ValueError):
        raise LimitError("the path cannot be followed") from None
    if not any(found.is_relative_to(folder) for folder in (root, *context.modules)):
        raise OutsideError("files outside of the project and its modules are not read")
    return found


def read(name: str, context: Context) -> bytes:
    """The content of a file in the project.

    Raises:
        EvaluationError: there is no such file.
        LimitError: it is too large, or outside of the project.
    """
    path = locate(name, context)
    try:
        if not path.exists():
            raise AbsentFileError("there is no such file")
        if not path.is_file():
            raise EvaluationError("the path is not that of a file")
        if path.stat().st_size > MAX_BYTES:
            raise LimitError(f"files of more than {MAX_BYTES} bytes are not read")
        return path.read_bytes()
    except OSError:
        raise EvaluationError("the file cannot be read") from None


def read_text(name: str, context: Context) -> str:
    """The content of a file in the project, which must be UTF-8."""
    try:
        return text(read(name, context).decode("utf-8"))
    except UnicodeDecodeError:
        raise EvaluationError("the file is not UTF-8 text; filebase64() reads such files") from None


@define(TABLE, "file", [_PATH], STRING, context=True)
def _file(path: Value, context: Context) -> Value:
    name, marks = unmark(path)
    return mark(read_text(name, context), marks)


@define(TABLE, "filebase64", [_PATH], STRING, context=True)
def _filebase64(path: Value, context: Context) -> Value:
    name, marks = unmark(path)
    return mark(b64encode(read(name, context)).decode("ascii"), marks)


@define(TABLE, "fileexists", [_PATH], BOOL, context=True)
def _fileexists(path: Value, context: Context) -> Value:
    name, marks = unmark(path)
    found = locate(name, context)
    try:
        exists, is_file = found.exists(), found.is_file()
    except OSError:
        raise EvaluationError("fileexists(): the path is not one a file can have") from None
    if exists and not is_file:
        raise EvaluationError("fileexists(): the path is not that of a file")
    return mark(is_file, marks)


def _define_digest(name: str, digest: Callable[[bytes], str]) -> None:
    def of_file(path: str, context: Context) -> str:
        return digest(read(path, context))

    define(TABLE, name, [string("path")], STRING, context=True)(of_file)


for _name, _digest in DIGESTS.items():
    _define_digest(f"file{_name}", _digest)


# fileset


@define(TABLE, "fileset", [_PATH, Parameter("pattern", STRING, marked=True)], SetOf(STRING), context=True)
def _fileset(path: Value, pattern: Value, context: Context) -> Value:
    folder, marks = unmark(path)
    glob, of_glob = unmark(pattern)
    marks |= of_glob
    base = locate(folder, context)
    joined = posixpath.normpath(posixpath.join("/", folder, glob)) if glob else ""
    if ".." in glob.split("/"):
        raise LimitError("fileset() patterns with .. are not evaluated")
    if not joined or not os.path.isdir(base):  # never raises, unlike Path's
        return mark(TerraformSet((), STRING), marks)
    matches = _glob(base, [part for part in posixpath.normpath(glob).split("/") if part], base)
    return mark(make_set(map(text, matches), STRING), marks)


def _glob(base: Path, parts: list[str], top: Path) -> Iterator[str]:
    """Paths below `base` of the files that match."""
    expressions = [None if part == "**" else _segment(part) for part in parts]
    left = _MAX_ENTRIES
    pending: list[tuple[str, int]] = [("", 0)]
    seen: set[tuple[str, int]] = set()
    found: set[str] = set()
    while pending:
        here, at = pending.pop()
        if (here, at) in seen:
            continue
        seen.add((here, at))
        expression = expressions[at]
        if expression is None and at + 1 < len(expressions):
            pending.append((here, at + 1))
        for entry in _entries(base / here):
            left -= 1
            if left < 0:
                raise LimitError("fileset() meets too many files to evaluate")
            name = f"{here}/{entry.name}" if here else entry.name
            last = at + 1 == len(expressions)
            if expression is None:
                if entry.is_dir(follow_symlinks=False):
                    pending.append((name, at))
                elif last and _is_file(entry):
                    found.add(name)
            elif expression.fullmatch(entry.name):
                if last and _is_file(entry):
                    found.add(name)
                elif not last and _is_folder_in(top, entry):
                    pending.append((name, at + 1))
    yield from sorted(found)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _is_folder_in(top: Path, entry: os.DirEntry[str]) -> bool:
    try:
        return Path(entry.path).resolve().is_relative_to(top) and entry.is_dir()
    except (OSError, RuntimeError):
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _segment(glob: str) -> re.Pattern[str]:
    r"""One part of a path as doublestar matches it: `*`, `?`, `[a-z]`, `[^a]`, `{a,b}`, `\x`."""
    pieces: list[str] = []
    at = depth = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character == "*":
            if not pieces or pieces[-1] != ".*":
                pieces.append(".*")
        elif character == "?":
            pieces.append(".")
        elif character == "{":
            depth += 1
            pieces.append("(?:")
        elif character == "}" and depth:
            depth -= 1
            pieces.append(")")
        elif character == "," and depth:
            pieces.append("|")
        elif character == "[":
            end = glob.find("]", at + 1)
            if end < 0:
                raise EvaluationError("fileset(): the pattern is wrong")
            inside = glob[at:end].replace("\\", "")
            negate = inside[:1] in ("^", "!")
            escaped = re.sub(r"([^-0-9A-Za-z])", r"\\\1", inside[negate:])
            pieces.append(f"[^{escaped}]" if negate else f"[{escaped}]")
            at = end + 1
        elif character == "\\" and at < len(glob):
            pieces.append(re.escape(glob[at]))
            at += 1
        else:
            pieces.append(re.escape(character))
    if depth or sum(piece == ".*" for piece in pieces) > 4:
        raise EvaluationError("fileset(): the pattern is wrong") if depth else LimitError("fileset(): too many *")
    return re.compile("".join(pieces), re.DOTALL)


# Paths


@define(TABLE, "basename", [string("path")], STRING)
def _basename(path: str) -> str:
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


@define(TABLE, "dirname", [string("path")], STRING)
def _dirname(path: str) -> str:
    return clean(path[: path.rfind("/") + 1])


def clean(path: str) -> str:
    """The shortest spelling of the path, as Go's `filepath.Clean`."""
    cleaned = posixpath.normpath(path) if path else "."
    return cleaned[1:] if cleaned.startswith("//") else cleaned


@define(TABLE, "abspath", [string("path")], STRING, context=True)
def _abspath(path: str, context: Context) -> str:
    return clean(path if path.startswith("/") else f"{context.root.absolute().as_posix()}/{path}")


@define(TABLE, "pathexpand", [string("path")], STRING)
def _pathexpand(path: str) -> Value:
    if not path.startswith("~"):
        return path
    if len(path) > 1 and path[1] not in "/\\":
        raise EvaluationError("pathexpand(): the home of another user cannot be found")
    return Unk(STRING, not_null=True, reason="pathexpand() depends on who runs terraform")
