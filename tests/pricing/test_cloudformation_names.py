"""Every attribute a price is worked out from is there in CloudFormation under the name the sheet's map gives it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheet_model import Sheet
from finops_lint.catalog.template_words import snake
from finops_lint.costs.dependence import parts_of
from tests.pricing.examples import sheets
from tests.pricing.schemas import properties

BY_READER = "the reader makes it of other properties"
NOT_THERE = "CloudFormation cannot say it"
WITHOUT = {
    "aws_cloudformation_stack": {"template_body": "a nested stack names its template by URL"},
    "aws_directory_service_directory": {
        "type": BY_READER, "desired_number_of_domain_controllers": NOT_THERE,
        "size": "only a Simple AD has one", "edition": "only a Microsoft AD has one",
    },
    "aws_dynamodb_table": {
        "replica": "only a global table has some",
        "table_class": "a global table names it for each replica", "billing_mode": BY_READER,
        "read_capacity": BY_READER, "write_capacity": BY_READER,
        "point_in_time_recovery.enabled": "a global table says it of each replica",
    },
    "aws_eip": {"customer_owned_ipv4_pool": NOT_THERE, "network_interface": "said by AWS::EC2::EIPAssociation"},
    "aws_elasticache_cluster": {"replication_group_id": "a replication group makes its own clusters"},
    "aws_elasticache_replication_group": {"number_cache_clusters": "an older name of num_cache_clusters"},
    "aws_instance": {
        "instance_market_options.market_type": "said by the launch template", "spot_price": NOT_THERE,
        "root_block_device.iops": BY_READER, "root_block_device.throughput": BY_READER,
        "root_block_device.volume_size": BY_READER, "root_block_device.volume_type": BY_READER,
    },
    "aws_launch_configuration": {
        "root_block_device.iops": BY_READER, "root_block_device.throughput": BY_READER,
        "root_block_device.volume_size": BY_READER, "root_block_device.volume_type": BY_READER,
    },
    "aws_neptune_cluster": {"storage_type": NOT_THERE},
    "aws_neptune_cluster_instance": {"storage_type": NOT_THERE},
    "aws_s3_bucket": {"lifecycle_rule": "split off as aws_s3_bucket_lifecycle_configuration"},
    "aws_waf_web_acl": {"rule": "another name of rules", "rule.type": NOT_THERE, "rules.type": NOT_THERE},
    "aws_apigatewayv2_api": {"protocol_type": BY_READER},
}  # fmt: skip
"""Attributes that formulas read and no property becomes, with the reason."""
NO_TYPES = {
    "AWS::EC2::CapacityBlock": "its schema is in no region's list",
    "AWS::SageMaker::TrainingJob": "in the template reference (read 2026-11-21), not yet in the schemas",
}


def pairs() -> Iterator[tuple[str, str]]:
    """(sheet, CloudFormation type) for all that are priced, by the sheet's own word or by the list."""
    for name in sheets().types():
        sheet = sheets().get(name)
        if sheet is not None and sheet.cloud == "aws" and sheet.lines:
            yield from ((name, template_type) for template_type in sheet.cloudformation)
    for line in (data_root() / "pricing/resources/aws/cloudformation.csv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            template_type, name, _ = line.split(",")
            sheet = sheets().get(name)
            if sheet is not None and sheet.lines and "::Serverless::" not in template_type:
                yield name, template_type


def canonical(sheet: Sheet, path: str) -> str:
    """The attribute that a dotted property becomes."""
    above, _, last = path.rpartition(".")
    said = sheet.properties.get(path)
    steps = (canonical(sheet, above) if above else "", snake(last) if said is None else said)
    return ".".join(step for step in steps if step)


@pytest.mark.parametrize(("name", "template_type"), sorted(pairs()))
def test_what_a_price_reads_is_some_property(name: str, template_type: str) -> None:
    sheet, known = sheets().get(name), properties(template_type)
    assert sheet is not None
    if template_type in NO_TYPES:
        return
    assert known is not None, f"there is no {template_type}"
    made = {canonical(sheet, path): path for path in known}
    for formula in (f for part in parts_of(sheet.part, sheet.cloud, sheets()) for f in part.formulas()):
        for path in formula.reads:
            if path[0] == "r" and len(path) > 1:
                _hold(sheet, path[1:], made, known)


def _hold(sheet: Sheet, path: tuple[str | int, ...], made: dict[str, str], known: object) -> None:
    assert isinstance(known, dict)
    names = [step for step in path if isinstance(step, str) and step != "*"]
    dotted = ".".join(names)
    excused = WITHOUT.get(sheet.type, {})
    assert dotted in made or dotted in excused, f"{sheet.type}: {dotted} is made of no property"
    so_far: list[str] = []
    for step in path:
        if isinstance(step, str) and step != "*":
            so_far.append(step)
            continue
        block = ".".join(so_far)
        is_object = block in made and known[made[block]] == "object"
        assert not is_object or block in sheet.blocks, f"{sheet.type}: {block} is an object: name it in `blocks`"


def test_every_type_in_the_list_exists_and_stands_there_once() -> None:
    lines = (data_root() / "pricing/resources/aws/cloudformation.csv").read_text("utf-8").splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    for template_type, name, _ in rows:
        assert name.startswith("aws_")
        assert "::Serverless::" in template_type or properties(template_type) is not None, template_type
    assert len({(row[0], row[2]) for row in rows}) == len(rows)


def test_property_maps_name_properties_that_exist() -> None:
    listed = list(pairs())
    for name in sheets().types():
        sheet = sheets().get(name)
        if sheet is None or not sheet.properties:
            continue
        types = (*sheet.cloudformation, *(t for other, t in listed if other == name))
        known = {path for t in types for path in properties(t) or ()}
        if known:
            strangers = [path for path in sheet.properties if path not in known]
            assert not strangers, f"{name}: {strangers}"
