"""Machines are known by every name a service gives them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.data import CatalogError, data_root
from finops_lint.catalog.machines import COLUMNS, Machine, Machines

MACHINES = Machines(data_root() / "pricing")


def known(provider: str, name: str) -> Machine:
    machine = MACHINES.get(provider, name)
    assert machine is not None
    return machine


@pytest.mark.parametrize(
    ("provider", "name", "vcpu", "memory_gib", "gpus", "gpu_name", "each_gib"),
    [
        ("aws", "m5.large", "2", "8", "0", "", "0"),
        ("aws", "g5.xlarge", "4", "16", "1", "A10G", "24"),
        ("aws", "g6f.xlarge", "4", "16", "0.125", "L4", "3"),
        ("aws", "p3.8xlarge", "32", "244", "4", "V100", "16"),
        ("aws", "p4d.24xlarge", "96", "1152", "8", "A100", "40"),
        ("aws", "p4de.24xlarge", "96", "1152", "8", "A100", "80"),
        ("aws", "p5.48xlarge", "192", "2048", "8", "H100", "80"),
        ("azure", "Standard_D2s_v3", "2", "8", "0", "", "0"),
        ("azure", "Standard_NC24ads_A100_v4", "24", "220", "1", "A100", "80"),
        ("azure", "Standard_NV6ads_A10_v5", "6", "55", "0.167", "A10", "4"),
        ("google", "n1-standard-4", "4", "15", "0", "", "0"),
        ("google", "a2-highgpu-1g", "12", "85", "1", "A100", "40"),
        ("google", "a2-ultragpu-8g", "96", "1360", "8", "A100", "80"),
        ("google", "g2-standard-4", "4", "16", "1", "L4", "24"),
    ],
)
def test_the_size_of_a_machine(
    provider: str, name: str, vcpu: str, memory_gib: str, gpus: str, gpu_name: str, each_gib: str
) -> None:
    machine = known(provider, name)
    assert (machine.vcpu, machine.memory_gib) == (Decimal(vcpu), Decimal(memory_gib))
    assert (machine.gpus, machine.gpu_name, machine.gpu_memory_gib) == (Decimal(gpus), gpu_name, Decimal(each_gib))
    assert machine.is_gpu == (Decimal(gpus) > 0)


@pytest.mark.parametrize("name", ["ml.m5.large", "db.m5.large", "cache.m5.large", "m5.large.search", "mq.m5.large"])
def test_a_services_name_means_the_machine_beneath(name: str) -> None:
    machine = known("aws", name)
    assert machine.name == name
    assert (machine.vcpu, machine.memory_gib) == (Decimal(2), Decimal(8))
    assert (machine.family, machine.generation) == ("m5", 5)


def test_azure_names_may_be_written_in_any_case() -> None:
    assert known("azure", "standard_nc24ads_a100_v4").name == "Standard_NC24ads_A100_v4"


def test_chips_that_are_no_gpus_are_named() -> None:
    inferentia = known("aws", "inf2.xlarge")
    assert (inferentia.is_gpu, inferentia.is_accelerated, inferentia.accelerator_name) == (False, True, "Inferentia2")
    tpu = known("google", "ct5p-hightpu-4t")
    assert (tpu.is_gpu, tpu.accelerators, tpu.accelerator_name) == (False, Decimal(4), "TPU v5p")


def test_all_memory_of_the_gpus_counts_a_shared_one_once() -> None:
    assert known("aws", "p4d.24xlarge").total_gpu_memory_gib == 320
    assert known("aws", "g6f.xlarge").total_gpu_memory_gib == 3
    assert known("aws", "m5.large").total_gpu_memory_gib == 0


@pytest.mark.parametrize(
    ("provider", "name", "arch"),
    [
        ("aws", "m6g.large", "arm64"),
        ("aws", "m5.large", "x86_64"),
        ("azure", "Standard_D2ps_v5", "arm64"),
        ("azure", "Standard_D2s_v5", "x86_64"),
        ("google", "t2a-standard-4", "arm64"),
        ("google", "n2-standard-4", "x86_64"),
    ],
)
def test_a_machine_has_the_architecture_its_name_tells(provider: str, name: str, arch: str) -> None:
    assert known(provider, name).arch == arch


@pytest.mark.parametrize(
    ("name", "vcpu", "memory_gib", "family"),
    [
        ("n2-custom-4-8192", "4", "8", "n2-custom"),
        ("custom-2-4096", "2", "4", "n1-custom"),
        ("e2-custom-8-16384", "8", "16", "e2-custom"),
        ("e2-custom-medium-4096", "2", "4", "e2-custom"),
        ("n1-custom-1-13312-ext", "1", "13", "n1-custom"),
    ],
)
def test_a_custom_machine_is_worked_out_from_its_name(name: str, vcpu: str, memory_gib: str, family: str) -> None:
    machine = known("google", name)
    assert (machine.vcpu, machine.memory_gib, machine.family) == (Decimal(vcpu), Decimal(memory_gib), family)


@pytest.mark.parametrize(
    "name", ["n2-custom-0-8192", "n2-custom-4-0", "n2-custom-1-99999999", "n2-custom", "custom--1"]
)
def test_an_impossible_custom_machine_is_unknown(name: str) -> None:
    assert MACHINES.get("google", name) is None


def test_gpus_are_attached_to_n1_only() -> None:
    assert known("google", "n1-highmem-8").gpu_attachable
    assert known("google", "custom-2-4096").gpu_attachable
    assert not known("google", "n2-standard-4").gpu_attachable


def test_an_attached_gpu_is_known_by_its_api_name() -> None:
    t4 = MACHINES.accelerator("nvidia-tesla-t4")
    assert t4 is not None
    assert (t4.gpu_name, t4.gpu_memory_gib) == ("T4", Decimal(16))
    assert MACHINES.accelerator("nvidia-tesla-t4-vws") == t4
    assert MACHINES.accelerator("nvidia-tesla-t5") is None


def test_an_unknown_name_has_neighbours_with_its_prefix() -> None:
    assert MACHINES.get("aws", "ml.g5.xlrge") is None
    assert MACHINES.nearest("aws", "ml.g5.xlrge")[0] == "ml.g5.xlarge"
    assert MACHINES.nearest("aws", "") == ()


def test_an_unknown_cloud_has_no_machines() -> None:
    assert MACHINES.get("oracle", "VM.Standard.E4.Flex") is None
    assert MACHINES.all("../aws") == ()


@pytest.mark.parametrize("provider", ["aws", "azure", "google"])
def test_every_shipped_machine_can_be_read(provider: str) -> None:
    machines = MACHINES.all(provider)
    assert len(machines) > 500
    for machine in machines:
        assert machine.vcpu > 0, machine
        assert machine.memory_gib > 0, machine
        assert machine.arch in ("x86_64", "arm64"), machine
        assert machine.is_gpu == bool(machine.gpu_name) == (machine.gpu_memory_gib > 0), machine
        assert (machine.accelerators > 0) == bool(machine.accelerator_name), machine


def test_a_wrong_list_stops_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "machines"
    folder.mkdir()
    for text, problem in (
        ("name,vcpu\n", "the columns must be"),
        (",".join(COLUMNS) + "\na,two,3,,,,,,,,,,\n", "not a machine"),
        (",".join(COLUMNS) + "\na,2,3,,,,,,,,,,\nA,2,3,,,,,,,,,,\n", "there twice"),
        (",".join(COLUMNS) + "\na,2,3\n", "not a machine"),
    ):
        (folder / "aws.csv").write_text(text, encoding="utf-8")
        with pytest.raises(CatalogError, match=problem):
            Machines(tmp_path).all("aws")
