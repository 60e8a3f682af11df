"""Source lines for a report to quote, with what looks like a secret blanked out."""

from __future__ import annotations

from finops_lint.model.finding import Problem
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.readers.files import Limits, read_file

SUFFIXES = (".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".yaml", ".yml")
_LIMITS = Limits(file_bytes=2_000_000)
_MAX_LINE = 500
_SECRET_NAME = regex(
    r"(?i)((?:pass(?:word|wd|phrase)?|secret|token|credential|private|(?:api|access|account|auth|encryption)_?key)"
    r"\w*[\"']?\s*[=:]\s*|\bsensitive\(\s*)(?:\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,}]+)"
)
_SECRET_TEXT = regex(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|\bhf_[A-Za-z0-9]{20,}|\bsk-[\w-]{20,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|://[^/\s:@\"]+:[^/\s@\"]+@"
)
_MAY_TELL = regex(r"pass|secret|token|credential|private|key|sensitive\(|akia|asia|gh|glpat-|xox|hf_|sk-|eyj|://")
"""One of these stands, in small letters, in whatever the patterns find in plain ASCII: it is found much quicker."""
_HIDDEN = "(hidden)"


class Quoter:
    """Quotes lines of the user's files; each file is read once."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def __call__(self, span: Span) -> str:
        """The line at `span`, empty where the file is no source or cannot be read."""
        if not span.file.endswith(SUFFIXES):
            return ""
        if span.file not in self._lines:
            self._lines[span.file] = _read(span.file)
        lines = self._lines[span.file]
        return redacted(lines[span.line - 1]) if 0 < span.line <= len(lines) else ""


def redacted(line: str) -> str:
    """`line` without the values of attributes whose name speaks of a secret, and without known token shapes."""
    line = line if len(line) <= _MAX_LINE else line[:_MAX_LINE]
    if line.isascii() and not _MAY_TELL.search(line.lower()):
        return line
    return _SECRET_TEXT.sub(_HIDDEN, _SECRET_NAME.sub(rf"\g<1>{_HIDDEN}", line))


def _read(file: str) -> list[str]:
    data = read_file(file, limits=_LIMITS)
    if isinstance(data, Problem):
        return []
    text = data.decode("utf-8-sig", "replace")
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).split("\n")
