# What tests/readers/terraform/plans/*.json were made of, with Terraform 1.11.4:
#   create.json   a plan of this folder as it is (positions point here)
#   state.json, raw_state.json   what applying it gave, shown and as terraform.tfstate
#   change.json, target.json   plans after the edits that test_plan.py lists, the second with -target
terraform {
  required_version = ">= 1.4"
}

variable "secret" {
  default   = "hunter2"
  sensitive = true
}

locals {
  common = { team = "ml", seed = terraform_data.seed.output }
}

resource "terraform_data" "seed" {
  input = "x"
}

resource "terraform_data" "counted" {
  count = 2
  input = { n = count.index, seed = terraform_data.seed.output }
}

resource "terraform_data" "each" {
  for_each         = { a = 1, "b.c" = 2 }
  input            = merge(local.common, { key = each.key })
  triggers_replace = [terraform_data.seed.id, "static"]
}

resource "terraform_data" "secret" {
  input = { password = var.secret, plain = "ok", empty = {}, nothing = null, list = ["a", null] }
}

resource "terraform_data" "swapped" {
  input            = 1
  triggers_replace = "first"
}

resource "terraform_data" "overlapping" {
  input            = 1
  triggers_replace = "first"
  lifecycle {
    create_before_destroy = true
  }
}

module "many" {
  source   = "./module"
  for_each = toset(["x", "y"])
  name     = each.key
  upstream = terraform_data.seed.id
}

module "one" {
  source   = "./module"
  name     = module.many["x"].id
  upstream = local.common.team
}

output "id" {
  value = module.many["x"].id
}
