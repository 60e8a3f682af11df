"""Checks on machines that run day and night for people who work by day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.money import HOURS_PER_MONTH, Money, Range
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Unknown, known_map
from finops_lint.rules.context import Context

_TAG = regex(
    r"schedule|auto[-_ ]?(?:stop|off|shutdown|start)|shutdown|office[-_ ]?hours|start[-_ ]?stop", re.IGNORECASE
)
_NAMED = regex(r"schedul|stop|shutdown|office[-_]?hours|night", re.IGNORECASE)
_HOURS_A_WEEK = 168

_SWITCHES = (
    "aws_autoscaling_schedule",
    "azurerm_dev_test_global_vm_shutdown_schedule",
    "azurerm_automation_schedule",
    "aws_ssm_maintenance_window",
)
"""Types that switch machines off by the clock."""
_TIMERS = ("aws_scheduler_schedule", "aws_cloudwatch_event_rule", "google_cloud_scheduler_job", "aws_lambda_function")
"""Types that may do so, where their name says it."""


def missing(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A machine of an environment outside production with nothing that switches it off.

    Parameter: `hours_a_week`, how long somebody works with it. A tag, a policy or a resource that looks like a schedule
    will do; what runs on the spot market or is billed without hours is left alone.
    """
    environment = context.environment(resource)
    if environment.kind != "development" or _has_policy(resource) or _is_switched(context):
        return
    tags = resource.tags.effective
    if any(_TAG.search(str(key)) for key in known_map(tags)):
        return
    if isinstance(tags, (Unknown, Partial)):
        yield context.undecided(resource, [tags.rest if isinstance(tags, Partial) else tags], path=("tags",))
        return
    saving = _saving(resource, context, Decimal(str(params["hours_a_week"])))
    if saving is None:
        return
    message = (
        f"This is a development environment ({environment.because}) that runs day and night. Switched off outside "
        f"working hours it would run {params['hours_a_week']} of 168 hours a week."
    )
    yield context.finding(resource, message, saving=saving, inferred_from=environment.because)


def _has_policy(resource: Resource) -> bool:
    return resource.type == "google_compute_instance" and resource.value("resource_policies") is not None


def _is_switched(context: Context) -> bool:
    if any(context.graph.of_type(kind) for kind in _SWITCHES):
        return True
    return any(_NAMED.search(other.name) for kind in _TIMERS for other in context.graph.of_type(kind))


def _saving(resource: Resource, context: Context, hours_a_week: Decimal) -> Money | None:
    """What the hours cost in which nobody works; None where nothing is billed for all hours of the month."""
    estimate = context.pricing.price(resource, context.graph)
    idle = Decimal(0)
    for part in estimate.components:
        monthly = part.monthly
        whole = part.quantity is not None and part.quantity.expected >= HOURS_PER_MONTH
        if part.unit == "hours" and monthly is not None and whole:
            idle += monthly.expected * (1 - hours_a_week / _HOURS_A_WEEK)
    return Money(Range.of(idle), estimate.currency) if idle > 0 else None
