"""What `cdk synth` writes: a manifest that says which files are stacks, where they go and what tags they bear."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.files import Limits, read_file

MANIFEST = "manifest.json"
_ENVIRONMENT = regex(r"aws://([^/]+)/([^/]+)")
_UNKNOWN = "unknown-"


@record(frozen=True, slots=True)
class Assembled:
    """One stack of an assembly."""

    template: str
    """Its template, a file of the same folder."""
    region: str = ""
    account: str = ""
    name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def stacks_in(folder: str, *, top: str, limits: Limits) -> tuple[str, ...]:
    """The template files of the stacks in a folder that holds an assembly."""
    return tuple(sorted(stack.template for stack in assembled(folder, top=top, limits=limits)))


def stack_of(path: str, *, top: str, limits: Limits) -> Assembled | None:
    """What the manifest beside a template says of its stack; None where there is none."""
    folder, name = Path(path).parent, Path(path).name
    if not (folder / MANIFEST).is_file():
        return None
    found = assembled(folder.as_posix(), top=top, limits=limits)
    return next((stack for stack in found if stack.template == name), None)


def assembled(folder: str, *, top: str, limits: Limits) -> Iterator[Assembled]:
    """The stacks of an assembly: `artifacts` of type `aws:cloudformation:stack` in its manifest."""
    data = read_file(f"{folder}/{MANIFEST}", top=top, limits=limits)
    try:
        manifest = {} if isinstance(data, Problem) else json.loads(data)
    except (ValueError, RecursionError):
        return
    artifacts = manifest.get("artifacts") if isinstance(manifest, dict) else None
    for name, artifact in artifacts.items() if isinstance(artifacts, dict) else ():
        said = artifact.get("properties") if isinstance(artifact, dict) else None
        file = said.get("templateFile") if isinstance(said, dict) else None
        if said and artifact.get("type") == "aws:cloudformation:stack" and isinstance(file, str) and "/" not in file:
            yield _stack(name, artifact, said, file)


def _stack(name: str, artifact: Mapping[str, Any], said: Mapping[str, Any], file: str) -> Assembled:
    where = _ENVIRONMENT.fullmatch(str(artifact.get("environment", "")))
    account, region = (where[1], where[2]) if where else ("", "")
    return Assembled(
        file,
        region="" if region.startswith(_UNKNOWN) else region,
        account="" if account.startswith(_UNKNOWN) else account,
        name=str(said.get("stackName", name)),
        parameters=_texts(said.get("parameters")),
        tags=_texts(said.get("tags")) or dict(_noted_tags(artifact.get("metadata"))),
    )


def _texts(value: Any) -> dict[str, str]:
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _noted_tags(metadata: Any) -> Iterator[tuple[str, str]]:
    """Older assemblies note the stack's tags in its metadata."""
    noted = (entry for entries in _values(metadata) for entry in _maps_in(entries))
    tags = (tag for entry in noted if entry.get("type") == "aws:cdk:stack-tags" for tag in _maps_in(entry.get("data")))
    for tag in tags:
        yield str(tag.get("Key", tag.get("key"))), str(tag.get("Value", tag.get("value")))


def _values(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else ()


def _maps_in(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
