"""Kubernetes objects that make pods → what the pods' requests cost on the machines they run on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.cron import runs_a_month
from finops_lint.catalog.kubernetes.devices import CORES, Device, device, is_device, share_of
from finops_lint.catalog.kubernetes.fields import as_list, at, steps, text
from finops_lint.catalog.kubernetes.kinds import ALWAYS, NEVER, SCHEDULE, Kind, namespace_of, run_limit
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Count, Pods
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.catalog.kubernetes.requirements import wishes_of
from finops_lint.catalog.kubernetes.scaling import scaled
from finops_lint.catalog.kubernetes.workflows import repeated
from finops_lint.catalog.kubernetes.workloads import WORKFLOWS, Cluster, pods_in, values_in
from finops_lint.costs.models.kubernetes_volumes import claims_of
from finops_lint.model.estimate import CostComponent, UnitPrice, Unpriced
from finops_lint.model.money import HOURS_PER_MONTH, Range, decimal_of
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown

if TYPE_CHECKING:
    from finops_lint.costs.frames import Frame
    from finops_lint.costs.lines import Lines

RUN_HOURS, RUNS, NODES, REPLICAS = "runtime_hours_per_run", "monthly_runs", "nodes", "replicas"
"""Usage keys, as in the sheet core/Pod."""
_FARGATE_VCPU = tuple(Decimal(n) for n in ("0.25", "0.5", "1", "2", "4", "8", "16"))
_FARGATE_GB = {
    vcpu: (Decimal(str(least)), Decimal(most))
    for vcpu, least, most in zip(_FARGATE_VCPU, ("0.5", 1, 2, 4, 8, 16, 32), (2, 4, 8, 16, 30, 60, 120), strict=True)
}
"""Least and most memory beside each size.

docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration, read 2026-11-21.
"""

_AUTOPILOT_VCPU, _AUTOPILOT_GIB, _AUTOPILOT_LEAST = Decimal("0.5"), Decimal(2), Decimal("0.05")
_AUTOPILOT_MOST_GIB = Decimal("6.5")


@record(frozen=True, slots=True)
class _Time:
    """How many hours a month the pods run."""

    hours: Decimal | None
    """None while it waits for usage."""
    key: str = ""
    """The usage it waits for."""


@record(frozen=True, slots=True)
class _Piece:
    """One thing that all pods of a group have of their machines, hour by hour."""

    name: str
    unit: str
    amount: Range | None
    """Per hour; None where it is not known how much."""
    price: UnitPrice | Unpriced
    said: tuple[str, ...] = ()
    paid_by: str = ""


def pods(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """The components of one object's pods, group by group."""
    resource, cluster = frame.resource, lines.clusters.of(frame.graph)
    kind = cluster.kinds.get(resource.type)
    if kind is None:
        return
    if kind.runs == NEVER:
        frame.notes.append("a template: it costs what the objects cost that use it")
        return
    found = pods_in(resource, frame.graph, cluster)
    time = _time(resource, kind, frame)
    hourly: list[Decimal | None] = []
    for group in found:
        counted = replace(group, count=_count(resource, kind, group, frame))
        pieces = list(_pieces(lines, frame, cluster, counted))
        hourly.append(_hourly(pieces))
        heading = (group.name,) if group.name and len(found) > 1 else ()
        yield from (_component(piece, time, heading) for piece in pieces)
    if resource.type == "apps/StatefulSet" and found:
        count = _range(_count(resource, kind, found[0], frame))
        if isinstance(count, Range):
            yield from claims_of(lines, frame, count)
    if kind.runs != ALWAYS:
        again = repeated(values_in(resource, frame.graph)) if resource.type in WORKFLOWS else ()
        frame.notes += _run_notes(resource, kind, hourly, again)
        if again:
            frame.notes.append(f"each step is counted once: {'; '.join(again[:3])}")


