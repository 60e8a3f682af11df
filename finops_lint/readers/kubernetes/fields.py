"""Fields of an object that a controller makes of Terraform's arguments → these arguments, blocks and maps.

`instanceType` is `instance_type`; an object is a block, a list of one, unless its keys are the author's. What names
another object (`…Ref`, `…Selector`) is unknown, and noted; what is kept in a Secret is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from finops_lint.catalog.kubernetes.controllers import Controller
from finops_lint.catalog.kubernetes.fields import text
from finops_lint.catalog.template_words import snake
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.readers.kubernetes.declared import SECRET, Mention, mention_of

_REFERENCE = regex(r"(.+?)(Refs?|Selector)")


@record(slots=True)
class Fields:
    """Converts the fields of one object."""

    controller: Controller
    type: str
    """The Terraform type it becomes."""
    ways: dict[Path, Path] = field(default_factory=dict)
    """Where an argument is → where its field was, from the top of the object."""
    mentions: list[Mention] = field(default_factory=list)

    def arguments(self, block: Mapping[str, Value], new: Path, old: Path) -> dict[str, Any]:
        """The arguments of a block; `new` and `old` are the ways to it."""
        found: dict[str, Any] = {}
        for key, value in block.items():
            mentioned = _REFERENCE.fullmatch(key)
            if mentioned is None or not isinstance(value, (Mapping, list)):
                self._argument(found, snake(key), value, (new, (*old, key)))
            elif mentioned[1].endswith("Secret"):
                found.setdefault(snake(mentioned[1].removesuffix("Secret")), SECRET)
        for key, value in block.items():
            mentioned = _REFERENCE.fullmatch(key)
            if mentioned is not None and isinstance(value, (Mapping, list)) and not mentioned[1].endswith("Secret"):
                name = snake(mentioned[1]) + ("s" if mentioned[2] == "Refs" else "")
                self._mentioned(found, self._called(name, new), value, (new, (*old, key)))
        return found

    def _argument(self, found: dict[str, Any], name: str, value: Value, ways: tuple[Path, Path]) -> None:
        name = self._called(name, ways[0])
        here = (*ways[0], name)
        made = self._value(value, here, ways[1])
        if made is not None:
            self.ways[here] = ways[1]
            found[name] = made

    def _called(self, name: str, above: Path) -> str:
        """What Terraform calls an argument whose field says `name`."""
        names: Mapping[str, str] = self.controller.table("arguments").get(self.type) or {}
        return names.get(_dotted((*above, name)), name)

    def _value(self, value: Value, new: Path, old: Path) -> Any:
        if isinstance(value, Partial):
            return value.rest
        if isinstance(value, Mapping):
            return self._object(value, new, old)
        if isinstance(value, (list, tuple)):
            return self._list(value, new, old)
        return value

    def _object(self, value: Mapping[str, Value], new: Path, old: Path) -> Any:
        if self.controller.is_map(self.type, _dotted(new)):
            self.ways.update({(*new, key): (*old, key) for key in value})
            return dict(value)
        if "valueFrom" in value or (value.keys() == {"value"} and isinstance(value["value"], str)):
            return SECRET
        if value and self._is_link(new):
            return self._link(value, new)
        self.ways[(*new, 0)] = old
        return [self.arguments(value, (*new, 0), old)]

    def _list(self, value: list[Value] | tuple[Value, ...], new: Path, old: Path) -> Any:
        if f"{self.type}:{_dotted(new)}" in self.controller.says.get("pairs", ()):
            return {text(_get(entry, "key")): _get(entry, "value") for entry in value if _get(entry, "key") is not None}
        if new[-1] in self.controller.says.get("references", ()):
            return [self._reference(entry, new, f"{new[-1]}Ref") for entry in value]
        return [self._entry(entry, (*new, place), (*old, place)) for place, entry in enumerate(value)]

    def _entry(self, entry: Value, new: Path, old: Path) -> Any:
        if not isinstance(entry, Mapping):
            return self._value(entry, new, old)
        if entry and self._is_link(new):
            return self._link(entry, new)
        self.ways[new] = old
        return self.arguments(entry, new, old)

    def _is_link(self, path: Path) -> bool:
        return f"{self.type}:{_dotted(path)}" in self.controller.says.get("links", ())

    def _link(self, value: Mapping[str, Value], path: Path) -> Any:
        """What stands for one of several kinds: the object that one of its fields names, else the text in it."""
        key, found = next(iter(value.items()))
        is_named = isinstance(found, Mapping) and _REFERENCE.fullmatch(key) is not None
        return self._reference(found, path, key) if is_named else found

    def _mentioned(self, found: dict[str, Any], name: str, value: Value, ways: tuple[Path, Path]) -> None:
        """Note what a field of its own refers to; where the argument is written beside it, that counts."""
        if name in found:
            return
        here = (*ways[0], name)
        self.ways[here] = ways[1]
        many = isinstance(value, list)
        entries = [
            self._reference(entry, here, str(ways[1][-1])) for entry in (value if isinstance(value, list) else (value,))
        ]
        found[name] = entries if many else entries[0]

    def _reference(self, value: Value, path: Path, field_name: str) -> Any:
        """What a reference stands for: the text it has from outside, else unknown."""
        named = _REFERENCE.fullmatch(field_name)
        mention = mention_of(value, path, snake(named[1]) if named else "")
        if mention is None:
            outside = _get(value, "external")
            return outside if isinstance(outside, str) else Unknown("it is taken from another object")
        self.mentions.append(mention)
        return Unknown(f"it is taken from {mention.name or 'another object'}", (mention.name or "the object",))


def _get(value: Value, name: str) -> Value:
    return value.get(name) if isinstance(value, Mapping) else None


def _dotted(path: Path) -> str:
    return ".".join(step for step in path if isinstance(step, str))
