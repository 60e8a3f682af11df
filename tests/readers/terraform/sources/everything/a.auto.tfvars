from_auto = { from = "a" }
from_auto2 = "a"
