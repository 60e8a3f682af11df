"""Keeps the pages of a paged list while they come, so that a run that broke off goes on after the last one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from finops_lint.model.records import record
from finops_lint.refresh import azure_lists, google_lists
from finops_lint.refresh.workshop import write_whole


@record(frozen=True, slots=True)
class Paging:
    """How one cloud turns pages."""

    read: Callable[[bytes, str], azure_lists.Page]
    following: Callable[[str, str], str]
    """(address asked for, what its page says) → the next address."""


class Pages:
    """The pages of one paged answer that are there already."""

    def __init__(self, folder: Path, url: str, today: str) -> None:
        self.folder = folder
        about = folder / "about"
        mark = f"{today} {url}"
        known = ""
        with suppress(OSError):
            known = about.read_text(encoding="utf-8")
        if known != mark:
            self.remove()
            folder.mkdir(parents=True)
            about.write_text(mark, encoding="utf-8")
        self.first = url
        self.count = len(self.files())

    def files(self) -> Sequence[Path]:
        """The pages in order."""
        return sorted(self.folder.glob("*.json"))

    def resume(self, paging: Paging) -> str:
        """Where the next page is; empty where all are there."""
        here = self.first
        for file in self.files():
            token = paging.read(file.read_bytes(), file.name).following
            if not token:
                return ""
            here = paging.following(here, token)
        return here

    def add(self, data: bytes) -> None:
        """Keep one more page, whole or not at all."""
        write_whole(self.folder / f"{self.count:05d}.json", data)
        self.count += 1

    def remove(self) -> None:
        """Forget them."""
        shutil.rmtree(self.folder, ignore_errors=True)


def azure_next(here: str, there: str) -> str:
    """The next page's address at the host that was asked: a mirror's pages name the original."""
    now, then = urlsplit(here), urlsplit(there)
    return then._replace(scheme=now.scheme, netloc=now.netloc).geturl()


AZURE = Paging(azure_lists.read_page, azure_next)
GOOGLE = Paging(google_lists.read_page, google_lists.next_address)
