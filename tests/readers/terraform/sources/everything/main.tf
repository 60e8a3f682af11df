variable "plain" { default = 5 }
variable "typed" {
  type = number
  default = "7"
}
variable "from_env" { type = string }
variable "env_list" { type = list(string) }
variable "from_tfvars" {}
variable "from_auto" {}
variable "from_auto2" {}
variable "from_cli" {}
variable "obj" {
  type = object({
    a = string
    b = optional(number, 3)
    c = optional(list(string))
    d = optional(object({ x = optional(bool, true) }), {})
  })
  default = { a = 1 }
}
variable "maps" {
  type = map(object({ size = number, tags = optional(map(string), {}) }))
  default = {
    small = { size = "1" }
    big   = { size = 10, tags = { k = true } }
  }
}
variable "set" {
  type = set(string)
  default = ["b", "a", "b"]
}
variable "nonnull" {
  type = string
  nullable = false
  default = "dflt"
}
variable "nullv" {
  type = string
  default = null
}
variable "tup" {
  type = tuple([string, number])
  default = [1, "2"]
}
variable "anyv" {
  type = list(any)
  default = [1, "a", true]
}
variable "secret" {
  sensitive = true
  default = "s3cret"
}
locals {
  upper = { for k, v in var.maps : upper(k) => v.size }
  chain = local.upper["BIG"] + 1
  deep  = [for i in range(3) : { idx = i, even = i % 2 == 0 }]
}
resource "terraform_data" "vars" {
  input = {
    plain = var.plain, typed = var.typed, env = var.from_env, env_list = var.env_list, tfvars = var.from_tfvars
    auto = var.from_auto, auto2 = var.from_auto2, cli = var.from_cli, obj = var.obj, maps = var.maps, set = var.set
    nonnull = var.nonnull, nullv = var.nullv, tup = var.tup, anyv = var.anyv
  }
}
resource "terraform_data" "locals" { input = [local.upper, local.chain, local.deep] }
resource "terraform_data" "counted" {
  count = length(var.set)
  input = "c-${count.index}"
}
resource "terraform_data" "each" {
  for_each = var.maps
  input    = { key = each.key, size = each.value.size, first = terraform_data.counted[0].input }
}
resource "terraform_data" "each_set" {
  for_each = var.set
  input    = "${each.key}=${each.value}"
}
resource "terraform_data" "refs" {
  input = {
    splat   = terraform_data.counted[*].input
    legacy  = terraform_data.counted.*.input
    each    = { for k, v in terraform_data.each : k => v.input.size }
    values  = values(terraform_data.each_set)[*].input
    one     = terraform_data.each["big"].input.key
    none    = [for x in terraform_data.none : x.input]
    len     = length(terraform_data.none)
    m0      = module.counted[0].name
    mall    = module.counted[*].name
    meach   = { for k, m in module.each : k => m.leaf }
    msingle = module.single
    ws      = terraform.workspace
    pm      = path.module
    pr      = path.root
    mod_pm  = module.single.pm
    tern    = length(var.set) > 1 ? terraform_data.counted[1].input : "no"
    tryit   = try(module.none[0].name, "fallback")
    oneof   = one(module.none[*].name)
  }
}
resource "terraform_data" "none" {
  count = 0
  input = "x"
}
module "single" {
  source = "./modules/child"
  name   = "one"
}
module "counted" {
  count  = 2
  source = "./modules/child"
  name   = "m${count.index}"
  size   = null
}
module "none" {
  count = 0
  source = "./modules/child"
  name = "none"
}
module "each" {
  for_each = toset(["x", "y"])
  source   = "./modules/child"
  name     = each.key
  size     = each.key == "x" ? 100 : "200"
}
