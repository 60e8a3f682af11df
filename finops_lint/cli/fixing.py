"""`check --fix` and `--diff`: writes what can be mended, or shows it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from finops_lint.fixes.remedies import FixedFile, Fixes, Left
    from finops_lint.request import Request

MOST_ROUNDS = 5
"""One remedy may uncover another; more rounds than this are a quarrel between two rules."""


def fix(request: Request, given: Mapping[str, Any]) -> None:
    """Mend the files of `request`, and say on standard error what was mended and what was left."""
    from finops_lint.fixes.remedies import fixes_of

    unsafe = given["unsafe_fixes"]
    mended, files = 0, set[str]()
    found: Fixes | None = None
    for _ in range(MOST_ROUNDS):
        found = fixes_of(request, unsafe=unsafe)
        if not found.files:
            break
        for file in found.files:
            _write(file)
        mended += len(found.mended)
        files |= {file.file for file in found.files}
    _say(f"mended {_counted(mended, 'finding')} in {_counted(len(files), 'file')}" if mended else "nothing to mend")
    for left in _told(found.left if found else ()):
        _say(left)


def show(request: Request, given: Mapping[str, Any]) -> bool:
    """Print what `--fix` would change as a diff; whether there is anything."""
    from difflib import unified_diff

    from finops_lint.fixes.remedies import fixes_of

    found = fixes_of(request, unsafe=given["unsafe_fixes"])
    for file in found.files:
        before, after = (
            text.decode("utf-8", "replace").splitlines(keepends=True) for text in (file.before, file.after)
        )
        for line in unified_diff(before, after, f"a/{file.file}", f"b/{file.file}"):
            click.echo(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", nl=False)
    for left in _told(found.left):
        _say(left)
    return bool(found.files)


def _write(file: FixedFile) -> None:
    """Put the new text in the place of the old one, whole or not at all."""
    place = Path(os.path.realpath(file.file))
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(file.after)
        Path(name).chmod(place.stat().st_mode & 0o7777)
        Path(name).replace(place)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _told(left: Sequence[Left]) -> list[str]:
    """One line for each reason, with the findings it holds for."""
    by_reason: dict[str, list[str]] = {}
    for entry in left:
        by_reason.setdefault(entry.reason, []).append(f"{entry.finding.rule} ({entry.finding.span})")
    lines = []
    for reason, findings in by_reason.items():
        more = f" and {len(findings) - 3} more" if len(findings) > 3 else ""
        lines.append(f"not mended: {', '.join(findings[:3])}{more}: {reason}")
    return lines


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _say(line: str) -> None:
    click.echo(f"finops-lint: {line}", err=True)
