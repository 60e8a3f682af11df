"""One YAML file a resource type → `Sheet`: what it costs, in lines; nothing is looked up or worked out here.

`pricing/resources/<cloud>/<type>.yaml` is opened when its type is met, and no other. What costs nothing is listed in
`pricing/resources/<cloud>/free.txt`, under the reason. Lines that several types share (a volume, a load balancer) are
parts in `pricing/resources/<cloud>/parts/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from finops_lint.catalog.cel import Function, Language, Plain
from finops_lint.catalog.formulas import Formula, SheetError, Template, template
from finops_lint.catalog.machines import Machine, Machines
from finops_lint.model.money import decimal_of
from finops_lint.model.span import Span
from finops_lint.model.values import Unknown, Value

BUILT_IN = ("r", "usage", "stated", "given", "hours", "region", "related", "i")
"""Variables every formula may use."""

USAGE = "usage."
"""What the names of usage an estimate waits for begin with."""

_UNIT_SCALE = re.compile(r"(\d+(?:\.\d+)?)\s?(k|M|B|T)?\s")
_SCALES = {None: 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_CLOUDS = {"aws": "aws", "awscc": "aws", "azurerm": "azure", "azapi": "azure", "google": "google"}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Figures:
    """A quantity: one formula, or one each for low, expected and high."""

    low: Formula
    expected: Formula
    high: Formula


@dataclass(frozen=True, slots=True)
class TierName:
    """How one tier is printed."""

    up_to: Decimal | None
    """The tier's end in table units; None for the last."""
    name: Template | None
    price: Template | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet: a component, a part, or the lines of another resource."""

    name: Template | None = None
    unit: str = ""
    quantity: Figures | None = None
    price: Template | None = None
    region: Template | None = None
    """Where the price is looked up, if not where the resource is: a replica's region."""
    amount: Decimal | None = None
    """A price that is in no table: zero, where the sheet knows that something is free."""
    per: Decimal = Decimal(1)
    """Table units in one printed unit: a million for `1M requests`."""
    when: Formula | None = None
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
    assumes: tuple[tuple[Formula | None, str], ...] = ()
    """What is taken for granted, each with the condition under which it is."""

    def formulas(self) -> Iterator[Formula]:
        """Every formula in it."""
        texts = (
            self.name,
            self.price,
            self.region,
            *self.under,
            *(t for tier in self.tiers for t in (tier.name, tier.price)),
        )
        for text in texts:
            if text:
                yield from text.formulas
        for figures in (self.quantity, self.times):
            if figures:
                yield from (figures.low, figures.expected, figures.high)
        conditions = (when for when, _ in self.assumes)
        for formula in (self.when, self.each, self.least, self.most, self.through, *self.bound.values(), *conditions):
            if formula:
                yield formula


@dataclass(frozen=True, slots=True)
class Part:
    """Lines with the variables they are worked out with."""

    name: str
    file: Path
    language: Language
    takes: tuple[str, ...]
    constants: Mapping[str, Plain]
    let: Mapping[str, Formula]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known about one resource type."""

    type: str
    cloud: str
    part: Part
    aliases: tuple[str, ...] = ()
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
    model: str = ""
    """`module:function` below `costs/models`, for what lines cannot say."""

    without_usage: Plain = field(default_factory=lambda: Plain({}))
    """The usage keys where the user states none: their defaults, else unknown."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The cost lines, in order."""
        return self.part.lines


