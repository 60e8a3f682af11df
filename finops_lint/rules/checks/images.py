"""Checks on the container image a machine runs: what its framework can use of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_map, at
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.compute import EACH, entries, gpus, uses
from finops_lint.rules.context import Context

_NEVER = (
    "sagemaker-scikit-learn|sagemaker-sparkml-serving|linear-learner|randomcutforest|factorization-machines"
    r"|(?<![a-z])(?:kmeans|pca|ntm|lda)(?![a-z])"
)
_SERVING = regex(rf"{_NEVER}|sagemaker-xgboost|/xgboost|lightgbm|catboost")
_TRAINING = regex(r"sagemaker-scikit-learn|sagemaker-sparkml-serving|(?<![a-z])lda(?![a-z])")
"""Images of SageMaker that use no GPU: in serving, and (some learn on one) in training."""

_IMAGES: Mapping[str, tuple[str | int, ...]] = {
    "aws_sagemaker_model": ("primary_container", EACH, "image"),
    "aws_sagemaker_training_job": ("algorithm_specification", EACH, "training_image"),
}


_FORMATS = ("sklearn", "xgboost", "lightgbm", "pmml")
"""Models whose servers in KServe compute on the processor (kserve/kserve, python/*server, read 2026-11-21)."""


def gpu_unused(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A machine with a GPU under an image that cannot use it. Several models behind one endpoint: all must be such."""
    if resource.type == "serving.kserve.io/InferenceService":
        yield from _predictor(resource, context)
        return
    is_training = resource.type == "aws_sagemaker_training_job"
    known = _TRAINING if is_training else _SERVING
    holders = [resource] if is_training else list(context.graph.targets(resource, "aws_sagemaker_model"))
    images = [image for holder in holders for _, image in entries(holder.values, _IMAGES[holder.type])]
    named = [known.search(image) if isinstance(image, str) else None for image in images]
    if not images or not all(named):
        return
    what = next(match[0] for match in named if match).strip("/")
    for use in uses(resource):
        found = gpus(use, context.machines)
        if isinstance(found, Unknown):
            yield context.undecided(resource, [found], path=use.path)
        elif found is not None:
            message = f"{use.name} brings a GPU, and {what} does not use one: a machine without it does the same."
            yield context.finding(resource, message, path=use.path, inferred_from=f"image {what}")


def _predictor(resource: Resource, context: Context) -> Iterator[Finding | Undecided]:
    """A model that KServe's own server answers from the processor, and that asks for a GPU."""
    for path in (("spec", "predictor"), ("spec", "default", "predictor")):  # the second of v1alpha2
        predictor = as_map(resource.value(*path))
        named = at(predictor, ("model", "modelFormat", "name"))
        what = next((name for name in _FORMATS if name in predictor or named == name), None)
        if what is None or "containers" in predictor or at(predictor, ("model", "runtime")) is not None:
            continue
        server = as_map(predictor.get(what, predictor.get("model")))
        asked = [at(server, ("resources", part, "nvidia.com/gpu")) for part in ("limits", "requests")]
        unknown = [value for value in asked if isinstance(value, Unknown)]
        if any(quantity(value) for value in asked):
            message = f"The pods ask for a GPU, and KServe's server for {what} does not use one: leave it out."
            yield context.finding(resource, message, path=path, inferred_from=f"a model of {what}")
        elif unknown:
            yield context.undecided(resource, unknown, path=path)
