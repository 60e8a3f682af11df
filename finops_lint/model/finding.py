"""What a rule says about a resource, and what went wrong while reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from finops_lint.model.estimate import Unpriced
from finops_lint.model.money import Money
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Value


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info."""
        return ("error", "warning", "info").index(self.value)


class Confidence(StrEnum):
    """How sure we are."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@record(frozen=True, slots=True)
class Remedy:
    """A patch to attributes that mends a finding."""

    address: str
    """The resource that holds the attributes."""
    set: tuple[tuple[Path, Value], ...]
    """Attribute path → new value; None removes it."""
    advice: str
    """The patch in words: "use g5.xlarge"."""
    safe: bool = False
    """Whether it changes only what is paid, never what runs."""
    copies: tuple[tuple[Path, Path], ...] = ()
    """Attribute path → the path whose value it repeats: only a value written out there may be written again."""


IN_BASELINE = "in the baseline "
"""How the reason of a finding begins that a baseline set aside; its file follows."""


@record(frozen=True, slots=True)
class Finding:
    """A rule that failed on a resource."""

    rule: str
    severity: Severity
    confidence: Confidence
    address: str
    type: str
    project: str
    span: Span
    message: str
    """Plain words, one or two sentences, no attribute value that may be secret."""
    path: Path = ()
    """The attribute it is about."""
    calls: tuple[Span, ...] = ()
    at_stake: Money | None = None
    """Monthly cost of the resource and of what is priced through it; None where it could not be priced."""
    unpriced: Unpriced | None = None
    """Why `at_stake` or part of it is missing."""
    saving: Money | None = None
    """What the remedy saves a month; None without a remedy or a price for both sides."""
    remedy: Remedy | None = None
    affects: tuple[str, ...] = ()
    """Addresses whose cost `at_stake` counts and the remedy changes; savings that share one are not added up."""
    inferred_from: str = ""
    """What an inference rests on: "tag workload_type = inference"."""
    suppressed: str = ""
    """The reason given in the code for ignoring it, or the baseline that holds it; empty where it stands."""
    fingerprint: str = ""
    """Stable under line shifts: rule, address, attribute."""

    @property
    def is_in_baseline(self) -> bool:
        """Whether a baseline set it aside, and no word in the code."""
        return self.suppressed.startswith(IN_BASELINE)

    @property
    def whom(self) -> str:
        """Whom it is about: a resource's address, the project's name where it is about the whole."""
        return self.address or self.project


@record(frozen=True, slots=True)
class RuleSummary:
    """What a report remembers of a rule, for formats that describe rules beside their results."""

    id: str
    severity: Severity
    title: str
    """One line: what is wasted."""
    why: str = ""
    """Two sentences for a person."""
    confidence: Confidence = Confidence.HIGH
    source_title: str = ""
    source_url: str = ""
    types: tuple[str, ...] = ()
    """Resource types it judges; kept where a rule is explained, not in reports."""
    needs: str = ""
    """What of the user's own it needs before it can find anything, empty where code is enough; likewise."""
    params: tuple[tuple[str, str], ...] = ()
    """Parameters in this project, as text; likewise."""
    examples: tuple[tuple[str, str], ...] = ()
    """(verdict, code); likewise."""


@record(frozen=True, slots=True)
class Undecided:
    """A rule that neither passed nor failed."""

    rule: str
    address: str
    project: str
    span: Span
    reason: str
    waits_for: tuple[str, ...] = ()


class Level(StrEnum):
    """What a problem does to the exit code."""

    ERROR = "error"
    """The result cannot be trusted: exit 2."""
    NOTICE = "notice"
    """Something was not covered; exit 2 only with --strict."""


@record(frozen=True, slots=True)
class Problem:
    """Trouble with the input, in one line."""

    level: Level
    code: str
    """Kebab-case kind: `syntax-error`, `missing-module`, `unreadable-file`, `cycle`."""
    message: str
    """What is wrong, in our own words."""
    span: Span | None = None
    hint: str = ""
    """What to do."""
    details: Mapping[str, str] = field(default_factory=dict)
