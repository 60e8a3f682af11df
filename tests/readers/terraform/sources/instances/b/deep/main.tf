variable "value" { type = number }
variable "path" {}
resource "terraform_data" "deep" { input = { value = var.value, path = var.path, own = path.module, root = path.root } }
output "value" { value = terraform_data.deep.input.value }
output "path" { value = "${var.path} ${path.module}" }
