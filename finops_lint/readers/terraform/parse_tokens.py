"""HCL text to tokens: kinds and byte offsets in three parallel lists, newlines only where they mean something.

The text is read as Latin-1, one character a byte, so that every offset is a byte offset; what holds other than ASCII is
decoded when a token's words are asked for. Templates open and close modes: code, quoted text, heredoc text.
"""

from __future__ import annotations

import re
from dataclasses import field

from finops_lint.model.records import record
from finops_lint.model.regexes import regex

MAX_DEPTH = 100
"""Brackets and templates within one another; Terraform code in the wild stays below 20."""

ID, NUMBER, STRING, NEWLINE, END = "id", "number", "string", "newline", "end"
QUOTE, UNQUOTE, HEREDOC, UNHEREDOC, TEXT = "quote", "unquote", "heredoc", "unheredoc", "text"
TYPOGRAPHIC_QUOTES = "“”„‟″\u2018\u2019"
BROKEN = "broken"
"""The last token where the text cannot be read further; `Tokens.fault` says why."""

_WORD = r"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff-]*+"
_CODE = regex(
    rf"""[ \t]*+(?:
      ({_WORD})
    | (\r?\n|(?:\#|//)[^\n]*+\n?)
    | ("(?:[^"\\$%\r\n]++|\\[^\r\n]|\$(?!\{{)|%(?!\{{))*+")
    | (~?\}}|[{{\[\]()])
    | (<<-?{_WORD}\r?\n)
    | (/\*(?s:.*?)\*/)
    | (\.\.\.|=>|==|!=|<=|>=|&&|\|\||::|/(?!\*)|[=.,:?+\-*%!<>])
    | ([0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
    | (")
    | (\Z)
    )""",
    re.VERBOSE,
)
_WORD_GROUP, _NEWLINE_GROUP, _STRING_GROUP, _BRACKET_GROUP, _HEREDOC_GROUP, _COMMENT_GROUP = 1, 2, 3, 4, 5, 6
_OPERATOR_GROUP, _NUMBER_GROUP, _QUOTE_GROUP = 7, 8, 9
_FOR = regex(r"(?:[ \t\r\n]|(?:\#|//)[^\n]*+\n|/\*(?s:.*?)\*/)*+for[ \t\r\n]+[A-Za-z_\x80-\xff]")
_QUOTED_TEXT = regex(r'(?:[^"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))++')
_LINE_TEXT = regex(r"(?:[^$%\n]++|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*+\n?")
_BARE_TEXT = regex(r"(?:[^$%]++|\$\$\{|%%\{|\$(?!\{)|%(?!\{))++")
_CLOSERS = {"{": "}", "[": "]", "(": ")", "${": "}", "%{": "}"}


