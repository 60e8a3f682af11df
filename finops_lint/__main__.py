"""`python -m finops_lint`: the same command line as the console script."""

from __future__ import annotations

from finops_lint.cli.main import main

if __name__ == "__main__":
    main()
