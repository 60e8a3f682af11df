"""Checks on what makes pods: what they ask for, whether they can run where they may, whether they ever end or rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.catalog.kubernetes.admission import is_meant
from finops_lint.catalog.kubernetes.devices import device, is_device
from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, steps, text
from finops_lint.catalog.kubernetes.kinds import ALWAYS, NEVER, ONCE, SCHEDULE, Kind, namespace_of, run_limit
from finops_lint.catalog.kubernetes.node_labels import CAPACITY_LABELS
from finops_lint.catalog.kubernetes.nodes import Node, in_words
from finops_lint.catalog.kubernetes.packing import Packing, Shared
from finops_lint.catalog.kubernetes.pods import Pods
from finops_lint.catalog.kubernetes.pools import SPOT
from finops_lint.catalog.kubernetes.requirements import wishes_of
from finops_lint.catalog.kubernetes.workloads import pods_in, values_in
from finops_lint.model.estimate import Unpriced
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.rules.context import Context

Verdicts = Iterator[Finding | Undecided]
_CHECKPOINT = regex(r"(?i)checkpoint|ckpt|resume|save[_-]?(?:steps|strategy|every|interval)|restore")


def _kind(resource: Resource, context: Context) -> Kind | None:
    return context.clusters.kinds.get(resource.type)


def pods_made(resource: Resource, context: Context) -> tuple[Pods, ...]:
    """The pods of an object, worked out once for all rules."""
    key = ("pods", id(resource))
    if key not in context.answers:
        context.answers[key] = pods_in(resource, context.graph, context.clusters.of(context.graph))
    found: tuple[Pods, ...] = context.answers[key]
    return found


def asks_for_accelerators(resource: Resource, context: Context) -> bool:
    """Whether any of its pods asks for one for certain."""
    return any(_accelerators(p) > 0 for p in pods_made(resource, context))


def _accelerators(pods: Pods) -> Decimal:
    """How many accelerators one pod asks for, parts of one as parts; 0 where none is certain."""
    known = [(device(n), c) for n, c in pods.ask.devices.items() if is_device(n) and isinstance(c, Decimal)]
    return sum((c * what.share for what, c in known), Decimal(0))


def _maybe(pods: Pods) -> Unknown | None:
    """Why it is not known whether the pods ask for accelerators."""
    if isinstance(pods.ask.cpu, Unknown) and not pods.spec:
        return pods.ask.cpu
    return next((c for n, c in pods.ask.devices.items() if is_device(n) and isinstance(c, Unknown)), None)


def _called(pods: Pods) -> str:
    return f"The pods of {pods.name} ask" if pods.name else "Each pod asks"


def requests_missing(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """Containers of what runs all the time that ask for no CPU or no memory."""
    kind = _kind(resource, context)
    if kind is None or kind.runs != ALWAYS:
        return
    for pods in pods_made(resource, context):
        if pods.machine is not None or not pods.spec or _accelerators(pods) > 0:
            continue
        if not _is_whole(pods):
            continue
        missing = [word for word, value in (("CPU", pods.ask.cpu), ("memory", pods.ask.memory_gib)) if value is None]
        if missing:
            what = " and no ".join(missing)
            yield context.finding(resource, f"{_called(pods)} for no {what}.", path=(*pods.path, "containers"))


def _is_whole(pods: Pods) -> bool:
    """Whether it is a pod that can run; without an image another system fills it in, as Spark does its templates."""
    containers = [c for c in as_list(pods.spec.get("containers")) if isinstance(c, Mapping)]
    return any("image" in c or "resources" in c for c in containers)


def never_fits(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """Pods with accelerators that no pool of the project could ever hold, though one is meant for them."""
    kind = _kind(resource, context)
    if kind is None or kind.runs == NEVER:
        return
    nodes = context.clusters.of(context.graph).nodes
    for pods in pods_made(resource, context):
        if _accelerators(pods) <= 0 and _maybe(pods) is None:
            continue
        pools = nodes.candidates(pods)
        # Others than the declared pools may be there: only a label of the pool itself ties pods to it.
        meant = [p for p in pools if is_meant(p, wishes_of(pods.spec))]
        if not meant or len(meant) != len(pools):
            continue
        unknown = pods.ask.unknown
        if unknown is not None:
            yield context.undecided(resource, [unknown], path=pods.path)
            return
        if next(nodes.with_room(pods, pools), None) is not None:
            continue
        names = ", ".join(p.name for p in meant[:3])
        words = f"{_called(pods)} for {in_words(pods.ask)}; no machine of {names}, which alone would take it, has that."
        yield context.finding(
            resource, f"{words} It waits for ever, and what waits with it is paid for.", path=pods.path
        )


def node_of(resource: Resource, context: Context, pods: Pods) -> Node | Unpriced:
    """The node that pods of an object run on, worked out once for all rules."""
    key = ("node", id(resource), pods.path, pods.name)
    if key not in context.answers:
        context.answers[key] = context.clusters.of(context.graph).nodes.node_for(pods, namespace_of(resource))
    found: Node | Unpriced = context.answers[key]
    return found


def stranded(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """Pods that leave GPUs of their machine unused, since no further one of them fits beside."""
    kind = _kind(resource, context)
    if kind is None or kind.runs == NEVER:
        return
    for pods in pods_made(resource, context):
        asked = _accelerators(pods)
        unknown = pods.ask.unknown if asked >= 1 or _maybe(pods) is not None else None
        if unknown is not None:
            yield context.undecided(resource, [unknown], path=pods.path)
            return
        node = node_of(resource, context, pods) if asked >= 1 else None
        if (
            not isinstance(node, Node)
            or node.machine is None
            or node.gpus < 2
            or node.doubt
            or not isinstance(pods.count.expected, Decimal)
        ):
            continue
        fit = _beside(pods, node)
        used = min(fit, int(pods.count.high) if isinstance(pods.count.high, Decimal) else fit) * asked
        if used >= node.gpus or not used:
            continue
        if context.clusters.of(context.graph).nodes.may_be_elsewhere(pods, node) or _shares(resource, context, node):
            continue  # what those that share machines leave together is looked at below
        left = node.gpus - used
        words = f"{_called(pods)} for {asked.normalize():f} of the {node.gpus:f} GPUs of {node.name}"
        why = "no more of them run" if used < fit * asked else "no further one fits beside it"
        money = context.clusters.month_of_gpus(node, left)
        lost = f", ${money:,.0f} a month each machine" if money is not None else ""
        yield context.finding(
            resource, f"{words}, and {why}: {left.normalize():f} may stay unused{lost}.", path=pods.path
        )
    yield from _stranded_together(resource, context, Decimal(str(params["least_share"])))


def _stranded_together(resource: Resource, context: Context, least: Decimal) -> Iterator[Finding]:
    """GPUs that the pods of several objects leave on the machines they share; said at the first of them."""
    for (_, pool), shared in context.clusters.shared(context.graph).items():
        first, *others = shared.addresses or ("",)
        if first != resource.address or not others or shared.is_open or shared.node.gpus < 2:
            continue
        packing, at_most = shared.packed(), shared.packed(at_most=True)
        if (
            packing is None
            or at_most is None
            or not _leaves(packing, shared, least)
            or not _leaves(at_most, shared, least)
        ):
            continue
        there, left = shared.node.gpus * packing.machines, packing.left.gpus
        money = context.clusters.month_of_gpus(shared.node, left)
        lost = f", ${money:,.0f} a month" if money is not None else ""
        beside = others[0] if len(others) == 1 else f"{others[0]} and {len(others) - 1} more"
        machines = f"{packing.machines:,} machine{'' if packing.machines == 1 else 's'} of {pool}"
        machines += "" if pool == shared.node.name else f" ({shared.node.name})"
        yield context.finding(
            resource,
            f"Its pods and those of {beside} need {machines} and ask for {(there - left).normalize():f} of the "
            f"{there.normalize():f} GPUs: {left.normalize():f} may stay unused{lost}.",
        )


def _leaves(packing: Packing, shared: Shared, least: Decimal) -> bool:
    """Whether a whole GPU and at least that share of all of them is left."""
    return packing.left.gpus >= 1 and packing.left.gpus >= least * shared.node.gpus * packing.machines


def _shares(resource: Resource, context: Context, node: Node) -> bool:
    """Whether pods of another object with accelerators may run on the same machines."""
    place = node.place
    if "accelerated" not in context.answers:
        context.answers["accelerated"] = list(_accelerated_places(context))
    return any(here == place and other != resource.address for other, here in context.answers["accelerated"])


def _accelerated_places(context: Context) -> Iterator[tuple[str, tuple[str, str]]]:
    """Object and pool, or machine, of everything in the project that asks, or may ask, for accelerators."""
    for other in context.graph.resources:
        kind = _kind(other, context) if "/" in other.type else None
        if kind is None or kind.runs == NEVER:
            continue
        for pods in pods_made(other, context):
            node = node_of(other, context, pods) if _accelerators(pods) > 0 or _maybe(pods) is not None else None
            if isinstance(node, Node):
                yield other.address, node.place


def _beside(pods: Pods, node: Node) -> int:
    """How many of the pods fit on one machine."""
    assert node.machine is not None
    limits = [node.gpus // _accelerators(pods)]
    if isinstance(pods.ask.cpu, Decimal) and pods.ask.cpu:
        limits.append(node.machine.vcpu // pods.ask.cpu)
    if isinstance(pods.ask.memory_gib, Decimal) and pods.ask.memory_gib:
        limits.append(node.machine.memory_gib // pods.ask.memory_gib)
    return int(min(limits))


# Jobs


def without_deadline(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """A job with accelerators that nothing ends when it hangs."""
    kind = _kind(resource, context)
    if kind is None or kind.runs not in (ONCE, SCHEDULE):
        return
    own = [path for group in kind.groups if (path := group.path("deadline"))]
    if not (kind.deadline or own) or run_limit(resource, kind) is not None:
        return
    if _is_ended_by_queue(resource):
        return
    for pods in pods_made(resource, context):
        if pods.deadline is not None or pods.spec.get("activeDeadlineSeconds") is not None:
            continue
        unknown = _maybe(pods)
        if unknown is not None:
            yield context.undecided(resource, [unknown], path=pods.path)
            return
        if _accelerators(pods) > 0:
            words = f"{_called(pods)} for {in_words(pods.ask)}, and nothing ends a run that hangs."
            name = (kind.deadline or own[0]).rpartition(".")[2]
            yield context.finding(
                resource, f"{words} Set {name} to a little more than a run takes.", path=_above(resource, kind.deadline)
            )
            return


def _is_ended_by_queue(resource: Resource) -> bool:
    """Whether Kueue ends it, or the capacity it is given ends by itself (Kueue documentation, read 2026-11-21)."""
    labels, notes = (as_map(resource.value("metadata", part)) for part in ("labels", "annotations"))
    return "kueue.x-k8s.io/max-exec-time-seconds" in labels or "provreq.kueue.x-k8s.io/maxRunDurationSeconds" in notes


def _above(resource: Resource, path: str) -> Path:
    """The nearest part of a dotted path that is written."""
    way = steps(path)
    while way and resource.value(*way) is None:
        way = way[:-1]
    return way


_CLEANS = (("spec", "runPolicy", "cleanPodPolicy"), ("spec", "cleanPodPolicy"))
"""Which pods Kubeflow deletes once a job is done: all, those that still run, or none, which is the default of most.

