"""GPU machines: what they bring, what the work needs, and the cheapest machine that keeps it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from finops_lint.catalog.gpus import gpu_model
from finops_lint.model.finding import Finding
from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings, WorkloadOverride
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.context import Catalog
from finops_lint.rules.examples import TODAY
from tests.rules.bench import machines, prices, read, read_terraform, rule_files, taggable, tools


def check(code: str, rule: str, **settings: Any) -> CheckResult:
    project = read_terraform(code)
    assert not project.problems, project.problems
    graph = Graph(project.resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=(rule,), **settings))
    result = checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))
    assert not result.problems, result.problems
    return result


def only(result: CheckResult) -> Finding:
    [finding] = result.findings
    return finding


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("nvidia-tesla-a100", "A100"),
        ("A100-80GB", "A100"),
        ("nvidia-h100-mega-80gb", "H100"),
        ("a10g", "A10G"),
        ("nvidia-l4", "L4"),
        ("L40S", "L40S"),
        ("nvidia-rtx-pro-6000", "RTX PRO 6000"),
        ("rtx-pro-server-6000", "RTX PRO 6000"),
        ("Radeon Pro V520", "RADEON PRO V520"),
    ],
)
def test_one_gpu_has_one_name(name: str, model: str) -> None:
    assert gpu_model(name) == model


def instance(machine: str, *, region: str = "us-east-1", name: str = "x", more: str = "", tags: str = "") -> str:
    return f"""
    provider "aws" {{
      region = "{region}"
    }}
    resource "aws_instance" "{name}" {{
      ami           = "ami-1"
      instance_type = "{machine}"
      {more}
      tags = {{
        {tags}
      }}
    }}
    """


LARGE = "large-gpu-for-light-work"


def test_the_advice_names_the_cheapest_machine_with_both_prices() -> None:
    finding = only(check(instance("p5.48xlarge", tags='workload_type = "inference"'), LARGE))
    # us-east-1, 22 GiB of GPU memory or more: g6.xlarge at 0.8048 is the cheapest; p5.48xlarge costs 55.04
    assert finding.message == (
        "p5.48xlarge brings 8 H100 GPUs with 80 GB each, and the workload is inference "
        "(tag workload_type = inference). g6.xlarge with one L4 GPU with 24 GB costs $0.805 an hour instead of $55.04."
    )
    assert finding.inferred_from == "tag workload_type = inference"
    assert finding.remedy is not None
    assert finding.remedy.set == ((("instance_type",), "g6.xlarge"),)
    assert finding.saving is not None
    assert round(finding.saving.expected) == round(730 * (55.04 - 0.8048))


def test_a_model_of_known_size_gets_a_machine_that_holds_it() -> None:
    # 70 billion weights of two bytes and a fifth of room: 156 GiB; two of 96 GB bring 192, and
    # g7e.12xlarge at 8.28608 is cheaper than g6e.12xlarge with four L40S at 10.49264
    code = instance("p5.48xlarge", tags='workload_type = "inference"\n model_name = "llama-3-70b"')
    message = only(check(code, LARGE)).message
    assert "g7e.12xlarge with 2 RTX PRO 6000 GPUs with 96 GB each costs $8.29 an hour" in message
    assert "tag model_name = llama-3-70b" in message


def test_a_quantised_model_needs_a_quarter() -> None:
    # 70 billion of half a byte and a fifth of room: 39 GiB; one L40S brings 48
    code = instance("p4d.24xlarge", tags='workload_type = "inference"\n model_name = "llama-3-70b-awq"')
    assert "one L40S GPU with 48 GB" in only(check(code, LARGE)).message


@pytest.mark.parametrize("kind", ["training", "batch-job"])
def test_large_machines_for_large_work_pass(kind: str) -> None:
    assert not check(instance("p4d.24xlarge", tags=f'workload_type = "{kind}"'), LARGE).findings


def test_a_machine_of_unknown_use_passes() -> None:
    assert not check(instance("p4d.24xlarge"), LARGE).findings


def test_the_user_has_the_last_word_on_the_workload() -> None:
    code = instance("p4d.24xlarge", name="inference")
    assert check(code, LARGE).findings
    override = WorkloadOverride("training", addresses=("aws_instance.inf*",))
    assert not check(code, LARGE, workloads=(override,)).findings


def test_parameters_say_what_is_enough() -> None:
    code = instance("p4d.24xlarge", tags='workload_type = "inference"')
    message = only(check(code, LARGE, params={LARGE: {"inference_gpu_gib": 40}})).message
    assert "one L40S GPU with 48 GB" in message


def test_each_variant_of_an_endpoint_is_judged() -> None:
    code = """
    provider "aws" {
      region = "us-east-1"
    }
    resource "aws_sagemaker_endpoint_configuration" "c" {
      production_variants {
        variant_name  = "small"
        model_name    = "m"
        instance_type = "ml.g5.xlarge"
      }
      production_variants {
        variant_name  = "large"
        model_name    = "m"
        instance_type = "ml.p4d.24xlarge"
      }
    }
    """
    finding = only(check(code, LARGE))
    assert finding.path == ("production_variants", 1, "instance_type")
    assert finding.remedy is not None
    [(path, machine)] = finding.remedy.set
    assert path == ("production_variants", 1, "instance_type")
    assert machine.startswith("ml.g")


def test_a_group_that_may_take_small_machines_passes() -> None:
    code = """
    resource "aws_eks_node_group" "inference" {
      cluster_name   = "c"
      node_role_arn  = "r"
      subnet_ids     = ["s"]
      instance_types = ["p4d.24xlarge", "m5.large"]
      scaling_config {
        desired_size = 1
        max_size     = 1
        min_size     = 1
      }
    }
    """
    assert not check(code, LARGE).findings
    [one, two] = check(code.replace("m5.large", "p5.48xlarge"), LARGE).findings
    assert (one.remedy, two.remedy) == (None, None)


def test_flags_in_user_data_say_how_many_gpus_are_used() -> None:
    rule = "multi-gpu-machine-for-one-gpu"
    code = instance("g5.12xlarge", more='user_data = "docker run --gpus 1 vllm"')
    finding = only(check(code, rule))
    assert "user_data says --gpus 1" in finding.message
    assert "one A10G GPU" in finding.message or "one L4 GPU" in finding.message
    assert not check(code.replace("--gpus 1", "--gpus 4"), rule).findings
    assert not check(code.replace("--gpus 1", "--gpus all"), rule).findings


def test_an_older_gpu_is_named_only_where_a_newer_one_is_cheaper() -> None:
    rule = "older-gpu-generation"
    # g5.xlarge costs 1.006 and g6.xlarge, with as much of everything, 0.8048
    assert (
        "g6.xlarge with one L4 GPU with 24 GB costs $0.805 an hour instead of $1.01"
        in only(check(instance("g5.xlarge"), rule)).message
    )
    # nothing newer than the T4 is cheaper than g4dn.xlarge at 0.526
    assert not check(instance("g4dn.xlarge"), rule).findings


def test_a_gpu_for_training_is_not_replaced_by_a_small_one_for_inference() -> None:
    # p3.2xlarge costs 3.06 dollars an hour, g4dn.2xlarge (T4, as much memory) 0.752: newer, but made for inference.
    found = only(check(instance("p3.2xlarge"), "older-gpu-generation"))
    assert "T4" not in found.message
    assert "fast double precision, which newer ones may lack: measure first" in found.message


def test_one_machine_gets_one_advice() -> None:
    # g5.12xlarge has four A10G; one is used. A single one saves more than four newer ones, and includes them.
    code = instance("g5.12xlarge", more='user_data = "docker run --gpus 1 vllm"')
    project = read_terraform(code)
    graph = Graph(project.resources)

    def rules(*names: str) -> list[str]:
        checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=names))
        result = checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))
        return [f.rule for f in result.findings]

    assert rules("older-gpu-generation") == ["older-gpu-generation"]
    assert rules("older-gpu-generation", "multi-gpu-machine-for-one-gpu") == ["multi-gpu-machine-for-one-gpu"]


@pytest.mark.parametrize(
    ("least", "verdict"), [("0", "passes"), ("1", "fails"), ("var.least", "undecided"), ("var.zero", "passes")]
)
def test_a_group_of_gpu_machines_should_go_to_zero(least: str, verdict: str) -> None:
    code = f"""
    variable "least" {{ type = number }}
    variable "zero" {{ default = 0 }}
    resource "aws_eks_node_group" "gpu" {{
      cluster_name   = "c"
      node_role_arn  = "r"
      subnet_ids     = ["s"]
      instance_types = ["g5.xlarge"]
      scaling_config {{
        desired_size = 1
        max_size     = 4
        min_size     = {least}
      }}
    }}
    """
    result = check(code, "gpu-group-always-on")
    assert ("fails" if result.findings else "undecided" if result.undecided else "passes") == verdict


def test_a_group_with_a_schedule_or_for_inference_may_stay() -> None:
    code = """
    resource "aws_launch_template" "t" {
      instance_type = "g5.xlarge"
    }
    resource "aws_autoscaling_group" "NAME" {
      min_size = 1
      max_size = 2
      launch_template {
        id = aws_launch_template.t.id
      }
    }
    """
    rule = "gpu-group-always-on"
    assert check(code.replace("NAME", "workers"), rule).findings
    assert not check(code.replace("NAME", "inference"), rule).findings
    group = "autoscaling_group_name = aws_autoscaling_group.workers.name"
    schedule = f'resource "aws_autoscaling_schedule" "night" {{\n  {group}\n}}'
    assert not check(code.replace("NAME", "workers") + schedule, rule).findings


def test_aks_counts_nodes_where_it_does_not_scale() -> None:
    code = """
    resource "azurerm_kubernetes_cluster_node_pool" "gpu" {
      name    = "gpu"
      vm_size = "Standard_NC24ads_A100_v4"
      MORE
    }
    """
    rule = "gpu-group-always-on"
    assert only(check(code.replace("MORE", "node_count = 2"), rule)).remedy is None
    assert not check(code.replace("MORE", "node_count = 0"), rule).findings
    scaled = code.replace("MORE", "auto_scaling_enabled = true\n min_count = 1\n max_count = 3")
    assert only(check(scaled, rule)).path == ("min_count",)
    assert not check(scaled.replace("min_count = 1", "min_count = 0"), rule).findings


# Pods that name their machine

POD = """\
apiVersion: kubeflow.org/v1
kind: Notebook
metadata: {name: explore}
spec:
  template:
    spec:
      nodeSelector: {node.kubernetes.io/instance-type: %s, topology.kubernetes.io/region: us-east-1}
      containers: [{name: notebook, resources: {limits: {cpu: 4, memory: %s, nvidia.com/gpu: 1}}}]
