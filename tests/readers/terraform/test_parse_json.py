"""Terraform's JSON syntax: the examples are from HashiCorp's page on it, or small variations."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse import parse_json
from finops_lint.readers.terraform.syntax import Body, Literal, ParsedFile, Template
from tests.readers.terraform.test_parse import shape


def read(text: str, file: str = "main.tf.json") -> ParsedFile:
    return parse_json(SourceText(file, text.encode()))


def body(text: str, file: str = "main.tf.json") -> Body:
    parsed = read(text, file)
    assert not parsed.problems, [f"{p.span} {p.message}" for p in parsed.problems]
    return parsed.body


def test_a_resource_is_a_block_with_two_labels() -> None:
    text = '{"resource": {\n    "aws_instance": {\n      "web": {\n        "ami": "ami-${var.x}"\n      }\n    }}}'
    (block,) = body(text).blocks
    assert (block.type, block.labels) == ("resource", ("aws_instance", "web"))
    ami = block.body.attributes["ami"]
    assert shape(ami.expression) == ("Template", ["ami-", "@var.x"])
    assert (ami.span.line, ami.span.column) == (4, 9)
    assert (block.span.line, block.span.column) == (3, 7)


def test_positions_inside_a_string_are_exact() -> None:
    text = '{"locals": {"a": "x${foo}"}}'
    (block,) = body(text).blocks
    template = block.body.attributes["a"].expression
    assert isinstance(template, Template)
    name = template.parts[1]
    assert not isinstance(name, str)
    assert text[name.start : name.end] == "foo"


def test_several_blocks_of_one_kind_are_arrays_at_any_level() -> None:
    text = """{"provider": {"aws": [{"region": "us-east-1"}, {"alias": "usw2", "region": "us-west-2"}]},
      "resource": [{"a": {"b": {}}}, {"a": {"c": {}}}]}"""
    blocks = body(text).blocks
    assert [(b.type, b.labels) for b in blocks] == [
        ("provider", ("aws",)),
        ("provider", ("aws",)),
        ("resource", ("a", "b")),
        ("resource", ("a", "c")),
    ]
    assert shape(blocks[1].body.attributes["alias"].expression) == "usw2"


def test_terraforms_own_nested_blocks_are_blocks_and_a_providers_are_arguments() -> None:
    text = """{"resource": {"a": {"b": {
      "lifecycle": {"create_before_destroy": true, "ignore_changes": ["tags"], "precondition": [{"condition": "${x}"}]},
      "provisioner": [{"local-exec": {"command": "ls", "when": "destroy"}}],
      "dynamic": {"disk": {"for_each": "${var.d}", "content": {"size": "${disk.value}"}}},
      "root_block_device": {"volume_size": 8},
      "depends_on": ["a.c"], "provider": "aws.west"}}}}"""
    (block,) = body(text).blocks
    assert [(b.type, b.labels) for b in block.body.blocks] == [
        ("lifecycle", ()),
        ("provisioner", ("local-exec",)),
        ("dynamic", ("disk",)),
    ]
    lifecycle, provisioner, dynamic = (b.body for b in block.body.blocks)
    assert shape(lifecycle.attributes["ignore_changes"].expression) == ("TupleExpression", ["@tags"])
    assert [b.type for b in lifecycle.blocks] == ["precondition"]
    assert shape(provisioner.attributes["when"].expression) == "@destroy"
    assert shape(provisioner.attributes["command"].expression) == "ls"
    assert [b.type for b in dynamic.blocks] == ["content"]
    attributes = {name: shape(a.expression) for name, a in block.body.attributes.items()}
    assert attributes == {
        "root_block_device": ("ObjectExpression", [["volume_size", 8]]),
        "depends_on": ("TupleExpression", ["@a.c"]),
        "provider": "@aws.west",
    }


def test_a_variables_default_is_plain_and_its_type_an_expression() -> None:
    (block,) = body('{"variable": {"x": {"type": "list(string)", "default": ["${not.a.template}"]}}}').blocks
    assert shape(block.body.attributes["type"].expression) == ("Call", "list", ["@string"], False)
    assert shape(block.body.attributes["default"].expression) == ("TupleExpression", ["${not.a.template}"])


def test_a_modules_providers_are_references() -> None:
    (block,) = body('{"module": {"m": {"source": "./m", "providers": {"aws": "aws.west"}}}}').blocks
    assert shape(block.body.attributes["providers"].expression) == (
        "ObjectExpression",
        [["aws", "@aws.west"]],
    )


def test_comment_keys_are_left_out() -> None:
    read_body = body('{"//": "x", "locals": {"//": "y", "a": 1}}')
    assert not read_body.attributes
    assert set(read_body.blocks[0].body.attributes) == {"a"}


def test_escapes_numbers_and_constants() -> None:
    text = r'{"locals": {"a": "\u00e9\n\ud83d\ude00", "b": -1.5, "c": null, "d": [true, 1e2]}}'
    attributes = body(text).blocks[0].body.attributes
    assert {name: shape(a.expression) for name, a in attributes.items()} == {
        "a": "é\n😀",
        "b": Decimal("-1.5"),
        "c": None,
        "d": ("TupleExpression", [True, 100]),
    }


def test_variables_values_are_plain() -> None:
    attributes = body('{"a": "${x}", "b": {"c": [1]}}', "terraform.tfvars.json").attributes
    assert isinstance(attributes["a"].expression, Literal)
    assert attributes["a"].expression.value == "${x}"
    assert shape(attributes["b"].expression) == ("ObjectExpression", [["c", ("TupleExpression", [1])]])


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ('{"a": 1,}', "1:8", "JSON has no comma before `}`"),
        ('{"a" 1}', "1:6", "expected `:` after this name, found `1`"),
        ('{"a": [1 2]}', "1:10", "expected `,` or `]`, found `2`"),
        ('{"a": [1', "1:7", "`[` is never closed"),
        ("", "1:1", "expected a value, found the end of the file"),
        ('{"a": "b\n"}', "1:7", "this string is not closed on its line"),
        ("{a: 1}", "1:2", "expected a name in double quotes, found `a`"),
        ('{"locals": 5}', "1:12", "expected an object, or a list of objects"),
        ('{"locals": {"a": "${b"}}', "1:19", "`${` is never closed"),
        ('{"locals": {"a": 1, "a": 2}}', "1:21", "`a` is set twice"),
        ("[" * 100_000, "1:101", "brackets go more than 100 levels deep here"),
    ],
)
def test_a_mistake_is_told_where_it_is(text: str, where: str, message: str) -> None:
    parsed = read(text)
    assert parsed.incomplete
    (problem,) = parsed.problems
    assert problem.span is not None
    assert (f"{problem.span.line}:{problem.span.column}", problem.message) == (where, message)
