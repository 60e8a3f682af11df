"""Generated expressions and modules, evaluated by Terraform and by us: `python -m tests.differential --seed 7`."""
