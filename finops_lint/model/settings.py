"""What a project may decide for itself; read from finops-lint.yaml by the settings room, frozen ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any

from finops_lint.model.finding import Confidence, Severity
from finops_lint.model.guardrail import Approval, GuardrailRule, UnitCostRule
from finops_lint.model.measured import Measured
from finops_lint.model.records import record
from finops_lint.model.terms import Commitment, Discount, Exchange, PriceOverride, Schedule


@record(frozen=True, slots=True)
class RequiredTag:
    """One tag every bill line should carry."""

    key: str
    """As it should be written; Google labels get the nearest spelling they allow."""
    values: tuple[str, ...] = ()
    """Allowed values, any if empty."""
    pattern: str = ""
    """A regular expression the whole value must match; any if empty."""
    types: tuple[str, ...] = ()
    """Globs of resource types it is asked of, `ai` for AI resources; all taggable ones if empty."""
    not_types: tuple[str, ...] = ()
    """Globs of resource types it is not asked of."""
    paths: tuple[str, ...] = ()
    """Globs of files it is asked in; everywhere if empty."""
    google_key: str = ""
    """The label key on Google, where the automatic one does not suit."""
    default: str = ""
    """The value `--fix` writes where the tag is missing; empty where a person must say it."""


WORKLOAD_TYPES = ("training", "inference", "embedding", "batch-job")
"""The allowed values of the default `workload_type` tag."""

DEFAULT_TAGS = (
    RequiredTag("finops:team"),
    RequiredTag("finops:service"),
    RequiredTag("finops:environment"),
    RequiredTag("finops:cost-center"),
    RequiredTag("model_name", types=("ai",)),
    RequiredTag("workload_type", values=WORKLOAD_TYPES, types=("ai",)),
)
"""What is asked for where the settings say nothing."""


PRICE_SETS = ("", "shipped", "user")
"""What `prices` may name beside a folder."""


@record(frozen=True, slots=True)
class WorkloadOverride:
    """The user's word on what a workload is."""

    kind: str
    """`training`, `inference`, `embedding`, `batch-job`, `notebook`, `development`."""
    addresses: tuple[str, ...] = ()
    """Globs of resource addresses."""
    paths: tuple[str, ...] = ()
    """Globs of files."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags that must all be there with these values."""


@record(frozen=True, slots=True)
class RuleScope:
    """What rules do in one part of the code: where every condition holds."""

    paths: tuple[str, ...] = ()
    """Globs of files."""
    addresses: tuple[str, ...] = ()
    """Globs of resource addresses."""
    types: tuple[str, ...] = ()
    """Globs of resource types."""
    environments: tuple[str, ...] = ()
    """`production`, `staging`, `development` or `unknown`."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag → glob of its value; all must be there."""
    ignore: tuple[str, ...] = ()
    """Rule ids or globs that do not run there."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@record(frozen=True, slots=True)
class KubernetesSettings:
    """What a project says about the cluster its manifests are for, where they do not say it."""

    cloud: str = ""
    """`aws`, `azure` or `google`; empty where the settings do not say."""
    region: str = ""
    machine: str = ""
    """The machine of nodes that nothing else tells of."""
    pods_per_gpu: Decimal | None = None
    """How many pods share a GPU that is asked for as a shared one (time-slicing, MPS)."""
    split: tuple[Decimal, Decimal] | None = None
    """What one vCPU and one GB weigh in a machine's price; None for the shipped weights."""
    kinds: Mapping[str, Any] = field(default_factory=dict)
    """The project's own kinds that make pods, as in pricing/kubernetes/kinds.yaml."""


@record(frozen=True, slots=True)
class Settings:
    """Everything a project decides; the defaults are those of an empty settings file."""

    select: tuple[str, ...] = ()
    """Rule ids or globs to run; all if empty."""
    ignore: tuple[str, ...] = ()
    """Rule ids or globs to leave out."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    """Rule id → severity in this project."""
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rule id → parameters that replace the rule's own."""
    min_confidence: Confidence = Confidence.LOW
    """Findings less sure than this are left out."""
    required_tags: tuple[RequiredTag, ...] = DEFAULT_TAGS
    untaggable: tuple[str, ...] = ()
    """Globs of resource types never asked for tags, beside those that take none."""
    workloads: tuple[WorkloadOverride, ...] = ()
    """First match wins, before anything is inferred."""
    rules: tuple[str, ...] = ()
    """Folders or files with the project's own rules."""
    sheets: tuple[str, ...] = ()
    """Folders with the project's own price sheets."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Cloud → region of what names none."""
    exclude: tuple[str, ...] = ()
    """Globs of paths that are not read."""
    fail_on: Severity = Severity.WARNING
    """Findings at or above this make the exit code 1."""
    usage_file: str = ""
    """An Infracost usage file; empty for none."""
    var_files: tuple[str, ...] = ()
    """Terraform variable files, later ones winning; those of the command line come after them."""
    workspace: str = ""
    """What `terraform.workspace` is; empty for `default`."""
    kubernetes: KubernetesSettings = KubernetesSettings()
    prices: str = ""
    """`shipped`, `user` (the refreshed ones, then the shipped), or a folder whose tables win over both; empty for
    `user` where there are any, and `shipped` in a pipeline."""
    max_price_age_days: int = 1000
    """Reports say when a price is older; 0 for never. List prices keep well: of 1,523 of EC2 known in April 2024 and in
    July 2026, 27 months later, 1,501 were the same. A warning that always shows is none."""
    usage: str = "stated"
    """`stated`, or `typical`: what nobody states is taken as the sheets say is usual, as a range."""
    discounts: tuple[Discount, ...] = ()
    """The most exact one counts."""
    commitments: tuple[Commitment, ...] = ()
    """They cover hours in this order."""
    price_overrides: tuple[PriceOverride, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    """The first that fits a resource counts."""
    exchange: Exchange | None = None
    """The currency of all figures; None for that of the price lists."""
    unit_costs: tuple[UnitCostRule, ...] = ()
    """What one unit of work costs; names differ."""
    guardrails: tuple[GuardrailRule, ...] = ()
    """Limits; names differ, from those of unit costs too."""
    approvals: tuple[Approval, ...] = ()
    """Which broken guardrails may pass."""
    scopes: tuple[RuleScope, ...] = ()
    """What rules do in parts of the code; later ones win."""
    baseline: str = ""
    """The file of findings that are known; empty for none."""
    measured: tuple[Measured, ...] = ()
    """How much GPUs were used, by the export that `utilisation: FILE` names."""
    history: str = ""
    """The file that keeps what earlier changes cost; empty for none."""
    file: str = ""
    """The settings file, as the user would type it; empty where there is none."""
