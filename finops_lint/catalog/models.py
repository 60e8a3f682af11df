"""Turns the name of a published model into what it is made of: parameters, layers and what it keeps of each token.

Only names are read, never weights. What a name does not tell is absent, not guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from finops_lint.catalog.data import CatalogError, data_root
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span

COLUMNS = (
    "model",
    "params_b",
    "active_b",
    "layers",
    "kv_heads",
    "head_dim",
    "kv_width",
    "full_layers",
    "window",
    "max_context",
    "bits",
    "source",
    "as_of",
)
"""The columns of `pricing/models/models.csv`, in this order."""


@record(frozen=True, slots=True)
class Model:
    """What a model is made of, as its published configuration has it."""

    name: str
    """As the list has it, or as the text spells it where only its size could be read."""
    params: Decimal
    """Parameters, of all experts together."""
    layers: int = 0
    """Layers that keep keys and values; 0 where nothing is kept (encoders)."""
    kv_width: int = 0
    """Values that a layer keeps of each token: twice the heads' width, or what latent attention keeps instead."""
    full_layers: int = 0
    """Layers that see the whole context; the others see `window` tokens."""
    window: int = 0
    """Tokens that the other layers see; 0 where all layers see all."""
    max_context: int = 0
    """Tokens it was made for; 0 where not known."""
    bits: Decimal = Decimal(16)
    """Bits of a weight as it is published, or as its name says."""
    is_listed: bool = True
    """False where nothing but the size is known, from the name; the layers are then those of a like model."""
    is_exact: bool = True
    """False where the size is only an upper bound: `8x7b` shares what is not an expert."""


_SIZE = regex(r"(?<![a-z0-9.])(?:(\d{1,2})x)?(\d{1,4}(?:\.\d{1,2})?)b(?![a-z0-9])")
_EXPERTS = regex(r"(?<![a-z0-9])\d+e(?![a-z0-9])")
_BITS = (
    (
        regex(
            r"(?<![a-z0-9])(awq|gptq|int4|u?int4|4-?bit|bnb-4-?bit|nf4|w4a16|w4a8|marlin|mxfp4|nvfp4|fp4)(?![a-z0-9])"
        ),
        Decimal("4.5"),
    ),
    (regex(r"(?<![a-z0-9])(fp8|int8|8-?bit|w8a8|w8a16)(?![0-9])"), Decimal(8)),
    (regex(r"(?<![a-z0-9])q8[-_]"), Decimal("8.5")),
    (regex(r"(?<![a-z0-9])i?q4[-_]"), Decimal("4.85")),
)
"""Words of a name → bits of a weight with the scales beside it: 4 bits and a 16-bit scale and zero for each group of 64
to 128; llama.cpp's Q4_K_M and Q8_0 as its quantize table has them (read 2026-11-21)."""
_VARIANT = regex(
    r"(instruct|chat|it|hf|base|pt|text|v?\d[\d.]*|awq|gptq|int[48]|fp8|fp16|bf16|[48]bit|bnb|gguf|quantized|dynamic|"
    r"w\da\d+|kv|mxfp4|nvfp4|q\d|k|m|latest|turbo|neuron|unsloth|block)"
)
_LIKE = ((4, 28), (10, 32), (20, 48), (40, 64), (100, 80), (1000, 126))
"""Up to so many billion parameters → layers taken for a model that is known by its size alone, those of Qwen2.5 and
Llama 3.1; eight key and value heads of 128."""
_LIKE_WIDTH = 2 * 8 * 128


def model_of(text: str) -> Model | None:
    """The model that a name, an id, a path or an image means; None where it tells neither model nor size.

    `meta-llama/Llama-3.1-8B-Instruct`, `s3://models/llama-3-8b/1`, `nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3`,
    `llama3.1:8b` and `meta-textgeneration-llama-3-1-8b-instruct` are all understood.
    """
    for part in _parts(text):
        found = _listed(part)
        if found is not None:
            bits = bits_of(part)
            return found if bits is None else _with_bits(found, bits)
    for part in _parts(text):
        found = _by_size(part)
        if found is not None:
            return found
    return None


def model_at(name: str) -> Model | None:
    """As `model_of`; JumpStart's addresses have the model's id somewhere above the files."""
    found = model_of(name)
    while found is None and "jumpstart" in name and name.count("/") > 3:
        name = name.rpartition("/")[0]
        found = model_of(name)
    return found


