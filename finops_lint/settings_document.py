"""A settings file, YAML or a table of TOML → its plain data, with the place of each value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.given import read_given
from finops_lint.catalog.schema_faults import Steps
from finops_lint.catalog.yaml_text import safe_loader, too_much
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.model.span import Span

if TYPE_CHECKING:
    import yaml

TABLE = "finops-lint"
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class SettingsError(FinopsLintError):
    """The settings file is wrong: the run stops with exit 2."""


@record(frozen=True, slots=True)
class Document:
    """A settings file, parsed."""

    file: str
    data: Mapping[str, Any]
    places: Mapping[Steps, tuple[int, int]]
    """Steps → line and column of the value, or of its key."""

    def span(self, steps: Iterable[str | int]) -> Span:
        """The place of the value at `steps`, or of its nearest parent."""
        way = tuple(steps)
        while way and way not in self.places:
            way = way[:-1]
        line, column = self.places.get(way, (1, 1))
        return Span(self.file, line, column)


def read_document(file: Path) -> Document:
    """What `file` says; of a TOML file the table `[tool.finops-lint]`.

    Raises:
        SettingsError: it cannot be read.
    """
    name = shown(file)
    text = read_given(Path(name), SettingsError)
    return _toml(name, text) if file.suffix == ".toml" else _yaml(name, text)


def _toml(name: str, text: str) -> Document:
    import tomllib

    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        span = Span(name, int(place[1]), int(place[2])) if place else Span(name, 1)
        raise SettingsError(f"not TOML: {str(error).partition(' (at ')[0]}", span) from error
    except RecursionError:
        raise SettingsError("nested too deeply", Span(name, 1)) from None
    tool = whole.get("tool", {})
    data = _with_underscores(tool.get(TABLE, {}) if isinstance(tool, dict) else {})
    return Document(name, data, _toml_places(text))


def _with_underscores(data: Any) -> Any:
    """Top-level keys in TOML's usual spelling, `fail-on`, in ours."""
    return {key.replace("-", "_"): value for key, value in data.items()} if isinstance(data, dict) else data


def _toml_places(text: str) -> dict[Steps, tuple[int, int]]:
    """Where the table and its keys are; TOML's parser does not tell."""
    places: dict[Steps, tuple[int, int]] = {}
    table: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r'\s*\[+tool\."?finops-lint"?\.?([^\]]*)\]', line)
        if head:
            table = head[1].strip().replace("-", "_")
            places.setdefault((table,) if table else (), (number, line.index("[") + 1))
        elif re.match(r"\s*\[[^\]]+\]\s*(#.*)?$", line):
            table = None
        elif table == "" and (key := re.match(r'\s*"?([\w-]+)"?\s*[.=]', line)):
            places.setdefault((key[1].replace("-", "_"),), (number, line.index(key[1]) + 1))
    return places


def _yaml(name: str, text: str) -> Document:
    import yaml

    line, why = too_much(text)
    if line:
        raise SettingsError(why, Span(name, line))
    loader = safe_loader()(text)
    places: dict[Steps, tuple[int, int]] = {}
    try:
        node = loader.get_single_node()
        data = _value(node, (), _Building(name, loader, places)) if node is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        span = Span(name, mark.line + 1, mark.column + 1) if mark else Span(name, 1)
        what = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise SettingsError(f"not YAML: {what}", span) from error
    except (RecursionError, ValueError) as error:
        raise SettingsError(
            "cannot be read as YAML: nested too deeply, or a value that is none", Span(name, 1)
        ) from error
    finally:
        loader.dispose()
    return Document(name, data if data is not None else {}, places)


@record(frozen=True, slots=True)
class _Building:
    """What turning nodes into values needs."""

    file: str
    loader: Any
    places: dict[Steps, tuple[int, int]]


def _value(node: yaml.Node, steps: Steps, building: _Building) -> Any:
    """The plain value of `node`; notes where it and everything below it is written."""
    import yaml

    building.places.setdefault(steps, (node.start_mark.line + 1, node.start_mark.column + 1))
    place = Span(building.file, node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
        raise SettingsError(f"the tag {node.tag} means nothing here", place)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            key = key.replace("-", "_") if not steps else key
            building.places[(*steps, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key in found:
                place = Span(building.file, *building.places[(*steps, key)])
                raise SettingsError(f"{key} is there twice", place)
            found[key] = _value(value_node, (*steps, key), building)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*steps, number), building) for number, item in enumerate(node.value)]
    return building.loader.construct_object(node)


def shown(path: Path) -> str:
    """Relative to the working folder where it lies below it, forward slashes."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path.as_posix()
    return path.as_posix() if relative.startswith("..") and path.is_absolute() else relative.replace(os.sep, "/")
