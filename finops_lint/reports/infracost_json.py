"""Report or Diff to the JSON (version 0.2) that tools around Infracost read.

Every figure is a string or null. What we cannot price is null with `priceNotFound`, and counted in the summary; the
expected figure stands for a range. Findings, guardrails and unit costs have no place in this format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from finops_lint.model.estimate import CostComponent, Coverage
from finops_lint.model.finding import Level
from finops_lint.model.money import HOURS_PER_MONTH
from finops_lint.model.records import replace
from finops_lint.model.report import Diff, ProjectDiff, ProjectReport, Report, ReportedResource
from finops_lint.reports import RenderOptions, cost_rows, digest
from finops_lint.reports.json_text import json_text
from finops_lint.reports.pairs import Pair, changed_name, pairs

Json: TypeAlias = dict[str, Any]
ZERO = Decimal(0)
TYPES = {
    "terraform": "terraform_dir",
    "plan": "terraform_plan_json",
    "state": "terraform_state_json",
    "cloudformation": "cloudformation",
    "kubernetes": "kubernetes",
}
"""Our dialect → the peer's project type."""


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One JSON document, two spaces deep."""
    return json_text(document(report, options), indent=2)


def document(report: Report | Diff, options: RenderOptions) -> Json:
    """The root object. A plain report has an empty past, and no diff of its own."""
    if isinstance(report, Diff):
        diffs = [_billed_once(p) for p in report.projects]
        projects = [_diffed_project(p) for p in diffs]
        now, past = (_projects_totals(side) for side in ([p.after for p in diffs], [p.before for p in diffs]))
    else:
        each = [_project_billed_once(p) for p in report.projects]
        projects = [_project(p) for p in each]
        now, past = _projects_totals(each), (ZERO, ZERO)
    currency = report.after.currency if isinstance(report, Diff) else report.currency
    return {
        "version": "0.2",
        "metadata": {
            "infracostCommand": "diff" if isinstance(report, Diff) else "breakdown",
            "vcsBranch": "",
            "vcsCommitSha": "",
            "vcsCommitAuthorName": "",
            "vcsCommitAuthorEmail": "",
            "vcsCommitTimestamp": options.generated or "1970-01-01T00:00:00Z",
            "vcsCommitMessage": "",
        },
        "currency": currency,
        "projects": projects,
        **_totals(now, ""),
        **_totals(past, "past"),
        **_totals((now[0] - past[0], now[1] - past[1]), "diff"),
        "timeGenerated": options.generated or "1970-01-01T00:00:00Z",
        "summary": _sum_summaries(p["summary"] for p in projects),
    }


def _projects_totals(projects: Iterable[ProjectReport | None]) -> tuple[Decimal, Decimal]:
    """Monthly, and the part of it that usage makes."""
    resources = [r for p in projects for r in _resources(p)]
    return _monthly(resources), _monthly(resources, usage_only=True)


def _billed_once(project: ProjectDiff) -> ProjectDiff:
    """`project` without what another resource's price holds: who reads this format adds all of it up."""
    changes = tuple(
        replace(c, before=c.before and _own(c.before), after=c.after and _own(c.after)) for c in project.changes
    )
    sides = (side and _project_billed_once(side) for side in (project.before, project.after))
    before, after = sides
    return replace(project, before=before, after=after, changes=changes)


def _project_billed_once(project: ProjectReport) -> ProjectReport:
    return replace(project, resources=tuple(map(_own, project.resources)))


def _own(resource: ReportedResource) -> ReportedResource:
    components = tuple(c for c in resource.estimate.components if not c.paid_by)
    if len(components) == len(resource.estimate.components):
        return resource
    return replace(resource, estimate=replace(resource.estimate, components=components))


def _totals(figures: tuple[Decimal, Decimal], prefix: str) -> Json:
    def name(rest: str) -> str:
        return prefix + rest if prefix else rest[0].lower() + rest[1:]

    return {
        name("TotalHourlyCost"): text(figures[0] / HOURS_PER_MONTH),
        name("TotalMonthlyCost"): text(figures[0]),
        name("TotalMonthlyUsageCost"): text(figures[1]),
    }


