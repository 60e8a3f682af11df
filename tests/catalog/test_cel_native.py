"""The native evaluator against CEL's own runtime: shipped formulas and generated ones give the same both ways."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_lint.catalog.cel import Expression, ExpressionFault, Language, Scope
from finops_lint.catalog.cel_ast import Node, read_tree
from finops_lint.catalog.cel_reads import ANY
from finops_lint.catalog.data import data_root
from finops_lint.catalog.formulas import Formula
from finops_lint.catalog.sheet_model import Part
from finops_lint.catalog.sheets import Sheets
from finops_lint.model.settings import Settings
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.loader import index_rules, load_rule
from finops_lint.rules.rule import AllOf, AnyOf, Not

MISSING = Unknown("var.a has no default", ("var.a",))


def outcome(expression: Expression, values: dict[str, Value], *, by_runtime: bool) -> tuple[str, str]:
    """What comes of it, written out, so that 1.0 and True differ."""
    try:
        return "gives", written(Scope(dict(values)).evaluate(expression, by_runtime=by_runtime))
    except ExpressionFault as fault:
        return "fails", str(fault)


def written(value: Any) -> str:
    """The value with its types; the runtime's maps are in no order."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {written(value[key])}" for key in sorted(value)) + "}"
    return "[" + ", ".join(map(written, value)) + "]" if isinstance(value, list) else repr(value)


def assert_same(expression: Expression, values: dict[str, Value]) -> None:
    ours, reference = (outcome(expression, values, by_runtime=way) for way in (False, True))
    assert ours == reference, f"{expression.text} over {values}"


# Every shipped formula, over values made for the paths it reads


def shipped_parts() -> Iterator[Part]:
    sheets = Sheets(data_root() / "pricing")
    yield from (sheet.part for name in sheets.types() if (sheet := sheets.get(name)))
    for file in sorted((data_root() / "pricing/resources").glob("*/parts/*.yaml")):
        yield sheets.part(file.parent.parent.name, file.stem)


def shipped_formulas() -> Iterator[Expression]:
    for part in shipped_parts():
        yield from (f.expression for f in part.formulas() if f.text and not f.is_constant and not f.path)


def rule_expressions() -> Iterator[Expression]:
    for file in index_rules(data_root(), []):
        rule = load_rule(file, Settings())
        yield from (e for e in conditions(rule.when) if isinstance(e, Expression))
        yield from (piece for piece in rule.message if isinstance(piece, Expression))


def conditions(condition: Any) -> Iterator[Any]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)
        case None:
            return
        case _:
            yield condition


def constants(node: Node) -> Iterator[Any]:
    if node.kind == "const" and isinstance(node.value, (str, float, bool)):
        yield node.value
    for arg in node.args:
        yield from constants(arg)


class Planter:
    """Makes values that have something at the paths an expression reads: right, wrong, absent or unknown."""

    def __init__(self, expression: Expression, chance: random.Random) -> None:
        self.chance = chance
        said = list(constants(read_tree(expression.program.serialize())))
        self.leaves = [*said, *said, "m5.large", "", "12", 0.0, 1.0, 100.5, True, False, [], ["a", "b"], {}, {"a": 1}]
        self.shape: dict[Any, Any] = {}
        for path in expression.reads:
            self.plant(path)

    def plant(self, path: Path) -> None:
        here = self.shape
        for step in path:
            here = here.setdefault(step, {})

    def values(self) -> dict[str, Value]:
        made = {name: self.value(below) for name, below in self.shape.items()}
        return {name: value for name, value in made.items() if value is not None}

    def value(self, below: dict[Any, Any]) -> Value:
        dice = self.chance.random()
        if dice < 0.12:
            return MISSING if dice < 0.06 else None
        if not below or dice > 0.95:
            return self.chance.choice(self.leaves)
        if all(step == ANY or isinstance(step, int) for step in below):
            entries = [self.value(self.chance.choice(list(below.values()))) for _ in range(self.chance.randrange(4))]
            found = [entry for entry in entries if entry is not None]
            return Partial(tuple(found), MISSING) if dice > 0.9 else found
        entries_by_key = {str(step): self.value(inner) for step, inner in below.items() if step != ANY}
        known = {key: entry for key, entry in entries_by_key.items() if entry is not None}
        return Partial(known, MISSING) if dice > 0.9 else known


