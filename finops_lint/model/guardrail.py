"""What a project may cost, as its settings say, and what became of each limit in a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finops_lint.model.estimate import Total
from finops_lint.model.money import Range
from finops_lint.model.records import record


class Action(StrEnum):
    """What a broken guardrail does to the run."""

    FAIL = "fail"
    """Exit 1."""
    WARN = "warn"
    """It is shown, and no more."""


@record(frozen=True, slots=True)
class Scope:
    """Which resources are meant: those that meet every condition; all of them where there is none."""

    resources: tuple[str, ...] = ()
    """Globs of addresses."""
    types: tuple[str, ...] = ()
    """Globs of resource types."""
    projects: tuple[str, ...] = ()
    """Globs of projects, by name or path."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag → glob of its value; all must be there."""

    @property
    def is_whole(self) -> bool:
        """Whether it means projects as they are, and not some of their resources."""
        return not (self.resources or self.types or self.tags)


@record(frozen=True, slots=True)
class Volume:
    """How much is done in a month with what is paid: tokens, runs, customers."""

    stated: Range | None = None
    """The figure in the settings; None where usage gives it."""
    usage: str = ""
    """The usage key that gives it, summed over resources."""
    of: tuple[str, ...] = ()
    """Globs of the addresses whose usage counts; where empty, those the cost is spread over."""


@record(frozen=True, slots=True)
class UnitCostRule:
    """One unit cost that every report shows."""

    name: str
    """As printed: "cost per 1,000 tokens"."""
    volume: Volume
    per: Decimal = Decimal(1)
    """How many of the volume's units one unit cost is for."""
    scope: Scope = field(default_factory=Scope)
    """What the cost is the cost of."""
    above: Decimal | None = None
    """The guardrail: more than this for `per` units breaks it; None where there is none."""
    action: Action = Action.FAIL
    message: str = ""


@record(frozen=True, slots=True)
class GuardrailRule:
    """Limits that hold for the sum over a scope, or for each of its parts."""

    name: str
    scope: Scope = field(default_factory=Scope)
    each: str = ""
    """`project`, `resource`, `type` or `tag:KEY`: the limits hold for each of these alone; empty for the sum."""
    total: Decimal | None = None
    """Currency units a month at most."""
    increase: Decimal | None = None
    """Currency units a month that one change may add at most."""
    increase_percent: Decimal | None = None
    """Per cent that one change may add at most."""
    action: Action = Action.FAIL
    message: str = ""
    """Said where it is broken: whom to ask, where the budget is kept."""


@record(frozen=True, slots=True)
class Approval:
    """Somebody's word that a broken guardrail may pass."""

    guardrail: str = "*"
    """Glob of guardrail names."""
    label: str = ""
    """The label on the change that says so; empty where the settings themselves do."""
    reason: str = ""
    until: date | None = None
    """The last day it holds; None where only the label counts."""


class Limit(StrEnum):
    """What a limit is about."""

    TOTAL = "total"
    INCREASE = "increase"
    INCREASE_PERCENT = "increase_percent"
    UNIT_COST = "unit_cost"
    UNUSUAL = "unusual"
    """A change unlike the repository's earlier ones."""


class Outcome(StrEnum):
    """What became of a limit."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"
    """Within the limit as far as there are figures; what has none may break it. Never a failure."""


@record(frozen=True, slots=True)
class Guardrail:
    """One limit in one run."""

    name: str
    limit: Limit
    most: Decimal
    """The limit itself: currency units, or per cent for `increase_percent`."""
    outcome: Outcome
    figure: Range | None = None
    """What is held against `most`, in the same unit; None where there is no figure at all."""
    group: str = ""
    """The project, resource, type or tag value it is about; empty for the whole scope."""
    action: Action = Action.FAIL
    message: str = ""
    assumed: bool = False
    """Whether part of the figure is ≈."""
    unpriced: int = 0
    """Lines that may add to the figure and have no price."""
    waiting: int = 0
    """Lines that may add to the figure and wait for usage."""
    reason: str = ""
    """Why there is no figure, or what else it lacks."""
    standing: bool = False
    """Whether it was broken before a change that makes it no worse: told, but the change does not fail for it."""
    approved: str = ""
    """Why it may be broken; empty where nobody said so."""
    currency: str = "USD"
    per: Decimal = Decimal(1)
    """Of a unit cost: how many units it is for."""

    @property
    def fails(self) -> bool:
        """Whether the run exits with 1 for it."""
        is_broken = self.outcome is Outcome.BROKEN and self.action is Action.FAIL
        return is_broken and not self.standing and not self.approved

    @property
    def may_break(self) -> bool:
        """Whether it is kept by what is expected, and broken by what is possible."""
        return self.outcome is Outcome.KEPT and self.figure is not None and self.figure.high > self.most


@record(frozen=True, slots=True)
class UnitCost:
    """What one unit of work costs, in one report."""

    name: str
    per: Decimal
    """How many units `cost` is for."""
    total: Total = field(default_factory=Total)
    """What is spread; its unpriced lines count those of types without a price sheet too."""
    volume: Range | None = None
    """Units a month; None where it is not known."""
    cost: Range | None = None
    """Currency units for `per` units, unrounded; None where `reason` says why it cannot be told."""
    reason: str = ""
    resources: int = 0
    """How many resources the cost is spread over."""
