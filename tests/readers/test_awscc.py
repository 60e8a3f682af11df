"""Types of the awscc provider are priced and judged as the types they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheets import Sheets, awscc_name
from finops_lint.catalog.taggable import Taggable
from finops_lint.readers.converted import converted
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.source import read_source

SHEETS = Sheets(data_root() / "pricing")


# Names of the provider: registry.terraform.io/providers/hashicorp/awscc/latest/docs, read 2026-11-21.
@pytest.mark.parametrize(
    ("template_type", "name"),
    [
        ("AWS::EC2::Instance", "awscc_ec2_instance"),
        ("AWS::RDS::DBInstance", "awscc_rds_db_instance"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "awscc_elasticloadbalancingv2_load_balancer"),
        ("AWS::EKS::Nodegroup", "awscc_eks_nodegroup"),
    ],
)
def test_a_name_follows_from_the_cloudformation_type(template_type: str, name: str) -> None:
    assert awscc_name(template_type) == name


def test_attributes_are_renamed_as_the_sheet_says_and_secrets_with_them(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("""\
variable "password" {
  type      = string
  default   = "hunter2"
  sensitive = true
}
resource "awscc_rds_db_instance" "db" {
  db_instance_class    = "db.m5.large"
  allocated_storage    = "100"
  enable_performance_insights = "true"
  db_name              = var.password
  tags                 = [{ key = "finops:team", value = "ml" }]
}
""")
    place = ProjectPath("terraform", str(tmp_path), "x", str(tmp_path))
    [db] = read_source(place, sheets=SHEETS, taggable=Taggable(data_root())).resources
    assert db.type == "aws_db_instance"
    assert db.values["instance_class"] == "db.m5.large"
    assert db.values["allocated_storage"] == 100
    assert db.values["performance_insights_enabled"] is True
    assert db.tags.effective == {"finops:team": "ml"}
    assert db.sensitive == {("db_name",)}


def test_a_moved_secret_stays_one() -> None:
    found = converted("awscc_rds_db_instance", {"db_instance_class": "x"}, SHEETS)
    assert found is not None
    assert found.places([("db_instance_class",)]) == {("instance_class",)}


def test_the_root_disk_is_found_among_the_disks() -> None:
    disks = [{"device_name": "/dev/sda1", "ebs": {"volume_size": 50}}, {"device_name": "/dev/sdf", "ebs": {"iops": 1}}]
    found = converted("awscc_ec2_instance", {"block_device_mappings": disks}, SHEETS)
    assert found is not None
    assert found.values["root_block_device"] == [{"volume_size": 50}]
    assert found.values["ebs_block_device"] == [{"device_name": "/dev/sdf", "iops": 1}]


def test_what_is_no_such_type_or_has_a_sheet_of_its_own_is_left_alone() -> None:
    assert converted("aws_instance", {}, SHEETS) is None
    assert converted("awscc_no_such_thing", {}, SHEETS) is None
    assert converted("awscc_sagemaker_processing_job", {}, SHEETS) is None
