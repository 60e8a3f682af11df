variable "region" {
  type    = string
  default = "us-east-1"
}

variable "environment" {
  type = string

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "One of dev, staging, production."
  }
}

variable "cost_center" {
  description = "Set by the pipeline from the product's record; has no default on purpose."
  type        = string
}

variable "endpoint" {
  description = "The ranking model's endpoint."
  type = object({
    instance_type = string
    instances     = optional(number, 1)
  })
}

variable "gpu_pools" {
  description = "Node groups for training, by name."
  type = map(object({
    instance_types = list(string)
    capacity_type  = optional(string, "SPOT")
    min            = optional(number, 0)
    desired        = optional(number, 1)
    max            = optional(number, 4)
  }))
}

locals {
  name = "ranking-${var.environment}"

  finops_tags = {
    "finops:team"        = "search-ml"
    "finops:service"     = "ranking"
    "finops:environment" = var.environment
    "finops:cost-center" = var.cost_center
  }
}
