from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.serving import Serving, engine_of, serving_of, servings_of_script


def test_a_command_says_model_and_memory() -> None:
    found = serving_of(
        [
            "vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len=8192 -tp 2",
            "--kv-cache-dtype",
            "fp8",
            "--max-num-seqs",
            "16",
            "--gpu-memory-utilization=0.95",
        ],
        {},
        engine="vllm",
    )
    assert found == Serving(
        "meta-llama/Llama-3.1-8B-Instruct",
        "vllm serve",
        "vllm",
        tensor=2,
        tokens=8192,
        sequences=16,
        cache_bits=Decimal(8),
        share=Decimal("0.95"),
    )


def test_a_script_in_one_argument_is_read_word_by_word() -> None:
    found = serving_of(["-c", "exec vllm serve 'Qwen/Qwen3-8B' \\\n  --tensor-parallel-size 4 --dtype float32"], {})
    assert (found.model, found.tensor, found.bits) == ("Qwen/Qwen3-8B", 4, Decimal(32))


@pytest.mark.parametrize("words", [["--distributed-executor-backend", "ray"], ["--omni"]])
def test_a_server_whose_ranks_may_be_elsewhere_stays_open(words: list[str]) -> None:
    found = serving_of(["vllm", "serve", "a/b-7b", "--tensor-parallel-size", "4", *words], {})
    assert found.open == {"more"}


def test_ranks_that_are_processes_of_one_server_say_how_many_gpus_it_uses() -> None:
    found = serving_of(["vllm", "serve", "a/b-7b", "-tp", "4", "--distributed-executor-backend=mp"], {})
    assert (found.tensor, found.open) == (4, frozenset())


def test_variables_are_put_in_where_they_are_known() -> None:
    words = ["--model=$(MODEL)", "--tensor-parallel-size=${TP}", "--max-model-len=$LENGTH"]
    found = serving_of(words, {"MODEL": "Qwen/Qwen3-8B", "TP": "2"})
    assert (found.model, found.tensor, found.tokens, found.open) == ("Qwen/Qwen3-8B", 2, 0, frozenset({"tokens"}))


def test_what_is_not_in_the_text_stays_open() -> None:
    found = serving_of(["--model", None, "--quantization", "$Q"], {})
    assert (found.model, found.open) == ("", frozenset({"model", "quantization"}))
    assert "more" in serving_of(["--model", "a/b-7b", "--config", "/etc/vllm.yaml"], {}).open


@pytest.mark.parametrize(
    ("words", "bits"),
    [
        (["--quantization", "awq"], "4.5"),
        (["--quantize", "bitsandbytes-nf4"], "4.5"),
        (["--quantization=fp8"], "8"),
        (["--dtype", "half"], "16"),
    ],
)
def test_flags_say_how_wide_a_weight_is(words: list[str], bits: str) -> None:
    assert serving_of(["--model", "acme/Sonar-7B", *words], {}).bits == Decimal(bits)


def test_bitsandbytes_alone_is_8_bits_to_text_generation_inference() -> None:
    # Quantization, documentation of Text Generation Inference: 4 bits are bitsandbytes-nf4 and bitsandbytes-fp4.
    words = ["--model-id", "acme/Sonar-7B", "--quantize", "bitsandbytes"]
    assert serving_of(words, {}, engine="tgi").bits == Decimal(8)
    assert serving_of(words, {}, engine="vllm").bits == Decimal("4.5")


def test_sagemaker_and_nim_say_it_by_variables() -> None:
    found = serving_of([], {"HF_MODEL_ID": "mistralai/Mistral-7B-v0.1", "SM_NUM_GPUS": "4", "MAX_TOTAL_TOKENS": "4096"})
    assert (found.model, found.because, found.tensor, found.tokens) == (
        "mistralai/Mistral-7B-v0.1",
        "HF_MODEL_ID",
        4,
        4096,
    )
    assert serving_of([], {"SM_VLLM_MODEL": "a/b-7b", "SM_VLLM_TENSOR_PARALLEL_SIZE": "2"}).tensor == 2
    assert serving_of([], {"HF_MODEL_ID": "a/b-7b", "OPTION_TENSOR_PARALLEL_DEGREE": "max"}).tensor == 0


def test_a_start_script_tells_its_servers() -> None:
    script = """#!/bin/bash
    # docker run vllm/vllm-openai --model old/model-7b
    docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.8 \\
      --model meta-llama/Llama-3.1-70B-Instruct --tensor-parallel-size 8
    python train.py --model meta-llama/Llama-3.1-8B
    """
    found = servings_of_script(script)
    assert [(s.model, s.tensor, s.engine) for s in found] == [("meta-llama/Llama-3.1-70B-Instruct", 8, "vllm")]


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("vllm/vllm-openai:latest", "vllm"),
        ("python3 -m vllm.entrypoints.openai.api_server", "vllm"),
        ("ghcr.io/huggingface/text-generation-inference:2.4", "tgi"),
        ("lmsysorg/sglang:latest", "sglang"),
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3.3", "nim"),
        ("pytorch/pytorch:2.4", ""),
        ("pip install vllm-router", ""),
    ],
)
def test_a_command_or_an_image_shows_the_server(text: str, engine: str) -> None:
    assert engine_of(text) == engine


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("pip install --upgrade vllm\nuvicorn app:app", ""),
        ("uv pip install vllm==0.8.5 && python serve.py", ""),
        ("pip install sglang; python -m sglang.launch_server", "sglang"),
        ("pip install hf_transfer\nvllm serve meta-llama/Llama-3.1-8B", "vllm"),
    ],
)
def test_a_server_that_is_only_installed_does_not_run(text: str, engine: str) -> None:
    assert engine_of(text) == engine
