"""Runs the examples in rule files: each piece of code must get the verdict it stands under."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from datetime import date

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Finding
from finops_lint.model.project import Project
from finops_lint.model.records import record
from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.rules.checker import SUPPRESSION_RULES, Checker, CheckResult
from finops_lint.rules.context import Catalog, Pricing
from finops_lint.rules.loader import RuleFile, load_rule
from finops_lint.rules.rule import Example, Rule
from finops_lint.rules.stakes import remedied

TODAY = date(2026, 11, 20)
"""The day on which examples are judged, so that suppressions in them expire or not for ever."""

ReadCode = Callable[[str, str], Project]
"""Dialect and code → the project it makes; given by the caller, since rules know no reader."""

PricingFor = Callable[[Graph], Pricing]
"""Prices for the graph of one example."""


@record(frozen=True, slots=True)
class Outcome:
    """What came of one example."""

    rule: str
    example: Example
    file: str
    complaint: str = ""
    """What is wrong with it; empty where it does what it says."""
    findings: tuple[Finding, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether it does what it says."""
        return not self.complaint


@record(frozen=True, slots=True)
class Bench:
    """What examples need to run."""

    files: Sequence[RuleFile]
    """All rules, for the examples of suppressions."""
    catalog: Catalog
    read: ReadCode
    pricing: PricingFor

    def run(self, file: RuleFile) -> Iterator[Outcome]:
        """The outcome of each example of one rule. Raises: RuleError where the rule file is wrong."""
        rule = load_rule(file, examples=True)
        for example in rule.examples:
            yield self.run_one(rule, example)

    def run_one(self, rule: Rule, example: Example) -> Outcome:
        """The outcome of one example."""
        try:
            project = self.read(example.dialect, example.code)
        except FinopsLintError as error:
            return Outcome(rule.id, example, rule.file, f"cannot be read: {error}")
        if project.problems:
            return Outcome(rule.id, example, rule.file, f"cannot be read: {project.problems[0].message}")
        graph = Graph(project.resources, handed_out=project.handed_out)
        pricing = self.pricing(graph)
        result = self._check(rule, example, graph, pricing)
        found = tuple(f for f in result.findings if f.rule == rule.id)
        complaint = _complaint(rule, example, result, found) or self._of_remedies(rule, example, graph, found)
        return Outcome(rule.id, example, rule.file, complaint, found)

    def _check(self, rule: Rule, example: Example, graph: Graph, pricing: Pricing) -> CheckResult:
        chosen = () if rule.id in SUPPRESSION_RULES else (rule.id,)
        settings = Settings(select=chosen, params={rule.id: example.params} if example.params else {})
        checker = Checker(self.files, self.catalog, settings)
        return checker.check(graph, pricing, project="example", today=TODAY, read=lambda _file: example.code)

    def _of_remedies(self, rule: Rule, example: Example, graph: Graph, found: tuple[Finding, ...]) -> str:
        """What is wrong with the remedies: applied, they must leave nothing to find at that place."""
        for finding in found:
            if finding.remedy is None:
                continue
            mended = graph.replacing(remedied(graph.by_address[finding.remedy.address], finding.remedy))
            again = self._check(rule, example, mended, self.pricing(mended))
            if any(f.rule == rule.id and f.fingerprint == finding.fingerprint for f in again.findings):
                return f"still found once the remedy is applied: {finding.remedy.advice}"
        return ""


def _complaint(rule: Rule, example: Example, result: CheckResult, found: tuple[Finding, ...]) -> str:
    if result.problems:
        return result.problems[0].message
    undecided = [u for u in result.undecided if u.rule == rule.id]
    verdict = "fails" if found else "undecided" if undecided else "passes"
    if verdict != example.verdict:
        details = found[0].message if found else undecided[0].reason if undecided else "nothing was found"
        return f"expected: {example.verdict}; it {verdict}: {details}"
    if example.says and not any(example.says in f.message for f in found):
        return f"no message says “{example.says}”: {found[0].message if found else ''}"
    if example.saves is not None and any(bool(f.saving) != example.saves for f in found):
        return "its remedy saves nothing" if example.saves else "its remedy saves money"
    return ""
