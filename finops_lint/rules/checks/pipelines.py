"""Checks on pipelines that are written as a document inside a resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.context import Context

_CACHEABLE = ("Processing", "Training", "Tuning", "Transform", "AutoML", "EMR", "QualityCheck", "ClarifyCheck")
"""Types of steps that can take their last result; those of SageMaker Pipelines' schema."""


def without_cache(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A pipeline of which no step that could does keep its result. A definition that is no JSON is left alone."""
    text = resource.value("pipeline_definition")
    if isinstance(text, Unknown):
        yield context.undecided(resource, [text], path=("pipeline_definition",))
        return
    steps = [step for step in _steps(text) if step.get("Type") in _CACHEABLE]
    if not steps or any(_is_cached(step) for step in steps):
        return
    names = ", ".join(str(step.get("Name", "?")) for step in steps[:4])
    message = (
        f"No step keeps its result ({names}): each run pays for all of them again. Add a CacheConfig to those that "
        "repeat."
    )
    yield context.finding(resource, message, path=("pipeline_definition",))


def _steps(text: Any) -> list[dict[str, Any]]:
    try:
        data = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return []
    steps = data.get("Steps") if isinstance(data, dict) else None
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _is_cached(step: dict[str, Any]) -> bool:
    config = step.get("CacheConfig")
    return isinstance(config, dict) and bool(config.get("Enabled"))
