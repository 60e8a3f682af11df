"""Generated small modules: variables with types, locals, count, for_each, references, outputs; planned all at once."""

# ruff: noqa: E501  (tables of HCL)

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from finops_lint.model.values import Partial, Unknown
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.source import read_source
from tests.differential import grammar
from tests.differential.campaign import known_difference
from tests.differential.inputs import VARIANTS, module_text, uses_unknown, with_concrete
from tests.differential.oracle import plan

BATCH = 120

# kind of argument, type of the variable, what a local makes of `var.v`, how often a resource is there
_TYPES: Mapping[str, Sequence[tuple[str, str]]] = {
    "string": [("string", "string"), ("string", "any"), ("number", "string"), ("bool", "string")],
    "number": [("number", "number"), ("string", "number")],
    "bool": [("bool", "bool")],
    "list": [
        ("list", "list(string)"),
        ("set", "list(string)"),
        ("list", "set(string)"),
        ("list", "any"),
        ("tuple", "list(string)"),
    ],
    "numbers": [("numbers", "list(number)"), ("numbers", "set(number)")],
    "map": [("map", "map(string)"), ("object", "map(string)"), ("map", "any"), ("object", "any")],
    "object": [
        ("object", 'object({ a = string, b = optional(number), c = optional(list(string), ["d"]) })'),
        ("object", "object({ a = any, n = optional(number, 3) })"),
        ("map", 'object({ a = string, z = optional(string, "zz") })'),
    ],
    "tuple": [("tuple", "tuple([string, number])"), ("list", "tuple([string, string])")],
    "objects": [
        ("objects", "list(object({ a = string, n = optional(number, 3), t = optional(map(string), {}) }))"),
        ("objects", "any"),
    ],
}
_LOCALS: Mapping[str, Sequence[str]] = {
    "string": [
        "upper(var.v)",
        '"${var.v}-s"',
        'split("/", var.v)',
        'var.v == "" ? "empty" : var.v',
        "length(var.v)",
        "try(tonumber(var.v), 0)",
    ],
    "number": [
        "var.v + 1",
        'var.v > 2 ? "big" : "small"',
        "max(var.v, 3)",
        'format("%d", var.v)',
        "range(min(abs(floor(var.v)), 3))",
    ],
    "bool": ["!var.v", 'var.v ? "yes" : "no"', "var.v ? [1] : []", "var.v && false"],
    "list": [
        '[for i, x in tolist(var.v) : "${i}-${x}"]',
        "length(var.v)",
        "toset(var.v)",
        'concat(tolist(var.v), ["z"])',
        "zipmap(tolist(var.v), tolist(var.v))",
        'join(",", var.v)',
        "tolist(var.v)[0]",
        "one(var.v)",
    ],
    "numbers": ["sum(var.v)", "[for x in var.v : x * 2]", "length(var.v)", "max(var.v...)"],
    "map": [
        "{ for k, v in var.v : k => jsonencode(v) }",
        "keys(var.v)",
        'merge(var.v, { z = "1" })',
        'lookup(var.v, "a", "none")',
        "length(var.v)",
        "values(var.v)",
        'try(var.v.a, "none")',
    ],
    "object": ["var.v", "var.v.a", 'merge(var.v, { q = "1" })', "keys(var.v)", "jsonencode(var.v)"],
    "tuple": ["var.v", "var.v[0]", "length(var.v)", "var.v[*]"],
    "objects": [
        "var.v[*].a",
        "{ for o in var.v : o.a => o }",
        "[for o in var.v : merge(o, { k = 1 })]",
        "length(var.v)",
        "flatten([for o in var.v : [o.a, try(o.n, 0)]])",
    ],
}
_TIMES: Mapping[str, Sequence[str]] = {
    "string": [
        "",
        "",
        "count = 2",
        'for_each = toset(["p", "q"])',
        'for_each = { x = var.v, y = "1" }',
        'count = var.v == "abc" ? 1 : 2',
    ],
    "number": ["", "count = 1", "count = var.v"],
    "bool": ["", "count = var.v ? 1 : 0", 'for_each = var.v ? { k = "v" } : {}'],
    "list": ["", "for_each = toset(var.v)", "count = length(var.v)", "for_each = { for x in var.v : x => length(x) }"],
    "numbers": ["", "count = length(var.v)"],
    "map": ["", "for_each = var.v", "count = length(keys(var.v))", "for_each = { for k, v in var.v : upper(k) => v }"],
    "object": ["", "count = 2", "for_each = var.v", "for_each = { o = var.v }"],
    "tuple": ["", "count = length(var.v)"],
    "objects": ["", "count = length(var.v)", "for_each = { for o in var.v : o.a => o }"],
}
_OBJECTS = [
    '[{ a = "x" }, { a = "y", n = 1 }]', "[]", '[{ a = local.us }, { a = "q", t = { k = "v" } }]', "[{ a = local.s, t = local.um }]",
    '[for x in local.l : { a = x }]', "[{ n = 1 }]", "local.ua",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Small:
    """One generated module and how it is called."""

    argument: str
    body: str
    repeats: str
    """The call's own count or for_each."""


@dataclass(slots=True)
class Outcome:
    """What the modules came to."""

    modules: int = 0
    instances: int = 0
    refused: int = 0
    borne_out: int = 0
    excused: int = 0
    """Differences on purpose, as those of expressions."""
    wrong: list[str] = field(default_factory=list)


@st.composite
def small(draw: grammar.Draw) -> Small:
    """A module and its call."""
    kind = draw(st.sampled_from(sorted(_TYPES)))
    given, type_ = draw(st.sampled_from(_TYPES[kind]))
    argument = (
        draw(st.sampled_from(_OBJECTS))
        if given == "objects"
        else draw(grammar.expression(given, draw(st.sampled_from([1, 1, 2, 3]))))
    )
    times = draw(st.sampled_from(_TIMES[kind]))
    each = (
        '"${each.key}=${jsonencode(each.value)}"'
        if "for_each" in times
        else "count.index"
        if "count" in times
        else "null"
    )
    picked = (
        "values(terraform_data.r)[*].input"
        if "for_each" in times
        else "terraform_data.r[*].input"
        if "count" in times
        else "terraform_data.r.input"
    )
    # A resource's own attributes are in its provider's schema, which is not there: only instances are counted.
    counted = "length(terraform_data.r)" if times else '"one"'
    first, second = draw(st.sampled_from(_LOCALS[kind])), draw(st.sampled_from(_LOCALS[kind]))
    extra = draw(st.sampled_from(["", "  nullable = false\n", "  default = null\n", "  sensitive = true\n"]))
    body = f"""variable "v" {{
  type = {type_}
{extra}}}
locals {{
  first  = {first}
  second = {{ f = local.first, s = {second} }}
}}
resource "terraform_data" "r" {{
  {times}
  input = {{ e = {each}, l = local.second }}
}}
resource "terraform_data" "s" {{
  input = {{ known = local.first, ids = {draw(st.sampled_from([picked, counted, "try(terraform_data.r.id, 0)", '"static"']))} }}
}}
output "o" {{
  sensitive = true
  value     = {draw(st.sampled_from(["local.second", "terraform_data.s.input", "{ v = var.v }", "nonsensitive(local.first)"]))}
}}
"""
    return Small(
        argument,
        body,
        draw(st.sampled_from(["", "", "", "count = 2", 'for_each = toset(["m", "n"])', "for_each = { k = local.us }"])),
    )


def run(modules: Sequence[Small]) -> Outcome:
    """Plan and read the modules, batch by batch."""
    outcome = Outcome()
    for start in range(0, len(modules), BATCH):
        _run_batch(modules[start : start + BATCH], outcome)
    return outcome


def _run_batch(modules: Sequence[Small], outcome: Outcome) -> None:
    theirs, ours = _both({f"m{at}": module for at, module in enumerate(modules)})
    claims: dict[str, Small] = {}
    for at, module in enumerate(modules):
        outcome.modules += 1
        name = f"m{at}"
        if name not in theirs:
            outcome.refused += 1
            continue
        outcome.instances += len(theirs[name])
        found = _compare(ours.get(name, {}), theirs[name])
        if found == "claims more":
            claims[name] = module
        elif found:
            _note(outcome, module, found)
    _settle(claims, ours, outcome)


def _settle(claims: Mapping[str, Small], ours: Mapping[str, dict[str, Any]], outcome: Outcome) -> None:
    """The same modules with concrete arguments: what we claimed must hold."""
    questions = {
        f"{name}k{variant}": Small(with_concrete(module.argument, variant), module.body, module.repeats)
        for name, module in claims.items()
        if uses_unknown(module.argument)
        for variant in range(VARIANTS)
    }
    concrete, again = _both(questions)
    for name, module in claims.items():
        found = ""
        for variant in range(VARIANTS):
            question = f"{name}k{variant}"
            if question in concrete and not found:
                found = _compare(again.get(question, {}), concrete[question]).removeprefix("claims more")
                claimed = {address.replace(name, question, 1): value for address, value in ours[name].items()}
                found = found or _allows(claimed, concrete[question])
        if found:
            _note(outcome, module, f"with concrete inputs: {found}")
        else:
            outcome.borne_out += 1


def _note(outcome: Outcome, module: Small, found: str) -> None:
    if known_difference(module.argument + module.body, found):
        outcome.excused += 1
    else:
        outcome.wrong.append(_told(module, found))


def _told(module: Small, found: str) -> str:
    return f"v = {module.argument} {module.repeats}\n{module.body}    {found}"


def _both(modules: Mapping[str, Small]) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Instances by module, Terraform's and ours: address to (value, what of it is unknown), and address to value."""
    if not modules:
        return {}, {}
    with tempfile.TemporaryDirectory(prefix="differential-") as folder:
        place = Path(folder)
        grammar.lay_out(place)
        (place / "main.tf").write_text(module_text(), "utf-8")
        for name, module in modules.items():
            (place / name).mkdir()
            (place / name / "main.tf").write_text(module.body, "utf-8")
        accepted = _plan(place, dict(modules))
        project = read_source(ProjectPath("terraform", str(place), "generated", str(place)))
        ours: dict[str, dict[str, Any]] = {}
        for resource in project.resources:
            name = _module_of(resource.address)
            ours.setdefault(name, {})[resource.address] = resource.values.get("input")
        return accepted, ours


def _module_of(address: str) -> str:
    first = address.split(".")[1] if "." in address else ""
    return first.split("[")[0].removeprefix("out_")


def _plan(place: Path, modules: dict[str, Small]) -> dict[str, dict[str, Any]]:
    while modules:
        _write_calls(place, modules)
        document, errors = plan(place)
        if document is not None:
            return _planned(document)
        failed = {name for name in modules if any(_concerns(error, name) for error in errors)}
        if not failed:
            raise RuntimeError(f"terraform plan failed: {errors[:3]}")
        modules = {name: module for name, module in modules.items() if name not in failed}
    return {}


def _concerns(error: Mapping[str, Any], name: str) -> bool:
    file = (error.get("range") or {}).get("filename", "")
    return bool(file == f"{name}.tf" or file.startswith(f"{name}/"))


def _write_calls(place: Path, modules: Mapping[str, Small]) -> None:
    for old in place.glob("m*.tf"):
        if old.name != "main.tf":
            old.unlink()
    entries = [{"Key": "", "Source": "", "Dir": "."}]
    for name, module in modules.items():
        repeats = f"  {module.repeats}\n" if module.repeats else ""
        (place / f"{name}.tf").write_text(
            f'module "{name}" {{\n  source = "./{name}"\n{repeats}  v      = {module.argument}\n}}\n'
            f'resource "terraform_data" "out_{name}" {{\n  input = module.{name}\n}}\n',
            "utf-8",
        )
        entries.append({"Key": name, "Source": f"./{name}", "Dir": name})
    (place / ".terraform" / "modules").mkdir(parents=True, exist_ok=True)
    (place / ".terraform" / "modules" / "modules.json").write_text(json.dumps({"Modules": entries}), "utf-8")


def _planned(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for change in document["resource_changes"]:
        name = _module_of(change["address"])
        after, unknown = change["change"]["after"] or {}, change["change"]["after_unknown"]
        found.setdefault(name, {})[change["address"]] = (after.get("input"), unknown.get("input", False))
    return found


# Comparing in the model's shape: nulls and empty collections are dropped


def _compare(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    if any("[*]" in address for address in ours):
        return "our number of instances is not known"
    if ours.keys() != theirs.keys():
        return f"our instances are {sorted(ours)}, Terraform's {sorted(theirs)}"
    verdicts = [_values(ours[address], value, unknown, address) for address, (value, unknown) in theirs.items()]
    wrong = [found for found in verdicts if found not in ("", "claims more")]
    return wrong[0] if wrong else "claims more" if "claims more" in verdicts else ""


def _values(ours: Any, theirs: Any, unknown: Any, path: str) -> str:
    if unknown is True:
        return "" if isinstance(ours, Unknown) else "claims more"
    if isinstance(theirs, dict) or isinstance(unknown, dict):
        return _entries(ours, theirs or {}, unknown if isinstance(unknown, dict) else {}, path)
    if isinstance(theirs, list):
        marks = unknown if isinstance(unknown, list) else [False] * len(theirs)
        kept = [(item, mark) for item, mark in zip(theirs, marks, strict=True) if item is not None or mark]
        if not kept and ours is None:
            return ""
        if not isinstance(ours, list) or len(ours) != len(kept):
            return f"{path} is {ours!r}, Terraform has {theirs!r}"
        found = [
            _values(item, pair[0], pair[1], f"{path}[{at}]")
            for at, (item, pair) in enumerate(zip(ours, kept, strict=True))
        ]
        return _worst(found)
    if _same(ours, theirs):
        return ""
    return f"{path} is {ours!r}, Terraform has {theirs!r}"


def _entries(ours: Any, theirs: Mapping[str, Any], unknown: Mapping[str, Any], path: str) -> str:
    if isinstance(ours, Unknown | Partial):
        return f"{path} is not known, Terraform has {theirs!r}"
    have = ours if isinstance(ours, dict) else {}
    found = [
        _values(have.get(key), theirs.get(key), unknown.get(key, False), f"{path}.{key}")
        for key in {**theirs, **unknown}
    ]
    extra = have.keys() - {*theirs, *unknown}
    return f"{path} has {sorted(extra)} too much" if extra else _worst(found)


def _worst(found: Sequence[str]) -> str:
    wrong = [one for one in found if one not in ("", "claims more")]
    return wrong[0] if wrong else "claims more" if "claims more" in found else ""


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, Decimal) and isinstance(ours, int | float):
        return abs(Decimal(ours) - theirs) <= abs(theirs) * Decimal("1e-12")
    return type(ours) is type(theirs) and bool(ours == theirs)


def _allows(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Whether what we claimed with unknown arguments holds for these; instances of unknown number are left out."""
    for address, (value, unknown) in theirs.items():
        if address in ours and not _covers(ours[address], value, unknown):
            return f"our {ours[address]!r} does not allow for {value!r} at {address}"
    return ""


def _covers(ours: Any, theirs: Any, unknown: Any) -> bool:
    if unknown is True or isinstance(ours, Unknown):
        return True
    if isinstance(ours, Partial):
        known = ours.known.items() if isinstance(ours.known, Mapping) else ()
        inside = unknown if isinstance(unknown, dict) else {}
        return all(_covers(item, (theirs or {}).get(key), inside.get(key, False)) for key, item in known)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        inside = unknown if isinstance(unknown, dict) else {}
        return all(_covers(ours.get(key), theirs.get(key), inside.get(key, False)) for key in {*ours, *theirs, *inside})
    if isinstance(theirs, list) and isinstance(ours, list):
        kept = [item for item in theirs if item is not None]
        return len(kept) == len(ours) and all(_covers(a, b, False) for a, b in zip(ours, kept, strict=True))
    return _same(ours, theirs) or (ours is None and _is_empty(theirs))


def _is_empty(value: Any) -> bool:
    """Whether nothing is left of the value in the model's shape."""
    return value is None or value == [] or (isinstance(value, dict) and all(map(_is_empty, value.values())))


def report(outcome: Outcome) -> str:
    """The outcome as text."""
    return "\n".join(
        [
            f"{outcome.modules} small modules, {outcome.instances} instances of resources in those Terraform accepts; "
            f"it refuses {outcome.refused}; in {outcome.borne_out} we know more, as concrete inputs confirm",
            f"differences on purpose in modules: {outcome.excused}; disagreements: {len(outcome.wrong)}",
            *outcome.wrong,
        ]
    )
