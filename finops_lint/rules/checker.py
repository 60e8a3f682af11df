"""Runs the rules over one project's graph: Resources and prices → findings, suppressed findings and undecided ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cached_property
from typing import Any

from finops_lint.catalog.cel import Expression, Keyed, Plain, Scope, plain_of
from finops_lint.model.digests import sha256
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Confidence, Finding, Level, Problem, Remedy, Severity, Undecided
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.settings import Settings
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value, get, set_in
from finops_lint.rules.compute import machine_of
from finops_lint.rules.conditions import decide, fill
from finops_lint.rules.context import Catalog, Context, Pricing
from finops_lint.rules.loader import RuleFile, is_selected, load_rule
from finops_lint.rules.rule import Rule
from finops_lint.rules.scopes import scopes_of, settings_in
from finops_lint.rules.stakes import Stakes, monthly, with_money
from finops_lint.rules.started_jobs import Started, jobs_started
from finops_lint.rules.suppressions import Known, ReadText, collect, complaints, sort_out

SUPPRESSION_RULES = (
    "suppression-expired",
    "suppression-unreadable",
    "suppression-unused",
    "suppression-without-reason",
)
"""Rules about suppressions themselves; the checker judges them once all others have spoken."""

PROJECT = "project"
"""What rules name as their type that judge a project and not one resource of it."""
_HIDDEN = "(sensitive)"


@record(frozen=True, slots=True)
class CheckResult:
    """What the rules say about one project."""

    findings: tuple[Finding, ...] = ()
    """Those that stand, the most money first."""
    suppressed: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Rules that failed; the others went on."""


def nothing_to_read(_file: str) -> str | None:
    """A `read` for those who have no sources at hand: no suppressions are found."""
    return None


_LIKE = {"always": ("apps/Deployment",), "once": ("batch/Job",), "schedule": ("batch/CronJob",)}
"""How pods run → the kind whose rules a project's own kind of such pods gets too."""


@record(frozen=True, slots=True)
class Checker:
    """The rules of a run, opened as the types that need them turn up."""

    files: Sequence[RuleFile]
    """The index, of `loader.index_rules`."""
    catalog: Catalog
    settings: Settings = field(default_factory=Settings)
    _loaded: dict[str, Rule] = field(default_factory=dict, repr=False)
    _by_kind: dict[str, tuple[Rule, ...]] = field(default_factory=dict, repr=False)
    _places: dict[str, list[int]] = field(default_factory=dict, repr=False)
    """Type → places in `files` of the rules for it."""
    lasting: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What checks have worked out from the settings and shipped facts alone."""

    def rule(self, rule_id: str) -> Rule:
        """The rule called `rule_id`. Raises: RuleError if its file is wrong, KeyError if there is none."""
        if rule_id not in self._loaded:
            file = next((f for f in self.files if f.id == rule_id), None)
            if file is None:
                raise KeyError(rule_id)
            self._loaded[rule_id] = load_rule(file, self.settings, kept=self.catalog.kept)
        return self._loaded[rule_id]

    def rules_for(self, kind: str) -> tuple[Rule, ...]:
        """The selected rules that judge type `kind`."""
        if kind not in self._by_kind:
            self._by_kind[kind] = tuple(self._rules_for(kind))
        return self._by_kind[kind]

    def _rules_for(self, kind: str) -> Iterator[Rule]:
        if not self._places:
            for place, file in enumerate(self.files):
                for name in file.types:
                    self._places.setdefault(name, []).append(place)
        names = (kind, *self._like(kind))
        wanted = {*self._places.get("*", ()), *(place for name in names for place in self._places.get(name, ()))}
        if self._places.get("tagged") and any(self.catalog.taggable.attribute(name) is not None for name in names):
            wanted.update(self._places["tagged"])
        for place in sorted(wanted):
            file = self.files[place]
            if self._is_on(file):
                yield self.rule(file.id)

    def _like(self, kind: str) -> Iterator[str]:
        """The built-in kind as which one of the project's own is judged, by how its pods run."""
        says = self.settings.kubernetes.kinds.get(kind)
        if says is not None:
            yield from _LIKE.get(says.get("runs", "always"), ())

    def _is_on(self, file: RuleFile) -> bool:
        if not is_selected(file.id, self.settings):
            return False
        rule = self.rule(file.id)
        return is_selected(file.id, self.settings, default=rule.default) and _at_least(
            rule.confidence, self.settings.min_confidence
        )

    def severity(self, rule: Rule) -> Severity:
        """How bad a finding of `rule` is in this project."""
        return self.settings.severity.get(rule.id, rule.severity)

    def check(
        self,
        graph: Graph,
        pricing: Pricing,
        *,
        project: str,
        today: date,
        read: ReadText = nothing_to_read,
        facts: Mapping[str, Value] | None = None,
    ) -> CheckResult:
        """Judge every resource of `graph`.

        `today` decides which suppressions are expired; `read` gives the text of a file named in a span, for its
        suppressions; `facts` is what rules see as `project` (name, dialect, workspace …).
        """
        run = _Run(self, graph, pricing, project, facts or {"name": project})
        for resource in graph.resources:
            run.judge(resource)
        run.judge_project()
        stakes: Stakes = {}
        priced = [with_money(f, graph, pricing, stakes, mark) for f, mark in _fingerprinted(run.findings)]
        suppressions = collect(graph, read)
        result = sort_out(priced, suppressions, graph, today)
        stand = [*_one_advice(result.stand, self.files)]
        if suppressions:
            about = complaints(suppressions, result.used, self._known(run), today=today, project=project)
            stand += (replace(finding, fingerprint=mark) for finding, mark in _fingerprinted(about))
        return CheckResult(
            findings=tuple(sorted(stand, key=by_money)),
            suppressed=tuple(sorted(result.suppressed, key=by_money)),
            undecided=tuple(run.undecided),
            problems=tuple(run.problems),
        )

    def _known(self, run: _Run) -> Known:
        """What is needed to complain about suppressions; it takes all rules to tell which of them run."""
        return Known(
            ids=frozenset(f.id for f in self.files) | frozenset(SUPPRESSION_RULES),
            ran={f.id: self.severity(self.rule(f.id)) for f in self.files if self._is_on(f)},
            undecided=frozenset(u.rule for u in run.undecided),
        )


