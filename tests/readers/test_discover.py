"""Paths to projects: which folders are root modules, which files plans, and one clear line for everything else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from finops_lint.model.finding import Level
from finops_lint.readers.discover import Discovery, discover
from finops_lint.readers.documents import document_kind
from finops_lint.readers.files import Limits, read_file
from finops_lint.readers.terraform.source import read_source
from tests.readers.terraform.project import write

RESOURCE = 'resource "a_b" "c" {}\n'


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def calls(*sources: str) -> str:
    return "".join(f'module "m{i}" {{\n  version = 1\n  source  = "{s}"\n}}\n' for i, s in enumerate(sources))


def found(*paths: str, exclude: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    discovery = discover(paths, exclude=exclude)
    assert not discovery.problems
    return [(p.kind, p.path) for p in discovery.projects]


def folders(*paths: str) -> list[str]:
    return [path for kind, path in found(*paths) if kind == "terraform"]


def only_problem(discovery: Discovery) -> tuple[Level, str]:
    [problem] = discovery.problems
    assert problem.span is not None
    return problem.level, problem.code


# Which folders


def test_every_folder_nobody_calls_is_a_project(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "live/dev/main.tf": calls("../../modules/app"),
            "live/prod/main.tf": calls("../../modules/app"),
            "modules/app/main.tf": calls("../net//sub", "./inner", "terraform-aws-modules/vpc/aws"),
            "modules/app/inner/main.tofu": RESOURCE,
            "modules/net/sub/main.tf": RESOURCE,
            "json/main.tf.json": '{"module": {"x": {"source": "../called-by-json"}}}',
            "called-by-json/x.tofu.json": "{}",
            "docs/readme.md": "text",
        },
    )
    assert folders(".") == ["json", "live/dev", "live/prod"]


@pytest.mark.parametrize(
    "files",
    [
        {"m/backend.tf": 'terraform {\n  backend "s3" {\n    key = "x"\n  }\n}\n'},
        {"m/backend.tf": 'terraform {\n  cloud {\n    organization = "x"\n  }\n}\n'},
        {"m/backend.tf.json": '{"terraform": {"backend": {"s3": {}}}}'},
        {"m/terraform.tfvars": ""},
        {"m/prod.tfvars.json": "{}"},
    ],
    ids=lambda files: next(iter(files)),
)
def test_a_called_folder_that_stands_alone_is_a_project_too(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, {"main.tf": calls("./m"), "m/main.tf": RESOURCE})
    assert folders(".") == ["."]
    write(tmp_path, files)
    assert folders(".") == [".", "m"]


def test_a_called_folder_that_is_named_is_a_project(tmp_path: Path) -> None:
    write(tmp_path, {"examples/x/main.tf": calls("../.."), "main.tf": RESOURCE, "sub/main.tf": RESOURCE})
    assert folders(".") == [".", "examples/x", "sub"]
    assert [p.named_by_user for p in discover(["."]).projects] == [True, False, False]


def test_what_a_module_makes_of_its_own_defaults_is_no_error_where_the_run_has_its_callers(tmp_path: Path) -> None:
    """Nobody applies it by itself: Terraform would refuse `length(null)` in such a folder, and not in its callers."""
    module = 'variable "names" {\n  type    = list(string)\n  default = null\n}\n'
    module += 'resource "aws_eip" "a" {\n  count = length(var.names)\n}\n'
    write(tmp_path, {"main.tf": module})
    alone = discover(["."]).projects
    write(tmp_path, {"examples/x/main.tf": calls("../..")})
    called = discover(["."]).projects
    write(tmp_path, {"backend.tf": 'terraform {\n  backend "s3" {\n  }\n}\n'})
    applied = discover(["."]).projects
    levels = [[p.level.value for p in read_source(found[0]).problems] for found in (alone, called, applied)]
    assert levels == [["error"], ["notice"], ["error"]]
    assert [len(found) for found in (alone, called, applied)] == [1, 2, 2]


def test_a_backend_word_elsewhere_is_no_backend(tmp_path: Path) -> None:
    module = 'resource "a_b" "c" {\n  backend "x" {\n  }\n  cloud {\n  }\n}\n'
    write(tmp_path, {"main.tf": calls("./m"), "m/main.tf": module})
    assert folders(".") == ["."]


def test_sources_outside_module_blocks_and_in_comments_call_nothing(tmp_path: Path) -> None:
    text = """
    resource "aws_s3_object" "o" {
      source = "./files"
    }
    module "m" {
      # source = "./commented"
      // source = "./too"
      source = "x/y/z"
    }
    """
    write(tmp_path, {"main.tf": text, **{f"{f}/main.tf": RESOURCE for f in ("files", "commented", "too")}})
    assert folders(".") == [".", "commented", "files", "too"]


def test_a_one_line_module_block_calls(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": 'module "m" { source = "./m" }', "m/main.tf": RESOURCE})
    assert folders(".") == ["."]


def test_folders_that_only_call_each_other_are_not_lost(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": calls("../b"), "b/main.tf": calls("../a"), "c/main.tf": calls("./")})
    assert folders(".") == ["a", "c"]


def test_terraforms_own_hidden_and_excluded_folders_are_never_searched(tmp_path: Path) -> None:
    hidden = (".terraform/modules/x", ".git/x", ".idea", "node_modules/x", "gen/deep", "skip")
    write(tmp_path, {"main.tf": RESOURCE, **{f"{f}/main.tf": RESOURCE for f in hidden}})
    assert found(".", exclude=("gen/*", "skip/")) == [("terraform", ".")]
    assert only_problem(discover([".terraform/modules/x"])) == (Level.NOTICE, "skipped-path")


def test_several_paths_give_each_project_once(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": RESOURCE, "b/main.tf": RESOURCE})
    assert folders("b", "a", ".", "a/main.tf") == ["b", "a"]


def test_paths_are_shown_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a/b/main.tf": RESOURCE, "work/.keep": ""})
    assert folders(str(tmp_path / "a")) == ["a/b"]
    monkeypatch.chdir(tmp_path / "work")
    assert folders("../a") == ["../a/b"]
    assert folders(str(tmp_path / "a")) == [f"{tmp_path}/a/b"]


# The folder reading must not leave


def test_the_top_is_the_git_work_tree_or_what_all_paths_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"repo/.git/HEAD": "", "repo/live/main.tf": RESOURCE, "plain/x/main.tf": RESOURCE, "o/.k": ""})
    real = os.path.realpath(tmp_path)
    assert [p.top for p in discover(["repo/live"]).projects] == [f"{real}/repo"]
    assert [p.top for p in discover(["plain/x"]).projects] == [real]
    monkeypatch.chdir(tmp_path / "o")
    assert [p.top for p in discover(["../plain/x"]).projects] == [f"{real}/plain/x"]
    assert [p.top for p in discover(["../plain/x", "../o"]).projects] == [real]


# Single files


def test_a_file_means_its_module_and_the_projects_that_call_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "live/a/main.tf": calls("../../modules/app"),
            "live/b/main.tf": RESOURCE,
            "modules/app/main.tf": calls("../deep"),
            "modules/deep/main.tf": RESOURCE,
            "modules/deep/variables.tf": "",
        },
    )
    assert folders("modules/deep/variables.tf") == ["modules/deep", "live/a"]
    assert folders("live/b/main.tf") == ["live/b"]
    both = discover(["modules/deep/main.tf", "modules/deep/variables.tf"]).projects
    assert [(p.path, p.named_by_user) for p in both] == [("modules/deep", True), ("live/a", False)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"format_version":"1.2","terraform_version":"1.11.4","variables":{}, "planned_values":{}}', "plan"),
        ('{\n  "format_version": "0.1",\n  "terraform_version": "0.14",\n  "resource_changes": []}', "plan"),
        ('Running plan in the cloud...\n{"format_version":"1.0","planned_values":{}}', "plan"),
        ('{"format_version":"1.0","terraform_version":"1.5.0","values":{"root_module":{}}}', "state"),
        ('{"format_version":"1.0"}', "state"),
        ('{\n  "version": 4,\n  "terraform_version": "1.5.0",\n  "serial": 1}', "state"),
        ('{"format_version":"1.0","provider_schemas":{}}', ""),
        ("[]", ""),
    ],
)
def test_a_json_file_is_told_by_its_content(tmp_path: Path, text: str, kind: str) -> None:
    assert document_kind(text.encode()) == kind
    (tmp_path / "file.json").write_text(text)
    discovery = discover(["file.json"])
    assert [(p.kind, p.path) for p in discovery.projects] == ([(kind, "file.json")] if kind else [])
    assert [p.code for p in discovery.problems] == ([] if kind else ["unsupported-file"])


def test_plans_are_found_in_folders_without_source(tmp_path: Path) -> None:
    plan = '{"format_version":"1.2","planned_values":{}}'
    write(tmp_path, {"plans/a.json": plan, "plans/other.json": "{}", "src/main.tf": RESOURCE, "src/plan.json": plan})
    assert found(".") == [("terraform", "src"), ("plan", "plans/a.json")]


# Trouble


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert only_problem(discover(["gone"])) == (Level.ERROR, "unreadable-path")


def test_a_folder_without_infrastructure_is_a_notice(tmp_path: Path) -> None:
    write(tmp_path, {"empty/.keep": "", "yaml/a.yaml": "a: 1"})
    assert only_problem(discover(["empty"])) == (Level.NOTICE, "no-infrastructure")
    assert only_problem(discover(["yaml"])) == (Level.NOTICE, "no-infrastructure")


@pytest.mark.parametrize("name", ["plan.json", "plan.txt"])
@pytest.mark.parametrize(
    "text",
    [
        '{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n{"@level":"info"}\n',
        "\nTerraform used the selected providers to generate the following execution plan.\n",
        "\x1b[0m\nOpenTofu will perform the following actions:\n",
    ],
)
def test_what_another_plan_command_prints_is_handed_to_the_reader_of_plans(
    tmp_path: Path, name: str, text: str
) -> None:
    """It says what to run instead: a notice would pass for a clean result."""
    write(tmp_path, {name: text})
    assert [p.kind for p in discover([name]).projects] == ["plan"]


def test_a_binary_plan_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "tf.plan").write_bytes(b"PK\x03\x04\0\0\0rest")
    discovery = discover(["tf.plan"])
    assert only_problem(discovery) == (Level.ERROR, "binary-plan")
    assert "terraform show -json tf.plan" in discovery.problems[0].hint


def test_any_other_binary_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\x7fELF\0\0")
    assert only_problem(discover(["x.bin"])) == (Level.NOTICE, "binary-file")


def test_links_that_loop_lead_out_or_lead_nowhere_are_told_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"p/.git/HEAD": "", "p/main.tf": RESOURCE, "outside/main.tf": RESOURCE, "p/real/main.tf": RESOURCE})
    (tmp_path / "p/loop").symlink_to("..")
    (tmp_path / "p/self").symlink_to("self")
    (tmp_path / "p/around").symlink_to(".")
    (tmp_path / "p/out").symlink_to("../outside")
    (tmp_path / "p/gone").symlink_to("nowhere")
    (tmp_path / "p/again").symlink_to("real")
    discovery = discover(["p"])
    assert [p.path for p in discovery.projects] == ["p", "p/real"]
    assert sorted((p.code, str(p.span)) for p in discovery.problems) == [
        ("outside-project", "p/loop:1:1"),
        ("outside-project", "p/out:1:1"),
        ("symlink-loop", "p/around:1:1"),
    ]


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tf")
    (tmp_path / "main.tf").write_text(RESOURCE)
    assert folders(".") == ["."]
    assert only_problem(discover(["pipe.tf"]))[0] is Level.ERROR


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_notice_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": RESOURCE, "locked/main.tf": RESOURCE})
    (tmp_path / "locked").chmod(0)
    try:
        discovery = discover(["."])
        assert [p.path for p in discovery.projects] == ["a"]
        assert only_problem(discovery) == (Level.NOTICE, "unreadable-folder")
    finally:
        (tmp_path / "locked").chmod(0o755)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "big.tf").write_text("x" * 2_000)
    problem = read_file("big.tf", limits=Limits(file_bytes=1_000))
    assert not isinstance(problem, bytes)
    assert (problem.level, problem.code) == (Level.NOTICE, "file-too-large")


def test_a_search_of_too_many_folders_stops_with_a_notice(tmp_path: Path) -> None:
    write(tmp_path, {f"f{i}/main.tf": RESOURCE for i in range(20)})
    discovery = discover(["."], limits=Limits(folders=10))
    assert only_problem(discovery) == (Level.NOTICE, "too-many-folders")


def test_two_thousand_folders_take_seconds_at_most(tmp_path: Path) -> None:
    for i in range(2_000):
        folder = tmp_path / f"d{i % 50}" / f"p{i}"
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(calls("../../modules/m") + RESOURCE)
    write(tmp_path, {"modules/m/main.tf": RESOURCE})
    start = time.process_time()
    assert len(folders(".")) == 2_000
    # About 0.3 s on the machine this was written on; the bound only catches what grows with the square.
    assert time.process_time() - start < 10


@pytest.mark.parametrize("text", ["", "  \n", "Terraform will perform the following actions:\n"])
def test_what_a_failed_command_left_for_a_plan_is_no_success(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    assert [(p.kind, p.path) for p in discover(["plan.json"]).projects] == [("plan", "plan.json")]


def test_a_pipe_among_documents_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.json")
    assert discover(["."]).projects == ()
    [problem] = discover(["plan.json"]).problems
    assert (problem.level, problem.message) == (Level.ERROR, "a pipe, not a file")


# Code of other tools


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("live/prod/terragrunt.hcl", "terragrunt run --all --json-out-dir"),
        ("cdk.json", "cdk synth"),
        ("cdktf.json", "cdktf synth"),
        ("api/serverless.yml", "serverless package"),
        ("helmfile.yaml", "helmfile template"),
        ("Pulumi.yaml", "Pulumi"),
        ("main.bicep", "Bicep"),
    ],
)
def test_code_of_a_tool_that_is_not_read_is_told_instead_of_an_empty_folder(
    tmp_path: Path, file: str, says: str
) -> None:
    write(tmp_path, {file: "x"})
    [problem] = discover(["."]).problems
    assert (problem.level, problem.code) == (Level.NOTICE, "other-tool")
    assert problem.span is not None
    assert problem.span.file == file
    assert says in problem.message + problem.hint


def test_a_tool_is_told_once_and_beside_what_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": RESOURCE, **{f"live/{n}/terragrunt.hcl": "" for n in "abc"}})
    discovery = discover(["."])
    assert [p.path for p in discovery.projects] == ["."]
    [problem] = discovery.problems
    assert "(and 2 more)" in problem.message
    assert problem.span is not None
    assert problem.span.file == "live/a/terragrunt.hcl"


def test_what_such_a_tool_has_written_already_is_read_without_a_word(tmp_path: Path) -> None:
    write(tmp_path, {"cdktf.json": "{}", "cdktf.out/stacks/dev/cdk.tf.json": "{}"})
    assert found(".") == [("terraform", "cdktf.out/stacks/dev")]


def test_a_tool_is_not_told_of_where_it_is_excluded_or_only_a_file_was_named(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": RESOURCE, "old/cdk.json": "{}"})
    assert found(".", exclude=("old",)) == [("terraform", ".")]
    assert found("main.tf") == [("terraform", ".")]
