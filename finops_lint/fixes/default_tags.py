"""Tags that every AWS resource of a project lacks → one edit at the provider, which gives them to all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from finops_lint.model.finding import Finding
from finops_lint.model.project import Project
from finops_lint.model.records import record
from finops_lint.model.report import ProjectReport
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse import parse_hcl
from finops_lint.readers.terraform.syntax import Block

RULE = "required-tags"
_FEWEST = 2
"""A single resource gets its tags itself."""


@record(frozen=True, slots=True)
class Lifted:
    """Findings that one edit of the provider mends."""

    provider: Resource
    """The provider block, as a resource that holds `default_tags`."""
    tags: Mapping[str, str]
    findings: tuple[Finding, ...]
    others: tuple[Finding, ...]
    """Those that stay with their resources."""


def lifted_tags(project: Project, report: ProjectReport) -> Lifted | None:
    """What belongs at the provider: the tags that all AWS resources with tags lack, where one provider serves them."""
    if project.dialect != "terraform":
        return None
    bearing = [r for r in project.resources if r.provider == "aws" and r.tags.path is not None]
    findings = {f.address: f for f in report.findings if f.rule == RULE and f.remedy is not None}
    asked = [tags for r in bearing if r.address in findings and (tags := _added(findings[r.address]))]
    if len(bearing) < _FEWEST or len(asked) < len(bearing):
        return None
    common = {key: value for key, value in asked[0].items() if all(tags.get(key) == value for tags in asked)}
    provider = _provider(project) if common else None
    if provider is None:
        return None
    whole = tuple(f for f in findings.values() if _added(f) == common and f.type.startswith("aws_"))
    if len(whole) < len(bearing):
        return None
    others = tuple(f for f in report.findings if f not in whole)
    return Lifted(provider, common, whole, others)


def _added(finding: Finding) -> dict[str, str]:
    """The tags a finding's remedy adds."""
    changes = finding.remedy.set if finding.remedy is not None else ()
    return {str(path[-1]): value for path, value in changes if isinstance(value, str)}


def _provider(project: Project) -> Resource | None:
    """The one block of the AWS provider in the project's own folder; None where there are several or none."""
    found = [block for block in _blocks(project.path) if block.type == "provider" and block.labels == ("aws",)]
    if len(found) != 1 or "alias" in found[0].body.attributes:
        return None
    head = found[0].span
    span = Span(head.file, head.line, head.column)
    return Resource("provider.aws", "provider", "aws", "aws", "terraform", project.name, None, {}, span)


def _blocks(folder: str) -> Iterator[Block]:
    for pattern in ("*.tf", "*.tofu"):
        for file in sorted(Path(folder).glob(pattern)):
            yield from parse_hcl(SourceText(file.as_posix(), file.read_bytes())).body.blocks
