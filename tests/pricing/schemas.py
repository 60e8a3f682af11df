"""CloudFormation's own word on which properties a type has: the resource schemas that cfn-lint ships."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_DEEPEST = 8


@cache
def _folder() -> Path:
    found = find_spec("cfnlint")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data" / "schemas"


@cache
def _files() -> dict[str, str]:
    """Type → the name of its schema, in any region."""
    found: dict[str, str] = {}
    for file in sorted(_folder().glob("providers/*.json")):
        for name, schema in json.loads(file.read_text("utf-8")).items():
            found.setdefault(name, schema)
    return found


@cache
def properties(type_name: str) -> Mapping[str, str] | None:
    """Dotted property → `scalar`, `array` or `object`, through lists; None of a type that does not exist."""
    name = _files().get(type_name)
    if name is None:
        return None
    schema = json.loads((_folder() / "resources" / f"{name}.json").read_text("utf-8"))
    return dict(_walk(schema, schema, (), ()))


def _walk(
    schema: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...], seen: tuple[int, ...]
) -> Iterator[tuple[str, str]]:
    schema = _resolved(schema, root)
    if seen.count(id(schema)) > 1 or len(path) > _DEEPEST:
        return
    seen = (*seen, id(schema))
    branches = [b for key in ("anyOf", "oneOf", "allOf") for b in schema.get(key, ())]
    for part in (schema, *(_resolved(branch, root) for branch in branches)):
        if "items" in part:
            yield from _walk(part["items"], root, path, seen)
        for key, entry in part.get("properties", {}).items():
            yield ".".join((*path, key)), _kind(_resolved(entry, root))
            yield from _walk(entry, root, (*path, key), seen)


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds:
        return "array"
    return "object" if "object" in kinds or "properties" in schema else "scalar"


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        here: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            here = here.get(step.replace("~1", "/"), {})
        schema = here
    return schema
