"""Files of manifests → one Project; a document that is broken, or no Kubernetes object, costs the others nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.kinds import Kinds
from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Unknown
from finops_lint.readers.files import notice, read_file, shown_path
from finops_lint.readers.kubernetes.charts import elsewhere
from finops_lint.readers.kubernetes.declared import clouds_in
from finops_lint.readers.kubernetes.edges import connected
from finops_lint.readers.kubernetes.grouping import Group, Kustomization, place_of, unapplied
from finops_lint.readers.kubernetes.objects import DIALECT, definition, is_object, objects_in, resource_of
from finops_lint.readers.kubernetes.patches import patched
from finops_lint.readers.yaml_nodes import Document, Fault, decoded, read_yaml

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable

_TEMPLATE = regex(r"\{\{|\{%|<%|^[ \t]*\$\{", re.MULTILINE)
_DEFINITION = regex(r"^kind:[ \t]*[\"']?CustomResourceDefinition[\"']?[ \t\r]*$", re.MULTILINE)
_ENCRYPTED = "ENC["
"""What SOPS writes in the place of a value."""
_VERSION = regex(r"^apiVersion:[ \t]*[\"']?apiextensions\.k8s\.io/", re.MULTILINE)
_NAME = regex(r"[ \t]+name:[ \t]*[\"']?([\w.-]+)")
_HEAD = 8_000
"""Characters in which a definition's kind and name are looked for."""
_KUSTOMIZE = "kustomize.config.k8s.io/"


@record(frozen=True, slots=True)
class Catalog:
    """What is known beside the text."""

    kinds: Kinds = field(default_factory=Kinds)
    sheets: Sheets | None = None
    """With `taggable`: objects that declare a cloud's resources become these."""
    taggable: Taggable | None = None


