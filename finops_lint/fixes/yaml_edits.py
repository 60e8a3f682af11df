"""Entries of a YAML (or JSON) document and their new values → edits in its text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.fixes.edits import CannotEdit, Edit, line_end, line_start, newline_of
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.values import Path, Value
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.yaml_nodes import Fault, Node, decoded, plain_value, read_yaml

_PLAIN = regex(r"[A-Za-z_][A-Za-z0-9_./-]*")
_STEP = b"  "


@record(frozen=True)
class Text(SourceText):
    """A YAML or JSON file whose nodes are addressed by line and column."""

    is_json: bool = False

    def start(self, node: Node) -> int:
        """Where `node` begins."""
        return self.offset(node.line, node.column)

    def end(self, node: Node) -> int:
        """Where `node` ends."""
        return self.offset(node.end_line, node.end_column)


def roots_of(text: Text) -> Iterator[Node]:
    """The documents of a file. Raises: CannotEdit where one cannot be read."""
    content = decoded(text.data)
    if isinstance(content, Fault):
        raise CannotEdit(content.message)
    for document in read_yaml(content):
        if document.root is None:
            raise CannotEdit("a document of the file cannot be read")
        yield document.root


def edits_of(text: Text, root: Node, path: Path, value: Value) -> Iterator[Edit]:
    """What makes the entry of `root` at `path` say `value`; None removes it. A 0 above a map means the map itself.

    Raises:
        CannotEdit: something on the way is made elsewhere: an alias, a function, a map of another shape.
    """
    here, rest = root, path
    while rest:
        step = rest[0]
        if here.tag:
            raise CannotEdit("its value comes from a function: change what it is made of")
        if here.is_list and isinstance(step, int) and step < len(here.value):
            here, rest = here.value[step], rest[1:]
            continue
        if not here.is_map or not isinstance(step, str):
            raise CannotEdit(f"there is no {step} to change")
        if step not in here.value:
            if value is not None:
                yield _inserted(text, here, step, _nested(rest[1:], value))
            return
        if len(rest) == 1 and value is None:
            yield _removed(text, here, step)
            return
        here, rest = here.value[step], rest[1:]
    yield _replaced(text, here, value)


def _nested(path: Path, value: Value) -> Value:
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _replaced(text: Text, node: Node, value: Value) -> Edit:
    if node.tag or node.is_map or node.is_list:
        raise CannotEdit("it is not a plain value here: change it by hand")
    start, end = text.start(node), text.end(node)
    written = text.data[start:end]
    if written.startswith((b"|", b">", b"*", b"&")) or b"{{" in written:
        raise CannotEdit("it is not a plain value here: change it by hand")
    return Edit(start, end, scalar(value, like=written))


def _removed(text: Text, around: Node, key: str) -> Edit:
    name, node = around.keys[key], around.value[key]
    start, end = text.start(name), text.end(node)
    first = line_start(text.data, start)
    if is_flow(text, around) or text.data[first:start].strip():
        raise CannotEdit("it shares its line with something else: remove it by hand")
    return Edit(first, line_end(text.data, max(end - 1, start)), b"")


def is_flow(text: Text, node: Node) -> bool:
    """Whether a map or list is written in braces or brackets."""
    return text.data[text.start(node) : text.start(node) + 1] in (b"{", b"[")


def _inserted(text: Text, around: Node, key: str, value: Value) -> Edit:
    """A new entry of a map, after the last."""
    name = scalar(key, like=b'"' if text.is_json else b"")
    newline = newline_of(text.data)
    if is_flow(text, around):
        return _inserted_in_flow(text, around, name, value)
    last = list(around.value.values())[-1] if around.value else None
    if last is None:
        raise CannotEdit("the map is empty: change it by hand")
    keys = [k for k in around.keys.values() if text.start(k) >= text.start(around)]
    if not keys:
        raise CannotEdit("it comes from an alias: change what it is made of")
    indent = b" " * (keys[0].column - 1)
    end = line_end(text.data, max(_last_offset(text, around) - 1, 0))
    before = b"" if text.data[:end].endswith(b"\n") else newline
    body = block(value, indent, newline)
    return Edit(end, end, before + indent + name + b":" + body)


def _last_offset(text: Text, node: Node) -> int:
    """Where the text of a block map ends: at its last value, blank lines below it left out."""
    end = text.end(node)
    while end > 0 and text.data[end - 1 : end] in (b"\n", b"\r", b" "):
        end -= 1
    return end + 1


def _inserted_in_flow(text: Text, around: Node, name: bytes, value: Value) -> Edit:
    written = json.dumps(_plain(value)).encode()
    if not around.value:
        start = text.start(around)
        return Edit(start + 1, start + 1, name + b": " + written)
    last = list(around.value.values())[-1]
    end = text.end(last)
    key = list(around.keys.values())[-1]
    start = text.start(key)
    line = text.data[line_start(text.data, start) : start]
    if not line.strip():  # each entry on a line of its own
        return Edit(end, end, b"," + newline_of(text.data) + line + name + b": " + written)
    return Edit(end, end, b", " + name + b": " + written)


def add_to_list(text: Text, items: Node, entry: Mapping[str, Value]) -> Edit:
    """One entry more at the end of a list of maps: a tag. Raises: CannotEdit where it is written in another way."""
    if not items.value:
        raise CannotEdit("the list is empty: change it by hand")
    last = items.value[-1]
    if is_flow(text, items):
        end = text.end(last)
        start = text.start(last)
        line = text.data[line_start(text.data, start) : start]
        gap = newline_of(text.data) + line if not line.strip() else b" "
        return Edit(end, end, b"," + gap + json.dumps(_plain(entry)).encode())
    start = text.start(last)
    first = line_start(text.data, start)
    dash = text.data[first:start].rfind(b"-")
    if dash < 0:
        raise CannotEdit("the list is written in an unusual way: change it by hand")
    newline = newline_of(text.data)
    indent = b" " * dash
    end = line_end(text.data, max(_last_offset(text, last) - 1, 0))
    before = b"" if text.data[:end].endswith(b"\n") else newline
    if is_flow(text, last):
        return Edit(end, end, before + indent + b"- " + _in_braces(entry) + newline)
    lines = [name.encode() + b":" + block(value, indent + _STEP, newline) for name, value in entry.items()]
    return Edit(end, end, before + indent + b"- " + (indent + _STEP).join(lines))


def _in_braces(entry: Mapping[str, Value]) -> bytes:
    """A map in the style of the entries around it: `{Key: a, Value: b}`."""
    return b"{" + b", ".join(scalar(name) + b": " + scalar(value) for name, value in entry.items()) + b"}"


def block(value: Value, indent: bytes, newline: bytes) -> bytes:
    """What stands after `key:` in block style, with its line break."""
    if isinstance(value, Mapping) and value:
        inner = indent + _STEP
        return newline + b"".join(inner + scalar(k) + b":" + block(v, inner, newline) for k, v in value.items())
    if isinstance(value, (list, tuple)) and value:
        lines = []
        for entry in value:
            if isinstance(entry, Mapping) and entry:
                inner = indent + _STEP + _STEP
                parts = [scalar(k) + b":" + block(v, inner, newline) for k, v in entry.items()]
                lines.append(indent + _STEP + b"- " + inner.join(parts))
            else:
                lines.append(indent + _STEP + b"- " + scalar(entry) + newline)
        return newline + b"".join(lines)
    return b" " + scalar(value) + newline


def scalar(value: Value, *, like: bytes = b"") -> bytes:
    """A value as YAML, in quotes where it must be or where what it replaces was."""
    quotes = like[:1] if like[:1] in (b'"', b"'") else b""
    if isinstance(value, str):
        if quotes == b"'":
            return b"'" + value.replace("'", "''").encode() + b"'"
        is_plain = _PLAIN.fullmatch(value) is not None and isinstance(plain_value(value), str)
        return value.encode() if is_plain and not quotes else json.dumps(value, ensure_ascii=False).encode()
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(_plain(value)).encode()
    if quotes and value is not None:  # CloudFormation writes numbers and truth values as text, too
        return quotes + json.dumps(value).encode() + quotes
    return json.dumps(_plain(value)).encode()


def _plain(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (str, bool, int, float)) or value is None else str(value)


def entry_at(root: Node, line: int, column: int) -> tuple[Node, str] | None:
    """The map and key that stand at a place; None where no key does."""
    open_ = [root]
    while open_:
        node = open_.pop()
        if node.is_map:
            for key, name in node.keys.items():
                if (name.line, name.column) == (line, column):
                    return node, key
            open_ += [below for below in node.value.values() if _holds(below, line)]
        elif node.is_list:
            open_ += [below for below in node.value if _holds(below, line)]
    return None


def _holds(node: Node, line: int) -> bool:
    return node.line <= line <= max(node.end_line, node.line) and (node.is_map or node.is_list)
