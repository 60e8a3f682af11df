"""What a project pays other than list prices: discounts, prices of its own, schedules, commitments, its currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from fractions import Fraction

from finops_lint.model.money import HOURS_PER_MONTH
from finops_lint.model.records import record
from finops_lint.model.span import Span

WEEK = 7 * 24 * 60
"""Minutes in a week."""


@record(frozen=True, slots=True)
class Selector:
    """Globs that a cost line must all fit; an empty one fits every line."""

    item: str = ""
    """Of the price tables: `ec2/linux/m5.*`."""
    machine: str = ""
    """The machine's name, the last part of the item: `m5.large`."""
    family: str = ""
    """The machine's family: `m5`, `db.r6g`, `n2`, `Standard_Ds_v5`."""
    type: str = ""
    """Of the resource: `aws_instance`."""
    region: str = ""
    service: str = ""
    """The first part of the item: `ec2`."""
    provider: str = ""
    """`aws`, `azure` or `google`."""

    @property
    def exactness(self) -> tuple[bool | int, ...]:
        """Greater for what says more: a price item before a machine, family, type, region, service, provider."""
        globs = (self.item, self.machine, self.family, self.type, self.region, self.service, self.provider)
        return (*map(bool, globs), sum(len(glob.replace("*", "").replace("?", "")) for glob in globs))


@record(frozen=True, slots=True)
class Discount:
    """A share of the list price that is not paid. A fact of the user's: what it touches stays known."""

    selector: Selector
    factor: Decimal
    """What is left of the price: 0.85 of it at 15 %."""
    reason: str
    where: Span


@record(frozen=True, slots=True)
class PriceOverride:
    """A price of the user's own for one item; no discount is taken off it."""

    item: str
    """A glob of items of the price tables."""
    price: Decimal
    """For one unit of the table, as `explain` shows it."""
    where: Span
    region: str = "*"
    """A glob of regions."""
    unit: str = ""
    """Of an item that no table has."""
    currency: str = "USD"
    reason: str = ""


@record(frozen=True, slots=True)
class Schedule:
    """When things run, and which; the first that fits a resource counts."""

    name: str
    text: str
    """As written: `weekdays 8-19`."""
    minutes: int
    """A week."""
    where: Span
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags that must all be there with these values, as globs."""
    workspaces: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Globs; the types that can be stopped or scaled to nothing if empty."""

    @property
    def hours(self) -> Decimal:
        """Hours a month: 730 × its share of the week; 11 hours on 5 days are 730 × 55 / 168 = 238.988."""
        share = Fraction(int(HOURS_PER_MONTH) * self.minutes, WEEK)
        return Decimal(share.numerator) / share.denominator


@record(frozen=True, slots=True)
class Commitment:
    """Machine hours that are paid for ahead, at a price of their own."""

    name: str
    selector: Selector
    where: Span
    hours: Decimal | None = None
    """A month, over all that fits; the costliest hours are covered first."""
    percent: Decimal | None = None
    """Or the share of the hours of each line that fits."""
    term: str = ""
    """`1y` or `3y`; empty where it makes no difference."""
    payment: str = "no-upfront"
    """`no-upfront`, `partial-upfront` or `all-upfront`, where the tables tell them apart."""
    factor: Decimal | None = None
    """What is left of the price on demand."""
    price: Decimal | None = None
    """Or a price of an hour. Where neither is stated, the tables' price for the term counts."""


@record(frozen=True, slots=True)
class Exchange:
    """The currency of all figures, and what one unit of the price tables' is worth in it."""

    code: str
    rates: Mapping[str, Decimal]
    """Currency of a price list → units of `code` for one of it."""
    as_of: str
    """The day of the rates."""
    where: str = ""
    """File and line of the settings."""
