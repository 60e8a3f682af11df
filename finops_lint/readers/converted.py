"""Resources of providers that have a cloud's own names for everything, under the canonical types they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from finops_lint.model.records import record
from finops_lint.model.values import Path, Value

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets


@record(slots=True)
class Converted:
    """A resource in canonical type and shape."""

    type: str
    values: Mapping[str, Value]
    moved: dict[Path, Path] = field(default_factory=dict)
    """Where an attribute was → where it is."""

    def places(self, paths: Iterable[Path]) -> frozenset[Path]:
        """The canonical paths of what was written at `paths`, and of all that was below them."""
        return frozenset(place for path in paths for place in self._places(path))

    def _places(self, path: Path) -> list[Path]:
        for length in range(len(path), 0, -1):
            if path[:length] in self.moved:
                return [self.moved[path[:length]] + path[length:]]
        return [new for old, new in self.moved.items() if old[: len(path)] == path] or [path]


def converted(kind: str, values: Mapping[str, Value], sheets: Sheets) -> Converted | None:
    """The resource under the type it stands for; None where it is of another provider, or nothing is known of it.

    What reads the other providers' names is opened only where there is one.
    """
    if kind.startswith("awscc_"):
        from finops_lint.readers.awscc import from_awscc

        return from_awscc(kind, values, sheets)
    if kind == "azapi_resource":
        from finops_lint.readers.azapi import from_azapi

        return from_azapi(values, sheets)
    return None


def steps_of(dotted: str) -> Path:
    """`disk.0.size` → `("disk", 0, "size")`: numbers are places in lists."""
    return tuple(int(step) if step.isdigit() else step for step in dotted.split("."))


def put_in(values: dict[str, Any], path: Path, value: Value) -> None:
    """Set the value at `path`, with the maps and the lists of blocks on the way."""
    here: Any = values
    for step, following in pairwise(path):
        if isinstance(step, int):
            while len(here) <= step:
                here.append({})
            here = here[step]
        else:
            here = here.setdefault(step, [] if isinstance(following, int) else {})
    here[path[-1]] = value
