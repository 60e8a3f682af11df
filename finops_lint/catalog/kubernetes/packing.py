"""The pods that share a pool's machines → how many machines they need, and what of those nobody asks for.

The largest pods are placed first, each on the first machine with room. What the node itself needs is not counted, and
pods of a DaemonSet have their part of every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.devices import device, is_device, share_of
from finops_lint.catalog.kubernetes.kinds import ALWAYS, NEVER, is_kubernetes, namespace_of
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Count, Pods
from finops_lint.catalog.kubernetes.requirements import wishes_of
from finops_lint.catalog.kubernetes.scaling import scaled
from finops_lint.model.records import record, replace
from finops_lint.model.values import Unknown

if TYPE_CHECKING:
    from finops_lint.catalog.kubernetes.workloads import Cluster
    from finops_lint.model.resource import Graph, Resource

MOST_PODS = 10_000
"""More of one sort are not packed: nobody runs so many on one pool of GPUs."""


@record(frozen=True, slots=True)
class Size:
    """Room on a machine, or what one pod takes of it."""

    cpu: Decimal
    memory_gib: Decimal
    gpus: Decimal

    def without(self, other: Size, times: int = 1) -> Size:
        """What is left."""
        return Size(
            self.cpu - other.cpu * times, self.memory_gib - other.memory_gib * times, self.gpus - other.gpus * times
        )

    def holds(self, pod: Size) -> int:
        """How many of the pods have room; `MOST_PODS` of those that take nothing."""
        pairs = ((self.cpu, pod.cpu), (self.memory_gib, pod.memory_gib), (self.gpus, pod.gpus))
        return max(0, min((int(room // asked) for room, asked in pairs if asked > 0), default=MOST_PODS))


@record(frozen=True, slots=True)
class Load:
    """Pods that are alike."""

    address: str
    """The object that makes them."""
    size: Size
    count: int
    most: int
    """How many there may be where they scale by themselves."""


@record(frozen=True, slots=True)
class Packing:
    """What pods take of machines."""

    machines: int
    left: Size
    """Of all those machines together."""


@record(frozen=True, slots=True)
class Shared:
    """Machines with GPUs, and everything of the project that runs on them."""

    node: Node
    room: Size
    """On one machine, beside the DaemonSets."""
    loads: tuple[Load, ...] = ()
    is_open: bool = False
    """Whether others may use what is left: jobs that come and go, pods of which not all is known."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The objects whose pods ask for GPUs, in order."""
        return tuple(dict.fromkeys(load.address for load in self.loads if load.size.gpus > 0))

    def packed(self, *, at_most: bool = False) -> Packing | None:
        """The machines its pods need; None where one of them has no room on any."""
        return packed(((x.size, x.most if at_most else x.count) for x in self.loads), self.room)


def packed(pods: Iterable[tuple[Size, int]], room: Size) -> Packing | None:
    """The machines with this `room` that the pods need, the largest first; None where one has no room on any.

    Worked case: machines of 48 vCPU, 192 GiB and 4 GPUs; two pods of 30 vCPU, 120 GiB and 1 GPU need one each, and one
    of 8 vCPU, 32 GiB and 2 GPUs fits beside the first: 2 machines, on which 28 vCPU, 112 GiB and 4 GPUs are left.
    """
    started: dict[Size, int] = {}
    for size, count in sorted(pods, key=lambda entry: _share(entry[0], room), reverse=True):
        waiting = count
        for there in list(started):
            waiting -= _place(started, there, size, waiting)
        fit = room.holds(size)
        if waiting and not fit:
            return None
        while waiting > 0:
            full, rest = divmod(waiting, fit)
            number, each = (full, fit) if full else (1, rest)
            left = room.without(size, each)
            started[left] = started.get(left, 0) + number
            waiting -= number * each
    zero = Size(Decimal(0), Decimal(0), Decimal(0))
    left = zero
    for there, number in started.items():
        left = left.without(zero.without(there, number))
    return Packing(sum(started.values()), left)


