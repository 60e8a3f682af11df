"""The one place that says what a resource is used for, and why we think so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise

from finops_lint.catalog.environments import CLOUD_TAGS
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.settings import WorkloadOverride
from finops_lint.model.values import Value, known_map

KINDS = ("training", "inference", "embedding", "batch-job", "notebook", "development", "unknown")
"""Everything a workload can be; `unknown` asserts nothing."""

AI_TYPES = (
    "aws_sagemaker_endpoint",
    "aws_sagemaker_endpoint_configuration",
    "aws_sagemaker_inference_component",
    "aws_sagemaker_model",
    "aws_sagemaker_training_job",
    "aws_sagemaker_hyper_parameter_tuning_job",
    "aws_sagemaker_cluster",
    "aws_bedrock_custom_model",
    "aws_bedrock_inference_profile",
    "aws_bedrock_provisioned_model_throughput",
    "aws_bedrockagent_agent",
    "google_vertex_ai_endpoint",
    "google_vertex_ai_index_endpoint",
    "google_vertex_ai_persistent_resource",
    "google_vertex_ai_deployment_resource_pool",
    "google_tpu_v2_vm",
    "azurerm_cognitive_deployment",
    "azurerm_machine_learning_compute_cluster",
    "azurerm_machine_learning_inference_cluster",
)
"""Types that run, or are billed for, a model by themselves."""


@record(frozen=True, slots=True)
class Workload:
    """What a resource is used for."""

    kind: str
    """One of `KINDS`."""
    because: str
    """For a person: "tag workload_type = inference"; empty for `unknown`."""


UNKNOWN = Workload("unknown", "")

_BY_TYPE: Mapping[str, str] = {
    "aws_sagemaker_endpoint": "inference",
    "aws_sagemaker_endpoint_configuration": "inference",
    "aws_sagemaker_inference_component": "inference",
    "aws_sagemaker_training_job": "training",
    "aws_sagemaker_hyper_parameter_tuning_job": "training",
    "aws_sagemaker_notebook_instance": "notebook",
    "aws_sagemaker_space": "notebook",
    "aws_sagemaker_app": "notebook",
    "aws_sagemaker_domain": "notebook",
    "aws_sagemaker_user_profile": "notebook",
    "google_workbench_instance": "notebook",
    "google_notebooks_instance": "notebook",
    "google_notebooks_runtime": "notebook",
    "google_colab_runtime_template": "notebook",
    "azurerm_machine_learning_compute_instance": "notebook",
    "azurerm_machine_learning_inference_cluster": "inference",
    "google_vertex_ai_endpoint": "inference",
    "google_vertex_ai_endpoint_with_model_garden_deployment": "inference",
    "google_vertex_ai_deployment_resource_pool": "inference",
    "aws_batch_compute_environment": "batch-job",
    "aws_batch_job_definition": "batch-job",
    "kubeflow.org/Notebook": "notebook",
    "serving.kserve.io/InferenceService": "inference",
    "serving.kserve.io/LLMInferenceService": "inference",
    "apps.nvidia.com/NIMService": "inference",
    "machinelearning.seldon.io/SeldonDeployment": "inference",
    "ray.io/RayService": "inference",
    "trainer.kubeflow.org/TrainJob": "training",
    **dict.fromkeys(
        (f"kubeflow.org/{k}Job" for k in ("PyTorch", "TF", "MPI", "XGBoost", "Paddle", "JAX", "MX")), "training"
    ),
}

_TAGS = ("workload_type", "workload-type", "workloadtype", "workload", "finops:workload-type", "ml:workload")
"""Keys, in lower case, of tags that name the workload."""

_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("embedding", frozenset({"embedding", "embeddings", "embed", "embedder", "vectorizer"})),
    ("notebook", frozenset({"notebook", "notebooks", "jupyter", "jupyterhub", "workbench", "rstudio"})),
    (
        "training",
        frozenset({"training", "train", "trainer", "trainers", "finetune", "finetuning", "pretrain", "pretraining"}),
    ),
    (
        "inference",
        frozenset(
            {
                "inference",
                "infer",
                "serving",
                "serve",
                "predict",
                "prediction",
                "predictor",
                "vllm",
                "triton",
                "tritonserver",
                "tgi",
                "sglang",
                "ollama",
                "torchserve",
                "lmdeploy",
            }
        ),
    ),
    ("batch-job", frozenset({"batch"})),
    ("development", frozenset({"dev", "development", "sandbox", "playground", "workstation", "devbox"})),
)
"""Kind → words of a name that tell it, the most telling kind first."""

_PAIRS: Mapping[tuple[str, str], str] = {
    ("fine", "tune"): "training",
    ("fine", "tuning"): "training",
    ("pre", "train"): "training",
    ("pre", "training"): "training",
    ("batch", "job"): "batch-job",
    ("model", "server"): "inference",
}

_SPLIT = regex(r"[^a-z0-9]+")
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])")


def infer(resource: Resource, graph: Graph | None, overrides: Iterable[WorkloadOverride] = ()) -> Workload:
    """What `resource` is used for: the user's word, its tags, its type, its name, then what it is attached to."""
    return next(_opinions(resource, graph, tuple(overrides)), UNKNOWN)


