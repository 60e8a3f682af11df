"""A word → the names that resemble it most: `difflib.get_close_matches`, fit to look through long lists many times."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import heappush, heappushpop


class Names:
    """Names to compare with many words; made ready once."""

    def __init__(self, names: Iterable[str]) -> None:
        self._bits: dict[str, list[int]] = {}
        """Letter → the bits that stand for none of it, the first, the first two …"""
        self._used = 0
        self._names = [(name, self._letters(name)) for name in names]

    def resembling(self, word: str, most: int = 3, cutoff: float = 0.6) -> list[str]:
        """What `get_close_matches` gives, the most alike first.

        Two texts are at best as alike as the letters they share tell. Names are compared in that order, until none
        that is left can be among the `most`.
        """
        letters, size = self._letters(word), len(word)
        alike = []
        for name, own in self._names:
            total = size + len(name)
            limit = 2.0 * (letters & own).bit_count() / total if total else 1.0
            if limit >= cutoff:
                alike.append((limit, name))
        alike.sort(reverse=True)
        return _best(word, alike, most, cutoff)

    def _letters(self, text: str) -> int:
        """The letters of `text`, each as often as it is there, as bits of a number."""
        found = 0
        for letter in set(text):
            count, bits = text.count(letter), self._bits.setdefault(letter, [0])
            while len(bits) <= count:
                bits.append(bits[-1] | 1 << self._used)
                self._used += 1
            found |= bits[count]
        return found


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