def _place(started: dict[Size, int], there: Size, size: Size, waiting: int) -> int:
    """Put pods on the started machines that have `there` left, and say how many."""
    fit, machines = there.holds(size), started[there]
    placed = min(waiting, fit * machines)
    if placed <= 0:
        return 0
    full, rest = divmod(placed, fit)
    started[there] = machines - full - (1 if rest else 0)
    if not started[there]:
        del started[there]
    for number, each in ((full, fit), (1 if rest else 0, rest)):
        if number:
            left = there.without(size, each)
            started[left] = started.get(left, 0) + number
    return placed


def _share(pod: Size, room: Size) -> tuple[Decimal, Decimal]:
    """The largest part of a machine that a pod takes."""
    pairs = ((pod.cpu, room.cpu), (pod.memory_gib, room.memory_gib), (pod.gpus, room.gpus))
    parts = [asked / has for asked, has in pairs if has > 0]
    return max(parts, default=Decimal(0)), sum(parts, Decimal(0))


# The project's pods, by the machines they share


def shared_machines(graph: Graph, cluster: Cluster) -> dict[tuple[str, str], Shared]:
    """Pool (or machine, where no pool is declared) → the machines with GPUs and what runs on them.

    Only pods whose machine the text settles are there.
    """
    found: dict[tuple[str, str], Shared] = {}
    for resource, pods, node in _placed(graph, cluster):
        machine = node.machine
        if machine is None or node.gpus <= 0:
            continue
        room = Size(machine.vcpu, machine.memory_gib, node.gpus)
        found[node.place] = _with(found.get(node.place) or Shared(node, room), resource, pods, cluster, graph)
    return found


def _placed(graph: Graph, cluster: Cluster) -> Iterator[tuple[Resource, Pods, Node]]:
    from finops_lint.catalog.kubernetes.workloads import pods_in

    for resource in graph.resources:
        kind = cluster.kinds.get(resource.type) if is_kubernetes(resource.type) else None
        if kind is None or kind.runs == NEVER:
            continue
        for pods in pods_in(resource, graph, cluster):
            node = cluster.nodes.node_for(pods, namespace_of(resource))
            if isinstance(node, Node) and not node.doubt:
                yield resource, pods, node


def _with(shared: Shared, resource: Resource, pods: Pods, cluster: Cluster, graph: Graph) -> Shared:
    kind = cluster.kinds.get(resource.type)
    size = _size(pods, cluster)
    if kind is None or size is None or cluster.nodes.may_be_elsewhere(pods, shared.node):
        return replace(shared, is_open=True)
    if kind.every_node:
        return replace(shared, room=shared.room.without(size))
    if kind.runs != ALWAYS:
        return replace(shared, is_open=shared.is_open or size.gpus > 0)
    says = resource.value("spec", "replicas") is not None
    number, most = _numbers(scaled(resource, pods.count, graph, says_replicas=says))
    if number is None or most is None:
        return replace(shared, is_open=True)
    return replace(shared, loads=(*shared.loads, Load(resource.address, size, number, most)))


def _numbers(count: Count) -> tuple[int | None, int | None]:
    """How many there are, and at most; None where that is not known, or too many."""
    if not isinstance(count.expected, Decimal) or not isinstance(count.high, Decimal) or count.high > MOST_PODS:
        return None, None
    return int(count.expected), int(count.high)


def _size(pods: Pods, cluster: Cluster) -> Size | None:
    """What one pod takes; None where that is not known."""
    if isinstance(pods.ask.cpu, Unknown) or isinstance(pods.ask.memory_gib, Unknown):
        return None
    gpus = Decimal(0)
    for name, number in pods.ask.devices.items():
        share = share_of(name, wishes_of(pods.spec), cluster.nodes.pods_per_gpu)
        if is_device(name) and (isinstance(number, Unknown) or share is None or device(name).resource.endswith("core")):
            return None
        if is_device(name) and share is not None and not isinstance(number, Unknown):
            gpus += number * share
    return Size(pods.ask.cpu or Decimal(0), pods.ask.memory_gib or Decimal(0), gpus)
