"""Opens what the user adds (settings, rules, sheets, prices, usage): the text of a regular file, or why it cannot."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from pathlib import Path
from stat import S_ISREG

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.span import Span

MOST_BYTES = 1 << 20
"""More than anybody writes by hand."""
_PIECE = 1 << 20
"""Bytes read at a time of a file that is growing."""


def read_given(file: Path, fault: type[FinopsLintError], *, most: int = MOST_BYTES) -> str:
    """The text of `file`, without a byte order mark.

    Raises:
        FinopsLintError: As `fault`: it is not there, no regular file (a pipe would never end), too large or not UTF-8.
    """
    try:
        status = file.stat()
        if not S_ISREG(status.st_mode):
            raise fault(_kind_of(file), Span(file.as_posix(), 1))
        if status.st_size > most:
            raise fault(f"larger than {most >> 20} MiB, so it is not read", Span(file.as_posix(), 1))
        text = content_of(file, status.st_size).removeprefix(BOM_UTF8).decode()
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    except FileNotFoundError:
        raise fault(f"{file.as_posix()}: no such file") from None
    except OSError as error:
        raise fault(f"cannot be read: {error.strerror or 'not accessible'}", Span(file.as_posix(), 1)) from None
    except UnicodeDecodeError as error:
        raise fault("cannot be read: not UTF-8 text (save it as UTF-8)", _place_of(file, error)) from None


def content_of(file: str | Path, size: int) -> bytes:
    """All of a file that is thought to have so many bytes; a stream would ask for its size and kind three times more.

    Raises:
        OSError: It cannot be read.
    """
    opened = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # which Windows has, to leave line ends alone
    try:
        data = os.read(opened, size + 1)
        if len(data) != size:
            while piece := os.read(opened, _PIECE):
                data += piece
        return data
    finally:
        os.close(opened)


def _kind_of(file: Path) -> str:
    return "a folder, where a file is expected" if file.is_dir() else "not a regular file, so it is not read"


def _place_of(file: Path, error: UnicodeDecodeError) -> Span:
    """Line and column of the first byte that is wrong."""
    before: bytes = error.object[: error.start]
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return Span(file.as_posix(), before.count(b"\n") + 1, column)
