"""A compiled CEL expression's bytes → its syntax tree, and the bytes again with single nodes replaced.

The bytes are a `google.protobuf.Any` that holds a `cel.expr.CheckedExpr`, or the `ParsedExpr` of what was compiled
without checks (cel-spec, proto/cel/expr/checked.proto and syntax.proto). Only what those two files define is read;
anything else is an error of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from struct import pack, unpack
from typing import Any, TypeAlias

from finops_lint.model.records import record

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_ANY_VALUE = 2
_CHECKED_EXPR, _PARSED_EXPR = 4, 2
_ID, _CONST, _IDENT, _SELECT, _CALL, _LIST, _STRUCT, _FOLD = 2, 3, 4, 5, 6, 7, 8, 9

Replacement: TypeAlias = Callable[[bytes], bytes]
"""The bytes of an `Expr` → those that take its place."""


@record(frozen=True, slots=True)
class Node:
    """One node of the tree."""

    id: int
    kind: str
    """`const`, `ident`, `select`, `has`, `call`, `list`, `struct` or `fold`."""
    name: str = ""
    """Identifier, selected field, function, or a fold's iteration variable."""
    args: tuple[Node, ...] = ()
    """Operand; target and arguments; elements; values; or a fold's range, start, condition, step, result."""
    value: Any = None
    """A constant's value, or a fold's (second iteration variable, accumulator variable)."""
    is_member: bool = False
    """Whether `args[0]` is the target of a member call."""


def read_tree(serialized: bytes) -> Node:
    """The tree of `Expression.serialize()`."""
    return _node(_first(_first(serialized, _ANY_VALUE), _place_of_tree(serialized)))


def packed(node: Node) -> list[Any]:
    """The tree as lists, for JSON; not for one that holds bytes."""
    value = list(node.value) if isinstance(node.value, tuple) else node.value
    return [node.id, node.kind, node.name, [packed(arg) for arg in node.args], value, node.is_member]


def unpacked(data: list[Any]) -> Node:
    """The tree that `packed` was given."""
    node_id, kind, name, args, value, is_member = data
    value = tuple(value) if isinstance(value, list) else value
    return Node(node_id, kind, name, tuple(map(unpacked, args)), value, is_member)


def _place_of_tree(serialized: bytes) -> int:
    return _PARSED_EXPR if _first(serialized, 1).endswith(b".ParsedExpr") else _CHECKED_EXPR


def replace_nodes(serialized: bytes, replacements: Mapping[int, Replacement]) -> bytes:
    """The expression with the nodes of those ids replaced, for `Env.deserialize`.

    Type and reference maps are kept: they speak of node ids, and ids that are gone do no harm.
    """
    type_url, checked = _first(serialized, 1), _first(serialized, _ANY_VALUE)
    place = _place_of_tree(serialized)
    tree = _bytes_field(place, _replaced(_first(checked, place), replacements))
    others = b"".join(raw for field, _, raw in _raw_fields(checked) if field != place)
    return _bytes_field(1, type_url) + _bytes_field(_ANY_VALUE, others + tree)


def failing(_node: bytes = b"") -> bytes:
    """An expression that always gives an error: a field of an empty map."""
    empty = _expr(_STRUCT, b"")
    return _expr(_SELECT, _bytes_field(1, empty) + _bytes_field(2, b"unknown"))


def or_failing(node: bytes) -> bytes:
    """`node || error`: true stays true, false becomes undecided."""
    return _call(b"_||_", node, failing())


def and_failing(node: bytes) -> bytes:
    """`node && error`: false stays false, true becomes undecided."""
    return _call(b"_&&_", node, failing())


def true(_node: bytes = b"") -> bytes:
    """The constant true."""
    return _expr(_CONST, _varint(2 << 3) + b"\x01")


@record(frozen=True, slots=True)
class Number:
    """A constant double."""

    value: float

    def __call__(self, _node: bytes) -> bytes:
        """The constant's bytes."""
        return _expr(_CONST, _varint(5 << 3 | 1) + pack("<d", self.value))


@record(frozen=True, slots=True)
class AtIndex:
    """`list[n]` with another constant in the place of `n`."""

    index: int

    def __call__(self, node: bytes) -> bytes:
        """The bytes of `node` with its index replaced."""
        body = _first(node, _CALL)
        parts = [(field, raw) for field, _, raw in _raw_fields(body)]
        place = max(position for position, (field, _) in enumerate(parts) if field == 3)
        constant = _expr(_CONST, _varint(3 << 3) + _varint(self.index))
        parts[place] = (3, _bytes_field(3, constant))
        return _expr(_CALL, b"".join(raw for _, raw in parts))


def _call(function: bytes, *args: bytes) -> bytes:
    return _expr(_CALL, _bytes_field(2, function) + b"".join(_bytes_field(3, a) for a in args))


def _expr(kind: int, body: bytes) -> bytes:
    # Id 0 means "not set" in the type and reference maps, which know nothing of a node put in later.
    return _bytes_field(kind, body)


def _node(data: bytes) -> Node:
    fields = dict(_fields(data))
    node_id = fields.pop(_ID, 0)
    if len(fields) != 1:
        raise ValueError("an expression node without exactly one kind")
    kind, body = fields.popitem()
    return _BUILDERS[kind](node_id, body)


def _const(node_id: int, data: bytes) -> Node:
    for field, value in _fields(data):
        match field:
            case 2:
                value = bool(value)
            case 3:
                value = value - (1 << 64) if value >= 1 << 63 else value
            case 5:
                value = unpack("<d", value)[0]
            case 6:
                value = value.decode()
            case _:
                value = None if field == 1 else value
        return Node(node_id, "const", value=value)
    return Node(node_id, "const")


