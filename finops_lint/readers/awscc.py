"""Resources of Terraform's `awscc` provider, CloudFormation's properties in snake case, to canonical shape.

The names follow from the schemas: `awscc_ec2_instance` is `AWS::EC2::Instance`, `block_device_mappings` its
`BlockDeviceMappings`. So the property map of a sheet reads them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.template_words import snake
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.readers.cloudformation.adapters import adapted
from finops_lint.readers.cloudformation.properties import Notes
from finops_lint.readers.converted import Converted

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets

PREFIX = "awscc_"


def from_awscc(kind: str, values: Mapping[str, Value], sheets: Sheets) -> Converted | None:
    """The resource under the type it stands for; None where nothing is known of it, or it has a sheet of its own."""
    if not kind.startswith(PREFIX) or sheets.get(kind) is not None:
        return None
    template_type = sheets.type_of_awscc(kind)
    return None if template_type is None else from_properties(template_type, values, sheets)


def from_properties(template_type: str, values: Mapping[str, Value], sheets: Sheets) -> Converted:
    """The resource of a CloudFormation type whose properties are written in snake case."""

    def text(name: str) -> str | None:
        value = values.get(snake(name))
        return None if value is None else value if isinstance(value, str) else ""

    canonical = sheets.template_type(template_type, text)
    sheet = sheets.get(canonical)
    names = {_snaked(path): to for path, to in (sheet.properties if sheet else {}).items()}
    blocks = frozenset(sheet.blocks if sheet else ())
    found = renamed(canonical, values, names, blocks, tag_blocks=sheet is not None and sheet.tags == "tag")
    notes, ways = _numbered(found.moved)
    found.values = sheets.shape(canonical, adapted(canonical, template_type, found.values, notes))
    found.moved.update({ways[span.line]: path for path, span in notes.positions.items()})
    return found


def renamed(
    kind: str,
    values: Mapping[str, Value],
    names: Mapping[str, str],
    blocks: frozenset[str],
    *,
    tag_blocks: bool = False,
) -> Converted:
    """The values by the dotted `names`; tags become a map, but the resource's own with `tag_blocks` stay a list."""
    found = Converted(kind, {})
    renamer = _Renamer(names, blocks, found.moved, tag_blocks)
    found.values = renamer.map(values, "", ((), ()))
    return found


def _numbered(moved: Mapping[Path, Path]) -> tuple[Notes, Sequence[Path]]:
    """Notes that let an adapter move places about: the line of each is the place of its origin in the list beside."""
    return Notes({new: Span("", number) for number, new in enumerate(moved.values())}), tuple(moved)


def _snaked(path: str) -> str:
    return ".".join(snake(step) for step in path.split("."))


@record(slots=True)
class _Renamer:
    names: Mapping[str, str]
    blocks: frozenset[str]
    moved: dict[Path, Path]
    tag_blocks: bool

    def map(self, values: Mapping[str, Value], below: str, paths: tuple[Path, Path]) -> dict[str, Value]:
        """The entries of a map, renamed; `paths` are where it was and where it goes."""
        result: dict[str, Value] = {}
        for key, value in values.items():
            name = f"{below}.{key}" if below else key
            said = self.names.get(name, key)
            old, new = (*paths[0], key), paths[1]
            if not said:
                inner = value[0] if isinstance(value, list) and len(value) == 1 else value
                if isinstance(inner, Mapping):
                    result.update(self.map(inner, name, (old, new)))
                continue
            *blocks, last = said.split(".")
            into = result
            for step in blocks:
                into = into.setdefault(step, [{}])[0]
                new = (*new, step, 0)
            new = (*new, last)
            self.moved[old] = new
            into[last] = self.value(value, name, (old, new))
        return result

    def value(self, value: Value, name: str, paths: tuple[Path, Path]) -> Any:
        """A value with the names inside renamed; pairs of key and value are a map of tags."""
        if name.endswith("tags") and not (self.tag_blocks and name == "tags"):
            return _tags(value)
        if isinstance(value, Mapping):
            dotted = ".".join(step for step in paths[1] if isinstance(step, str))
            if dotted in self.blocks:
                return [self.map(value, name, (paths[0], (*paths[1], 0)))]
            return self.map(value, name, paths)
        if isinstance(value, list):
            return [
                self.map(entry, name, ((*paths[0], place), (*paths[1], place))) if isinstance(entry, Mapping) else entry
                for place, entry in enumerate(value)
            ]
        return value


def _tags(value: Value) -> Value:
    if isinstance(value, Partial) and isinstance(value.known, tuple):
        known = _tags(list(value.known))
        return Partial(known.known if isinstance(known, Partial) else known, value.rest)
    if not isinstance(value, list):
        return value
    found: dict[str, Value] = {}
    more: Unknown | None = None
    for entry in value:
        key = entry.get("key") if isinstance(entry, Mapping) else entry
        if isinstance(key, str) and isinstance(entry, Mapping):
            found[key] = entry.get("value", "")
        elif isinstance(key, Unknown):
            more = key
    return Partial(found, more) if more is not None else found
