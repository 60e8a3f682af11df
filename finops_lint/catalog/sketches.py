"""Texts known in part of which the rest does not matter: where a model is called, what an endpoint will be named."""

from __future__ import annotations

from finops_lint.model.regexes import regex
from finops_lint.model.values import GAP

_ENOUGH = regex(
    rf"arn:[^:/]*:bedrock:[^:/]*:[^:/]*:(?:foundation-model|inference-profile)/[^{GAP}]+"
    rf"|endpoint/{GAP}/variant/[^{GAP}]+"
)
"""The ARN of a model, whatever region and account it is called in; a variant of an endpoint that has no name yet."""


def enough(sketch: str) -> str:
    """The text with a `*` for each part that is not known, if the rest tells what it means; empty if it does not."""
    return sketch.replace(GAP, "*") if sketch and _ENOUGH.fullmatch(sketch) else ""
