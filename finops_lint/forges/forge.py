"""What every forge can do with comments, whatever its API looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from finops_lint.forges.client import ForgeError
from finops_lint.model.records import record

MOST_PAGES = 100
"""Pages of comments that are read; at a hundred a page more than any pull request has."""


@record(frozen=True, slots=True)
class Comment:
    """One comment on the pull request."""

    id: str
    body: str
    order: tuple[float, ...] = ()
    """Sorts the oldest first."""
    author: str = ""
    """As `Forge.me` names its own user; empty where unknown."""
    version: int = 0
    """Which edit this is, where the forge asks for that."""
    node: str = ""
    """Its name in the forge's other API."""
    url: str = ""
    """Where a person sees it."""


class Forge(Protocol):
    """Comments of one pull request.

    Every method raises `ForgeError` where the forge refuses, or answers with something else than it should.
    """

    limit: int
    """Bytes a comment may have."""

    def comments(self) -> Sequence[Comment]:
        """All of them, those under review and deleted ones apart."""

    def create(self, body: str) -> Comment:
        """A new comment."""

    def update(self, comment: Comment, body: str) -> None:
        """`comment` with another body."""

    def delete(self, comment: Comment) -> None:
        """Without `comment`."""

    def hide(self, comments: Sequence[Comment]) -> int:
        """Fold `comments` away as outdated; how many of them were not yet. Raises: ForgeError where it cannot."""

    def labels(self) -> tuple[str, ...]:
        """The labels of the pull request."""

    def me(self) -> str:
        """The user the token belongs to, as `Comment.author` names it; empty where the forge does not tell."""


def entries(document: Any, *keys: str) -> list[dict[str, Any]]:
    """The list of objects at `keys` of an answer.

    Raises:
        ForgeError: The answer has another shape.
    """
    found = document
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise ForgeError("the forge answers with JSON of another shape", hint="is the API's address right?")
    return [entry for entry in found if isinstance(entry, dict)]


def at(document: Any, *keys: str) -> Any:
    """What lies at `keys`; None where anything on the way is missing."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def text_at(document: Any, *keys: str) -> str:
    """The text or number at `keys`, as text; empty where there is none."""
    found = at(document, *keys)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def number_at(document: Any, *keys: str) -> int:
    """The whole number at `keys`; 0 where there is none."""
    found = at(document, *keys)
    return found if isinstance(found, int) else 0
