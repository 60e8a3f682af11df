"""The lines most Terraform files are made of to their nodes, by one match each; all else by the grammar, item by item.

The tokens of lines such as `name = "text"` took half the time of reading a file. What is wrong with a file is not told
here: whoever asks reads it again by the grammar alone, which knows where and why.
"""

from __future__ import annotations

import re

from finops_lint.model.regexes import regex
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse_bodies import BodyReader
from finops_lint.readers.terraform.parse_expressions import CONSTANTS, MAX_CHAIN, Parser, number
from finops_lint.readers.terraform.parse_tokens import END, NEWLINE, HclError, tokenize_line
from finops_lint.readers.terraform.syntax import (
    Attribute,
    Block,
    Body,
    Expression,
    GetAttr,
    Literal,
    Name,
    TupleExpression,
)

_DEEPEST = 20
"""Blocks inside one another; the grammar counts how deep files go that are deeper."""
_WORD = r"[A-Za-z_][A-Za-z0-9_-]*+"
_TEXT = r'"[^"\\$%\r\n\x80-\xff]*+"'
_LINE_END = r"[ \t]*+(?:\r?\n|(?:\#|//)[^\n]*+(?:\n|\Z)|\Z)"
_NO_CODE = r"\r?\n|(?:\#|//)[^\n]*+(?:\n|\Z)|/\*(?:[^*]++|\*(?!/))*+\*/[ \t]*+\r?\n"
_NOTHING = rf"[ \t]*+(?:(?=[\#/\r\n])(?:{_NO_CODE})[ \t]*+)*+"
_BLANK = regex(_NOTHING)
_LINE = regex(
    rf"""{_NOTHING}(?:
      ({_WORD})[ \t]*+=[ \t]*+(?:(?:({_TEXT})|({_WORD}(?:\.{_WORD})*+)|([0-9]++)){_LINE_END}())?+
    | ({_WORD})((?:[ \t]++{_TEXT})*+)[ \t]*+\{{(\}}?+){_LINE_END}
    | (\}}){_LINE_END}
    | (\Z)
    )""",
    re.VERBOSE,
)
_LIST = regex(
    rf"""(\[[ \t]*+(?!for\b)((?:
      (?:{_TEXT}|{_WORD}(?:\.{_WORD})*+|[0-9]++)[ \t]*+(?:,[ \t]*+|(?=\]))
    )*+)\]){_LINE_END}""",
    re.VERBOSE,
)
"""`["text", a.reference, 1]` on one line."""
_LIST_GROUP, _ITEMS_GROUP = 1, 2
_ITEM = regex(rf"({_TEXT})|({_WORD}(?:\.{_WORD})*+)|([0-9]++)")
_NAME_GROUP, _TEXT_GROUP, _WORDS_GROUP, _NUMBER_GROUP, _ARGUMENT_GROUP = 1, 2, 3, 4, 5
_TYPE_GROUP, _LABELS_GROUP, _HEAD_GROUP, _CLOSER_GROUP, _END_GROUP = 6, 7, 8, 9, 10


def read_lines(source: SourceText, text: str, at: int) -> Body | None:
    """The body of a file from offset `at`; None where something is wrong with it."""
    try:
        return _LineReader(source, text).read(at)
    except HclError:
        return None


