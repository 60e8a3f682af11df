"""One stack as Terraform source, as a plan and as CloudFormation: the Resources are the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.plan import read_plan
from finops_lint.readers.terraform.source import read_source
from tests.readers.cloudformation.stacks import resources, sheets, taggable

TAGS = {"finops:team": "ml", "finops:service": "search"}
SOURCE = """\
locals {
  tags = { "finops:team" = "ml", "finops:service" = "search" }
}
resource "aws_launch_template" "Machines" {
  instance_type = "m5.large"
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 20
      volume_type = "gp3"
    }
  }
  instance_market_options {
    market_type = "spot"
  }
}
resource "aws_autoscaling_group" "Group" {
  min_size = 1
  max_size = 4
  launch_template {
    id = aws_launch_template.Machines.id
  }
  tag {
    key                 = "finops:team"
    value               = "ml"
    propagate_at_launch = true
  }
}
resource "aws_db_instance" "Db" {
  engine            = "postgres"
  instance_class    = "db.m5.large"
  allocated_storage = 100
  multi_az          = true
  tags              = local.tags
}
resource "aws_s3_bucket" "Data" {
  bucket = "data"
  tags   = local.tags
}
resource "aws_sagemaker_endpoint_configuration" "Config" {
  production_variants {
    variant_name           = "main"
    model_name             = "m"
    instance_type          = "ml.g5.xlarge"
    initial_instance_count = 2
  }
  tags = local.tags
}
resource "aws_sagemaker_endpoint" "Endpoint" {
  endpoint_config_name = aws_sagemaker_endpoint_configuration.Config.name
}
resource "aws_dynamodb_table" "Table" {
  name           = "features"
  read_capacity  = 5
  write_capacity = 6
  point_in_time_recovery {
    enabled = true
  }
}
"""
TEMPLATE = """\
Resources:
  Machines:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        InstanceType: m5.large
        BlockDeviceMappings:
          - DeviceName: /dev/xvda
            Ebs: {VolumeSize: 20, VolumeType: gp3}
        InstanceMarketOptions: {MarketType: spot}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "4"
      LaunchTemplate: {LaunchTemplateId: !Ref Machines}
      Tags: [{Key: finops:team, Value: ml, PropagateAtLaunch: true}]
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: postgres
      DBInstanceClass: db.m5.large
      AllocatedStorage: "100"
      MultiAZ: "true"
      Tags: &tags
        - {Key: finops:team, Value: ml}
        - {Key: finops:service, Value: search}
  Data:
    Type: AWS::S3::Bucket
    Properties: {BucketName: data, Tags: *tags}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - {VariantName: main, ModelName: m, InstanceType: ml.g5.xlarge, InitialInstanceCount: 2}
      Tags: *tags
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties: {EndpointConfigName: !GetAtt Config.EndpointConfigName}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: features
      ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 6}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
"""


def known(value: Any) -> Any:
    """The value without what only the deployment decides, and without a name the provider would choose."""
    if isinstance(value, dict):
        return {key: known(v) for key, v in value.items() if not isinstance(v, Unknown)}
    return [known(v) for v in value] if isinstance(value, list) else value


def seen(found: Iterable[Resource]) -> dict[str, Any]:
    """What rules and prices see of each resource, by its bare name."""
    return {
        r.name: {
            "type": r.type,
            "values": known(r.values),
            "tags": r.tags.effective,
            "path": r.tags.path,
            "edges": [(e.path[:1], e.target.rpartition(".")[2]) for e in r.references],
        }
        for r in found
    }


def plan_of(found: Iterable[Resource]) -> bytes:
    """What `terraform show -json` says of these resources when they are to be made."""
    changes, written = [], []
    for r in found:
        after = json.loads(json.dumps(known(r.values)))
        unknown: dict[str, Any] = {"id": True}
        expressions: dict[str, Any] = {name: {} for name in after}
        for edge in r.references:
            top = str(edge.path[0])
            names = [f"{edge.target}.{edge.attribute}", edge.target]
            if len(edge.path) > 1:
                unknown[top] = [{str(edge.path[2]): True}]
                expressions[top] = [{str(edge.path[2]): {"references": names}}]
            else:
                unknown[top] = True
                expressions[top] = {"references": names}
        common = {"address": r.address, "mode": "managed", "type": r.type, "name": r.name}
        provider = "registry.terraform.io/hashicorp/aws"
        change = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}
        changes.append({**common, "provider_name": provider, "change": change})
        written.append({**common, "provider_config_key": "aws", "expressions": expressions, "schema_version": 0})
    text = {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": written}},
    }
    return json.dumps(text).encode()


def test_source_plan_and_template_make_the_same_resources(tmp_path: Path) -> None:
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf" / "main.tf").write_text(SOURCE)
    place = ProjectPath("terraform", str(tmp_path / "tf"), "x", str(tmp_path))
    source = read_source(place, sheets=sheets(), taggable=taggable()).resources
    plan = read_plan(plan_of(source), file="plan.json", name="x", sheets=sheets(), taggable=taggable())
    template = resources(tmp_path, TEMPLATE)
    expected = seen(source)
    assert expected["Db"]["tags"] == TAGS
    for found in (seen(plan.resources), seen(template.values())):
        assert found.keys() == expected.keys()
        for name, resource in expected.items():
            assert found[name] == resource, name
