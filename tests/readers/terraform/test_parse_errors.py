"""Syntax errors: where, in which words, and what is still read."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from finops_lint.model.finding import Level
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse import parse_hcl
from finops_lint.readers.terraform.syntax import ParsedFile

ROOT = Path(__file__).parents[3]


def read(text: str | bytes, file: str = "main.tf") -> ParsedFile:
    return parse_hcl(SourceText(file, text.encode() if isinstance(text, str) else text))


def only(text: str | bytes) -> tuple[str, str, str]:
    """Position, message and hint of the one problem; a second block in the text must have been found."""
    parsed = read(text)
    assert parsed.incomplete
    (problem,) = parsed.problems
    assert problem.level is Level.ERROR
    assert problem.code == "syntax-error"
    assert problem.span is not None
    return f"{problem.span.line}:{problem.span.column}", problem.message, problem.hint


@pytest.mark.parametrize(
    ("inside", "where", "message"),
    [
        ("x = [1 2]", "2:10", "expected `,` or `]` in this list, found a number"),
        (
            "x = [\n  1\n  2]",
            "4:3",
            "expected `,` or `]` in this list, found a number, inside the `[` opened on line 2",
        ),
        ("x = f(1 2)", "2:11", "expected `,` or `)`, found a number"),
        ("x = (1", "2:7", "`(` is never closed"),
        ("x = [1, 2", "2:7", "`[` is never closed"),
        ('x = "abc', "2:7", "this string is not closed on its line"),
        ('x = "a${b', "2:7", "this string is not closed on its line"),
        ("x = 'abc'", "2:7", "HCL has no single-quoted strings"),
        ("x = “abc”", "2:7", "`“` is a typographic quote"),
        ("x\u00a0= 1", "2:4", "a no-break space cannot stand in a name"),
        ('x "abc"', "2:5", "expected `=` after `x`"),
        ("count 3", "2:9", "expected `=` after `count`"),
        ("x: 1", "2:4", "expected `=` after `x`, found `:`"),
        ("x == 1", "2:5", "expected `=` after `x`"),
        ("x =\n  y = 1", "2:6", "expected a value, found the end of the line"),
        ("x = 1, y = 2", "2:8", "expected a new line after this argument, found `,`"),
        ("x = 1 y = 2", "2:9", "expected a new line after this argument, found `y`"),
        ("x = 1\n  x = 2", "3:3", "`x` is set twice"),
        ('"x" = 1', "2:3", "expected an argument or a block, found a string"),
        ("x = a.0.1", "2:9", "`.0.1` is not an index"),
        ('x = "\\q"', "2:8", "`\\q` is no escape sequence"),
        ("x = 1 /* c", "2:9", "the comment `/*` is never closed"),
        ('x = "%{ if a }b"', "2:8", "this directive is never ended"),
        ('x = "%{ endif }b"', "2:8", "`%{ endif }` has nothing to end"),
        ('x = "%{ elif a }b"', "2:8", "`%{elif` is no template directive"),
        ("x = { a }", "2:11", "expected `=` and a value after this key"),
        ("x = [for a b : a]", "2:14", "expected `in` and a collection"),
        ("x = [for a in b : a => 1]", "2:23", "a list has no keys"),
        ("x = {for a in b : a}", "2:22", "expected `=>` and a value"),
        ("x = a ? b", "2:12", "expected `:` and the value for the other case"),
        ("x = <<EOT\n  a\n  EOT # b", "2:7", "the heredoc <<EOT is never closed"),
        ("b { x = 1, y = 2 }", "2:12", "expected `}` on this line"),
        ("x = 1 }\n  y = 1", "2:9", "expected a new line after this argument, found `}`"),
    ],
)
def test_a_mistake_is_told_where_it_is_and_costs_only_its_block(inside: str, where: str, message: str) -> None:
    text = f'resource "a" "b" {{\n  {inside}\n}}\n\nvariable "after" {{\n  default = 1\n}}\n'
    at, told, _ = only(text)
    assert told.startswith(message)
    assert at == where
    kept = [block.labels for block in read(text).body.blocks]
    assert kept == [("after",)]


def test_blocks_before_the_mistake_are_kept() -> None:
    parsed = read('variable "a" {}\nresource "b" "c" {\n  x = \n}\nlocals {\n  y = 1\n}\n')
    assert [block.type for block in parsed.body.blocks] == ["variable", "locals"]


def test_every_block_with_a_mistake_is_told() -> None:
    parsed = read('resource "a" "b" {\n  x = \n}\nresource "c" "d" {\n  y = [1 2]\n}\nlocals {}\n')
    assert [problem.span.line for problem in parsed.problems if problem.span] == [2, 5]
    assert [block.type for block in parsed.body.blocks] == ["locals"]


def test_a_missing_brace_is_found_by_the_indentation() -> None:
    text = 'resource "a" "b" {\n  tags = {\n    x = 1\n}\n\nresource "c" "d" {\n  y = 1\n}\n'
    at, message, hint = only(text)
    assert at == "2:10"
    assert message == "`{` is never closed, inside the `{` opened on line 1"
    assert hint == "add the `}` that belongs to it"
    assert [block.labels for block in read(text).body.blocks] == [("c", "d")]


def test_a_missing_brace_does_not_swallow_the_next_block() -> None:
    text = 'resource "a" "b" {\n  x = 1\n\nresource "c" "d" {\n  y = 1\n}\n'
    assert only(text)[:2] == ("1:18", "`{` is never closed")
    assert [block.labels for block in read(text).body.blocks] == [("c", "d")]


def test_a_brace_too_many_costs_no_block() -> None:
    text = 'resource "a" "b" {\n  x = 1\n}}\nvariable "c" {}\n'
    assert only(text)[:2] == ("3:2", "`}` closes nothing")
    assert len(read(text).body.blocks) == 2


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("apiVersion: v1\nkind: Pod\n", "this looks like YAML, not HCL", "write `name = value`, or rename the file"),
        ("---\na: b\n", "this looks like YAML, not HCL", "write `name = value`, or rename the file"),
        ('# c\n{"resource": {}}\n', "this is JSON, not HCL", "Terraform reads JSON from files named *.tf.json"),
    ],
)
def test_another_language_is_named(text: str, message: str, hint: str) -> None:
    assert only(text)[1:] == (message, hint)


def test_conflict_markers_are_named() -> None:
    text = 'resource "a" "b" {\n<<<<<<< HEAD\n  x = 1\n=======\n  x = 2\n>>>>>>> other\n}\n'
    assert only(text) == ("2:1", "a merge conflict is not resolved here", "keep one side")


def test_a_binary_file_is_a_notice() -> None:
    (problem,) = read(b"PK\x03\x04\x00\x00").problems
    assert (problem.level, problem.code) == (Level.NOTICE, "binary-file")


def test_utf_16_is_one_error() -> None:
    (problem,) = read("locals {}\n".encode("utf-16")).problems
    assert (problem.level, problem.message) == (Level.ERROR, "the file is UTF-16; Terraform reads UTF-8")


def test_whatever_is_cut_out_or_put_in_nothing_is_raised() -> None:
    """Random damage to the samples; an exception is the failure."""
    random_ = random.Random(3)
    pieces = [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        '"',
        "${",
        "%{",
        "<<-EOT\n",
        "\n",
        "~}",
        "*",
        ".",
        "\\",
        "/*",
        "é",
        "\u2028",
    ]
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "sample_iac").rglob("*.tf"))]
    assert texts
    for _ in range(400):
        text = random_.choice(texts)
        for _ in range(random_.randint(1, 4)):
            at = random_.randrange(len(text))
            text = text[:at] + random_.choice(pieces) + text[at + random_.choice([0, 1, 30]) :]
        parsed = read(text)
        assert all(p.span and 1 <= p.span.line <= text.count("\n") + 2 for p in parsed.problems)


def test_latin_1_is_told_and_read_all_the_same() -> None:
    parsed = read(b'# caf\xe9\nlocals {\n  a = "caf\xe9"\n}\n')
    (problem,) = parsed.problems
    assert problem.message == "this is not UTF-8"
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (1, 6)
    assert len(parsed.body.blocks) == 1


def test_variables_values_are_found_again_by_their_names() -> None:
    parsed = read("a = [1\nb = 2\nc = 3\n", "terraform.tfvars")
    assert set(parsed.body.attributes) == {"b", "c"}
    assert len(parsed.problems) == 1


def test_a_file_of_mistakes_stays_quick_and_short() -> None:
    text = 'resource "a" "b" {\n  x = "\n}\n' * 20_000
    begin = time.process_time()
    parsed = read(text)
    assert len(parsed.problems) <= 21
    assert time.process_time() - begin < 3
