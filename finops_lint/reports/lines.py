"""Pieces of text to aligned lines for a terminal: clean, as wide as asked, coloured or plain."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from finops_lint.model.records import record

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_BIDI = {code: f"\\u{code:04x}" for code in (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A))}
_UNPRINTABLE: Mapping[int, str] = {**_CONTROLS, **_BIDI, 0xFEFF: "\\ufeff"}

STYLES: Mapping[str, Mapping[str, object]] = {
    "title": {"bold": True},
    "faint": {"dim": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "info": {"fg": "blue", "bold": True},
    "notice": {"fg": "blue"},
    "money": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "code": {"fg": "cyan"},
}
"""What a word of ours looks like; the keys are the only styles a report names."""


@record(frozen=True, slots=True)
class Painter:
    """Turns a style's name into colour, or into nothing where the output is plain."""

    colour: bool = False

    def __call__(self, text: str, style: str) -> str:
        """`text` in `style`; the empty style leaves it."""
        if not self.colour or not style or not text:
            return text
        from click import style as paint

        return paint(text, **STYLES[style])  # type: ignore[arg-type]  # the keywords of click.style


def clean(text: str) -> str:
    """`text` on one line, with every character that could steer a terminal written out."""
    return text if text.isprintable() else text.translate(_UNPRINTABLE)


def cells(text: str) -> int:
    """How many columns `text` takes on a screen."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, text))


@lru_cache(maxsize=1_000)
def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def left(text: str, width: int) -> str:
    """`text` padded to `width` columns; longer text stays whole."""
    return text.ljust(width) if text.isascii() else text + " " * (width - cells(text))


def right(text: str, width: int) -> str:
    """`text` with padding before it."""
    return text.rjust(width) if text.isascii() else " " * (width - cells(text)) + text


def shortened(text: str, width: int) -> str:
    """`text` cut to `width` columns with an ellipsis."""
    if cells(text) <= width:
        return text
    while text and cells(text) > width - 1:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """`text` in lines of at most `width` columns, words whole where they fit, each after `indent`."""
    room = max(20, width - len(indent))
    if text and len(text) <= room and text.isprintable() and text == text.strip():
        return [indent + text]
    return [indent + line for line in _broken(text, room)] or [indent.rstrip()]


@lru_cache(maxsize=1_000)
def _broken(text: str, room: int) -> list[str]:
    """The lines of `text`; a rule says the same of hundreds of resources, and breaking a line takes its time."""
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)


def ends(start: str, end: str, width: int) -> tuple[str, str]:
    """`start` and the padding that puts `end` at the right edge; two columns at least lie between."""
    return start, " " * max(2, width - cells(start) - cells(end))


def listed(words: Iterable[str], most: int = 5) -> str:
    """`a, b and 3 more`."""
    every = list(words)
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[: most - 1])} and {len(every) - most + 1:,} more"
