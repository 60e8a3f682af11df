"""One function over many things, here and in forked copies of this process at once; each result as it comes.

Who works takes tickets out of pipes: every process has one of its own, with neighbouring things, since neighbours need
the same sheets and modules; when that is empty it helps the others. Results come back pickled through a pipe each.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

CAN_FORK = sys.platform.startswith("linux")
"""Forking is safe and cheap on Linux only; elsewhere a worker would load everything again."""
_TICKET = struct.Struct("=I")
_LENGTH = struct.Struct("=Q")
_MOST_TICKETS = 8_192
"""In one pipe: 32 of the 64 KiB it holds, so that filling it never waits."""
_PIECE = 1 << 20
"""Bytes read from a pipe at a time."""


def side_by_side(
    work: Callable[[int], Result], count: int, jobs: int, *, sizes: Sequence[int] = ()
) -> Iterator[tuple[int, Result | None]]:
    """`work(n)` with its n, for every n below `count`, in the order of finishing; None where a process died over it.

    The copies are made when the first result is asked for, the work here is done as results are. Each process begins
    with what is largest by `sizes`, so that none is left with much to do when the others have ended.

    Raises:
        Exception: What `work` raises, here or in a copy.
    """
    queues, size = _queues(count, jobs, sizes)
    left = set(range(count))
    children: list[_Child] = []
    try:
        with _undisturbed():
            for own in range(1, jobs):
                children.append(_Child(work, _numbers(queues[own:] + queues[:own], count, size), children))
        for number in _numbers(queues, count, size):
            left.discard(number)
            yield number, work(number)
            for child in children:
                for done, result in child.results():
                    left.discard(done)
                    yield done, result
        for child in children:
            for done, result in child.results(wait=True):
                left.discard(done)
                yield done, result
        yield from ((number, None) for number in sorted(left))
    finally:
        for child in children:
            child.end()


class Elsewhere(Generic[Result]):
    """The result of `work` that a forked copy does; where the copy died, the work is done here."""

    def __init__(self, work: Callable[[], Result], child: _Child) -> None:
        self._work = work
        self._child = child
        self._found: list[Result] = []

    def is_there(self) -> bool:
        """Whether there is nothing to wait for. Raises: what the work raised."""
        self._found += [found for _, found in self._child.results()]
        return bool(self._found) or self._child.is_done

    def wait(self) -> Result:
        """The result, as soon as it is there. Raises: what the work raised."""
        self._found += [found for _, found in self._child.results(wait=not self._found)]
        return self._found[0] if self._found else self._work()


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Elsewhere[Result]]:
    """`work` in a forked copy while the caller does something else."""
    children: list[_Child] = []
    try:
        with _undisturbed():
            children.append(_Child(lambda _: work(), iter((0,)), children))
        yield Elsewhere(work, children[0])
    finally:
        for child in children:
            child.end()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits: a copy of which nobody knew yet would never be ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _queues(count: int, jobs: int, sizes: Sequence[int]) -> tuple[list[int], int]:
    """A pipe of tickets for each process, and for how many things a ticket stands."""
    size = 1 + count // (_MOST_TICKETS * jobs)
    tickets = range(0, count, size)
    queues = []
    for own in range(jobs):
        taken: Sequence[int] = tickets[len(tickets) * own // jobs : len(tickets) * (own + 1) // jobs]
        if sizes:
            taken = sorted(taken, key=lambda first: -sizes[first])
        queue, filled = os.pipe()
        os.write(filled, b"".join(_TICKET.pack(first) for first in taken))
        os.close(filled)
        queues.append(queue)
    return queues, size


def _numbers(queues: list[int], count: int, size: int) -> Iterator[int]:
    """What this process is to do, its own queue first; each read takes one ticket, whoever else reads."""
    for queue in queues:
        with open(queue, "rb", buffering=0) as tickets:  # noqa: PTH123 -- a descriptor has no path
            while ticket := tickets.read(_TICKET.size):
                (first,) = _TICKET.unpack(ticket)
                yield from range(first, min(first + size, count))


class _Child:
    """A forked copy of this process at work, seen from here."""

    def __init__(self, work: Callable[[int], Any], numbers: Iterator[int], elder: Sequence[_Child]) -> None:
        self._pipe, writing = os.pipe()
        sys.stdout.flush()
        with warnings.catch_warnings():
            # Python warns of forks beside threads, whose locks stay shut in the copy; this one takes none of theirs.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if not self._pid:
            # Who writes must not hold the other end too: it would wait for ever for a reader that is gone.
            for child in (self, *elder):
                os.close(child._pipe)
            _work(work, numbers, writing)
        os.close(writing)
        os.set_blocking(self._pipe, False)
        self._received = bytearray()
        self.is_done = False

    def results(self, *, wait: bool = False) -> Iterator[tuple[int, Any]]:
        """What has come, or with `wait` all that is still to come.

        Raises:
            Exception: What the work raised there.
        """
        if wait:
            os.set_blocking(self._pipe, True)
        while not self.is_done:
            try:
                data = os.read(self._pipe, _PIECE)
            except BlockingIOError:
                break
            self._received += data
            self.is_done = not data
            yield from self._unpacked()

    def _unpacked(self) -> Iterator[tuple[int, Any]]:
        import pickle  # most runs have one process

        while len(self._received) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
            if len(self._received) < end:
                return
            number, result = pickle.loads(memoryview(self._received)[_LENGTH.size : end])  # noqa: S301 -- our own copy wrote it
            del self._received[:end]
            if number is None:
                raise result
            yield number, result

    def end(self) -> None:
        """Stop it if it still works, and take leave of it."""
        os.close(self._pipe)
        if not self.is_done:
            os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)


def _work(work: Callable[[int], Any], numbers: Iterator[int], pipe: int) -> None:
    """What a copy does in its whole life."""
    # Ctrl-C reaches every process of the terminal; the first one alone answers it, and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 0
    try:
        outbox = _Outbox(pipe)
        try:
            for number in numbers:
                outbox.put((number, work(number)))
        except Exception as error:  # noqa: BLE001 -- it is raised again where somebody can see it
            outbox.put((None, error))
        outbox.empty()
    except BaseException:  # noqa: BLE001 -- the first process sees what is missing
        code = 1
    os._exit(code)


class _Outbox:
    """Results on their way: sent as far as the pipe takes them, so that the work never waits for the reader."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._waiting = bytearray()
        os.set_blocking(pipe, False)

    def put(self, message: tuple[int | None, Any]) -> None:
        import pickle

        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._waiting += _LENGTH.pack(len(data)) + data
        try:
            while self._waiting:
                del self._waiting[: os.write(self._pipe, self._waiting)]
        except BlockingIOError:
            pass

    def empty(self) -> None:
        """Send the rest, however long the reader takes."""
        os.set_blocking(self._pipe, True)
        while self._waiting:
            del self._waiting[: os.write(self._pipe, self._waiting)]
