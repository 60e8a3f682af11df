"""What an expression gives where its values are not all known; every case worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from finops_lint.catalog.cel import (
    Expression,
    ExpressionFault,
    Function,
    Keyed,
    Language,
    Plain,
    Scope,
    compile,
)
from finops_lint.catalog.cel_numbers import with_doubles
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Unknown, Value


def unknown(name: str) -> Unknown:
    return Unknown(f"{name} is not known", (name,))


def resource() -> dict[str, Value]:
    return {
        "size": 8,
        "type": "g5.xlarge",
        "on": True,
        "gpu": unknown("var.gpu"),
        "zones": ["a", unknown("var.zone"), "c"],
        "tags": Partial({"team": "ml", "owner": unknown("var.owner")}, unknown("var.tags")),
        "labels": {"team": "ml", "owner": unknown("var.owner")},
        "disks": [{"kind": "gp2", "gb": 8}, {"kind": unknown("var.kind"), "gb": 9}],
        "rules": Partial(({"kind": "gp2"},), unknown("local.rules")),
        "none": Partial((), unknown("local.none")),
        "empty": [],
        "only_zones": [unknown("var.zone")],
        "only_owner": {"owner": unknown("var.owner")},
        "names": ["x", "y"],
    }


def expression(text: str) -> Expression:
    return compile(text, variables=["r", "params"])


UNCHECKED = Language(None)


def value(text: str, **bindings: Value) -> Any:
    """What it gives; compiled without checks, as shipped formulas are, it must give the same."""
    found = Scope({"r": resource(), **bindings}).evaluate(expression(text))
    assert Scope({"r": resource(), **bindings}).evaluate(UNCHECKED.compile(text)) == found
    return found


def waits_for(text: str) -> tuple[str, ...]:
    found = value(text)
    assert isinstance(found, Unknown), found
    return found.waits_for


def test_numbers_go_in_and_come_out_as_doubles() -> None:
    found = value("r.size / 3")
    assert isinstance(found, float)
    assert found == 8 / 3
    assert value("size(r.names)") == 2.0
    assert isinstance(value("size(r.names)"), float)


def test_an_unknown_that_matters_is_handed_back_with_its_reason() -> None:
    assert value("r.gpu == 'a100'") == unknown("var.gpu")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r.gpu == 'a100' && r.size > 100", False),
        ("r.size > 100 && r.gpu == 'a100'", False),
        ("r.gpu == 'a100' || r.size > 1", True),
        ("r.on ? r.type : r.gpu", "g5.xlarge"),
        ("r.disks.exists(d, d.kind == 'gp2')", True),
        ("r.disks.all(d, d.kind == 'gp3')", False),
    ],
)
def test_the_rest_settles_the_answer_beside_an_unknown(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("r.gpu == 'a100' && r.size > 1", "var.gpu"),
        ("r.disks.exists(d, d.kind == 'gp3')", "var.kind"),
        ("r.disks.all(d, d.gb > 1 && d.kind != 'io1')", "var.kind"),
        ("r.gpu == 'a100' ? 1 : 2", "var.gpu"),
    ],
)
def test_nothing_settles_the_answer(text: str, name: str) -> None:
    assert name in waits_for(text)


@pytest.mark.parametrize(
    "text",
    [
        "has(r.gpu)",
        "!has(r.gpu)",
        "r.?gpu.hasValue()",
        "r.?gpu.orValue('none')",
        "has(r.gpu) && r.gpu == 'a'",
        "cel.bind(v, r.?gpu, v.orValue('none'))",
    ],
)
def test_an_unknown_attribute_is_not_taken_for_absent(text: str) -> None:
    assert waits_for(text) == ("var.gpu",)


def test_an_absent_attribute_is_absent() -> None:
    assert value("has(r.nothing)") is False
    assert value("r.?nothing.orValue('none')") == "none"
    assert value("r.?nothing[?0].?deeper.orValue(7)") == 7.0
    assert value("r.?nothing") is None


def test_what_is_unknown_in_one_attribute_hinders_no_expression_that_reads_others() -> None:
    r = {"known": 2, "other": unknown("var.other"), "block": [{"inner": unknown("var.inner")}]}
    assert value("has(r.absent) ? 0 : r.known", r=r) == 2.0
    assert value("size(r.block)", r=r) == 1.0
    for text in ("r == {'known': 2}", "r.block[0] == {}", "has(r.other)"):
        assert isinstance(value(text, r=r), Unknown), text


def test_a_map_is_asked_by_text_whatever_its_keys_are() -> None:
    assert value("r[?'125'].orValue(0)", r={125: 250}) == 250.0


def test_absence_as_a_fact_is_absorbed_too_where_the_rest_settles_it() -> None:
    assert value("r.on || has(r.gpu)") is True
    assert value("!r.on && has(r.gpu)") is False


def test_literal_keys_of_a_map_known_in_part_are_known() -> None:
    assert value("'team' in r.tags") is True
    assert value("r.tags.team") == "ml"
    assert value("has(r.tags.team)") is True
    assert value("r.tags.?team.orValue('')") == "ml"


def test_a_literal_key_whose_value_is_unknown_is_still_there() -> None:
    assert value("'owner' in r.tags") is True
    assert value("'owner' in r.labels") is True


def test_other_keys_of_a_map_known_in_part_are_undecided() -> None:
    assert "var.tags" in waits_for("'cost-center' in r.tags")
    assert "var.tags" in waits_for("has(r.tags.cost)")
    assert "var.tags" in waits_for("r.tags.?cost.orValue('none')")


def test_a_key_missing_from_a_map_whose_keys_are_known_is_undecided_only_for_the_map_known_in_part() -> None:
    assert value("has(r.labels.cost)") is False


@pytest.mark.parametrize("text", ["count(r.rules) == 1", "size(r.tags)", "r.none == []", "r.rules + [1]"])
def test_the_size_or_the_whole_of_what_is_known_in_part_is_undecided(text: str) -> None:
    assert isinstance(value(text), Unknown)


def test_a_whole_map_with_an_unknown_deep_inside_is_not_compared() -> None:
    assert waits_for("r.disks == [{'kind': 'gp2', 'gb': 8}]") == ("var.kind",)


def test_what_has_a_certain_entry_is_not_empty_whatever_is_in_it_and_beside_it() -> None:
    assert value("r.rules == []") is False
    assert value("r.?disks.orValue([]) != []") is True
    assert value("r.tags != {}") is True
    assert value("r.?nothing.orValue([]) == []") is True


def test_what_may_lose_its_unknown_entries_may_be_empty() -> None:
    assert waits_for("r.only_zones == []") == ("var.zone",)
    assert waits_for("r.only_owner == {}") == ("var.owner",)
    assert waits_for("r.gpu == []") == ("var.gpu",)


def test_the_number_of_entries_is_known_though_they_are_not() -> None:
    assert value("count(r.disks)") == 2.0
    assert value("count(r.zones)") == 3.0


def test_exists_finds_a_known_entry_of_a_list_known_in_part_and_is_undecided_otherwise() -> None:
    assert value("r.rules.exists(x, x.kind == 'gp2')") is True
    assert waits_for("r.rules.exists(x, x.kind == 'gp3')") == ("local.rules",)
    assert value("r.zones.exists(z, z == 'c')") is True
    assert waits_for("r.zones.exists(z, z == 'd')") == ("var.zone",)


def test_all_fails_on_a_known_entry_of_a_list_known_in_part_and_is_undecided_otherwise() -> None:
    assert value("r.rules.all(x, x.kind == 'gp3')") is False
    assert waits_for("r.rules.all(x, x.kind == 'gp2')") == ("local.rules",)
    assert waits_for("r.none.all(x, x.kind == 'gp2')") == ("local.none",)


def test_in_finds_a_known_entry_of_a_list_known_in_part() -> None:
    assert value("'c' in r.zones") is True
    assert waits_for("'d' in r.zones") == ("var.zone",)


def test_filter_and_map_need_the_whole_list() -> None:
    assert waits_for("count(r.rules.filter(x, x.kind == 'gp2')) == 1") == ("local.rules",)
    assert waits_for("r.zones.map(z, z + '1') == ['a1']") == ("var.zone",)
    assert value("r.names.map(n, n + '1')") == ["x1", "y1"]


def test_a_filter_is_undecided_where_an_entry_cannot_be_judged() -> None:
    assert waits_for("count(r.disks.filter(d, d.kind == 'gp2'))") == ("var.kind",)
    assert value("count(r.disks.filter(d, d.gb == 9))") == 1.0


def test_places_behind_an_unknown_entry_keep_their_numbers() -> None:
    assert value("r.zones[0]") == "a"
    assert value("r.zones[2]") == "c"
    assert waits_for("r.zones[1]") == ("var.zone",)


def test_a_place_behind_the_known_blocks_is_unknown_where_there_may_be_more() -> None:
    assert value("r.rules[0].kind") == "gp2"
    assert waits_for("r.rules[1].kind") == ("local.rules",)
    assert waits_for("r.?rules[?1].?kind.orValue('none')") == ("local.rules",)


def test_paths_go_through_variables_of_comprehensions_and_bindings() -> None:
    reads = expression("cel.bind(v, r.disks, v.exists(d, d.?kind.orValue('') == params.kind))").reads
    assert ("r", "disks", "*", "kind") in reads
    assert ("params", "kind") in reads


def test_a_path_goes_through_filter_and_map() -> None:
    assert ("r", "disks", "*", "gb") in expression("r.disks.filter(d, d.kind == 'x')[0].gb > 1").reads
    assert ("r", "disks", "*", "kind") in expression("r.disks.map(d, d.kind)[0] == 'x'").reads


def test_an_unknown_inside_a_variable_bound_by_a_map_is_found() -> None:
    assert waits_for("r.disks.map(d, d.kind).exists(k, k == 'io1')") == ("var.kind",)


def test_a_result_that_is_a_list_with_an_unknown_in_it_is_unknown() -> None:
    assert waits_for("[r.gpu]") == ("var.gpu",)
    assert waits_for("r.disks") == ("var.kind",)


def test_reasons_and_names_are_merged() -> None:
    found = value("r.gpu + r.labels.owner == 'x'")
    assert found == Unknown("var.gpu is not known; var.owner is not known", ("var.gpu", "var.owner"))


def test_an_error_on_known_values_is_a_fault_with_text_and_place() -> None:
    where = Span("rules/x.yaml", 7)
    faulty = Language(["r"]).compile("r.nothing > 1", where)
    with pytest.raises(ExpressionFault, match=r"rules/x\.yaml:7:1: .*r\.nothing > 1"):
        Scope({"r": resource()}).evaluate(faulty)


def test_what_does_not_compile_is_a_fault_in_one_line() -> None:
    with pytest.raises(ExpressionFault, match=r"undeclared reference to 'q'.*q > 1") as fault:
        expression("q > 1")
    assert "\n" not in str(fault.value)


def test_has_over_an_index_is_refused() -> None:
    with pytest.raises(ExpressionFault, match=r"has\(\) over an index"):
        expression("has(r.disks[0].kind)")


@pytest.mark.parametrize("text", ["count(r.?disks)", "[r.?size]", "{'a': r.?size}"])
def test_an_optional_where_none_is_understood_is_refused(text: str) -> None:
    with pytest.raises(ExpressionFault, match="optional"):
        expression(text)


def test_an_unknown_variable_is_unknown() -> None:
    assert value("params == 'x' || true", params=unknown("var.p")) is True
    assert value("params == 'x'", params=unknown("var.p")) == unknown("var.p")


def test_a_path_keeps_the_unknowns_in_its_block() -> None:
    scope = Scope({"r": resource()})
    assert expression("r.disks[1]").read(scope) == {"kind": unknown("var.kind"), "gb": 9}
    assert expression("r.?rules.orValue([])").read(scope) == resource()["rules"]
    assert expression("r.?nothing.orValue([])").read(scope) == []


def test_a_variable_is_worked_out_when_it_is_first_read_and_once() -> None:
    asked: list[str] = []

    def params() -> Value:
        asked.append("params")
        return {"limit": 4}

    scope = Scope({"r": resource(), "params": params})
    assert scope.evaluate(expression("r.size > 1")) is True
    assert asked == []
    assert scope.evaluate(expression("r.size > params.limit")) is True
    assert scope.evaluate(expression("params.limit + 1")) == 5.0
    assert asked == ["params"]


def test_what_a_branch_reads_that_is_not_taken_is_worked_out_only_where_reading_is_told() -> None:
    asked: list[str] = []

    def params() -> Value:
        asked.append("params")
        return {"limit": 4}

    condition = expression("r.size > 1 || params.limit > 1")
    assert Scope({"r": {"size": 8}, "params": params}).evaluate(condition) is True
    assert asked == []
    assert Scope({"r": {"size": 8}, "params": params}, ahead=frozenset({"params"})).evaluate(condition) is True
    assert asked == ["params"]


def test_a_keyed_variable_makes_only_the_keys_that_are_named() -> None:
    asked: list[str] = []

    def related(kind: str) -> Value:
        asked.append(kind)
        return [{"name": kind}]

    scope = Scope({"r": Keyed(related)})
    assert scope.evaluate(expression("r['aws_a'][0].name")) == "aws_a"
    assert scope.evaluate(expression("count(r['aws_a'])")) == 1.0
    assert asked == ["aws_a"]
    with pytest.raises(ExpressionFault, match="literal key"):
        Scope({"r": Keyed(related), "params": "aws_a"}).evaluate(expression("count(r[params])"))


def test_what_is_made_plain_once_is_read_in_many_scopes() -> None:
    shared = Plain({"limit": unknown("var.limit")})
    for size in (1, 2):
        found = Scope({"r": {"size": size}, "params": shared}).evaluate(expression("r.size > params.limit"))
        assert found == unknown("var.limit")


def test_an_answer_is_remembered_for_equal_values_and_no_others() -> None:
    doubled = expression("params == 1 ? 'one' : string(params)")
    answers = [Scope({"r": {}, "params": given}).evaluate(doubled) for given in (1, 1.0, True, "1", 2, 1)]
    assert answers == ["one", "one", "true", "1", "2", "one"]


def test_functions_of_a_namespace_read_no_variable_of_its_name() -> None:
    found = UNCHECKED.compile("r.?a == optional.none() ? math.greatest(r.b, 2) : r.c")
    assert found.variables == ("r",)
    assert Scope({"r": {"b": 1}}).evaluate(found) == 2.0


def test_a_function_that_says_what_it_does_not_know_makes_an_unknown() -> None:
    assert value("r.?nothing.orValue(not_known('the template is elsewhere'))") == Unknown("the template is elsewhere")
    assert value("r.on || not_known('x')") is True


def test_own_functions_get_and_give_plain_values() -> None:
    language = Language(["r"], [Function("twice", lambda x: [x, x])])
    assert Scope({"r": {"a": 1}}).evaluate(language.compile("twice(r.a)")) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ceil(1.2)", 2.0),
        ("floor(1.8)", 1.0),
        ("mod(7, 4)", 3.0),
        ("sum([1, 0.1, 0.2])", 1.3),
        ("text(8)", "8"),
        ("text(10000000)", "10000000"),
        ("text(0.5)", "0.5"),
        ("count([1, 2])", 2.0),
        ("math.greatest(1, 2.5)", 2.5),
        ("'a-b'.split('-')[1]", "b"),
        ("'abc'.substring(1)", "bc"),
    ],
)
def test_the_functions_beside_cels_own_give_these_values(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r.a > 8", "r.a > 8.0"),
        ("r.a[0].b == 10", "r.a[0].b == 10.0"),
        ("r.?a[?0] > -1", "r.?a[?0] > -1.0"),
        ("r.a in [1, 2]", "r.a in [1.0, 2.0]"),
        ("[1, 2][0]", "[1.0, 2.0][0]"),
        ("r.a[count(r.b) - 1]", "r.a[count(r.b) - 1]"),
        ("f(1)[2] + 3", "f(1.0)[2] + 3.0"),
        ("'m5.2xlarge' + \"8\"", "'m5.2xlarge' + \"8\""),
        (r"'it\'s 3' + 4", r"'it\'s 3' + 4.0"),
        ("r'\\' + '5' + 6", "r'\\' + '5' + 6.0"),
        ("1e3 + 1.5 + 2E-3", "1e3 + 1.5 + 2E-3"),
        ("r.x1 + v2", "r.x1 + v2"),
        ("1 // 2 comments\n+ 3", "1.0 // 2 comments\n+ 3.0"),
        ("8u", "8u"),
        ("0x10", "0x10"),
        ("r.s.substring(1, 2)", "r.s.substring(1, 2)"),
        ("'''1 ' 2''' + 3", "'''1 ' 2''' + 3.0"),
    ],
)
def test_integer_literals_become_doubles_outside_an_index(text: str, expected: str) -> None:
    assert with_doubles(text) == expected


def test_the_same_text_is_compiled_once() -> None:
    assert expression("r.size > 3") is expression("r.size > 3")


def test_a_thousand_nulls_do_no_harm() -> None:
    scope = Scope({"r": {"a": 1}})
    for _ in range(20000):
        assert scope.evaluate(expression("r.?nothing")) is None


def test_a_complaint_repeats_the_beginning_of_a_long_expression_only() -> None:
    long = " && ".join(f"r.size > {n}" for n in range(300))
    for text in (f"{long} &&& x", f"{long} && foo.bar"):
        with pytest.raises(ExpressionFault) as caught:
            Language({"r"}).compile(text)
        assert len(str(caught.value)) < 250
        assert "r.size > 0 && r.size > 1" in str(caught.value)
        assert str(caught.value).endswith(" …")
