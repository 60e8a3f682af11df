"""What a model needs of GPU memory to be served: weights, what it keeps of each token, and room beside them.

The formulas are those of "Transformer Math 101" (blog.eleuther.ai/transformer-math, read 2026-11-21): weights are
parameters times bytes; the cache keeps a key and a value in every layer for every token; up to a fifth of the weights
comes on top for activations and buffers.
"""

from __future__ import annotations

from decimal import Decimal

from finops_lint.catalog.models import Model
from finops_lint.model.records import record

GIB = Decimal(1 << 30)
ROOM = Decimal("0.2")
"""Activations and buffers as a share of the weights: at most a fifth (Transformer Math 101)."""
CACHE_BITS = Decimal(16)
USABLE = Decimal("0.9")
"""How much of a GPU a server takes unless it is told otherwise (vLLM's gpu_memory_utilization, docs.vllm.ai, read
2026-11-21; newer releases take 0.92)."""


@record(frozen=True, slots=True)
class Memory:
    """Bytes of GPU memory, over all GPUs together."""

    weights: Decimal
    cache: Decimal
    """Keys and values of all sequences at once."""
    room: Decimal
    """Activations and buffers."""

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.weights + self.cache + self.room

    @property
    def total_gib(self) -> Decimal:
        """All of it, in GiB."""
        return self.total / GIB


def weights(model: Model, bits: Decimal | None = None) -> Decimal:
    """Bytes of the weights: parameters × bits ÷ 8.

    Llama 3.1 8B in 16 bits: 8.03 × 10⁹ × 2 = 16.06 × 10⁹.
    """
    return model.params * (bits or model.bits) / 8


def cache_of_sequence(model: Model, tokens: int, bits: Decimal = CACHE_BITS) -> Decimal:
    """Bytes that one sequence of so many tokens keeps; layers with a window keep no more than it.

    Llama 3.1 8B: 32 layers × 2 × 8 heads × 128 × 2 bytes = 131,072 a token; 8,192 tokens keep 1,073,741,824.
    """
    seen = model.full_layers * tokens
    if model.window:
        seen += (model.layers - model.full_layers) * min(tokens, model.window)
    return Decimal(seen) * model.kv_width * bits / 8


def memory(
    model: Model,
    *,
    tokens: int,
    sequences: int = 1,
    bits: Decimal | None = None,
    cache_bits: Decimal = CACHE_BITS,
) -> Memory:
    """What serving takes: weights, the cache of `sequences` of `tokens` each, and a fifth of the weights beside."""
    heavy = weights(model, bits)
    return Memory(heavy, cache_of_sequence(model, tokens, cache_bits) * sequences, heavy * ROOM)
