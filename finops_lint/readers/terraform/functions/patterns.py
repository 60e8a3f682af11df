"""Regular expressions as Go's RE2 reads and matches them, with a bound on the time they take.

A pattern is parsed by RE2's grammar (no look-around, no back-references) and matched by Python's `re` where that is
certain to be quick; otherwise by a simulation that takes time in proportion to pattern and text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

from finops_lint.model.records import record
from finops_lint.readers.terraform.types import ANY, STRING, ListOf, ObjectOf, TupleOf, Type
from finops_lint.readers.terraform.values import (
    MAX_TEXT,
    EvaluationError,
    LimitError,
    TerraformList,
    Unk,
    Value,
    text,
)

_MAX_PATTERN = 4000
_MAX_DEPTH = 100
_MAX_REPEAT = 1000
_MAX_STATES = 20_000
_MAX_STEPS = 1_000_000
_MAX_MATCHES = 100_000
_LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


# The tree of a pattern


@record(frozen=True, slots=True)
class _Set:
    """One character of the ranges."""

    ranges: Ranges


@record(frozen=True, slots=True)
class _Assertion:
    r"""A place: `^`, `$`, `\A`, `\z`, `\b`, `\B`, by its meaning."""

    kind: str


@record(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@record(frozen=True, slots=True)
class _Either:
    options: tuple[_Node, ...]


@record(frozen=True, slots=True)
class _Group:
    inside: _Node
    index: int


@record(frozen=True, slots=True)
class _Repeat:
    inside: _Node
    least: int
    most: int | None
    greedy: bool


_Node = _Set | _Assertion | _Sequence | _Either | _Group | _Repeat


@record(frozen=True, slots=True)
class Pattern:
    """A pattern that was read."""

    tree: _Node
    names: tuple[str, ...]
    """Of the groups in order; empty for those without."""
    fast: re.Pattern[str]
    exponent: int
    """The time `fast` takes grows at most with the text's length to this power; 0 where there is no such bound."""
    program: list[tuple[Any, ...]] = field(default_factory=list)


# Reading

_PERL = {
    "d": ((48, 57),),
    "s": ((9, 10), (12, 13), (32, 32)),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
}
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": ((48, 57),),
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _PERL["w"],
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NAME = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)


def _negated(ranges: Ranges) -> Ranges:
    left, result = 0, []
    for low, high in _merged(ranges):
        if low > left:
            result.append((left, low - 1))
        left = max(left, high + 1)
    return (*result, (left, _LAST)) if left <= _LAST else tuple(result)


def _merged(ranges: Sequence[tuple[int, int]]) -> Ranges:
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], high))
        else:
            result.append((low, high))
    return tuple(result)


