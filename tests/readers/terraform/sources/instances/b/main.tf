variable "sources" { type = map(number) }
module "deep" {
  for_each = var.sources
  source   = "./deep"
  value    = each.value * 10
  path     = path.module
}
output "deep" { value = { for k, m in module.deep : k => m.value } }
output "count" { value = length(module.deep) }
output "all" { value = values(module.deep)[*].path }
