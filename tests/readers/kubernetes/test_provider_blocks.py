"""The Kubernetes provider's blocks read as the manifests they stand for; names from the provider's schemas."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.resource import Resource
from finops_lint.model.settings import Settings
from finops_lint.pipeline import analyze
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.kubernetes.embedded import with_objects
from finops_lint.readers.kubernetes.manifests import read_rendered
from finops_lint.readers.terraform.source import read_source
from finops_lint.request import Request
from tests.node_groups import gpu_node_group

TERRAFORM = """
resource "kubernetes_stateful_set_v1" "llm" {
  metadata {
    name      = "llm"
    namespace = "ml"
    labels    = { "cost/team_name" = "ml" }
  }
  spec {
    replicas = 2
    template {
      metadata {
        labels = { app = "llm" }
      }
      spec {
        node_selector = { "cloud.google.com/gke-accelerator" = "nvidia-l4" }
        affinity {
          node_affinity {
            required_during_scheduling_ignored_during_execution {
              node_selector_term {
                match_expressions {
                  key      = "kubernetes.io/arch"
                  operator = "In"
                  values   = ["amd64"]
                }
              }
            }
          }
        }
        toleration {
          key      = "nvidia.com/gpu"
          operator = "Exists"
        }
        container {
          name = "llm"
          args = ["--model", "m"]
          env {
            name  = "A"
            value = "1"
          }
          port {
            container_port = 80
          }
          resources {
            requests = { cpu = "500m" }
            limits   = { "nvidia.com/gpu" = 1 }
          }
        }
        volume {
          name = "models"
          persistent_volume_claim {
            claim_name = "models"
          }
        }
      }
    }
    volume_claim_template {
      metadata {
        name = "cache"
      }
      spec {
        resources {
          requests = { storage = "50Gi" }
        }
      }
    }
  }
}
"""
MANIFEST = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: llm, namespace: ml, labels: {cost/team_name: ml}}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: llm}}
    spec:
      nodeSelector: {cloud.google.com/gke-accelerator: nvidia-l4}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]}]
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers:
        - name: llm
          args: [--model, m]
          env: [{name: A, value: "1"}]
          ports: [{containerPort: 80}]
          resources: {requests: {cpu: 500m}, limits: {nvidia.com/gpu: 1}}
      volumes: [{name: models, persistentVolumeClaim: {claimName: models}}]
  volumeClaimTemplates: [{metadata: {name: cache}, spec: {resources: {requests: {storage: 50Gi}}}}]
"""


def read(folder: Path, text: str) -> tuple[Resource, ...]:
    (folder / "main.tf").write_text(text, "utf-8")
    return with_objects(read_source(ProjectPath("terraform", str(folder), "m", str(folder))).resources)


def test_blocks_and_a_manifest_say_the_same(tmp_path: Path) -> None:
    [block] = read(tmp_path, TERRAFORM)
    [manifest] = read_rendered(MANIFEST.encode(), file="m.yaml", name="m").resources
    own = {k: v for k, v in manifest.values.items() if k not in ("apiVersion", "kind")}
    assert block.type == manifest.type
    assert block.name == manifest.name
    assert block.values == own
    assert block.tags.effective == manifest.tags.effective


def test_what_a_manifest_calls_otherwise_is_where_the_block_has_it(tmp_path: Path) -> None:
    [block] = read(tmp_path, TERRAFORM)
    lines = TERRAFORM.splitlines()
    limits = block.where(("spec", "template", "spec", "containers", 0, "resources", "limits"))
    assert lines[limits.line - 1].strip().startswith("limits")


def test_blocks_are_joined_by_name_with_each_other_and_with_the_node_group_beside_them(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        gpu_node_group("g5.xlarge")
        + """
resource "kubernetes_deployment" "llm" {
  metadata {
    name      = "llm"
    namespace = var.space
  }
  spec {
    template {
      spec {
        node_selector = { pool = "gpu" }
        container {
          resources {
            limits = { "nvidia.com/gpu" = "1" }
          }
        }
      }
    }
  }
}
resource "kubernetes_horizontal_pod_autoscaler_v2" "llm" {
  metadata {
    name      = "llm"
    namespace = var.space
  }
  spec {
    min_replicas = 1
    max_replicas = 3
    scale_target_ref {
      kind = "Deployment"
      name = "llm"
    }
  }
}
variable "space" {
  default = "ml"
}
""",
        "utf-8",
    )
    [project] = analyze(Request((str(tmp_path),), Settings())).projects
    llm = next(r for r in project.resources if r.type == "apps/Deployment").estimate
    [gpu] = llm.components
    assert gpu.paid_by == "aws_eks_node_group.gpu"
    # 730 h of one GPU at 0.811764 (g5.xlarge without its vCPU and memory), and three times that.
    assert gpu.monthly is not None
    assert (round(gpu.monthly.expected, 2), round(gpu.monthly.high, 2)) == (
        round(gpu.monthly.low, 2),
        round(gpu.monthly.low * 3, 2),
    )
    assert round(float(gpu.monthly.expected), 2) == 592.59


def test_repeated_blocks_that_are_not_known_leave_the_rest_as_it_is(tmp_path: Path) -> None:
    text = """
variable "sidecars" {}
resource "kubernetes_pod" "a" {
  metadata {
    name = var.name
  }
  spec {
    dynamic "container" {
      for_each = var.sidecars
      content {
        name = container.value
      }
    }
    node_selector = { pool = "gpu" }
  }
}
resource "kubernetes_config_map" "a" {}
variable "name" {}
"""
    pod, other = read(tmp_path, text)
    assert (pod.type, pod.name, other.type) == ("core/Pod", "a", "kubernetes_config_map")
    assert pod.value("spec", "nodeSelector", "pool") == "gpu"


def test_a_cluster_beside_them_says_which_cloud_they_are_in(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
provider "google" { region = "us-central1" }
resource "google_container_cluster" "main" {
  name             = "main"
  location         = "us-central1"
  enable_autopilot = true
}
resource "kubernetes_service" "api" {
  metadata {
    name = "api"
  }
  spec {
    type = "LoadBalancer"
  }
}
""",
        "utf-8",
    )
    [project] = analyze(Request((str(tmp_path),), Settings())).projects
    api = next(r for r in project.resources if r.type == "core/Service").estimate
    assert [(c.name, c.is_assumed) for c in api.components] == [("Forwarding rule", False)]
