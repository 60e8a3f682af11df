"""Checks on object storage: what is kept beside the objects somebody put there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown, Value, told_of
from finops_lint.rules.checks.companions import missing
from finops_lint.rules.compute import EACH, entries
from finops_lint.rules.context import Context

_GOOGLE = ("num_newer_versions", "days_since_noncurrent_time", "noncurrent_time_before", "with_state")
"""Conditions of a lifecycle rule of Google's that are about old versions; one by age deletes them as well."""

_SWITCH: Mapping[str, tuple[str | int, ...]] = {
    "aws_s3_bucket": ("versioning", EACH, "enabled"),
    "google_storage_bucket": ("versioning", EACH, "enabled"),
}
"""Type → its own attribute that turns versions on."""


_STATE = regex(r"(?i)tf[-_.]?state|(?:terraform|tofu)[-_.\w]*state|state[-_.]?bucket")
"""Names of buckets for Terraform's state: small, and their old versions are what a broken state is mended from."""


def old_versions(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A bucket that keeps every version of every object for ever.

    Parameters: those of `companions.missing`, for the rule that removes old versions. A bucket without versions passes,
    and so does one for Terraform's state ("Backend Type: s3", Terraform documentation: enable versions to recover it).
    """
    versions = False if _removes_by_itself(resource) or _keeps_state(resource) else _versions(resource, context)
    if isinstance(versions, Unknown):
        yield context.undecided(resource, [versions])
    elif versions:
        yield from missing(resource, context, params)


def _removes_by_itself(resource: Resource) -> bool:
    """Whether a rule in the bucket's own block removes old versions, or may (it is unknown)."""
    conditions = entries(resource.values, ("lifecycle_rule", EACH, "condition", EACH))
    return any(isinstance(c, Unknown) or any(name in c for name in (*_GOOGLE, "age")) for _, c in conditions)


def _keeps_state(resource: Resource) -> bool:
    texts = (told_of(resource.value(name)) for name in ("bucket", "bucket_prefix", "name"))
    return any(isinstance(text, str) and _STATE.search(text) for text in (resource.name, *texts))


def _versions(resource: Resource, context: Context) -> bool | Unknown:
    """Whether versions are kept, by the bucket's own word or a resource beside it."""
    found: list[Value] = [value for _, value in entries(resource.values, _SWITCH[resource.type])]
    for beside in context.graph.sources(resource, "aws_s3_bucket_versioning"):
        found += [v for _, v in entries(beside.values, ("versioning_configuration", EACH, "status"))]
    if any(value in (True, "Enabled") for value in found if not isinstance(value, Unknown)):
        return True
    return next((value for value in found if isinstance(value, Unknown)), False)
