"""Checks on the network's parts that are billed by the hour: NAT gateways and endpoints, seen within their VPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.resource import Resource
from finops_lint.model.values import GAP, Unknown, told_of
from finops_lint.rules.context import Context


def nat_gateways_beside(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """A second NAT gateway in one subnet: it makes nothing more available."""
    subnet = _of(resource, context, "aws_subnet", "subnet_id")
    if subnet is None:
        return
    first = _first(resource, context, "aws_nat_gateway", subnet)
    if first is not None:
        message = f"{first.address} is in the same subnet already: a second NAT gateway there only costs."
        yield context.finding(resource, message, path=("subnet_id",))


def nat_gateways_outside_production(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """A second NAT gateway in the VPC of an environment that is not production."""
    if not context.is_outside_production(resource):
        return
    vpc = _vpc(resource, context)
    if vpc is None:
        return
    others = [nat for nat in context.graph.of_type("aws_nat_gateway") if _vpc(nat, context) == vpc]
    if others[0].address != resource.address:
        because = context.environment(resource).because
        message = (
            f"A NAT gateway in each zone, and this is not production ({because}): one, {others[0].address}, serves all "
            "zones."
        )
        yield context.finding(resource, message, inferred_from=because)


def nat_without_gateway_endpoint(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """Traffic to S3 pays the NAT gateway by the gigabyte, where a gateway endpoint would carry it for nothing.

    A private one leads to other networks only, not to S3's public addresses.
    """
    vpc = _vpc(resource, context)
    kind = resource.value("connectivity_type")
    if vpc is None or kind == "private":
        return
    if isinstance(kind, Unknown):
        yield context.undecided(resource, [kind], path=("connectivity_type",))
        return
    gateways = [nat for nat in context.graph.of_type("aws_nat_gateway") if nat.value("connectivity_type") != "private"]
    first = next(nat for nat in gateways if _vpc(nat, context) == vpc)
    if first.address != resource.address:
        return
    open_: list[Unknown] = []
    for endpoint in context.graph.of_type("aws_vpc_endpoint"):
        owner = _of(endpoint, context, "aws_vpc", "vpc_id")
        service = endpoint.value("service_name")
        unknown = [v for v in (service, endpoint.value("vpc_id")) if isinstance(v, Unknown)]
        if owner is not None and owner.address != vpc:
            continue
        if isinstance(service, str) and service.endswith(".s3") and owner is not None:
            return
        open_ += [] if isinstance(service, str) and not service.endswith(".s3") else unknown
    if _is_exported(vpc, context):
        open_.append(Unknown("the stack exports its VPC, so the endpoint may be in another stack", (vpc,)))
    if open_:
        yield context.undecided(resource, open_)
    else:
        message = (
            "Everything the private subnets read from S3 passes this NAT gateway and pays for each gigabyte: a gateway "
            "endpoint for S3 (and one for DynamoDB) costs nothing."
        )
        yield context.finding(resource, message)


def _is_exported(address: str, context: Context) -> bool:
    """Whether a template exports the resource: Terraform's outputs, which nearly every module has, say less."""
    found = context.graph.by_address.get(address)
    return found is not None and found.dialect == "cloudformation" and context.graph.is_handed_out(found)


def endpoint_twice(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A second interface endpoint for one service in one VPC; of two that may each be left out, one may be."""
    name = _service_and_vpc(resource, context)
    if name is None or resource.assumed or resource.value("vpc_endpoint_type") != "Interface":
        return
    for other in context.graph.of_type("aws_vpc_endpoint"):
        if other.address == resource.address:
            return
        same = not other.assumed and _service_and_vpc(other, context) == name
        if same and other.value("vpc_endpoint_type") == resource.value("vpc_endpoint_type"):
            message = f"{other.address} is an endpoint for the same service in the same VPC: one of them only costs."
            yield context.finding(resource, message, path=("service_name",))
            return


def _service_and_vpc(endpoint: Resource, context: Context) -> tuple[str, str] | None:
    """What an endpoint leads to and from, comparable with another's; None where the code does not say it.

    The region may be missing from the service, `com.amazonaws.${var.region}.ssm`: within a VPC there is one.
    """
    service, vpc = told_of(endpoint.value("service_name")), endpoint.value("vpc_id")
    found = _of(endpoint, context, "aws_vpc", "vpc_id")
    place = found.address if found else vpc
    elsewhere = endpoint.value("service_region") is not None
    if not isinstance(service, str) or not isinstance(place, str) or elsewhere:
        return None
    name = service.replace(f"com.amazonaws.{GAP}.", "com.amazonaws.", 1)
    return (name, place) if name and GAP not in name else None


def _first(resource: Resource, context: Context, kind: str, subnet: Resource) -> Resource | None:
    """The first resource of type `kind` in `subnet`, unless it is `resource` itself."""
    for other in context.graph.of_type(kind):
        if other.address == resource.address:
            return None
        is_same = other.value("connectivity_type") == resource.value("connectivity_type")
        if is_same and _of(other, context, "aws_subnet", "subnet_id") is subnet:
            return other
    return None


def _of(resource: Resource, context: Context, kind: str, attribute: str) -> Resource | None:
    """The one resource of type `kind` that `attribute` names; None where the code does not say which."""
    found = list(context.graph.targets(resource, kind, path=attribute))
    return found[0] if len(found) == 1 else None


def _vpc(nat: Resource, context: Context) -> str | None:
    """The address of the VPC a NAT gateway is in, by its subnets; None where the code does not hold it."""
    for subnet in context.graph.targets(nat, "aws_subnet", path="subnet_id"):
        for vpc in context.graph.targets(subnet, "aws_vpc", path="vpc_id"):
            return vpc.address
    return None
