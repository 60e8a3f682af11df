"""Resources from source: instances, blocks, unknowns, positions, edges, faults."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.finding import Level
from finops_lint.model.resource import Reference, Resource
from finops_lint.model.values import Partial, Unknown
from tests.readers.terraform.project import only, problems, read, value


def addresses(found: Resource) -> set[tuple[str, str]]:
    return {(r.target, r.attribute) for r in found.references}


# Instances


def test_count_and_for_each_make_addresses_as_terraform_writes_them(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "counted" { count = 2 }
        resource "a_b" "none" { count = 0 }
        resource "a_b" "each" { for_each = { "x y" = 1, "q\\"" = 2 } }
        """,
    )
    assert [r.address for r in project.resources] == [
        "a_b.counted[0]",
        "a_b.counted[1]",
        'a_b.each["q\\""]',
        'a_b.each["x y"]',
    ]


@pytest.mark.parametrize(
    "argument", ["count = var.on ? 1 : 0", "count = var.n", "for_each = var.m", "for_each = toset(var.m)"]
)
def test_what_may_exist_is_one_assumed_instance(tmp_path: Path, argument: str) -> None:
    variables = "".join(f'variable "{name}" {{}}\n' for name in ("on", "n", "m"))
    text = f'{variables}resource "a_b" "c" {{\n {argument}\n v = "known"\n}}'
    [resource] = read(tmp_path, text).resources
    assert resource.address == "a_b.c[*]"
    name = argument.split("var.")[1].split()[0].rstrip(")")
    assert resource.assumed == f"{argument.split()[0]} depends on var.{name}"
    assert resource.values == {"v": "known"}


def test_the_known_keys_of_a_map_known_in_part_are_certain(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        variable "more" { type = map(string) }
        resource "a_b" "c" {
          for_each = merge(var.more, { certain = "yes" })
          v        = each.value
        }
        """,
    )
    assert [(r.address, bool(r.assumed)) for r in project.resources] == [
        ('a_b.c["certain"]', False),
        ("a_b.c[*]", True),
    ]
    assert value(project, 'a_b.c["certain"]', "v") == "yes"
    assert isinstance(value(project, "a_b.c[*]", "v"), Unknown)


def test_a_key_called_star_is_not_the_assumed_one(tmp_path: Path) -> None:
    [resource] = read(tmp_path, 'resource "a_b" "c" { for_each = toset(["*"]) }').resources
    assert (resource.address, resource.assumed) == ('a_b.c["*"]', "")


@pytest.mark.parametrize("where", ["count = var.on ? 1 : 0", "for_each = var.on ? toset(['x']) : toset([])"])
def test_what_may_not_exist_may_have_options_that_nobody_set(tmp_path: Path, where: str) -> None:
    """Terraform looks at the attributes of such an instance only where `on` is true, and then the options are set."""
    where = where.replace("'", '"')
    project = read(
        tmp_path,
        {
            "main.tf": f"""
                variable "on" {{ type = bool }}
                variable "options" {{
                  type    = object({{size = number}})
                  default = null
                }}
                resource "a_b" "c" {{
                  {where}
                  size = var.options.size
                }}
                module "m" {{
                  {where}
                  source = "./m"
                  size   = var.options.size
                }}
            """,
            "m/main.tf": """
                variable "size" {}
                locals {
                  first = [][0]
                }
                resource "a_b" "c" {
                  size  = var.size
                  first = local.first
                }
            """,
        },
    )
    assert not project.problems
    assert isinstance(value(project, "a_b.c[*]", "size"), Unknown)


@pytest.mark.parametrize("argument", ["count = -1", "count = 1.5", "count = null", 'count = "x"', 'for_each = "a"'])
def test_a_wrong_count_is_an_error_and_keeps_the_resource_assumed(tmp_path: Path, argument: str) -> None:
    project = read(tmp_path, f'resource "a_b" "c" {{ {argument} }}')
    assert [(p.level, p.code) for p in project.problems] == [(Level.ERROR, "evaluation-error")]
    assert [r.address for r in project.resources] == ["a_b.c[*]"]


# Blocks


def test_dynamic_blocks_stand_in_place_and_nest(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "c" {
          disk { size = 1 }
          dynamic "disk" {
            for_each = { a = [1], b = [2, 3] }
            iterator = it
            content {
              name = it.key
              dynamic "part" {
                for_each = it.value
                content { label = "${it.key}${part.key}:${part.value}" }
              }
            }
          }
          disk { size = 9 }
          dynamic "none" {
            for_each = []
            content {}
          }
          empty {}
        }
        """,
    )
    assert project.resources[0].values == {
        "disk": [
            {"size": 1},
            {"name": "a", "part": [{"label": "a0:1"}]},
            {"name": "b", "part": [{"label": "b0:2"}, {"label": "b1:3"}]},
            {"size": 9},
        ],
        "empty": [{}],
    }


