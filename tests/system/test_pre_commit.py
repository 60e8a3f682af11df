"""The hooks, by the real pre-commit on a throw-away git repository.

pre-commit installs this very checkout into an environment of its own, as it does for every user.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CLEAN = """
resource "aws_kms_key" "this" {
  tags = {
    "finops:team"        = "ml"
    "finops:service"     = "ranking"
    "finops:environment" = "prod"
    "finops:cost-center" = "42"
  }
}
"""
WASTEFUL = """
resource "aws_ebs_volume" "scratch" {
  availability_zone = "us-east-1a"
  type              = "gp2"
  size              = 2000
  tags              = aws_kms_key.this.tags
}
"""

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.skipif(shutil.which("pre-commit") is None, reason="pre-commit is not on PATH: make test-system"),
]


def run(command: list[str], folder: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(folder), check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done


def environment(folder: Path) -> dict[str, str]:
    """No setting of the developer's own git, and a cache of pre-commit that goes with the test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT"))}
    who = {f"GIT_{role}_{what}": "tester@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    cache = folder.parent / "pre-commit-cache"
    return kept | who | {"GIT_CONFIG_GLOBAL": os.devnull, "PRE_COMMIT_HOME": str(cache), "NO_COLOR": "1"}


def repository(folder: Path) -> Path:
    folder.mkdir()
    run(["git", "init", "--quiet", "--initial-branch=main"], folder)
    return folder


def commit(folder: Path, message: str) -> str:
    run(["git", "add", "--all"], folder)
    run(["git", "commit", "--quiet", "--no-verify", "-m", message], folder)
    return run(["git", "rev-parse", "HEAD"], folder).stdout.strip()


def shipped() -> list[str]:
    """The files of this checkout as they are now, committed or not, that are more than its tests."""
    listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], ROOT).stdout.split("\0")
    return [
        name for name in listed if name and not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file()
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of hooks made of this checkout, and a user's repository that uses it."""
    place = tmp_path_factory.mktemp("pre-commit")
    hooks = repository(place / "hooks")
    for name in shipped():
        (hooks / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, hooks / name)
    revision = commit(hooks, "Ship")
    user = repository(place / "user")
    (user / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks.as_uri()}\n  rev: {revision}\n"
        "  hooks:\n  - id: finops-lint\n  - id: finops-lint-diff\n",
        "utf-8",
    )
    (user / "infra").mkdir()
    (user / "infra" / "main.tf").write_text(CLEAN, "utf-8")
    (user / "notes.txt").write_text("nothing to check\n", "utf-8")
    commit(user, "Start")
    run(["pre-commit", "install", "--hook-type", "pre-commit", "--hook-type", "pre-push"], user)
    return place


@pytest.fixture
def user(place: Path) -> Path:
    folder = place / "user"
    run(["git", "reset", "--quiet", "--hard", "main"], folder)
    run(["git", "clean", "--quiet", "-fd"], folder)
    return folder


def test_a_clean_module_passes(user: Path) -> None:
    done = run(["pre-commit", "run", "finops-lint", "--all-files"], user)
    assert "Passed" in done.stdout


def test_a_commit_that_wastes_is_stopped_with_the_money(user: Path) -> None:
    (user / "infra" / "disk.tf").write_text(WASTEFUL, "utf-8")
    run(["git", "add", "--all"], user)
    done = run(["git", "commit", "-m", "Add a disk"], user, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "ebs-gp2-volume" in said
    # 2,000 GB × ($0.10 − $0.08)
    assert "$40.00" in said
    # The whole module was read: tags of another file's resource are known, so nothing is said of them.
    assert "required-tags" not in said


def test_files_without_infrastructure_do_not_run_the_hook(user: Path) -> None:
    (user / "notes.txt").write_text("still nothing\n", "utf-8")
    run(["git", "add", "--all"], user)
    done = run(["git", "commit", "-m", "Note"], user)
    assert "no files to check" in done.stdout + done.stderr
    run(["git", "reset", "--quiet", "--hard", "HEAD~1"], user)


def test_a_syntax_error_stops_the_commit_with_its_line(user: Path) -> None:
    (user / "infra" / "broken.tf").write_text('resource "aws_kms_key" "b" {\n', "utf-8")
    run(["git", "add", "--all"], user)
    done = run(["git", "commit", "-m", "Break"], user, check=False)
    assert done.returncode == 1
    assert "infra/broken.tf:1:" in done.stdout + done.stderr


def test_a_push_tells_what_it_costs(user: Path, place: Path) -> None:
    remote = place / "remote.git"
    run(["git", "init", "--quiet", "--bare", str(remote)], place)
    run(["git", "push", "--quiet", "--no-verify", remote.as_uri(), "main"], user)
    run(["git", "remote", "add", "origin", remote.as_uri()], user)
    run(["git", "fetch", "--quiet", "origin"], user)
    run(["git", "checkout", "--quiet", "-b", "disk"], user)
    (user / "infra" / "disk.tf").write_text(WASTEFUL.replace("gp2", "gp3"), "utf-8")
    commit(user, "Add a disk")
    done = run(["git", "push", "origin", "disk"], user)
    said = done.stdout + done.stderr
    assert "+ aws_ebs_volume.scratch" in said
    # 2,000 GB × $0.08 a month
    assert "+$160.00" in said
    run(["git", "checkout", "--quiet", "main"], user)
