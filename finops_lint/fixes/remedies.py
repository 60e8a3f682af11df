"""Findings of a run → edits by file, and the findings for which there are none, with the reason.

A block may stand for several resources: by `count`, or because several modules call the one it is in. It is changed
only where all of them ask for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.kinds import is_kubernetes
from finops_lint.fixes.default_tags import Lifted, lifted_tags
from finops_lint.fixes.edits import CannotEdit, Edit, made, overlaps
from finops_lint.model.finding import Finding, Remedy
from finops_lint.model.records import record, replace
from finops_lint.model.report import ProjectReport
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Value
from finops_lint.pipeline import judged_projects
from finops_lint.request import Request

if TYPE_CHECKING:
    from finops_lint.fixes.yaml_edits import Text

_ROOM = 3
"""Lines in which a tag that is a pair of `Key` and `Value` has room."""
EDITABLE = ("terraform", "cloudformation", "kubernetes")
_GENERATED = (".terraform", "cdk.out", ".terragrunt-cache")
"""Folders whose files are made by a program: an edit there would be gone with its next run."""


@record(frozen=True, slots=True)
class Left:
    """A finding with a remedy that was not written."""

    finding: Finding
    reason: str


@record(frozen=True, slots=True)
class FixedFile:
    """One file, before and after."""

    file: str
    before: bytes
    after: bytes


@record(frozen=True, slots=True)
class Fixes:
    """What can be mended by itself."""

    files: tuple[FixedFile, ...] = ()
    mended: tuple[Finding, ...] = ()
    left: tuple[Left, ...] = ()


@record(frozen=True, slots=True)
class _Change:
    """What one attribute of a block is to say."""

    path: Path
    value: Value
    findings: list[Finding]


@record(slots=True)
class _Block:
    """One block of the source, and what its resources ask for."""

    holders: dict[str, Resource] = field(default_factory=dict)
    wishes: dict[tuple[Path, str], dict[str, tuple[Finding, Value]]] = field(default_factory=dict)
    """Path and new value → address of a resource that asks for it → the finding."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The sheet's property map."""


