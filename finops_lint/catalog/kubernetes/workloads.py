"""One project's cluster: its kinds, pools and defaults, and the pods of any of its objects with what they inherit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from itertools import chain
from typing import Any

from finops_lint.catalog.data import data_root
from finops_lint.catalog.kubernetes.claims import with_claims
from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.kinds import Kinds, namespace_of
from finops_lint.catalog.kubernetes.nodes import Defaults, Node, Nodes
from finops_lint.catalog.kubernetes.packing import Shared, shared_machines
from finops_lint.catalog.kubernetes.pods import Pods, pods_of
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.catalog.kubernetes.queues import flavor_of, on_flavor
from finops_lint.catalog.kubernetes.split import Parts, Weights, split
from finops_lint.catalog.machines import Machines
from finops_lint.catalog.prices import PriceBook
from finops_lint.model.estimate import UnitPrice, Unpriced
from finops_lint.model.money import HOURS_PER_MONTH
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Graph, Resource

WORKFLOWS = ("argoproj.io/Workflow", "argoproj.io/CronWorkflow")
_TEMPLATES = ("argoproj.io/WorkflowTemplate",)
_RUNTIMES = ("trainer.kubeflow.org/TrainingRuntime", "trainer.kubeflow.org/ClusterTrainingRuntime")
_SERVING = ("serving.kserve.io/ServingRuntime", "serving.kserve.io/ClusterServingRuntime")


@record(frozen=True, slots=True)
class Cluster:
    """What is known about where a project's pods run."""

    nodes: Nodes
    kinds: Kinds
    weights: Weights = field(default_factory=Weights)
    pods: dict[int, tuple[Resource, tuple[Pods, ...]]] = field(default_factory=dict)
    """What was worked out of objects, by their identity."""


def pods_in(resource: Resource, graph: Graph, cluster: Cluster) -> tuple[Pods, ...]:
    """The pods of `resource`, with its namespace's defaults and what a template or runtime it names adds.

    They are worked out once for all who ask about the cluster that `graph` describes.
    """
    known = cluster.pods.get(id(resource))
    if known is None or known[0] is not resource:
        known = cluster.pods[id(resource)] = (resource, _pods_in(resource, graph, cluster))
    return known[1]


def _pods_in(resource: Resource, graph: Graph, cluster: Cluster) -> tuple[Pods, ...]:
    kind = cluster.kinds.get(resource.type)
    if kind is None:
        return ()
    found = pods_of(values_in(resource, graph), kind, limit_range=limit_range(resource, graph))
    flavor = flavor_of(resource, graph) if resource.references else None
    if flavor is not None:
        found = tuple(on_flavor(p, flavor) for p in found)
    found = tuple(with_claims(p, namespace_of(resource), graph) for p in found)
    if resource.type == "trainer.kubeflow.org/TrainJob":
        return _of_runtime(resource, graph, cluster, found)
    if resource.type == "serving.kserve.io/InferenceService":
        return tuple(_served(resource, graph, cluster, p) for p in found)
    return found


def limit_range(resource: Resource, graph: Graph) -> Mapping[str, Decimal]:
    """What containers of its namespace are given that ask for nothing: `cpu`, `memory` in bytes."""
    space = namespace_of(resource)
    found: dict[str, Decimal] = {}
    for limits in graph.of_type("core/LimitRange"):
        if namespace_of(limits) != space:
            continue
        for entry in as_list(limits.value("spec", "limits")):
            if text(at(entry, ("type",))) != "Container":
                continue
            for part in ("default", "defaultRequest"):
                known = {str(k): quantity(v) for k, v in as_map(at(entry, (part,))).items()}
                found.update({k: v for k, v in known.items() if v is not None})
    return found


