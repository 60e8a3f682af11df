"""Text of a template to its sections, as nodes that know their place; intrinsics in short and long form are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.readers.files import Limits, notice, read_file
from finops_lint.readers.yaml_nodes import Fault, Node, Repeated, decoded, read_yaml

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Globals", "Rules", "Hooks")
SERVERLESS = "AWS::Serverless-2016-10-31"
EXTENSIONS = "AWS::LanguageExtensions"
_HARMLESS = (SERVERLESS, EXTENSIONS, "AWS::SecretsManager-", "AWS::CodeDeployBlueGreen")
"""Transforms that are read, or leave what is billed as it is."""
_FILLED_IN = regex(r"\{\{(?!resolve:)|\{%|<%")
"""What Jinja, Go and ERB begin with; `{{resolve:…}}` is CloudFormation's own."""
QUOTA = 1_000_000
"""Bytes of a template in S3: AWS CloudFormation quotas, "Template body size in an S3 object", read 2026-11-21."""
MOST_RESOURCES = 500
"""Resources a template may declare, by the same list."""


@record(frozen=True, slots=True)
class Template:
    """One template file."""

    file: str
    """As the user would type it."""
    sections: Mapping[str, Mapping[str, Node]] = field(default_factory=dict)
    """Section → entry by name; sections that are not there are empty."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """Section → its map, for the places of its keys."""
    transforms: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    broken: bool = False
    """Whether nothing could be read of it."""
    exports: bool = False
    """Whether an output is exported."""

    @property
    def is_serverless(self) -> bool:
        """Whether SAM turns it into another; types of SAM's make it one where the transform is given elsewhere."""
        return SERVERLESS in self.transforms or any(
            (kind := node.get("Type")) is not None and kind.text.startswith("AWS::Serverless::")
            for node in self.section("Resources").values()
        )

    def section(self, name: str) -> Mapping[str, Node]:
        """The entries of a section."""
        return self.sections.get(name, {})

    def span_of(self, section: str, name: str) -> Span:
        """Where an entry is written."""
        node = self.nodes.get(section)
        return node.span_of(name, self.file) if node else Span(self.file, 1)


def load(path: str, *, top: str | None, limits: Limits) -> Template:
    """The template in a file; where it cannot be read, an empty one that says why."""
    data = read_file(path, top=top, limits=limits)
    if isinstance(data, Problem):
        return Template(path, problems=(data,), broken=True)
    return read_template(data, path)


def read_template(data: bytes, file: str, *, above: int = 0) -> Template:
    """The template that `data` is, `above` lines down in its file."""
    text = decoded(data)
    if isinstance(text, Fault):
        return Template(file, problems=(text.problem(file),), broken=True)
    root, problems = _root(text, file, above)
    if root is None:
        return Template(file, problems=tuple(problems), broken=True)
    problems += _over_quota(data, file)
    return template_of(root, file, problems)


def _root(text: str, file: str, above: int) -> tuple[Node | None, list[Problem]]:
    """The map at the top of the first document."""
    document = next(iter(read_yaml(text, above=above)), None)
    if document is None:
        return None, [notice("empty-template", "an empty file, so it is no template", file)]
    if document.fault is not None:
        is_filled = _is_filled_in(text, document.fault.line - above)
        return None, [document.fault.unrendered(file) if is_filled else document.fault.problem(file)]
    problems = [again.problem(file, _level(again, document.root)) for again in document.repeated]
    if document.root is None or not document.root.is_map:
        span = document.root.span(file) if document.root else Span(file, 1)
        return None, [Problem(Level.ERROR, "not-a-template", "a template is a map of sections", span)]
    return document.root, problems


def _is_filled_in(text: str, line: int) -> bool:
    """Whether a template language has words on the line that cannot be read or before it."""
    return any(_FILLED_IN.search(words) for words in text.splitlines()[max(line - 2, 0) : line])


def _level(again: Repeated, root: Node | None) -> Level:
    """A resource that stands twice is one lost; of any other key CloudFormation takes the last."""
    resources = root.get("Resources") if root is not None else None
    is_resource = resources is not None and resources.keys.get(again.key) is again.again
    return Level.ERROR if is_resource else Level.NOTICE


def template_of(root: Node, file: str, problems: list[Problem]) -> Template:
    """The sections of the map `root`; a section of another shape is reported and left out."""
    nodes = {}
    for name in SECTIONS:
        node = root.value.get(name)
        if node is None or (node.value is None and not node.tag):
            continue
        if node.is_map and not node.tag:
            nodes[name] = node
        else:
            problems.append(_wrong(f"{name} is a map of names to what they mean", root.span_of(name, file)))
    if "Resources" not in nodes and "AWSTemplateFormatVersion" in root.value and not problems:
        problems.append(notice("no-resources", "a template without resources", file))
    return Template(
        file,
        sections={name: node.value for name, node in nodes.items()},
        nodes=nodes,
        transforms=tuple(_transforms(root)),
        problems=tuple(problems),
        exports=any(entry.get("Export") is not None for entry in nodes["Outputs"].value.values())
        if "Outputs" in nodes
        else False,
    )


def _wrong(message: str, span: Span) -> Problem:
    return Problem(Level.ERROR, "wrong-template", message, span)


def _transforms(root: Node) -> Iterator[str]:
    node = root.value.get("Transform")
    for entry in () if node is None else node.value if node.is_list else (node,):
        name = entry.get("Name") if entry.is_map else entry
        if name is not None and isinstance(name.value, str):
            yield name.value


def macros(template: Template) -> Iterator[str]:
    """The transforms that may change what is billed, and that nobody can run here."""
    return (name for name in template.transforms if not name.startswith(_HARMLESS))


def _over_quota(data: bytes, file: str) -> list[Problem]:
    if len(data) <= QUOTA:
        return []
    message = f"{len(data):,} bytes: CloudFormation takes templates of at most 1 MB"
    return [notice("over-quota", message, file, "split it into nested stacks")]


# Intrinsics


def intrinsic(node: Node) -> tuple[str, Node] | None:
    """(`Fn::Join`, its argument) of `!Join …` and `{"Fn::Join": …}`; None of a plain value."""
    if node.tag:
        name = node.tag[1:]
        return (name if name in ("Ref", "Condition") else f"Fn::{name}"), replace(node, tag="")
    value = node.value
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref" or name.startswith("Fn::"):
            return name, argument
    return None


def text_of(node: Node) -> str | None:
    """A plain scalar as CloudFormation's text: a number as it is written, a truth value in lower case."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return None if isinstance(node.value, (dict, tuple)) or node.value is None else node.text
