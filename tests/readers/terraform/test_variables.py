"""Values of root variables: who gives them, in which order, and what is said of wrong ones.

Precedence: https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.finding import Level
from finops_lint.model.values import Unknown
from tests.readers.terraform.project import problems, read, value

SHOW = 'variable "x" {{ {} }}\nresource "a_b" "c" {{ v = var.x }}\n'


def given(folder: Path, declared: str = "", /, files: dict[str, str] | None = None, **options: Any) -> Any:
    project = read(folder, {"main.tf": SHOW.format(declared), **(files or {})}, **options)
    return value(project, "a_b.c", "v")


SOURCES: list[tuple[str, dict[str, str], dict[str, Any], str]] = [
    ("the environment", {}, {"environment": {"TF_VAR_x": "1"}}, "1"),
    ("terraform.tfvars", {"terraform.tfvars": 'x = "2"'}, {}, "2"),
    ("terraform.tfvars.json", {"terraform.tfvars.json": '{"x": "3"}'}, {}, "3"),
    ("b.auto.tfvars", {"b.auto.tfvars": 'x = "4"'}, {}, "4"),
    ("c.auto.tfvars.json", {"c.auto.tfvars.json": '{"x": "5"}'}, {}, "5"),
    ("--var-file", {"six.tfvars": 'x = "6"'}, {"inputs": (("file", "six.tfvars"),)}, "6"),
    ("--var", {}, {"inputs": (("value", "x=7"),)}, "7"),
]


@pytest.mark.parametrize("last", range(len(SOURCES)), ids=[s[0] for s in SOURCES])
def test_each_source_wins_over_all_before_it(tmp_path: Path, last: int) -> None:
    files: dict[str, str] = {}
    options: dict[str, Any] = {"inputs": ()}
    for _, more, option, _ in SOURCES[: last + 1]:
        files |= more
        options |= {k: options.get(k, ()) + v if k == "inputs" else v for k, v in option.items()}
    assert given(tmp_path, 'default = "0"', files=files, **options) == SOURCES[last][3]


def test_of_options_the_later_wins_whatever_its_kind(tmp_path: Path) -> None:
    inputs = (("value", "x=first"), ("file", "f.tfvars"))
    assert given(tmp_path, files={"f.tfvars": 'x = "file"'}, inputs=inputs) == "file"
    assert given(tmp_path, inputs=tuple(reversed(inputs))) == "first"


def test_a_var_file_that_is_only_beside_the_project_is_found(tmp_path: Path) -> None:
    files = {"live/main.tf": SHOW.format(""), "live/prod.tfvars": 'x = "prod"'}
    project = read(tmp_path, files, at="live", inputs=(("file", "prod.tfvars"),))
    assert value(project, "a_b.c", "v") == "prod"


def test_text_is_taken_as_it_is_for_plain_types_and_parsed_for_others(tmp_path: Path) -> None:
    assert given(tmp_path, "", inputs=(("value", "x=[1]"),)) == "[1]"
    assert given(tmp_path, "type = string", inputs=(("value", 'x="q"'),)) == '"q"'
    assert given(tmp_path, "type = number", inputs=(("value", "x=5"),)) == 5
    assert given(tmp_path, "type = list(number)", inputs=(("value", 'x=["1", 2]'),)) == [1, 2]
    assert given(tmp_path, "type = any", environment={"TF_VAR_x": "{a = true}"}) == {"a": True}


def test_text_that_is_no_expression_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    project = read(tmp_path, SHOW.format("type = list(string)"), inputs=(("value", "x=[unclosed"),))
    assert isinstance(value(project, "a_b.c", "v"), Unknown)
    [problem] = problems(project, "wrong-type")
    assert problem.level is Level.ERROR
    assert str(problem.span) == "--var x:1:1"


def test_a_variable_without_value_is_unknown_and_names_itself(tmp_path: Path) -> None:
    found = given(tmp_path, "type = string")
    assert isinstance(found, Unknown)
    assert (found.reason, found.waits_for) == ("var.x has no value", ("var.x",))
    assert found.span is not None
    assert str(found.span) == "main.tf:1:1"


@pytest.mark.parametrize(
    ("declared", "text", "where"),
    [
        ("type = number", 'x = "abc"', "terraform.tfvars:1:1"),
        ("type = list(string)", "x = {}", "terraform.tfvars:1:1"),
        ("type = object({ a = string })", 'x = { b = "" }', "terraform.tfvars:1:1"),
        ("type = bool", 'x = "True"', "terraform.tfvars:1:1"),
    ],
)
def test_a_value_of_the_wrong_type_is_one_error_at_the_value(
    tmp_path: Path, declared: str, text: str, where: str
) -> None:
    project = read(tmp_path, {"main.tf": SHOW.format(declared), "terraform.tfvars": text})
    assert [(p.level, str(p.span)) for p in problems(project, "wrong-type")] == [(Level.ERROR, where)]
    assert isinstance(value(project, "a_b.c", "v"), Unknown)


def test_a_default_of_the_wrong_type_is_an_error_too(tmp_path: Path) -> None:
    project = read(tmp_path, 'variable "x" {\n  type = number\n  default = "no"\n}\n')
    assert [str(p.span) for p in problems(project, "wrong-type")] == ["main.tf:3:3"]


def test_a_type_that_is_not_one_is_reported_and_taken_as_any(tmp_path: Path) -> None:
    project = read(tmp_path, SHOW.format("type = listof(string)"), inputs=(("value", "x=v"),))
    assert [str(p.span) for p in problems(project, "wrong-type")] == ["main.tf:1:23"]
    assert value(project, "a_b.c", "v") == "v"


def test_null_means_the_default_only_where_null_is_not_allowed(tmp_path: Path) -> None:
    tfvars = {"terraform.tfvars": "x = null"}
    assert given(tmp_path, '\ndefault = "d"\nnullable = false\n', files=tfvars) == "d"
    assert given(tmp_path, '\ndefault = "d"\n', files=tfvars) is None


def test_a_secret_is_marked_wherever_it_goes(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        """
        variable "secret" {
          sensitive = true
          default = "s3cret"
        }
        locals { wrapped = { inside = ["<${var.secret}>"] } }
        resource "a_b" "c" {
          plain  = "p"
          direct = var.secret
          deep   = local.wrapped
          block { v = var.secret }
        }
        """,
    )
    [resource] = project.resources
    assert resource.is_sensitive(("direct",))
    assert resource.is_sensitive(("deep", "inside", 0))
    assert resource.is_sensitive(("block", 0, "v"))
    assert not resource.is_sensitive(("plain",))
    assert not resource.is_sensitive(("block", 0))


def test_a_wrong_secret_is_not_printed(tmp_path: Path) -> None:
    text = 'variable "x" {\n  type = number\n  sensitive = true\n  default = "hunter2"\n}\n'
    assert "hunter2" not in repr(read(tmp_path, text).problems)


def test_an_undeclared_var_is_a_notice_and_an_undeclared_tfvars_line_nothing(tmp_path: Path) -> None:
    files = {"main.tf": "", "terraform.tfvars": "other = 1"}
    project = read(tmp_path, files, inputs=(("value", "typo=1"),), environment={"TF_VAR_more": "1"})
    assert [(p.level, p.code) for p in project.problems] == [(Level.NOTICE, "undeclared-variable")]


@pytest.mark.parametrize("text", ["novalue", "=x"])
def test_a_var_without_name_or_value_is_wrong_usage(tmp_path: Path, text: str) -> None:
    project = read(tmp_path, "", inputs=(("value", text),))
    assert [p.level for p in problems(project, "wrong-usage")] == [Level.ERROR]


def test_a_var_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    project = read(tmp_path, "", inputs=(("file", "gone.tfvars"),))
    assert [(p.level, p.code) for p in project.problems] == [(Level.ERROR, "unreadable-file")]


def test_a_tfvars_file_can_refer_to_nothing_and_call_nothing(tmp_path: Path) -> None:
    for text in ("x = var.y", 'x = upper("a")'):
        project = read(tmp_path, {"main.tf": SHOW.format(""), "terraform.tfvars": text})
        assert len(problems(project, "wrong-type")) == 1


def test_a_block_in_a_tfvars_file_is_reported(tmp_path: Path) -> None:
    project = read(tmp_path, {"main.tf": "", "terraform.tfvars": "x {\n}\n"})
    assert [p.code for p in project.problems] == ["misplaced-block"]


def test_the_workspace_comes_from_the_option_then_the_environment(tmp_path: Path) -> None:
    text = 'resource "a_b" "c" { v = terraform.workspace }'
    assert value(read(tmp_path, text), "a_b.c", "v") == "default"
    environment = {"TF_WORKSPACE": "stage"}
    assert value(read(tmp_path, text, environment=environment), "a_b.c", "v") == "stage"
    project = read(tmp_path, text, environment=environment, workspace="prod")
    assert (value(project, "a_b.c", "v"), project.workspace) == ("prod", "prod")