def _one_advice(findings: Sequence[Finding], files: Sequence[RuleFile]) -> Iterator[Finding]:
    """Without those whose remedy changes what another's changes for more money: one machine gets one advice.

    What a team's own rule says stays, and so does what is worse than the other finding, since it may fail the run.
    """
    saving = [finding for finding in findings if finding.remedy and finding.saving]
    if len(saving) < 2:
        yield from findings
        return
    own = {file.id for file in files if file.own}
    rivals: dict[tuple[str, tuple[Path, ...]], list[Finding]] = {}
    for finding in saving:
        rivals.setdefault(_changed(finding), []).append(finding)
    for finding in findings:
        others = rivals.get(_changed(finding), ()) if finding.rule not in own else ()
        if not any(_beats(other, finding) for other in others):
            yield finding


def _changed(finding: Finding) -> tuple[str, tuple[Path, ...]]:
    """The attributes a finding's remedy changes, and where."""
    remedy = finding.remedy
    return (remedy.address, tuple(path for path, _ in remedy.set)) if remedy else ("", ())


def _beats(other: Finding, finding: Finding) -> bool:
    if other.rule == finding.rule or not other.saving or not finding.saving:
        return False
    more = (other.saving.expected, finding.rule) > (finding.saving.expected, other.rule)
    return more and other.severity.rank <= finding.severity.rank


_SURE = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


def _at_least(confidence: Confidence, least: Confidence) -> bool:
    return _SURE.index(confidence) >= _SURE.index(least)


def by_money(finding: Finding) -> tuple[float, float, int, str, int, str]:
    """Sorts findings: the largest saving first, then what is at stake, then how bad they are, then their place."""
    saving = float(finding.saving.expected) if finding.saving else 0.0
    at_stake = float(finding.at_stake.expected) if finding.at_stake else 0.0
    place = (finding.span.file, finding.span.line, finding.rule)
    return (-saving, -at_stake, finding.severity.rank, *place)


