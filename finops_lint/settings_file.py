"""Finds the settings file that holds where something lies: the nearest, looking upwards to the repository's top."""

from __future__ import annotations

import os
import re
from pathlib import Path

FILE_NAMES = ("finops-lint.yaml", "finops-lint.yml")


def find_settings(start: str | Path, known: dict[str, str] | None = None) -> Path | None:
    """The nearest settings file at or above `start`, not looking beyond the repository's top.

    `known` is what was found for folders before, for who asks for many that lie beside each other.
    """
    folder = os.path.abspath(start)  # a link's own place counts, not its target's
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    found = _nearest_file(folder, {} if known is None else known)
    return Path(found) if found else None


def _nearest_file(folder: str, known: dict[str, str]) -> str:
    """Its path, empty where there is none."""
    walked: list[str] = []
    above = folder
    while folder not in known:
        walked.append(folder)
        above = os.path.dirname(folder)
        known[folder] = _file_in(folder)
        if known[folder] or above == folder or os.access(os.path.join(folder, ".git"), os.F_OK):
            break
        folder = above
    known.update(dict.fromkeys(walked, known[folder]))
    return known[folder]


def _file_in(folder: str) -> str:
    # Nearly all folders have none of them: to ask for access is a third of the work of an error from `stat`.
    for name in FILE_NAMES:
        file = os.path.join(folder, name)
        if os.access(file, os.F_OK) and os.path.isfile(file):
            return file
    table = os.path.join(folder, "pyproject.toml")
    return table if os.access(table, os.F_OK) and _has_table(Path(table)) else ""


def _has_table(file: Path) -> bool:
    try:
        text = file.read_bytes() if file.is_file() else b""
    except OSError:
        return False
    return re.search(rb"^\s*\[tool\.\"?finops-lint\"?[\].]", text, re.MULTILINE) is not None