def _project(project: ProjectReport) -> Json:
    return {
        "name": project.name,
        "displayName": "",
        "metadata": _metadata(project),
        "pastBreakdown": _side(None),
        "breakdown": _side(project),
        "diff": _side(None),
        "summary": _summary(project.resources),
    }


def _diffed_project(project: ProjectDiff) -> Json:
    side = project.after or project.before
    assert side is not None
    changed = [_resource_change(c.address, pairs(c.before, c.after), c.after or c.before) for c in project.changed]
    return {
        "name": project.name,
        "displayName": "",
        "metadata": _metadata(side),
        "pastBreakdown": _side(project.before),
        "breakdown": _side(project.after),
        "diff": {
            "resources": [c for c in changed if c.get("costComponents") or c.get("subresources")],
            **_totals(
                (
                    _monthly(_resources(project.after)) - _monthly(_resources(project.before)),
                    _monthly(_resources(project.after), usage_only=True)
                    - _monthly(_resources(project.before), usage_only=True),
                ),
                "",
            ),
        },
        "summary": _summary(side.resources),
    }


def _resources(project: ProjectReport | None) -> Sequence[ReportedResource]:
    return project.resources if project else ()


def _metadata(project: ProjectReport) -> Json:
    found: Json = {"path": project.path, "type": TYPES.get(project.dialect, project.dialect)}
    if project.workspace not in ("", "default"):
        found["terraformWorkspace"] = project.workspace
    for key, level in (("errors", Level.ERROR), ("warnings", Level.NOTICE)):
        problems = [p for p in project.problems if p.level is level]
        if problems:
            found[key] = [
                {
                    "code": 0,
                    "message": digest.place_of(p) + p.message,
                    "data": {"code": p.code},
                    "isError": level is Level.ERROR,
                }
                for p in problems
            ]
    return found


def _side(project: ProjectReport | None) -> Json:
    resources = _resources(project)
    free = [_head(r) for r in resources if not r.estimate.components and _is_supported(r)]
    return {
        "resources": [_resource(r) for r in resources if r.estimate.components],
        **({"freeResources": free} if free else {}),
        **_totals((_monthly(resources), _monthly(resources, usage_only=True)), ""),
    }


def _is_supported(resource: ReportedResource) -> bool:
    return resource.estimate.coverage is not Coverage.UNSUPPORTED


def _head(resource: ReportedResource) -> Json:
    found: Json = {"name": resource.address, "resourceType": resource.type}
    if isinstance(resource.tags, Mapping):
        found["tags"] = {str(key): value for key, value in resource.tags.items() if isinstance(value, str)}
    found["metadata"] = {"filename": resource.span.file, "startLine": resource.span.line}
    return found


def _resource(resource: ReportedResource) -> Json:
    """A resource. Here a missing price reads as 0, so components without one are named in the metadata only."""
    priced = [c for c in resource.estimate.components if c.per_unit is not None]
    found = {**_head(resource), **_branch(cost_rows.tree(tuple(priced)))}
    unpriced = [c for c in resource.estimate.components if c.per_unit is None]
    if unpriced:
        found["metadata"]["unpriced"] = [
            {"name": "/".join((*c.group, c.name)), "reason": c.unpriced.reason if c.unpriced else ""} for c in unpriced
        ]
    return found


def _branch(branch: cost_rows.Branch) -> Json:
    """Costs, components and sub-resources of a resource or of a heading inside it."""
    components = list(_all_components(branch))
    monthly, usage = _sum(components), _sum(c for c in components if c.usage_key)
    found: Json = {"hourlyCost": _hourly(monthly), "monthlyCost": text(monthly)}
    if usage is not None:
        found["monthlyUsageCost"] = text(usage)
    if branch.components:
        found["costComponents"] = [_component(c) for c in branch.components]
    if branch.branches:
        found["subresources"] = [
            {"name": name, "metadata": {}, **_branch(below)} for name, below in branch.branches.items()
        ]
    return found


def _all_components(branch: cost_rows.Branch) -> Iterable[CostComponent]:
    yield from branch.components
    for below in branch.branches.values():
        yield from _all_components(below)


def _component(component: CostComponent) -> Json:
    monthly = component.monthly.expected if component.monthly else None
    quantity = component.quantity.expected if component.quantity else None
    found: Json = {
        "name": component.name,
        "unit": component.unit,
        "hourlyQuantity": _hourly(quantity),
        "monthlyQuantity": text(quantity),
        "price": text(component.per_unit),
        "hourlyCost": _hourly(monthly),
        "monthlyCost": text(monthly),
        "priceNotFound": False,
    }
    if component.usage_key:
        found["usageBased"] = True
    return found


