"""What a template's parameters are: given values, defaults, or unknown with what would settle it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from finops_lint.model.records import record, replace
from finops_lint.model.values import Unknown
from finops_lint.readers.cloudformation.template import text_of
from finops_lint.readers.yaml_nodes import Node, plain_value

_STORED = ("AWS::SSM::Parameter::Value<", "AWS::SSM::Parameter::Name")


@record(frozen=True, slots=True)
class Parameter:
    """One parameter of a template."""

    name: str
    kind: str
    """Its type: `String`, `Number`, `CommaDelimitedList`, `AWS::EC2::KeyPair::KeyName` …"""
    value: Any
    """A text, a number, a list of texts, or Unknown."""
    secret: bool = False
    """Whether it must never be printed (`NoEcho`)."""
    allowed: frozenset[str] = field(default_factory=frozenset)
    """The values it may have, as texts; empty where any may be."""


def parameter_of(name: str, node: Node, given: Mapping[str, Any]) -> Parameter:
    """The parameter declared by `node`; `given` holds texts, or values already worked out of a stack above."""
    kind = _text(node, "Type") or "String"
    secret = (_text(node, "NoEcho") or "").lower() == "true"
    allowed = frozenset(text for entry in _items(node.get("AllowedValues")) if (text := text_of(entry)) is not None)
    value = _value(name, kind, node.get("Default"), given)
    if name not in given and isinstance(value, Unknown) and _is_never_empty(kind, _text(node, "MinLength")):
        value = replace(value, filled=True)
    return Parameter(name, kind, value, secret, allowed)


def _is_never_empty(kind: str, least: str | None) -> bool:
    """Whether no deployment may leave the parameter empty: it names what exists, or has a least length."""
    return (kind.startswith("AWS::") and not kind.startswith(_STORED)) or (least or "0").strip() not in ("", "0")


def _value(name: str, kind: str, default: Node | None, given: Mapping[str, Any]) -> Any:
    if name in given:
        value = given[name]
    elif kind.startswith(_STORED[0]):
        return Unknown(f"parameter {name} is read from the SSM Parameter Store", (name,))
    elif default is None:
        return Unknown(f"parameter {name} has no default", (name,))
    else:
        value = ",".join(text_of(e) or "" for e in default.value) if default.is_list else text_of(default)
    if kind.startswith(_STORED[0]) and not isinstance(value, Unknown):
        return Unknown(f"parameter {name} is read from the SSM Parameter Store", (name,))
    return typed(value, kind)


def typed(value: Any, kind: str) -> Any:
    """A text as a parameter of type `kind` holds it: a number, a list of texts, the text."""
    if not isinstance(value, str):
        return "" if value is None else value
    if kind == "Number":
        number = plain_value(value.strip())
        return number if isinstance(number, int | float) and not isinstance(number, bool) else value
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        texts = [text.strip() for text in value.split(",")] if value else []
        return [typed(text, "Number") for text in texts] if kind == "List<Number>" else texts
    return value


def _text(node: Node, key: str) -> str | None:
    entry = node.get(key)
    return None if entry is None else text_of(entry)


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.value if node is not None and node.is_list else ()
