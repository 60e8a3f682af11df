"""Module calls: which folder they mean, their instances, what passes in and out of them, and what is not at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_lint.model.finding import Level
from finops_lint.model.values import Partial, Unknown
from finops_lint.readers.files import Limits
from finops_lint.readers.terraform.loader import Loader
from tests.readers.terraform.project import only, problems, read, value

CHILD = 'variable "v" {}\nresource "a_b" "c" { v = var.v }\noutput "o" { value = a_b.c.v }\n'


def test_resources_of_a_module_know_the_calls_that_lead_to_them(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": 'module "outer" {\n  source = "./outer"\n}\n',
            "outer/main.tf": '\nmodule "inner" {\n  source = "../inner"\n  v      = "x"\n}\n',
            "inner/main.tf": CHILD,
        },
    )
    [resource] = project.resources
    assert resource.address == "module.outer.module.inner.a_b.c"
    assert resource.module == "module.outer.module.inner"
    assert [str(c) for c in resource.calls] == ["main.tf:1:1", "outer/main.tf:2:1"]
    assert str(resource.span) == "inner/main.tf:2:1"
    assert resource.values == {"v": "x"}


def test_an_unknown_count_makes_one_assumed_instance(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": """
            variable "n" {}
            module "m" {
              count  = var.n
              source = "./m"
              v      = count.index
            }
            resource "a_b" "reads" { v = module.m[0].o }
            """,
            "m/main.tf": CHILD,
        },
    )
    found = only(project, "module.m[*].a_b.c")
    assert found.assumed == "count depends on var.n"
    assert isinstance(found.values["v"], Unknown)
    read_back = value(project, "a_b.reads", "v")
    assert isinstance(read_back, Unknown)
    assert read_back.waits_for == ("var.n",)


def test_assumptions_of_module_and_resource_are_both_told(tmp_path: Path) -> None:
    child = 'variable "on" {}\nresource "a_b" "c" { count = var.on ? 1 : 0 }\n'
    main = """
    variable "names" {}
    variable "on" {}
    module "m" {
      for_each = var.names
      source   = "./m"
      on       = var.on
    }
    """
    [resource] = read(tmp_path, {"main.tf": main, "m/main.tf": child}).resources
    assert resource.address == "module.m[*].a_b.c[*]"
    assert resource.assumed == "for_each depends on var.names; count depends on var.on"


def test_a_secret_output_stays_secret_in_the_caller(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": 'module "m" { source = "./m" }\nresource "a_b" "c" { v = module.m.s }',
            "m/main.tf": 'output "s" {\n  value = "x"\n  sensitive = true\n}',
        },
    )
    assert project.resources[0].is_sensitive(("v",))


def test_modules_that_are_not_at_hand_are_one_notice_and_their_outputs_unknown(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        module "vpc" {
          source  = "terraform-aws-modules/vpc/aws"
          version = "5.0.0"
        }
        module "git" { source = "git::https://example.com/x.git//sub?ref=v1" }
        resource "a_b" "c" { v = module.vpc.vpc_id }
        """,
    )
    [problem] = project.problems
    assert (problem.level, problem.code) == (Level.NOTICE, "missing-module")
    assert "2 modules are not at hand" in problem.message
    assert "module.vpc (terraform-aws-modules/vpc/aws)" in problem.message
    assert "terraform init" in problem.hint
    assert not project.complete
    found = value(project, "a_b.c", "v")
    assert isinstance(found, Unknown)
    assert found.waits_for == ("module.vpc",)


def test_installed_modules_are_read_where_terraform_put_them(tmp_path: Path) -> None:
    installed = ".terraform/modules/vpc/modules/inner"
    manifest = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "vpc", "Source": "registry.terraform.io/x/vpc/aws", "Version": "1.0.0", "Dir": installed},
            {"Key": "vpc.deep", "Source": "registry.terraform.io/x/deep/aws", "Dir": ".terraform/modules/vpc.deep"},
            {"Key": "evil", "Source": "x", "Dir": "/etc"},
        ]
    }
    project = read(
        tmp_path,
        {
            "main.tf": 'module "vpc" { source = "x/vpc/aws" }\nmodule "evil" { source = "x/evil/aws" }\n',
            ".terraform/modules/modules.json": json.dumps(manifest),
            f"{installed}/main.tf": 'module "deep" {\n  source = "x/deep/aws"\n  v = 1\n}\n',
            ".terraform/modules/vpc.deep/main.tf": CHILD,
        },
    )
    assert [r.address for r in project.resources] == ["module.vpc.module.deep.a_b.c"]
    [problem] = problems(project, "missing-module")
    assert "module.evil" in problem.message
    assert "vpc" not in problem.message.replace("evil", "")


