"""Finds the model that a machine or a pod serves, and the GPUs it is given, across clouds and kinds.

What names the model: a SageMaker model's environment and data, start scripts, a container's command, arguments,
environment and image, a KServe or llm-d model, a KAITO preset, a model of Vertex AI's garden. Values that may be secret
are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.fields import at, text
from finops_lint.catalog.models import Model, model_at, model_of
from finops_lint.catalog.serving import Serving, engine_of, serving_of, servings_of_script
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.compute import Gpus, Use, entries, gpus, uses
from finops_lint.rules.context import Context
from finops_lint.rules.scripts import scripts

if TYPE_CHECKING:
    from finops_lint.catalog.kubernetes.nodes import Node


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
        context.answers[key] = list(_cases(resource, context))
    known: list[Case] = context.answers[key]
    return known


def _cases(resource: Resource, context: Context) -> Iterator[Case]:
    if "/" not in resource.type:
        return _of_machines(resource, context)
    from finops_lint.rules.served_by_pods import cases_of_pods  # and with it all there is to know of clusters

    return cases_of_pods(resource, context)


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
        yield Case(serving, model, because, given, use.path, use, is_published=is_published(serving.model))


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
            yield Case(serving, known, because, given, use.path, use, is_published=is_published(serving.model))


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


def is_published(name: str) -> bool:
    """Whether `name` is a published id and not a path or a bucket, where anybody may have put anything."""
    return re.fullmatch(r"(hf://)?[A-Za-z0-9][\w.-]*/[\w.-]+(:[\w.-]+)?", name) is not None
