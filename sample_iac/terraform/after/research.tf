# New in this change: a first fine-tuning run and a notebook to look at its results.

resource "aws_sagemaker_training_job" "finetune" {
  training_job_name = "${local.name}-finetune-1"
  role_arn          = aws_iam_role.sagemaker.arn

  algorithm_specification {
    training_image      = "${aws_ecr_repository.ranker.repository_url}:train-2026-11"
    training_input_mode = "File"
  }

  resource_config {
    instance_type     = "ml.p4d.24xlarge"
    instance_count    = 1
    volume_size_in_gb = 500
  }

  stopping_condition {
    max_runtime_in_seconds = 86400
  }

  output_data_config {
    s3_output_path = "s3://${aws_s3_bucket.checkpoints.bucket}/finetune-1"
  }

  tags = { model_name = "ranker-v5", workload_type = "training" }
}

resource "aws_sagemaker_notebook_instance" "analysis" {
  name          = "${local.name}-analysis"
  role_arn      = aws_iam_role.sagemaker.arn
  instance_type = "ml.g5.12xlarge"
  volume_size   = 200
}

resource "aws_ebs_volume" "scratch" {
  availability_zone = "${var.region}a"
  size              = 2000
  type              = "gp2"
  tags              = { Team = "search-ml" }
}
