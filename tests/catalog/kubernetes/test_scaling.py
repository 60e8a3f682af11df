"""How many pods an autoscaler leaves: by its least, its most, and what the object says itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.kubernetes.pods import Count
from finops_lint.catalog.kubernetes.scaling import scaled
from finops_lint.model.resource import Graph
from finops_lint.model.values import Unknown
from tests.rules.bench import read

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1, template: {spec: {containers: [{name: a}]}}}
"""
SCALERS = {
    "hpa": "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n",
    "keda": "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n",
}


def counted(scaler: str, limits: str, *, replicas: int = 1, says_replicas: bool = False) -> Count:
    target = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}"
    text = f"{DEPLOYMENT}---\n{SCALERS[scaler]}metadata: {{name: s}}\nspec: {{{target}{limits}}}\n"
    graph = Graph(read("kubernetes", text).resources)
    return scaled(graph.resources[0], Count.of(Decimal(replicas)), graph, says_replicas=says_replicas)


# kubernetes.io/docs/reference, HorizontalPodAutoscaler: minReplicas defaults to 1. keda.sh/docs, ScaledObject:
# minReplicaCount defaults to 0, maxReplicaCount to 100; idleReplicaCount is what is left where there is nothing to do.
@pytest.mark.parametrize(
    ("scaler", "limits", "least", "expected", "most"),
    [
        ("hpa", ", minReplicas: 2, maxReplicas: 10", 2, 2, 10),
        ("hpa", ", maxReplicas: 10", 1, 1, 10),
        ("keda", "", 0, 1, 100),
        ("keda", ", minReplicaCount: 3, maxReplicaCount: 10", 3, 3, 10),
        ("keda", ", idleReplicaCount: 0, minReplicaCount: 3, maxReplicaCount: 10", 0, 1, 10),
        ("keda", ", maxReplicaCount: 0", 0, 0, 0),
    ],
)
def test_an_autoscaler_alone_is_expected_at_its_least_or_at_one(
    scaler: str, limits: str, least: int, expected: int, most: int
) -> None:
    found = counted(scaler, limits)
    assert [found.low, found.expected, found.high] == [least, expected, most]


@pytest.mark.parametrize(("replicas", "expected"), [(1, 2), (4, 4), (20, 10)])
def test_the_replicas_of_the_object_are_expected_as_far_as_the_limits_allow(replicas: int, expected: int) -> None:
    found = counted("hpa", ", minReplicas: 2, maxReplicas: 10", replicas=replicas, says_replicas=True)
    assert [found.low, found.expected, found.high] == [2, expected, 10]


def test_a_limit_that_is_filled_in_later_is_not_known() -> None:
    found = counted("hpa", ', minReplicas: 2, maxReplicas: "${MOST}"')
    assert [found.low, found.expected] == [2, 2]
    assert isinstance(found.high, Unknown)


def test_without_an_autoscaler_the_number_stays() -> None:
    graph = Graph(read("kubernetes", DEPLOYMENT).resources)
    assert scaled(graph.resources[0], Count.of(Decimal(3)), graph, says_replicas=True) == Count.of(Decimal(3))
