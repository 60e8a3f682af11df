# Nightly fine-tuning on an EKS cluster whose GPU nodes come and go.

resource "aws_eks_cluster" "ml" {
  name     = "${local.name}-ml"
  role_arn = aws_iam_role.eks.arn
  version  = "1.34"

  vpc_config {
    subnet_ids = aws_subnet.private[*].id
  }
}

resource "aws_iam_role" "eks" {
  name = "${local.name}-eks"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["eks.amazonaws.com", "ec2.amazonaws.com"] }
    }]
  })
}

module "gpu_pool" {
  source   = "./modules/gpu_pool"
  for_each = var.gpu_pools

  name         = each.key
  cluster_name = aws_eks_cluster.ml.name
  role_arn     = aws_iam_role.eks.arn
  subnet_ids   = aws_subnet.private[*].id
  pool         = each.value
  tags         = { model_name = "ranker-v4", workload_type = "training" }
}
