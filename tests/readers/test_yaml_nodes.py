"""YAML to nodes with places: what scalars mean, where things stand, and what hostile or broken text comes to."""

from __future__ import annotations

import json
import time

import pytest

from finops_lint.readers.yaml_nodes import DEEPEST, Document, Fault, Node, decoded, plain, read_yaml


def documents(text: str) -> list[Document]:
    return list(read_yaml(text))


def root(text: str) -> Node:
    (document,) = documents(text)
    assert document.fault is None
    assert document.root is not None
    return document.root


def test_values_are_those_of_yaml_1_1_without_timestamps_and_sexagesimals() -> None:
    text = "[1, -2, +3, 1_000, 0x1F, 0b11, 010, 2.5, 1e3, .5, yes, Off, ~, null, 2012-10-17, 12:30:45, '7', y, 1.2.3]"
    assert plain(root(text)) == [
        1, -2, 3, 1000, 31, 3, 8, 2.5, 1000.0, 0.5, True, False, None, None, "2012-10-17", "12:30:45", "7",
        "y", "1.2.3",
    ]  # fmt: skip


def test_a_scalar_keeps_its_text_beside_its_value() -> None:
    account = root("id: 012345678901").get("id")
    assert account is not None
    assert account.text == "012345678901"


def test_places_are_counted_in_characters_from_one_and_an_entry_spans_key_and_value() -> None:
    node = root("a:\n  \U0001f600é: [x, yy]\n  b:\n    - c: 1\n\n\nz: 0\n")
    assert str(node.span_of("a", "f")) == "f:1:1"
    inner = node.get("a", "\U0001f600é")
    assert inner is not None
    assert (inner.line, inner.column, inner.end_line, inner.end_column) == (2, 7, 2, 14)
    nested = node.get("a", "b", 0)
    assert nested is not None
    assert (nested.span_of("c", "f").line, nested.span_of("c", "f").column) == (4, 7)
    assert node.span_of("a", "f").end_line == 4  # the empty lines below belong to nobody


def test_own_tags_are_kept_on_every_kind_of_node() -> None:
    node = root("a: !Ref b\nc: !If [x, !GetAtt y.z, 1]\nd: !Sub {q: 1}\ne: !!str 12\n")
    assert [(node.value[k].tag) for k in "acde"] == ["!Ref", "!If", "!Sub", ""]
    assert node.value["e"].value == "12"
    assert node.value["c"].value[1].tag == "!GetAtt"


def test_a_document_with_a_mistake_costs_the_others_nothing() -> None:
    found = documents("a: 1\n---\nb: [1, 2\n---\nc: 3\n---\nd: 'x\n---\ne: 5\n")
    assert [plain(d.root) if d.root else None for d in found] == [{"a": 1}, None, {"c": 3}, None, {"e": 5}]
    faults = [(d.fault.line, d.fault.message) for d in found if d.fault]
    assert [line for line, _ in faults] == [4, 8]
    assert "begins on line 3" in faults[0][1]


def test_lines_go_on_counting_after_a_broken_document() -> None:
    *_, last = documents("a: [\n---\n\n\nb:\n  c: 1\n")
    assert last.root is not None
    assert last.root.span_of("b", "f").line == 5


def test_empty_documents_are_none() -> None:
    assert documents("") == []
    assert documents("# words\n---\n---\n# more\n...\n") == []


def test_a_tab_is_told_as_a_tab() -> None:
    (document,) = documents("a:\n\tb: 1\n")
    assert document.fault is not None
    assert (document.fault.line, document.fault.column) == (2, 1)
    assert "tab" in document.fault.message


def test_a_key_that_stands_twice_is_noted_and_the_last_counts() -> None:
    (document,) = documents("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert [(r.key, r.first.line, r.again.line) for r in document.repeated] == [("c", 3, 4), ("a", 1, 5)]
    assert document.root is not None
    assert plain(document.root) == {"a": 3, "b": {"c": 2}}


def test_a_merge_fills_in_what_is_not_written_and_is_no_repetition() -> None:
    (document,) = documents("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist:\n  <<: [*b, {z: 4}]\n")
    assert document.repeated == ()
    assert document.root is not None
    assert plain(document.root)["use"] == {"x": 1, "y": 3}
    assert plain(document.root)["list"] == {"x": 1, "y": 2, "z": 4}


def test_aliases_that_multiply_are_refused_quickly() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    began = time.perf_counter()
    (document,) = documents("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + levels)
    assert time.perf_counter() - began < 2
    assert document.fault is not None
    assert "repeat" in document.fault.message


def test_an_alias_inside_of_what_it_names_is_refused() -> None:
    (document,) = documents("a: &a [1, *a]\n")
    assert document.fault == Fault("*a stands inside of what it names", 1, 11)


def test_nesting_without_end_is_refused() -> None:
    (document,) = documents("[" * 100_000)
    assert document.fault is not None
    assert str(DEEPEST) in document.fault.message


@pytest.mark.parametrize("value", [{"a": [1, {"b": None, "c": "x: y"}], "é": True, "d": {}, "e": []}, [], "x", -1.5])
def test_json_reads_the_same(value: object) -> None:
    assert plain(root(json.dumps(value, indent=2))) == value
    assert plain(root(json.dumps(value))) == value


def test_bytes_are_read_with_their_marks_and_told_where_they_are_no_text() -> None:
    assert decoded("\ufeffa: é".encode()) == "a: é"
    assert decoded("a: é".encode("utf-16")) == "a: é"
    fault = decoded(b"a: 1\nb: \xff\n")
    assert isinstance(fault, Fault)
    assert fault.line == 2