class Sheets:
    """The shipped sheets and the user's own, opened one by one as types are met."""

    def __init__(self, root: Path, *, extra: Iterable[Path] = (), machines: Machines | None = None) -> None:
        """Read below `root` (the `pricing` folder); the user's own files and folders in `extra` go before it.

        `machines` answers `machine(name)` in formulas; by default the shipped lists.
        """
        self._folder = root / "resources"
        self._extra = {file.stem: file for path in extra for file in _yaml_files(path)}
        self._machines = machines or Machines(root)
        self._sheets: dict[str, Sheet | None] = {}
        self._parts: dict[tuple[str, str], Part] = {}
        self._free: dict[str, _FreeTypes] = {}

    def get(self, type_name: str) -> Sheet | None:
        """The sheet of a canonical type or of one of its other names; None where there is none.

        Raises:
            SheetError: The file is there and wrong.
        """
        if type_name not in self._sheets:
            self._sheets[type_name] = self._find(type_name)
        return self._sheets[type_name]

    def canonical_type(self, type_name: str) -> str:
        """The type under which `type_name` is priced and judged: its own, or that of the sheet that claims it."""
        sheet = self.get(type_name)
        return sheet.type if sheet else type_name

    def free(self, type_name: str) -> str:
        """Why the type costs nothing, empty where that is not known."""
        sheet = self.get(type_name)
        if sheet:
            return "" if sheet.lines or sheet.model else sheet.free
        return self._listed(cloud_of(type_name)).of(type_name) or self._listed("").of(type_name)

    def types(self) -> tuple[str, ...]:
        """Every type that has a sheet, sorted."""
        return tuple(sorted({f.stem for f in self._folder.glob("*/*.yaml")} | set(self._extra)))

    def shape(self, type_name: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """The values with texts that stand for numbers and truth values converted as the sheet says."""
        sheet = self.get(type_name)
        if sheet is None or not (sheet.attributes or sheet.blocks):
            return values
        shaped: Any = values
        for path in sheet.blocks:
            shaped = _changed(shaped, path.split("."), _as_blocks)
        for path, kind in sheet.attributes.items():
            shaped = _changed(shaped, path.split("."), _CONVERSIONS[kind])
        return dict(shaped)

    def part(self, cloud: str, name: str) -> Part:
        """The part of that name.

        Raises:
            SheetError: There is none, or it is wrong.
        """
        key = (cloud, name)
        if key not in self._parts:
            file = self._folder / cloud / "parts" / f"{name}.yaml"
            if not file.is_file():
                raise SheetError(f"no part {name} for {cloud}")
            self._parts[key] = _read_part(_load(file), file, name, self._functions(cloud))
        return self._parts[key]

    def _find(self, type_name: str) -> Sheet | None:
        if type_name in self._extra:
            return self._user_sheet(self._extra[type_name])
        if re.fullmatch(r"[A-Za-z0-9_]+", type_name):
            file = self._folder / cloud_of(type_name) / f"{type_name}.yaml"
            if file.is_file():
                return _read_sheet(_load(file), file, self._functions(cloud_of(type_name)))
        other = self._other_names.get(type_name)
        return self.get(other) if other and other != type_name else None

    def _user_sheet(self, file: Path) -> Sheet:
        data = _load(file)
        _validate(data, file)
        if "extends" in data and data.pop("extends"):
            shipped = self._folder / cloud_of(file.stem) / f"{file.stem}.yaml"
            if shipped.is_file():
                base = _load(shipped)
                data = {**base, **data, "costs": [*base.get("costs", ()), *data.get("costs", ())]}
        return _read_sheet(data, file, self._functions(cloud_of(file.stem)))

    def _functions(self, cloud: str) -> tuple[Function, ...]:
        def facts(name: str) -> dict[str, Any]:
            machine = self._machines.get(cloud, name)
            return machine_facts(machine) if machine else {}

        return (Function("machine", facts),)

    @cached_property
    def _other_names(self) -> dict[str, str]:
        index = self._folder / "index.json"
        if index.is_file():
            names: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))
            return names
        return other_names(self._folder)

    def _listed(self, cloud: str) -> _FreeTypes:
        if cloud not in self._free:
            file = self._folder / cloud / "free.txt"
            self._free[cloud] = _read_free(file.read_text(encoding="utf-8")) if file.is_file() else _FreeTypes({}, {})
        return self._free[cloud]


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


def cloud_of(type_name: str) -> str:
    """The folder a type's sheet lies in: `aws`, `azure`, `google`, `kubernetes`, or the provider's own name."""
    if "/" in type_name:
        return "kubernetes"
    prefix = type_name.partition("_")[0]
    return _CLOUDS.get(prefix, prefix)


