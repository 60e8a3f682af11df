"""What a resource costs a month: components, and what could not be priced and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import field
from decimal import Decimal
from enum import StrEnum

from finops_lint.model.money import ZERO, Money, Range, sum_of
from finops_lint.model.records import record, replace


@record(frozen=True, slots=True)
class UnitPrice:
    """One price from a table, with where it came from."""

    item: str
    """`service/item` in the price tables: `vpc/nat-gateway-hours`."""
    region: str
    """The region of the row that was used."""
    amount: Decimal
    """Per `unit`, in `currency`."""
    unit: str
    """The table's unit: `hours`, `GB`, `requests`."""
    currency: str = "USD"
    basis: str = "list"
    """`list`, `observed`, `derived` or `spot`, as the table says; `stated` in the settings."""
    source: str = ""
    """The named data set."""
    as_of: str = ""
    """ISO date of the fact."""
    approximate: str = ""
    """Why the figure is ≈ ("us-east-1 price × region factor 1.11"); empty where the row is exact."""

    def in_doubt(self, reason: str) -> UnitPrice:
        """The same, ≈ for `reason` too; unchanged where there is none."""
        return replace(self, approximate="; ".join(filter(None, (self.approximate, reason)))) if reason else self


STATED = "stated"
"""The basis of a price that the settings state."""
BY_USAGE = "usage"
"""What a sum waits for whose components only lack the user's usage."""


@record(frozen=True, slots=True)
class Unpriced:
    """Why there is no figure. Never zero, never a saving."""

    reason: str
    """For a person: "no price for ml.p6.48xlarge in eu-west-1"."""
    waits_for: tuple[str, ...] = ()
    """Names that would settle it (`var.instance_type`); empty where a price is missing."""
    nearest: Sequence[str] = ()
    """Known names close to an unknown one."""

    @property
    def is_by_usage(self) -> bool:
        """Whether nothing but the user's usage is missing."""
        return self.waits_for == (BY_USAGE,)


@record(frozen=True, slots=True)
class CostComponent:
    """One line of a bill."""

    name: str
    unit: str
    """As printed: `hours`, `GB`, `1M requests`."""
    quantity: Range | None
    """Per month in `unit`; None while it waits for usage or for an unknown."""
    price: UnitPrice | None
    """None exactly where `unpriced` says why there is no price."""
    per_unit: Decimal | None = None
    """Price of one `unit` as printed (a table's price × the sheet's scale, after discounts)."""
    group: tuple[str, ...] = ()
    """Headings of the sub-resources it stands under: `("root_block_device",)`."""
    usage_key: str = ""
    """The usage key that gives or would give the quantity; empty where the code gives it."""
    unpriced: Unpriced | None = None
    """Why there is no monthly cost, other than waiting for usage."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted ("8 GB root volume, the AMI's default")."""
    paid_by: str = ""
    """Address of the resource whose price already holds this part of it: a pod's share of a priced node. Its own
    address where it only bounds what others cost: a queue's quota. Sums over several resources leave it out."""
    terms: tuple[str, ...] = ()
    """What changes its price: a discount that comes by itself, one of the settings, the hours a commitment covers."""
    assumed: str = ""
    """Why its quantity is only assumed ("typical use"); empty where the code or the user states it."""

    @property
    def monthly(self) -> Range | None:
        """Currency units a month, unrounded; None where waiting or unpriced."""
        if self.quantity is None or self.per_unit is None or self.unpriced is not None:
            return None
        return self.quantity * self.per_unit

    @property
    def is_assumed(self) -> bool:
        """Whether its quantity or its price only stands for the true one (≈)."""
        return bool(self.assumed or (self.price and self.price.approximate))

    @property
    def waits_for_usage(self) -> bool:
        """Whether only the user's usage is missing."""
        return self.quantity is None and self.unpriced is None


class Coverage(StrEnum):
    """What the catalog knows about a type."""

    PRICED = "priced"
    """It has a sheet; single components may still wait or be unpriced."""
    FREE = "free"
    """Known to cost nothing by itself, or to be billed through another resource."""
    UNSUPPORTED = "unsupported"
    """No sheet: not priced, and said so."""


