"""Documents inside attributes: formulas read them as objects and lists, or wait where they cannot be read."""

from __future__ import annotations

import pytest

from finops_lint.catalog.cel_native import NotKnown
from finops_lint.catalog.documents import document


def test_numbers_are_doubles_and_nulls_are_left_out() -> None:
    read = document('{"Steps": [{"Name": "a", "Count": 2, "Note": null}, null], "Cache": true}')
    assert read == {"Steps": [{"Name": "a", "Count": 2.0}], "Cache": True}
    assert isinstance(read["Steps"][0]["Count"], float)


@pytest.mark.parametrize("text", ["steps: []", "[" * 100_000, "", "x" * 1_048_577, 7])
def test_what_is_no_readable_json_is_not_known(text: object) -> None:
    with pytest.raises(NotKnown, match=r"cannot be read|is not JSON"):
        document(text)