def values_in(resource: Resource, graph: Graph) -> Mapping[str, Any]:
    """The values of `resource`; a workflow's with the templates of the WorkflowTemplate it runs."""
    if resource.type not in WORKFLOWS:
        return resource.values
    template = next(iter(graph.targets(resource, *_TEMPLATES)), None)
    if template is None:
        return resource.values
    spec = as_map(resource.value("spec"))
    inner = as_map(spec.get("workflowSpec"))
    whole = {**as_map(template.value("spec")), **(inner or spec)}
    return {**resource.values, "spec": {**spec, "workflowSpec": whole} if inner else whole}


def _of_runtime(resource: Resource, graph: Graph, cluster: Cluster, own: tuple[Pods, ...]) -> tuple[Pods, ...]:
    """A TrainJob's pods: those of its runtime, with the nodes and resources the job itself says."""
    runtime = next(iter(graph.targets(resource, *_RUNTIMES)), None)
    kind = cluster.kinds.get(runtime.type) if runtime else None
    if runtime is None or kind is None:
        return own
    found = pods_of(runtime.values, kind)
    if not own:
        return found
    trainer = own[0]
    has_resources = at(resource.values, ("spec", "trainer", "resourcesPerNode")) is not None
    has_count = at(resource.values, ("spec", "trainer", "numNodes")) is not None
    nodes = quantity(at(runtime.values, ("spec", "mlPolicy", "numNodes")))
    count = trainer.count if has_count else type(trainer.count).of(nodes) if nodes is not None else trainer.count
    main = found[-1] if found else trainer
    ask = trainer.ask if has_resources else main.ask
    return (*found[:-1], replace(main, name="trainer", count=count, ask=ask))


def _served(resource: Resource, graph: Graph, cluster: Cluster, pods: Pods) -> Pods:
    """A predictor with what its serving runtime says about nodes and resources, on the GPU an annotation names.

    KServe makes a node selector of `serving.kserve.io/gke-accelerator` (pkg/webhook/admission/pod, read 2026-11-21).
    """
    named = at(resource.values, ("metadata", "annotations", "serving.kserve.io/gke-accelerator"))
    if named is not None and pods.ask.is_accelerated:
        selector = {**as_map(pods.spec.get("nodeSelector")), "cloud.google.com/gke-accelerator": named}
        pods = replace(pods, spec={**pods.spec, "nodeSelector": selector})
    runtime = next(iter(graph.targets(resource, *_SERVING)), None)
    kind = cluster.kinds.get(runtime.type) if runtime else None
    inner = pods_of(runtime.values, kind) if runtime and kind else ()
    if pods.name != "predictor" or not inner:
        return pods
    base = inner[0]
    spec = {**{k: v for k, v in base.spec.items() if k in ("nodeSelector", "affinity", "tolerations")}, **pods.spec}
    says = at(resource.values, ("spec", "predictor", "model", "resources")) is not None
    return replace(pods, spec=spec, ask=pods.ask if says or base.ask.cpu is None else base.ask)


def shipped_clusters(machines: Machines) -> Clusters:
    """What is known without a project's settings."""
    return Clusters(PriceBook(data_root() / "pricing"), machines)


