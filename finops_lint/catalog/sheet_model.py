"""What a sheet says, as values: usage keys, cost lines, parts; nothing is looked up or worked out here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from finops_lint.catalog.cel import Language, Plain
from finops_lint.catalog.formulas import Formula, Template
from finops_lint.model.explanation import UsageFact
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.values import Unknown, Value

USAGE = "usage."
"""What the names of usage an estimate waits for begin with."""
_UNIT_SCALE = regex(r"(\d+(?:\.\d+)?)\s?(k|M|B|T)?\s")
_CLOUDS = {"aws": "aws", "awscc": "aws", "azurerm": "azure", "azapi": "azure", "google": "google"}
_SCALES = {None: 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@record(frozen=True, slots=True)
class UsageKey:
    """Something the user may state about how a resource is used."""

    name: str
    """With dots where it is nested: `standard.storage_gb`."""
    unit: str = ""
    typical: tuple[Decimal, ...] = ()
    """Low, expected, high."""
    default: Value = None
    """Taken where nothing is stated; None means the component waits."""
    values: tuple[str, ...] = ()
    """The values a text may have."""
    is_text: bool = False
    """Whether it is a text and not a number."""


@record(frozen=True, slots=True)
class Figures:
    """A quantity: one formula, or one each for low, expected and high."""

    low: Formula
    expected: Formula
    high: Formula


@record(frozen=True, slots=True)
class TierName:
    """How one tier is printed."""

    up_to: Decimal | None
    """The tier's end in table units; None for the last."""
    name: Template | None
    price: Template | None


@record(frozen=True, slots=True)
class Assumption:
    """What a line takes for granted."""

    when: Formula | None
    """The condition under which it does; always without one."""
    says: str
    is_of_price: bool = False
    """Whether the price is another thing's, so that the figure is marked ≈; else `explain` alone tells it."""


LEFT_OUT = "leave out"
"""`unsure` of a line that another tells about."""


@record(frozen=True, slots=True)
class Line:
    """One line of a sheet: a component, a part, or the lines of another resource."""

    name: Template | None = None
    unit: str = ""
    quantity: Figures | None = None
    price: Template | None = None
    region: Template | None = None
    """Where the price is looked up, if not where the resource is: a replica's region."""
    amount: Formula | None = None
    """A price that is in no table: zero, where something is known to be free, or one the user states."""
    per: Decimal = Decimal(1)
    """Table units in one printed unit: a million for `1M requests`."""
    bundle: Formula | None = None
    """The same as a figure of the resource: the DPUs of a job billed by the DPU-hour and printed by the hour."""
    bundle_unit: Template | None = None
    """What such a printed unit is called; `unit` is that of the table then."""
    less: Formula | None = None
    """The part of the price that is not charged: 0.3 where a discount of 30 % comes by itself."""
    less_because: Template | None = None
    """What takes it off."""
    when: Formula | None = None
    unsure: str = ""
    """Where it is not known whether `when` holds: `leave out` (another line tells what it waits for), or what is taken
    for granted to price the line; empty shows it without a price."""
    each: Formula | None = None
    variable: str = ""
    """What `each`'s entries are called."""
    under: tuple[Template, ...] = ()
    tiers: tuple[TierName, ...] = ()
    least: Formula | None = None
    most: Formula | None = None
    use: str = ""
    """The part whose lines stand here."""
    bound: Mapping[str, Formula] = field(default_factory=dict)
    """What the part or the other resource is given."""
    through: Formula | None = None
    """The address of the resource whose lines stand here."""
    times: Figures | None = None
    missing: str = ""
    """Why there is no price if `through` is not in the code."""
    is_plain: bool = False
    """Whether the lines of `through` stand without that resource's address as their heading."""
    assumes: tuple[Assumption, ...] = ()

    def formulas(self) -> Iterator[Formula]:
        """Every formula in it."""
        texts = (
            self.name,
            self.price,
            self.region,
            self.bundle_unit,
            self.less_because,
            *self.under,
            *(t for tier in self.tiers for t in (tier.name, tier.price)),
        )
        for text in texts:
            if text:
                yield from text.formulas
        if self.amount:
            yield self.amount
        for figures in (self.quantity, self.times):
            if figures:
                yield from (figures.low, figures.expected, figures.high)
        conditions = (taken.when for taken in self.assumes)
        single = (self.bundle, self.less, self.when, self.each, self.least, self.most, self.through)
        for formula in (*single, *self.bound.values(), *conditions):
            if formula:
                yield formula


