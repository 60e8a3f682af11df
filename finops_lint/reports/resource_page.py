"""One resource to its page: where it stands, what each line of its bill is made of, and what would change it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from finops_lint.model.estimate import CostComponent, Coverage
from finops_lint.model.explanation import Explanation, UsageFact
from finops_lint.model.report import ProjectReport, Report, ReportedResource
from finops_lint.model.values import Partial, Unknown
from finops_lint.reports import RenderOptions, cost_rows, figures, limits
from finops_lint.reports.lines import Painter, clean, left, listed, wrapped
from finops_lint.reports.terminal_findings import finding_lines

LABEL = 13
BASES = {
    "list": "list price",
    "observed": "read off a public example",
    "stated": "stated in the settings",
    "derived": "worked out",
    "spot": "spot price",
}
"""A price's basis in words."""


def matching(report: Report, address: str) -> list[tuple[ProjectReport, ReportedResource]]:
    """The resources called `address`, or all instances of it where it names them without an index."""
    found = [(p, r) for p in report.projects for r in p.resources]
    exact = [(p, r) for p, r in found if r.address == address]
    return exact or [(p, r) for p, r in found if r.address.startswith(f"{address}[")]


def nearest(known: Iterable[str], address: str, most: int = 3) -> list[str]:
    """The addresses with `address` in them, a name, a type or one without its module; else those spelled alike."""
    every = list(dict.fromkeys(known))
    part = re.compile(rf"(?:^|[./]){re.escape(address)}(?:$|[./\[])", re.IGNORECASE)
    inside = [one for one in every if part.search(one)]
    return inside[:most] or get_close_matches(address, every, most)


def resource_page(one: Explanation, options: RenderOptions, paint: Painter) -> str:
    """Everything that is known of a resource."""
    project, resource = one.project, one.resource
    lines = [paint(clean(resource.address), "title"), *_place(project, resource, options.width)]
    lines += _counts(one, options.width)
    lines += ["", *_cost(one, options.width, paint)]
    if one.usage:
        lines += ["", *_usage_lines(one, options.width, paint)]
    alone = ProjectReport(
        project.name,
        project.path,
        project.dialect,
        findings=tuple(f for f in project.findings if f.address == resource.address),
        undecided=tuple(u for u in project.undecided if u.address == resource.address),
    )
    lines += ["", *finding_lines([alone], options, paint)]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _counts(one: Explanation, width: int) -> Iterator[str]:
    """The unit costs and guardrails that count it."""
    label = "Counts in"
    for cost in one.unit_costs:
        yield from _fact(label, f"{cost.name}: {limits.pair_words(limits.CostPair(None, cost))}", width)
        label = ""
    for guardrail in limits.worst_first(one.guardrails):
        yield from _fact(label, f"guardrail {limits.sentence(guardrail)}", width)
        label = ""


def _usage_lines(one: Explanation, width: int, paint: Painter) -> Iterator[str]:
    """What the usage file could say of it."""
    yield paint("Usage keys of this type", "faint")
    taken = one.taken
    for fact in one.usage:
        now = f"taken as {figures.quantity_range(taken[fact.name])}" if fact.name in taken else ""
        now = now or (f"{fact.default} if not stated" if fact.default else "")
        words = "; ".join(filter(None, (_unit_and_typical(fact), now)))
        yield from _hanging(f"{fact.name}: {words}" if words else fact.name, width, "  ")


def _unit_and_typical(fact: UsageFact) -> str:
    """`GB, usually 10 to 1,000, 100 expected`, or the texts it may be."""
    if fact.values:
        return f"one of {', '.join(fact.values)}"
    if not fact.typical:
        return fact.unit
    low, expected, high = (figures.quantity(amount) for amount in fact.typical)
    return ", ".join(filter(None, (fact.unit, f"usually {low} to {high}, {expected} expected")))


def _place(project: ProjectReport, resource: ReportedResource, width: int) -> Iterator[str]:
    yield from _fact("Type", resource.type, width)
    yield from _fact("Written in", str(resource.span), width)
    if resource.calls:
        yield from _fact("Called from", " → ".join(str(call) for call in resource.calls), width)
    yield from _fact("Project", project.name, width)
    yield from _fact("Region", _region(resource), width)
    tags = resource.tags
    if isinstance(tags, Unknown):
        yield from _fact("Tags", f"unknown: {tags.reason}", width)
    elif isinstance(tags, Partial) or tags:
        yield from _fact("Tags", _tags(tags), width)


