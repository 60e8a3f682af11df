"""A node group with GPUs in Terraform, for tests of what runs on it."""

from __future__ import annotations


def gpu_node_group(machine: str) -> str:
    """A group of one machine, in us-east-1, whose nodes are labelled `pool = gpu`."""
    return f"""
provider "aws" {{ region = "us-east-1" }}
resource "aws_eks_node_group" "gpu" {{
  cluster_name    = "main"
  node_group_name = "gpu"
  node_role_arn   = "arn:aws:iam::123456789012:role/eks"
  subnet_ids      = ["subnet-1"]
  instance_types  = ["{machine}"]
  labels          = {{ pool = "gpu" }}
  scaling_config {{
    desired_size = 1
    min_size     = 1
    max_size     = 1
  }}
}}
"""
