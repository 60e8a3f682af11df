"""Report or Diff to our own JSON, described by `schemas/report.json`; `saved` reads it back.

Figures are strings, unrounded. `monthly` is what is expected; where it is not certain, `monthly_range` is its low and
high. What is empty is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from finops_lint import __version__
from finops_lint.model.estimate import CostComponent, Estimate, Total, UnitPrice, Unpriced
from finops_lint.model.finding import Finding, Problem, Remedy, RuleSummary, Undecided
from finops_lint.model.guardrail import Guardrail, UnitCost
from finops_lint.model.money import Money, Range
from finops_lint.model.report import Diff, PriceSet, ProjectDiff, ProjectReport, Report, ReportedResource
from finops_lint.model.span import Span
from finops_lint.model.terms import Exchange
from finops_lint.model.values import Partial, Unknown, Value
from finops_lint.reports import RenderOptions, digest
from finops_lint.reports.json_text import json_text

Json: TypeAlias = dict[str, Any]
REPORT_FORMAT = "finops-lint/report/1"
DIFF_FORMAT = "finops-lint/diff/1"


def render(report: Report | Diff, options: RenderOptions) -> str:
    """One JSON document, one space deep: saved reports are kept, so they should be small and still readable."""
    del options
    document = diff_document(report) if isinstance(report, Diff) else report_document(report)
    return json_text(document, indent=1)


def report_document(report: Report) -> Json:
    """The whole of a report."""
    return {
        "format": REPORT_FORMAT,
        "version": report.version or __version__,
        "currency": report.currency,
        **full({"exchange": exchange_entry(report.exchange)}),
        "prices": _prices(report.prices),
        "total": total(report.total),
        "saving": figure(digest.total_saving(report.findings)),
        **_limits(report),
        "rules": [_rule(r) for r in report.rules],
        "projects": [_project(p) for p in report.projects],
        "problems": [_problem(p) for p in report.problems],
    }


def diff_document(diff: Diff) -> Json:
    """Both reports and what lies between them; changes and findings refer into the two."""
    return {
        "format": DIFF_FORMAT,
        "version": diff.after.version or __version__,
        "currency": diff.after.currency,
        **_range("delta", diff.after.total.all - diff.before.total.all),
        **_limits(diff),
        "projects": [_project_diff(p) for p in diff.projects],
        "before": report_document(diff.before),
        "after": report_document(diff.after),
    }


def _limits(report: Report | Diff) -> Json:
    """Guardrails, and a report's unit costs; nothing where the settings name none."""
    costs = report.unit_costs if isinstance(report, Report) else ()
    return full(
        {
            "guardrails": [guardrail_entry(g) for g in report.guardrails],
            "unit_costs": [unit_cost_entry(c) for c in costs],
        }
    )


def guardrail_entry(one: Guardrail) -> Json:
    """One limit; the figures unrounded."""
    found = {
        "name": one.name,
        "limit": one.limit.value,
        "most": figure(one.most),
        "outcome": one.outcome.value,
        "fails": one.fails,
        **_range("figure", one.figure),
        "group": one.group,
        "action": one.action.value,
        "message": one.message,
        "assumed": one.assumed,
        "unpriced": one.unpriced,
        "waiting": one.waiting,
        "reason": one.reason,
        "standing": one.standing,
        "approved": one.approved,
        "currency": one.currency,
        "per": figure(one.per),
    }
    return full(found)


def unit_cost_entry(cost: UnitCost) -> Json:
    """One unit cost; without `cost` where `reason` says why."""
    found = {
        "name": cost.name,
        "per": figure(cost.per),
        **_range("cost", cost.cost),
        "currency": cost.total.currency,
        **_range("volume", cost.volume),
        "total": total(cost.total),
        "resources": cost.resources,
        "reason": cost.reason,
    }
    return full(found)


