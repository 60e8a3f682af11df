"""Input made to break us: one clear line for each, in bounded time, and nothing else lost."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from finops_lint.cli.main import run

GOOD = 'resource "aws_ebs_volume" "good" {\n  type = "gp3"\n  size = 100\n}\n'
"""100 GB of gp3 at $0.08 a GB: $8.00 a month."""
SECRET = "hunter2-xyzzy"


class Ended:
    """What a run printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> list[str]:
        """Problems in one line each, the continuation lines joined."""
        joined = self.out.replace("\n        ", "")
        return [line for line in joined.splitlines() if line.startswith(("error", "notice"))]

    @property
    def problem(self) -> str:
        """The only problem."""
        [line] = self.lines
        return " ".join(line.split())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("FINOPS_LINT_DEBUG", raising=False)
    (tmp_path / ".git").mkdir()
    yield tmp_path
    for locked in tmp_path.rglob("locked"):
        locked.chmod(0o700)


Lint: TypeAlias = Callable[..., Ended]


@pytest.fixture
def lint(folder: Path, capsys: pytest.CaptureFixture[str]) -> Lint:
    def call(*arguments: str) -> Ended:
        start = time.monotonic()
        code = run(arguments)
        out, err = capsys.readouterr()
        assert time.monotonic() - start < 20, "a bound of 5 seconds, and room for a machine that is busy"
        assert "Traceback" not in out + err
        assert "bug of finops-lint" not in out + err
        assert "\x1b" not in out + err
        return Ended(code, out, err)

    return call


def write(files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())


def locals_of(count: int, first: str, other: str) -> str:
    """`count` locals, each made of the one before."""
    rest = "".join(f"  a{n} = {other.replace('@', f'local.a{n - 1}')}\n" for n in range(1, count))
    return f"locals {{\n  a0 = {first}\n{rest}}}\n"


# Files that are none


def test_pipes_devices_and_folders_are_told_and_not_waited_for(lint: Lint, folder: Path) -> None:
    write({"good.tf": GOOD, "folder.tf/x": ""})
    for name in ("pipe.tf", "pipe.auto.tfvars", "finops-lint.yaml", "pyproject.toml"):
        os.mkfifo(name)
    (folder / "zero.tf").symlink_to("/dev/zero")
    ended = lint("cost", ".")
    assert ended.code == 0
    assert [line.split()[1].rstrip(":") for line in ended.lines] == [
        "pipe.auto.tfvars", "folder.tf", "pipe.tf", "zero.tf"
    ]  # fmt: skip
    assert "$8.00" in ended.out


@pytest.mark.parametrize("option", ["--config", "--usage-file", "--var-file"])
@pytest.mark.parametrize("file", ["pipe", "/dev/zero"])
def test_an_option_that_names_no_regular_file_is_refused(lint: Lint, folder: Path, option: str, file: str) -> None:
    write({"good.tf": GOOD})
    os.mkfifo("pipe")
    ended = lint("cost", option, file, ".")
    assert ended.code == 2
    assert f"{file}:" in ended.err
    assert "not a regular file" in ended.err


def test_a_pipe_in_the_place_of_a_plan_gets_advice(lint: Lint, folder: Path) -> None:
    os.mkfifo("plan.json")
    ended = lint("check", "plan.json")
    assert ended.code == 2
    assert ended.problem == "error plan.json: a pipe, not a file (give - and pipe into standard input)"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is locked for root")
def test_a_named_path_that_may_not_be_read_is_no_success(lint: Lint, folder: Path) -> None:
    write({"a.tf": GOOD, "locked/a.tf": GOOD})
    Path("a.tf").chmod(0)
    Path("locked").chmod(0)
    for path in ("a.tf", "locked"):
        ended = lint("check", path)
        assert ended.code == 2
        assert "Permission denied" in ended.err


# Values without end


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (locals_of(60, '"xxxxxxxxxx"', '"${@}${@}"'), "a19: the text is too long to evaluate"),
        (locals_of(60, '["x"]', "[@, @]"), "a19: the value is too large to evaluate"),
        (locals_of(1_000, "[var.x]", "[@]") + 'variable "x" {}\n', "a149: the value is nested too deeply to evaluate"),
        ("locals {\n  a0 = [for i in range(1024) : [for j in range(1024) : i * j]]\n}\n", "a0: the loops run too long"),
    ],
    ids=["text that doubles", "lists that double", "lists in lists", "loops in loops"],
)
def test_a_value_that_grows_without_end_is_unknown_and_told(lint: Lint, text: str, complaint: str) -> None:
    write({"bad.tf": text, "good.tf": GOOD})
    ended = lint("cost", ".")
    assert ended.code == 0
    assert complaint in " ".join(ended.out.split())
    assert "$8.00" in ended.out


# Secrets


def assert_hidden(lint: Lint, *arguments: str) -> None:
    """The secret is in no command's output, whatever the format."""
    for form in ("terminal", "json", "infracost-json", "markdown", "sarif"):
        for command in (("check", "--show-undecided"), ("cost",)):
            ended = lint(*command, "--format", form, *arguments)
            assert SECRET not in ended.out + ended.err, (form, command)
            assert form != "sarif" or json.loads(ended.out)["version"] == "2.1.0"


def test_a_sensitive_value_makes_no_address(lint: Lint) -> None:
    variable = f'variable "key" {{\n  sensitive = true\n  default = "{SECRET}"\n}}\n'
    block = 'resource "aws_ebs_volume" "v" {\n  for_each = toset([var.key])\n  size = 100\n}\n'
    write({"main.tf": variable + block})
    ended = lint("check", ".")
    assert ended.code == 2
    assert "main.tf:6:3: for_each: for_each takes no sensitive value" in ended.err
    assert_hidden(lint, ".")
