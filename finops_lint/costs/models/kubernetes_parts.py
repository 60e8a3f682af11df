"""What a cluster pays for beside pods: claimed volumes, load balancers, node pools and quotas → cost components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Ask
from finops_lint.catalog.kubernetes.pools import Pool, eksctl_pool, pools_of
from finops_lint.catalog.kubernetes.quantities import gib, quantity
from finops_lint.catalog.kubernetes.requirements import Wishes
from finops_lint.model.estimate import CostComponent, UnitPrice, Unpriced
from finops_lint.model.money import HOURS_PER_MONTH, Range, decimal_of
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown, Value

if TYPE_CHECKING:
    from finops_lint.costs.frames import Frame
    from finops_lint.costs.lines import Lines

_DISKS: Mapping[str, tuple[str, str]] = {
    "ebs.csi.aws.com": ("aws", "gp3"),
    "ebs.csi.eks.amazonaws.com": ("aws", "gp3"),
    "kubernetes.io/aws-ebs": ("aws", "gp2"),
    "pd.csi.storage.gke.io": ("google", "pd-standard"),
    "kubernetes.io/gce-pd": ("google", "pd-standard"),
    "disk.csi.azure.com": ("azure", "StandardSSD_LRS"),
    "kubernetes.io/azure-disk": ("azure", "StandardSSD_LRS"),
}
"""Provisioner → cloud, and the type of disk where the class names none (the drivers' pages, read 2026-11-21)."""
_CLASSES: Mapping[str, tuple[str, str]] = {
    "gp2": ("aws", "gp2"),
    "gp3": ("aws", "gp3"),
    "ebs-sc": ("aws", "gp3"),
    "standard-rwo": ("google", "pd-balanced"),
    "premium-rwo": ("google", "pd-ssd"),
    "managed": ("azure", "StandardSSD_LRS"),
    "managed-csi": ("azure", "StandardSSD_LRS"),
    "managed-premium": ("azure", "Premium_LRS"),
    "managed-csi-premium": ("azure", "Premium_LRS"),
}
"""Classes that clusters come with (documentation of EKS, GKE and AKS, read 2026-11-21)."""
_DEFAULT_CLASSES = {"aws": "gp2", "google": "pd-balanced", "azure": "StandardSSD_LRS"}
"""What a claim without a class gets: gp2, standard-rwo and managed-csi are the default classes."""
_LETTERS = {"Standard_LRS": "s", "StandardSSD_LRS": "e", "Premium_LRS": "p"}
_SIZES = (
    (4, "1"),
    (8, "2"),
    (16, "3"),
    (32, "4"),
    (64, "6"),
    (128, "10"),
    (256, "15"),
    (512, "20"),
    (1024, "30"),
    (2048, "40"),
    (4096, "50"),
)
_EKSCTL_DISK_GB = Decimal(80)
"""eksctl's volumeSize where a node group names none; the type is gp3 (eksctl.io/usage/schema, read 2026-11-21)."""


@record(frozen=True, slots=True)
class _Disk:
    """What a claim is made of."""

    cloud: str
    kind: str
    said: str = ""


def claim(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """One persistent volume claim."""
    yield from _claimed(lines, frame, frame.resource.values, Range.of(Decimal(1)))


def claims_of(lines: Lines, frame: Frame, count: Range) -> Iterator[CostComponent]:
    """The claims a StatefulSet makes for each of its pods."""
    for number, template in enumerate(as_list(frame.resource.value("spec", "volumeClaimTemplates"))):
        name = text(at(template, ("metadata", "name"))) or f"volumeClaimTemplates[{number}]"
        for component in _claimed(lines, frame, as_map(template), count):
            yield replace(component, group=(name,))


def _claimed(lines: Lines, frame: Frame, values: Mapping[str, Value], count: Range) -> Iterator[CostComponent]:
    asked = at(values, ("spec", "resources", "requests", "storage"))
    size = quantity(asked)
    if size is None:
        why = (
            Unpriced(asked.reason, asked.waits_for) if isinstance(asked, Unknown) else Unpriced("no size is asked for")
        )
        yield CostComponent("Storage", "GB", None, None, unpriced=why)
        return
    disk = _disk(lines, frame, at(values, ("spec", "storageClassName")))
    if isinstance(disk, Unpriced):
        yield CostComponent("Storage", "GB", None, None, unpriced=disk)
        return
    region, doubt = lines.clusters.of(frame.graph).nodes.region_of(disk.cloud)
    item, unit, amount = _item(disk, gib(size))
    price = lines.clusters.unit(item, disk.cloud, region)
    doubt = "; ".join(t for t in (disk.said, doubt) if t)
    yield _component(f"Storage ({disk.kind})", unit, count * amount, price, doubt)


def _item(disk: _Disk, size_gib: Decimal) -> tuple[str, str, Decimal]:
    """Price item, unit, and how many of it."""
    if disk.cloud == "aws":
        return f"ebs/{disk.kind}-gb", "GB", size_gib
    if disk.cloud == "google":
        return f"compute/disk/{disk.kind}-gb", "GB", size_gib
    letter = _LETTERS.get(disk.kind.replace("_ZRS", "_LRS"), "")
    step = next((name for gb, name in _SIZES if size_gib <= gb and (letter != "s" or gb >= 32)), "80")
    return f"managed-disk/{letter}{step}-lrs", "months", Decimal(1)


def _disk(lines: Lines, frame: Frame, named: Value) -> _Disk | Unpriced:
    if isinstance(named, Unknown):
        return Unpriced(named.reason, named.waits_for)
    nodes = lines.clusters.of(frame.graph).nodes
    classes = frame.graph.of_type("storage.k8s.io/StorageClass")
    name = text(named)
    found = (
        next((c for c in classes if c.name == name), None)
        if name
        else next((c for c in classes if _is_default(c)), None)
    )
    if found is not None:
        return _of_class(found)
    if name in _CLASSES:
        return _Disk(*_CLASSES[name])
    cloud = nodes.cloud
    if name and name != "standard" and name != "default":
        return Unpriced(f"the storage class {name} is not in the code")
    kind = "pd-standard" if name == "standard" and cloud == "google" else _DEFAULT_CLASSES[cloud]
    return _Disk(cloud, kind, f"{kind} taken, the usual default class of {cloud}")


def _is_default(storage_class: Resource) -> bool:
    notes = as_map(storage_class.value("metadata", "annotations"))
    return text(notes.get("storageclass.kubernetes.io/is-default-class")) == "true"


def _of_class(storage_class: Resource) -> _Disk | Unpriced:
    provisioner = text(storage_class.value("provisioner"))
    if provisioner not in _DISKS:
        return Unpriced(f"no price for volumes of {provisioner or 'a class without provisioner'}")
    cloud, kind = _DISKS[provisioner]
    says = as_map(storage_class.value("parameters"))
    named = next((says[n] for n in ("type", "skuName", "skuname", "storageaccounttype") if n in says), kind)
    return Unpriced(named.reason, named.waits_for) if isinstance(named, Unknown) else _Disk(cloud, text(named))


def _component(name: str, unit: str, amount: Range, price: UnitPrice | Unpriced, doubt: str = "") -> CostComponent:
    said = (doubt,) if doubt else ()
    if isinstance(price, Unpriced):
        return CostComponent(name, unit, amount, None, unpriced=price, assumptions=said)
    return CostComponent(name, unit, amount, price.in_doubt(doubt), price.amount, assumptions=said)


def _hours(frame: Frame) -> Decimal:
    hours = frame.bindings["hours"]
    return decimal_of(hours) if isinstance(hours, (int, float, Decimal)) else HOURS_PER_MONTH


# Load balancers


def service(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """A Service: only type LoadBalancer makes one."""
    kind = frame.resource.value("spec", "type")
    if isinstance(kind, Unknown):
        yield CostComponent("Load balancer", "hours", None, None, unpriced=Unpriced(kind.reason, kind.waits_for))
        return
    if kind != "LoadBalancer":
        frame.notes.append("inside the cluster: nothing is charged for it")
        return
    notes = as_map(frame.resource.value("metadata", "annotations"))
    nodes = lines.clusters.of(frame.graph).nodes
    sort = text(notes.get("service.beta.kubernetes.io/aws-load-balancer-type"))
    own = text(frame.resource.value("spec", "loadBalancerClass"))
    cloud = "aws" if sort or own.startswith(("service.k8s.aws", "eks.amazonaws.com")) else nodes.cloud
    is_network = sort in ("nlb", "nlb-ip", "external") or own != ""
    yield from _balancer(lines, frame, cloud, "network" if is_network else "classic")


def ingress(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """An Ingress: the controllers of the clouds make a load balancer of it, those inside the cluster none."""
    notes = as_map(frame.resource.value("metadata", "annotations"))
    name = text(frame.resource.value("spec", "ingressClassName")) or text(notes.get("kubernetes.io/ingress.class"))
    if name == "alb":
        yield from _balancer(lines, frame, "aws", "application")
    elif name in ("gce", "gce-internal"):
        yield from _balancer(lines, frame, "google", "forwarding")
    else:
        frame.notes.append("served by a controller inside the cluster: nothing is charged for it")


def _balancer(lines: Lines, frame: Frame, cloud: str, sort: str) -> Iterator[CostComponent]:
    nodes = lines.clusters.of(frame.graph).nodes
    region, doubt = nodes.region_of(cloud)
    items = {
        "aws": (f"{sort.capitalize()} load balancer", f"elb/{sort}-hours"),
        "google": ("Forwarding rule", "compute/forwarding-rule-hours"),
        "azure": ("Load balancer rule", "load-balancer/rule-hours"),
    }
    name, item = items[cloud]
    if not nodes.knows_cloud and sort in ("classic", "network"):
        doubt = "; ".join(t for t in (f"the cloud is not in the code; {cloud} taken", doubt) if t)
    yield _component(name, "hours", Range.of(_hours(frame)), lines.clusters.unit(item, cloud, region), doubt)


# Nodes


def node_pool(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """A Karpenter pool: machines that it keeps have a cost of their own; those that come with pods are the pods'."""
    pool = next((p for p in pools_of(frame.graph) if p.address == frame.resource.address), None)
    if pool is None:
        return
    kept = quantity(frame.resource.value("spec", "replicas"))
    nodes = lines.clusters.of(frame.graph).nodes
    if kept:
        machine = nodes.cheapest_of(pool, Wishes(), Ask())
        if machine is not None:
            hour = lines.clusters.hour_of(machine)
            yield _component(f"Machines ({machine.name})", "hours", Range.of(kept * _hours(frame)), hour, machine.doubt)
    most = nodes.most_at_limits(pool)
    if most is not None:
        yield _at_limits(lines, frame, *most)
    frame.notes.append(_bounds(pool, is_known=most is not None))


def _at_limits(lines: Lines, frame: Frame, node: Node, number: int) -> CostComponent:
    """From no machine to all the limits allow: a bound of what the pods cost, never added to it."""
    label = f"spot, {node.name}" if node.purchase == "spot" else node.name
    many = Range(Decimal(0), Decimal(0), number * _hours(frame))
    name, hour = f"Machines ({label}), at most {number:,}", lines.clusters.hour_of(node)
    component = _component(name, "hours", many, hour, node.doubt)
    return replace(component, paid_by=frame.resource.address)


def _bounds(pool: Pool, *, is_known: bool) -> str:
    what = "the pods that run here are what it costs"
    if not pool.limits:
        return f"from $0 without an upper limit: {what}"
    return f"at most with the dearest machines its limits allow: {what}" if is_known else f"up to its limits: {what}"


def eksctl(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """A cluster as eksctl makes it: the control plane and its node groups."""
    resource, nodes = frame.resource, lines.clusters.of(frame.graph).nodes
    region = text(resource.value("metadata", "region")) or nodes.region_of("aws")[0]
    yield _component(
        "EKS cluster", "hours", Range.of(HOURS_PER_MONTH), lines.clusters.unit("eks/cluster-hours", "aws", region)
    )
    for part in ("managedNodeGroups", "nodeGroups"):
        for entry in as_list(resource.value(part)):
            group = as_map(entry)
            for component in _node_group(lines, frame, eksctl_pool(resource, group), group):
                yield replace(component, group=(text(group.get("name")) or part,))


def _node_group(lines: Lines, frame: Frame, pool: Pool, group: Mapping[str, Value]) -> Iterator[CostComponent]:
    least, wanted, most = (quantity(group.get(n)) for n in ("minSize", "desiredCapacity", "maxSize"))
    size = next((n for n in (wanted, least) if n is not None), Decimal(2))
    low, high = (size if n is None else n for n in (least, most))
    count = Range(min(low, size), size, max(high, size))
    node = lines.clusters.of(frame.graph).nodes.cheapest_of(pool, Wishes(), Ask())
    if node is None:
        why = pool.unknown
        reason = Unpriced(why.reason, why.waits_for) if why else Unpriced("no machine is known for it")
        yield CostComponent("Machines", "hours", None, None, unpriced=reason)
        return
    label = f"spot, {node.name}" if node.purchase == "spot" else f"on-demand, {node.name}"
    hour = lines.clusters.hour_of(node)
    yield _component(f"Machines ({label})", "hours", count * _hours(frame), hour, node.doubt)
    disk = quantity(group.get("volumeSize")) or _EKSCTL_DISK_GB
    kind = text(group.get("volumeType")) or "gp3"
    yield _component(f"Storage ({kind})", "GB", count * disk, lines.clusters.unit(f"ebs/{kind}-gb", "aws", node.region))
