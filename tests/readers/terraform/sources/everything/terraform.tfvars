from_tfvars = "tfvars"
from_env = "tfvars-wins"
from_auto = "no"
from_auto2 = "no"
nonnull = null
