variable "vpc" {}
output "id" { value = "sg-of-${var.vpc}" }
