"""Turns `count` and `for_each` into the instances of a block: keys, what `each` and `count` are, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from finops_lint.model.records import record
from finops_lint.readers.terraform.conversion import to_number
from finops_lint.readers.terraform.syntax import Expression
from finops_lint.readers.terraform.types import NUMBER, STRING
from finops_lint.readers.terraform.values import (
    SENSITIVE,
    EvaluationError,
    TerraformSet,
    Unk,
    Value,
    element_items,
    unknown_from,
    unmark,
    unmark_deep,
)

ASSUMED = "*"
"""The key of the one instance that stands for those an unknown `count` or `for_each` may make."""


@record(frozen=True, slots=True)
class Assumed:
    """The key type of the assumed instance, so that a `for_each` key "*" is another."""


Key: TypeAlias = int | str | Assumed | None
"""An instance's key; None where the block has neither `count` nor `for_each`."""


@record(frozen=True, slots=True)
class Expansion:
    """The instances of one block."""

    kind: str
    """`one`, `count` or `each`."""
    items: tuple[tuple[Key, Mapping[str, Value]], ...]
    """Key, and what `each` or `count` is there."""
    rest: Unk | None = None
    """Why there may be more or fewer; then the last item is the assumed one."""


@record(frozen=True, slots=True)
class Source:
    """What the name `each`, a `dynamic` block's iterator or a `for` variable walks through."""

    collection: Expression
    scope: Any
    key: Value
    """Of the element; an unknown where it may be any."""
    bare: bool = False
    """The name is the element itself, not an object with `key` and `value`."""


ONE = Expansion("one", ((None, {}),))


def expand_count(value: Value, most: int) -> Expansion:
    """The instances of `count = value`.

    Raises:
        EvaluationError: not a whole number from 0, or more than `most`.
    """
    number = to_number(unmark_deep(value)[0])
    if isinstance(number, Unk):
        index = unknown_from([number], NUMBER, not_null=True)
        return Expansion("count", ((Assumed(), {"count": {"index": index}}),), number)
    if number is None:
        raise EvaluationError("count must not be null")
    if not isinstance(number, int) or number < 0:
        raise EvaluationError("count must be a whole number, 0 or more")
    if number > most:
        raise EvaluationError(f"count is {number}: too many, room is for {most} more instances")
    return Expansion("count", tuple((i, {"count": {"index": i}}) for i in range(number)))


def expand_for_each(value: Value, most: int) -> Expansion:
    """The instances of `for_each = value`: one for each key of a map or each string of a set.

    Raises:
        EvaluationError: neither a map nor a set of strings, or more than `most`.
    """
    if SENSITIVE in unmark(value)[1]:
        raise EvaluationError("for_each takes no sensitive value: its keys would be read in addresses")
    bare = unmark_deep(value)[0]
    if isinstance(bare, Unk):
        return _partly_known(bare)
    if isinstance(bare, TerraformSet):
        return _for_set(bare, most)
    if bare == ():
        # `c ? toset(null) : []`: a null of ours does not remember that it was a set.
        return Expansion("each", ())
    if not isinstance(bare, dict):
        what = "null" if bare is None else "a list" if isinstance(bare, (list, tuple)) else "something else"
        raise EvaluationError(f"for_each takes a map or a set of strings, not {what}")
    if len(bare) > most:
        raise EvaluationError(f"for_each has {len(bare)} elements: too many, room is for {most} more instances")
    # Marks of single values stay: each.value of a map with a secret in it is that secret.
    source = value if isinstance(value, dict) else bare
    return Expansion("each", tuple((key, each(key, item)) for key, item in element_items(source)))


def expand_by_position(value: Value, most: int) -> Expansion | None:
    """What a list was surely meant to make, where `for_each` refuses it: an instance an element; None for all else."""
    bare, marks = unmark_deep(value)
    if not isinstance(bare, (list, tuple)) or len(bare) > most or SENSITIVE in marks:
        return None
    return Expansion("each", tuple((i, each(str(i), item)) for i, item in enumerate(bare)))


def each(key: Value, value: Value) -> dict[str, Value]:
    """What the name `each` is bound to."""
    return {"each": {"key": key, "value": value}}


def _for_set(value: TerraformSet, most: int) -> Expansion:
    if len(value) > most:
        raise EvaluationError(f"for_each has {len(value)} elements: too many, room is for {most} more instances")
    known = [item for item in value if not isinstance(item, Unk)]
    if not all(isinstance(item, str) for item in known):
        raise EvaluationError("for_each takes a set of strings; this set holds something else")
    items = tuple((item, each(item, item)) for item in known)
    unknown = [item for item in value if isinstance(item, Unk)]
    if not unknown:
        return Expansion("each", items)
    rest = unknown_from(unknown, STRING, not_null=True)
    return Expansion("each", (*items, (Assumed(), each(rest, rest))), rest)


def _partly_known(value: Unk) -> Expansion:
    items = tuple((key, each(key, item)) for key, item in sorted((value.known or {}).items()))
    key = unknown_from([value], STRING, not_null=True)
    element = value.type.element if hasattr(value.type, "element") else None
    item = unknown_from([value]) if element is None else unknown_from([value], element)
    return Expansion("each", (*items, (Assumed(), each(key, item))), value)


def key_text(key: Key) -> str:
    """The key as an address shows it: `[0]`, `["a"]`, `[*]` or nothing."""
    if key is None:
        return ""
    if isinstance(key, Assumed):
        return f"[{ASSUMED}]"
    if isinstance(key, int):
        return f"[{key}]"
    if key.isprintable() and not ("{" in key or '"' in key or "\\" in key):
        return f'["{key}"]'
    escaped = key.translate(_ESCAPES).replace("${", "$${").replace("%{", "%%{")
    return f'["{escaped}"]'


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
