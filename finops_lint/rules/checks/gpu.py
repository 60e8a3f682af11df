"""Checks on GPU machines: too large for the work, too many GPUs, an older generation, never switched off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.catalog.gpus import gpu_model
from finops_lint.catalog.kubernetes.kinds import is_kubernetes
from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.checks.models import oversize
from finops_lint.rules.compute import YEARS, Gpus, Use, attached, gpus, machine, uses, uses_with_templates
from finops_lint.rules.context import Context
from finops_lint.rules.demands import gpus_asked, model_size
from finops_lint.rules.offers import Need, Offer, cheapest, dollars, in_words, price_now
from finops_lint.rules.served import cases

Verdicts = Iterator[Finding | Undecided]
LIGHT = ("inference", "embedding", "notebook", "development")
"""Workloads that seldom need an accelerator built for training."""


def too_large(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """An A100- or H100-class machine where the work is inference, a notebook or development."""
    large = frozenset(gpu_model(name) for name in params["large"])
    for use, found in _gpu_uses(resource, context):
        workload = context.workload(resource)
        if workload.kind not in LIGHT:
            return
        if isinstance(found, Unknown):
            yield context.undecided(resource, [found], path=use.path)
            continue
        if found.model not in large or _is_weighed(resource, context):
            continue
        if is_kubernetes(resource.type) and (found.count > 1 or _has_server(resource, context)):
            continue  # others may share the machine, or the model, which is not told, is a large one
        size = model_size(resource, context)
        need = size.need if size else Need(Decimal(str(params[f"{workload.kind}_gpu_gib".replace("-", "_")])))
        asked = _asked_by_pods(resource, context, use)
        offer = cheapest(context, use, replace(need, without=large, vcpu=asked[0], memory_gib=asked[1]))
        if offer is None and (size or price_now(context, use)):
            continue
        because = f"{workload.because}; {size.because}" if size else workload.because
        what = f"{use.name} brings {in_words(found)}, and the workload is {workload.kind} ({because})."
        yield _finding(resource, context, use, what=what, offer=offer, because=because)


def _has_server(resource: Resource, context: Context) -> bool:
    from finops_lint.rules.served_by_pods import has_server

    return has_server(resource, context)


def _asked_by_pods(resource: Resource, context: Context, use: Use) -> tuple[Decimal, Decimal]:
    """The vCPU and GiB that a machine must have for one of the pods on this one; nothing for other resources."""
    if not is_kubernetes(resource.type):
        return Decimal(0), Decimal(0)
    from finops_lint.rules.pod_machines import asked_of_machine

    return asked_of_machine(resource, context, use)


def _is_weighed(resource: Resource, context: Context) -> bool:
    """Whether checks.models knows the model and what it needs, and so answers the question better."""
    return any(case.serving.open <= {"sequences"} for case in cases(resource, context))


def one_of_many(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """A machine with several GPUs where the work asks for fewer."""
    large = {gpu_model(name) for name in params["large"]}
    for use, found in _gpu_uses(resource, context):
        if isinstance(found, Unknown) or found.count < 2:
            continue
        asked, because = gpus_asked(resource, context)
        if not 0 < asked < found.count:
            continue
        if found.model in large and context.workload(resource).kind in LIGHT:
            continue  # too_large says it, and its advice goes further
        if any(oversize(case, context) for case in cases(resource, context)):
            continue  # checks.models says it, with the model's own need
        need = Need(found.memory_gib, gpus=asked, since=YEARS.get(found.model, 0))
        offer = cheapest(context, use, need)
        if offer is None and price_now(context, use) is not None:
            continue
        what = f"{use.name} brings {in_words(found)}; {because}."
        yield _finding(resource, context, use, what=what, offer=offer, because=because)


def older_generation(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """A GPU with a newer, cheaper one of at least the same memory in the same region."""
    kept = {gpu_model(name) for name in params["keep"]}
    for use, found in _gpu_uses(resource, context):
        if isinstance(found, Unknown) or found.model in kept or found.model not in YEARS:
            continue
        here = machine(use, context.machines)
        if here is None or here.gpus < 1:
            continue
        year = YEARS[found.model]
        need = Need(found.memory_gib, gpus=found.count, vcpu=here.vcpu, memory_gib=here.memory_gib, since=year + 1)
        offer = cheapest(context, use, replace(need, without=_SMALL if found.model in _FOR_TRAINING else frozenset()))
        if offer is not None:
            but = " It has fast double precision, which newer ones may lack: measure first." * (
                found.model in _FOR_TRAINING
            )
            what = f"{use.name} brings {in_words(found)}, a design of {year}.{but}"
            yield _finding(resource, context, use, what=what, offer=offer, because="")


_FOR_TRAINING = ("P100", "V100")
_SMALL = frozenset({"T4", "T4G"})
"""GPUs for inference, newer than `_FOR_TRAINING`, without their double precision and NVLink.

