"""Which cost lines a selector of the settings means."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from finops_lint.model.estimate import STATED, UnitPrice
from finops_lint.model.regexes import regex
from finops_lint.model.terms import Selector

_REDUCED = regex(r"(?:spot|preemptible|low-priority|[a-z]*-?reserved.*|cud-\dy)")


def is_reduced(price: UnitPrice) -> bool:
    """Whether `price` is one of spot capacity or of a commitment, or the user's own: less than list on demand."""
    if price.basis in (STATED, "spot"):
        return True
    return any(_REDUCED.fullmatch(part) for part in price.item.lower().split("/"))


def selects(selector: Selector, price: UnitPrice, type_name: str, provider: str) -> bool:
    """Whether a line of a resource of `type_name`, with this price, is meant."""
    if not price.item:
        return False
    facts: tuple[tuple[str, Callable[[], str]], ...] = (
        (selector.provider, lambda: provider),
        (selector.service, lambda: price.item.partition("/")[0]),
        (selector.type, lambda: type_name),
        (selector.region, lambda: price.region),
        (selector.item, lambda: price.item),
        (selector.machine, lambda: machine_of(price.item)),
        (selector.family, lambda: family_of(machine_of(price.item), provider)),
    )
    return all(not glob or fnmatchcase(fact(), glob) for glob, fact in facts)


def machine_of(item: str) -> str:
    """`ec2/linux/m5.large` → `m5.large`; for what is no machine, the item's last part."""
    return item.rpartition("/")[2]


def family_of(machine: str, provider: str) -> str:
    """`m5.large` → `m5`, `db.r6g.large` → `db.r6g`, `n2-standard-4` → `n2`, `Standard_D4s_v5` → `Standard_Ds_v5`."""
    if provider == "google":
        return machine.partition("-")[0]
    if provider == "azure":
        return re.sub(r"(?<=[A-Za-z])\d+(?:-\d+)?", "", machine, count=1)
    return machine.removesuffix(".search").rpartition(".")[0]