def _component(piece: _Piece, time: _Time, heading: tuple[str, ...]) -> CostComponent:
    base = CostComponent(
        piece.name, piece.unit, None, None, group=heading, assumptions=piece.said, paid_by=piece.paid_by
    )
    if isinstance(piece.price, Unpriced):
        return replace(base, unpriced=piece.price)
    priced = replace(base, price=piece.price, per_unit=piece.price.amount)
    if piece.amount is None:
        return replace(priced, usage_key=NODES)
    return (
        replace(priced, quantity=piece.amount * time.hours)
        if time.hours is not None
        else replace(priced, usage_key=time.key)
    )


# How long


def _time(resource: Resource, kind: Kind, frame: Frame) -> _Time:
    stated = frame.stated
    if kind.runs == ALWAYS or "monthly_hrs" in stated:
        hours = frame.hours
        return _Time(decimal_of(hours) if isinstance(hours, (int, float, Decimal)) else HOURS_PER_MONTH)
    if kind.suspended and at(resource.values, steps(kind.suspended)) is True:
        frame.notes.append("suspended: it does not run")
        return _Time(Decimal(0))
    runs = decimal_of(stated[RUNS]) if RUNS in stated else _scheduled(resource, kind)
    if runs is None:
        return _Time(None, RUNS)
    if RUN_HOURS not in stated:
        return _Time(None, RUN_HOURS)
    return _Time(runs * decimal_of(stated[RUN_HOURS]))


