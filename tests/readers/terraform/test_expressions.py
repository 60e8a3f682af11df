"""Expressions of known values: every expected value is what Terraform 1.11.4 plans for `terraform_data.input`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.expressions import Variables, evaluate
from finops_lint.readers.terraform.functions import Context, Functions
from finops_lint.readers.terraform.parse import parse_expression
from finops_lint.readers.terraform.types import NUMBER, STRING
from finops_lint.readers.terraform.values import (
    EvaluationError,
    TerraformList,
    TerraformMap,
    TerraformSet,
    Unk,
    make_set,
)

LOCALS: dict[str, Any] = {
    "s": "hello",
    "n": 3,
    "null": None,
    "l": TerraformList(["b", "a"], STRING),
    "set": make_set(["z", "y"], STRING),
    "m": TerraformMap({"k": "v", "a": "b"}, STRING),
    "o": {"list": ("p", "q"), "name": "n", "size": 4},
    "t": ("x", 7, False),
    "objects": TerraformList([{"a": "1", "b": 2}, {"a": "2", "b": 3}]),
    "sizes": TerraformList([3, 1], NUMBER),
}

FUNCTIONS = Functions(Context(Path("/nowhere")))


def value_of(expression: str, **variables: Any) -> Any:
    source = SourceText("x.tf", expression.encode())
    return evaluate(parse_expression(source), Variables({"local": LOCALS, **variables}, FUNCTIONS))


def plain(value: Any) -> Any:
    """The value in JSON's shapes, as `terraform show -json` has it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | TerraformSet):
        return [plain(item) for item in value]
    return value


def error_of(expression: str, **variables: Any) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        value_of(expression, **variables)
    return caught.value


ARITHMETIC = [
    ("1 + 2 * 3", 7),
    ('"1" + 1', 2),
    ("7 / 2", Decimal("3.5")),
    ("6 / 2", 3),
    ("-10 % 3", -1),
    ("10 % -3", 1),
    ("5.5 % 2", Decimal("1.5")),
    ("5 % 0", 5),
    ("0.1 + 0.2", Decimal("0.3")),
    ("0.1 + 0.2 == 0.3", True),
    ("1.1 * 100", 110),
    ("2 / (1 / 3)", 6),
    ("1e3", 1000),
    ("-(2.5)", Decimal("-2.5")),
    ('-"3"', -3),
    ("1 / 0 > 5", True),
    ("2 > 1.5", True),
    ('"10" > "9"', True),
    ("3 <= 3", True),
]

LOGIC = [
    ("true && false", False),
    ('"true" || false', True),
    ('!"false"', True),
    ("1 == 1.0", True),
    ('1 == "1"', False),
    ('true == "true"', False),
    ("null == null", True),
    ('null == ""', False),
    ("[1, 2] == [1, 2]", True),
    ("local.l == ['b', 'a']".replace("'", '"'), False),
    ('local.l == tolist(["b", "a"])', True),
    ('local.m == {k = "v", a = "b"}', False),
    ("{a = 1, b = [2]} == {b = [2], a = 1}", True),
    ("[1] != [1, 2]", True),
    ('toset(["a", "b"]) == toset(["b", "a", "a"])', True),
]

