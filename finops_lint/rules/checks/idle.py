"""Checks for what is paid and serves nothing: no resource of the project uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.catalog.taggable import attribute_path
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.compute import entries
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import stake

_OWN: Mapping[str, tuple[str, ...]] = {
    "aws_eip": ("instance", "network_interface", "associate_with_private_ip"),
    "google_compute_address": ("users",),
    "google_compute_disk": ("async_primary_disk",),
    "azurerm_managed_disk": ("managed_by",),
}
"""Attributes of the resource itself that say who uses it."""

_USERS: Mapping[str, tuple[str, ...]] = {
    "aws_lb": ("aws_lb_listener", "aws_alb_listener"),
    "aws_elb": ("aws_elb_attachment", "aws_autoscaling_attachment", "aws_autoscaling_group"),
    "azurerm_service_plan": (
        "azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service", "azurerm_logic_app_standard",
        "azurerm_linux_web_app_slot", "azurerm_windows_web_app_slot", "azurerm_function_app",
        "azurerm_linux_function_app", "azurerm_windows_function_app", "azurerm_function_app_flex_consumption",
        "azapi_resource",
    ),
    "azurerm_virtual_network_gateway": (
        "azurerm_virtual_network_gateway_connection", "azurerm_virtual_network_gateway_nat_rule",
        "azapi_resource",
    ),
    "azurerm_nat_gateway": ("azurerm_subnet_nat_gateway_association", "azapi_resource"),
    "aws_ec2_transit_gateway": (
        "aws_ec2_transit_gateway_vpc_attachment", "aws_ec2_transit_gateway_peering_attachment", "aws_vpn_connection",
        "aws_dx_gateway_association", "aws_ram_resource_association", "aws_ec2_transit_gateway_connect",
    ),
}  # fmt: skip
"""Type → the types that put it to use; any resource where it is not listed."""


def unused(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """No resource of the project uses this one.

    Parameters: `advice`, what to say; `own`, further attributes that say who uses it (`instances`). What is in use
    through another repository does not show, so such a rule is never of high confidence.
    """
    users = _USERS.get(resource.type, ())
    if next(context.graph.sources(resource, *users), None) is not None:
        return
    open_ = []
    for attribute in (*_OWN.get(resource.type, ()), *params["own"]):
        for _, value in entries(resource.values, attribute_path(attribute)):
            if not isinstance(value, Unknown):
                return
            open_.append(value)
    open_ += _unknown_owners(resource, context, users)
    if context.graph.is_handed_out(resource):
        where = "an output, a module that is not at hand, a block that is switched off or an object that is not covered"
        open_.append(Unknown(f"{where} is given it, so it may be in use there"))
    if open_:
        yield context.undecided(resource, open_)
    elif not _is_free(resource, context) and not _costs_by_use(resource):
        yield context.finding(resource, params["advice"])


_BY_USE: Mapping[str, tuple[str, frozenset[str]]] = {
    "azurerm_service_plan": ("sku_name", frozenset({"F1", "FREE", "D1", "SHARED", "Y1", "FC1"})),
}
"""Type → an attribute, and the values with which it is billed by what runs in it, so that an empty one costs nothing.

Source: Azure App Service plan overview, "How much does my App Service plan cost?", Microsoft Learn, read 2026-11-21.
"""


def _costs_by_use(resource: Resource) -> bool:
    name, values = _BY_USE.get(resource.type, ("", frozenset[str]()))
    value = resource.value(name) if name else None
    return isinstance(value, str) and value.upper() in values


def _is_free(resource: Resource, context: Context) -> bool:
    """Whether it costs nothing for sure: an internal address, say."""
    cost = stake([resource], context.graph, context.pricing)
    return cost.money is not None and not cost.gaps and cost.money.amount.high == 0


def _unknown_owners(resource: Resource, context: Context, users: tuple[str, ...]) -> Iterator[Unknown]:
    """What a user names that is unknown, and may be this resource."""
    kinds = users or _ATTACHMENTS.get(resource.type, ())
    for kind in kinds:
        for user in context.graph.of_type(kind):
            yield from (value for value in user.values.values() if isinstance(value, Unknown))


_ATTACHMENTS: Mapping[str, tuple[str, ...]] = {
    "aws_ebs_volume": ("aws_volume_attachment",),
    "aws_eip": ("aws_eip_association", "aws_nat_gateway"),
    "google_compute_disk": ("google_compute_attached_disk",),
    "azurerm_managed_disk": ("azurerm_virtual_machine_data_disk_attachment",),
}
"""Type → what attaches it by an attribute that may be unknown."""