def test_a_dynamic_block_over_an_unknown_leaves_the_list_open(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        variable "disks" {}
        resource "a_b" "c" {
          disk { size = 1 }
          dynamic "disk" {
            for_each = var.disks
            content { size = disk.value }
          }
          dynamic "net" {
            for_each = var.disks
            content {}
          }
        }
        """,
    )
    disks, nets = value(project, "a_b.c", "disk"), value(project, "a_b.c", "net")
    assert isinstance(disks, Partial)
    assert disks.known == ({"size": 1},)
    assert disks.rest.waits_for == ("var.disks",)
    assert isinstance(nets, Unknown)


def test_meta_arguments_are_no_attributes(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "d" {}
        resource "a_b" "c" {
          count      = 1
          provider   = aws.x
          depends_on = [a_b.d]
          lifecycle { ignore_changes = [tags] }
          provisioner "local-exec" { command = "rm -rf ${path.module}" }
          connection { host = self.ip }
          v = null
          w = []
          x = {}
        }
        """,
    )
    assert only(project, "a_b.c[0]").values == {}
    assert only(project, "a_b.c[0]").references == (Reference((), "a_b.d"),)
    assert not project.problems


# Unknowns


def test_what_a_block_sets_is_known_to_others_and_the_rest_is_not(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "x" {
          name = "n"
          disk { size = 5 }
        }
        resource "a_b" "y" {
          name  = a_b.x.name
          size  = a_b.x.disk[0].size
          id    = a_b.x.id
          deep  = a_b.x.disk[0].id
          other = a_b.x.nic[0].ip
          text  = "arn:${a_b.x.arn}"
        }
        """,
    )
    y = only(project, "a_b.y")
    assert (y.values["name"], y.values["size"]) == ("n", 5)
    for name in ("id", "deep", "other", "text"):
        assert y.values[name].waits_for == ("a_b.x",), name
    assert y.values["id"].reason == "known after apply"
    assert not project.problems


def test_a_data_source_is_unknown_but_for_what_its_block_says(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        data "aws_ami" "this" { most_recent = true }
        resource "a_b" "c" {
          ami    = data.aws_ami.this.id
          recent = data.aws_ami.this.most_recent
        }
        """,
    )
    found = value(project, "a_b.c", "ami")
    assert (found.reason, found.waits_for) == ("data.aws_ami.this is read at apply", ("data.aws_ami.this",))
    assert value(project, "a_b.c", "recent") is True
    assert [r.type for r in project.resources] == ["a_b"]


