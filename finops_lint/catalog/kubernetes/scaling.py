"""Autoscalers that point at an object → how many pods it has at least, as expected, and at most."""

from __future__ import annotations

from decimal import Decimal

from finops_lint.catalog.kubernetes.fields import as_map
from finops_lint.catalog.kubernetes.pods import Count
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.model.records import replace
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Unknown, Value

SCALERS = ("autoscaling/HorizontalPodAutoscaler", "keda.sh/ScaledObject")
KEDA_MOST = Decimal(100)
"""KEDA's maxReplicaCount where none is set (keda.sh/docs, ScaledObject, read 2026-11-21)."""


def scaled(resource: Resource, count: Count, graph: Graph, *, says_replicas: bool) -> Count:
    """`count` within the limits of the autoscaler that points at `resource`, if one does."""
    scaler = next(iter(graph.sources(resource, *SCALERS)), None)
    if scaler is None:
        return count
    spec = as_map(scaler.value("spec"))
    if scaler.type == "keda.sh/ScaledObject":
        low, high, name = (
            _figure(spec, "minReplicaCount", Decimal(0)),
            _figure(spec, "maxReplicaCount", KEDA_MOST),
            "ScaledObject",
        )
        idle = _figure(spec, "idleReplicaCount", None)
        low = low if idle is None else idle
    else:
        low, high, name = (
            _figure(spec, "minReplicas", Decimal(1)),
            _figure(spec, "maxReplicas", None),
            "HorizontalPodAutoscaler",
        )
    expected = count.expected if says_replicas else low
    if isinstance(expected, Decimal) and isinstance(low, Decimal):
        expected = max(
            expected,
            low,
            Decimal(0) if says_replicas else min(Decimal(1), high if isinstance(high, Decimal) else Decimal(1)),
        )
    if isinstance(expected, Decimal) and isinstance(high, Decimal):
        expected = min(expected, high)
    because = f"{name} {scaler.name} scales between {_shown(low)} and {_shown(high)}"
    return replace(
        count,
        low=count.low if low is None else low,
        expected=expected if expected is not None else count.expected,
        high=count.high if high is None else high,
        because=because,
    )


def _figure(spec: Value, name: str, default: Decimal | None) -> Decimal | Unknown | None:
    value = as_map(spec).get(name)
    if isinstance(value, Unknown):
        return value
    found = quantity(value) if value is not None else None
    return default if found is None else found


def _shown(value: Decimal | Unknown | None) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else "?"
