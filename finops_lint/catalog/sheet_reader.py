"""One YAML file → `Sheet` or `Part`; the examples at its end are left unread."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from finops_lint.catalog.cel import Language, Plain
from finops_lint.catalog.formulas import Formula, SheetError, Template, template
from finops_lint.catalog.given import read_given
from finops_lint.catalog.schema_faults import first_fault, place_in
from finops_lint.catalog.sheet_model import (
    Assumption,
    Figures,
    Line,
    Part,
    Sheet,
    TierName,
    UsageKey,
    cloud_of,
    scale_of,
    usage_of,
)
from finops_lint.catalog.yaml_text import load_yaml
from finops_lint.model.money import decimal_of
from finops_lint.model.records import record
from finops_lint.model.span import Span

LanguageOf: TypeAlias = Callable[[frozenset[str]], Language]
"""The language of formulas that use these variables."""
BUILT_IN = ("r", "usage", "stated", "given", "hours", "region", "today", "related", "i")
"""Variables every formula may use."""
_WORD = re.compile(r"[A-Za-z_]\w*")


def load(file: Path) -> dict[str, Any]:
    """The file's map, without its examples.

    Raises:
        SheetError: It is no YAML, or no map.
    """
    return parse(text_of(file), file)


def text_of(file: Path) -> str:
    """The file's text without its examples.

    Raises:
        SheetError: It cannot be read.
    """
    return read_given(file, SheetError).partition("\nexamples:")[0]


def parse(text: str, file: Path) -> dict[str, Any]:
    """The map that `text` of `file` is.

    Raises:
        SheetError: It is no YAML, or no map.
    """
    data = load_yaml(text, str(file), SheetError)
    if not isinstance(data, dict):
        raise SheetError("a sheet is a map", Span(str(file), 1))
    return data


def schema() -> dict[str, Any]:
    """The JSON Schema of a sheet."""
    file = Path(__file__).with_name("schemas") / "sheet.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def validate(data: Mapping[str, Any], file: Path) -> None:
    """Hold a user's own sheet against the schema.

    Raises:
        SheetError: It does not keep to it.
    """
    fault = first_fault(schema(), data, key="key of a sheet")
    if fault is not None:
        raise SheetError(fault.message, Span(str(file), *place_in(read_given(file, SheetError), fault.steps)))


def read_sheet(data: Mapping[str, Any], file: Path, language_of: LanguageOf) -> Sheet:
    """The sheet that `data` is; formulas are compiled when they are needed."""
    name = data.get("type", file.stem)
    tags = data.get("tags", "tags")
    usage = {key.name: key for key in _usage_keys(data.get("usage", {}))}
    return Sheet(
        type=name,
        cloud=cloud_of(name),
        part=read_part(data, file, name, language_of),
        aliases=_names(data.get("aliases")),
        also=_names(data.get("also")),
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
        only_stated=data.get("only_stated", False),
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


def read_part(data: Mapping[str, Any], file: Path, name: str, language_of: LanguageOf) -> Part:
    """The part that `data` is, or the lines of the sheet `name`."""
    constants, let, lines = data.get("constants", {}), data.get("let", {}), data.get("costs", ())
    takes = tuple(data.get("takes", ()))
    loops = {line["as"] for line in lines if "as" in line}
    language = language_of(frozenset({*BUILT_IN, *constants, *let, *takes, *loops}))
    reader = _Reader(language, file)
    return Part(
        name=name,
        file=file,
        language=language,
        takes=takes,
        constants={key: Plain(value) for key, value in constants.items()},
        let={key: reader.formula(text) for key, text in let.items()},
        lines=tuple(reader.line(line) for line in lines),
        linked=_linked(let),
    )


def _linked(let: Mapping[str, Any]) -> frozenset[str]:
    """`related` and the names of `let` that read it, if only through another."""
    linked: frozenset[str] = frozenset()
    more = frozenset({"related"})
    if not any("related" in str(text) for text in let.values()):
        return more
    words = {name: frozenset(_WORD.findall(str(text))) for name, text in let.items()}
    while more - linked:
        linked |= more
        more = frozenset(name for name, read in words.items() if not read.isdisjoint(linked))
    return linked


@record(frozen=True, slots=True)
class _Reader:
    language: Language
    file: Path

    def line(self, data: Mapping[str, Any]) -> Line:
        unit = str(data.get("unit", ""))
        said: dict[str, Any] = {name: read(self, data[key]) for key, name, read in _KEYS if key in data}
        said.setdefault("per", scale_of(unit))
        if "bundle" in data:
            said["bundle"], said["bundle_unit"] = self.maybe(data["bundle"]["of"]), self.text(data["bundle"]["unit"])
        if "less" in data:
            said["less"], said["less_because"] = self.maybe(data["less"]["by"]), self.text(data["less"]["because"])
        if "with" in data or "given" in data:
            bound = {**data.get("with", {}), **data.get("given", {})}
            said["bound"] = {key: self.formula(value) for key, value in bound.items()}
        return Line(unit=unit, **said)

    def texts(self, data: Any) -> tuple[Template, ...]:
        return tuple(template(text, language=self.language, file=self.file) for text in _names(data))

    def tiers(self, data: Sequence[Mapping[str, Any]]) -> tuple[TierName, ...]:
        return tuple(map(self.tier, data))

    def assumptions(self, data: Any) -> tuple[Assumption, ...]:
        return tuple(map(self.assumption, _as_list(data)))

    def tier(self, data: Mapping[str, Any]) -> TierName:
        up_to = decimal_of(str(data["up_to"])) if "up_to" in data else None
        return TierName(up_to, self.text(data.get("name")), self.text(data.get("price")))

    def assumption(self, data: Any) -> Assumption:
        if isinstance(data, str):
            return Assumption(None, data)
        return Assumption(self.maybe(data.get("when")), data["say"], data.get("price", False))

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


def _as_it_is(_reader: _Reader, value: Any) -> Any:
    return value


_KEYS: tuple[tuple[str, str, Callable[[_Reader, Any], Any]], ...] = (
    ("name", "name", _Reader.text),
    ("quantity", "quantity", _Reader.figures),
    ("price", "price", _Reader.text),
    ("region", "region", _Reader.text),
    ("amount", "amount", _Reader.maybe),
    ("per", "per", lambda _, per: decimal_of(str(per))),
    ("when", "when", _Reader.maybe),
    ("each", "each", _Reader.maybe),
    ("as", "variable", _as_it_is),
    ("under", "under", _Reader.texts),
    ("tiers", "tiers", _Reader.tiers),
    ("min", "least", _Reader.maybe),
    ("max", "most", _Reader.maybe),
    ("use", "use", _as_it_is),
    ("through", "through", _Reader.maybe),
    ("times", "times", _Reader.figures),
    ("missing", "missing", _as_it_is),
    ("unsure", "unsure", _as_it_is),
    ("plain", "is_plain", lambda _, plain: bool(plain)),
    ("assumes", "assumes", _Reader.assumptions),
)
"""Key of a line, what a `Line` calls it, and how it is read. Most lines have five of them."""


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