def test_data_sources_that_only_repeat_the_provider_are_known(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        provider "aws" { region = "cn-north-1" }
        data "aws_region" "current" {}
        data "aws_partition" "current" { count = 1 }
        data "aws_region" "other" { name = "eu-west-1" }
        resource "a_b" "c" {
          zone      = "${data.aws_region.current.name}a"
          partition = data.aws_partition.current[0].partition
          endpoint  = data.aws_region.current.endpoint
          other     = data.aws_region.other.name
        }
        """,
    )
    values = only(project, "a_b.c").values
    assert (values["zone"], values["partition"], values["other"]) == ("cn-north-1a", "aws-cn", "eu-west-1")
    assert isinstance(values["endpoint"], Unknown)


# Cycles and depth


def test_locals_that_need_each_other_are_one_error_that_names_them(tmp_path: Path) -> None:
    project = read(
        tmp_path, 'locals {\n  a = local.b\n  b = [local.c]\n  c = local.a\n}\nresource "a_b" "r" { v = local.a }\n'
    )
    [problem] = project.problems
    assert (problem.level, problem.code, str(problem.span)) == (Level.ERROR, "cycle", "main.tf:2:3")
    assert problem.message == "these depend on each other: local.a → local.b → local.c → local.a"
    assert len(project.resources) == 1


def test_resources_that_need_each_other_are_an_error_even_by_attributes_not_set(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": """
            resource "a_b" "x" { v = a_b.y[0].id }
            resource "a_b" "y" {
              count = 1
              v     = module.m.o
            }
            module "m" {
              source = "./m"
              i      = local.x
            }
            locals { x = a_b.x.id }
            """,
            "m/main.tf": 'variable "i" {}\noutput "o" { value = var.i }\n',
        },
    )
    [problem] = project.problems
    assert (problem.code, str(problem.span)) == ("cycle", "main.tf:2:1")
    assert problem.message == "these depend on each other: a_b.x → a_b.y → a_b.x"


def test_a_count_that_counts_itself_is_a_cycle(tmp_path: Path) -> None:
    project = read(tmp_path, 'resource "a_b" "c" { count = length(a_b.c) }')
    assert [p.code for p in project.problems] == ["cycle"]
    assert [r.address for r in project.resources] == ["a_b.c[*]"]


def test_chains_of_any_length_are_followed_without_deep_recursion(tmp_path: Path) -> None:
    limit = sys.getrecursionlimit()
    length = 3_000
    links = "\n".join(f"  a{i} = local.a{i - 1} + 1" for i in range(1, length))
    ring = "\n".join(f"  r{i} = local.r{(i + 1) % 100}" for i in range(100))
    text = f'locals {{\n  a0 = 1\n{links}\n{ring}\n}}\nresource "a_b" "c" {{ v = local.a{length - 1} }}\n'
    project = read(tmp_path, text)
    assert value(project, "a_b.c", "v") == length
    assert [p.code for p in project.problems] == ["cycle"]
    assert sys.getrecursionlimit() == limit


# Faults


@pytest.mark.parametrize(
    ("expression", "start"),
    [
        ("var.gone", "main.tf:2:7"),
        ("local.gone", "main.tf:2:7"),
        ("a_b.gone.id", "main.tf:2:7"),
        ("data.a_b.gone.id", "main.tf:2:7"),
        ("module.gone.x", "main.tf:2:7"),
        ("each.key", "main.tf:2:7"),
        ("count.index", "main.tf:2:7"),
        ("path.gone", "main.tf:2:7"),
        ("terraform.gone", "main.tf:2:7"),
        ("nofunction(1)", "main.tf:2:7"),
        ("bareword", "main.tf:2:7"),
        ('1 + "x"', "main.tf:2:7"),
        ("[1, upper([])]", "main.tf:2:11"),
    ],
)
def test_what_terraform_refuses_is_an_error_at_its_place_and_costs_one_attribute(
    tmp_path: Path, expression: str, start: str
) -> None:
    project = read(tmp_path, f'resource "a_b" "c" {{\n  v = {expression}\n  w = "fine"\n}}\n')
    [problem] = project.problems
    assert (problem.level, problem.code) == (Level.ERROR, "evaluation-error")
    assert problem.span is not None
    assert problem.span.file == "main.tf"
    assert problem.span.line == 2
    assert isinstance(value(project, "a_b.c", "v"), Unknown)
    assert value(project, "a_b.c", "w") == "fine"
    assert str(problem.span) == start


@pytest.mark.parametrize(
    "text",
    [
        'variable "x" {}\nresource "a_b" "c" { v = [for i in var.x : i][var.x] + upper([]) }',
        'resource "a_b" "c" { v = filebase64sha256("made-by-the-build.zip") }',
        'module "m" { source = "x/y/z" }\nresource "a_b" "c" { v = 1 + "x" }',
    ],
    ids=["waits for the user", "file not made yet", "module missing"],
)
def test_what_terraform_may_yet_accept_is_only_a_notice(tmp_path: Path, text: str) -> None:
    [problem] = problems(read(tmp_path, text), "evaluation-error")
    assert problem.level is Level.NOTICE


def test_a_fault_in_a_module_called_often_is_told_once(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": 'module "m" {\n  for_each = toset(["a", "b", "c"])\n  source = "./m"\n}\n',
            "m/main.tf": 'resource "a_b" "c" { v = 1 + "x" }',
        },
    )
    assert len(project.resources) == 3
    assert len(project.problems) == 1


def test_the_right_side_of_and_may_be_wrong_where_the_left_settles_it(tmp_path: Path) -> None:
    text = 'locals { x = null }\nresource "a_b" "c" { v = local.x != null && local.x.y }'
    project = read(tmp_path, text)
    assert not project.problems
    assert value(project, "a_b.c", "v") is False


def test_files_outside_the_project_are_not_read(tmp_path: Path) -> None:
    (tmp_path.parent / "secret.txt").write_text("hunter2")
    project = read(tmp_path, 'resource "a_b" "c" { v = file("../secret.txt") }')
    assert isinstance(value(project, "a_b.c", "v"), Unknown)
    assert "hunter2" not in repr(project)


# Positions


def test_every_attribute_knows_where_it_is_written(tmp_path: Path) -> None:
    [resource] = read(
        tmp_path,
        """\
        resource "a_b" "c" {
          name = "n"
          tags = merge(local.tags, {
            Name = "x"
          })
          list = ["a", { k = "v" }]
          disk {
            size = 1
          }
          dynamic "disk" {
            for_each = [2, 3]
            content {
              size = disk.value
            }
          }
        }
        locals { tags = {} }
        """,
    ).resources
    where = {
        ("name",): "main.tf:2:3",
        ("tags",): "main.tf:3:3",
        ("tags", "Name"): "main.tf:4:5",
        ("tags", "other"): "main.tf:3:3",
        ("list", 0): "main.tf:6:11",
        ("list", 1, "k"): "main.tf:6:18",
        ("disk",): "main.tf:7:3",
        ("disk", 0): "main.tf:7:3",
        ("disk", 0, "size"): "main.tf:8:5",
        ("disk", 2): "main.tf:10:3",
        ("disk", 2, "size"): "main.tf:13:7",
        ("gone",): "main.tf:1:1",
        (): "main.tf:1:1",
    }
    for path, place in where.items():
        assert str(resource.where(path)) == place, path
    listed = dict(resource.positions)
    assert {path for path in where if len(path) > 0} - {("tags", "other"), ("gone",)} <= set(listed)
    assert all(str(span) == str(resource.where(path)) for path, span in listed.items())
    name = resource.where(("name",))
    assert (name.end_line, name.end_column) == (2, 13)


def test_columns_count_characters_not_bytes(tmp_path: Path) -> None:
    [resource] = read(tmp_path, 'resource "a_b" "c" { ü = { "é" = 1, b = 2 } }').resources
    assert str(resource.where(("ü", "b"))) == "main.tf:1:37"


def test_a_resource_can_be_sent_to_another_process(tmp_path: Path) -> None:
    [resource] = read(tmp_path, 'resource "a_b" "c" {\n  disk { size = 1 }\n}').resources
    copy = pickle.loads(pickle.dumps(resource))
    assert copy.where(("disk", 0, "size")) == resource.where(("disk", 0, "size"))
    assert copy.values == resource.values


# Edges


def test_a_known_value_keeps_its_edge(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "x" { name = "n" }
        resource "a_b" "y" {
          name  = a_b.x.name
          whole = a_b.x
          tags  = { of = a_b.x.id }
          disk { key = "k-${a_b.x.arn}" }
        }
        """,
    )
    assert only(project, "a_b.y").references == (
        Reference(("name",), "a_b.x", "name"),
        Reference(("whole",), "a_b.x", ""),
        Reference(("tags", "of"), "a_b.x", "id"),
        Reference(("disk", 0, "key"), "a_b.x", "arn"),
    )


