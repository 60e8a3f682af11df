"""Values of variables in files that Terraform reads only when they are named: `prod.tfvars`, `env/dev/all.tfvars`."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from finops_lint.model.finding import Problem
from finops_lint.model.regexes import regex
from finops_lint.readers.files import Limits, notice, read_file, shown_path
from finops_lint.readers.folders import SOURCE_SUFFIXES, VARIABLE_SUFFIXES

_DEPTH = 2
"""Folders below the project that are looked into: `env/dev`."""
_MOST = 2_000
"""Entries looked at in one project."""
_NAME = regex(rb"""^[ \t]*"?([A-Za-z_][\w-]*)"?[ \t]*[=:]""", re.MULTILINE)


def values_elsewhere(folder: str, top: str, missing: Collection[str], limits: Limits) -> Problem | None:
    """One notice that `missing` variables of the project in `folder` have values in files nobody named; None if not.

    A file is looked through for names, not evaluated. A folder with code of its own keeps its files to itself.
    """
    found: dict[str, int] = {}
    for path in _files(folder):
        data = read_file(path, top=top, limits=limits)
        if not isinstance(data, Problem):
            names = {name.decode() for name in _NAME.findall(data)}
            found[path] = sum(name in names for name in missing)
    most = max(found.values(), default=0)
    if not most:
        return None
    best = sorted(shown_path(path) for path, number in found.items() if number == most)
    message = f"{_variables(len(missing))} no value here; {best[0]} sets {_share(most, len(missing))}"
    if len(best) > 1:
        message += f", {len(best) - 1} more {'file does' if len(best) == 2 else 'files do'} too"
    return notice("values-elsewhere", message, folder, f"name the one that holds: --var-file {best[0]}")


def _variables(number: int) -> str:
    return "1 variable has" if number == 1 else f"{number} variables have"


def _share(number: int, of: int) -> str:
    return ("it" if of == 1 else "all of them") if number == of else f"{number} of them"


def _files(folder: str) -> Iterator[str]:
    """The files of values below `folder`, sorted within each; not those that Terraform reads by itself."""
    pending, seen = [(folder, 0)], 0
    while pending:
        here, depth = pending.pop(0)
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        if depth and any(entry.name.endswith(SOURCE_SUFFIXES) for entry in entries):
            continue
        for entry in entries:
            seen += 1
            if seen > _MOST:
                return
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEPTH and not entry.name.startswith("."):
                    pending.append((entry.path, depth + 1))
            elif entry.name.endswith(VARIABLE_SUFFIXES):
                yield entry.path