class _Parser:
    """Reads RE2's syntax."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.flags: frozenset[str] = frozenset()
        self.names: list[str] = []

    def fail(self, message: str) -> EvaluationError:
        return EvaluationError(f"the pattern is not a regular expression: {message}")

    def alternatives(self, depth: int) -> _Node:
        if depth > _MAX_DEPTH:
            raise LimitError("the regular expression is nested too deeply")
        options: list[_Node] = []
        parts: list[_Node] = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "|":
                self.at += 1
                options.append(_Sequence(tuple(parts)))
                parts = []
                continue
            self.term(parts, depth)
        last = _Sequence(tuple(parts))
        return _Either((*options, last)) if options else last

    def term(self, parts: list[_Node], depth: int) -> None:
        character = self.source[self.at]
        if character in "*+?":
            raise self.fail(f"{character!r} has nothing to repeat")
        if character == "{" and _COUNT.match(self.source, self.at):
            raise self.fail("a repetition has nothing to repeat")
        node = self.atom(depth)
        if isinstance(node, _Sequence) and character == "\\":
            # What follows a quoted literal repeats its last character only.
            parts += node.parts[:-1]
            node = node.parts[-1] if node.parts else None
        if node is not None:
            parts.append(self.repeated(node))

    def repeated(self, node: _Node) -> _Node:
        seen = False
        while self.at < len(self.source):
            limits = self.limits()
            if limits is None:
                return node
            if seen:
                raise self.fail("a repetition of a repetition")
            greedy = not self.source.startswith("?", self.at)
            self.at += not greedy
            greedy = greedy != ("U" in self.flags)
            node, seen = _Repeat(node, *limits, greedy), True
            if _weight(node) > _MAX_REPEAT:
                raise self.fail(f"more than {_MAX_REPEAT} repetitions")
        return node

    def limits(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.source[self.at])
        if simple is not None:
            self.at += 1
            return simple
        found = _COUNT.match(self.source, self.at)
        if found is None:
            return None
        least = int(found[1][:6])
        most = least if not found[2] else int(found[3][:6]) if found[3] else None
        if least > _MAX_REPEAT or (most is not None and (most > _MAX_REPEAT or most < least)):
            raise self.fail(f"{found[0]} is out of range")
        if (len(found[1]) > 1 and found[1][0] == "0") or (found[3] and len(found[3]) > 1 and found[3][0] == "0"):
            return None
        self.at = found.end()
        return least, most

    def atom(self, depth: int) -> _Node | None:
        character = self.source[self.at]
        if character == "(":
            return self.group(depth)
        if character == "[":
            return self.character_class()
        if character == "\\":
            return self.escape()
        self.at += 1
        if character == "^":
            return _Assertion("line start" if "m" in self.flags else "start")
        if character == "$":
            return _Assertion("line end" if "m" in self.flags else "end")
        if character == ".":
            return _Set(((0, _LAST),) if "s" in self.flags else _negated(((10, 10),)))
        return self.literal(ord(character))

    def literal(self, code: int) -> _Set:
        return _Set(self.folded(((code, code),)))

    def folded(self, ranges: Ranges) -> Ranges:
        """With both cases where the pattern ignores case."""
        if "i" not in self.flags:
            return ranges
        more = list(ranges)
        for low, high in ranges:
            if high - low > 5000:
                continue
            for code in range(low, high + 1):
                more += [(ord(other), ord(other)) for other in _cases(chr(code))]
        return _merged(more)

    def group(self, depth: int) -> _Node | None:
        self.at += 1
        before = self.flags
        index = 0
        if not self.source.startswith("?", self.at):
            self.names.append("")
            index = len(self.names)
        elif self.source.startswith(("?P<", "?<"), self.at):
            index = self.named()
        else:
            flags = self.flag_changes()
            if self.source[self.at - 1] == ")":
                self.flags = flags
                return None
            self.flags = flags
        inside = self.alternatives(depth + 1)
        if not self.source.startswith(")", self.at):
            raise self.fail("a ) is missing")
        self.at += 1
        self.flags = before
        return _Group(inside, index) if index else inside

    def named(self) -> int:
        start = self.source.index("<", self.at) + 1
        found = _NAME.match(self.source, start)
        if found is None or not self.source.startswith(">", found.end()):
            raise self.fail("the name of a group is wrong")
        self.names.append(found[0])
        self.at = found.end() + 1
        return len(self.names)

    def flag_changes(self) -> frozenset[str]:
        """Reads `?i-s:` or `?i)`; the closing character too."""
        flags, on, changed = set(self.flags), True, False
        self.at += 1
        while self.at < len(self.source):
            character = self.source[self.at]
            self.at += 1
            if character in "imsU":
                (flags.add if on else flags.discard)(character)
                changed = True
            elif character == "-" and on:
                on, changed = False, False
            elif character in ":)" and (on or changed):
                return frozenset(flags)
            else:
                break
        raise self.fail("(? begins something RE2 does not have")

    def escape(self) -> _Node:
        character = self.source[self.at + 1 : self.at + 2]
        if character == "Q":
            return self.quoted()
        if character in _ASSERTIONS and character:
            self.at += 2
            return _Assertion(_ASSERTIONS[character])
        if character == "C":
            raise LimitError(r"\C is not evaluated")
        ranges = self.class_escape()
        if ranges is not None:
            return _Set(self.folded(ranges))
        return self.literal(self.escaped_code())

    def quoted(self) -> _Node:
        r"""`\Q…\E`."""
        end = self.source.find("\\E", self.at + 2)
        literal = self.source[self.at + 2 : end if end >= 0 else len(self.source)]
        self.at = len(self.source) if end < 0 else end + 2
        return _Sequence(tuple(self.literal(ord(character)) for character in literal))

    def class_escape(self) -> Ranges | None:
        r"""`\d`, `\W`, `\pL` …, or None where something else stands."""
        character = self.source[self.at + 1 : self.at + 2]
        if character and character in "dswDSW":
            self.at += 2
            ranges = _PERL[character.lower()]
            return _negated(ranges) if character.isupper() else ranges
        if character and character in "pP":
            return self.unicode_class(negate=character == "P")
        return None

    def unicode_class(self, *, negate: bool) -> Ranges:
        self.at += 2
        if self.source.startswith("{", self.at):
            end = self.source.find("}", self.at)
            if end < 0:
                raise self.fail("a } is missing")
            name = self.source[self.at + 1 : end]
            self.at = end + 1
        else:
            name = self.source[self.at : self.at + 1]
            self.at += 1
        if name.startswith("^"):
            negate, name = not negate, name[1:]
        ranges = _category(name)
        return _negated(ranges) if negate else ranges

    def escaped_code(self) -> int:
        if self.at + 1 >= len(self.source):
            raise self.fail("a backslash stands at the end")
        character = self.source[self.at + 1]
        self.at += 2
        if character in "1234567":
            # Octal only with a second digit: \1 alone would be a back-reference.
            if not re.match("[0-7]", self.source[self.at : self.at + 1]):
                raise self.fail(f"RE2 has no \\{character}")
            return self.octal(character)
        if character == "0":
            return self.octal(character)
        if character == "x":
            return self.hexadecimal()
        if character in _ESCAPES:
            return ord(_ESCAPES[character])
        if not character.isascii() or character.isalnum() or character == "_":
            raise self.fail(f"RE2 has no \\{character}")
        return ord(character)

    def octal(self, digits: str) -> int:
        while len(digits) < 3 and re.match("[0-7]", self.source[self.at : self.at + 1]):
            digits += self.source[self.at]
            self.at += 1
        return int(digits, 8)

    def hexadecimal(self) -> int:
        found = re.compile(r"([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\}").match(self.source, self.at)
        if found is None or int(found[1] or found[2], 16) > _LAST:
            raise self.fail("the digits after \\x are wrong")
        self.at = found.end()
        return int(found[1] or found[2], 16)

    def character_class(self) -> _Set:
        self.at += 1
        negate = self.source.startswith("^", self.at)
        self.at += negate
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.source.startswith("]", self.at):
            if self.at >= len(self.source):
                raise self.fail("a ] is missing")
            first = False
            ranges += self.class_item()
        self.at += 1
        folded = self.folded(_merged(ranges))
        return _Set(_negated(folded) if negate else folded)

    def class_item(self) -> Ranges:
        posix = re.compile(r"\[:(\^?)(\w+):\]", re.ASCII).match(self.source, self.at)
        if posix is not None:
            if posix[2] not in _POSIX:
                raise self.fail(f"there is no class {posix[0]}")
            self.at = posix.end()
            return _negated(_POSIX[posix[2]]) if posix[1] else _POSIX[posix[2]]
        if self.source[self.at] == "\\":
            ranges = self.class_escape()
            if ranges is not None:
                return ranges
        low = self.class_code()
        if self.source.startswith("-", self.at) and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            high = self.class_code()
            if high < low:
                raise self.fail("a range in [] is upside down")
            return ((low, high),)
        return ((low, low),)

    def class_code(self) -> int:
        if self.source[self.at] == "\\":
            return self.escaped_code()
        self.at += 1
        return ord(self.source[self.at - 1])


_ASSERTIONS = {"A": "start", "z": "end", "b": "word edge", "B": "no word edge"}


def _weight(node: _Node) -> int:
    """How often the innermost part of nested counted repetitions may be repeated."""
    if isinstance(node, _Repeat):
        times = node.least if node.most is None else node.most
        return max(times, 1) * _weight(node.inside)
    if isinstance(node, _Group):
        return _weight(node.inside)
    parts = node.parts if isinstance(node, _Sequence) else node.options if isinstance(node, _Either) else ()
    return max(map(_weight, parts), default=1)


def _cases(character: str) -> set[str]:
    found = {character.lower(), character.upper()}
    if character in "kK\u212a":
        found |= set("kK\u212a")
    if character in "sS\u017f":
        found |= set("sS\u017f")
    return {other for other in found if len(other) == 1}


@lru_cache(maxsize=64)
def _category(name: str) -> Ranges:
    if name == "Any":
        return ((0, _LAST),)
    known = {"C", "L", "M", "N", "P", "S", "Z"}
    if name not in known and not (len(name) == 2 and name[0] in known and name[1].islower()):
        if name in ("Latin", "Greek", "Cyrillic", "Han", "Hebrew", "Arabic", "Hiragana", "Katakana", "Thai", "Hangul"):
            raise LimitError("scripts in regular expressions are not evaluated")
        raise EvaluationError(f"the pattern is not a regular expression: there is no class {name!r}")
    codes = [code for code in range(0x30000) if unicodedata.category(chr(code)).startswith(name)]
    ranges: list[tuple[int, int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return tuple(ranges)


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """Read a pattern.

    Raises:
        EvaluationError: RE2 would refuse it.
    """
    if len(source) > _MAX_PATTERN:
        raise LimitError("the regular expression is too long to evaluate")
    parser = _Parser(source)
    tree = parser.alternatives(0)
    if parser.at < len(source):
        raise parser.fail("a ) too many")
    if _size(tree) > _MAX_STATES:
        raise LimitError("the regular expression is too large to evaluate")
    fast = re.compile(_python(tree), re.DOTALL)
    return Pattern(tree, tuple(parser.names), fast, _exponent(tree))


def _size(node: _Node) -> int:
    """States the simulation needs."""
    match node:
        case _Repeat():
            return (_size(node.inside) + 1) * max(node.least, node.most or 0, 1) + 1
        case _Group():
            return _size(node.inside) + 2
        case _Sequence():
            return sum(map(_size, node.parts)) + 1
        case _Either():
            return sum(map(_size, node.options)) + len(node.options)
        case _:
            return 1


def _exponent(node: _Node) -> int:
    """To which power of the text's length Python's matcher takes time; 0 where repetitions are nested."""
    total = _open_repeats(node)
    return 0 if total is None else total + 1


def _open_repeats(node: _Node) -> int | None:
    match node:
        case _Repeat():
            inside = _open_repeats(node.inside)
            if inside is None or (inside and node.most != 1):
                return None
            many = node.most is None or node.most > 1
            if many and (_can_be_ambiguous(node.inside) or _nullable(node.inside)):
                return None
            return inside + 1 if many else inside
        case _Group():
            return _open_repeats(node.inside)
        case _Sequence() | _Either():
            parts = node.parts if isinstance(node, _Sequence) else node.options
            counts = [_open_repeats(part) for part in parts]
            return None if None in counts else sum(count for count in counts if count is not None)
        case _:
            return 0


def _can_be_ambiguous(node: _Node) -> bool:
    """Whether the body of a repetition may match one text in two ways: it has alternatives or optional parts."""
    match node:
        case _Either():
            return True
        case _Repeat():
            return node.least != node.most
        case _Group():
            return _can_be_ambiguous(node.inside)
        case _Sequence():
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


def _python(node: _Node) -> str:
    match node:
        case _Set(ranges=ranges):
            if not ranges:
                return "(?!)"
            return "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges) + "]"
        case _Assertion(kind=kind):
            return _PYTHON_ASSERTIONS[kind]
        case _Sequence(parts=parts):
            return "".join(map(_python, parts))
        case _Either(options=options):
            return "(?:" + "|".join(map(_python, options)) + ")"
        case _Group(inside=inside):
            return "(" + _python(inside) + ")"
        case _Repeat():
            most = "" if node.most is None else str(node.most)
            return f"(?:{_python(node.inside)}){{{node.least},{most}}}" + ("" if node.greedy else "?")


# The simulation


def _program(pattern: Pattern) -> list[tuple[Any, ...]]:
    if not pattern.program:
        _emit(pattern.tree, pattern.program)
        pattern.program.append(("match",))
    return pattern.program


def _emit(node: _Node, program: list[tuple[Any, ...]]) -> None:
    match node:
        case _Set(ranges=ranges):
            program.append(("set", ranges))
        case _Assertion(kind=kind):
            program.append(("at", kind))
        case _Sequence(parts=parts):
            for part in parts:
                _emit(part, program)
        case _Either(options=options):
            _emit_either(options, program)
        case _Group():
            program.append(("save", node.index * 2))
            _emit(node.inside, program)
            program.append(("save", node.index * 2 + 1))
        case _Repeat():
            _emit_repeat(node, program)


def _emit_either(options: Sequence[_Node], program: list[tuple[Any, ...]]) -> None:
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


def _emit_repeat(node: _Repeat, program: list[tuple[Any, ...]]) -> None:
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


def _nullable(node: _Node) -> bool:
    """Whether the node may match the empty text."""
    match node:
        case _Set():
            return False
        case _Assertion():
            return True
        case _Group():
            return _nullable(node.inside)
        case _Repeat():
            return node.least == 0 or _nullable(node.inside)
        case _Sequence():
            return all(map(_nullable, node.parts))
        case _Either():
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


# Matching


def _find(pattern: Pattern, value: str, start: int, budget: list[int]) -> Spans | None:
    quick = pattern.exponent and (max(len(value), 10) ** pattern.exponent <= 1_000_000 or pattern.exponent <= 1)
    if not quick and (len(value) > 16 or not pattern.exponent):
        return simulate(pattern, value, start, budget)
    found = pattern.fast.search(value, start)
    if found is None:
        return None
    return tuple(place for group in range(len(pattern.names) + 1) for place in found.span(group))


def _find_all(pattern: Pattern, value: str) -> Iterator[Spans]:
    """All matches as Go finds them: an empty one right after another match is none."""
    at, last_end, budget, matches = 0, -1, [_MAX_STEPS], 0
    while at <= len(value):
        found = _find(pattern, value, at, budget)
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


def _result(pattern: Pattern, value: str, spans: Spans) -> Value:
    if not pattern.names:
        return text(value[spans[0] : spans[1]])
    groups = [None if spans[at] < 0 else text(value[spans[at] : spans[at + 1]]) for at in range(2, len(spans), 2)]
    if pattern.names[0]:
        last = dict(zip(pattern.names, groups, strict=True))
        return {name: last[name] for name in sorted(last)}
    return tuple(groups)


def _type(source: str) -> Type:
    names = compile_pattern(source).names
    if not names:
        return STRING
    if all(names):
        return ObjectOf(dict.fromkeys(sorted(names), STRING))
    if any(names):
        raise EvaluationError("the pattern has groups with a name and groups without")
    return TupleOf((STRING,) * len(names))


def result_type(pattern: Value, value: Value) -> Type:
    """The type `regex` gives for a pattern."""
    return ANY if isinstance(pattern, Unk) else _type(pattern)


def list_type(pattern: Value, value: Value) -> Type:
    """The type `regexall` gives for a pattern."""
    return ListOf(ANY) if isinstance(pattern, Unk) else ListOf(_type(pattern))


def first(source: str, value: str) -> Value:
    """What `regex` gives.

    Raises:
        EvaluationError: nothing matches.
    """
    pattern = compile_pattern(source)
    found = _find(pattern, value, 0, [_MAX_STEPS])
    if found is None:
        raise EvaluationError("regex(): the pattern matches no part of the string")
    return _result(pattern, value, found)


def every(source: str, value: str) -> TerraformList:
    """What `regexall` gives."""
    pattern = compile_pattern(source)
    return TerraformList([_result(pattern, value, spans) for spans in _find_all(pattern, value)], _type(source))


_TEMPLATE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")


def substitute(source: str, value: str, replacement: str) -> str:
    """`value` with all matches replaced by a template with `$1`, `${name}` and `$$`."""
    pattern = compile_pattern(source)
    pieces: list[str] = []
    at = size = 0
    for spans in _find_all(pattern, value):
        pieces.append(value[at : spans[0]])
        pieces.append(_TEMPLATE.sub(lambda found, spans=spans: _expand(found, pattern, value, spans), replacement))  # type: ignore[misc]
        size += len(pieces[-1]) + len(pieces[-2])
        if size > MAX_TEXT:
            raise LimitError("the text is too long to evaluate")
        at = spans[1]
    return "".join(pieces) + value[at:]


def _expand(found: re.Match[str], pattern: Pattern, value: str, spans: Spans) -> str:
    name = found[1] or found[2]
    if name is None:
        return "$"
    if name.isascii() and name.isdigit():
        group = int(name[:9]) if name == "0" or not name.startswith("0") else -1
    else:
        named = [at for at, other in enumerate(pattern.names, 1) if other == name and spans[2 * at] >= 0]
        group = named[0] if named else -1
    if not 0 <= group <= len(pattern.names) or spans[2 * group] < 0:
        return ""
    return value[spans[2 * group] : spans[2 * group + 1]]