@record(frozen=True, slots=True)
class Part:
    """Lines with the variables they are worked out with."""

    name: str
    file: Path
    language: Language
    takes: tuple[str, ...]
    constants: Mapping[str, Plain]
    let: Mapping[str, Formula]
    lines: tuple[Line, ...]
    linked: frozenset[str] = frozenset()
    """The variables that read related resources, `related` among them: to read one is told, so it does not depend on
    which branch is taken."""

    def formulas(self) -> Iterator[Formula]:
        """Every formula in it, but for those of the parts it uses."""
        yield from self.let.values()
        for line in self.lines:
            yield from line.formulas()


@record(frozen=True, slots=True)
class Sheet:
    """What is known about one resource type."""

    type: str
    cloud: str
    part: Part
    aliases: tuple[str, ...] = ()
    """Other names of the type: resources of them are read as this one."""
    also: tuple[str, ...] = ()
    """Other types whose resources have the same lines, and keep their names."""
    cloudformation: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Dotted attribute → `number`, `bool`, `string` or `list`, for dialects that write them as text."""
    blocks: tuple[str, ...] = ()
    """Dotted attributes that are a list of one block, though other dialects write a plain object."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """CloudFormation property path → attribute path, where it is not the name in snake case."""
    splits: tuple[Mapping[str, Any], ...] = ()
    """CloudFormation: the further canonical resources one of these becomes."""
    tags: str | None = "tags"
    """The attribute that holds the tags; None where the type takes none."""
    region: str = ""
    """The region prices are looked up in, where it is not the resource's own."""
    usage: Mapping[str, UsageKey] = field(default_factory=dict)
    free: str = ""
    """Why the type costs nothing by itself."""
    note: str = ""
    only_stated: bool = False
    """Whether no code declares the type: each entry of it in the usage file is a resource."""
    model: str = ""
    """`module:function` below `costs/models`, for what lines cannot say."""

    without_usage: Plain = field(default_factory=lambda: Plain({}))
    """The usage keys where the user states none: their defaults, else unknown."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The cost lines, in order."""
        return self.part.lines


def fact_of(key: UsageKey) -> UsageFact:
    """What a person is told of a usage key."""
    default = "" if key.default is None else str(key.default)
    return UsageFact(key.name, key.unit, key.typical, key.values, default)


def usage_of(keys: Mapping[str, UsageKey], stated: Mapping[str, Value]) -> dict[str, Value]:
    """All usage keys of a sheet: what is stated, else the default, else unknown."""
    found: dict[str, Value] = {}
    for name, key in keys.items():
        here: Value = stated
        *groups, last = name.split(".")
        target = found
        for step in groups:
            here = here.get(step) if isinstance(here, Mapping) else None
            target = target.setdefault(step, {})
        value = here.get(last) if isinstance(here, Mapping) else None
        if value is None:
            value = key.default
        target[last] = Unknown("it depends on usage", (USAGE + name,)) if value is None else value
    return found


@lru_cache(maxsize=1_000)
def scale_of(unit: str) -> Decimal:
    """How many single units a printed one holds: a million for `1M requests`, 10,000 for `10k requests`."""
    found = _UNIT_SCALE.match(unit)
    return Decimal(found[1]) * _SCALES[found[2]] if found else Decimal(1)


def cloud_of(type_name: str) -> str:
    """The folder a type's sheet lies in: `aws`, `azure`, `google`, `kubernetes`, or the provider's own name."""
    if "/" in type_name:
        return "kubernetes"
    if "::" in type_name:
        return "aws"
    prefix = type_name.partition("_")[0]
    return _CLOUDS.get(prefix, prefix)
