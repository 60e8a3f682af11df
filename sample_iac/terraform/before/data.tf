resource "aws_ecr_repository" "ranker" {
  name = local.name
}

resource "aws_s3_bucket" "checkpoints" {
  bucket = "${local.name}-checkpoints"
}

resource "aws_fsx_lustre_file_system" "features" {
  storage_capacity            = 1200
  subnet_ids                  = [aws_subnet.private[0].id]
  deployment_type             = "PERSISTENT_2"
  per_unit_storage_throughput = 125
}

resource "aws_cloudwatch_log_group" "training" {
  name              = "/ml/${local.name}/training"
  retention_in_days = 30
}
