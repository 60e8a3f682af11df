"""What an attribute may hold: plain values, and what the text cannot tell.

A canonical attribute value is one of `str`, `int`, `float`, `bool`, `list`, `dict` (string keys), `Unknown` or
`Partial`. `None` never occurs: readers drop null attributes and empty block lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from finops_lint.model.records import record
from finops_lint.model.span import Span

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value inside a resource: `("root_block_device", 0, "volume_size")`."""


GAP = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in a text for each part of it that is not known."""


@record(frozen=True, slots=True)
class Unknown:
    """A value the text cannot tell, with the reason and what would settle it."""

    reason: str
    """For a person: "var.gpu has no default", "known after apply"."""
    waits_for: tuple[str, ...] = ()
    """Names that would settle it: `var.gpu`, `data.aws_ami.this`, an address."""
    span: Span | None = None
    """Where the unknown came from, if that is in the text."""
    sketch: str = field(default="", compare=False)
    """A text as far as it is known, with a `GAP` for each part that is not; empty where none of it is."""
    filled: bool = field(default=False, compare=False)
    """Whether it is a text that is certainly not the empty one: the id of what is made."""

    def __bool__(self) -> bool:
        raise TypeError("an Unknown is neither true nor false: test for it with isinstance")


@record(frozen=True, slots=True)
class Partial:
    """A map or list known in part: it has what `known` says and may have more."""

    known: Mapping[str, Any] | tuple[Any, ...]
    """The entries that are certain; their values may themselves be unknown."""
    rest: Unknown
    """Why there may be more."""

    def __bool__(self) -> bool:
        raise TypeError("a Partial may be empty or not: test for it with isinstance")


Value: TypeAlias = Any
"""A canonical attribute value, see the module."""


def get(values: Value, path: Path) -> Value:
    """Follow `path` into `values`; `None` where nothing is written.

    An `Unknown` on the way is the answer. A key that a `Partial` does not list answers its `rest`.
    """
    here = values
    for step in path:
        if type(here) is dict:  # nearly always, and nothing in one is nothing behind it
            here = here.get(step)
            if here is None:
                return None
            continue
        if isinstance(here, Unknown):
            return here
        rest: Unknown | None = None
        if isinstance(here, Partial):
            rest, here = here.rest, here.known
        if isinstance(here, Mapping) and step in here:
            here = here[step]
        elif isinstance(here, (list, tuple)) and isinstance(step, int) and 0 <= step < len(here):
            here = here[step]
        else:
            return rest
    return here


def first_unknown(values: Iterable[Value]) -> Unknown | None:
    """The first of `values` that is not known; None where all are, or are known in part."""
    return next((value for value in values if isinstance(value, Unknown)), None)


def told_of(value: Value) -> Value:
    """`value` itself; of an `Unknown` its sketch, the text with a gap for what is not known, empty where nothing is."""
    return value.sketch if isinstance(value, Unknown) else value


def known_map(value: Value) -> Mapping[str, Value]:
    """The entries of a map that are certain, of one known in part those it lists; none of anything that is no map."""
    if type(value) is dict:  # nearly always
        return value
    known = value.known if isinstance(value, Partial) else value
    return known if isinstance(known, Mapping) else {}


def set_in(values: Value, path: Path, new: Value) -> Value:
    """A copy of `values` with `new` at `path`; `new=None` removes the entry, missing blocks are made."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(values, Partial):
        return Partial(set_in(values.known, path, new), values.rest)
    if isinstance(step, int):
        items = list(values) if isinstance(values, (list, tuple)) else []
        while len(items) <= step:
            items.append({})
        items[step] = set_in(items[step], rest, new)
        return items
    entries = dict(values) if isinstance(values, Mapping) else {}
    changed = set_in(entries.get(step), rest, new) if rest else new
    if changed is None:
        entries.pop(step, None)
    else:
        entries[step] = changed
    return entries


def unknowns(value: Value, path: Path = ()) -> Iterator[tuple[Path, Unknown]]:
    """Every unknown inside `value` with its path; a `Partial` is listed by its `rest` at its own path."""
    if isinstance(value, Unknown):
        yield path, value
        return
    if isinstance(value, Partial):
        yield path, value.rest
        value = value.known
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from unknowns(entry, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from unknowns(entry, (*path, index))