"""


def advised(rule: str, machine: str, memory: str = "16Gi") -> list[object]:
    """The machines that the findings of a rule advise."""
    project = read("kubernetes", POD % (machine, memory))
    graph = Graph(project.resources)
    file = next(f for f in rule_files() if f.id == rule)
    checker = Checker((file,), Catalog(machines(), taggable(), clusters=lambda: tools().clusters), Settings())
    found = checker.check(graph, prices(graph), project="p", today=TODAY)
    return [f.remedy.set[0][1] if f.remedy else None for f in found.findings]


def test_what_is_advised_for_pods_holds_what_they_ask_for() -> None:
    # 16 GiB do not fit on the 16 GiB of g4dn.xlarge, of which the node keeps a part; gr6.4xlarge has 128 GiB.
    assert advised("large-gpu-for-light-work", "p5.4xlarge") == ["g4dn.2xlarge"]
    assert advised("large-gpu-for-light-work", "p5.4xlarge", "100Gi") == ["gr6.4xlarge"]


def test_a_machine_with_several_gpus_may_be_shared_by_pods() -> None:
    assert advised("large-gpu-for-light-work", "p4d.24xlarge") == []


def test_an_older_gpu_that_pods_name_is_judged() -> None:
    assert advised("older-gpu-generation", "p3.2xlarge") == ["g6.4xlarge"]  # p3.2xlarge has 61 GiB
    assert advised("older-gpu-generation", "g6.2xlarge") == []