def test_every_shipped_formula_gives_the_same_both_ways() -> None:
    chance = random.Random(20261121)
    for expression in {e.text: e for e in (*shipped_formulas(), *rule_expressions())}.values():
        planter = Planter(expression, chance)
        for _ in range(6):
            assert_same(expression, planter.values())


class ByRuntime:
    """A formula that CEL's own runtime works out, all its variables first."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def value_in(self, scope: Scope) -> Value:
        formula = self.formula
        if formula.is_constant or formula.path or formula.expression.chain:
            return formula.value_in(scope)
        return scope.evaluate(formula.expression, by_runtime=True)


def values_of(part: Part, formulas: Mapping[int, Formula | ByRuntime], values: dict[str, Value]) -> list[str]:
    """What each formula of a part gives, one after the other, in one scope."""
    lets = {name: formulas[id(formula)] for name, formula in part.let.items()}
    scope = Scope({**part.constants, **values}, lets=lets, ahead=part.linked)
    found = []
    for formula in formulas.values():
        try:
            found.append(written(formula.value_in(scope)))
        except ExpressionFault as fault:
            found.append(str(fault))
    return found


def test_variables_worked_out_when_they_are_read_give_the_same_as_all_of_them_before() -> None:
    chance = random.Random(20261122)
    for part in shipped_parts():
        formulas = {id(f): f for f in part.formulas()}
        shape: dict[str, Value] = {}
        for formula in (f for f in formulas.values() if f.text and not f.is_constant and not f.path):
            shape |= Planter(formula.expression, chance).values()
        values = {name: value for name, value in shape.items() if name not in part.let}
        reference = {key: ByRuntime(formula) for key, formula in formulas.items()}
        assert values_of(part, formulas, values) == values_of(part, reference, values), part.name


def test_nearly_every_shipped_formula_needs_no_runtime() -> None:
    expressions = {e.text: e for e in (*shipped_formulas(), *rule_expressions())}.values()
    beyond = [e.text for e in expressions if e.native is None]
    assert len(beyond) <= len(expressions) // 50, beyond


# Generated expressions


LANGUAGE = Language(None)
CHECKED = Language(["r", "x"])
TEXTS = st.sampled_from(["'a'", "'b,c'", "''", "'A1'", "'12'", "'é'"])
NUMBERS = st.sampled_from(["0", "1", "2.5", "1e308", "-1.0", "size(r.l)", "size('ab')"])
PATHS = st.sampled_from(
    ["r.s", "r.n", "r.t", "r.f", "r.l", "r.m", "r.e", "r.u", "r.p", "r.none", "x", "r.m.s", "r.l[0]", "r.l[1].n"]
)
OPTIONALS = st.sampled_from(
    [
        "r.?s",
        "r.?n",
        "r.?none",
        "r.?u",
        "r.?m.?s",
        "r.?m.s",
        "r.?p.?k",
        "r.?l[?0]",
        "r.l[?1].?n",
        "r.?l[1].n",
        "r[?'s']",
    ]
)
LEAVES = st.one_of(TEXTS, NUMBERS, PATHS, st.sampled_from(["true", "false", "null", "[]", "{}", "[1, 'a', true]"]))
BINARY = st.sampled_from(["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "in"])
METHODS = st.sampled_from(
    [
        *("lowerAscii()", "upperAscii()", "split(',')", "startsWith('a')", "endsWith(',c')", "contains('b')"),
        *("replace('a','x')", "replace('a','x',1)", "substring(1)", "substring(0,1)", "lastIndexOf('c')"),
        *("join('-')", "matches('^[a-b]+')", "size()", "?k", "s", "orValue(1)", "hasValue()"),
    ]
)
FUNCTIONS = st.sampled_from(
    ["size", "count", "double", "string", "int", "dyn", "ceil", "floor", "sum", "text", "!", "-"]
)
MACROS = st.sampled_from(["exists", "all", "exists_one", "filter", "map"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, BINARY, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("({}.orValue({}))".format, OPTIONALS, inner),
        st.builds("({}.or({}).orValue({}))".format, OPTIONALS, OPTIONALS, inner),
        st.builds("({} == {})".format, OPTIONALS, st.one_of(OPTIONALS, st.just("optional.none()"), inner)),
        st.builds("{}.{}".format, inner, METHODS),
        st.builds("{}({})".format, FUNCTIONS, inner),
        st.builds("{}.{}(v, {})".format, inner, MACROS, st.one_of(inner, st.just("v == 'a'"), st.just("v.n > 1"))),
        st.builds("cel.bind(v, {}, {})".format, inner, st.one_of(inner, st.just("v"), st.just("[v]"))),
        st.builds("{}.optMap(v, {}).orValue({})".format, OPTIONALS, st.one_of(inner, st.just("v")), inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[?{}].orValue({})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'k': {}, 's': {}}}".format, inner, inner),
        st.builds("math.greatest({}, {})".format, inner, inner),
        st.builds("math.least({}, {})".format, inner, inner),
        st.builds("has({}.s)".format, st.sampled_from(["r", "r.m", "r.s", "r.u", "r.p", "r.none"])),
        st.builds("({} || not_known('why'))".format, inner),
    )


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=8)
VALUES: tuple[dict[str, Value], ...] = (
    {
        "r": {"s": "a", "n": 1, "t": True, "f": False, "l": ["a", {"n": 2, "s": "q"}], "m": {"s": "b,c"}, "e": []},
        "x": "A1",
    },
    {
        "r": {
            "s": MISSING,
            "n": 2.5,
            "u": MISSING,
            "l": [MISSING, {"n": MISSING}, "a"],
            "m": Partial({"s": "a"}, MISSING),
            "p": Partial({"k": MISSING}, MISSING),
        },
        "x": 0,
    },
    {"r": {"s": 1, "n": "a", "l": {"n": 1}, "m": ["s"], "u": "", "p": Partial(("a",), MISSING), "t": MISSING}},
)


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS)
def test_generated_expressions_give_the_same_both_ways(text: str) -> None:
    for language in (LANGUAGE, CHECKED):
        with suppress(ExpressionFault):  # not every text is an expression
            compiled = language.compile(text)
            for values in VALUES:
                assert_same(compiled, values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 0", "inf"),
        ("-1 / 0", "-inf"),
        ("true == 1", "False"),
        ("size('é') == 1", "True"),
        ("[1, true].exists(v, v == 1 || v.x)", "True"),
        ("cel.bind(v, r.nothing, true ? 1 : v)", "1.0"),
        ("'12'.split(',')", "['12']"),
        ("r.?a.?b.orValue('c')", "'c'"),
        (
            "not_known('the template is elsewhere')",
            repr(Unknown("the template is elsewhere")),
        ),
    ],
)
def test_a_native_value_by_hand(text: str, expected: str) -> None:
    expression = LANGUAGE.compile(text)
    assert expression.native is not None
    assert outcome(expression, {"r": {}}, by_runtime=False) == ("gives", expected)


def test_what_only_the_runtime_can_is_left_to_it() -> None:
    expression = LANGUAGE.compile("string(r.n) + '%.2f'.format([r.n])")
    assert expression.native is None
    assert outcome(expression, {"r": {"n": 1.5}}, by_runtime=False) == ("gives", "'1.51.50'")


def test_a_field_of_an_optional_that_is_no_map_is_a_fault_and_no_crash() -> None:
    kind, why = outcome(LANGUAGE.compile("r.?s.zz.orValue(1)"), {"r": {"s": "a"}}, by_runtime=False)
    assert kind == "fails"
    assert "SELECT" in why


def test_a_formula_is_an_expression() -> None:
    formula = Formula("r.?a.orValue(1) + 1", language=LANGUAGE, file=data_root())
    assert Scope({"r": {"a": 2}}).evaluate(formula.expression) == 3.0
