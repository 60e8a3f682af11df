"""Terraform's JSON syntax (`.tf.json`, `.tofu.json`, `.tfvars.json`) to the same nodes as HCL.

What is a block and what an argument depends on the schema in JSON. Terraform's own blocks are known and become Blocks;
everything of a provider's is an Attribute holding objects and tuples, to be read as nested blocks later.
https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import TypeAlias

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.source_text import BYTE_ORDER_MARK, SourceText
from finops_lint.readers.terraform import recovery, syntax
from finops_lint.readers.terraform.parse_expressions import Parser, number
from finops_lint.readers.terraform.parse_templates import bare_template
from finops_lint.readers.terraform.parse_tokens import (
    END,
    MAX_DEPTH,
    HclError,
    decoded,
    tokenize,
    tokenize_template,
)
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Expression, Literal, ParsedFile

_SPACE = regex(r"[ \t\r\n]*")
_STRING = regex(r'"(?:[^"\\\x00-\x1f]++|\\.)*+"')
_SCALAR = regex(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.])|(?:true|false|null)(?!\w)")
_CONSTANTS = {"true": True, "false": False, "null": None}


@record(frozen=True, slots=True)
class _Node:
    """A JSON value and where it stands."""

    value: _JsonValue
    start: int
    end: int


@record(frozen=True, slots=True)
class _Text:
    """A JSON string, decoded."""

    text: str


_JsonValue: TypeAlias = "_Text | _Object | _Array | int | Decimal | bool | None"


@record(frozen=True, slots=True)
class _Object:
    members: tuple[tuple[_Node, _Node], ...]
    """Keys (`_Text`) and values."""


@record(frozen=True, slots=True)
class _Array:
    items: tuple[_Node, ...]


@record(frozen=True, slots=True)
class _Shape:
    """How the body of one kind of block is read."""

    labels: int = 0
    blocks: Mapping[str, _Shape] = field(default_factory=dict)
    references: frozenset[str] = frozenset()
    """Arguments whose strings are expressions: addresses, types."""
    plain: frozenset[str] | None = frozenset()
    """Arguments whose strings are no templates; None where none are."""


_CONDITION = _Shape()
_LIFECYCLE = _Shape(
    blocks={"precondition": _CONDITION, "postcondition": _CONDITION},
    references=frozenset(("ignore_changes", "replace_triggered_by")),
)
_PROVISIONER = _Shape(1, {"connection": _Shape()}, references=frozenset(("when", "on_failure")))
_DYNAMIC = _Shape(1, references=frozenset(("iterator",)))
_RESOURCE = _Shape(
    2,
    {"lifecycle": _LIFECYCLE, "provisioner": _PROVISIONER, "connection": _Shape(), "dynamic": _DYNAMIC},
    references=frozenset(("provider", "depends_on")),
)
_TERRAFORM = _Shape(
    blocks={
        "backend": _Shape(1, plain=None),
        "cloud": _Shape(blocks={"workspaces": _Shape(plain=None)}, plain=None),
        "required_providers": _Shape(plain=None),
        "provider_meta": _Shape(1),
    },
    plain=None,
)
_ROOT = _Shape(
    blocks={
        "resource": _RESOURCE,
        "data": _RESOURCE,
        "ephemeral": _RESOURCE,
        "variable": _Shape(
            1,
            {"validation": _CONDITION},
            references=frozenset(("type",)),
            plain=frozenset(("default", "description")),
        ),
        "output": _Shape(1, {"precondition": _CONDITION}, references=frozenset(("depends_on",))),
        "module": _Shape(1, references=frozenset(("depends_on", "providers")), plain=frozenset(("source", "version"))),
        "provider": _Shape(1, plain=frozenset(("alias", "version"))),
        "locals": _Shape(),
        "terraform": _TERRAFORM,
        "moved": _Shape(references=frozenset(("from", "to"))),
        "import": _Shape(references=frozenset(("to", "provider"))),
        "removed": _Shape(blocks={"lifecycle": _Shape(), "provisioner": _PROVISIONER}, references=frozenset(("from",))),
        "check": _Shape(1, {"data": _RESOURCE, "assert": _CONDITION}),
    }
)
_VALUES = _Shape(plain=None)


def parse_json(source: SourceText) -> ParsedFile:
    """The tree of a JSON file; nothing of it where it is not JSON."""
    problems = list(recovery.encoding_problems(source))
    text = source.data.decode("latin-1")
    empty = Body({}, (), source, 0, len(text))
    if any(problem.code in recovery.UNREADABLE for problem in problems):
        return ParsedFile(empty, tuple(problems), incomplete=True)
    begin = len(BYTE_ORDER_MARK) if source.data.startswith(BYTE_ORDER_MARK) else 0
    shape = _VALUES if source.file.endswith(".tfvars.json") else _ROOT
    try:
        node = _Reader(text).document(begin)
        body = _body(source, _objects(node), shape)
    except HclError as fault:
        span = source.span(fault.start, fault.end)
        problems.append(Problem(Level.ERROR, "syntax-error", fault.message, span, fault.hint))
        return ParsedFile(empty, tuple(problems), incomplete=True)
    return ParsedFile(body, tuple(problems), incomplete=bool(problems))


# -- JSON with positions ----------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0

    def document(self, at: int) -> _Node:
        node = self.value(self.skip(at))
        end = self.skip(node.end)
        if end < len(self.text):
            raise HclError("expected the end of the file after the JSON value", end, end + 1)
        return node

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int) -> _Node:
        first = self.text[at : at + 1]
        if first == '"':
            return self.string(at)
        if first in ("{", "["):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise HclError(f"brackets go more than {MAX_DEPTH} levels deep here", at, at + 1)
            node = self.object(at) if first == "{" else self.array(at)
            self.depth -= 1
            return node
        found = _SCALAR.match(self.text, at)
        if found is None:
            raise self.unexpected("expected a value", at)
        word = found.group()
        return _Node(_CONSTANTS[word] if word in _CONSTANTS else _json_number(word), at, found.end())

    def string(self, at: int) -> _Node:
        found = _STRING.match(self.text, at)
        if found is None:
            end = self.text.find("\n", at)
            raise HclError("this string is not closed on its line", at, end if end >= 0 else len(self.text))
        raw = found.group()
        if "\\" not in raw:
            return _Node(_Text(decoded(raw[1:-1])), at, found.end())
        try:
            return _Node(_Text(_without_surrogates(json.loads(decoded(raw)))), at, found.end())
        except ValueError as error:
            raise HclError("a wrong escape sequence in this string", at, found.end()) from error

    def object(self, opener: int) -> _Node:
        members: list[tuple[_Node, _Node]] = []
        at = self.skip(opener + 1)
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise self.unexpected("expected a name in double quotes", at, opener)
            key = self.string(at)
            at = self.skip(key.end)
            if self.text[at : at + 1] != ":":
                raise self.unexpected("expected `:` after this name", at, opener)
            value = self.value(self.skip(at + 1))
            members.append((key, value))
            at = self.separator(value.end, "}", opener)
        return _Node(_Object(tuple(members)), opener, at + 1)

    def array(self, opener: int) -> _Node:
        items: list[_Node] = []
        at = self.skip(opener + 1)
        while self.text[at : at + 1] != "]":
            items.append(self.value(at))
            at = self.separator(items[-1].end, "]", opener)
        return _Node(_Array(tuple(items)), opener, at + 1)

    def separator(self, at: int, closer: str, opener: int) -> int:
        """Past a comma; the offset of the next member, or of the closer."""
        at = self.skip(at)
        if self.text[at : at + 1] == closer:
            return at
        if self.text[at : at + 1] != ",":
            raise self.unexpected(f"expected `,` or `{closer}`", at, opener)
        after = self.skip(at + 1)
        if self.text[after : after + 1] == closer:
            raise HclError(f"JSON has no comma before `{closer}`", at, at + 1, "remove it")
        return after

    def unexpected(self, message: str, at: int, opener: int | None = None) -> HclError:
        if at >= len(self.text):
            if opener is None:
                return HclError(f"{message}, found the end of the file", len(self.text), len(self.text))
            return HclError(f"`{self.text[opener]}` is never closed", opener, opener + 1)
        found = decoded(self.text[at : at + 4])[:1]
        return HclError(f"{message}, found `{found}`", at, at + len(found.encode("utf-8", "replace")))


def _json_number(word: str) -> int | Decimal:
    return -number(word[1:]) if word.startswith("-") else number(word)


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# -- bodies -----------------------------------------------------------------------------------------------------------


def _objects(node: _Node) -> Iterator[_Node]:
    """A body is one object or an array of them; null is none."""
    if isinstance(node.value, _Object):
        yield node
    elif isinstance(node.value, _Array):
        for item in node.value.items:
            yield from _objects(item)
    elif node.value is not None:
        raise HclError("expected an object, or a list of objects", node.start, node.end)


def _body(source: SourceText, objects: Iterator[_Node], shape: _Shape) -> Body:
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    start, end = -1, 0
    for node in objects:
        start, end = node.start if start < 0 else start, node.end
        assert isinstance(node.value, _Object)
        for key, value in node.value.members:
            assert isinstance(key.value, _Text)
            name = key.value.text
            if name == "//":
                continue
            inner = shape.blocks.get(name)
            if inner is not None:
                blocks.extend(_blocks(source, name, key, value, shape=inner))
            elif name in attributes:
                raise HclError(f"`{name}` is set twice", key.start, key.end, "keep one")
            else:
                expression = _expression(value, _string_reader(name, shape))
                attributes[name] = Attribute(name, expression, source, key.start, value.end)
    return Body(attributes, tuple(blocks), source, max(start, 0), end)


def _blocks(
    source: SourceText, kind: str, key: _Node, node: _Node, *, shape: _Shape, labels: tuple[str, ...] = ()
) -> Iterator[Block]:
    """The blocks of one kind: labels are nested objects' names, repeated ones arrays."""
    if len(labels) < shape.labels:
        for level in _objects(node):
            assert isinstance(level.value, _Object)
            for name, value in level.value.members:
                assert isinstance(name.value, _Text)
                if name.value.text != "//":
                    yield from _blocks(source, kind, name, value, shape=shape, labels=(*labels, name.value.text))
        return
    for body in _objects(node):
        inner = _dynamic(labels[-1]) if kind == "dynamic" else shape
        read = _body(source, iter((body,)), inner)
        yield Block(kind, labels, read, source, key.start, body.start + 1, body.end)


