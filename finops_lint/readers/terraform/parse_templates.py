"""Quoted templates and heredocs to nodes: escapes, `~`, indentation, `%{if}` and `%{for}`.

HCL works in three steps, and so does this: the template's parts in a row, with whitespace stripped where `~` says so;
for `<<-` the common indentation taken off; then directives nested.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import normalize

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.parse_tokens import (
    END,
    HEREDOC,
    MAX_DEPTH,
    QUOTE,
    TEXT,
    UNHEREDOC,
    UNQUOTE,
    HclError,
    decoded,
)
from finops_lint.readers.terraform.syntax import Expression, Literal, Template, TemplateFor, TemplateIf

if TYPE_CHECKING:
    from finops_lint.readers.terraform.parse_expressions import Parser

_ESCAPE = regex(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\$\$(?=\{)|%%(?=\{)", re.DOTALL)
_LINE = regex(r"[^\n]*\n|[^\n]+")
_DOUBLED = regex(r"\$\$(?=\{)|%%(?=\{)")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_DIRECTIVES = ("if", "else", "endif", "for", "endfor")


@record(slots=True)
class _Part:
    """One piece of a template, before nesting."""

    kind: str
    """`text`, `value`, or the directive's word."""
    start: int
    end: int
    text: str = ""
    expression: Expression | None = None
    """An interpolation's value, an if's condition, a for's collection."""
    names: tuple[str, str] = ("", "")
    """Key's and value's name of a for."""


def template(parser: Parser) -> Expression:
    """The template whose opening token is next; a Literal where nothing in it is computed."""
    opener = parser.at
    start = parser.starts[opener]
    parser.at += 1
    quoted = parser.kinds[opener] == QUOTE
    parts = _read_parts(parser, UNQUOTE if quoted else UNHEREDOC, quoted=quoted)
    if parser.kinds[opener] == HEREDOC and parser.raw(opener).startswith("<<-"):
        _take_off_indentation(parts)
    return _nested(parts, start, parser.ends[parser.at - 1])


def bare_template(parser: Parser) -> Expression:
    """All of the tokens as one template."""
    parts = _read_parts(parser, END, quoted=False)
    return _nested(parts, parser.shift, parser.ends[-1])


def unescaped(text: str, start: int, *, quoted: bool) -> str:
    """Literal text as it is meant; `start` is its offset, for the fault a wrong escape is."""
    text = decoded(text)
    if quoted and "\\" in text:
        text = _ESCAPE.sub(lambda found: _escape(found, start), text)
    elif "${" in text or "%{" in text:
        text = _DOUBLED.sub(lambda found: found.group()[0], text)
    return text if text.isascii() else normalize("NFC", text)


def _escape(found: re.Match[str], start: int) -> str:
    escape = found.group(1)
    if escape is None:
        return found.group()[0]
    if escape in _LETTERS:
        return _LETTERS[escape]
    if len(escape) > 1:
        code = int(escape[1:], 16)
        if code < 0x110000 and not 0xD800 <= code < 0xE000:
            return chr(code)
    at = start + len(found.string[: found.start()].encode())
    hint = r"known are \n \r \t \" \\ \uXXXX \UXXXXXXXX; a backslash itself is \\"
    raise HclError(f"`\\{escape}` is no escape sequence", at, at + len(found.group().encode()), hint)


def _read_parts(parser: Parser, closer: str, *, quoted: bool) -> list[_Part]:
    """The parts up to and with the closing token."""
    parts: list[_Part] = []
    kinds = parser.kinds
    strip_left = False
    while (kind := kinds[parser.at]) != closer:
        at = parser.at
        start, end = parser.starts[at], parser.ends[at]
        if kind == TEXT:
            parser.at += 1
            # For HCL each line is a part of its own, and `~` strips no more than the part beside it.
            for line in [parser.raw(at)] if quoted else _LINE.findall(parser.raw(at)):
                text = unescaped(line, start, quoted=quoted)
                parts.append(_Part("text", start, end, text.lstrip() if strip_left else text))
                strip_left = False
            continue
        if kind not in ("${", "%{"):
            raise parser.unexpected("expected the rest of the template")
        if end - start == 3 and parts and parts[-1].kind == "text":
            parts[-1].text = parts[-1].text.rstrip()
        parser.at += 1
        part = _interpolation(parser, start) if kind == "${" else _directive(parser, start)
        closing = parser.at
        parser.expect("}", "expected `}` to end this part of the template")
        strip_left = parser.ends[closing] - parser.starts[closing] == 2
        part.end = parser.ends[closing]
        parts.append(part)
    parser.at += 1
    return parts


