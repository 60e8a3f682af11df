"""The cost history: what is kept of a run, and which change is unlike the earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.compare import compare
from finops_lint.history import HistoryError, Run, add, held_against, read_history, run_of
from finops_lint.model.guardrail import Guardrail, Limit, Outcome
from tests.reports.builders import component, project, report, resource

TODAY = date(2026, 11, 21)
USUAL = ("10", "20", "30", "20", "10", "30", "20", "20")
"""Mean 20; squares 100 + 100 + 100 + 100 = 400, over 7 is 57.14, its root 7.559: usual is 4.88 to 35.12."""


def run(change: str | None, total: str = "100", paths: Sequence[str] = ("infra",), currency: str = "USD") -> Run:
    return Run("2026-11-01", tuple(paths), Decimal(total), currency, None if change is None else Decimal(change))


def said(change: str | None, earlier: Sequence[Run]) -> Sequence[Guardrail]:
    return held_against(report(), run(change), earlier, ()).guardrails


def earlier(*changes: str) -> list[Run]:
    return [run(change) for change in changes]


def test_a_change_beyond_two_standard_deviations_is_told_and_does_not_fail() -> None:
    [found] = said("35.13", earlier(*USUAL))
    assert (found.limit, found.outcome, found.fails) == (Limit.UNUSUAL, Outcome.BROKEN, False)
    assert found.reason == (
        "+$35.13 a month, where the last 8 changes lie between +$4.88 and +$35.12 (two standard deviations)"
    )


@pytest.mark.parametrize("change", ["35.11", "4.89", "20", "0", None])
def test_a_change_within_them_no_change_and_a_first_run_are_not_told(change: str | None) -> None:
    assert said(change, earlier(*USUAL)) == ()


def test_a_saving_may_be_unusual_too() -> None:
    assert [g.limit for g in said("-50", earlier(*USUAL))] == [Limit.UNUSUAL]


def test_fewer_than_eight_changes_say_nothing_and_runs_that_changed_nothing_do_not_count() -> None:
    assert said("1000", earlier(*USUAL[:7])) == ()
    assert said("1000", earlier(*USUAL[:7], "0", "0", "0.004")) == ()


def test_only_runs_of_the_same_paths_and_currency_count() -> None:
    assert said("1000", [run(c, paths=("other",)) for c in USUAL]) == ()
    assert said("1000", [run(c, currency="EUR") for c in USUAL]) == ()


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    file = str(tmp_path / "finops" / "history.jsonl")
    runs = [run(None), run("12.5"), run("-3", paths=("a", "b"))]
    for one in runs:
        add(file, one)
    assert read_history(file) == (runs, [])
    first = Path(file).read_text("utf-8").splitlines()[1]
    assert first == '{"date": "2026-11-01", "paths": ["infra"], "total": "100", "change": "12.5", "currency": "USD"}'


def test_a_line_that_is_no_run_is_told_and_left_out(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    add(str(file), run("1"))
    file.write_text(file.read_text("utf-8") + '{"date": "2026\n\n[1]\n{"date": "", "paths": "x"}\nNaN', "utf-8")
    add(str(file), run("2"))
    runs, problems = read_history(str(file))
    assert [r.change for r in runs] == [Decimal(1), Decimal(2)]
    assert [p.span.line for p in problems if p.span] == [2, 4, 5]


def test_figures_that_are_none_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text('{"date": "", "paths": [], "total": "NaN", "currency": "USD"}\n', "utf-8")
    runs, problems = read_history(str(file))
    assert (runs, len(problems)) == ([], 1)


def test_a_missing_history_is_an_empty_one_and_a_folder_none(tmp_path: Path) -> None:
    assert read_history(str(tmp_path / "none")) == ([], [])
    with pytest.raises(HistoryError, match="a folder"):
        read_history(str(tmp_path))


def test_a_run_keeps_what_the_change_adds() -> None:
    sides = [report(project((resource("aws_x.a", component("x", "1", cost)),))) for cost in ("100", "130")]
    found = run_of(compare(*sides), (), ["b", "a"], TODAY)
    assert found == Run("2026-11-21", ("a", "b"), Decimal(130), "USD", Decimal(30))


def test_a_plain_report_is_held_against_the_last_run_of_the_same_paths() -> None:
    now = report(project((resource("aws_x.a", component("x", "1", "130")),)))
    past = [run(None, "90", ["a"]), run(None, "100", ["a"]), run(None, "5", ["b"])]
    assert run_of(now, past, ["a"], TODAY).change == 30
    assert run_of(now, [], ["a"], TODAY).change is None
