"""Turns `pricing/lists/` into what takes an entry of a public price list and names the table item it is the price of.

A cloud's file (`lists/aws.yaml`) says where its list is and what its units mean; a service's file
(`lists/aws/ebs.yaml`) says which entries become which items.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.yaml_text import load_yaml
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span

_ITEM = regex(r"[A-Za-z0-9*][A-Za-z0-9._/:+-]*")
_QUANTITY = regex(r"(\d+)\s*([KM]?)(?:\s+|(?=/)|$)(.*)", re.IGNORECASE)
_MULTIPLES = {"": 1, "K": 1_000, "M": 1_000_000}


class DeclarationError(CatalogError):
    """A file under `pricing/lists/` is wrong."""


@record(frozen=True, slots=True)
class Condition:
    """What an attribute must be."""

    key: str
    literals: frozenset[str]
    """Any of these, to the letter; empty where `pattern` says it."""
    pattern: re.Pattern[str] | None

    def groups(self, value: str) -> dict[str, str] | None:
        """The named groups where `value` will do, else None."""
        if self.pattern is None:
            return {} if value in self.literals else None
        match = self.pattern.fullmatch(value)
        return None if match is None else {name: text or "" for name, text in match.groupdict().items()}


@record(frozen=True, slots=True)
class Line:
    """One line of a service's file: which entries it takes, and what they become."""

    service: str
    list: str
    """The part of the cloud's list it reads: an offer code, a service's name."""
    item: str
    """Template of the item, without its service."""
    unit: str
    conditions: tuple[Condition, ...]
    names: Mapping[str, tuple[str, Mapping[str, str]]]
    """New word → (template of what is translated, its translations): what has none is not taken."""
    units: Mapping[str, Decimal]
    """Unit of the list, in lower case → how many table units it is."""
    free: bool
    """Whether a first tier that costs nothing stays; otherwise the next one starts at 0."""
    tiers: bool
    """Whether all tiers count, or only the first."""
    region: str
    """The region written instead of the entry's; empty for the entry's."""
    spread: Mapping[str, Decimal]
    """Term → its hours: the upfront part and the total of a reservation are spread over them."""
    term: str
    """The attribute that says the term."""
    parts: bool
    """Whether the rows are only parts that others are summed from."""

    def words(self, attributes: Mapping[str, str]) -> dict[str, str] | None:
        """What the templates may name, where this line takes the entry; else None."""
        words: dict[str, str] = {}
        for condition in self.conditions:
            groups = condition.groups(attributes.get(condition.key, ""))
            if groups is None:
                return None
            words.update(groups)
        for name, (template, table) in self.names.items():
            value = table.get(filled(template, attributes, words))
            if value is None:
                return None
            words[name] = value
        return words

    def item_of(self, attributes: Mapping[str, str], words: Mapping[str, str]) -> str | None:
        """The item; None where what would be its name is none."""
        name = filled(self.item, attributes, words)
        return name if _ITEM.fullmatch(name) and "//" not in name and not name.endswith("/") else None

    def count(self, unit: str) -> Decimal | None:
        """How many table units the list's `unit` is; None where nothing says so.

        A leading number counts by itself: "100 Hours", "10K", "1 GB/Month".
        """
        text = unit.strip().lower()
        if text in self.units:
            return self.units[text]
        quantity = _QUANTITY.fullmatch(text)
        each = self.units.get(quantity[3]) if quantity else None
        if quantity is None or each is None:
            return None
        return each * int(quantity[1]) * _MULTIPLES[quantity[2].upper()]

    def possible(self) -> re.Pattern[str]:
        """What every item of this line looks like, for finding out what the lines cover."""
        known = {condition.key: condition for condition in self.conditions}
        parts = []
        for text, field, _, conversion in string.Formatter().parse(self.item):
            parts.append(re.escape(text))
            if field is None:
                continue
            if field in self.names:
                parts.append(f"(?:{'|'.join(sorted(re.escape(v) for v in self.names[field][1].values()))})")
            else:
                parts.append(f"(?:{_possible(known.get(key_of(field)), conversion)})")
        return re.compile("".join(parts), re.IGNORECASE)


