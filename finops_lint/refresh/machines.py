"""Turns the facts about machine types into the machine lists under `pricing/machines/`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_lint.catalog.machines import ACCELERATOR_COLUMNS, COLUMNS
from finops_lint.refresh.tables import FactsError, plain

Fact = Mapping[str, str]
Line = dict[str, str]
"""A line of a machine list by column name; columns left out are empty."""

_MIB = Decimal(1024)


def read_names(file: Path) -> dict[str, Any]:
    """What `pricing/imports/machines.yaml` declares."""
    import yaml

    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def aws_lines(specs: Iterable[Fact], gpus: Iterable[Fact], names: Mapping[str, Any]) -> Iterator[Line]:
    """EC2 types; the retired ones that `names` adds have their GPUs from the GPU facts."""
    by_type = {fact["instance_type"]: fact for fact in gpus}
    for fact in specs:
        gpu = by_type.get(fact["instance_type"])
        line = _ec2_line(fact["instance_type"], Decimal(fact["vcpu"]), Decimal(fact["memory_mib"]) / _MIB)
        line["arch"] = {"amd64": "x86_64"}.get(fact["arch"], fact["arch"])
        line["nvme_gib"] = fact["local_nvme_gib"]
        if fact["gpu_name"]:
            count = Decimal(gpu["gpu_count"] if gpu else fact["gpu_count"])
            line |= _gpu(fact["gpu_name"], count, names, Decimal(gpu["gpu_memory_gib_total"]) if gpu else None)
        if fact["accelerator_name"]:
            line |= _accelerator(fact["accelerator_name"], fact["accelerator_count"], names)
        yield line
    for name, size in names["aws"].items():
        line = _ec2_line(name, Decimal(str(size["vcpu"])), Decimal(str(size["memory_gib"])))
        gpu = by_type[name]
        total = Decimal(gpu["gpu_memory_gib_total"])
        yield line | {"arch": "x86_64"} | _gpu(gpu["gpu_model"], Decimal(gpu["gpu_count"]), names, total)


def _ec2_line(name: str, vcpu: Decimal, memory_gib: Decimal) -> Line:
    family = name.partition(".")[0]
    number = re.search(r"\d+", family)
    generation = number[0] if number and not family.startswith("u-") else ""
    return {
        "name": name,
        "vcpu": plain(vcpu),
        "memory_gib": plain(memory_gib),
        "family": family,
        "generation": generation,
    }


def azure_lines(specs: Iterable[Fact], names: Mapping[str, Any]) -> Iterator[Line]:
    """Azure sizes; architecture and version are in the name (a `p` among the features is Arm)."""
    for fact in specs:
        parts = re.fullmatch(
            r"(?:Standard|Basic)_[A-Z]+\d+(?:-\d+)?(?P<features>[a-z]*).*?(?:_v(?P<version>\d+))?", fact["sku"]
        )
        line = {
            "name": fact["sku"],
            "vcpu": fact["vcpu"],
            "memory_gib": fact["memory_gib"],
            "arch": "arm64" if parts and "p" in parts["features"] else "x86_64",
            "family": fact["quota_family"],
            "generation": (parts["version"] if parts else "") or "",
        }
        if fact["gpu_name"]:
            total = Decimal(fact["gpu_memory_gib_total"])
            line |= _gpu(fact["gpu_name"], Decimal(fact["gpu_count"]), names, total)
        yield line


def google_lines(types: Iterable[Fact], names: Mapping[str, Any]) -> Iterator[Line]:
    """Google's machine types; GPUs are attached to N1 by a block of their own, bundled elsewhere."""
    for fact in types:
        family = re.sub(r"-\d+[a-z]*(-.*)?$", "", fact["machine_type"])
        number = re.search(r"\d+", family)
        series = family.partition("-")[0]
        line = {
            "name": fact["machine_type"],
            "vcpu": fact["vcpu"],
            "memory_gib": fact["memory_gb"],
            "arch": "arm64" if series in ("t2a", "c4a", "n4a", "a4x", "axion") else "x86_64",
            "family": family,
            "generation": number[0] if number else "",
            "gpu_attachable": "yes" if series == "n1" else "",
        }
        accelerator, count = fact["accelerator"], fact["accelerator_count"]
        if accelerator.startswith("tpu"):
            line |= _accelerator(accelerator, count, names)
        elif accelerator:
            line |= _gpu(accelerator, Decimal(count), names, None)
        yield line


def _gpu(name: str, count: Decimal, names: Mapping[str, Any], total_gib: Decimal | None) -> Line:
    """The GPU columns; memory of each, or of the share where the machine has part of one."""
    gpu = names["gpus"].get(name)
    if gpu is None:
        raise FactsError(f"GPU {name!r} has no name in pricing/imports/machines.yaml")
    each = Decimal(str(gpu["memory_gib"]))
    if total_gib is not None:
        each = total_gib / max(count, Decimal(1))
    elif count < 1:
        each *= count
    return {"gpus": plain(count), "gpu_name": gpu["name"], "gpu_memory_gib": plain(each)}


def _accelerator(name: str, count: str, names: Mapping[str, Any]) -> Line:
    if name not in names["accelerators"]:
        raise FactsError(f"accelerator {name!r} has no name in pricing/imports/machines.yaml")
    return {"accelerators": count, "accelerator_name": names["accelerators"][name]}


def accelerator_lines(facts: Iterable[Fact], names: Mapping[str, Any]) -> Iterator[Line]:
    """What can be attached to a Google machine, by the name `guest_accelerator.type` gives it."""
    for name in sorted({fact["accelerator"] for fact in facts if fact["unit"] == "gpu"}):
        gpu = names["gpus"][name]
        yield {"name": name, "gpu_name": gpu["name"], "gpu_memory_gib": str(gpu["memory_gib"])}


def write_list(file: Path, lines: Iterable[Line], columns: tuple[str, ...] = COLUMNS) -> None:
    """Write one machine list, sorted by name."""
    ordered = sorted(lines, key=lambda line: line["name"])
    rows = [",".join(line.get(column, "") for column in columns) for line in ordered]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(("\n".join([",".join(columns), *rows]) + "\n").encode())


def write_machines(folder: Path, facts: Mapping[str, Iterable[Fact]], names: Mapping[str, Any]) -> None:
    """Write the machine lists of all clouds; `facts` are by file name without `.csv`."""
    write_list(folder / "aws.csv", aws_lines(facts["aws_ec2_specs"], facts["aws_ec2_gpus"], names))
    write_list(folder / "azure.csv", azure_lines(facts["azure_vm_specs"], names))
    write_list(folder / "google.csv", google_lines(facts["gcp_machine_types"], names))
    accelerators = accelerator_lines(facts["gcp_accelerators"], names)
    write_list(folder / "google_accelerators.csv", accelerators, ACCELERATOR_COLUMNS)
