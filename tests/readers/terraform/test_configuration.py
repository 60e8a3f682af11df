"""What one folder declares: which files count, how overrides merge, what is said of mistakes.

Merging: https://developer.hashicorp.com/terraform/language/files/override
"""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.model.finding import Level
from finops_lint.readers.terraform.configuration import ModuleConfiguration, is_override, module_files
from finops_lint.readers.terraform.loader import Loader
from tests.readers.terraform.project import problems, read, value, write


def load(folder: Path, files: dict[str, str]) -> ModuleConfiguration:
    write(folder, files)
    return Loader().load(str(folder), str(folder.resolve()))


def test_tofu_files_replace_their_terraform_twins() -> None:
    names = ["a.tf", "a.tofu", "b.tf", "c.tofu", "d.tf.json", "d.tofu.json", "readme.md", ".hidden.tf", "e.tf~"]
    assert module_files(names) == (["a.tofu", "b.tf", "c.tofu", "d.tofu.json"], [])


def test_overrides_come_apart_and_in_order() -> None:
    names = ["z_override.tf", "main.tf", "override.tf", "a_override.tf.json", "overrides.tf"]
    assert module_files(names) == (["main.tf", "overrides.tf"], ["a_override.tf.json", "override.tf", "z_override.tf"])
    assert not is_override("my-override.tf")


def test_every_kind_of_block_is_gathered(tmp_path: Path) -> None:
    module = load(
        tmp_path,
        {
            "main.tf": """
            terraform {
              required_version = ">= 1.0"
              required_providers { aws = { source = "hashicorp/aws" } }
              backend "s3" {}
            }
            provider "aws" {}
            provider "aws" { alias = "west" }
            variable "v" {}
            locals { l = 1 }
            resource "a_b" "r" {}
            data "a_b" "d" {}
            ephemeral "a_b" "e" {}
            output "o" { value = 1 }
            module "m" { source = "./m" }
            moved {
              from = a_b.x
              to   = a_b.r
            }
            removed { from = a_b.y }
            import {
              to = a_b.r
              id = "i"
            }
            check "c" {}
            """
        },
    )
    assert not module.problems
    assert list(module.variables) == ["v"]
    assert list(module.locals) == ["l"]
    assert list(module.resources) == list({("a_b", "r"): 0})
    assert list(module.data) == [("a_b", "d")]
    assert list(module.ephemeral) == [("a_b", "e")]
    assert list(module.outputs) == ["o"]
    assert list(module.modules) == ["m"]
    assert list(module.providers) == [("aws", ""), ("aws", "west")]
    assert list(module.required_providers) == ["aws"]
    assert (len(module.moved), len(module.removed), len(module.imports), len(module.checks)) == (1, 1, 1, 1)


