"""The groups of nodes a project declares, in any language, → pools: what machines, labels and taints they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.catalog.kubernetes.requirements import Requirement, requirements
from finops_lint.catalog.regions import canonical_region
from finops_lint.model.records import record
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Partial, Unknown, Value, first_unknown

NODE_TYPES = (
    "aws_eks_node_group",
    "google_container_node_pool",
    "google_container_cluster",
    "azurerm_kubernetes_cluster",
    "azurerm_kubernetes_cluster_node_pool",
    "karpenter.sh/NodePool",
    "karpenter.sh/Provisioner",
    "eksctl.io/ClusterConfig",
    "cloud.google.com/ComputeClass",
)
"""Types that declare nodes."""
SPOT, ON_DEMAND, RESERVED = "spot", "on-demand", "reserved"


@record(frozen=True, slots=True)
class Pool:
    """Nodes that are alike, or that one provisioner makes."""

    name: str
    address: str
    """The resource that declares it."""
    cloud: str
    region: str = ""
    """Empty where the text does not say."""
    machines: tuple[str, ...] = ()
    """The machines it may have, where it lists them."""
    requirements: tuple[Requirement, ...] = ()
    """What Karpenter picks machines by."""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, Any], ...] = ()
    purchases: tuple[str, ...] = (ON_DEMAND,)
    accelerator: str = ""
    """GPUs that Google attaches to the machine: `nvidia-tesla-t4`."""
    accelerators: int = 0
    is_paid: bool = False
    """Whether its machines have their price at `address`."""
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    """Karpenter's limits: cores, bytes of memory, accelerators."""
    unknown: Unknown | None = None
    """Why its machines are not known."""
    is_provisioned: bool = False
    """Whether machines come and go with the pods (Karpenter, a compute class)."""
    weight: int = 0


def pools_of(graph: Graph) -> tuple[Pool, ...]:
    """Every pool in `graph`, in its order."""
    readers = {
        "aws_eks_node_group": _of_eks,
        "google_container_node_pool": _of_gke,
        "google_container_cluster": _of_gke_cluster,
        "azurerm_kubernetes_cluster": _of_aks_cluster,
        "azurerm_kubernetes_cluster_node_pool": _of_aks,
        "karpenter.sh/NodePool": _of_karpenter,
        "karpenter.sh/Provisioner": _of_provisioner,
        "eksctl.io/ClusterConfig": _of_eksctl,
        "cloud.google.com/ComputeClass": _of_compute_class,
    }
    return tuple(p for kind, read in readers.items() for r in graph.of_type(kind) for p in read(r, graph))


def _region(resource: Resource) -> str:
    return resource.region if isinstance(resource.region, str) else ""


def _listed(value: Value) -> tuple[tuple[str, ...], Unknown | None]:
    """The names in a list, and what is unknown of it."""
    if isinstance(value, Unknown):
        return (), value
    rest = value.rest if isinstance(value, Partial) else None
    entries = as_list(value.known if isinstance(value, Partial) else value)
    return tuple(str(e) for e in entries if isinstance(e, str)), first_unknown((*entries, rest))


def _labels(value: Value) -> dict[str, str]:
    return {str(k): text(v) for k, v in as_map(value).items() if not isinstance(v, (Unknown, Partial))}


def _of_eks(resource: Resource, graph: Graph) -> Iterator[Pool]:
    machines, unknown = _listed(resource.value("instance_types"))
    if not machines and unknown is None:
        template = next(iter(graph.related(resource, "aws_launch_template")), None)
        own = template.value("instance_type") if template else None
        unknown = own if isinstance(own, Unknown) else None
        machines = (own,) if isinstance(own, str) else () if unknown is not None else ("t3.medium",)
    purchase = resource.value("capacity_type")
    bought = {"SPOT": SPOT, "CAPACITY_BLOCK": RESERVED}.get(text(purchase), ON_DEMAND)
    name = text(resource.value("node_group_name")) or resource.name
    labels = {
        "eks.amazonaws.com/nodegroup": name,
        "eks.amazonaws.com/capacityType": "SPOT" if bought == SPOT else "ON_DEMAND",
        **_labels(resource.value("labels")),
    }
    taints = tuple(as_map(t) for t in as_list(resource.value("taint")))
    yield Pool(
        name,
        resource.address,
        "aws",
        _region(resource),
        machines,
        labels=labels,
        taints=taints,
        purchases=(bought,),
        is_paid=True,
        unknown=unknown,
    )


