"""A change set, as `aws cloudformation describe-change-set --include-property-values` prints it, to a Project.

It tells of what changes only, before and after; values that the deployment decides are unknown.
Shape: DescribeChangeSet and ResourceChange, AWS CloudFormation API Reference, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator

from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.records import replace
from finops_lint.model.values import Unknown
from finops_lint.readers.cloudformation.given import Given
from finops_lint.readers.cloudformation.source import Templates, Tools, read_given
from finops_lint.readers.cloudformation.template import Template
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.files import notice
from finops_lint.readers.yaml_nodes import Fault, Node, decoded, read_yaml

_ARN_REGION = 3


def read_change_set(data: bytes, path: ProjectPath, templates: Templates, tools: Tools) -> Project:
    """The project after the change, with the one before it."""
    root, problems = _root(data, path.path)
    if root is None:
        return Project(path.name, path.path, "cloudformation", problems=tuple(problems), complete=False)
    given = Given(region=_region(root), stack=_text(root, "StackName"), tags=dict(_tags(root)))
    sides = []
    for context in ("BeforeContext", "AfterContext"):
        resources = dict(_resources(root, context, path.path, problems))
        sides.append(_template(resources, root, path.path))
    part = Unknown("a change set shows only what changes", (path.name,))
    before, after = (
        replace(read_given(side, path, given, templates=templates, known=known, tools=tools), part=part)
        for side, known in zip(sides, ((), problems), strict=True)
    )
    return replace(after, before=before)


def _root(data: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    text = decoded(data)
    if isinstance(text, Fault):
        return None, [text.problem(file)]
    document = next(iter(read_yaml(text)), None)
    if document is None or document.root is None:
        fault = document.fault if document is not None else None
        return None, [fault.problem(file) if fault else notice("empty-file", "an empty file", file)]
    return document.root, []


def _resources(root: Node, context: str, file: str, problems: list[Problem]) -> Iterator[tuple[str, Node]]:
    changes = root.get("Changes")
    for entry in changes.value if changes is not None and changes.is_list else ():
        change = entry.get("ResourceChange")
        name = _text(change, "LogicalResourceId") if change is not None else ""
        if change is None or not name:
            continue
        action = _text(change, "Action")
        if action == {"BeforeContext": "Add", "AfterContext": "Remove"}[context]:
            continue
        written = change.get(context)
        inner = _parsed(written) if written is not None else None
        if inner is None:
            message = f"the change of {name} comes without its properties"
            hint = "print the change set with --include-property-values"
            problems.append(Problem(Level.NOTICE, "no-property-values", message, change.span(file), hint))
            continue
        kind = change.get("ResourceType")
        values = {**inner.value, **({"Type": kind} if kind is not None else {})}
        yield name, replace(inner, value=values)


def _parsed(node: Node) -> Node | None:
    """The JSON that a text holds, at the text's own place."""
    if not isinstance(node.value, str):
        return node if node.is_map else None
    document = next(iter(read_yaml(node.value)), None)
    inner = document.root if document is not None else None
    return _placed(inner, node) if inner is not None and inner.is_map else None


def _placed(node: Node, at: Node) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _placed(entry, at) for key, entry in value.items()}
    elif isinstance(value, tuple):
        value = tuple(_placed(entry, at) for entry in value)
    keys = {key: _placed(name, at) for key, name in node.keys.items()}
    return Node(value, at.line, at.column, at.end_line, at.end_column, text=node.text, keys=keys)


def _template(resources: dict[str, Node], root: Node, file: str) -> Template:
    keys = {name: Node(name, *_place(node), text=name) for name, node in resources.items()}
    section = Node(resources, root.line, root.column, root.end_line, root.end_column, keys=keys)
    return Template(file, sections={"Resources": resources}, nodes={"Resources": section})


def _place(node: Node) -> tuple[int, int, int, int]:
    return node.line, node.column, node.end_line, node.end_column


def _region(root: Node) -> str:
    """The region in the stack's or the change set's name."""
    for name in ("StackId", "ChangeSetId"):
        parts = _text(root, name).split(":")
        if len(parts) > _ARN_REGION and parts[0] == "arn":
            return parts[_ARN_REGION]
    return ""


def _tags(root: Node) -> Iterator[tuple[str, str]]:
    """The tags of the stack, which its resources bear."""
    tags = root.get("Tags")
    for entry in tags.value if tags is not None and tags.is_list else ():
        yield _text(entry, "Key"), _text(entry, "Value")


def _text(node: Node, key: str) -> str:
    found = node.get(key)
    return found.text if found is not None and isinstance(found.value, str | int) else ""
