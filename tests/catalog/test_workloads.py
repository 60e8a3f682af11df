"""What a workload is, and what we infer it from."""

from __future__ import annotations

import pytest

from finops_lint.catalog.workloads import infer
from finops_lint.model.resource import Graph, Reference, Resource, Tags
from finops_lint.model.settings import WorkloadOverride
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Unknown, Value


def thing(label: str = "x", kind: str = "aws_instance", *, tags: Value = None, **values: Value) -> Resource:
    held = {} if tags is None else tags
    return Resource(
        address=f"{kind}.{label}",
        type=kind,
        name=label,
        provider="aws",
        dialect="terraform",
        project="p",
        region="us-east-1",
        values=values,
        span=Span("ml/main.tf", 1),
        tags=Tags(held, {}, held, ("tags",)),
    )


@pytest.mark.parametrize(
    ("resource", "kind", "because"),
    [
        (thing(tags={"workload_type": "inference"}), "inference", "tag workload_type = inference"),
        (thing(tags={"Workload": "batch-job"}), "batch-job", "tag Workload = batch-job"),
        (thing("training", tags={"workload_type": "inference"}), "inference", "tag workload_type = inference"),
        (thing("llm_training"), "training", "name llm_training"),
        (thing("FineTuneWorker"), "training", "name FineTuneWorker"),
        (thing("pre_train"), "training", "name pre_train"),
        (thing("x", name="embedding-server"), "embedding", "name embedding-server"),
        (thing("vllm"), "inference", "name vllm"),
        (thing("jupyter"), "notebook", "name jupyter"),
        (thing("x", tags={"Name": "dev-box"}), "development", "tag Name = dev-box"),
        (thing("x", tags={"finops:environment": "dev"}), "development", "tag finops:environment = dev"),
        (thing("x", "aws_sagemaker_endpoint"), "inference", "type aws_sagemaker_endpoint"),
        (thing("training", "aws_sagemaker_endpoint"), "inference", "type aws_sagemaker_endpoint"),
        (thing("training", "aws_batch_compute_environment"), "training", "name training"),
        (thing("x", "aws_batch_compute_environment"), "batch-job", "type aws_batch_compute_environment"),
        (thing("web"), "unknown", ""),
        (thing("constrained"), "unknown", ""),
        (thing("observer"), "unknown", ""),
        (thing(tags={"workload_type": Unknown("var.kind")}), "unknown", ""),
        (
            thing(tags=Partial({"workload_type": "training"}, Unknown("more"))),
            "training",
            "tag workload_type = training",
        ),
    ],
)
def test_tags_come_before_types_and_types_before_names(resource: Resource, kind: str, because: str) -> None:
    found = infer(resource, Graph([resource]))
    assert (found.kind, found.because) == (kind, because)


def test_a_module_may_tell() -> None:
    from dataclasses import replace

    inner = replace(thing("this"), module="module.platform.module.training")
    assert infer(inner, None).because == "module training"


def test_a_launch_template_is_for_what_its_group_is_for() -> None:
    template = thing("this", "aws_launch_template")
    from dataclasses import replace

    group = replace(
        thing("inference", "aws_autoscaling_group"),
        references=(Reference(("launch_template",), template.address),),
    )
    assert infer(template, Graph([template, group])).kind == "inference"


@pytest.mark.parametrize(
    ("override", "kind"),
    [
        (WorkloadOverride("training", addresses=("aws_instance.*",)), "training"),
        (WorkloadOverride("training", paths=("ml/*",)), "training"),
        (WorkloadOverride("training", tags={"team": "ml"}), "training"),
        (WorkloadOverride("training", addresses=("aws_instance.*",), tags={"team": "web"}), "inference"),
        (WorkloadOverride("training"), "inference"),
    ],
)
def test_the_user_has_the_last_word(override: WorkloadOverride, kind: str) -> None:
    resource = thing("inference", tags={"team": "ml"})
    assert infer(resource, None, [override]).kind == kind


def test_sensitive_tags_tell_nothing() -> None:
    from dataclasses import replace

    resource = replace(thing(tags={"workload_type": "training"}), sensitive=frozenset({("tags",)}))
    assert infer(resource, None).kind == "unknown"
