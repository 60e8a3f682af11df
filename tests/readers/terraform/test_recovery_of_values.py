"""What is still known where Terraform would refuse the code: the fault is an error, the rest is read."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.finding import Level
from finops_lint.model.values import Unknown
from tests.readers.terraform.project import problems, read, value


def test_a_name_nobody_declares_leaves_the_rest_of_the_expression_known(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "aws_instance" "a" {
          instance_type = merge(data.terraform_remote_state.env, { instance_type = "m5.large" }).instance_type
        }
        """,
    )
    assert value(project, "aws_instance.a", "instance_type") == "m5.large"
    (fault,) = problems(project, "evaluation-error")
    assert fault.level is Level.ERROR
    assert fault.span is not None
    assert fault.span.line == 3


def test_a_list_given_to_for_each_is_an_error_and_still_makes_its_instances(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "aws_instance" "a" {
          for_each      = ["m5.large", "m5.xlarge"]
          instance_type = each.value
        }
        """,
    )
    assert [r.address for r in project.resources] == ["aws_instance.a[0]", "aws_instance.a[1]"]
    assert value(project, "aws_instance.a[1]", "instance_type") == "m5.xlarge"
    assert [p.level for p in problems(project, "evaluation-error")] == [Level.ERROR]


def test_files_beside_the_project_are_not_read(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "secret.txt": "m5.large",
            "app/main.tf": 'resource "aws_instance" "a" { instance_type = file("../secret.txt") }',
        },
        at="app",
    )
    found = value(project, "aws_instance.a", "instance_type")
    assert isinstance(found, Unknown)
    assert "not read" in found.reason


def test_a_link_that_leaves_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/inside.txt").symlink_to(tmp_path / "secret.txt")
    project = read(
        tmp_path,
        {
            "secret.txt": "m5.large",
            "app/main.tf": 'resource "aws_instance" "a" { instance_type = file("inside.txt") }',
        },
        at="app",
    )
    assert isinstance(value(project, "aws_instance.a", "instance_type"), Unknown)


def test_a_module_reads_the_files_of_its_own_folder(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "modules/worker/type.txt": "m5.large",
            "modules/worker/main.tf": """
                resource "aws_instance" "a" { instance_type = file("${path.module}/type.txt") }
            """,
            "app/main.tf": 'module "w" { source = "../modules/worker" }',
        },
        at="app",
    )
    assert value(project, "module.w.aws_instance.a", "instance_type") == "m5.large"
