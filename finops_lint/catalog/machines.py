"""Turns a machine's name into what it is made of: vCPU, memory, GPUs and their memory; opens one file a cloud.

Names with a service's prefix (`ml.`, `db.`, `cache.`) or suffix (`.search`) mean the machine beneath; Google's custom
types are worked out from their names.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.resemblance import Names
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span

COLUMNS = (
    "name",
    "vcpu",
    "memory_gib",
    "gpus",
    "gpu_name",
    "gpu_memory_gib",
    "accelerators",
    "accelerator_name",
    "arch",
    "family",
    "generation",
    "nvme_gib",
    "gpu_attachable",
)
"""The columns of a machine list, in this order."""

ACCELERATOR_COLUMNS = ("name", "gpu_name", "gpu_memory_gib")
"""The columns of `google_accelerators.csv`."""

_CUSTOM = regex(
    r"(?:(?P<family>[a-z][a-z0-9]*)-)?custom-(?P<vcpu>\d+|micro|small|medium)-(?P<memory_mib>\d+)(?P<extended>-ext)?"
)
_SHARED_VCPU = {"micro": Decimal(2), "small": Decimal(2), "medium": Decimal(2)}
"""E2 custom types with a shared core name it instead of a count of vCPU."""
_MOST_GIB_A_VCPU = Decimal(64)


@record(frozen=True, slots=True)
class Machine:
    """One machine type of one cloud."""

    name: str
    """As the cloud spells it, with the prefix it was asked for."""
    provider: str
    """`aws`, `azure` or `google`."""
    vcpu: Decimal
    memory_gib: Decimal
    gpus: Decimal = Decimal(0)
    """GPUs bundled with the machine; a fraction where the cloud shares one. Other accelerators are not counted here."""
    gpu_name: str = ""
    """`A100`, `L4`, `Radeon Pro V520` …, empty without GPUs."""
    gpu_memory_gib: Decimal = Decimal(0)
    """Memory of each GPU (of the share, where it is a fraction)."""
    accelerators: Decimal = Decimal(0)
    """Chips that are not GPUs: Inferentia, Trainium, Gaudi, FPGA."""
    accelerator_name: str = ""
    arch: str = ""
    """`x86_64` or `arm64`; empty where the facts do not say."""
    family: str = ""
    """`g5`, `n1-standard`, `standardNCADSA100v4Family` …"""
    generation: int = 0
    """The family's number (m5 → 5); 0 where it has none."""
    nvme_gib: Decimal = Decimal(0)
    """Local NVMe storage, all disks together."""
    gpu_attachable: bool = False
    """Whether GPUs are added to it by a block of their own (Google's N1)."""

    @property
    def is_gpu(self) -> bool:
        """Whether it comes with GPUs."""
        return self.gpus > 0

    @property
    def is_accelerated(self) -> bool:
        """Whether it comes with GPUs or other accelerators."""
        return self.gpus > 0 or self.accelerators > 0

    @property
    def total_gpu_memory_gib(self) -> Decimal:
        """Memory of all its GPUs."""
        whole = self.gpus if self.gpus >= 1 else Decimal(1 if self.gpus else 0)
        return whole * self.gpu_memory_gib


@record(frozen=True, slots=True)
class Accelerator:
    """A GPU that is attached to a machine by a block of its own."""

    name: str
    """As the cloud's API has it: `nvidia-tesla-t4`."""
    gpu_name: str
    gpu_memory_gib: Decimal
    """Memory of each."""


