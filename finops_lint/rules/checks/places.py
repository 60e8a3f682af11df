"""Checks on where things are: machines in one region, the data they read in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.regions import google_region
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.context import Context

_STORES = ("aws_s3_bucket", "aws_efs_file_system", "google_storage_bucket")
_MULTI = {"us": "us-", "eu": "europe-", "asia": "asia-", "nam4": "us-", "eur4": "europe-"}
"""Google's multi-regions → how the names of the regions in them begin."""


def another_region(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """The resource names a bucket or file system that is in another region."""
    here = resource.region
    for store in context.graph.targets(resource, *_STORES):
        there = store.region
        unknown = [place for place in (here, there) if isinstance(place, Unknown)]
        if unknown:
            yield context.undecided(resource, unknown)
        elif isinstance(here, str) and isinstance(there, str) and not _is_beside(here, there):
            places = f"{store.address} is in {there.lower()}, this in {google_region(here)}"
            message = f"{places}: every gigabyte read pays for the way between them."
            yield context.finding(resource, message)


def _is_beside(here: str, there: str) -> bool:
    multi = _MULTI.get(there.lower())
    return google_region(here).startswith(multi) if multi else google_region(here) == there.lower()
