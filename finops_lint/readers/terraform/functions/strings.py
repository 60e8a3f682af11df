"""The functions over strings, but for regular expressions (`patterns.py`) and `format` (`formatting.py`)."""

from __future__ import annotations

from collections.abc import Sequence

from finops_lint.model.records import replace
from finops_lint.readers.terraform.functions import graphemes, patterns
from finops_lint.readers.terraform.functions.definition import Parameter, Table, define, numeric, string, whole
from finops_lint.readers.terraform.types import BOOL, STRING, ListOf
from finops_lint.readers.terraform.values import (
    MAX_TEXT,
    EvaluationError,
    LimitError,
    Number,
    TerraformList,
    Unk,
    Value,
    contains_unknown,
    text,
    unknown_from,
)

TABLE: Table = {}

_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
_GO_SPACE += "\u202f\u205f\u3000"


def bounded(size: int) -> None:
    """Refuse a result of `size` characters if that is too long.

    Raises:
        LimitError: it is.
    """
    if size > MAX_TEXT:
        raise LimitError("the text is too long to evaluate")


@define(TABLE, "upper", [string("str", dynamic=True)], STRING)
def _upper(value: str) -> str:
    """Go maps letter by letter, so `ß` stays."""
    return value.upper() if value.isascii() else "".join(map(_simple_upper, value))


def _simple_upper(character: str) -> str:
    raised = character.upper()
    return raised if len(raised) == 1 else character


@define(TABLE, "lower", [string("str", dynamic=True)], STRING)
def _lower(value: str) -> str:
    """Go maps letter by letter, without Python's final sigma."""
    return value.lower() if value.isascii() else "".join(map(_simple_lower, value))


