"""What generated modules found in the reader; the values are those of terraform 1.11.4's plans."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.values import Unknown
from tests.readers.terraform.project import read


def test_keys_are_escaped_in_addresses(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        r"""
        resource "terraform_data" "r" {
          for_each = toset(["a\tb", "\"q\"", "$${x}", "%%{x}", "back\\slash"])
        }
        """,
    )
    assert sorted(resource.address for resource in project.resources) == [
        r'terraform_data.r["$${x}"]',
        r'terraform_data.r["%%{x}"]',
        r'terraform_data.r["\"q\""]',
        r'terraform_data.r["a\tb"]',
        r'terraform_data.r["back\\slash"]',
    ]


def test_the_output_of_terraform_data_is_of_its_inputs_type(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "terraform_data" "a" {
          input = { x = 1, y = ["z"] }
        }
        resource "terraform_data" "b" {
          input = {
            keys   = keys(terraform_data.a.output)
            length = length(terraform_data.a.output.y)
            value  = terraform_data.a.output.x
          }
        }
        """,
    )
    (found,) = [resource.values["input"] for resource in project.resources if resource.address == "terraform_data.b"]
    assert (found["keys"], found["length"]) == (["x", "y"], 1)
    assert isinstance(found["value"], Unknown)


def test_an_object_of_nothing_stays_an_element_of_its_list(tmp_path: Path) -> None:
    project = read(tmp_path, 'resource "terraform_data" "r" { input = [{ o = [] }, { o = null }] }')
    assert project.resources[0].values == {"input": [{}, {}]}
