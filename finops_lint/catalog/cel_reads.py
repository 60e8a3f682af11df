"""A CEL syntax tree → the paths it reads, and the places where it takes absence for a fact.

A path is followed through comprehension and `cel.bind` variables. `ANY` stands for every entry of a map or list. What
is said here is said about the text alone; `cel.py` holds it against the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from finops_lint.catalog.cel_ast import Node
from finops_lint.model.records import record
from finops_lint.model.values import Path

ANY = "*"
"""The step that stands for every entry of a map or list."""
_LIST_OF = "[]"
"""Last step of a path whose value is a list made of what the path before it means (a `filter`'s, a `map`'s)."""

OPTIONAL_SELECT = frozenset({"_?._", "_[?_]"})
_HANDS_ON = frozenset({"value", "optional.of", "optional.ofNonZeroValue", "dyn", "orValue", "or"})
_LOGIC = frozenset({"_&&_", "_||_", "!_", "@not_strictly_false", "hasValue", "_>_", "_<_", "_>=_", "_<=_"})
_EQUALITY = frozenset({"_==_", "_!=_"})
_TAKES_OPTIONAL = frozenset({"value", "orValue", "or", "hasValue", "_==_", "_!=_", "_?_:_", "@not_strictly_false"})

Paths = frozenset[Path]
_NONE: Paths = frozenset()


class GuardKind(Enum):
    """What takes absence, or the whole of something, for a fact."""

    PRESENT = "present"
    """`has()`, `.?` and `[?]`: whether an entry is set."""
    WHOLE = "whole"
    """`==`, and functions that look into what they are given."""
    SIZE = "size"
    """`size` and `count`: how many entries there are, whatever is in them."""
    EMPTY = "empty"
    """`==` and `!=` with `[]` or `{}`: whether there is any entry, whatever is in it."""
    MEMBER = "member"
    """`in`."""
    INDEX = "index"
    """A place in a list."""
    EXISTS = "exists"
    ALL = "all"
    FOLD = "fold"
    """`filter`, `map`, `exists_one`, lists joined: every entry counts."""


@record(frozen=True, slots=True)
class Guard:
    """One such place."""

    kind: GuardKind
    node: int
    """Id of the node in the tree."""
    paths: tuple[Path, ...]
    """What it looks at; for `PRESENT` with the entry asked for."""
    key: str | int | None = None
    """The literal key or index, where there is one."""


@record(frozen=True, slots=True)
class Reads:
    """What an expression reads."""

    paths: frozenset[Path]
    guards: tuple[Guard, ...]
    is_optional: bool
    """Whether its result is an optional."""
    complaints: tuple[str, ...] = ()
    """What the loader refuses."""
    chain: Path | None = None
    """The path, where the whole expression is no more than one, with or without `.orValue(constant)`."""
    default: Any = None
    """What that `.orValue` gives."""


def packed(reads: Reads) -> list[Any]:
    """What is read as lists, for JSON."""
    guards = [[guard.kind.value, guard.node, [*map(list, guard.paths)], guard.key] for guard in reads.guards]
    paths = [list(path) for path in sorted(reads.paths, key=str)]
    return [paths, guards, reads.chain and list(reads.chain), reads.default]


def unpacked(data: list[Any]) -> Reads:
    """The `Reads` that `packed` was given."""
    paths, packed_guards, chain, default = data
    guards = (Guard(_KINDS[kind], node, tuple(map(tuple, looked)), key) for kind, node, looked, key in packed_guards)
    return Reads(
        paths=frozenset(map(tuple, paths)),
        guards=tuple(guards),
        is_optional=False,
        chain=None if chain is None else tuple(chain),
        default=default,
    )


_KINDS = {kind.value: kind for kind in GuardKind}


def reads_of(tree: Node) -> Reads:
    """The paths and guards of `tree`."""
    walk = _Walk()
    walk.use(tree, {})
    chain, default = _chain(tree)
    return Reads(
        paths=frozenset(walk.paths),
        guards=tuple(walk.guards),
        is_optional=is_optional(tree, frozenset()),
        complaints=tuple(dict.fromkeys(walk.complaints)),
        chain=chain,
        default=default,
    )


def _chain(tree: Node) -> tuple[Path | None, Any]:
    if tree.kind != "call" or tree.name != "orValue":
        return _steps(tree), None
    fallback = tree.args[1]
    if fallback.kind == "call" and fallback.name == "dyn":
        fallback = fallback.args[0]
    if fallback.kind == "const":
        return _steps(tree.args[0]), fallback.value
    if fallback.kind in {"list", "struct"} and not fallback.args:
        return _steps(tree.args[0]), [] if fallback.kind == "list" else {}
    return None, None


def _steps(node: Node) -> Path | None:
    if node.kind == "ident":
        return (node.name,)
    above = _steps(node.args[0]) if node.kind in {"select", "call"} and node.args else None
    if above is None:
        return None
    if node.kind == "select":
        return (*above, node.name)
    if node.name in {"_[_]", *OPTIONAL_SELECT} and node.args[1].kind == "const":
        key = node.args[1].value
        return (*above, int(key) if isinstance(key, float) else key)
    return None


_BUILT = frozenset({"list", "struct"})
"""What is compared with what was put into it; any other call's result has guards of its own."""


