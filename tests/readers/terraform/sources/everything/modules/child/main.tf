variable "name" { type = string }
variable "size" { 
  type = number 
  default = 42
  nullable = false
}
locals { full = "${var.name}-${var.size}" }
module "leaf" {
  source = "../leaf"
  in     = local.full
}
resource "terraform_data" "child" { input = { full = local.full, leaf = module.leaf.out, pm = path.module } }
output "name" { value = local.full }
output "leaf" { value = module.leaf.out }
output "pm" { value = path.module }