def fixes_of(request: Request, *, unsafe: bool = False) -> Fixes:
    """The edits that mend what `request` finds: safe remedies, with `unsafe` all.

    Raises:
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    blocks: dict[Span, _Block] = {}
    left: list[Left] = []
    for project, report, sheets in judged_projects(request):
        for resource in project.resources:
            block = blocks.setdefault(_place(resource), _Block())
            block.holders[f"{project.path}\0{resource.address}"] = resource
            sheet = sheets.get(resource.type) if resource.dialect == "cloudformation" else None
            block.names = sheet.properties if sheet is not None else block.names
        own = {r.address: r for r in project.resources}
        report = replace(report, findings=tuple(_repeatable(f, own) for f in report.findings))
        lifted = lifted_tags(project, report)
        if lifted is not None:
            _lift(project.path, lifted, blocks)
            report = replace(report, findings=lifted.others)
        left += _wished(project.path, report, own, blocks, unsafe=unsafe)
    return _written(blocks, left)


def _repeatable(finding: Finding, resources: Mapping[str, Resource]) -> Finding:
    """The finding without what its remedy would repeat of a variable, parameter or function: the value it has here."""
    remedy = finding.remedy
    holder = resources.get(remedy.address) if remedy is not None else None
    if remedy is None or holder is None or not remedy.copies:
        return finding
    copies = dict(remedy.copies)
    kept = tuple((p, v) for p, v in remedy.set if p not in copies or _is_written_out(holder, copies[p], v))
    return finding if kept == remedy.set else replace(finding, remedy=replace(remedy, set=kept))


def _is_written_out(holder: Resource, path: Path, value: Value) -> bool:
    """Whether the text says `value` itself beside the name that `path` ends with."""
    span = holder.where(path)
    try:
        lines = FilePath(span.file).read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    last = max(span.end_line, span.line + _ROOM)
    text = "\n".join(lines[span.line - 1 : last])
    between = r"[\"']?\s*(?:[:=]|,?\s*[\"']?Value[\"']?\s*:)\s*"
    return (
        re.search(f"{re.escape(str(path[-1]))}{between}[\"']?{re.escape(str(value))}[\"']?\\s*(?:[,}}#\n]|$)", text)
        is not None
    )


def _lift(project: str, lifted: Lifted, blocks: dict[Span, _Block]) -> None:
    """Note tags that all resources lack at the provider, which gives them to all."""
    block = blocks.setdefault(lifted.provider.span, _Block())
    for finding in lifted.findings:
        key = f"{project}\0{finding.address}"
        block.holders[key] = lifted.provider
        for name, value in lifted.tags.items():
            wish = (("default_tags", 0, "tags", name), repr(value))
            block.wishes.setdefault(wish, {})[key] = (finding, value)


def _place(resource: Resource) -> Span:
    return Span(resource.span.file, resource.span.line, resource.span.column)


def _wished(
    project: str, report: ProjectReport, resources: Mapping[str, Resource], blocks: dict[Span, _Block], *, unsafe: bool
) -> Iterator[Left]:
    """Note what the findings ask for at the blocks that hold it."""
    for finding in report.findings:
        remedy = finding.remedy
        if remedy is None:
            continue
        holder = resources.get(remedy.address)
        reason = _refusal(remedy, holder, unsafe=unsafe)
        if reason or holder is None:
            yield Left(finding, reason)
            continue
        wishes = blocks[_place(holder)].wishes
        for path, value in remedy.set:
            wishes.setdefault((path, repr(value)), {})[f"{project}\0{holder.address}"] = (finding, value)


def _refusal(remedy: Remedy, holder: Resource | None, *, unsafe: bool) -> str:
    """Why a remedy is not written at all; empty where it may be."""
    if not remedy.set:
        return "the tag it would repeat is made of something else: write it by hand"
    if not remedy.safe and not unsafe:
        return "it may change what runs: --unsafe-fixes writes it"
    if holder is None:
        return f"{remedy.address} is not in this project"
    if holder.dialect not in EDITABLE:
        return f"a {holder.dialect} cannot be edited: check the source"
    if holder.dialect == "terraform" and is_kubernetes(holder.type):
        return "Terraform writes a cluster's objects in words of its own: change it by hand"
    if "renamed" in holder.metadata:
        return f"{holder.metadata['renamed']} has other names for its arguments: change it by hand"
    if any(part in _GENERATED for part in FilePath(holder.span.file).parts):
        return "its file was fetched or generated: change where it comes from"
    return ""


def _written(blocks: Mapping[Span, _Block], left: list[Left]) -> Fixes:
    by_file: dict[str, list[_Block]] = {}
    for place, block in blocks.items():
        if block.wishes:
            by_file.setdefault(place.file, []).append(block)
    files, mended = [], []
    for file, found in sorted(by_file.items()):
        edited = _File(file)
        for block in found:
            done, not_done = edited.mend(block)
            mended += done
            left += not_done
        if edited.edits:
            files.append(FixedFile(file, edited.data, made(edited.data, edited.edits)))
    return Fixes(tuple(files), tuple(mended), tuple(left))


class _File:
    """One file that is being mended."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.edits: list[Edit] = []
        self.data = FilePath(file).read_bytes()

    def mend(self, block: _Block) -> tuple[list[Finding], list[Left]]:
        """The findings of one block that are mended, and those that are not, each once."""
        reasons: dict[int, str] = {}
        findings: dict[int, Finding] = {}
        changes: list[_Change] = []
        taken: set[Path] = set()
        for (path, _), askers in sorted(block.wishes.items(), key=_most_saved):
            asked = [finding for finding, _ in askers.values()]
            findings |= {id(f): f for f in asked}
            if path in taken:
                reasons |= {id(f): "another remedy of the same attribute saves more" for f in asked}
                continue
            if set(askers) == set(block.holders):
                taken.add(path)
                changes.append(_Change(path, next(iter(askers.values()))[1], asked))
                continue
            others = len(block.holders) - len(askers)
            word = "resource" if others == 1 else "resources"
            reasons |= {id(f): f"the block also makes {others} {word} that must not change" for f in asked}
        for change, why in self._add(block, changes):
            reasons |= {id(f): why for f in change.findings}
        mended = [f for key, f in findings.items() if key not in reasons]
        return mended, [Left(f, reasons[key]) for key, f in findings.items() if key in reasons]

    def _add(self, block: _Block, changes: Sequence[_Change]) -> Iterator[tuple[_Change, str]]:
        """Take on the edits of what can be changed; each change that cannot, with the reason."""
        able = []
        for change in changes:
            try:
                edits = self._edits(block, [change])
            except CannotEdit as error:
                yield change, str(error)
                continue
            if any(overlaps(edit, self.edits) for edit in edits):
                yield change, "another remedy changes the same text: run once more"
            else:
                able.append(change)
        for edit in self._edits(block, able) if able else ():
            if edit not in self.edits:
                self.edits.append(edit)

    def _edits(self, block: _Block, changes: Sequence[_Change]) -> list[Edit]:
        resource = next(iter(block.holders.values()))
        return edits_for(self.data, resource, [(change.path, change.value) for change in changes], block.names)


def _most_saved(wish: tuple[tuple[Path, str], Mapping[str, tuple[Finding, Value]]]) -> Decimal:
    """Sorts the wishes of a block: those first that save most."""
    return -sum((f.saving.expected for f, _ in wish[1].values() if f.saving is not None), Decimal(0))


def edits_for(
    data: bytes, resource: Resource, changes: Sequence[tuple[Path, Value]], names: Mapping[str, str]
) -> list[Edit]:
    """The edits that make the block of `resource` in the file `data` say `changes`: attribute path and new value.

    `names` is its sheet's property map, which templates are written by.

    Raises:
        CannotEdit: a value is made elsewhere, or the block cannot be found.
    """
    file = resource.span.file
    if resource.dialect == "terraform":
        if file.endswith(".json"):
            raise CannotEdit("Terraform's JSON is written by programs: change what writes it")
        from finops_lint.fixes.hcl import edits_of

        return edits_of(data, resource.span, changes)
    from finops_lint.fixes.yaml_edits import Text

    text = Text(file, data, is_json=file.endswith(".json"))
    edits: list[Edit] = []
    for change in changes:
        new = list(_yaml_edits(text, resource, change, names))
        if any(overlaps(edit, edits) for edit in new):
            continue  # it goes into what the one before makes: the next round writes it
        edits += new
    return edits


def _yaml_edits(text: Text, resource: Resource, change: tuple[Path, Value], names: Mapping[str, str]) -> Iterator[Edit]:
    if resource.dialect == "cloudformation":
        from finops_lint.fixes.cloudformation import template_edits
        from finops_lint.fixes.yaml_edits import roots_of

        return template_edits(text, next(iter(roots_of(text))), resource, change, names)
    from finops_lint.fixes.kubernetes import manifest_edits

    return manifest_edits(text, resource, *change)
