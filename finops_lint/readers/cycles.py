"""Finds resources that depend on each other, by their edges: whole resources are put in order, not attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from finops_lint.model.finding import Level, Problem
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource

_KEYS = regex(r'\[(?:\d+|\*|"(?:[^"\\]|\\.)*")\]')

_SHOWN = 8


def cycle_text(names: Sequence[str]) -> str:
    """The names in a ring, `a → b → a`; a long one is cut."""
    shown = names if len(names) <= _SHOWN else [*names[: _SHOWN - 1], "…"]
    return " → ".join([*shown, names[0]])


def resource_cycles(resources: Sequence[Resource]) -> Iterator[Problem]:
    """One problem for each ring of resources, at the block of its first."""
    blocks: dict[str, Resource] = {}
    edges: dict[str, dict[str, None]] = {}
    for resource in resources:
        here = _without_keys(resource.address)
        blocks.setdefault(here, resource)
        targets = edges.setdefault(here, {})
        for edge in resource.references:
            targets[_without_keys(edge.target)] = None
    for ring in _rings(edges):
        message = f"these depend on each other: {cycle_text(ring)}"
        yield Problem(Level.ERROR, "cycle", message, blocks[ring[0]].span)


def _without_keys(address: str) -> str:
    head, _, rest = address.partition("[")
    if not rest:
        return address
    is_plain = rest[-1] == "]" and rest.count("]") == 1 and "[" not in rest
    return head if is_plain else _KEYS.sub("", address)


def _rings(edges: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Rings among the nodes; no node is in two of them."""
    done: set[str] = set()
    # What leads to no node is on no ring.
    leading = {name: inner for name, targets in edges.items() if (inner := [t for t in targets if t in edges])}
    for start in leading:
        if start in done:
            continue
        path, pending = {start: None}, [iter(leading[start])]
        while pending:
            target = next((t for t in pending[-1] if t in leading and t not in done), None)
            if target is None:
                pending.pop()
                done.add(path.popitem()[0])
            elif target in path:
                ring = list(path)[list(path).index(target) :]
                yield ring
                done.update(ring)
            else:
                path[target] = None
                pending.append(iter(leading[target]))
