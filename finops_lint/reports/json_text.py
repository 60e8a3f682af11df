"""A JSON document to text a person can read, quickly where it is large."""

from __future__ import annotations

import json
import re
from typing import Any

from finops_lint.model.regexes import regex

_UNPRINTABLE = regex("[\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff]")
_LARGE = 200_000
"""Characters from which on the standard library's own indenting, which is slow, costs more than another import."""


def json_text(document: Any, *, indent: int) -> str:
    """The document, indented, with a line break at its end."""
    compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if len(compact) < _LARGE:
        return _written_out(json.dumps(document, indent=indent, ensure_ascii=False)) + "\n"
    import msgspec

    pretty = msgspec.json.format(_written_out(compact).encode(), indent=indent)
    return pretty.decode() + "\n"


def _written_out(text: str) -> str:
    """`text` with what could steer a terminal as escapes, and what is no character replaced; both in strings only."""
    return text if text.isascii() else _UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\ufffd" if "\ud800" <= character <= "\udfff" else f"\\u{ord(character):04x}"
