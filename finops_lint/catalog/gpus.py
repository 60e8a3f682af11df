"""Names of GPUs, as clouds, drivers and labels write them, → one model name."""

from __future__ import annotations

from functools import lru_cache

from finops_lint.model.regexes import regex

_MODEL = regex(
    r"(?<![a-z0-9])(gb200|gb300|gh200|b300|b200|h200|h100|a100|l40s|l40|l4|a10g|a10|t4g|t4|v100|p100|p40|p4|k80|m60|k520)"
    r"(?![0-9a-z])|rtx[ -]?pro[ -]?(?:server[ -]?)?(\d{4})"
)


@lru_cache(maxsize=1000)
def gpu_model(name: str) -> str:
    """`nvidia-tesla-a100`, `A100-80GB`, `NVIDIA A100` → `A100`; a name we do not know in capitals."""
    match = _MODEL.search(name.lower())
    if match is None:
        return name.upper()
    return match[1].upper() if match[1] else f"RTX PRO {match[2]}"
