"""A report to standard output and files, in the formats asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from finops_lint.cli.options import Output
from finops_lint.cli.quoting import Quoter
from finops_lint.cli.verdict import UNTRUSTED, Verdict
from finops_lint.model.records import replace
from finops_lint.reports import RenderOptions, render

if TYPE_CHECKING:
    from finops_lint.model.report import Diff, Report

WIDEST = 110
"""Money at the right edge of a very wide screen is too far from its line to be read together."""

_PLAIN = {"≈": "~", "→": ">", "×": "x", "–": "-", "…": ".", "│": "|", "├": "|", "└": "`", "─": "-"}
"""Signs of ours that not every terminal has → what stands in for them."""


def print_report(
    report: Report | Diff,
    outputs: Sequence[Output],
    given: Mapping[str, Any],
    *,
    view: Literal["check", "cost"] = "check",
) -> None:
    """Write every output: files first, so that a reader who closes standard output early loses none.

    Raises:
        OSError: a file cannot be written.
    """
    _hold(report)
    to_screen = screen_options(given, view=view, show_undecided=given.get("show_undecided", False))
    for output in sorted(outputs, key=lambda o: not o.file):
        options = to_screen if not output.file else replace(to_screen, colour=False, width=100)
        text = render(output.format, report, options)
        if output.file:
            write_file(output.file, text)
        else:
            write_out(text, colour=options.colour)


def _hold(report: Report | Diff) -> None:
    """Keep it until the process ends: to take a large one apart, object by object, is work for nobody."""
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(context.obj, list):
        context.obj.append(report)


def screen_options(
    given: Mapping[str, Any], *, view: Literal["check", "cost"] = "check", show_undecided: bool = False
) -> RenderOptions:
    """How to print on standard output as it is: width, colour, quoted source."""
    return RenderOptions(
        view=view,
        width=_width(),
        colour=_wants_colour(no_color=given["no_color"]),
        quote=Quoter(),
        show_undecided=show_undecided,
        quiet=given["quiet"],
        generated=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def write_out(text: str, *, colour: bool = False) -> None:
    """`text` on standard output; what its encoding lacks is written as an escape. A closed pipe is no fault."""
    if sys.stdout is None:
        return  # closed by whoever called us
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    try:
        click.echo(_in_its_signs(text, sys.stdout.encoding), nl=False, color=colour)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has what it wanted; nothing more may be written there, not even by the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def _in_its_signs(text: str, encoding: str | None) -> str:
    """`text` with plain signs, as wide, for those of ours that `encoding` lacks: an old code page has no tree."""
    if encoding is None or encoding.lower().replace("-", "") == "utf8":
        return text
    return text.translate({ord(sign): plain for sign, plain in _PLAIN.items() if not _has(encoding, sign)})


def _has(encoding: str, sign: str) -> bool:
    try:
        sign.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write_file(file: str, text: str) -> None:
    """`text` as the whole content of `file`; its folder is made if it is missing."""
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def say(verdict: Verdict) -> int:
    """Print why the run failed as the last line of standard error; the exit code."""
    if verdict.reason:
        name = "finops-lint: error: " if verdict.code == UNTRUSTED else "finops-lint: "
        # Where nobody is listening the exit code still tells.
        with contextlib.suppress(OSError):
            click.echo(f"{name}{one_line(verdict.reason)} (exit {verdict.code})", err=True)
    return verdict.code


def one_line(text: str) -> str:
    """`text` with nothing in it that could steer a terminal."""
    from finops_lint.reports.lines import clean

    return clean(text)


def _width() -> int:
    """As `shutil.get_terminal_size` tells it, without the archives that are imported with that."""
    columns = 0
    with contextlib.suppress(ValueError):
        columns = int(os.environ.get("COLUMNS", ""))
    if columns <= 0:
        with contextlib.suppress(AttributeError, ValueError, OSError):  # no terminal, or closed by whoever called us
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]  # likewise
    return max(40, min(WIDEST, columns or 80))


def _wants_colour(*, no_color: bool) -> bool:
    plain = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    looked_at = sys.stdout is not None and sys.stdout.isatty()
    return not plain and (looked_at or bool(os.environ.get("FORCE_COLOR")))
