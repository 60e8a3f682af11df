"""What a run says: a Report, or a Diff of two."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from finops_lint.model.estimate import Coverage, Estimate, Total, total
from finops_lint.model.finding import Finding, Problem, RuleSummary, Undecided
from finops_lint.model.guardrail import Guardrail, UnitCost
from finops_lint.model.money import Range
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.model.terms import Exchange
from finops_lint.model.values import Value


@record(frozen=True, slots=True)
class PriceSet:
    """Which prices a report used."""

    name: str
    """`shipped`, `user` or a path."""
    oldest: str = ""
    newest: str = ""
    """ISO dates of the oldest and newest price used."""
    sources: tuple[str, ...] = ()
    max_age_days: int = 0
    """The age past which a reader should know, where the oldest price is older than that; else 0."""
    priced_for: str = ""
    """The day the user asked for, at which what a calendar decides was priced; empty for the day of the run."""


@record(frozen=True, slots=True)
class ReportedResource:
    """A resource as a report remembers it: no attribute values but tags."""

    address: str
    type: str
    provider: str
    region: str
    """Empty where unknown or none."""
    span: Span
    estimate: Estimate
    tags: Value = None
    """Effective tags with secrets withheld."""
    calls: tuple[Span, ...] = ()
    module: str = ""
    formerly: tuple[str, ...] = ()


# Not slotted: cached totals.
@record(frozen=True)
class ProjectReport:
    """One project."""

    name: str
    path: str
    dialect: str
    """`terraform`, `plan`, `state`, `cloudformation`, `kubernetes`; `usage` for what only the usage file tells of."""
    resources: tuple[ReportedResource, ...] = ()
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = True
    """False where a syntax error or missing module left something out."""
    workspace: str = ""

    @cached_property
    def total(self) -> Total:
        """The sum of all estimates."""
        return total(r.estimate for r in self.resources)

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """Those its prices are in, in the order of the resources."""
        return tuple(dict.fromkeys(r.estimate.currency for r in self.resources if r.estimate.has_price))

    @cached_property
    def price_facts(self) -> frozenset[tuple[str, str]]:
        """(day, source) of every price that was used."""
        return frozenset(
            (c.price.as_of, c.price.source) for r in self.resources for c in r.estimate.components if c.price
        )

    def of_coverage(self, coverage: Coverage) -> list[ReportedResource]:
        """The resources whose type the catalog covers that way."""
        return [r for r in self.resources if r.estimate.coverage is coverage]


@record(frozen=True)
class Report:
    """One run."""

    projects: tuple[ProjectReport, ...]
    prices: PriceSet
    problems: tuple[Problem, ...] = ()
    """Trouble that belongs to no project."""
    currency: str = "USD"
    exchange: Exchange | None = None
    """The stated rate by which all figures are in `currency`; None where they are in that of the price lists."""
    version: str = ""
    rules: tuple[RuleSummary, ...] = ()
    """The rules that have a finding or an undecided case in this report, by id."""
    unit_costs: tuple[UnitCost, ...] = ()
    """In the order of the settings."""
    guardrails: tuple[Guardrail, ...] = ()
    """Every limit of the settings that a plain report can be held against, in their order."""

    @cached_property
    def total(self) -> Total:
        """The sum over all projects."""
        result = Total(currency=self.currency)
        for project in self.projects:
            result += project.total
        return result

    @property
    def findings(self) -> list[Finding]:
        """All findings that stand, project by project."""
        return [f for p in self.projects for f in p.findings]

    @property
    def all_problems(self) -> list[Problem]:
        """Every problem, the run's own first."""
        return [*self.problems, *(x for p in self.projects for x in p.problems)]


class ChangeKind(StrEnum):
    """What happened to a resource between two reports."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@record(frozen=True, slots=True)
class ResourceChange:
    """One resource, before and after."""

    address: str
    kind: ChangeKind
    before: ReportedResource | None
    after: ReportedResource | None

    @property
    def delta(self) -> Range:
        """Currency units a month, unrounded, of the priced parts; see `is_certain`."""
        old, new = (side.estimate.total if side else Total() for side in (self.before, self.after))
        return new.all - old.all

    @property
    def added(self) -> Range:
        """What of `delta` a sum over several resources has: without what another one's price holds already."""
        old, new = (side.estimate.added if side else Total() for side in (self.before, self.after))
        return new.all - old.all

    @property
    def is_certain(self) -> bool:
        """False where either side has an unpriced part, so that the delta is not the whole truth."""
        return not any(side and side.estimate.total.unpriced for side in (self.before, self.after))


@record(frozen=True)
class ProjectDiff:
    """One project, before and after; either side may be missing."""

    name: str
    before: ProjectReport | None
    after: ProjectReport | None
    changes: tuple[ResourceChange, ...]
    """Every resource of both sides, in the order of `after`, then the removed ones."""
    new_findings: tuple[Finding, ...] = ()
    fixed_findings: tuple[Finding, ...] = ()
    still_findings: tuple[Finding, ...] = ()

    @property
    def changed(self) -> list[ResourceChange]:
        """The changes that are not `unchanged`."""
        return [c for c in self.changes if c.kind is not ChangeKind.UNCHANGED]

    @property
    def totals(self) -> tuple[Total, Total]:
        """Before and after; a side that is missing costs nothing, in the currency of the other."""
        currency = next((side.total.currency for side in (self.after, self.before) if side), "USD")
        nothing = Total(currency=currency)
        return self.before.total if self.before else nothing, self.after.total if self.after else nothing


@record(frozen=True)
class Diff:
    """Two reports compared."""

    before: Report
    after: Report
    projects: tuple[ProjectDiff, ...]
    guardrails: tuple[Guardrail, ...] = ()
    """Every limit of the settings, in their order."""

    @property
    def changes(self) -> list[ResourceChange]:
        """All changes that are not `unchanged`."""
        return [c for p in self.projects for c in p.changed]
