"""The file of what earlier changes cost, one JSON line a run: read, held against the change at hand, added to.

A change is unusual that lies more than two standard deviations from the mean of the repository's earlier ones. Counted
are the last hundred recorded for the same paths and in the same currency that changed the cost at all; below eight of
them nothing is said. It warns and never fails: a rare change need not be a wrong one. Sample standard deviation: by
n − 1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, TypeVar

from finops_lint.catalog.given import read_given
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Level, Problem
from finops_lint.model.guardrail import Action, Guardrail, Limit, Outcome
from finops_lint.model.money import Range
from finops_lint.model.records import record, replace
from finops_lint.model.report import Diff, Report
from finops_lint.model.span import Span
from finops_lint.reports import figures
from finops_lint.reports.json_report import figure

NAME = "usual changes"
FEWEST, MOST = 8, 100
"""Earlier changes: below the first number nothing is said; no more than the second count."""
_MOST_BYTES = 10 << 20
_MOST_PROBLEMS = 3
Told = TypeVar("Told", Report, Diff)


class HistoryError(FinopsLintError):
    """The history file cannot be read at all."""


@record(frozen=True, slots=True)
class Run:
    """One line of the file."""

    day: str
    """ISO date."""
    paths: tuple[str, ...]
    """What was looked at: only runs over the same are compared."""
    total: Decimal
    """Currency units a month, expected."""
    currency: str
    change: Decimal | None = None
    """How much more than before; None where there was no before."""


def read_history(file: str) -> tuple[list[Run], list[Problem]]:
    """The runs of `file`, oldest first, and what in it is no run; nothing where there is no file.

    Raises:
        HistoryError: it is there and cannot be read.
    """
    if not Path(file).exists():
        return [], []
    runs: list[Run] = []
    problems: list[Problem] = []
    for number, line in enumerate(read_given(Path(file), HistoryError, most=_MOST_BYTES).splitlines(), 1):
        if not line.strip():
            continue
        try:
            runs.append(_run(json.loads(line)))
        except (ValueError, TypeError, KeyError, InvalidOperation, RecursionError):
            message = "not a run of the cost history"
            problems.append(Problem(Level.NOTICE, "history-line", message, Span(file, number), "it is left out"))
    return runs, problems[:_MOST_PROBLEMS]


def _run(entry: object) -> Run:
    if not isinstance(entry, dict) or not isinstance(entry["paths"], list):
        raise TypeError
    change, paths = entry.get("change"), entry["paths"]
    run = Run(
        str(entry["date"]),
        tuple(str(path) for path in paths),
        Decimal(str(entry["total"])),
        str(entry["currency"]),
        None if change is None else Decimal(str(change)),
    )
    if not run.total.is_finite() or not (run.change is None or run.change.is_finite()):
        raise ValueError
    return run


def run_of(report: Report | Diff, runs: Sequence[Run], paths: Sequence[str], today: date) -> Run:
    """This run. What a plain report changes is told by the last one of the same paths."""
    now = report.after if isinstance(report, Diff) else report
    total = now.total.all.expected
    places = tuple(sorted(paths))
    change = None
    if isinstance(report, Diff):
        change = total - report.before.total.all.expected
    else:
        last = next((run for run in reversed(runs) if (run.paths, run.currency) == (places, now.currency)), None)
        change = None if last is None else total - last.total
    return Run(today.isoformat(), places, total, now.currency, change)


def held_against(report: Told, run: Run, runs: Sequence[Run], problems: Sequence[Problem]) -> Told:
    """`report` with what is unusual about `run`, and with what is wrong with the file."""
    found: tuple[Guardrail, ...] = tuple(_unusual(run, runs))
    if isinstance(report, Diff):
        after = replace(report.after, problems=(*report.after.problems, *problems))
        return replace(report, after=after, guardrails=(*report.guardrails, *found))
    return replace(report, problems=(*report.problems, *problems), guardrails=(*report.guardrails, *found))


def _unusual(run: Run, runs: Sequence[Run]) -> Iterator[Guardrail]:
    same = (r.change for r in runs if (r.paths, r.currency) == (run.paths, run.currency))
    earlier = [change for change in same if change is not None and figures.rounded(change)][-MOST:]
    if len(earlier) < FEWEST or run.change is None or not figures.rounded(run.change):
        return
    mean = sum(earlier, Decimal(0)) / len(earlier)
    spread = 2 * (sum(((x - mean) ** 2 for x in earlier), Decimal(0)) / (len(earlier) - 1)).sqrt()
    if abs(run.change - mean) <= spread:
        return
    low, high = (figures.change(edge, run.currency) for edge in (mean - spread, mean + spread))
    yield Guardrail(
        name=NAME,
        limit=Limit.UNUSUAL,
        most=mean + spread if run.change > mean else mean - spread,
        outcome=Outcome.BROKEN,
        figure=Range.of(run.change),
        action=Action.WARN,
        reason=f"{figures.change(run.change, run.currency)} a month, where the last {len(earlier)} changes lie "
        f"between {low} and {high} (two standard deviations)",
        currency=run.currency,
    )


def add(file: str, run: Run) -> None:
    """Write `run` as the last line of `file`; its folder is made if it is missing.

    Raises:
        OSError: it cannot be written.
    """
    entry = {
        "date": run.day,
        "paths": list(run.paths),
        "total": figure(run.total),
        "change": figure(run.change),
        "currency": run.currency,
    }
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        # A line that was cut off stays alone.
        start = b"" if stream.tell() == 0 or _ends_a_line(stream) else b"\n"
        stream.write(start + json.dumps(entry, separators=(", ", ": ")).encode() + b"\n")


def _ends_a_line(stream: IO[bytes]) -> bool:
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) == b"\n"
