"""Whole projects against Terraform: `sources/NAME.json` holds what `terraform plan` made of `sources/NAME`.

`pytest --update-golden` with terraform on the path writes them anew; an unknown is `{"?": "unknown"}`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.project import Project
from finops_lint.model.values import Partial, Unknown
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.source import read_source
from finops_lint.readers.terraform.variables import TerraformOptions

SOURCES = Path(__file__).parent / "sources"
CASES = sorted(p.name for p in SOURCES.iterdir() if p.is_dir())
_COMPARED = ("input", "triggers_replace")
UNKNOWN = {"?": "unknown"}
ENVIRONMENT = {"TF_VAR_from_env": "env", "TF_VAR_env_list": '["p","q"]', "TF_VAR_undeclared": "x"}
INPUTS = {"everything": (("file", "cli.tfvars"), ("value", "from_cli=cli"))}


def ours(case: str) -> Project:
    folder = SOURCES / case
    inputs = tuple((kind, str(folder / v) if kind == "file" else v) for kind, v in INPUTS.get(case, ()))
    options = TerraformOptions(inputs=inputs, environment=ENVIRONMENT)
    return read_source(ProjectPath("terraform", str(folder), case, str(folder)), options)


def shown(value: Any) -> Any:
    """Our value as the recordings write it."""
    if isinstance(value, Unknown | Partial):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def canonical(value: Any, unknown: Any) -> Any:
    """Terraform's value with its unknowns written in, nulls and empty collections left out, as our shape has it."""
    if unknown is True:
        return UNKNOWN
    if isinstance(value, dict) or isinstance(unknown, dict):
        marks = unknown if isinstance(unknown, dict) else {}
        have = value or {}
        entries = {key: canonical(have.get(key), marks.get(key)) for key in sorted({*have, *marks})}
        return {key: item for key, item in entries.items() if item not in (None, [], {})}
    if isinstance(value, list):
        marks_of = unknown if isinstance(unknown, list) else [None] * len(value)
        items = [canonical(item, mark) for item, mark in zip(value, marks_of, strict=False)]
        return [item for item in items if item is not None]
    return value


def terraforms(case: str, folder: Path) -> dict[str, Any]:
    """Address → the planned arguments of every resource, from terraform itself."""
    environment = {**os.environ, **ENVIRONMENT, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def run(*args: str) -> str:
        done = subprocess.run(["terraform", *args], cwd=folder, env=environment, capture_output=True, check=True)
        return done.stdout.decode()

    run("init", "-input=false")
    flags = [f"-var-file={v}" if kind == "file" else f"-var={v}" for kind, v in INPUTS.get(case, ())]
    run("plan", "-input=false", "-out=plan.bin", *flags)
    plan = json.loads(run("show", "-json", "plan.bin"))
    changes = (c for c in plan["resource_changes"] if c["mode"] == "managed")
    return {
        change["address"]: {
            name: canonical(change["change"]["after"].get(name), change["change"]["after_unknown"].get(name))
            for name in _COMPARED
        }
        for change in changes
    }


@pytest.mark.parametrize("case", CASES)
def test_every_argument_is_what_terraform_plans(case: str) -> None:
    recorded = json.loads((SOURCES / f"{case}.json").read_text("utf-8"))
    project = ours(case)
    assert not project.problems
    found = {r.address: {name: shown(r.values.get(name)) for name in _COMPARED} for r in project.resources}
    assert found == {
        address: {name: None if value in ([], {}) else value for name, value in values.items()}
        for address, values in recorded.items()
    }


@pytest.mark.system
@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
@pytest.mark.parametrize("case", CASES)
def test_the_recordings_are_terraforms_own(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = tmp_path / case
    shutil.copytree(SOURCES / case, folder)
    planned = terraforms(case, folder)
    file = SOURCES / f"{case}.json"
    if request.config.getoption("--update-golden"):
        file.write_text(json.dumps(planned, indent=1, sort_keys=True) + "\n", "utf-8")
    assert planned == json.loads(file.read_text("utf-8"))
