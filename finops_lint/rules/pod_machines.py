"""Finds the machines with GPUs that pods and the pools behind them name, and what a machine must have for such pods."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops_lint.catalog.kubernetes.devices import GPU_LABELS
from finops_lint.catalog.kubernetes.fields import as_list, as_map
from finops_lint.catalog.kubernetes.node_labels import MACHINE_LABELS
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown
from finops_lint.rules.checks.pods import node_of, pods_made
from finops_lint.rules.compute import Gpus, Use, gpus
from finops_lint.rules.context import Context

_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")


def machines_named(resource: Resource, context: Context) -> Iterator[tuple[Use, Gpus | Unknown]]:
    """The machines that a pool, or the selectors of pods, name, with their GPUs; none without."""
    yield from _named_by_pool(resource, context)
    yield from _named_by_pods(resource, context)


def _named_by_pool(resource: Resource, context: Context) -> Iterator[tuple[Use, Gpus | Unknown]]:
    """The one machine that a Karpenter pool may have; of several, Karpenter takes the cheapest that does."""
    nodes = context.clusters.of(context.graph).nodes
    pool = next((p for p in nodes.pools if p.address == resource.address), None)
    for number, entry in enumerate(as_list(resource.value(*_REQUIREMENTS)) if pool and pool.is_provisioned else ()):
        says = as_map(entry)
        if pool is None or says.get("key") not in MACHINE_LABELS or len(pool.machines) != 1:
            continue
        region = pool.region or nodes.region_of(pool.cloud)[0]
        path: Path = (*_REQUIREMENTS, number, "values", 0)
        use = Use(replace(resource, region=region), path, pool.machines[0], pool.cloud)
        found = gpus(use, context.machines)
        if found is not None:
            yield use, found


_LIGHTEST = ("notebook", "embedding")
"""Workloads of which a small GPU is known to be enough without a word of the model."""


def _named_by_pods(resource: Resource, context: Context) -> Iterator[tuple[Use, Gpus | Unknown]]:
    """The one machine that the selector of pods with GPUs names; what labels or pools leave open is not judged.

    For the lightest work it is enough that the selector names the GPU.
    """
    by_gpu = GPU_LABELS if context.workload(resource).kind in _LIGHTEST else ()
    for pods in pods_made(resource, context):
        selector = as_map(pods.spec.get("nodeSelector"))
        label = next((name for name in (*MACHINE_LABELS, *by_gpu) if name in selector), None)
        node = node_of(resource, context, pods) if label and pods.ask.is_accelerated else None
        if label is None or not isinstance(node, Node) or node.is_paid:
            continue  # a group in the code is judged where it names its machine
        if node.name != selector[label] and label not in by_gpu:
            continue
        path: Path = (*pods.path, "nodeSelector", label)
        use = Use(replace(resource, region=node.region), path, node.name, node.cloud)
        found = gpus(use, context.machines)
        if found is not None:
            yield use, found


def asked_of_machine(resource: Resource, context: Context, use: Use) -> tuple[Decimal, Decimal]:
    """The vCPU and GiB a machine must have for one of the pods that name this one.

    A node keeps a part of itself for its own services: a quarter of a vCPU, a tenth of the memory and 1 GiB are left.
    """
    ask = next((p.ask for p in pods_made(resource, context) if use.path[: len(p.path)] == p.path), None)
    cpu, memory = (ask.cpu, ask.memory_gib) if ask else (None, None)
    return (
        cpu + Decimal("0.25") if isinstance(cpu, Decimal) else Decimal(0),
        memory * Decimal("1.1") + 1 if isinstance(memory, Decimal) else Decimal(0),
    )