def _project_diff(project: ProjectDiff) -> Json:
    changes = [
        full(
            {
                "address": change.address,
                "kind": change.kind.value,
                "before": change.before.address if change.before else None,
                "after": change.after.address if change.after else None,
                **_range("delta", change.delta),
                "certain": change.is_certain,
            }
        )
        for change in project.changes
    ]
    return full(
        {
            "name": project.name,
            "before": project.before.name if project.before else None,
            "after": project.after.name if project.after else None,
            "changes": changes,
            "new_findings": [finding_entry(f) for f in project.new_findings],
            "fixed_findings": [finding_entry(f) for f in project.fixed_findings],
            "still_findings": [finding_entry(f) for f in project.still_findings],
        }
    )


def _project(project: ProjectReport) -> Json:
    return {
        "name": project.name,
        "path": project.path,
        "dialect": project.dialect,
        **full({"workspace": project.workspace}),
        "complete": project.complete,
        "total": total(project.total),
        "resources": [resource_entry(r) for r in project.resources],
        "findings": [finding_entry(f) for f in project.findings],
        "suppressed": [finding_entry(f) for f in project.suppressed],
        "undecided": [undecided_entry(u) for u in project.undecided],
        "problems": [_problem(p) for p in project.problems],
    }


def resource_entry(resource: ReportedResource) -> Json:
    """A resource with its tags and its estimate."""
    return full(
        {
            "address": resource.address,
            "type": resource.type,
            "provider": resource.provider,
            "region": resource.region,
            "module": resource.module,
            "span": span(resource.span),
            "calls": [span(s) for s in resource.calls],
            "formerly": list(resource.formerly),
            **_tags(resource.tags),
            **_estimate(resource.estimate),
        }
    )


def _tags(tags: Value) -> Json:
    """Known tags as they are; of the rest, the reasons."""
    found: Json = {}
    if isinstance(tags, Unknown):
        return {"more_tags": tags.reason}
    if isinstance(tags, Partial):
        found["more_tags"] = tags.rest.reason
        tags = tags.known
    if isinstance(tags, Mapping):
        found["tags"] = {str(k): v for k, v in tags.items() if isinstance(v, (str, int, float, bool))}
        found["unknown_tags"] = {str(k): v.reason for k, v in tags.items() if isinstance(v, Unknown)}
    return found


def _estimate(estimate: Estimate) -> Json:
    whole = estimate.total
    return {
        "coverage": estimate.coverage.value,
        **_range("monthly", whole.all),
        "currency": estimate.currency,
        "unpriced": whole.unpriced,
        "waiting": whole.waiting,
        "assumed": estimate.assumed,
        "note": estimate.note,
        "remarks": list(estimate.remarks),
        "through": list(estimate.through),
        "terms": list(estimate.terms),
        "usage": {key: _edges(figure) for key, figure in estimate.usage},
        "components": [_component(c) for c in estimate.components],
    }


def _component(component: CostComponent) -> Json:
    return full(
        {
            "name": component.name,
            "unit": component.unit,
            "group": list(component.group),
            **_range("quantity", component.quantity),
            "per_unit": figure(component.per_unit),
            **_range("monthly", component.monthly),
            "usage_key": component.usage_key,
            "price": _price(component.price) if component.price else None,
            "unpriced": _unpriced(component.unpriced),
            "assumptions": list(component.assumptions),
            "paid_by": component.paid_by,
            "terms": list(component.terms),
            "assumed": component.assumed,
        }
    )


def _price(price: UnitPrice) -> Json:
    return full(
        {
            "item": price.item,
            "region": price.region,
            "amount": figure(price.amount),
            "unit": price.unit,
            "currency": price.currency,
            "basis": price.basis,
            "source": price.source,
            "as_of": price.as_of,
            "approximate": price.approximate,
        }
    )


def _unpriced(why: Unpriced | None) -> Json | None:
    if why is None:
        return None
    return full({"reason": why.reason, "waits_for": list(why.waits_for), "nearest": list(why.nearest)})


