"""The README shows what the program prints: each console block is run, and `--update-golden` rewrites them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from finops_lint.model.settings import Settings
from finops_lint.settings import load_settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n\$ finops-lint (?P<arguments>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)


def printed(arguments: str) -> str:
    """What the command prints on a pipe, 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    argv = [sys.executable, "-c", "from finops_lint.cli.main import main; main()", *shlex.split(arguments)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    lines = (line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    return "\n".join(lines).strip("\n") + "\n"


@pytest.mark.parametrize("arguments", [m["arguments"] for m in BLOCK.finditer(README.read_text("utf-8"))])
def test_the_readme_shows_real_output(arguments: str, request: pytest.FixtureRequest) -> None:
    text = README.read_text("utf-8")
    block = next(m for m in BLOCK.finditer(text) if m["arguments"] == arguments)
    output = printed(arguments)
    if request.config.getoption("--update-golden"):
        start, end = block.span("output")
        README.write_text(text[:start] + output + text[end:], "utf-8")
    assert BLOCK.findall(README.read_text("utf-8"))
    shown = next(m["output"] for m in BLOCK.finditer(README.read_text("utf-8")) if m["arguments"] == arguments)
    assert shown == output


@pytest.mark.parametrize("title", ["What it may cost, and what one unit costs", "What you pay"])
def test_the_settings_in_the_readme_hold(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README.read_text("utf-8").partition(f"### {title}\n")[2]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "finops-lint.yaml").write_text(section.partition("```yaml\n")[2].partition("```")[0], "utf-8")
    assert load_settings(".") != Settings(file="finops-lint.yaml")
