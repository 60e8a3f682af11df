"""Manifests that Terraform declares are what they declare: their kind, their pods, their node pools."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.settings import Settings
from finops_lint.pipeline import analyze
from finops_lint.request import Request
from tests.node_groups import gpu_node_group

CODE = (
    gpu_node_group("g5.xlarge")
    + """
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
)


def test_a_manifest_in_terraform_is_priced_and_judged_as_its_kind(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CODE, "utf-8")
    [project] = analyze(Request((str(tmp_path),), Settings(select=("node-pool-without-limits",)))).projects
    resources = {r.address: r for r in project.resources}
    llm = resources["kubernetes_manifest.llm"]
    assert llm.type == "apps/Deployment"
    assert [c.paid_by for c in llm.estimate.components] == ["aws_eks_node_group.gpu"]
    assert resources["kubernetes_manifest.later"].type == "kubernetes_manifest"
    assert [f.address for f in project.findings] == ["kubectl_manifest.pool"]
