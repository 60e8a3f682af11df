"""One resource of a report to its page: where it stands, what each line of its bill is made of, what the rules say."""

from __future__ import annotations

from collections.abc import Iterator

from finops_lint.model.estimate import CostComponent, Coverage, Estimate
from finops_lint.model.report import ProjectReport, Report, ReportedResource
from finops_lint.model.values import Partial, Unknown
from finops_lint.reports import RenderOptions, cost_rows, figures
from finops_lint.reports.lines import Painter, clean, left, listed, wrapped
from finops_lint.reports.terminal_findings import finding_lines

LABEL = 13


def matching(report: Report, address: str) -> list[tuple[ProjectReport, ReportedResource]]:
    """The resources called `address`, or all instances of it where it names them without an index."""
    found = [(p, r) for p in report.projects for r in p.resources]
    exact = [(p, r) for p, r in found if r.address == address]
    return exact or [(p, r) for p, r in found if r.address.startswith(f"{address}[")]


def resource_page(project: ProjectReport, resource: ReportedResource, options: RenderOptions, paint: Painter) -> str:
    """Everything the report knows of `resource`."""
    estimate = resource.estimate
    lines = [paint(clean(resource.address), "title"), *_place(project, resource, options.width)]
    lines += ["", *_cost(estimate, options.width, paint)]
    alone = ProjectReport(
        project.name,
        project.path,
        project.dialect,
        findings=tuple(f for f in project.findings if f.address == resource.address),
        undecided=tuple(u for u in project.undecided if u.address == resource.address),
    )
    lines += ["", *finding_lines([alone], options, paint)]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _place(project: ProjectReport, resource: ReportedResource, width: int) -> Iterator[str]:
    yield from _fact("Type", resource.type, width)
    yield from _fact("Written in", str(resource.span), width)
    if resource.calls:
        yield from _fact("Called from", " → ".join(str(call) for call in resource.calls), width)
    yield from _fact("Project", project.name, width)
    yield from _fact("Region", resource.region or "not in the code", width)
    tags = resource.tags
    if isinstance(tags, Unknown):
        yield from _fact("Tags", f"unknown: {tags.reason}", width)
    elif tags:
        yield from _fact("Tags", _tags(tags), width)


def _tags(tags: object) -> str:
    more = f"; perhaps more: {tags.rest.reason}" if isinstance(tags, Partial) else ""
    known = tags.known if isinstance(tags, Partial) else tags
    if not isinstance(known, dict):
        return more.removeprefix("; ")
    words = (f"{k} = {'unknown' if isinstance(v, Unknown | Partial) else v}" for k, v in known.items())
    return listed(words, 20) + more


def _cost(estimate: Estimate, width: int, paint: Painter) -> Iterator[str]:
    if estimate.coverage is Coverage.UNSUPPORTED:
        yield f"Not priced: there is no price sheet for {estimate.type}."
        return
    if estimate.note:
        yield from wrapped(clean(estimate.note), width)
    if estimate.assumed:
        yield from wrapped(clean(f"≈ It may not exist: {estimate.assumed}"), width)
    for note in estimate.terms:
        yield from wrapped(clean(f"It {note}"), width)
    if estimate.through:
        yield from wrapped(clean(f"Priced through {listed(estimate.through)}."), width)
    heading: tuple[str, ...] = ()
    for component in estimate.components:
        if component.group and component.group != heading:
            yield clean(" / ".join(component.group))
        heading = component.group
        yield from _component(component, estimate.currency, width, paint)
    if estimate.components:
        yield paint(f"Costs {figures.total_words(estimate.total)}", "money")
        doubt = figures.doubt_words(estimate.total)
        yield from [doubt] if doubt else []


def _component(component: CostComponent, currency: str, width: int, paint: Painter) -> Iterator[str]:
    indent = "    " if component.group else "  "
    yield indent + clean(component.name)
    yield from (indent + "    " + line for line in wrapped(clean(_sum(component, currency)), width - 8))
    price = component.price
    if price is not None:
        each = figures.unit_price(price.amount, price.currency)
        item = f"{price.item} in {price.region}: {each} per {cost_rows.singular(price.unit)}"
        origin = ", ".join(word for word in (price.basis, price.source, price.as_of) if word)
        yield from (paint(f"{indent}    {line}", "faint") for line in wrapped(clean(f"{item} ({origin})"), width - 8))
        if price.approximate:
            yield from (f"{indent}    {line}" for line in wrapped(clean(f"≈ {price.approximate}"), width - 8))
    for note in component.terms:
        yield from (f"{indent}    {line}" for line in wrapped(clean(note), width - 8))
    if component.assumed:
        yield from (f"{indent}    {line}" for line in wrapped(clean(f"≈ {component.assumed}"), width - 8))
    for note in component.assumptions:
        yield from (f"{indent}    {line}" for line in wrapped(clean(f"assumed: {note}"), width - 8))


def _sum(component: CostComponent, currency: str) -> str:
    """`730 hours × $0.045 = $32.85`, or what is missing for it."""
    if component.unpriced is not None:
        waits = f"; waits for {listed(component.unpriced.waits_for)}" if component.unpriced.waits_for else ""
        near = f"; known ones nearby: {listed(component.unpriced.nearest)}" if component.unpriced.nearest else ""
        return f"unpriced: {component.unpriced.reason}{waits}{near}"
    if component.quantity is None or component.monthly is None or component.per_unit is None:
        key = f"; state {component.usage_key} in a usage file" if component.usage_key else ""
        return cost_rows.remark_of(component, currency) + key
    quantity = figures.quantity_range(component.quantity)
    each = figures.unit_price(component.per_unit, currency)
    return f"{quantity} {component.unit} × {each} = {figures.money_range(component.monthly, currency)}"


def _fact(label: str, text: str, width: int) -> list[str]:
    lines = wrapped(clean(text), width, " " * LABEL)
    return [left(label, LABEL) + lines[0].lstrip(), *lines[1:]]
