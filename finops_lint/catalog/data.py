"""Finds the shipped data, `rules/` and `pricing/`: in the checkout, or inside the installed package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from finops_lint.model.errors import FinopsLintError


class CatalogError(FinopsLintError):
    """Shipped or added data (a table, a manifest, a machine list) is missing or wrong."""


@lru_cache(maxsize=1)
def data_root() -> Path:
    """The folder that holds `rules/` and `pricing/`.

    An installed package carries them in `finops_lint/_data`; a checkout has them beside the package.

    Raises:
        CatalogError: Neither is there; the installation is broken.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_data", package.parent):
        if (folder / "rules").is_dir() and (folder / "pricing").is_dir():
            return folder
    raise CatalogError("the rules and price tables are missing; install finops-lint again")