@record(frozen=True, slots=True)
class Cloud:
    """What is true of a cloud's whole list."""

    cloud: str
    source: str
    """The source id its rows carry."""
    title: str
    bases: tuple[Mapping[str, str], ...]
    """Where the list is: `url`, `path`, and `regions`, a pattern of the regions it has."""
    hosts: frozenset[str]
    """Hosts a redirect may lead to."""
    lines: tuple[Line, ...]
    lists: tuple[str, ...]
    """The parts of the list that any line reads, in order."""
    filter: str
    """What every question to the list asks for beside service and region; empty for nothing."""
    regions: Mapping[str, str]
    """Region in the list → the tables' word for it, where that is another."""
    machines: tuple[Mapping[str, Any], ...]
    """How machine prices are summed from the parts."""

    def lines_of(self, name: str) -> tuple[Line, ...]:
        """The lines that read one part of the list."""
        return tuple(line for line in self.lines if line.list == name)

    def services_of(self, name: str) -> frozenset[str]:
        """The table services one part of the list feeds."""
        return frozenset(line.service for line in self.lines_of(name))

    def digest(self, name: str) -> str:
        """Changes when what is declared about one part of the list changes."""
        text = "\n".join(repr(line) for line in self.lines_of(name)) + repr(self.machines) + repr(self.regions)
        text = re.sub(r"frozenset\(\{(.*?)\}\)", lambda m: ",".join(sorted(m[1].split(", "))), text)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def key_of(name: str) -> str:
    """An attribute's name as entries have it: the CSV's "Instance Type" and the JSON's `instanceType` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def filled(template: str, attributes: Mapping[str, str], words: Mapping[str, str]) -> str:
    """`{word}` or `{attribute}` filled in; `!l` makes it lower case, `!s` lower case with hyphens."""
    parts = []
    for text, field, _, conversion in string.Formatter().parse(template):
        parts.append(text)
        if field is not None:
            value = words[field] if field in words else attributes.get(key_of(field), "")
            parts.append(_converted(value, conversion))
    return "".join(parts)


def _converted(value: str, conversion: str | None) -> str:
    if conversion == "l":
        return value.lower()
    return re.sub(r"[^a-z0-9.]+", "-", value.lower()).strip("-") if conversion == "s" else value


def _possible(condition: Condition | None, conversion: str | None) -> str:
    """A regular expression for what an attribute is filled in as."""
    if condition is None or (condition.pattern is not None and conversion == "s"):
        return "[^/]+"
    if condition.pattern is not None:
        return re.sub(r"\(\?P<\w+>", "(?:", condition.pattern.pattern)
    return "|".join(sorted(re.escape(_converted(text, conversion)) for text in condition.literals))


def read_cloud(pricing: Path, cloud: str) -> Cloud:
    """What is declared about one cloud's list.

    Raises:
        DeclarationError: A file is not what its schema says.
    """
    file = pricing / "lists" / f"{cloud}.yaml"
    head = _read(file, "price-list-cloud.json")
    lines: list[Line] = []
    for service in sorted((pricing / "lists" / cloud).glob("*.yaml")):
        content = _read(service, "price-list.json")
        for part in content["lists"]:
            lines += (_line(service, content, part, row, head) for row in part["rows"])
    return Cloud(
        cloud=cloud,
        source=head["source"]["id"],
        title=head["source"]["name"],
        bases=tuple(head["bases"]),
        hosts=frozenset(head.get("hosts", ())),
        lines=tuple(lines),
        lists=tuple(dict.fromkeys(line.list for line in sorted(lines, key=lambda line: line.list))),
        filter=head.get("filter", ""),
        regions=head.get("regions", {}),
        machines=tuple(head.get("machines", ())),
    )


def clouds(pricing: Path) -> tuple[str, ...]:
    """The clouds whose list is declared."""
    return tuple(sorted(file.stem for file in (pricing / "lists").glob("*.yaml")))


def _read(file: Path, schema: str) -> Mapping[str, Any]:
    from finops_lint.catalog.schema_faults import first_fault, place_in

    text = file.read_text(encoding="utf-8")
    content = load_yaml(text, file.as_posix(), DeclarationError)
    rules = json.loads((Path(__file__).parent.parent / "catalog" / "schemas" / schema).read_text(encoding="utf-8"))
    fault = first_fault(rules, content, key="key of a price list's declaration")
    if fault is not None:
        raise DeclarationError(fault.message, Span(file.as_posix(), *place_in(text, fault.steps)))
    checked: Mapping[str, Any] = content
    return checked


def _line(
    file: Path, content: Mapping[str, Any], part: Mapping[str, Any], row: Mapping[str, Any], head: Mapping[str, Any]
) -> Line:
    always = {key: [part["list"]] if wanted == "{list}" else wanted for key, wanted in head.get("always", {}).items()}
    match = {**always, **part.get("match", {}), **row.get("match", {})}
    tables = {**content.get("names", {}), **row.get("names", {})}
    used = {field for field in _fields(row["item"]) if field in tables}
    names = {name: _translation(tables[name]) for name in sorted(used)}
    units = {**head["units"].get(row["unit"], {}), **row.get("units", {})}
    try:
        conditions = tuple(_condition(key, wanted) for key, wanted in match.items() if wanted is not None)
    except re.error as error:
        raise DeclarationError(f"{row['item']}: not a regular expression: {error}", Span(file.as_posix(), 1)) from error
    return Line(
        service=file.stem,
        list=part["list"],
        item=row["item"],
        unit=row["unit"],
        conditions=conditions,
        names=names,
        units={str(unit).lower(): Decimal(str(count)) for unit, count in units.items()},
        free=row.get("free", True),
        tiers=row.get("tiers", True),
        region=row.get("region", ""),
        spread={str(term): Decimal(hours) for term, hours in head.get("terms", {}).items()}
        if row.get("spread")
        else {},
        term=key_of(head.get("term", "")),
        parts=row.get("parts", False),
    )


def _fields(template: str) -> Iterator[str]:
    return (field for _, field, _, _ in string.Formatter().parse(template) if field)


def _translation(table: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    template = table["from"] if "{" in table["from"] else f"{{{table['from']}}}"
    return template, {str(name): str(value) for name, value in table.items() if name != "from"}


def _condition(key: str, wanted: str | Sequence[str]) -> Condition:
    if not isinstance(wanted, str):
        return Condition(key_of(key), frozenset(map(str, wanted)), None)
    if re.fullmatch(r"[\w :,/&-]*", wanted):
        return Condition(key_of(key), frozenset({wanted}), None)
    return Condition(key_of(key), frozenset(), re.compile(wanted))
