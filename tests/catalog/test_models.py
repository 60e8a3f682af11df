from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.data import CatalogError, data_root
from finops_lint.catalog.model_memory import GIB, cache_of_sequence, memory, weights
from finops_lint.catalog.models import COLUMNS, Model, model_of, read


def found(text: str) -> Model:
    model = model_of(text)
    assert model is not None, text
    return model


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("meta-llama/Meta-Llama-3-70B-Instruct", "llama-3-70b"),
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3.3", "llama-3.1-8b"),
        ("nvcr.io/nim/meta/llama3-8b-instruct", "llama-3-8b"),
        ("llama3.1:8b", "llama-3.1-8b"),
        ("meta-textgeneration-llama-3-1-8b-instruct", "llama-3.1-8b"),
        ("huggingface-llm-mistral-7b-instruct", "mistral-7b"),
        ("s3://models/llama-3-8b/1", "llama-3-8b"),
        ("pvc://data/llama-31-8b-instruct", "llama-3.1-8b"),
        ("hf://Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b"),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "deepseek-r1-distill-llama-70b"),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-r1-0528"),
        ("google/gemma-3-27b-it", "gemma-3-27b"),
        ("microsoft/Phi-4-mini-instruct", "phi-4-mini"),
        ("RedHatAI/gpt-oss-20b", "gpt-oss-20b"),
        ("my-org/Llama-3.1-8B-support-desk", "llama-3.1-8b"),
    ],
)
def test_a_name_means_the_model_it_is_published_under(text: str, name: str) -> None:
    assert found(text).name == name


@pytest.mark.parametrize(
    "text",
    ["/mnt/models", "facebook/opt", "deepseek", "microsoft/Phi-4-multimodal-instruct", "s3://bucket/prod/v3", ""],
)
def test_a_name_without_model_or_size_means_nothing(text: str) -> None:
    assert model_of(text) is None


def test_another_model_s_size_is_not_taken_for_the_listed_one() -> None:
    # DeepSeek-R1-0528-Qwen3-8B is Qwen3 8B trained on R1's answers (its model card), not the 671B model.
    model = found("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B")
    assert (model.params, model.is_listed) == (Decimal(8 * 10**9), False)


def test_a_size_in_a_name_is_enough_for_weights_but_an_upper_bound_where_experts_share() -> None:
    assert found("acme/Sonar-13B").params == 13 * 10**9
    assert not found("acme/Sonar-8x3B").is_exact
    assert model_of("acme/Sonar-17B-32E") is None


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("TheBloke/Llama-2-13B-chat-AWQ", "4.5"),
        ("TheBloke/Llama-2-13B-chat-GPTQ", "4.5"),
        ("neuralmagic/Meta-Llama-3.1-70B-Instruct-FP8", "8"),
        ("RedHatAI/Llama-3.1-8B-Instruct-quantized.w4a16", "4.5"),
        ("unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "4.5"),
        ("llama3.1:8b-instruct-q4_K_M", "4.85"),
        ("meta-llama/Llama-3.1-8B", "16"),
        ("deepseek-ai/DeepSeek-V3", "8"),
        ("openai/whisper-large-v3", "16"),
    ],
)
def test_the_name_says_how_wide_a_weight_is(text: str, bits: str) -> None:
    assert found(text).bits == Decimal(bits)


def test_weights_are_parameters_times_bytes() -> None:
    assert weights(found("meta-llama/Llama-3.1-8B")) == Decimal("16.06e9")  # 8.03e9 × 2
    assert weights(found("meta-llama/Llama-3.1-8B"), Decimal(32)) == Decimal("32.12e9")
    assert weights(found("openai/gpt-oss-20b")) == pytest.approx(Decimal("13.74e9"), rel=Decimal("0.01"))  # 12.8 GiB


@pytest.mark.parametrize(
    ("text", "tokens", "kept"),
    [
        ("meta-llama/Llama-3.1-8B", 1, 131_072),  # 2 × 32 × 8 × 128 × 2
        ("meta-llama/Llama-3.1-8B", 8192, 1_073_741_824),
        ("meta-llama/Llama-3.1-70B", 1, 327_680),  # 2 × 80 × 8 × 128 × 2
        ("meta-llama/Llama-2-13b-hf", 1, 819_200),  # 2 × 40 × 40 × 128 × 2
        ("deepseek-ai/DeepSeek-V3", 1, 70_272),  # 61 × (512 + 64) × 2: latent attention keeps one vector
        ("google/gemma-3-27b-it", 8192, 1_107_296_256),  # 4,096 × 2 bytes × (10 × 8,192 + 52 × 1,024)
        ("BAAI/bge-m3", 8192, 0),
    ],
)
def test_the_cache_keeps_a_key_and_a_value_in_every_layer(text: str, tokens: int, kept: int) -> None:
    assert cache_of_sequence(found(text), tokens) == kept


def test_eight_bits_halve_the_cache() -> None:
    assert cache_of_sequence(found("meta-llama/Llama-3.1-8B"), 8192, Decimal(8)) == 536_870_912


def test_memory_is_weights_cache_and_a_fifth_beside() -> None:
    # 16.06e9 + 4 × 1,073,741,824 + 3.212e9 = 23,566,967,296 bytes, 21.95 GiB
    need = memory(found("meta-llama/Llama-3.1-8B"), tokens=8192, sequences=4)
    assert need.total == Decimal("23566967296")
    assert round(need.total_gib, 2) == Decimal("21.95")
    assert need.weights / GIB == pytest.approx(Decimal("14.957"), rel=Decimal("0.001"))


def test_every_listed_model_names_its_source_and_day() -> None:
    import csv

    file = data_root() / "pricing" / "models" / "models.csv"
    with file.open(encoding="utf-8", newline="") as text:
        lines = list(csv.DictReader(text))
    assert [line["model"] for line in lines] == sorted(line["model"] for line in lines)
    for line in lines:
        assert line["source"]
        assert "//" not in line["source"]
        assert line["as_of"] == "2026-11-21"
        assert model_of(line["model"]) == read(file)[line["model"]]


@pytest.mark.parametrize("line", ["a,x,,,,,,,,,16,s,d", "a,1,,,,,,,,,16,s,d\na,1,,,,,,,,,16,s,d"])
def test_a_wrong_list_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "models.csv"
    file.write_text(",".join(COLUMNS) + "\n" + line + "\n")
    with pytest.raises(CatalogError) as error:
        read(file)
    assert error.value.span is not None
    assert error.value.span.line >= 2
