"""A comment's body to the one comment of ours on the pull request, however many runs post at once.

Our comment is known by a marker in its first line and by its author: whoever else writes the marker gets no say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from finops_lint.forges.client import HTTP_GONE, ForgeError, MaybeDoneError
from finops_lint.forges.forge import Comment, Forge
from finops_lint.model.records import record

T = TypeVar("T")
TRIES = 3
"""How often a comment that may have been made is looked for, and made again."""


class Behavior(StrEnum):
    """What becomes of the comment of an earlier run."""

    UPDATE = "update"
    NEW = "new"
    DELETE_AND_NEW = "delete-and-new"
    HIDE_AND_NEW = "hide-and-new"


@record(frozen=True, slots=True)
class Posted:
    """What was done."""

    done: str
    """`created`, `updated`, `unchanged`, or `nothing` where there was nothing to say."""
    url: str = ""
    removed: int = 0
    """How many older or doubled comments were deleted or hidden."""


def post(forge: Forge, body: str, marker: str, behavior: Behavior, *, is_news: bool) -> Posted:
    """Make the pull request say `body`, which begins with `marker`.

    Where it `is_news` to nobody, no comment is made, but one that is there is brought up to date.

    Raises:
        ForgeError: The forge refuses.
    """
    ours = _ours(forge, marker)
    if behavior is Behavior.UPDATE:
        return _update(forge, ours, body, marker, is_news=is_news)
    if not is_news and not ours:
        return Posted("nothing")
    if not is_news and _same(ours[-1].body, body):
        return Posted("unchanged", ours[-1].url)  # that nothing changed need not be said in each run
    removed = _put_away(forge, ours, behavior)
    made = _create(forge, body, marker, known=ours)
    return Posted("created", made.url, removed)


def _update(forge: Forge, ours: Sequence[Comment], body: str, marker: str, *, is_news: bool) -> Posted:
    if ours:
        done = _brought_up(forge, ours[0], body)
        if done:
            return Posted(done, ours[0].url, _without(forge, ours[1:]))
        ours = [c for c in _ours(forge, marker) if c.id != ours[0].id]  # it was deleted while we looked
        if ours:
            return _update(forge, ours, body, marker, is_news=is_news)
    if not is_news:
        return Posted("nothing")
    made = _create(forge, body, marker, known=())
    # Another run may have been as fast: all keep the oldest.
    first, *doubled = _ours(forge, marker) or [made]
    if first.id != made.id:
        _brought_up(forge, first, body)
    return Posted("created" if first.id == made.id else "updated", first.url, _without(forge, doubled))


def _brought_up(forge: Forge, comment: Comment, body: str) -> str:
    """What was done with `comment`; empty where it is no longer there."""
    if _same(comment.body, body):
        return "unchanged"
    return "updated" if _still_there(lambda: forge.update(comment, body)) else ""


def _put_away(forge: Forge, ours: Sequence[Comment], behavior: Behavior) -> int:
    if behavior is Behavior.DELETE_AND_NEW:
        return _without(forge, ours)
    return forge.hide(ours) if behavior is Behavior.HIDE_AND_NEW and ours else 0


def _without(forge: Forge, doubled: Sequence[Comment]) -> int:
    return sum(_still_there(_deletion(forge, comment)) for comment in doubled)


def _deletion(forge: Forge, comment: Comment) -> Callable[[], None]:
    return lambda: forge.delete(comment)


def _still_there(act: Callable[[], None]) -> bool:
    """Whether what `act` changes was there: another run may have deleted it."""
    try:
        act()
    except ForgeError as error:
        if error.status in HTTP_GONE:
            return False
        raise
    return True


def _create(forge: Forge, body: str, marker: str, known: Sequence[Comment]) -> Comment:
    """A new comment; one whose making was not answered is looked for before it is made again."""
    before = {comment.id for comment in known}
    for attempt in range(TRIES):
        try:
            return forge.create(body)
        except MaybeDoneError:
            for comment in _ours(forge, marker):
                if comment.id not in before and _same(comment.body, body):
                    return comment
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _ours(forge: Forge, marker: str) -> list[Comment]:
    """Our comments, the oldest first."""
    marked = [c for c in forge.comments() if c.body.lstrip("\ufeff \t\r\n").startswith(marker)]
    if marked:
        me = _me(forge)
        marked = [c for c in marked if not me or not c.author or c.author == me]
    return sorted(marked, key=lambda c: c.order)


def _me(forge: Forge) -> str:
    # Some tokens may write comments but not ask who they are.
    try:
        return forge.me()
    except ForgeError as error:
        if error.status == 401:
            raise
        return ""


def _same(one: str, other: str) -> bool:
    """Whether two bodies are one, line endings and what some forges strip at the end apart."""
    return _plain(one) == _plain(other)


def _plain(body: str) -> str:
    return re.sub(r"\r\n?", "\n", body).strip()