def _dynamic(label: str) -> _Shape:
    """A dynamic block's body: its `content` is one, and may hold further ones."""
    return _Shape(blocks={"content": _Shape(blocks={"dynamic": _DYNAMIC})}, references=frozenset(("iterator",)))


# -- expressions ------------------------------------------------------------------------------------------------------

_StringReader: TypeAlias = Callable[[_Node, str], Expression]


def _string_reader(name: str, shape: _Shape) -> _StringReader:
    if name in shape.references:
        return _reference
    if shape.plain is None or name in shape.plain:
        return _plain
    return _template


def _plain(node: _Node, text: str) -> Expression:
    return Literal(text, node.start, node.end)


def _template(node: _Node, text: str) -> Expression:
    """A string as a template; positions inside are exact where the JSON has no escapes."""
    if "${" not in text and "%{" not in text:
        return Literal(text, node.start, node.end)
    read = text.encode("utf-8").decode("latin-1")
    return bare_template(Parser(read, tokenize_template(read), shift=node.start + 1))


def _reference(node: _Node, text: str) -> Expression:
    """A string that holds an expression, bare or as its only interpolation."""
    if "${" in text:
        return _template(node, text)
    read = text.encode("utf-8").decode("latin-1")
    parser = Parser(read, tokenize(read), shift=node.start + 1)
    result = parser.expression()
    parser.expect(END, "expected the end of the expression")
    return result


def _expression(node: _Node, strings: _StringReader) -> Expression:
    value = node.value
    if isinstance(value, _Text):
        return strings(node, value.text)
    if isinstance(value, _Array):
        items = tuple(_expression(item, strings) for item in value.items)
        return syntax.TupleExpression(items, node.start, node.end)
    if isinstance(value, _Object):
        keys = _plain if strings is _reference else strings
        members = tuple((_expression(key, keys), _expression(item, strings)) for key, item in value.members)
        return syntax.ObjectExpression(members, node.start, node.end)
    return Literal(value, node.start, node.end)
