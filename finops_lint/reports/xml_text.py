"""Names and messages to XML 1.0 that every parser takes, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from finops_lint.model.regexes import regex
from finops_lint.reports.lines import clean
from finops_lint.reports.redaction import redacted

_FORBIDDEN = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 (2.2) has no way to write."""


def attributes(values: Mapping[str, object]) -> str:
    """` name="value" …`, in the order given; None is left out."""
    return "".join(f" {name}={quoteattr(_line(str(value)))}" for name, value in values.items() if value is not None)


def element(name: str, values: Mapping[str, object], text: str = "") -> str:
    """One element with at most text in it; its line breaks stay."""
    if not text:
        return f"<{name}{attributes(values)}/>"
    inside = "\n".join(_line(line) for line in text.split("\n"))
    return f"<{name}{attributes(values)}>{escape(inside)}</{name}>"


def nested(name: str, values: Mapping[str, object], children: Iterator[str]) -> Iterator[str]:
    """An element around others, a line each."""
    yield f"<{name}{attributes(values)}>"
    for child in children:
        yield f"  {child}"
    yield f"</{name}>"


def _line(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", redacted(clean(text)))
