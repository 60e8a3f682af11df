"""The files for other people's pipelines: well-formed, and every command in them exists with its options."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from finops_lint.cli.main import COMMANDS, LazyGroup
from finops_lint.reports import FORMATS
from tests.forges.stand_in import TOKEN, StandIn, served

ROOT = Path(__file__).parent.parent
YAML_FILES = ("action.yml", ".pre-commit-hooks.yaml", *(f"ci/{p.name}" for p in sorted((ROOT / "ci").glob("*.y*ml"))))
FILES = (*YAML_FILES, "ci/action.sh")


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def commands(name: str) -> Iterator[list[str]]:
    """Every call of finops-lint in a file, as words; a line that goes on is one line."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        found = re.match(r"(?:[\s-]*(?:run|script|entry): |\s*-? *)(finops-lint [a-z].*)", line)
        if found:
            yield shlex.split(re.split(r" \|\| | && ", found[1])[0])[1:]


@pytest.mark.parametrize("name", YAML_FILES)
def test_each_template_can_be_read(name: str) -> None:
    assert loaded(name)


@pytest.mark.parametrize("name", FILES)
def test_every_command_exists_with_its_options(name: str) -> None:
    found = list(commands(name))
    assert found or name == "action.yml"
    for command, *words in found:
        assert command in COMMANDS
        known = LazyGroup().get_command(click.Context(LazyGroup()), command)
        assert known is not None
        options = {option for parameter in known.params for option in parameter.opts}
        given = [word.partition("=")[0] for word in words if word.startswith("--") and word != "--"]
        assert set(given) <= options
        formats = [after for word, after in itertools.pairwise(words) if word == "--format"]
        assert {text.partition("=")[0] for text in formats} <= set(FORMATS)


def test_the_action_names_each_input_once_and_interpolates_none_in_a_script() -> None:
    action = loaded("action.yml")
    steps = action["runs"]["steps"]
    assert set(action["inputs"]) >= {"path", "base", "fail-on", "comment", "sarif-file"}
    assert set(action["outputs"]) == {"total-monthly-cost", "diff-monthly-cost", "findings"}
    assert all("${{" not in step["run"] for step in steps)
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps([step.get("env", {}) for step in steps])))
    assert used == set(action["inputs"])


def test_the_container_is_not_root_and_pinned() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert {name for name, _ in steps} <= {"FROM", "RUN", "COPY", "USER", "WORKDIR", "ENTRYPOINT"}
    assert dict(steps)["USER"] == "10001"
    assert any("--constraint /source/constraints.txt" in rest for _, rest in steps)
    # What the image is built from is in the context.
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert all((ROOT / line[1:]).exists() for line in kept if line.startswith("!"))