class Machines:
    """The machine lists of all clouds; `root` is the `pricing` folder. A machine is made when it is asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[str, dict[str, tuple[int, str]]] = {}
        self._machines: dict[tuple[str, str], Machine] = {}
        self._accelerators: dict[str, Accelerator] | None = None
        self._names: dict[str, Names] = {}
        self._all: dict[str, tuple[Machine, ...]] = {}

    def get(self, provider: str, name: str) -> Machine | None:
        """The machine `name` means, or None where the catalog does not know it. Upper and lower case do not matter."""
        lines = self._list(provider)
        key = name.lower()
        if key not in lines:
            key = without_service(provider, name).lower()
        if key not in lines:
            return _custom(name) if provider == "google" else None
        found = self._made(provider, key)
        return found if found.name.lower() == name.lower() else replace(found, name=name)

    def all(self, provider: str) -> tuple[Machine, ...]:
        """Every machine of a cloud, by name."""
        if provider not in self._all:
            self._all[provider] = tuple(self._made(provider, key) for key in self._list(provider))
        return self._all[provider]

    def nearest(self, provider: str, name: str) -> tuple[str, ...]:
        """Up to three known names that resemble `name`, with its prefix."""
        bare = without_service(provider, name)
        lines = self._list(provider)
        if provider not in self._names:
            self._names[provider] = Names(lines)
        found = self._names[provider].resembling(bare.lower())
        return tuple(name.replace(bare, _name_in(lines[key][1])) for key in found)

    def accelerator(self, name: str) -> Accelerator | None:
        """The GPU that Google attaches under `name`; a workstation's (`…-vws`) is the same one."""
        if self._accelerators is None:
            self._accelerators = _read_accelerators(self._root / "machines" / "google_accelerators.csv")
        return self._accelerators.get(name) or self._accelerators.get(name.removesuffix("-vws"))

    def _made(self, provider: str, key: str) -> Machine:
        made = self._machines.get((provider, key))
        if made is None:
            line, row = self._lines[provider][key]
            try:
                made = _machine(provider, dict(zip(COLUMNS, next(csv.reader([row])), strict=True)))
            except (ValueError, InvalidOperation) as error:
                file = self._root / "machines" / f"{provider}.csv"
                raise CatalogError(f"not a machine: {row}", Span(file.as_posix(), line)) from error
            self._machines[provider, key] = made
        return made

    def _list(self, provider: str) -> dict[str, tuple[int, str]]:
        """Name in lower case → line number and line, in the file's order."""
        if provider not in self._lines:
            file = self._root / "machines" / f"{provider}.csv"
            known = provider in ("aws", "azure", "google") and file.is_file()
            self._lines[provider] = _read(file) if known else {}
        return self._lines[provider]


def without_service(provider: str, name: str) -> str:
    """The machine beneath a service's name: `ml.g5.xlarge`, `db.m5.large`, `m5.large.search` → without the service."""
    if provider != "aws":
        return name
    return re.sub(r"^(ml|db|cache|mq|kafka|dms)\.|\.(search|elasticsearch)$", "", name)


def _read(file: Path) -> dict[str, tuple[int, str]]:
    head, *rows = file.read_text("utf-8").splitlines() or ("",)
    if tuple(head.split(",")) != COLUMNS:
        raise CatalogError(f"the columns must be {','.join(COLUMNS)}", Span(file.as_posix(), 1))
    lines: dict[str, tuple[int, str]] = {}
    for number, row in enumerate(rows, 2):
        name = row.partition(",")[0].lower()
        if not name or name in lines:
            problem = f"{_name_in(row)} is there twice" if name else "a machine needs a name"
            raise CatalogError(problem, Span(file.as_posix(), number))
        lines[name] = (number, row)
    return lines


def _name_in(row: str) -> str:
    return row.partition(",")[0]


def _read_accelerators(file: Path) -> dict[str, Accelerator]:
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    return {row["name"]: Accelerator(row["name"], row["gpu_name"], Decimal(row["gpu_memory_gib"])) for row in rows}


def _machine(provider: str, line: dict[str, str]) -> Machine:
    return Machine(
        line["name"],
        provider,
        Decimal(line["vcpu"]),
        Decimal(line["memory_gib"]),
        Decimal(line["gpus"] or 0),
        line["gpu_name"],
        Decimal(line["gpu_memory_gib"] or 0),
        Decimal(line["accelerators"] or 0),
        line["accelerator_name"],
        line["arch"],
        line["family"],
        int(line["generation"] or 0),
        Decimal(line["nvme_gib"] or 0),
        line["gpu_attachable"] == "yes",
    )


def _custom(name: str) -> Machine | None:
    """A Google machine whose name says its size: `n2-custom-4-8192`, `custom-2-4096` (N1), `e2-custom-medium-4096`."""
    match = _CUSTOM.fullmatch(name)
    if not match:
        return None
    family = match["family"] or "n1"
    vcpu = _SHARED_VCPU.get(match["vcpu"]) or Decimal(match["vcpu"])
    memory_gib = Decimal(match["memory_mib"]) / 1024
    if not vcpu or not memory_gib or memory_gib > vcpu * _MOST_GIB_A_VCPU:
        return None
    generation = re.search(r"\d+", family)
    return Machine(
        name,
        "google",
        vcpu,
        memory_gib,
        arch="x86_64",
        family=f"{family}-custom",
        generation=int(generation[0]) if generation else 0,
        gpu_attachable=family == "n1",
    )
