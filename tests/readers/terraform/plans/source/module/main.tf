variable "name" {}
variable "upstream" {}

resource "terraform_data" "this" {
  input = { name = var.name, up = var.upstream }
}

module "inner" {
  source = "./inner"
  count  = 1
  from   = terraform_data.this.id
}

output "id" {
  value = terraform_data.this.id
}