def test_an_edge_names_the_instance_where_the_text_says_which(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        locals { n = 1 }
        resource "a_b" "counted" { count = 2 }
        resource "a_b" "each" { for_each = toset(["k"]) }
        resource "a_b" "y" {
          for_each = toset(["k"])
          a = a_b.counted[0].id
          b = a_b.counted[local.n].id
          c = a_b.each[each.key].id
          d = a_b.counted[*].id
          e = [for x in a_b.counted : x.arn]
          f = a_b.counted.*.name
        }
        """,
    )
    assert [(r.path, r.target, r.attribute) for r in only(project, 'a_b.y["k"]').references] == [
        (("a",), "a_b.counted[0]", "id"),
        (("b",), "a_b.counted[1]", "id"),
        (("c",), 'a_b.each["k"]', "id"),
        (("d",), "a_b.counted[0]", "id"),
        (("d",), "a_b.counted[1]", "id"),
        (("e",), "a_b.counted[0]", "arn"),
        (("e",), "a_b.counted[1]", "arn"),
        (("f",), "a_b.counted[0]", "name"),
        (("f",), "a_b.counted[1]", "name"),
    ]


def test_an_instance_refers_to_the_one_instance_its_value_waits_for(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_plan" "p" {
          for_each = {one = 1, two = 2}
          name     = each.key
        }
        resource "a_app" "x" {
          for_each = {for p in a_plan.p : p.name => p}
          plan_id  = each.value.id
        }
        """,
    )
    assert {(r.path, r.target) for r in only(project, 'a_app.x["two"]').references} == {
        (("plan_id",), 'a_plan.p["two"]')
    }