def _of_gke(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    yield _gke_pool(resource, resource.value("node_config", 0), text(resource.value("name")) or resource.name)


def _of_gke_cluster(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    if resource.value("remove_default_node_pool") is True or resource.value("enable_autopilot") is True:
        return
    if resource.value("node_config") is not None:
        yield _gke_pool(resource, resource.value("node_config", 0), "default-pool")
    for number, entry in enumerate(as_list(resource.value("node_pool"))):
        yield _gke_pool(resource, at(entry, ("node_config", 0)), text(at(entry, ("name",))) or f"pool-{number}")


def _gke_pool(resource: Resource, config: Value, name: str) -> Pool:
    says = as_map(config)
    machine = says.get("machine_type", "e2-medium")
    unknown = machine if isinstance(machine, Unknown) else None
    gpu = as_map(at(says, ("guest_accelerator", 0)))
    spot = says.get("spot") is True or says.get("preemptible") is True
    labels = {"cloud.google.com/gke-nodepool": name, **_labels(says.get("labels"))}
    if spot:
        labels["cloud.google.com/gke-spot" if says.get("spot") is True else "cloud.google.com/gke-preemptible"] = "true"
    kind = text(gpu.get("type"))
    if kind:
        labels["cloud.google.com/gke-accelerator"] = kind
    taints = [as_map(t) for t in as_list(says.get("taint"))]
    if kind:  # GKE taints nodes with GPUs itself, and its admission lets pods that ask for GPUs onto them
        taints.append({"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE", "admitted": "accelerated"})
    count = quantity(gpu.get("count"))
    return Pool(
        name,
        resource.address,
        "google",
        _region(resource),
        (machine,) if isinstance(machine, str) else (),
        labels=labels,
        taints=tuple(taints),
        purchases=(SPOT if spot else ON_DEMAND,),
        accelerator=kind,
        accelerators=int(count) if count is not None else 1 if kind else 0,
        is_paid=True,
        unknown=unknown,
    )


def _of_aks_cluster(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    pool = resource.value("default_node_pool", 0)
    if pool is not None:
        yield _aks_pool(resource, as_map(pool), text(at(pool, ("name",))) or "default")


def _of_aks(resource: Resource, graph: Graph) -> Iterator[Pool]:
    around = next(iter(graph.related(resource, "azurerm_kubernetes_cluster")), None)
    region = _region(resource) or (_region(around) if around else "")
    yield _aks_pool(resource, resource.values, text(resource.value("name")) or resource.name, region)


def _aks_pool(resource: Resource, says: Mapping[str, Value], name: str, region: str = "") -> Pool:
    machine = says.get("vm_size", "Standard_D2s_v3")
    spot = text(says.get("priority")).lower() == "spot"
    labels = {"agentpool": name, "kubernetes.azure.com/agentpool": name, **_labels(says.get("node_labels"))}
    taints = [_taint(t) for t in as_list(says.get("node_taints")) if isinstance(t, str)]
    if spot:  # AKS sets both itself: learn.microsoft.com/azure/aks/spot-node-pool, read 2026-11-21
        labels["kubernetes.azure.com/scalesetpriority"] = "spot"
        taints.append({"key": "kubernetes.azure.com/scalesetpriority", "value": "spot", "effect": "NoSchedule"})
    return Pool(
        name,
        resource.address,
        "azure",
        (region or _region(resource)).replace(" ", "").lower(),
        (machine,) if isinstance(machine, str) else (),
        labels=labels,
        taints=tuple(taints),
        purchases=(SPOT if spot else ON_DEMAND,),
        is_paid=True,
        unknown=machine if isinstance(machine, Unknown) else None,
    )


def _taint(words: str) -> Mapping[str, str]:
    """`key=value:Effect`."""
    pair, _, effect = words.partition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _of_karpenter(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    spec = resource.value("spec", "template", "spec")
    yield _karpenter_pool(
        resource,
        as_map(spec),
        resource.value("spec", "template", "metadata", "labels"),
        resource.value("spec", "limits"),
    )


def _of_provisioner(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    """What a NodePool was called until Karpenter 0.32."""
    spec = as_map(resource.value("spec"))
    yield _karpenter_pool(resource, spec, spec.get("labels"), at(spec, ("limits", "resources")))


def _karpenter_pool(resource: Resource, spec: Mapping[str, Value], labels: Value, limits: Value) -> Pool:
    wanted = requirements(spec.get("requirements"))
    group = text(at(spec, ("nodeClassRef", "group"))) + text(at(spec, ("nodeClassRef", "kind")))
    is_azure = "azure" in group or "AKS" in group or any(r.key.startswith("karpenter.azure.com/") for r in wanted)
    is_google = "gcp" in group.lower() or "GCE" in group
    bought = next((r for r in wanted if r.key == "karpenter.sh/capacity-type"), None)
    purchases = bought.values if bought is not None and bought.operator == "In" else (ON_DEMAND,)
    machines = next(
        (r.values for r in wanted if r.key == "node.kubernetes.io/instance-type" and r.operator == "In"), ()
    )
    zones = [v for r in wanted if r.key.startswith("topology.kubernetes.io/") and r.operator == "In" for v in r.values]
    figures = {str(k): quantity(v) for k, v in as_map(limits).items()}
    cloud = "azure" if is_azure else "google" if is_google else "aws"
    weight = quantity(resource.value("spec", "weight"))
    return Pool(
        resource.name,
        resource.address,
        cloud,
        canonical_region(cloud, zones[0]) if zones else "",
        machines,
        wanted,
        {"karpenter.sh/nodepool": resource.name, **_labels(labels)},
        tuple(as_map(t) for t in as_list(spec.get("taints"))),
        purchases,
        limits={k: v for k, v in figures.items() if v is not None},
        unknown=next((r.unknown for r in wanted if r.unknown is not None), None),
        is_provisioned=True,
        weight=int(weight or 0),
    )


def _of_eksctl(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    for part in ("managedNodeGroups", "nodeGroups"):
        for entry in as_list(resource.value(part)):
            yield eksctl_pool(resource, as_map(entry))


def eksctl_pool(resource: Resource, group: Mapping[str, Value]) -> Pool:
    """A node group of an eksctl ClusterConfig (its schema, read 2026-11-21); m5.large where it names none."""
    own = group.get("instanceTypes")
    several, unknown = _listed(at(group, ("instancesDistribution", "instanceTypes")) if own is None else own)
    one = group.get("instanceType")
    unknown = one if isinstance(one, Unknown) else unknown
    machines = several or ((one,) if isinstance(one, str) and one != "mixed" else ())
    spot = group.get("spot") is True or at(group, ("instancesDistribution", "onDemandPercentageAboveBaseCapacity")) == 0
    name = text(group.get("name"))
    labels = {
        "alpha.eksctl.io/nodegroup-name": name,
        "eks.amazonaws.com/nodegroup": name,
        **_labels(group.get("labels")),
    }
    taints = group.get("taints")
    listed = [as_map(t) for t in as_list(taints)] or [_taint(f"{k}={text(v)}") for k, v in as_map(taints).items()]
    return Pool(
        name,
        resource.address,
        "aws",
        text(resource.value("metadata", "region")),
        machines or (() if unknown is not None else ("m5.large",)),
        labels=labels,
        taints=tuple(listed),
        purchases=(SPOT if spot else ON_DEMAND,),
        is_paid=True,
        unknown=unknown,
    )


def _of_compute_class(resource: Resource, _graph: Graph) -> Iterator[Pool]:
    """GKE tries the priorities in order; the first is taken to be had (its documentation, read 2026-11-21).

    Only pods that name the class are let in; one of TPUs has no machine of ours.
    """
    first = as_map(resource.value("spec", "priorities", 0))
    if "tpu" in first:
        return
    machine, family = first.get("machineType"), first.get("machineFamily")
    gpu = as_map(first.get("gpu"))
    wanted = (Requirement("cloud.google.com/machine-family", "In", (family,)),) if isinstance(family, str) else ()
    count = quantity(gpu.get("count"))
    yield Pool(
        resource.name,
        resource.address,
        "google",
        machines=(machine,) if isinstance(machine, str) else (),
        requirements=wanted,
        labels={"cloud.google.com/compute-class": resource.name},
        taints=(
            {
                "key": "cloud.google.com/compute-class",
                "value": resource.name,
                "effect": "NoSchedule",
                "admitted": "named",
            },
        ),
        purchases=(SPOT if first.get("spot") is True else ON_DEMAND,),
        accelerator=text(gpu.get("type")),
        accelerators=int(count or 0),
        is_provisioned=True,
    )
