"""Regular expressions so plain that Python's `re` finds what RE2 finds, and as soon: most that formulas hold are.

RE2 needs the CEL runtime, which a run without it need not even load. Python's own tries one way after the other, so it
is only asked where a bound on the ways, told from the pattern's signs and the text's length, is low.
"""

from __future__ import annotations

import re
from functools import lru_cache

from finops_lint.model.records import record
from finops_lint.model.regexes import regex

_LONGEST = 300
"""Characters of a pattern: deeper groups than these can hold would be too deep for `re`."""
_MOST_STEPS = 10_000_000
_ATOM = r"(?:[A-Za-z0-9 _/:=@,<>%#;'-]|\\[./-]|\.|\[\^?[A-Za-z0-9_./:*()-]+\])"
_REPEATED = r"(?:[*+?]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})?"
_PLAIN = regex(rf"(?:\(\?i\))?\^?(?:(?:{_ATOM}{_REPEATED}|\)\??)(?![*+?{{])|\((?!\?)|\|\^?)*\$?")
"""Letters, classes and groups, of which only the first two are repeated, and the last left out; `^` and `$` around."""


@record(frozen=True, slots=True)
class _Search:
    """A plain pattern."""

    pattern: re.Pattern[str]
    repeats: int
    """How often it leaves open how many letters it takes."""
    ways: int
    """Among how many branches it may choose at most."""

    def is_quick(self, text: str) -> bool:
        """Whether nothing in `text` makes a search take long."""
        steps: int = self.ways * (len(text) + 1) ** (self.repeats + 1)
        return steps <= _MOST_STEPS


def found(text: str, pattern: str) -> bool | None:
    """Whether `pattern` is in `text`; None where only RE2 can tell, or can tell without taking long."""
    search = _search(pattern)
    if search is None or not text.isascii() or not text.isprintable() or not search.is_quick(text):
        return None
    return bool(search.pattern.search(text))


@lru_cache(maxsize=1_000)
def _search(pattern: str) -> _Search | None:
    if len(pattern) > _LONGEST or "--" in pattern or not _PLAIN.fullmatch(pattern):
        return None
    try:
        compiled = re.compile(pattern, re.ASCII)  # which takes (?i) at the start as RE2 does
    except re.error:
        return None
    repeats = sum(map(pattern.count, "*+,"))
    return _Search(compiled, repeats, 2 ** (pattern.count("?") + pattern.count("|")))