@record(frozen=True, slots=True)
class Total:
    """A sum in its three parts."""

    known: Range = ZERO
    """Currency units a month of what certainly exists at a price of its own."""
    assumed: Range = ZERO
    """Currency units a month of what is ≈ or may not exist."""
    unpriced: int = 0
    """Components and resources without a figure (usage-priced ones that wait are not counted here)."""
    waiting: int = 0
    """Components that show a unit price and wait for usage."""
    currency: str = "USD"

    def __add__(self, other: Total) -> Total:
        # A total of nothing has no currency of its own; two that differ never meet, see `in_one_currency`.
        currency = self.currency
        if other.currency != currency and self.all == ZERO and other.all != ZERO:
            currency = other.currency
        return Total(
            self.known + other.known,
            self.assumed + other.assumed,
            self.unpriced + other.unpriced,
            self.waiting + other.waiting,
            currency,
        )

    @property
    def all(self) -> Range:
        """Known and assumed together."""
        return self.known if self.assumed is ZERO else self.known + self.assumed

    @property
    def money(self) -> Money:
        """Known and assumed together, with the currency."""
        return Money(self.all, self.currency)


@record(frozen=True, slots=True)
class Estimate:
    """The monthly cost of one resource."""

    address: str
    type: str
    coverage: Coverage
    components: tuple[CostComponent, ...] = ()
    """In the sheet's order; those of one group stand together."""
    note: str = ""
    """What a person should know: why it is free, where it is billed."""
    remarks: tuple[str, ...] = ()
    """What is to be said of this one: what a run costs, whose price holds it already."""
    assumed: str = ""
    """Why its existence is not certain; copied from the resource."""
    through: tuple[str, ...] = ()
    """Addresses of other resources the price was read from: a launch template, an endpoint configuration."""
    currency: str = "USD"
    terms: tuple[str, ...] = ()
    """What the settings say of all its components: the hours of a schedule."""
    usage: tuple[tuple[str, Range], ...] = ()
    """What its use is taken to be, by dotted key: as stated, else as typical where that is asked for."""
    _total: Total | None = field(default=None, init=False, repr=False, compare=False)
    """The sum, once somebody has asked for it: rules, findings and reports do."""

    @property
    def total(self) -> Total:
        """The sum of the components; an unsupported type counts as one unpriced."""
        found: Total | None = getattr(self, "_total", None)
        if found is None:
            found = self._sum(self.components)
            object.__setattr__(self, "_total", found)
        return found

    @property
    def added(self) -> Total:
        """What it adds to a sum over several resources: without what another one's price holds already."""
        for part in self.components:
            if part.paid_by:
                return self._sum(tuple(part for part in self.components if not part.paid_by))
        return self.total

    @property
    def has_price(self) -> bool:
        """Whether a price was found for any component."""
        return any(component.price is not None for component in self.components)

    def beside(self, addresses: Collection[str]) -> Total:
        """What it adds to a sum over these resources: what the price of none of them holds."""
        return self._sum(tuple(part for part in self.components if part.paid_by not in addresses))

    def _sum(self, components: tuple[CostComponent, ...]) -> Total:
        known: list[Range] = []
        assumed: list[Range] = []
        unpriced = 1 if self.coverage is Coverage.UNSUPPORTED else 0
        waiting = 0
        for part in components:  # as their `monthly` and `waits_for_usage` say
            if part.unpriced is not None or (part.quantity is not None and part.per_unit is None):
                unpriced += 1
            elif part.quantity is None or part.per_unit is None:
                waiting += 1
            else:
                monthly = part.quantity * part.per_unit
                (assumed if self.assumed or part.is_assumed else known).append(monthly)
        return Total(sum_of(known), sum_of(assumed), unpriced, waiting, self.currency)


def total(estimates: Iterable[Estimate], currency: str = "USD") -> Total:
    """The sum of `estimates`. Unsupported types are counted apart by the reporters, so not as unpriced here."""
    added = [estimate.added for estimate in estimates if estimate.coverage is not Coverage.UNSUPPORTED]
    if any(one.currency != currency for one in added):
        return sum(added, Total(currency=currency))
    known, assumed = sum_of([one.known for one in added]), sum_of([one.assumed for one in added])
    return Total(known, assumed, sum([o.unpriced for o in added]), sum([o.waiting for o in added]), currency)
