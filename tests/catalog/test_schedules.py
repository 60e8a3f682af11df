"""Schedules: the minutes of a week, counted by hand, and what is said of a text that is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.schedules import ScheduleError, minutes_a_week
from finops_lint.model.span import Span
from finops_lint.model.terms import Schedule


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("weekdays 8-19", 55),  # 5 × 11
        ("weekdays 8-19, sat 10-14", 59),  # 55 + 4
        ("Mon-Fri 08:00-18:00", 50),  # 5 × 10
        ("mon wed fri 9-12 13-17", 21),  # 3 × (3 + 4)
        ("daily 0-24", 168),
        ("daily 22-6", 56),  # 7 × 8, past midnight
        ("sun 22-6", 8),  # the night to Monday
        ("fri-mon 0-24", 96),  # 4 whole days
        ("weekends 8:30-17", 17),  # 2 × 8.5
        ("tuesday 8 - 12", 4),
    ],
)
def test_a_schedule_covers_the_hours_it_names(text: str, hours: float) -> None:
    assert minutes_a_week(text) == hours * 60


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("weekdays", "names no hours"),
        ("8-19", "names no days"),
        ("workdays 8-19", "'workdays' is no day"),
        ("t 8-19", "'t' is no day"),  # Tuesday or Thursday
        ("weekdays 8-25", "goes beyond the day"),
        ("weekdays 8:75-19", "goes beyond the day"),
        ("weekdays 8-8", "covers nothing"),
        ("weekdays 8to19", "are no hours"),
        ("weekdays 8-19,", "an entry between commas is empty"),
        ("weekdays 8-19, mon 10-12", "Monday 10:00 is covered twice, by 'weekdays 8-19' and by 'mon 10-12'"),
        ("daily 20-21, weekdays 18-22", "covered twice"),
        ("mon 8-12 10-14", "'mon 8-12 10-14' covers Monday 10:00 twice"),
    ],
)
def test_what_is_no_schedule_is_told(text: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=r"^[^\n]+$") as caught:
        minutes_a_week(text)
    assert why in str(caught.value)


def test_a_month_has_730_hours_of_which_a_schedule_takes_its_share_of_the_week() -> None:
    office = Schedule("office", "weekdays 8-19", 55 * 60, Span("s.yaml", 1))
    assert round(office.hours, 6) == Decimal("238.988095")  # 730 × 55 / 168
    assert Schedule("always", "daily 0-24", 168 * 60, Span("s.yaml", 1)).hours == 730
