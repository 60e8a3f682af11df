"""A usage file in Infracost's format 0.1 → what is stated about a resource's use.

`resource_type_default_usage` holds for every resource of a type, `resource_usage` for one address, with `[*]` for
every instance, or under a type's name for all its resources. The more exact wins, key by key. Source of the format:
infracost.io/docs/features/usage_based_resources.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from finops_lint.catalog.given import read_given
from finops_lint.catalog.sheet_model import UsageKey
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.yaml_text import safe_loader, too_deep
from finops_lint.costs.errors import CostError
from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Value

_SECTIONS = {"resource_usage", "resource_type_default_usage"}
_OTHER_SECTIONS = {"version", "projects"}
_ADDRESS = regex(r"(?:module\.[^.]+\.)*(?:aws|awscc|azurerm|google)_[a-z0-9_]+\.[^.].*")
"""A key that is a resource's address: `azurerm_backup_protected_vm.web[*]` inside the entry of its vault."""
_INDEXED = regex(r"\[\d+\]")
_DEEPEST = 8
_MOST_BYTES = 10 << 20
_MOST_KEYS = 10_000
_MOST_NAMED = 3
_MOST_COMPARED = 50
"""Names that resemble an address are looked for as often as this: it takes its time."""


@record(frozen=True, slots=True)
class _Entry:
    """What is stated under one address or type."""

    values: Mapping[str, Value]
    lines: Mapping[str, int]
    """Dotted key → line."""
    line: int = 1
    """Where the entry begins."""


class Usage:
    """Stated usage, looked up by resource."""

    def __init__(
        self,
        by_address: Mapping[str, _Entry] | None = None,
        by_type: Mapping[str, _Entry] | None = None,
        *,
        file: str = "",
        problems: tuple[Problem, ...] = (),
    ) -> None:
        self._by_address = by_address or {}
        self._by_type = by_type or {}
        self._patterns = [(_pattern(name), name) for name in self._by_address if "[*]" in name]
        self.file = file
        self.problems = problems
        self._complained: set[tuple[str, str]] = set()

    @property
    def is_stated(self) -> bool:
        """Whether anything is stated at all."""
        return bool(self._by_address or self._by_type)

    def of(self, resource: Resource, keys: Mapping[str, UsageKey]) -> tuple[Mapping[str, Value], list[Problem]]:
        """What is stated about `resource`, as far as it fits the sheet's `keys`, and what does not."""
        entries = list(self._entries(resource))
        if not entries:
            return {}, []
        stated: dict[str, Value] = {}
        problems: list[Problem] = []
        for name, entry in entries:
            fitting = _fitting(entry.values, keys)
            problems += self._complaints(name, entry, keys)
            stated = overlaid(stated, fitting)
        return stated, problems

    def resources(self, sheets: Sheets) -> Iterator[Resource]:
        """What no code declares and only an entry here tells of: the traffic of a region's network."""
        for address, entry in self._by_address.items():
            kind, _, name = address.partition(".")
            sheet = sheets.get(kind)
            if sheet is not None and self._is_only_stated(address, sheets):
                said = entry.values.get("region")
                region = said if isinstance(said, str) else None
                span = Span(self.file, min(entry.lines.values(), default=1))
                yield Resource(address, kind, name, sheet.cloud, "usage", self.file, region, {}, span)

    def strangers(self, addresses: Iterable[str], types: Collection[str], sheets: Sheets) -> Iterator[Problem]:
        """What is stated of addresses that were not read: each that resembles one, the others in one line."""
        known = dict.fromkeys(addresses)
        left = [name for name in self._by_address if name not in known and name not in types]
        left = [name for name in left if not self._is_only_stated(name, sheets)]
        patterns = {name: pattern for pattern, name in self._patterns}
        left = [n for n in left if n not in patterns or not any(patterns[n].fullmatch(one) for one in known)]
        near = {name: nearest(known, name) for name in left[:_MOST_COMPARED]}
        for name in left:
            if near.get(name):
                message = f"{name} is not in what was read; did you mean {', '.join(near[name])}?"
                yield Problem(Level.NOTICE, "usage-address", message, self._span(name))
        others = [name for name in left if not near.get(name)]
        if others:
            more = f" and {len(others) - _MOST_NAMED:,} more" if len(others) > _MOST_NAMED else ""
            message = f"not in what was read: {', '.join(others[:_MOST_NAMED])}{more}"
            yield Problem(Level.NOTICE, "usage-address", message, self._span(others[0]))

    def _span(self, name: str) -> Span:
        return Span(self.file, self._by_address[name].line)

    def _is_only_stated(self, name: str, sheets: Sheets) -> bool:
        kind, _, rest = name.partition(".")
        sheet = sheets.get(kind) if rest else None
        return sheet is not None and sheet.only_stated

    def _entries(self, resource: Resource) -> Iterator[tuple[str, _Entry]]:
        for section in (self._by_type, self._by_address):  # a type's name may stand among the addresses too
            if resource.type in section:
                yield resource.type, section[resource.type]
        for pattern, name in self._patterns:
            if pattern.fullmatch(resource.address):
                yield name, self._by_address[name]
        if resource.address in self._by_address:
            yield resource.address, self._by_address[resource.address]

    def _complaints(self, name: str, entry: _Entry, keys: Mapping[str, UsageKey]) -> Iterator[Problem]:
        for key, why in _misfits(entry.values, keys):
            if (name, key) in self._complained:
                continue
            self._complained.add((name, key))
            span = Span(self.file, entry.lines.get(key, 1))
            yield Problem(Level.NOTICE, "usage-key", f"{name}: {key} {why}", span, "it is not taken into account")