@record(slots=True)
class _Walk:
    paths: list[Path] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    optionals: frozenset[str] = frozenset()
    seen: dict[int, Paths] = field(default_factory=dict)

    def use(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        """Walk `node` whose value is consumed here; the paths it is."""
        found = self.walk(node, names)
        self.paths += [_stripped(p) for p in found]
        return found

    def under(self, node: Node, names: Mapping[str, Paths]) -> tuple[Path, ...]:
        """Walk a consumed `node`; every path read in it."""
        start = len(self.paths)
        self.use(node, names)
        return tuple(dict.fromkeys(self.paths[start:]))

    def walk(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        """The paths whose value the value of `node` may be; what is consumed inside is recorded."""
        found = self._walk(node, names)
        self.seen[node.id] = found
        return found

    def _walk(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        match node.kind:
            case "ident":
                return names.get(node.name, frozenset({(node.name,)}))
            case "select":
                return frozenset(_step(p, node.name) for p in self.walk(node.args[0], names))
            case "has":
                return self._has(node, names)
            case "call":
                return self._call(node, names)
            case "fold":
                return self._fold(node, names)
            case _:
                return self._literal(node, names)

    def _literal(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        for position, arg in enumerate(node.args):
            if position not in (node.value or ()) and is_optional(arg, self.optionals):
                self.complaints.append("an optional stands in a list or map: end it with .orValue(…)")
            self.use(arg, names)
        return _NONE

    def _has(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        operand = node.args[0]
        if _has_index(operand):
            self.complaints.append("has() over an index fails where the block is missing: use .? and [?0]")
        paths = frozenset(_step(p, node.name) for p in self.walk(operand, names))
        self.paths += paths
        self.guards.append(Guard(GuardKind.PRESENT, node.id, tuple(paths), node.name))
        return _NONE

    def _call(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        self._refuse_optional_arguments(node)
        name, args = node.name, node.args
        if name == "_[_]" or name in OPTIONAL_SELECT:
            return self._index(node, names)
        if name == "_?_:_":
            self.use(args[0], names)
            return self.walk(args[1], names) | self.walk(args[2], names)
        if name in _HANDS_ON:
            return _NONE.union(*(self.walk(a, names) for a in args))
        if name in _LOGIC:
            for arg in args:
                self.use(arg, names)
            return _NONE
        if name == "@in":
            self.use(args[0], names)
            key = args[0].value if args[0].kind == "const" else None
            self.guards.append(Guard(GuardKind.MEMBER, node.id, self._consumed(args[1], names), key))
            return _NONE
        if name in {"size", "count", "_+_"}:
            looked_at = tuple(p for a in args for p in self._consumed(a, names))
            self.guards.append(Guard(GuardKind.FOLD if name == "_+_" else GuardKind.SIZE, node.id, looked_at))
            return _NONE
        if name in _EQUALITY and any(_is_empty_literal(a) for a in args):
            looked_at = tuple(p for a in args for p in self._consumed(a, names))
            self.guards.append(Guard(GuardKind.EMPTY, node.id, looked_at))
            return _NONE
        found = tuple(p for a in args for p in (self.under(a, names) if a.kind in _BUILT else self.use(a, names)))
        if found:
            self.guards.append(Guard(GuardKind.WHOLE, node.id, found))
        return _NONE

    def _consumed(self, node: Node, names: Mapping[str, Paths]) -> tuple[Path, ...]:
        """The paths that the consumed `node` is; a `filter`'s or a `map`'s list has a guard of its own."""
        return tuple(p for p in self.use(node, names) if p[-1] != _LIST_OF)

    def _index(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        base, index = node.args
        paths = self.walk(base, names)
        key: str | int | None = None
        if index.kind == "const":
            key = int(index.value) if isinstance(index.value, float) else index.value
        else:
            self.use(index, names)
        found = frozenset(_step(p, ANY if key is None else key) for p in paths)
        if node.name in OPTIONAL_SELECT:
            self.guards.append(Guard(GuardKind.PRESENT, node.id, tuple(map(_stripped, found)), key))
        if node.name != "_?._" and not isinstance(key, str):
            self.guards.append(Guard(GuardKind.INDEX, node.id, tuple(map(_stripped, paths)), key))
        return found

    def _fold(self, node: Node, names: Mapping[str, Paths]) -> Paths:
        source, start, condition, step, result = node.args
        second, accumulator = node.value
        if source.kind == "list" and not source.args:  # cel.bind and optMap: the accumulator is the variable
            bound = self.walk(start, names)
            if is_optional(start, self.optionals):
                self.optionals |= {accumulator}
            return self.walk(result, {**names, accumulator: bound})
        paths = self.use(source, names)
        entries = frozenset(_step(p, ANY) for p in paths)
        inner = {**names, node.name: entries, accumulator: _NONE} | ({second: entries} if second else {})
        self.use(condition, inner)
        self.use(step, inner)
        self.use(result, inner)
        ranges = tuple(_stripped(p) for p in paths if p[-1] != _LIST_OF)
        if ranges:
            self.guards.append(Guard(fold_kind(node), node.id, ranges))
        element = element_of(step)
        return frozenset((*p, _LIST_OF) for p in self.seen.get(element.id, _NONE)) if element else _NONE

    def _refuse_optional_arguments(self, node: Node) -> None:
        chain = node.name == "_[_]" or node.name in OPTIONAL_SELECT
        for position, arg in enumerate(node.args):
            allowed = node.name in _TAKES_OPTIONAL or (chain and position == 0)
            if not allowed and is_optional(arg, self.optionals):
                self.complaints.append(f"{_printed(node.name)} is given an optional: end it with .orValue(…)")


def _is_empty_literal(node: Node) -> bool:
    return node.kind in _BUILT and not node.args


def _step(path: Path, step: str | int) -> Path:
    if path[-1] == _LIST_OF:
        return path[:-1] if isinstance(step, int) or step == ANY else (*path[:-1], step)
    return (*path, step)


def _stripped(path: Path) -> Path:
    return path[:-1] if path[-1] == _LIST_OF else path


def _has_index(node: Node) -> bool:
    if node.kind == "call" and node.name in {"_[_]", "_[?_]"}:
        key = node.args[1]
        return not (key.kind == "const" and isinstance(key.value, str)) or _has_index(node.args[0])
    return node.kind == "select" and _has_index(node.args[0])


def is_optional(node: Node, optionals: frozenset[str]) -> bool:
    """Whether `node` gives an optional, as the variables `optionals` do."""
    if node.kind == "ident":
        return node.name in optionals
    if node.kind == "select":
        return is_optional(node.args[0], optionals)
    if node.kind == "fold":
        _, accumulator = node.value
        if node.args[0].kind == "list" and not node.args[0].args and is_optional(node.args[1], optionals):
            optionals |= {accumulator}
        return is_optional(node.args[4], optionals)
    if node.kind != "call":
        return False
    if node.name in OPTIONAL_SELECT or node.name.startswith("optional.") or node.name == "or":
        return True
    if node.name == "_?_:_":
        return any(is_optional(a, optionals) for a in node.args[1:])
    return node.name == "_[_]" and is_optional(node.args[0], optionals)


def fold_kind(node: Node) -> GuardKind:
    """Which macro a fold is: `exists`, `all` or another one."""
    start, step = node.args[1], node.args[3]
    if start.kind == "const" and start.value is False and step.name == "_||_":
        return GuardKind.EXISTS
    if start.kind == "const" and start.value is True and step.name == "_&&_":
        return GuardKind.ALL
    return GuardKind.FOLD


def element_of(step: Node) -> Node | None:
    """What a `map` or `filter` adds to its list: `x` in `accumulator + [x]`."""
    if step.kind == "call" and step.name == "_?_:_":
        return element_of(step.args[1])
    if step.kind == "call" and step.name == "_+_" and step.args[1].kind == "list" and len(step.args[1].args) == 1:
        return step.args[1].args[0]
    return None


def _printed(function: str) -> str:
    return function.strip("_@") or function
