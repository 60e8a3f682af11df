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
    base = _system_folder(environment, home, "XDG_DATA_HOME", "Library/Application Support", ".local/share")
    return base / "finops-lint" / "prices"


def user_cache(environment: Mapping[str, str], home: Path) -> Path:
    """Where is kept what any run can make again: in the system's folder for such data, `XDG_CACHE_HOME` as above."""
    base = _system_folder(environment, home, "XDG_CACHE_HOME", "Library/Caches", ".cache")
    return base / "finops-lint" / "kept"


def _system_folder(environment: Mapping[str, str], home: Path, variable: str, mac: str, other: str) -> Path:
    """The folder `variable` names where that is an absolute path, else the one the system has for it."""
    named = environment.get(variable, "")
    if named and Path(named).is_absolute():
        return Path(named)
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    return home / (mac if sys.platform == "darwin" else other)
