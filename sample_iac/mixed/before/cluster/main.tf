terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = {
      "finops:team"        = "platform"
      "finops:service"     = "kubernetes"
      "finops:environment" = "production"
      "finops:cost-center" = "4000"
    }
  }
}

variable "role_arn" { default = "arn:aws:iam::123456789012:role/eks" }
variable "subnet_ids" { default = ["subnet-0a1b2c3d4e5f60718"] }

resource "aws_eks_cluster" "main" {
  name     = "main"
  role_arn = var.role_arn
  vpc_config { subnet_ids = var.subnet_ids }
}

resource "aws_eks_node_group" "system" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "system"
  node_role_arn   = var.role_arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["m6i.xlarge"]
  scaling_config {
    desired_size = 3
    min_size     = 3
    max_size     = 6
  }
}

resource "aws_eks_node_group" "inference" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "inference"
  node_role_arn   = var.role_arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["g5.12xlarge"]
  labels          = { pool = "inference" }
  tags = {
    model_name    = "mistral-7b"
    workload_type = "inference"
  }
  scaling_config {
    desired_size = 2
    min_size     = 2
    max_size     = 4
  }
  taint {
    key    = "nvidia.com/gpu"
    value  = "present"
    effect = "NO_SCHEDULE"
  }
}