NO_USAGE = Usage()


def nearest(known: Iterable[str], name: str) -> list[str]:
    """Up to two of `known` that are `name` inside a module, else of its type and spelled much like it."""
    known = list(known)
    inside = [one for one in known if one.endswith(f".{name}")]
    kind = _kind(name)
    return inside[:2] or get_close_matches(name, [one for one in known if _kind(one) == kind], 2, cutoff=0.75)


def _kind(address: str) -> str:
    """`module.a["x.y"].aws_x.b[0]` → `aws_x`."""
    steps = re.sub(r"\[[^\]]*\]", "", address).split(".")
    return steps[-2] if len(steps) > 1 else steps[0]


def read_usage(path: Path) -> Usage:
    """The usage file at `path`.

    Raises:
        CostError: It cannot be read, or is no usage file.
    """
    import yaml

    text = read_given(path, CostError, most=_MOST_BYTES)
    if line := too_deep(text):
        raise CostError("usage is nested too deeply", Span(str(path), line))
    try:
        root = yaml.compose(text, Loader=safe_loader())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", "") or str(error).partition("\n")[0]
        raise CostError(f"not YAML: {message}", Span(str(path), mark.line + 1 if mark else 1)) from None
    return _read(root, str(path))


def _read(root: Any, file: str) -> Usage:
    sections: dict[str, dict[str, _Entry]] = {name: {} for name in _SECTIONS}
    problems: list[Problem] = []
    if root is None:
        return Usage(file=file)
    if root.id != "mapping":
        raise CostError("a usage file is a map with resource_usage", Span(file, _line(root)))
    for key, node in root.value:
        name, where = str(key.value), Span(file, _line(key))
        if name in sections:
            if node.id == "mapping":
                sections[name] = _entries_of(node, file)
            elif node.value:
                raise CostError(f"{name} is a map", where)
        elif name == "version" and str(node.value) != "0.1":
            raise CostError(f"version {node.value} of the usage file is not known; 0.1 is", where)
        elif name not in _OTHER_SECTIONS:
            problems.append(Problem(Level.NOTICE, "usage-key", f"{name} is no section of a usage file", where))
    return Usage(
        sections["resource_usage"], sections["resource_type_default_usage"], file=file, problems=tuple(problems)
    )


def _entries_of(section: Any, file: str) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    for key, node in section.value:
        name = str(key.value)
        _enter(entries, name, _entry(node, file), Span(file, _line(key)))
        for inner, value in node.value if node.id == "mapping" else ():
            if value.id == "mapping" and _ADDRESS.fullmatch(str(inner.value)):
                _enter(entries, str(inner.value), _entry(value, file), Span(file, _line(inner)))
    return {name: _without_addresses(entry) for name, entry in entries.items()}


