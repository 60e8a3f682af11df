"""Input made to break us: one clear line for each, in bounded time, and nothing else lost."""

from __future__ import annotations

import json
import os
import re
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
        joined = self.out.replace("\n        ", " ")
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


def test_a_misspelled_block_is_no_success(lint: Lint) -> None:
    write({"main.tf": GOOD + 'resourc "aws_ebs_volume" "lost" {\n}\nwidget "of" "later" {\n}\n'})
    ended = lint("cost", ".")
    assert ended.code == 2
    assert [" ".join(line.split()) for line in ended.lines] == [
        "error main.tf:5:1: there is no top-level block called 'resourc'; it is left out; did you mean resource?",
        "notice main.tf:7:1: there is no top-level block called 'widget'; it is left out",
    ]
    assert "$8.00" in ended.out


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


def test_a_secret_stays_hidden_through_templates_volumes_and_default_tags(lint: Lint) -> None:
    write(
        {
            "main.tf": f"""
variable "key" {{
  sensitive = true
  default   = "{SECRET}"
}}
provider "aws" {{
  region = "us-east-1"
  default_tags {{
    tags = {{ all = var.key }}
  }}
}}
resource "aws_launch_template" "t" {{
  instance_type = var.key
}}
resource "aws_instance" "i" {{
  launch_template {{
    id = aws_launch_template.t.id
  }}
  root_block_device {{
    volume_type = var.key
    volume_size = 10
  }}
  tags = {{ "finops:environment" = var.key, Team = var.key }}
}}
resource "aws_db_instance" "d" {{
  engine         = var.key
  instance_class = var.key
  password       = "{SECRET}"
}}
locals {{
  wrong = [var.key + 1, {{ a = 1 }}[var.key], tonumber(var.key), regex("^x$", var.key), jsondecode(var.key)]
}}
"""
        }
    )
    assert_hidden(lint, ".", "--var", f"key={SECRET}")
    for address in ("aws_instance.i", "aws_db_instance.d"):
        page = lint("explain", address, ".")
        assert "(sensitive)" in page.out
        assert SECRET not in page.out + page.err


def test_a_secret_given_in_a_wrong_place_is_not_repeated(lint: Lint) -> None:
    write({"main.tf": 'variable "n" {\n  type = number\n}\n', "x.tfvars": f'n = "{SECRET}\n'})
    for arguments in (
        ["--var", SECRET],
        ["--var", f"n={SECRET}"],
        ["--var", f"m={SECRET}"],
        ["--var-file", "x.tfvars"],
    ):
        ended = lint("check", *arguments, ".")
        assert ended.lines
        assert SECRET not in ended.out + ended.err


def test_what_a_plan_marks_stays_hidden(lint: Lint) -> None:
    after = {
        "instance_type": SECRET,
        "user_data": SECRET,
        "tags": {"Team": SECRET},
        "tags_all": {"Team": SECRET, "x": SECRET},
    }
    marks = {"instance_type": True, "user_data": True, "tags": {"Team": True}, "tags_all": {"Team": True, "x": True}}
    changes = [
        {
            "address": f"aws_instance.{name}",
            "type": "aws_instance",
            "name": name,
            "change": {
                "actions": ["update"],
                "before": after,
                "after": after,
                "before_sensitive": m,
                "after_sensitive": m,
            },
        }
        for name, m in (("a", marks), ("b", True))
    ]
    plan = {"format_version": "1.2", "variables": {"x": {"value": SECRET}}, "resource_changes": changes}
    write({"plan.json": json.dumps(plan)})
    assert_hidden(lint, "plan.json")
    assert SECRET not in lint("diff", "plan.json", "--format", "json").out


# Texts that are more than text


FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
NASTY = "\x1b[31m\x1b]0;t\x07\x9b1m\u202e`|<img src=x onerror=1>[a](javascript:1)\n# H"


def test_no_name_steers_a_terminal_or_breaks_out_of_markdown(lint: Lint) -> None:
    name = json.dumps(NASTY)
    block = f'resource "aws_instance" "a" {{\n  for_each = toset([{name}])\n  instance_type = {name}\n'
    write(
        {
            "main.tf": f"{block}  tags = {{ {name} = {name}, finops_team = {name} }}\n}}\n",
            "a\x1b[31m`|<b>.tf": f"resource {{\nlocals {{\n  a = nosuch({name})\n}}\n",
            "b\nc/m.tf": GOOD,
        }
    )
    for command in (("check", "--show-undecided"), ("cost",), ("diff", "b\nc")):
        for form in ("terminal", "json", "infracost-json", "markdown", "sarif"):
            ended = lint(*command, "--format", form, ".")
            assert not {c for c in ended.out + ended.err if c in "\x07\x1b\x9b\u202e"}, (command, form)
            if form.endswith("json"):
                assert json.loads(ended.out)
            if form == "markdown":
                assert "\n# H" not in ended.out
                outside_code = CODE.sub("", FENCED.sub("", ended.out))
                assert "<img" not in outside_code
                assert "<b>" not in outside_code


# The ends of the world outside


def test_a_closed_standard_output_is_no_fault(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"good.tf": GOOD})
    monkeypatch.setattr("sys.stdout", None)
    assert lint("cost", ".").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told(lint: Lint) -> None:
    write({"good.tf": GOOD})
    ended = lint("cost", ".", "--format", "json=/dev/full")
    assert (ended.code, ended.err) == (2, "finops-lint: error: No space left on device (exit 2)\n")


def test_a_working_folder_that_is_gone_is_told(lint: Lint, folder: Path) -> None:
    gone = folder / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    ended = lint("check", ".")
    assert ended.code == 2
    assert ended.err == "finops-lint: error: the working folder is gone: No such file or directory (exit 2)\n"


def test_a_format_that_is_none_is_guessed_at(lint: Lint) -> None:
    ended = lint("check", "--format", "jsn", ".")
    assert ended.code == 2
    assert "--format jsn: no such format; did you mean json?" in ended.err


def test_a_rule_that_is_none_is_guessed_at(lint: Lint) -> None:
    write({"good.tf": GOOD})
    ended = lint("check", "--select", "ebs-*,requird-tags", ".")
    assert ended.code == 2
    assert "no rule is called requird-tags; did you mean required-tags?" in ended.err


def test_figures_nobody_could_pay_for_are_unpriced(lint: Lint) -> None:
    sizes = ("9e300", "9" * 150, "-1", '"many"')
    blocks = (f'resource "aws_ebs_volume" "v{n}" {{\n  size = {size}\n}}\n' for n, size in enumerate(sizes))
    write({"main.tf": GOOD + "".join(blocks)})
    ended = lint("cost", ".")
    assert ended.code == 0
    assert "$8.00" in ended.out
    assert "4 unpriced" in ended.out
