"""What functions tell of unknown arguments beyond what Terraform itself does, and what they never tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.expressions import Variables, evaluate
from finops_lint.readers.terraform.functions import Context, Functions
from finops_lint.readers.terraform.parse import parse_expression
from finops_lint.readers.terraform.types import ANY, BOOL, NUMBER, STRING, ListOf, MapOf, ObjectOf, SetOf, TupleOf
from finops_lint.readers.terraform.values import SENSITIVE, EvaluationError, Marked, TerraformMap, Unk, mark

NOWHERE = Functions(Context(Path("/nonexistent")))
SENSITIVELY = frozenset({SENSITIVE})


def value(expression: str, **variables: Any) -> Any:
    return evaluate(parse_expression(SourceText("x", expression.encode())), Variables(variables, NOWHERE))


def unknown(expression: str, **variables: Any) -> Unk:
    found = value(expression, **variables)
    assert isinstance(found, Unk)
    return found


def test_merge_with_something_unknown_keeps_the_keys_after_it() -> None:
    merged = unknown("merge(u, {a = 1})", u=Unk(reason="var.tags has no default", waits_for=("var.tags",)))
    assert merged.known == {"a": 1}
    assert (merged.reason, merged.waits_for) == ("var.tags has no default", ("var.tags",))


def test_merge_with_something_unknown_may_override_what_stands_before_it() -> None:
    known = unknown("merge({a = 1}, u)", u=Unk()).known
    assert known is not None
    assert isinstance(known["a"], Unk)


def test_merge_with_an_unknown_object_that_is_not_null_is_known_by_its_type() -> None:
    merged = value("merge({z = 1}, u)", u=Unk(ObjectOf({"a": STRING}), not_null=True))
    assert (merged["z"], merged["a"].type) == (1, STRING)


def test_merge_with_an_unknown_object_that_may_be_null_has_not_its_keys_for_certain() -> None:
    assert unknown("merge({z = 1}, u)", u=Unk(ObjectOf({"a": STRING}))).known == {"z": 1}


def test_a_merge_known_in_part_is_merged_again() -> None:
    assert unknown("merge(merge(u, {a = 1}), {b = 2})", u=Unk()).known == {"a": 1, "b": 2}
    merged = unknown("merge({b = 2}, merge(u, {a = 1}))", u=Unk())
    assert merged.known is not None
    assert merged.known["a"] == 1
    assert isinstance(merged.known["b"], Unk)


def test_lookup_finds_a_key_of_a_map_known_in_part() -> None:
    assert value('lookup(merge(u, {a = "x"}), "a", "d")', u=Unk()) == "x"
    assert isinstance(value('lookup(merge(u, {a = "x"}), "b", "d")', u=Unk()), Unk)


def test_alltrue_is_false_once_one_is() -> None:
    assert value("alltrue([u, false])", u=Unk()) is False


def test_anytrue_is_true_once_one_is() -> None:
    assert value("anytrue([u, true])", u=Unk()) is True


def test_join_keeps_the_beginning() -> None:
    assert unknown('join("-", ["ab", u])', u=Unk(STRING)).prefix == "ab-"
    assert unknown('join("-", ["ab", u])', u=Unk(STRING, prefix="cd/")).prefix == "ab-cd/"
    assert unknown('join("-", ["ab/"], u)', u=Unk(ListOf(STRING))).prefix == "ab/"


def test_a_prefix_leaves_out_a_letter_that_may_yet_get_an_accent() -> None:
    assert unknown('format("abc%s", u)', u=Unk(STRING)).prefix == "ab"
    assert unknown('format("abc-%s", u)', u=Unk(STRING)).prefix == "abc-"


def test_compact_of_unknowns_is_no_longer_than_its_list() -> None:
    found = unknown('compact(["a", u])', u=Unk(STRING))
    assert (found.min_length, found.max_length) == (1, 2)


def test_strcontains_in_a_known_beginning() -> None:
    assert value('strcontains("arn:aws:${u}", "aws")', u=Unk(STRING)) is True


def test_the_unknown_is_of_the_functions_type() -> None:
    assert unknown('split(",", u)', u=Unk(STRING)).type == ListOf(STRING)
    assert unknown("tomap(u)", u=Unk(ObjectOf({"a": STRING}))).type == MapOf(STRING)
    assert unknown("jsondecode(u)", u=Unk(STRING)).type == ANY


@pytest.mark.parametrize(
    "call", ["uuid()", "timestamp()", "plantimestamp()", 'bcrypt("x")', "provider::aws::arn_parse(1)"]
)
def test_what_no_text_can_tell_is_unknown_and_says_so(call: str) -> None:
    assert call.split("(", 1)[0] in unknown(call).reason


def test_sensitive_arguments_make_sensitive_results() -> None:
    secret = mark("secret", SENSITIVELY)
    assert value("upper(s)", s=secret) == Marked("SECRET", SENSITIVELY)
    assert value("upper(s) == null", s=mark(Unk(STRING), SENSITIVELY)) == Marked(False, SENSITIVELY)
    assert value("keys({a = s})", s=secret) == ("a",)
    assert value("tomap({a = s}).a", s=secret) == Marked("secret", SENSITIVELY)
    assert isinstance(value("tomap({a = s})", s=secret), TerraformMap)


def test_an_error_does_not_tell_what_is_sensitive() -> None:
    with pytest.raises(EvaluationError) as caught:
        value("lookup({a = 1}, s)", s=mark("hunter2", SENSITIVELY))
    assert "hunter2" not in caught.value.message


def test_a_set_of_unknowns_has_one_element_at_least_and_each_at_most_once() -> None:
    length = unknown("length(toset([u, v]))", u=Unk(STRING), v=Unk(STRING))
    assert (length.type, length.minimum, length.maximum) == (NUMBER, 1, 2)
    assert value("length(toset([u, v])) >= 1", u=Unk(STRING), v=Unk(STRING)) is True


def test_what_is_made_of_something_unknown_has_its_type() -> None:
    assert unknown("keys(u)", u=Unk(MapOf(STRING))).type == ListOf(STRING)
    assert unknown('setintersection(u, ["a"])', u=Unk(SetOf(STRING))).type == SetOf(STRING)
    assert unknown('setproduct(["a"], u)', u=Unk(ListOf(STRING))).type == ListOf(TupleOf((STRING, STRING)))
    assert unknown("alltrue([u, true])", u=Unk()).type == BOOL
    assert unknown("slice(u, 0, 2)", u=Unk(ListOf(STRING))).type == ListOf(STRING)
    assert unknown("slice(t, 0, n)", t=("a", 1), n=Unk(NUMBER)).type == ANY


def test_a_slice_may_end_where_its_list_does() -> None:
    assert value('slice(["a", u], 1, 2)', u="b") == ("b",)
    assert value('slice(["a"], 1, 1)') == ()
    with pytest.raises(EvaluationError, match="must be within the list"):
        value('slice(["a"], 0, 2)')


def test_an_empty_secret_list_stays_secret_when_it_is_flattened() -> None:
    assert value("flatten(s)", s=mark((), SENSITIVELY)) == mark((), SENSITIVELY)
