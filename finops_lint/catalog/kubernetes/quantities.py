"""Kubernetes quantities (`500m`, `10Gi`, `2e3`) → exact figures.

Source of the notation: kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity, read 2026-11-21.
"""

from __future__ import annotations

from decimal import Decimal

from finops_lint.model.regexes import regex
from finops_lint.model.values import Unknown, Value

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_QUANTITY = regex(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d{1,2}))?")
_LARGEST = Decimal(10) ** 24


def quantity(value: Value) -> Decimal | None:
    """The figure `value` stands for, in bytes, cores or pieces; None where it is no quantity, or a negative one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        value = str(value)
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    number = Decimal(match[1])
    if match[3]:
        number = number.scaleb(int(match[3]))
    elif match[2] in _BINARY:
        number *= Decimal(1024) ** _BINARY[match[2]]
    else:
        number = number.scaleb(_DECIMAL[match[2] or ""])
    return number if 0 <= number <= _LARGEST else None


def amount_of(value: Value) -> Decimal | Unknown | None:
    """`quantity` of what may not be known, which stays as it is."""
    return value if isinstance(value, Unknown) else quantity(value)


def gib(number: Decimal) -> Decimal:
    """Bytes as GiB."""
    return number / (1 << 30)
