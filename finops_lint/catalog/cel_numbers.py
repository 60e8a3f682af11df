"""An expression as it is written → the same with whole numbers written as doubles, which is what all values are."""

from __future__ import annotations

import re

from finops_lint.model.regexes import regex

_TOKEN = regex(
    r"""(?P<string>[bB]?[rR][bB]?(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"[^"\n]*"|'[^'\n]*')
        |[bB]?(?:\"{3}(?:\\[\s\S]|[\s\S])*?\"{3}|'{3}(?:\\[\s\S]|[\s\S])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<comment>//[^\n]*)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?)
    |(?P<space>\s+)
    |(?P<mark>.)""",
    re.VERBOSE,
)
_WHOLE_NUMBER = regex(r"\d+\Z")
_TAKE_INTEGERS = frozenset({"charAt", "substring", "split", "replace", "indexOf", "lastIndexOf", "int", "uint"})
_OPERATOR_WORDS = frozenset({"in"})


def with_doubles(text: str) -> str:
    """`text` with its integer literals written as doubles, but for those inside an index and those functions count in.

    `r.disk[0].size > 8` becomes `r.disk[0].size > 8.0`; strings, comments, `1e3` and `8u` stay as they are.
    """
    out: list[str] = []
    brackets: list[str] = []
    before = word = ""
    for token in _TOKEN.finditer(text):
        kind, part = token.lastgroup or "", token.group()
        if kind == "number" and _WHOLE_NUMBER.match(part) and "index" not in brackets and brackets[-1:] != ["integers"]:
            part += ".0"
        elif kind == "mark":
            _track_bracket(part, brackets, before, word)
        out.append(part)
        if kind not in {"space", "comment"}:
            before = "operand" if _ends_operand(kind, part) else part
            word = part if kind == "word" else ""
    return "".join(out)


def _ends_operand(kind: str, part: str) -> bool:
    return kind in {"string", "number"} or (kind == "word" and part not in _OPERATOR_WORDS) or part in {")", "]", "}"}


def _track_bracket(mark: str, brackets: list[str], before: str, word: str) -> None:
    if mark == "[":
        brackets.append("index" if before == "operand" else "list")
    elif mark == "(":
        brackets.append("integers" if word in _TAKE_INTEGERS else "call")
    elif mark in {")", "]"} and brackets:
        brackets.pop()
