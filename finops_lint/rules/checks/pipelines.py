"""Checks on pipelines that are written as a document inside a resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import GAP, Unknown
from finops_lint.rules.context import Context

_CACHEABLE = ("Processing", "Training", "Tuning", "Transform", "AutoML", "EMR", "QualityCheck", "ClarifyCheck")
"""Types of steps that can take their last result; those of SageMaker Pipelines' schema."""


def without_cache(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A pipeline of which no step that could does keep its result. A definition that is no JSON is left alone.

    One such step alone has none before it that would be paid for again; it may be there to run each time.
    Of a definition known in part the steps are judged where their types and their caching are known.
    """
    text = resource.value("pipeline_definition")
    unknown = text if isinstance(text, Unknown) else None
    found = _steps(text if unknown is None else unknown.sketch)
    if unknown is not None and (found is None or any(_is_open(step) for step in found)):
        yield context.undecided(resource, [unknown], path=("pipeline_definition",))
        return
    steps = [step for step in found or () if step.get("Type") in _CACHEABLE]
    if len(steps) < 2 or any(_is_cached(step) for step in steps):
        return
    names = ", ".join(str(step.get("Name", "?")).replace(GAP, "…") for step in steps[:4])
    message = (
        f"No step keeps its result ({names}): each run pays for all of them again. Add a CacheConfig to those that "
        "repeat."
    )
    yield context.finding(resource, message, path=("pipeline_definition",))


def _steps(text: Any) -> list[dict[str, Any]] | None:
    """The steps of a definition; None where it is no JSON, or where there may be others."""
    try:
        data = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    steps = data.get("Steps") if isinstance(data, dict) else None
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        return None
    return steps


def _is_open(step: dict[str, Any]) -> bool:
    """Whether a step's type, or whether it keeps its result, is not known."""
    config = step.get("CacheConfig")
    enabled = config.get("Enabled") if isinstance(config, dict) else config
    return any(isinstance(word, str) and GAP in word for word in (step.get("Type"), enabled))


def _is_cached(step: dict[str, Any]) -> bool:
    config = step.get("CacheConfig")
    return isinstance(config, dict) and bool(config.get("Enabled"))
