"""Pods and pools → the machine the pods run on: named by the text, one of a declared pool, or the cheapest that fits.

Nothing is chosen in silence: what was taken for granted is said, and a machine the text does not name makes a price ≈.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from functools import cached_property
from typing import Any

from finops_lint.catalog.gpus import gpu_model
from finops_lint.catalog.kubernetes.admission import admits, is_meant
from finops_lint.catalog.kubernetes.devices import (
    CORES,
    GPU_LABELS,
    TPU_GENERATIONS,
    Device,
    device,
    is_device,
    model_of,
    share_of,
)
from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.node_labels import CAPACITY_LABELS, MACHINE_LABELS, label_allows, machine_labels
from finops_lint.catalog.kubernetes.pods import Ask, Count, Pods
from finops_lint.catalog.kubernetes.pools import ON_DEMAND, SPOT, Pool, pools_of
from finops_lint.catalog.kubernetes.requirements import Wishes, wishes_of
from finops_lint.catalog.machines import Machine, Machines
from finops_lint.catalog.regions import REFERENCE, canonical_region
from finops_lint.model.estimate import Unpriced
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Graph
from finops_lint.model.values import Unknown

HourOf = Callable[[str, str, str, str], Decimal | None]
"""Cloud, machine, region, `spot` or `on-demand` → what an hour costs; None where there is no price."""

PLAIN_MACHINES = {"aws": "m6i.xlarge", "azure": "Standard_D4s_v5", "google": "e2-standard-4"}
"""General-purpose machines with 4 vCPU and 16 GiB, taken for pods that nothing ties to a machine."""
_CLOUD_LABELS = (
    (("eks.amazonaws.com/", "karpenter.k8s.aws/", "k8s.amazonaws.com/", "alpha.eksctl.io/"), "aws"),
    (("cloud.google.com/", "iam.gke.io/"), "google"),
    (("kubernetes.azure.com/", "karpenter.azure.com/", "agentpool"), "azure"),
)
_CLOUD_DOMAINS = {
    "gke.io": "google",
    "gke-gcsfuse": "google",
    "cloud.google.com": "google",
    "amazonaws.com": "aws",
    "aws.com": "aws",
    "k8s.aws": "aws",
    "azure.com": "azure",
}
"""Domains in the names of annotations and volume drivers that only one cloud's clusters know."""
_CLUSTERS = {
    "aws_eks_cluster": "aws",
    "azurerm_kubernetes_automatic_cluster": "azure",
    "azurerm_kubernetes_cluster": "azure",
    "google_container_cluster": "google",
}
"""Types that declare a cluster → its cloud."""


