"""Kueue's queues → the quota each flavor of a ClusterQueue gives out, and what a flavor asks of the nodes of its pods.

kueue.sigs.k8s.io/docs/concepts/cluster_queue and resource_flavor, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.pods import Ask, Pods
from finops_lint.catalog.kubernetes.quantities import amount_of, gib
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Path, Unknown, Value

CLUSTER_QUEUE = "kueue.x-k8s.io/ClusterQueue"
LOCAL_QUEUE = "kueue.x-k8s.io/LocalQueue"
_FLAVOR = "kueue.x-k8s.io/ResourceFlavor"
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
"""The label by which a workload names its LocalQueue."""


@record(frozen=True, slots=True)
class Quota:
    """What one flavor of a queue gives out of each resource, at once."""

    flavor: str
    path: Path
    """Where in the queue's values the flavor is."""
    nominal: Mapping[str, Decimal | Unknown]
    """Resource → quantity of its own: cores, bytes, devices."""
    borrowed: Mapping[str, Decimal | Unknown]
    """Resource → what it may have beyond that: `borrowingLimit`, else what the rest of its cohort may lend."""


def quotas(queue: Resource, graph: Graph) -> tuple[Quota, ...]:
    """The quotas of `queue`, flavor by flavor."""
    cohort = _cohort(queue)
    others = [q for q in graph.of_type(CLUSTER_QUEUE) if cohort and q is not queue and _cohort(q) == cohort]
    return tuple(_quota(path, flavor, others if cohort else ()) for path, flavor in _flavors(queue))


def _cohort(queue: Resource) -> str:
    """`cohortName` since v1beta2, `cohort` before."""
    return text(queue.value("spec", "cohortName")) or text(queue.value("spec", "cohort"))


def _flavors(queue: Resource) -> Iterator[tuple[Path, Mapping[str, Value]]]:
    for number, group in enumerate(as_list(queue.value("spec", "resourceGroups"))):
        for place, flavor in enumerate(as_list(at(group, ("flavors",)))):
            yield ("spec", "resourceGroups", number, "flavors", place), as_map(flavor)


def _quota(path: Path, flavor: Mapping[str, Value], others: Iterable[Resource]) -> Quota:
    name = text(flavor.get("name"))
    nominal: dict[str, Decimal | Unknown] = {}
    borrowed: dict[str, Decimal | Unknown] = {}
    others = tuple(others)
    for entry in as_list(flavor.get("resources")):
        resource = text(at(entry, ("name",)))
        quota = amount_of(at(entry, ("nominalQuota",)))
        nominal[resource] = Decimal(0) if quota is None else quota
        limit = amount_of(at(entry, ("borrowingLimit",)))
        if others:
            lent = sum((_lent(q, name, resource) for q in others), Decimal(0))
            borrowed[resource] = min(limit, lent) if isinstance(limit, Decimal) else lent
        elif limit is not None and limit != 0:
            borrowed[resource] = limit
    return Quota(name, path, nominal, borrowed)


def _lent(queue: Resource, flavor: str, resource: str) -> Decimal:
    """What `queue` may lend to its cohort of a resource of `flavor`."""
    for _, says in _flavors(queue):
        for entry in as_list(says.get("resources")) if text(says.get("name")) == flavor else ():
            if text(at(entry, ("name",))) == resource:
                own, limit = (amount_of(at(entry, (n,))) for n in ("nominalQuota", "lendingLimit"))
                known = [n for n in (own, limit) if isinstance(n, Decimal)]
                return min(known, default=Decimal(0))
    return Decimal(0)


def ask_of(amounts: Mapping[str, Decimal | Unknown]) -> Ask:
    """Quantities of a quota as if one pod asked for them all; what is no part of a machine is left out."""
    memory = amounts.get("memory")
    devices = {n: amount for n, amount in amounts.items() if "/" in n}
    return Ask(amounts.get("cpu"), gib(memory) if isinstance(memory, Decimal) else memory, devices)


def pods_of_flavor(quota: Quota, graph: Graph, one: Pods) -> Pods:
    """`one` as a pod that asks for the least of what the quota gives out, on the nodes of its flavor."""
    flavor = _named(graph, _FLAVOR, quota.flavor)
    ask = Ask(devices={n: Decimal(1) for n in ask_of(quota.nominal).devices})
    return on_flavor(replace(one, ask=ask), flavor) if flavor else replace(one, ask=ask)


def on_flavor(pods: Pods, flavor: Resource) -> Pods:
    """The pods with the node labels and tolerations Kueue gives them when it admits them to `flavor`."""
    spec = dict(pods.spec)
    labels = as_map(flavor.value("spec", "nodeLabels"))
    spec["nodeSelector"] = {**labels, **as_map(spec.get("nodeSelector"))}
    given = [
        *as_list(flavor.value("spec", "tolerations")),
        *map(_tolerated, as_list(flavor.value("spec", "nodeTaints"))),
    ]
    spec["tolerations"] = [*as_list(spec.get("tolerations")), *given]
    return replace(pods, spec=spec)


def _tolerated(taint: Value) -> dict[str, Any]:
    """Pods that do not tolerate a flavor's taints are not admitted to it, so those that are do."""
    return {"key": text(at(taint, ("key",))), "operator": "Exists"}


def flavor_of(resource: Resource, graph: Graph) -> Resource | None:
    """The one flavor the pods of `resource` can be admitted to; None without a queue, or where several would do."""
    local = next(iter(graph.targets(resource, LOCAL_QUEUE)), None)
    queue = next(iter(graph.targets(local, CLUSTER_QUEUE)), None) if local else None
    names = {q.flavor for q in quotas(queue, graph)} if queue else set()
    return _named(graph, _FLAVOR, names.pop()) if len(names) == 1 else None


def workloads_of(queue: Resource, graph: Graph) -> Iterator[Resource]:
    """The workloads that wait in a LocalQueue of `queue`."""
    for local in graph.sources(queue, LOCAL_QUEUE):
        yield from graph.sources(local)


def _named(graph: Graph, kind: str, name: str) -> Resource | None:
    return next((r for r in graph.of_type(kind) if r.name == name), None)
