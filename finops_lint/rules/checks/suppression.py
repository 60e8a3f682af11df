"""The rules about suppressions: judged by the checker itself, since they need to know what all other rules said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.rules.context import Context


def judged_last(_resource: Resource, _context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """Nothing: no resource is of type `suppression`; `rules.suppressions` says what these rules say."""
    return iter(())
