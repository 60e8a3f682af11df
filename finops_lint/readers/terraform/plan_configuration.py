"""A plan's `configuration`: what each argument refers to, through modules, and what the providers are set to.

Locals are not in a plan: an argument that goes through one has no edge unless its value is another resource's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference
from finops_lint.model.values import Path, Unknown
from finops_lint.readers.terraform.plan_values import Written, is_argument

_STEP = regex(r'([^.\[\]]+)((?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])*)')
_ALWAYS_KNOWN = frozenset(("path", "terraform", "self", "count"))
MAX_STEPS = 40
"""Variables and outputs a reference is followed through."""
MAX_TARGETS = 50
"""Resources one reference may lead to."""


def steps(address: str) -> list[tuple[str, str]]:
    """`module.m["x"].aws_a.b[0]` → `("module", ""), ("m", '["x"]'), ("aws_a", ""), ("b", "[0]")`."""
    return [(found[1], found[2]) for found in _STEP.finditer(address)]


@record(frozen=True, slots=True)
class Place:
    """A module instance: its address (empty for the root) and its part of the configuration."""

    address: str
    module: Mapping[str, Any]
    call: Mapping[str, Any] | None = None
    """The module call that makes it."""
    parent: Place | None = None
    key: str = ""
    """Its index, `["x"]`."""

    def address_of(self, rest: str) -> str:
        """The full address of something in this module."""
        return f"{self.address}.{rest}" if self.address else rest


@record(frozen=True, slots=True)
class Target:
    """What a reference leads to."""

    address: str
    attribute: str = ""
    kind: str = "resource"
    """`resource` or `data`; `local` for what a plan does not show: a local, a whole module."""


@record(slots=True)
class Configuration:
    """The configuration of one plan."""

    root: Mapping[str, Any] = field(default_factory=dict)
    providers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Values of the root's variables."""
    module_addresses: frozenset[str] = frozenset()
    """Every module instance of the plan."""
    _places: dict[str, Place | None] = field(default_factory=dict)
    _resources: dict[int, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    _written: dict[int, tuple[tuple[Path, tuple[str, ...]], ...]] = field(default_factory=dict)
    _by_key: dict[int, bool] = field(default_factory=dict)
    _edges: dict[tuple[str, str], tuple[tuple[Reference, ...], tuple[Path, ...]]] = field(default_factory=dict)

    def place(self, module_address: str) -> Place | None:
        """The module instance at an address; None where the configuration does not hold it."""
        if module_address not in self._places:
            self._places[module_address] = self._find_place(module_address)
        return self._places[module_address]

    def _find_place(self, module_address: str) -> Place | None:
        place = Place("", self.root)
        names = steps(module_address)
        for (word, _), (name, key) in zip(names[::2], names[1::2], strict=False):
            found = self.below(place, name, key) if word == "module" else None
            if found is None:
                return None
            place = found
        return place

    def below(self, place: Place, name: str, key: str) -> Place | None:
        """The called module `name[key]`."""
        call = _object(place.module.get("module_calls")).get(name)
        if not isinstance(call, dict):
            return None
        return Place(place.address_of(f"module.{name}{key}"), _object(call.get("module")), call, place, key)

    def resource(self, place: Place | None, kind: str, name: str) -> Mapping[str, Any] | None:
        """The configuration of a managed resource."""
        if place is None:
            return None
        index = self._resources.get(id(place.module))
        if index is None:
            listed = place.module.get("resources")
            index = {
                f"{entry.get('type')}.{entry.get('name')}": entry
                for entry in (listed if isinstance(listed, list) else ())
                if isinstance(entry, dict) and entry.get("mode") == "managed"
            }
            self._resources[id(place.module)] = index
        return index.get(f"{kind}.{name}")

    # -- edges ----------------------------------------------------------------------------------------------------

    def edges(
        self, place: Place, resource: Mapping[str, Any], key: str
    ) -> tuple[tuple[Reference, ...], tuple[Path, ...]]:
        """The edges of a resource in a module instance, and the arguments whose references could not be followed.

        `key` is the resource's own index; instances of one resource in one module share their edges where none follows
        `each`.
        """
        identity = (place.address, str(resource.get("address")) + (key if self._needs_key(resource) else ""))
        if identity not in self._edges:
            self._edges[identity] = self._find_edges(place, resource, key)
        return self._edges[identity]

    def _needs_key(self, resource: Mapping[str, Any]) -> bool:
        """Whether an edge may lead to the module instance of the resource's own key."""
        if id(resource) not in self._by_key:
            own = (name for _, names in self.written_references(resource) for name in names)
            each = references_in(resource.get("for_each_expression"))
            self._by_key[id(resource)] = any(name.startswith("module.") for name in (*own, *each))
        return self._by_key[id(resource)]

    def _find_edges(
        self, place: Place, resource: Mapping[str, Any], key: str
    ) -> tuple[tuple[Reference, ...], tuple[Path, ...]]:
        edges: dict[Reference, None] = {}
        lost: list[Path] = []
        for path, references in self.written_references(resource):
            found = [t for name in references for t in self.targets(name, place, resource, key=key)]
            if any(target.kind != "resource" for target in found):
                lost.append(path)
            for target in [target for target in found if target.kind == "resource"][:MAX_TARGETS]:
                edges[Reference(path, target.address, target.attribute)] = None
        depends = resource.get("depends_on")
        for reference in depends if isinstance(depends, list) else ():
            for target in self.targets(str(reference), place, resource, key=key):
                if target.kind == "resource":
                    edges[Reference((), target.address)] = None
        return tuple(edges), tuple(lost)

    def written_references(self, resource: Mapping[str, Any]) -> tuple[tuple[Path, tuple[str, ...]], ...]:
        """Argument path → references, each as long as written."""
        if id(resource) not in self._written:
            self._written[id(resource)] = tuple(_references(resource.get("expressions"), ()))
        return self._written[id(resource)]

    def targets(
        self, reference: str, place: Place, owner: Mapping[str, Any], *, key: str = "", depth: int = 0
    ) -> Iterator[Target]:
        """What a reference in `place` leads to; `owner` is the resource or module call it stands in."""
        parts = steps(reference)
        if depth > MAX_STEPS or len(parts) < 2 or parts[0][0] in _ALWAYS_KNOWN:
            return
        first, second = parts[0][0], parts[1][0]
        if first == "var":
            yield from self._through_call(second, place, depth)
        elif first == "each":
            names = longest(references_in(owner.get("for_each_expression"))) if second == "value" else []
            for name in names:
                if not name.startswith("each."):
                    yield from self.targets(name, place, owner, key=key, depth=depth + 1)
        elif first == "module" and len(parts) > 2:
            yield from self._through_output(parts, place, key, depth)
        elif first in ("local", "module"):
            yield Target(place.address_of(f"{first}.{second}"), kind="local")
        else:
            yield _named(parts, place)

    def _through_call(self, variable: str, place: Place, depth: int) -> Iterator[Target]:
        """What the caller gives for a variable."""
        if place.parent is None or place.call is None:
            return
        argument = _object(place.call.get("expressions")).get(variable)
        for name in longest(references_in(argument)):
            yield from self.targets(name, place.parent, place.call, key=place.key, depth=depth + 1)

    def _through_output(self, parts: list[tuple[str, str]], place: Place, key: str, depth: int) -> Iterator[Target]:
        """What an output of a called module is made of."""
        name, index = parts[1]
        for below in self._instances(place, name, index, key):
            output = _object(_object(below.module.get("outputs")).get(parts[2][0]))
            for reference in longest(references_in(output.get("expression"))):
                yield from self.targets(reference, below, output, depth=depth + 1)

    def _instances(self, place: Place, name: str, index: str, key: str) -> list[Place]:
        """The instances of a call a reference may mean: the one it names, the one of the same key, or all."""
        if index:
            wanted = [index]
        else:
            prefix = place.address_of(f"module.{name}")
            here = [a for a in self.module_addresses if a == prefix or _is_instance(a, prefix)]
            keys = sorted(a[len(prefix) :] for a in here)
            wanted = [key] if key and key in keys else keys[:MAX_TARGETS] or [""]
        return [found for each in wanted if (found := self.below(place, name, each)) is not None]

    # -- providers ------------------------------------------------------------------------------------------------

    def provider(self, key: str, place: Place) -> tuple[Mapping[str, Any], Place] | None:
        """The provider configuration for `provider_config_key`, and the module it stands in."""
        name = key.rpartition(":")[2]
        here: Place | None = place
        exact = self.providers.get(key)
        if isinstance(exact, dict) and (exact.get("expressions") or ":" not in key):
            at = self.place(str(exact.get("module_address", "")))
            return exact, at or Place("", self.root)
        while here is not None:
            plain = ".".join(f"module.{n}" for n, _ in steps(here.address)[1::2])
            found = self.providers.get(f"{plain}:{name}" if plain else name)
            if isinstance(found, dict) and (found.get("expressions") or not plain):
                return found, here
            here = here.parent
        return None

    def value(self, expression: Written, place: Place, depth: int = 0) -> Any:
        """The value of an argument: a constant or a variable's, otherwise Unknown; None where it is not written."""
        if expression is None:
            return None
        if isinstance(expression, dict) and "constant_value" in expression:
            return expression["constant_value"]
        names = longest(references_in(expression))
        if len(names) == 1 and depth < MAX_STEPS:
            parts = steps(names[0])
            if len(parts) == 2 and parts[0][0] == "var" and not parts[1][1]:
                return self._variable(parts[1][0], place, depth)
        return Unknown(f"set from {', '.join(names) or 'an expression'}, which the plan does not hold", tuple(names))

    def _variable(self, name: str, place: Place, depth: int) -> Any:
        if place.parent is None or place.call is None:
            given = self.variables.get(name)
            if isinstance(given, dict) and "value" in given:
                return given["value"]
            return Unknown(f"var.{name} is not in the plan", (f"var.{name}",))
        argument = _object(place.call.get("expressions")).get(name)
        if argument is not None:
            return self.value(argument, place.parent, depth + 1)
        return _object(_object(place.module.get("variables")).get(name)).get("default")


def _named(parts: list[tuple[str, str]], place: Place) -> Target:
    """A resource or data source, by the words of its address."""
    kind = parts[0][0] if parts[0][0] in ("data", "ephemeral", "resource") else ""
    names = parts[1:3] if kind else parts[:2]
    rest = parts[3:] if kind else parts[2:]
    written = ".".join(f"{name}{key}" for name, key in names)
    attribute = rest[0][0] if rest else ""
    if kind in ("data", "ephemeral"):
        return Target(place.address_of(f"{kind}.{written}"), attribute, "data")
    return Target(place.address_of(written), attribute)


def _is_instance(address: str, prefix: str) -> bool:
    """Whether `address` is `prefix` with an index and nothing more."""
    rest = address[len(prefix) :]
    return address.startswith(prefix) and rest.startswith("[") and len(steps("x" + rest)) == 1


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _references(written: Written, path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Every argument below `written` with its references."""
    if len(path) > MAX_STEPS:
        return
    if isinstance(written, list):
        for index, block in enumerate(written):
            if isinstance(block, dict):
                for key, entry in block.items():
                    yield from _references(entry, (*path, index, key))
    elif isinstance(written, dict) and (not is_argument(written) or not path):
        for key, entry in written.items():
            yield from _references(entry, (*path, key))
    elif isinstance(written, dict):
        names = longest(references_in(written))
        if names:
            yield path, tuple(names)


def references_in(written: Written, depth: int = 0) -> Iterator[str]:
    """The references of an expression, or of everything in a block or a list of them."""
    if isinstance(written, dict):
        if is_argument(written):
            listed = written.get("references")
            yield from (name for name in (listed if isinstance(listed, list) else ()) if isinstance(name, str))
        elif depth < MAX_STEPS:
            for entry in written.values():
                yield from references_in(entry, depth + 1)
    elif isinstance(written, list) and depth < MAX_STEPS:
        for entry in written:
            yield from references_in(entry, depth + 1)


def longest(references: Iterable[str]) -> list[str]:
    """Without those that are only the beginning of another: Terraform lists `a.b.id` and `a.b`."""
    listed = list(dict.fromkeys(references))
    beginnings = {reference[:end] for reference in listed for end in range(1, len(reference)) if reference[end] in ".["}
    return [reference for reference in listed if reference not in beginnings]
