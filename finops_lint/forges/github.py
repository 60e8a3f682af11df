"""Comments of a GitHub pull request: REST for all but folding a comment away, which only GraphQL can.

Shapes: docs.github.com, REST "issue comments" and "labels", GraphQL `minimizeComment`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from finops_lint.forges.client import Client, ForgeError
from finops_lint.forges.forge import MOST_PAGES, Comment, entries, number_at, text_at

_MINIMIZE = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) "
    "{ minimizedComment { isMinimized } } }"
)
_HIDDEN = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on IssueComment { isMinimized } } }"
_VIEWER = "query { viewer { login } }"
_NODES = 100
"""Ids one query may name."""


class GitHub:
    """github.com and GitHub Enterprise Server."""

    limit = 65_536

    def __init__(self, client: Client, repository: str, number: int) -> None:
        self._client = client
        self._repository = quote(repository, safe="/")
        self._issue = f"repos/{self._repository}/issues/{number}"

    def comments(self) -> Sequence[Comment]:
        """All comments of the conversation."""
        return [_comment(entry) for entry in self._pages(f"{self._issue}/comments?per_page=100")]

    def create(self, body: str) -> Comment:
        """A new comment."""
        return _comment(self._client.ask("POST", f"{self._issue}/comments", {"body": body}).document)

    def update(self, comment: Comment, body: str) -> None:
        """`comment` with another body."""
        self._client.ask("PATCH", self._one(comment), {"body": body})

    def delete(self, comment: Comment) -> None:
        """Without `comment`."""
        self._client.ask("DELETE", self._one(comment))

    def hide(self, comments: Sequence[Comment]) -> int:
        """Fold `comments` away as outdated; how many of them were not yet."""
        hidden = self._hidden(comments)
        shown = [comment for comment in comments if comment.node not in hidden]
        for comment in shown:
            self._graphql(_MINIMIZE, {"id": comment.node})
        return len(shown)

    def _hidden(self, found: Sequence[Comment]) -> set[str]:
        """The nodes of those comments that are folded away already."""
        nodes = [c.node for c in found if c.node]
        hidden: set[str] = set()
        for start in range(0, len(nodes), _NODES):
            data = self._graphql(_HIDDEN, {"ids": nodes[start : start + _NODES]})
            hidden |= {text_at(entry, "id") for entry in entries(data, "nodes") if entry.get("isMinimized")}
        return hidden

    def labels(self) -> tuple[str, ...]:
        """The labels of the pull request."""
        return tuple(
            filter(None, (text_at(entry, "name") for entry in self._pages(f"{self._issue}/labels?per_page=100")))
        )

    def me(self) -> str:
        """The token's user; a workflow's own token has one too."""
        return _user(text_at(self._graphql(_VIEWER, {}), "viewer", "login"))

    def pull_request_of(self, head: str, commit: str) -> int:
        """The open pull request from the branch `owner:branch` that ends with `commit`; 0 where there is none."""
        path = f"repos/{self._repository}/pulls?state=open&per_page=100&head={quote(head, safe='')}"
        found = [p for p in self._pages(path) if text_at(p, "head", "sha") == commit]
        return number_at(found[0], "number") if len(found) == 1 else 0

    def _one(self, comment: Comment) -> str:
        return f"repos/{self._repository}/issues/comments/{comment.id}"

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        for _ in range(MOST_PAGES):
            answer = self._client.get(path)
            yield from entries(answer.document)
            path = next_link(answer.headers.get("Link", ""))
            if not path:
                return
        raise ForgeError(f"more than {MOST_PAGES} pages of comments: they are not read")

    def _graphql(self, query: str, variables: dict[str, object]) -> Any:
        document = self._client.ask("POST", self._graphql_url(), {"query": query, "variables": variables}).document
        if isinstance(document, dict) and document.get("errors"):
            raise ForgeError(f"GraphQL: {text_at(entries(document, 'errors')[0], 'message')[:200] or 'an error'}")
        return document.get("data") if isinstance(document, dict) else None

    def _graphql_url(self) -> str:
        """Beside the REST API: `/graphql`, at an Enterprise Server `/api/graphql` where REST has `/api/v3`."""
        return re.sub(r"/v3$", "", self._client.api.rstrip("/")) + "/graphql"


def next_link(header: str) -> str:
    """The address of the next page in a Link header (RFC 8288); empty on the last."""
    for part in header.split(",")[:20]:
        match = re.search(r'<([^<>]*)>\s*;.*\brel="?next"?', part)
        if match:
            return match[1]
    return ""


def _comment(entry: Any) -> Comment:
    number = number_at(entry, "id")
    if not number:
        raise ForgeError("the forge answers with JSON of another shape", hint="is the API's address right?")
    return Comment(
        str(number),
        text_at(entry, "body"),
        (number,),
        author=_user(text_at(entry, "user", "login")),
        node=text_at(entry, "node_id"),
        url=text_at(entry, "html_url"),
    )


def _user(login: str) -> str:
    """One name for an app: REST writes `name[bot]` where GraphQL may write `name`."""
    return login.removesuffix("[bot]")
