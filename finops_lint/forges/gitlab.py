"""Notes of a GitLab merge request, at gitlab.com or a server of one's own.

Shapes: docs.gitlab.com, API "notes", "merge requests" and "users".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from finops_lint.forges.client import Client, ForgeError
from finops_lint.forges.forge import MOST_PAGES, Comment, at, entries, number_at, text_at


class GitLab:
    """API v4."""

    limit = 1_000_000

    def __init__(self, client: Client, project: str, number: int) -> None:
        self._client = client
        self._request = f"projects/{quote(project, safe='')}/merge_requests/{number}"

    def comments(self) -> Sequence[Comment]:
        """All notes but GitLab's own."""
        found: list[Comment] = []
        page = "1"
        for _ in range(MOST_PAGES):
            answer = self._client.get(
                f"{self._request}/notes?per_page=100&sort=asc&order_by=created_at&page={quote(page, safe='')}"
            )
            found += (_note(e) for e in entries(answer.document) if not e.get("system"))
            page = answer.headers.get("X-Next-Page", "").strip()
            if not page:
                return found
        raise ForgeError(f"more than {MOST_PAGES} pages of notes: they are not read")

    def create(self, body: str) -> Comment:
        """A new note."""
        return _note(self._client.ask("POST", f"{self._request}/notes", {"body": body}).document)

    def update(self, comment: Comment, body: str) -> None:
        """The note with another body."""
        self._client.ask("PUT", f"{self._request}/notes/{comment.id}", {"body": body})

    def delete(self, comment: Comment) -> None:
        """Without the note."""
        self._client.ask("DELETE", f"{self._request}/notes/{comment.id}")

    def hide(self, comments: Sequence[Comment]) -> int:
        """Not to be had here."""
        raise ForgeError(f"GitLab cannot hide a note ({comments[0].id})")

    def labels(self) -> tuple[str, ...]:
        """The labels of the merge request."""
        found = at(self._client.get(self._request).document, "labels")
        return tuple(x for x in found if isinstance(x, str)) if isinstance(found, list) else ()

    def me(self) -> str:
        """The id of the token's user."""
        return text_at(self._client.get("user").document, "id")


def _note(entry: Any) -> Comment:
    number = number_at(entry, "id")
    if not number:
        raise ForgeError("the forge answers with JSON of another shape", hint="is the API's address right?")
    return Comment(str(number), text_at(entry, "body"), (number,), author=text_at(entry, "author", "id"))
