"""Autoscalers that point at an object → how many pods it has at least, as expected, and at most."""

from __future__ import annotations

from decimal import Decimal
from typing import overload

from finops_lint.catalog.kubernetes.fields import as_map
from finops_lint.catalog.kubernetes.pods import Count
from finops_lint.catalog.kubernetes.quantities import amount_of
from finops_lint.model.records import replace
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Unknown, Value

SCALERS = ("autoscaling/HorizontalPodAutoscaler", "keda.sh/ScaledObject")
KEDA_MOST = Decimal(100)
"""KEDA's maxReplicaCount where none is set (keda.sh/docs, ScaledObject, read 2026-11-21)."""


def scaled(resource: Resource, count: Count, graph: Graph, *, says_replicas: bool) -> Count:
    """`count` within the limits of the autoscaler that points at `resource`, if one does.

    Without `says_replicas` the object leaves the number to the autoscaler, which is expected at its least, or at one.
    """
    scaler = next(iter(graph.sources(resource, *SCALERS)), None)
    if scaler is None:
        return count
    low, high = _limits(scaler)
    because = f"{scaler.type.rpartition('/')[2]} {scaler.name} scales between {_shown(low)} and {_shown(high)}"
    wanted = count.expected if says_replicas else low
    return replace(
        count,
        low=low,
        expected=_within(wanted, low, high, least=Decimal(0) if says_replicas else Decimal(1)),
        high=count.high if high is None else high,
        because=because,
    )


def _limits(scaler: Resource) -> tuple[Decimal | Unknown, Decimal | Unknown | None]:
    """The least and the most; None where no most is written."""
    spec = scaler.value("spec")
    if scaler.type != "keda.sh/ScaledObject":
        return _figure(spec, "minReplicas", Decimal(1)), _figure(spec, "maxReplicas", None)
    least = _figure(spec, "idleReplicaCount", None)
    low = _figure(spec, "minReplicaCount", Decimal(0)) if least is None else least
    return low, _figure(spec, "maxReplicaCount", KEDA_MOST)


def _within(
    wanted: Decimal | Unknown, low: Decimal | Unknown, high: Decimal | Unknown | None, *, least: Decimal
) -> Decimal | Unknown:
    """`wanted` within the limits, and `least` at least as far as they allow it."""
    if not isinstance(wanted, Decimal):
        return wanted
    if isinstance(low, Decimal):
        wanted = max(wanted, low, least)
    return min(wanted, high) if isinstance(high, Decimal) else wanted


@overload
def _figure(spec: Value, name: str, default: Decimal) -> Decimal | Unknown: ...
@overload
def _figure(spec: Value, name: str, default: None) -> Decimal | Unknown | None: ...
def _figure(spec: Value, name: str, default: Decimal | None) -> Decimal | Unknown | None:
    found = amount_of(as_map(spec).get(name))
    return default if found is None else found


def _shown(value: Decimal | Unknown | None) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else "?"
