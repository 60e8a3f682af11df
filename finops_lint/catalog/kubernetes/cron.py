"""A cron expression → how often it fires in an average month.

A year has 365 days and a weekday is any date's with the same likelihood, as in the 730 hours of a month. Where day of
month and day of week are both restricted, either will do (crontab(5); kubernetes.io/docs/concepts/workloads/controllers
/cron-jobs, read 2026-11-21).
"""

from __future__ import annotations

import re
from decimal import Decimal

from finops_lint.model.regexes import regex

_MACROS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12
}  # fmt: skip
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_DAYS_IN = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EVERY = regex(r"@every\s+(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_HOURS_A_YEAR = 8760


def runs_a_month(expression: str) -> Decimal | None:
    """How often `expression` fires in an average month; None where it cannot be read."""
    text = re.sub(r"^(?:CRON_)?TZ=\S+\s+", "", expression.strip())
    every = _EVERY.fullmatch(text)
    if every and any(every.groups()):
        hours, minutes, seconds = (int(g or 0) for g in every.groups())
        period = hours * 3600 + minutes * 60 + seconds
        return Decimal(_HOURS_A_YEAR * 3600) / 12 / period if period else None
    fields = _MACROS.get(text.lower(), text).split()
    if len(fields) != 5:
        return None
    try:
        return _fires(fields)
    except ValueError:
        return None


def _fires(fields: list[str]) -> Decimal:
    minutes = _values(fields[0], 0, 59, {})
    hours = _values(fields[1], 0, 23, {})
    dates = _values(fields[2], 1, 31, {})
    months = _values(fields[3], 1, 12, _MONTHS)
    weekdays = {d % 7 for d in _values(fields[4], 0, 7, _DAYS)}
    by_date, by_weekday = not _is_any(fields[2]), not _is_any(fields[4])
    share = Decimal(len(weekdays)) / 7
    days = Decimal(0)
    for month in months:
        for date in range(1, _DAYS_IN[month - 1] + 1):
            if by_date and by_weekday:
                days += 1 if date in dates else share
            elif by_date:
                days += date in dates
            else:
                days += share
    return days * len(minutes) * len(hours) / 12


def _is_any(field: str) -> bool:
    return field[:1] in "*?"


def _values(field: str, least: int, most: int, names: dict[str, int]) -> set[int]:
    """The values a field names. Raises: ValueError."""
    found: set[int] = set()
    for part in field.lower().split(","):
        spread, _, step = part.partition("/")
        width = int(step) if step else 1
        if width < 1:
            raise ValueError(field)
        if spread in ("*", "?"):
            first, last = least, most
        elif "-" in spread:
            first, last = (_number(n, names) for n in spread.split("-"))
        else:
            first = _number(spread, names)
            last = most if step else first
        if not least <= first <= last <= most:
            raise ValueError(field)
        found.update(range(first, last + 1, width))
    return found


def _number(word: str, names: dict[str, int]) -> int:
    return names[word] if word in names else int(word)
