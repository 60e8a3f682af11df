# feedback between modules at output level, through indexed modules
module "vpc" {
  count  = 1
  source = "./vpc"
  sg     = module.sec["a"].id
}
module "sec" {
  for_each = toset(["a"])
  source   = "./sec"
  vpc      = module.vpc[0].name
}
resource "terraform_data" "u" { input = "x" }
variable "secret" {
  type = string
  sensitive = true
  default = "sss"
}
module "inner" {
  source = "./inner"
  secret = var.secret
  unknown = terraform_data.u.id
  list = [terraform_data.u.id, "b"]
  obj = { a = terraform_data.u.output, b = 1 }
}
resource "terraform_data" "r" {
  input = {
    out   = module.vpc[0].out
    whole = module.inner.known
    u     = module.inner.unknown
    len   = length(module.inner.list)
    b     = module.inner.obj.b
    cond  = true ? module.inner.obj.b : null
    pre   = "pre-${module.inner.unknown}"
    tr    = try(module.inner.nonexistent, "t")
    nulls = module.inner.nulls
  }
}
resource "terraform_data" "fe" {
  for_each = { for k, v in { a = terraform_data.u.id, b = "x" } : k => v }
  input = each.value
}
resource "terraform_data" "sec" { input = { s = module.inner.secret, t = "ok" } }
resource "terraform_data" "cnt" {
  count = terraform_data.u.input == "x" ? 2 : 0
  input = count.index
}
moved { 
  from = terraform_data.old
  to = terraform_data.r
}
check "c" {
  assert {
    condition = terraform_data.r.input.b == 1
    error_message = "x"
  }
}
removed {
  from = terraform_data.gone
  lifecycle { destroy = false }
}
