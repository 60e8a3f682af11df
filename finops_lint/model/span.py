"""Places in the user's files."""

from __future__ import annotations

from finops_lint.model.records import record


@record(frozen=True, slots=True, order=True)
class Span:
    """Where something was written."""

    file: str
    """Path as the user would type it: relative to the working folder, forward slashes."""
    line: int
    """First line, from 1."""
    column: int = 1
    """First column, from 1, counted in characters."""
    end_line: int = 0
    """Last line; 0 where only the start is known."""
    end_column: int = 0
    """Column after the last character on `end_line`; 0 where only the start is known."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
