"""Spot: how each type buys its machines, and what training on demand is told."""

from __future__ import annotations

from datetime import date

import pytest

from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.context import Catalog
from finops_lint.rules.purchase import purchase_of
from tests.rules.bench import machines, prices, read_terraform, rule_files, taggable


def check(code: str, rule: str) -> CheckResult:
    project = read_terraform(code)
    assert not project.problems, project.problems
    graph = Graph(project.resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=(rule,)))
    result = checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))
    assert not result.problems, result.problems
    return result


def block(kind: str, body: str) -> str:
    return f'resource "{kind}" "x" {{\n{body}\n}}\n'


@pytest.mark.parametrize(
    ("kind", "body", "bought"),
    [
        ("aws_instance", "", "on-demand"),
        ("aws_instance", 'instance_market_options {\n market_type = "spot"\n}', "spot"),
        ("aws_instance", 'instance_market_options {\n market_type = "capacity-block"\n}', "reserved"),
        (
            "aws_instance",
            "capacity_reservation_specification {\n capacity_reservation_target {\n"
            ' capacity_reservation_id = "c"\n}\n}',
            "reserved",
        ),
        (
            "aws_instance",
            'capacity_reservation_specification {\n capacity_reservation_preference = "open"\n}',
            "on-demand",
        ),
        ("aws_eks_node_group", 'capacity_type = "SPOT"', "spot"),
        ("aws_eks_node_group", 'capacity_type = "CAPACITY_BLOCK"', "reserved"),
        ("aws_eks_node_group", 'capacity_type = "ON_DEMAND"', "on-demand"),
        ("aws_batch_compute_environment", 'compute_resources {\n type = "FARGATE_SPOT"\n}', "spot"),
        ("aws_batch_compute_environment", 'compute_resources {\n type = "EC2"\n}', "on-demand"),
        ("aws_sagemaker_training_job", "enable_managed_spot_training = true", "spot"),
        ("aws_sagemaker_training_job", 'resource_config {\n training_plan_arn = "a"\n}', "reserved"),
        ("google_compute_instance", "scheduling {\n preemptible = true\n}", "spot"),
        ("google_compute_instance", 'scheduling {\n provisioning_model = "SPOT"\n}', "spot"),
        ("google_compute_instance", 'scheduling {\n provisioning_model = "FLEX_START"\n}', "reserved"),
        ("google_compute_instance", 'reservation_affinity {\n type = "SPECIFIC_RESERVATION"\n}', "reserved"),
        ("google_container_node_pool", "node_config {\n spot = true\n}", "spot"),
        ("google_container_node_pool", "node_config {\n flex_start = true\n}", "reserved"),
        ("google_container_node_pool", "node_config {\n spot = false\n}", "on-demand"),
        ("azurerm_linux_virtual_machine", 'priority = "Spot"', "spot"),
        ("azurerm_linux_virtual_machine", 'capacity_reservation_group_id = "c"', "reserved"),
        ("azurerm_kubernetes_cluster_node_pool", "", "on-demand"),
        ("azurerm_machine_learning_compute_cluster", 'vm_priority = "LowPriority"', "spot"),
        (
            "aws_autoscaling_group",
            "mixed_instances_policy {\n instances_distribution {\n on_demand_percentage_above_base_capacity = 0\n}\n}",
            "spot",
        ),
        ("aws_autoscaling_group", "mixed_instances_policy {\n instances_distribution {\n}\n}", "on-demand"),
    ],
)
def test_how_each_type_says_what_it_buys(kind: str, body: str, bought: str) -> None:
    project = read_terraform(block(kind, body))
    purchase = purchase_of(project.resources[0], Graph(project.resources))
    assert purchase is not None
    assert purchase.kind == bought


def test_a_type_that_buys_no_machines_says_nothing() -> None:
    project = read_terraform(block("aws_s3_bucket", ""))
    assert purchase_of(project.resources[0], Graph(project.resources)) is None


def test_a_capacity_block_in_the_launch_template_explains_the_node_group() -> None:
    code = """
    resource "aws_launch_template" "t" {
      instance_type = "p5.48xlarge"
      instance_market_options {
        market_type = "capacity-block"
      }
    }
    resource "aws_eks_node_group" "training" {
      cluster_name  = "c"
      node_role_arn = "r"
      subnet_ids    = ["s"]
      launch_template {
        id      = aws_launch_template.t.id
        version = "1"
      }
      scaling_config {
        desired_size = 1
        max_size     = 1
        min_size     = 1
      }
    }
    """
    assert not check(code, "training-on-demand").findings
    assert check(code.replace("capacity-block", "spotless"), "training-on-demand").findings


def test_an_environment_that_is_the_fallback_of_a_spot_one_passes() -> None:
    environment = """
    resource "aws_batch_compute_environment" "NAME" {
      type = "MANAGED"
      compute_resources {
        type               = "TYPE"
        max_vcpus          = 96
        instance_type      = ["g5.xlarge"]
        security_group_ids = ["sg"]
        subnets            = ["s"]
      }
    }
    """
    queue = """
    resource "aws_batch_job_queue" "q" {
      name     = "q"
      state    = "ENABLED"
      priority = 1
      compute_environment_order {
        order               = 1
        compute_environment = aws_batch_compute_environment.spot.arn
      }
      compute_environment_order {
        order               = 2
        compute_environment = aws_batch_compute_environment.fallback.arn
      }
    }
    """
    both = environment.replace("NAME", "spot").replace("TYPE", "SPOT") + environment.replace(
        "NAME", "fallback"
    ).replace("TYPE", "EC2")
    assert [f.address for f in check(both, "training-on-demand").findings] == ["aws_batch_compute_environment.fallback"]
    assert not check(both + queue, "training-on-demand").findings


def test_the_remedy_turns_a_google_machine_into_a_spot_one() -> None:
    code = block(
        "google_compute_instance", 'name = "training"\n machine_type = "a2-highgpu-1g"\n zone = "us-central1-a"'
    )
    [finding] = check(code, "training-on-demand").findings
    assert finding.remedy is not None
    assert dict(finding.remedy.set) == {
        ("scheduling", 0, "provisioning_model"): "SPOT",
        ("scheduling", 0, "preemptible"): True,
        ("scheduling", 0, "automatic_restart"): False,
    }


def test_a_cpu_batch_environment_is_left_alone() -> None:
    body = 'compute_resources {\n type = "EC2"\n instance_type = ["m5.large"]\n}'
    assert not check(block("aws_batch_compute_environment", body), "training-on-demand").findings
