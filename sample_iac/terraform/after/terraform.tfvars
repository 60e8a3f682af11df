environment = "production"

endpoint = {
  instance_type = "ml.p4d.24xlarge"
  instances     = 1
}

gpu_pools = {
  training = {
    instance_types = ["g5.2xlarge"]
    desired        = 2
  }
  finetune = {
    instance_types = ["p4d.24xlarge"]
    capacity_type  = "ON_DEMAND"
    min            = 1
  }
}
