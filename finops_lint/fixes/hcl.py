"""Attributes of a Terraform block and their new values → edits in its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from finops_lint.fixes.edits import CannotEdit, Edit, indent_of, line_end, line_start, newline_of
from finops_lint.model.regexes import regex
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

_BARE_KEY = regex(r"[A-Za-z_][A-Za-z0-9_-]*")
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
    edits = list(_edits_inside(block, changes))
    return [edit for edit in edits if data[edit.start : edit.end] != edit.text]


def _edits_inside(block: Block, changes: Sequence[tuple[Path, Value]]) -> Iterator[Edit]:
    """What of a block's body is new is written together, so that its lines stand as `terraform fmt` wants them."""
    new: dict[str, Value] = {}
    entries: dict[str, list[tuple[Path, Value]]] = {}
    for path, value in changes:
        attribute = block.body.attributes.get(str(path[0]))
        if _is_new(block.body, path) and value is not None:
            _put(new, path, value)
        elif attribute is not None and len(path) > 1:
            entries.setdefault(attribute.name, []).append((path[1:], value))
        else:
            yield from _change(block, path, value)
    for name, inside in entries.items():
        attribute = block.body.attributes[name]
        yield from _in_expression(attribute.source.data, name, attribute.expression, inside)
    if new:
        yield from _insert(block, new)


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
        yield _change_attribute(attribute, value)
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
    else:
        yield from _edits_inside(block, [(path, value)])


def _change_attribute(attribute: Attribute, value: Value) -> Edit:
    data = attribute.source.data
    if value is None:
        return _without(data, attribute.start, attribute.end)
    if not is_written(attribute.expression):
        raise CannotEdit(f"{attribute.name} is not a plain value here: change what it is made of")
    indent = indent_of(data, attribute.start)
    return Edit(attribute.expression.start, attribute.expression.end, literal(value, indent))


def _in_expression(
    data: bytes, name: str, expression: Expression, changes: Sequence[tuple[Path, Value]]
) -> Iterator[Edit]:
    """The edits inside of a value: entries of a map or list, of the map a `merge` ends with, say."""
    if isinstance(expression, Call) and expression.name == "merge" and not expression.expand:
        last = expression.args[-1] if expression.args else None
        if isinstance(last, ObjectExpression):
            yield from _in_expression(data, name, last, changes)
            return
    new: dict[str, Value] = {}
    for path, value in changes:
        step, rest = path[0], path[1:]
        there = _entry_of(name, expression, step)
        if there is not None:
            yield from _entry(data, there, rest, value)
        elif isinstance(expression, ObjectExpression) and isinstance(step, str) and value is not None:
            new[step] = _nested(rest, value)
        else:
            raise CannotEdit(f"{name} is not a plain value here: change what it is made of")
    if new and isinstance(expression, ObjectExpression):
        yield _new_entries(data, expression, new)


def _entry_of(name: str, expression: Expression, step: str | int) -> tuple[str, int, Expression] | None:
    """What an entry of a map or list is called, where it begins, and its value; None where there is none such."""
    if isinstance(expression, ObjectExpression):
        found = ((k.start, v) for k, v in expression.items if isinstance(k, Literal) and k.value == step)
        return next(((str(step), start, value) for start, value in found), None)
    if isinstance(expression, TupleExpression) and isinstance(step, int) and step < len(expression.items):
        entry = expression.items[step]
        return f"{name}[{step}]", entry.start, entry
    return None


def _nested(path: Path, value: Value) -> Value:
    for step in reversed(path):
        value = {str(step): value}
    return value


def _entry(data: bytes, there: tuple[str, int, Expression], rest: Path, value: Value) -> Iterator[Edit]:
    name, start, entry = there
    if rest:
        yield from _in_expression(data, name, entry, [(rest, value)])
    elif value is None:
        yield _without(data, start, entry.end)
    elif is_written(entry):
        yield Edit(entry.start, entry.end, literal(value, indent_of(data, start)))
    else:
        raise CannotEdit(f"{name} is not a plain value here: change what it is made of")


def _new_entries(data: bytes, into: ObjectExpression, new: Mapping[str, Value]) -> Edit:
    """More entries, after the last one and written like it."""
    last = into.items[-1] if into.items else None
    short = b", ".join(_key(name) + b" = " + literal(value, b"") for name, value in new.items())
    if last is None:
        inner = data[into.start + 1 : into.end - 1]
        if inner.strip():
            raise CannotEdit("the map holds a comment only: change it by hand")
        return Edit(into.start, into.end, b"{ " + short + b" }")
    start, end = last[0].start, last[1].end
    if b"\n" not in data[into.start : start]:
        return Edit(end, end, b", " + short)
    newline = newline_of(data)
    at = end + 1 if data[end : end + 1] == b"," else end
    lines = [(_key(name), value) for name, value in new.items()]
    comma = b"," if at > end else b""
    text = _below(data, (start, end), lines, indent=indent_of(data, start), newline=newline, comma=comma)
    return Edit(at, at, newline + text.removesuffix(newline))


def _key(name: str) -> bytes:
    return name.encode() if _BARE_KEY.fullmatch(name) else literal(name, b"")


