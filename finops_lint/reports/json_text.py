"""A JSON document to text a person can read, quickly where it is large."""

from __future__ import annotations

import json
from typing import Any

_LARGE = 200_000
"""Characters from which on the standard library's own indenting, which is slow, costs more than another import."""


def json_text(document: Any, *, indent: int) -> str:
    """The document, indented, with a line break at its end."""
    compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if len(compact) < _LARGE:
        return json.dumps(document, indent=indent, ensure_ascii=False) + "\n"
    import msgspec

    return (
        msgspec.json.format(compact.encode("utf-8", "surrogatepass"), indent=indent).decode("utf-8", "replace") + "\n"
    )
