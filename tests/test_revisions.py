"""A base commit by the real git: what is written out, and what is said where it is not there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from finops_lint.cli.main import run
from finops_lint.request import Request
from finops_lint.revisions.git import RevisionError, changed_files, exported, resolve
from finops_lint.revisions.sides import sides

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


def test_a_moved_file_has_changed_where_it_was_and_where_it_is(repository: Path) -> None:
    base = git("rev-parse", "HEAD")
    git("config", "diff.renames", "copies")
    git("config", "diff.relative", "true")
    Path("other").mkdir()
    git("mv", "infra/main.tf", "other/main.tf")
    assert changed_files(base) == ["infra/main.tf", "other/main.tf"]
    assert changed_files(base, staged=True) == ["infra/main.tf", "other/main.tf"]


def test_no_program_of_the_repositorys_own_is_run(repository: Path) -> None:
    for name in ("core.fsmonitor", "core.hooksPath", "diff.external", "core.pager"):
        git("config", name, str(Path("program").resolve()))
    Path("program").mkdir()
    for name in ("hook", "post-index-change", "query-watchman"):
        Path("program", name).write_text("#!/bin/sh\ntouch RAN\n", "utf-8")
        Path("program", name).chmod(0o755)
    git("config", "core.fsmonitor", "touch RAN;:")
    git("config", "diff.mine.textconv", "touch RAN;:")
    Path(".gitattributes").write_text("*.tf diff=mine\n", "utf-8")
    Path("infra/main.tf").write_text("x", "utf-8")
    assert "infra/main.tf" in changed_files("HEAD")
    assert "infra/main.tf" not in changed_files("HEAD", staged=True)
    assert not Path("RAN").exists()


@pytest.mark.parametrize(("lost", "is_source"), [("infra/main.tf", True), ("picture.bin", False)])
def test_source_that_the_clone_lacks_is_told_and_other_files_are_left_out(
    repository: Path, lost: str, is_source: bool
) -> None:
    Path("picture.bin").write_bytes(b"1")
    Path("outputs.tf").write_text("# kept\n", "utf-8")
    there = commit("More")
    blob = git("rev-parse", f"{there}:{lost}")
    Path(".git/objects", blob[:2], blob[2:]).unlink()
    if is_source:
        with pytest.raises(RevisionError, match="this clone lacks files of the base"), exported(there):
            pass
    else:
        with exported(there) as folder:
            assert (folder / "outputs.tf").read_text("utf-8") == "# kept\n"


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


@pytest.mark.parametrize(
    ("name", "what_to_do"),
    [
        ("no-such-branch", "git fetch origin no-such-branch brings it"),
        ("origin/main", "git fetch origin main brings it"),
        ("--help", "a base is a branch, a tag or a commit: --base origin/main"),
        ("", "a base is a branch, a tag or a commit: --base origin/main"),
        ("main:infra", "a base is a branch, a tag or a commit: --base origin/main"),
        ("HEAD~7", "its history does not reach that far"),
    ],
)
def test_a_base_that_is_not_there_says_how_to_fetch_it(repository: Path, name: str, what_to_do: str) -> None:
    with pytest.raises(RevisionError, match="is not in this clone") as caught:
        resolve(name, {})
    assert caught.value.hint.startswith(what_to_do)


def test_a_shallow_clone_says_what_brings_its_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_file("more.txt")
    git("clone", "--quiet", "--depth=1", f"file://{repository}", "../shallow")
    monkeypatch.chdir(repository.parent / "shallow")
    with pytest.raises(RevisionError) as caught:
        resolve("HEAD~1", {})
    assert caught.value.hint == "this clone is shallow: git fetch --unshallow brings its history"


def test_outside_a_repository_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(RevisionError, match="this folder is in no git repository"):
        resolve("HEAD", {})


def test_a_repository_without_a_work_tree_says_so(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("clone", "--quiet", "--bare", ".", "../bare.git")
    monkeypatch.chdir(repository.parent / "bare.git")
    with pytest.raises(RevisionError, match="no work tree to compare"):
        sides(Request((".",), check=False), "HEAD", {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_repository_of_another_user_says_what_opens_it(repository: Path) -> None:
    os.chown(repository, 12345, 12345)
    with pytest.raises(RevisionError, match="which another user owns") as caught:
        resolve("no-such-branch", {})
    assert caught.value.hint == f"git config --global --add safe.directory {repository}"


@pytest.mark.parametrize("more", ["", "--staged"])
def test_a_path_that_the_change_removes_is_compared(
    monorepo: Path, more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    git("rm", "-r", "--quiet", "live/c")
    arguments = ["diff", "--base", "HEAD", "live/c", "live/a", *filter(None, [more])]
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert "- aws_ebs_volume.data" in out
    assert "Monthly cost change  -$8.00" in out
    assert run(["diff", "--base", "HEAD", "live/nowhere"]) == 2
    assert "live/nowhere: no such file or folder" in capsys.readouterr().err


def test_a_project_that_moves_as_a_whole_brings_nothing_new(monorepo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("mv", "live/c", "live/data")
    write("live/data/main.tf", VOLUME.replace("100", "200"))
    assert run(["diff", "--base", "HEAD"]) == 0
    out = capsys.readouterr().out
    assert "~ aws_ebs_volume.data" in out
    assert "No new findings; 2 still there" in out


def test_the_work_tree_against_a_commit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("infra/main.tf").write_text(VOLUME.replace("100", "300"), "utf-8")
    assert run(["diff", "--base", "HEAD", "--fail-on", "never"]) == 0
    out = capsys.readouterr().out
    assert "~ aws_ebs_volume.data" in out
    assert "+$16.00" in out  # 200 GB × $0.08
    assert "No new findings; " in out


def test_nothing_changed_is_one_sentence(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "--base", "HEAD"]) == 0
    assert capsys.readouterr().out == "No change in cost or findings.\n\n"


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


MODULE = 'module "disk" {\n  source = "../../modules/disk"\n  size   = %d\n}\n'
DISK = 'variable "size" {\n  type = number\n}\n' + VOLUME.replace("size = 100", "size = var.size").partition("}\n")[2]
PROVIDER = VOLUME.partition("}\n")[0] + "}\n"


@pytest.fixture
def monorepo(repository: Path) -> Path:
    """Two projects that call one module, and one that does not."""
    for name, size in (("a", 10), ("b", 20)):
        write(f"live/{name}/main.tf", PROVIDER + MODULE % size)
    write("live/c/main.tf", VOLUME)
    write("live/c/notes/text.tpl", "x")
    write("modules/disk/main.tf", DISK)
    commit("Monorepo")
    return repository


def write(file: str, text: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text, "utf-8")


def changed_projects(*arguments: str, base: str = "HEAD") -> dict[str, tuple[float, float]]:
    """Project → what it cost and costs, of all that the run has read."""
    before, after = sides(Request((".",), check=False), base, {}, *arguments)
    found = {p.path: [0.0, 0.0] for report in (before, after) for p in report.projects}
    for number, report in enumerate((before, after)):
        for project in report.projects:
            found[project.path][number] = float(project.total.all.expected)
    return {path: (old, new) for path, (old, new) in found.items()}


def test_only_the_project_whose_file_changed_is_read(monorepo: Path) -> None:
    """100 GB and 200 GB of gp3 at $0.08."""
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    assert changed_projects() == {"live/c": (8.0, 16.0)}


def test_a_changed_module_touches_all_who_call_it(monorepo: Path) -> None:
    write("modules/disk/main.tf", DISK.replace("gp3", "gp2"))
    assert changed_projects() == {"live/a": (0.8, 1.0), "live/b": (1.6, 2.0)}


def test_a_file_beside_the_source_belongs_to_the_project_above_it(monorepo: Path) -> None:
    write("live/c/notes/text.tpl", "y")
    assert changed_projects() == {"live/c": (8.0, 8.0)}


def test_what_moves_to_another_project_is_no_delta(monorepo: Path) -> None:
    write("live/d/main.tf", "# nothing yet\n")
    base = commit("Prepare")
    git("mv", "live/c/main.tf", "live/d/volume.tf")
    write("live/c/rest.tf", "# nothing left\n")
    commit("Move")
    assert changed_projects(base=base) == {"live/c": (8.0, 0.0), "live/d": (0.0, 8.0)}


def test_a_new_and_a_removed_project_have_one_side(monorepo: Path) -> None:
    write("live/d/main.tf", VOLUME)
    assert changed_projects() == {"live/d": (0.0, 8.0)}
    shutil.rmtree("live/c")
    assert {k: v for k, v in changed_projects().items() if k in ("live/c", "live/d")} == {
        "live/c": (8.0, 0.0),
        "live/d": (0.0, 8.0),
    }


def test_a_module_that_becomes_a_project_is_counted_once(monorepo: Path) -> None:
    shutil.rmtree("live/a")
    write("live/b/main.tf", VOLUME)
    write("modules/disk/main.tf", VOLUME)
    found = changed_projects()
    assert (found["live/a"], found["live/b"]) == ((0.8, 0.0), (1.6, 8.0))
    assert found["modules/disk"] == (0.0, 8.0)


def test_what_is_staged_is_compared_and_not_what_lies_around(monorepo: Path) -> None:
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    git("add", "--all")
    write("live/c/main.tf", VOLUME.replace("100", "900"))
    before, after = sides(Request((".",), check=False), "HEAD", {}, staged=True)
    assert [float(r.projects[0].total.all.expected) for r in (before, after)] == [8.0, 16.0]
    assert git("diff", "--name-only") == "live/c/main.tf"


def test_before_the_first_commit_all_that_is_staged_is_new(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    git("init", "--quiet")
    write("main.tf", VOLUME)
    git("add", "main.tf")
    assert run(["diff", "--staged", "--exit-zero"]) == 0
    assert "+$8.00" in capsys.readouterr().out


def test_conflicts_of_a_merge_are_told_and_not_left_out(monorepo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("checkout", "--quiet", "-b", "side")
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    commit("Side")
    git("checkout", "--quiet", "main")
    write("live/c/main.tf", VOLUME.replace("100", "300"))
    commit("Main")
    assert subprocess.run(["git", "merge", "side"], check=False, capture_output=True).returncode == 1
    assert run(["diff", "--staged"]) == 2
    assert "live/c/main.tf has conflicts (resolve them and git add the file first)" in capsys.readouterr().err


def test_the_base_is_where_the_branch_left(monorepo: Path) -> None:
    git("checkout", "--quiet", "-b", "feature")
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    commit("Grow")
    git("checkout", "--quiet", "main")
    write("live/a/main.tf", PROVIDER + MODULE % 500)
    commit("Meanwhile")
    git("checkout", "--quiet", "feature")
    assert changed_projects(base="main") == {"live/c": (8.0, 16.0)}


def test_a_work_tree_of_its_own_is_compared_like_any_other(
    monorepo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("worktree", "add", "--quiet", str(tmp_path / "other"))
    monkeypatch.chdir(tmp_path / "other")
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    assert changed_projects() == {"live/c": (8.0, 16.0)}


def test_a_module_in_a_submodule_is_read_on_both_sides(
    monorepo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    monkeypatch.chdir(library)
    git("init", "--quiet", "--initial-branch=main")
    write("disk/main.tf", DISK)
    commit("Library")
    monkeypatch.chdir(monorepo)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "library")
    write("live/e/main.tf", PROVIDER + (MODULE % 10).replace("modules/disk", "library/disk"))
    commit("Use the library")
    write("live/e/main.tf", PROVIDER + (MODULE % 30).replace("modules/disk", "library/disk"))
    assert changed_projects() == {"live/e": (0.8, 2.4)}


def test_templates_and_manifests_of_the_same_change_are_in_the_same_report(monorepo: Path) -> None:
    template = (
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Disk:\n    Type: AWS::EC2::Volume\n    Properties:\n"
    )
    template += "      AvailabilityZone: us-east-1a\n      VolumeType: gp3\n      Size: %d\n"
    write("stack.yaml", template % 100)
    commit("Stack")
    write("stack.yaml", template % 200)
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    assert changed_projects() == {"live/c": (8.0, 16.0), "stack.yaml": (8.0, 16.0)}


def test_both_sides_are_judged_by_the_settings_of_now(monorepo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("live/c/finops-lint.yaml", "select: [unattached-volume]\n")
    write("live/c/main.tf", VOLUME.replace("100", "200"))
    assert run(["diff", "--base", "HEAD", "--format", "json", "--fail-on", "never"]) == 0
    [project] = json.loads(capsys.readouterr().out)["projects"]
    found = {kind: [f["rule"] for f in project.get(f"{kind}_findings", [])] for kind in ("new", "fixed", "still")}
    assert found == {"new": [], "fixed": [], "still": ["unattached-volume"]}


def test_the_projects_of_an_infracost_yml_are_compared_with_their_variables(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One folder twice, 100 GB and 300 GB of gp3 at $0.08; it becomes gp2 at $0.10."""
    sized = PROVIDER + DISK
    write("live/main.tf", sized)
    write("live/small.tfvars", "size = 100")
    write("live/big.tfvars", "size = 300")
    commit("Disks")
    parts = [f"{{path: live, name: {n}, terraform_var_files: [{n}.tfvars]}}" for n in ("small", "big")]
    write("infracost.yml", "version: 0.1\nprojects:\n" + "".join(f"  - {p}\n" for p in (*parts, "path: new")))
    write("live/main.tf", sized.replace("gp3", "gp2"))
    write("new/main.tf", VOLUME)
    assert run(["diff", "--base", "HEAD", "--config-file", "infracost.yml", "--format", "json", "--exit-zero"]) == 0
    report = json.loads(capsys.readouterr().out)
    found = {p["name"]: sum(float(c["delta"]) for c in p["changes"]) for p in report["projects"]}
    assert found == {"small": 2.0, "big": 6.0, "new": 8.0}
    assert not report["before"]["problems"]
    assert run(["diff", "--config-file", "infracost.yml", "live", "new"]) == 2
    assert "names the paths itself" in capsys.readouterr().err
