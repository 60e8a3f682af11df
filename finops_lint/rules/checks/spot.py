"""Checks on spot capacity: training that pays the full price, and spot jobs that nothing tries again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.kubernetes.requirements import requirements
from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.compute import Gpus, gpus, uses_with_templates
from finops_lint.rules.context import Context
from finops_lint.rules.purchase import Purchase, batch_environments, purchase_of, shares_queue_with_spot

Verdicts = Iterator[Finding | Undecided]

_KINDS = {"batch-job": "a batch job"}
"""Workloads whose name is no word of a sentence → what to call them."""
_HOSTS = ("aws_batch_compute_environment", "aws_autoscaling_group", "aws_eks_node_group", "google_container_node_pool")
"""What has machines for jobs, and is none itself."""


_BY_NAME = ("name", "node group name", "tag Name =", "label", "module", "image")
"""How the reasons begin that rest on a name somebody gave."""


def training_on_demand(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """Training, or a GPU batch job, on machines bought on demand though spot would do.

    A reservation, capacity block or training plan is paid for already and passes.
    """
    if resource.type == "karpenter.sh/NodePool":
        yield from _pool_on_demand(resource, context)
        return
    interruptible = _can_be_interrupted(resource, context)
    if isinstance(interruptible, Unknown):
        yield context.undecided(resource, [interruptible])
        return
    if not interruptible:
        return
    bought = purchase_of(resource, context.graph)
    if bought is None or bought.kind in ("spot", "reserved"):
        return
    if bought.unknown is not None:
        yield context.undecided(resource, [bought.unknown], path=bought.path)
        return
    if resource.type == "aws_batch_compute_environment" and shares_queue_with_spot(resource, context.graph):
        return
    yield _on_demand(resource, context, bought)


def _pool_on_demand(resource: Resource, context: Context) -> Verdicts:
    """A NodePool for training, by its name and labels, that never buys spot."""
    workload = context.workload(resource)
    way = ("spec", "template", "spec", "requirements")
    wanted = [r for r in requirements(resource.value(*way)) if r.key == "karpenter.sh/capacity-type"]
    if workload.kind != "training" or any("reserved" in r.values for r in wanted):
        return
    unknown = next((r.unknown for r in wanted if r.unknown is not None), None)
    if unknown is not None:
        yield context.undecided(resource, [unknown], path=way)
    elif not wanted or not any(r.allows("spot") for r in wanted):
        message = (
            f"This pool is for {workload.kind} ({workload.because}) and buys on demand only. Allow spot too in "
            "karpenter.sh/capacity-type: Karpenter takes it first, and it costs 60 to 90 % less; "
            "jobs go on from their last checkpoint."
        )
        yield context.finding(resource, message, path=way, inferred_from=workload.because)


def _can_be_interrupted(resource: Resource, context: Context) -> bool | Unknown:
    """Whether it is training, or a batch job with GPUs; a name alone says training only of machines with GPUs.

    An environment in which people are trained is called so, too.
    """
    workload = context.workload(resource)
    if workload.kind == "training" and not workload.because.startswith(_BY_NAME):
        return True
    if workload.kind not in ("training", "batch-job"):
        return False
    found = [gpus(use, context.machines) for use in uses_with_templates(resource, context.graph)]
    if any(isinstance(each, Gpus) for each in found):
        return True
    return next((each for each in found if isinstance(each, Unknown)), False) if workload.kind == "training" else False


def _on_demand(resource: Resource, context: Context, bought: Purchase) -> Finding:
    workload = context.workload(resource)
    advice = "Spot machines cost 60 to 90 % less; the job continues from its last checkpoint when one is taken away."
    if resource.type == "aws_sagemaker_training_job":
        advice = "Managed spot training costs up to 90 % less; SageMaker restarts the job from its last checkpoint."
    elif resource.type == "aws_batch_compute_environment":
        advice = (
            "Spot machines cost 60 to 90 % less; a job that loses its machine runs again if its retry strategy allows."
        )
    elif resource.type == "aws_autoscaling_group" and not bought.to_spot:
        advice += " Give the group a mixed_instances_policy with an on-demand share of 0."
    remedy = Remedy(resource.address, bought.to_spot, "buy spot") if bought.to_spot else None
    what = _KINDS.get(workload.kind, workload.kind)
    subject = "This runs batch jobs" if what == "a batch job" and resource.type in _HOSTS else f"This is {what}"
    return context.finding(
        resource,
        f"{subject} ({workload.because}) at the on-demand price. {advice}",
        path=bought.path,
        remedy=remedy,
        inferred_from=workload.because,
    )


def without_retry(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """A Batch job that may run on spot machines and is not tried again when one is taken away."""
    bought = [purchase_of(env, context.graph) for env in batch_environments(context.graph)]
    if not any(p is not None and p.kind == "spot" for p in bought):
        return
    attempts = resource.value("retry_strategy", 0, "attempts")
    if isinstance(attempts, Unknown):
        yield context.undecided(resource, [attempts], path=("retry_strategy", 0, "attempts"))
    elif attempts is None or attempts < 2:
        yield context.finding(
            resource,
            "The compute environment buys spot machines, but a job that loses its machine is not started again. "
            "Allow at least two attempts.",
            path=("retry_strategy", 0, "attempts"),
            remedy=Remedy(resource.address, ((("retry_strategy", 0, "attempts"), 3),), "allow three attempts"),
        )