@pytest.mark.parametrize("text", ["[]", "{}", "not json", '{"Modules": [1]}', "[" * 50_000])
def test_a_broken_manifest_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    files = {"main.tf": 'module "m" { source = "x/y/z" }', ".terraform/modules/modules.json": text}
    assert [p.code for p in read(tmp_path, files).problems] == ["missing-module"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    [problem] = read(tmp_path, 'module "m" { source = "./gone" }').problems
    assert (problem.level, problem.code, problem.hint) == (Level.NOTICE, "missing-module", "")
    assert "module.m (gone)" in problem.message


def test_no_path_leaves_the_project(tmp_path: Path) -> None:
    files = {"project/main.tf": 'module "m" { source = "../../outside" }', "project/.keep": ""}
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "main.tf").write_text('resource "a_b" "secret" {}')
    project = read(tmp_path, files, at="project")
    assert not project.resources
    assert [(p.level, p.code) for p in project.problems] == [(Level.NOTICE, "outside-project")]


def test_a_module_that_calls_itself_is_reported_once(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {"main.tf": 'module "m" { source = "./m" }', "m/main.tf": 'module "again" { source = "../m" }'},
    )
    assert [(p.level, p.code, str(p.span)) for p in project.problems] == [
        (Level.ERROR, "module-cycle", "m/main.tf:1:1")
    ]


def test_modules_nest_only_so_deep(tmp_path: Path) -> None:
    files = {f"m{i}/main.tf": f'module "n" {{ source = "../m{i + 1}" }}' for i in range(6)}
    files |= {"main.tf": 'module "n" { source = "./m0" }', "m6/main.tf": 'resource "a_b" "c" {}'}
    assert len(read(tmp_path, files).resources) == 1
    project = read(tmp_path, files, limits=Limits(module_depth=3))
    assert [p.code for p in project.problems] == ["too-deep"]


def test_too_many_instances_are_one_problem_and_one_assumed_instance(tmp_path: Path) -> None:
    project = read(tmp_path, 'resource "a_b" "c" { count = 1000000000 }')
    assert [r.address for r in project.resources] == ["a_b.c[*]"]
    assert [str(p.span) for p in project.problems] == ["main.tf:1:22"]


def test_an_argument_a_module_needs_and_does_not_get_is_unknown_under_its_own_name(tmp_path: Path) -> None:
    project = read(tmp_path, {"main.tf": 'module "m" { source = "./m" }', "m/main.tf": CHILD})
    found = value(project, "module.m.a_b.c", "v")
    assert found.waits_for == ("module.m.var.v",)


def test_an_output_nobody_declares_is_an_error_at_the_reference(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  v = 1\n}\nresource "a_b" "c" {\n  v = module.m.typo\n}\n',
        "m/main.tf": CHILD,
    }
    [problem] = read(tmp_path, files).problems
    assert (problem.level, problem.code, str(problem.span)) == (Level.ERROR, "evaluation-error", "main.tf:6:7")


def test_modules_that_feed_each_other_through_single_outputs_are_no_cycle(tmp_path: Path) -> None:
    pair = 'variable "in" {}\noutput "out" { value = var.in }\noutput "own" { value = "own" }\n'
    project = read(
        tmp_path,
        {
            "main.tf": """
            module "a" {
              count  = 1
              source = "./m"
              in     = module.b["k"].own
            }
            module "b" {
              for_each = toset(["k"])
              source   = "./m"
              in       = module.a[0].own
            }
            resource "a_b" "c" { v = module.a[0].out }
            """,
            "m/main.tf": pair,
        },
    )
    assert not project.problems
    assert value(project, "a_b.c", "v") == "own"


def test_one_loader_parses_a_shared_module_once(tmp_path: Path) -> None:
    loader = Loader()
    files = {
        "one/main.tf": 'module "m" {\n  source = "../m"\n  v = 1\n}\n',
        "two/main.tf": 'module "m" {\n  source = "../m"\n  v = 2\n}\n',
        "m/main.tf": CHILD,
    }
    first = read(tmp_path, files, at="one", loader=loader)
    (tmp_path / "m/main.tf").unlink()
    (tmp_path / "m/other.tf").write_text("")
    second = read(tmp_path, {}, at="two", loader=loader)
    assert [p.resources[0].values["v"] for p in (first, second)] == [1, 2]


