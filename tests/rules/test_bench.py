"""The examples' runner tells an example that does not do what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.rules.context import Catalog
from finops_lint.rules.examples import Bench
from finops_lint.rules.loader import index_rules
from tests.rules.bench import machines, prices, read, taggable
from tests.rules.test_loader import GOOD


def complaints(folder: Path, text: str) -> list[str]:
    path = folder / "big-volume.yaml"
    path.write_text(text, "utf-8")
    files = index_rules(data_root(), [path])
    bench = Bench(files, Catalog(machines(), taggable()), read, prices)
    [file] = [f for f in files if f.own]
    return [outcome.complaint for outcome in bench.run(file)]


def test_examples_that_do_what_they_say_give_no_complaint(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD) == ["", ""]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{ size = 600 }", "{ size = 60 }", "expected: fails; it passes: nothing was found"),
        ("{ size = 60 }", "{ size = 900 }", "expected: passes; it fails: 900 GB is more than 500."),
        ("- fails: terraform\n", "- fails: terraform\n    says: TB\n", "no message says “TB”"),
        ("- fails: terraform\n", "- fails: terraform\n    saves: true\n", "its remedy saves nothing"),
        ("{ size = 600 }", "{ size = }", "cannot be read"),
        ("why:", "remedy: {set: {size: 550}}\nwhy:", "still found once the remedy is applied: set size to 550"),
    ],
)
def test_one_that_does_not_is_told(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    found = [c for c in complaints(tmp_path, GOOD.replace(old, new)) if c]
    assert len(found) == 1
    assert complaint in found[0]


def test_parameters_of_an_example_count_for_it_alone(tmp_path: Path) -> None:
    text = GOOD.replace("{ size = 60 }", "{ size = 900 }").replace(
        "- passes: terraform\n", "- passes: terraform\n    params: {max_gb: 1000}\n"
    )
    assert complaints(tmp_path, text) == ["", ""]
