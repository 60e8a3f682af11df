"""A saved JSON report back to the Report or Diff it was made from, so that it can be the BEFORE of a change."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.estimate import CostComponent, Coverage, Estimate, Total, UnitPrice, Unpriced
from finops_lint.model.finding import (
    Confidence,
    Finding,
    Level,
    Problem,
    Remedy,
    RuleSummary,
    Severity,
    Undecided,
)
from finops_lint.model.guardrail import Action, Guardrail, Limit, Outcome, UnitCost
from finops_lint.model.money import ZERO, Money, Range
from finops_lint.model.report import (
    ChangeKind,
    Diff,
    PriceSet,
    ProjectDiff,
    ProjectReport,
    Report,
    ReportedResource,
    ResourceChange,
)
from finops_lint.model.span import Span
from finops_lint.model.terms import Exchange
from finops_lint.model.values import Partial, Unknown, Value
from finops_lint.reports.json_report import DIFF_FORMAT, REPORT_FORMAT

Json: TypeAlias = Mapping[str, Any]
Made = TypeVar("Made")


class SavedReportError(FinopsLintError):
    """A file that should hold one of our reports does not."""


def is_saved_report(start: bytes) -> bool:
    """Whether a file that begins with `start` looks like one of ours; reads no further."""
    return start.lstrip()[:1] == b"{" and any(
        f'"{name}"'.encode() in start[:200] for name in (REPORT_FORMAT, DIFF_FORMAT)
    )


def load_report(text: str | bytes, *, where: str) -> Report:
    """The report in `text`; of a saved change, its after side.

    Raises:
        SavedReportError: it is not one of our documents, another version's, or not of the shape the schema tells.
    """
    document = _load(text, where)
    _check_shape(document, where)
    return _guarded(_report, document["after"] if document["format"] == DIFF_FORMAT else document, where)


def load_diff(text: str | bytes, *, where: str) -> Diff:
    """The change in `text`.

    Raises:
        SavedReportError: it is not a saved change, or not of the shape that `schemas/report.json` tells.
    """
    document = _load(text, where)
    if document["format"] != DIFF_FORMAT:
        raise SavedReportError(f"{where} is a report, not a change: make one with `finops-lint diff --format json`")
    _check_shape(document, where)
    return _guarded(_diff, document, where)


def _load(text: str | bytes, where: str) -> Json:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SavedReportError(f"{where} is not JSON: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found not in (REPORT_FORMAT, DIFF_FORMAT):
        raise SavedReportError(f"{where} is not a report of this version of finops-lint (format {REPORT_FORMAT})")
    assert isinstance(document, dict)
    return document


def _check_shape(document: Json, where: str) -> None:
    """Refuse what our schema does not describe: a document may come from a run that nobody trusts."""
    import jsonschema

    schema = json.loads((Path(__file__).parent / "schemas" / "report.json").read_text("utf-8"))
    kind = "diff" if document["format"] == DIFF_FORMAT else "report"
    only = {"$defs": schema["$defs"], "$ref": f"#/$defs/{kind}"}
    fault = next(jsonschema.Draft202012Validator(only).iter_errors(document), None)
    if fault is not None:
        place = ".".join(str(step) for step in fault.absolute_path) or "its top"
        raise SavedReportError(f"{where} is a damaged report: {fault.validator} is not met at {place[:200]}")


def _guarded(make: Callable[[Json], Made], document: Json, where: str) -> Made:
    try:
        return make(document)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise SavedReportError(f"{where} is a damaged report: {type(error).__name__}: {error}") from error


def _report(document: Json) -> Report:
    return Report(
        projects=tuple(_project(p, document["currency"]) for p in document["projects"]),
        prices=_prices(document["prices"]),
        problems=tuple(_problem(p) for p in document["problems"]),
        currency=document["currency"],
        exchange=_exchange(document["exchange"]) if "exchange" in document else None,
        version=document["version"],
        rules=tuple(_rule(r) for r in document["rules"]),
        unit_costs=tuple(_unit_cost(c) for c in document.get("unit_costs", ())),
        guardrails=tuple(_guardrail(g) for g in document.get("guardrails", ())),
    )


def _diff(document: Json) -> Diff:
    before, after = _report(document["before"]), _report(document["after"])
    old = {p.name: p for p in before.projects}
    new = {p.name: p for p in after.projects}
    currency = document["currency"]
    return Diff(
        before,
        after,
        tuple(_project_diff(p, old, new, currency) for p in document["projects"]),
        tuple(_guardrail(g) for g in document.get("guardrails", ())),
    )


def _guardrail(entry: Json) -> Guardrail:
    return Guardrail(
        name=entry["name"],
        limit=Limit(entry["limit"]),
        most=Decimal(entry["most"]),
        outcome=Outcome(entry["outcome"]),
        figure=_range("figure", entry),
        group=entry.get("group", ""),
        action=Action(entry["action"]),
        message=entry.get("message", ""),
        assumed=entry["assumed"],
        unpriced=entry["unpriced"],
        waiting=entry["waiting"],
        reason=entry.get("reason", ""),
        standing=entry["standing"],
        approved=entry.get("approved", ""),
        currency=entry["currency"],
        per=Decimal(entry["per"]),
    )


def _unit_cost(entry: Json) -> UnitCost:
    return UnitCost(
        name=entry["name"],
        per=Decimal(entry["per"]),
        total=_total(entry["total"], entry["currency"]),
        volume=_range("volume", entry),
        cost=_range("cost", entry),
        reason=entry.get("reason", ""),
        resources=entry["resources"],
    )


def _total(entry: Json, currency: str) -> Total:
    known, assumed = (_range(name, entry) or ZERO for name in ("known", "assumed"))
    return Total(known, assumed, entry["unpriced"], entry["waiting"], currency)


def _project_diff(
    entry: Json, old: Mapping[str, ProjectReport], new: Mapping[str, ProjectReport], currency: str
) -> ProjectDiff:
    before = old[entry["before"]] if "before" in entry else None
    after = new[entry["after"]] if "after" in entry else None
    earlier = {r.address: r for r in before.resources} if before else {}
    later = {r.address: r for r in after.resources} if after else {}
    changes = tuple(
        ResourceChange(
            c["address"],
            ChangeKind(c["kind"]),
            earlier[c["before"]] if "before" in c else None,
            later[c["after"]] if "after" in c else None,
        )
        for c in entry.get("changes", ())
    )
    findings = (
        tuple(_finding(f, currency) for f in entry.get(f"{kind}_findings", ())) for kind in ("new", "fixed", "still")
    )
    return ProjectDiff(entry["name"], before, after, changes, *findings)


def _project(entry: Json, currency: str) -> ProjectReport:
    return ProjectReport(
        name=entry["name"],
        path=entry["path"],
        dialect=entry["dialect"],
        resources=tuple(_resource(r) for r in entry["resources"]),
        findings=tuple(_finding(f, currency) for f in entry["findings"]),
        suppressed=tuple(_finding(f, currency) for f in entry["suppressed"]),
        undecided=tuple(_undecided(u) for u in entry["undecided"]),
        problems=tuple(_problem(p) for p in entry["problems"]),
        complete=entry["complete"],
        workspace=entry.get("workspace", ""),
    )


def _resource(entry: Json) -> ReportedResource:
    return ReportedResource(
        address=entry["address"],
        type=entry["type"],
        provider=entry.get("provider", ""),
        region=entry.get("region", ""),
        span=_span(entry["span"]),
        estimate=_estimate(entry),
        tags=_tags(entry),
        calls=tuple(_span(s) for s in entry.get("calls", ())),
        module=entry.get("module", ""),
        formerly=tuple(entry.get("formerly", ())),
    )


def _tags(entry: Json) -> Value:
    known = {**entry.get("tags", {}), **{k: Unknown(reason) for k, reason in entry.get("unknown_tags", {}).items()}}
    return Partial(known, Unknown(entry["more_tags"])) if "more_tags" in entry else known


def _estimate(entry: Json) -> Estimate:
    return Estimate(
        address=entry["address"],
        type=entry["type"],
        coverage=Coverage(entry["coverage"]),
        components=tuple(_component(c) for c in entry.get("components", ())),
        note=entry.get("note", ""),
        remarks=tuple(entry.get("remarks", ())),
        assumed=entry.get("assumed", ""),
        through=tuple(entry.get("through", ())),
        currency=entry["currency"],
        terms=tuple(entry.get("terms", ())),
        usage=tuple((key, _edges(value)) for key, value in entry.get("usage", {}).items()),
    )


def _edges(value: str | list[str]) -> Range:
    return Range.of(Decimal(value)) if isinstance(value, str) else Range(*(Decimal(edge) for edge in value))


def _component(entry: Json) -> CostComponent:
    return CostComponent(
        name=entry["name"],
        unit=entry.get("unit", ""),
        quantity=_range("quantity", entry),
        price=_price(entry["price"]) if "price" in entry else None,
        per_unit=Decimal(entry["per_unit"]) if "per_unit" in entry else None,
        group=tuple(entry.get("group", ())),
        usage_key=entry.get("usage_key", ""),
        unpriced=_unpriced(entry),
        assumptions=tuple(entry.get("assumptions", ())),
        paid_by=entry.get("paid_by", ""),
        terms=tuple(entry.get("terms", ())),
        assumed=entry.get("assumed", ""),
    )


def _price(entry: Json) -> UnitPrice:
    return UnitPrice(
        item=entry["item"],
        region=entry.get("region", ""),
        amount=Decimal(entry["amount"]),
        unit=entry.get("unit", ""),
        currency=entry.get("currency", "USD"),
        basis=entry.get("basis", ""),
        source=entry.get("source", ""),
        as_of=entry.get("as_of", ""),
        approximate=entry.get("approximate", ""),
    )


def _unpriced(entry: Json) -> Unpriced | None:
    why = entry.get("unpriced")
    if not isinstance(why, dict):
        return None
    return Unpriced(why["reason"], tuple(why.get("waits_for", ())), tuple(why.get("nearest", ())))


def _finding(entry: Json, currency: str) -> Finding:
    return Finding(
        rule=entry["rule"],
        severity=Severity(entry["severity"]),
        confidence=Confidence(entry["confidence"]),
        address=entry.get("address", ""),
        type=entry["type"],
        project=entry.get("project", ""),
        span=_span(entry["span"]),
        message=entry["message"],
        path=tuple(entry.get("path", ())),
        calls=tuple(_span(s) for s in entry.get("calls", ())),
        at_stake=_money("at_stake", entry, currency),
        unpriced=_unpriced(entry),
        saving=_money("saving", entry, currency),
        remedy=_remedy(entry["remedy"]) if "remedy" in entry else None,
        affects=tuple(entry.get("affects", ())),
        inferred_from=entry.get("inferred_from", ""),
        suppressed=entry.get("suppressed", ""),
        fingerprint=entry.get("fingerprint", ""),
    )


def _remedy(entry: Json) -> Remedy:
    changes = tuple((tuple(change["path"]), change["value"]) for change in entry["set"])
    return Remedy(entry["address"], changes, entry["advice"], entry["safe"])


def _undecided(entry: Json) -> Undecided:
    waits_for = tuple(entry.get("waits_for", ()))
    return Undecided(
        entry["rule"],
        entry.get("address", ""),
        entry.get("project", ""),
        _span(entry["span"]),
        entry["reason"],
        waits_for,
    )


def _problem(entry: Json) -> Problem:
    return Problem(
        level=Level(entry["level"]),
        code=entry["code"],
        message=entry["message"],
        span=_span(entry["span"]) if "span" in entry else None,
        hint=entry.get("hint", ""),
        details=entry.get("details", {}),
    )


def _rule(entry: Json) -> RuleSummary:
    return RuleSummary(
        id=entry["id"],
        severity=Severity(entry["severity"]),
        title=entry.get("title", ""),
        why=entry.get("why", ""),
        confidence=Confidence(entry["confidence"]),
        source_title=entry.get("source_title", ""),
        source_url=entry.get("source_url", ""),
    )


def _exchange(entry: Json) -> Exchange:
    rates = {name: Decimal(rate) for name, rate in entry["rates"].items()}
    return Exchange(entry["code"], rates, entry["as_of"], entry.get("where", ""))


def _prices(entry: Json) -> PriceSet:
    sources = tuple(entry.get("sources", ()))
    oldest, newest = entry.get("oldest", ""), entry.get("newest", "")
    age, day = entry.get("max_age_days", 0), entry.get("priced_for", "")
    return PriceSet(entry.get("name", ""), oldest, newest, sources, age, day)


def _money(name: str, entry: Json, currency: str) -> Money | None:
    amount = _range(name, entry)
    return Money(amount, currency) if amount else None


def _range(name: str, entry: Json) -> Range | None:
    if name not in entry:
        return None
    expected = Decimal(entry[name])
    low, high = (Decimal(edge) for edge in entry.get(f"{name}_range", (expected, expected)))
    return Range(low, expected, high)


def _span(entry: Json) -> Span:
    return Span(entry["file"], entry["line"], entry["column"], entry.get("end_line", 0), entry.get("end_column", 0))
