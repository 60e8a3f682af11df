"""Ways through an object's values that any YAML may have: what is not there, or of another shape, is simply absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.values import Partial, Path, Unknown, Value

EACH = "*"


def steps(path: str) -> Path:
    """A dotted path as steps: `spec.template` → `("spec", "template")`; empty for the object itself."""
    return tuple(path.strip("/").split(".")) if path.strip("/") else ()


def at(values: Value, path: Path) -> Value:
    """The value at `path`, an `Unknown` met on the way, or None."""
    here = values
    for step in path:
        if isinstance(here, Unknown):
            return here
        if isinstance(here, Partial):
            here = here.known
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, (list, tuple)) and isinstance(step, int) and 0 <= step < len(here):
            here = here[step]
        else:
            return None
    return here


def every(values: Value, path: Path, so_far: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value that `path` leads to, with its way there; `*` is every entry of a list or map."""
    if not path:
        if values is not None:
            yield so_far, values
        return
    step, rest = path[0], path[1:]
    if isinstance(values, Partial):
        values = values.known
    if step != EACH:
        if isinstance(values, Mapping) and step in values:
            yield from every(values[step], rest, (*so_far, step))
        return
    if isinstance(values, Mapping):
        for key, entry in values.items():
            yield from every(entry, rest, (*so_far, key))
    elif isinstance(values, (list, tuple)):
        for number, entry in enumerate(values):
            yield from every(entry, rest, (*so_far, number))


def as_map(value: Value) -> Mapping[str, Any]:
    """The value where it is a map, else an empty one."""
    if isinstance(value, Partial):
        value = value.known
    return value if isinstance(value, Mapping) else {}


def as_list(value: Value) -> list[Any] | tuple[Any, ...]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, (list, tuple)) else ()


def text(value: Value) -> str:
    """A scalar as text; empty for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""
