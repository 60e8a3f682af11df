"""Turns Google's prices of a vCPU, a GB of memory and an accelerator into prices of whole machines.

Google lists no machine types: a machine costs what its parts cost, and `pricing/machines/google.csv` has the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_lint.catalog.machines import Machine, Machines
from finops_lint.model.records import replace
from finops_lint.refresh.declared import Cloud
from finops_lint.refresh.tables import Row

PART = "part/"
"""What the items of mere parts begin with: they go into no table."""


def with_machines(rows: Iterable[Row], cloud: Cloud, pricing: Path) -> list[Row]:
    """The rows without the mere parts, and the machines summed from these.

    A machine of which any part has no price gets none.
    """
    every = list(rows)
    kept = [row for row in every if not row.item.startswith(PART)]
    parts = {(row.item.removeprefix(PART), row.region): row for row in every if row.item.startswith(PART)}
    if not parts:
        return kept
    machines = Machines(pricing).all(cloud.cloud)
    regions = sorted({region for _, region in parts})
    for rule in cloud.machines:
        fitting = [m for m in machines if re.fullmatch(rule["types"], m.name)]
        for purchase in rule.get("purchases", ("ondemand", "spot", "cud-1y", "cud-3y")):
            for region in regions:
                kept += _rows(fitting, rule, purchase, region, parts)
    return kept


def _rows(
    machines: Iterable[Machine],
    rule: Mapping[str, Any],
    purchase: str,
    region: str,
    parts: Mapping[tuple[str, str], Row],
) -> Iterator[Row]:
    for machine in machines:
        prices = [
            (parts.get((f"{purchase}/{part}", region)), amount) for part, amount in _needs(machine, rule) if amount
        ]
        if not prices or any(row is None for row, _ in prices):
            continue
        known = [(row, amount) for row, amount in prices if row is not None]
        total = sum((row.price * amount for row, amount in known), Decimal(0))
        first = known[0][0]
        basis = "spot" if purchase == "spot" else "list"
        row = Row(
            first.cloud,
            first.service,
            f"{purchase}/{machine.name}",
            region,
            "hours",
            _rounded(total),
            first.source,
            first.as_of,
            basis,
            currency=first.currency,
        )
        yield row
        if purchase == "ondemand" and "sustained" in rule:
            whole_month = _rounded(total * Decimal(rule["sustained"]))
            yield replace(row, item=f"sustained/{machine.name}", price=whole_month, basis="derived")


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0000001")).normalize()


def _needs(machine: Machine, rule: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """(part, how many) of a machine."""
    group = rule["parts"]
    vcpu = next((Decimal(n) for kind, n in rule.get("vcpu", {}).items() if machine.name == kind), machine.vcpu)
    yield f"vcpu/{group}", vcpu
    yield f"gb/{group}", machine.memory_gib
    if machine.gpus and machine.gpu_name:
        yield f"gpu/{rule.get('gpus', {}).get(machine.gpu_name, machine.gpu_name)}", machine.gpus
    for part, amount in rule.get("also", {}).items():
        yield part, Decimal(amount)
