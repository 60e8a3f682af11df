"""What the settings say about prices (discounts, commitments, schedules, currency) → values, or what is wrong.

The schema has looked at the shape before; here is what it cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from finops_lint.catalog.schema_faults import Steps
from finops_lint.model.money import decimal_of
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.model.terms import Commitment, Discount, Exchange, PriceOverride, Schedule, Selector

_HUNDRED = Decimal(100)
_LISTS = ("discounts", "commitments", "price_overrides", "schedules")
_SELECTOR = Selector.__match_args__
_HOLDS_ALL = frozenset("*?[")


class TermsError(ValueError):
    """Something the settings say about prices is wrong."""

    def __init__(self, message: str, steps: Steps) -> None:
        super().__init__(message)
        self.steps = steps


@record(frozen=True, slots=True)
class Terms:
    """All of it, as the settings hold it."""

    discounts: tuple[Discount, ...]
    commitments: tuple[Commitment, ...]
    price_overrides: tuple[PriceOverride, ...]
    schedules: tuple[Schedule, ...]
    exchange: Exchange | None


Where = Callable[[Steps], Span]
Below = Callable[[Sequence[str]], tuple[str, ...]]


def read_terms(data: Mapping[str, Any], where: Where, below: Below) -> Terms:
    """The terms in the settings' `data`; `where` gives the place of a value, `below` paths as the user types them.

    Raises:
        TermsError: One of them is wrong.
    """
    entries = {name: list(enumerate(data.get(name, ()))) for name in _LISTS}
    _check_regions(data, entries)
    _check_services(data, entries)
    _check_currencies(data, entries["price_overrides"])
    return Terms(
        tuple(_discount(entry, ("discounts", n), where) for n, entry in _each_once("discounts", entries)),
        tuple(_commitment(entry, ("commitments", n), where) for n, entry in _each_once("commitments", entries)),
        tuple(_override(entry, ("price_overrides", n), where) for n, entry in _each_once("price_overrides", entries)),
        tuple(_schedule(entry, ("schedules", n), where, below) for n, entry in _each_once("schedules", entries)),
        _exchange(data["currency"], where(("currency",))) if "currency" in data else None,
    )


_SAME = {
    "discounts": _SELECTOR,
    "commitments": ("name",),
    "price_overrides": ("item", "region"),
    "schedules": ("tags", "workspaces", "paths", "addresses", "types"),
}
"""What makes two entries of a list speak of the same things, so that one of them would never count."""


def _each_once(
    name: str, entries: Mapping[str, list[tuple[int, Mapping[str, Any]]]]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    seen: dict[str, int] = {}
    for number, entry in entries[name]:
        own = repr([entry.get(key) for key in _SAME[name]])
        if own in seen and not (name == "commitments" and "name" not in entry):
            raise TermsError(
                f"{name}: this entry and number {seen[own] + 1} are for the same things, so one of them would never "
                "count: make one of the two",
                (name, number),
            )
        seen[own] = number
        yield number, entry


def _selector(entry: Mapping[str, Any]) -> Selector:
    return Selector(**{name: entry[name] for name in _SELECTOR if name in entry})


def _discount(entry: Mapping[str, Any], steps: Steps, where: Where) -> Discount:
    factor = _factor(entry, "percent", steps)
    if factor is None:
        raise TermsError("discounts: state a percent or a factor", steps)
    return Discount(_selector(entry), factor, entry.get("reason", ""), where(steps))


def _factor(entry: Mapping[str, Any], percent: str, steps: Steps) -> Decimal | None:
    """What is left of a price."""
    if percent in entry and "factor" in entry:
        raise TermsError(f"{steps[0]}: state {percent} or factor, not both", (*steps, "factor"))
    if percent in entry:
        return 1 - _share(entry, percent, steps) / _HUNDRED
    return _positive(entry, "factor", steps) if "factor" in entry else None


def _share(entry: Mapping[str, Any], name: str, steps: Steps) -> Decimal:
    """Per cent."""
    share = _positive(entry, name, steps)
    if share > _HUNDRED:
        raise TermsError(f"{steps[0]}: {name} is {share:f}, and must be 0 to 100", (*steps, name))
    return share


def _positive(entry: Mapping[str, Any], name: str, steps: Steps) -> Decimal:
    figure = decimal_of(entry[name])
    if not figure.is_finite() or figure < 0:
        raise TermsError(f"{steps[0]}: {name} is {figure}, and must be 0 or more", (*steps, name))
    return figure


def _commitment(entry: Mapping[str, Any], steps: Steps, where: Where) -> Commitment:
    selector = _selector(entry)
    if ("hours" in entry) == ("percent" in entry):
        raise TermsError("commitments: state either hours a month or a percent of them", steps)
    if "price" in entry and "discount" in entry:
        raise TermsError("commitments: state a price or a discount, not both", (*steps, "price"))
    if not {"price", "discount"} & set(entry) and "term" not in entry:
        raise TermsError("commitments: state a discount, a price, or the term whose list price counts", steps)
    named = " ".join(
        word for word in (selector.machine or selector.family or selector.item or selector.service,) if word
    )
    return Commitment(
        name=entry.get("name", "") or f"commitment {int(steps[1]) + 1}{f' ({named})' if named else ''}",
        selector=selector,
        where=where(steps),
        hours=_positive(entry, "hours", steps) if "hours" in entry else None,
        percent=_share(entry, "percent", steps) if "percent" in entry else None,
        term=entry.get("term", ""),
        payment=entry.get("payment", "no-upfront"),
        factor=_factor(entry, "discount", steps) if "discount" in entry else None,
        price=_positive(entry, "price", steps) if "price" in entry else None,
    )


def _override(entry: Mapping[str, Any], steps: Steps, where: Where) -> PriceOverride:
    more = {name: entry[name] for name in ("region", "unit", "currency", "reason") if name in entry}
    return PriceOverride(entry["item"], _positive(entry, "price", steps), where(steps), **more)


def _schedule(entry: Mapping[str, Any], steps: Steps, where: Where, below: Below) -> Schedule:
    from finops_lint.catalog.schedules import ScheduleError, minutes_a_week

    try:
        minutes = minutes_a_week(entry["hours"])
    except ScheduleError as error:
        raise TermsError(f"schedules: {error}", (*steps, "hours")) from None
    return Schedule(
        name=entry["name"],
        text=entry["hours"],
        minutes=minutes,
        where=where(steps),
        tags=entry.get("tags", {}),
        paths=below(entry.get("paths", ())),
        **{name: tuple(entry.get(name, ())) for name in ("workspaces", "addresses", "types")},
    )


def _exchange(entry: Mapping[str, Any], where: Span) -> Exchange:
    code, rates = entry["code"], {}
    if "rate" in entry:
        rates["USD"] = decimal_of(entry["rate"])
    for name, rate in entry.get("rates", {}).items():
        rates[name] = decimal_of(rate)
    for name, rate in rates.items():
        if not rate.is_finite() or rate <= 0:
            key: Steps = ("currency", "rate") if name == "USD" and "rate" in entry else ("currency", "rates", name)
            raise TermsError(f"currency: the rate of {name} is {rate}, and must be more than 0", key)
    if "USD" not in rates and code != "USD":
        raise TermsError(f"currency: state the rate, {code} for one USD", ("currency",))
    if rates.get(code, Decimal(1)) != 1:
        raise TermsError(f"currency: one {code} is one {code}, not {rates[code]:f}", ("currency",))
    try:
        day = str(date.fromisoformat(str(entry["as_of"])))
    except ValueError:
        raise TermsError(
            f"currency: as_of is {entry['as_of']}, and must be a day, such as 2026-11-20", ("currency", "as_of")
        ) from None
    return Exchange(code, {**rates, code: Decimal(1)}, day, str(where))


def _check_regions(data: Mapping[str, Any], entries: Mapping[str, list[tuple[int, Mapping[str, Any]]]]) -> None:
    """Refuse regions that no cloud has; folders of the user's own prices may know more than we do."""
    if data.get("prices", "shipped") != "shipped":
        return
    named: list[tuple[Steps, str, str]] = [
        (("regions", cloud), cloud, region) for cloud, region in data.get("regions", {}).items()
    ]
    for name in ("discounts", "commitments", "price_overrides"):
        named += [
            ((name, n, "region"), entry.get("provider", ""), entry["region"])
            for n, entry in entries[name]
            if "region" in entry
        ]
    for steps, cloud, region in named:
        if not _HOLDS_ALL & set(region):
            _check_region(steps, cloud, region)


