"""CloudFormation's functions: a node to the node it stands for, to a plain value, or to an Unknown that says why.

Language: Intrinsic function reference, AWS CloudFormation Template Reference, read 2026-11-21.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, TypeAlias

from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.values import GAP, Unknown
from finops_lint.readers.cloudformation.template import intrinsic, text_of
from finops_lint.readers.cloudformation.unknown import Either, Nothing, agreed, deep_unknown, first_unknown, told
from finops_lint.readers.yaml_nodes import Node

_VARIABLE = regex(r"\$\{(!?)\s*([^${}]*?)\s*\}")
_DYNAMIC = "{{resolve:"
_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set writes for a value that only the deployment decides."""
_MOST_NETWORKS = 256
_MOST_TEXT = 1_048_576
"""Characters of a text: a whole template has no more bytes (CloudFormation quotas, read 2026-11-21)."""

Found: TypeAlias = "Node | Either | Any"
"""What a node comes to: a node without a function at its head, one of two, or a plain value."""


class Seen(Protocol):
    """Takes note of what a value refers to."""

    def refers(self, target: str, attribute: str) -> None:
        """The value names a resource of this template."""

    def is_secret(self) -> None:
        """The value must not be printed."""


class Unheeding:
    """For values nobody asks about."""

    def refers(self, target: str, attribute: str) -> None:
        """Nothing is kept."""

    def is_secret(self) -> None:
        """Nothing is kept."""


UNHEEDING = Unheeding()


class Names(Protocol):
    """What a template's names stand for."""

    def ref(self, name: str, seen: Seen, node: Node) -> Any:
        """`Ref` of a parameter, pseudo parameter or resource."""

    def attribute(self, name: str, attribute: str, seen: Seen, node: Node) -> Any:
        """`Fn::GetAtt`."""

    def condition(self, name: str, node: Node) -> bool | Unknown:
        """Whether a condition holds."""

    def mapping(self, name: str) -> Node | None:
        """A map of maps."""

    def imported(self, name: str) -> Any:
        """What another stack exports."""

    def choices(self, name: str) -> frozenset[str]:
        """The values a parameter may have that is not known; empty where any may be."""


