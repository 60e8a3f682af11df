"""Empty texts are no values: providers note down "" for an argument that nobody has set, and take "" for none."""

from __future__ import annotations

from finops_lint.model.values import Value

CLOUDS_OF_ARGUMENTS = frozenset({"aws", "azure", "google"})
"""The providers for which it holds. To Kubernetes an empty text is a value: a claim without a storage class."""


def drop_empty_texts(values: dict[str, Value]) -> None:
    """Remove arguments with an empty text, in blocks too; what is in a map, or called `value` (a tag's), stays."""
    empty = []
    for name, value in values.items():
        kind = type(value)
        if kind is str:
            if not value and name != "value":
                empty.append(name)
        elif kind is list:
            for entry in value:
                if type(entry) is dict:
                    drop_empty_texts(entry)
    for name in empty:
        del values[name]
