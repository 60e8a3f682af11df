"""Keeps what a refresh has done so far: begun downloads, finished parts as rows, and a journal of both.

A part is one file or one paged answer of a list, already turned into rows. It is written whole or not at all, and the
journal after it; so a run that is killed anywhere loses the part it was at, and the next one goes on from there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_lint.catalog.price_tables import COLUMNS
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.refresh.fetching import Stamp, stamp_of
from finops_lint.refresh.tables import Row, line_of


class BusyError(FinopsLintError):
    """Another refresh is at work in the same folder."""


@record(frozen=True, slots=True)
class Part:
    """A finished part of a list."""

    name: str
    """`aws/AmazonEC2/us-east-1`."""
    stamp: Stamp
    digest: str
    """Of what was declared about the list when it was read."""
    read: str
    """ISO day it was fetched."""
    regions: tuple[str, ...]
    """The regions its rows are of, and the one it was asked for."""
    entries: int
    ignored: int
    notes: str
    """What was left out and why, for a person."""


class Workshop:
    """The working folder of refreshes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = self.folder / "journal.json"
        self._parts: dict[str, Part] | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder while the refresh runs; a run that was killed lets go by itself.

        Raises:
            BusyError: Somebody else holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:
                pass  # no such locks on this system: the tables are still replaced whole
            except OSError:
                raise BusyError(f"another refresh is at work in {self.folder}: wait for it") from None
            yield

    @property
    def parts(self) -> Mapping[str, Part]:
        """The finished parts by name."""
        if self._parts is None:
            self._parts = _read_journal(self._journal)
        return self._parts

    def finish(self, part: Part, rows: Iterable[Row]) -> None:
        """Keep a part's rows, then say so in the journal."""
        text = "\n".join([",".join(COLUMNS), *(line_of(row, f"{row.service}/{row.item}") for row in rows)]) + "\n"
        write_whole(self._rows_file(part.name), text.encode())
        self._parts = {**self.parts, part.name: part}
        entries = {name: _plain(known) for name, known in sorted(self._parts.items())}
        write_whole(self._journal, json.dumps({"version": 1, "parts": entries}, indent=1).encode())

    def rows(self, name: str, cloud: str) -> Iterator[Row]:
        """The rows of a finished part."""
        with self._rows_file(name).open(encoding="utf-8", newline="") as text:
            for fields in csv.reader(line for n, line in enumerate(text) if n):
                service, _, item = fields[0].partition("/")
                yield row_of(cloud, service, [item, *fields[1:]])

    def has_rows(self, name: str) -> bool:
        """Whether the rows of a part are still there."""
        return self._rows_file(name).is_file()

    def download(self, name: str) -> Path:
        """Where the file of a part is fetched to."""
        file = self.folder / "downloads" / _file_name(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def pages(self, name: str) -> Path:
        """Where the pages of a part are fetched to."""
        folder = self.folder / "pages" / _file_name(name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def tidy(self) -> None:
        """Remove begun downloads and pages; finished parts stay."""
        for name in ("downloads", "pages"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _rows_file(self, name: str) -> Path:
        return self.folder / "parts" / f"{_file_name(name)}.csv"


def write_whole(file: Path, data: bytes) -> None:
    """Write `file` so that it is either as before or whole, whatever happens."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    try:
        with fresh.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def row_of(cloud: str, service: str, fields: list[str]) -> Row:
    """A row from the fields of a table's line."""
    item, region, start, unit, price, currency, basis, source, as_of = fields
    return Row(
        cloud,
        service,
        item,
        region,
        unit,
        Decimal(price),
        source,
        as_of,
        basis,
        start=Decimal(start),
        currency=currency,
    )


def read_table(file: Path, cloud: str, service: str) -> list[Row]:
    """The rows of a table on disk; none where there is no such file."""
    if not file.is_file():
        return []
    lines = csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
    return [row_of(cloud, service, fields) for n, fields in enumerate(lines) if n and fields]


def _file_name(name: str) -> str:
    """A file name of a part's name that no other part has."""
    plain = "".join(c if c.isalnum() or c in "-." else "_" for c in name)[:80]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _plain(part: Part) -> dict[str, Any]:
    return {
        "url": part.stamp.url,
        "etag": part.stamp.etag,
        "modified": part.stamp.modified,
        "digest": part.digest,
        "read": part.read,
        "regions": list(part.regions),
        "entries": part.entries,
        "ignored": part.ignored,
        "notes": part.notes,
    }


def _read_journal(file: Path) -> dict[str, Part]:
    """What the journal says; nothing where it is not there or spoilt: then all is fetched again."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["parts"]
        return {
            str(name): Part(
                str(name),
                stamp_of(entry),
                str(entry["digest"]),
                str(entry["read"]),
                tuple(map(str, entry["regions"])),
                int(entry["entries"]),
                int(entry["ignored"]),
                str(entry["notes"]),
            )
            for name, entry in entries.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
