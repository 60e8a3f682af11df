"""Edits of Terraform source: the attribute changes, and not a byte beside it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from finops_lint.fixes.edits import CannotEdit, made
from finops_lint.fixes.hcl import edits_of
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Value


def edited(text: str, *changes: tuple[Path, Value], line: int = 1) -> str:
    data = text.encode()
    return made(data, edits_of(data, Span("main.tf", line), changes)).decode()


VOLUME = """resource "aws_ebs_volume" "data" { # the data
  availability_zone = "us-east-1a"
  size              = 100 # GB
  type              = "gp2"   # old

  tags = {
    team = "ml"
  }
}
"""


def test_a_plain_value_is_replaced_and_its_comment_stays() -> None:
    expected = VOLUME.replace('"gp2"', '"gp3"')
    assert edited(VOLUME, (("type",), "gp3")) == expected


def test_a_new_attribute_stands_below_the_last_and_its_sign_below_the_signs() -> None:
    text = 'resource "x" "y" {\n  size              = 100\n  name              = "a" # here\n}\n'
    assert edited(text, (("iops",), 3000)) == text.replace("# here\n", "# here\n  iops              = 3000\n")


def test_lines_keep_their_ends() -> None:
    text = 'resource "x" "y" {\r\n  size = 1\r\n}\r\n'
    assert edited(text, (("type",), "gp3")) == 'resource "x" "y" {\r\n  size = 1\r\n  type = "gp3"\r\n}\r\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resource "x" "y" {}\n', 'resource "x" "y" {\n  a = true\n}\n'),
        ('resource "x" "y" { b = 1 }\n', 'resource "x" "y" {\n  b = 1\n  a = true\n}\n'),
        ('resource "x" "y" {\n}\n', 'resource "x" "y" {\n  a = true\n}\n'),
    ],
)
def test_an_empty_or_short_block_is_opened(text: str, expected: str) -> None:
    assert edited(text, (("a",), True)) == expected


def test_a_nested_block_is_changed_made_and_filled() -> None:
    text = 'resource "x" "y" {\n  a {\n    b = 1\n  }\n}\n'
    assert edited(text, (("a", 0, "b"), 2)) == text.replace("b = 1", "b = 2")
    assert edited(text, (("a", 0, "c"), "x")) == text.replace("    b = 1\n", '    b = 1\n    c = "x"\n')
    assert edited(text, (("n", 0, "c"), 1), (("n", 0, "d"), 2)) == (
        'resource "x" "y" {\n  a {\n    b = 1\n  }\n  n {\n    c = 1\n    d = 2\n  }\n}\n'
    )


def test_a_tag_is_added_to_the_map_and_to_the_last_map_of_a_merge() -> None:
    assert edited(VOLUME, (("tags", "owner"), "a b")) == VOLUME.replace(
        '    team = "ml"\n', '    team = "ml"\n\n    owner = "a b"\n'
    )
    merged = 'resource "x" "y" {\n  tags = merge(var.tags, { team = "ml" })\n}\n'
    assert edited(merged, (("tags", "env:x"), "dev")) == merged.replace('"ml" }', '"ml", "env:x" = "dev" }')
    none = 'resource "x" "y" {\n  size = 1\n}\n'
    assert (
        edited(none, (("tags", "team"), "ml"))
        == 'resource "x" "y" {\n  size = 1\n  tags = {\n    team = "ml"\n  }\n}\n'
    )


def test_what_is_new_stands_as_terraform_fmt_wants_it() -> None:
    """Each expected text is what `terraform fmt` 1.11 leaves as it is."""
    changes = (
        (("iops",), 3000),
        (("throughput",), 125),
        (("wait", 0, "seconds"), 1),
        (("wait", 0, "n"), 2),
        (("tags", "finops:team"), "ml"),
        (("tags", "env"), "dev"),
    )
    lines = [
        "  iops       = 3000",
        "  throughput = 125",
        "  tags = {",
        '    "finops:team" = "ml"',
        '    env           = "dev"',
        "  }",
        "  wait {",
        "    seconds = 1",
        "    n       = 2",
        "  }",
        "}",
    ]
    written = "\n".join(lines) + "\n"
    assert edited('resource "x" "y" {}\n', *changes) == 'resource "x" "y" {\n' + written
    assert edited('resource "x" "y" { a = 1 }\n', *changes) == 'resource "x" "y" {\n  a = 1\n\n' + written
    assert edited('resource "x" "y" {\n  a = 1\n}\n', *changes) == 'resource "x" "y" {\n  a = 1\n\n' + written
    tagged = 'resource "x" "y" {\n  tags = {\n    Name = "a"\n  }\n}\n'
    assert edited(tagged, *changes[4:]) == tagged.replace(
        '    Name = "a"\n', '    Name = "a"\n\n    "finops:team" = "ml"\n    env           = "dev"\n'
    )


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
@pytest.mark.system
@pytest.mark.parametrize("inside", ["", "  a = 1\n", "  a = [\n    1\n  ]\n", "  b {\n    c = 1\n  }\n"])
def test_terraform_fmt_leaves_what_is_written(inside: str) -> None:
    changes = ((("iops",), 3000), (("throughput",), 1), (("w", 0, "seconds"), 1), (("w", 0, "n"), 2), (("t", "k"), "v"))
    text = edited(f'resource "x" "y" {{\n{inside}}}\n', *changes)
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        ["terraform", "fmt", "-"], input=text, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == text


def test_a_new_block_stands_after_all_others() -> None:
    text = 'resource "x" "y" {\n  a = 1\n\n  b {\n  }\n\n  c {\n  }\n}\n'
    after = edited(text, (("d", 0, "e"), 1))
    assert after.index("c {") < after.index("d {")
    assert after.replace("  d {\n    e = 1\n  }\n", "").replace("\n\n}", "\n}") == text


def test_a_block_inside_another_is_found_by_its_place() -> None:
    text = 'a "b" {\n  c {\n    d = 1\n  }\n}\n'
    data = text.encode()
    assert made(data, edits_of(data, Span("main.tf", 2, 3), [(("d",), 2)])).decode() == text.replace("d = 1", "d = 2")


def test_what_is_removed_goes_with_its_line() -> None:
    assert edited(VOLUME, (("size",), None)) == VOLUME.replace("  size              = 100 # GB\n", "")
    text = 'resource "x" "y" {\n  a = 1\n\n  b {\n    c = 1\n  }\n}\n'
    assert edited(text, (("b",), None)) == 'resource "x" "y" {\n  a = 1\n\n}\n'


def test_text_is_written_so_that_terraform_reads_the_same() -> None:
    text = 'resource "x" "y" {\n  a = 1\n}\n'
    assert edited(text, (("a",), 'say "hi" ${x} %{y} \\ \n')) == text.replace(
        "1", '"say \\"hi\\" $${x} %%{y} \\\\ \\n"'
    )


@pytest.mark.parametrize(
    "value",
    ["var.type", 'var.fast ? "gp3" : "gp2"', '"${var.prefix}2"', "lookup(local.types, each.key)", '["gp2", var.type]'],
)
def test_what_is_made_elsewhere_is_left_alone(value: str) -> None:
    with pytest.raises(CannotEdit, match="change what it is made of"):
        edited(f'resource "x" "y" {{\n  type = {value}\n}}\n', (("type",), "gp3"))


@pytest.mark.parametrize("value", ['"gp2"', "-1", '["gp2", "io1"]', "[]", "null"])
def test_what_is_written_out_is_replaced(value: str) -> None:
    text = 'resource "x" "y" {\n  type = %s\n}\n'
    assert edited(text % value, (("type",), "gp3")) == text % '"gp3"'


def test_a_dynamic_block_is_left_alone() -> None:
    text = 'resource "x" "y" {\n  dynamic "disk" {\n    for_each = var.disks\n    content {}\n  }\n}\n'
    with pytest.raises(CannotEdit, match="dynamic"):
        edited(text, (("disk", 0, "type"), "gp3"))
