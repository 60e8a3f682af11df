"""An Argo workflow's steps and tasks → which of its templates run more than once in a run.

argo-workflows.readthedocs.io/en/latest/walk-through/loops and retries, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.model.values import Value

_LOOPS = ("withItems", "withParam", "withSequence")
_POD = ("container", "script", "containerSet")


def repeated(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What of a workflow with these values may run several pods, or a pod several times, in words; mostly nothing."""
    spec = as_map(values.get("spec"))
    spec = as_map(spec.get("workflowSpec")) or spec
    templates = [as_map(entry) for entry in as_list(spec.get("templates"))]
    calls = [call for template in templates for call in _calls(template)]
    found = []
    for template in templates:
        if any(name in template for name in _POD):
            name = text(template.get("name"))
            own = [call for call in calls if text(call.get("template")) == name]
            words = [*_loops(own), *_retries(template.get("retryStrategy") or spec.get("retryStrategy"))]
            if words:
                found.append(f"{name} {' and '.join(words)}")
    return tuple(found)


def _calls(template: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
    for group in as_list(template.get("steps")):
        yield from (as_map(entry) for entry in (as_list(group) or [group]))
    yield from (as_map(entry) for entry in as_list(at(template, ("dag", "tasks"))))


def _loops(calls: list[Mapping[str, Value]]) -> Iterator[str]:
    items = [as_list(call.get("withItems")) for call in calls]
    if any(call.get(name) is not None for call in calls for name in _LOOPS if not as_list(call.get("withItems"))):
        yield "runs as often as a parameter says"
    elif any(items):
        yield f"runs {sum(len(entry) or 1 for entry in items)} times"
    elif len(calls) > 1:
        yield f"runs {len(calls)} times"


def _retries(strategy: Value) -> Iterator[str]:
    if strategy is not None:
        limit = text(at(strategy, ("limit",)))
        yield f"is tried again up to {limit} times" if limit.isdigit() else "is tried again until it succeeds"
