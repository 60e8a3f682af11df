"""Type constraints as Terraform reads them."""

from __future__ import annotations

from typing import Any

import pytest

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse import parse_expression
from finops_lint.readers.terraform.syntax import Literal
from finops_lint.readers.terraform.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListOf,
    MapOf,
    ObjectOf,
    SetOf,
    TupleOf,
    Type,
    TypeSyntaxError,
    has_any,
    has_optional,
    parse_type,
    type_text,
    without_optional,
)


def type_from(text: str) -> Type:
    def default(expression: Any) -> object:
        return expression.value if isinstance(expression, Literal) else expression

    return parse_type(parse_expression(SourceText("x.tf", text.encode())), default)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string", STRING),
        ("number", NUMBER),
        ("bool", BOOL),
        ("any", ANY),
        ('"string"', STRING),
        ('"list"', ListOf(ANY)),
        ("list", ListOf(ANY)),
        ("map", MapOf(ANY)),
        ("list(string)", ListOf(STRING)),
        ("set(list(number))", SetOf(ListOf(NUMBER))),
        ("map(any)", MapOf(ANY)),
        ("tuple([string, bool])", TupleOf((STRING, BOOL))),
        ("tuple([])", TupleOf(())),
        ("object({})", ObjectOf({})),
        ("object({b = string, a = number})", ObjectOf({"a": NUMBER, "b": STRING})),
        ("object({a = optional(number, 1)})", ObjectOf({"a": NUMBER}, {"a": 1})),
        ("object({a = optional(string)})", ObjectOf({"a": STRING}, {"a": None})),
        ("object({a = object({b = optional(bool, true)})})", ObjectOf({"a": ObjectOf({"b": BOOL}, {"b": True})})),
    ],
)
def test_a_type_constraint_is_read(text: str, expected: Type) -> None:
    assert type_from(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strings", "no type called 'strings'"),
        ("list(strings)", "strings"),
        ("list(string, number)", "one type"),
        ("optional(string)", "not a type"),
        ("object([])", "not a type"),
        ("tuple({})", "not a type"),
        ("[string]", "keyword or a call"),
        ("object({a = optional(string, 1, 2)})", "optional"),
    ],
)
def test_what_is_no_type_is_refused(text: str, words: str) -> None:
    with pytest.raises(TypeSyntaxError, match=words.replace("(", r"\(")):
        type_from(text)


def test_a_wrong_type_points_at_its_place() -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        type_from("list(strin)")
    assert "list(strin)"[caught.value.start : caught.value.end] == "strin"


def test_a_type_nested_too_deeply_is_refused() -> None:
    depth = 150
    expression: Any = Literal("string", 0, 0)
    from finops_lint.readers.terraform.syntax import Call

    for _ in range(depth):
        expression = Call("list", (expression,), False, 0, 0)
    with pytest.raises(TypeSyntaxError, match="deeply"):
        parse_type(expression, lambda _: None)


def test_optional_is_found_and_taken_out_at_any_depth() -> None:
    type_ = type_from("list(map(object({a = optional(number, 1)})))")
    assert has_optional(type_)
    assert not has_optional(without_optional(type_))


def test_any_is_found_at_any_depth() -> None:
    assert has_any(type_from("object({a = tuple([list(any)])})"))
    assert not has_any(type_from("object({a = tuple([list(string)])})"))


@pytest.mark.parametrize(
    ("text", "words"),
    [("string", "a string"), ("list(number)", "a list of number"), ("map(any)", "a map"), ("object({})", "an object")],
)
def test_a_type_has_a_name_for_people(text: str, words: str) -> None:
    assert type_text(type_from(text)) == words
