"""Says how a resource buys its machines: on demand, spot, or from capacity that is reserved already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from finops_lint.model.records import record
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Partial, Path, Unknown, Value

Changes = tuple[tuple[Path, Value], ...]


@record(frozen=True, slots=True)
class Purchase:
    """How the machines of a resource are bought."""

    kind: str
    """`on-demand`, `spot`, `reserved` or `unknown`."""
    path: Path = ()
    """The attribute that says so, or would."""
    because: str = ""
    """For `reserved`: what it is bought with."""
    to_spot: Changes = ()
    """What turns it into spot; empty where that takes more than attributes."""
    unknown: Unknown | None = None


def purchase_of(resource: Resource, graph: Graph) -> Purchase | None:
    """How `resource` buys its machines; None for types that buy none."""
    reader = _READERS.get(resource.type)
    if reader is None:
        return None
    found = reader(resource)
    if found.kind != "on-demand":
        return found
    for template in graph.targets(resource, "aws_launch_template"):
        inherited = _market(template)
        if inherited.kind != "on-demand":
            return inherited
    return found


def _first(*answers: Purchase | None) -> Purchase | None:
    return next((answer for answer in answers if answer is not None), None)


def _switch(
    resource: Resource, path: Path, spot: Sequence[Value], *, reserved: Mapping[str, str] | None = None
) -> Purchase | None:
    """What the value at `path` says: spot for one of `spot`, reserved for one of `reserved`, else nothing."""
    value = resource.value(*path)
    if isinstance(value, (Unknown, Partial)):
        return Purchase("unknown", path, unknown=value if isinstance(value, Unknown) else value.rest)
    if value in spot and value is not None:
        return Purchase("spot", path)
    because = (reserved or {}).get(value) if isinstance(value, str) else None
    return Purchase("reserved", path, because) if because else None


def _held(resource: Resource, path: Path, because: str) -> Purchase | None:
    """Reserved if anything is written at `path`."""
    return Purchase("reserved", path, because) if resource.value(*path) is not None else None


def _market(resource: Resource) -> Purchase:
    """EC2 instances and launch templates."""
    market: Path = ("instance_market_options", 0, "market_type")
    target: Path = ("capacity_reservation_specification", 0, "capacity_reservation_target")
    preference: Path = ("capacity_reservation_specification", 0, "capacity_reservation_preference")
    return _first(
        _switch(resource, market, ["spot"], reserved={"capacity-block": "a capacity block"}),
        _held(resource, target, "a capacity reservation"),
        _switch(resource, preference, [], reserved={"capacity-reservations-only": "capacity reservations only"}),
    ) or Purchase("on-demand", ("instance_market_options",), to_spot=((market, "spot"),))


def _group(resource: Resource) -> Purchase:
    """Auto Scaling groups: the share of a mixed policy that is on demand, 100 % if not said."""
    policy: Path = ("mixed_instances_policy", 0)
    base: Path = (*policy, "instances_distribution", 0)
    share: Path = (*base, "on_demand_percentage_above_base_capacity")
    value = resource.value(*share)
    if isinstance(value, (Unknown, Partial)):
        return Purchase("unknown", share, unknown=value if isinstance(value, Unknown) else value.rest)
    if isinstance(value, (int, float)) and value < 100:
        return Purchase("spot", share)
    mixed = resource.value(*policy) is not None
    path: Path = share if value is not None else ("mixed_instances_policy",) if mixed else ("launch_template",)
    return Purchase("on-demand", path, to_spot=((share, 0),) if mixed else ())


def _node_group(resource: Resource) -> Purchase:
    path: Path = ("capacity_type",)
    return _switch(resource, path, ["SPOT"], reserved={"CAPACITY_BLOCK": "a capacity block"}) or Purchase(
        "on-demand", path, to_spot=((path, "SPOT"),)
    )


def _batch(resource: Resource) -> Purchase:
    path: Path = ("compute_resources", 0, "type")
    spot = {"EC2": "SPOT", "FARGATE": "FARGATE_SPOT"}.get(str(resource.value(*path)), "")
    return _switch(resource, path, ["SPOT", "FARGATE_SPOT"]) or Purchase(
        "on-demand", path, to_spot=((path, spot),) if spot else ()
    )


def _training_job(resource: Resource) -> Purchase:
    path: Path = ("enable_managed_spot_training",)
    return _first(
        _held(resource, ("resource_config", 0, "training_plan_arn"), "a training plan"),
        _held(resource, ("serverless_job_config",), "serverless training, billed by token"),
        _switch(resource, path, [True]),
    ) or Purchase("on-demand", path, to_spot=((path, True),))


def _gce(resource: Resource) -> Purchase:
    """Compute Engine: spot also wants `preemptible`, and no automatic restart."""
    model: Path = ("scheduling", 0, "provisioning_model")
    explained = {"FLEX_START": "Flex-start", "RESERVATION_BOUND": "a reservation"}
    return _first(
        _switch(resource, model, ["SPOT"], reserved=explained),
        _switch(resource, ("scheduling", 0, "preemptible"), [True]),
        _switch(resource, ("reservation_affinity", 0, "type"), [], reserved={"SPECIFIC_RESERVATION": "a reservation"}),
    ) or Purchase(
        "on-demand",
        ("scheduling",),
        to_spot=(
            (model, "SPOT"),
            (("scheduling", 0, "preemptible"), True),
            (("scheduling", 0, "automatic_restart"), False),
        ),
    )


def _gke(resource: Resource) -> Purchase:
    node: Path = ("node_config", 0)
    affinity: Path = (*node, "reservation_affinity", 0, "consume_reservation_type")
    return _first(
        _switch(resource, (*node, "spot"), [True]),
        _switch(resource, (*node, "preemptible"), [True]),
        _held_if_true(resource, (*node, "flex_start"), "Flex-start"),
        _held_if_true(resource, ("queued_provisioning", 0, "enabled"), "queued provisioning"),
        _switch(resource, affinity, [], reserved={"SPECIFIC_RESERVATION": "a reservation"}),
    ) or Purchase("on-demand", (*node, "spot"), to_spot=(((*node, "spot"), True),))


def _held_if_true(resource: Resource, path: Path, because: str) -> Purchase | None:
    value = resource.value(*path)
    if isinstance(value, Unknown):
        return Purchase("unknown", path, unknown=value)
    return Purchase("reserved", path, because) if value is True else None


def _azure(resource: Resource) -> Purchase:
    """Virtual machines and AKS pools; a spot one must also say what happens to it on eviction."""
    path: Path = ("priority",)
    gone = "Deallocate" if "virtual_machine" in resource.type else "Delete"
    return _first(
        _held(resource, ("capacity_reservation_group_id",), "a capacity reservation"),
        _switch(resource, path, ["Spot"]),
    ) or Purchase("on-demand", path, to_spot=((path, "Spot"), (("eviction_policy",), gone)))


def _azure_ml(resource: Resource) -> Purchase:
    path: Path = ("vm_priority",)
    return _switch(resource, path, ["LowPriority", "lowpriority"]) or Purchase(
        "on-demand", path, to_spot=((path, "LowPriority"),)
    )


_READERS: Mapping[str, Callable[[Resource], Purchase]] = {
    "aws_instance": _market,
    "aws_autoscaling_group": _group,
    "aws_eks_node_group": _node_group,
    "aws_batch_compute_environment": _batch,
    "aws_sagemaker_training_job": _training_job,
    "google_compute_instance": _gce,
    "google_container_node_pool": _gke,
    "azurerm_linux_virtual_machine": _azure,
    "azurerm_windows_virtual_machine": _azure,
    "azurerm_kubernetes_cluster_node_pool": _azure,
    "azurerm_machine_learning_compute_cluster": _azure_ml,
}


def shares_queue_with_spot(resource: Resource, graph: Graph) -> bool:
    """Whether a Batch job queue tries a spot environment beside this one, so that this one is the fallback."""
    return any(
        other.address != resource.address and _batch(other).kind == "spot"
        for queue in graph.sources(resource, "aws_batch_job_queue")
        for other in graph.targets(queue, "aws_batch_compute_environment")
    )


def batch_environments(graph: Graph) -> Iterator[Resource]:
    """The Batch compute environments of the project, any of which may run a job."""
    for resource in graph.resources:
        if resource.type == "aws_batch_compute_environment":
            yield resource
