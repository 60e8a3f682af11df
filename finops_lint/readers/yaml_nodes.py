"""YAML text to nodes that know their place, one tree a document; a broken document costs the others nothing.

Nothing is constructed but maps with text keys, lists and scalars: tags of the author's own (`!Ref`) are kept by name.
Hostile text is bounded: nesting, and what aliases multiply. Numbers and truth values are those of YAML 1.1 as far as
CloudFormation and Kubernetes read them; timestamps and sexagesimals stay text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from finops_lint.catalog.yaml_text import safe_loader
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.readers.documents import UTF16

DEEPEST = 100
"""Levels of nesting that are read; no file a person wrote has half of it."""
MOST_REPEATED = 200_000
"""Nodes that the aliases of one text may add."""
_MERGE = "<<"
_STANDARD = "tag:yaml.org,2002:"
_NEXT_DOCUMENT = regex(r"^---(?=\s|$)", re.MULTILINE)
_FIRST_OF_SPECIAL = frozenset("-+.0123456789nN~yYtTfFoO")
_WORDS: Mapping[str, Any] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_INTEGER = regex(r"[-+]?(?:0|[1-9][0-9_]*)")
_OTHER_BASE = regex(r"(?P<sign>[-+]?)0(?P<base>[xb]|o?(?=[0-7]))(?P<digits>[0-9a-fA-F_]+)")
_FLOAT = regex(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 40

Scalar: TypeAlias = "str | int | float | bool | None"


@record(frozen=True, slots=True, eq=False)
class Node:
    """One value and where it stands; lines and columns from 1, columns in characters, the end exclusive."""

    value: Any
    """A scalar, a tuple of nodes, or a dict of text keys to nodes; of a key that stands twice, the last."""
    line: int
    column: int
    end_line: int
    end_column: int
    tag: str = ""
    """The author's own tag with its exclamation mark: `!Ref`; empty for plain YAML."""
    text: str = ""
    """A scalar as written, without quotes: an account number keeps its leading zero."""
    keys: Mapping[str, Node] = field(default_factory=dict)
    """Of a map, the keys where they stand."""

    @property
    def is_map(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it has items."""
        return isinstance(self.value, tuple)

    def get(self, *path: str | int) -> Node | None:
        """The node below, by keys and positions; None where there is none."""
        here: Node | None = self
        for step in path:
            value = here.value if here is not None else None
            if isinstance(value, dict) and isinstance(step, str):
                here = value.get(step)
            elif isinstance(value, tuple) and isinstance(step, int) and 0 <= step < len(value):
                here = value[step]
            else:
                return None
        return here

    def span(self, file: str) -> Span:
        """Its place."""
        return Span(file, self.line, self.column, self.end_line, self.end_column)

    def span_of(self, key: str, file: str) -> Span:
        """The place of an entry: from its key to the end of its value; the map's own where there is none."""
        name, value = self.keys.get(key), self.value.get(key) if self.is_map else None
        if name is None or value is None:
            return self.span(file)
        if (value.end_line, value.end_column) < (name.end_line, name.end_column):  # an alias of something above
            return name.span(file)
        return Span(file, name.line, name.column, value.end_line, value.end_column)


@record(frozen=True, slots=True)
class Fault:
    """Why a document cannot be read, and where."""

    message: str
    line: int
    column: int
    hint: str = ""

    def problem(self, file: str, level: Level = Level.ERROR) -> Problem:
        """The same for the user."""
        return Problem(level, "syntax-error", self.message, Span(file, self.line, self.column), self.hint)

    def unrendered(self, file: str) -> Problem:
        """The same of a text that a template language fills in first."""
        message, hint = f"a template, not YAML: {self.message}", "render it, then give the result"
        return Problem(Level.NOTICE, "template", message, Span(file, self.line, self.column), hint)


@record(frozen=True, slots=True)
class Repeated:
    """A key that a map holds twice."""

    key: str
    first: Node
    again: Node

    def problem(self, file: str, level: Level = Level.ERROR) -> Problem:
        """The same for the user."""
        message = f"{self.key} stands here twice: first on line {self.first.line}"
        return Problem(level, "duplicate-key", message, self.again.span(file), "keep one of them")


@record(frozen=True, slots=True)
class Document:
    """One document of a text."""

    root: Node | None
    """None where it is broken."""
    line: int
    """Where it begins, from 1."""
    repeated: tuple[Repeated, ...] = ()
    fault: Fault | None = None


def read_yaml(text: str, *, above: int = 0) -> Iterator[Document]:
    """The documents of `text` in order, empty ones left out; after a broken one it goes on at the next `---`.

    `above` is how many lines stand above the text in its file.
    """
    offset, start = above, 0
    while True:
        reader = _Reader(offset)
        fault = None
        try:
            yield from reader.documents(text[start:] if start else text)
        except _Stop as stop:
            fault = stop.fault
        if fault is None:
            return
        yield Document(None, max(reader.begun, 1), (), fault)
        found = _resume(text, max(fault.line, reader.begun + 1) - above)
        if found is None:
            return
        start, offset = found[0], found[1] + above


def _resume(text: str, line: int) -> tuple[int, int] | None:
    """Offset and number of lines above of the first `---` on `line` (from 1) or below it."""
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if not at:
            return None
    found = _NEXT_DOCUMENT.search(text, at)
    return (found.start(), line - 1 + text.count("\n", at, found.start())) if found else None


class _Stop(Exception):  # noqa: N818 -- it ends a document, and is caught here
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Open:
    """A map or list whose end has not come yet."""

    __slots__ = ("anchor", "before", "event", "items", "keys", "name", "names", "tag")

    def __init__(self, event: Any, tag: str, before: int, names: bool) -> None:
        self.event = event
        self.tag = tag
        self.anchor: str | None = event.anchor
        self.before = before
        """Nodes there were when it began."""
        self.items: Any = {} if names else []
        self.keys: dict[str, Node] = {}
        self.names = names
        """Whether it is a map."""
        self.name: Node | None = None
        """The key whose value comes next."""


class _Reader:
    """Makes trees of libyaml's events: no recursion, and every node is counted."""

    def __init__(self, above: int) -> None:
        self.above = above
        """Lines above the text it is given."""
        self.begun = 0
        """Line of the document being read."""
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Node | None, int]] = {}
        """Anchor → node, None while it is open, and how many nodes it stands for."""
        self.count = 0
        self.added = 0
        self.repeated: list[Repeated] = []
        self.root: Node | None = None

    def documents(self, text: str) -> Iterator[Document]:
        """Every document up to the first fault. Raises: _Stop."""
        import yaml

        steps: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: lambda event: self.begin(event, names=True),
            yaml.SequenceStartEvent: lambda event: self.begin(event, names=False),
            yaml.MappingEndEvent: self.end,
            yaml.SequenceEndEvent: self.end,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.begin_document,
        }
        try:
            for event in yaml.parse(text, Loader=safe_loader()):
                kind = type(event)
                step = steps.get(kind)
                if step is not None:
                    step(event)
                elif kind is yaml.DocumentEndEvent and self.root is not None and not is_empty(self.root):
                    yield Document(self.root, self.begun, tuple(self.repeated))
        except yaml.YAMLError as error:
            raise _Stop(self.explained(error)) from None

    def begin_document(self, event: Any) -> None:
        self.begun = self.above + event.start_mark.line + 1
        self.anchors, self.repeated, self.root, self.open = {}, [], None, []
        self.count = 0

    def scalar(self, event: Any) -> None:
        text, tag = event.value, event.tag
        start, end = event.start_mark, event.end_mark
        if tag is None or tag == "!":
            value, tag = (plain_value(text) if event.implicit[0] and tag is None else text), ""
        elif tag.startswith(_STANDARD):
            value, tag = (text if tag.endswith(":str") else plain_value(text)), ""
        else:
            value = text
        above = self.above + 1
        node = Node(value, start.line + above, start.column + 1, end.line + above, end.column + 1, tag, text)
        self.count += 1
        if event.anchor:
            self.anchors[event.anchor] = (node, 1)
        self.put(node)

    def begin(self, event: Any, *, names: bool) -> None:
        if len(self.open) >= DEEPEST:
            raise self.fault(event, f"nested more than {DEEPEST} levels deep: not read")
        tag = event.tag or ""
        self.open.append(_Open(event, "" if tag.startswith(_STANDARD) or tag == "!" else tag, self.count, names))
        if event.anchor:
            self.anchors[event.anchor] = (None, 0)
        self.count += 1

    def end(self, event: Any) -> None:
        done = self.open.pop()
        start, end = done.event.start_mark, event.end_mark
        above = self.above + 1
        value: Any = done.items if done.names else tuple(done.items)
        line, column = end.line + above, end.column + 1
        if value and not done.event.flow_style:
            # Where a block ends is only seen at what follows it.
            last = next(reversed(value.values())) if done.names else value[-1]
            line, column = last.end_line, last.end_column
        node = Node(value, start.line + above, start.column + 1, line, column, done.tag, keys=done.keys)
        if done.anchor:
            self.anchors[done.anchor] = (node, self.count - done.before)
        self.put(node)

    def alias(self, event: Any) -> None:
        node, size = self.anchors.get(event.anchor, (None, 0))
        if event.anchor not in self.anchors:
            raise self.fault(event, f"*{event.anchor} names no anchor above it")
        if node is None:
            raise self.fault(event, f"*{event.anchor} stands inside of what it names")
        self.count += size
        self.added += size
        if self.added > MOST_REPEATED:
            raise self.fault(event, f"its aliases repeat more than {MOST_REPEATED:,} values: not read")
        self.put(node)

    def put(self, node: Node) -> None:
        """Hand a finished node to what is around it."""
        if not self.open:
            self.root = node
            return
        around = self.open[-1]
        if not around.names:
            around.items.append(node)
        elif around.name is None:
            around.name = node
        else:
            self.entry(around, around.name, node)
            around.name = None

    def entry(self, around: _Open, name: Node, node: Node) -> None:
        key = name.text if not isinstance(name.value, (dict, tuple)) else "?"
        if key == _MERGE and not name.tag:
            merge(around.items, around.keys, node)
            return
        if key in around.keys and around.keys[key].value is not _MERGED:
            self.repeated.append(Repeated(key, around.keys[key], name))
        around.items[key] = node
        around.keys[key] = name

    def fault(self, event: Any, message: str) -> _Stop:
        mark = event.start_mark
        return _Stop(Fault(message, self.above + mark.line + 1, mark.column + 1))

    def explained(self, error: Any) -> Fault:
        """Libyaml's complaint in words that help; those for what people do most are our own."""
        problem = str(getattr(error, "problem", None) or error).split("\n")[0]
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (self.above + mark.line + 1, mark.column + 1) if mark else (max(self.begun, 1), 1)
        for words, message, hint in _EXPLANATIONS:
            if words in problem:
                return Fault(message, line, column, hint)
        context = getattr(error, "context", None)
        around = getattr(error, "context_mark", None)
        if context and around:
            problem += f" {context} that begins on line {self.above + around.line + 1}"
        return Fault(problem, line, column)


