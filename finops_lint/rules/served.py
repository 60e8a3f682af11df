"""Finds the model that a machine or a pod serves, and the GPUs it is given, across clouds and kinds.

What names the model: a SageMaker model's environment and data, start scripts, a container's command, arguments,
environment and image, a KServe or llm-d model, a KAITO preset, a model of Vertex AI's garden. Values that may be secret
are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from finops_lint.catalog.gpus import gpu_model
from finops_lint.catalog.kubernetes.devices import GPU_LABELS
from finops_lint.catalog.kubernetes.fields import at, text
from finops_lint.catalog.kubernetes.node_labels import MACHINE_LABELS
from finops_lint.catalog.kubernetes.nodes import Node
from finops_lint.catalog.kubernetes.pods import Pods
from finops_lint.catalog.kubernetes.requirements import wishes_of
from finops_lint.catalog.kubernetes.served_models import is_model_server, server_of
from finops_lint.catalog.models import Model, model_at, model_of
from finops_lint.catalog.serving import Serving, engine_of, serving_of, servings_of_script
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.checks.pods import node_of, pods_made
from finops_lint.rules.compute import Gpus, Use, entries, gpus, uses
from finops_lint.rules.context import Context
from finops_lint.rules.scripts import scripts


@record(frozen=True, slots=True)
class Case:
    """A model on GPUs."""

    serving: Serving
    model: Model
    because: str
    """What names the model, for a person: "vllm serve in user_data"."""
    gpus: Gpus
    """What the server is given; a memory of 0 is not known."""
    path: Path
    """The attribute a finding points to."""
    use: Use | None = None
    """The machine, where the resource names it itself."""
    node: Node | None = None
    """The machine, where pods run on it."""
    pods: Decimal = Decimal(0)
    """How many pods serve it; 0 where that is not known."""
    vcpu: Decimal = Decimal(0)
    """Cores that a pod asks for: no machine with fewer takes it."""
    memory_gib: Decimal = Decimal(0)
    """Memory that a pod asks for."""
    is_published: bool = False
    """Whether the model is named by its published id, so that nobody can have made it smaller."""

    @property
    def called(self) -> str:
        """The machine, or what of it."""
        if self.use is not None:
            return str(self.use.name)
        return self.node.name if self.node else "The pod"


def cases(resource: Resource, context: Context) -> list[Case]:
    """The models that `resource` serves on GPUs of its own; worked out once for all rules."""
    key = ("served", id(resource))
    if key not in context.answers:
        found = _of_pods if "/" in resource.type else _of_machines
        context.answers[key] = list(found(resource, context))
    known: list[Case] = context.answers[key]
    return known


# Machines


def _of_machines(resource: Resource, context: Context) -> Iterator[Case]:
    if resource.type == "aws_sagemaker_endpoint_configuration":
        yield from _of_variants(resource, context)
        return
    use = next(iter(uses(resource)), None)
    given = gpus(use, context.machines) if use else None
    if use is None or not isinstance(given, Gpus):
        return
    if resource.type == "google_vertex_ai_endpoint_with_model_garden_deployment":
        garden = _of_garden(resource)
        found = [(garden, garden.because)]
    else:
        found = [
            (s, f"{s.because} in {name}") for name, script in scripts(resource) for s in servings_of_script(script)
        ]
    if len(found) != 1:
        return  # several servers share the machine: which has how much is not in the text
    serving, because = found[0]
    model = model_of(serving.model)
    if model is not None:
        yield Case(serving, model, because, given, use.path, use, is_published=_is_published(serving.model))


def _of_garden(resource: Resource) -> Serving:
    for name in ("hugging_face_model_id", "publisher_model_name"):
        value = resource.value(name)
        if isinstance(value, str):
            return Serving(value.replace("@", "/"), name, "vertex")
    return Serving()


def _of_variants(resource: Resource, context: Context) -> Iterator[Case]:
    variants = [use for use in uses(resource) if use.path[0] == "production_variants"]
    models = list(context.graph.targets(resource, "aws_sagemaker_model"))
    if len(variants) != 1 or len(models) != 1:
        return
    use, model = variants[0], models[0]
    given = gpus(use, context.machines)
    found = list(_of_sagemaker(model))
    if isinstance(given, Gpus) and len(found) == 1:
        serving, because = found[0]
        known = model_at(serving.model)
        if known is not None:
            because = f"{because} of {model.address}"
            yield Case(serving, known, because, given, use.path, use, is_published=_is_published(serving.model))


def _of_sagemaker(model: Resource) -> Iterator[tuple[Serving, str]]:
    for block in ("primary_container", "container"):
        for path, container in entries(model.values, (block, "*")):
            variables = _variables(at(container, ("environment",)), model.is_sensitive((*path, "environment")))
            serving = serving_of([], variables, engine=engine_of(text(at(container, ("image",)))))
            data = at(container, ("model_data_url",))
            if data is None:
                data = at(container, ("model_data_source", 0, "s3_data_source", 0, "s3_uri"))
            if serving.model and not serving.model.startswith("/"):
                yield serving, serving.because
            elif isinstance(data, str):
                yield replace(serving, model=data), "the model's data"


def _variables(value: Value, is_secret: bool) -> dict[str, str | None]:
    if isinstance(value, Partial):
        value = value.known
    if is_secret or not isinstance(value, Mapping):
        return {}
    return {str(k): None if isinstance(v, Unknown) else text(v) for k, v in value.items()}


def _is_published(name: str) -> bool:
    return re.fullmatch(r"(hf://)?[A-Za-z0-9][\w.-]*/[\w.-]+(:[\w.-]+)?", name) is not None


# Pods


def _of_pods(resource: Resource, context: Context) -> Iterator[Case]:
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
        is_published=_is_published(serving.model),
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
