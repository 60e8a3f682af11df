"""The inputs generated expressions may use: known ones, unknown ones, and concrete ones to put in their place."""

# ruff: noqa: E501  (tables of HCL)

from __future__ import annotations

import re
from typing import Any

from finops_lint.readers.terraform.types import ANY, BOOL, NUMBER, STRING, ListOf, MapOf, ObjectOf, SetOf, TupleOf, Type
from finops_lint.readers.terraform.values import (
    SENSITIVE,
    TerraformList,
    TerraformMap,
    TerraformSet,
    Unk,
    mark,
)

OBJECT = ObjectOf({"a": STRING, "b": NUMBER, "c": ListOf(STRING)})
TYPES: dict[str, Type] = {
    "us": STRING,
    "un": NUMBER,
    "ub": BOOL,
    "ul": ListOf(STRING),
    "uln": ListOf(NUMBER),
    "ut": TupleOf((STRING, NUMBER)),
    "um": MapOf(STRING),
    "uo": OBJECT,
    "uset": SetOf(STRING),
}
"""Unknown inputs: outputs of resources that do not exist yet. `ua` is one of unknown type, `uid` one that is not null."""

CONCRETE: dict[str, list[str]] = {
    "us": ['"abc"', '""', '"10.0.0.0/16"', "tostring(null)"],
    "un": ["2", "0", "-1.5", "tonumber(null)"],
    "ub": ["true", "false", "true", "tobool(null)"],
    "ul": [
        'tolist(["b", "a"])',
        'tolist(slice(tolist(["x"]), 0, 0))',
        'tolist(["a", "", "a"])',
        'false ? tolist([""]) : null',
    ],
    "uln": ["tolist([3, 1])", "tolist(slice(tolist([1]), 0, 0))", "tolist([0, 2.5, 2])", "false ? tolist([1]) : null"],
    "ut": ['["x", 1]', '["", 0]', '["a", 7]', 'false ? ["x", 1] : null'],
    "um": [
        'tomap({a = "1", z = "2"})',
        'tomap({for k, v in {a = ""} : k => v if false})',
        'tomap({b = "a", a = "q"})',
        'false ? tomap({a = ""}) : null',
    ],
    "uo": [
        '{a = "x", b = 1, c = tolist(["q"])}',
        '{a = "", b = 0, c = tolist(slice(tolist(["x"]), 0, 0))}',
        '{a = "abc", b = 2, c = tolist(["a", "b"])}',
        'false ? {a = "x", b = 1, c = tolist(["q"])} : null',
    ],
    "uset": ['toset(["b", "a"])', 'toset(slice(tolist(["x"]), 0, 0))', 'toset(["a"])', 'false ? toset(["a"]) : null'],
    "ua": ['"abc"', "5", '{a = "v", n = 1}', '["a", "b", "c"]'],
    "uid": ['"id-1"', '""', '"8b5f2b9e-1"', '"abc"'],
}
VARIANTS = 4
_UNKNOWN = re.compile(r"local\.(" + "|".join(sorted(CONCRETE, key=len, reverse=True)) + r")\b")

KNOWN = """
  s      = "hello"
  n      = 7
  f      = 2.5
  b      = true
  l      = tolist(["b", "a", "c"])
  ln     = tolist([3, 1, 2])
  t      = ["x", 1, true]
  m      = tomap({ a = "1", b = "2" })
  o      = { a = "x", b = 1, c = tolist(["q"]) }
  st     = toset(["b", "a"])
  el     = tolist(slice(tolist(["x"]), 0, 0))
  nul    = null
  sec    = sensitive("secret")
  secl   = sensitive(["p", "q"])
  secm   = { a = sensitive("x"), b = "y" }
  tpl    = "Hi $${name}!"
  tplfor = "%%{ for x in xs }<$${x}>%%{ endfor }"
"""

_RESOURCES = """terraform {
  required_version = ">= 1.0"
}
resource "terraform_data" "us" {
  input = "abc"
}
resource "terraform_data" "un" {
  input = 2
}
resource "terraform_data" "ub" {
  input = true
}
resource "terraform_data" "ul" {
  input = tolist(["b", "a"])
}
resource "terraform_data" "uln" {
  input = tolist([3, 1])
}
resource "terraform_data" "ut" {
  input = ["x", 1]
}
resource "terraform_data" "um" {
  input = tomap({ a = "1", z = "2" })
}
resource "terraform_data" "uo" {
  input = { a = "x", b = 1, c = tolist(["q"]) }
}
resource "terraform_data" "uset" {
  input = toset(["b", "a"])
}
"""


def module_text() -> str:
    """The resources and locals every batch begins with."""
    lines = [_RESOURCES, "locals {", KNOWN]
    lines += [f"  {name} = terraform_data.{name}.output" for name in TYPES]
    lines += ["  ua = try(terraform_data.us.output)", "  uid = terraform_data.us.id"]
    for name, values in CONCRETE.items():
        lines += [f"  k{number}_{name} = {value}" for number, value in enumerate(values)]
    return "\n".join([*lines, "}", ""])


def uses_unknown(expression: str) -> bool:
    """Whether an unknown input occurs in the text."""
    return _UNKNOWN.search(expression) is not None


def with_concrete(expression: str, variant: int) -> str:
    """The expression with every unknown input replaced by the concrete one of that number."""
    return _UNKNOWN.sub(rf"local.k{variant}_\1", expression)


def local_values(concrete: dict[str, Any]) -> dict[str, Any]:
    """Our values of all locals; `concrete` holds those of the concrete inputs."""
    known: dict[str, Any] = {
        "s": "hello",
        "n": 7,
        "f": _decimal("2.5"),
        "b": True,
        "l": TerraformList(["b", "a", "c"], STRING),
        "ln": TerraformList([3, 1, 2], NUMBER),
        "t": ("x", 1, True),
        "m": TerraformMap({"a": "1", "b": "2"}, STRING),
        "o": {"a": "x", "b": 1, "c": TerraformList(["q"], STRING)},
        "st": TerraformSet(("a", "b"), STRING),
        "el": TerraformList([], STRING),
        "nul": None,
        "sec": mark("secret", frozenset({SENSITIVE})),
        "secl": mark(("p", "q"), frozenset({SENSITIVE})),
        "secm": {"a": mark("x", frozenset({SENSITIVE})), "b": "y"},
        "tpl": "Hi ${name}!",
        "tplfor": "%{ for x in xs }<${x}>%{ endfor }",
    }
    unknown: dict[str, Any] = {name: Unk(type_, waits_for=(name,)) for name, type_ in TYPES.items()}
    return known | unknown | {"ua": Unk(ANY, waits_for=("ua",)), "uid": Unk(STRING, not_null=True)} | concrete


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)
