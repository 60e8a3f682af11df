"""`Transform: AWS::LanguageExtensions` by cfn-lint's reading of it: `Fn::ForEach`, `Fn::Length`, `Fn::ToJsonString`.

Importing cfn-lint takes half a second, so it is done only for templates that ask for the transform.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.readers.cloudformation.template import Template, template_of
from finops_lint.readers.files import notice
from finops_lint.readers.yaml_nodes import Node

MOST_TURNS = 10_000
"""Turns that the loops of a template may take in all; a template may declare 500 resources and 200 outputs."""
_USED = regex(r"Fn::(?:ForEach|Length|ToJsonString)|!(?:Length|ToJsonString)\b")


def is_used(text: str) -> bool:
    """Whether a template has any of the functions only the transform knows."""
    return _USED.search(text) is not None


def extended(text: str, template: Template, given: Mapping[str, Any]) -> Template:
    """The template as the transform leaves it; as it was, with the reason, where it cannot be done.

    `given` holds parameters by name: loops run over their values. cfn-lint makes names up for what it cannot tell: a
    loop over a parameter without value is left out beforehand, and for the rest the transform is done twice, and what
    differs is left out; both are reported.
    """
    open_: list[str] = []
    try:
        first, is_certain = _transformed(text, template.file, given, open_)
        second = first if is_certain else _transformed(text, template.file, given, [])[0]
    except Exception as error:  # noqa: BLE001 -- another's code at work on a stranger's text
        return _failed(template, str(error).split("\n")[0] or type(error).__name__)
    if first is None or second is None:
        return _failed(template, "its loops or functions cannot be worked out")
    problems = [*template.problems, *(_unknown_loop(name, template.file) for name in open_)]
    for name, section in first.items() if isinstance(first, dict) else ():
        other = second.get(name)
        if isinstance(section, dict) and isinstance(other, dict):
            made_up = [key for key in section if key not in other]
            for key in made_up:
                del section[key]
            if made_up:
                problems.append(_unknown_loop(f"a Fn::ForEach in {name}", template.file))
    return template_of(_node(first, (1, 1, 1, 1)), template.file, problems)


def _unknown_loop(name: str, file: str) -> Problem:
    return notice("unknown-loop", f"{name} runs over values that are not known: what it makes is not covered", file)


def _failed(template: Template, why: str) -> Template:
    message = f"AWS::LanguageExtensions cannot be applied: {why}"
    problem = Problem(Level.NOTICE, "language-extensions", message, Span(template.file, 1))
    return Template(
        template.file,
        template.sections,
        template.nodes,
        template.transforms,
        (*template.problems, problem),
        template.broken,
        template.exports,
    )


def _transformed(text: str, file: str, given: Mapping[str, Any], open_: list[str]) -> tuple[Any, bool]:
    """The tree after the transform, and whether all its loops run over what is written or given."""
    from cfnlint.decode.cfn_yaml import loads
    from cfnlint.template import Template as Linted
    from cfnlint.template.transforms._language_extensions import language_extension

    decoded = loads(text)
    for name, value in given.items():
        declared = decoded.get("Parameters", {}).get(name)
        if isinstance(declared, dict) and isinstance(value, str):
            declared["Default"] = value
    is_certain = _drop_open_loops(decoded, decoded.get("Parameters", {}), open_)
    if _turns(decoded, decoded, _longest(decoded.get("Mappings"))) > MOST_TURNS:
        raise ValueError(f"its loops make more than {MOST_TURNS:,} entries")
    _, result = language_extension(Linted(file, decoded, ["us-east-1"]))
    return result, is_certain


def _turns(tree: Any, decoded: Mapping[str, Any], longest: int) -> int:
    """How often the bodies of the loops below `tree` are repeated in all, at most."""
    if isinstance(tree, list):
        return sum(_turns(entry, decoded, longest) for entry in tree)
    total = 0
    for key, entry in tree.items() if isinstance(tree, dict) else ():
        below = _turns(entry, decoded, longest)
        if str(key).startswith("Fn::ForEach::") and isinstance(entry, list) and len(entry) > 1:
            below = max(below, 1) * _length(entry[1], decoded, longest)
        total += below
    return total


def _length(over: Any, decoded: Mapping[str, Any], longest: int) -> int:
    """How many values a loop runs over, at most."""
    if isinstance(over, list):
        return max(len(over), longest if any(isinstance(item, dict) for item in over) else 0)
    declared = decoded.get("Parameters", {}).get(over["Ref"]) if isinstance(over, dict) and "Ref" in over else None
    return str(declared.get("Default", "")).count(",") + 1 if isinstance(declared, dict) else longest


def _longest(tree: Any) -> int:
    """The length of the longest list below `tree`; 1 where there is none."""
    entries = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return max((len(tree) if isinstance(tree, list) else 1, *map(_longest, entries)))


def _drop_open_loops(tree: Any, parameters: Mapping[str, Any], open_: list[str]) -> bool:
    """Take out the loops over parameters without value, and note their names.

    Whether all others run over what is written or given.
    """
    is_certain = True
    for key in [key for key in tree if key.startswith("Fn::ForEach::")] if isinstance(tree, dict) else []:
        over = tree[key][1] if isinstance(tree[key], list) and len(tree[key]) > 1 else None
        declared = parameters.get(over["Ref"]) if isinstance(over, dict) and isinstance(over.get("Ref"), str) else None
        if isinstance(declared, dict) and "Default" not in declared:
            open_.append(key)
            del tree[key]
        elif declared is None and not (isinstance(over, list) and all(isinstance(item, str) for item in over)):
            is_certain = False
    for entry in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        is_certain &= _drop_open_loops(entry, parameters, open_)
    return is_certain


def _node(value: Any, around: tuple[int, int, int, int]) -> Node:
    """cfn-lint's tree as ours; what it made itself stands where its surroundings stand."""
    place = _place(value, around)
    if isinstance(value, dict):
        values = {str(key): _node(entry, _place(key, place)) for key, entry in value.items()}
        keys = {str(key): Node(str(key), *_place(key, place), text=str(key)) for key in value}
        return Node(values, *place, keys=keys)
    if isinstance(value, list):
        return Node(tuple(_node(entry, place) for entry in value), *place)
    if isinstance(value, str):
        value = str(value)
    return Node(value, *place, text="" if value is None else str(value))


def _place(value: Any, around: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    start: Any = getattr(value, "start_mark", None)
    end: Any = getattr(value, "end_mark", None)
    if not hasattr(start, "line") or not hasattr(end, "line"):
        return around
    return start.line + 1, start.column + 1, end.line + 1, end.column + 1
