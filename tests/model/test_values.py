"""Values: paths into attributes, and what is not known on the way."""

from __future__ import annotations

import pytest

from finops_lint.model.values import Partial, Unknown, get, known_map, set_in, unknowns

WAITS = Unknown("var.size has no value", ("var.size",))


def test_a_path_leads_through_blocks_and_lists() -> None:
    assert get({"root_block_device": [{"volume_size": 8}]}, ("root_block_device", 0, "volume_size")) == 8


def test_what_is_not_written_is_none() -> None:
    assert get({"a": [{}]}, ("a", 0, "b")) is None
    assert get({"a": [{}]}, ("a", 1, "b")) is None


def test_an_unknown_on_the_way_is_the_answer() -> None:
    assert get({"a": WAITS}, ("a", 0, "b")) is WAITS


def test_a_map_known_in_part_answers_its_keys_and_its_rest() -> None:
    tags = Partial({"team": "ml"}, WAITS)
    assert get({"tags": tags}, ("tags", "team")) == "ml"
    assert get({"tags": tags}, ("tags", "service")) is WAITS


def test_a_list_known_in_part_answers_its_rest_past_its_end() -> None:
    disks = Partial(({"size": 8},), WAITS)
    assert get(disks, (0, "size")) == 8
    assert get(disks, (1, "size")) is WAITS


def test_a_patch_leaves_the_original_alone_and_makes_missing_blocks() -> None:
    before = {"a": 1}
    assert set_in(before, ("b", 0, "c"), True) == {"a": 1, "b": [{"c": True}]}
    assert before == {"a": 1}


def test_a_patch_to_none_removes_the_entry() -> None:
    assert set_in({"a": 1, "b": 2}, ("a",), None) == {"b": 2}


def test_a_patch_of_a_map_known_in_part_leaves_the_rest_unknown() -> None:
    assert set_in(Partial({"a": 1}, WAITS), ("b",), 2) == Partial({"a": 1, "b": 2}, WAITS)


def test_the_known_part_of_what_is_no_map_is_empty() -> None:
    assert known_map({"a": 1}) == {"a": 1}
    assert known_map(Partial({"a": 1}, WAITS)) == {"a": 1}
    assert known_map(Partial(("a",), WAITS)) == {}
    assert known_map(WAITS) == {}


def test_unknowns_are_found_at_every_depth() -> None:
    found = dict(unknowns({"a": [1, WAITS], "tags": Partial({"team": WAITS}, WAITS)}))
    assert set(found) == {("a", 1), ("tags",), ("tags", "team")}


def test_nobody_takes_an_unknown_for_false() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(WAITS)