def test_what_a_call_gives_too_much_or_too_little_is_an_error_at_the_call(tmp_path: Path) -> None:
    files = {"main.tf": 'module "m" {\n  source = "./m"\n  typo   = 1\n}\n', "m/main.tf": CHILD}
    found = read(tmp_path, files).problems
    assert [(p.level, p.code, str(p.span)) for p in found] == [
        (Level.ERROR, "unsupported-argument", "main.tf:3:3"),
        (Level.ERROR, "missing-argument", "main.tf:1:1"),
    ]


def test_an_argument_of_the_wrong_type_is_told_although_nothing_reads_it(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  n      = "many"\n}\n',
        "m/main.tf": 'variable "n" { type = number }\n',
    }
    assert [(p.code, str(p.span)) for p in read(tmp_path, files).problems] == [("wrong-type", "main.tf:3:3")]


def test_modules_that_branch_without_end_are_read_up_to_a_limit(tmp_path: Path) -> None:
    calls = "".join(f'module "{name}" {{\n  source = "../m@"\n}}\n' for name in "ab")
    files = {f"m{n}/m.tf": calls.replace("@", str(n + 1)) for n in range(20)}
    files |= {"m20/m.tf": "", "main.tf": 'resource "a_b" "c" {}\nmodule "m" {\n  source = "./m0"\n}\n'}
    project = read(tmp_path, files, limits=Limits(total_instances=100))
    assert [r.address for r in project.resources] == ["a_b.c"]
    [problem] = [p for p in project.problems if p.code == "too-large"]
    assert problem.message.startswith("more than 100 instances of resources and modules: module.m.module.a")
    assert not project.complete


def test_blocks_in_blocks_are_made_up_to_a_limit(tmp_path: Path) -> None:
    opened = 'dynamic "a" {\nfor_each = range(60)\ncontent {\n' * 6
    text = f'resource "a_b" "c" {{\n{opened}x = 1\n' + "}\n}\n" * 6 + "}\n"
    project = read(tmp_path, {"main.tf": text}, limits=Limits(total_blocks=500))
    assert [p.message for p in project.problems] == ["more than 500 generated blocks: the others are not read"]
    assert isinstance(project.resources[0].values["a"], Partial)


def test_resources_are_read_up_to_a_limit(tmp_path: Path) -> None:
    blocks = "".join(f'resource "a_b" "c{n}" {{}}\n' for n in range(9))
    project = read(tmp_path, blocks, limits=Limits(total_instances=5))
    assert [r.name for r in project.resources] == ["c0", "c1", "c2", "c3", "c4"]
    assert [p.message for p in project.problems] == ["more than 5 resources: a_b.c5 and what follows is not read"]
    assert not project.complete


def test_what_outputs_and_modules_not_at_hand_are_given_is_handed_out(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": """
            resource "a_b" "shown" { v = 1 }
            resource "a_b" "given" {
              count = 2
              v     = 1
            }
            resource "a_b" "kept" { v = 1 }
            output "all" { value = { id = a_b.shown.id, below = module.near.o } }
            module "far" {
              source = "registry/far/x"
              ids    = a_b.given[*].id
            }
            module "near" {
              source = "./near"
              v      = a_b.kept.id
            }
            """,
            "near/main.tf": CHILD,
        },
    )
    assert project.handed_out() == {"a_b.shown", "a_b.given", "module.near.a_b.c"}


@pytest.mark.parametrize("value", ["module.near", "{ near = module.near }", "[for m in [module.near] : m]"])
def test_a_module_handed_out_as_a_whole_hands_out_what_its_outputs_are_given(tmp_path: Path, value: str) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": f'module "near" {{ source = "./near" }}\noutput "all" {{ value = {value} }}',
            "near/main.tf": """
                resource "a_b" "c" {}
                resource "a_b" "kept" {}
                output "c" { value = a_b.c.id }
                module "inner" { source = "./inner" }
                output "inner" { value = module.inner }
            """,
            "near/inner/main.tf": 'resource "a_b" "d" {}\noutput "d" { value = a_b.d.id }',
        },
    )
    assert project.handed_out() == {"module.near.a_b.c", "module.near.module.inner.a_b.d"}
