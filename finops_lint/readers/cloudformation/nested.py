"""Where the template of a nested stack lies: beside its caller, or the file in the repository that a URL ends with."""

from __future__ import annotations

import os
from collections.abc import Iterator

from finops_lint.model.regexes import regex
from finops_lint.readers.cloudformation.intrinsics import UNHEEDING, Functions
from finops_lint.readers.cloudformation.template import intrinsic, text_of
from finops_lint.readers.files import is_inside
from finops_lint.readers.yaml_nodes import Node

TEMPLATES = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::CloudFormation::StackSet": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
"""Resource type → the property that names a template."""
_PLACE = regex(
    rb"\b(?:TemplateURL|Location|aws:asset:path)[\"']?\s*:\s*(?:!Sub\s+)?"
    rb"(?:\{\s*\"(?:Fn::Sub|Fn::Join)\"\s*:\s*)?[\"']?([^\"'\s,]{1,500})"
)
_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_DEEPEST = 8


def named_template(functions: Functions, node: Node | None) -> str:
    """What names a nested template: a path, a URL, or the known end of one; empty where not even that is known."""
    if node is None:
        return ""
    text = functions.text(node, UNHEEDING)
    if isinstance(text, str):
        return text
    found = intrinsic(node)
    return _end(found[0], found[1]) if found is not None else ""


def _end(function: str, argument: Node) -> str:
    """The literal end of a text that is not known as a whole, from its last slash but the unknown before it."""
    if function == "Fn::Sub":
        template = argument.get(0) if argument.is_list else argument
        text = text_of(template) if template is not None else None
        return _after_unknown((text or "").rpartition("}")[2])
    if function == "Fn::Join" and argument.is_list and len(argument.value) == 2:
        between, items = argument.value
        ends: list[str] = []
        for entry in reversed(items.value if items.is_list else ()):
            text = text_of(entry)
            if text is None:
                break
            ends.insert(0, text)
        return _after_unknown("/" + (text_of(between) or "").join(ends)) if ends else ""
    return ""


def _after_unknown(text: str) -> str:
    """`-bucket/templates/vpc.yaml` → `x://x/templates/vpc.yaml`: only whole names count."""
    _, slash, rest = text.partition("/")
    return f"x://x/{rest}" if slash and rest else ""


def file_of(named: str, folder: str, top: str) -> str:
    """The file that `named` means to a template in `folder`, inside `top`; empty where there is none."""
    for candidate in _candidates(named, folder, top):
        if candidate.endswith(_SUFFIXES) and os.path.isfile(candidate) and is_inside(candidate, top):
            return os.path.normpath(candidate).replace(os.sep, "/")
    return ""


def _candidates(named: str, folder: str, top: str) -> Iterator[str]:
    if "://" not in named:
        yield os.path.join(folder, named.removeprefix("file:"))
        return
    steps = [step for step in named.partition("://")[2].partition("?")[0].split("/")[1:] if step not in ("", "..")]
    places = (folder, os.path.dirname(folder) or ".", os.path.relpath(top))
    for start in range(max(0, len(steps) - _DEEPEST), len(steps)):
        for place in places:
            yield os.path.join(place, *steps[start:])


def called_in(data: bytes) -> list[str]:
    """What a template's text names as nested templates, by words and not parsed: enough to see who calls whom."""
    found = []
    for match in _PLACE.finditer(data):
        if data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()].lstrip().startswith(b"#"):
            continue  # commented out
        text = match[1].decode("utf-8", "replace").rstrip("}")
        if "${" in text:
            text = _after_unknown(text.rpartition("}")[2])
        if text.endswith(_SUFFIXES):
            found.append(text)
    return found
