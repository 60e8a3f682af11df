"""Reads the definition of a state machine that its template keeps in a file beside it: `DefinitionUri: train.asl.json`.

What is not at hand, as a definition in a bucket, or cannot be read, is left as the template has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.readers.cloudformation.nested import file_of
from finops_lint.readers.files import Limits, read_file
from finops_lint.readers.yaml_nodes import decoded, plain, read_yaml

_NAMED = ("definition_uri", "definition_s3_location")
"""Where a path may stand: the second is one until the template is packaged."""
_PLACEHOLDER = regex(r"\$\{([A-Za-z0-9_.:]{1,255})\}")


def with_definition(resource: Resource, folder: str, top: str, limits: Limits) -> Resource:
    """`resource` with the definition in the file it names, seen from the template's `folder`, inside `top`."""
    if resource.type != "aws_sfn_state_machine":
        return resource
    name = next((n for n in _NAMED if isinstance(resource.values.get(n), str)), "")
    named = str(resource.values.get(name, "")) if name else ""
    path = file_of(named, folder, top) if named and "://" not in named else ""
    found = _read(path, top, limits) if path else None
    if not isinstance(found, dict):
        return resource
    known = resource.values.get("definition_substitutions")
    definition = _filled_in(found, known if isinstance(known, Mapping) else {})
    positions = {**resource.positions, ("definition",): resource.where((name,))}
    return replace(resource, values={**resource.values, "definition": definition}, positions=positions)


def _read(path: str, top: str, limits: Limits) -> Any:
    data = read_file(path, top=top, limits=limits)
    text = decoded(data) if isinstance(data, bytes) else None
    documents = list(read_yaml(text)) if isinstance(text, str) else []
    root = documents[0].root if len(documents) == 1 else None
    return plain(root) if root is not None else None


def _filled_in(value: Any, known: Mapping[str, Any]) -> Any:
    """`value` with what `DefinitionSubstitutions` says for its placeholders; those it does not know stay."""
    if isinstance(value, dict):
        return {key: _filled_in(entry, known) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled_in(entry, known) for entry in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole is not None:
        return known.get(whole[1], value)
    return _PLACEHOLDER.sub(lambda m: str(known[m[1]]) if isinstance(known.get(m[1]), str) else m[0], value)
