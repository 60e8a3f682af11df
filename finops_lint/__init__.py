"""finops-lint: FinOps policy and monthly cost of infrastructure code, before it is merged."""

__version__ = "0.1.0"
