"""Turns sheets and tables into a list: each resource type, whose figures price it and how old they are.

What a price's text leaves to a formula stands for anything: `ebs/{kind}-gb` takes the sources of every `ebs/…-gb`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.yaml_text import load_yaml
from finops_lint.model.records import record
from finops_lint.model.regexes import regex

_FORMULA = regex(r"\{(?:[^{}]|\{[^{}]*\})*\}")
_LITERAL = regex(r"'([a-z0-9-]+/[^']*)'")
_RELATED = regex(r"related\['([^']+)'\]")


Origin = tuple[str, str]
"""The source of a figure and its day."""
Origins = Mapping[str, Set[Origin]]
"""`service/item` → where its prices are from."""


@record(frozen=True, slots=True)
class PricedType:
    """One resource type: what its prices rest on."""

    type: str
    services: tuple[str, ...]
    sources: tuple[str, ...]
    days: str
    """A day, or the oldest and the newest; empty where no table row is used."""
    says: str
    """What stands in for prices: why it is free, or whose lines it shows."""


def priced_types(sheets: Path, items: Origins) -> Iterator[PricedType]:
    """The types with a sheet in the folder `sheets` (one cloud's), by name.

    Args:
        sheets: `pricing/resources/<cloud>`.
        items: Every item of the cloud's tables, in lower case.
    """
    parts = {file.stem: _load(file) for file in (sheets / "parts").glob("*.yaml")}
    for file in sorted(sheets.glob("*.yaml")):
        yield _priced_type(_load(file), parts, items)


def _load(file: Path) -> Mapping[str, Any]:
    text = file.read_text(encoding="utf-8").partition("\nexamples:")[0]
    loaded: Mapping[str, Any] = load_yaml(text, file.as_posix(), CatalogError)
    return {**loaded, "_text": text}


def _priced_type(sheet: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], items: Origins) -> PricedType:
    patterns = [re.compile(pattern) for pattern in sorted(set(_patterns(sheet, parts, sheet["_text"])))]
    used = [item for item in items if any(pattern.fullmatch(item) for pattern in patterns)]
    origins = {origin for item in used for origin in items[item]}
    days = sorted({day for _, day in origins})
    through = sorted(set(_RELATED.findall(sheet["_text"]))) if "through:" in sheet["_text"] else []
    says = sheet.get("free", "") and f"free: {sheet['free']}"
    if through:
        says = "; ".join(filter(None, (says, f"with the lines of {', '.join(through)}")))
    return PricedType(
        type=sheet["type"],
        services=tuple(sorted({item.partition("/")[0] for item in used})),
        sources=tuple(sorted({source for source, _ in origins})),
        days=" to ".join(days if len(days) < 3 else (days[0], days[-1])),
        says=says,
    )


def _patterns(part: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], text: str) -> Iterator[str]:
    """Regular expressions of the items that the part's lines look up; `text` is the sheet that uses it."""
    for line in part.get("costs", ()):
        if "use" in line:
            yield from _patterns(parts[line["use"]], parts, text)
        for price in (line.get("price"), *(tier.get("price") for tier in line.get("tiers", ()))):
            if price and price.startswith("{"):
                # The service itself is a formula: what the sheet's formulas write out is all that can be said.
                yield from (re.escape(found.partition("{")[0].lower()) + ".*" for found in _LITERAL.findall(text))
            elif price:
                yield ".*".join(re.escape(piece) for piece in _FORMULA.split(price.lower()))
