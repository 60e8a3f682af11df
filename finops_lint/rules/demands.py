"""Reads how much GPU the work asks for: the model's size off its name, the number of GPUs off settings and scripts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import known_map
from finops_lint.rules.compute import EACH, entries
from finops_lint.rules.context import Context
from finops_lint.rules.offers import Need
from finops_lint.rules.scripts import scripts

_BILLIONS = regex(r"(?<![a-z0-9.])(?:(\d{1,2})x)?(\d{1,4}(?:\.\d{1,2})?)b(?![a-z0-9])")
_BYTES_A_WEIGHT = (
    (regex(r"awq|gptq|int4|4-?bit|nf4|q4"), Decimal("0.5")),
    (regex(r"fp8|int8|8-?bit|w8a8|q8"), Decimal(1)),
)
_ROOM = Decimal("1.2")
"""Weights and, beside them, the cache and activations of a small batch."""
_GIB = Decimal("0.931")
"""10⁹ bytes in GiB."""
_LEAST_GPU_GIB = Decimal(15)
"""No smaller GPU is advised for a model of known size; 16 GB on the data sheet."""

_MODEL_TAGS = ("model_name", "model-name", "model", "ModelName")
_MODEL_VARIABLES = ("HF_MODEL_ID", "MODEL_ID", "SAGEMAKER_MODEL_ID", "OPTION_MODEL_ID")
_GPU_VARIABLES = (
    "SM_NUM_GPUS",
    "TENSOR_PARALLEL_DEGREE",
    "OPTION_TENSOR_PARALLEL_DEGREE",
    "SM_VLLM_TENSOR_PARALLEL_SIZE",
)
_COUNTS = (regex(r"--gpus[ =]['\"]?(\d+)\b"), regex(r"--tensor-parallel-size[ =](\d+)\b"))
"""Flags that say how many GPUs one program gets."""
_DEVICES = regex(r"(?:CUDA_VISIBLE_DEVICES=|--gpus[ =]['\"]{0,2}device=)['\"]?(\d+(?:,\d+)*)(?![\d,$])")
"""Flags that say which GPUs one program gets."""
_REPEATS = regex(r"(?m)(?:^|[;|&(])[ \t]*(?:for|xargs|parallel|seq)[ \t]")
"""What may start a program several times."""


@record(frozen=True, slots=True)
class ModelSize:
    """How large the model is, read off its name."""

    billions: Decimal
    bytes_a_weight: Decimal
    because: str

    @property
    def need(self) -> Need:
        """The GPU memory it takes to serve it."""
        total = self.billions * self.bytes_a_weight * _ROOM * _GIB
        return Need(each_gib=min(total, _LEAST_GPU_GIB), total_gib=total)


def model_size(resource: Resource, context: Context) -> ModelSize | None:
    """The size of the model that a tag, a SageMaker model's environment or a name gives; None where none does."""
    for what, text in _model_names(resource, context):
        match = _BILLIONS.search(text.lower())
        if match:
            widths = (width for words, width in _BYTES_A_WEIGHT if words.search(text.lower()))
            return ModelSize(Decimal(match[2]) * int(match[1] or 1), next(widths, Decimal(2)), f"{what} {text}")
    return None


def _model_names(resource: Resource, context: Context) -> Iterator[tuple[str, str]]:
    known = known_map(resource.tags.effective)
    if not resource.is_sensitive(resource.tags.path or ("tags",)):
        for key in _MODEL_TAGS:
            if isinstance(known.get(key), str):
                yield f"tag {key} =", known[key]
    for model in context.graph.targets(resource, "aws_sagemaker_model"):
        for key, value in _environment(model).items():
            if key in _MODEL_VARIABLES:
                yield f"{model.address} {key} =", value
    yield "name", resource.name


def _environment(model: Resource) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in ("primary_container", "container"):
        for path, value in entries(model.values, (block, EACH, "environment")):
            if not model.is_sensitive(path):
                found |= {key: text for key, text in known_map(value).items() if isinstance(text, str)}
    return found


def gpus_asked(resource: Resource, context: Context) -> tuple[int, str]:
    """How many GPUs the work asks for, and how we know; 0 where nothing says it."""
    for model in context.graph.targets(resource, "aws_sagemaker_model"):
        environment = _environment(model)
        for key in _GPU_VARIABLES:
            if environment.get(key, "").isdigit():
                return int(environment[key]), f"{model.address} sets {key} = {environment[key]}"
    for name, script in scripts(resource):
        asked, flag = _asked_by(script)
        if asked:
            return asked, f"{name} says {flag}"
    workload = context.workload(resource)
    if workload.kind in ("notebook", "development"):
        return 1, f"the workload is {workload.kind} ({workload.because}), one person's work on one GPU"
    return 0, ""


def gives_gpus_once(script: str) -> bool:
    """Whether no more than one program of a script is given GPUs, as far as flags show it."""
    lines = _without_comments(script)
    return not _REPEATS.search(lines) and "CUDA_VISIBLE_DEVICES" not in lines and lines.count("--gpus") <= 1


def _asked_by(script: str) -> tuple[int, str]:
    """How many GPUs all programs of a script get together, and the flag that says so first; 0 where nothing says it."""
    lines = _without_comments(script)
    if _REPEATS.search(lines):
        return 0, ""
    said = [list(flag.finditer(lines)) for flag in _COUNTS]
    named = list(_DEVICES.finditer(lines))
    numbers = [sum(int(match[1]) for match in matches) for matches in said]
    numbers.append(len({device for match in named for device in match[1].split(",")}))
    first = min((match for matches in (*said, named) for match in matches), key=lambda m: m.start(), default=None)
    return (max(numbers), first[0]) if first else (0, "")


def _without_comments(script: str) -> str:
    return "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("#"))
