"""Manifests that Terraform declares are what they declare: their kind, their pods, their node pools."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.settings import Settings
from finops_lint.pipeline import analyze
from finops_lint.request import Request

CODE = """
provider "aws" { region = "us-east-1" }
resource "aws_eks_node_group" "gpu" {
  cluster_name    = "main"
  node_group_name = "gpu"
  node_role_arn   = "arn:aws:iam::123456789012:role/eks"
  subnet_ids      = ["subnet-1"]
  instance_types  = ["g5.xlarge"]
  labels          = { pool = "gpu" }
  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 1
  }
}
resource "kubectl_manifest" "pool" {
  yaml_body = <<-YAML
    apiVersion: karpenter.sh/v1
    kind: NodePool
    metadata: {name: spare}
    spec: {template: {spec: {requirements: []}}}
  YAML
}
resource "kubernetes_manifest" "llm" {
  manifest = {
    apiVersion = "apps/v1"
    kind       = "Deployment"
    metadata   = { name = "llm", namespace = "ml" }
    spec = { template = { spec = {
      nodeSelector = { pool = "gpu" }
      containers   = [{ name = "a", resources = { limits = { "nvidia.com/gpu" = 1 } } }]
    } } }
  }
}
resource "kubernetes_manifest" "later" {
  manifest = yamldecode(var.text)
}
variable "text" {}
"""


def test_a_manifest_in_terraform_is_priced_and_judged_as_its_kind(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CODE, "utf-8")
    [project] = analyze(Request((str(tmp_path),), Settings(select=("node-pool-without-limits",)))).projects
    resources = {r.address: r for r in project.resources}
    llm = resources["kubernetes_manifest.llm"]
    assert llm.type == "apps/Deployment"
    assert [c.paid_by for c in llm.estimate.components] == ["aws_eks_node_group.gpu"]
    assert resources["kubernetes_manifest.later"].type == "kubernetes_manifest"
    assert [f.address for f in project.findings] == ["kubectl_manifest.pool"]
