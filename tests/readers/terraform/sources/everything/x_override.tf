resource "terraform_data" "locals" { triggers_replace = "over" }
variable "plain" { default = "overridden" }
