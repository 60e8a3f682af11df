"""Explanations to JSON, described by `schemas/report.json`: a resource as reports hold it, and what lies around it."""

from __future__ import annotations

from collections.abc import Iterable

from finops_lint import __version__
from finops_lint.model.explanation import Explanation, UsageFact
from finops_lint.model.terms import Exchange
from finops_lint.reports.json_report import (
    Json,
    exchange_entry,
    figure,
    finding_entry,
    full,
    guardrail_entry,
    resource_entry,
    undecided_entry,
    unit_cost_entry,
)
from finops_lint.reports.json_text import json_text

EXPLANATION_FORMAT = "finops-lint/explanation/1"


def explanations_text(found: Iterable[Explanation], exchange: Exchange | None = None) -> str:
    """One JSON document."""
    document = {
        "format": EXPLANATION_FORMAT,
        "version": __version__,
        **full({"exchange": exchange_entry(exchange)}),
        "resources": [_explanation(one) for one in found],
    }
    return json_text(document, indent=1)


def _explanation(one: Explanation) -> Json:
    project, resource = one.project, one.resource
    used = {c.price.source for c in resource.estimate.components if c.price}
    return {
        "project": project.name,
        "resource": resource_entry(resource),
        **full(
            {
                "sources": {name: one.sources[name] for name in sorted(used) if name in one.sources},
                "usage_keys": [_usage_fact(fact) for fact in one.usage],
                "unit_costs": [unit_cost_entry(cost) for cost in one.unit_costs],
                "guardrails": [guardrail_entry(guardrail) for guardrail in one.guardrails],
                "findings": [finding_entry(f) for f in project.findings if f.address == resource.address],
                "undecided": [undecided_entry(u) for u in project.undecided if u.address == resource.address],
            }
        ),
    }


def _usage_fact(fact: UsageFact) -> Json:
    return full(
        {
            "name": fact.name,
            "unit": fact.unit,
            "typical": [figure(amount) for amount in fact.typical],
            "values": list(fact.values),
            "default": fact.default,
        }
    )