def test_an_empty_text_is_an_argument_that_nobody_set(tmp_path: Path) -> None:
    code = 'resource "aws_x" "a" {\n  host_id = ""\n  tags    = { team = "" }\n  tag {\n    value = ""\n  }\n}\n'
    assert dict(only(read(tmp_path, code), "aws_x.a").values) == {"tags": {"team": ""}, "tag": [{"value": ""}]}


def test_a_list_of_all_instances_refers_to_each_of_them(tmp_path: Path) -> None:
    """Also where the one that lists them has an index: `a_nat.n[0]` uses both addresses, not only `a_ip.x[0]`."""
    project = read(
        tmp_path,
        """
        resource "a_ip" "x" {
          count = 2
        }
        resource "a_nat" "n" {
          count = 1
          ips   = a_ip.x.*.id
          more  = [for ip in a_ip.x : ip.id]
          first = element(a_ip.x[*].id, count.index)
        }
        """,
    )
    assert {(r.path, r.target) for r in only(project, "a_nat.n[0]").references} == {
        (("ips",), "a_ip.x[0]"),
        (("ips",), "a_ip.x[1]"),
        (("more",), "a_ip.x[0]"),
        (("more",), "a_ip.x[1]"),
        (("first",), "a_ip.x[0]"),
    }


def test_edges_go_through_locals_variables_and_outputs_as_narrow_as_they_can(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": """
            resource "a_b" "one" {}
            resource "a_b" "two" {}
            locals { both = { one = a_b.one.id, two = a_b.two.id } }
            module "m" {
              for_each = { k = { use = a_b.two.arn } }
              source   = "./m"
              config   = { first = local.both.one, second = each.value.use }
            }
            resource "a_b" "y" { v = module.m["k"].id }
            """,
            "m/main.tf": """
            variable "config" {}
            resource "a_b" "inner" {
              first  = var.config.first
              second = var.config.second
            }
            output "id" { value = a_b.inner.id }
            """,
        },
    )
    assert only(project, 'module.m["k"].a_b.inner').references == (
        Reference(("first",), "a_b.one", "id"),
        Reference(("second",), "a_b.two", "arn"),
    )
    assert addresses(only(project, "a_b.y")) == {('module.m["k"].a_b.inner', "id")}


def test_an_edge_is_found_behind_what_mostly_holds_settings(tmp_path: Path) -> None:
    """Each step alone reads only names: the resource stands three of them away, in a module another one calls."""
    project = read(
        tmp_path,
        {
            "main.tf": """
            resource "a_b" "x" {}
            locals {
              rows  = [{ name = "n", owner = local.owner }, { name = "m", owner = "nobody" }]
              owner = a_b.x.id
            }
            module "outer" {
              source   = "./outer"
              for_each = { for row in local.rows : row.name => row }
              row      = each.value
            }
            """,
            "outer/main.tf": """
            variable "row" {}
            module "inner" {
              source = "../inner"
              rows   = [var.row]
            }
            """,
            "inner/main.tf": """
            variable "rows" {}
            resource "a_b" "y" {
              dynamic "disk" {
                for_each = var.rows
                content { owner = disk.value.owner }
              }
            }
            """,
        },
    )
    for key in ("n", "m"):
        inner = f'module.outer["{key}"].module.inner.a_b.y'
        assert only(project, inner).references == (Reference(("disk", 0, "owner"), "a_b.x", "id"),), key


def test_locals_that_depend_on_each_other_keep_the_edges_beside_the_ring(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "x" {}
        locals {
          a = [local.b, a_b.x.id]
          b = local.a
        }
        resource "a_b" "y" { v = local.b }
        resource "a_b" "z" { v = local.a }
        """,
    )
    assert addresses(only(project, "a_b.z")) == {("a_b.x", "id")}
    assert addresses(only(project, "a_b.y")) == {("a_b.x", "id")}


