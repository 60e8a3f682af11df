"""YAML as Terraform writes it (quoted strings and literal blocks, lines folded at 80) and reads it (YAML 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from finops_lint.catalog.yaml_text import safe_loader
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.conversion import convert
from finops_lint.readers.terraform.types import STRING
from finops_lint.readers.terraform.values import (
    EvaluationError,
    LimitError,
    Value,
    check_size,
    make_object,
    number,
    number_text,
    parse_number,
    text,
)

_MAX_DEPTH = 100

# Writing

_WIDTH = 80
_BREAKS = "\r\n\x85\u2028\u2029"
_SHORT = {
    0x00: "0", 0x07: "a", 0x08: "b", 0x09: "t", 0x0A: "n", 0x0B: "v", 0x0C: "f", 0x0D: "r", 0x1B: "e", 0x22: '"',
    0x5C: "\\", 0x85: "N", 0xA0: "_", 0x2028: "L", 0x2029: "P",
}  # fmt: skip


def encode(value: Value) -> str:
    """A known value without marks as one YAML document."""
    emitter = _Emitter()
    emitter.node(value, -1, 0, key=False, in_mapping=False)
    emitter.indent(0)
    if emitter.open_ended:
        emitter.indicator("...", space=True)
        emitter.indent(0)
    return "".join(emitter.out)


class _Emitter:
    """Writes block style as libyaml does: it knows the column and whether only indentation stands before it."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.column = 0
        self.whitespace = True
        self.indention = True
        self.open_ended = False

    def put(self, characters: str) -> None:
        """Characters that are no line breaks."""
        self.out.append(characters)
        self.column += len(characters)

    def line_break(self, character: str = "\n") -> None:
        """A line break."""
        self.out.append(character)
        self.column = 0

    def indent(self, width: int) -> None:
        """Go to column `width` of a line with nothing else on it."""
        if not self.indention or self.column > width or (self.column == width and not self.whitespace):
            self.line_break()
        if self.column < width:
            self.put(" " * (width - self.column))
        self.whitespace = self.indention = True

    def indicator(
        self, characters: str, *, space: bool = False, whitespace: bool = False, indents: bool = False
    ) -> None:
        """Punctuation, with a space before it where one is needed."""
        self.put(" " + characters if space and not self.whitespace else characters)
        self.whitespace = whitespace
        self.indention = self.indention and indents
        self.open_ended = False

    def node(self, value: Value, indent: int, depth: int, *, key: bool, in_mapping: bool) -> None:
        """Any value at an indentation of -1 (the document) or more."""
        if depth > _MAX_DEPTH:
            raise LimitError("the value is nested too deeply for YAML")
        if isinstance(value, str):
            self._string(value, indent, key=key)
        elif isinstance(value, bool | int | Decimal) or value is None:
            self._plain(value, root=indent < 0)
        elif not len(value):
            self.indicator("{" if isinstance(value, dict) else "[", space=True, whitespace=True)
            self.indicator("}" if isinstance(value, dict) else "]")
        elif isinstance(value, dict):
            self._mapping(value, 0 if indent < 0 else indent + 2, depth)
        else:
            stays = in_mapping and not self.indention
            self._sequence(value, 0 if indent < 0 else indent if stays else indent + 2, depth)

    def _sequence(self, items: Value, indent: int, depth: int) -> None:
        for item in items:
            self.indent(indent)
            self.indicator("-", space=True, indents=True)
            self.node(item, indent, depth + 1, key=False, in_mapping=False)

    def _mapping(self, entries: dict[str, Value], indent: int, depth: int) -> None:
        for name in sorted(entries):
            self.indent(indent)
            simple = len(name.encode()) <= 128 and not any(character in _BREAKS for character in name)
            if simple:
                self.node(name, indent, depth + 1, key=True, in_mapping=True)
                self.indicator(":")
            else:
                self.indicator("?", space=True, indents=True)
                self.node(name, indent, depth + 1, key=False, in_mapping=True)
                self.indent(indent)
                self.indicator(":", space=True, indents=True)
            self.node(entries[name], indent, depth + 1, key=False, in_mapping=True)

    def _plain(self, value: Value, *, root: bool) -> None:
        written = "null" if value is None else str(value).lower() if isinstance(value, bool) else number_text(value)
        if not self.whitespace:
            self.put(" ")
        self.put(written)
        self.whitespace = self.indention = False
        self.open_ended = self.open_ended or root

    def _string(self, value: str, indent: int, *, key: bool) -> None:
        if "\n" in value and not key and _fits_literal(value):
            self._literal(value, indent)
        else:
            self._quoted(value, indent, folds=not key)

    def _literal(self, value: str, indent: int) -> None:
        self.indicator("|", space=True)
        if value[0] == " " or value[0] in _BREAKS:
            self.indicator("2")
        if value[-1] not in _BREAKS:
            self.indicator("-")
        elif len(value) == 1 or value[-2] in _BREAKS:
            self.indicator("+")
        self.line_break()
        self.indention = self.whitespace = fresh = True
        for character in value:
            if character in _BREAKS:
                self.line_break(character)
                self.indention = fresh = True
                continue
            if fresh:
                self.indent(max(indent, 0) + 2)
            self.put(character)
            self.indention = fresh = False

    def _quoted(self, value: str, indent: int, *, folds: bool) -> None:
        self.indicator('"', space=True)
        size, at, after_space = len(value), 0, False
        width = max(indent, 0) + 2
        while at < size:
            character = value[at]
            if character != " ":
                self.put(character if _is_printable(character) else _escape(character))
                after_space = False
            else:
                if folds and not after_space and self.column > _WIDTH and 0 < at < size - 1:
                    self.indent(width)
                    if value[at + 1] == " ":
                        self.put("\\")
                else:
                    self.put(" ")
                after_space = True
            at += 1
        self.indicator('"')


