"""The tree of a regular expression → its matches in a text, within a bound on the time they take.

Matched by Python's `re` where that is certain to be quick; otherwise by a simulation that takes time in proportion to
pattern and text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

from finops_lint.model.records import record
from finops_lint.readers.terraform.functions.pattern_syntax import (
    Alternation,
    Assertion,
    Characters,
    Concatenation,
    Group,
    PatternNode,
    Ranges,
    Repetition,
    parse,
)
from finops_lint.readers.terraform.values import (
    LimitError,
)

_MAX_STATES = 20_000
_MAX_STEPS = 1_000_000
_MAX_MATCHES = 100_000


@record(frozen=True, slots=True)
class Pattern:
    """A pattern that was read."""

    tree: PatternNode
    names: tuple[str, ...]
    """Of the groups in order; empty for those without."""
    fast: re.Pattern[str]
    exponent: int
    """The time `fast` takes grows at most with the text's length to this power; 0 where there is no such bound."""
    program: list[tuple[Any, ...]] = field(default_factory=list)


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """Read a pattern.

    Raises:
        EvaluationError: RE2 would refuse it.
    """
    tree, names = parse(source)
    if _size(tree) > _MAX_STATES:
        raise LimitError("the regular expression is too large to evaluate")
    fast = re.compile(_python(tree), re.DOTALL)
    return Pattern(tree, names, fast, _exponent(tree))


def _size(node: PatternNode) -> int:
    """States the simulation needs."""
    match node:
        case Repetition():
            return (_size(node.inside) + 1) * max(node.least, node.most or 0, 1) + 1
        case Group():
            return _size(node.inside) + 2
        case Concatenation():
            return sum(map(_size, node.parts)) + 1
        case Alternation():
            return sum(map(_size, node.options)) + len(node.options)
        case _:
            return 1


def _exponent(node: PatternNode) -> int:
    """To which power of the text's length Python's matcher takes time; 0 where repetitions are nested."""
    total = _open_repeats(node)
    return 0 if total is None else total + 1


def _open_repeats(node: PatternNode) -> int | None:
    match node:
        case Repetition():
            inside = _open_repeats(node.inside)
            if inside is None or (inside and node.most != 1):
                return None
            many = node.most is None or node.most > 1
            if many and (_can_be_ambiguous(node.inside) or _nullable(node.inside)):
                return None
            return inside + 1 if many else inside
        case Group():
            return _open_repeats(node.inside)
        case Concatenation() | Alternation():
            parts = node.parts if isinstance(node, Concatenation) else node.options
            counts = [_open_repeats(part) for part in parts]
            return None if None in counts else sum(count for count in counts if count is not None)
        case _:
            return 0


def _can_be_ambiguous(node: PatternNode) -> bool:
    """Whether the body of a repetition may match one text in two ways: it has alternatives or optional parts."""
    match node:
        case Alternation():
            return True
        case Repetition():
            return node.least != node.most
        case Group():
            return _can_be_ambiguous(node.inside)
        case Concatenation():
            return any(map(_can_be_ambiguous, node.parts))
        case _:
            return False


# For Python's `re`

_PYTHON_ASSERTIONS = {
    "start": r"\A",
    "end": r"\Z",
    "line start": r"(?:\A|(?<=\n))",
    "line end": r"(?=\n|\Z)",
    "word edge": r"(?:(?<![0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<=[0-9A-Za-z_])(?![0-9A-Za-z_]))",
    "no word edge": r"(?:(?<![0-9A-Za-z_])(?![0-9A-Za-z_])|(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_]))",
}


def _python(node: PatternNode) -> str:
    match node:
        case Characters(ranges=ranges):
            if not ranges:
                return "(?!)"
            return "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges) + "]"
        case Assertion(kind=kind):
            return _PYTHON_ASSERTIONS[kind]
        case Concatenation(parts=parts):
            return "".join(map(_python, parts))
        case Alternation(options=options):
            return "(?:" + "|".join(map(_python, options)) + ")"
        case Group(inside=inside):
            return "(" + _python(inside) + ")"
        case Repetition():
            most = "" if node.most is None else str(node.most)
            return f"(?:{_python(node.inside)}){{{node.least},{most}}}" + ("" if node.greedy else "?")


# The simulation


def _program(pattern: Pattern) -> list[tuple[Any, ...]]:
    if not pattern.program:
        _emit(pattern.tree, pattern.program)
        pattern.program.append(("match",))
    return pattern.program


def _emit(node: PatternNode, program: list[tuple[Any, ...]]) -> None:
    match node:
        case Characters(ranges=ranges):
            program.append(("set", ranges))
        case Assertion(kind=kind):
            program.append(("at", kind))
        case Concatenation(parts=parts):
            for part in parts:
                _emit(part, program)
        case Alternation(options=options):
            _emit_either(options, program)
        case Group():
            program.append(("save", node.index * 2))
            _emit(node.inside, program)
            program.append(("save", node.index * 2 + 1))
        case Repetition():
            _emit_repeat(node, program)


def _emit_either(options: Sequence[PatternNode], program: list[tuple[Any, ...]]) -> None:
    ends = []
    for option in options[:-1]:
        split = len(program)
        program.append(())
        _emit(option, program)
        ends.append(len(program))
        program.append(())
        program[split] = ("split", split + 1, len(program))
    _emit(options[-1], program)
    for end in ends:
        program[end] = ("split", len(program), len(program))