@record(slots=True)
class _Reading:
    """What has been read of one project so far."""

    project: str
    top: str | None
    resources: list[Resource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True
    seen: dict[str, int] = field(default_factory=dict)
    """Address → how often it was met."""
    charts: dict[str, None] = field(default_factory=dict)


def read_manifests(group: Group, *, name: str, top: str | None = None, catalog: Catalog | None = None) -> Project:
    """The project that the files of `group` make."""
    reading = _Reading(name, top)
    for file in group.files:
        chart = chart_of(file)
        if chart:
            reading.charts[chart] = None
            continue
        data = read_file(file, top=top)
        if isinstance(data, Problem):
            reading.problems.append(data)
        else:
            read_text(reading, data, shown_path(file), chain=group.chains.get(file, ()))
    reading.problems += [_skipped(chart) for chart in reading.charts]
    if group.kustomization is not None and (problem := unapplied(group.kustomization)):
        reading.problems.append(problem)
    return finished(reading, group.path, catalog or Catalog())


def read_rendered(data: bytes, *, file: str, name: str, catalog: Catalog | None = None) -> Project:
    """The project that the output of helm or kustomize, or standard input, is."""
    reading = _Reading(name, None)
    read_text(reading, data, file)
    return finished(reading, file, catalog or Catalog())


def finished(reading: _Reading, path: str, catalog: Catalog) -> Project:
    """The project with its edges, and one notice for objects that are written more than once."""
    twice = [address for address, times in reading.seen.items() if times > 1]
    if twice:
        several = f"{twice[0]} and {len(twice) - 1} more are" if len(twice) > 1 else f"{twice[0]} is"
        message = f"{several} written more than once here; each is counted"
        reading.problems.append(notice("object-repeated", message, path, "name one file or folder to look at it alone"))
    made, in_use = _with_clouds(reading, catalog)
    resources = connected(made, catalog.kinds)
    if (problem := elsewhere(resources, reading.top)) is not None:
        reading.problems.append(problem)
    problems = tuple(reading.problems)
    return Project(reading.project, path, DIALECT, resources, problems, reading.complete, handed_out=lambda: in_use)


def _with_clouds(reading: _Reading, catalog: Catalog) -> tuple[Sequence[Resource], frozenset[str]]:
    """The resources, those that declare a cloud's as these, and the addresses of what is in use out of sight."""
    found = reading.resources
    if catalog.sheets is None or catalog.taggable is None:
        return found, frozenset()
    clouds = clouds_in(found, catalog.sheets, catalog.taggable)
    if clouds is None:
        return found, frozenset()
    reading.problems += clouds.problems
    return clouds.resources, clouds.in_use


def read_text(reading: _Reading, data: bytes, file: str, *, chain: tuple[Kustomization, ...] = ()) -> None:
    """Every object in one file's bytes."""
    content = decoded(data)
    if isinstance(content, Fault):
        reading.problems.append(content.problem(file))
        reading.complete = False
        return
    if file.endswith(".json"):
        content = content.replace("\t", " ")  # JSON is YAML but for tabs; columns stay
    if "CustomResourceDefinition" in content:
        content = _without_definitions(reading, content, file)
    for document in read_yaml(content):
        _document(reading, document, _Source(file, content, chain))


def _without_definitions(reading: _Reading, content: str, file: str) -> str:
    """The text with empty lines in the place of custom resource definitions, which are noted by name.

    They are schemas, most of the text of many a repository; they cost nothing and no rule reads them.
    """
    kept, line = [], 1
    for document in _pieces(content):
        name, lines = _defined(document), document.count("\n")
        if not name:
            kept.append(document)
        else:
            span = Span(file, line)
            reading.resources.append(_unique(reading, definition(name, span, reading.project)))
            kept.append("---" + "\n" * lines)
        line += lines
    return "".join(kept)


def _defined(document: str) -> str:
    """The name of the custom resource that a document defines; empty where it is something else."""
    head = document[:_HEAD]  # the rest of a definition is its schema
    if not (_DEFINITION.search(head) and _VERSION.search(head)):
        return ""
    lines = head.split("\n")
    below = lines[lines.index("metadata:") + 1 :] if "metadata:" in lines else []
    indented = takewhile(lambda line: line[:1] in (" ", "\t"), below)
    return next((found[1] for line in indented if (found := _NAME.match(line))), "")


def _pieces(content: str) -> Iterator[str]:
    """The text cut before every `---`."""
    start = 0
    while (end := content.find("\n---", start)) >= 0:
        yield content[start : end + 1]
        start = end + 1
    yield content[start:]


@record(frozen=True, slots=True)
class _Source:
    """The file a document is from."""

    file: str
    content: str
    chain: tuple[Kustomization, ...]
    """The kustomizations that list it, the outermost first."""


def _document(reading: _Reading, document: Document, source: _Source) -> None:
    file, content = source.file, source.content
    if document.fault is not None or document.root is None:
        fault = document.fault or Fault("cannot be read", document.line, 1)
        if _TEMPLATE.search(content):
            if not any(p.code == "template" and p.span and p.span.file == file for p in reading.problems):
                reading.problems.append(fault.unrendered(file))
            return
        reading.problems.append(fault.problem(file))
        reading.complete = False
        return
    reading.problems += [again.problem(file, Level.NOTICE) for again in document.repeated[:20]]
    for node in objects_in(document.root, file):
        if isinstance(node, Problem):
            reading.problems.append(node)
        elif not is_object(node):
            if document.root.get("apiVersion") is not None or document.root.get("kind") is not None:
                message = "no Kubernetes object: apiVersion and kind must both be there, as text"
                reading.problems.append(Problem(Level.NOTICE, "not-an-object", message, node.span(file)))
        elif node.value["kind"].value.startswith(_ENCRYPTED):
            message = "encrypted, even its kind: what it declares is not covered"
            reading.problems.append(Problem(Level.NOTICE, "encrypted", message, node.span(file)))
        elif not node.value["apiVersion"].value.startswith(_KUSTOMIZE):
            placed = place_of(source.chain)
            space = placed.namespace if placed else ""
            made = resource_of(node, file, project=reading.project, namespace=space)
            resource = _built(made, source.chain)
            if resource is not None:
                reading.resources.append(_unique(reading, _labelled(resource, placed)))


def _built(made: Resource, chain: tuple[Kustomization, ...]) -> Resource | None:
    """The object as the kustomizations of `chain` leave it, the innermost first; None where one leaves it out."""
    resource: Resource | None = made
    names = [made.name]
    for kustomization in reversed(chain):
        if resource is None:
            break
        resource = patched(resource, kustomization.edits, kustomization.file, names)
        if kustomization.prefix or kustomization.suffix:
            names.append(f"{kustomization.prefix}{names[-1]}{kustomization.suffix}")
    return resource


def _labelled(resource: Resource, placed: Kustomization | None) -> Resource:
    """The resource with the labels its kustomization gives it."""
    own = resource.tags.own
    if placed is None or not placed.labels or isinstance(own, Unknown):
        return resource
    tags = replace(resource.tags, defaults=dict(placed.labels), effective={**own, **placed.labels})
    return replace(resource, tags=tags)


def _unique(reading: _Reading, resource: Resource) -> Resource:
    """An address of its own for what is written again: the file is added in brackets."""
    times = reading.seen[resource.address] = reading.seen.get(resource.address, 0) + 1
    if times == 1:
        return resource
    address = f'{resource.address}["{resource.span.file}"]'
    if address in reading.seen:
        address = f'{resource.address}["{resource.span.file}:{resource.span.line}"]'
    reading.seen[address] = 1
    return replace(resource, address=address)


def chart_of(file: str) -> str:
    """The folder of the Helm chart whose raw template `file` is; empty where it is none. The outermost chart counts."""
    parts = file.replace(os.sep, "/").split("/")
    for number, part in enumerate(parts[:-1]):
        if part == "templates" and number:
            chart = "/".join(parts[:number])
            if (Path(chart) / "Chart.yaml").is_file():
                return _outermost(chart)
    return ""


def _outermost(chart: str) -> str:
    parts = chart.split("/")
    while len(parts) > 2 and parts[-2] == "charts" and Path(*parts[:-2], "Chart.yaml").is_file():
        parts = parts[:-2]
    return "/".join(parts)


def _skipped(chart: str) -> Problem:
    message = "a Helm chart: its templates are not manifests until they are rendered"
    hint = f"run again with --helm {chart} (your own helm renders it), or pipe the output of helm template into -"
    return Problem(Level.NOTICE, "helm-chart", message, Span(f"{chart}/Chart.yaml", 1), hint)
