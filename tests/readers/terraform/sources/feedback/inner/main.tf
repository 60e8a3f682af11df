variable "secret" {}
variable "unknown" {}
variable "list" { type = list(string) }
variable "obj" { 
  type = object({a = string, b = string, c = optional(string, "cc")})
}
output "secret" { 
  value = "<${var.secret}>" 
  sensitive = true
}
output "known" { value = var.obj.c }
output "unknown" { value = var.unknown }
output "list" { value = var.list }
output "obj" { value = var.obj }
output "nulls" { value = null }
