"""Pods on machines: how many machines they need, and what is left of those; every figure worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.kubernetes.packing import Packing, Size, packed
from tests.rules.bench import read, tools


def size(cpu: float, memory: float, gpus: float) -> Size:
    return Size(Decimal(str(cpu)), Decimal(str(memory)), Decimal(str(gpus)))


ROOM = size(48, 192, 4)


@pytest.mark.parametrize(
    ("pods", "machines", "left"),
    [
        # One machine each for the two large ones; the small one fits beside the first.
        ([(size(30, 120, 1), 2), (size(8, 32, 2), 1)], 2, size(28, 112, 4)),
        # Nine pods with one GPU each, four a machine: three machines, three GPUs left.
        ([(size(4, 16, 1), 9)], 3, size(108, 432, 3)),
        # Memory decides: 100 of 192 GiB, so one a machine.
        ([(size(1, 100, 1), 3)], 3, size(141, 276, 9)),
        # Small ones fill what the large ones leave: 3 + 1 GPUs on two machines, nothing left.
        ([(size(1, 1, 1), 2), (size(1, 1, 3), 2)], 2, size(92, 380, 0)),
        # Halves of a GPU.
        ([(size(1, 1, 0.5), 3)], 1, size(45, 189, 2.5)),
        # A thousand, 12 a machine by their 4 vCPU: 83 full ones and one with 4 pods.
        ([(size(4, 1, 0), 1000)], 84, size(32, 15128, 336)),
        # What is left beside the first has room for nothing of the second.
        ([(size(48, 1, 1), 1), (size(8, 1, 1), 1)], 2, size(40, 382, 6)),
        ([], 0, size(0, 0, 0)),
        ([(size(0, 0, 0), 5)], 1, size(48, 192, 4)),
    ],
)
def test_pods_are_packed_the_largest_first(pods: list[tuple[Size, int]], machines: int, left: Size) -> None:
    assert packed(pods, ROOM) == Packing(machines, left)


def test_a_pod_that_has_no_room_on_any_machine_is_not_packed() -> None:
    assert packed([(size(1, 1, 8), 1)], ROOM) is None


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  nodeSelector: {node.kubernetes.io/instance-type: %s, topology.kubernetes.io/region: us-east-1}
  containers: [{name: a, resources: {limits: {cpu: %s, memory: 8Gi, nvidia.com/gpu: %s}}}]
"""
AGENT = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {node.kubernetes.io/instance-type: g5.12xlarge, topology.kubernetes.io/region: us-east-1}
      containers: [{name: a, resources: {requests: {cpu: 1, memory: 2Gi}}}]
"""


def shared(*documents: str) -> dict[str, tuple[tuple[str, ...], Packing | None, bool]]:
    from finops_lint.model.resource import Graph

    graph = Graph(read("kubernetes", "---\n".join(documents)).resources)
    found = tools().clusters.shared(graph)
    return {key[1]: (value.addresses, value.packed(), value.is_open) for key, value in found.items()}


def test_pods_of_several_objects_share_the_machines_they_name() -> None:
    found = shared(POD % ("a", "g5.12xlarge", 4, 1), POD % ("b", "g5.12xlarge", 4, 2), POD % ("c", "p3.8xlarge", 4, 1))
    # 48 - 8 vCPU, 192 - 16 GiB, 4 - 3 GPUs; p3.8xlarge has 32 vCPU, 244 GiB and 4 GPUs.
    assert found == {
        "g5.12xlarge": (("Pod/default/a", "Pod/default/b"), Packing(1, size(40, 176, 1)), False),
        "p3.8xlarge": (("Pod/default/c",), Packing(1, size(28, 236, 3)), False),
    }


def test_pods_without_gpus_take_room_but_are_none_of_those_that_share_them() -> None:
    web = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {node.kubernetes.io/instance-type: g5.12xlarge, topology.kubernetes.io/region: us-east-1}
      containers: [{name: a, resources: {requests: {cpu: 1, memory: 2Gi}}}]
"""
    # 48 - 4 - 2 vCPU, 192 - 8 - 4 GiB, 4 - 1 GPUs
    [(addresses, packing, _)] = shared(POD % ("a", "g5.12xlarge", 4, 1), web).values()
    assert (addresses, packing) == (("Pod/default/a",), Packing(1, size(42, 180, 3)))


def test_a_daemon_set_has_its_part_of_every_machine() -> None:
    [(_, packing, _)] = shared(POD % ("a", "g5.12xlarge", 47.5, 1), AGENT).values()
    assert packing is None  # 47.5 of the 47 vCPU that the agent leaves
    [(_, packing, _)] = shared(POD % ("a", "g5.12xlarge", 40, 1), AGENT).values()
    assert packing == Packing(1, size(7, 182, 3))


def test_what_a_job_may_use_is_not_left_over() -> None:
    job = """\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {node.kubernetes.io/instance-type: g5.12xlarge, topology.kubernetes.io/region: us-east-1}
      containers: [{name: a, resources: {limits: {cpu: 4, nvidia.com/gpu: 2}}}]
"""
    [(_, _, is_open)] = shared(POD % ("a", "g5.12xlarge", 4, 1), job).values()
    assert is_open
