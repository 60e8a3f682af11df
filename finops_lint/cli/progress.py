"""How far a run is, as a bar on standard error: only where a person looks on, and only once it takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from finops_lint.refresh.telling import Telling
from finops_lint.reports.lines import clean

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from finops_lint.pipeline import Progress as Report

PATIENCE = 0.6
"""Seconds a person waits before wondering."""


class _Bar:
    """A bar that is drawn when the work turns out to be long."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None and total > done and time.monotonic() - self._start > PATIENCE:
            self._open(total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task = self._bar.add_task("Projects", total=total)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def progress(*, quiet: bool) -> Iterator[Report | None]:
    """What to tell of each finished project; None where nobody looks on."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class _Lines(Telling):
    """A line for every part of a list, where no person looks on."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out

    def done(self, name: str, words: str) -> None:
        """Say what became of the part."""
        if self._out is not None:
            self._out.write(f"{clean(name)}: {clean(words)}\n")
            self._out.flush()


@contextmanager
def lines_of_parts(out: TextIO | None) -> Iterator[Telling]:
    """Lines on `out`; None says nothing."""
    yield _Lines(out)


class _Parts(Telling):
    """A bar that counts the parts of a list, with what became of each above it."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("Price lists", total=None)
        self._total = 0

    def plan(self, parts: int) -> None:
        """There are so many more."""
        self._total += parts
        self._bar.update(self._task, total=self._total)

    def done(self, name: str, words: str) -> None:
        """One is finished."""
        self._bar.console.print(f"{clean(name)}: {clean(words)}", markup=False, highlight=False)
        self._bar.advance(self._task)


@contextmanager
def bar_of_parts() -> Iterator[Telling]:
    """A bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Parts(bar)