@record(frozen=True, slots=True)
class Functions:
    """The functions over the names of one template."""

    names: Names

    def reduce(self, node: Node, seen: Seen) -> Found:
        """`node` without a function at its head; a scalar that is read from elsewhere is unknown."""
        found = intrinsic(node)
        if found is None:
            if isinstance(node.value, str) and "{{" in node.value:
                if _DYNAMIC in node.value:
                    return _resolved(node.value, seen)
                if _LATER in node.value:
                    return Unknown("known after deployment", ("deployment",))
            return node
        name, argument = found
        function = _TABLE.get(name)
        if function is None:
            return Unknown(f"{name} is not known here", (name,))
        result = function(self, argument, seen)
        return self.reduce(result, seen) if isinstance(result, Node) else result

    def value(self, node: Node, seen: Seen) -> Any:
        """The whole of `node` as a plain value; entries without value are left out."""
        found = self.reduce(node, seen)
        if isinstance(found, Either):
            return agreed(self.value(found.yes, seen), self.value(found.no, seen), found.why)
        if not isinstance(found, Node):
            return found
        if isinstance(found.value, dict):
            entries = ((key, self.value(entry, seen)) for key, entry in found.value.items())
            return {key: entry for key, entry in entries if not isinstance(entry, Nothing)}
        if isinstance(found.value, tuple):
            items = (self.value(entry, seen) for entry in found.value)
            return [entry for entry in items if not isinstance(entry, Nothing)]
        return found.value

    def text(self, node: Node, seen: Seen) -> Any:
        """A value as CloudFormation's text; an Unknown, or a list or map as it is."""
        found = self.reduce(node, seen)
        if isinstance(found, Node):
            text = text_of(found)
            return self.value(found, seen) if text is None else text
        if isinstance(found, Either):
            return agreed(self.text(found.yes, seen), self.text(found.no, seen), found.why)
        return written(found)

    def arguments(self, node: Node, least: int, most: int) -> Sequence[Node] | None:
        """The arguments of a function that takes a list; None where their number is wrong."""
        items: tuple[Node, ...] = node.value if node.is_list else (node,)
        return items if least <= len(items) <= most else None

    # Names

    def ref(self, node: Node, seen: Seen) -> Found:
        """`Ref`."""
        name = self.text(node, seen)
        return self.names.ref(name, seen, node) if isinstance(name, str) else _misused("Ref")

    def get_att(self, node: Node, seen: Seen) -> Found:
        """`Fn::GetAtt`: `"Name.Attribute"` or a list of the two."""
        if node.is_list and len(node.value) == 2:
            name, attribute = self.text(node.value[0], seen), self.text(node.value[1], seen)
        else:
            name, _, attribute = str(text_of(node) or "").partition(".")
        if not isinstance(name, str):
            return _misused("Fn::GetAtt")
        return self.names.attribute(name, attribute if isinstance(attribute, str) else "", seen, node)

    def sub(self, node: Node, seen: Seen) -> Found:
        """`Fn::Sub`: a text, or a text with a map of its own names."""
        own: Mapping[str, Node] = {}
        template: Node | None = node
        if node.is_list:
            template = node.get(0)
            given = node.get(1)
            own = given.value if given is not None and given.is_map else {}
        text = text_of(template) if template is not None else None
        if text is None:
            return _misused("Fn::Sub")
        if _DYNAMIC in text:
            return _resolved(text, seen)
        return self._substituted(text, own, node, seen)

    def _substituted(self, text: str, own: Mapping[str, Node], node: Node, seen: Seen) -> Any:
        parts: list[str] = []
        values: dict[str, Any] = {}
        unknown: Unknown | None = None
        at = length = 0
        for found in _VARIABLE.finditer(text):
            parts.append(text[at : found.start()])
            at = found.end()
            name = found[2]
            if found[1]:
                parts.append("${" + name + "}")
                continue
            if name not in values:
                values[name] = self.text(own[name], seen) if name in own else self._named(name, node, seen)
            value = values[name]
            if not isinstance(value, str):
                unknown = told(unknown, deep_unknown(value), _misused("Fn::Sub"))
            parts.append(value if isinstance(value, str) else _as_far_as_known(value))
            length += len(parts[-1])
            if length > _MOST_TEXT:
                return _too_long("Fn::Sub")
        joined = "".join([*parts, text[at:]])
        return joined if unknown is None else _sketched(unknown, joined, values.values())

    def _named(self, name: str, node: Node, seen: Seen) -> Any:
        first, dot, attribute = name.partition(".")
        return written(self.names.attribute(first, attribute, seen, node) if dot else self.names.ref(first, seen, node))

    def import_value(self, node: Node, seen: Seen) -> Found:
        """`Fn::ImportValue`."""
        name = self.text(node, seen)
        return (
            self.names.imported(name) if isinstance(name, str) else _other(first_unknown(name), _misused("ImportValue"))
        )

    # Texts and lists

    def join(self, node: Node, seen: Seen) -> Found:
        """`Fn::Join`."""
        given = self.arguments(node, 2, 2)
        if given is None:
            return _misused("Fn::Join")
        between, items = self.text(given[0], seen), self.texts(given[1], seen)
        unknown = told(first_unknown(between, items), deep_unknown(items))
        joined = ""
        if isinstance(between, str) and isinstance(items, list):
            texts = [_as_far_as_known(item) for item in items]
            if sum(len(text) + len(between) for text in texts) > _MOST_TEXT:
                return _too_long("Fn::Join")
            joined = between.join(texts)
            if unknown is None and all(isinstance(written(item), str) for item in items):
                return joined
        if unknown is None:
            return _misused("Fn::Join")
        return _sketched(unknown, joined, items if isinstance(items, list) else (items,))

    def texts(self, node: Node, seen: Seen) -> Any:
        """A list whose scalars are texts as they are written."""
        found = self.reduce(node, seen)
        if isinstance(found, Either):
            return agreed(self.texts(found.yes, seen), self.texts(found.no, seen), found.why)
        if isinstance(found, Node) and isinstance(found.value, tuple):
            items = (self.text(entry, seen) for entry in found.value)
            return [item for item in items if not isinstance(item, Nothing)]
        return self.value(found, seen) if isinstance(found, Node) else found

    def split(self, node: Node, seen: Seen) -> Found:
        """`Fn::Split`."""
        given = self.arguments(node, 2, 2)
        if given is None:
            return _misused("Fn::Split")
        mark, text = self.text(given[0], seen), self.text(given[1], seen)
        if isinstance(mark, str) and isinstance(text, str) and mark:
            return text.split(mark)
        if mark == "," and isinstance(text, Unknown):
            return replace(text, sketch="")  # a list handed on as one text: none of its items is empty
        return _other(first_unknown(mark, text), _misused("Fn::Split"))

    def select(self, node: Node, seen: Seen) -> Found:
        """`Fn::Select`."""
        given = self.arguments(node, 2, 2)
        if given is None:
            return _misused("Fn::Select")
        index, items = self.text(given[0], seen), self.texts(given[1], seen)
        if isinstance(index, str) and index.isdecimal() and isinstance(items, list):
            place = int(index)
            return items[place] if place < len(items) else _misused("Fn::Select")
        if isinstance(index, str) and isinstance(items, Unknown):
            return items
        return _other(first_unknown(index, items), _misused("Fn::Select"))

    def find_in_map(self, node: Node, seen: Seen) -> Found:
        """`Fn::FindInMap`; with an unknown key, what all entries agree on."""
        given = self.arguments(node, 3, 4)
        if given is None:
            return _misused("Fn::FindInMap")
        default = given[3].get("DefaultValue") if len(given) == 4 else None
        name, first, second = (self.text(entry, seen) for entry in given[:3])
        whole = self.names.mapping(name) if isinstance(name, str) else None
        if whole is None:
            return told(default, _other(first_unknown(name), Unknown(f"there is no mapping {name}")))
        found = [self._entry(top, second) for top in _chosen(whole, first)]
        unknown = first_unknown(first, second)
        if unknown is None:
            entry = found[0] if found else None
            return told(entry, default, Unknown(f"mapping {name} has no entry for these keys"))
        entries = [e for group in found for e in _chosen_all(group)]
        values = [self.value(entry, seen) for entry in (*entries, *((default,) if default is not None else ()))]
        return values[0] if values and all(v == values[0] for v in values) else _other(unknown)

    def _entry(self, top: Node, key: Any) -> Any:
        if isinstance(key, Unknown):
            return list(top.value.values()) if top.is_map else []
        return top.get(key) if isinstance(key, str) else None

    def base64(self, node: Node, seen: Seen) -> Found:
        """`Fn::Base64`."""
        import base64

        text = self.text(node, seen)
        return base64.b64encode(text.encode()).decode() if isinstance(text, str) else _other(first_unknown(text), text)

    def get_azs(self, node: Node, seen: Seen) -> Found:
        """`Fn::GetAZs`: how many there are depends on the account."""
        region = self.text(node, seen)
        where = f" of {region}" if isinstance(region, str) and region else ""
        return Unknown(f"the zones{where} depend on the account", ("Fn::GetAZs",))

    def cidr(self, node: Node, seen: Seen) -> Found:
        """`Fn::Cidr`: networks of `bits` host bits inside a block."""
        given = self.arguments(node, 2, 3)
        if given is None:
            return _misused("Fn::Cidr")
        block, count, *bits = (self.text(entry, seen) for entry in given)
        unknown = first_unknown(block, count, *bits)
        return (
            _other(unknown) if unknown is not None else _networks(str(block), str(count), str(bits[0]) if bits else "8")
        )

    def transform(self, node: Node, seen: Seen) -> Found:
        """`Fn::Transform`: a macro's answer is not to be known here."""
        name = node.get("Name")
        named = text_of(name) if name is not None else None
        return Unknown(f"the macro {named or 'here'} is not run", (named or "Fn::Transform",))

    # Conditions

    def choose(self, node: Node, seen: Seen) -> Found:
        """`Fn::If`."""
        given = self.arguments(node, 3, 3)
        if given is None:
            return _misused("Fn::If")
        name = given[0].text if not given[0].tag and not given[0].is_map else ""
        holds = self.names.condition(name, given[0]) if name else self.holds(given[0])
        if isinstance(holds, bool):
            return given[1] if holds else given[2]
        return Either(given[1], given[2], holds)

    def holds(self, node: Node) -> bool | Unknown:
        """Whether a condition's expression is true."""
        found = intrinsic(node)
        if found is None and node.is_map and set(node.value) == {"Condition"}:
            found = "Condition", node.value["Condition"]
        if found is None:
            return {"true": True, "false": False}.get((text_of(node) or "").lower(), _misused("a condition"))
        name, argument = found
        if name == "Condition":
            return self.names.condition(argument.text, argument)
        if name == "Fn::Equals":
            return self._equals(argument)
        given = [self.holds(entry) for entry in (argument.value if argument.is_list else (argument,))]
        if name == "Fn::Not":
            return given[0] if isinstance(given[0], Unknown) else not given[0]
        if name in ("Fn::And", "Fn::Or"):
            return _joined(given, decisive=name == "Fn::Or")
        return Unknown(f"{name} in a condition is not known here", (name,))

    def _equals(self, node: Node) -> bool | Unknown:
        given = self.arguments(node, 2, 2)
        if given is None:
            return _misused("Fn::Equals")
        one, two = (self.text(entry, UNHEEDING) for entry in given)
        unknown: Unknown | None = told(deep_unknown(one), deep_unknown(two))
        if unknown is None:
            return bool(one == two)
        if _cannot_be(one, two) or _cannot_be(two, one) or self._differ(given[0], two) or self._differ(given[1], one):
            return False
        return replace(unknown, sketch="", filled=False)

    def _differ(self, node: Node, other: Any) -> bool:
        """Whether `node` is a parameter that may not have the value `other`."""
        found = intrinsic(node)
        if found is None or found[0] != "Ref" or not isinstance(other, str):
            return False
        allowed = self.names.choices(text_of(found[1]) or "")
        return bool(allowed) and other not in allowed