_MERGED = object()
"""Value of a key that a merge brought: one written beside it wins, and is no repetition."""
_EXPLANATIONS = (
    ("cannot start any token", "a character that YAML does not allow here, such as a tab", "indent with spaces"),
    ("mapping values are not allowed", "a second `: ` on this line, or a line indented too far", "quote the text"),
    ("control characters are not allowed", "a control character, which YAML does not allow", ""),
)


def is_empty(node: Node) -> bool:
    """Whether nothing is written there."""
    return node.value is None and not node.text


def merge(items: dict[str, Node], keys: dict[str, Node], source: Node) -> None:
    """Take over what `<<: *anchor` (or a list of them) brings; what is written in the map itself wins."""
    for entry in source.value if source.is_list else (source,):
        if entry.is_map:
            for key, node in entry.value.items():
                if key not in items:
                    items[key] = node
                    at = entry.keys[key]
                    keys[key] = Node(_MERGED, at.line, at.column, at.end_line, at.end_column, text=key)


def plain_value(text: str) -> Scalar:
    """What a plain scalar means: null, a truth value, a number, otherwise the text."""
    if text and text[0] not in _FIRST_OF_SPECIAL:
        return text
    if text in _WORDS:
        word: Scalar = _WORDS[text]
        return word
    if len(text) > _LONGEST_NUMBER or text[0] in "nNyYtTfFoO":
        return text
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    other = _OTHER_BASE.fullmatch(text)
    if other is not None:
        return _in_base(text, other)
    return float(text.replace("_", "")) if _FLOAT.fullmatch(text) else text


def _in_base(text: str, found: re.Match[str]) -> Scalar:
    base = {"x": 16, "b": 2}.get(found["base"], 8)
    try:
        number = int(found["digits"].replace("_", ""), base)
    except ValueError:
        return text
    return -number if found["sign"] == "-" else number


def plain(node: Node) -> Any:
    """The values alone, tags and places left out: dicts, lists, scalars."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, tuple) else value


def decoded(data: bytes) -> str | Fault:
    """The bytes of a file as text: UTF-8, or UTF-16 with its mark."""
    try:
        return data.decode("utf-16") if data.startswith(UTF16) else data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault("a character that is not UTF-8", line, 1, "save the file as UTF-8")
