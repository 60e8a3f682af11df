"""Tokens to expression nodes, by HCL's native grammar."""

from __future__ import annotations

from decimal import Decimal
from unicodedata import normalize

from finops_lint.readers.terraform import syntax
from finops_lint.readers.terraform.parse_templates import template, unescaped
from finops_lint.readers.terraform.parse_tokens import (
    BROKEN,
    END,
    HEREDOC,
    ID,
    MAX_DEPTH,
    NEWLINE,
    NUMBER,
    QUOTE,
    STRING,
    TYPOGRAPHIC_QUOTES,
    HclError,
    Tokens,
    decoded,
)
from finops_lint.readers.terraform.syntax import Expression, Literal

MAX_CHAIN = 250
"""Operators, or traversal steps, in one row: they nest to the left."""

_LEVELS = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
CONSTANTS = {"true": True, "false": False, "null": None}
_NAMES = {
    NEWLINE: "the end of the line",
    END: "the end of the file",
    STRING: "a string",
    QUOTE: "a string",
    HEREDOC: "a heredoc",
    NUMBER: "a number",
}


class Parser:
    """A place in a file's tokens; each method reads one construct and leaves the place after it."""

    __slots__ = ("at", "depth", "ends", "kinds", "shift", "starts", "text", "tokens")

    def __init__(self, text: str, tokens: Tokens, shift: int = 0) -> None:
        self.text, self.tokens = text, tokens
        self.kinds = tokens.kinds
        self.starts, self.ends = tokens.starts, tokens.ends
        if shift:
            self.starts = [start + shift for start in self.starts]
            self.ends = [end + shift for end in self.ends]
            if tokens.fault is not None:
                tokens.fault.start += shift
                tokens.fault.end += shift
        self.shift = shift
        """How far `text` begins into the file."""
        self.at = 0
        self.depth = 0

    # -- tokens ---------------------------------------------------------------------------------------------------

    def raw(self, at: int) -> str:
        """The text of token `at`, one character a byte."""
        return self.text[self.starts[at] - self.shift : self.ends[at] - self.shift]

    def word(self) -> str:
        """Read an identifier."""
        at = self.at
        if self.kinds[at] != ID:
            raise self.unexpected("expected a name")
        self.at = at + 1
        return self.name_at(at)

    def name_at(self, at: int) -> str:
        """The identifier that token `at` is."""
        name = self.raw(at)
        if not name.isascii():
            name = normalize("NFC", decoded(name))
            if not name.replace("-", "_").isidentifier():
                raise stray_in_name(name, self.starts[at])
        return name

    def is_word(self, word: str) -> bool:
        """Whether the next token is this identifier."""
        return self.kinds[self.at] == ID and self.raw(self.at) == word

    def expect(self, kind: str, message: str, hint: str = "") -> None:
        """Step over a token that must be here."""
        if self.kinds[self.at] != kind:
            raise self.unexpected(message, hint)
        self.at += 1

    def unexpected(self, message: str, hint: str = "") -> HclError:
        """The fault at the next token, or the one that stopped the tokens there."""
        at = self.at
        kind = self.kinds[at]
        if kind == BROKEN and self.tokens.fault is not None:
            return self.tokens.fault
        found = _NAMES.get(kind) or f"`{decoded(self.raw(at))}`"
        return HclError(f"{message}, found {found}", self.starts[at], self.ends[at], hint)

    # -- expressions ----------------------------------------------------------------------------------------------

    def expression(self) -> Expression:
        """Any expression: a conditional or what binds tighter."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            at = self.starts[self.at]
            raise HclError(f"the expression goes more than {MAX_DEPTH} levels deep here", at, at + 1)
        result = self.operation(1)
        if self.kinds[self.at] == "?":
            self.at += 1
            yes = self.expression()
            self.expect(":", "expected `:` and the value for the other case", "a conditional is `condition ? yes : no`")
            no = self.expression()
            result = syntax.Conditional(result, yes, no, result.start, no.end)
        self.depth -= 1
        return result

    def operation(self, least: int) -> Expression:
        """Operands joined by operators that bind at least as tight as `least`."""
        left = self.operand()
        kinds = self.kinds
        chain = 0
        while (level := _LEVELS.get(kinds[self.at], 0)) >= least:
            operator = kinds[self.at]
            chain += 1
            if chain > MAX_CHAIN:
                raise self.unexpected(f"more than {MAX_CHAIN} operators in one row")
            self.at += 1
            right = self.operation(level + 1)
            left = syntax.Binary(operator, left, right, left.start, right.end)
        return left

    def operand(self) -> Expression:
        """A term with its traversal."""
        term = self.term()
        kind = self.kinds[self.at]
        return self.traversal(term) if kind in (".", "[") else term

    def term(self) -> Expression:
        """What an expression begins with."""
        at = self.at
        kind = self.kinds[at]
        if kind == STRING:
            self.at = at + 1
            return self.plain_string(at)
        if kind == ID:
            return self.name_or_call()
        if kind == NUMBER:
            self.at = at + 1
            return Literal(number(self.raw(at)), self.starts[at], self.ends[at])
        if kind in (QUOTE, HEREDOC):
            return template(self)
        if kind == "[":
            return self.tuple_or_for()
        if kind == "{":
            return self.object_or_for()
        if kind == "(":
            return self.parenthesis()
        if kind in ("-", "!"):
            return self.unary(kind)
        raise self.no_value()

    def no_value(self) -> HclError:
        """The fault where a value should begin."""
        before = self.kinds[self.at - 1] if self.at else ""
        hint = "give a value, or remove the argument" if before == "=" and self.kinds[self.at] == NEWLINE else ""
        if self.kinds[self.at] == "<" and self.kinds[self.at + 1] == "<":
            hint = "a heredoc is `<<-EOT`, a line break, the text, and `EOT` alone on a line"
        if before == "=" and self.kinds[self.at] == "=":
            hint = "an argument is set with one `=`"
        return self.unexpected("expected a value", hint)

    def plain_string(self, at: int) -> Expression:
        """A quoted string without templates."""
        start, end = self.starts[at], self.ends[at]
        value = self.text[start - self.shift + 1 : end - self.shift - 1]
        if "\\" in value or not value.isascii():
            value = unescaped(value, start + 1, quoted=True)
        return Literal(value, start, end)

    def unary(self, operator: str) -> Expression:
        """`-x` and `!x`."""
        start = self.starts[self.at]
        self.at += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise HclError(f"the expression goes more than {MAX_DEPTH} levels deep here", start, start + 1)
        operand = self.operand()
        self.depth -= 1
        return syntax.Unary(operator, operand, start, operand.end)

    def parenthesis(self) -> Expression:
        """`(x)`."""
        opener = self.at
        self.at += 1
        inner = self.expression()
        self.closing(opener, ")", "expected `)`")
        return inner

    def closing(self, opener: int, closer: str, message: str, hint: str = "") -> None:
        """Step over the closer of the bracket at token `opener`."""
        if self.kinds[self.at] != closer:
            raise self.unexpected(message, hint)
        self.at += 1

    # -- names, calls, traversals ---------------------------------------------------------------------------------

    def name_or_call(self) -> Expression:
        """A constant, a variable's root or a function call."""
        at = self.at
        name = self.name_at(at)
        self.at = at + 1
        kind = self.kinds[self.at]
        if kind == "(" or kind == "::":
            return self.call(name, at)
        if name in CONSTANTS:
            return Literal(CONSTANTS[name], self.starts[at], self.ends[at])
        return syntax.Name(name, (), self.starts[at], self.ends[at])

    def call(self, name: str, start: int) -> Expression:
        """`name(…)` with the place after the name; the name may go on with `::`."""
        while self.kinds[self.at] == "::":
            self.at += 1
            name = f"{name}::{self.word()}"
        opener = self.at
        self.expect("(", f"expected `(` after {name}")
        args: list[Expression] = []
        expand = False
        while self.kinds[self.at] != ")":
            args.append(self.expression())
            if self.kinds[self.at] == "...":
                self.at += 1
                expand = True
                break
            if self.kinds[self.at] != ",":
                break
            self.at += 1
        self.closing(opener, ")", "expected `,` or `)`", "arguments are separated by commas")
        return syntax.Call(name, tuple(args), expand, self.starts[start], self.ends[self.at - 1])

    def traversal(self, target: Expression) -> Expression:
        """`.name`, `.0`, `[key]`, `.*` and `[*]` after `target`, as many as there are."""
        kinds = self.kinds
        steps = 0
        while (kind := kinds[self.at]) in (".", "["):
            steps += 1
            if steps > MAX_CHAIN:
                raise self.unexpected(f"more than {MAX_CHAIN} steps in one row")
            if kind == ".":
                self.at += 1
                target = self.attribute_splat(target) if kinds[self.at] == "*" else self.attribute_step(target)
            elif kinds[self.at + 1] == "*" and kinds[self.at + 2] == "]":
                self.at += 3
                return self.full_splat(target)
            else:
                target = self.index(target)
        return target

    def attribute_step(self, target: Expression) -> Expression:
        """`.name` or the legacy `.0`, with the place after the dot."""
        at = self.at
        start, end = self.starts[at], self.ends[at]
        if self.kinds[at] == ID:
            self.at = at + 1
            if isinstance(target, syntax.Name):
                return syntax.Name(target.name, (*target.steps, self.name_at(at)), target.start, end)
            return syntax.GetAttr(target, self.name_at(at), target.start, end)
        if self.kinds[at] != NUMBER:
            raise self.unexpected("expected an attribute's name after the dot")
        text = self.raw(at)
        if not text.isdigit():
            raise HclError(f"`.{text}` is not an index", start, end, "write indexes in brackets: [0][1]")
        self.at = at + 1
        return syntax.Index(target, Literal(number(text), start, end), target.start, end)

    def index(self, target: Expression) -> Expression:
        """`[key]`."""
        opener = self.at
        self.at += 1
        key = self.expression()
        self.closing(opener, "]", "expected `]`")
        return syntax.Index(target, key, target.start, self.ends[self.at - 1])

    def full_splat(self, source: Expression) -> Expression:
        """What follows `[*]`, all of it applied to each element."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.unexpected(f"more than {MAX_DEPTH} splats in one row")
        end = self.ends[self.at - 1]
        each = self.traversal(syntax.SplatItem(end - 3, end))
        self.depth -= 1
        return syntax.Splat(source, each, full=True, start=source.start, end=each.end)

    def attribute_splat(self, source: Expression) -> Expression:
        """What follows `.*`: attribute steps for each element; brackets after them index the whole."""
        self.at += 1
        end = self.ends[self.at - 1]
        each: Expression = syntax.SplatItem(end - 2, end)
        steps = 0
        while self.kinds[self.at] == "." and self.kinds[self.at + 1] in (ID, NUMBER):
            steps += 1
            if steps > MAX_CHAIN:
                raise self.unexpected(f"more than {MAX_CHAIN} steps in one row")
            self.at += 1
            each = self.attribute_step(each)
        return syntax.Splat(source, each, full=False, start=source.start, end=each.end)

    # -- collections ----------------------------------------------------------------------------------------------

    def tuple_or_for(self) -> Expression:
        """`[…]`."""
        opener = self.at
        self.at += 1
        if self.is_word("for"):
            return self.for_expression(opener, "]")
        items: list[Expression] = []
        kinds = self.kinds
        while kinds[self.at] != "]":
            items.append(self.expression())
            if kinds[self.at] != ",":
                break
            self.at += 1
        if kinds[self.at] != "]":
            raise self.unexpected("expected `,` or `]` in this list", "list items are separated by commas")
        self.at += 1
        return syntax.TupleExpression(tuple(items), self.starts[opener], self.ends[self.at - 1])

    def object_or_for(self) -> Expression:
        """`{…}` as a value."""
        opener = self.at
        kinds = self.kinds
        self.at += 1
        items: list[tuple[Expression, Expression]] = []
        while True:
            while kinds[self.at] == NEWLINE:
                self.at += 1
            if kinds[self.at] == "}":
                break
            if not items and self.is_word("for"):
                return self.for_expression(opener, "}")
            items.append(self.object_item())
            if kinds[self.at] == "}":
                break
            if kinds[self.at] not in (",", NEWLINE):
                raise self.unexpected("expected a new line, `,` or `}` after this value")
            self.at += 1
        self.at += 1
        return syntax.ObjectExpression(tuple(items), self.starts[opener], self.ends[self.at - 1])

    def object_item(self) -> tuple[Expression, Expression]:
        """`key = value` or `key : value`; `aws.east = …` of a module's `providers` keeps its traversal as key."""
        at = self.at
        kinds = self.kinds
        key: Expression
        if kinds[at] == ID and kinds[at + 1] in ("=", ":"):
            key = Literal(self.name_at(at), self.starts[at], self.ends[at])
            self.at = at + 2
            return key, self.expression()
        key = self.expression()
        if kinds[self.at] not in ("=", ":"):
            raise self.unexpected("expected `=` and a value after this key")
        self.at += 1
        return key, self.expression()

    def for_expression(self, opener: int, closer: str) -> Expression:
        """`for … in … : …` inside the bracket at token `opener`."""
        self.at += 1
        key_name, value_name, collection = self.for_intro()
        self.expect(":", "expected `:` after the collection")
        value = self.expression()
        key: Expression | None = None
        group = False
        if self.kinds[self.at] == "=>":
            if closer == "]":
                raise self.unexpected("a list has no keys", "use { } to build an object")
            self.at += 1
            key, value = value, self.expression()
            if self.kinds[self.at] == "...":
                self.at += 1
                group = True
        elif closer == "}":
            raise self.unexpected("expected `=>` and a value", "an object is built with `key => value`")
        condition: Expression | None = None
        if self.is_word("if"):
            self.at += 1
            condition = self.expression()
        self.closing(opener, closer, f"expected `{closer}`")
        end = self.ends[self.at - 1]
        return syntax.For(key_name, value_name, collection, key, value, condition, group, self.starts[opener], end)

    def for_intro(self) -> tuple[str, str, Expression]:
        """`k, v in collection`: the names and the collection; the key's name may be empty."""
        key_name, value_name = "", self.word()
        if self.kinds[self.at] == ",":
            self.at += 1
            key_name, value_name = value_name, self.word()
        if not self.is_word("in"):
            raise self.unexpected("expected `in` and a collection")
        self.at += 1
        return key_name, value_name, self.expression()


def stray_in_name(name: str, start: int) -> HclError:
    """What is wrong with a run of letters that is no identifier."""
    strange = next((c for c in name if not ("a" + c).replace("-", "_").isidentifier()), name[0])
    at = start + len(name[: name.index(strange)].encode())
    end = at + len(strange.encode())
    if strange in TYPOGRAPHIC_QUOTES:
        return HclError(f"`{strange}` is a typographic quote", at, end, 'write " instead')
    shown = "a no-break space" if strange == "\xa0" else f"`{strange}`"
    return HclError(f"{shown} cannot stand in a name", at, end, "retype the line")


def number(text: str) -> int | Decimal:
    """A number as HCL reads it: exact."""
    if text.isdigit() and len(text) < 20:
        return int(text)
    value = Decimal(text)
    return int(value) if abs(value.adjusted()) < 30 and value == value.to_integral_value() else value
