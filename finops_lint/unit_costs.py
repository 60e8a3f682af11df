"""Estimates and a volume of work → what one unit of it costs; never divided where either is missing.

Also what `guardrails` shares with it: which resources a scope of the settings means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from finops_lint.model.estimate import Estimate, Total
from finops_lint.model.guardrail import Scope, UnitCost, UnitCostRule, Volume
from finops_lint.model.money import ZERO, Range
from finops_lint.model.report import ProjectReport, Report, ReportedResource
from finops_lint.model.values import Partial, Unknown, Value, known_map


def unit_costs(report: Report, rules: Iterable[UnitCostRule]) -> tuple[UnitCost, ...]:
    """Each rule's unit cost in `report`."""
    return tuple(_unit_cost(report, rule) for rule in rules)


def _unit_cost(report: Report, rule: UnitCostRule) -> UnitCost:
    """Given $400 a month, 50,000,000 tokens and `per` 1,000, the result is $0.008."""
    found = [r for p in report.projects for r in p.resources if belongs(p, r, rule.scope)]
    doubtful = sum(1 for p in report.projects for r in p.resources if belongs(p, r, rule.scope) is None)
    payers = None if rule.scope.is_whole else frozenset(r.address for r in found)
    whole = Total(currency=report.currency, unpriced=doubtful) + together((r.estimate for r in found), payers)
    volume, why = _volume(rule.volume, report, found)
    cost = None
    if not found:
        why = "no resource matches"
    elif whole.all == ZERO and (whole.unpriced or whole.waiting):
        why = "nothing of what it is spread over has a figure"
    elif volume is not None and not why:
        cost = divided(whole.all, volume, together=bool(rule.volume.usage)) * rule.per
    return UnitCost(rule.name, rule.per, whole, volume, cost, why, len(found))


def together(estimates: Iterable[Estimate], payers: frozenset[str] | None) -> Total:
    """What resources cost together, nothing twice: a pod's share of a node adds nothing where the node is a payer too.

    `payers` None stands for whole projects: like their totals, the sum leaves out what any price elsewhere holds.
    """
    return sum((e.added if payers is None else e.beside(payers) for e in estimates), Total())


def _volume(volume: Volume, report: Report, spread: Sequence[ReportedResource]) -> tuple[Range | None, str]:
    """Units a month, and why nothing can be divided by them."""
    if volume.stated is not None:
        return volume.stated, _by_zero(volume.stated)
    every = [r for p in report.projects for r in p.resources]
    of = [r for r in every if any_of(volume.of, r.address)] if volume.of else spread
    stated = [figure for r in of for key, figure in r.estimate.usage if key == volume.usage]
    if not stated:
        return None, f"the volume is not known: no usage file states their {volume.usage}"
    sum_of = sum(stated, ZERO)
    return sum_of, _by_zero(sum_of)


def _by_zero(volume: Range) -> str:
    if volume.high == 0:
        return "the volume is 0"
    return "the volume may be 0" if volume.low == 0 else ""


def divided(amount: Range, volume: Range, *, together: bool) -> Range:
    """`amount` for one unit of `volume`, whose low is above 0.

    `together`: both follow from the same usage, so that low goes with low. Otherwise the cheapest case is the low
    amount over the high volume: given $100 to $200 and a volume of 10 to 20, the result is $5 to $20.
    """
    first, last = (volume.low, volume.high) if together else (volume.high, volume.low)
    figures = (amount.low / first, amount.expected / volume.expected, amount.high / last)
    return Range(min(figures), figures[1], max(figures))


def belongs(project: ProjectReport, resource: ReportedResource, scope: Scope) -> bool | None:
    """Whether `scope` means `resource` of `project`; None where a tag that decides it is unknown."""
    if not (
        any_of(scope.resources, resource.address)
        and any_of(scope.types, resource.type)
        and (any_of(scope.projects, project.name) or any_of(scope.projects, project.path))
    ):
        return False
    answers = [_fits(tag_of(resource.tags, key), glob) for key, glob in scope.tags.items()]
    if False in answers:
        return False
    return None if None in answers else True


def _fits(value: str | Unknown | None, glob: str) -> bool | None:
    if isinstance(value, Unknown):
        return None
    return value is not None and fnmatchcase(value, glob)


def tag_of(tags: Value, key: str) -> str | Unknown | None:
    """A tag's value; None where the resource has no such tag."""
    if isinstance(tags, Unknown):
        return tags
    value = known_map(tags).get(key)
    if value is None:
        return tags.rest if isinstance(tags, Partial) else None
    return value.rest if isinstance(value, Partial) else value if isinstance(value, Unknown) else str(value)


def any_of(globs: Sequence[str], text: str) -> bool:
    """Whether one of `globs` matches the whole of `text`; brackets stand for themselves, as in addresses."""
    return not globs or any(fnmatchcase(text, glob.replace("[", "[[]")) for glob in globs)


def per_cent(before: Decimal, after: Decimal) -> Decimal | None:
    """How many per cent more `after` is; None where there was nothing before."""
    return None if before == 0 else (after - before) / abs(before) * 100
