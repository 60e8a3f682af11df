"""The model that pods serve and the memory it needs of each GPU; sizes by hand: parameters × bits ÷ 8 ÷ GPUs ÷ 0.9."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_lint.catalog.kubernetes.kinds import Kinds
from finops_lint.catalog.kubernetes.pods import pods_of

VLLM = "vllm/vllm-openai:v0.10.0"


def server(gpus: int, *args: str, **more: Any) -> dict[str, Any]:
    return {"image": VLLM, "args": list(args), "resources": {"limits": {"nvidia.com/gpu": gpus}}, **more}


def deployment(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(containers)}}}}


def asked(kind: str, values: dict[str, Any]) -> tuple[str, float]:
    found = Kinds().get(kind)
    assert found is not None
    [pods] = pods_of(values, found)
    return pods.ask.serves, round(float(pods.ask.gpu_memory_gib), 1)


@pytest.mark.parametrize(
    ("kind", "values", "model", "gib"),
    [
        # 70.55 × 10⁹ × 2 bytes = 131.4 GiB, over four GPUs, of which nine tenths are used
        ("apps/Deployment", deployment(server(4, "--model=meta-llama/Llama-3.1-70B-Instruct")), "llama-3.1-70b", 36.5),
        # 8.03 × 10⁹ × 2 bytes = 14.96 GiB
        ("apps/Deployment", deployment(server(1, "--model=meta-llama/Llama-3.1-8B-Instruct")), "llama-3.1-8b", 16.6),
        (
            "apps/Deployment",
            deployment(server(1, "--model=meta-llama/Llama-3.1-8B-Instruct", "--gpu-memory-utilization=0.95")),
            "llama-3.1-8b",
            15.7,
        ),
        (
            "serving.kserve.io/InferenceService",
            {
                "spec": {
                    "predictor": {
                        "model": {
                            "modelFormat": {"name": "huggingface"},
                            "args": ["--model_id=meta-llama/Llama-3.1-8B-Instruct"],
                            "resources": {"limits": {"nvidia.com/gpu": "1"}},
                        }
                    }
                }
            },
            "llama-3.1-8b",
            16.6,
        ),
    ],
)
def test_a_server_tells_what_its_gpus_must_hold(kind: str, values: dict[str, Any], model: str, gib: float) -> None:
    assert asked(kind, values) == (model, gib)


@pytest.mark.parametrize(
    "values",
    [
        deployment({**server(1), "image": "registry.example/own-server"}),
        deployment(server(1, "--model=$(MODEL)")),
        deployment(server(2, "--model=meta-llama/Llama-3.1-70B-Instruct", "--pipeline-parallel-size=2")),
    ],
)
def test_what_the_text_does_not_tell_asks_for_no_memory(values: dict[str, Any]) -> None:
    assert asked("apps/Deployment", values) == ("", 0.0)


def test_memory_that_is_not_known_is_zero_of_a_decimal() -> None:
    found = Kinds().get("core/Pod")
    assert found is not None
    [pods] = pods_of({"spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": 1}}}]}}, found)
    assert pods.ask.gpu_memory_gib == Decimal(0)
