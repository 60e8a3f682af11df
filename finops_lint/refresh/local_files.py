"""Finds out which files of a folder are parts of a price list, by what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from finops_lint.model.records import record
from finops_lint.refresh.fetching import FetchError, opened

_LOOKED_AT = 1 << 16
_ENDINGS = (".csv", ".csv.gz", ".json", ".json.gz")


@record(frozen=True, slots=True)
class Given:
    """A file of a list."""

    path: Path
    cloud: str
    offer: str
    """The AWS offer; empty elsewhere."""
    day: str
    """ISO day the file was written: a page says nothing of its own."""


def given_files(folder: Path) -> Iterator[Given]:
    """The files at or below `folder` that are part of a list, in order of their names; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or not path.name.endswith(_ENDINGS):
            continue
        try:
            head = next(opened(path, most=6 << 30), b"")[:_LOOKED_AT].decode("utf-8-sig", "replace")
        except FetchError:
            continue
        kind = _kind(head)
        if kind is not None:
            day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
            yield Given(path, *kind, day)


def _kind(head: str) -> tuple[str, str] | None:
    """(cloud, offer) by the first words of a file."""
    offer = re.search(r'^"?OfferCode"?,"?(\w+)"?\r?$', head, re.MULTILINE)
    if head.lstrip('"').startswith("FormatVersion") and offer:
        return "aws", offer[1]
    code = re.search(r'"offerCode"\s*:\s*"(\w+)"', head)
    if code and re.search(r'"(?:formatVersion|publicationDate)"\s*:', head) and '"offers"' not in head:
        return "aws", code[1]
    if re.search(r'"(?:Items|BillingCurrency|NextPageLink)"\s*:', head):
        return "azure", ""
    if re.search(r'"skus"\s*:', head):
        return "google", ""
    return None
