"""Finds the model that pods serve and the GPUs they are given: on a machine the text names, or one they may run on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops_lint.catalog.gpus import gpu_model
from finops_lint.catalog.kubernetes.devices import GPU_LABELS
from finops_lint.catalog.kubernetes.node_labels import MACHINE_LABELS
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Pods
from finops_lint.catalog.kubernetes.requirements import wishes_of
from finops_lint.catalog.kubernetes.served_models import is_model_server, server_of
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.checks.pods import node_of, pods_made
from finops_lint.rules.compute import Gpus
from finops_lint.rules.context import Context
from finops_lint.rules.served import Case, is_published


def cases_of_pods(resource: Resource, context: Context) -> Iterator[Case]:
    """The model that the pods of `resource` serve; none where several groups of them serve one together."""
    groups = [p for p in pods_made(resource, context) if p.ask.is_accelerated or p.machine is not None]
    if len(groups) != 1:
        return  # several groups serve one model together
    pods = groups[0]
    asked = pods.ask.devices.get("nvidia.com/gpu")
    node = node_of(resource, context, pods)
    known = node if isinstance(node, Node) and node.machine is not None else None
    if pods.machine is not None and known is not None and asked is None:
        asked = known.gpus
    found = server_of(resource.type, resource.values, pods, asked)
    if found is None:
        return
    serving, model, count_of_gpus = found
    given = Gpus(gpu_model(known.gpu_name) if known else "", count_of_gpus, _memory(known, pods, context))
    path = (*pods.path, "containers") if pods.spec else pods.path
    yield Case(
        serving,
        model,
        serving.because,
        given,
        path,
        node=known,
        pods=_known(pods.count.expected),
        is_published=is_published(serving.model),
        vcpu=_known(pods.ask.cpu),
        memory_gib=_known(pods.ask.memory_gib),
    )


def _known(number: Decimal | Unknown | None) -> Decimal:
    """`number`, or 0 where it is not known."""
    return number if isinstance(number, Decimal) else Decimal(0)


def has_server(resource: Resource, context: Context) -> bool:
    """Whether the pods of `resource` run a model server, whichever model it loads."""
    return any(is_model_server(resource.type, pods) for pods in pods_made(resource, context))


def _memory(node: Node | None, pods: Pods, context: Context) -> Decimal:
    """Memory of each GPU; 0 unless the text says which GPU it is."""
    if node is None or node.machine is None or not _is_told(node, pods):
        return Decimal(0)
    attached = context.machines.accelerator(node.attached) if node.attached else None
    return attached.gpu_memory_gib if attached else node.machine.gpu_memory_gib


def _is_told(node: Node, pods: Pods) -> bool:
    """Whether the text names machine or GPU, so that no cheapest one was taken."""
    wishes = wishes_of(pods.spec)
    listed = node.pool.machines if node.pool else ()
    return (
        pods.machine is not None or not node.doubt or len(listed) == 1 or bool(wishes.of(*MACHINE_LABELS, *GPU_LABELS))
    )
