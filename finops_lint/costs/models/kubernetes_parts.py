"""What a cluster pays for beside pods and volumes: load balancers, node pools and quotas → cost components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.fields import as_list, as_map, text
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Ask
from finops_lint.catalog.kubernetes.pools import Pool, eksctl_pool, pools_of
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.catalog.kubernetes.requirements import Wishes
from finops_lint.model.estimate import CostComponent, UnitPrice, Unpriced
from finops_lint.model.money import HOURS_PER_MONTH, Range, decimal_of
from finops_lint.model.records import replace
from finops_lint.model.values import Unknown, Value

if TYPE_CHECKING:
    from finops_lint.costs.frames import Frame
    from finops_lint.costs.lines import Lines

_CLOUD_MARKS: Mapping[str, str] = {
    "service.beta.kubernetes.io/aws-": "aws",
    "service.k8s.aws": "aws",
    "eks.amazonaws.com": "aws",
    "service.beta.kubernetes.io/azure-": "azure",
    "networking.gke.io/": "google",
    "cloud.google.com/": "google",
}
"""How annotations and classes of load balancers begin → the cloud that makes them (their pages, read 2026-11-21)."""
_OTHER_CLOUDS: Mapping[str, str] = {
    "service.beta.kubernetes.io/do-": "DigitalOcean",
    "service.beta.kubernetes.io/linode-": "Linode",
    "service.beta.kubernetes.io/oci-": "Oracle Cloud",
    "oci.oraclecloud.com/": "Oracle Cloud",
    "load-balancer.hetzner.cloud/": "Hetzner",
    "service.beta.kubernetes.io/scw-": "Scaleway",
    "service.beta.kubernetes.io/alibaba-": "Alibaba Cloud",
    "service.beta.kubernetes.io/alicloud-": "Alibaba Cloud",
    "service.kubernetes.io/ibm-": "IBM Cloud",
}
_OWN_BALANCERS = (
    "metallb", "io.cilium/lb-ipam", "io.cilium/l2-announcer", "io.cilium/bgp-control-plane", "lbipam.cilium.io/",
    "kube-vip.io/", "purelb.io/", "lb.kubesphere.io/",
)  # fmt: skip
"""How annotations and classes begin of what announces an address from inside the cluster."""
_OWN_CLASSES = ("tailscale", "calico")
"""Classes of the same kind, of projects whose annotations say nothing."""
_ADDRESS_POOLS = ("metallb.io/IPAddressPool", "cilium.io/CiliumLoadBalancerIPPool", "purelb.io/ServiceGroup")
_EKSCTL_DISK_GB = Decimal(80)
"""eksctl's volumeSize where a node group names none; the type is gp3 (eksctl.io/usage/schema, read 2026-11-21)."""


def component_of(name: str, unit: str, amount: Range, price: UnitPrice | Unpriced, doubt: str = "") -> CostComponent:
    """A component at `price`; `doubt` says what was taken for granted, and makes it approximate."""
    said = (doubt,) if doubt else ()
    if isinstance(price, Unpriced):
        return CostComponent(name, unit, amount, None, unpriced=price, assumptions=said)
    return CostComponent(name, unit, amount, price.in_doubt(doubt), price.amount, assumptions=said)


def _hours(frame: Frame) -> Decimal:
    hours = frame.hours
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
    own = text(frame.resource.value("spec", "loadBalancerClass"))
    asked = [own, *notes] if own else [*notes]
    if _is_in_cluster(asked, frame):
        frame.notes.append("announced by the cluster itself: nothing is charged for it")
        return
    elsewhere = next((who for start, who in _OTHER_CLOUDS.items() if any(a.startswith(start) for a in asked)), "")
    cloud = next((c for start, c in _CLOUD_MARKS.items() if any(a.startswith(start) for a in asked)), "")
    if elsewhere or (own and not cloud):
        why = Unpriced(f"no price for load balancers of {elsewhere or own}")
        yield CostComponent("Load balancer", "hours", None, None, unpriced=why)
        return
    sort = text(notes.get("service.beta.kubernetes.io/aws-load-balancer-type"))
    is_network = sort in ("nlb", "nlb-ip", "external") or own != ""
    found = cloud or lines.clusters.of(frame.graph).nodes.cloud
    yield from _balancer(lines, frame, found, "network" if is_network else "classic", is_told=cloud != "")


