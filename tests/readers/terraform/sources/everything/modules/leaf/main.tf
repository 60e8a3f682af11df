variable "in" {}
resource "terraform_data" "leaf" { input = upper(var.in) }
output "out" { value = terraform_data.leaf.input }
