"""Finds the shipped data, `rules/` and `pricing/`, in the checkout or the installed package; and the user's prices."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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


def user_prices(environment: Mapping[str, str], home: Path) -> Path:
    """Where the user's refreshed price tables are: laid out like `pricing/`, in the system's folder for such data.

    `XDG_DATA_HOME` decides where it is an absolute path, as its specification asks.
    """
    named = environment.get("XDG_DATA_HOME", "")
    if named and Path(named).is_absolute():
        base = Path(named)
    elif sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = home / ".local" / "share"
    return base / "finops-lint" / "prices"


def user_cache(environment: Mapping[str, str], home: Path) -> Path:
    """Where is kept what any run can make again: in the system's folder for such data, `XDG_CACHE_HOME` as above."""
    named = environment.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        base = Path(named)
    elif sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = home / ".cache"
    return base / "finops-lint" / "kept"
