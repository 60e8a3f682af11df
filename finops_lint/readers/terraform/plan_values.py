"""`after`, `after_unknown` and `after_sensitive` of a plan to one tree in the canonical shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from finops_lint.model.records import record
from finops_lint.model.values import Path, Unknown

Written: TypeAlias = Any
"""A configuration's `expressions` at some depth: a dict with `references` or `constant_value`, a dict of arguments, a
list of blocks; None where nothing is written, `ANYTHING` where the configuration is not known."""

ANYTHING = object()
_MISSING = object()


@record(frozen=True, slots=True)
class Inside:
    """A place inside the value of an argument, whose expression this is."""

    expression: Written


Reason: TypeAlias = Callable[[Written], Unknown | None]
"""Makes the Unknown of a written argument; None where it is not the code that leaves it open."""


def cleaned(value: Any) -> Any:
    """`value` without null, [] and {} at any depth; `{}` inside a list stays, as a block with nothing set."""
    if isinstance(value, dict):
        result = {}
        for key, entry in value.items():
            if entry is None:
                continue
            if isinstance(entry, (dict, list)):
                entry = cleaned(entry)
                if not entry:
                    continue
            result[key] = entry
        return result
    return [cleaned(entry) if isinstance(entry, (dict, list)) else entry for entry in value if entry is not None]


def merged(value: Any, unknown: Any, written: Written, reason: Reason) -> Any:
    """`value` with an Unknown wherever `unknown` is true and the code wrote something; `_MISSING` where nothing is.

    What is unknown and not written is for the provider to fill in: it is left out, as it is when source is read.
    """
    if unknown is True:
        because = None if written is None else reason(written)
        return _MISSING if because is None else because
    if isinstance(unknown, dict):
        return _merged_object(value if isinstance(value, dict) else {}, unknown, written, reason)
    if isinstance(unknown, list):
        return _merged_list(value if isinstance(value, list) else [], unknown, written, reason)
    if isinstance(value, (dict, list)):
        return cleaned(value) or _MISSING
    return _MISSING if value is None else value


def merged_object(value: Mapping[str, Any], unknown: Any, written: Written, reason: Reason) -> dict[str, Any]:
    """The attributes of one resource."""
    result = merged(dict(value), unknown, written, reason)
    return result if isinstance(result, dict) else {}


def _merged_object(value: Mapping[str, Any], unknown: Mapping[str, Any], written: Written, reason: Reason) -> Any:
    result = {}
    for key, entry in value.items():
        if key not in unknown and not isinstance(entry, (dict, list)):
            if entry is not None:
                result[key] = entry
            continue
        new = merged(entry, unknown.get(key), below(written, key), reason)
        if new is not _MISSING and not (isinstance(new, (dict, list)) and not new):
            result[key] = new
    for key, flag in unknown.items():
        if key not in value:
            new = merged(None, flag, below(written, key), reason)
            if new is not _MISSING and not (isinstance(new, (dict, list)) and not new):
                result[key] = new
    return result


def _merged_list(value: list[Any], unknown: list[Any], written: Written, reason: Reason) -> Any:
    result = []
    length = max(len(value), len(unknown))
    for index in range(length):
        entry = value[index] if index < len(value) else None
        flag = unknown[index] if index < len(unknown) else None
        new = merged(entry, flag, block_at(written, index, length), reason)
        if new is not _MISSING:
            result.append(new)
        elif isinstance(entry, dict) or isinstance(flag, dict):
            result.append({})
    return result or _MISSING


def below(written: Written, key: str) -> Written:
    """What is written for `key`: an argument's expression covers all below it."""
    if is_argument(written):
        return Inside(written)
    if written is None or written is ANYTHING or isinstance(written, Inside):
        return written
    return written.get(key) if isinstance(written, dict) else None


def block_at(written: Written, index: int, length: int) -> Written:
    """What is written in block `index` of `length`; blocks of a set lose their order, so then: in any of them."""
    if is_argument(written):
        return Inside(written)
    if not isinstance(written, list):
        return written
    if len(written) == length:
        return written[index] or None
    together: dict[str, Any] = {}
    for block in written:
        if isinstance(block, dict):
            together.update(block)
    return together or None


def is_argument(written: Written) -> bool:
    """Whether this is an argument's expression and not a block."""
    return isinstance(written, dict) and (not written or "references" in written or "constant_value" in written)


def marked(tree: Any, path: Path = ()) -> list[Path]:
    """The paths at which a tree of marks is true; a list of plain values as a whole, as null ones are left out."""
    if tree is True:
        return [path]
    if isinstance(tree, dict):
        return [found for key, entry in tree.items() if entry for found in marked(entry, (*path, key))]
    if isinstance(tree, list):
        if True in tree:
            return [path]
        return [found for index, entry in enumerate(tree) if entry for found in marked(entry, (*path, index))]
    return []