class Clusters:
    """The clusters of a run: shared prices and settings, one `Cluster` a project's graph."""

    def __init__(
        self,
        prices: PriceBook,
        machines: Machines,
        *,
        defaults: Defaults | None = None,
        kinds: Kinds | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._prices = prices
        self._machines = machines
        self.defaults = defaults or Defaults()
        self.kinds = kinds or Kinds()
        self._weights = weights or Weights()
        self._candidates: dict[tuple[str, str, str, str], Decimal | None] = {}
        self._last: tuple[Graph, Cluster] | None = None
        self._shared: tuple[Graph, Mapping[tuple[str, str], Shared]] | None = None

    def of(self, graph: Graph) -> Cluster:
        """The cluster of the project whose graph that is."""
        if self._last is None or self._last[0] is not graph:
            nodes = Nodes(
                graph, self._machines, self.candidate, self.defaults, lambda: chain.from_iterable(self._pods(graph))
            )
            self._last = (graph, Cluster(nodes, self.kinds, self._weights))
        return self._last[1]

    def _pods(self, graph: Graph) -> Iterator[tuple[Pods, ...]]:
        """The pods of each object in `graph`."""
        cluster = self.of(graph)
        return (pods_in(resource, graph, cluster) for resource in graph.resources)

    def shared(self, graph: Graph) -> Mapping[tuple[str, str], Shared]:
        """Pool, or machine, → the machines with GPUs that the project's pods share, and what runs on them."""
        if self._shared is None or self._shared[0] is not graph:
            self._shared = (graph, shared_machines(graph, self.of(graph)))
        return self._shared[1]

    def hour(self, cloud: str, machine: str, region: str, purchase: str) -> UnitPrice | Unpriced:
        """The price of an hour of a machine; Google's after the discount of a whole month."""
        item = _hour_item(cloud, machine, purchase)
        return self.unit(item, cloud, region) if item else Unpriced(f"no prices for the cloud {cloud}")

    def candidate(self, cloud: str, machine: str, region: str, purchase: str) -> Decimal | None:
        """What an hour of one of many machines costs; None where there is no price."""
        key = (cloud, machine, region, purchase)
        if key not in self._candidates:
            item = _hour_item(cloud, machine, purchase)
            tiers = self._prices.tiers(item, cloud=cloud, region=region) if item else None
            self._candidates[key] = tiers[0].price.amount if tiers else None
        return self._candidates[key]

    def unit(self, item: str, cloud: str, region: str) -> UnitPrice | Unpriced:
        """Any other price."""
        tiers = self._prices.look_up(item, cloud=cloud, region=region)
        return tiers if isinstance(tiers, Unpriced) else tiers[0].price

    def month_of_gpus(self, node: Node, gpus: Decimal) -> Decimal | None:
        """What so many of a node's GPUs cost a month, by how a machine's price is split; None where it has none."""
        hour = self.hour_of(node)
        if isinstance(hour, Unpriced) or node.machine is None:
            return None
        return self.parts_of(node, hour).gpu * gpus * HOURS_PER_MONTH

    def parts_of(self, node: Node, hour: UnitPrice) -> Parts:
        """What `hour`, the price of a node of a known machine, comes to for its vCPU, memory and GPUs."""
        assert node.machine is not None
        full = self.hour_of(replace(node, purchase="on-demand")) if node.purchase == "spot" else hour
        return split(
            hour.amount,
            vcpu=node.machine.vcpu,
            memory_gib=node.machine.memory_gib,
            gpus=node.gpus,
            on_demand=hour.amount if isinstance(full, Unpriced) else full.amount,
            weights=self._weights,
        )

    def hour_of(self, node: Node) -> UnitPrice | Unpriced:
        """The price of an hour of a node with the accelerators attached to it."""
        hour = self.hour(node.cloud, node.name, node.region, node.purchase)
        if isinstance(hour, Unpriced) or not node.attached:
            return hour
        way = "gpu-spot" if node.purchase == "spot" else "gpu-sustained"
        gpu = self.unit(f"compute/{way}/{node.attached}", node.cloud, node.region)
        if isinstance(gpu, Unpriced):
            return gpu
        why = "; ".join(dict.fromkeys(t for t in (hour.approximate, gpu.approximate) if t))
        return replace(hour, amount=hour.amount + gpu.amount * node.gpus, approximate=why)


_HOURS = {
    ("aws", ""): "ec2/linux/{}",
    ("aws", "spot"): "ec2/spot/linux/{}",
    ("azure", ""): "vm/linux/{}",
    ("azure", "spot"): "vm/spot/{}",
    ("google", ""): "compute/sustained/{}",
    ("google", "spot"): "compute/spot/{}",
}
"""Cloud and purchase → the item of a machine's hour."""


def _hour_item(cloud: str, machine: str, purchase: str) -> str:
    """The item of a machine's hour; empty for a cloud that has none."""
    return _HOURS.get((cloud, "spot" if purchase == "spot" else ""), "").format(machine)