def test_a_known_condition_leaves_only_the_edges_of_its_branch(tmp_path: Path) -> None:
    text = """
    variable "spot" { %s }
    resource "a_b" "spot" {}
    resource "a_b" "list" {}
    resource "a_b" "y" { v = var.spot ? a_b.spot.id : a_b.list.id }
    """
    assert addresses(only(read(tmp_path, text % "default = true"), "a_b.y")) == {("a_b.spot", "id")}
    both = {("a_b.spot", "id"), ("a_b.list", "id")}
    assert addresses(only(read(tmp_path, text % ""), "a_b.y")) == both


def test_edges_go_through_dynamic_blocks_lookups_and_merges(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        resource "a_b" "x" {}
        resource "a_b" "z" {}
        locals { ids = merge({ a = a_b.x.id }, { b = a_b.z.id }) }
        resource "a_b" "y" {
          dynamic "disk" {
            for_each = { d = { key = a_b.x.arn } }
            content { key = disk.value.key }
          }
          v = lookup(local.ids, "b", "none")
          w = local.ids["a"]
        }
        """,
    )
    assert {(r.path, r.target, r.attribute) for r in only(project, "a_b.y").references} == {
        (("disk", 0, "key"), "a_b.x", "arn"),
        (("v",), "a_b.z", "id"),
        (("w",), "a_b.x", "id"),
    }


# Moves and imports


def test_a_resource_knows_its_former_addresses(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "main.tf": """
            resource "a_b" "new" { count = 1 }
            module "m" {
              for_each = toset(["k"])
              source   = "./m"
            }
            moved {
              from = a_b.old
              to   = a_b.newer[0]
            }
            moved {
              from = a_b.newer
              to   = a_b.new
            }
            moved {
              from = module.older
              to   = module.m["k"]
            }
            """,
            "m/main.tf": 'resource "a_b" "c" {}\nmoved {\n  from = a_b.was\n  to = a_b.c\n}\n',
        },
    )
    assert only(project, "a_b.new[0]").formerly == ("a_b.newer[0]", "a_b.old")
    assert set(only(project, 'module.m["k"].a_b.c').formerly) == {
        'module.m["k"].a_b.was',
        "module.older.a_b.c",
        "module.older.a_b.was",
    }


def test_an_import_without_a_block_is_told(tmp_path: Path) -> None:
    text = """
    import {
      for_each = { a = "i-1" }
      to       = aws_instance.made[each.key]
      id       = each.value
    }
    import {
      to = aws_instance.there
      id = "i-2"
    }
    resource "aws_instance" "there" {}
    """
    project = read(tmp_path, text)
    assert [(p.level, p.code, str(p.span)) for p in project.problems] == [
        (Level.NOTICE, "import-without-resource", "main.tf:2:1")
    ]


@pytest.mark.parametrize("root", ["local", "var", "a_b", "module", "data.x"])
def test_a_secret_where_a_name_belongs_is_not_printed(tmp_path: Path, root: str) -> None:
    secret = 'variable "s" {\n  sensitive = true\n  default = "hunter2"\n}\n'
    project = read(tmp_path, f'{secret}resource "a_b" "c" {{ v = {root}[var.s].x }}')
    assert problems(project, "evaluation-error")
    assert "hunter2" not in repr(project)


def test_the_long_way_to_write_a_reference_leads_to_the_resource(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
resource "a_b" "c" {
  count = 2
  size  = 5 + count.index
}
resource "a_d" "e" {
  size = resource.a_b.c[1].size
  id   = resource.a_b.c[1].id
}
""",
    )
    assert project.problems == ()
    assert value(project, "a_d.e", "size") == 6
    assert {(r.target, r.path) for r in only(project, "a_d.e").references} == {
        ("a_b.c[1]", ("size",)),
        ("a_b.c[1]", ("id",)),
    }


# The workspace

BY_WORKSPACE = {
    "main.tf": """
        locals {
          all = {dev = {size = 10, names = ["a"]}, prod = {size = 20, names = ["a", "b"]}}
          own = local.all[terraform.workspace]
        }
        resource "a_b" "direct" {
          size = local.own.size
        }
        module "m" {
          source = "./m"
          size   = local.all[terraform.workspace].size
        }
        resource "a_b" "many" {
          for_each = toset(local.own.names)
          name     = each.key
        }
    """,
    "m/main.tf": """
        variable "size" {}
        resource "a_b" "c" {
          size = element([], var.size)
        }
    """,
}


