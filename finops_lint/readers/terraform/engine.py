"""Works values out once each, by dependency: memory, cycles, and chains of any length without deep recursion.

A value is worked out when somebody asks for it; asking goes on recursively up to a limit. Beyond it the work
under way is dropped, the value asked for is worked out first, and the work begins again with that one remembered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import TypeAlias

from finops_lint.model.records import record
from finops_lint.readers.terraform.values import Unk, Value

Node: TypeAlias = tuple[str, ...]
"""What a value is of: the module's address, then `local`, `var`, … and names."""

NESTING = 25
"""Values that may be under way inside one another."""
RECURSION_LIMIT = 12_000
"""Python frames, enough for NESTING expressions as deep as the parser admits."""


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room on Python's stack for NESTING expressions inside one another."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


class _TooDeep(Exception):  # noqa: N818 -- a signal, not an error
    """The chain of values under way is long enough: work `node` out first."""

    def __init__(self, node: Node, compute: Callable[[], Value], chain: tuple[Node, ...]) -> None:
        super().__init__()
        self.node = node
        self.compute = compute
        self.chain = chain


@record(slots=True)
class Engine:
    """The values of one project."""

    on_cycle: Callable[[Sequence[Node]], Value]
    """Told of a cycle, from one value round to itself; answers what to take for the value."""
    on_depth: Callable[[Node], Value]
    """Told of a value that nests too deeply for Python; answers what to take for it."""
    _memory: dict[Node, Value] = field(default_factory=dict)
    _active: dict[Node, None] = field(default_factory=dict)
    _waiting: dict[Node, None] = field(default_factory=dict)

    def settle(self, node: Node, compute: Callable[[], Value]) -> Value:
        """The value of `node`, from memory or by `compute`, which may ask for others."""
        memory, active = self._memory, self._active
        if node in memory:
            return memory[node]
        if node in active or node in self._waiting:
            chain = (*self._waiting, *active)
            return self.on_cycle((*chain[chain.index(node) :], node))
        if len(active) >= NESTING:
            raise _TooDeep(node, compute, tuple(active))
        if active:
            return self._enter(node, compute)
        try:
            return self._enter(node, compute)
        except _TooDeep as deep:
            return self._drive(node, compute, deep)

    def _enter(self, node: Node, compute: Callable[[], Value]) -> Value:
        self._active[node] = None
        try:
            value = compute()
        except RecursionError:
            value = self.on_depth(node)
        finally:
            del self._active[node]
        self._memory[node] = value
        return value

    def _drive(self, node: Node, compute: Callable[[], Value], deep: _TooDeep) -> Value:
        """Work `node` out from an empty stack, after what it needs first, the `deep` one of them before all others."""
        pending: list[tuple[Node, Callable[[], Value], tuple[Node, ...]]] = [(node, compute, ())]
        self._put_off(pending, deep)
        value: Value = Unk()
        try:
            while pending:
                here, work, chain = pending[-1]
                try:
                    value = self._memory[here] if here in self._memory else self._enter(here, work)
                except _TooDeep as deeper:
                    self._put_off(pending, deeper)
                    continue
                pending.pop()
                for waiting in chain:
                    self._waiting.pop(waiting, None)
        finally:
            self._waiting.clear()
        return value

    def _put_off(self, pending: list[tuple[Node, Callable[[], Value], tuple[Node, ...]]], deep: _TooDeep) -> None:
        """Let the values under way wait for the one that lies too deep."""
        self._waiting.update(dict.fromkeys(deep.chain))
        pending.append((deep.node, deep.compute, deep.chain))