def _scheduled(resource: Resource, kind: Kind) -> Decimal | None:
    if kind.runs != SCHEDULE:
        return None
    expressions = [text(at(resource.values, steps(kind.schedule)))]
    if kind.schedules:
        expressions += [text(e) for e in as_list(at(resource.values, steps(kind.schedules)))]
    found = [runs_a_month(e) for e in expressions if e]
    known = [n for n in found if n is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(found) else None


def _run_notes(resource: Resource, kind: Kind, run: list[Decimal | None], again: tuple[str, ...]) -> Iterator[str]:
    """What an hour of a run costs, and a run at most; `again` is what of it runs more than once."""
    known = [n for n in run if n is not None]
    if not known or len(known) != len(run):
        return
    hour = sum(known, Decimal(0))
    words = f"an hour of a run costs ${hour:,.2f}"
    limit = quantity(run_limit(resource, kind))
    most = hour * limit / 3600 if limit is not None and not again else None
    if most is not None and limit is not None:
        words += f"; a run at most ${most:,.2f}, ended after {_span(limit)}"
    elif limit is not None:
        words += f"; a run is ended after {_span(limit)}"
    else:
        words += "; nothing ends a run that hangs" if kind.deadline else ""
    runs = _scheduled(resource, kind)
    if runs is not None:
        words += f"; its schedule starts {round(runs, 1).normalize():f} runs a month"
        words += f", at most ${most * runs:,.2f}" if most is not None else ""
    yield words


def _span(seconds: Decimal) -> str:
    hours = seconds / 3600
    return f"{round(hours, 1).normalize():f} h" if hours >= 1 else f"{round(seconds / 60, 1).normalize():f} min"


def _hourly(pieces: list[_Piece]) -> Decimal | None:
    """What all pods of a group cost an hour; None where that is not known."""
    if any(isinstance(p.price, Unpriced) or p.amount is None for p in pieces):
        return None
    return sum(
        (p.amount.expected * p.price.amount for p in pieces if p.amount and isinstance(p.price, UnitPrice)), Decimal(0)
    )


# How many


def _count(resource: Resource, kind: Kind, group: Pods, frame: Frame) -> Count:
    if REPLICAS in frame.stated:
        return Count.of(decimal_of(frame.stated[REPLICAS]))
    if kind.every_node:
        nodes = frame.stated.get(NODES)
        return Count.of(decimal_of(nodes) if nodes is not None else Unknown("depends on usage", (f"usage.{NODES}",)))
    says = resource.value("spec", "replicas") is not None
    return scaled(resource, group.count, frame.graph, says_replicas=says)


def _range(count: Count) -> Range | Unknown:
    expected = count.expected
    if isinstance(expected, Unknown):
        return expected
    low = count.low if isinstance(count.low, Decimal) else expected
    high = count.high if isinstance(count.high, Decimal) else expected
    return Range(min(low, expected), expected, max(high, expected))


# What they have of their machines


def _pieces(lines: Lines, frame: Frame, cluster: Cluster, group: Pods) -> Iterator[_Piece]:
    count = _range(group.count)
    if group.machine is None and group.ask.cpu is None and group.ask.memory_gib is None and not group.ask.devices:
        yield _Piece("Pods", "hours", None, Unpriced("neither requests nor limits say what a pod needs"))
        return
    node = cluster.nodes.node_for(group, namespace_of(frame.resource))
    if isinstance(node, Unpriced):
        yield _Piece("Pods", "hours", None, node)
        return
    if isinstance(count, Unknown) and not any(w.startswith("usage.") for w in count.waits_for):
        yield _Piece("Pods", "hours", None, Unpriced(count.reason, count.waits_for))
        return
    many = None if isinstance(count, Unknown) else count
    said = tuple(t for t in (*node.said, *group.ask.said, group.count.because) if t)
    paid = node.pool.address if node.is_paid and node.pool else ""
    for name, unit, each, price in made_of(lines, node, group):
        yield _Piece(name, unit, many * each if many is not None else None, price, said, paid)
    if paid:
        frame.notes.append(f"a part of {paid}, whose price holds it: shown, not added up")
        frame.notes += _left_in(lines, frame, node)


def _left_in(lines: Lines, frame: Frame, node: Node) -> Iterator[str]:
    """What the pods of the node's pool leave of its GPUs, said at the first object that runs there."""
    shared = lines.clusters.shared(frame.graph).get(node.place) if node.pool else None
    if shared is None or shared.is_open or frame.resource.address != next(iter(shared.addresses), ""):
        return
    packing = shared.packed()
    if packing is None or packing.left.gpus < 1:
        return
    there = shared.node.gpus * packing.machines
    lost = lines.clusters.month_of_gpus(shared.node, packing.left.gpus)
    money = "" if lost is None else f", ${lost:,.0f} a month"
    yield (
        f"the pods here need {packing.machines:,} × {shared.node.name} of {node.pool.name if node.pool else ''} and "
        f"leave {packing.left.gpus.normalize():f} of {there.normalize():f} GPUs unused{money}"
    )


def made_of(lines: Lines, node: Node, group: Pods) -> Iterator[tuple[str, str, Decimal, UnitPrice | Unpriced]]:
    """Name, unit, how much one pod of `group` has an hour, and the price of a unit on `node`."""
    made = _of_service(lines, node, group) if node.service != "machine" else _of_machine(lines, node, group)
    yield from made


def _of_machine(lines: Lines, node: Node, group: Pods) -> Iterator[tuple[str, str, Decimal, UnitPrice | Unpriced]]:
    """Name, unit, how much one pod has, and the price: its share of the machine, or the whole where it names it."""
    ask, label = group.ask, f"spot, {node.name}" if node.purchase == "spot" else node.name
    hour = lines.clusters.hour_of(node)
    if group.machine is not None:
        yield f"Machine ({label})", "hours", Decimal(1), hour
        return
    if isinstance(hour, Unpriced) or node.machine is None:
        yield (
            f"Pods ({label})",
            "hours",
            Decimal(1),
            hour if isinstance(hour, Unpriced) else Unpriced(f"{node.name} is not in the catalog"),
        )
        return
    parts = lines.clusters.parts_of(node, hour)
    if isinstance(ask.cpu, Decimal):
        yield f"vCPU ({label})", "vCPU-hours", ask.cpu, _part(hour, parts.vcpu, "vCPU-hours", node.doubt)
    if isinstance(ask.memory_gib, Decimal):
        yield f"Memory ({label})", "GB-hours", ask.memory_gib, _part(hour, parts.gb, "GB-hours", node.doubt)
    devices = [(device(n), c) for n, c in ask.devices.items() if is_device(n) and isinstance(c, Decimal)]
    for what, number in devices:
        share = share_of(what.resource, wishes_of(group.spec), lines.clusters.defaults.pods_per_gpu)
        name = _device_name(what, node, label)
        if share is None:
            why = "how many pods share a GPU is not in the code: set kubernetes.pods_per_gpu in the settings"
            yield name, "GPU-hours", Decimal(1), Unpriced(why)
            continue
        if what.resource.endswith("neuroncore"):
            share /= CORES.get(node.gpu_name, 2)
        yield name, "GPU-hours", number * share, _part(hour, parts.gpu, "GPU-hours", node.doubt)


def _device_name(what: Device, node: Node, label: str) -> str:
    slice_name = what.resource.rpartition("/")[2]
    model = node.gpu_name or "GPU"
    word = "GPU" if what.sort in ("gpu", "amd") else "Accelerator"
    return f"{word} slice ({slice_name} of {model}, {label})" if what.share != 1 else f"{word} ({model}, {label})"


def _part(hour: UnitPrice, amount: Decimal, unit: str, doubt: str) -> UnitPrice:
    """A part of a machine's price, ≈ where the machine is only taken."""
    return replace(hour, amount=amount, unit=unit, basis="derived").in_doubt(doubt)


def _of_service(lines: Lines, node: Node, group: Pods) -> Iterator[tuple[str, str, Decimal, UnitPrice | Unpriced]]:
    """Pods that are charged by what they ask for, without a machine: Fargate, Autopilot, TPU chips."""
    if node.service == "tpu":
        chips = group.ask.devices.get("google.com/tpu", Decimal(1))
        way = "spot-chip-hours" if node.purchase == "spot" else "chip-hours"
        price = lines.clusters.unit(f"tpu/{node.gpu_name}/{way}", node.cloud, node.region)
        yield f"TPU {node.gpu_name} chips", "chip-hours", chips if isinstance(chips, Decimal) else Decimal(1), price
        return
    if node.service == "autopilot":
        vcpu, memory = autopilot_size(group.ask.cpu, group.ask.memory_gib)
        for name, unit, much, item in (
            ("vCPU (Autopilot)", "vCPU-hours", vcpu, "gke/autopilot-vcpu-hours"),
            ("Memory (Autopilot)", "GB-hours", memory, "gke/autopilot-gb-hours"),
        ):
            price = lines.clusters.unit(item, node.cloud, node.region)
            yield name, unit, much, price if isinstance(price, Unpriced) else price.in_doubt(node.doubt)
        return
    vcpu, memory = fargate_size(group.ask.cpu, group.ask.memory_gib)
    yield "vCPU (Fargate)", "vCPU-hours", vcpu, lines.clusters.unit("fargate/vcpu-hours", node.cloud, node.region)
    yield "Memory (Fargate)", "GB-hours", memory, lines.clusters.unit("fargate/gb-hours", node.cloud, node.region)


def autopilot_size(cpu: Decimal | Unknown | None, memory_gib: Decimal | Unknown | None) -> tuple[Decimal, Decimal]:
    """What GKE Autopilot gives a pod of its general-purpose class, and charges.

    At least 0.05 vCPU, 0.5 vCPU and 2 GiB where nothing is asked, and between 1 and 6.5 GiB a vCPU: the lower of the
    two is raised. cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests, read 2026-11-21.
    """
    vcpu = max(cpu if isinstance(cpu, Decimal) else _AUTOPILOT_VCPU, _AUTOPILOT_LEAST)
    memory = memory_gib if isinstance(memory_gib, Decimal) else _AUTOPILOT_GIB
    return max(vcpu, memory / _AUTOPILOT_MOST_GIB), max(memory, vcpu)


def fargate_size(cpu: Decimal | Unknown | None, memory_gib: Decimal | Unknown | None) -> tuple[Decimal, Decimal]:
    """What Fargate gives a pod: the next size up, with 256 MB for the node's own parts."""
    asked = cpu if isinstance(cpu, Decimal) else Decimal(0)
    memory = (memory_gib if isinstance(memory_gib, Decimal) else Decimal(0)) + Decimal("0.25")
    for vcpu in _FARGATE_VCPU:
        least, most = _FARGATE_GB[vcpu]
        if asked <= vcpu and memory <= most:
            step = Decimal("0.5") if memory <= Decimal("0.5") else Decimal(4 if vcpu == 8 else 8 if vcpu == 16 else 1)
            return vcpu, max(least, (memory / step).to_integral_value(ROUND_CEILING) * step)
    return _FARGATE_VCPU[-1], Decimal(120)