def machine_facts(machine: Machine) -> dict[str, Any]:
    """The machine as formulas see it: numbers as doubles, its fields under their names."""
    found = {f.name: getattr(machine, f.name) for f in fields(machine)}
    return {key: float(v) if isinstance(v, (int, Decimal)) else v for key, v in found.items()}


_OTHER_NAMES = re.compile(r"^(aliases|cloudformation): *(.+)$", re.MULTILINE)


def other_names(folder: Path) -> dict[str, str]:
    """Every alias, `awscc_` and CloudFormation name → its type, read off the heads of all sheets."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*/*.yaml")):
        head = file.read_text(encoding="utf-8").partition("\ncosts:")[0]
        for _, names in _OTHER_NAMES.findall(head):
            for name in re.findall(r"[A-Za-z0-9_:]+", names):
                found[name] = file.stem
                if name.startswith("AWS::"):
                    found[_awscc(name)] = file.stem
    return found


def _awscc(cloudformation: str) -> str:
    """`AWS::EC2::NatGateway` → `awscc_ec2_nat_gateway`, the provider's own way of naming."""
    _, service, kind = cloudformation.split("::")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind)
    return f"awscc_{service}_{words}".lower()


def _yaml_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(path.glob("*.yaml"))
    else:
        yield path


@dataclass(frozen=True, slots=True)
class _FreeTypes:
    """Type, or the beginning of its name → why it costs nothing."""

    exact: Mapping[str, str]
    beginnings: Mapping[str, str]

    def of(self, type_name: str) -> str:
        return self.exact.get(type_name, "") or next(
            (why for beginning, why in self.beginnings.items() if type_name.startswith(beginning)), ""
        )


def _read_free(text: str) -> _FreeTypes:
    exact: dict[str, str] = {}
    beginnings: dict[str, str] = {}
    why = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("#"):
            why = line.lstrip("# ")
        elif line.endswith("*"):
            beginnings[line[:-1]] = why
        elif line:
            exact[line] = why
    return _FreeTypes(exact, beginnings)


def _load(file: Path) -> dict[str, Any]:
    import yaml

    text = file.read_text(encoding="utf-8").partition("\nexamples:")[0]
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SheetError(str(getattr(error, "problem", error)), Span(str(file), mark.line + 1 if mark else 1)) from None
    if not isinstance(data, dict):
        raise SheetError("a sheet is a map", Span(str(file), 1))
    return data


def schema() -> dict[str, Any]:
    """The JSON Schema of a sheet."""
    file = Path(__file__).with_name("schemas") / "sheet.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _validate(data: Mapping[str, Any], file: Path) -> None:
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema()).iter_errors(data))
    if error:
        place = ".".join(str(p) for p in error.absolute_path)
        raise SheetError(f"{place}: {error.message}" if place else error.message, Span(str(file), 1))


def _read_sheet(data: Mapping[str, Any], file: Path, functions: tuple[Function, ...]) -> Sheet:
    name = data.get("type", file.stem)
    tags = data.get("tags", "tags")
    usage = {key.name: key for key in _usage_keys(data.get("usage", {}))}
    return Sheet(
        type=name,
        cloud=cloud_of(name),
        part=_read_part(data, file, name, functions),
        aliases=_names(data.get("aliases")),
        cloudformation=_names(data.get("cloudformation")),
        attributes=data.get("attributes", {}),
        blocks=_names(data.get("blocks")),
        properties=data.get("properties", {}),
        splits=tuple(data.get("splits", ())),
        tags=tags or None,
        region=data.get("region", ""),
        usage=usage,
        without_usage=Plain(usage_of(usage, {})),
        free=data.get("free", ""),
        note=data.get("note", ""),
        model=data.get("model", ""),
    )


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _usage_keys(data: Mapping[str, Any], prefix: str = "") -> Iterator[UsageKey]:
    for name, said in data.items():
        if isinstance(said, str):
            yield UsageKey(prefix + name, said)
        elif "unit" in said or "values" in said or "text" in said or "default" in said:
            typical = tuple(decimal_of(n) for n in said.get("typical", ()))
            values = tuple(str(v) for v in said.get("values", ()))
            is_text = bool(values or said.get("text"))
            yield UsageKey(prefix + name, said.get("unit", ""), typical, said.get("default"), values, is_text)
        else:
            yield from _usage_keys(said, f"{prefix}{name}.")