def _emit_repeat(node: Repetition, program: list[tuple[Any, ...]]) -> None:
    """As Go does: `x{2,}` is `xx+`, and `x*` of an x that may match nothing is `(x+)?`."""
    least = max(node.least, 1) if node.most is None else node.least
    outer = len(program)
    optional = node.most is None and node.least == 0
    if optional:
        program.append(())
    start = len(program)
    for _ in range(least):
        start = len(program)
        _emit(node.inside, program)
    if node.most is None:
        back = ("split", outer, outer)
        if not optional or _nullable(node.inside):
            back = _split(start, len(program) + 1, greedy=node.greedy)
        program.append(back)
        if optional:
            program[outer] = _split(start, len(program), greedy=node.greedy)
        return
    splits = []
    for _ in range(node.most - node.least):
        splits.append(len(program))
        program.append(())
        _emit(node.inside, program)
    for split in splits:
        program[split] = _split(split + 1, len(program), greedy=node.greedy)


def _nullable(node: PatternNode) -> bool:
    """Whether the node may match the empty text."""
    match node:
        case Characters():
            return False
        case Assertion():
            return True
        case Group():
            return _nullable(node.inside)
        case Repetition():
            return node.least == 0 or _nullable(node.inside)
        case Concatenation():
            return all(map(_nullable, node.parts))
        case Alternation():
            return any(map(_nullable, node.options))


def _split(inside: int, after: int, *, greedy: bool) -> tuple[str, int, int]:
    return ("split", inside, after) if greedy else ("split", after, inside)


Spans = tuple[int, ...]
"""Start and end of the match and of each group, -1 where a group takes no part."""


def simulate(pattern: Pattern, value: str, start: int = 0, budget: list[int] | None = None) -> Spans | None:
    """The leftmost match from `start` on, by following all ways through the program at once."""
    budget = [_MAX_STEPS] if budget is None else budget
    program = _program(pattern)
    slots = 2 * (len(pattern.names) + 1)
    best: Spans | None = None
    threads: list[tuple[int, Spans]] = []
    for at in range(start, len(value) + 1):
        seen: set[int] = set()
        ready: list[tuple[int, Spans]] = []
        for counter, saved in threads:
            _follow(program, (counter, saved), value, at, seen=seen, ready=ready)
        if best is None:
            fresh = (at, *[-1] * (slots - 1))
            _follow(program, (0, fresh), value, at, seen=seen, ready=ready)
        elif not ready:
            return best
        budget[0] -= len(seen) + 1
        if budget[0] < 0:
            raise LimitError("the regular expression takes too long to evaluate")
        threads = []
        for counter, saved in ready:
            instruction = program[counter]
            if instruction[0] == "match":
                best = (saved[0], at, *saved[2:])
                break
            if at < len(value) and _in(ord(value[at]), instruction[1]):
                threads.append((counter + 1, saved))
    return best


def _in(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _follow(
    program: list[tuple[Any, ...]],
    thread: tuple[int, Spans],
    value: str,
    at: int,
    *,
    seen: set[int],
    ready: list[tuple[int, Spans]],
) -> None:
    """Go on from an instruction without reading a character, in the order of preference."""
    pending = [thread]
    while pending:
        here, spans = pending.pop()
        if here in seen:
            continue
        seen.add(here)
        instruction = program[here]
        if instruction[0] == "split":
            pending.append((instruction[2], spans))
            pending.append((instruction[1], spans))
        elif instruction[0] == "save":
            slot = instruction[1]
            pending.append((here + 1, (*spans[:slot], at, *spans[slot + 1 :])))
        elif instruction[0] == "at":
            if _holds(instruction[1], value, at):
                pending.append((here + 1, spans))
        else:
            ready.append((here, spans))


def _holds(kind: str, value: str, at: int) -> bool:
    match kind:
        case "start":
            return at == 0
        case "end":
            return at == len(value)
        case "line start":
            return at == 0 or value[at - 1] == "\n"
        case "line end":
            return at == len(value) or value[at] == "\n"
        case _:
            edge = _is_word(value, at - 1) != _is_word(value, at)
            return edge == (kind == "word edge")


def _is_word(value: str, at: int) -> bool:
    return 0 <= at < len(value) and value[at].isascii() and (value[at].isalnum() or value[at] == "_")


def find_first(pattern: Pattern, value: str, start: int = 0, budget: list[int] | None = None) -> Spans | None:
    """The first match from `start` on; None where there is none.

    Raises:
        LimitError: it takes more than the steps left in `budget`, which are counted down.
    """
    quick = pattern.exponent and (max(len(value), 10) ** pattern.exponent <= 1_000_000 or pattern.exponent <= 1)
    if not quick and (len(value) > 16 or not pattern.exponent):
        return simulate(pattern, value, start, budget)
    found = pattern.fast.search(value, start)
    if found is None:
        return None
    return tuple(place for group in range(len(pattern.names) + 1) for place in found.span(group))


def find_all(pattern: Pattern, value: str) -> Iterator[Spans]:
    """All matches as Go finds them: an empty one right after another match is none.

    Raises:
        LimitError: there are too many, or they take too long.
    """
    at, last_end, budget, matches = 0, -1, [_MAX_STEPS], 0
    while at <= len(value):
        found = find_first(pattern, value, at, budget)
        if found is None:
            return
        start, end = found[0], found[1]
        matches += 1
        if matches > _MAX_MATCHES:
            raise LimitError("the regular expression matches too often to evaluate")
        if end > start or start != last_end:
            yield found
        last_end = end
        at = end if end > at else at + 1
        if end == start and start >= at:
            at = start + 1