TEMPLATES = [
    ('"a${1}b"', "a1b"),
    ('"${1}"', 1),
    ('"${[1]}"', [1]),
    ('"${true}-${2.50}"', "true-2.5"),
    ('"x${1/3}"', "x0." + "3" * 154 + "5"),
    ('"x${4/3}"', "x1." + "3" * 153 + "4"),
    ('"x${2.5/3.5}"', "x0." + "714285" * 25 + "7143"),
    ('"x${1e30}"', "x1" + "0" * 30),
    ('"x${0.000001}"', "x0.000001"),
    ('"a ${~ 1 ~} b"', "a1b"),
    ('" ${~ 1}"', "1"),
    ('"${1 ~} "', "1"),
    ('"$${a} %%{b}"', "${a} %{b}"),
    ('"%{ if local.n > 2 }big%{ else }small%{ endif }"', "big"),
    ('"%{ if false }x%{ endif }"', ""),
    ('"%{ if true }${1}%{ endif }"', "1"),
    ('"%{ for v in local.l }[${v}]%{ endfor }"', "[b][a]"),
    ('"%{ for k, v in local.m }${k}=${v};%{ endfor }"', "a=b;k=v;"),
    ('"%{ for v in local.l ~} \\n ${v} \\n%{ endfor ~} "', "b \na \n"),
    ("<<EOT\nhello ${local.s}\n  %{ if true ~}\n  yes\n  %{~ endif }\nEOT\n", "hello hello\n    yes\n\n"),
    ("<<-EOT\n    a\n      b\n    EOT\n", "a\n  b\n"),
    ('"é"'.replace("é", "e\u0301"), "\u00e9"),
]

CONDITIONALS = [
    ("true ? 1 : 2", 1),
    ('true ? 1 : "a"', "1"),
    ('"true" ? 1 : 2', 1),
    ("false ? 1 : null", None),
    ("true ? 1 : null", 1),
    ("true ? [1] : []", [1]),
    ('true ? [1] : ["a", "b"]', ["1"]),
    ("true ? {a = 1} : {b = 2}", {"a": 1}),
    ('true ? {a = 1, b = true} : {a = "x", b = false}', {"a": "1", "b": True}),
    ('true ? {a = 1} : {b = "x"}', {"a": "1"}),
    ("true ? local.l : [1]", ["b", "a"]),
    ("false ? local.l : [1]", ["1"]),
    ("false ? local.set : [2, 1]", ["1", "2"]),
    ("true ? 1 : local.o.nothing", 1),
    ('true ? 1 : "a${null}"', "1"),
]

COLLECTIONS = [
    ("[1, true, null, {}]", [1, True, None, {}]),
    ('{b = 1, a = 2, "c d" = 3, (local.s) = 4, 5 = 6}', {"a": 2, "b": 1, "c d": 3, "hello": 4, "5": 6}),
    ("{a = 1, a = 2}", {"a": 2}),
    ("local.l[0]", "b"),
    ('local.l["1"]', "a"),
    ("local.l.1", "a"),
    ('local.m["k"]', "v"),
    ("local.m.k", "v"),
    ("local.o.list[1]", "q"),
    ('local.o["name"]', "n"),
    ('{5 = "x"}[5]', "x"),
    ("local.objects[*].a", ["1", "2"]),
    ("local.objects.*.b", [2, 3]),
    ("local.objects.*.a[0]", "1"),
    ("local.null[*]", []),
    ("local.s[*]", ["hello"]),
    ("local.o[*].name", ["n"]),
    ("local.set[*]", ["y", "z"]),
    ("local.m[*]", [{"a": "b", "k": "v"}]),
    ("[[1, 2], [3]][*][0]", [1, 3]),
]

LOOPS = [
    ("[for x in local.l : upper(x)]", ["B", "A"]),
    ("[for i, x in local.l : i]", [0, 1]),
    ('[for k, v in local.m : "${k}${v}"]', ["ab", "kv"]),
    ("[for k, v in local.set : k == v]", [True, True]),
    ("[for x in [3, 1, 2] : x if x > 1]", [3, 2]),
    ("{for k, v in local.m : v => k}", {"b": "a", "v": "k"}),
    ('{for x in [1, 2, 3] : x % 2 == 0 ? "even" : "odd" => x...}', {"even": [2], "odd": [1, 3]}),
    ("{for x in [1, 2] : x => [for y in [1, 2] : x * y]}", {"1": [1, 2], "2": [2, 4]}),
    ("[for local in [1] : local]", [1]),
    ('[for x in [1] : x if "true"]', [1]),
    ("[for o in local.objects : o.b]", [2, 3]),
]