@record(frozen=True, slots=True)
class Defaults:
    """What a project's settings say about its cluster."""

    cloud: str = ""
    region: str = ""
    machine: str = ""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Cloud → region, as the settings have them for everything."""
    pods_per_gpu: Decimal | None = None
    """How many pods share a GPU that is asked for as shared."""


@record(frozen=True, slots=True)
class Node:
    """The machine that pods run on."""

    cloud: str
    region: str
    name: str
    machine: Machine | None
    """None where the catalog does not know it."""
    purchase: str = ON_DEMAND
    pool: Pool | None = None
    service: str = "machine"
    """`machine`, `fargate`, `autopilot` or `tpu`."""
    gpus: Decimal = Decimal(0)
    """GPUs, or other accelerators, it has; with those attached by Google."""
    gpu_name: str = ""
    attached: str = ""
    """The accelerator Google attaches, with a price of its own."""
    said: tuple[str, ...] = ()
    """What was taken for granted."""
    doubt: str = ""
    """Why the price is only ≈; empty where the text names the machine."""

    @property
    def place(self) -> tuple[str, str]:
        """What machines are meant: those of a pool, or all of one name where no pool is declared."""
        return (self.pool.address, self.pool.name) if self.pool else ("", self.name)

    @property
    def is_paid(self) -> bool:
        """Whether the machine has its price where its pool is declared."""
        return self.pool is not None and self.pool.is_paid


@record(frozen=True, slots=True)
class _Want:
    """What a machine must be."""

    ask: Ask
    wishes: Wishes
    cloud: str
    region: str
    purchase: str
    pool: Pool | None = None

    @property
    def is_listed(self) -> bool:
        """Whether its pool lists the machines it may have."""
        return self.pool is not None and bool(self.pool.machines)


class Nodes:
    """Chooses nodes within one project."""

    def __init__(
        self,
        graph: Graph,
        machines: Machines,
        hour: HourOf,
        defaults: Defaults,
        all_pods: Callable[[], Iterable[Pods]] = tuple,
    ) -> None:
        self._graph = graph
        self._all_pods = all_pods
        """What lists the project's pods, whose labels may tell the cloud for those that name none."""
        self._machines = machines
        self._hour = hour
        self._defaults = defaults
        self._cheapest: dict[str, Machine | None] = {}

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """The pools the project declares."""
        return pools_of(self._graph)

    def candidates(self, pods: Pods) -> list[Pool]:
        """The pools whose labels and taints let `pods` in, whether they have room or not."""
        wishes = wishes_of(pods.spec)
        return [p for p in self.pools if admits(p, wishes, pods.ask)]

    @property
    def cloud(self) -> str:
        """The cloud the cluster is in, as far as settings and pools tell; `aws` where nothing does."""
        return self._cloud(Wishes(), Ask())

    @property
    def pods_per_gpu(self) -> Decimal | None:
        """How many pods share a GPU that is asked for as shared, as the settings have it."""
        return self._defaults.pods_per_gpu

    @property
    def knows_cloud(self) -> bool:
        """Whether anything tells which cloud the cluster is in."""
        return bool(self._defaults.cloud or self._cloud_around)

    def region_of(self, cloud: str) -> tuple[str, str]:
        """The region of what has no node of its own, and why it is only taken."""
        return self._region(cloud, Wishes(), None)

    def cheapest_of(self, pool: Pool, wishes: Wishes, ask: Ask) -> Node | None:
        """The machine of `pool` that costs least; None where none is known."""
        return self._in_pool(Pods("", (), {}, Count.of(Decimal(1)), ask=ask), wishes, pool)

    def most_at_limits(self, pool: Pool) -> tuple[Node, int] | None:
        """The machine with which `pool` costs most within its limits, and how many they allow; None if unknown."""
        region, doubt = self._region(pool.cloud, Wishes(), pool)
        want = _Want(Ask(), Wishes(), pool.cloud, region, self._purchase(Wishes(), pool), pool)
        costs: list[tuple[Decimal, str, int, Machine]] = []
        for machine in self._machines.all(pool.cloud):
            if pool.machines and machine.name not in pool.machines:
                continue
            price = self._price(want, machine.name) if _has_labels(machine, want) else _NO_PRICE
            number = _machines_within(machine, pool.limits)
            if price < _NO_PRICE and number is not None:
                costs.append((price * number, machine.name, number, machine))
        if not costs:
            return None
        _, name, number, machine = max(costs, key=lambda entry: entry[:2])
        return _node(want, name, machine, said="", doubt=doubt), number

    def with_room(self, pods: Pods, pools: Iterable[Pool]) -> Iterator[Pool]:
        """Those of `pools` with a machine that holds one of `pods`; one whose machines are not known counts."""
        wishes = wishes_of(pods.spec)
        for pool in pools:
            if pool.unknown is not None or self._in_pool(pods, wishes, pool) is not None:
                yield pool

    def may_be_elsewhere(self, pods: Pods, node: Node) -> bool:
        """Whether another pool would take the pods on another machine than `node`, so that nothing says which it is."""
        if node.pool is None:
            return False
        wishes = wishes_of(pods.spec)
        others = (self.cheapest_of(p, wishes, pods.ask) for p in self.with_room(pods, self.candidates(pods)))
        return any(other is None or other.name != node.name for other in others)

    def node_for(self, pods: Pods, namespace: str = "") -> Node | Unpriced:
        """The node `pods` run on, or why there is no saying."""
        wishes = wishes_of(pods.spec)
        unknown = wishes.unknown if pods.ask.unknown is None else pods.ask.unknown
        if unknown is not None:
            return Unpriced(unknown.reason, unknown.waits_for)
        if isinstance(pods.machine, str):
            return self._named(pods, wishes, (pods.machine,))
        if isinstance(pods.machine, Unknown):
            return Unpriced(pods.machine.reason, pods.machine.waits_for)
        if self._is_fargate(pods, wishes, namespace):
            return Node("aws", self._region("aws", wishes, None)[0], "Fargate", None, service="fargate")
        if wishes.of("cloud.google.com/gke-tpu-accelerator") or "google.com/tpu" in pods.ask.devices:
            return self._tpu(pods, wishes)
        fitting = self._of_pools(pods, wishes)
        if fitting is None and self._is_autopilot(wishes, pods):
            fitting = self._autopilot(pods, wishes)
        if fitting is not None:
            return fitting
        names = wishes.of(*MACHINE_LABELS)
        if names:
            return self._named(pods, wishes, names)
        return self._unnamed(pods, wishes)

    # Pools

    def _of_pools(self, pods: Pods, wishes: Wishes) -> Node | Unpriced | None:
        """A node of the pool that suits best: pools without GPUs for pods that ask for none, the heavier first."""
        found: list[tuple[tuple[Any, ...], Node]] = []
        unknown: list[Pool] = []
        for pool in self.pools:
            if not admits(pool, wishes, pods.ask):
                continue
            if pool.unknown is not None and not pool.machines:
                unknown.append(pool)
                continue
            node = self._in_pool(pods, wishes, pool)
            if node is not None:
                meant = is_meant(pool, wishes)
                wasted = (1 if meant else 2) if node.gpus > 0 and not pods.ask.is_accelerated else 0
                found.append(((wasted, pool.is_provisioned and not meant, -pool.weight), node))
        if found:
            found.sort(key=lambda entry: entry[0])
            best, node = found[0]
            if best[0] == 2:
                return None  # GPU nodes are no place for pods that ask for none, unless they are sent there
            equal = [n.pool.name for rank, n in found if rank == best and n.pool]
            said = (f"{len(equal)} pools would do: {', '.join(equal[:3])}",) if len(equal) > 1 else ()
            return replace(node, said=(*node.said, *said))
        if len(unknown) == 1 and unknown[0].unknown is not None:
            return Unpriced(unknown[0].unknown.reason, unknown[0].unknown.waits_for)
        return None

    def _in_pool(self, pods: Pods, wishes: Wishes, pool: Pool) -> Node | None:
        region, doubt = self._region(pool.cloud, wishes, pool)
        want = _Want(pods.ask, wishes, pool.cloud, region, self._purchase(wishes, pool), pool)
        if not pool.machines:
            machine = self._pick(want)
            if machine is None:
                return None
            why = f"{machine.name}, the cheapest machine of {pool.name} that fits"
            return _node(want, machine.name, machine, said=why, doubt="; ".join(t for t in (why, doubt) if t))
        asked = wishes.of(*MACHINE_LABELS)
        names = [n for n in pool.machines if not asked or n in asked]
        known = [(n, self._machines.get(pool.cloud, n)) for n in names]
        fitting = [(n, m) for n, m in known if m is None or self._fits(m, want)]
        if not fitting:
            return None
        name, machine = min(fitting, key=lambda entry: self._price(want, entry[0]))
        many = len(pool.machines)
        said = f"{name}, the cheapest of the {many} machines of {pool.name} that fits" if many > 1 else ""
        return _node(want, name, machine, said=said, doubt=doubt)

    def _purchase(self, wishes: Wishes, pool: Pool | None) -> str:
        asked = {bought for key, names in CAPACITY_LABELS.items() for v in wishes.of(key) if (bought := names.get(v))}
        offered = pool.purchases if pool else (ON_DEMAND,)
        if asked:
            return SPOT if SPOT in asked and (pool is None or SPOT in offered or not pool.is_provisioned) else ON_DEMAND
        return SPOT if SPOT in offered else ON_DEMAND

    def _region(self, cloud: str, wishes: Wishes, pool: Pool | None) -> tuple[str, str]:
        """The region, and why it is only taken."""
        asked = wishes.of("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
        zones = wishes.of(
            "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone", "topology.gke.io/zone"
        )
        if asked:
            return asked[0], ""
        if pool and pool.region:
            return canonical_region(cloud, pool.region), ""
        if zones:
            return canonical_region(cloud, zones[0]), ""
        said = self._defaults.region if not self._defaults.cloud or self._defaults.cloud == cloud else ""
        said = said or self._defaults.regions.get(cloud, "")
        if said:
            return said, ""
        around = self._region_around(cloud)
        if around:
            return around, ""
        beside = {r.region for r in self._graph.resources if r.provider == cloud and isinstance(r.region, str)}
        if len(beside) == 1:
            [place] = beside
            return place, f"{place} taken, where the project's other resources are"
        taken = REFERENCE.get(cloud, "")
        return taken, f"the region is not in the code; {taken} taken"

    def _region_around(self, cloud: str) -> str:
        """The one region of the pools and clusters of the same cloud."""
        found = {canonical_region(cloud, region) for where, region in self._places if where == cloud and region}
        return found.pop() if len(found) == 1 else ""

    @cached_property
    def _places(self) -> frozenset[tuple[str, str]]:
        """Cloud and region (empty where not known) of the pools and of the clusters."""
        found = {(p.cloud, p.region) for p in self.pools}
        for kind, cloud in _CLUSTERS.items():
            regions = (r.region for r in self._graph.of_type(kind))
            found.update((cloud, region if isinstance(region, str) else "") for region in regions)
        return frozenset(found)

    @cached_property
    def _clouds(self) -> frozenset[str]:
        """The clouds of the clusters and pools; where there are none, of the other resources and of the providers."""
        if self._places:
            return frozenset(cloud for cloud, _ in self._places)
        resources = self._graph.resources
        beside = {r.provider for r in resources if r.provider in PLAIN_MACHINES}
        return frozenset(beside | {text(r.metadata["cloud"]) for r in resources if "cloud" in r.metadata})

    @cached_property
    def _cloud_around(self) -> str:
        """The one cloud of all that `_clouds` tells or, where that is nothing, of all that pods ask for; else empty."""
        found = self._clouds or {c for p in self._all_pods() if (c := _cloud_asked(wishes_of(p.spec), p.ask, p))}
        return next(iter(found)) if len(found) == 1 else ""

    # Machines

    def _named(self, pods: Pods, wishes: Wishes, names: Sequence[str]) -> Node | Unpriced:
        cloud = next((c for c in ("aws", "azure", "google") if self._machines.get(c, names[0])), "")
        cloud = cloud or self._cloud(wishes, pods.ask, pods)
        region, doubt = self._region(cloud, wishes, None)
        want = _Want(pods.ask, wishes, cloud, region, self._purchase(wishes, None))
        known = [(n, self._machines.get(cloud, n)) for n in names]
        fitting = [(n, m) for n, m in known if m is None or self._fits(m, want)] or known
        name, machine = min(fitting, key=lambda entry: self._price(want, entry[0]))
        said = f"{name}, the cheapest of those named" if len(names) > 1 else ""
        return _node(want, name, machine, said=said, doubt=doubt)

    def _unnamed(self, pods: Pods, wishes: Wishes) -> Node | Unpriced:
        cloud = self._cloud(wishes, pods.ask, pods)
        region, doubt = self._region(cloud, wishes, None)
        attached = self._attached(pods.ask, wishes)
        want = _Want(pods.ask, wishes, cloud, region, self._purchase(wishes, None), attached)
        plain = self._defaults.machine or PLAIN_MACHINES.get(cloud, "")
        machine = self._machines.get(cloud, plain)
        if machine is not None and self._fits(machine, want) and not _asks_for_machine(wishes):
            if self._defaults.machine:
                return _node(want, plain, machine, said=f"{plain}, the machine the settings name", doubt=doubt)
            why = f"{plain} taken, a general-purpose machine; name yours in the settings"
            return _node(want, plain, machine, said=why, doubt="; ".join(t for t in (why, doubt) if t))
        picked = self._pick(want)
        if picked is None:
            return Unpriced(f"no machine of {cloud} fits {in_words(pods.ask)}")
        model = pods.ask.serves if picked.gpu_memory_gib >= pods.ask.gpu_memory_gib else ""
        why = f"{picked.name}, the cheapest machine that fits" + (f" and holds {model}" if model else "")
        return _node(want, picked.name, picked, said=why, doubt="; ".join(t for t in (why, doubt) if t))

    def _attached(self, ask: Ask, wishes: Wishes) -> Pool | None:
        """A pool as GKE makes it for GPUs that it attaches to N1 machines; None for those that come with theirs."""
        label = next(iter(wishes.of("cloud.google.com/gke-accelerator")), "")
        known = self._machines.accelerator(label) if label else None
        if known is None or any(m.gpu_name == known.gpu_name for m in self._machines.all("google")):
            return None
        number = max((n for n in ask.devices.values() if isinstance(n, Decimal)), default=Decimal(1))
        return Pool("", "", "google", accelerator=label, accelerators=max(1, int(number)))

    def _cloud(self, wishes: Wishes, ask: Ask, pods: Pods | None = None) -> str:
        return _cloud_asked(wishes, ask, pods) or self._defaults.cloud or self._cloud_around or "aws"

    def _pick(self, want: _Want) -> Machine | None:
        """The cheapest machine that fits; the smallest where none of them has a price.

        GPUs that today's frameworks no longer run on, and those too small for the model the pods serve, are taken only
        where nothing else fits: where the text names them.
        """
        key = repr(want)
        if key not in self._cheapest:
            fitting = [m for m in self._machines.all(want.cloud) if self._fits(m, want)]
            fitting = [m for m in fitting if not _OUTLIVED.search(m.gpu_name)] or fitting
            fitting = [m for m in fitting if m.gpu_memory_gib >= want.ask.gpu_memory_gib] or fitting
            priced = [(self._price(want, m.name), m.name, m) for m in fitting]
            smallest = min(fitting, key=lambda m: (m.gpus, m.vcpu, m.memory_gib, m.name), default=None)
            self._cheapest[key] = min((p for p in priced if p[0] < _NO_PRICE), default=(0, "", smallest))[2]
        return self._cheapest[key]

    def _price(self, want: _Want, name: str) -> Decimal:
        found = self._hour(want.cloud, name, want.region, want.purchase)
        return _NO_PRICE if found is None else found

    def _fits(self, machine: Machine, want: _Want) -> bool:
        """Whether one pod fits on an empty node of this machine, and the labels asked for are its own."""
        ask = want.ask
        if isinstance(ask.cpu, Decimal) and ask.cpu > machine.vcpu:
            return False
        if isinstance(ask.memory_gib, Decimal) and ask.memory_gib > machine.memory_gib:
            return False
        return self._has_devices(machine, want) and _has_labels(machine, want)

    def _has_devices(self, machine: Machine, want: _Want) -> bool:
        wanted = {n: v for n, v in want.ask.devices.items() if is_device(n) and isinstance(v, Decimal) and v > 0}
        if not wanted:
            return not machine.is_accelerated or want.is_listed or _asks_for_machine(want.wishes) or _is_sent(want)
        return all(_has(machine, device(n), v, self._shared(n, want.wishes), want) for n, v in wanted.items())

    def _shared(self, resource: str, wishes: Wishes) -> Decimal | None:
        """How much of a GPU each piece of a resource is; None where that is not known."""
        return share_of(resource, wishes, self._defaults.pods_per_gpu)

    # Others

    def _is_fargate(self, pods: Pods, wishes: Wishes, namespace: str) -> bool:
        if (
            "fargate" in wishes.of("eks.amazonaws.com/compute-type")
            or pods.labels.get("eks.amazonaws.com/compute-type") == "fargate"
        ):
            return True
        for profile in self._graph.of_type("aws_eks_fargate_profile"):
            for selector in profile.value("selector") or () if isinstance(profile.value("selector"), list) else ():
                if isinstance(selector, Mapping) and selector.get("namespace") == namespace and namespace:
                    wanted = selector.get("labels", {})
                    if isinstance(wanted, Mapping) and all(pods.labels.get(k) == v for k, v in wanted.items()):
                        return not pods.ask.is_accelerated
        return False

    def _is_autopilot(self, wishes: Wishes, pods: Pods) -> bool:
        """Whether all there is of Google's are clusters that charge pods by what they ask for."""
        clusters = self._graph.of_type("google_container_cluster")
        are = [c.value("enable_autopilot") is True for c in clusters]
        return bool(are) and all(are) and self._cloud(wishes, pods.ask) == "google"

    def _autopilot(self, pods: Pods, wishes: Wishes) -> Node | Unpriced:
        """GKE Autopilot's general-purpose class; what it charges for others is in no table."""
        if pods.ask.is_accelerated or wishes.of("cloud.google.com/gke-accelerator"):
            return Unpriced("no price for pods with GPUs on GKE Autopilot")
        named = wishes.of("cloud.google.com/compute-class", "cloud.google.com/machine-family", *MACHINE_LABELS)
        if named:
            return Unpriced(f"no price for pods on {named[0]} of GKE Autopilot")
        if self._purchase(wishes, None) == SPOT:
            return Unpriced("no price for spot pods on GKE Autopilot")
        region, doubt = self._region("google", wishes, None)
        return Node("google", region, "Autopilot", None, service="autopilot", doubt=doubt)

    def _tpu(self, pods: Pods, wishes: Wishes) -> Node | Unpriced:
        label = next(iter(wishes.of("cloud.google.com/gke-tpu-accelerator")), "")
        generation = TPU_GENERATIONS.get(label)
        if generation is None:
            return Unpriced("which TPU it is is not in the code" if not label else f"no price for {label}")
        region, doubt = self._region("google", wishes, None)
        return Node(
            "google", region, label, None, self._purchase(wishes, None), service="tpu", gpu_name=generation, doubt=doubt
        )


_OUTLIVED = regex(r"\b(?:K520|K80|M60|P4|P40|P100)\b")
"""Kepler, Maxwell and Pascal: of compute capability below 7.0, the least that vLLM's documentation asks for."""
_NO_PRICE = Decimal(10) ** 9


def _machines_within(machine: Machine, limits: Mapping[str, Decimal]) -> int | None:
    """How many machines the limits allow; None where none of them is about it."""
    has = {"cpu": machine.vcpu, "memory": machine.memory_gib * (1 << 30), "nodes": Decimal(1)}
    if machine.is_gpu:
        has["nvidia.com/gpu"] = machine.gpus
    numbers = [int(limit // has[name]) for name, limit in limits.items() if has.get(name)]
    return min(numbers) if numbers else None


def _node(want: _Want, name: str, machine: Machine | None, *, said: str, doubt: str) -> Node:
    gpus, model, attached = Decimal(0), "", ""
    if machine is not None:
        is_gpu = machine.is_gpu
        gpus, model = (machine.gpus, machine.gpu_name) if is_gpu else (machine.accelerators, machine.accelerator_name)
    pool = want.pool
    if pool and pool.accelerator and machine is not None and machine.gpu_attachable:
        gpus, model, attached = Decimal(pool.accelerators), gpu_model(pool.accelerator), pool.accelerator
    return Node(
        want.cloud,
        want.region,
        name,
        machine,
        want.purchase,
        pool if pool and pool.address else None,
        gpus=gpus,
        gpu_name=model,
        attached=attached,
        said=(said,) if said else (),
        doubt=doubt,
    )


def _has_labels(machine: Machine, want: _Want) -> bool:
    pool, wishes = want.pool, want.wishes
    required = pool.requirements if pool and not pool.machines else ()
    if required or wishes.terms != ((),):  # most pods ask for no label
        labels = machine_labels(machine)
        if not all(label_allows(r, labels) for r in required):
            return False
        if not any(all(label_allows(r, labels) for r in term) for term in wishes.terms):
            return False
    if machine.arch != "arm64" or want.is_listed or wishes.of(*MACHINE_LABELS):
        return True
    pool_arm = bool(pool and any(r.key == "kubernetes.io/arch" and "arm64" in r.values for r in pool.requirements))
    return pool_arm or "arm64" in wishes.of("kubernetes.io/arch", "beta.kubernetes.io/arch")


def _asks_for_machine(wishes: Wishes) -> bool:
    return wishes.mentions(
        "karpenter.k8s.aws/instance",
        "karpenter.azure.com/sku",
        "cloud.google.com/machine-family",
        *GPU_LABELS,
        *MACHINE_LABELS,
    )


def _is_sent(want: _Want) -> bool:
    """Whether the pods ask for this pool by a label of its own."""
    return want.pool is not None and is_meant(want.pool, want.wishes)


def _cloud_asked(wishes: Wishes, ask: Ask, pods: Pods | None) -> str:
    """The cloud whose labels or devices are asked for, or that the pods' annotations mean; empty where none is."""
    for prefixes, cloud in _CLOUD_LABELS:
        if wishes.mentions(*prefixes):
            return cloud
    if any(name.startswith("aws.amazon.com/") for name in ask.devices):
        return "aws"
    if "google.com/tpu" in ask.devices:
        return "google"
    return _cloud_told(pods) if pods is not None else ""


def _cloud_told(pods: Pods) -> str:
    """The cloud whose annotations or volume drivers the pods have; empty where none, or more than one, is meant."""
    drivers = (text(at(as_map(v), ("csi", "driver"))) for v in as_list(pods.spec.get("volumes")))
    domains = [str(name).partition("/")[0] for name in (*pods.annotations, *drivers)]
    found = {c for d, c in _CLOUD_DOMAINS.items() for name in domains if name == d or name.endswith(f".{d}")}
    return found.pop() if len(found) == 1 else ""


def _has(machine: Machine, what: Device, count: Decimal, share: Decimal | None, want: _Want) -> bool:
    """Whether the machine has the accelerators one pod asks for."""
    pieces = count * share if share is not None else Decimal(1)
    if what.sort == "neuron":
        cores = CORES.get(machine.accelerator_name, 0)
        return cores > 0 and (
            count <= machine.accelerators * cores if what.resource.endswith("core") else count <= machine.accelerators
        )
    if what.sort == "gaudi":
        return "gaudi" in machine.accelerator_name.lower() and count <= machine.accelerators
    gpus, model, memory = machine.gpus, machine.gpu_name, machine.gpu_memory_gib
    if want.pool and want.pool.accelerator and machine.gpu_attachable:
        gpus, model = Decimal(want.pool.accelerators), gpu_model(want.pool.accelerator)
    if gpus < pieces or gpus <= 0 or (what.share == 1 and gpus < 1):
        return False
    is_amd = "radeon" in model.lower() or model.startswith("MI")
    if is_amd != (what.sort == "amd"):
        return False
    if what.card_gb and memory and abs(memory - what.card_gb) > what.card_gb / 10:
        return False
    return _model_fits(model, memory, want.wishes)


def _model_fits(model: str, memory: Decimal, wishes: Wishes) -> bool:
    """Whether a GPU is of a model that the labels ask for; any where they name none."""
    named = [model_of(v) for v in wishes.of(*GPU_LABELS)]
    if not named:
        return True
    return any(
        gpu_model(model) == name and (not gb or not memory or abs(memory - gb) <= max(2, gb // 8)) for name, gb in named
    )


def in_words(ask: Ask) -> str:
    """What one pod asks for: "4 vCPU, 16 GiB and 1 nvidia.com/gpu"."""
    parts = []
    if isinstance(ask.cpu, Decimal):
        parts.append(f"{ask.cpu.normalize():f} vCPU")
    if isinstance(ask.memory_gib, Decimal):
        parts.append(f"{round(ask.memory_gib, 2).normalize():f} GiB")
    parts += [f"{n.normalize():f} {name}" for name, n in ask.devices.items() if isinstance(n, Decimal)]
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else "nothing"
