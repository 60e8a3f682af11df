"""The price of a machine's hour → what one vCPU, one GiB and one GPU of it cost.

vCPU and memory weigh as Google lists them for N2 in us-central1, 0.031611 a vCPU and 0.004237 a GB
(cloud.google.com/compute/vm-instance-pricing, read 2026-11-21; OpenCost takes the same two). Where a machine has GPUs
they take what is left of its price on demand once vCPU and memory have theirs. The parts always make the whole price.
"""

from __future__ import annotations

from decimal import Decimal

from finops_lint.model.records import record

VCPU = Decimal("0.031611")
GB = Decimal("0.004237")
LEAST_GPU_SHARE = Decimal("0.5")
"""GPUs take at least half of a machine's price: a small old one would be left with nothing."""


@record(frozen=True, slots=True)
class Weights:
    """What a vCPU and a GiB weigh, against each other and against the price of a GPU machine."""

    vcpu: Decimal = VCPU
    gb: Decimal = GB


@record(frozen=True, slots=True)
class Parts:
    """Prices of an hour."""

    vcpu: Decimal
    gb: Decimal
    gpu: Decimal


def split(
    hour: Decimal, *, vcpu: Decimal, memory_gib: Decimal, gpus: Decimal, on_demand: Decimal, weights: Weights
) -> Parts:
    """The parts of `hour`; `on_demand` is the machine's price on demand, by which the share of its GPUs is found.

    Worked case: g5.xlarge at 1.006 has 4 vCPU and 16 GiB, which weigh 4 × 0.031611 + 16 × 0.004237 = 0.194236; its
    GPU takes 0.811764.
    """
    weight = vcpu * weights.vcpu + memory_gib * weights.gb
    if not gpus:
        factor = hour / weight if weight else Decimal(0)
        return Parts(weights.vcpu * factor, weights.gb * factor, Decimal(0))
    share = Decimal(1) - weight / on_demand if on_demand > 0 else LEAST_GPU_SHARE
    share = max(share, LEAST_GPU_SHARE)
    factor = hour * (1 - share) / weight if weight else Decimal(0)
    return Parts(weights.vcpu * factor, weights.gb * factor, hour * share / gpus)
