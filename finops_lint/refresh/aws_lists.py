"""Turns the AWS Price List's bulk files into entries: the indices into addresses, a file's lines into rates.

The CSV files are read: one line is one rate with all attributes of its product, so that hundreds of MB stream through
in the memory of a line. Their first five lines are about the file, the sixth has the names of the columns.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urljoin

from finops_lint.model.records import record
from finops_lint.refresh.collect import Collector, Entry
from finops_lint.refresh.declared import key_of
from finops_lint.refresh.fetching import FetchError

MOST_INDEX = 64 << 20
MOST_FILE = 6 << 30
"""Bytes of an offer's file, unzipped; EC2's of all regions is some 5 GB."""
_ABOUT_LINES = 5
_MOST_FIELD = 1 << 20
_GLOBAL = frozenset({"", "global", "any", "aws-global"})


@record(frozen=True, slots=True)
class Address:
    """Where one region's file of an offer is."""

    offer: str
    region: str
    """Empty for a file of all regions."""
    url: str


@record(frozen=True, slots=True)
class About:
    """What a file says of itself."""

    offer: str
    published: str
    """ISO day."""


def offer_index(data: bytes, where: str) -> Mapping[str, Mapping[str, str]]:
    """Offer code → its addresses.

    Raises:
        FetchError: It is no index.
    """
    return _part(data, "offers", where)


def region_addresses(data: bytes, base: str, offer: str) -> list[Address]:
    """The CSV file of every region of an offer.

    Raises:
        FetchError: It is no index.
    """
    regions = _part(data, "regions", offer)
    found = []
    for name, entry in sorted(regions.items()):
        url = str(entry.get("currentVersionUrl", ""))
        if url:
            found.append(Address(offer, str(entry.get("regionCode", name)), csv_url(base, url)))
    return found


def csv_url(base: str, url: str) -> str:
    """The address of the CSV beside a JSON file."""
    return urljoin(base + "/", re.sub(r"\.json$", ".csv", url))


def _part(data: bytes, name: str, where: str) -> Mapping[str, Mapping[str, str]]:
    try:
        part: Any = json.loads(data)[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        part = None
    if not isinstance(part, dict) or not all(isinstance(entry, dict) for entry in part.values()):
        raise FetchError(f"{where}: not an index of the AWS price list: it has no {name}")
    return part


def read_offer(pieces: Iterable[bytes], collector: Collector, *, name: str, region: str = "") -> About:
    """Give every rate of a CSV file to the collector; what the file says of itself.

    A rate that names no region is of `region`, the one the file is of; without one it counts only where a line says
    that its price holds everywhere.

    Raises:
        FetchError: It is no such file, or it ends in the middle.
    """
    csv.field_size_limit(_MOST_FIELD)
    ending = _Ending()
    lines = csv.reader(_lines(pieces, ending), strict=True)
    try:
        about = _about(lines, name)
        _rates(lines, collector, name, region)
    except csv.Error as error:
        raise FetchError(f"{name}: line {lines.line_num:,}: not CSV: {error}") from None
    except UnicodeDecodeError:
        raise FetchError(f"{name}: not UTF-8 text") from None
    if not ending.whole:
        raise FetchError(f"{name}: it ends in the middle of a line")
    return about


class _Ending:
    """Whether the last line is whole."""

    whole = False


def _lines(pieces: Iterable[bytes], ending: _Ending) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        whole, newline, rest = (rest + piece).rpartition(b"\n")
        if newline:
            yield from (f"{line}\n" for line in whole.decode("utf-8-sig").split("\n"))
        if len(rest) > _MOST_FIELD:
            raise csv.Error("a line without end")
    ending.whole = not rest
    if rest:
        yield rest.decode()


def _about(lines: Iterator[list[str]], name: str) -> About:
    facts = {}
    for _ in range(_ABOUT_LINES):
        line = next(lines, [])
        if len(line) > 1:
            facts[key_of(line[0])] = line[1]
    published = facts.get("publicationdate", "")[:10]
    if not facts.get("offercode") or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", published):
        raise FetchError(f"{name}: not a file of the AWS price list: its first lines name no offer and day")
    return About(facts["offercode"], published)


def _rates(lines: Iterator[list[str]], collector: Collector, name: str, region: str) -> None:
    columns = [key_of(column) for column in next(lines, [])]
    if not {"sku", "priceperunit", "unit", "termtype"} <= set(columns):
        raise FetchError(f"{name}: not a file of the AWS price list: its columns are others")
    families = collector.families
    family = columns.index("productfamily") if "productfamily" in columns else None
    for fields in lines:
        if not fields:
            continue
        if len(fields) != len(columns):
            raise FetchError(f"{name}: a line has {len(fields)} fields where {len(columns)} are expected")
        if families is not None and (family is None or fields[family] not in families):
            collector.skip()
            continue
        entry = entry_of(dict(zip(columns, fields, strict=True)), region)
        if entry is None:
            collector.skip()
        else:
            collector.add(entry)


def entry_of(fields: dict[str, str], file_region: str) -> Entry | None:
    """The rate; None where its figures are none."""
    try:
        start = Decimal(fields.get("startingrange") or 0)
        amount = Decimal(fields["priceperunit"])
    except InvalidOperation:
        return None
    if not (amount.is_finite() and start.is_finite()) or amount < 0 or start < 0:
        return None
    region = (fields.get("regioncode") or fields.get("fromregioncode") or file_region).lower()
    unit = fields["unit"]
    return Entry(
        attributes=fields,
        region="" if region in _GLOBAL else region,
        group=f"{fields['sku']}.{fields.get('offertermcode', '')}",
        unit=unit,
        start=start,
        amount=amount,
        currency=fields.get("currency") or "USD",
        since=fields.get("effectivedate", ""),
        upfront=fields["termtype"] == "Reserved" and unit == "Quantity",
    )
