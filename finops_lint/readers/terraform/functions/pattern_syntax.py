"""The text of a regular expression → its tree, by RE2's grammar: no look-around, no back-references."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.values import (
    EvaluationError,
    LimitError,
)

_MAX_DEPTH = 100
_MAX_REPEAT = 1000
_LAST = 0x10FFFF
_MAX_PATTERN = 4000

Ranges = tuple[tuple[int, int], ...]


@record(frozen=True, slots=True)
class Characters:
    """One character of the ranges."""

    ranges: Ranges


@record(frozen=True, slots=True)
class Assertion:
    r"""A place: `^`, `$`, `\A`, `\z`, `\b`, `\B`, by its meaning."""

    kind: str


@record(frozen=True, slots=True)
class Concatenation:
    """One part after the other."""

    parts: tuple[PatternNode, ...]


@record(frozen=True, slots=True)
class Alternation:
    """One of several, the first that matches before the others."""

    options: tuple[PatternNode, ...]


@record(frozen=True, slots=True)
class Group:
    """A part whose match is kept, by its number from 1."""

    inside: PatternNode
    index: int


@record(frozen=True, slots=True)
class Repetition:
    """A part again and again; without end where `most` is None."""

    inside: PatternNode
    least: int
    most: int | None
    greedy: bool


PatternNode = Characters | Assertion | Concatenation | Alternation | Group | Repetition


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
_NAME = regex(r"[A-Za-z0-9_]+", re.ASCII)
_COUNT = regex(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)


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

    def alternatives(self, depth: int) -> PatternNode:
        if depth > _MAX_DEPTH:
            raise LimitError("the regular expression is nested too deeply")
        options: list[PatternNode] = []
        parts: list[PatternNode] = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "|":
                self.at += 1
                options.append(Concatenation(tuple(parts)))
                parts = []
                continue
            self.term(parts, depth)
        last = Concatenation(tuple(parts))
        return Alternation((*options, last)) if options else last

    def term(self, parts: list[PatternNode], depth: int) -> None:
        character = self.source[self.at]
        if character in "*+?":
            raise self.fail(f"{character!r} has nothing to repeat")
        if character == "{" and _COUNT.match(self.source, self.at):
            raise self.fail("a repetition has nothing to repeat")
        node = self.atom(depth)
        if isinstance(node, Concatenation) and character == "\\":
            # What follows a quoted literal repeats its last character only.
            parts += node.parts[:-1]
            node = node.parts[-1] if node.parts else None
        if node is not None:
            parts.append(self.repeated(node))

    def repeated(self, node: PatternNode) -> PatternNode:
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
            node, seen = Repetition(node, *limits, greedy), True
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

    def atom(self, depth: int) -> PatternNode | None:
        character = self.source[self.at]
        if character == "(":
            return self.group(depth)
        if character == "[":
            return self.character_class()
        if character == "\\":
            return self.escape()
        self.at += 1
        if character == "^":
            return Assertion("line start" if "m" in self.flags else "start")
        if character == "$":
            return Assertion("line end" if "m" in self.flags else "end")
        if character == ".":
            return Characters(((0, _LAST),) if "s" in self.flags else _negated(((10, 10),)))
        return self.literal(ord(character))

    def literal(self, code: int) -> Characters:
        return Characters(self.folded(((code, code),)))

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

    def group(self, depth: int) -> PatternNode | None:
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
        return Group(inside, index) if index else inside

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

    def escape(self) -> PatternNode:
        character = self.source[self.at + 1 : self.at + 2]
        if character == "Q":
            return self.quoted()
        if character in _ASSERTIONS and character:
            self.at += 2
            return Assertion(_ASSERTIONS[character])
        if character == "C":
            raise LimitError(r"\C is not evaluated")
        ranges = self.class_escape()
        if ranges is not None:
            return Characters(self.folded(ranges))
        return self.literal(self.escaped_code())

    def quoted(self) -> PatternNode:
        r"""`\Q…\E`."""
        end = self.source.find("\\E", self.at + 2)
        literal = self.source[self.at + 2 : end if end >= 0 else len(self.source)]
        self.at = len(self.source) if end < 0 else end + 2
        return Concatenation(tuple(self.literal(ord(character)) for character in literal))

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

    def character_class(self) -> Characters:
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
        return Characters(_negated(folded) if negate else folded)

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


def _weight(node: PatternNode) -> int:
    """How often the innermost part of nested counted repetitions may be repeated."""
    if isinstance(node, Repetition):
        times = node.least if node.most is None else node.most
        return max(times, 1) * _weight(node.inside)
    if isinstance(node, Group):
        return _weight(node.inside)
    parts = node.parts if isinstance(node, Concatenation) else node.options if isinstance(node, Alternation) else ()
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


def parse(source: str) -> tuple[PatternNode, tuple[str, ...]]:
    """The tree of a pattern and the names of its groups in order, empty for those without.

    Raises:
        EvaluationError: RE2 would refuse it.
    """
    if len(source) > _MAX_PATTERN:
        raise LimitError("the regular expression is too long to evaluate")
    parser = _Parser(source)
    tree = parser.alternatives(0)
    if parser.at < len(source):
        raise parser.fail("a ) too many")
    return tree, tuple(parser.names)
