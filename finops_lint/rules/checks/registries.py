"""Checks on registries of container images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.checks.companions import missing
from finops_lint.rules.context import Context


def without_cleanup(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A repository of images from which none is ever removed.

    Parameters: those of `companions.missing`, for the policy that removes them. Google's repositories hold much beside
    images, and virtual ones hold nothing: those pass.
    """
    if resource.type == "google_artifact_registry_repository":
        format_, mode = resource.value("format"), resource.value("mode")
        if isinstance(format_, Unknown):
            yield context.undecided(resource, [format_], path=("format",))
            return
        if format_ != "DOCKER" or mode == "VIRTUAL_REPOSITORY":
            return
    yield from missing(resource, context, params)