def _check_region(steps: Steps, cloud: str, region: str) -> None:
    from finops_lint.catalog.data import data_root
    from finops_lint.catalog.regions import REFERENCE, Regions, canonical_region

    regions = Regions(data_root() / "pricing")
    clouds = [cloud] if cloud in REFERENCE else list(REFERENCE)
    known = [name for one in clouds for name in regions.known(one)]
    if not known or any(canonical_region(one, region) in regions.known(one) for one in clouds):
        return
    near = get_close_matches(region.lower(), known, 3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise TermsError(f"{'.'.join(map(str, steps))}: no price list has the region {region}{hint}", steps)


def _check_currencies(data: Mapping[str, Any], overrides: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Refuse prices in a currency that no list here has and no rate turns into that of the report."""
    stated = data.get("currency", {})
    known = {"USD", "CNY", stated.get("code"), *stated.get("rates", {})}
    for number, entry in overrides:
        if (name := entry.get("currency", "USD")) not in known:
            raise TermsError(
                f"price_overrides: {name} has no rate: state it under currency, in rates",
                ("price_overrides", number, "currency"),
            )


def _check_services(data: Mapping[str, Any], entries: Mapping[str, list[tuple[int, Mapping[str, Any]]]]) -> None:
    """Refuse services that no price table has: a discount on them would never count, and nobody would miss it."""
    if data.get("prices", "shipped") != "shipped":
        return
    for name in ("discounts", "commitments", "price_overrides"):
        for number, entry in entries[name]:
            key = "service" if "service" in entry else "item"
            service = str(entry.get(key, "*")).partition("/")[0]
            if not _HOLDS_ALL & set(service):
                _check_service((name, number, key), entry.get("provider", ""), service)


def _check_service(steps: Steps, cloud: str, service: str) -> None:
    from finops_lint.catalog.data import data_root
    from finops_lint.catalog.regions import REFERENCE

    tables = data_root() / "pricing" / "tables"
    clouds = [cloud] if cloud else list(REFERENCE)
    known = {file.name.partition(".")[0] for one in clouds for file in (tables / one).glob("*")}
    if known and service not in known:
        near = get_close_matches(service, sorted(known), 3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise TermsError(f"{'.'.join(map(str, steps))}: no price table has the service {service}{hint}", steps)