def finding_entry(finding: Finding) -> Json:
    """One finding."""
    return full(
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "address": finding.address,
            "type": finding.type,
            "project": finding.project,
            "span": span(finding.span),
            "message": finding.message,
            "path": list(finding.path),
            "calls": [span(s) for s in finding.calls],
            **_money("at_stake", finding.at_stake),
            **_money("saving", finding.saving),
            "unpriced": _unpriced(finding.unpriced),
            "remedy": _remedy(finding.remedy) if finding.remedy else None,
            "affects": list(finding.affects),
            "inferred_from": finding.inferred_from,
            "suppressed": finding.suppressed,
            "fingerprint": finding.fingerprint,
        }
    )


def _remedy(remedy: Remedy) -> Json:
    return {
        "address": remedy.address,
        "set": [{"path": list(path), "value": plain(value)} for path, value in remedy.set],
        "advice": remedy.advice,
        "safe": remedy.safe,
    }


def undecided_entry(case: Undecided) -> Json:
    """One undecided case."""
    return full(
        {
            "rule": case.rule,
            "address": case.address,
            "project": case.project,
            "span": span(case.span),
            "reason": case.reason,
            "waits_for": list(case.waits_for),
        }
    )


def _problem(problem: Problem) -> Json:
    return full(
        {
            "level": problem.level.value,
            "code": problem.code,
            "message": problem.message,
            "span": span(problem.span) if problem.span else None,
            "hint": problem.hint,
            "details": dict(problem.details),
        }
    )


def _rule(rule: RuleSummary) -> Json:
    return full(
        {
            "id": rule.id,
            "severity": rule.severity.value,
            "confidence": rule.confidence.value,
            "title": rule.title,
            "why": rule.why,
            "source_title": rule.source_title,
            "source_url": rule.source_url,
        }
    )


def exchange_entry(exchange: Exchange | None) -> Json | None:
    """The stated rates; None where figures are in the currency of the price lists."""
    if exchange is None:
        return None
    rates = {name: figure(rate) for name, rate in exchange.rates.items()}
    return full({"code": exchange.code, "rates": rates, "as_of": exchange.as_of, "where": exchange.where})


def _prices(prices: PriceSet) -> Json:
    return full(
        {
            "name": prices.name,
            "oldest": prices.oldest,
            "newest": prices.newest,
            "sources": list(prices.sources),
            "max_age_days": prices.max_age_days or None,
            "priced_for": prices.priced_for,
        }
    )


def total(whole: Total) -> Json:
    """The three parts, and their sum as `monthly`."""
    return {
        **_range("monthly", whole.all),
        **_range("known", whole.known),
        **_range("assumed", whole.assumed),
        "unpriced": whole.unpriced,
        "waiting": whole.waiting,
    }


def _money(name: str, money: Money | None) -> Json:
    return _range(name, money.amount) if money else {}


def _range(name: str, amount: Range | None) -> Json:
    if amount is None:
        return {}
    found: Json = {name: figure(amount.expected)}
    if not amount.is_exact:
        found[f"{name}_range"] = [figure(amount.low), figure(amount.high)]
    return found


def _edges(amount: Range) -> str | list[str | None] | None:
    """One figure, or its low, expected and high."""
    if amount.is_exact:
        return figure(amount.expected)
    return [figure(amount.low), figure(amount.expected), figure(amount.high)]


def figure(amount: Decimal | None) -> str | None:
    """A plain decimal without exponent or trailing zeros."""
    if amount is None:
        return None
    written = f"{amount:f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in ("", "-0") else written


def span(place: Span) -> Json:
    """Where something is written; the end only where it is known."""
    found: Json = {"file": place.file, "line": place.line, "column": place.column}
    if place.end_line:
        found |= {"end_line": place.end_line, "end_column": place.end_column}
    return found


def plain(value: Value) -> Any:
    """A value JSON can hold; an unknown is null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool)) else None


def full(entries: Json) -> Json:
    """Only what says something: no null, no empty text or list."""
    return {key: value for key, value in entries.items() if value or _says_something(value)}


def _says_something(value: object) -> bool:
    """Whether a value that counts as false is more than nothing: a number or a truth value."""
    return value is not None and not isinstance(value, (str, Iterable))