def _chosen(node: Node, key: Any) -> list[Node]:
    if isinstance(key, Unknown):
        return list(node.value.values()) if node.is_map else []
    found = node.get(key) if isinstance(key, str) else None
    return [found] if found is not None else []


def _chosen_all(found: Any) -> list[Node]:
    return found if isinstance(found, list) else [found] if found is not None else []


def _as_far_as_known(value: Any) -> str:
    text = written(value)
    if isinstance(text, str):
        return text
    return (text.sketch or GAP) if isinstance(text, Unknown) else GAP


def _sketched(unknown: Unknown, joined: str, parts: Iterable[Any]) -> Unknown:
    """A text made of known and unknown `parts`."""
    sketch = joined if joined.replace(GAP, "") else ""
    filled = bool(sketch) or any(isinstance(part, Unknown) and part.filled for part in parts)
    return replace(unknown, sketch=sketch, filled=filled)


def _other(unknown: Unknown | None, otherwise: Any = None) -> Any:
    """What waits for `unknown` but is not that text itself; `otherwise` where there is none."""
    return otherwise if unknown is None else replace(unknown, sketch="", filled=False)


def _cannot_be(value: Any, text: Any) -> bool:
    """Whether an unknown `value` is certainly not `text`: not empty, or with other words at an end."""
    if not isinstance(value, Unknown) or not isinstance(text, str):
        return False
    if not text and value.filled:
        return True
    first, *_, last = (value.sketch or GAP).split(GAP) if GAP in (value.sketch or GAP) else ("", "")
    return not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last))


