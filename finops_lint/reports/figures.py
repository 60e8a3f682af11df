"""Decimals to the figures a person reads. Rounding happens here and nowhere else."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from finops_lint.model.estimate import Total
from finops_lint.model.money import ZERO, Range, places

SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "ILS": "₪",
    "INR": "₹",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "VND": "₫",
}
"""Currency → the sign before the figure; others are written `CHF 1.00`."""
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
"""Currencies without a smaller unit; ISO 4217, table A.1."""
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
"""Currencies whose smaller unit is a thousandth; likewise."""
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_UNIT_PRICE = Context(prec=6, rounding=ROUND_HALF_EVEN)
_UNIT_COST = Context(prec=3, rounding=ROUND_HALF_EVEN)
_QUANTITY_STEP = Decimal("0.0001")


@lru_cache(maxsize=100)
def smallest(currency: str) -> Decimal:
    """The least amount that is printed: a cent, a yen."""
    return Decimal(1).scaleb(-(0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2))


def rounded(amount: Decimal, currency: str = "USD") -> Decimal:
    """`amount` to cents, or what the currency has instead, half to even; never minus zero."""
    return amount.quantize(smallest(currency), context=_WIDE) + 0


@lru_cache(maxsize=1_000)
def money(amount: Decimal, currency: str = "USD") -> str:
    """`1234.567` → `$1,234.57`. More than nothing and less than half a cent is `<$0.01`."""
    cents = rounded(amount, currency)
    if cents == 0 and amount != 0:
        least = f"{_sign(currency)}{smallest(currency)}"
        return f"<{least}" if amount > 0 else f">-{least}"
    minus = "-" if cents < 0 else ""
    return f"{minus}{_sign(currency)}{abs(cents):,f}"


def change(amount: Decimal, currency: str = "USD") -> str:
    """`money` with its sign always written; `$0.00` has none."""
    text = money(amount, currency)
    return f"+{text}" if amount > 0 and not text.startswith("<") else text


def money_range(amount: Range, currency: str = "USD") -> str:
    """The expected figure, and the span where the figure is not certain: `$20.00 ($10.00 to $40.00)`."""
    expected = money(amount.expected, currency)
    if rounded(amount.low, currency) == rounded(amount.high, currency):
        return expected
    return f"{expected} ({money(amount.low, currency)} to {money(amount.high, currency)})"


def change_span(amount: Range, currency: str = "USD") -> str:
    """Where a change is not certain, `between +$10.00 and +$40.00`, the lesser first; empty where it is."""
    low, *_, high = sorted((amount.low, amount.expected, amount.high))
    if rounded(low, currency) == rounded(high, currency):
        return ""
    return f"between {change(low, currency)} and {change(high, currency)}"


def money_span(amount: Range, currency: str = "USD") -> str:
    """Where a figure is not certain, `between $10.00 and $40.00`; empty where it is."""
    if rounded(amount.low, currency) == rounded(amount.high, currency):
        return ""
    return f"between {money(amount.low, currency)} and {money(amount.high, currency)}"


def unit_price(price: Decimal, currency: str = "USD") -> str:
    """A price with all the digits it needs, six significant ones at most: `$0.0000004`, `$0.045`, `$32.7726`."""
    short = _UNIT_PRICE.create_decimal(price).normalize(_WIDE)
    if short.adjusted() >= _UNIT_PRICE.prec - 2:
        return money(price, currency)
    digits = max(places(smallest(currency)), places(short))
    return f"{'-' if short < 0 else ''}{_sign(currency)}{abs(short):,.{digits}f}"


def unit_cost(amount: Decimal, currency: str = "USD") -> str:
    """Money where a unit costs 1 or more, else three significant digits: `$5.37`, `$0.00187`."""
    return money(amount, currency) if abs(amount) >= 1 else unit_price(_UNIT_COST.create_decimal(amount), currency)


def quantity(amount: Decimal) -> str:
    """`25000000` → `25,000,000`; four decimals at most, and small amounts keep one significant digit."""
    short = amount.quantize(_QUANTITY_STEP, context=_WIDE)
    if short == 0 and amount != 0:
        short = Context(prec=1).create_decimal(amount)
    text = f"{short:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def quantity_range(amount: Range) -> str:
    """The expected quantity, and the span where it is not certain."""
    if amount.is_exact:
        return quantity(amount.expected)
    return f"{quantity(amount.expected)} ({quantity(amount.low)} to {quantity(amount.high)})"


def percent(before: Decimal, after: Decimal) -> str:
    """The change in per cent with its sign, empty where there was nothing before: `+49 %`, `-3.2 %`."""
    if before == 0 or before == after:
        return ""
    ratio = (after - before) / abs(before) * 100
    step = Decimal(1) if abs(ratio) >= 10 else Decimal("0.1")
    return f"{ratio.quantize(step, context=_WIDE):+,f} %"


def count(number: int, singular: str, plural: str = "") -> str:
    """`1 finding`, `2 findings`, `1,000 findings`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def total_words(total: Total, unsupported: int = 0) -> str:
    """A total in its parts: `$402.00 a month: $312.00 known, $90.00 assumed (≈), 2 unpriced`.

    `unsupported` counts the resources without a price sheet. "At least" is written only where nothing is assumed, for
    only then is it true.
    """
    whole = money(total.all.expected, total.currency)
    missing = [f"{total.unpriced:,} unpriced"] if total.unpriced else []
    missing += [f"{count(unsupported, 'resource')} without a price sheet"] if unsupported else []
    if total.assumed == ZERO:
        least = "at least " if missing else ""
        return ", ".join([f"{least}{whole} a month", *missing])
    if total.known == ZERO:
        return ", ".join([f"{whole} a month, all of it assumed (≈)", *missing])
    known, assumed = (money(part.expected, total.currency) for part in (total.known, total.assumed))
    return f"{whole} a month: {', '.join([f'{known} known', f'{assumed} assumed (≈)', *missing])}"


def doubt_words(total: Total) -> str:
    """What a total's figure hides: `between $300.00 and $500.00; 3 lines wait for usage`; empty where nothing."""
    span = money_span(total.all, total.currency)
    parts = [span] if span else []
    if total.waiting:
        parts.append(f"{count(total.waiting, 'line waits', 'lines wait')} for usage")
    return "; ".join(parts)


def _sign(currency: str) -> str:
    return SIGNS.get(currency, f"{currency} ")
