from __future__ import annotations

import csv
import pickle
from difflib import get_close_matches

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_lint.catalog.data import data_root
from finops_lint.catalog.resemblance import Looked, Names

_TEXTS = st.text("ab1.é", max_size=8)


@settings(deadline=None)
@given(_TEXTS, st.lists(_TEXTS, max_size=12), st.integers(1, 4), st.sampled_from([0.0, 0.6, 0.75, 1.0]))
def test_names_resemble_a_word_as_python_says(word: str, names: list[str], most: int, cutoff: float) -> None:
    assert Names(names).resembling(word, most, cutoff) == get_close_matches(word, names, most, cutoff)


@pytest.mark.parametrize("word", ["r6i.8xlarge", "m6g", "standard_d2s_v9", "a2-highgpu-3g", "zz"])
@pytest.mark.parametrize("cloud", ["aws", "azure", "google"])
def test_machines_resemble_a_word_as_python_says(cloud: str, word: str) -> None:
    with (data_root() / "pricing" / "machines" / f"{cloud}.csv").open(encoding="utf-8", newline="") as text:
        names = [row["name"].lower() for row in csv.DictReader(text)]

    assert Names(names).resembling(word) == get_close_matches(word, names, 3, 0.6)


def test_names_that_are_looked_for_later_are_those_of_a_tuple() -> None:
    asked: list[str] = []

    def find() -> tuple[str, ...]:
        asked.append("now")
        return ("m5.large", "m5.xlarge")

    later = Looked(find)

    assert not asked
    assert later == ("m5.large", "m5.xlarge") == later
    assert (len(later), later[0], list(later), hash(later)) == (2, "m5.large", [*find()], hash(find()))
    assert pickle.loads(pickle.dumps(later)) == ("m5.large", "m5.xlarge")
    assert later == Looked(find)
    assert asked.count("now") == 4, "once by each of the two, and twice by the lines above"
