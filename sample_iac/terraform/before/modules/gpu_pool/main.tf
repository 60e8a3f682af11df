variable "name" { type = string }
variable "cluster_name" { type = string }
variable "role_arn" { type = string }
variable "subnet_ids" { type = list(string) }
variable "tags" { type = map(string) }

variable "pool" {
  type = object({
    instance_types = list(string)
    capacity_type  = string
    min            = number
    desired        = number
    max            = number
  })
}

resource "aws_eks_node_group" "this" {
  cluster_name    = var.cluster_name
  node_group_name = var.name
  node_role_arn   = var.role_arn
  subnet_ids      = var.subnet_ids
  instance_types  = var.pool.instance_types
  capacity_type   = var.pool.capacity_type
  ami_type        = "AL2023_x86_64_NVIDIA"
  disk_size       = 100

  scaling_config {
    min_size     = var.pool.min
    desired_size = var.pool.desired
    max_size     = var.pool.max
  }

  taint {
    key    = "nvidia.com/gpu"
    value  = "true"
    effect = "NO_SCHEDULE"
  }

  tags = var.tags
}
