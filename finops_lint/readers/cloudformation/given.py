"""Parameter files in the shapes people have, and `samconfig.toml`, to parameters by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.readers.files import Limits, read_file
from finops_lint.readers.yaml_nodes import Node, decoded, read_yaml

_OVERRIDE = regex(r"([A-Za-z0-9]+)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S*)")
_OLD_OVERRIDE = regex(r"ParameterKey=([^,\s]+),ParameterValue=(\"(?:[^\"\\]|\\.)*\"|\S*)")


@record(frozen=True, slots=True)
class Given:
    """What is decided outside of a template."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    stack: str = ""
    """The stack's name."""
    account: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags that the stack hands to its resources."""


def read_parameters(files: tuple[str, ...]) -> tuple[dict[str, str], list[Problem]]:
    """The parameters of all `files`, later ones winning: the CLI's list, CodePipeline's map, or a plain map."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for file in files:
        data = read_file(file)
        if isinstance(data, Problem):
            problems.append(Problem(Level.ERROR, data.code, data.message, data.span, data.hint))
            continue
        try:
            found.update(_parameters(data))
        except _MisreadError as error:
            problems.append(Problem(Level.ERROR, "wrong-parameters", str(error), Span(file, error.line)))
    return found, problems


class _MisreadError(Exception):
    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _parameters(data: bytes) -> Iterator[tuple[str, str]]:
    text = decoded(data)
    document = next(iter(read_yaml(text)), None) if isinstance(text, str) else None
    root = document.root if document is not None else None
    if root is None:
        fault = document.fault if document is not None else None
        message = fault.message if fault else "an empty file, or none of text"
        raise _MisreadError(message, fault.line if fault else 1)
    if root.is_map:
        inner = root.get("Parameters")
        return _plain_map(inner if inner is not None and inner.is_map else root)
    if root.is_list:
        return _pairs(root)
    raise _MisreadError("parameters are a list of ParameterKey and ParameterValue, or a map")


def _plain_map(node: Node) -> Iterator[tuple[str, str]]:
    for name, value in node.value.items():
        if value.is_list:
            yield name, ",".join(entry.text for entry in value.value)
        elif value.is_map:
            raise _MisreadError(f"{name} is a map: a parameter is a text, a number or a list", value.line)
        else:
            yield name, _text(value)


def _pairs(node: Node) -> Iterator[tuple[str, str]]:
    for entry in node.value:
        if isinstance(entry.value, str) and "=" in entry.value:  # the CLI takes NAME=VALUE too
            name, _, text = entry.value.partition("=")
            yield name, text
            continue
        key, value = entry.get("ParameterKey"), entry.get("ParameterValue")
        if key is None:
            raise _MisreadError("an entry without ParameterKey", entry.line)
        if value is not None:  # UsePreviousValue has none
            yield key.text, _text(value)


def _text(node: Node) -> str:
    return ("true" if node.value else "false") if isinstance(node.value, bool) else node.text


def sam_configuration(folder: str, top: str, limits: Limits) -> Given:
    """What `samconfig.toml` in the template's folder gives the default environment; nothing where it is not there."""
    import tomllib

    path = Path(folder) / "samconfig.toml"
    if not path.is_file():
        return Given()
    data = read_file(path.as_posix(), top=top, limits=limits)
    try:
        said = tomllib.loads(data.decode()) if isinstance(data, bytes) else {}
    except (ValueError, RecursionError):
        return Given()
    default = said.get("default")
    tables = [_table(default, command) for command in ("global", "deploy")]
    merged: dict[str, Any] = {**tables[0], **tables[1]}
    region, stack = merged.get("region"), merged.get("stack_name")
    return Given(
        dict(_overrides(merged.get("parameter_overrides"))),
        region if isinstance(region, str) else "",
        stack if isinstance(stack, str) else "",
    )


def _table(default: Any, command: str) -> dict[str, Any]:
    here = default
    for step in (command, "parameters"):
        here = here.get(step) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _overrides(said: Any) -> Iterator[tuple[str, str]]:
    """`A=1 B="two words"`, a list of such texts, or the older `ParameterKey=A,ParameterValue=1`."""
    for text in said if isinstance(said, list) else (said,):
        if not isinstance(text, str):
            continue
        pattern = _OLD_OVERRIDE if "ParameterKey=" in text else _OVERRIDE
        for name, value in pattern.findall(text):
            yield name, _unquoted(value)


def _unquoted(text: str) -> str:
    if text[:1] == '"':
        try:
            value = json.loads(text)
        except ValueError:
            return text.strip('"')
        return str(value)
    return text.strip("'")
