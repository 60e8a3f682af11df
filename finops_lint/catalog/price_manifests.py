"""What a cloud's manifest says of one service's tables: where their prices are from, and how to estimate others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from finops_lint.catalog.given import read_given
from finops_lint.catalog.kept import Kept
from finops_lint.catalog.price_tables import PriceError, fault_in
from finops_lint.catalog.yaml_text import load_yaml
from finops_lint.model.records import record
from finops_lint.model.regexes import regex


@record(frozen=True, slots=True)
class Estimator:
    """How to estimate an item whose row is missing: another row's price × a ratio."""

    items: re.Pattern[str]
    """Which items of the service it serves; its named groups fill the templates."""
    of: str
    """Template of the item whose price is taken, with its service: `ec2/linux/{type}`."""
    region: str
    """The region whose price is taken: a name, `reference` for the service's, empty for the one asked for."""
    factors: str
    """Template of the family whose region factors apply; empty where none do."""
    ratios: tuple[tuple[re.Pattern[str], Decimal], ...]
    """(pattern over the item, ratio): the first that is found applies; without any match there is no estimate."""
    per_vcpu: tuple[tuple[re.Pattern[str], Decimal], ...]
    """(pattern over the machine's name, amount added for each of its vCPU): the first that matches whole applies."""
    machine: str
    """Template of the machine whose vCPU are meant."""
    times: str
    """Template of an item whose price the ratio is multiplied by; empty for none."""
    over: str
    """Template of an item whose price the ratio is divided by; empty for none."""
    because: str
    """The reason a person reads, with the groups and `{region}`, `{ratio}`, `{of}` filled in; empty where the other
    row says the same price for certain, so that nothing is ≈."""
    exact: bool
    """Whether only a row of its own will do for `of`, not another estimate."""
    names: Mapping[str, Mapping[str, str]]
    """Group → (new group name: value) tables: `predecessor: {from: family, g6: g5}`."""


@record(frozen=True, slots=True)
class Absence:
    """Items that some regions do not have."""

    items: re.Pattern[str]
    regions: frozenset[str]
    because: str
    """The reason a person reads, with `{region}` filled in."""


@record(frozen=True, slots=True)
class Manifest:
    """What a cloud's manifest says about one service's tables."""

    file: Path
    reference: str
    """The region that has most prices: estimates start from it, and suggestions come from it."""
    home: str
    """The region whose factors are 1 by definition."""
    sources: Mapping[str, str]
    """Source id → why its rows are only ≈; empty text for exact ones."""
    estimators: tuple[Estimator, ...]
    absent: tuple[Absence, ...] = ()
    """What some regions do not have, so that nothing is estimated there."""


def manifest_of(content: Mapping[str, Any], file: Path, service: str, *, shipped: bool = False) -> Manifest:
    """The part of a cloud's manifest that concerns one service: its own estimates, then those for all services.

    The patterns of a shipped one are right, and compiled when they are used.

    Raises:
        PriceError: Something in it is not what a manifest holds.
    """
    try:
        own = content.get("services", {}).get(service, {})
        sources = {str(name): str(facts.get("approximate", "")) for name, facts in content.get("sources", {}).items()}
        entries = (*own.get("estimates", ()), *(content.get("estimates", ()) if own.get("general", True) else ()))
        pattern = regex if shipped else re.compile
        estimators = tuple(_estimator(entry, pattern) for entry in entries)
        absent = tuple(
            Absence(pattern(entry["items"], re.IGNORECASE), frozenset(entry["regions"]), entry["because"])
            for entry in own.get("absent", ())
        )
    except (AttributeError, KeyError, TypeError, re.error, InvalidOperation) as error:
        raise fault_in(file, 1, f"not a manifest of prices: {error}") from error
    home = str(content.get("reference", ""))
    return Manifest(file, str(own.get("reference", home)), home, sources, estimators, absent)


def read_manifest(file: Path, kept: Kept) -> Mapping[str, Any]:
    """All that a cloud's manifest says, as it is written; looked for in `kept` first.

    Raises:
        PriceError: It is no YAML, or no mapping.
    """
    text = read_given(file, PriceError)
    known: Mapping[str, Any] | None = kept.get(text)
    if known is None:
        known = _parsed(file, text)
        kept.put(text, known)
    return known


def _parsed(file: Path, text: str) -> dict[str, Any]:
    content = load_yaml(text, file.as_posix(), PriceError)
    if not isinstance(content, dict):
        raise fault_in(file, 1, "a manifest is a mapping")
    return content


def _estimator(entry: Mapping[str, Any], pattern: Callable[..., re.Pattern[str]]) -> Estimator:
    ratios = entry.get("ratio", ())
    if not isinstance(ratios, (list, tuple)):
        ratios = [{"ratio": ratios}]
    return Estimator(
        items=pattern(entry["items"], re.IGNORECASE),
        of=entry.get("of", ""),
        region=entry.get("region", ""),
        factors=entry.get("factor", ""),
        ratios=tuple((pattern(case.get("when", ""), re.IGNORECASE), Decimal(case["ratio"])) for case in ratios),
        per_vcpu=tuple(
            (pattern(case.get("machine", ".*")), Decimal(case["usd"])) for case in entry.get("per_vcpu", ())
        ),
        machine=entry.get("machine", ""),
        times=entry.get("times", ""),
        over=entry.get("over", ""),
        because=entry["because"],
        exact=entry.get("exact", False),
        names=entry.get("names", {}),
    )


def words_of(estimator: Estimator, match: re.Match[str], region: str) -> dict[str, str] | None:
    """What the templates may name; None where a table of names has no entry that a template needs."""
    words = {"region": region, "factor_of": "", **{k: v or "" for k, v in match.groupdict().items()}}
    templates = estimator.of + estimator.times + estimator.over + estimator.factors
    for new, table in estimator.names.items():
        value = table.get(words.get(str(table.get("from", "")), ""))
        if value is None and f"{{{new}}}" in templates:
            return None
        words[new] = value or ""
    return words
