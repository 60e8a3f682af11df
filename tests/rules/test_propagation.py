"""Tags that must reach instances, volumes and tasks: where each type hands them on."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.model.settings import Settings
from finops_lint.pipeline import analyze
from finops_lint.request import Request
from tests.rules.test_tags import TEAM, check, messages, only

RULE = "tags-not-propagated"
TAG = '"finops:team" = "ml"'


def verdict(code: str) -> str:
    result = check(code, rule=RULE)
    return "fails" if result.findings else "undecided" if result.undecided else "passes"


@pytest.mark.parametrize(
    ("disks", "expected"),
    [
        ("", "fails"),
        (f"volume_tags = {{ {TAG} }}", "passes"),
        ("volume_tags = var.tags", "undecided"),
        (f"root_block_device {{\n tags = {{ {TAG} }}\n}}", "passes"),
        ("root_block_device {\n tags = { Name = 1 }\n}", "fails"),
        (f"root_block_device {{\n tags = {{ {TAG} }}\n}}\nebs_block_device {{\n device_name = 1\n}}", "fails"),
    ],
)
def test_an_instances_tags_stay_off_its_disks(disks: str, expected: str) -> None:
    code = f"""
    variable "tags" {{ type = map(string) }}
    resource "aws_instance" "i" {{
      ami           = "a"
      instance_type = "m5.large"
      tags          = {{ {TAG} }}
      {disks}
    }}
    """
    assert verdict(code) == expected


def test_the_patch_sets_volume_tags() -> None:
    code = f'resource "aws_instance" "i" {{\n instance_type = "m5.large"\n tags = {{ {TAG} }}\n}}'
    finding = only(check(code, rule=RULE))
    assert finding.remedy is not None
    assert finding.remedy.set == ((("volume_tags", "finops:team"), "ml"),)
    assert finding.remedy.safe


def test_what_a_resource_does_not_bear_is_another_rules_matter() -> None:
    assert messages(check('resource "aws_instance" "i" {\n instance_type = "m5.large"\n}', rule=RULE)) == []


def test_a_launch_template_tags_the_disks_of_an_instance() -> None:
    code = f"""
    resource "aws_launch_template" "t" {{
      instance_type = "m5.large"
      tag_specifications {{
        resource_type = "volume"
        tags          = {{ {TAG} }}
      }}
    }}
    resource "aws_instance" "i" {{
      launch_template {{
        id = aws_launch_template.t.id
      }}
      tags = {{ {TAG} }}
    }}
    """
    assert verdict(code) == "passes"


def node_group(specifications: str) -> str:
    return f"""
    resource "aws_launch_template" "t" {{
      instance_type = "m5.large"
      {specifications}
    }}
    resource "aws_eks_node_group" "g" {{
      cluster_name  = "c"
      node_role_arn = "r"
      subnet_ids    = ["s"]
      launch_template {{
        id      = aws_launch_template.t.id
        version = 1
      }}
      scaling_config {{
        desired_size = 1
        max_size     = 1
        min_size     = 1
      }}
      tags = {{ {TAG} }}
    }}
    """


def test_a_node_groups_tags_come_from_its_launch_template() -> None:
    blocks = "\n".join(
        f'tag_specifications {{\n resource_type = "{kind}"\n tags = {{ {TAG} }}\n}}' for kind in ("instance", "volume")
    )
    assert verdict(node_group(blocks)) == "passes"
    assert messages(check(node_group(blocks.replace("volume", "network-interface")), rule=RULE)) == [
        "Their volumes do not get finops:team: tags of a node group stay on it; give it a launch template with "
        "tag_specifications for both."
    ]


def test_a_group_with_a_launch_configuration_is_told_that_it_tags_no_volume() -> None:
    code = """
    resource "aws_autoscaling_group" "g" {
      launch_configuration = "lc"
      min_size             = 1
      max_size             = 1
      tag {
        key                 = "finops:team"
        value               = "ml"
        propagate_at_launch = true
      }
    }
    """
    assert messages(check(code, rule=RULE)) == [
        "The volumes of its instances do not get finops:team: a launch configuration tags no volume, a launch template "
        "with tag_specifications for volume does."
    ]


def test_a_template_from_elsewhere_is_undecided() -> None:
    code = node_group("").replace("aws_launch_template.t.id", '"lt-123"')
    assert verdict(code) == "undecided"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('launch_type = "FARGATE"', "fails"),
        ('launch_type = "EC2"', "passes"),
        ('launch_type = "FARGATE"\n propagate_tags = "SERVICE"', "passes"),
        ('launch_type = "FARGATE"\n propagate_tags = "NONE"', "fails"),
        ('launch_type = "FARGATE"\n propagate_tags = "TASK_DEFINITION"', "passes"),
        ('launch_type = "FARGATE"\n propagate_tags = var.from', "undecided"),
        ('capacity_provider_strategy {\n capacity_provider = "FARGATE_SPOT"\n}', "fails"),
    ],
)
def test_a_services_tasks_get_tags_as_propagate_tags_says(more: str, expected: str) -> None:
    code = f"""
    variable "from" {{ type = string }}
    resource "aws_ecs_task_definition" "t" {{
      family                = "t"
      container_definitions = "[]"
      tags                  = {{ {TAG} }}
    }}
    resource "aws_ecs_service" "s" {{
      name            = "s"
      task_definition = aws_ecs_task_definition.t.arn
      tags            = {{ {TAG} }}
      {more}
    }}
    """
    assert verdict(code) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ('type = "EC2"', "fails"),
        (f'type = "EC2"\n tags = {{ {TAG} }}', "passes"),
        ('type = "FARGATE"', "passes"),
    ],
)
def test_a_batch_environment_tags_its_instances_in_compute_resources(resources: str, expected: str) -> None:
    code = f"""
    resource "aws_batch_compute_environment" "e" {{
      compute_resources {{
        {resources}
      }}
      tags = {{ {TAG} }}
    }}
    """
    assert verdict(code) == expected


@pytest.mark.parametrize(
    ("template", "space", "expected"),
    [
        ("{app: a}", "{}", ["finops/team"]),
        ("{finops/team: ml}", "{}", []),
        ("{app: a}", "{finops/team: ml}", []),
    ],
)
def test_pods_bear_the_labels_of_their_template_and_of_their_namespace(
    template: str, space: str, expected: list[str], tmp_path: Path
) -> None:
    code = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: ml, labels: {finops/team: ml}}\n"
        f"spec: {{template: {{metadata: {{labels: {template}}}, spec: {{containers: [{{name: a}}]}}}}}}\n"
        f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ml, labels: {space}}}\n"
    )
    (tmp_path / "a.yaml").write_text(code, "utf-8")
    [project] = analyze(Request((str(tmp_path),), Settings(select=(RULE,), required_tags=TEAM))).projects
    found = project.findings
    paths = [path for f in found if f.remedy for path, _ in f.remedy.set]
    assert paths == [("spec", "template", "metadata", "labels", key) for key in expected]
    assert all(not f.remedy.safe for f in found if f.remedy)
