"""The base of our own errors; each room has its child."""

from __future__ import annotations

from finops_lint.model.span import Span


class FinopsLintError(Exception):
    """Something of ours or of the user's settings, rules or sheets is wrong; the run stops with exit 2."""

    def __init__(self, message: str, span: Span | None = None, hint: str = "") -> None:
        super().__init__(f"{span}: {message}" if span else message)
        self.span = span
        self.hint = hint