def machine(folder: Path) -> dict[str, str]:
    """The environment of a runner where finops-lint is installed, and pip has nothing left to do."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    for name, text in (("finops-lint", f'exec "{sys.executable}" -m finops_lint "$@"'), ("pip", "exit 0")):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        (tools / name).chmod(0o755)
    of_ours = ("GITHUB_", "INPUT_", "CI_", "GITLAB_", "BITBUCKET_", "SYSTEM_", "BUILD_", "GIT_")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(of_ours)},
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def run_action(
    folder: Path, environment: dict[str, str] | None = None, **given: str
) -> tuple[int, str, dict[str, str]]:
    """Exit code, log and outputs of the action's script."""
    inputs = {"PATH": ".", "BASE": "", "FAIL_ON": "warning", "COMMENT": "false", "SARIF_FILE": ""} | given
    environment = {
        **machine(folder),
        **{f"INPUT_{key}": value for key, value in inputs.items()},
        **(environment or {}),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    done = subprocess.run(
        ["sh", str(ROOT / "ci" / "action.sh")],
        cwd=folder / ("clone" if (folder / "clone").exists() else "stack"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    written = (folder / "output").read_text("utf-8") if (folder / "output").exists() else ""
    return done.returncode, done.stdout + done.stderr, dict(line.split("=", 1) for line in written.splitlines())


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A gp2 volume of 2,000 GB in us-east-1."""
    folder = tmp_path / "stack"
    folder.mkdir()
    text = """
        provider "aws" { region = "us-east-1" }
        resource "aws_ebs_volume" "scratch" {
          availability_zone = "us-east-1a"
          type              = "gp2"
          size              = 2000
        }
    """
    (folder / "main.tf").write_text(text, "utf-8")
    return tmp_path


def test_the_action_annotates_and_writes_outputs_and_sarif(stack: Path) -> None:
    code, log, outputs = run_action(stack, SARIF_FILE="out.sarif")
    assert code == 1
    assert "::warning file=main.tf,line=" in log
    # 2,000 GB at $0.10
    assert float(outputs["total-monthly-cost"]) == 200
    assert int(outputs["findings"]) >= 1
    assert "diff-monthly-cost" not in outputs
    assert json.loads((stack / "stack" / "out.sarif").read_text("utf-8"))["runs"]


def test_the_action_compares_with_a_base(stack: Path) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "base"]):
        subprocess.run(
            ["git", *arguments], cwd=stack / "stack", check=True, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
        )
    file = stack / "stack" / "main.tf"
    file.write_text(file.read_text("utf-8").replace("2000", "3000"), "utf-8")
    code, log, outputs = run_action(stack, BASE="HEAD")
    assert code == 0, log
    assert float(outputs["diff-monthly-cost"]) == 100
    assert float(outputs["total-monthly-cost"]) == 300
    assert outputs["findings"] == "0"


def test_a_hostile_input_is_no_command(stack: Path) -> None:
    code, _, _ = run_action(stack, PATH="$(touch pwned)", BASE="`touch pwned`")
    assert code == 2
    assert not list(stack.rglob("pwned"))


# Whole pipelines, as they are written


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    environment = {**machine(folder.parent), "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, env=environment, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def change(stack: Path) -> Path:
    """A clone whose branch makes the volume of 2,000 GB, $0.10 each, one of 3,000 GB."""
    origin, clone = stack / "stack", stack / "clone"
    git(origin, "init", "-q", "--initial-branch=main")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "base")
    git(stack, "clone", "-q", str(origin), "clone")
    git(clone, "checkout", "-qb", "more")
    text = (clone / "main.tf").read_text("utf-8")
    (clone / "main.tf").write_text(text.replace("2000", "3000"), "utf-8")
    git(clone, "commit", "-qam", "more")
    return clone


def scripts_of(kind: str) -> str:
    """What a pipeline for a pull request runs, in the order of its file."""
    match kind:
        case "gitlab":
            job = loaded("ci/gitlab.yml")["finops-lint"]
            lines = [*job["before_script"], *job["script"]]
        case "bitbucket":
            [step] = loaded("ci/bitbucket-pipelines.yml")["pipelines"]["pull-requests"]["**"]
            lines = step["step"]["script"]
        case _:
            lines = [step["script"] for step in loaded("ci/azure-pipelines.yml")["steps"] if "script" in step]
    return "\n".join(lines)


def variables_of(stand_in: StandIn, clone: Path) -> dict[str, str]:
    """The variables each CI documents, as far as they matter here."""
    base = git(clone, "rev-parse", "origin/main")
    return {
        "gitlab": {
            "FINOPS_LINT": "finops-lint",
            "CI_API_V4_URL": stand_in.api,
            "CI_PROJECT_ID": "acme/infra",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        },
        "bitbucket": {
            "BITBUCKET_API_URL": stand_in.api,
            "BITBUCKET_REPO_FULL_NAME": "acme/infra",
            "BITBUCKET_PR_ID": "7",
            "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        },
        "azure": {
            "FINOPS_LINT": "finops-lint",
            "SYSTEM_COLLECTIONURI": stand_in.api,
            "SYSTEM_TEAMPROJECT": "acme",
            "BUILD_REPOSITORY_ID": "infra",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
            "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        },
    }[stand_in.forge]


TOKENS = {"gitlab": "GITLAB_TOKEN", "bitbucket": "BITBUCKET_TOKEN", "azure": "SYSTEM_ACCESSTOKEN"}


@pytest.mark.parametrize("kind", sorted(TOKENS))
def test_a_pipeline_runs_as_it_is_written_and_leaves_one_comment(kind: str, change: Path) -> None:
    with served(StandIn(kind)) as stand_in:
        environment = machine(change.parent) | variables_of(stand_in, change) | {TOKENS[kind]: TOKEN}
        for _ in range(2):
            command = ["bash", "-euo", "pipefail", "-c", scripts_of(kind)]
            done = subprocess.run(command, cwd=change, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        [body] = stand_in.bodies
    assert "+$100.00" in body


@pytest.mark.parametrize("kind", ["bitbucket", "gitlab"])
def test_a_pipeline_without_a_token_goes_on_without_a_comment(kind: str, change: Path) -> None:
    with served(StandIn(kind)) as stand_in:
        environment = machine(change.parent) | variables_of(stand_in, change)
        command = ["bash", "-euo", "pipefail", "-c", scripts_of(kind)]
        done = subprocess.run(command, cwd=change, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not stand_in.asked
    assert f"There is no {TOKENS[kind]}, so no comment." in done.stdout


@pytest.mark.parametrize(
    ("head", "actor", "comments"), [("acme", "ann", 1), ("mallory", "ann", 0), ("acme", "dependabot[bot]", 0)]
)
def test_the_action_comments_where_it_may(change: Path, head: str, actor: str, comments: int) -> None:
    request = {
        "number": 7,
        "head": {"repo": {"full_name": f"{head}/infra"}},
        "base": {"repo": {"full_name": "acme/infra"}},
    }
    event = change.parent / "event.json"
    event.write_text(json.dumps({"pull_request": request}), "utf-8")
    with served(StandIn("github")) as stand_in:
        environment = {
            "GITHUB_API_URL": stand_in.api,
            "GITHUB_REPOSITORY": "acme/infra",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_ACTOR": actor,
            "GITHUB_TOKEN": TOKEN,
        }
        code, log, _ = run_action(change.parent, environment, BASE="HEAD~1", COMMENT="true")
        assert (code, len(stand_in.bodies)) == (0, comments), log
    assert ("This run may not comment" in log) == (not comments)
