"""What a JSON Schema has against a file the user wrote, in our words, and where in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

from finops_lint.catalog.yaml_text import safe_loader
from finops_lint.model.records import record

Steps: TypeAlias = tuple[str | int, ...]

_KINDS = {"array": "a list", "object": "a map", "string": "text", "boolean": "true or false", "number": "a number"}
_LONGEST = 200


@record(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong."""

    steps: Steps
    """Where: keys and positions from the top."""
    message: str
    """What, without the place."""
    kind: str
    """The word of the schema that it breaks."""


def first_fault(schema: Mapping[str, Any], data: Any, *, key: str) -> Fault | None:
    """The fault of `data` that best explains it; `key` says what a key of it is (`setting`, `key of a rule`)."""
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(data))
    if error is None:
        return None
    error = _of_its_kind(error)
    if error.validator == "required" and error.parent is not None and error.parent.validator == "anyOf":
        error = error.parent  # any of its keys would do, so it is not the first that is missing
    steps = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        extra = next((name for name in error.instance if name not in known), None)
        if extra is not None:
            return Fault((*steps, extra), _unknown(str(extra), known, key), "additionalProperties")
    where = ".".join(str(step) for step in steps)
    message = _worded(error)
    return Fault(steps, f"{where}: {message}" if where else message, str(error.validator))


def _of_its_kind(error: Any) -> Any:
    """Where one of several forms is wanted, what the form has against it that the value is meant to have."""
    import jsonschema

    while error.validator == "oneOf" and error.context:
        branches: dict[int, list[Any]] = {}
        for each in error.context:
            branches.setdefault(each.schema_path[0], []).append(each)
        meant = [faults for faults in branches.values() if not any(_is_other_kind(f) for f in faults)]
        if len(meant) != 1:
            break
        error = jsonschema.exceptions.best_match(meant[0])
    return error


def _is_other_kind(error: Any) -> bool:
    """Whether the value as a whole is a text, say, where the form is a map."""
    return error.validator == "type" and not error.relative_path


def _unknown(extra: str, known: Iterable[str], key: str) -> str:
    near = get_close_matches(extra, list(known), 1)
    return f"{extra} is no {key}" + (f"; did you mean {near[0]}?" if near else f" (there are: {', '.join(known)})")


def _worded(error: Any) -> str:
    wanted = error.validator_value
    match error.validator:
        case "type":
            kinds = [str(kind) for kind in (wanted if isinstance(wanted, list) else [wanted])]
            return f"must be {' or '.join(_KINDS.get(kind, kind) for kind in kinds)}"
        case "enum":
            near = get_close_matches(str(error.instance), [str(value) for value in wanted], 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            return f"must be one of {', '.join(str(value) for value in wanted)}{meant}"
        case "required":
            return f"{next(name for name in wanted if name not in error.instance)} is missing"
        case "minLength":
            return f"must have {wanted} characters at least"
        case "minItems":
            return f"must have {wanted} entries at least"
        case "minimum":
            return f"must be {wanted:,} at least"
        case "maximum":
            return f"must be {int(wanted):,} at most"
        case "exclusiveMinimum":
            return f"must be more than {wanted:,}"
        case "oneOf" if error.context and all(_is_other_kind(each) for each in error.context):
            kinds = [str(each.validator_value) for each in error.context]
            return f"must be {' or '.join(_KINDS.get(kind, kind) for kind in kinds)}"
        case "anyOf":
            return "needs " + ", or ".join(_together(branch["required"]) for branch in wanted)
        case _:
            message = str(error.message)
            return message if len(message) < _LONGEST else f"{message[:_LONGEST]} …"


def _together(keys: list[str]) -> str:
    first, *rest = keys
    return f"{first} with {' and '.join(rest)}" if rest else first


def place_in(text: str, steps: Steps) -> tuple[int, int]:
    """Line and column of the value at `steps` in a YAML text, of its key where it has one, or of its nearest parent."""
    import yaml

    node: Any = yaml.compose(text, Loader=safe_loader())
    mark = node.start_mark if node is not None else None
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
        else:
            items = node.value if isinstance(node, yaml.SequenceNode) and isinstance(step, int) else []
            pair = (items[step], items[step]) if isinstance(step, int) and step < len(items) else None
        if pair is None:
            break
        mark, node = pair[0].start_mark, pair[1]
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
