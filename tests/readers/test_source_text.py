"""Bytes to lines and columns and back."""

from __future__ import annotations

import pytest

from finops_lint.readers.source_text import SourceText

TEXT = SourceText("a.tf", "\ufeffä = 1\r\n\n\tb".encode())
"""Three bytes of a mark, two of an umlaut, a line that ends in CR LF, an empty one, and one without an end."""


@pytest.mark.parametrize(
    ("offset", "place"),
    [(3, (1, 1)), (5, (1, 2)), (9, (1, 6)), (11, (2, 1)), (12, (3, 1)), (13, (3, 2)), (14, (3, 3))],
)
def test_an_offset_and_its_place_say_the_same(offset: int, place: tuple[int, int]) -> None:
    assert TEXT.position(offset) == place
    assert TEXT.offset(*place) == offset


def test_a_byte_order_mark_is_in_no_column() -> None:
    assert TEXT.position(0) == (1, 1)
    assert TEXT.position(2) == (1, 1)


def test_a_place_beyond_a_line_or_the_file_is_where_that_ends() -> None:
    assert TEXT.offset(1, 99) == 11
    assert TEXT.offset(3, 99) == 14
    assert TEXT.offset(9, 1) == 14
