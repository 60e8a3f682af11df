"""Turns a document inside an attribute, a pipeline's definition say, into values that formulas can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from finops_lint.catalog.cel import not_known

_LONGEST = 1_048_576
"""Characters of the longest definition that SageMaker Pipelines and Step Functions take."""


def document(text: Any) -> Any:
    """The objects and lists of a JSON text, numbers as doubles; what is null is left out.

    Raises:
        NotKnown: The text is no JSON, too long or nested too deeply.
    """
    try:
        if not isinstance(text, str) or len(text) > _LONGEST:
            return not_known("the document inside the attribute cannot be read")
        return _without_nulls(json.loads(text, parse_int=float))
    except (ValueError, RecursionError):
        return not_known("the document inside the attribute is not JSON")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [_without_nulls(entry) for entry in value if entry is not None]
    return value
