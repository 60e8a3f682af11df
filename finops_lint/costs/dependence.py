"""A sheet's formulas → what a resource's price depends on, so that equal resources are priced once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from finops_lint.catalog.sheet_model import Part, Sheet
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.frames import neighbours
from finops_lint.model.records import record
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Value

Related: TypeAlias = Mapping[str, Sequence[Resource]]
"""Kind → the related resources of it."""


@record(frozen=True, slots=True)
class Dependence:
    """What the formulas of one sheet read."""

    attributes: tuple[str, ...]
    """Top attributes of the resource itself, sorted."""
    kinds: tuple[str, ...]
    """Types of the related resources that are read, sorted."""
    words: frozenset[str]
    """Every name in any path: whatever is read of a related resource is among them."""

    def related(self, resource: Resource, graph: Graph) -> Related:
        """The related resources that may be read, by their kinds."""
        return {kind: neighbours(graph, resource, kind) for kind in self.kinds}

    def key(self, resource: Resource, around: Related, stated: Mapping[str, Value]) -> object:
        """Equal for two resources that cost the same, their components having the same names; `around` are related."""
        values = resource.values
        secret = sorted(str(path) for path in resource.sensitive if not path or path[0] in self.attributes)
        related = [[self._of_related(other) for other in others] for others in around.values()]
        return (
            resource.type,
            repr(resource.region),
            repr([self._trimmed(values.get(name)) for name in self.attributes]),
            repr(stated) if stated else "",
            repr(secret) if secret else "",
            repr(related) if related else "",
        )

    def _trimmed(self, value: Value) -> Value:
        """Blocks without the attributes no formula names; a map may be read by any key, so it stays whole."""
        if not isinstance(value, list):
            return value
        return [
            {name: self._trimmed(block[name]) for name in block if name in self.words} if type(block) is dict else block
            for block in value
        ]

    def _of_related(self, other: Resource) -> dict[str, Value]:
        read = {name: other.values[name] for name in other.values if name in self.words}
        return read | ({"": sorted(map(str, other.sensitive))} if other.sensitive else {})


def kinds_in(through: Sequence[str], around: Related) -> tuple[str, ...]:
    """Which of the kinds an estimate has indeed read, in the order of its `through`."""
    if not through:
        return ()
    read = [kind for kind, others in around.items() if others and others[0].address in through]
    return tuple(sorted(read, key=lambda kind: through.index(around[kind][0].address)))


def addresses(kinds: Iterable[str], around: Related) -> tuple[str, ...]:
    """The related resources of these kinds, each once."""
    return tuple({other.address: None for kind in kinds for other in around[kind]})


def dependence_of(sheet: Sheet, sheets: Sheets) -> Dependence | None:
    """What the price by `sheet` depends on; None where that cannot be told from the text."""
    attributes: set[str] = set()
    kinds: set[str] = set()
    words: set[str] = set()
    if sheet.model or any(line.through for line in sheet.lines):
        return None
    for part in parts_of(sheet.part, sheet.cloud, sheets):
        for path in sheets.reads(part):
            words.update(step for step in path if isinstance(step, str))
            if path[0] in {"r", "related"} and len(path) == 1:
                return None
            if path[0] == "r":
                attributes.add(str(path[1]))
            elif path[0] == "related":
                kinds.add(str(path[1]))
    return Dependence(tuple(sorted(attributes)), tuple(sorted(kinds)), frozenset(words))


def parts_of(part: Part, cloud: str, sheets: Sheets) -> Iterator[Part]:
    """`part` and the parts it uses."""
    parts, seen = [part], set()
    while parts:
        part = parts.pop()
        seen.add(part.name)
        yield part
        used = (line.use for line in part.lines if line.use and line.use not in seen)
        parts.extend(sheets.part(cloud, name) for name in used)


def read_beside(part: Part, cloud: str, sheets: Sheets) -> frozenset[str] | None:
    """The variables that the lines of `part` read, which it may be given or not; None where they read resources."""
    parts = [*parts_of(part, cloud, sheets)]
    read = frozenset(str(path[0]) for one in parts for path in sheets.reads(one))
    is_of_resources = any(line.through for one in parts for line in one.lines)
    return None if is_of_resources or read & {"r", "related", "given"} else read
