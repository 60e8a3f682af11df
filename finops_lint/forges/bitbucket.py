"""Comments of a Bitbucket pull request: Cloud's API 2.0, and the 1.0 of Server and Data Center.

Shapes: developer.atlassian.com, Cloud REST "pullrequests" and Data Center REST "pull-requests".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from finops_lint.forges.client import Client, ForgeError
from finops_lint.forges.forge import MOST_PAGES, Comment, at, entries, number_at, text_at

LIMIT = 32_768
"""Characters of a comment; both kinds refuse more."""


class BitbucketCloud:
    """api.bitbucket.org."""

    limit = LIMIT

    def __init__(self, client: Client, repository: str, number: int) -> None:
        self._client = client
        self._comments = f"repositories/{quote(repository, safe='/')}/pullrequests/{number}/comments"

    def comments(self) -> Sequence[Comment]:
        """All comments that were not deleted."""
        found: list[Comment] = []
        path = f"{self._comments}?pagelen=100"
        for _ in range(MOST_PAGES):
            document = self._client.get(path).document
            found += (_cloud_comment(e) for e in entries(document, "values") if not e.get("deleted"))
            path = text_at(document, "next")
            if not path:
                return found
        raise ForgeError(f"more than {MOST_PAGES} pages of comments: they are not read")

    def create(self, body: str) -> Comment:
        """A new comment."""
        return _cloud_comment(self._client.ask("POST", self._comments, {"content": {"raw": body}}).document)

    def update(self, comment: Comment, body: str) -> None:
        """`comment` with another body."""
        self._client.ask("PUT", f"{self._comments}/{comment.id}", {"content": {"raw": body}})

    def delete(self, comment: Comment) -> None:
        """Without `comment`."""
        self._client.ask("DELETE", f"{self._comments}/{comment.id}")

    def hide(self, comments: Sequence[Comment]) -> int:
        """Not to be had here."""
        raise ForgeError(f"Bitbucket cannot hide a comment ({comments[0].id})")

    def labels(self) -> tuple[str, ...]:
        """Bitbucket's pull requests have none."""
        return ()

    def me(self) -> str:
        """The token's user."""
        return text_at(self._client.get("user").document, "uuid")


class BitbucketServer:
    """A server of one's own. A change names the version it is made to; an older one is refused with 409."""

    limit = LIMIT

    def __init__(self, client: Client, repository: str, number: int) -> None:
        project, _, name = repository.partition("/")
        if not name:
            raise ForgeError(f"--repository {repository}: name it PROJECT/REPOSITORY")
        self._client = client
        self._request = f"projects/{quote(project)}/repos/{quote(name)}/pull-requests/{number}"
        self._user = ""

    def comments(self) -> Sequence[Comment]:
        """The comments among the activities; the newest activity comes first."""
        found: dict[str, Comment] = {}
        start = 0
        for _ in range(MOST_PAGES):
            answer = self._client.get(f"{self._request}/activities?limit=100&start={start}")
            self._user = answer.headers.get("X-AUSERNAME", self._user)
            for entry in entries(answer.document, "values"):
                if entry.get("action") == "COMMENTED" and entry.get("commentAction", "ADDED") != "DELETED":
                    comment = _server_comment(entry.get("comment"))
                    found.setdefault(comment.id, comment)
            following = number_at(answer.document, "nextPageStart")
            if at(answer.document, "isLastPage") is not False or following <= start:
                return list(found.values())
            start = following
        raise ForgeError(f"more than {MOST_PAGES} pages of activities: they are not read")

    def create(self, body: str) -> Comment:
        """A new comment."""
        return _server_comment(self._client.ask("POST", f"{self._request}/comments", {"text": body}).document)

    def update(self, comment: Comment, body: str) -> None:
        """`comment` with another body; where somebody else was first, on top of that."""
        path = f"{self._request}/comments/{comment.id}"
        try:
            self._client.ask("PUT", path, {"text": body, "version": comment.version})
        except ForgeError as error:
            if error.status != 409:
                raise
            version = number_at(self._client.get(path).document, "version")
            self._client.ask("PUT", path, {"text": body, "version": version})

    def delete(self, comment: Comment) -> None:
        """Without `comment`."""
        self._client.ask("DELETE", f"{self._request}/comments/{comment.id}?version={comment.version}")

    def hide(self, comments: Sequence[Comment]) -> int:
        """Not to be had here."""
        raise ForgeError(f"Bitbucket cannot hide a comment ({comments[0].id})")

    def labels(self) -> tuple[str, ...]:
        """Bitbucket's pull requests have none."""
        return ()

    def me(self) -> str:
        """The token's user, as every answer names it."""
        return self._user


def _cloud_comment(entry: Any) -> Comment:
    return Comment(
        _id(entry),
        text_at(entry, "content", "raw"),
        (number_at(entry, "id"),),
        author=text_at(entry, "user", "uuid"),
        url=text_at(entry, "links", "html", "href"),
    )


def _server_comment(entry: Any) -> Comment:
    return Comment(
        _id(entry),
        text_at(entry, "text"),
        (number_at(entry, "id"),),
        author=text_at(entry, "author", "name"),
        version=number_at(entry, "version"),
    )


def _id(entry: Any) -> str:
    number = number_at(entry, "id")
    if not number:
        raise ForgeError("the forge answers with JSON of another shape", hint="is the API's address right?")
    return str(number)
