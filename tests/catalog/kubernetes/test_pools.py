"""Pools of machines as they are declared, by the schemas of those who declare them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.kubernetes.pools import Pool, pools_of
from finops_lint.model.resource import Graph
from finops_lint.readers.kubernetes.manifests import read_rendered
from tests.rules.bench import read_terraform

CONFIG = """apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: a, region: us-east-1}
managedNodeGroups: [{name: g, %s}]
"""


@pytest.mark.parametrize(
    ("says", "machines", "is_known"),
    [
        ("desiredCapacity: 1", ("m5.large",), True),  # what eksctl takes by itself
        ("instanceType: g5.xlarge", ("g5.xlarge",), True),
        ("instanceTypes: [g5.xlarge, g4dn.xlarge]", ("g5.xlarge", "g4dn.xlarge"), True),
        ('instanceType: "${NODE_TYPE}"', (), False),  # filled in before it is applied
    ],
)
def test_a_group_of_eksctl_has_the_machines_it_names(says: str, machines: tuple[str, ...], is_known: bool) -> None:
    graph = Graph(read_rendered((CONFIG % says).encode(), file="c.yaml", name="c").resources)
    [pool] = pools_of(graph)
    assert pool.machines == machines
    assert (pool.unknown is None) == is_known


def pool(terraform: str) -> Pool:
    [found] = pools_of(Graph(read_terraform(terraform).resources))
    return found


def test_a_node_group_of_eks_has_its_machines_labels_taints_and_purchase() -> None:
    found = pool("""
      resource "aws_eks_node_group" "g" {
        node_group_name = "trainers"
        instance_types  = ["g5.xlarge", "g5.2xlarge"]
        capacity_type   = "SPOT"
        labels          = { tier = "gpu" }
        taint {
          key    = "gpu"
          value  = "yes"
          effect = "NO_SCHEDULE"
        }
      }
    """)
    assert (found.name, found.cloud, found.machines) == ("trainers", "aws", ("g5.xlarge", "g5.2xlarge"))
    assert found.purchases == ("spot",)
    assert found.labels == {
        "eks.amazonaws.com/nodegroup": "trainers",
        "eks.amazonaws.com/capacityType": "SPOT",
        "tier": "gpu",
    }
    assert found.taints == ({"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"},)


def test_a_node_group_without_a_name_is_called_as_in_the_code_and_runs_on_what_eks_takes() -> None:
    # t3.medium: docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html, instanceTypes
    found = pool('resource "aws_eks_node_group" "g" {}')
    assert (found.name, found.machines, found.purchases) == ("g", ("t3.medium",), ("on-demand",))


def test_a_node_group_runs_on_the_machine_of_its_launch_template() -> None:
    found = pool("""
      resource "aws_launch_template" "t" { instance_type = "p3.2xlarge" }
      resource "aws_eks_node_group" "g" {
        launch_template {
          id      = aws_launch_template.t.id
          version = 1
        }
      }
    """)
    assert found.machines == ("p3.2xlarge",)


def test_a_cluster_of_aks_has_its_default_pool() -> None:
    found = pool("""
      resource "azurerm_kubernetes_cluster" "c" {
        location = "West Europe"
        default_node_pool {
          name        = "system"
          vm_size     = "Standard_D4s_v5"
          node_labels = { tier = "web" }
        }
      }
    """)
    assert (found.name, found.region, found.machines) == ("system", "westeurope", ("Standard_D4s_v5",))
    assert found.is_paid  # where the cluster is declared
    assert found.labels == {"agentpool": "system", "kubernetes.azure.com/agentpool": "system", "tier": "web"}
    assert found.taints == ()


def test_a_spot_pool_of_aks_has_the_label_and_the_taint_that_aks_gives_it() -> None:
    # learn.microsoft.com/azure/aks/spot-node-pool
    found = pool("""
      resource "azurerm_kubernetes_cluster_node_pool" "p" {
        name        = "gpu"
        vm_size     = "Standard_NC24ads_A100_v4"
        priority    = "Spot"
        node_taints = ["sku=gpu:NoSchedule"]
      }
    """)
    assert found.purchases == ("spot",)
    assert found.labels["kubernetes.azure.com/scalesetpriority"] == "spot"
    assert found.taints == (
        {"key": "sku", "value": "gpu", "effect": "NoSchedule"},
        {"key": "kubernetes.azure.com/scalesetpriority", "value": "spot", "effect": "NoSchedule"},
    )


def test_a_gpu_pool_of_gke_has_the_accelerators_and_the_taint_that_gke_gives_it() -> None:
    # cloud.google.com/kubernetes-engine/docs/how-to/gpus: nvidia.com/gpu=present:NoSchedule
    found = pool("""
      resource "google_container_node_pool" "p" {
        name     = "t4"
        location = "us-central1-a"
        node_config {
          machine_type = "n1-standard-8"
          spot         = true
          guest_accelerator {
            type  = "nvidia-tesla-t4"
            count = 2
          }
        }
      }
    """)
    assert (found.name, found.region, found.machines, found.purchases) == (
        "t4", "us-central1", ("n1-standard-8",), ("spot",),
    )  # fmt: skip
    assert (found.accelerator, found.accelerators) == ("nvidia-tesla-t4", 2)
    assert found.labels["cloud.google.com/gke-accelerator"] == "nvidia-tesla-t4"
    assert found.labels["cloud.google.com/gke-spot"] == "true"
    assert [taint["key"] for taint in found.taints] == ["nvidia.com/gpu"]


KARPENTER = """apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: gpu}
spec:
  weight: 20
  limits: {cpu: "1k", nvidia.com/gpu: 8}
  template:
    metadata: {labels: {team: ml}}
    spec:
      taints: [{key: nvidia.com/gpu, effect: NoSchedule}]
      requirements:
        - {key: karpenter.k8s.aws/instance-family, operator: In, values: [g5]}
        - {key: karpenter.sh/capacity-type, operator: In, values: [spot]}
        - {key: topology.kubernetes.io/zone, operator: In, values: [eu-west-1a, eu-west-1b]}
"""


def test_a_karpenter_pool_is_read_by_its_requirements_and_limits() -> None:
    [found] = pools_of(Graph(read_rendered(KARPENTER.encode(), file="p.yaml", name="p").resources))
    assert (found.cloud, found.region, found.machines, found.purchases) == ("aws", "eu-west-1", (), ("spot",))
    assert found.labels == {"karpenter.sh/nodepool": "gpu", "team": "ml"}
    assert found.limits == {"cpu": Decimal(1000), "nvidia.com/gpu": Decimal(8)}
    assert (found.weight, found.is_provisioned, found.is_paid) == (20, True, False)
