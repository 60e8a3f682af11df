"""Finds the cheapest machine that brings what a workload needs, in the same cloud, service and region."""

from __future__ import annotations

from decimal import Decimal

from finops_lint.catalog.gpus import gpu_model
from finops_lint.catalog.machines import Machine
from finops_lint.model.estimate import UnitPrice
from finops_lint.model.records import record
from finops_lint.model.values import Unknown
from finops_lint.rules.compute import YEARS, Gpus, Use, machine
from finops_lint.rules.context import Context


@record(frozen=True, slots=True)
class Need:
    """What a replacement must bring."""

    each_gib: Decimal
    """Memory of each GPU."""
    total_gib: Decimal = Decimal(0)
    """Memory of all GPUs together."""
    gpus: int = 1
    vcpu: Decimal = Decimal(0)
    memory_gib: Decimal = Decimal(0)
    since: int = 0
    """Year of the GPU's architecture, at least."""
    without: frozenset[str] = frozenset()
    """GPU models that are not offered."""


@record(frozen=True, slots=True)
class Offer:
    """A machine and the hour's price."""

    name: str
    """As the service spells it."""
    price: UnitPrice
    gpus: Gpus


def cheapest(context: Context, use: Use, need: Need) -> Offer | None:
    """The cheapest machine that brings what is needed and costs less than the one in use; None without one.

    Only NVIDIA GPUs in whole numbers and the same processor architecture are offered, and only where both prices are
    known.
    """
    region = use.holder.region
    key = ("offer", use.service, use.name, region if isinstance(region, str) else None, need)
    if key not in context.answers:
        context.answers[key] = _cheapest(context, use, need)
    found: Offer | None = context.answers[key]
    return found


def _cheapest(context: Context, use: Use, need: Need) -> Offer | None:
    here = machine(use, context.machines)
    paid = price_now(context, use)
    if here is None or paid is None:
        return None
    region = use.holder.region
    return best_of(context, use.service, region, need, here=here, below=paid, prefix=_prefix(use.name))


def best_of(
    context: Context,
    service: str,
    region: str | Unknown | None,
    need: Need,
    *,
    here: Machine | None = None,
    below: UnitPrice | None = None,
    prefix: str = "",
) -> Offer | None:
    """The cheapest machine of `service` in `region` that brings what is needed, for less than `below` if given."""
    best: Offer | None = None
    for other in context.machines.all(provider_of(service)):
        if (here is not None and other.name == here.name) or not _serves(other, here, need):
            continue
        name = prefix + other.name
        price = context.price_of(service, name, region)
        if not isinstance(price, UnitPrice) or (below and not _is_less(price, below)):
            continue
        if best is None or (price.amount, name) < (best.price.amount, best.name):
            best = Offer(name, price, Gpus(gpu_model(other.gpu_name), int(other.gpus), other.gpu_memory_gib))
    return best


def provider_of(service: str) -> str:
    """The cloud whose machines a service rents."""
    return service if service in ("google", "azure") else "aws"


def _is_less(price: UnitPrice, other: UnitPrice) -> bool:
    return price.currency == other.currency and price.amount < other.amount


def price_now(context: Context, use: Use) -> UnitPrice | None:
    """What an hour of the machine in use costs; None where that is not known."""
    if isinstance(use.name, Unknown):
        return None
    price = context.price_of(use.service, use.name, use.holder.region)
    return price if isinstance(price, UnitPrice) else None


def _serves(other: Machine, here: Machine | None, need: Need) -> bool:
    model = gpu_model(other.gpu_name) if other.gpus >= 1 else ""
    return (
        model not in need.without
        and YEARS.get(model, 0) >= max(need.since, 1)
        and other.gpus >= need.gpus
        and other.gpu_memory_gib >= need.each_gib
        and other.total_gpu_memory_gib >= need.total_gib
        and other.vcpu >= need.vcpu
        and other.memory_gib >= need.memory_gib
        and (here is None or not other.arch or not here.arch or other.arch == here.arch)
    )


def _prefix(name: str | Unknown) -> str:
    return "ml." if isinstance(name, str) and name.startswith("ml.") else ""


def dollars(price: UnitPrice) -> str:
    """An hour's price for a person: `$1.01`, `≈ $0.526`."""
    text = f"{price.amount:,.2f}" if price.amount >= 1 else f"{price.amount:.3f}"
    sign = "$" if price.currency == "USD" else f"{price.currency} "
    return f"≈ {sign}{text}" if price.approximate else f"{sign}{text}"


def in_words(found: Gpus) -> str:
    """`one L4 GPU with 24 GB`, `8 A100 GPUs with 40 GB each`."""
    memory = f" with {_nominal(found.memory_gib)} GB" if found.memory_gib else ""
    if found.count == 1:
        return f"one {found.model} GPU{memory}"
    return f"{found.count} {found.model} GPUs{memory} each" if memory else f"{found.count} {found.model} GPUs"


_SIZES = (4, 8, 12, 16, 24, 32, 40, 48, 80, 96, 141, 180, 192, 288)


def _nominal(gib: Decimal) -> str:
    """Memory as the maker names it: some lists give what is left for programs (22.4 of 24)."""
    near = next((size for size in _SIZES if size * Decimal("0.92") <= gib <= size), None)
    return str(near) if near else f"{gib.normalize():f}"
