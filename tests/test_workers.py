"""Work shared with forked copies: nothing lost, nothing twice, and what goes wrong in a copy is told here."""

from __future__ import annotations

import os
import signal

import pytest

from finops_lint.workers import CAN_FORK, beside, side_by_side

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="forks on Linux only")


@pytest.mark.parametrize(("count", "jobs"), [(1, 1), (9, 2), (100, 3), (20_000, 2)])
def test_every_number_is_done_once(count: int, jobs: int) -> None:
    done = list(side_by_side(lambda n: n * n, count, jobs))
    assert sorted(done) == [(n, n * n) for n in range(count)]


def test_the_copies_take_part() -> None:
    here = os.getpid()
    found = {pid for _, pid in side_by_side(lambda n: (sum(range(200_000)), os.getpid())[1], 100, 2)}
    assert len(found) == 2
    assert here in found


def test_each_process_begins_with_the_largest() -> None:
    here = os.getpid()
    done = side_by_side(lambda n: (sum(range(200_000)), os.getpid())[1], 40, 2, sizes=[n % 20 for n in range(40)])
    first = {pid: number for number, pid in reversed([(n, pid) for n, pid in done if pid is not None])}
    assert first[here] == 19
    assert sorted(first.values()) == [19, 39]


def test_results_larger_than_a_pipe_arrive_whole() -> None:
    done = dict(side_by_side(lambda n: bytes([n]) * 300_000, 20, 2))
    assert all(done[n] == bytes([n]) * 300_000 for n in range(20))


def test_what_is_raised_in_a_copy_is_raised_here() -> None:
    here = os.getpid()

    def fail_elsewhere(number: int) -> int:
        if os.getpid() != here:
            raise ValueError("in a copy")
        return sum(range(500_000)) and number

    with pytest.raises(ValueError, match="in a copy"):
        list(side_by_side(fail_elsewhere, 50, 2))


def test_what_a_killed_copy_had_taken_is_missing_and_all_else_is_done() -> None:
    here = os.getpid()

    def die_elsewhere(number: int) -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return sum(range(500_000)) and number

    done = dict(side_by_side(die_elsewhere, 50, 2))
    assert sorted(done) == list(range(50))
    assert [n for n, result in done.items() if result is None] == [25]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_copies_end_with_the_process_that_made_them() -> None:
    alive, held = os.pipe()
    parent = os.fork()
    if not parent:
        os.close(alive)
        here = os.getpid()
        for _ in side_by_side(lambda n: bytes(300_000), 50, 3):
            os.kill(here, signal.SIGKILL)
    os.close(held)
    os.waitpid(parent, 0)
    assert os.read(alive, 1) == b""  # comes once the last process that holds the other end has ended
    os.close(alive)


def test_work_beside_the_callers_own_is_done_in_a_copy_and_its_result_waited_for() -> None:
    with beside(lambda: (os.getpid(), bytes(300_000))) as result:
        pid, data = result.wait()
    assert pid != os.getpid()
    assert len(data) == 300_000


def test_what_is_raised_beside_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> int:
        raise ValueError("in a copy")

    with pytest.raises(ValueError, match="in a copy"), beside(fail) as result:
        result.wait()


def test_what_a_killed_copy_left_undone_is_done_here() -> None:
    here = os.getpid()

    def die_elsewhere() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return 7

    with beside(die_elsewhere) as result:
        assert result.wait() == 7


def test_whether_a_result_is_there_is_told_without_waiting() -> None:
    begun, go_on = os.pipe()
    with beside(lambda: os.read(begun, 1)) as result:
        assert not result.is_there()
        os.write(go_on, b"x")
        while not result.is_there():
            pass
        assert result.wait() == result.wait() == b"x"
    os.close(begun)
    os.close(go_on)