def _fingerprinted(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Beside each its fingerprint, stable under line shifts and moved files: rule, address and attribute.

    Where these repeat they are numbered.
    """
    seen: dict[str, int] = {}
    for finding in findings:
        attribute = ".".join(map(str, finding.path))
        place = finding.address or finding.span.file
        key = f"{finding.rule}\0{place}\0{attribute}"
        seen[key] = seen.get(key, 0) + 1
        text = key if seen[key] == 1 else f"{key}\0{seen[key]}"
        yield finding, sha256(text.encode()).hexdigest()[:16]


class _Run:
    """One project under check: what is shared by its rules, and what they have said so far."""

    def __init__(
        self, checker: Checker, graph: Graph, pricing: Pricing, project: str, facts: Mapping[str, Value]
    ) -> None:
        self.checker, self.graph, self.pricing, self.project = checker, graph, pricing, project
        workspace = facts.get("workspace")
        self.workspace = workspace if isinstance(workspace, str) else ""
        self.findings: list[Finding] = []
        self.undecided: list[Undecided] = []
        self.problems: list[Problem] = []
        self._facts = Plain(facts)
        self._facts_given = facts
        self._scoped: dict[tuple[int, ...], _Run] = {}
        self._rules: dict[str, list[tuple[Rule, Context]]] = {}
        self._contexts: dict[str, Context] = {}
        self._params: dict[str, Plain] = {}
        self._failed: set[str] = set()
        self._workloads: dict[str, Any] = {}
        self._answers: dict[Any, Any] = {}

    def judge(self, resource: Resource) -> None:
        """What the rules say of one resource, by the settings that hold where it is."""
        scopes = self.checker.settings.scopes
        numbers = scopes_of(resource, scopes, self.project, self.workspace) if scopes else ()
        run = self._in(numbers) if numbers else self
        run._judge(resource)
        for started in jobs_started(resource):
            run._judge_started(started)

    def _in(self, numbers: tuple[int, ...]) -> _Run:
        """The run by the settings of some scopes; what it says is noted here."""
        if numbers not in self._scoped:
            settings = settings_in(self.checker.settings, numbers)
            checker = Checker(self.checker.files, self.checker.catalog, settings)
            run = self._scoped[numbers] = _Run(checker, self.graph, self.pricing, self.project, self._facts_given)
            run.findings, run.undecided, run.problems = self.findings, self.undecided, self.problems
        return self._scoped[numbers]

    def _judge_started(self, started: Started) -> None:
        """What the rules on jobs say of one that another resource starts; it has no tags of its own."""
        scopes = _Scopes(self, started.job)
        for rule, context in self._rules_for(started.job.type):
            if started.job.type in rule.types and rule.id not in self._failed:
                self._apply(rule, started.job, context, scopes, started)

    def _rules_for(self, kind: str) -> list[tuple[Rule, Context]]:
        found = self._rules.get(kind)
        if found is None:
            found = self._rules[kind] = [(rule, self.context(rule)) for rule in self.checker.rules_for(kind)]
        return found

    def _judge(self, resource: Resource) -> None:
        scopes = _Scopes(self, resource)
        for rule, context in self._rules_for(resource.type):
            if rule.id not in self._failed:
                self._apply(rule, resource, context, scopes)

    def judge_project(self) -> None:
        """Let the rules speak that judge the project as a whole: they have type `project`."""
        resources = self.graph.resources
        if not resources:
            return
        place = min((r.span for r in resources), key=lambda span: span.file)
        dialect = resources[0].dialect
        span = Span(place.file, 1)
        self.judge(Resource("", PROJECT, self.project, "", dialect, self.project, None, {}, span))

    def _apply(
        self, rule: Rule, resource: Resource, context: Context, scopes: _Scopes, started: Started | None = None
    ) -> None:
        try:
            if rule.check is not None:
                verdicts: Iterable[Finding | Undecided] = rule.check(resource, context, rule.params)
            else:
                verdicts = _by_condition(rule, resource, context, scopes)
            for said in verdicts:
                verdict = started.told(said) if started else said
                if isinstance(verdict, Undecided):
                    self.undecided.append(verdict)
                elif rule.needs_whole and self.graph.part is not None:
                    self.undecided.append(context.undecided(resource, [self.graph.part], path=verdict.path))
                else:
                    self.findings.append(verdict)
        except FinopsLintError as error:
            self._fail(rule, resource, str(error))
        except Exception as error:  # noqa: BLE001 -- a rule that raises is a finding about the rule, not the end
            self._fail(rule, resource, f"{type(error).__name__}: {error}")

    def _fail(self, rule: Rule, resource: Resource, message: str) -> None:
        self._failed.add(rule.id)
        self.problems.append(
            Problem(
                Level.ERROR,
                "rule-failed",
                f"rule {rule.id} failed on {resource.address}: {message}",
                resource.span,
                f"the rule is in {rule.file}; it was left out from here on",
            )
        )

    def context(self, rule: Rule) -> Context:
        found = self._contexts.get(rule.id)
        if found is None:
            checker = self.checker
            found = self._contexts[rule.id] = Context(
                rule=rule,
                severity=checker.severity(rule),
                project=self.project,
                graph=self.graph,
                pricing=self.pricing,
                catalog=checker.catalog,
                settings=checker.settings,
                workspace=self.workspace,
                workloads=self._workloads,
                answers=self._answers,
                lasting=checker.lasting,
            )
        return found

    def params(self, rule: Rule) -> Plain:
        if rule.id not in self._params:
            self._params[rule.id] = Plain(rule.params)
        return self._params[rule.id]

    def bindings(self, resource: Resource, context: Context) -> dict[str, Any]:
        return {
            "project": self._facts,
            "resource": lambda: _about(resource),
            "machine": lambda: machine_of(resource, self.graph, self.checker.catalog.machines),
            "monthly": lambda: self.monthly(resource),
            "pods": lambda: pod_facts(resource, context),
            "workload": lambda: _plain_workload(context, resource),
            "environment": lambda: _plain_environment(context, resource),
            "related": Keyed(lambda kind: [r.values for r in self.graph.related(resource, kind)]),
        }

    def monthly(self, resource: Resource) -> Value:
        cost = monthly(resource, self.graph, self.pricing)
        return cost if isinstance(cost, Unknown) else float(cost.expected)


def pod_facts(resource: Resource, context: Context) -> Value:
    """The pods a Kubernetes object makes; none for anything else."""
    if "/" not in resource.type:
        return []
    from finops_lint.rules.checks.pods import facts

    return facts(resource, context)


def _about(resource: Resource) -> dict[str, Value]:
    """What rules see as `resource`: what is known of it beside its attributes."""
    return {
        "address": resource.address,
        "type": resource.type,
        "name": resource.name,
        "provider": resource.provider,
        "region": resource.region,
        "dialect": resource.dialect,
        "file": resource.span.file,
    }


def _plain_workload(context: Context, resource: Resource) -> dict[str, str]:
    workload = context.workload(resource)
    return {"kind": workload.kind, "because": workload.because}


def _plain_environment(context: Context, resource: Resource) -> dict[str, str]:
    environment = context.environment(resource)
    return {"kind": environment.kind, "because": environment.because}


class _Scopes:
    """The CEL scopes of one resource, made when the first rule asks."""

    def __init__(self, run: _Run, resource: Resource) -> None:
        self._run = run
        self._resource = resource
        self._shared: Scope | None = None
        """For every rule without parameters: one activation a resource."""

    @cached_property
    def _values(self) -> Plain:
        return plain_of(self._resource.values)

    @cached_property
    def _shown(self) -> Plain:
        """The attributes with sensitive ones hidden, for texts."""
        values: Value = self._resource.values
        for path in self._resource.sensitive:
            if get(values, path) is not None:
                values = set_in(values, path, _HIDDEN)
        return Plain(values)

    def scope(self, rule: Rule, context: Context, entry: tuple[int, Value] | None, *, for_text: bool = False) -> Scope:
        hides = for_text and bool(self._resource.sensitive)
        if entry is None and not hides and not rule.params:
            if self._shared is None:
                bindings = self._run.bindings(self._resource, context)
                self._shared = Scope({**bindings, "params": {}, "r": self._values})
            return self._shared
        bindings = self._run.bindings(self._resource, context)
        bindings["params"] = self._run.params(rule)
        bindings["r"] = self._shown if hides else self._values
        if entry is not None:
            number, item = entry
            bindings["i"] = number
            bindings["item"] = get(self._shown.value, (*rule.each, number)) if hides else item
        return Scope(bindings)


def _by_condition(rule: Rule, resource: Resource, context: Context, scopes: _Scopes) -> Iterator[Finding | Undecided]:
    if not rule.each:
        yield from _verdict(rule, resource, context, scopes, None)
        return
    entries = resource.value(*rule.each)
    if isinstance(entries, Unknown):
        yield context.undecided(resource, [entries], path=rule.each)
        return
    if isinstance(entries, Partial):
        yield context.undecided(resource, [entries.rest], path=rule.each)
        entries = entries.known
    for number, item in enumerate(entries if isinstance(entries, (list, tuple)) else ()):
        if isinstance(item, Unknown):
            yield context.undecided(resource, [item], path=(*rule.each, number))
        else:
            yield from _verdict(rule, resource, context, scopes, (number, item))


def _verdict(
    rule: Rule, resource: Resource, context: Context, scopes: _Scopes, entry: tuple[int, Value] | None
) -> Iterator[Finding | Undecided]:
    if rule.when is None:
        return
    scope = scopes.scope(rule, context, entry)
    answer = decide(rule.when, scope)
    base: Path = () if entry is None else (*rule.each, entry[0])
    if isinstance(answer, Unknown):
        yield context.undecided(resource, [answer], path=(*base, *rule.path))
    elif answer:
        text = scopes.scope(rule, context, entry, for_text=True) if resource.sensitive else scope
        yield context.finding(
            resource,
            fill(rule.message, text),
            path=(*base, *rule.path),
            remedy=_remedy(rule, resource, scope, text, base),
            inferred_from=fill(rule.inferred_from, text),
        )


def _remedy(rule: Rule, resource: Resource, scope: Scope, text: Scope, base: Path) -> Remedy | None:
    plan = rule.remedy
    if plan is None:
        return None
    changes: list[tuple[Path, Value]] = []
    for path, new in plan.set:
        value = scope.evaluate(new) if isinstance(new, Expression) else new
        if isinstance(value, Unknown):
            return None
        changes.append(((*base, *path), _whole(value)))
    return Remedy(resource.address, tuple(changes), fill(plan.advice, text), plan.safe)


def _whole(value: Value) -> Value:
    """CEL's numbers are doubles; an attribute's whole number is written without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
