"""Every example of every sheet does what it says: `pytest -k TYPE` runs those of one type."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from finops_lint.catalog.sheet_model import Part, Sheet, cloud_of
from finops_lint.catalog.sheet_reader import schema
from finops_lint.costs.pricer import Pricer, PricerOptions
from tests.pricing.examples import (
    Example,
    checked_sheets,
    complaints,
    every_example,
    part_files,
    prices,
    read,
    sheet_files,
    sheets,
    target,
    whole,
)


@pytest.mark.parametrize("example", list(every_example()), ids=lambda e: e.id)
def test_example_costs_what_it_says(example: Example) -> None:
    assert complaints(example) == []


@pytest.mark.parametrize("file", [*sheet_files(), *part_files()], ids=lambda f: f.stem)
def test_sheet_keeps_to_the_schema(file: Path) -> None:
    kind = "part" if file.parent.name == "parts" else "sheet"
    jsonschema.validate(whole(file), {**schema(), "$ref": f"#/$defs/{kind}"}, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("file", sheet_files(), ids=lambda f: f.stem)
def test_typical_use_goes_from_little_to_much(file: Path) -> None:
    sheet = sheets().get(file.stem.replace("__", "/"))
    assert sheet is not None
    for key in sheet.usage.values():
        assert list(key.typical) == sorted(key.typical)
        assert len(key.typical) in (0, 3)


def test_typical_use_touches_nothing_that_is_priced_without_it() -> None:
    plain, typical = (Pricer(sheets(), prices(), options=PricerOptions(strict=True, typical=t)) for t in (False, True))
    for example in every_example():
        if example.number == 0 and not example.says.get("free"):
            graph = read(example)
            resource = target(example, graph)
            known = [c for c in plain.price(resource, graph).components if c.monthly is not None]
            found = typical.price(resource, graph).components
            assert [c for c in known if c not in found] == [], example.id


@pytest.mark.parametrize("file", sheet_files(), ids=lambda f: f.stem)
def test_sheet_is_named_after_its_type_and_lies_in_its_cloud(file: Path) -> None:
    data = whole(file)
    assert data["type"] == file.stem.replace("__", "/")
    assert cloud_of(data["type"]) == file.parent.name


@pytest.mark.parametrize("file", sheet_files(), ids=lambda f: f.stem)
def test_examples_are_the_last_key_so_that_a_run_need_not_parse_them(file: Path) -> None:
    assert list(whole(file))[-1] == "examples"
    assert file.read_text("utf-8").count("\nexamples:") == 1


@pytest.mark.parametrize("file", sheet_files(), ids=lambda f: f.stem)
def test_every_formula_compiles(file: Path) -> None:
    sheet = checked_sheets().get(file.stem.replace("__", "/"))
    assert sheet is not None
    _compile(sheet, sheet.part)


def _compile(sheet: Sheet, part: Part) -> None:
    for formula in part.let.values():
        assert formula.reads is not None
    for line in part.lines:
        for formula in line.formulas():
            assert formula.reads is not None
        if line.use:
            used = checked_sheets().part(sheet.cloud, line.use)
            assert set(line.bound) == set(used.takes), f"{line.use} takes {used.takes}"
            _compile(sheet, used)