def _read_part(data: Mapping[str, Any], file: Path, name: str, functions: tuple[Function, ...]) -> Part:
    constants, let, lines = data.get("constants", {}), data.get("let", {}), data.get("costs", ())
    takes = tuple(data.get("takes", ()))
    loops = {line["as"] for line in lines if "as" in line}
    language = Language({*BUILT_IN, *constants, *let, *takes, *loops}, functions)
    reader = _Reader(language, file)
    return Part(
        name=name,
        file=file,
        language=language,
        takes=takes,
        constants={key: Plain(value) for key, value in constants.items()},
        let={key: reader.formula(text) for key, text in let.items()},
        lines=tuple(reader.line(line) for line in lines),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    language: Language
    file: Path

    def line(self, data: Mapping[str, Any]) -> Line:
        unit = str(data.get("unit", ""))
        return Line(
            name=self.text(data.get("name")),
            unit=unit,
            quantity=self.figures(data.get("quantity")),
            price=self.text(data.get("price")),
            region=self.text(data.get("region")),
            amount=decimal_of(str(data["amount"])) if "amount" in data else None,
            per=decimal_of(str(data["per"])) if "per" in data else scale_of(unit),
            when=self.maybe(data.get("when")),
            each=self.maybe(data.get("each")),
            variable=data.get("as", ""),
            under=tuple(template(t, language=self.language, file=self.file) for t in _names(data.get("under"))),
            tiers=tuple(self.tier(t) for t in data.get("tiers", ())),
            least=self.maybe(data.get("min")),
            most=self.maybe(data.get("max")),
            use=data.get("use", ""),
            bound={
                key: self.formula(value) for key, value in {**data.get("with", {}), **data.get("given", {})}.items()
            },
            through=self.maybe(data.get("through")),
            times=self.figures(data.get("times")),
            missing=data.get("missing", ""),
            is_plain=bool(data.get("plain", False)),
            assumes=tuple(self.assumption(a) for a in _as_list(data.get("assumes"))),
        )

    def tier(self, data: Mapping[str, Any]) -> TierName:
        up_to = decimal_of(str(data["up_to"])) if "up_to" in data else None
        return TierName(up_to, self.text(data.get("name")), self.text(data.get("price")))

    def assumption(self, data: Any) -> tuple[Formula | None, str]:
        if isinstance(data, str):
            return None, data
        return self.maybe(data.get("when")), data["say"]

    def formula(self, text: Any) -> Formula:
        return Formula(text, language=self.language, file=self.file)

    def maybe(self, text: Any) -> Formula | None:
        return None if text is None else self.formula(text)

    def text(self, text: Any) -> Template | None:
        return None if text is None else template(str(text), language=self.language, file=self.file)

    def figures(self, data: Any) -> Figures | None:
        if data is None:
            return None
        if isinstance(data, Mapping):
            return Figures(self.formula(data["low"]), self.formula(data["expected"]), self.formula(data["high"]))
        one = self.formula(data)
        return Figures(one, one, one)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def scale_of(unit: str) -> Decimal:
    """How many single units a printed one holds: a million for `1M requests`, 10,000 for `10k requests`."""
    found = _UNIT_SCALE.match(unit)
    return Decimal(found[1]) * _SCALES[found[2]] if found else Decimal(1)


def _changed(value: Any, path: list[str], change: Any) -> Any:
    """`value` with `change` applied to what `path` means, through every block of a list."""
    if not path:
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(v, path, change) for v in value)
    if isinstance(value, Mapping) and path[0] in value:
        return {**value, path[0]: _changed(value[path[0]], path[1:], change)}
    if hasattr(value, "known"):
        return replace(value, known=_changed(value.known, path, change))
    return value


def _as_blocks(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def _truth(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value


def _string(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


def _list(value: Any) -> Any:
    return value if isinstance(value, list) or hasattr(value, "known") else [value]


_CONVERSIONS = {"number": _number, "bool": _truth, "string": _string, "list": _list}
