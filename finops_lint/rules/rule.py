"""What a rule file says, as values; `loader` makes them, `checker` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Confidence, Finding, Severity, Undecided
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Value

if TYPE_CHECKING:
    from finops_lint.catalog.cel import Expression
    from finops_lint.rules.context import Context


class RuleError(FinopsLintError):
    """A rule file is wrong, or a rule does what it must not."""


@record(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]


@record(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@record(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition: TypeAlias = "Expression | AllOf | AnyOf | Not"
"""The `when:` of a rule, compiled."""

Text: TypeAlias = "tuple[str | Expression, ...]"
"""A text with its `{expressions}` compiled."""

Check: TypeAlias = "Callable[[Resource, Context, Mapping[str, Any]], Iterator[Finding | Undecided]]"
"""A Python check: what it yields stands; what it does not yield passes."""


@record(frozen=True, slots=True)
class RemedyPlan:
    """The `remedy:` of a rule."""

    set: tuple[tuple[Path, Value | Expression], ...]
    """Attribute path, from the entry where the rule has `each`, → literal or expression."""
    advice: Text
    safe: bool


@record(frozen=True, slots=True)
class Source:
    """Where a rule's claim comes from."""

    title: str
    url: str
    read: str
    """ISO date somebody read it."""


@record(frozen=True, slots=True)
class Example:
    """A piece of code with the verdict it must get."""

    verdict: str
    """`fails`, `passes` or `undecided`."""
    dialect: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    """A part of the message, where the verdict is `fails`."""
    saves: bool | None = None
    """Whether the remedy must save money at the shipped prices; None where nothing is claimed."""
    line: int = 0
    """Where the example starts in the rule file."""


@record(frozen=True, slots=True)
class Rule:
    """One rule, ready to run; exactly one of `when` and `check` is there."""

    id: str
    since: str
    severity: Severity
    confidence: Confidence
    types: tuple[str, ...]
    message: Text
    why: str
    source: Source
    file: str
    """Path of the rule file, for a person."""
    when: Condition | None = None
    check: Check | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    """The rule's own, overlaid with the project's."""
    each: Path = ()
    """The list attribute whose entries are judged one by one."""
    path: Path = ()
    inferred_from: Text = ()
    remedy: RemedyPlan | None = None
    default: bool = True
    needs_whole: bool = False
    """Whether it speaks of what is not there beside the resource: undecided where only a part is shown."""
    needs: str = ""
    """What of the user's own it needs before it can find anything; empty where code is enough."""
    formerly: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    """Empty unless they were asked for."""

    @property
    def title(self) -> str:
        """One line: the first sentence of `why`."""
        first, stop, _ = self.why.partition(". ")
        return first + "." if stop else self.why
