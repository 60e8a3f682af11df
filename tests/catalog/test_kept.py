"""What is kept between runs is found again, and nothing depends on it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog import kept as kept_module
from finops_lint.catalog.cel import Language, Scope
from finops_lint.catalog.data import data_root, user_cache
from finops_lint.catalog.kept import Kept
from finops_lint.catalog.sheets import Sheets
from finops_lint.rules.loader import index_rules, load_rule

TEXT = "type: aws_thing\n"
MADE = {"data": {"type": "aws_thing", "size": 1.5}, "formulas": {}}


def entry_in(folder: Path) -> Path:
    (file,) = (f for f in folder.rglob("*") if f.is_file())
    return file


def test_what_was_made_of_a_text_is_found_by_it(tmp_path: Path) -> None:
    Kept(own=tmp_path).put(TEXT, MADE)
    assert Kept(own=tmp_path).get(TEXT) == MADE
    assert Kept(own=tmp_path).get(TEXT + " ") is None
    assert Kept(shipped=tmp_path).get(TEXT) == MADE


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-3], lambda b: b.replace(b"aws", b"AWS"), lambda _: b"", lambda _: b"\xff\n{"]
)
def test_an_entry_that_is_not_whole_is_no_entry(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    Kept(own=tmp_path).put(TEXT, MADE)
    file = entry_in(tmp_path)
    file.write_bytes(spoil(file.read_bytes()))
    assert Kept(own=tmp_path).get(TEXT) is None


def test_it_is_found_as_it_was_made(tmp_path: Path) -> None:
    made = {1: (1, 2.5, None, True), "text": ["ä", b"bytes"]}
    Kept(own=tmp_path).put(TEXT, made)
    assert repr(Kept(own=tmp_path).get(TEXT)) == repr(made)


def test_what_is_no_plain_value_is_not_kept(tmp_path: Path) -> None:
    Kept(own=tmp_path).put(TEXT, {"data": Decimal(1)})
    assert Kept(own=tmp_path).get(TEXT) is None


def test_a_folder_that_cannot_be_made_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    kept = Kept(own=tmp_path / "file")
    kept.put(TEXT, MADE)
    assert kept.get(TEXT) is None


def test_entries_of_much_older_code_are_dropped(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / name).mkdir()
    Kept(own=tmp_path).put(TEXT, MADE)
    assert len(list(tmp_path.iterdir())) == 3
    assert Kept(own=tmp_path).get(TEXT) == MADE


@pytest.mark.parametrize(
    "name", ["aws_instance", "aws_ebs_volume", "google_container_cluster", "azurerm_app_service_plan"]
)
def test_a_kept_sheet_is_the_sheet(tmp_path: Path, name: str) -> None:
    fresh, first, second = (
        Sheets(data_root() / "pricing", kept=kept).get(name)
        for kept in (Kept(), Kept(own=tmp_path), Kept(own=tmp_path))
    )
    assert fresh is not None
    assert first is not None
    assert second is not None
    assert list(tmp_path.rglob("*"))
    for ours, theirs in zip(fresh.part.formulas(), second.part.formulas(), strict=True):
        assert ours.text == theirs.text
        assert ours.reads == theirs.reads
        if isinstance(ours.text, str) and not ours.path and not ours.is_constant:
            assert ours.expression.tree == theirs.expression.tree
            assert ours.expression.guards == theirs.expression.guards
            assert ours.expression.chain == theirs.expression.chain
    assert (fresh.usage, fresh.attributes, fresh.note) == (second.usage, second.attributes, second.note)


def test_a_kept_rule_is_the_rule(tmp_path: Path) -> None:
    for file in index_rules(data_root())[::7]:
        fresh = load_rule(file)
        for _ in range(2):
            again = load_rule(file, kept=Kept(own=tmp_path))
            assert (again.id, again.types, again.why, again.source) == (fresh.id, fresh.types, fresh.why, fresh.source)
            assert repr(again.when) == repr(fresh.when)


def test_a_learned_expression_gives_the_same_and_still_asks_the_runtime() -> None:
    texts = ["r.?a.orValue(1) + 1", "r.?a", "string(r.a) + '!'", "r.l.exists(x, x > 1)"]
    learned = Language(None)
    learned.learn(json.loads(json.dumps(Language(None).packed(texts))))
    values = {"r": {"a": 2.5, "l": [0, 3]}}
    assert [Scope(dict(values)).evaluate(learned.compile(text)) for text in texts] == [3.5, 2.5, "2.5!", True]


def test_the_cache_folder_is_where_the_system_keeps_such_data(tmp_path: Path) -> None:
    """A relative `XDG_CACHE_HOME` is to be ignored: freedesktop.org, base directory specification."""
    assert user_cache({"XDG_CACHE_HOME": str(tmp_path / "c")}, tmp_path) == tmp_path / "c/finops-lint/kept"
    assert user_cache({"XDG_CACHE_HOME": "c"}, tmp_path) == user_cache({}, tmp_path)
    assert user_cache({}, tmp_path).is_relative_to(tmp_path)


def test_whatever_code_makes_entries_decides_their_version() -> None:
    """Else an entry of another version of that code would be taken for its own."""
    package = Path(kept_module.__file__).parents[1]
    makers = {(package / "catalog" / name).resolve() for name in kept_module._MAKERS}
    putting = {file for file in package.rglob("*.py") if re.search(r"kept\.put\(", file.read_text("utf-8"))}
    assert putting
    assert putting <= makers
