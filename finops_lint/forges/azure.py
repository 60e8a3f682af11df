"""Comment threads of an Azure DevOps pull request: our comment is the first of a thread of its own.

Shapes: learn.microsoft.com, Azure DevOps REST 6.0 "pull request threads", "… thread comments" and "… labels", read
2026-11-21. Version 6.0 is the oldest that servers in use have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from finops_lint.forges.client import Client, ForgeError
from finops_lint.forges.forge import Comment, entries, number_at, text_at

_VERSION = "api-version=6.0"
_TEXT = 1
"""The type of a comment that a person might have written."""
_CLOSED = 4
"""The status of a thread that asks nothing of anybody; an active one can hold a merge up."""


class AzureDevOps:
    """dev.azure.com and Azure DevOps Server; the API's address is that of the collection."""

    limit = 150_000

    def __init__(self, client: Client, repository: str, number: int) -> None:
        project, _, name = repository.rpartition("/")
        if not project:
            raise ForgeError(f"--repository {repository}: name it PROJECT/REPOSITORY")
        self._client = client
        self._request = f"{quote(project)}/_apis/git/repositories/{quote(name)}/pullRequests/{number}"

    def comments(self) -> Sequence[Comment]:
        """The first comment of each thread; threads come in one answer."""
        document = self._client.get(f"{self._request}/threads?{_VERSION}").document
        found = (_comment(thread) for thread in entries(document, "value") if not thread.get("isDeleted"))
        return [comment for comment in found if comment is not None]

    def create(self, body: str) -> Comment:
        """A thread with one comment."""
        comment = {"parentCommentId": 0, "content": body, "commentType": _TEXT}
        thread = {"comments": [comment], "status": _CLOSED}
        made = _comment(self._client.ask("POST", f"{self._request}/threads?{_VERSION}", thread).document)
        if made is None:
            raise ForgeError("the forge answers with JSON of another shape", hint="is the API's address right?")
        return made

    def update(self, comment: Comment, body: str) -> None:
        """The thread's comment with another body."""
        self._client.ask("PATCH", self._one(comment), {"content": body})

    def delete(self, comment: Comment) -> None:
        """Without the comment, and so without its thread."""
        self._client.ask("DELETE", self._one(comment))

    def hide(self, comments: Sequence[Comment]) -> int:
        """Not to be had here."""
        raise ForgeError(f"Azure DevOps cannot hide a comment ({comments[0].id})")

    def labels(self) -> tuple[str, ...]:
        """The tags of the pull request."""
        found = entries(self._client.get(f"{self._request}/labels?{_VERSION}-preview.1").document, "value")
        return tuple(filter(None, (text_at(entry, "name") for entry in found)))

    def me(self) -> str:
        """The id of the token's user."""
        return text_at(self._client.get(f"_apis/connectionData?{_VERSION}-preview").document, "authenticatedUser", "id")

    def _one(self, comment: Comment) -> str:
        return f"{self._request}/threads/{comment.id}/comments/{comment.version}?{_VERSION}"


def _comment(thread: Any) -> Comment | None:
    """The thread's first comment, by the thread's id, with its own id as version; None where it was deleted."""
    comments = entries(thread, "comments")
    number = number_at(thread, "id")
    if not comments or not number or comments[0].get("isDeleted"):
        return None
    first = comments[0]
    return Comment(
        str(number),
        text_at(first, "content"),
        (number,),
        author=text_at(first, "author", "id"),
        version=number_at(first, "id"),
    )
