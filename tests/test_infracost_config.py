"""An infracost.yml as its users have it, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from finops_lint.cli.check import command as check
from finops_lint.cli.cost import command as cost
from finops_lint.infracost_config import InfracostConfigError, parts_of
from finops_lint.request import Request

VOLUME = """
variable "size" { default = 10 }
provider "aws" { region = "us-east-1" }
resource "aws_ebs_volume" "data" {
  availability_zone = "us-east-1a"
  type              = "gp2"
  size              = terraform.workspace == "big" ? 1000 : var.size
}
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A volume of gp2, $0.10 for a GB a month, whose size is a variable."""
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "main.tf").write_text(VOLUME, "utf-8")
    (tmp_path / "dev" / "prod.tfvars").write_text("size = 500\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(folder: Path, text: str, *arguments: str) -> Result:
    (folder / "infracost.yml").write_text(text, "utf-8")
    return CliRunner().invoke(cost, ["--config-file", "infracost.yml", "--format", "json", *arguments])


def totals(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return {p["name"]: float(p["total"]["monthly"]) for p in json.loads(result.stdout)["projects"]}


def test_each_project_has_variables_of_its_own(stack: Path) -> None:
    text = """
version: 0.1
projects:
  - {path: dev, name: small}
  - {path: dev, name: prod, terraform_var_files: [prod.tfvars]}
  - {path: dev, name: vars, terraform_vars: {size: 200}}
  - {path: dev, name: env, env: {TF_VAR_size: "300"}}
  - {path: dev, terraform_workspace: big}
"""
    assert totals(run(stack, text)) == {"small": 1, "prod": 50, "vars": 20, "env": 30, "dev (big)": 100}


def test_the_command_line_wins(stack: Path) -> None:
    text = "version: 0.1\nprojects: [{path: dev, name: x, terraform_vars: {size: 200}}]"
    assert totals(run(stack, text, "--var", "size=40")) == {"x": 4}


def test_excluded_paths_start_at_the_project(stack: Path) -> None:
    (stack / "dev" / "old").mkdir()
    (stack / "dev" / "old" / "main.tf").write_text(VOLUME, "utf-8")
    assert totals(run(stack, "version: 0.1\nprojects: [{path: dev, exclude_paths: [old]}]")) == {"dev": 1}


def test_projects_below_are_left_out_where_the_file_asks_for_it(stack: Path) -> None:
    (stack / "dev" / "old").mkdir()
    (stack / "dev" / "old" / "main.tf").write_text(VOLUME, "utf-8")
    assert totals(run(stack, "version: 0.1\nprojects: [{path: dev}]")) == {"dev": 1, "dev/old": 1}
    assert totals(run(stack, "version: 0.1\nprojects: [{path: dev, name: a}]")) == {"a: dev": 1, "a: dev/old": 1}
    assert totals(run(stack, "version: 0.1\nprojects: [{path: dev, skip_autodetect: true}]")) == {"dev": 1}


def test_a_projects_own_usage_wins(stack: Path) -> None:
    bucket = 'provider "aws" { region = "us-east-1" }\nresource "aws_nat_gateway" "n" {}\n'
    (stack / "dev" / "main.tf").write_text(bucket, "utf-8")
    for name, amount in (("own", 1000), ("all", 100)):
        usage = f"version: 0.1\nresource_usage:\n  aws_nat_gateway.n: {{monthly_data_processed_gb: {amount}}}\n"
        (stack / f"{name}.yml").write_text(usage, "utf-8")
    text = "version: 0.1\nprojects: [{path: dev, name: a, usage_file: own.yml}, {path: dev, name: b}]"
    # 730 hours and 1,000 or 100 GB, at $0.045 each.
    assert totals(run(stack, text, "--usage-file", "all.yml")) == {"a": 77.85, "b": 37.35}


def test_what_is_not_read_is_named_once(stack: Path) -> None:
    text = """
version: "0.1"
terraform_source_map: []
projects:
  - {path: dev, name: a, terraform_cloud_host: x, skip_autodetect: true}
  - {path: dev, name: b, terraform_cloud_host: x, terragrunt_flags: y}
"""
    problems = json.loads(run(stack, text).stdout)["problems"]
    assert [p["message"].partition(";")[0] for p in problems] == [
        "not read: terraform_cloud_host, terraform_source_map, terragrunt_flags"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("projects: []", "version: 0.1 is needed"),
        ("version: 0.1", "at least one path"),
        ("version: 0.1\nprojects: [{name: x}]", "path is needed"),
        ("version: 0.1\nprojects: [{path: dev, terraform_vars: [x]}]", "a map is needed"),
        ("version: 0.1\nprojects: [{path: ../..}]", "outside the working folder"),
        ("version: 0.1\nprojects: [{path: dev, terraform_var_files: [/etc/passwd]}]", "outside the working folder"),
        ("version: [", "not YAML"),
        ("- x", "version: 0.1 is needed"),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(stack: Path, text: str, words: str) -> None:
    assert words in str(run(stack, text).exception)


def test_a_template_of_such_a_file_says_what_makes_the_file(stack: Path) -> None:
    Path("infracost.yml.tmpl").write_text("version: 0.1\nprojects:\n{{- range matchPaths }}\n", "utf-8")
    with pytest.raises(InfracostConfigError, match="a template") as caught:
        parts_of("infracost.yml.tmpl", Request((".",)))
    assert caught.value.hint.startswith("infracost generate config --template-path infracost.yml.tmpl ")


def test_check_reads_it_too_and_its_findings_name_the_project(stack: Path) -> None:
    (stack / "infracost.yml").write_text("version: 0.1\nprojects: [{path: dev, name: shop}]", "utf-8")
    result = CliRunner().invoke(check, ["--config-file", "infracost.yml", "--format", "json", "--exit-zero"])
    [project] = json.loads(result.stdout)["projects"]
    assert project["name"] == "shop"
    assert {f["project"] for f in project["findings"]} == {"shop"}
