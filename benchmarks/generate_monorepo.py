"""A Terraform monorepo of a given number of files: services, each a root folder that calls shared modules.

The same seed gives the same bytes, so that runs on different days can be compared.
"""

from __future__ import annotations

import random
from pathlib import Path

MACHINES = [
    "t3.medium",
    "m6i.large",
    "m6i.2xlarge",
    "c6i.xlarge",
    "r6i.large",
    "g5.xlarge",
    "g5.12xlarge",
    "p4d.24xlarge",
]
TEAMS = ["search", "ads", "payments", "platform", "research"]

WORKER = """variable "name" { type = string }
variable "instance_type" { type = string }
variable "replicas" {
  type    = number
  default = 1
}
variable "tags" {
  type    = map(string)
  default = {}
}

resource "aws_instance" "this" {
  count         = var.replicas
  ami           = "ami-0123456789abcdef0"
  instance_type = var.instance_type

  root_block_device {
    volume_size = 50 + 10 * count.index
    volume_type = "gp3"
  }

  tags = merge(var.tags, { Name = "${var.name}-${count.index}" })
}

output "ids" { value = aws_instance.this[*].id }
"""

VERSIONS = """terraform {
  required_version = ">= 1.5"
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}
"""

VARIABLES = """variable "region" {
  type    = string
  default = "us-east-1"
}

variable "replicas" { type = number }

variable "buckets" {
  type    = map(object({ days = optional(number, 30) }))
  default = { logs = {}, models = { days = 365 } }
}

locals {
  tags = {
    "finops:team"        = "%(team)s"
    "finops:service"     = "service-%(number)d"
    "finops:environment" = terraform.workspace
  }
}
"""

MAIN = """module "worker" {
  source        = "../../modules/worker"
  name          = "service-%(number)d"
  instance_type = "%(machine)s"
  replicas      = var.replicas
  tags          = { workload_type = "%(workload)s" }
}

resource "aws_s3_bucket" "data" {
  for_each = var.buckets
  bucket   = "service-%(number)d-${each.key}"
  tags     = { retention = "${each.value.days} days" }
}

resource "aws_security_group" "this" {
  name = "service-%(number)d"

  dynamic "ingress" {
    for_each = toset(["80", "443"])
    content {
      from_port   = tonumber(ingress.value)
      to_port     = tonumber(ingress.value)
      protocol    = "tcp"
      cidr_blocks = [for n in range(4) : cidrsubnet("10.0.0.0/8", 8, n + %(number)d %% 200)]
    }
  }
}
"""

STORAGE = """resource "aws_ebs_volume" "scratch" {
  availability_zone = "${var.region}a"
  size              = %(size)d
  type              = "%(volume)s"
}

resource "aws_db_instance" "this" {
  identifier        = "service-%(number)d"
  engine            = "postgres"
  instance_class    = "db.m5.large"
  allocated_storage = %(size)d
  username          = "app"
  password          = var.region
}

resource "aws_lb" "this" {
  name               = "service-%(number)d"
  load_balancer_type = "application"
  internal           = true
}
"""

FILES_PER_SERVICE = 5


def write_monorepo(folder: Path, *, files: int = 1000, seed: int = 1) -> None:
    """Write about `files` Terraform files below `folder`."""
    rng = random.Random(seed)
    (folder / "modules/worker").mkdir(parents=True, exist_ok=True)
    (folder / "modules/worker/main.tf").write_text(WORKER, encoding="utf-8")
    for number in range(files // FILES_PER_SERVICE):
        facts = {
            "number": number,
            "team": rng.choice(TEAMS),
            "machine": rng.choice(MACHINES),
            "workload": rng.choice(["training", "inference", "batch-job"]),
            "size": rng.randrange(20, 2000, 10),
            "volume": rng.choice(["gp2", "gp3", "io1"]),
        }
        service = folder / "services" / f"service-{number:04}"
        service.mkdir(parents=True, exist_ok=True)
        for name, text in (
            ("versions.tf", VERSIONS),
            ("variables.tf", VARIABLES % facts),
            ("main.tf", MAIN % facts),
            ("storage.tf", STORAGE % facts),
            ("terraform.tfvars", f"replicas = {rng.randint(1, 4)}\n"),
        ):
            (service / name).write_text(text, encoding="utf-8")
