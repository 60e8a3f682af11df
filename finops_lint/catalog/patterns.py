"""The regular expressions users write, matched by RE2: no text makes it slow, however the pattern is made."""

from __future__ import annotations

from functools import cache

from finops_lint.catalog import cel


class PatternError(ValueError):
    """It is no regular expression, or asks for what RE2 has not (look-around, back references)."""


@cache
def _matches() -> cel.Expression:
    return cel.compile("text.matches(pattern)", variables=("text", "pattern"))


def fits(text: str, pattern: str) -> bool:
    """Whether the whole of `text` matches.

    Raises:
        PatternError: `pattern` is no regular expression.
    """
    scope = cel.Scope({"text": text, "pattern": rf"\A(?:{pattern})\z"})
    try:
        return scope.evaluate(_matches()) is True
    except cel.ExpressionFault as fault:
        why = str(fault).partition("invalid regular expression: ")[2].partition(": ")[0]
        raise PatternError(why or "it is too large") from None
