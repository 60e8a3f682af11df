"""What shipped files say, parsed and compiled once: a text → the values made of it in an earlier run, or for the wheel.

Reading YAML and compiling formulas took a quarter of a run. Nothing depends on what is kept: an entry that is missing
or not whole is made again. Entries are found by the text they were made of, or by the names, sizes and times of the
files, so that none is ever out of date. They hold plain values as Python marshals them, which it reads four times as
fast as JSON, and are trusted as its own compiled modules are: who could write them could write those.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from finops_lint.catalog.given import content_of
from finops_lint.model.digests import blake2b

_MAKERS = (
    "cel.py",
    "cel_ast.py",
    "cel_numbers.py",
    "cel_reads.py",
    "kept.py",
    "price_manifests.py",
    "sheet_reader.py",
    "sheets.py",
    "../rules/loader.py",
)
"""The code that decides what an entry says."""
_MOST_MAKERS = 3
"""Versions of that code whose entries are kept side by side."""
_USUAL = 1 << 15
"""Bytes that few entries have more of."""
_FORMAT = 4
"""Of what is marshalled: every Python from 3.4 on reads it."""
_MARK = 32
"""Bytes before an entry that tell whether it is whole."""


class Kept:
    """Entries in two folders: one that is only read, the wheel's, and the user's own; either may be absent."""

    def __init__(self, *, shipped: Path | None = None, own: Path | None = None) -> None:
        version = _version()
        self._own = own / version if own and version else None
        shipped = shipped if shipped and shipped.is_dir() else None  # a checkout has none: not to be asked 400 times
        self._folders = [os.path.join(folder, version) for folder in (shipped, own) if folder and version]

    def __bool__(self) -> bool:
        return bool(self._folders)

    def get(self, text: str) -> Any:
        """What was made of `text`; None where that is not known."""
        name = _hash(text.encode())
        for folder in self._folders:
            try:
                data = content_of(f"{folder}/{name}", _USUAL)
            except OSError:
                continue
            entry = memoryview(data)[_MARK:]
            if data[:_MARK] == _hash(entry).encode():
                return marshal.loads(entry)  # noqa: S302 -- see above
        return None

    def of_files(self, folder: Path, make: Callable[[Path], Any]) -> Any:
        """What `make` says of the YAML files in the folders of `folder`; kept until one of them changes."""
        if not self:
            return make(folder)
        text = f"{make.__name__} {folder}\n{_state_of(folder)}"
        known = self.get(text)
        if known is None:
            known = make(folder)
            self.put(text, known)
        return known

    def put(self, text: str, made: Any) -> None:
        """Keep what was made of `text`, as far as it is plain values and the folder can be written."""
        if self._own is None:
            return
        with suppress(OSError, ValueError):
            entry = marshal.dumps(made, _FORMAT)
            if not self._own.is_dir():
                _make(self._own)
            _write(self._own / _hash(text.encode()), _hash(entry).encode() + entry)


def _state_of(folder: Path) -> str:
    """Name, size and time of every YAML file in the folders of `folder`: another text whenever one is changed."""
    lines: list[str] = []
    for room in (entry for entry in os.scandir(folder) if entry.is_dir()):
        for file in os.scandir(room.path):
            if file.name.endswith(".yaml"):
                status = file.stat()
                lines.append(f"{room.name}/{file.name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(sorted(lines))


def _write(file: Path, data: bytes) -> None:
    """Put the whole file in its place at once."""
    from tempfile import mkstemp

    handle, draft = mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """Make the folder, and drop those of older code beside it."""
    from shutil import rmtree

    folder.mkdir(parents=True, mode=0o700)
    others = [other for other in folder.parent.iterdir() if other != folder]
    others.sort(key=lambda other: other.stat().st_mtime, reverse=True)
    for other in others[_MOST_MAKERS - 1 :]:
        rmtree(other, ignore_errors=True)


def _hash(data: bytes | memoryview) -> str:
    return blake2b(data, digest_size=16).hexdigest()


@cache
def _version() -> str:
    """Stands for the code that makes entries and the CEL it compiles with; empty where that cannot be told."""
    here = Path(__file__).parent
    try:
        made_by = b"".join((here / name).read_bytes() for name in _MAKERS)
    except OSError:
        return ""
    cel = _installed("cel_expr_python")
    return _hash(made_by + cel.encode()) if cel else ""


def _installed(package: str) -> str:
    """Name and version of an installed package, without importing it."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        for found in Path(folder).parent.glob(f"{package}-*.dist-info"):
            return found.name
    return ""


NOTHING_KEPT = Kept()
"""For those who make everything anew."""
