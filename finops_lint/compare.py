"""Two Reports to a Diff: projects, resources and findings matched, renames followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from posixpath import normpath, relpath

from finops_lint.model.estimate import Estimate
from finops_lint.model.finding import Finding
from finops_lint.model.report import (
    ChangeKind,
    Diff,
    ProjectDiff,
    ProjectReport,
    Report,
    ReportedResource,
    ResourceChange,
)

_ALIKE = 0.75
"""Share of addresses in common from which a project is one that moved."""
_MOST_MOVES = 10_000
"""Pairs of projects that are looked at."""


def compare(before: Report, after: Report, *, before_root: str = "", after_root: str = "") -> Diff:
    """What changed from `before` to `after`.

    `before_root` and `after_root` are the paths the user named for the two sides: projects are matched by their way
    from there. One project on each side is a match whatever the names.
    """
    pairs = _project_pairs(before.projects, after.projects, before_root, after_root)
    return Diff(before, after, tuple(_project_diff(old, new) for old, new in pairs))


def _project_pairs(
    before: Sequence[ProjectReport], after: Sequence[ProjectReport], before_root: str, after_root: str
) -> list[tuple[ProjectReport | None, ProjectReport | None]]:
    """The projects of `after` with their partners, then those that are gone."""
    if len(before) == len(after) == 1:
        return [(before[0], after[0])]
    gone = {id(p): p for p in before}
    waiting: dict[tuple[str, str], list[ProjectReport]] = {}
    for old in before:
        waiting.setdefault(_key(old, before_root), []).append(old)
    keys = [_key(project, after_root) for project in after]
    pairs: list[tuple[ProjectReport | None, ProjectReport | None]] = []
    for key, project in zip(keys, after, strict=True):
        partner = _partner(project, waiting.get(key, ()), is_only=keys.count(key) == 1)
        if partner is not None:
            del gone[id(partner)]
            waiting[key].remove(partner)
        pairs.append((partner, project))
    moved = _moved(list(gone.values()), [project for partner, project in pairs if partner is None and project])
    pairs = [(partner or (moved.get(id(project)) if project else None), project) for partner, project in pairs]
    taken = {id(project) for project in moved.values()}
    return [*pairs, *((p, None) for p in gone.values() if id(p) not in taken)]


def _moved(gone: Sequence[ProjectReport], new: Sequence[ProjectReport]) -> dict[int, ProjectReport]:
    """Identity of a new project → the one that is gone and stood elsewhere before: most of their addresses are alike.

    Of several the one whose path ends alike: `envs/dev` is `live/dev` rather than `live/prod`.
    """
    if not 0 < len(gone) * len(new) <= _MOST_MOVES:
        return {}
    names = {id(p): frozenset((r.address, r.type) for r in p.resources) for p in (*gone, *new)}
    found = []
    for old in gone:
        for project in new:
            common = names[id(old)] & names[id(project)]
            share = 2 * len(common) / (len(names[id(old)]) + len(names[id(project)]) or 1)
            if share > _ALIKE and (old.dialect, old.workspace) == (project.dialect, project.workspace):
                found.append((share, _common_end(old.path, project.path), old, project))
    found.sort(key=lambda one: one[:2], reverse=True)
    partners: dict[int, ProjectReport] = {}
    taken: set[int] = set()
    for _, _, old, project in found:
        if id(project) not in partners and id(old) not in taken:
            partners[id(project)] = old
            taken.add(id(old))
    return partners


def _common_end(one: str, other: str) -> int:
    """How many names at the end of both paths are the same."""
    names = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], names))


def _partner(project: ProjectReport, found: Sequence[ProjectReport], *, is_only: bool) -> ProjectReport | None:
    """The project of before at the same place: where several are, with other variables, the one of the same name."""
    named = next((old for old in found if old.name == project.name), None)
    return named if named is not None or not is_only or len(found) != 1 else found[0]


def _key(project: ProjectReport, root: str) -> tuple[str, str]:
    path = normpath(project.path)
    inside = root and not normpath(root).startswith("..")
    return (relpath(path, root) if inside and not path.startswith("/") else path), project.workspace


def _project_diff(before: ProjectReport | None, after: ProjectReport | None) -> ProjectDiff:
    changes = tuple(_changes(before.resources if before else (), after.resources if after else ()))
    renamed = {c.before.address: c.after.address for c in changes if c.before and c.after}
    old = list(before.findings if before else ())
    new = list(after.findings if after else ())
    still, fixed = _findings(old, new, renamed)
    lasting = {id(f) for f in still}
    side = after or before
    assert side is not None
    return ProjectDiff(
        name=side.name,
        before=before,
        after=after,
        changes=changes,
        new_findings=tuple(f for f in new if id(f) not in lasting),
        fixed_findings=tuple(fixed),
        still_findings=tuple(still),
    )


def _changes(before: Sequence[ReportedResource], after: Sequence[ReportedResource]) -> Iterator[ResourceChange]:
    """Every resource of both sides, in the order of `after`, then the removed ones."""
    gone = {r.address: r for r in before}
    present = {r.address for r in after}
    for resource in after:
        old = gone.pop(resource.address, None)
        if old is None:
            # A rename counts only if nothing stands at the old address any more.
            former = next((a for a in resource.formerly if a in gone and a not in present), None)
            old = gone.pop(former) if former is not None else None
        yield ResourceChange(resource.address, _kind(old, resource), old, resource)
    for resource in gone.values():
        yield ResourceChange(resource.address, ChangeKind.REMOVED, resource, None)


def _kind(old: ReportedResource | None, new: ReportedResource) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    same = old.type == new.type and _bill(old.estimate) == _bill(new.estimate)
    return ChangeKind.UNCHANGED if same else ChangeKind.CHANGED


def _bill(estimate: Estimate) -> tuple[object, ...]:
    """What makes two estimates the same, where each price came from apart."""
    lines = tuple(
        (c.group, c.name, c.unit, c.quantity, c.per_unit, c.unpriced.reason if c.unpriced else None)
        for c in estimate.components
    )
    return estimate.coverage, bool(estimate.assumed), lines


def _findings(
    old: Sequence[Finding], new: Iterable[Finding], renamed: dict[str, str]
) -> tuple[list[Finding], list[Finding]]:
    """Those of `new` that were there before, and those of `old` that are fixed."""
    waiting: dict[tuple[object, ...], list[Finding]] = {}
    for finding in old:
        waiting.setdefault(_identity(finding, renamed.get(finding.address, finding.address)), []).append(finding)
    still = []
    for finding in new:
        partners = waiting.get(_identity(finding, finding.address))
        if partners:
            partners.pop()
            still.append(finding)
    left = {id(f) for partners in waiting.values() for f in partners}
    return still, [f for f in old if id(f) in left]


def _identity(finding: Finding, address: str) -> tuple[object, ...]:
    """Rule, address and attribute, as in the fingerprint, but in readable parts so that a rename can be followed."""
    return finding.rule, address or finding.span.file, finding.path
