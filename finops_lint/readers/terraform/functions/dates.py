"""The functions over timestamps, in RFC 3339 as Go reads and writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.functions.definition import Table, define, string
from finops_lint.readers.terraform.types import NUMBER, STRING
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value

TABLE: Table = {}

_TIMESTAMP = regex(r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)([.,]\d+)?(?:(Z)|([+-])(\d\d):(\d\d))", re.ASCII)
_BILLION = 1_000_000_000


@record(frozen=True, slots=True)
class Timestamp:
    """A moment as it was written: local clock, nanoseconds, offset."""

    clock: datetime
    """The local clock time, without zone and fraction; year 0 is moved to 400."""
    shift: int
    """Years the clock was moved by so that Python can hold it."""
    nanoseconds: int
    offset: int
    """Seconds east of UTC."""

    @property
    def year(self) -> int:
        """The year as written."""
        return self.clock.year - self.shift

    @property
    def moment(self) -> tuple[datetime, int]:
        """What orders timestamps of any offset."""
        if self.shift:
            return self.clock - timedelta(days=146_097, seconds=self.offset), self.nanoseconds
        return self.clock - timedelta(seconds=self.offset), self.nanoseconds


def parse(value: str, *, strict: bool) -> Timestamp:
    """Read a timestamp; Go's own parser (not strict) also takes one digit for the hour and a comma for the point.

    Raises:
        EvaluationError: it is none.
    """
    found = _TIMESTAMP.fullmatch(value)
    if found is None:
        raise EvaluationError("not a timestamp such as 2017-11-22T00:00:00Z (RFC 3339)")
    year, month, day, hour, minute, second = (int(found[group]) for group in range(1, 7))
    offset = 0
    if found[9]:
        hours, minutes = int(found[10]), int(found[11])
        if (strict and hours >= 24) or hours > 24 or minutes >= 60 + (not strict):
            raise EvaluationError("not a valid timestamp: the offset from UTC is out of range")
        offset = (hours * 3600 + minutes * 60) * (-1 if found[9] == "-" else 1)
    fraction = found[7] or ""
    if strict and (len(found[4]) == 1 or fraction.startswith(",")):
        raise EvaluationError("not a timestamp such as 2017-11-22T00:00:00Z (RFC 3339)")
    shift = 0 if year else 400
    try:
        clock = datetime(year + shift, month, day, hour, minute, second)  # noqa: DTZ001 -- the offset is kept beside it
    except ValueError as error:
        raise EvaluationError(f"not a valid timestamp: {error}") from None
    return Timestamp(clock, shift, int(fraction[1:10].ljust(9, "0") or 0), offset)


def _offset_text(offset: int, colon: str) -> str:
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{sign}{hours:02d}{colon}{minutes:02d}"


def render(value: Timestamp) -> str:
    """The timestamp in RFC 3339, without its fraction."""
    zone = "Z" if value.offset == 0 else _offset_text(value.offset, ":")
    return f"{value.year:04d}-{value.clock:%m-%dT%H:%M:%S}{zone}"


# Durations

_UNITS = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ms": 10**6,
    "s": _BILLION,
    "m": 60 * _BILLION,
    "h": 3600 * _BILLION,
}
_STEP = regex(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)


def parse_duration(value: str) -> int:
    """A duration such as `1h30m` in nanoseconds.

    Raises:
        EvaluationError: it is none.
    """
    rest = value[1:] if value[:1] in ("+", "-") else value
    total = Decimal(0)
    at = 0
    while rest != "0" and (at < len(rest) or not rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise EvaluationError("not a duration such as 1h30m")
        total += int(Decimal(step[1]) * _UNITS[step[2]])
        at = step.end()
    if total >= 2**63:
        raise EvaluationError("the duration is too long")
    return int(-total if value.startswith("-") else total)


@define(TABLE, "timeadd", [string("timestamp"), string("duration")], STRING)
def _timeadd(timestamp: str, duration: str) -> str:
    start = parse(timestamp, strict=True)
    seconds, nanoseconds = divmod(start.nanoseconds + parse_duration(duration), _BILLION)
    clock, shift = start.clock, start.shift
    if clock.year < 400:
        clock, shift = clock.replace(year=clock.year + 400), shift + 400
    try:
        clock += timedelta(seconds=seconds)
    except OverflowError:
        raise EvaluationError("timeadd(): the result is out of range") from None
    return render(Timestamp(clock, shift, nanoseconds, start.offset))


@define(TABLE, "timecmp", [string("timestamp_a"), string("timestamp_b")], NUMBER)
def _timecmp(first: str, second: str) -> int:
    a, b = parse(first, strict=False).moment, parse(second, strict=False).moment
    return (a > b) - (a < b)


@define(TABLE, "timestamp", [], STRING)
def _timestamp() -> Value:
    return Unk(STRING, not_null=True, reason="timestamp() is the time of the apply")


@define(TABLE, "plantimestamp", [], STRING, not_null=False)
def _plantimestamp() -> Value:
    return Unk(STRING, not_null=True, reason="plantimestamp() is the time of the plan")


# formatdate

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = regex(r"'(?:[^']|'')*'?|([A-Za-z])\1*|[^'A-Za-z]+")


@define(TABLE, "formatdate", [string("format"), string("time")], STRING)
def _formatdate(layout: str, time: str) -> str:
    moment = parse(time, strict=True)
    return "".join(_pieces(layout, moment))


def _pieces(layout: str, moment: Timestamp) -> Iterator[str]:
    for part in _tokens(layout):
        if part.startswith("'"):
            if len(part) == 1 or not part.endswith("'"):
                raise EvaluationError("formatdate(): a quote is not closed")
            yield part[1:-1].replace("''", "'") or "'"
        elif part[0].isascii() and part[0].isalpha():
            yield _verb(part, moment)
        else:
            yield part


def _tokens(layout: str) -> Iterator[str]:
    """`''` outside of quotes is a token of its own; inside them it stands for a quote."""
    at = 0
    while at < len(layout):
        if layout.startswith("''", at):
            yield "''"
            at += 2
            continue
        if layout[at] == "'":
            end = at + 1
            while end < len(layout):
                if layout[end] != "'":
                    end += 1
                elif layout.startswith("''", end):
                    end += 2
                else:
                    break
            yield layout[at : end + 1]
            at = end + 1
            continue
        found = _TOKEN.match(layout, at)
        assert found is not None
        yield found[0]
        at = found.end()


def _verb(part: str, moment: Timestamp) -> str:
    clock, size = moment.clock, len(part)
    numbers = {
        "M": clock.month,
        "D": clock.day,
        "h": clock.hour,
        "H": clock.hour % 12 or 12,
        "m": clock.minute,
        "s": clock.second,
    }
    letter = part[0]
    if letter in numbers and size <= 2:
        return str(numbers[letter]).zfill(size)
    names = {
        "YY": f"{moment.year % 100:02d}",
        "YYYY": f"{moment.year:04d}",
        "MMM": _MONTHS[clock.month - 1][:3],
        "MMMM": _MONTHS[clock.month - 1],
        "EEE": _DAYS[clock.weekday()][:3],
        "EEEE": _DAYS[clock.weekday()],
        "AA": "PM" if clock.hour >= 12 else "AM",
        "aa": "pm" if clock.hour >= 12 else "am",
        "Z": "Z" if moment.offset == 0 else _offset_text(moment.offset, ":"),
        "ZZZ": "UTC" if moment.offset == 0 else _offset_text(moment.offset, ""),
        "ZZZZ": _offset_text(moment.offset, ""),
        "ZZZZZ": _offset_text(moment.offset, ":"),
    }
    if part not in names:
        raise EvaluationError(f"formatdate(): {part!r} is not a part of a date")
    return names[part]