def _simple_lower(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else lowered[0]


@define(TABLE, "title", [string("str")], STRING)
def _title(value: str) -> str:
    """Raises the first letter of each word; a word ends where neither letter, digit nor underscore stands."""
    result = []
    boundary = True
    for character in value:
        result.append(_simple_title(character) if boundary else character)
        boundary = _separates(character)
    return "".join(result)


def _simple_title(character: str) -> str:
    raised = character.title()
    return raised if len(raised) == 1 else character


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return not (character.isalpha() or character.isdecimal()) and character in _GO_SPACE


@define(TABLE, "strrev", [string("str", dynamic=True)], STRING)
def _strrev(value: str) -> str:
    return "".join(reversed(graphemes.clusters(value)))


@define(TABLE, "trimspace", [string("str")], STRING)
def _trimspace(value: str) -> str:
    return value.strip(_GO_SPACE)


@define(TABLE, "trim", [string("str"), string("cutset")], STRING)
def _trim(value: str, cutset: str) -> str:
    return value.strip(cutset) if cutset else value


@define(TABLE, "trimprefix", [string("str"), string("prefix")], STRING)
def _trimprefix(value: str, prefix: str) -> str:
    return value.removeprefix(prefix)


@define(TABLE, "trimsuffix", [string("str"), string("suffix")], STRING)
def _trimsuffix(value: str, suffix: str) -> str:
    return value.removesuffix(suffix)


@define(TABLE, "chomp", [string("str")], STRING)
def _chomp(value: str) -> str:
    return value.rstrip("\r\n")


@define(TABLE, "indent", [numeric("spaces"), string("str")], STRING)
def _indent(spaces: Number, value: str) -> str:
    width = whole(spaces, "the number of spaces")
    if width < 0:
        raise EvaluationError("the number of spaces must not be negative")
    bounded(len(value) + width * (value.count("\n") + 1))
    return value.replace("\n", "\n" + " " * width)


@define(TABLE, "replace", [string("str"), string("substr"), string("replace")], STRING)
def _replace(value: str, substring: str, replacement: str) -> Value:
    if len(substring) > 1 and substring.startswith("/") and substring.endswith("/"):
        return patterns.substitute(substring[1:-1], value, replacement)
    occurrences = value.count(substring)
    bounded(len(value) + occurrences * len(replacement))
    return value.replace(substring, replacement)


@define(TABLE, "split", [string("separator"), string("str")], ListOf(STRING))
def _split(separator: str, value: str) -> TerraformList:
    parts: Sequence[str] = value.split(separator) if separator else list(value)
    return TerraformList(map(text, parts), STRING)


@define(
    TABLE,
    "join",
    [string("separator", unknown=True)],
    STRING,
    variadic=Parameter("lists", ListOf(STRING), unknown=True),
)
def _join(separator: Value, *lists: Value) -> Value:
    if not lists:
        raise EvaluationError("join() takes at least one list")
    if not contains_unknown((separator, *lists)):
        items = [item for items in lists for item in items]
        if None in items:
            raise EvaluationError("join(): an element is null")
        bounded(sum(map(len, items)) + len(separator) * len(items))
        return str(separator).join(items)
    prefix = "" if isinstance(separator, Unk) else _known_beginning(separator, lists)
    return with_prefix(unknown_from((separator, *lists), STRING, not_null=True), prefix)


def _known_beginning(separator: str, lists: Sequence[Value]) -> str:
    """What the joined text certainly begins with."""
    beginning: list[str] = []
    for items in lists:
        if isinstance(items, Unk):
            break
        for item in items:
            if not isinstance(item, str):
                tail = [item.prefix] if isinstance(item, Unk) else []
                return separator.join([*beginning, *tail]) if tail else separator.join(beginning)
            beginning.append(item)
    # Whether a separator follows depends on the rest having elements.
    return separator.join(beginning)


def with_prefix(unknown: Unk, prefix: str) -> Unk:
    """The unknown string, known to begin with `prefix` less its last character, which may yet combine with others."""
    return replace(unknown, prefix=safe_prefix(prefix))


def safe_prefix(prefix: str) -> str:
    """`prefix` without an end that following characters may combine with.

    Only a combining mark can change the last character; ASCII letters and digits can be its base, so they go, while
    punctuation with no composed forms stays.
    """
    if not prefix:
        return ""
    if prefix[-1] in _NEVER_COMBINED:
        return prefix
    return "".join(graphemes.clusters(prefix)[:-1])


_NEVER_COMBINED = "/:-_.,;()[]{}@#$%&*+|\\\"'?! \t\n"


@define(
    TABLE,
    "substr",
    [string("str", dynamic=True), numeric("offset", dynamic=True), numeric("length", dynamic=True)],
    STRING,
)
def _substr(value: str, offset: Number, size: Number) -> str:
    start, wanted = whole(offset, "the offset"), whole(size, "the length")
    pieces = graphemes.clusters(value)
    if start < 0:
        # Terraform starts at the beginning when the offset reaches beyond it.
        start = max(start + len(pieces), 0)
        if wanted == 0:
            # Terraform's seek never sees position 0 here and runs to the end of the string.
            return "".join(pieces[start:])
    if wanted == 0:
        return ""
    return "".join(pieces[start:] if wanted < 0 else pieces[start : start + wanted])


@define(TABLE, "startswith", [string("str", unknown=True), string("prefix")], BOOL)
def _startswith(value: Value, prefix: str) -> Value:
    if not isinstance(value, Unk):
        return value.startswith(prefix)
    if value.prefix.startswith(prefix):
        return True
    if value.prefix and not prefix.startswith(value.prefix):
        return False
    return unknown_from([value], BOOL)


@define(TABLE, "endswith", [string("str"), string("suffix", unknown=True)], BOOL)
def _endswith(value: str, suffix: Value) -> Value:
    return unknown_from([suffix], BOOL) if isinstance(suffix, Unk) else value.endswith(suffix)


@define(TABLE, "strcontains", [string("str", unknown=True), string("substr")], BOOL, not_null=False)
def _strcontains(value: Value, part: str) -> Value:
    if isinstance(value, Unk):
        return True if part in value.prefix else unknown_from([value], BOOL, not_null=True)
    return part in value


@define(TABLE, "regex", [string("pattern"), string("string")], patterns.result_type)
def _regex(pattern: str, value: str) -> Value:
    return patterns.first(pattern, value)


@define(TABLE, "regexall", [string("pattern"), string("string")], patterns.list_type)
def _regexall(pattern: str, value: str) -> Value:
    return patterns.every(pattern, value)