Source: kubeflow/training-operator, issue 1753, read 2026-11-21.
"""


_HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")
"""The annotations of what Helm and Argo CD apply before or after all else."""


def without_ttl(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """A job whose pods, cluster or volumes stay once it is done."""
    kind = _kind(resource, context)
    if kind is None or kind.runs != ONCE or not kind.ttl:
        return
    if resource.type == "argoproj.io/Workflow":
        yield from _volumes_of_failures(resource, context)
        return
    if at(resource.values, steps(kind.ttl)) is not None or _is_removed_by_another(resource):
        return
    volumes = any(
        "ephemeral" in as_map(v) for p in pods_made(resource, context) for v in as_list(p.spec.get("volumes"))
    )
    policy = next((p for way in _CLEANS if (p := resource.value(*way)) is not None), "None")
    if isinstance(policy, Unknown):
        yield context.undecided(resource, [policy])
        return
    if policy == "All" or (policy == "Running" and not volumes):
        return
    stays = "pods and the volumes made for them stay" if volumes else "pods stay"
    message = f"Nothing removes this once it is done: its {stays}. Set {kind.ttl}, to 86400, a day, say."
    yield context.finding(resource, message, path=_above(resource, kind.ttl))


def _is_removed_by_another(resource: Resource) -> bool:
    """Whether an owner takes it along, or the tool that applied it removes it: a hook of Helm's or Argo CD's.

    A hook that says nothing goes when its next run begins (Helm documentation, "Hook deletion policies", and Argo CD
    documentation, "Resource Hooks", read 2026-11-21), which finds it by its name.
    """
    if as_list(resource.value("metadata", "ownerReferences")):
        return True
    notes = as_map(resource.value("metadata", "annotations"))
    asked = [
        text(notes.get(f"{tool}-delete-policy")) or "before-hook-creation"
        for tool in _HOOKS
        if notes.get(tool) is not None
    ]
    named = resource.value("metadata", "name") is not None
    ends = r"(?i)hook-?succeeded" + ("|before-?hook-?creation" if named else "")
    return any(re.search(ends, policy) for policy in asked)


def _volumes_of_failures(resource: Resource, context: Context) -> Verdicts:
    """A workflow whose volumes stay when it fails.

    Its controller may have a default for pods, which cost nothing once they are done. Volumes go with a run that
    succeeds, unless `volumeClaimGC` says otherwise (argo-workflows, workflow_types.go, read 2026-11-21).
    """
    spec = as_map(values_in(resource, context.graph).get("spec"))
    strategy = as_map(spec.get("volumeClaimGC")).get("strategy", "OnWorkflowSuccess")
    if (
        as_map(spec.get("ttlStrategy"))
        or strategy != "OnWorkflowSuccess"
        or not as_list(spec.get("volumeClaimTemplates"))
    ):
        return
    template = text(at(resource.values, ("spec", "workflowTemplateRef", "name")))
    if template and not any(context.graph.targets(resource, "argoproj.io/WorkflowTemplate")):
        yield context.undecided(resource, [Unknown(f"the template {template} is not in the code", (template,))])
        return
    message = (
        "A run that fails keeps the volumes made for it, and nothing removes them. Set volumeClaimGC.strategy to "
        "OnWorkflowCompletion, or a ttlStrategy."
    )
    yield context.finding(resource, message, path=_above(resource, "spec.volumeClaimTemplates"))


def spot_without_checkpoint(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """Training on spot machines that starts from the beginning, or not at all, when its machine is taken away."""
    kind = _kind(resource, context)
    if kind is None or kind.runs not in (ONCE, SCHEDULE) or context.workload(resource).kind != "training":
        return
    for pods in pods_made(resource, context):
        wishes = wishes_of(pods.spec)
        asked = {names.get(v) for key, names in CAPACITY_LABELS.items() for v in wishes.of(key)}
        if _accelerators(pods) <= 0 or _saves(pods):
            continue
        hidden = (r.unknown for term in wishes.terms for r in term if r.key in CAPACITY_LABELS)
        unknown = next((why for why in hidden if why is not None), None)
        if unknown is not None and SPOT not in asked:
            yield context.undecided(resource, [unknown], path=pods.path)
            return
        if SPOT in asked or (not asked and _only_on_spot(pods, context)):
            words = "Training on spot machines, and neither a volume nor an argument speaks of checkpoints"
            yield context.finding(
                resource, f"{words}: each time a machine is taken away, all is paid for again.", path=pods.path
            )
            return


def _only_on_spot(pods: Pods, context: Context) -> bool:
    """Whether every pool that would take the pods is meant for them and buys spot machines only."""
    pools = context.clusters.of(context.graph).nodes.candidates(pods)
    return bool(pools) and all(p.purchases == (SPOT,) and is_meant(p, wishes_of(pods.spec)) for p in pools)


def _saves(pods: Pods) -> bool:
    """Whether anything in the pod speaks of checkpoints: a lasting volume, an argument, a variable."""
    lasting = ("persistentVolumeClaim", "ephemeral", "csi", "nfs", "azureFile", "cephfs", "glusterfs", "flexVolume")
    if any(name in as_map(v) for v in as_list(pods.spec.get("volumes")) for name in lasting):
        return True
    for container in as_list(pods.spec.get("containers")):
        words = [*as_list(at(container, ("command",))), *as_list(at(container, ("args",)))]
        words += [text(at(e, (part,))) for e in as_list(at(container, ("env",))) for part in ("name", "value")]
        if any(isinstance(w, Unknown) or _CHECKPOINT.search(text(w)) for w in words):
            return True
        if as_list(at(container, ("envFrom",))):
            return True
    return False


# Ray


def _in_short(pods: Pods) -> str:
    return " and ".join(f"{c.normalize():f} {n}" for n, c in pods.ask.devices.items() if isinstance(c, Decimal))


_RAY_CLUSTERS = (
    ("spec",),
    ("spec", "rayClusterConfig"),
    ("spec", "rayClusterSpec"),
    ("spec", "jobTemplate", "rayClusterSpec"),
)
"""Where RayCluster, RayService, RayJob and RayCronJob keep their cluster."""


def _is_gang(resource: Resource) -> bool:
    """Whether every group of workers has one size for good: head and workers then come, work and go together."""
    spec = next((s for s in (as_map(resource.value(*way)) for way in _RAY_CLUSTERS) if "headGroupSpec" in s), {})
    sizes = [(at(g, ("minReplicas",)), at(g, ("maxReplicas",))) for g in as_list(spec.get("workerGroupSpecs"))]
    return bool(sizes) and all(isinstance(low, (int, float)) and low == high for low, high in sizes)


def gpu_on_head(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """A Ray head with GPUs beside workers: the head coordinates, and stays when workers go."""
    pods = pods_made(resource, context)
    head = next((p for p in pods if p.name == "head"), None)
    if head is None or len(pods) < 2 or _is_gang(resource):
        return
    unknown = _maybe(head)
    if unknown is not None:
        yield context.undecided(resource, [unknown], path=head.path)
    elif _accelerators(head) > 0:
        message = (
            f"The head asks for {_in_short(head)}. It runs as long as the cluster does, with workers or without: "
            "give it CPU only, and num-cpus: 0 where it should run no tasks."
        )
        yield context.finding(resource, message, path=(*head.path, "containers"))


def facts(resource: Resource, context: Context) -> list[dict[str, Value]]:
    """What rules see as `pods`: one map for each sort of pods an object makes; an empty list where it makes none."""
    kind = _kind(resource, context)
    return [_facts_of(p, kind) for p in pods_made(resource, context)] if kind else []


def _facts_of(pods: Pods, kind: Kind) -> dict[str, Value]:
    unknown = _maybe(pods)
    found: dict[str, Value] = {
        "name": pods.name,
        "runs": kind.runs,
        "accelerators": _accelerators(pods) if unknown is None else unknown,
        "cpu": pods.ask.cpu,
        "memory_gib": pods.ask.memory_gib,
        "least": pods.count.low,
        "count": pods.count.expected,
        "most": pods.count.high,
        "labels": dict(pods.labels),
    }
    return {name: value for name, value in found.items() if value is not None}
