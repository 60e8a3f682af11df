"""How a model server is started → the model it serves and what it was told about memory: flags, variables, defaults.

vLLM, SGLang, Text Generation Inference, KServe's Hugging Face server, SageMaker's containers and NIM are understood
(their flags read in docs.vllm.ai, docs.sglang.ai, huggingface.co/docs/text-generation-inference,
docs.djl.ai and docs.nvidia.com/nim on 2026-11-21). A flag whose value is not written stays open, and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal

from finops_lint.catalog.models import bits_of
from finops_lint.model.records import record
from finops_lint.model.regexes import regex

_FLAGS: Mapping[str, str] = {
    "model": "model", "model-id": "model", "model-path": "model", "model-name-or-path": "model",
    "tensor-parallel-size": "tensor", "tp": "tensor", "tp-size": "tensor", "num-shard": "tensor",
    "tensor-parallel-degree": "tensor", "tensor-parallel": "tensor",
    "pipeline-parallel-size": "pipeline", "pp": "pipeline", "pp-size": "pipeline",
    "data-parallel-size": "data", "dp": "data", "dp-size": "data",
    "max-model-len": "tokens", "context-length": "tokens", "max-total-tokens": "tokens",
    "max-num-seqs": "sequences", "max-running-requests": "sequences", "max-concurrent-requests": "",
    "max-rolling-batch-size": "sequences",
    "quantization": "quantization", "quantize": "quantization",
    "dtype": "dtype", "kv-cache-dtype": "cache",
    "gpu-memory-utilization": "share", "mem-fraction-static": "share", "cuda-memory-fraction": "share",
    "config": "more", "cpu-offload-gb": "more", "nnodes": "more", "node-rank": "more", "device-map": "more",
    "omni": "more", "distributed-executor-backend": "executor",
}  # fmt: skip
"""Flag without its hyphens → what it says; `more` is what may change everything and is not read."""
_SHORT = {"-tp": "tensor", "-pp": "pipeline", "-dp": "data", "-q": "quantization"}

_VARIABLES: Mapping[str, str] = {
    "HF_MODEL_ID": "model", "MODEL_ID": "model", "SAGEMAKER_MODEL_ID": "model", "OPTION_MODEL_ID": "model",
    "SM_NUM_GPUS": "tensor", "NUM_SHARD": "tensor", "TENSOR_PARALLEL_DEGREE": "tensor",
    "OPTION_TENSOR_PARALLEL_DEGREE": "tensor", "NIM_TENSOR_PARALLEL_SIZE": "tensor",
    "OPTION_PIPELINE_PARALLEL_DEGREE": "pipeline", "NIM_PIPELINE_PARALLEL_SIZE": "pipeline",
    "OPTION_MAX_MODEL_LEN": "tokens", "NIM_MAX_MODEL_LEN": "tokens", "MAX_TOTAL_TOKENS": "tokens",
    "OPTION_MAX_ROLLING_BATCH_SIZE": "sequences",
    "HF_MODEL_QUANTIZE": "quantization", "QUANTIZE": "quantization", "OPTION_QUANTIZE": "quantization",
    "OPTION_DTYPE": "dtype", "DTYPE": "dtype",
    "OPTION_GPU_MEMORY_UTILIZATION": "share", "CUDA_MEMORY_FRACTION": "share",
}  # fmt: skip

_ENGINES = (
    ("vllm", regex(r"(?<![\w.-])vllm(?![\w-])(?!\.(?!entrypoints))|vllm/vllm-|vllm\.entrypoints|vllm-openai")),
    ("sglang", regex(r"sglang")),
    ("tgi", regex(r"text-generation-launcher|text-generation-inference|-tgi-inference")),
    ("lmi", regex(r"djl-inference")),
    ("kserve", regex(r"huggingfaceserver|kserve-huggingface")),
    ("nim", regex(r"nvcr\.io/nim/")),
    ("tensorrt-llm", regex(r"trtllm-serve")),
)
"""Server → how a command or an image shows it."""
_ON_ONE_MACHINE = frozenset({"mp", "uni"})
"""vLLM's executors whose ranks are processes of one server; Ray's may be on other pods."""
_WIDTHS = {
    "awq": "4.5", "awq_marlin": "4.5", "gptq": "4.5", "gptq_marlin": "4.5", "marlin": "4.5", "mxfp4": "4.5",
    "bitsandbytes": "4.5", "bitsandbytes-nf4": "4.5", "bitsandbytes-fp4": "4.5", "fp8": "8", "int8": "8", "eetq": "8",
    "smoothquant": "8", "nvfp4": "4.5", "modelopt_fp4": "4.5",
}  # fmt: skip
"""How weights are quantised → bits of each, with scales."""
_DTYPES = {
    "float32": "32",
    "fp32": "32",
    "float": "32",
    "float16": "16",
    "half": "16",
    "fp16": "16",
    "bfloat16": "16",
    "bf16": "16",
}


@record(frozen=True, slots=True)
class Serving:
    """What one server was told."""

    model: str = ""
    """As the text names it; empty where it does not."""
    because: str = ""
    """The flag or variable that names it."""
    engine: str = ""
    tensor: int = 0
    """GPUs one copy of the model is spread over; 0 where nothing says it."""
    pipeline: int = 1
    """Stages of a pipeline, each on GPUs of its own."""
    data: int = 1
    """Copies side by side."""
    tokens: int = 0
    """Longest sequence; 0 where nothing says it."""
    sequences: int = 0
    """Most sequences at once; 0 where nothing says it."""
    bits: Decimal | None = None
    """Bits of a weight, where a flag or the name says so."""
    cache_bits: Decimal = Decimal(16)
    share: Decimal | None = None
    """How much of each GPU it may take."""
    open: frozenset[str] = field(default_factory=frozenset)
    """What is said with a value that is not in the text."""


def servings_of_script(text: str) -> list[Serving]:
    """The servers that a script starts, in order."""
    lines = re.sub(r"\\\s*\r?\n", " ", text).splitlines()
    return [s for line in lines if not line.lstrip().startswith("#") for s in _of_line(line)]


def _of_line(line: str) -> Iterator[Serving]:
    engine = engine_of(line)
    if engine:
        found = serving_of(_words(line), {}, engine=engine)
        if found.model:
            yield found


_INSTALLS = regex(r"\b(?:pip3?|uv|conda|mamba|poetry|apt|apt-get|yum|dnf)\s+(?:pip\s+)?(?:install|add)\b[^\n;&|]*")
"""A command that only brings a program."""


def engine_of(text: str) -> str:
    """The server that a command or an image shows; empty without one."""
    text = _INSTALLS.sub("", text) if "install" in text or " add " in text else text
    return next((name for name, shows in _ENGINES if shows.search(text)), "")


def _words(text: str) -> list[str]:
    return [w for w in re.split(r"[\s,;|&()\[\]\"'\\]+", text) if w]


def serving_of(words: Iterable[str | None], variables: Mapping[str, str | None], *, engine: str = "") -> Serving:
    """What the words of a command and its environment say; None stands for what is not known."""
    said: dict[str, tuple[str, str | None]] = {}
    for key, value in variables.items():
        meaning = _VARIABLES.get(key) or (_FLAGS.get(_dashed(key[8:])) if key.startswith("SM_VLLM_") else None)
        if meaning:
            said.setdefault(meaning, (key, value))
    for flag, meaning, value in _said(_split(words)):
        said[meaning] = (flag, _expanded(value, variables))
    return _serving(said, engine)


def _split(words: Iterable[str | None]) -> list[str | None]:
    """Words one by one: an argument may be a whole script."""
    found: list[str | None] = []
    for word in words:
        if word is None:
            found.append(None)
        else:
            found += _words(word) if re.search(r"\s", word) else [word.strip("\"'")]
    return found


def _said(words: Sequence[str | None]) -> Iterator[tuple[str, str, str | None]]:
    """Flag, meaning and value of everything that is understood."""
    for number, word in enumerate(words):
        follows = words[number + 1] if number + 1 < len(words) else ""
        if word is None:
            continue
        if word == "serve" and number and (words[number - 1] or "").endswith("vllm") and follows != "":
            if follows is None or not follows.startswith("-"):
                yield "vllm serve", "model", follows
            continue
        name, equals, value = word.partition("=")
        meaning = _SHORT.get(name) or (_FLAGS.get(_dashed(name[2:])) if name.startswith("--") else None)
        if meaning:
            is_value = follows is None or not follows.startswith("--")
            yield name, meaning, value if equals else follows if is_value else ""


def _dashed(name: str) -> str:
    return name.replace("_", "-").lower()


def _expanded(value: str | None, variables: Mapping[str, str | None]) -> str | None:
    """A value with the variables it names; None where one of them is not known."""
    if value is None or not re.search(r"[$<{]", value):
        return value
    match = re.fullmatch(r"\$(?:[({]?)(\w+)[)}]?", value)
    return variables.get(match[1]) if match else None


def _serving(said: Mapping[str, tuple[str, str | None]], engine: str) -> Serving:
    flag, model = said.get("model", ("", ""))
    left = {meaning for meaning, (_, value) in said.items() if value is None} | ({"more"} & said.keys())
    if "executor" in said and _word(said, "executor") not in _ON_ONE_MACHINE:
        left = left - {"executor"} | {"more"}
    return Serving(
        model or "",
        flag,
        engine,
        tensor=_number(said, "tensor", left),
        pipeline=_number(said, "pipeline", left) or 1,
        data=_number(said, "data", left) or 1,
        tokens=_number(said, "tokens", left),
        sequences=_number(said, "sequences", left),
        bits=_bits(said, model or "", left, engine),
        cache_bits=Decimal(8) if _word(said, "cache").startswith(("fp8", "int8")) else Decimal(16),
        share=_share(said),
        open=frozenset(left),
    )


def _word(said: Mapping[str, tuple[str, str | None]], name: str) -> str:
    return (said.get(name, ("", ""))[1] or "").lower()


def _number(said: Mapping[str, tuple[str, str | None]], name: str, left: set[str]) -> int:
    """A whole number; 0 without one. What is no number (`auto`, `16k`) stays open; `max` GPUs says nothing."""
    value = _word(said, name)
    if value.isdecimal() and len(value) < 10:
        return int(value)
    if value and name != "tensor":
        left.add(name)
    return 0


def _bits(said: Mapping[str, tuple[str, str | None]], model: str, left: set[str], engine: str) -> Decimal | None:
    kind, dtype = _word(said, "quantization"), _word(said, "dtype")
    if bits_of(model) is not None:
        return None  # the model's own name says it
    if kind == "bitsandbytes" and engine == "tgi":
        return Decimal(8)  # its 4 bits are bitsandbytes-nf4 and -fp4 (Quantization, TGI documentation, read 2026-11-21)
    if kind in _WIDTHS:
        return Decimal(_WIDTHS[kind])
    if kind not in ("", "none"):
        left.add("quantization")
        return None
    return Decimal(_DTYPES[dtype]) if dtype in _DTYPES else None


def _share(said: Mapping[str, tuple[str, str | None]]) -> Decimal | None:
    share = _word(said, "share")
    return Decimal(share) if re.fullmatch(r"0?\.\d{1,3}|1(\.0)?", share) else None
