"""Attributes as a dialect writes them → their canonical shape: numbers out of texts, blocks out of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.catalog.sheet_model import Sheet
from finops_lint.model.records import replace
from finops_lint.model.values import Value


def shaped(sheet: Sheet, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """The values with texts converted and single blocks made lists, as the sheet says; what does not fit stays."""
    found = dict(values)
    for path in sheet.blocks:
        _change(found, path, _as_blocks)
    for path, kind in sheet.attributes.items():
        _change(found, path, _CONVERSIONS[kind])
    return found


def _change(values: dict[str, Value], path: str, change: Any) -> None:
    name, _, rest = path.partition(".")
    if name in values:
        values[name] = _changed(values[name], rest.split(".") if rest else [], change)


def _changed(value: Any, path: list[str], change: Any) -> Any:
    """`value` with `change` applied to what `path` means, through every block of a list."""
    if not path:
        return change(value)
    if type(value) is dict:  # as nearly all are that hold anything
        if path[0] not in value:
            return value
        old = value[path[0]]
        new = _changed(old, path[1:], change)
        return value if new is old else {**value, path[0]: new}
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
