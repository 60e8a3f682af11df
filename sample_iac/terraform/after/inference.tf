# The ranking model behind the search page: one real-time endpoint.

resource "aws_iam_role" "sagemaker" {
  name = "${local.name}-sagemaker"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

resource "aws_sagemaker_model" "ranker" {
  name               = "${local.name}-ranker"
  execution_role_arn = aws_iam_role.sagemaker.arn

  primary_container {
    image = "${aws_ecr_repository.ranker.repository_url}:2026-11"
  }

  tags = { model_name = "ranker-v4", workload_type = "inference" }
}

resource "aws_sagemaker_endpoint_configuration" "ranker" {
  name = "${local.name}-ranker"

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.ranker.name
    instance_type          = var.endpoint.instance_type
    initial_instance_count = var.endpoint.instances
  }

  tags = { model_name = "ranker-v4", workload_type = "inference" }
}

resource "aws_sagemaker_endpoint" "ranker" {
  name                 = "${local.name}-ranker"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.ranker.name

  tags = { model_name = "ranker-v4", workload_type = "inference" }
}