def _resource_change(address: str, found: list[Pair], side: ReportedResource | None) -> Json:
    """The peer's diff of a resource: differences of quantities, prices and costs."""
    assert side is not None
    changed = [p for p in found if p.kind != "unchanged"]
    return {"name": address, "resourceType": side.type, "metadata": {}, **_change_branch(changed, ())}


def _change_branch(changed: list[Pair], above: tuple[str, ...]) -> Json:
    here = [p for p in changed if p.group == above]
    below = dict.fromkeys(p.group[len(above)] for p in changed if len(p.group) > len(above))
    monthly = sum((p.delta for p in changed), ZERO)
    result: Json = {"hourlyCost": _hourly(monthly), "monthlyCost": text(monthly)}
    if here:
        result["costComponents"] = [_component_change(p) for p in here]
    if below:
        result["subresources"] = []
        for name in below:
            group = (*above, name)
            inside = [p for p in changed if p.group[: len(group)] == group]
            result["subresources"].append({"name": name, "metadata": {}, **_change_branch(inside, group)})
    return result


def _component_change(pair: Pair) -> Json:
    old, new = pair.before, pair.after
    side = new or old
    assert side is not None
    quantity = _quantity(new) - _quantity(old)
    found: Json = {
        "name": changed_name(pair),
        "unit": side.unit,
        "hourlyQuantity": _hourly(quantity),
        "monthlyQuantity": text(quantity),
        "price": text(_price(new) - _price(old)),
        "hourlyCost": _hourly(pair.delta),
        "monthlyCost": text(pair.delta),
        "priceNotFound": side.per_unit is None,
    }
    if side.usage_key:
        found["usageBased"] = True
    return found


def _quantity(component: CostComponent | None) -> Decimal:
    return component.quantity.expected if component and component.quantity else ZERO


def _price(component: CostComponent | None) -> Decimal:
    return component.per_unit if component and component.per_unit is not None else ZERO


def _sum(components: Iterable[CostComponent]) -> Decimal | None:
    """The sum of what has a figure; None where nothing has."""
    figures = [c.monthly.expected for c in components if c.monthly is not None]
    return sum(figures, ZERO) if figures else None


def _monthly(resources: Iterable[ReportedResource], *, usage_only: bool = False) -> Decimal:
    components = (c for r in resources for c in r.estimate.components if c.usage_key or not usage_only)
    return _sum(components) or ZERO


def _summary(resources: Sequence[ReportedResource]) -> Json:
    """Counts by coverage; a supported resource without components is the peer's `noPrice`."""
    supported = Counter(r.type for r in resources if _is_supported(r) and r.estimate.components)
    free = Counter(r.type for r in resources if _is_supported(r) and not r.estimate.components)
    unsupported = Counter(r.type for r in resources if not _is_supported(r))
    usage = sum(any(c.usage_key for c in r.estimate.components) for r in resources)
    return {
        "totalDetectedResources": len(resources),
        "totalSupportedResources": supported.total(),
        "totalUnsupportedResources": unsupported.total(),
        "totalUsageBasedResources": usage,
        "totalNoPriceResources": free.total(),
        "supportedResourceCounts": dict(sorted(supported.items())),
        "unsupportedResourceCounts": dict(sorted(unsupported.items())),
        "noPriceResourceCounts": dict(sorted(free.items())),
    }


def _sum_summaries(summaries: Iterable[Json]) -> Json:
    result = _summary(())
    for summary in summaries:
        for key, value in summary.items():
            if isinstance(value, int):
                result[key] += value
            else:
                result[key] = dict(sorted((Counter(result[key]) + Counter(value)).items()))
    return result


def _hourly(monthly: Decimal | None) -> str | None:
    return None if monthly is None else text(monthly / HOURS_PER_MONTH)


def text(figure: Decimal | None) -> str | None:
    """A plain decimal without exponent or trailing zeros; None stays None."""
    if figure is None:
        return None
    written = f"{figure:f}"
    return (written.rstrip("0").rstrip(".") if "." in written else written) or "0"
