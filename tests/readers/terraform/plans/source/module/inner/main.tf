variable "from" {}

resource "terraform_data" "leaf" {
  input = var.from
}
