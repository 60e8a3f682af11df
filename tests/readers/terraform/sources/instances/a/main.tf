variable "size" { type = string }
resource "terraform_data" "this" { input = var.size }
output "size" { value = terraform_data.this.input }
output "id" { value = terraform_data.this.id }