def test_what_only_another_workspace_would_mend_is_one_notice(tmp_path: Path) -> None:
    project = read(tmp_path, BY_WORKSPACE)
    [problem] = project.problems
    assert (problem.level, problem.code, str(problem.span)) == (Level.NOTICE, "workspace-not-named", "main.tf:4:9")
    assert "1 more argument " in problem.message
    assert "terraform.workspace is default, which was taken: own: the object has no element" in problem.message
    assert "--workspace NAME" in problem.hint
    assert {r.address for r in project.resources} == {"a_b.direct", "module.m.a_b.c", "a_b.many[*]"}
    size = value(project, "a_b.direct", "size")
    assert isinstance(size, Unknown)
    assert "terraform.workspace is taken to be default" in size.reason


@pytest.mark.parametrize("named", [{"workspace": "prod"}, {"environment": {"TF_WORKSPACE": "prod"}}])
def test_in_a_workspace_that_is_named_the_same_is_an_error(tmp_path: Path, named: dict[str, Any]) -> None:
    project = read(tmp_path, BY_WORKSPACE, **named)
    assert [(p.level, p.code) for p in project.problems] == [(Level.ERROR, "evaluation-error")]
    assert value(project, "a_b.direct", "size") == 20
    assert {r.address for r in project.resources} >= {'a_b.many["a"]', 'a_b.many["b"]'}


def test_what_has_nothing_to_do_with_the_workspace_stays_an_error(tmp_path: Path) -> None:
    text = (
        'locals {\n  name = terraform.workspace\n  wrong = {a = 1}.b\n}\nresource "a_b" "c" {\n  x = local.wrong\n}\n'
    )
    [problem] = read(tmp_path, text).problems
    assert (problem.level, problem.code) == (Level.ERROR, "evaluation-error")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            '"arn:${data.aws_partition.p.partition}:bedrock:${data.aws_region.r.region}::foundation-model/amazon.nova-lite-v1:0"',
            "arn:*:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
        ),
        (
            '"arn:aws:bedrock:${var.region}:${data.aws_caller_identity.me.account_id}:inference-profile/us.amazon.nova-lite-v1:0"',
            "arn:aws:bedrock:*:*:inference-profile/us.amazon.nova-lite-v1:0",
        ),
        ("data.aws_bedrock_foundation_model.m.model_arn", "arn:*:bedrock:*:*:foundation-model/cohere.embed-v4:0"),
        ("data.aws_bedrock_inference_profile.i.inference_profile_arn", "arn:*:bedrock:*:*:inference-profile/us.x.y"),
        ("data.aws_bedrock_inference_profile.i.id", "us.x.y"),
        ('"arn:aws:bedrock:us-east-1::foundation-model/${var.region}"', None),
        ("data.aws_bedrock_foundation_model.n.model_arn", None),
    ],
)
def test_a_model_is_known_wherever_it_is_called(tmp_path: Path, written: str, expected: str | None) -> None:
    text = f"""
        variable "region" {{}}
        provider "aws" {{ region = var.region }}
        data "aws_region" "r" {{}}
        data "aws_partition" "p" {{}}
        data "aws_caller_identity" "me" {{}}
        data "aws_bedrock_foundation_model" "m" {{ model_id = "cohere.embed-v4:0" }}
        data "aws_bedrock_foundation_model" "n" {{ model_id = var.region }}
        data "aws_bedrock_inference_profile" "i" {{ inference_profile_id = "us.x.y" }}
        resource "aws_bedrock_provisioned_model_throughput" "p" {{ model_arn = {written} }}
    """
    found = only(read(tmp_path, text), "aws_bedrock_provisioned_model_throughput.p").values["model_arn"]
    assert found == expected if expected else isinstance(found, Unknown)


def test_a_scaled_variant_is_known_whatever_its_endpoint_will_be_called(tmp_path: Path) -> None:
    text = """
        resource "aws_sagemaker_endpoint" "e" { endpoint_config_name = "c" }
        resource "aws_appautoscaling_target" "t" { resource_id = "endpoint/${aws_sagemaker_endpoint.e.name}/variant/a" }
    """
    assert only(read(tmp_path, text), "aws_appautoscaling_target.t").values["resource_id"] == "endpoint/*/variant/a"