class HclError(Exception):
    """The text is not HCL: what was expected, where, and what to do."""

    def __init__(self, message: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.hint = message, start, end, hint


@record(slots=True)
class Tokens:
    """What `tokenize` found, in order; the last token is `END` or `BROKEN`."""

    kinds: list[str] = field(default_factory=list)
    """A constant of this module, or the bracket or operator itself."""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    fault: HclError | None = None

    def add(self, kind: str, start: int, end: int) -> None:
        """Append one token."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)


def tokenize(text: str, at: int = 0) -> Tokens:
    """The tokens of HCL code from offset `at`."""
    scanner = _Scanner(text)
    scanner.code(at)
    return scanner.tokens


def tokenize_line(text: str, at: int, depth: int) -> Tokens:
    """The tokens of HCL code from offset `at`, inside `depth` blocks, to the first line end that ends something."""
    scanner = _Scanner(text)
    scanner.modes = [("{", at, "", True)] * depth
    scanner.stops_at = depth
    scanner.code(at)
    return scanner.tokens


def tokenize_template(text: str) -> Tokens:
    """The tokens of a template that is not inside quotes: a template file, a JSON string."""
    scanner = _Scanner(text)
    scanner.modes.append(("bare", 0, "", False))
    scanner.code(scanner.template(0))
    return scanner.tokens


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = Tokens()
        self.modes: list[tuple[str, int, str, bool]] = []
        """What is open: bracket (or QUOTE, HEREDOC, "bare"), offset, a heredoc's marker, whether newlines count."""
        self.keep_newlines = True
        self.stops_at = -1
        """With so many modes open, a line's end is where to stop."""

    def code(self, at: int) -> None:
        """Read code, and the templates in it, to the end."""
        text, match = self.text, _CODE.match
        kinds, starts, ends = self.tokens.kinds, self.tokens.starts, self.tokens.ends
        while at >= 0:
            found = match(text, at)
            if found is None:
                self.stray(at)
                return
            group = found.lastindex or 0
            start, at = found.span(group)
            if group == _WORD_GROUP:
                kinds.append(ID)
            elif group == _OPERATOR_GROUP:
                kinds.append(text[start:at])
            elif group == _STRING_GROUP:
                kinds.append(STRING)
            elif group == _NEWLINE_GROUP:
                if not self.keep_newlines:
                    continue
                kinds.append(NEWLINE)
                if len(self.modes) == self.stops_at:
                    starts.append(start)
                    ends.append(at)
                    return
            elif group == _BRACKET_GROUP:
                at = self.bracket(start, at)
                continue
            elif group == _NUMBER_GROUP:
                kinds.append(NUMBER)
            elif group == _COMMENT_GROUP:
                continue
            elif group in (_QUOTE_GROUP, _HEREDOC_GROUP):
                at = self.open_template(start, at, quoted=group == _QUOTE_GROUP)
                continue
            else:
                self.finish(at)
                return
            starts.append(start)
            ends.append(at)

    def bracket(self, start: int, end: int) -> int:
        """Open or close a bracket; the offset to go on from, -1 where reading must stop."""
        kind = self.text[start:end]
        if kind in _CLOSERS:
            if not self.push(kind, start):
                return -1
            self.tokens.add(kind, start, end)
            return end
        opener = self.modes[-1][0] if self.modes else ""
        if _CLOSERS.get(opener) != kind[-1] or (kind == "~}" and opener not in ("${", "%{")):
            return self.mismatch(kind, start, end)
        self.pop()
        self.tokens.add("}" if kind == "~}" else kind, start, end)
        if opener in ("${", "%{"):
            return self.template(end)
        return end

    def push(self, kind: str, start: int, marker: str = "") -> bool:
        """Note an opener; False where it goes too deep."""
        if len(self.modes) >= MAX_DEPTH:
            self.broken(f"brackets and templates go more than {MAX_DEPTH} levels deep here", start, start + 1)
            return False
        # Newlines end something only in bodies and objects, not in `( )`, `[ ]`, templates and `{for …}`.
        self.keep_newlines = kind == "{" and _FOR.match(self.text, start + 1) is None
        self.modes.append((kind, start, marker, self.keep_newlines))
        return True

    def pop(self) -> None:
        """Leave the innermost mode."""
        self.modes.pop()
        self.keep_newlines = self.modes[-1][3] if self.modes else True

    def open_template(self, start: int, end: int, *, quoted: bool) -> int:
        """Begin a quoted template or a heredoc."""
        marker = "" if quoted else self.text[start:end].lstrip("<-").rstrip()
        if not self.push(QUOTE if quoted else HEREDOC, start, marker):
            return -1
        self.tokens.add(QUOTE if quoted else HEREDOC, start, end)
        return self.template(end)

    def template(self, at: int) -> int:
        """Read literal text up to a `${`, a `%{` or the template's end; the offset code goes on from, -1 at the end."""
        mode, start, marker, _ = self.modes[-1]
        if mode == HEREDOC:
            at, done = self.heredoc_text(at, start, marker)
            if done:
                return at
        else:
            found = (_QUOTED_TEXT if mode == QUOTE else _BARE_TEXT).match(self.text, at)
            if found is not None:
                self.tokens.add(TEXT, at, found.end())
                at = found.end()
        opener = self.text[at : at + 2]
        if opener in ("${", "%{"):
            end = at + (3 if self.text[at + 2 : at + 3] == "~" else 2)
            if not self.push(opener, at):
                return -1
            self.tokens.add(opener, at, end)
            return end
        return self.end_template(mode, start, at)

    def end_template(self, mode: str, start: int, at: int) -> int:
        """Close a quoted template at its quote, a bare one at the end of the text."""
        if mode == QUOTE and self.text[at : at + 1] == '"':
            self.pop()
            self.tokens.add(UNQUOTE, at, at + 1)
            return at + 1
        if mode == "bare":
            self.tokens.add(END, at, at)
        else:
            hint = 'close it with `"`, or write a text of several lines as a heredoc (<<-EOT)'
            self.broken("this string is not closed on its line", start, at, hint)
        return -1

    def heredoc_text(self, at: int, start: int, marker: str) -> tuple[int, bool]:
        """Read lines up to a template sequence, or (True) through the end marker."""
        text = self.text
        while True:
            found = _LINE_TEXT.match(text, at)
            end = found.end() if found else at
            line_ends = end > at and text[end - 1] == "\n"
            if line_ends and text[at - 1] == "\n" and text[at:end].strip() == marker:
                end -= 2 if text[end - 2 : end] == "\r\n" else 1
                self.pop()
                self.tokens.add(UNHEREDOC, at, end)
                return end, True
            if end > at:
                self.tokens.add(TEXT, at, end)
                at = end
            if line_ends:
                continue
            if at >= len(text):
                return self.endless_heredoc(start, marker), True
            return at, False

    def endless_heredoc(self, start: int, marker: str) -> int:
        """A heredoc whose end marker never comes."""
        near = re.search(rf"^[ \t]*{re.escape(marker)}\b.*", self.text[start + 3 + len(marker) :], re.MULTILINE)
        hint = f"its end is a line that holds `{marker}` alone" + (
            ", with nothing after it and a line break at its end" if near else ""
        )
        self.broken(f"the heredoc <<{marker} is never closed", start, self.text.find("\n", start), hint)
        return -1

    def mismatch(self, kind: str, start: int, end: int) -> int:
        """A closer that nothing, or something else, is open for."""
        self.tokens.add(kind, start, end)
        if not self.modes:
            fault = HclError(f"`{kind}` closes nothing", start, end, "remove it, or look for a bracket missing above")
        else:
            opener, at = self.modes[-1][:2]
            message = f"`{opener}` is closed by `{kind}` instead of `{_CLOSERS.get(opener, opener)}`"
            fault = HclError(message, at, at + len(opener), f"add `{_CLOSERS.get(opener, opener)}` before that")
        self.tokens.kinds[-1] = BROKEN
        self.tokens.fault = fault
        return -1

    def finish(self, at: int) -> None:
        """The end of the text: nothing may be open."""
        if not self.modes or self.modes[-1][0] == "bare":
            self.tokens.add(END, at, at)
            return
        opener, start = self.modes[-1][:2]
        closer = _CLOSERS.get(opener, opener)
        self.broken(f"`{opener}` is never closed", start, start + len(opener), f"add `{closer}`")
        self.tokens.starts[-1] = self.tokens.ends[-1] = at

    def stray(self, at: int) -> None:
        """A character that begins no token."""
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        length, message, hint = describe_stray(self.text, at)
        self.broken(message, at, at + length, hint)

    def broken(self, message: str, start: int, end: int, hint: str = "") -> None:
        """Stop here."""
        self.tokens.add(BROKEN, start, end)
        self.tokens.fault = HclError(message, start, end, hint)


def describe_stray(text: str, at: int) -> tuple[int, str, str]:
    """Length in bytes, message and hint for a character that HCL does not know."""
    if text.startswith("/*", at):
        return 2, "the comment `/*` is never closed", "add `*/`"
    if text[at] == "'":
        return 1, "HCL has no single-quoted strings", 'write "…" instead'
    character = text[at]
    hints = {
        ";": "arguments stand on lines of their own, without `;`",
        "&": "logical and is `&&`",
        "|": "logical or is `||`",
    }
    return 1, f"`{character}` means nothing in HCL", hints.get(character, "")


def decoded(text: str) -> str:
    """Text as people wrote it, from the one-character-a-byte form."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")