def _region(resource: ReportedResource) -> str:
    """Its own; an object in a cluster has none and is where the machines are that it is priced by."""
    if resource.region or "/" not in resource.type:
        return resource.region or "not in the code"
    prices = [part.price for part in resource.estimate.components if part.price is not None]
    found = {price.region for price in prices if not price.approximate and price.region.strip("*")}
    return f"{found.pop()}, of what it runs on" if len(found) == 1 else "not in the code"


def _tags(tags: object) -> str:
    more = [f"perhaps more: {tags.rest.reason}"] if isinstance(tags, Partial) else []
    known = tags.known if isinstance(tags, Partial) else tags
    named = known.items() if isinstance(known, dict) else ()
    words = [f"{k} = {'unknown' if isinstance(v, Unknown | Partial) else v}" for k, v in named]
    return "; ".join([*([listed(words, 20)] if words else []), *more])


def _cost(one: Explanation, width: int, paint: Painter) -> Iterator[str]:
    estimate = one.resource.estimate
    if estimate.coverage is Coverage.UNSUPPORTED:
        yield f"Not priced: there is no price sheet for {estimate.type}."
        return
    if estimate.note:
        yield from wrapped(clean(estimate.note), width)
    if estimate.assumed:
        yield from wrapped(clean(f"≈ It may not exist: {estimate.assumed}"), width)
    for remark in estimate.remarks:
        yield from wrapped(clean(remark), width)
    for note in estimate.terms:
        yield from wrapped(clean(f"It {note}"), width)
    if estimate.through:
        yield from wrapped(clean(f"Priced through {listed(estimate.through)}."), width)
    heading: tuple[str, ...] = ()
    for component in estimate.components:
        if component.group and component.group != heading:
            yield clean(" / ".join(component.group))
        heading = component.group
        yield from _component(component, one, width, paint)
    if estimate.components:
        yield paint(f"Costs {figures.total_words(estimate.total)}", "money")
        doubt = figures.doubt_words(estimate.total)
        yield from [doubt] if doubt else []


def _component(component: CostComponent, one: Explanation, width: int, paint: Painter) -> Iterator[str]:
    indent = "    " if component.group else "  "
    yield from _hanging(clean(component.name), width, indent)
    inner = indent + "    "
    for text, style in _facts_of(component, one):
        yield from (paint(line, style) for line in _hanging(clean(text), width, inner))


def _facts_of(component: CostComponent, one: Explanation) -> Iterator[tuple[str, str]]:
    """What there is to say of one line of the bill, each with its style."""
    yield _sum(component, one.resource.estimate.currency), ""
    price = component.price
    if price is not None:
        each = figures.unit_price(price.amount, price.currency)
        basis = f", {BASES.get(price.basis, price.basis)}" if price.basis else ""
        place = "all regions" if price.region == "*" else price.region
        yield f"{price.item} in {place}: {each} per {cost_rows.singular(price.unit)}{basis}", "faint"
        source = one.sources.get(price.source, "")
        known = f"{source} ({price.source})" if source else price.source
        origin = ", ".join(filter(None, (known, f"as of {price.as_of}" if price.as_of else "")))
        yield from [(f"source: {origin}", "faint")] if origin else []
        yield from [(f"≈ {price.approximate}", "")] if price.approximate else []
    yield from ((note, "") for note in component.terms)
    yield from [(f"≈ {component.assumed}", "")] if component.assumed else []
    yield from ((f"assumed: {note}", "") for note in component.assumptions)
    if component.usage_key and component.quantity is not None:
        yield f"changed by the usage key {component.usage_key}", ""


def _sum(component: CostComponent, currency: str) -> str:
    """`730 hours × $0.045 = $32.85`, or what is missing for it."""
    if component.unpriced is not None:
        waits = f"; waits for {listed(component.unpriced.waits_for)}" if component.unpriced.waits_for else ""
        return f"unpriced: {cost_rows.reason_words(component.unpriced)}{waits}"
    if component.quantity is None or component.monthly is None or component.per_unit is None:
        key = f"; state {component.usage_key} in a usage file" if component.usage_key else ""
        return cost_rows.remark_of(component, currency) + key
    quantity = figures.quantity_range(component.quantity)
    each = figures.unit_price(component.per_unit, currency)
    return f"{quantity} {component.unit} × {each} = {figures.money_range(component.monthly, currency)}"


def _hanging(text: str, width: int, indent: str) -> list[str]:
    """`text` after `indent`, its further lines two columns deeper."""
    first, *more = wrapped(text, width - 2, indent)
    return [first, *("  " + line for line in more)]


def _fact(label: str, text: str, width: int) -> list[str]:
    lines = wrapped(clean(text), width, " " * LABEL)
    return [left(label, LABEL) + lines[0].lstrip(), *lines[1:]]
