"""What is to change in one text, and the text with the changes made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from finops_lint.model.records import record


@record(frozen=True, slots=True, order=True)
class Edit:
    """Some bytes of a file and what stands there afterwards; of no length where something is put in."""

    start: int
    end: int
    text: bytes


class CannotEdit(Exception):  # noqa: N818 -- it says what cannot be done, and is told to the user
    """Why a remedy cannot be written into the source."""


def made(data: bytes, edits: Iterable[Edit]) -> bytes:
    """`data` with `edits` made. They must not overlap; of those at one place the one indented most goes first.

    So a line that belongs to what stands above it is not cut off from it by one that belongs to what is around both.
    """
    done, at = [], 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end, -_indent(e.text))):
        done += [data[at : edit.start], edit.text]
        at = edit.end
    return b"".join([*done, data[at:]])


def _indent(text: bytes) -> int:
    line = text.lstrip(b"\r\n")
    return len(line) - len(line.lstrip(b" "))


def overlaps(edit: Edit, others: Sequence[Edit]) -> bool:
    """Whether `edit` touches what one of `others` changes; the very same edit does not count.

    Two that put something in at one place do not, unless both would write the same key there.
    """
    for other in others:
        if edit == other:
            continue
        if edit.start == edit.end == other.start == other.end:
            if _first_word(edit.text) == _first_word(other.text):
                return True
        elif edit.start < max(other.end, other.start + 1) and other.start < max(edit.end, edit.start + 1):
            return True
    return False


def _first_word(text: bytes) -> bytes:
    return text.strip(b" \t\r\n,-").partition(b":")[0].partition(b" ")[0]


def line_end(data: bytes, at: int) -> int:
    """The offset after the line break that ends the line of `at`."""
    found = data.find(b"\n", at)
    return len(data) if found < 0 else found + 1


def line_start(data: bytes, at: int) -> int:
    """The offset at which the line of `at` begins."""
    return data.rfind(b"\n", 0, at) + 1


def newline_of(data: bytes) -> bytes:
    """How the lines of `data` end."""
    return b"\r\n" if b"\r\n" in data else b"\n"


def indent_of(data: bytes, at: int) -> bytes:
    """The blanks with which the line of `at` begins."""
    start = line_start(data, at)
    line = data[start : line_end(data, at)]
    return line[: len(line) - len(line.lstrip(b" \t"))]
