"""JSON as Terraform writes it (Go's escapes, no spaces, keys in order) and reads it (duplicates: the last wins)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from finops_lint.model.regexes import regex
from finops_lint.model.values import GAP
from finops_lint.readers.terraform.operators import is_infinite
from finops_lint.readers.terraform.types import STRING, ListOf, MapOf, ObjectOf, SetOf, TupleOf
from finops_lint.readers.terraform.values import (
    EvaluationError,
    LimitError,
    TerraformSet,
    Unk,
    Value,
    make_object,
    number,
    number_text,
    text,
    type_of,
)

_MAX_DEPTH = 500
_ESCAPED = regex(r'[\x00-\x1f"\\<>&\u2028\u2029\ud800-\udfff]')
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f"}


def quote(value: str) -> str:
    """The string as JSON, with `<`, `>` and `&` escaped."""
    return '"' + _ESCAPED.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def encode(value: Value) -> str:
    """A value without marks as JSON, with a text of a `GAP` for each part of it that is not known."""
    return "".join(_encode(value, 0))


def _encode(value: Value, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        raise LimitError("the value is nested too deeply for JSON")
    if value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield quote(value)
    elif isinstance(value, Unk):
        yield quote(value.sketch or GAP)
    elif isinstance(value, int | Decimal):
        if is_infinite(value):
            raise EvaluationError("JSON has no infinite numbers")
        yield number_text(value)
    elif isinstance(value, dict):
        separator = "{"
        for key in sorted(value):
            yield f"{separator}{quote(key)}:"
            yield from _encode(value[key], depth + 1)
            separator = ","
        yield "{}" if separator == "{" else "}"
    else:
        separator = "["
        for item in value:
            yield separator
            yield from _encode(item, depth + 1)
            separator = ","
        yield "[]" if separator == "[" else "]"


def beginning(value: Value) -> str:
    """What the JSON of a value that is not wholly known begins with; the value itself is not null."""
    type_ = value.type if isinstance(value, Unk) else type_of(value)
    if type_ == STRING:
        return '"'
    if isinstance(type_, ObjectOf | MapOf):
        return "{"
    if isinstance(type_, TupleOf | ListOf | SetOf) or isinstance(value, TerraformSet):
        return "["
    return ""


def decode(source: str) -> Value:
    """The value a JSON text stands for: objects and tuples.

    Raises:
        EvaluationError: it is not JSON.
    """
    if _too_deep(source):
        raise LimitError("the JSON is nested too deeply")
    try:
        decoded = json.loads(source, parse_int=str_number, parse_float=str_number, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"jsondecode(): the text is not JSON: {_where(error)}") from None
    return _to_value(decoded)


def _where(error: Exception) -> str:
    return f"{error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def _too_deep(source: str) -> bool:
    return source.count("[") + source.count("{") > _MAX_DEPTH and _depth(source) > _MAX_DEPTH


def _depth(source: str) -> int:
    deepest = depth = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', source, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


def str_number(digits: str) -> Any:
    """A number's digits as a Terraform number."""
    return number(Decimal(digits))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _to_value(value: Any) -> Value:
    if isinstance(value, str):
        return text(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    if isinstance(value, list):
        return tuple(map(_to_value, value))
    if isinstance(value, dict):
        return make_object({_to_value(key): _to_value(item) for key, item in value.items()})
    return value
