"""A base commit by the real git: what is written out, and what is said where it is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from finops_lint.cli.main import run
from finops_lint.revisions import RevisionError, changed_files, exported, resolve

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

VOLUME = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_ebs_volume" "data" {
  type = "gp3"
  size = 100
}
"""
MOVED = """
moved {
  from = aws_ebs_volume.data
  to   = aws_ebs_volume.store
}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit: 100 GB of gp3 at $0.08."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "tester@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "repo"
    (folder / "infra").mkdir(parents=True)
    monkeypatch.chdir(folder)
    git("init", "--quiet", "--initial-branch=main")
    Path("infra/main.tf").write_text(VOLUME, "utf-8")
    commit("Start")
    return folder


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def commit(message: str) -> str:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
    return git("rev-parse", "HEAD")


def test_a_commit_is_written_out_and_gone_afterwards(repository: Path) -> None:
    first = git("rev-parse", "HEAD")
    Path("infra/main.tf").write_text("changed\n", "utf-8")
    with exported(first) as folder:
        assert (folder / "infra/main.tf").read_text("utf-8") == VOLUME
    assert not folder.exists()
    assert Path("infra/main.tf").read_text("utf-8") == "changed\n"
    assert git("status", "--porcelain") == "M infra/main.tf"


def test_a_subfolder_sees_itself(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("infra")
    with exported(git("rev-parse", "HEAD")) as folder:
        assert (folder / "main.tf").is_file()


def test_fetched_modules_are_taken_from_the_work_tree(repository: Path) -> None:
    modules = Path("infra/.terraform/modules/net")
    modules.mkdir(parents=True)
    (modules / "main.tf").write_text("# fetched\n", "utf-8")
    Path(".gitignore").write_text(".terraform\n", "utf-8")
    with exported(commit("Ignore")) as folder:
        assert (folder / "infra/.terraform/modules/net/main.tf").read_text("utf-8") == "# fetched\n"


def test_links_stay_links_and_big_files_stay_away(repository: Path) -> None:
    Path("link.tf").symlink_to("/etc/hostname")
    Path("big.bin").write_bytes(b"0" * 5_000_001)
    with exported(commit("Odd")) as folder:
        assert (folder / "link.tf").is_symlink()
        assert not (folder / "big.bin").exists()


def test_changed_files_are_those_of_the_work_tree_too(repository: Path) -> None:
    base = git("rev-parse", "HEAD")
    assert changed_files(base) == []
    Path("infra/main.tf").write_text("x", "utf-8")
    Path("infra/new file.tf").write_text("y", "utf-8")
    assert changed_files(base) == ["infra/main.tf", "infra/new file.tf"]


def test_auto_is_the_pushed_commit_then_the_upstream_then_the_last(repository: Path) -> None:
    first = git("rev-parse", "HEAD")
    git("update-ref", "refs/remotes/origin/main", first)
    second = commit_file("b.tf")
    assert resolve("auto", {}) == first
    assert resolve("auto", {"PRE_COMMIT_FROM_REF": second}) == second
    # A branch the remote does not have yet: the hook names no commit that exists.
    assert resolve("auto", {"PRE_COMMIT_FROM_REF": "0" * 40}) == first
    git("update-ref", "-d", "refs/remotes/origin/main")
    assert resolve("auto", {}) == second


def commit_file(name: str) -> str:
    Path(name).write_text("", "utf-8")
    return commit(name)


@pytest.mark.parametrize("name", ["no-such-branch", "--help", "-n", "HEAD~7"])
def test_a_base_that_is_not_there_says_how_to_fetch_it(repository: Path, name: str) -> None:
    with pytest.raises(RevisionError, match="is not in this clone") as caught:
        resolve(name, {})
    assert "git fetch origin" in caught.value.hint


def test_outside_a_repository_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(RevisionError, match="not a git repository"):
        resolve("HEAD", {})


def test_the_work_tree_against_a_commit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("infra/main.tf").write_text(VOLUME.replace("100", "300"), "utf-8")
    assert run(["diff", "--base", "HEAD", "--fail-on", "never"]) == 0
    out = capsys.readouterr().out
    assert "~ aws_ebs_volume.data" in out
    assert "+$16.00" in out  # 200 GB × $0.08
    assert "No new findings; " in out


def test_nothing_changed_is_one_sentence(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "--base", "HEAD"]) == 0
    assert capsys.readouterr().out.startswith("No change in cost or findings.\n")


def test_a_renamed_resource_is_no_delta(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = VOLUME.replace('"data"', '"store"') + MOVED
    Path("infra/main.tf").write_text(moved, "utf-8")
    assert run(["diff", "--base", "HEAD"]) == 0
    assert capsys.readouterr().out.startswith("No change in cost or findings.\n")


def test_a_fault_of_the_base_does_not_fail_the_change_that_mends_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("infra/main.tf").write_text('resource "a" {\n', "utf-8")
    commit("Break")
    Path("infra/main.tf").write_text(VOLUME, "utf-8")
    assert run(["diff", "--base", "HEAD", "--fail-on", "never"]) == 0
    assert "in the base commit: " in " ".join(capsys.readouterr().out.split())


def test_a_path_outside_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "--base", "HEAD", ".."]) == 2
    assert "lies outside the working folder" in capsys.readouterr().err
