"""Finds the sheet of a resource type: what it costs, in lines, one YAML file a type.

`pricing/resources/<cloud>/<type>.yaml` is opened when its type is met, and no other. What costs nothing is listed in
`pricing/resources/<cloud>/free.txt`, under the reason. Lines that several types share (a volume, a load balancer) are
parts in `pricing/resources/<cloud>/parts/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from finops_lint.catalog.cel import Function, Language
from finops_lint.catalog.documents import document
from finops_lint.catalog.formulas import SheetError
from finops_lint.catalog.free_types import FreeTypes, read_free
from finops_lint.catalog.kept import NOTHING_KEPT, Kept
from finops_lint.catalog.machines import Machine, Machines
from finops_lint.catalog.sheet_model import Part, Sheet, cloud_of
from finops_lint.catalog.sheet_reader import LanguageOf, load, parse, read_part, read_sheet, text_of, validate
from finops_lint.catalog.sheet_shape import shaped
from finops_lint.model.regexes import regex
from finops_lint.model.values import Path as ValuePath
from finops_lint.model.values import Value

POD = "core/Pod"
Opened = TypeVar("Opened", Part, Sheet)
_OTHER_NAMES = regex(r"^(aliases|also|cloudformation): *(.+)$", re.MULTILINE)

_WORD = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Sheets:
    """The shipped sheets and the user's own, opened one by one as types are met."""

    def __init__(
        self,
        root: Path,
        *,
        extra: Iterable[Path] = (),
        machines: Machines | None = None,
        own_kinds: Mapping[str, Any] | None = None,
        checks: bool = False,
        kept: Kept = NOTHING_KEPT,
    ) -> None:
        """Read below `root` (the `pricing` folder); the user's own files and folders in `extra` go before it.

        `machines` answers `machine(name)` in formulas; by default the shipped lists. With `checks`, formulas of shipped
        sheets are compiled with all of CEL's checks, as those of the user's own always are. Types that make
        pods, shipped ones or of `own_kinds`, are priced by the sheet of the pod where they have none of their own.
        """
        self._folder = root / "resources"
        self._extra = {file.stem: file for path in extra for file in _yaml_files(path)}
        self.machines = machines or Machines(root)
        self._own_kinds = own_kinds
        self._checks = checks
        self._kept = NOTHING_KEPT if checks else kept
        self._unchecked: dict[str, Language] = {}
        self._sheets: dict[str, Sheet | None] = {}
        self._parts: dict[tuple[str, str], Part] = {}
        self._free: dict[str, FreeTypes] = {}
        self._reads: dict[Path, frozenset[ValuePath]] = {}

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
        return sheet.type if sheet and type_name not in sheet.also else type_name

    def template_type(self, type_name: str, value: Callable[[str], str | None]) -> str:
        """The canonical type of a CloudFormation type: its sheet's, else the one listed; its own name where none is.

        Where several types share a CloudFormation name, `value` tells the text of the property that decides: empty
        where it is not known, None where it is not there.
        """
        for name, wanted, kind in self._template_types.get(type_name, ()):
            found = value(name) if name else None
            if not name or (found == wanted if wanted else found is not None):
                return self.canonical_type(kind)
        return self.canonical_type(type_name)

    def template_name(self, type_name: str) -> str:
        """The CloudFormation type of a canonical one; empty where it has none."""
        sheet = self.get(type_name)
        if sheet is not None and sheet.cloudformation and type_name not in sheet.also:
            return sheet.cloudformation[0]
        listed = (name for name, ways in self._template_types.items() for *_, kind in ways if kind == type_name)
        return next(listed, "")

    def type_of_awscc(self, type_name: str) -> str | None:
        """The CloudFormation type of an `awscc_…` type of Terraform; None where it is not known here."""
        return self._awscc_types.get(type_name)

    def template_type_like(self, type_name: str) -> str:
        """The CloudFormation type of that name in whatever case (`AWS::ec2::NATGateway`); empty where none is known."""
        return self._template_types_in_lower_case.get(type_name.lower(), "")

    @cached_property
    def _template_types_in_lower_case(self) -> dict[str, str]:
        known = (*self._template_types, *(name for name in self._other_names if "::" in name))
        return {name.lower(): name for name in known}

    @cached_property
    def _awscc_types(self) -> dict[str, str]:
        known = [name for name in self._other_names if "::" in name]
        return {awscc_name(name): name for name in (*self._template_types, *known) if not name.startswith("AWS::Ser")}

    @cached_property
    def _template_types(self) -> dict[str, list[tuple[str, str, str]]]:
        """CloudFormation type → (property, its value, canonical type), of those whose sheets do not name them."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        file = self._folder / "aws" / "cloudformation.csv"
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            if line and not line.startswith("#"):
                type_name, kind, when = line.split(",")
                name, _, wanted = when.partition("=")
                found.setdefault(type_name, []).append((name, wanted, kind))
        return found

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
        return shaped(sheet, values) if sheet and (sheet.attributes or sheet.blocks) else values

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
            make = partial(read_part, file=file, name=name, language_of=self._shipped(cloud))
            self._parts[key] = self._opened(file, make, lambda part: part)
        return self._parts[key]

    def _find(self, type_name: str) -> Sheet | None:
        if type_name in self._extra:
            return self._user_sheet(self._extra[type_name])
        if re.fullmatch(r"[A-Za-z0-9_]+", type_name):
            file = self._folder / cloud_of(type_name) / f"{type_name}.yaml"
            if file.is_file():
                return self._sheet(file, cloud_of(type_name))
        if "/" in type_name:
            return self._of_kubernetes(type_name)
        other = self._other_names.get(type_name)
        return self.get(other) if other and other != type_name else None

    def _of_kubernetes(self, type_name: str) -> Sheet | None:
        """The sheet of `group/Kind`, which lies in `group__Kind.yaml`; the pod's for whatever makes pods."""
        if not re.fullmatch(r"[A-Za-z0-9.-]+/[A-Za-z0-9]+", type_name):
            return None
        stem = type_name.replace("/", "__")
        if stem in self._extra:
            return self._user_sheet(self._extra[stem])
        file = self._folder / "kubernetes" / f"{stem}.yaml"
        if file.is_file():
            return self._sheet(file, "kubernetes")
        from finops_lint.catalog.kubernetes.kinds import Kinds

        return self.get(POD) if type_name != POD and Kinds(self._own_kinds).get(type_name) else None

    def _sheet(self, file: Path, cloud: str) -> Sheet:
        make = partial(read_sheet, file=file, language_of=self._shipped(cloud))
        return self._opened(file, make, lambda sheet: sheet.part)

    def _opened(
        self, file: Path, make: Callable[[Mapping[str, Any]], Opened], part_of: Callable[[Opened], Part]
    ) -> Opened:
        """What `make` makes of a shipped file's data; the formulas need no compiling where they are kept."""
        text = text_of(file)
        kept = self._kept.get(text)
        made = make(kept["data"] if kept else parse(text, file))
        part = part_of(made)
        if kept:
            part.language.learn(kept["formulas"])
            self._reads[file] = kept["reads"]
        elif self._kept:
            formulas = {f.text for f in part.formulas() if not f.is_constant and not f.path}
            packed = part.language.packed(sorted(formulas))
            self._kept.put(text, {"data": parse(text, file), "formulas": packed, "reads": self.reads(part)})
        return made

    def reads(self, part: Part) -> frozenset[ValuePath]:
        """The paths that the formulas of a part read, but for those of the parts it uses."""
        found = self._reads.get(part.file)
        if found is None:
            found = self._reads[part.file] = frozenset(path for formula in part.formulas() for path in formula.reads)
        return found

    def _user_sheet(self, file: Path) -> Sheet:
        data = load(file)
        validate(data, file)
        if "extends" in data and data.pop("extends"):
            shipped = self._folder / cloud_of(file.stem) / f"{file.stem}.yaml"
            if shipped.is_file():
                base = load(shipped)
                data = {**base, **data, "costs": [*base.get("costs", ()), *data.get("costs", ())]}
        return read_sheet(data, file, self._checked(cloud_of(file.stem)))

    def _shipped(self, cloud: str) -> LanguageOf:
        """One language for all shipped formulas of a cloud: the tests have compiled them with all checks."""
        if self._checks:
            return self._checked(cloud)
        if cloud not in self._unchecked:
            self._unchecked[cloud] = Language(None, self._functions(cloud))
        return lambda _: self._unchecked[cloud]

    def _checked(self, cloud: str) -> LanguageOf:
        return lambda variables: Language(variables, self._functions(cloud))

    def _functions(self, cloud: str) -> tuple[Function, ...]:
        @lru_cache(maxsize=4096)
        def facts(name: str) -> dict[str, Any]:
            machine = self.machines.get(cloud, name)
            return machine_facts(machine) if machine else {}

        return (Function("machine", facts), Function("document", document, may_not_know=True))

    @cached_property
    def _other_names(self) -> dict[str, str]:
        index = self._folder / "index.json"
        if index.is_file():
            names: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))
            return names
        kept: dict[str, str] = self._kept.of_files(self._folder, other_names)
        return kept

    def _listed(self, cloud: str) -> FreeTypes:
        if cloud not in self._free:
            file = self._folder / cloud / "free.txt"
            self._free[cloud] = read_free(file.read_text(encoding="utf-8")) if file.is_file() else FreeTypes({}, {})
        return self._free[cloud]


def awscc_name(template_type: str) -> str:
    """`AWS::RDS::DBInstance` → `awscc_rds_db_instance`."""
    _, service, name = template_type.split("::", 2)
    return f"awscc_{service.lower()}_{_WORD.sub('_', name).lower()}"


def machine_facts(machine: Machine) -> dict[str, Any]:
    """The machine as formulas see it: numbers as doubles, its fields under their names."""
    found = {name: getattr(machine, name) for name in Machine.__match_args__}
    return {key: float(v) if isinstance(v, (int, Decimal)) else v for key, v in found.items()}


def other_names(folder: Path) -> dict[str, str]:
    """Every alias, other type and CloudFormation name → the type of its sheet, read off the heads of all sheets.

    Not `awscc_…`: its attributes have CloudFormation's names, so the reader converts them with the type.
    """
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*/*.yaml")):
        head = file.read_text(encoding="utf-8").partition("\ncosts:")[0]
        for _, names in _OTHER_NAMES.findall(head):
            for name in re.findall(r"[A-Za-z0-9_:]+", names):
                found[name] = file.stem
    return found


def _yaml_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(path.glob("*.yaml"))
    else:
        yield path