class _LineReader:
    """The body that is being read, and those around it."""

    __slots__ = ("attributes", "blocks", "opened", "source", "text")

    def __init__(self, source: SourceText, text: str) -> None:
        self.source, self.text = source, text
        self.attributes: dict[str, Attribute] = {}
        self.blocks: list[Block] = []
        self.opened: list[tuple[re.Match[str], dict[str, Attribute], list[Block]]] = []
        """The heads of the blocks that are open, each with what stood before it."""

    def read(self, at: int) -> Body:
        """Everything up to the end of the text."""
        text, match = self.text, _LINE.match
        while True:
            found = match(text, at)
            group = found.lastindex if found is not None else None
            if found is None or group is None:
                at = self.item(at)
                continue
            at = found.end()
            if group == _ARGUMENT_GROUP:
                self.argument(found)
            elif group == _HEAD_GROUP:
                self.open(found)
            elif group == _CLOSER_GROUP:
                self.close(found.end(_CLOSER_GROUP))
            elif group == _END_GROUP:
                break
            else:
                at = self.computed(found)
        if self.opened:
            raise HclError("a block is never closed", at, at)
        return Body(self.attributes, tuple(self.blocks), self.source, 0, len(text))

    def argument(self, found: re.Match[str]) -> None:
        """`name = "text"`, or a number, constant or plain reference."""
        name, quoted, words, digits = found.group(_NAME_GROUP, _TEXT_GROUP, _WORDS_GROUP, _NUMBER_GROUP)
        value: Expression
        if quoted is not None:
            value = Literal(quoted[1:-1], *found.span(_TEXT_GROUP))
        elif words is not None:
            value = _reference(words, found.start(_WORDS_GROUP))
        else:
            value = Literal(number(digits), *found.span(_NUMBER_GROUP))
        start = found.start(_NAME_GROUP)
        if name in self.attributes:
            raise _twice(name, start)
        self.attributes[name] = Attribute(name, value, self.source, start, value.end)

    def computed(self, found: re.Match[str]) -> int:
        """`name =` and any other expression, which begins where the match ends; where its line ends."""
        name, start = found.group(_NAME_GROUP), found.start(_NAME_GROUP)
        listed = _LIST.match(self.text, found.end())
        if listed is not None:
            items = tuple([_item(item) for item in _ITEM.finditer(self.text, *listed.span(_ITEMS_GROUP))])
            self.set(name, TupleExpression(items, *listed.span(_LIST_GROUP)), start, listed.end(_LIST_GROUP))
            return listed.end()
        depth = len(self.opened)
        parser = Parser(self.text, tokenize_line(self.text, found.end(), depth))
        parser.depth = depth
        value = parser.expression()
        if parser.kinds[parser.at] not in (NEWLINE, END):
            raise parser.unexpected("expected a new line after this argument")
        self.set(name, value, start, parser.ends[parser.at - 1])
        return parser.ends[parser.at]

    def set(self, name: str, value: Expression, start: int, end: int) -> None:
        """Note an argument, which ends with its value unless a parenthesis does."""
        if name in self.attributes:
            raise _twice(name, start)
        self.attributes[name] = Attribute(name, value, self.source, start, end)

    def item(self, at: int) -> int:
        """An argument or block that is written in another way; where its line ends."""
        blank = _BLANK.match(self.text, at)
        tokens = tokenize_line(self.text, blank.end() if blank is not None else at, len(self.opened))
        end = tokens.ends[-1]
        tokens.add(END, end, end)
        reader = BodyReader(self.source, self.text, tokens)
        reader.depth = len(self.opened)
        reader.items(self.attributes, self.blocks, END)
        return end

    def open(self, found: re.Match[str]) -> None:
        """`type "label" {`, or an empty block on one line."""
        if len(self.opened) >= _DEEPEST:
            raise HclError("blocks go deep here", found.start(), found.end())
        self.opened.append((found, self.attributes, self.blocks))
        self.attributes, self.blocks = {}, []
        if found.group(_HEAD_GROUP):
            self.close(found.end(_HEAD_GROUP))

    def close(self, end: int) -> None:
        """The brace that ends at `end` closes the innermost block."""
        if not self.opened:
            raise HclError("`}` closes nothing", end - 1, end)
        found, attributes, blocks = self.opened.pop()
        head_end = found.start(_HEAD_GROUP)
        body = Body(self.attributes, tuple(self.blocks), self.source, head_end, end - 1)
        labels = tuple(found.group(_LABELS_GROUP).split('"')[1::2])
        start = found.start(_TYPE_GROUP)
        blocks.append(Block(found.group(_TYPE_GROUP), labels, body, self.source, start, head_end, end))
        self.attributes, self.blocks = attributes, blocks


def _twice(name: str, start: int) -> HclError:
    return HclError(f"`{name}` is set twice", start, start + len(name))


def _item(found: re.Match[str]) -> Expression:
    """One item of a list."""
    quoted, words, digits = found.groups()
    if quoted is not None:
        return Literal(quoted[1:-1], *found.span())
    return Literal(number(digits), *found.span()) if words is None else _reference(words, found.start())


def _reference(words: str, start: int) -> Expression:
    """`true`, `string`, `var.a.b`: a constant, or a name and the attributes after it."""
    root, *names = words.split(".")
    if len(names) > MAX_CHAIN:
        raise HclError(f"more than {MAX_CHAIN} steps in one row", start, start + len(root))
    if root not in CONSTANTS:
        return Name(root, tuple(names), start, start + len(words))
    end = start + len(root)
    value: Expression = Literal(CONSTANTS[root], start, end)
    for name in names:
        end += 1 + len(name)
        value = GetAttr(value, name, start, end)
    return value