def bits_of(name: str) -> Decimal | None:
    """Bits of a weight that the name speaks of: `-AWQ`, `-FP8`, `-bnb-4bit`; None where it speaks of none."""
    return next((bits for words, bits in _BITS if words.search(name.lower())), None)


def _with_bits(model: Model, bits: Decimal) -> Model:
    return replace(model, bits=bits)


def _parts(text: str) -> list[str]:
    """The last two steps of an id or a path, as the list spells names; an image's tag and digest are dropped."""
    bare = text.strip().partition("@")[0].rstrip("/")
    steps = [s for s in bare.split("/") if s][-2:]
    return [part for s in reversed(steps) if (part := _spelled(s))]


def _spelled(step: str) -> str:
    name, _, tag = step.lower().partition(":")
    if tag and (_SIZE.search(tag) or not _SIZE.search(name)):
        name = f"{name}-{tag}"
    name = name.replace("_", "-")
    name = re.sub(r"^(?:(?:meta|huggingface|model|hf|deepseek)-(?:textgeneration|llm|txt2img|vlm)-)", "", name)
    name = re.sub(r"^meta-", "", name)
    name = re.sub(r"\b(llama|gemma|phi)-?(\d)[-.](\d{1,2})(?=-)", r"\1-\2.\3", name)
    name = re.sub(r"\bllama-?3([123])(?=-\d+b)", r"llama-3.\1", name)
    name = re.sub(r"\b(llama|gemma|phi)(\d)(?=[-.])", r"\1-\2", name)
    name = re.sub(r"\b(qwen)-?(\d)[-.](\d)(?=-)", r"\1\2.\3", name)
    return re.sub(r"\bmistralai?-(?=(mistral|mixtral))", "", name)


def _listed(name: str) -> Model | None:
    """The entry with the longest name that `name` begins with, where what follows says the same model."""
    models = _shipped()
    cut = name
    while cut:
        if cut in models and _is_variant(cut, name[len(cut) :]):
            return models[cut]
        cut = cut.rpartition("-")[0]
    return None


def _is_variant(found: str, rest: str) -> bool:
    """Whether what follows a listed name leaves the size as it is: words only, no other size, nothing unheard of."""
    if _SIZE.search(rest):
        return False
    words = [w for w in rest.split("-") if w]
    return bool(_SIZE.search(found)) or all(_VARIANT.fullmatch(w) for w in words)


def _by_size(name: str) -> Model | None:
    sizes = list(_SIZE.finditer(name))
    if not sizes or _EXPERTS.search(name) or re.search(r"lora|adapter|draft|eagle", name):
        return None
    match = sizes[-1] if "distill" in name else sizes[0]
    experts = int(match[1] or 1)
    billions = Decimal(match[2]) * experts
    layers = next((n for most, n in _LIKE if billions <= most), 0)
    if not billions or not layers:
        return None
    return Model(
        name,
        billions * 10**9,
        layers,
        _LIKE_WIDTH,
        layers,
        bits=bits_of(name) or Decimal(16),
        is_listed=False,
        is_exact=experts == 1,
    )


@cache
def _shipped() -> Mapping[str, Model]:
    return read(data_root() / "pricing" / "models" / "models.csv")


def read(file: Path) -> Mapping[str, Model]:
    """A list of models by name.

    Raises:
        CatalogError: A column, a figure or a name is wrong.
    """
    found: dict[str, Model] = {}
    with file.open(encoding="utf-8", newline="") as text:
        reader = csv.DictReader(text)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogError(f"the columns must be {','.join(COLUMNS)}", Span(file.as_posix(), 1))
        for line in reader:
            try:
                model = _model(line)
            except (ValueError, InvalidOperation, TypeError) as error:
                raise CatalogError(f"not a model: {line}", Span(file.as_posix(), reader.line_num)) from error
            if not model.name or model.name in found:
                raise CatalogError(
                    f"{model.name or 'a model without name'} twice", Span(file.as_posix(), reader.line_num)
                )
            found[model.name] = model
    return found


def _model(line: Mapping[str, str]) -> Model:
    layers = int(line["layers"] or 0)
    width = int(line["kv_width"] or 0) or 2 * int(line["kv_heads"] or 0) * int(line["head_dim"] or 0)
    return Model(
        line["model"],
        Decimal(line["params_b"]) * 10**9,
        layers if width else 0,
        width,
        int(line["full_layers"] or layers),
        int(line["window"] or 0),
        int(line["max_context"] or 0),
        Decimal(line["bits"]),
    )
