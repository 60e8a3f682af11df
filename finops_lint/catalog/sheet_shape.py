"""Attributes as a dialect writes them → their canonical shape: numbers out of texts, blocks out of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.catalog.sheet_model import Sheet
from finops_lint.model.records import replace
from finops_lint.model.values import Value


def shaped(sheet: Sheet, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """The values with texts converted and single blocks made lists, as the sheet says; what does not fit stays."""
    found: Any = values
    for path in sheet.blocks:
        found = _changed(found, path.split("."), _as_blocks)
    for path, kind in sheet.attributes.items():
        found = _changed(found, path.split("."), _CONVERSIONS[kind])
    return dict(found)


def _changed(value: Any, path: list[str], change: Any) -> Any:
    """`value` with `change` applied to what `path` means, through every block of a list."""
    if not path:
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(v, path, change) for v in value)
    if isinstance(value, Mapping) and path[0] in value:
        return {**value, path[0]: _changed(value[path[0]], path[1:], change)}
    if hasattr(value, "known"):
        return replace(value, known=_changed(value.known, path, change))
    return value


def _as_blocks(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def _truth(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value


def _string(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


def _list(value: Any) -> Any:
    return value if isinstance(value, list) or hasattr(value, "known") else [value]


_CONVERSIONS = {"number": _number, "bool": _truth, "string": _string, "list": _list}