def test_an_override_replaces_arguments_and_all_blocks_of_a_kind(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": """
            resource "a_b" "c" {
              kept    = "base"
              changed = "base"
              disk { size = 1 }
              disk { size = 2 }
              net { name = "base" }
            }
            """,
            "override.tf": """
            resource "a_b" "c" {
              changed = "over"
              added   = "over"
              disk { size = 3 }
            }
            """,
        },
    )
    [resource] = project.resources
    assert resource.values == {
        "kept": "base",
        "changed": "over",
        "added": "over",
        "disk": [{"size": 3}],
        "net": [{"name": "base"}],
    }
    assert str(resource.span) == "main.tf:2:1"
    assert str(resource.where(("changed",))) == "override.tf:3:3"
    assert str(resource.where(("kept",))) == "main.tf:3:3"


def test_dynamic_and_static_blocks_of_a_kind_override_each_other(tmp_path: Path) -> None:
    main = 'resource "a_b" "c" {\n  dynamic "disk" {\n    for_each = [1]\n    content { size = disk.value }\n  }\n}\n'
    over = 'resource "a_b" "c" {\n  disk { size = 9 }\n}\n'
    project = read(tmp_path, {"main.tf": main, "x_override.tf": over})
    assert value(project, "a_b.c", "disk") == [{"size": 9}]


def test_later_override_files_win_and_locals_merge_one_by_one(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": 'locals {\n a = 1\n b = 1\n c = 1\n}\nresource "a_b" "c" { v = [local.a, local.b, local.c] }',
            "a_override.tf": "locals {\n a = 2\n b = 2\n}",
            "b_override.tf": "locals { b = 3 }",
        },
    )
    assert value(project, "a_b.c", "v") == [2, 3, 1]


def test_an_override_of_nothing_is_an_error(tmp_path: Path) -> None:
    project = read(tmp_path, {"main.tf": "", "override.tf": 'resource "a_b" "c" {}'})
    assert [(p.level, str(p.span)) for p in problems(project, "missing-base")] == [(Level.ERROR, "override.tf:1:1")]


def test_a_second_declaration_is_reported_with_the_place_of_the_first(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "a.tf": 'resource "a_b" "c" { v = 1 }\nvariable "v" {}\nlocals { l = 1 }\n',
            "b.tf": 'resource "a_b" "c" { v = 2 }\nvariable "v" {}\nlocals { l = 1 }\n',
        },
    )
    found = problems(project, "duplicate-declaration")
    assert [(p.level, str(p.span)) for p in found] == [
        (Level.ERROR, "b.tf:1:1"),
        (Level.ERROR, "b.tf:2:1"),
        (Level.ERROR, "b.tf:3:10"),
    ]
    assert "a_b.c is declared twice; the first declaration is at a.tf:1:1" in found[0].message
    assert value(project, "a_b.c", "v") == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('resource "a_b" {}', "wrong-labels"),
        ('variable "a" "b" {}', "wrong-labels"),
        ('locals "x" {}', "wrong-labels"),
        ("size = 3", "misplaced-argument"),
    ],
)
def test_a_misshapen_block_is_an_error_at_its_place(tmp_path: Path, text: str, code: str) -> None:
    project = read(tmp_path, f'resource "a_b" "good" {{}}\n{text}\n')
    assert [(p.level, p.code, str(p.span)) for p in project.problems] == [(Level.ERROR, code, "main.tf:2:1")]
    assert len(project.resources) == 1


@pytest.mark.parametrize(("kind", "level"), [("resorce", Level.ERROR), ("widget", Level.NOTICE)])
def test_a_block_nobody_knows_is_a_notice_and_a_misspelled_one_an_error(
    tmp_path: Path, kind: str, level: Level
) -> None:
    project = read(tmp_path, f'{kind} "a_b" "c" {{}}\n')
    assert [(p.level, p.code) for p in project.problems] == [(level, "unknown-block")]


def test_a_broken_block_costs_only_itself_and_what_reads_it_is_unknown(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": 'resource "a_b" "c" { v = local.lost }\nresource "a_b" "d" { v = var.gone }\n',
            "broken.tf": "locals {\n  lost = [1, 2\n}\n",
        },
    )
    assert [p.code for p in project.problems if p.level is Level.ERROR] == ["syntax-error"]
    assert not project.complete
    assert len(project.resources) == 2
    assert "local.lost" in project.resources[0].values["v"].reason


def test_json_and_hcl_make_one_module(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf.json": """
            {
              "//": "a comment",
              "variable": {"size": {"type": "number", "default": 5}},
              "locals": {"name": "n-${var.size}"},
              "resource": {"a_b": {"j": {"name": "${local.name}", "count": 2, "depends_on": ["a_b.h"]}}}
            }
            """,
            "other.tf": 'resource "a_b" "h" { v = a_b.j[1].name }',
        },
    )
    assert [r.address for r in project.resources] == ["a_b.j[0]", "a_b.j[1]", "a_b.h"]
    assert value(project, "a_b.j[0]", "name") == "n-5"
    assert value(project, "a_b.h", "v") == "n-5"
    assert str(project.resources[0].where(("name",))) == "main.tf.json:6:30"


def test_a_folder_that_cannot_be_opened_is_one_problem(tmp_path: Path) -> None:
    module = Loader().load(str(tmp_path / "gone"), str(tmp_path))
    assert [p.code for p in module.problems] == ["unreadable-folder"]
