"""What a refresh tells on its way; a command shows it as it likes."""

from __future__ import annotations


class Telling:
    """What happens on the way. This one shows nothing."""

    def plan(self, parts: int) -> None:
        """There are so many more parts to come."""

    def done(self, name: str, words: str) -> None:
        """A part is finished; `words` say what became of it."""