def _is_printable(character: str) -> bool:
    """Whether it stands for itself between double quotes; what lies beyond the basic plane does not."""
    code = ord(character)
    if character in '"\\' or character in _BREAKS:
        return False
    return 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xD7FF or (0xE000 <= code <= 0xFFFD and code != 0xFEFF)


def _escape(character: str) -> str:
    code = ord(character)
    if code in _SHORT:
        return "\\" + _SHORT[code]
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _fits_literal(value: str) -> bool:
    if value.endswith(" ") or re.search(f" [{_BREAKS}]", value):
        return False
    return all(character in '\n"\\\x85\u2028\u2029' or _is_printable(character) for character in value)


# Reading

_CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
}
_INFINITE = regex(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_INTEGER = regex(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = regex(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = regex(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[Tt](\d\d?):(\d\d?):(\d\d?)([.,]\d+)?(Z|[+-]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)([.,]\d+)?)?",
    re.ASCII,
)
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = ("str", "bool", "int", "float", "null", "timestamp", "binary")
_MERGE = object()


def decode(source: str) -> Value:
    """The value one YAML document stands for: objects and tuples.

    Raises:
        EvaluationError: it is not YAML, or something Terraform does not read.
    """
    import yaml

    try:
        reader = _Reader(yaml.parse(source, Loader=safe_loader()))
        value = reader.document()
    except yaml.YAMLError as error:
        raise EvaluationError(f"yamldecode(): {_where(error)}") from None
    except (RecursionError, UnicodeEncodeError):
        raise EvaluationError("yamldecode(): the text cannot be read") from None
    return check_size(value)


def _where(error: Any) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"line {mark.line + 1}: {problem}" if mark and problem else "the text is not YAML"


class _Reader:
    """Builds the value from the parser's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.anchors: dict[str, Value] = {}
        self.pending: set[str] = set()

    def next(self) -> tuple[str, Any]:
        """The next event with its kind: `Scalar`, `MappingStart`."""
        event = next(self.events)
        return type(event).__name__.removesuffix("Event"), event

    def document(self) -> Value:
        """The only document's value."""
        self.next()
        if self.next()[0] != "DocumentStart":
            raise EvaluationError("yamldecode(): there is no document")
        value = self.node(*self.next(), 0)
        self.next()
        if self.next()[0] != "StreamEnd":
            raise EvaluationError("yamldecode(): only one document is allowed")
        return value

    def node(self, kind: str, event: Any, depth: int) -> Value:
        """The value that begins with the event."""
        if depth > _MAX_DEPTH:
            raise LimitError("the YAML is nested too deeply")
        if kind == "Alias":
            if event.anchor in self.pending or event.anchor not in self.anchors:
                raise EvaluationError(f"yamldecode(): the anchor {event.anchor!r} is not defined before")
            return self.anchors[event.anchor]
        if event.anchor:
            self.pending.add(event.anchor)
        if kind == "Scalar":
            value = _scalar(event)
            value = "<<" if value is _MERGE else value
            if not event.tag and not event.implicit[0]:
                value = convert(value, STRING)
        else:
            value = self._collection(kind, event, depth)
        if event.anchor:
            self.pending.discard(event.anchor)
            self.anchors[event.anchor] = value
        return value

    def _collection(self, kind: str, event: Any, depth: int) -> Value:
        expected = "seq" if kind == "SequenceStart" else "map"
        if event.tag and event.tag != _TAG + expected:
            raise EvaluationError(f"yamldecode(): the tag {event.tag} is not supported")
        if kind == "MappingStart":
            return self._mapping(depth)
        items: list[Value] = []
        while True:
            kind, event = self.next()
            if kind == "SequenceEnd":
                return tuple(items)
            items.append(self.node(kind, event, depth + 1))

    def _mapping(self, depth: int) -> Value:
        entries: dict[str, Value] = {}
        while True:
            kind, event = self.next()
            if kind == "MappingEnd":
                return make_object(entries)
            if kind != "Scalar":
                raise EvaluationError("yamldecode(): a key of a mapping must be a string")
            key = _scalar(event)
            value = self.node(*self.next(), depth + 1)
            if key is _MERGE:
                if not isinstance(value, dict):
                    raise EvaluationError("yamldecode(): << takes a mapping")
                entries |= value
            elif key is None:
                raise EvaluationError("yamldecode(): a key of a mapping must not be null")
            else:
                entries[convert(key, STRING)] = value


def _scalar(event: Any) -> Value:
    """The value of a scalar by its tag or, without one, by its spelling."""
    tag = (event.tag or "").removeprefix(_TAG)
    source = event.value
    if event.tag and (tag == event.tag or tag not in _SCALAR_TAGS) and event.tag != "!":
        raise EvaluationError(f"yamldecode(): the tag {event.tag} is not supported")
    tag = "" if event.tag == "!" else tag
    hinted = not source or source[0] in "+-0123456789yYnNtTfFoO~."
    if hinted and tag not in ("str", "binary"):
        if event.style in ("'", '"'):
            return text(source)
        if source in _CONSTANTS:
            return _CONSTANTS[source]
        if _INFINITE.fullmatch(source):
            raise EvaluationError("yamldecode(): the number is not finite")
        value = _number_or_date(tag, source)
        if value is not None:
            return value
    if not tag and source == "<<":
        return _MERGE
    return _tagged(tag, source)


def _number_or_date(tag: str, source: str) -> Value:
    if source[0] in "+-0123456789":
        found = _date(source) if tag in ("", "timestamp") else None
        if found is not None:
            return found
        if _INTEGER.fullmatch(source) or _FLOAT.fullmatch(source):
            return _parse_number(source)
    if source[0] == ".":
        return parse_number(source)
    return None


def _parse_number(source: str) -> Value:
    plain = source.replace("_", "")
    found = parse_number(plain)
    if found is not None:
        return found
    try:
        return number(int(plain, 0))
    except ValueError:
        raise EvaluationError(f"yamldecode(): {source!r} is not a number") from None


def _tagged(tag: str, source: str) -> Value:
    match tag:
        case "" | "str":
            return text(source)
        case "binary":
            from finops_lint.readers.terraform.functions.encoding import decode_base64

            decode_base64(source)
            return source
        case "null":
            return None
        case "int" | "float":
            return _parse_number(source)
        case "timestamp":
            value: Value = _date(source)
        case _:
            value = _CONSTANTS.get(source) if tag == "bool" else None
    if value is not None:
        return value
    raise EvaluationError(f"yamldecode(): {source!r} is no {tag}")


def _date(source: str) -> str | None:
    """A date or timestamp in RFC 3339, None where it is none."""
    from datetime import UTC, datetime

    found = _DATE.fullmatch(source)
    if found is None:
        return None
    year, month, day = (int(found[group]) for group in (1, 2, 3))
    hour, minute, second = (int(found[group] or found[group + 5] or 0) for group in (4, 5, 6))
    zone = found[8] or "Z"
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}{'Z' if zone in ('Z', '+00:00', '-00:00') else zone}"