def _opinions(resource: Resource, graph: Graph | None, overrides: tuple[WorkloadOverride, ...]) -> Iterator[Workload]:
    secret = resource.is_sensitive(resource.tags.path or ("tags",))
    tags = {} if secret else _plain_tags(resource.tags.effective)
    yield from _overridden(resource, tags, overrides)
    yield from _from_tags(tags)
    by_type = _BY_TYPE.get(resource.type)
    if by_type and by_type != "batch-job":
        yield Workload(by_type, f"type {resource.type}")
    if not _is_client(resource):
        yield from _from_names(resource)
    if by_type:
        yield Workload(by_type, f"type {resource.type}")
    if graph is not None:
        for user in graph.sources(resource, "aws_autoscaling_group", "aws_eks_node_group", "aws_instance"):
            yield from _from_tags(_plain_tags(user.tags.effective), f" of {user.address}")
            yield from _from_names(user)
    yield from _from_environment(tags)


def _overridden(
    resource: Resource, tags: Mapping[str, str], overrides: tuple[WorkloadOverride, ...]
) -> Iterator[Workload]:
    for override in overrides:
        fits = (
            (not override.addresses or any(fnmatchcase(resource.address, glob) for glob in override.addresses))
            and (not override.paths or any(fnmatchcase(resource.span.file, glob) for glob in override.paths))
            and all(tags.get(key) == value for key, value in override.tags.items())
        )
        if fits and (override.addresses or override.paths or override.tags):
            yield Workload(override.kind, "settings: workloads")


def _from_tags(tags: Mapping[str, str], whose: str = "") -> Iterator[Workload]:
    for key, value in tags.items():
        if key.lower() in _TAGS:
            kind = _kind_of_words(value)
            if kind:
                yield Workload(kind, f"tag {key} = {value}{whose}")


def _from_environment(tags: Mapping[str, str]) -> Iterator[Workload]:
    for key, value in tags.items():
        if key.lower() in CLOUD_TAGS and value.lower() in {"dev", "development", "sandbox", "playground"}:
            yield Workload("development", f"tag {key} = {value}")


def _from_names(resource: Resource) -> Iterator[Workload]:
    for what, name in _names(resource):
        kind = _kind_of_words(name)
        if kind:
            yield Workload(kind, f"{what} {name}")


def _names(resource: Resource) -> Iterator[tuple[str, str]]:
    """The names a person gave, the most deliberate first."""
    for attribute in ("name", "node_group_name", "name_prefix", "node_group_name_prefix", "training_job_name"):
        value = resource.value(attribute)
        if isinstance(value, str) and not resource.is_sensitive((attribute,)):
            yield attribute.replace("_", " "), value
    name_tag = _plain_tags(resource.tags.effective).get("Name")
    if name_tag:
        yield "tag Name =", name_tag
    yield "name", resource.name
    labels = resource.value("labels") if resource.type == "aws_eks_node_group" else None
    for key, value in _plain_tags(labels).items():
        yield f"label {key} =", value
    for image in _images(resource):
        yield "image", image
    calls = [step for step in re.split(r"\.(?=module\.)", resource.module) if step]
    for step in reversed(calls):
        yield "module", step.removeprefix("module.")


def _is_client(resource: Resource) -> bool:
    """Whether it runs the clients of an inference server, which its name may speak of: Triton's `…-sdk` images.

    Source: Triton Inference Server container, NVIDIA NGC catalog, read 2026-11-21.
    """
    images = list(_tagged(resource))
    return bool(images) and all("tritonserver:" in image and image.endswith("-sdk") for image in images)


def _images(resource: Resource) -> Iterator[str]:
    """The images of a Kubernetes object's containers, without registry and tag."""
    return (image.partition(":")[0] for image in _tagged(resource))


def _tagged(resource: Resource) -> Iterator[str]:
    """The same images with their tags."""
    if "/" not in resource.type:
        return
    for way in (("spec", "template", "spec", "containers"), ("spec", "containers")):
        containers = resource.value(*way)
        for container in containers if isinstance(containers, list) else ():
            image = container.get("image") if isinstance(container, Mapping) else None
            if isinstance(image, str):
                yield image.partition("@")[0].rpartition("/")[2]


@lru_cache(maxsize=10_000)
def _kind_of_words(text: str) -> str:
    words = [w for w in _SPLIT.split(_CAMEL.sub("-", text).lower()) if w]
    for pair in pairwise(words):
        if pair in _PAIRS:
            return _PAIRS[pair]
    for kind, telling in _WORDS:
        if telling.intersection(words):
            return kind
    return ""


def _plain_tags(tags: Value) -> dict[str, str]:
    return {key: value for key, value in known_map(tags).items() if isinstance(value, str)}
