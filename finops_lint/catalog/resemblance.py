"""A word → the names that resemble it most: `difflib.get_close_matches`, fit to look through long lists many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from heapq import heappush, heappushpop
from typing import Any


class Looked(Sequence[str]):
    """Names that are looked for when somebody wants to see them; equal to a tuple, and one in another process."""

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], tuple[str, ...]]) -> None:
        self._find = find
        self._found: tuple[str, ...] | None = None

    @property
    def _names(self) -> tuple[str, ...]:
        if self._found is None:
            self._found = self._find()
        return self._found

    def __getitem__(self, place: Any) -> Any:
        return self._names[place]

    def __len__(self) -> int:
        return len(self._names)

    def __eq__(self, other: object) -> bool:
        return self._names == (other._names if isinstance(other, Looked) else other)

    def __hash__(self) -> int:
        return hash(self._names)

    def __repr__(self) -> str:
        return repr(self._names)

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self._names,)


_BARELY = 1e-9
"""What a figure that decides nothing by itself may be off, so that no rounding of it does."""


class Names:
    """Names to compare with many words."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [(name, len(name), name.encode("utf-8", "surrogatepass")) for name in names]
        self._known: dict[tuple[str, int, float], list[str]] = {}

    def resembling(self, word: str, most: int = 3, cutoff: float = 0.6) -> list[str]:
        """What `get_close_matches` gives, the most alike first.

        Two texts are at best as alike as the letters they share tell. Names are compared in that order, until none
        that is left can be among the `most`.
        """
        asked = (word, most, cutoff)
        if asked not in self._known:
            self._known[asked] = _best(word, self._alike(word, cutoff), most, cutoff)
        return self._known[asked]

    def _alike(self, word: str, cutoff: float) -> list[tuple[float, str]]:
        """The names that may be alike enough, with how much they are at best, the highest first."""
        size, letters = len(word), word.encode("utf-8", "surrogatepass")
        half = cutoff / 2
        least = half * size - _BARELY
        # Most names have too few of the word's letters, however often it has each.
        names = [
            (name, size + length)
            for name, length, data in self._names
            if len(data) - len(data.translate(None, letters)) >= half * length + least
        ]
        counts = [(letter, word.count(letter)) for letter in set(word)]
        shared = [sum([min(count, name.count(letter)) for letter, count in counts]) for name, _ in names]
        limits = [2.0 * both / total if total else 1.0 for both, (_, total) in zip(shared, names, strict=True)]
        alike = [(limit, name) for limit, (name, _) in zip(limits, names, strict=True) if limit >= cutoff]
        return sorted(alike, reverse=True)


def _best(word: str, alike: list[tuple[float, str]], most: int, cutoff: float) -> list[str]:
    """The `most` names that are most alike, of those that have a limit beside them, the highest first."""
    matcher = SequenceMatcher()
    matcher.set_seq2(word)
    best: list[tuple[float, str]] = []
    for limit, name in alike:
        if len(best) == most and limit < best[0][0]:
            break
        matcher.set_seq1(name)
        ratio = matcher.ratio()
        if ratio >= cutoff:
            (heappushpop if len(best) == most else heappush)(best, (ratio, name))
    return [name for _, name in sorted(best, reverse=True)]
