environment = "production"

endpoint = {
  instance_type = "ml.g5.xlarge"
  instances     = 2
}

gpu_pools = {
  training = {
    instance_types = ["g5.2xlarge"]
    desired        = 2
  }
}
