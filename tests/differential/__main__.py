"""The full run: `python -m tests.differential [--seed N] [--count N]`."""

from __future__ import annotations

import argparse
import random
import sys

from tests.differential import campaign, modules
from tests.differential.oracle import available


def main() -> int:
    """Run, print the summary; 1 where we disagree, 2 where terraform is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--count", type=int, default=7000, help="expressions")
    parser.add_argument("--modules", type=int, default=400, help="small modules")
    options = parser.parse_args()
    version = available()
    if version is None:
        sys.stderr.write("terraform is not installed\n")
        return 2
    sys.stdout.write(f"terraform {version}, seed {options.seed}\n")
    sys.stdout.flush()
    summary = campaign.run(options.seed, options.count)
    planned = modules.run(campaign.examples(modules.small(), options.modules, options.seed))
    sys.stdout.write(campaign.report(summary, options.seed) + "\n")
    sys.stdout.write(modules.report(planned) + "\n")
    return 1 if summary.wrong or planned.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
