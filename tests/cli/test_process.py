"""The whole process: pipes that close, disks that are full, Ctrl-C, odd encodings, a plan on standard input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finops_lint import __version__
from finops_lint.workers import CAN_FORK

MAIN = [sys.executable, "-c", "from finops_lint.cli.main import main; main()"]
DISK = 'resource "aws_ebs_volume" "d{n}" {{\n  availability_zone = "us-east-1a"\n  type = "gp2"\n  size = 10\n}}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text("".join(DISK.format(n=n) for n in range(400)), "utf-8")
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "FINOPS_LINT_DEBUG"}} | more


def lint(*arguments: str, cwd: Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MAIN, *arguments], cwd=cwd, input=stdin, capture_output=True, env=environment(**env), check=False, timeout=60
    )


def test_the_version_is_told_and_nothing_else(tmp_path: Path) -> None:
    done = lint("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"finops-lint {__version__}\n".encode())


def test_a_reader_who_leaves_early_gets_no_complaint(folder: Path) -> None:
    process = subprocess.Popen(
        [*MAIN, "check", "."], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    complaint = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 1
    assert complaint.splitlines() == ["finops-lint: 800 findings at or above warning (exit 1)"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_ends_with_2(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*MAIN, "check", "."], cwd=folder, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not CAN_FORK, reason="there is one process only here")
def test_ctrl_c_ends_every_process_in_one_line(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"p{number}").mkdir()
        text = "".join(DISK.format(n=n) for n in range(300))
        (tmp_path / f"p{number}" / "main.tf").write_text(text, "utf-8")
    # Where the tests run in the background Ctrl-C is ignored, and what they start would ignore it too.
    heeding = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {MAIN[-1]}"
    process = subprocess.Popen(
        [*MAIN[:-1], heeding, "check", ".", "--jobs", "2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not children.read_text():
        time.sleep(0.01)  # until the work is shared out
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complaint.decode().strip() == "finops-lint: interrupted"


def test_a_terminal_without_unicode_gets_plain_signs_and_escapes_instead_of_a_crash(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(DISK.format(n="\u03c0"), "utf-8")
    usual = lint("cost", ".", cwd=tmp_path).stdout.decode().replace("\u2514\u2500", "`-")
    done = lint("cost", ".", cwd=tmp_path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert b"`- Storage" in done.stdout  # the corner of the tree
    assert done.stdout.decode("latin-1").replace("\\u03c0", "\u03c0") == usual


def test_a_file_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"od\xffd")
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("this file system takes only text for names")
    (odd / "main.tf").write_text(DISK.format(n=1), "utf-8")
    for name in ("terminal", "json", "infracost-json", "markdown", "sarif"):
        done = lint("check", ".", "--format", name, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert b"Traceback" not in done.stderr
        if name not in ("terminal", "markdown"):
            json.loads(done.stdout)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", b"the file is empty"),
        (b"\x00\x01\x02", b"-: "),
        (b"not json at all", b"no JSON object"),
        (b'{"format_version": "1.2", "terraform_version"', b"truncated"),
        (b"[" * 200_000, b"-: "),
    ],
)
def test_standard_input_that_is_no_plan_ends_with_2(tmp_path: Path, text: bytes, said: bytes) -> None:
    done = lint("check", "-", cwd=tmp_path, stdin=text)
    assert done.returncode == 2
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_last_line_of_standard_error_says_why(folder: Path) -> None:
    (folder / "broken.tf").write_text('resource "x" {\n', "utf-8")
    done = lint("check", ".", "--format", "json", cwd=folder)
    assert done.returncode == 2
    assert json.loads(done.stdout)["projects"][0]["complete"] is False
    assert done.stderr.decode().splitlines()[-1].startswith("finops-lint: error: broken.tf:")