def _interpolation(parser: Parser, start: int) -> _Part:
    return _Part("value", start, start, expression=parser.expression())


def _directive(parser: Parser, start: int) -> _Part:
    """`if c`, `else`, `endif`, `for k, v in c`, `endfor`."""
    at = parser.at
    word = parser.word()
    if word == "if":
        return _Part(word, start, start, expression=parser.expression())
    if word == "for":
        key, value, collection = parser.for_intro()
        return _Part(word, start, start, expression=collection, names=(key, value))
    if word not in _DIRECTIVES:
        hint = "write %%{ for a plain %{"
        raise HclError(f"`%{{{word}` is no template directive", start, parser.ends[at], hint)
    return _Part(word, start, start)


def _take_off_indentation(parts: list[_Part]) -> None:
    """Remove the spaces that all lines of a `<<-` heredoc begin with; blank lines do not count."""
    least: int | None = None
    beginnings: list[_Part] = []
    at_line_start = True
    for part in parts:
        if at_line_start:
            at_line_start = False
            stripped = part.text.lstrip()
            blank = part.kind == "text" and not stripped and part.text.endswith("\n")
            if not blank:
                spaces = len(part.text) - len(stripped)
                least = spaces if least is None else min(least, spaces)
                beginnings.append(part)
        if part.kind == "text" and part.text.endswith("\n"):
            at_line_start = True
    for part in beginnings:
        part.text = part.text[least:]


def _nested(parts: list[_Part], start: int, end: int) -> Expression:
    """Parts as one node; all-text ones as a Literal."""
    if all(part.kind == "text" for part in parts):
        return Literal("".join(part.text for part in parts), start, end)
    body, _ = _nest(parts, 0, (), start, 0)
    return Template(body, start, end)


def _nest(
    parts: list[_Part], at: int, closers: tuple[str, ...], opened: int, depth: int
) -> tuple[tuple[str | Expression, ...], int]:
    """The parts from `at` up to one of `closers`, directives nested; where that one is."""
    if depth > MAX_DEPTH:
        raise HclError(f"directives go more than {MAX_DEPTH} levels deep here", opened, opened + 2)
    found: list[str | Expression] = []
    while at < len(parts):
        part = parts[at]
        if part.kind in closers:
            return tuple(found), at
        if part.kind == "text":
            _append_text(found, part.text)
            at += 1
        elif part.kind == "value" and part.expression is not None:
            found.append(part.expression)
            at += 1
        elif part.kind in ("if", "for"):
            node, at = (_nest_if if part.kind == "if" else _nest_for)(parts, at, depth)
            found.append(node)
        else:
            raise HclError(f"`%{{ {part.kind} }}` has nothing to end", part.start, part.end)
    if closers:
        raise HclError("this directive is never ended", opened, opened + 2, f"add %{{ {closers[-1]} }}")
    return tuple(found), at


def _append_text(found: list[str | Expression], text: str) -> None:
    """Text that `~` has emptied stays: beside it, a lone `${…}` makes a string."""
    if found and isinstance(found[-1], str):
        found[-1] += text
    else:
        found.append(text)


def _nest_if(parts: list[_Part], at: int, depth: int) -> tuple[TemplateIf, int]:
    opener = parts[at]
    assert opener.expression is not None
    yes, close = _nest(parts, at + 1, ("else", "endif"), opener.start, depth + 1)
    no: Template | None = None
    first = Template(yes, opener.end, parts[close].start)
    if parts[close].kind == "else":
        other = parts[close]
        rest, close = _nest(parts, close + 1, ("endif",), opener.start, depth + 1)
        no = Template(rest, other.end, parts[close].start)
    return TemplateIf(opener.expression, first, no, opener.start, parts[close].end), close + 1


def _nest_for(parts: list[_Part], at: int, depth: int) -> tuple[TemplateFor, int]:
    opener = parts[at]
    assert opener.expression is not None
    body, close = _nest(parts, at + 1, ("endfor",), opener.start, depth + 1)
    inner = Template(body, opener.end, parts[close].start)
    key, value = opener.names
    return TemplateFor(key, value, opener.expression, inner, opener.start, parts[close].end), close + 1
