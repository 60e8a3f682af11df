"""Price tables, one CSV a service or a service and region → the rows of an item, and the tiers they say.

A shipped table is sorted, so that a look-up is a binary search over the bytes of the one file that can have the row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.given import read_given
from finops_lint.model.estimate import UnitPrice
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span

COLUMNS = ("item", "region", "tier_from", "unit", "price", "currency", "basis", "source", "as_of")
"""The columns of every table, in this order."""
EVERYWHERE = "*"
"""The region of a price that is the same in all of them."""
_HEADER = ",".join(COLUMNS).encode()
_BASES = frozenset({"list", "observed", "derived", "spot"})
_FIGURE = regex(r"[0-9]{1,15}(\.[0-9]{1,20})?")
_CURRENCY = regex("[A-Z]{3}")
_DAY = regex("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_BYTES = 200 << 20


class PriceError(CatalogError):
    """A price table or its manifest is wrong."""


@record(frozen=True, slots=True)
class Tier:
    """A price from some quantity on."""

    start: Decimal
    """Units a month from which the price holds; the first tier starts at 0."""
    price: UnitPrice


class Table(Protocol):
    """Rows by key."""

    def rows(self, item: str, region: str) -> list[tuple[int, Sequence[str]]]:
        """(place, fields) of every row of the key, in file order."""

    def line_at(self, place: int) -> int:
        """The number of the line a row stands on."""

    @property
    def spellings(self) -> Mapping[str, str]:
        """Every item in small letters → its own spelling, the first of those that differ in nothing else."""


class _SortedTable:
    """A shipped table: sorted by `item,region,`, never quoted, searched as bytes."""

    def __init__(self, file: Path, data: bytes) -> None:
        self.data = data
        self.body = data.find(b"\n") + 1
        if data[: self.body].strip() != _HEADER:
            raise fault_in(file, 1, f"the columns must be {','.join(COLUMNS)}")

    def rows(self, item: str, region: str) -> list[tuple[int, Sequence[str]]]:
        key = f"{item},{region},".encode()
        data, size, low, high = self.data, len(key), self.body, len(self.data)
        while low < high:
            start = data.rfind(b"\n", 0, (low + high) // 2) + 1
            if data[start : start + size] < key:
                low = (data.find(b"\n", start) + 1) or high
            else:
                high = start
        found: list[tuple[int, Sequence[str]]] = []
        while data.startswith(key, low):
            end = _end_of_line(data, low)
            found.append((low, data[low:end].decode().rstrip("\r").split(",")))
            low = end + 1
        return found

    def line_at(self, place: int) -> int:
        return self.data.count(b"\n", 0, place) + 1

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        lines = self.data[self.body :].decode().splitlines()
        return _spellings(line.partition(",")[0] for line in lines)


class _WholeTable:
    """A user's table: in any order, quoted or not, read once."""

    def __init__(self, file: Path) -> None:
        self.by_key: dict[tuple[str, str], list[tuple[int, Sequence[str]]]] = {}
        lines = csv.reader(io.StringIO(read_given(file, PriceError, most=_MOST_BYTES), newline=""))
        try:
            self._read(file, lines)
        except csv.Error as error:
            raise fault_in(file, lines.line_num, f"not a price table: {error}") from error

    def _read(self, file: Path, lines: Iterator[list[str]]) -> None:
        if tuple(next(lines, ())) != COLUMNS:
            raise fault_in(file, 1, f"the columns must be {','.join(COLUMNS)}")
        for line, fields in enumerate(lines, start=2):
            if fields:
                key = (fields[0], fields[1] if len(fields) > 1 else "")
                self.by_key.setdefault(key, []).append((line, fields))

    def rows(self, item: str, region: str) -> list[tuple[int, Sequence[str]]]:
        return sorted(self.by_key.get((item, region), []), key=lambda row: _amount_or_zero(row[1][2:3]))

    def line_at(self, place: int) -> int:
        return place

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        return _spellings(item for item, _ in self.by_key)


def _spellings(items: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in dict.fromkeys(items):  # most have a row for each region
        found.setdefault(item.lower(), item)
    return found


def open_table(file: Path, *, is_sorted: bool) -> Table | None:
    """The table in `file`, sorted as the shipped ones are or in any order; None where there is no such file.

    Raises:
        PriceError: It is no price table.
    """
    if not is_sorted:
        return _WholeTable(file) if file.is_file() else None
    try:
        with file.open("rb", buffering=0) as opened:
            return _SortedTable(file, opened.read())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


class WrongRow(Exception):  # noqa: N818 -- whoever knows the file tells it
    """What is wrong with the row at `place` of its table."""

    def __init__(self, place: int, message: str) -> None:
        super().__init__(message)
        self.place, self.message = place, message


def tier_of(service: str, place: int, fields: Sequence[str], sources: Mapping[str, str]) -> Tier:
    """The tier that a row of `service` says; `sources` tells by source id why a price is only ≈.

    Raises:
        WrongRow: It says none.
    """
    if len(fields) != len(COLUMNS):
        raise WrongRow(place, f"{len(fields)} fields where a price has {len(COLUMNS)}")
    item, region, start, unit, amount, currency, basis, source, as_of = fields
    figures = (_figure(start), _figure(amount))
    if figures[0] is None or figures[1] is None:
        message = f"tier_from and price must be plain numbers from 0 up, not {start!r} and {amount!r}"
        raise WrongRow(place, message)
    if fault := _fault_of(basis, unit, currency, as_of):
        raise WrongRow(place, fault)
    approximate = sources.get(source, "")
    price = UnitPrice(f"{service}/{item}", region, figures[1], unit, currency, basis, source, as_of, approximate)
    return Tier(figures[0], price)


@lru_cache(maxsize=1024)
def _fault_of(basis: str, unit: str, currency: str, as_of: str) -> str:
    """What is wrong with what many rows have in common."""
    if basis not in _BASES:
        return f"basis must be one of {', '.join(sorted(_BASES))}, not {basis!r}"
    if not unit or not _CURRENCY.fullmatch(currency):
        return f"there must be a unit, and a currency like USD, not {unit!r} and {currency!r}"
    return "" if _DAY.fullmatch(as_of) else f"as_of must be a day (2026-11-20), not {as_of!r}"


@lru_cache(maxsize=1024)
def _figure(text: str) -> Decimal | None:
    """The number in `text`, plain digits only; None where it is anything else."""
    return Decimal(text) if _FIGURE.fullmatch(text) else None


def _amount_or_zero(texts: Sequence[str]) -> Decimal:
    return (_figure(texts[0]) if texts else None) or Decimal(0)


def _end_of_line(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    return len(data) if end < 0 else end


def fault_in(file: Path, line: int, message: str) -> PriceError:
    """What is wrong with a file of prices, and where."""
    return PriceError(message, Span(file.as_posix(), line))
