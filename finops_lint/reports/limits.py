"""Guardrails and unit costs to the sentences every format for people prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from finops_lint.model.guardrail import Guardrail, Limit, Outcome, UnitCost
from finops_lint.model.money import ZERO, Range
from finops_lint.model.records import record
from finops_lint.model.report import Diff, Report
from finops_lint.reports import figures


def head_of(one: Guardrail) -> str:
    """What stands before the sentence: `error`, `warning`, `approved`, `unknown` or `kept`."""
    if one.outcome is Outcome.UNDECIDED:
        return "unknown"
    if one.outcome is Outcome.KEPT:
        return "kept"
    if one.approved:
        return "approved"
    return "error" if one.fails else "warning"


def worst_first(found: Iterable[Guardrail]) -> list[Guardrail]:
    """What fails the run, then warnings, approved ones, undecided ones, and those that may yet break."""
    order = ("error", "warning", "approved", "unknown", "kept")
    return sorted(found, key=lambda one: order.index(head_of(one)))


def told(found: Iterable[Guardrail]) -> list[Guardrail]:
    """Those a person should see, worst first: all but what is safely kept."""
    return worst_first(g for g in found if g.outcome is not Outcome.KEPT or g.may_break)


def count_words(found: Sequence[Guardrail]) -> str:
    """`1 broken, 2 approved, 1 undecided, 3 kept`."""
    heads = [head_of(one) for one in found]
    names = {"broken": ("error", "warning"), "approved": ("approved",), "undecided": ("unknown",), "kept": ("kept",)}
    counts = {name: sum(head in of for head in heads) for name, of in names.items()}
    empty = sum(one.outcome is Outcome.KEPT and bool(one.reason) for one in found)
    about = f" ({empty:,} about nothing that was read)" if empty else ""
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number) + about


def sentence(one: Guardrail) -> str:
    """`production, team = ml: costs $5,432.10 a month, more than the $5,000.00 allowed; ask Ann`."""
    name = f"{one.name}, {one.group}" if one.group else one.name
    parts = [f"{name}: {_judgement(one)}"]
    if one.outcome is Outcome.BROKEN and one.standing:
        parts.append("it was broken before, and this change makes it no worse")
    if one.approved:
        parts.append(f"approved: {one.approved}")
    elif one.outcome is Outcome.BROKEN and one.reason:
        parts.append(one.reason)
    if one.message and one.outcome is not Outcome.KEPT:
        parts.append(one.message)
    return "; ".join(parts)


def _judgement(one: Guardrail) -> str:
    if one.limit is Limit.UNUSUAL:
        return one.reason
    most = _figure(one, one.most)
    if one.figure is None:
        return f"{one.reason} (at most {most})"
    mark = "≈ " if one.assumed else ""
    what = f"{_verb(one)} {mark}{_figure(one, one.figure.expected)}{_unit(one)}"
    match one.outcome:
        case Outcome.BROKEN:
            more = ", and more may come: " + lacks(one) if lacks(one) else ""
            return f"{what}, more than the {most} allowed{more}"
        case Outcome.UNDECIDED:
            return f"{what} so far, of {most} allowed, but {lacks(one)}"
        case Outcome.KEPT:
            high = f", though it may be {_figure(one, one.figure.high)}" if one.may_break else ""
            return f"{what}, within the {most} allowed{high}"


def lacks(one: Guardrail) -> str:
    """`2 lines are unpriced, 3 wait for usage`; empty where every line has its figure."""
    parts = [f"{figures.count(one.unpriced, 'line is', 'lines are')} unpriced"] if one.unpriced else []
    parts += [f"{figures.count(one.waiting, 'line waits', 'lines wait')} for usage"] if one.waiting else []
    parts += [one.reason] if one.reason and one.outcome is Outcome.UNDECIDED else []
    return ", ".join(parts)


def _verb(one: Guardrail) -> str:
    if one.limit in (Limit.INCREASE, Limit.INCREASE_PERCENT):
        return "adds" if one.figure is None or one.figure.expected >= 0 else "changes by"
    return "costs"


def _figure(one: Guardrail, amount: Decimal) -> str:
    match one.limit:
        case Limit.INCREASE_PERCENT:
            return f"{figures.quantity(amount.quantize(Decimal('0.1')))} %"
        case Limit.UNIT_COST:
            return figures.unit_cost(amount, one.currency)
        case _:
            return figures.money(amount, one.currency)


def _unit(one: Guardrail) -> str:
    match one.limit:
        case Limit.UNIT_COST:
            return for_words(one.per)
        case Limit.INCREASE_PERCENT:
            return ""
        case _:
            return " a month"


def for_words(per: Decimal) -> str:
    """` for 1,000`; empty for a single unit."""
    return "" if per == 1 else f" for {figures.quantity(per)}"


# Unit costs


@record(frozen=True, slots=True)
class CostPair:
    """A unit cost before and after; a plain report has no before."""

    before: UnitCost | None
    after: UnitCost


def unit_cost_pairs(report: Report | Diff) -> list[CostPair]:
    """Every unit cost, in the order of the settings."""
    if isinstance(report, Report):
        return [CostPair(None, cost) for cost in report.unit_costs]
    old = {cost.name: cost for cost in report.before.unit_costs}
    return [CostPair(old.get(cost.name), cost) for cost in report.after.unit_costs]


def amount_words(cost: UnitCost) -> str:
    """`≈ $0.0081 ($0.004 to $0.016)`, `at least $0.0081`, or `not known: the volume is 0`."""
    if cost.cost is None:
        return f"not known: {cost.reason}"
    whole = cost.total
    mark = "≈ " if whole.assumed != ZERO else "at least " if whole.unpriced or whole.waiting else ""
    return mark + _range_words(cost.cost, whole.currency)


def _range_words(amount: Range, currency: str) -> str:
    expected, low, high = (figures.unit_cost(x, currency) for x in (amount.expected, amount.low, amount.high))
    return expected if low == high else f"{expected} ({low} to {high})"


def basis_words(cost: UnitCost) -> str:
    """`$402.00 a month over 50,000,000, 2 unpriced`: what is divided by what, and what is not in it."""
    volume = f" over {figures.quantity_range(cost.volume)}" if cost.volume else ""
    missing = [f"{cost.total.unpriced:,} unpriced"] if cost.total.unpriced else []
    missing += (
        [f"{figures.count(cost.total.waiting, 'line waits', 'lines wait')} for usage"] if cost.total.waiting else []
    )
    whole = f"{figures.money(cost.total.all.expected, cost.total.currency)} a month{volume}"
    return ", ".join([whole, *missing])


def pair_words(pair: CostPair) -> str:
    """`$0.01 → $0.0081 for 1,000 (-19 %)`; where nothing changed, the figure alone."""
    before, after = pair.before, pair.after
    unit = for_words(after.per) if after.cost is not None else ""
    if before is None or before.cost == after.cost:
        return amount_words(after) + unit
    percent = figures.percent(before.cost.expected, after.cost.expected) if before.cost and after.cost else ""
    return f"{amount_words(before)} → {amount_words(after)}{unit}" + (f" ({percent})" if percent else "")
