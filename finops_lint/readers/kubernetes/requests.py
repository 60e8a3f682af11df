"""Fields of an object of Amazon's controllers, requests to its interface → CloudFormation's properties in snake case.

`dbInstanceClass` is `db_instance_class`. What names another object (`subnetRefs`) is unknown, and noted; what is kept
in a Secret is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.kubernetes.controllers import Controller
from finops_lint.catalog.template_words import snake
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.readers.awscc import from_properties, renamed
from finops_lint.readers.cloudformation.properties import FREE_FORM
from finops_lint.readers.converted import Converted, put_in
from finops_lint.readers.kubernetes.declared import SECRET, Declared, Mention, mention_of

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets

_REFERENCE = regex(r"(.+?)Ref(s?)")
_ACRONYMS = regex(r"([A-Z]{2,})s(?=[A-Z]|$)")
_FREE = frozenset(map(snake, FREE_FORM))
"""Properties below which the names are the author's."""
_IN_A_SECRET = frozenset({"key", "name", "namespace"})


@record(slots=True)
class Request:
    """Converts the fields of one object."""

    names: Mapping[str, str]
    """Dotted field → property, where they differ by more than their case."""
    unwraps: bool = False
    """Whether a list is an object with `items`."""
    ways: dict[Path, Path] = field(default_factory=dict)
    """Where a property is → where its field was, from the top of the object."""
    mentions: list[Mention] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def read(self, spec: Mapping[str, Value]) -> dict[str, Any]:
        """The properties of the whole object."""
        for name, value in self._properties(spec, (), ("spec",)).items():
            self.found.setdefault(name, value)
        return self.found

    def _properties(self, fields: Mapping[str, Value], new: Path, old: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        references = []
        for key, value in fields.items():
            named = _REFERENCE.fullmatch(key)
            if named is not None and isinstance(value, (Mapping, list)):
                references.append((named, value, (*old, key)))
                continue
            name = snaked(key)
            here = (*new, name)
            said = self.names.get(".".join(step for step in here if isinstance(step, str)))
            if said is not None:
                self._put(tuple(said.split(".")), value, (*old, key))
            else:
                made = self._value(value, here, (*old, key))
                if made == {} and value:
                    continue  # all that it says is said elsewhere
                self.ways[here], found[name] = (*old, key), made
                if isinstance(value, str) and name.endswith("_name"):
                    self.mentions.append(Mention(here, value))
        for named, value, way in references:
            self._mentioned(found, named, value, (new, way))
        return found

    def _put(self, target: Path, value: Value, old: Path) -> None:
        """Set a property whose place is not that of its field."""
        self.ways[target] = old
        put_in(self.found, target, self._value(value, target, old))

    def _value(self, value: Value, new: Path, old: Path) -> Any:
        if isinstance(value, Partial):
            return value.rest
        if isinstance(value, Mapping):
            if new[-1] in _FREE or new[-1] == "tags":
                return dict(value)
            if {"key", "name"} <= value.keys() <= _IN_A_SECRET:
                return SECRET
            if self.unwraps and "items" in value:
                return self._value(value["items"], new, (*old, "items"))
            return self._properties(value, new, old)
        if isinstance(value, (list, tuple)):
            return [self._value(entry, (*new, place), (*old, place)) for place, entry in enumerate(value)]
        return value

    def _mentioned(self, found: dict[str, Any], named: re.Match[str], value: Value, ways: tuple[Path, Path]) -> None:
        """Note what a reference names; its property has one of a few names, all unknown where none is written."""
        stem, many = snaked(named[1]), named[2]
        names = [f"{stem}_name{many}", f"{stem}_id{many}", f"{stem}_arn{many}", f"{stem}{many}"]
        if any(name in found for name in names):
            return
        entries = value if isinstance(value, list) else [value]
        for mention in (mention_of(entry, (*ways[0], names[0])) for entry in entries):
            if mention is not None:
                self.mentions.append(mention)
        unknown = Unknown(f"it is taken from {named[0]}", (named[0],))
        for name in names:
            self.ways[(*ways[0], name)] = ways[1]
            found[name] = unknown


def snaked(name: str) -> str:
    """`subnetIDs` → `subnet_ids`, `dbInstanceClass` → `db_instance_class`, `type_` → `type`."""
    return snake(_ACRONYMS.sub(lambda found: f"{found[1].capitalize()}s", name.rstrip("_")))


def of_amazon(resource: Resource, controller: Controller, sheets: Sheets) -> Iterator[Declared]:
    """What an object of Amazon's controllers declares: itself, then what Terraform makes resources of their own."""
    group, _, kind = resource.type.partition("/")
    template_type = controller.template_type(group, kind)
    if "::" in template_type:
        template_type = sheets.template_type_like(template_type)
    spec = resource.value("spec")
    if not template_type or not isinstance(spec, Mapping):
        return
    label = group.partition(".")[0]
    name = f"{label}/{kind}"
    request = Request(controller.table("fields").get(name, {}), label in controller.says["unwrap"])
    values = request.read(spec)
    parts = controller.table("parts").get(name, ())
    whole = {key: value for key, value in values.items() if key not in {part["from"] for part in parts}}
    if "::" not in template_type:
        yield Declared(template_type, whole, request.ways, tuple(request.mentions))
    else:
        yield _declared(from_properties(template_type, whole, sheets), request)
    for part in parts:
        if part["from"] in values:
            yield _part(part, values, request)


def _declared(found: Converted, request: Request) -> Declared:
    """What was found, with the ways and mentions of the request under the names it has."""
    ways = {new: request.ways[old] for old, new in found.moved.items() if old in request.ways}
    mentions = (replace(m, path=min(found.places([m.path]), key=len)) for m in request.mentions)
    return Declared(found.type, found.values, ways, tuple(mentions))


def _part(part: Mapping[str, Any], values: Mapping[str, Value], request: Request) -> Declared:
    start = part["from"]
    named, inner = part.get("as"), values[start]
    beside = {key: values[key] for key in part.get("with", ()) if key in values}
    content = {named: inner, **beside} if named else {**(inner if isinstance(inner, Mapping) else {}), **beside}
    found = renamed(part["type"], content, part.get("names", {}), frozenset(part.get("blocks", ())))
    ways = {}
    for old, new in found.moved.items():
        within = (start, *(old[1:] if named and old[0] == named else old))
        if within in request.ways:
            ways[new] = request.ways[within]
    return Declared(found.type, found.values, ways, part=start, owner=part.get("owner", ""))
