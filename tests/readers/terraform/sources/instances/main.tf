variable "on" {
  type    = bool
  default = true
}
variable "off" { default = "false" }
resource "terraform_data" "keys" {
  for_each = toset(["plain", "with space", "quo\"te", "dollar$${x}", "back\\slash", "ünï", "a.b[0]"])
  input    = each.value
}
resource "terraform_data" "numbers" {
  for_each = { 1 = "one", true = "yes" }
  input    = "${each.key}:${each.value}"
}
resource "terraform_data" "text_count" {
  count = "2"
  input = count.index + 1
}
resource "terraform_data" "conditional" {
  count = var.on && !tobool(var.off) ? 1 : 0
  input = "there"
}
resource "terraform_data" "absent" {
  count = var.off ? 1 : 0
  input = "not there"
}
resource "terraform_data" "chained" {
  for_each = terraform_data.keys
  input    = "${each.key} ${each.value.input}"
}
resource "terraform_data" "unknown_values" {
  for_each = { for k, v in terraform_data.numbers : k => v.id }
  input    = [each.key, each.value]
}
module "a" {
  for_each = { x = 1, y = 2 }
  source   = "./a"
  size     = each.value
}
module "off" {
  count  = var.off ? 1 : 0
  source = "./a"
  size   = 1
}
module "b" {
  count   = length(module.a)
  source  = "./b"
  sources = { for k, m in module.a : "${k}${count.index}" => m.size }
}
resource "terraform_data" "outputs" {
  input = {
    index    = module.b[1].deep["y1"]
    all      = module.b[*].count
    each     = [for k, m in module.a : "${k}=${m.size}"]
    keys     = keys(module.a)
    none     = module.off
    maybe    = one(module.off[*].size)
    computed = module.a["x"].id
    prefix   = "id-${module.a["x"].id}"
    length   = length(module.b)
    nested   = module.b[0].all
    missing  = try(module.a["zz"].size, "tried")
    whole    = { for k, v in terraform_data.numbers : k => v.input }
  }
}
