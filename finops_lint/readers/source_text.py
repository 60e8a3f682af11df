"""The bytes of one file ↔ lines and columns in it.

Lines end at line feeds; columns count characters, not bytes, and a byte order mark is in no column.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from io import BytesIO
from itertools import accumulate

from finops_lint.model.records import record
from finops_lint.model.span import Span

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@record(frozen=True)
class SourceText:
    """One file's bytes, and where its lines begin."""

    file: str
    """Path as reported to the user."""
    data: bytes

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0, *accumulate(map(len, BytesIO(self.data)))]
        if len(starts) > 1 and not self.data.endswith(b"\n"):
            starts.pop()
        return starts

    @cached_property
    def _is_ascii(self) -> bool:
        return self.data.isascii()

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column (in characters), both from 1, of a byte offset."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        if self._is_ascii:
            return line, min(offset, len(self.data)) - start + 1
        if line == 1 and self.data.startswith(BYTE_ORDER_MARK):
            start = min(len(BYTE_ORDER_MARK), offset)
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def span(self, start: int, end: int) -> Span:
        """The Span from byte `start` up to byte `end`."""
        if self._is_ascii and end <= len(self.data):  # nearly always
            starts = self._starts
            line, last = bisect_right(starts, start), bisect_right(starts, end)
            return Span(self.file, line, start - starts[line - 1] + 1, last, end - starts[last - 1] + 1)
        return Span(self.file, *self.position(start), *self.position(end))

    def offset(self, line: int, column: int) -> int:
        """The byte offset of a line and column, both from 1; the end of the line or file for what lies beyond it."""
        if line > len(self._starts):
            return len(self.data)
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.data)
        if line == 1 and self.data.startswith(BYTE_ORDER_MARK):
            start = len(BYTE_ORDER_MARK)
        return start + len(self.data[start:end].decode("utf-8", "replace")[: column - 1].encode())
