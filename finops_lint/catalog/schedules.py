"""The text of a schedule (`weekdays 8-19, sat 10-14`) → the minutes a week it covers, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from finops_lint.model.regexes import regex

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
_WEEK = 7 * _DAY
_GROUPS = {
    "daily": range(7),
    "everyday": range(7),
    "weekdays": range(5),
    "weekday": range(5),
    "weekends": range(5, 7),
    "weekend": range(5, 7),
}
_TIMES = regex(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?")
GRAMMAR = "days and hours, such as `weekdays 8-19, sat 10-14` or `daily 22-6`"


class ScheduleError(ValueError):
    """The text is no schedule; says what is wrong in it."""


def minutes_a_week(text: str) -> int:
    """The minutes of a week that `text` covers; hours past midnight belong to the next day.

    `weekdays 8-19` covers 5 × 11 × 60 = 3,300 of 10,080 minutes.

    Raises:
        ScheduleError: a day or an hour cannot be read, or some time is covered twice.
    """
    covered: dict[int, str] = {}
    for part in text.lower().split(","):
        for start, length in _spans(part.strip(), text):
            for minute in range(start, start + length):
                if (minute % _WEEK) in covered:
                    raise ScheduleError(_twice(minute % _WEEK, covered[minute % _WEEK], part.strip()))
                covered[minute % _WEEK] = part.strip()
    return len(covered)


def _spans(part: str, text: str) -> Iterator[tuple[int, int]]:
    """(first minute of the week, how many) of each day and time in `weekdays 8-12 13-17`."""
    words = re.sub(r"\s*-\s*", "-", part).split()
    if not words:
        raise ScheduleError(f"an entry between commas is empty in {text!r}; write {GRAMMAR}")
    days = [day for word in words if not _is_time(word) for day in _days(word)]
    times = [_time(word) for word in words if _is_time(word)]
    if not days or not times:
        raise ScheduleError(f"{part!r} names no {'days' if times else 'hours'}; write {GRAMMAR}")
    for day in days:
        yield from ((day * _DAY + start, length) for start, length in times)


def _is_time(word: str) -> bool:
    return word[0].isdigit()


def _days(word: str) -> list[int]:
    """`mon` → [0], `fri-mon` → [4, 5, 6, 0], `weekdays` → [0, 1, 2, 3, 4]."""
    if word in _GROUPS:
        return list(_GROUPS[word])
    first, dash, last = word.partition("-")
    start, end = _day(first), _day(last if dash else first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _day(word: str) -> int:
    found = [number for number, name in enumerate(_DAYS) if len(word) >= 2 and name.startswith(word)]
    if len(found) != 1:
        raise ScheduleError(f"{word!r} is no day; there are mon to sun, weekdays, weekends and daily")
    return found[0]


def _time(word: str) -> tuple[int, int]:
    """`8:30-17` → (510, 510): the first minute of the day, and how many."""
    match = _TIMES.fullmatch(word)
    if match is None:
        raise ScheduleError(f"{word!r} are no hours; write them as 8-19 or 8:30-17")
    start, end = (_minute(match[n], match[n + 1], word) for n in (1, 3))
    if start in (end, _DAY):
        raise ScheduleError(f"{word!r} covers nothing: it ends where it starts (0-24 is a whole day)")
    return start, (end - start if end > start else _DAY - start + end)


def _minute(hour: str, minute: str | None, word: str) -> int:
    found = int(hour) * 60 + int(minute or 0)
    if found > _DAY or int(minute or 0) > 59:
        raise ScheduleError(f"{word!r} goes beyond the day: hours are 0 to 24, minutes 0 to 59")
    return found


def _twice(minute: int, first: str, second: str) -> str:
    day, time = divmod(minute, _DAY)
    moment = f"{_DAYS[day].capitalize()} {time // 60}:{time % 60:02}"
    if first == second:
        return f"{first!r} covers {moment} twice"
    return f"{moment} is covered twice, by {first!r} and by {second!r}"
