"""Records are to a user what `dataclasses` says of the same text: each is held against a real dataclass."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from finops_lint.model.records import record, replace


@record(frozen=True, slots=True)
class Price:
    """A figure and where it is from."""

    amount: int
    source: str = "list"
    tags: dict[str, str] = field(default_factory=dict)
    note: str = field(default="", compare=False, repr=False)


@dataclass(slots=True, unsafe_hash=True)
class RealPrice:
    """The same, by Python's own decorator."""

    amount: int
    source: str = "list"
    tags: dict[str, str] = field(default_factory=dict)
    note: str = field(default="", compare=False, repr=False)


@record(slots=True)
class Reading:
    """What is collected, with a field that follows from the others."""

    name: str
    found: list[int] = field(default_factory=list)
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.name)


@record(frozen=True)
class Offer(Price):
    """A price for a time."""

    days: int = 30


MAKERS: list[Callable[..., Any]] = [Price, RealPrice]


@pytest.mark.parametrize("make", MAKERS)
def test_fields_are_set_by_place_by_name_and_by_default(make: Callable[..., Any]) -> None:
    first, second = make(1), make(2, source="usage", tags={"a": "b"})
    assert (first.amount, first.source, first.tags, first.note) == (1, "list", {}, "")
    assert (second.amount, second.source, second.tags) == (2, "usage", {"a": "b"})
    assert make(1).tags is not make(1).tags  # a default of its own each time
    with pytest.raises(TypeError):
        make()
    with pytest.raises(AttributeError):
        first.other = 1


@pytest.mark.parametrize("make", MAKERS)
def test_records_are_equal_by_value_but_for_fields_that_do_not_compare(make: Callable[..., Any]) -> None:
    assert make(1, note="x") == make(1, note="y")
    assert make(1) != make(2)
    assert make(1) != (1, "list", {}, "")
    assert repr(make(1, note="x")).endswith("Price(amount=1, source='list', tags={})")


def test_the_fields_are_those_of_a_dataclass() -> None:
    told = [
        [(f.name, f.type, f.default, f.default_factory, f.init, f.compare) for f in dataclasses.fields(of)]
        for of in (Price, RealPrice)
    ]
    assert told[0] == told[1]
    assert dataclasses.asdict(Price(1)) == dataclasses.asdict(RealPrice(1))
    assert dataclasses.replace(Price(1), source="usage") == replace(Price(1), source="usage") == Price(1, "usage")
    assert Price.__match_args__ == RealPrice.__match_args__
    assert Price.__slots__ == RealPrice.__slots__


def test_a_frozen_record_is_hashed_by_value_and_one_that_changes_not_at_all() -> None:
    assert hash(Price(1, tags=None)) == hash(Price(1, tags=None, note="x"))  # type: ignore[arg-type]  # a map has no hash
    with pytest.raises(TypeError):
        hash(Reading("a"))


@record(frozen=True, slots=True, order=True)
class Place:
    """What lies before and after others of its kind."""

    file: str
    line: int
    note: str = field(default="", compare=False)


def test_records_in_order_are_compared_by_their_values_one_after_the_other() -> None:
    places = [Place("b", 1), Place("a", 10), Place("a", 9, "x"), Place("a", 9, "w")]
    assert [(p.file, p.line, p.note) for p in sorted(places)] == [
        ("a", 9, "x"),
        ("a", 9, "w"),
        ("a", 10, ""),
        ("b", 1, ""),
    ]
    first, second = Place("a", 1), Place("a", 2)
    assert (first < second, first <= second, first > second, first >= second) == (True, True, False, False)
    with pytest.raises(TypeError):
        assert first < ("a", 2)  # type: ignore[operator]  # not of its class
    with pytest.raises(TypeError):
        assert Price(1) < Price(2)  # type: ignore[operator]  # its class asked for no order


def test_what_follows_from_the_fields_is_set_after_them() -> None:
    reading = Reading("abc")
    assert (reading.length, reading.found) == (3, [])
    reading.found.append(1)
    assert reading != Reading("abc")
    assert Reading.__match_args__ == ("name", "found")


def test_records_survive_pickling() -> None:
    price = Price(1, tags={"a": "b"})
    assert pickle.loads(pickle.dumps(price, pickle.HIGHEST_PROTOCOL)) == price


def test_a_pickled_record_holds_its_values_without_their_names() -> None:
    assert b"source" not in pickle.dumps(Price(1), pickle.HIGHEST_PROTOCOL)
    assert b"source" in pickle.dumps(RealPrice(1), pickle.HIGHEST_PROTOCOL)


def test_a_record_made_of_another_has_its_fields_first() -> None:
    offer = Offer(1, "list", days=7)
    assert [f.name for f in dataclasses.fields(Offer)] == ["amount", "source", "tags", "note", "days"]
    assert (offer.amount, offer.days, offer == Offer(1, days=7), offer == Offer(1)) == (1, 7, True, False)
