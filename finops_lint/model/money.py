"""Money and ranges of it: Decimal from string to reporter, rounded only there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from finops_lint.model.records import record

HOURS_PER_MONTH = Decimal(730)
"""365 × 24 / 12, the month every cloud's own calculator uses."""


def decimal_of(number: float | str | Decimal) -> Decimal:
    """A Decimal by the shortest text of `number`, so that 0.1 stays 0.1."""
    if isinstance(number, Decimal):
        return number
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return Decimal(int(number))
    return Decimal(str(number))


def places(number: Decimal) -> int:
    """How many digits `number` is written with after the point: 2 for 1.50; fewer than none for 1E+3."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


class CurrencyError(ValueError):
    """Two currencies were added."""


@record(frozen=True, slots=True)
class Range:
    """A figure with its least, expected and greatest value; often all three are one."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def of(cls, figure: Decimal) -> Range:
        """The range that is certain."""
        return cls(figure, figure, figure)

    @property
    def is_exact(self) -> bool:
        """Whether low and high are one."""
        return self.low == self.high

    def __add__(self, other: Range) -> Range:
        low = self.low + other.low
        if self.low is self.expected is self.high and other.low is other.expected is other.high:
            return Range(low, low, low)
        return Range(low, self.expected + other.expected, self.high + other.high)

    def __mul__(self, factor: Decimal) -> Range:
        low = self.low * factor
        if self.low is self.expected is self.high:  # as `of` makes them, and most are
            return Range(low, low, low)
        return Range(low, self.expected * factor, self.high * factor)

    def __sub__(self, other: Range) -> Range:
        """The difference of two states: low − low, expected − expected, high − high."""
        return Range(self.low - other.low, self.expected - other.expected, self.high - other.high)


ZERO = Range.of(Decimal(0))


def sum_of(figures: Sequence[Range]) -> Range:
    """All of them together; zero where there are none."""
    if not figures:
        return ZERO
    low = expected = high = ZERO.expected
    for figure in figures:
        if low is high and figure.low is figure.expected is figure.high:
            low = expected = high = low + figure.low
        else:
            low, expected, high = low + figure.low, expected + figure.expected, high + figure.high
    return Range(low, expected, high)


@record(frozen=True, slots=True)
class Money:
    """An amount a month in one currency."""

    amount: Range
    """Currency units per month, unrounded."""
    currency: str = "USD"

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyError(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyError(f"{other.currency} cannot be taken from {self.currency}")
        return Money(self.amount - other.amount, self.currency)

    @property
    def expected(self) -> Decimal:
        """The expected amount, unrounded."""
        return self.amount.expected
