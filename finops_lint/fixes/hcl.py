"""Attributes of a Terraform block and their new values → edits in its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from finops_lint.fixes.edits import CannotEdit, Edit, indent_of, line_end, line_start, newline_of
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Value
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse import parse_hcl
from finops_lint.readers.terraform.syntax import (
    Attribute,
    Block,
    Body,
    Call,
    Expression,
    Literal,
    ObjectExpression,
    Template,
    TupleExpression,
    Unary,
)

_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STEP = b"  "


def edits_of(data: bytes, head: Span, changes: Sequence[tuple[Path, Value]]) -> list[Edit]:
    """What makes the block whose head is at `head` say `changes`: attribute path → new value, None to remove it.

    Raises:
        CannotEdit: a value is made elsewhere, or the block cannot be found.
    """
    source = SourceText(head.file, data)
    block = _block_at(parse_hcl(source).body, head)
    if block is None:
        raise CannotEdit("its block is no longer where it was")
    edits: list[Edit] = []
    new: dict[str, Value] = {}
    for path, value in changes:
        if _is_new(block.body, path) and value is not None:
            _put(new, path, value)
        else:
            edits += _change(block, path, value)
    for name, value in new.items():
        edits += _insert(block, name, value)
    return [edit for edit in edits if data[edit.start : edit.end] != edit.text]


def _block_at(body: Body, head: Span) -> Block | None:
    for block in body.blocks:
        span = block.span
        if (span.line, span.column) == (head.line, head.column):
            return block
        if span.line <= head.line and (found := _block_at(block.body, head)) is not None:
            return found
    return None


def _is_new(body: Body, path: Path) -> bool:
    name = path[0]
    return name not in body.attributes and not any(_is_named(block, name) for block in body.blocks)


def _is_named(block: Block, name: str | int) -> bool:
    return block.type == name or (block.type == "dynamic" and block.labels == (name,))


def _put(new: dict[str, Value], path: Path, value: Value) -> None:
    """Add `value` at `path` to what is to be written; a step 0 makes a block, a name below an attribute a map."""
    name = str(path[0])
    if len(path) == 1:
        new[name] = value
    elif path[1] == 0:
        found = new.setdefault(name, [{}])
        if not isinstance(found, list) or len(path) < 3:
            raise CannotEdit(f"{name} cannot be written")
        _put(found[0], path[2:], value)
    elif isinstance(path[1], str):
        found = new.setdefault(name, {})
        if not isinstance(found, dict):
            raise CannotEdit(f"{name} cannot be written")
        _put(found, path[1:], value)
    else:
        raise CannotEdit(f"there is no {name}[{path[1]}] to change")


def _change(block: Block, path: Path, value: Value) -> Iterator[Edit]:
    """The edits for one path whose first step the block has, or that is to be removed."""
    name, rest = str(path[0]), path[1:]
    attribute = block.body.attributes.get(name)
    if attribute is not None:
        yield from _change_attribute(block, attribute, rest, value)
        return
    if any(b.type == "dynamic" and b.labels == (name,) for b in block.body.blocks):
        raise CannotEdit(f"{name} is made by a dynamic block: change what it is made of")
    blocks = [b for b in block.body.blocks if b.type == name]
    if not blocks:
        return
    if value is None and not rest:
        yield from (_without(b.source.data, b.start, b.end) for b in blocks)
    elif rest and isinstance(rest[0], int) and rest[0] < len(blocks):
        yield from _inside(blocks[rest[0]], rest[1:], value)
    else:
        raise CannotEdit(f"{name} is a block of its own: change it by hand")


def _inside(block: Block, path: Path, value: Value) -> Iterator[Edit]:
    if not path:
        if value is not None:
            raise CannotEdit(f"{block.type} is a block of its own: change it by hand")
        yield _without(block.source.data, block.start, block.end)
    elif _is_new(block.body, path) and value is not None:
        new: dict[str, Value] = {}
        _put(new, path, value)
        for name, entry in new.items():
            yield from _insert(block, name, entry)
    else:
        yield from _change(block, path, value)


def _change_attribute(block: Block, attribute: Attribute, rest: Path, value: Value) -> Iterator[Edit]:
    data = attribute.source.data
    if not rest:
        if value is None:
            yield _without(data, attribute.start, attribute.end)
            return
        if not is_written(attribute.expression):
            raise CannotEdit(f"{attribute.name} is not a plain value here: change what it is made of")
        yield Edit(
            attribute.expression.start, attribute.expression.end, literal(value, indent_of(data, attribute.start))
        )
        return
    yield _in_expression(data, attribute.name, attribute.expression, rest, value)


def _in_expression(data: bytes, name: str, expression: Expression, path: Path, value: Value) -> Edit:
    """The edit inside of a value: an entry of a map or list, of the map a `merge` ends with, say."""
    if isinstance(expression, Call) and expression.name == "merge" and not expression.expand:
        last = expression.args[-1] if expression.args else None
        if isinstance(last, ObjectExpression):
            return _in_expression(data, name, last, path, value)
    step, rest = path[0], path[1:]
    if isinstance(expression, ObjectExpression) and isinstance(step, str):
        for key, entry in expression.items:
            if isinstance(key, Literal) and key.value == step:
                return _entry(data, step, (key.start, entry), rest, value)
        if value is not None:
            return _new_entry(data, expression, step, _nested(rest, value))
    if isinstance(expression, TupleExpression) and isinstance(step, int) and step < len(expression.items):
        entry = expression.items[step]
        return _entry(data, f"{name}[{step}]", (entry.start, entry), rest, value)
    raise CannotEdit(f"{name} is not a plain value here: change what it is made of")


def _nested(path: Path, value: Value) -> Value:
    for step in reversed(path):
        value = {str(step): value}
    return value


def _entry(data: bytes, name: str, place: tuple[int, Expression], rest: Path, value: Value) -> Edit:
    start, entry = place
    if rest:
        return _in_expression(data, name, entry, rest, value)
    if value is None:
        return _without(data, start, entry.end)
    if not is_written(entry):
        raise CannotEdit(f"{name} is not a plain value here: change what it is made of")
    return Edit(entry.start, entry.end, literal(value, indent_of(data, start)))


def _new_entry(data: bytes, into: ObjectExpression, key: str, value: Value) -> Edit:
    """An entry more, after the last one and written like it."""
    name = key.encode() if _BARE_KEY.fullmatch(key) else literal(key, b"")
    last = into.items[-1] if into.items else None
    if last is None:
        inner = data[into.start + 1 : into.end - 1]
        if inner.strip():
            raise CannotEdit("the map holds a comment only: change it by hand")
        return Edit(into.start, into.end, b"{ " + name + b" = " + literal(value, b"") + b" }")
    start, end = last[0].start, last[1].end
    if b"\n" not in data[into.start : start]:
        return Edit(end, end, b", " + name + b" = " + literal(value, b""))
    indent = indent_of(data, start)
    at = end + 1 if data[end : end + 1] == b"," else end
    comma = b"," if at > end else b""
    sign = _sign(data, start, key_length=len(name))
    return Edit(at, at, newline_of(data) + indent + name + sign + literal(value, indent) + comma)


def _sign(data: bytes, beside: int, *, key_length: int) -> bytes:
    """The equals sign, below that of the line `beside` is on where the name leaves room for it."""
    line = data[beside : line_end(data, beside)]
    sign = line.find(b"=")
    return b" " * max(1, sign - key_length) + b"= " if sign > 0 else b" = "


def _insert(block: Block, name: str, value: Value) -> Iterator[Edit]:
    """A new attribute after the last one, or new blocks at the end."""
    data, newline = block.source.data, newline_of(block.source.data)
    inner = indent_of(data, block.start) + _STEP
    if b"\n" not in data[block.head_end : block.end]:
        yield _opened(block, _written(name, value, inner, newline), newline)
        return
    is_blocks = isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)
    alone = [a for a in block.body.attributes.values() if _ends_its_line(data, a.end)]
    last = max(alone, key=lambda a: a.end, default=None)
    if is_blocks:
        ends = [*(a.end for a in block.body.attributes.values()), *(b.end for b in block.body.blocks)]
        at = line_end(data, max(ends)) if ends else line_end(data, block.head_end)
    elif last is not None:
        at = line_end(data, last.end)
        inner = indent_of(data, last.start)
    else:
        at = line_end(data, block.head_end)
    sign = _sign(data, last.start, key_length=len(name)) if last is not None and not is_blocks else b" = "
    yield Edit(at, at, _written(name, value, inner, newline, sign))


def _ends_its_line(data: bytes, end: int) -> bool:
    rest = data[end : line_end(data, end)].strip()
    return not rest or rest.startswith((b"#", b"//"))


def _opened(block: Block, written: bytes, newline: bytes) -> Edit:
    """A block on one line, taken apart to hold one thing more."""
    data = block.source.data
    outer = indent_of(data, block.start)
    inside = data[block.head_end : block.end - 1].strip()
    lines = outer + _STEP + inside + newline if inside else b""
    return Edit(block.head_end, block.end, newline + lines + written + outer + b"}")


def _written(name: str, value: Value, indent: bytes, newline: bytes, sign: bytes = b" = ") -> bytes:
    """An attribute, or a block for each entry of a list of maps, on lines of its own."""
    if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
        return b"".join(_written_block(name, entry, indent, newline) for entry in value if isinstance(entry, Mapping))
    return indent + name.encode() + sign + literal(value, indent, newline) + newline


def _written_block(name: str, values: Mapping[str, Value], indent: bytes, newline: bytes) -> bytes:
    lines = b"".join(_written(key, value, indent + _STEP, newline) for key, value in values.items())
    return indent + name.encode() + b" {" + newline + lines + indent + b"}" + newline


def _without(data: bytes, start: int, end: int) -> Edit:
    """What removes the text from `start` to `end`, with its lines where nothing else is on them."""
    first, last = line_start(data, start), line_end(data, end)
    if not data[first:start].strip() and _ends_its_line(data, end):
        return Edit(first, last, b"")
    if data[end : end + 1] == b",":
        end += 1
    return Edit(start, end, b"")


def is_written(expression: Expression) -> bool:
    """Whether an expression is a plain value, so that another may stand in its place."""
    match expression:
        case Literal():
            return True
        case Template(parts=parts):
            return all(isinstance(part, str) for part in parts)
        case Unary(operator="-", operand=operand):
            return isinstance(operand, Literal)
        case TupleExpression(items=items):
            return all(is_written(item) for item in items)
        case _:
            return False


def literal(value: Value, indent: bytes, newline: bytes = b"\n") -> bytes:
    """`value` as HCL: text in quotes with what has a meaning escaped; a map over several lines."""
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, (int, float, Decimal)):
        return f"{value:f}".encode() if isinstance(value, Decimal) else str(value).encode()
    if isinstance(value, (list, tuple)):
        return b"[" + b", ".join(literal(v, indent) for v in value) + b"]"
    if isinstance(value, Mapping):
        lines = [
            indent
            + _STEP
            + (k.encode() if _BARE_KEY.fullmatch(k) else literal(k, b""))
            + b" = "
            + literal(v, indent + _STEP)
            for k, v in value.items()
        ]
        return b"{" + newline + newline.join(lines) + newline + indent + b"}"
    text = (
        str(value)
        .replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t")
    )
    return ('"' + text.replace("${", "$${").replace("%{", "%%{") + '"').encode()