def _below(
    data: bytes,
    entry: tuple[int, int],
    lines: Sequence[tuple[bytes, Value]],
    *,
    indent: bytes,
    newline: bytes,
    comma: bytes = b"",
) -> bytes:
    """Lines that stand below the entry with these ends: their signs below its own where their names are as short.

    Where one is longer `terraform fmt` would move the signs above; an empty line keeps them where they are.
    """
    start, end = entry
    sign = data.find(b"=", start, line_end(data, start)) - start
    stands_alone = sign <= 0 or b"\n" in data[start:end]
    width = max((len(name) for name, value in lines if not isinstance(value, Mapping)), default=0)
    has_room = stands_alone or width < sign
    column = 0 if stands_alone or not has_room else sign - 1
    return (b"" if has_room else newline) + _aligned(lines, indent, newline, column=column, comma=comma)


def _aligned(
    lines: Sequence[tuple[bytes, Value]], indent: bytes, newline: bytes, *, column: int = 0, comma: bytes = b""
) -> bytes:
    """Names and values on lines of their own as `terraform fmt` has them: signs below each other, maps apart."""
    done: list[bytes] = []
    run: list[tuple[bytes, Value]] = []
    for name, value in lines:
        if isinstance(value, Mapping) and value:
            done += _run(run, indent, newline, column, comma)
            done.append(indent + name + b" = " + literal(value, indent, newline) + comma + newline)
            run, column = [], 0
        else:
            run.append((name, value))
    return b"".join([*done, *_run(run, indent, newline, column, comma)])


def _run(
    lines: Sequence[tuple[bytes, Value]], indent: bytes, newline: bytes, column: int, comma: bytes
) -> Iterator[bytes]:
    width = max([column, *(len(name) for name, _ in lines)])
    for name, value in lines:
        yield indent + name.ljust(width) + b" = " + literal(value, indent, newline) + comma + newline


def _insert(block: Block, new: Mapping[str, Value]) -> Iterator[Edit]:
    """New attributes after the last one, and new blocks at the end."""
    data, newline = block.source.data, newline_of(block.source.data)
    inner = indent_of(data, block.start) + _STEP
    blocks = b"".join(_written_blocks(name, value, inner, newline) for name, value in new.items() if _is_blocks(value))
    lines = [(name.encode(), value) for name, value in new.items() if not _is_blocks(value)]
    if b"\n" not in data[block.head_end : block.end]:
        yield _opened(block, lines, blocks, newline)
        return
    alone = [a for a in block.body.attributes.values() if _ends_its_line(data, a.end)]
    last = max(alone, key=lambda a: a.end, default=None)
    at = line_end(data, last.end if last is not None else block.head_end)
    ends = [*(a.end for a in block.body.attributes.values()), *(b.end for b in block.body.blocks)]
    at_end = line_end(data, max(ends)) if ends else at
    if last is not None:
        text = _below(data, (last.start, last.end), lines, indent=indent_of(data, last.start), newline=newline)
    else:
        text = _aligned(lines, inner, newline)
    if at == at_end:
        yield Edit(at, at, text + blocks)
        return
    if lines:
        yield Edit(at, at, text)
    if blocks:
        yield Edit(at_end, at_end, blocks)


def _is_blocks(value: Value) -> bool:
    """Whether a value is written as blocks: a list of maps."""
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def _ends_its_line(data: bytes, end: int) -> bool:
    rest = data[end : line_end(data, end)].strip()
    return not rest or rest.startswith((b"#", b"//"))


def _opened(block: Block, lines: Sequence[tuple[bytes, Value]], blocks: bytes, newline: bytes) -> Edit:
    """A block on one line, taken apart to hold more."""
    data = block.source.data
    outer = indent_of(data, block.start)
    inner = outer + _STEP
    inside = data[block.head_end : block.end - 1].strip()
    first = inner + inside + newline if inside else b""
    if inside:
        text = _below(inside, (0, len(inside)), lines, indent=inner, newline=newline)
    else:
        text = _aligned(lines, inner, newline)
    return Edit(block.head_end, block.end, newline + first + text + blocks + outer + b"}")


def _written_blocks(name: str, entries: Value, indent: bytes, newline: bytes) -> bytes:
    """A block for each entry of a list of maps."""
    maps = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return b"".join(_written_block(name, entry, indent, newline) for entry in maps)


def _written_block(name: str, values: Mapping[str, Value], indent: bytes, newline: bytes) -> bytes:
    inner = indent + _STEP
    lines = _aligned([(k.encode(), v) for k, v in values.items() if not _is_blocks(v)], inner, newline)
    blocks = b"".join(_written_blocks(k, v, inner, newline) for k, v in values.items() if _is_blocks(v))
    return indent + name.encode() + b" {" + newline + lines + blocks + indent + b"}" + newline


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
        lines = _aligned([(_key(k), v) for k, v in value.items()], indent + _STEP, newline)
        return b"{" + newline + lines + indent + b"}"
    text = (
        str(value)
        .replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t")
    )
    return ('"' + text.replace("${", "$${").replace("%{", "%%{") + '"').encode()
