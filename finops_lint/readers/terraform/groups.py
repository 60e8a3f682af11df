"""All instances of one block together, and what a reference into them reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from finops_lint.model.records import record
from finops_lint.readers.terraform.instances import Key
from finops_lint.readers.terraform.values import Unk, Value, unknown_map


class Member(Protocol):
    """One instance of what a name in an expression stands for."""

    key: Key

    def read(self, name: str) -> Value:
        """Its attribute."""

    def whole(self) -> Value:
        """The whole of it."""


@record(frozen=True, slots=True)
class Group:
    """All instances of one block."""

    kind: str
    """`one`, `count` or `each`."""
    members: tuple[Any, ...]
    """`Instance`s or `Module`s."""
    rest: Unk | None = None
    """Why there may be more or fewer; then the last member is the assumed one."""


def unknown_group(because: Unk) -> Group:
    """The instances of a block whose `count` or `for_each` depends on themselves."""
    return Group("count", (), because)


def read_group(group: Group, steps: Sequence[Value]) -> tuple[Value, int]:
    """The instance or the collection of instances that `steps` lead into, and how many steps that took."""
    if group.kind == "one":
        member = group.members[0]
        if steps and isinstance(steps[0], str):
            return member.read(steps[0]), 1
        return member.whole(), 0
    member = _member(group, steps[0]) if steps else None
    if member is not None:
        if len(steps) > 1 and isinstance(steps[1], str):
            return member.read(steps[1]), 2
        return member.whole(), 1
    if group.rest is None:
        if group.kind == "count":
            return tuple(m.whole() for m in group.members), 0
        return {m.key: m.whole() for m in group.members}, 0
    known = {m.key: m.whole() for m in group.members if isinstance(m.key, str)}
    because = Unk(reason=group.rest.reason, waits_for=group.rest.waits_for, span=group.rest.span)
    return (unknown_map(known, because) if known else because), 0


def _member(group: Group, step: Value) -> Member | None:
    if group.kind == "count" and group.rest is None and type(step) is int:
        return group.members[step] if 0 <= step < len(group.members) else None
    if group.kind == "each" and isinstance(step, str):
        return next((m for m in group.members if m.key == step), None)
    return None