def _enter(entries: dict[str, _Entry], name: str, entry: _Entry, where: Span) -> None:
    """Add `entry`; one that is empty, or says the same again, contradicts nothing.

    Raises:
        CostError: Something else is stated under that name already.
    """
    entry = replace(entry, line=where.line)
    old = entries.get(name)
    if old is None or not old.values:
        entries[name] = entry
    elif entry.values and entry.values != old.values:
        raise CostError(f"{name} is there twice", where)


def _without_addresses(entry: _Entry) -> _Entry:
    """The entry without what is stated inside it of resources that are priced with this one: they have their own."""
    if not any(_ADDRESS.fullmatch(key) for key in entry.values):
        return entry
    return replace(entry, values={k: v for k, v in entry.values.items() if not _ADDRESS.fullmatch(k)})


def _entry(node: Any, file: str) -> _Entry:
    lines: dict[str, int] = {}
    values = _plain(node, "", lines, file, 0)
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise CostError("the usage of a resource is a map", Span(file, _line(node)))
    return _Entry(values, lines)


def _plain(node: Any, path: str, lines: dict[str, int], file: str, depth: int) -> Value:
    if depth > _DEEPEST or len(lines) > _MOST_KEYS:  # aliases may repeat a part of the file without end
        raise CostError("usage is nested too deeply", Span(file, _line(node)))
    if node.id == "mapping":
        found = {}
        for key, value in node.value:
            name = str(key.value)
            inner = f"{path}.{name}" if path else name
            lines[inner] = _line(key)
            found[name] = _plain(value, inner, lines, file, depth + 1)
        return found
    if node.id == "sequence":
        for number, value in enumerate(node.value):
            lines[f"{path}[{number}]"] = _line(value)
        return [_plain(value, f"{path}[{n}]", lines, file, depth + 1) for n, value in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Any) -> Value:
    kind, text = node.tag.rpartition(":")[2], node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in {"true", "yes", "on"}
    if kind in {"int", "float"}:
        try:
            figure = Decimal(text.replace("_", "").replace(",", ""))
        except ArithmeticError:
            return text
        return figure if figure.is_finite() else text
    return text


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(r"\[\*\]", r"\[[^\]]*\]"))


def _fitting(values: Mapping[str, Value], keys: Mapping[str, UsageKey], prefix: str = "") -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, value in values.items():
        path = prefix + name
        key = keys.get(_declared(path))
        if key is not None:
            if not _misfit(value, key) and value is not None:
                found[name] = value
        elif isinstance(value, Mapping) and (inner := _fitting(value, keys, path + ".")):
            found[name] = inner
    return found


def _misfits(values: Mapping[str, Value], keys: Mapping[str, UsageKey], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        path = prefix + name
        key = keys.get(_declared(path))
        if key is not None:
            why = _misfit(value, key)
            if why:
                yield path, why
        elif isinstance(value, Mapping) and any(known.startswith(_declared(path) + ".") for known in keys):
            yield from _misfits(value, keys, path + ".")
        else:
            near = get_close_matches(path, list(keys), 1, cutoff=0.75)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield path, f"is no usage key of this resource{hint}"


def _declared(path: str) -> str:
    """The key as a sheet declares it: `node_pool[*].nodes` for what is stated of `node_pool[2].nodes`."""
    return _INDEXED.sub("[*]", path)


def _misfit(value: Value, key: UsageKey) -> str:
    if value is None or isinstance(value, (list, Mapping)):
        return "" if value is None or not key.unit else "must be a number"
    if key.values and str(value) not in key.values:
        return f"must be one of {', '.join(key.values)}"
    if not key.is_text and not isinstance(value, (Decimal, bool)):
        return "must be a number"
    if isinstance(value, Decimal) and value < 0:
        return "cannot be negative"
    return ""


def overlaid(below: Mapping[str, Value], above: Mapping[str, Value]) -> dict[str, Value]:
    """Both, key by key through every level; where both have a figure, that of `above`."""
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        found[key] = overlaid(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return found