CALLS = [
    ("max([1, 5, 2]...)", 5),
    ("max(4, [1, 2]...)", 4),
    ("try(local.o.nothing, 2)", 2),
    ("try(local.o.nothing, local.o.name)", "n"),
    ("can(local.o.nothing)", False),
    ("can(local.o.name)", True),
    ('can(tonumber("x"))', False),
    ("core::try(local.o.nothing, 1)", 1),
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [*ARITHMETIC, *LOGIC, *TEMPLATES, *CONDITIONALS, *COLLECTIONS, *LOOPS, *CALLS],
    ids=lambda item: item if isinstance(item, str) else "",
)
def test_a_known_expression_has_the_value_terraform_gives_it(expression: str, expected: object) -> None:
    got = plain(value_of(expression))
    assert got == expected
    assert type(got) is type(expected)


REFUSED = [
    ('"a" + 1', "left operand"),
    ("null + 1", "null"),
    ("0 / 0", "zero"),
    ("1 && true", "bool is required"),
    ('"TRUE" ? 1 : 2', "lowercase"),
    ("null ? 1 : 2", "null"),
    ("true ? [] : {}", "do not go together"),
    ("true ? 1 : true", "do not go together"),
    ('"a${null}"', "null"),
    ('"a${[]}"', "string is required"),
    ("local.l[2]", "number of elements"),
    ("local.l[-1]", "negative"),
    ("local.l[0.5]", "whole"),
    ('local.l["x"]', "number is required"),
    ("local.set[0]", "no index"),
    ("local.m.nothing", "nothing"),
    ('local.m["nothing"]', "no element"),
    ("local.s.length", "string has no attribute"),
    ("local.null.a", "null"),
    ("local.objects.a", "an element of it may"),
    ("[for x in null : x]", "null"),
    ("[for x in 1 : x]", "number"),
    ("[for x in [1] : x if null]", "null"),
    ("{for x in [1, 1] : x => x}", "same key"),
    ("{for x in [1] : null => x}", "null"),
    ("{(null) = 1}", "null"),
    ("max(1...)", "list, set or tuple"),
    ("try()", "argument"),
    ("try(local.o.nothing, local.l[9])", "none of the arguments"),
    ("nothing.at.all", "nothing"),
]


@pytest.mark.parametrize(("expression", "words"), REFUSED)
def test_what_terraform_refuses_is_an_error_in_plain_words(expression: str, words: str) -> None:
    assert words in error_of(expression).message


def test_an_error_points_at_the_part_that_is_wrong() -> None:
    error = error_of('[1, 2 + local.l["x"]]')
    assert '[1, 2 + local.l["x"]]'[error.start : error.end] == 'local.l["x"]'


def test_a_variable_of_for_hides_everything_else_of_that_name() -> None:
    assert value_of("[for x in [1] : x]", x=2) == (1,)


def test_a_long_row_of_operators_does_not_need_a_deep_stack() -> None:
    assert value_of(" + ".join(["1"] * 200)) == 200


def test_loops_that_run_too_long_are_unknown() -> None:
    numbers = tuple(range(1000))
    got = value_of("[for a in n : [for b in n : [for c in n : c]]]", n=numbers)
    assert isinstance(got, Unk)
    assert "too long" in got.reason


def test_a_text_that_doubles_too_often_is_unknown() -> None:
    got = value_of('"${t}${t}"', t="x" * 3_000_000)
    assert isinstance(got, Unk)
    assert "too long" in got.reason


def test_a_collection_that_doubles_too_often_is_unknown() -> None:
    doubled: Any = (1, 1)
    for _ in range(30):
        doubled = value_of("[d, d]", d=doubled) if not isinstance(doubled, Unk) else doubled
    assert isinstance(doubled, Unk)
    assert "too large" in doubled.reason


def test_try_does_not_hide_that_something_is_too_large() -> None:
    got = value_of('try("${t}${t}", "small")', t="x" * 3_000_000)
    assert isinstance(got, Unk)
