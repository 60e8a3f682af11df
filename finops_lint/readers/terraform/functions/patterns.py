"""What `regex`, `regexall` and `replace` make of a pattern and a text, as Go's RE2 reads and matches them."""

from __future__ import annotations

import re
from functools import partial

from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.functions.pattern_matching import (
    Pattern,
    Spans,
    compile_pattern,
    find_all,
    find_first,
)
from finops_lint.readers.terraform.types import ANY, STRING, ListOf, ObjectOf, TupleOf, Type
from finops_lint.readers.terraform.values import (
    MAX_TEXT,
    EvaluationError,
    LimitError,
    TerraformList,
    Unk,
    Value,
    text,
)


def _result(pattern: Pattern, value: str, spans: Spans) -> Value:
    if not pattern.names:
        return text(value[spans[0] : spans[1]])
    groups = [None if spans[at] < 0 else text(value[spans[at] : spans[at + 1]]) for at in range(2, len(spans), 2)]
    if pattern.names[0]:
        last = dict(zip(pattern.names, groups, strict=True))
        return {name: last[name] for name in sorted(last)}
    return tuple(groups)


def _type(source: str) -> Type:
    names = compile_pattern(source).names
    if not names:
        return STRING
    if all(names):
        return ObjectOf(dict.fromkeys(sorted(names), STRING))
    if any(names):
        raise EvaluationError("the pattern has groups with a name and groups without")
    return TupleOf((STRING,) * len(names))


def result_type(pattern: Value, value: Value) -> Type:
    """The type `regex` gives for a pattern."""
    return ANY if isinstance(pattern, Unk) else _type(pattern)


def list_type(pattern: Value, value: Value) -> Type:
    """The type `regexall` gives for a pattern."""
    return ListOf(ANY) if isinstance(pattern, Unk) else ListOf(_type(pattern))


def first(source: str, value: str) -> Value:
    """What `regex` gives.

    Raises:
        EvaluationError: nothing matches.
    """
    pattern = compile_pattern(source)
    found = find_first(pattern, value)
    if found is None:
        raise EvaluationError("regex(): the pattern matches no part of the string")
    return _result(pattern, value, found)


def every(source: str, value: str) -> TerraformList:
    """What `regexall` gives."""
    pattern = compile_pattern(source)
    return TerraformList([_result(pattern, value, spans) for spans in find_all(pattern, value)], _type(source))


_TEMPLATE = regex(r"\$(?:\$|(\w+)|\{(\w+)\})")


def substitute(source: str, value: str, replacement: str) -> str:
    """`value` with all matches replaced by a template with `$1`, `${name}` and `$$`. Raises: LimitError."""
    pattern = compile_pattern(source)
    pieces: list[str] = []
    at = size = 0
    for spans in find_all(pattern, value):
        pieces.append(value[at : spans[0]])
        pieces.append(_TEMPLATE.sub(partial(_expand, pattern=pattern, value=value, spans=spans), replacement))
        size += len(pieces[-1]) + len(pieces[-2])
        if size > MAX_TEXT:
            raise LimitError("the text is too long to evaluate")
        at = spans[1]
    return "".join(pieces) + value[at:]


def _expand(found: re.Match[str], pattern: Pattern, value: str, spans: Spans) -> str:
    name = found[1] or found[2]
    if name is None:
        return "$"
    if name.isascii() and name.isdigit():
        group = int(name[:9]) if name == "0" or not name.startswith("0") else -1
    else:
        named = [at for at, other in enumerate(pattern.names, 1) if other == name and spans[2 * at] >= 0]
        group = named[0] if named else -1
    if not 0 <= group <= len(pattern.names) or spans[2 * group] < 0:
        return ""
    return value[spans[2 * group] : spans[2 * group + 1]]
