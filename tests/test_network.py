"""What a server asks for in Retry-After, and how long anybody waits."""

from __future__ import annotations

import pytest

from finops_lint.network import Patience, asked_wait

NOON = "Sat, 21 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT", "Date": NOON}, 30),
        ({"Retry-After": "Sat, 21 Nov 2026 11:59:00 GMT", "Date": NOON}, 0),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 40}, None),
        ({}, None),
    ],
)
def test_a_server_asks_in_seconds_or_by_its_own_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers) == seconds


def test_waits_are_doubled_up_to_the_longest() -> None:
    waits: list[float] = []
    patience = Patience(waits.append, first=1, longest=5)
    for failures in range(1, 5):
        patience.wait(failures, None)
    patience.wait(1, 3)
    patience.wait(1, 99)
    assert waits == [1, 2, 4, 5, 3, 5]
