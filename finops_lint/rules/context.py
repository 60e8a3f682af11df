"""What a rule may ask about the project at hand, beside the resource it judges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from finops_lint.catalog.environments import Environment, environment_of
from finops_lint.catalog.kept import NOTHING_KEPT, Kept
from finops_lint.catalog.regions import canonical_region
from finops_lint.catalog.workloads import Workload, infer
from finops_lint.model.estimate import Coverage, Estimate, UnitPrice, Unpriced
from finops_lint.model.finding import Finding, Remedy, Severity, Undecided
from finops_lint.model.money import Money
from finops_lint.model.records import record
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.settings import Settings
from finops_lint.model.values import Path, Unknown

if TYPE_CHECKING:
    from finops_lint.catalog.kubernetes.workloads import Clusters
    from finops_lint.catalog.machines import Machines
    from finops_lint.catalog.taggable import Taggable
    from finops_lint.rules.rule import Rule


class Pricing(Protocol):
    """Prices for the rules, given by the pipeline; one object for each project."""

    def price(self, resource: Resource, graph: Graph) -> Estimate:
        """The monthly cost of `resource` in `graph`, which may be the project's own or one with a remedy applied.

        Estimates of the project's own graph may be remembered, others not.
        """

    def priced_through(self, address: str) -> tuple[Resource, ...]:
        """The resources whose estimate was read from the one at `address` (inverse of `Estimate.through`)."""

    def machine_hour(self, service: str, machine: str, region: str | Unknown | None) -> UnitPrice | Unpriced:
        """List price of one hour of `machine` on demand.

        `service` is `aws`, `google`, `azure`, or `sagemaker/hosting`, `sagemaker/training`, `sagemaker/notebook`,
        `sagemaker/studio`, with `machine` spelled as that service does (`ml.g5.xlarge`). A region that is None or
        unknown is the settings' or the cloud's reference region.
        """


@record(frozen=True, slots=True)
class Catalog:
    """The shipped facts a rule may look at."""

    machines: Machines
    taggable: Taggable
    kept: Kept = NOTHING_KEPT
    """What shipped rules say, made ready in earlier runs."""
    clusters: Callable[[], Clusters] | None = None
    """Gives what is known about where pods run."""


_PART_OF: Mapping[str, tuple[str, ...]] = {
    "aws_lambda_alias": ("aws_lambda_function",),
    "aws_lambda_provisioned_concurrency_config": ("aws_lambda_function", "aws_lambda_alias"),
    "azurerm_cognitive_deployment": ("azurerm_cognitive_account",),
}
"""Types that bear no tags → types of what they are a part of; no type is a part of itself."""


@record(slots=True)
class Context:
    """One rule at work on one project."""

    rule: Rule
    severity: Severity
    project: str
    graph: Graph
    pricing: Pricing
    catalog: Catalog
    settings: Settings
    workspace: str = ""
    """Terraform's, empty where there is none."""
    workloads: dict[str, Workload] = field(default_factory=dict)
    """Address → what was inferred; shared by all rules of the project."""
    answers: dict[Any, Any] = field(default_factory=dict)
    """What checks have worked out and may be asked again, by whatever the answer depends on; shared likewise."""
    lasting: dict[Any, Any] = field(default_factory=dict)
    """The same of answers that depend on nothing but the settings and shipped facts; shared by all projects."""

    @property
    def machines(self) -> Machines:
        """The machine catalog."""
        return self.catalog.machines

    @property
    def clusters(self) -> Clusters:
        """What is known about where pods run; the shipped facts where the pipeline gives none."""
        known: Clusters | None = self.answers.get("clusters")
        if known is None:
            from finops_lint.catalog.kubernetes.workloads import shipped_clusters

            known = self.catalog.clusters() if self.catalog.clusters else shipped_clusters(self.machines)
            self.answers["clusters"] = known
        return known

    @property
    def params(self) -> Mapping[str, Any]:
        """The rule's parameters in this project."""
        return self.rule.params

    def workload(self, resource: Resource) -> Workload:
        """What `resource` is used for."""
        known = self.workloads.get(resource.address)
        if known is None:
            known = infer(resource, self.graph, self.settings.workloads)
            self.workloads[resource.address] = known
        return known

    def environment(self, resource: Resource) -> Environment:
        """Which environment `resource` belongs to; what bears no tags belongs to that of what it is a part of."""
        key = ("environment", resource.address)
        known: tuple[Resource, Environment] | None = self.answers.get(key)
        if known is None or known[0] is not resource:  # two objects may have one address
            known = self.answers[key] = resource, self._environment(resource)
        return known[1]

    def _environment(self, resource: Resource) -> Environment:
        found = environment_of(resource, self.project, self.workspace)
        if found.kind != "unknown":
            return found
        wholes = (whole for kind in _PART_OF.get(resource.type, ()) for whole in self.graph.targets(resource, kind))
        return next((told for whole in wholes if (told := self.environment(whole)).kind != "unknown"), found)

    def is_outside_production(self, resource: Resource) -> bool:
        """Whether something says that `resource` does not serve production; silence says nothing."""
        return self.environment(resource).kind in ("development", "staging")

    def costs_nothing(self, resource: Resource) -> bool:
        """Whether its type is known to cost nothing by itself, so that no bill shows its tags."""
        return self.pricing.price(resource, self.graph).coverage is Coverage.FREE

    def price_of(self, service: str, machine: str, region: str | Unknown | None) -> UnitPrice | Unpriced:
        """List price of one hour of `machine`; see `Pricing.machine_hour`. A Google zone means its region."""
        if isinstance(region, str):
            region = canonical_region(service, region)
        return self.pricing.machine_hour(service, machine, region)

    def finding(
        self,
        resource: Resource,
        message: str,
        *,
        path: Path = (),
        remedy: Remedy | None = None,
        severity: Severity | None = None,
        inferred_from: str = "",
        saving: Money | None = None,
    ) -> Finding:
        """A finding of this rule on `resource`; the checker adds the money and the fingerprint."""
        return Finding(
            rule=self.rule.id,
            severity=severity or self.severity,
            confidence=self.rule.confidence,
            address=resource.address,
            type=resource.type,
            project=self.project,
            span=resource.where(path),
            message=message,
            path=path,
            calls=resource.calls,
            remedy=remedy,
            inferred_from=inferred_from,
            saving=saving,
        )

    def undecided(self, resource: Resource, unknowns: Iterable[Unknown], *, path: Path = ()) -> Undecided:
        """The verdict where `unknowns` keep the rule from one."""
        seen = list(unknowns)
        reasons = dict.fromkeys(u.reason for u in seen)
        waits_for = dict.fromkeys(name for u in seen for name in u.waits_for)
        return Undecided(
            rule=self.rule.id,
            address=resource.address,
            project=self.project,
            span=resource.where(path),
            reason="; ".join(reasons),
            waits_for=tuple(waits_for),
        )
