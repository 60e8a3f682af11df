"""Where the console script and `python -m finops_lint` start."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; Python's collector rests from the first import on, since what they make stays."""
    gc.disable()
    from finops_lint.cli.main import main

    main()


if __name__ == "__main__":
    main()