def _joined(given: Sequence[bool | Unknown], *, decisive: bool) -> bool | Unknown:
    """`And` or `Or`: one decisive answer settles it, whatever the others are."""
    if any(answer is decisive for answer in given):
        return decisive
    return next((answer for answer in given if isinstance(answer, Unknown)), not decisive)


def _too_long(function: str) -> Unknown:
    return Unknown(f"{function} makes a text longer than any template may be", (function,))


def _misused(function: str) -> Unknown:
    return Unknown(f"{function} is given what it does not take", (function,))


def _resolved(text: str, seen: Seen) -> Unknown:
    """A dynamic reference, `{{resolve:ssm:name}}`."""
    seen.is_secret()
    service = text.partition(_DYNAMIC)[2].partition(":")[0]
    return Unknown(f"it is read from {service} when the stack is deployed", (f"resolve:{service}",))


def written(value: Any) -> Any:
    """A scalar as CloudFormation's text; anything else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


def _networks(block: str, count: str, bits: str) -> Any:
    try:
        network = ipaddress.ip_network(block, strict=False)
        wanted = min(int(count), _MOST_NETWORKS)
        found = [str(n) for n in islice(network.subnets(new_prefix=network.max_prefixlen - int(bits)), wanted)]
    except ValueError:
        return _misused("Fn::Cidr")
    return found if len(found) == wanted else _misused("Fn::Cidr")


_TABLE: Mapping[str, Callable[[Functions, Node, Seen], Found]] = {
    "Ref": Functions.ref,
    "Fn::GetAtt": Functions.get_att,
    "Fn::Sub": Functions.sub,
    "Fn::Join": Functions.join,
    "Fn::Split": Functions.split,
    "Fn::Select": Functions.select,
    "Fn::FindInMap": Functions.find_in_map,
    "Fn::If": Functions.choose,
    "Fn::ImportValue": Functions.import_value,
    "Fn::GetAZs": Functions.get_azs,
    "Fn::Cidr": Functions.cidr,
    "Fn::Base64": Functions.base64,
    "Fn::Transform": Functions.transform,
}
