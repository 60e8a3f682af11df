"""Tokens to bodies: arguments and blocks, by HCL's native grammar."""

from __future__ import annotations

from collections.abc import Iterable

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse_expressions import Parser
from finops_lint.readers.terraform.parse_tokens import (
    END,
    ID,
    MAX_DEPTH,
    NEWLINE,
    QUOTE,
    STRING,
    HclError,
    Tokens,
)
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Literal


class BodyReader(Parser):
    """Reads arguments and blocks."""

    __slots__ = ("item", "source")

    def __init__(self, source: SourceText, text: str, tokens: Tokens) -> None:
        super().__init__(text, tokens)
        self.source = source
        self.item = 0
        """The token the outermost argument or block begins with."""

    def items(self, attributes: dict[str, Attribute], blocks: list[Block], closer: str) -> None:
        """Everything up to the closing token, which is left to the caller."""
        kinds = self.kinds
        while (kind := kinds[self.at]) != closer:
            if kind == NEWLINE:
                self.at += 1
                continue
            at = self.at
            if closer == END:
                self.item = at
            if kind != ID:
                raise self.not_an_item()
            if kinds[at + 1] == "=":
                self.argument(attributes)
            else:
                blocks.append(self.block())
            if kinds[self.at] == NEWLINE:
                self.at += 1
            elif kinds[self.at] != END:
                raise self.not_alone(is_argument=kinds[at + 1] == "=")

    def argument(self, attributes: dict[str, Attribute]) -> None:
        """`name = value`."""
        at = self.at
        name, start = self.name_at(at), self.starts[at]
        if name in attributes:
            line = self.source.position(attributes[name].start)[0]
            hint = f"it stands on line {line} already; keep one"
            raise HclError(f"`{name}` is set twice", start, self.ends[at], hint)
        self.at = at + 2
        value = self.expression()
        attributes[name] = Attribute(name, value, self.source, start, self.ends[self.at - 1])

    def block(self) -> Block:
        """`type "label" { … }`."""
        at = self.at
        kind, start = self.name_at(at), self.starts[at]
        self.at = at + 1
        labels = tuple(self.labels())
        opener = self.at
        if self.kinds[opener] != "{":
            raise self.no_brace(at)
        self.at += 1
        body = self.body(opener)
        return Block(kind, labels, body, self.source, start, self.ends[opener], self.ends[self.at - 1])

    def labels(self) -> Iterable[str]:
        """The words and strings between a block's type and its brace."""
        while (kind := self.kinds[self.at]) in (ID, STRING, QUOTE):
            at = self.at
            if kind == ID:
                self.at += 1
                yield self.name_at(at)
                continue
            label = self.term()
            if not isinstance(label, Literal):
                raise HclError("a block's label cannot be computed", label.start, label.end, "write plain text")
            yield str(label.value)

    def body(self, opener: int) -> Body:
        """What stands between the brace at token `opener`, already read, and its closing one."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            start = self.starts[opener]
            raise HclError(f"blocks go more than {MAX_DEPTH} levels deep here", start, start + 1)
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        if self.kinds[self.at] in (NEWLINE, "}"):
            self.items(attributes, blocks, "}")
        else:
            self.single_argument(attributes)
        self.at += 1
        self.depth -= 1
        return Body(attributes, tuple(blocks), self.source, self.ends[opener], self.starts[self.at - 1])

    def single_argument(self, attributes: dict[str, Attribute]) -> None:
        """The one argument of a block on one line."""
        hint = "put every argument and block on a line of its own, and the closing `}` too"
        if self.kinds[self.at] != ID or self.kinds[self.at + 1] != "=":
            raise self.unexpected("a block on one line holds one argument", hint)
        self.argument(attributes)
        if self.kinds[self.at] != "}":
            raise self.unexpected("expected `}` on this line: a block on one line holds one argument", hint)

    # -- faults ---------------------------------------------------------------------------------------------------

    def not_an_item(self) -> HclError:
        """Neither an argument nor a block begins here."""
        if self.kinds[self.at] == STRING and self.kinds[self.at + 1] in ("=", ":"):
            return self.unexpected("expected an argument or a block", "names of arguments are not quoted")
        return self.unexpected("expected an argument or a block")

    def not_alone(self, *, is_argument: bool) -> HclError:
        """Something follows on the line of an argument or a closing brace."""
        if not is_argument:
            return self.unexpected("expected a new line after this block's `}`")
        hint = "arguments are not separated by commas" if self.kinds[self.at] == "," else ""
        return self.unexpected("expected a new line after this argument", hint)

    def no_brace(self, at: int) -> HclError:
        """A block's head without `{`, which more often is an argument without `=`."""
        name, kind = self.name_at(at), self.kinds[self.at]
        if kind == ":":
            return self.unexpected(f"expected `=` after `{name}`", "`:` stands only inside the { } of a value")
        if kind == NEWLINE and self.kinds[self.at + 1] == "{":
            return self.unexpected("expected `{`", "the brace stands on the line of the block's type")
        if kind == NEWLINE and self.at == at + 1:
            return self.unexpected(f"expected `=` and a value, or a block, after `{name}`")
        self.at = at + 1
        return self.unexpected(f"expected `=` after `{name}`, or `{{` to begin a block")