def _ident(node_id: int, data: bytes) -> Node:
    return Node(node_id, "ident", _first(data, 1).decode())


def _select(node_id: int, data: bytes) -> Node:
    only_tests = any(field == 3 and value for field, value in _fields(data))
    return Node(node_id, "has" if only_tests else "select", _first(data, 2).decode(), (_node(_first(data, 1)),))


def _call_node(node_id: int, data: bytes) -> Node:
    name, is_member = "", False
    args: list[Node] = []
    for field, value in _fields(data):
        if field == 1:
            args.insert(0, _node(value))
            is_member = True
        elif field == 2:
            name = value.decode()
        elif field == 3:
            args.append(_node(value))
    if is_member and args[0].kind == "ident" and args[0].name in _NAMESPACES:
        # Only the checks would have put the two together.
        return Node(node_id, "call", f"{args[0].name}.{name}", tuple(args[1:]))
    return Node(node_id, "call", name, tuple(args), is_member=is_member)


_NAMESPACES = frozenset({"optional", "math", "strings"})
"""What stands before the dot of a function that belongs to no value: `optional.none()`."""


def _list(node_id: int, data: bytes) -> Node:
    elements, optional = [], []
    for field, value in _fields(data):
        if field == 1:
            elements.append(_node(value))
        elif field == 2:
            optional += list(_packed(value)) if isinstance(value, bytes) else [value]
    return Node(node_id, "list", args=tuple(elements), value=tuple(optional))


def _struct(node_id: int, data: bytes) -> Node:
    args, optional = [], []
    for field, entry in _fields(data):
        if field != 2:
            continue
        for part, value in _fields(entry):
            if part in {3, 4}:
                args.append(_node(value))
            elif part == 5 and value:
                optional.append(len(args) - 1)
    return Node(node_id, "struct", args=tuple(args), value=tuple(optional))


def _fold(node_id: int, data: bytes) -> Node:
    parts = dict(_fields(data))
    args = tuple(_node(parts[field]) for field in (2, 4, 5, 6, 7))
    second = parts.get(8, b"").decode()
    return Node(node_id, "fold", parts[1].decode(), args, (second, parts[3].decode()))


_BUILDERS: dict[int, Callable[[int, bytes], Node]] = {
    _CONST: _const,
    _IDENT: _ident,
    _SELECT: _select,
    _CALL: _call_node,
    _LIST: _list,
    _STRUCT: _struct,
    _FOLD: _fold,
}

_NESTED = {_SELECT: {1}, _CALL: {1, 3}, _LIST: {1}, _FOLD: {2, 4, 5, 6, 7}}
"""Fields that hold an `Expr`, by kind; a struct's entries are one level deeper."""


def _replaced(data: bytes, replacements: Mapping[int, Replacement]) -> bytes:
    out, node_id = bytearray(), 0
    for field, wire, raw in _raw_fields(data):
        if field == _ID and wire == _VARINT:
            node_id = _read_varint(raw, 1)[0]
        if field in _NESTED:
            raw = _bytes_field(field, _replaced_inside(_payload(raw), _NESTED[field], replacements))
        elif field == _STRUCT:
            raw = _bytes_field(field, _replaced_entries(_payload(raw), replacements))
        out += raw
    change = replacements.get(node_id)
    return change(bytes(out)) if change else bytes(out)


def _replaced_inside(body: bytes, nested: set[int], replacements: Mapping[int, Replacement]) -> bytes:
    return b"".join(
        _bytes_field(field, _replaced(_payload(raw), replacements)) if field in nested and wire == _BYTES else raw
        for field, wire, raw in _raw_fields(body)
    )


def _replaced_entries(body: bytes, replacements: Mapping[int, Replacement]) -> bytes:
    return b"".join(
        _bytes_field(field, _replaced_inside(_payload(raw), {3, 4}, replacements)) if field == 2 else raw
        for field, _, raw in _raw_fields(body)
    )


def _first(data: bytes, wanted: int) -> bytes:
    for field, value in _fields(data):
        if field == wanted:
            return bytes(value)
    return b""


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Field number and value."""
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        wire = key & 7
        if wire == _BYTES:
            length, position = _read_varint(data, position)
            yield key >> 3, data[position : position + length]
            position += length
        elif wire == _VARINT:
            value, position = _read_varint(data, position)
            yield key >> 3, value
        elif wire in {_FIXED64, _FIXED32}:
            length = 8 if wire == _FIXED64 else 4
            yield key >> 3, data[position : position + length]
            position += length
        else:
            raise ValueError(f"wire type {wire} is not used by CEL")


def _raw_fields(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Field number, wire type and the whole encoding, key included."""
    position = 0
    while position < len(data):
        start = position
        key, position = _read_varint(data, position)
        wire = key & 7
        if wire == _VARINT:
            position = _read_varint(data, position)[1]
        elif wire == _BYTES:
            length, position = _read_varint(data, position)
            position += length
        elif wire in {_FIXED64, _FIXED32}:
            position += 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire} is not used by CEL")
        yield key >> 3, wire, data[start:position]


def _payload(raw: bytes) -> bytes:
    _, position = _read_varint(raw, 0)
    _, position = _read_varint(raw, position)
    return raw[position:]


def _packed(data: bytes) -> Iterator[int]:
    position = 0
    while position < len(data):
        value, position = _read_varint(data, position)
        yield value


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    if data[position] < 128:  # nearly always
        return data[position], position + 1
    result = shift = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result, position
        shift += 7


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes_field(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(body)) + body
