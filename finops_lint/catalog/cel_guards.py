"""What takes absence for a fact, and values → what must stand in its place before an expression is run.

What is unknown is left out of what CEL sees, so `has`, `.?`, `in`, `size` and their like would take it for absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from finops_lint.catalog.cel_ast import AtIndex, Number, Replacement, and_failing, failing, or_failing, true
from finops_lint.catalog.cel_reads import ANY, Guard, GuardKind
from finops_lint.model.values import Partial, Path, Unknown, Value, unknowns


def replacements(guards: Iterable[Guard], values: Mapping[str, Value]) -> dict[int, Replacement]:
    """Node → what stands in its place, for those of `guards` whose operands are not wholly known."""
    found: dict[int, Replacement] = {}
    for guard in guards:
        change = _change(guard, values)
        if change is not None:
            found[guard.node] = change
    return found


def _change(guard: Guard, values: Mapping[str, Value]) -> Replacement | None:
    """What must stand in the place of `guard`'s node so that nothing unknown is taken for absent."""
    operands = [v for path in guard.paths for v in _operands(values, path)]
    match guard.kind:
        case GuardKind.PRESENT:
            return failing if any(_may_be_absent(v) for v in operands) else None
        case GuardKind.WHOLE:
            return failing if any(_is_known_in_part(v, deep=True) for v in operands) else None
        case GuardKind.INDEX:
            return _change_of_index(guard.key, operands)
        case GuardKind.MEMBER:
            return _change_of_member(guard, operands)
        case GuardKind.SIZE:
            return _change_of_size(operands)
        case GuardKind.EMPTY:
            return failing if any(_looks_empty(v) for v in operands) else None
        case GuardKind.EXISTS | GuardKind.ALL | GuardKind.FOLD:
            return _change_of_fold(guard, operands)


def _change_of_size(operands: Sequence[Value]) -> Replacement | None:
    """A list of known length has that length, whatever its unknown entries will be."""
    if not any(_is_known_in_part(v, deep=False) for v in operands):
        return None
    lengths = {len(v) if isinstance(v, (list, tuple)) else None for v in operands}
    length = lengths.pop()
    return failing if lengths or length is None else Number(float(length))


def _looks_empty(value: Value) -> bool:
    """Whether nothing is left of `value` once its unknown entries are left out, though it may have some."""
    known = value.known if isinstance(value, Partial) else value
    if not isinstance(known, (Mapping, list, tuple)):
        return False
    entries = known.values() if isinstance(known, Mapping) else known
    may_have_more = isinstance(value, Partial) or any(isinstance(e, Unknown) for e in entries)
    return may_have_more and all(e is None or isinstance(e, Unknown) for e in entries)


def _change_of_fold(guard: Guard, operands: Sequence[Value]) -> Replacement | None:
    if not any(_is_known_in_part(v, deep=False) for v in operands):
        return None
    return {GuardKind.EXISTS: or_failing, GuardKind.ALL: and_failing}.get(guard.kind, failing)


def _change_of_member(guard: Guard, operands: Sequence[Value]) -> Replacement | None:
    if not any(_is_known_in_part(v, deep=False) for v in operands):
        return None
    # A map's literal key is certain even where its value is not; a block's attribute may still turn out to be null.
    is_map = all(len(path) == 2 for path in guard.paths)
    if is_map and guard.key is not None and all(_has_key(v, guard.key) for v in operands):
        return true
    return or_failing


def _has_key(value: Value, key: str | int) -> bool:
    known = value.known if isinstance(value, Partial) else value
    return isinstance(known, Mapping) and str(key) in known


def _may_be_absent(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Partial) and not value.known)


def _is_known_in_part(value: Value, *, deep: bool) -> bool:
    if isinstance(value, Partial):
        return True
    if not isinstance(value, (dict, list, tuple, Mapping)):
        return False  # an Unknown is missing from the data, an error by itself
    entries = value.values() if isinstance(value, Mapping) else value
    return any(isinstance(e, Unknown) or (deep and _is_known_in_part(e, deep=True)) for e in entries)


def _change_of_index(index: str | int | None, operands: Sequence[Value]) -> Replacement | None:
    """The index's place once the unknown entries are left out, an error where that cannot be told."""
    changes = {_moved_index(v, index) for v in operands}
    if len(changes) > 1:
        return failing
    return changes.pop() if changes else None


def _moved_index(value: Value, index: str | int | None) -> Replacement | None:
    entries = value.known if isinstance(value, Partial) else value
    if not isinstance(entries, (list, tuple)) or not any(isinstance(e, Unknown) for e in entries):
        return None
    if isinstance(index, int) and index < 0:  # there is nothing, whatever the list
        return None
    if not isinstance(index, int) or index >= len(entries) or isinstance(entries[index], Unknown):
        return failing
    return AtIndex(index - sum(isinstance(e, Unknown) for e in entries[:index]))


def _operands(values: Value, path: Path) -> Iterable[Value]:
    """As `_expanded`; most paths lead through maps that are wholly known."""
    for place, step in enumerate(path):
        if type(values) is not dict or step == ANY:
            return _expanded(values, path[place:])
        if str(step) not in values:
            return ()
        values = values[str(step)]
    return (values,)


def _expanded(values: Value, path: Path) -> Iterator[Value]:
    """Every value `path` may mean; an `Unknown` where the way there is unknown, nothing where nothing is set."""
    if isinstance(values, Unknown) or not path:
        yield values
        return
    step, rest = path[0], path[1:]
    known = values.known if isinstance(values, Partial) else values
    if step == ANY:
        entries = known.values() if isinstance(known, Mapping) else known if isinstance(known, (list, tuple)) else ()
        for entry in entries:
            yield from _expanded(entry, rest)
    elif isinstance(known, Mapping) and str(step) in known:
        yield from _expanded(known[str(step)], rest)
        return
    elif isinstance(known, (list, tuple)) and isinstance(step, int) and 0 <= step < len(known):
        yield from _expanded(known[step], rest)
        return
    if isinstance(values, Partial):
        yield values.rest


def unknown_among(paths: Iterable[Path], values: Mapping[str, Value]) -> list[Unknown]:
    """Everything unknown that `paths` may mean in `values`, each once."""
    found = dict.fromkeys(
        unknown
        for path in sorted((path for path in paths if path[0] in values), key=str)
        for value in _expanded(values, path)
        for _, unknown in unknowns(value)
    )
    return list(found)
