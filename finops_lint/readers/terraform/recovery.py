"""A syntax fault to one clear line, and the place where reading can go on after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from finops_lint.model.finding import Level, Problem
from finops_lint.model.regexes import regex
from finops_lint.readers.source_text import BYTE_ORDER_MARK, SourceText
from finops_lint.readers.terraform.parse_tokens import (
    BROKEN,
    HEREDOC,
    QUOTE,
    UNHEREDOC,
    UNQUOTE,
    HclError,
    Tokens,
    decoded,
)

BLOCK_KEYWORDS = (
    "action|check|data|ephemeral|import|list|locals|module|moved|output|provider|removed|resource|terraform|variable"
)
_BLOCK_LINE = regex(rf'^(?:{BLOCK_KEYWORDS})[ \t]*(?:[ \t]"[^"\n]*"|[ \t][\w-]+)*[ \t]*\{{', re.MULTILINE)
_ARGUMENT_LINE = regex(r"^[A-Za-z_][\w-]*[ \t]*=(?![=>])", re.MULTILINE)
_CONFLICT = regex(r"^(?:<{7} .*|={7}|>{7} .*)\r?$", re.MULTILINE)
_JSON_START = regex(r'\s*[{\[]\s*["{\[}\]]')
_YAML_START = regex(r"(?:\s*#[^\n]*\n)*\s*(?:---|[\w./-]+:(?:[ \t]|\r?\n)|- )")
_OPENERS = frozenset(("{", "[", "(", "${", "%{", QUOTE, HEREDOC))
_CLOSERS = frozenset(("}", "]", ")", UNQUOTE, UNHEREDOC))
_SHOWN = {QUOTE: '"', HEREDOC: "<<"}


def encoding_problems(source: SourceText) -> Iterator[Problem]:
    """What keeps the bytes from being text."""
    data = source.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        hint = "save it as UTF-8"
        message = "the file is UTF-16; Terraform reads UTF-8"
        yield Problem(Level.ERROR, "wrong-encoding", message, source.span(0, 0), hint)
        return
    nul = data.find(b"\x00")
    if nul >= 0:
        yield Problem(Level.NOTICE, "binary-file", "not read: a binary file", source.span(nul, nul + 1))
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = source.span(error.start, error.end)
        yield Problem(Level.ERROR, "syntax-error", "this is not UTF-8", at, "save the file as UTF-8")


UNREADABLE = frozenset(("binary-file", "wrong-encoding"))
"""Codes of problems that leave nothing to parse."""


def next_item(source: SourceText, text: str, start: int) -> int | None:
    """Where the next top-level block (argument, in a file of variables' values) after the line of `start` begins."""
    pattern = _ARGUMENT_LINE if source.file.endswith(".tfvars") else _BLOCK_LINE
    line_end = text.find("\n", start)
    found = pattern.search(text, line_end + 1) if line_end >= 0 else None
    return found.start() if found else None


def problem(source: SourceText, text: str, tokens: Tokens, item: int, fault: HclError) -> Problem:
    """What is wrong with the item that begins at token `item`, for a person."""
    start = tokens.starts[item]
    foreign = _foreign(source, text, start) or _conflict(text, start, fault.start)
    if foreign is not None:
        fault = foreign
    elif fault is tokens.fault and fault.start != tokens.starts[-1]:
        fault = _unclosed(source, text, tokens, item, fault)
    message = fault.message
    if foreign is None:
        message += _context(source, tokens, item, fault)
    span = source.span(fault.start, max(fault.end, fault.start))
    return Problem(Level.ERROR, "syntax-error", message, span, fault.hint)


def _foreign(source: SourceText, text: str, start: int) -> HclError | None:
    """Another language where HCL should be; asked only about a file's first item."""
    before = text[len(BYTE_ORDER_MARK) if source.data.startswith(BYTE_ORDER_MARK) else 0 : start]
    if before.strip() and not all(
        line.lstrip().startswith(("#", "//")) for line in before.splitlines() if line.strip()
    ):
        return None
    if _JSON_START.match(text, start):
        return HclError("this is JSON, not HCL", start, start + 1, "Terraform reads JSON from files named *.tf.json")
    if _YAML_START.match(text, start):
        return HclError("this looks like YAML, not HCL", start, start + 1, "write `name = value`, or rename the file")
    return None


def _conflict(text: str, start: int, fault_at: int) -> HclError | None:
    """A merge conflict's marker between the item's start and the fault's line."""
    line_end = text.find("\n", fault_at)
    found = _CONFLICT.search(text, start, line_end if line_end >= 0 else len(text))
    if found is None:
        return None
    return HclError("a merge conflict is not resolved here", found.start(), found.end(), "keep one side")


def _unclosed(source: SourceText, text: str, tokens: Tokens, item: int, fault: HclError) -> HclError:
    """The bracket that lacks its closer: by indentation where that shows it, else the innermost one open."""
    limit = next_item(source, text, tokens.starts[item]) or len(text)
    opened: list[int] = []
    for at in range(item, len(tokens.kinds)):
        if tokens.starts[at] >= limit:
            break
        kind = tokens.kinds[at]
        if kind in _OPENERS:
            opened.append(at)
        elif kind in _CLOSERS and opened:
            opener = opened.pop()
            if kind == "}" and _indent(text, tokens.starts[at], first=True) < _indent(text, tokens.starts[opener]):
                opened = [opener]
                break
    if not opened or tokens.kinds[opened[-1]] not in ("{", "[", "("):
        return fault
    bracket = tokens.kinds[opened[-1]]
    closer = {"{": "}", "[": "]", "(": ")"}[bracket]
    start = tokens.starts[opened[-1]]
    return HclError(f"`{bracket}` is never closed", start, start + 1, f"add the `{closer}` that belongs to it")


def _indent(text: str, at: int, *, first: bool = False) -> int:
    """How far the line of offset `at` is indented; with `first`, a great number unless the line begins at `at`."""
    line = text.rfind("\n", 0, at) + 1
    beginning = text[line:at]
    indent = len(beginning) - len(beginning.lstrip())
    return 1_000_000 if first and indent != len(beginning) else indent


def _context(source: SourceText, tokens: Tokens, item: int, fault: HclError) -> str:
    """Which bracket on an earlier line is still open at the fault."""
    opened: list[int] = []
    for at in range(item, len(tokens.kinds)):
        if tokens.starts[at] >= fault.start or tokens.kinds[at] == BROKEN:
            break
        if tokens.kinds[at] in _OPENERS:
            opened.append(at)
        elif tokens.kinds[at] in _CLOSERS and opened:
            opened.pop()
    if not opened:
        return ""
    line = source.position(tokens.starts[opened[-1]])[0]
    if line == source.position(fault.start)[0]:
        return ""
    kind = tokens.kinds[opened[-1]]
    return f", inside the `{_SHOWN.get(kind, decoded(kind))}` opened on line {line}"
