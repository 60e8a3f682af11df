"""What every conversation over HTTP shares: how long to be patient, and what a refusal or a broken line means.

Opens no connection itself: `refresh` and `forges` do, and only when the user's command is about the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from finops_lint.model.records import record

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be better next time."""


class TransientError(Exception):
    """Something that may be better next time."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait
        """Seconds the server asks to wait; None where it does not say."""


@record(frozen=True, slots=True)
class Patience:
    """How long to keep trying."""

    sleep: Callable[[float], None]
    tries: int = 6
    """Without any progress in between."""
    first: float = 1.0
    """Seconds before the second try; doubled each time."""
    longest: float = 120.0
    """Seconds a single wait may take, whatever the server asks for."""

    def wait(self, failures: int, asked: float | None) -> None:
        """Wait before the next try."""
        self.sleep(min(self.longest, asked if asked is not None else self.first * 2 ** (failures - 1)))


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait: a number, or a date told by the server's own clock."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,6}", text):
        return float(text)
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def cause_of(error: BaseException) -> str:
    """The innermost cause in a few words: outer ones repeat the URL, which may hold a user's name."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(getattr(error, "strerror", None) or type(error).__name__)
