variable "sg" {}
output "name" { value = "vpc" }
output "out" { value = "${var.sg}!" }