Source: Linux accelerated computing instances, Amazon EC2 user guide (P3 beside G4dn), read 2026-11-21.
"""


def _gpu_uses(resource: Resource, context: Context) -> Iterator[tuple[Use, Gpus | Unknown]]:
    """The machines `resource` names that have GPUs or may have; of several offered, none unless all have."""
    if is_kubernetes(resource.type):
        from finops_lint.rules.pod_machines import machines_named  # and with it all there is to know of clusters

        yield from machines_named(resource, context)
        return
    found = [(use, gpus(use, context.machines)) for use in uses(resource)]
    if resource.type != "aws_sagemaker_endpoint_configuration" and any(has is None for _, has in found):
        return
    for use, has in found:
        if has is not None:
            yield use, has


def _finding(
    resource: Resource, context: Context, use: Use, *, what: str, offer: Offer | None, because: str
) -> Finding:
    if offer is None:
        text = f"{what} A smaller machine would do; prices are not known here."
        return context.finding(resource, text, path=use.path, inferred_from=because)
    paid = price_now(context, use)
    now = f" instead of {dollars(paid)}" if paid else ""
    text = f"{what} {offer.name} with {in_words(offer.gpus)} costs {dollars(offer.price)} an hour{now}."
    is_only_one = len(uses(resource)) == 1 or resource.type == "aws_sagemaker_endpoint_configuration"
    if is_kubernetes(resource.type):  # each sort of pods has a selector of its own; no machine stands where a GPU does
        from finops_lint.catalog.kubernetes.devices import GPU_LABELS

        is_only_one = use.path[-1] not in GPU_LABELS
    is_only_one = is_only_one and attached(use) is None
    remedy = Remedy(resource.address, ((use.path, offer.name),), f"use {offer.name}") if is_only_one else None
    return context.finding(resource, text, path=use.path, remedy=remedy, inferred_from=because)


@record(frozen=True, slots=True)
class Floor:
    """How small a group may become."""

    path: Path
    least: Value
    """Machines (vCPUs for Batch), or why that is not known."""
    can_scale: bool
    """Whether setting it to 0 lets the group grow again by itself."""


def always_on(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """GPU machines in a group that never goes to zero."""
    floor = _floor(resource)
    if floor is None or (not _is_open(floor.least) and floor.least < 1):
        return
    if context.workload(resource).kind in ("inference", "embedding"):
        return  # what answers at any time needs a machine at any time
    if any(context.graph.sources(resource, "aws_autoscaling_schedule")):
        return
    use, found = next(_group_uses(resource, context), (None, None))
    if use is None or found is None:
        return
    unknown = [value for value in (found, floor.least) if isinstance(value, Unknown)]
    if unknown:
        yield context.undecided(resource, unknown, path=floor.path)
    elif isinstance(found, Gpus) and isinstance(floor.least, (int, float)):
        yield _never_off(resource, context, use, found=found, floor=floor)


_TAINTS = {"aws_eks_node_group": "taint", "azurerm_kubernetes_cluster_node_pool": "node_taints"}


def without_taint(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """GPU machines of a cluster without a taint; spot pools of AKS get one from Azure."""
    name = _TAINTS[resource.type]
    taints = resource.value(name)
    if resource.value("priority") == "Spot" or (taints is not None and not isinstance(taints, (Unknown, Partial))):
        return
    for use, found in _group_uses(resource, context):
        unknown = [value for value in (found, taints) if isinstance(value, Unknown)]
        unknown += [taints.rest] if isinstance(taints, Partial) else []
        if unknown:
            yield context.undecided(resource, unknown, path=(name,))
        elif isinstance(found, Gpus):
            text = (
                f"Any pod may sit on these machines ({use.name}, {in_words(found)}) and keep them alive. Give the "
                "pool a taint that GPU pods tolerate."
            )
            yield context.finding(resource, text)
        return


def _group_uses(resource: Resource, context: Context) -> Iterator[tuple[Use, Gpus | Unknown]]:
    for use in uses_with_templates(resource, context.graph):
        found = gpus(use, context.machines)
        if found is None:
            return  # a group that may also take machines without GPUs
        yield use, found


def _never_off(resource: Resource, context: Context, use: Use, *, found: Gpus, floor: Floor) -> Finding:
    unit = "vCPU" if floor.path[-1] == "min_vcpus" else "machine"
    number = f"{floor.least:g} {unit}{'' if floor.least == 1 else 's'}"
    name = ".".join(str(step) for step in floor.path if not isinstance(step, int))
    verb = "runs" if floor.least == 1 else "run"
    return context.finding(
        resource,
        f"At least {number} ({use.name}, {in_words(found)}) always {verb} {_where(resource, floor)}, whether "
        "there is work or not. Let the group go to zero and grow when work arrives.",
        path=floor.path,
        remedy=Remedy(resource.address, ((floor.path, 0),), f"set {name} to 0") if floor.can_scale else None,
        inferred_from=context.workload(resource).because,
    )


def _where(resource: Resource, floor: Floor) -> str:
    """GKE counts the nodes of a pool by the zone, but for `total_…`."""
    if resource.type != "google_container_node_pool" or str(floor.path[-1]).startswith("total_"):
        return "here"
    zones, place = resource.value("node_locations"), resource.value("location")
    number = len(zones) if isinstance(zones, list) else 3 if isinstance(place, str) and place[-2:-1] != "-" else 1
    return "in each zone" if number > 1 else "here"


_FLOORS: Mapping[str, Path] = {
    "azurerm_machine_learning_compute_cluster": ("scale_settings", 0, "min_node_count"),
    "aws_autoscaling_group": ("min_size",),
    "aws_eks_node_group": ("scaling_config", 0, "min_size"),
    "aws_batch_compute_environment": ("compute_resources", 0, "min_vcpus"),
}


def _floor(resource: Resource) -> Floor | None:
    if resource.type in _FLOORS:
        path = _FLOORS[resource.type]
        return Floor(path, _or_else(resource.value(*path), 0), can_scale=True)
    if resource.type == "google_container_node_pool":
        return _floor_of_gke(resource)
    if resource.type == "google_vertex_ai_persistent_resource":
        return _floor_of_pool(resource)
    if resource.type == "aws_sagemaker_cluster":
        counted: Path = ("instance_group", 0, "instance_count")
        return Floor(counted, _or_else(resource.value(*counted), 0), can_scale=False)
    if resource.type == "azurerm_kubernetes_cluster_node_pool":
        return _floor_of_aks(resource)
    return None


def _floor_of_gke(resource: Resource) -> Floor | None:
    """GKE: without `autoscaling` the pool keeps `node_count`; with it, the least may be given in two ways."""
    if resource.value("queued_provisioning", 0, "enabled") is True:
        return None
    if resource.value("autoscaling") is None:
        name = "initial_node_count" if resource.value("node_count") is None else "node_count"
        return Floor((name,), _or_else(resource.value(name), 1), can_scale=False)
    names = ("min_node_count", "total_min_node_count")
    name = next((n for n in names if resource.value("autoscaling", 0, n) is not None), names[0])
    path: Path = ("autoscaling", 0, name)
    return Floor(path, _or_else(resource.value(*path), 0), can_scale=True)


def _floor_of_pool(resource: Resource) -> Floor:
    """Vertex: a pool that scales keeps its minimum, which is at least 1; one that does not, all its replicas."""
    scaled: Path = ("resource_pools", 0, "autoscaling_spec", 0, "min_replica_count")
    path: Path = scaled if resource.value(*scaled) is not None else ("resource_pools", 0, "replica_count")
    return Floor(path, _or_else(resource.value(*path), 1), can_scale=False)


def _floor_of_aks(resource: Resource) -> Floor:
    """AKS: `min_count` counts where the pool scales by itself, else `node_count`; `enable_…` is the older name."""
    scales = _or_else(resource.value("auto_scaling_enabled"), resource.value("enable_auto_scaling"))
    if isinstance(scales, Unknown):
        return Floor(("auto_scaling_enabled",), scales, can_scale=False)
    name, default = ("min_count", 0) if scales is True else ("node_count", 1)
    return Floor((name,), _or_else(resource.value(name), default), can_scale=scales is True)


def _or_else(value: Value, default: Value) -> Value:
    return default if value is None else value


def _is_open(value: Value) -> bool:
    return isinstance(value, (Unknown, Partial)) or not isinstance(value, (int, float))
