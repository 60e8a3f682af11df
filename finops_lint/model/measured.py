"""What was measured of machines that run, as the user's monitoring exported it."""

from __future__ import annotations

from decimal import Decimal

from finops_lint.model.records import record


@record(frozen=True, slots=True)
class Measured:
    """The average of one series."""

    names: tuple[str, ...]
    """What the series calls its machine, pod or endpoint; any of them may be meant."""
    percent: Decimal
    """Average use of the GPUs in percent; CloudWatch counts 100 for each GPU of an endpoint."""
    samples: int
    space: str = ""
    """The Kubernetes namespace, where the series has one."""
    is_sum: bool = False
    """Whether several GPUs add up, so that two at full use are 200."""
