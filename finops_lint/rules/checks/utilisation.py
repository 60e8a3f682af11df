"""Checks on how much GPUs were used, by figures the user's monitoring exported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.catalog.measurements import percentage
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.measured import Measured
from finops_lint.model.money import Money
from finops_lint.model.resource import Resource
from finops_lint.rules.compute import Gpus, gpus, uses_with_templates
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import stake

_HASHED = "-[a-z0-9]{6,10}-[a-z0-9]{5}"
_POD_NAMES = {
    "/Deployment": _HASHED,
    "/StatefulSet": r"-\d+",
    "/Job": "-[a-z0-9]{5}",
    "/PyTorchJob": r"-(?:master|worker)-\d+",
    "/InferenceService": f"-predictor(?:-\\d+-deployment)?{_HASHED}",
    "/LLMInferenceService": f"-kserve{_HASHED}",
    "/NIMService": _HASHED,
}
"""Kind → what its controller adds to the object's name for each pod."""
_SERVING = ("inference", "embedding")


def below_target(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """GPUs that were used less than their workload should use them."""
    series = [*_stated(params["measured"]), *context.settings.measured]
    found = [m for m in series if _is_of(m, resource, context)] if series else []
    count = _count(resource, context) if found else 0
    if not count:
        return
    samples = sum(m.samples for m in found)
    used = (
        sum(
            (_of_one(m, count if resource.type.startswith("aws_sagemaker") else 1) * m.samples for m in found),
            Decimal(0),
        )
        / samples
    )
    workload = context.workload(resource)
    target = Decimal(str(params["training" if workload.kind == "training" else "inference"]))
    if used >= target:
        return
    whose = f" for {workload.kind}" if workload.kind in (*_SERVING, "training") else ""
    spare = 1 - used / target
    words = (
        f"The GPUs were used to {used:.0f} % on average (by the export: {samples:,} "
        f"sample{'' if samples == 1 else 's'}); the target{whose} is {target:.0f} %. At that use about "
        f"{spare * 100:.0f} % of them would be spare: fewer or smaller machines, or more work on each, if peaks allow."
    )
    yield context.finding(
        resource, words, inferred_from=workload.because, saving=_spare_money(resource, context, spare)
    )


def _stated(texts: Iterable[str]) -> Iterator[Measured]:
    """What the parameter `measured` says: `address=percent`; what is none is left out."""
    for text in texts:
        name, _, figure = str(text).rpartition("=")
        percent = percentage(figure)
        if name and percent is not None:
            yield Measured((name.strip(),), percent, 1)


def _is_of(measured: Measured, resource: Resource, context: Context) -> bool:
    names = _names(resource, context)
    if "/" not in resource.type:
        return any(name in names for name in measured.names)
    space = resource.value("metadata", "namespace")
    if measured.space and measured.space != (space if isinstance(space, str) and space else "default"):
        return resource.address in measured.names
    rest = next((r for kind, r in _POD_NAMES.items() if resource.type.endswith(kind)), "")
    pods = [re.compile(re.escape(n) + rest) for n in names if "/" not in n]
    return any(name in names or any(p.fullmatch(name) for p in pods) for name in measured.names)


def _names(resource: Resource, context: Context) -> set[str]:
    """What monitoring may call it: its address, its name, its Name tag, the endpoint of a configuration."""
    found = {
        resource.address,
        resource.value("name"),
        resource.value("metadata", "name"),
        resource.value("node_group_name"),
    }
    for endpoint in context.graph.sources(resource, "aws_sagemaker_endpoint"):
        found |= {endpoint.address, endpoint.value("name")}
    tags = resource.tags.effective
    if isinstance(tags, Mapping):
        found.add(tags.get("Name"))
    return {name for name in found if isinstance(name, str) and name}


def _count(resource: Resource, context: Context) -> int:
    """How many GPUs each machine has; 0 where none is known, 1 for pods, whose series are one a GPU."""
    if "/" in resource.type:
        from finops_lint.rules.checks.pods import asks_for_accelerators

        return int(asks_for_accelerators(resource, context))
    for use in uses_with_templates(resource, context.graph):
        found = gpus(use, context.machines)
        if isinstance(found, Gpus):
            return found.count
    return 0


def _of_one(measured: Measured, count: int) -> Decimal:
    """Use of one GPU: CloudWatch adds up the GPUs of a SageMaker endpoint, so that four at full use are 400."""
    return min(measured.percent / count if measured.is_sum else measured.percent, Decimal(100))


def _spare_money(resource: Resource, context: Context, spare: Decimal) -> Money | None:
    affected = (resource, *context.pricing.priced_through(resource.address))
    paid = stake(affected, context.graph, context.pricing).money
    return Money(paid.amount * spare, paid.currency) if paid is not None and paid.expected > 0 else None
