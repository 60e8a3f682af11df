"""One estimate to the rows of a cost table, the same for terminal and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from decimal import Decimal

from finops_lint.model.estimate import CostComponent, Unpriced
from finops_lint.model.records import record
from finops_lint.reports import figures
from finops_lint.reports.lines import listed


@record(slots=True)
class Branch:
    """A heading with what stands under it."""

    name: str
    components: list[CostComponent] = field(default_factory=list)
    branches: dict[str, Branch] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Row:
    """One line of a table."""

    depth: int
    """0 for what stands directly under the resource."""
    last: tuple[bool, ...]
    """For each depth whether the line's ancestor there, and at the end the line itself, is the last of its parent."""
    name: str
    quantity: str = ""
    unit: str = ""
    monthly: str = ""
    remark: str = ""
    """In place of the three figures: a unit price, or why there is no figure."""


def tree(components: Iterable[CostComponent]) -> Branch:
    """The components by their headings, each in the order of the sheet."""
    root = Branch("")
    for component in components:
        branch = root
        for heading in component.group:
            branch = branch.branches.setdefault(heading, Branch(heading))
        branch.components.append(component)
    return root


def rows(components: Iterable[CostComponent], currency: str) -> Iterator[Row]:
    """The table's lines, a heading before what stands under it."""
    return _rows(tree(components), (), currency)


def _rows(branch: Branch, above: tuple[bool, ...], currency: str) -> Iterator[Row]:
    left = len(branch.components) + len(branch.branches)
    for component in branch.components:
        left -= 1
        yield component_row(component, (*above, left == 0), currency)
    for below in branch.branches.values():
        left -= 1
        last = (*above, left == 0)
        yield Row(len(above), last, below.name)
        yield from _rows(below, last, currency)


def component_row(component: CostComponent, last: tuple[bool, ...], currency: str) -> Row:
    """One component: its figures, or the unit price that waits for usage, or why there is neither."""
    monthly = component.monthly
    approximate = "≈ " if is_approximate(component) else ""
    if monthly is not None and component.quantity is not None:
        return Row(
            len(last) - 1,
            last,
            component.name,
            quantity=figures.quantity(component.quantity.expected),
            unit=component.unit,
            monthly=approximate + figures.money(monthly.expected, currency),
        )
    return Row(len(last) - 1, last, component.name, remark=remark_of(component, currency))


def remark_of(component: CostComponent, currency: str) -> str:
    """`usage: $0.045 per GB`, or `unpriced: no price for …`."""
    if component.unpriced is not None:
        return f"unpriced: {reason_words(component.unpriced)}"
    if component.per_unit is None:
        return "depends on usage"
    approximate = "≈ " if is_approximate(component) else ""
    return f"by usage: {approximate}{figures.unit_price(component.per_unit, currency)} per {singular(component.unit)}"


def reason_words(why: Unpriced) -> str:
    """`no price for m5.lagre in us-east-1 (nearest known: m5.large, m5n.large)`."""
    return f"{why.reason} (nearest known: {listed(why.nearest)})" if why.nearest else why.reason


def singular(unit: str) -> str:
    """`hours` → `hour`, `hours (10 DPUs)` → `hour (10 DPUs)`, `1M requests` → `1M requests`: a unit after "per"."""
    word, space, rest = unit.partition(" (")
    one = word[:-1] if word.endswith("s") and not word[0].isdigit() and not word.endswith("ss") else word
    return one + space + rest


def is_approximate(component: CostComponent) -> bool:
    """Whether its quantity or the price behind it only stands for the true one."""
    return component.is_assumed


def monthly_of(component: CostComponent | None) -> Decimal:
    """Its expected monthly cost, nothing where it has none; for sums of what is known only."""
    monthly = component.monthly if component else None
    return monthly.expected if monthly else Decimal(0)
