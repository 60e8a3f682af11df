"""Resource claims: what pods ask for by them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.kubernetes.pods import Pods
from finops_lint.catalog.kubernetes.workloads import pods_in
from finops_lint.model.resource import Graph
from finops_lint.model.values import Unknown
from tests.rules.bench import read, tools

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: ml}
spec:
  resourceClaims: [{name: gpu, %s}]
  containers: [{name: a, resources: {requests: {cpu: 2, memory: 4Gi}, claims: [{name: gpu}]}}]
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: two, namespace: %s}
spec: {spec: {devices: {requests: [{name: gpu, %s}]}}}
"""


def pods(claim: str, request: str, space: str = "ml") -> Pods:
    graph = Graph(read("kubernetes", POD % (claim, space, request)).resources)
    [found] = pods_in(graph.by_address["Pod/ml/a"], graph, tools().clusters.of(graph))
    return found


TEMPLATE = "resourceClaimTemplateName: two"


@pytest.mark.parametrize(
    ("request_", "resource", "number"),
    [
        ("exactly: {deviceClassName: gpu.nvidia.com, count: 2}", "nvidia.com/gpu", 2),
        ("deviceClassName: gpu.nvidia.com", "nvidia.com/gpu", 1),
        ("firstAvailable: [{deviceClassName: gpu.nvidia.com}]", "nvidia.com/gpu", 1),
        ("exactly: {deviceClassName: neuron.aws.com, count: 8}", "aws.amazon.com/neuron", 8),
    ],
)
def test_a_claim_asks_for_accelerators(request_: str, resource: str, number: int) -> None:
    assert pods(TEMPLATE, request_).ask.devices == {resource: Decimal(number)}


def test_a_claim_for_a_network_card_asks_for_none() -> None:
    assert pods(TEMPLATE, "deviceClassName: dranet.example.com").ask.devices == {}


@pytest.mark.parametrize(
    ("claim", "request_", "space", "reason"),
    [
        (
            "resourceClaimName: shared",
            "deviceClassName: gpu.nvidia.com",
            "ml",
            "pods may share the resource claim shared",
        ),
        (TEMPLATE, "deviceClassName: gpu.nvidia.com", "other", "the resource claim template two is not in the code"),
        (
            TEMPLATE,
            "exactly: {deviceClassName: gpu.nvidia.com, allocationMode: All}",
            "ml",
            "how many devices of the class gpu.nvidia.com a pod gets, and of what machine, is not in the code",
        ),
    ],
)
def test_what_another_object_decides_is_not_known(claim: str, request_: str, space: str, reason: str) -> None:
    [device] = pods(claim, request_, space).ask.devices.values()
    assert isinstance(device, Unknown)
    assert device.reason == reason