def _is_in_cluster(asked: list[str], frame: Frame) -> bool:
    """Whether software in the cluster gives the address: by the Service's own words, or from a pool beside it."""
    if any(a.startswith(_OWN_BALANCERS) for a in asked) or asked[:1] in ([c] for c in _OWN_CLASSES):
        return True
    told = any(a.startswith((*_CLOUD_MARKS, *_OTHER_CLOUDS)) for a in asked)
    return not told and any(True for kind in _ADDRESS_POOLS for _ in frame.graph.of_type(kind))


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


def _balancer(lines: Lines, frame: Frame, cloud: str, sort: str, *, is_told: bool = True) -> Iterator[CostComponent]:
    nodes = lines.clusters.of(frame.graph).nodes
    region, doubt = nodes.region_of(cloud)
    items = {
        "aws": (f"{sort.capitalize()} load balancer", f"elb/{sort}-hours"),
        "google": ("Forwarding rule", "compute/forwarding-rule-hours"),
        "azure": ("Load balancer rule", "load-balancer/rule-hours"),
    }
    name, item = items[cloud]
    if not nodes.knows_cloud and not is_told:
        doubt = "; ".join(t for t in (f"the cloud is not in the code; {cloud} taken", doubt) if t)
    yield component_of(name, "hours", Range.of(_hours(frame)), lines.clusters.unit(item, cloud, region), doubt)


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
            yield component_of(
                f"Machines ({machine.name})", "hours", Range.of(kept * _hours(frame)), hour, machine.doubt
            )
    most = nodes.most_at_limits(pool)
    if most is not None:
        yield _at_limits(lines, frame, *most)
    frame.notes.append(_bounds(pool, is_known=most is not None))


def _at_limits(lines: Lines, frame: Frame, node: Node, number: int) -> CostComponent:
    """From no machine to all the limits allow: a bound of what the pods cost, never added to it."""
    label = f"spot, {node.name}" if node.purchase == "spot" else node.name
    many = Range(Decimal(0), Decimal(0), number * _hours(frame))
    name, hour = f"Machines ({label}), at most {number:,}", lines.clusters.hour_of(node)
    component = component_of(name, "hours", many, hour, node.doubt)
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
    yield _control_plane(lines, frame, region)
    for part in ("managedNodeGroups", "nodeGroups"):
        for entry in as_list(resource.value(part)):
            group = as_map(entry)
            for component in _node_group(lines, frame, eksctl_pool(resource, group), group):
                yield replace(component, group=(text(group.get("name")) or part,))


def _control_plane(lines: Lines, frame: Frame, region: str) -> CostComponent:
    """The cluster itself; a version out of standard support costs more, unless the policy upgrades it."""
    version = frame.resource.value("metadata", "version")
    policy = frame.resource.value("upgradePolicy", "supportType")
    for unknown in (version, policy):
        if isinstance(unknown, Unknown):
            return CostComponent(
                "EKS cluster", "hours", None, None, unpriced=Unpriced(unknown.reason, unknown.waits_for)
            )
    until = as_map(lines.constants_of("aws_eks_cluster").get("standard_until")).get(text(version))
    is_extended = until is not None and frame.place.today >= str(until) and policy != "STANDARD"
    name, item = (
        ("EKS cluster (extended support)", "eks/cluster-extended-support-hours")
        if is_extended
        else ("EKS cluster", "eks/cluster-hours")
    )
    return component_of(name, "hours", Range.of(HOURS_PER_MONTH), lines.clusters.unit(item, "aws", region))


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
    yield component_of(f"Machines ({label})", "hours", count * _hours(frame), hour, node.doubt)
    disk = quantity(group.get("volumeSize")) or _EKSCTL_DISK_GB
    kind = text(group.get("volumeType")) or "gp3"
    yield component_of(
        f"Storage ({kind})", "GB", count * disk, lines.clusters.unit(f"ebs/{kind}-gb", "aws", node.region)
    )
