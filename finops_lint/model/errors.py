"""The base of our own errors; each room has its child."""

from __future__ import annotations

from finops_lint.model.span import Span


class FinopsLintError(Exception):
    """Something of ours or of the user's settings, rules or sheets is wrong; the run stops with exit 2."""

    def __init__(self, message: str, span: Span | None = None, hint: str = "") -> None:
        super().__init__(f"{span}: {message}" if span else message)
        self.span = span
        self.hint = hint


def words_of(error: BaseException) -> str:
    """An unexpected error in one line, with the place in our code it came from."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else ""
    return " ".join(f"{type(error).__name__}: {error}{place}".split())
