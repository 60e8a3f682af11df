"""Files the user adds: text, or one line why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finops_lint.catalog.given import read_given
from finops_lint.model.errors import FinopsLintError


def complaint(file: Path) -> str:
    with pytest.raises(FinopsLintError) as raised:
        read_given(file, FinopsLintError, most=1 << 20)
    return str(raised.value).removeprefix(file.as_posix())


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_given(tmp_path / "a.yaml", FinopsLintError) == "a: 1\n"


def test_a_pipe_and_a_device_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert complaint(tmp_path / "pipe") == ":1:1: not a regular file, so it is not read"
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert complaint(tmp_path / "zero") == ":1:1: not a regular file, so it is not read"


def test_each_reason_is_told_in_one_line(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none") == ": no such file"
    assert complaint(tmp_path) == ":1:1: a folder, where a file is expected"
    (tmp_path / "large").write_bytes(b"x" * ((1 << 20) + 1))
    assert complaint(tmp_path / "large") == ":1:1: larger than 1 MiB, so it is not read"
    (tmp_path / "latin").write_bytes("a: 1\nb: caf\u00e9\n".encode("latin-1"))
    assert complaint(tmp_path / "latin") == ":2:7: cannot be read: not UTF-8 text (save it as UTF-8)"
