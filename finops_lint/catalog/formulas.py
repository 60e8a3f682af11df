"""What a sheet writes for a figure or a text → something a pricer can work out: constants, paths, CEL, templates.

A formula is compiled when it is first needed. A plain path (`r.size`, `usage.monthly_gb`) never reaches CEL, so a sheet
of simple lines costs no expression at all, and a path to a block keeps the unknowns inside the block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any

from finops_lint.catalog.cel import Expression, ExpressionFault, Language, Scope, reading
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Value


class SheetError(FinopsLintError):
    """A sheet is wrong."""


_PATH = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_CEL_WORDS = frozenset({"true", "false", "null"})
_TRUTHS = {"true": True, "false": False}


class Formula:
    """A constant, a path or a CEL expression."""

    __slots__ = ("_language", "constant", "expression", "file", "is_constant", "path", "text", "value_in")
    constant: Any
    """The value of a constant."""
    is_constant: bool
    """Whether it is a number or truth value written as such."""
    path: Path | None
    """The path, where it is no more than one."""
    expression: Expression
    """The compiled expression, made when it is first asked for.

    Raises:
        SheetError: It does not compile.
    """

    def __init__(self, text: Any, *, language: Language, file: FilePath) -> None:
        self.text = text
        self._language = language
        self.file = file
        is_text = isinstance(text, str)
        self.is_constant = not is_text or text in _TRUTHS
        self.constant = _TRUTHS[text] if is_text and self.is_constant else text
        is_path = is_text and _PATH.match(text) and text not in _CEL_WORDS
        self.path = tuple(text.split(".")) if is_path else None

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    value_in: Callable[[Scope], Value]
    """What it gives: a plain value, None where nothing is set, an `Unknown`, or a block with unknowns in it.

    Raises:
        ExpressionFault: It does not fit the values.
    """

    def __getattr__(self, name: str) -> Any:
        """Make `expression` and `value_in`, which are not set before."""
        if name == "value_in":
            self.value_in = self._way()
            return self.value_in
        if name != "expression":
            raise AttributeError(name)
        try:
            self.expression = self._language.compile(str(self.text))
        except ExpressionFault as fault:
            raise SheetError(str(fault), self.where) from None
        return self.expression

    def _way(self) -> Callable[[Scope], Value]:
        if self.is_constant:
            return lambda _: self.constant
        return self.expression.read if self.path is None else reading(self.path)

    @property
    def reads(self) -> frozenset[Path]:
        """The paths it reads."""
        if self.is_constant:
            return frozenset()
        return frozenset({self.path}) if self.path else self.expression.reads

    @property
    def where(self) -> Span:
        """The line of the sheet it is written in, found by its text."""
        needle = str(self.text).strip().partition("\n")[0]
        for number, line in enumerate(self.file.read_text(encoding="utf-8").splitlines(), 1):
            if needle in line:
                return Span(str(self.file), number)
        return Span(str(self.file), 1)


@record(frozen=True, slots=True)
class Template:
    """A text with `{formula}` in it."""

    text: str
    pieces: tuple[str | Formula, ...]

    @property
    def formulas(self) -> Iterator[Formula]:
        """The formulas in it."""
        return (p for p in self.pieces if isinstance(p, Formula))

    @property
    def is_constant(self) -> bool:
        """Whether there is no formula in it."""
        return not any(isinstance(p, Formula) for p in self.pieces)


def template(text: str, *, language: Language, file: FilePath) -> Template:
    """Split `text` at its `{…}`.

    Raises:
        SheetError: A brace is not closed.
    """
    if "{" not in text:
        return Template(text, (text,))
    pieces: list[str | Formula] = []
    position = 0
    while (start := text.find("{", position)) >= 0:
        end = _closing(text, start)
        if end < 0:
            raise SheetError(f"a brace is not closed: {text}", Span(str(file), 1))
        if start > position:
            pieces.append(text[position:start])
        pieces.append(Formula(text[start + 1 : end], language=language, file=file))
        position = end + 1
    if position < len(text):
        pieces.append(text[position:])
    return Template(text, tuple(pieces))


def _closing(text: str, start: int) -> int:
    depth, quote = 0, ""
    for position in range(start, len(text)):
        char = text[position]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and depth:
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return position
    return -1
