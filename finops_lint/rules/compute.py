"""Finds the machines a resource names, across types and clouds, and what GPUs they bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.gpus import gpu_model
from finops_lint.model.records import record
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Partial, Path, Unknown, Value

if TYPE_CHECKING:
    from finops_lint.catalog.machines import Machine, Machines

EACH = "*"
"""A step of a pattern that stands for every entry of a list."""


@record(frozen=True, slots=True)
class Place:
    """Where a type names its machine."""

    service: str
    """What prices call it: `aws`, `google`, `azure`, `sagemaker/hosting` …"""
    pattern: tuple[str | int, ...]
    accelerator: tuple[str | int, ...] = ()
    """Where GPUs are attached to it by a block of their own."""


_GCE = Place("google", ("machine_type",), ("guest_accelerator", 0))

PLACES: Mapping[str, tuple[Place, ...]] = {
    "aws_instance": (Place("aws", ("instance_type",)),),
    "aws_spot_instance_request": (Place("aws", ("instance_type",)),),
    "aws_launch_template": (Place("aws", ("instance_type",)),),
    "aws_launch_configuration": (Place("aws", ("instance_type",)),),
    "aws_autoscaling_group": (
        Place("aws", ("mixed_instances_policy", 0, "launch_template", 0, "override", EACH, "instance_type")),
    ),
    "aws_eks_node_group": (Place("aws", ("instance_types", EACH)),),
    "aws_batch_compute_environment": (Place("aws", ("compute_resources", 0, "instance_type", EACH)),),
    "aws_sagemaker_notebook_instance": (Place("sagemaker/notebook", ("instance_type",)),),
    "aws_sagemaker_space": tuple(
        Place("sagemaker/studio", ("space_settings", 0, app, 0, "default_resource_spec", 0, "instance_type"))
        for app in ("jupyter_lab_app_settings", "code_editor_app_settings")
    ),
    "aws_sagemaker_endpoint_configuration": (
        Place("sagemaker/hosting", ("production_variants", EACH, "instance_type")),
    ),
    "aws_sagemaker_training_job": (
        Place("sagemaker/training", ("resource_config", 0, "instance_type")),
        Place("sagemaker/training", ("resource_config", 0, "instance_groups", EACH, "instance_type")),
    ),
    "aws_sagemaker_cluster": (Place("sagemaker/training", ("instance_group", EACH, "instance_type")),),
    "google_vertex_ai_persistent_resource": (
        Place("google", ("resource_pools", EACH, "machine_spec", 0, "machine_type")),
    ),
    "google_vertex_ai_endpoint_with_model_garden_deployment": (
        Place(
            "google",
            ("deploy_config", 0, "dedicated_resources", 0, "machine_spec", 0, "machine_type"),
            ("deploy_config", 0, "dedicated_resources", 0, "machine_spec", 0),
        ),
    ),
    "google_compute_instance": (_GCE,),
    "google_compute_instance_template": (_GCE,),
    "google_workbench_instance": (
        Place("google", ("gce_setup", 0, "machine_type"), ("gce_setup", 0, "accelerator_configs", 0)),
    ),
    "google_notebooks_instance": (Place("google", ("machine_type",), ("accelerator_config", 0)),),
    "google_colab_runtime_template": (Place("google", ("machine_spec", 0, "machine_type"), ("machine_spec", 0)),),
    "google_container_node_pool": (
        Place("google", ("node_config", 0, "machine_type"), ("node_config", 0, "guest_accelerator", 0)),
    ),
    "azurerm_linux_virtual_machine": (Place("azure", ("size",)),),
    "azurerm_windows_virtual_machine": (Place("azure", ("size",)),),
    "azurerm_kubernetes_cluster_node_pool": (Place("azure", ("vm_size",)),),
    "azurerm_machine_learning_compute_cluster": (Place("azure", ("vm_size",)),),
    "azurerm_machine_learning_compute_instance": (Place("azure", ("virtual_machine_size",)),),
}

_TEMPLATES = ("aws_launch_template", "aws_launch_configuration")


@record(frozen=True, slots=True)
class Use:
    """One machine that a resource names."""

    holder: Resource
    """The resource whose attribute names it: the launch template, not the group."""
    path: Path
    name: str | Unknown
    """As written there: `ml.g5.xlarge`."""
    service: str
    accelerator: Path = ()
    """Where its holder attaches GPUs to it, if it does."""

    @property
    def provider(self) -> str:
        """The machine catalog's name of the cloud."""
        return self.service if self.service in ("google", "azure") else "aws"


@record(frozen=True, slots=True)
class Gpus:
    """The GPUs of one machine."""

    model: str
    """`A100`, `L4` … in capitals, without the maker's name."""
    count: int
    memory_gib: Decimal
    """Of each; 0 where not known."""


def uses(resource: Resource) -> tuple[Use, ...]:
    """The machines `resource` itself names; none where another resource does (a launch template)."""
    found = []
    for place in PLACES.get(resource.type, ()):
        for path, value in entries(resource.values, place.pattern):
            if isinstance(value, (str, Unknown)):
                found.append(Use(resource, path, value, place.service, place.accelerator))
    return tuple(found)


def uses_with_templates(resource: Resource, graph: Graph) -> tuple[Use, ...]:
    """The machines `resource` runs on, its own or those of its launch template."""
    own = uses(resource) if resource.type in PLACES else ()
    if own or not any(map(graph.of_type, _TEMPLATES)):
        return own
    return tuple(use for template in graph.targets(resource, *_TEMPLATES) for use in uses(template))


def entries(values: Value, pattern: tuple[str | int, ...], so_far: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value that `pattern` leads to, with its path; an `Unknown` where the way there is unknown."""
    taken = 0
    for step in pattern:
        if type(values) is not dict:
            break
        if step not in values:
            return
        values = values[step]
        taken += 1
    pattern, so_far = pattern[taken:], (*so_far, *pattern[:taken])
    if isinstance(values, Unknown) or not pattern:
        yield so_far, values
        return
    if isinstance(values, Partial):
        yield from entries(values.known, pattern, so_far)
        yield so_far, values.rest
        return
    step, rest = pattern[0], pattern[1:]
    if step == EACH and isinstance(values, (list, tuple)):
        for number, entry in enumerate(values):
            yield from entries(entry, rest, (*so_far, number))
    elif isinstance(values, Mapping) and step in values:
        yield from entries(values[step], rest, (*so_far, step))
    elif isinstance(step, int) and isinstance(values, (list, tuple)) and step < len(values):
        yield from entries(values[step], rest, (*so_far, step))


def machine(use: Use, machines: Machines) -> Machine | None:
    """What the catalog knows of the machine; None where its name is unknown or not in the catalog."""
    if isinstance(use.name, Unknown):
        return None
    return machines.get(use.provider, use.name.rpartition("/")[2])


def machine_of(resource: Resource, graph: Graph, machines: Machines) -> Value:
    """What rules see as `machine`: the first machine as a map, `Unknown` where its name is, {} without one."""
    for use in uses_with_templates(resource, graph):
        if isinstance(use.name, Unknown):
            return use.name
        found = machine(use, machines)
        if found is not None:
            return {
                "name": use.name,
                "vcpu": found.vcpu,
                "memory_gib": found.memory_gib,
                "gpus": found.gpus,
                "gpu_name": found.gpu_name,
                "gpu_memory_gib": found.gpu_memory_gib,
                "arch": found.arch,
                "family": found.family,
                "generation": found.generation,
            }
    return {}


_ATTACHED_GIB: Mapping[str, int] = {"K80": 12, "P100": 16, "P4": 8, "V100": 16, "T4": 16, "L4": 24, "A100": 40}
"""GPUs that Google attaches to a machine; memory from cloud.google.com/compute/docs/gpus, read 2026-11-20."""


def gpus(use: Use, machines: Machines) -> Gpus | Unknown | None:
    """The GPUs of the machine, its own or attached by a block; None without any."""
    if isinstance(use.name, Unknown):
        return use.name
    found = machine(use, machines)
    if found is not None and found.gpus > 0:
        count = max(1, int(found.gpus))
        return Gpus(gpu_model(found.gpu_name), count, found.gpu_memory_gib)
    return attached(use)


def attached(use: Use) -> Gpus | Unknown | None:
    """The GPUs that a block beside the machine attaches to it; None without one."""
    for _, block in entries(use.holder.values, use.accelerator) if use.accelerator else ():
        if isinstance(block, Unknown):
            return block
        kind = next((block[name] for name in ("type", "accelerator_type") if name in block), None)
        count = next((block[name] for name in ("count", "core_count", "accelerator_count") if name in block), 1)
        for value in (kind, count):
            if isinstance(value, Unknown):
                return value
        if isinstance(kind, str) and isinstance(count, (int, float)) and count >= 1:
            model = gpu_model(kind)
            return Gpus(model, int(count), Decimal(_ATTACHED_GIB.get(model, 0)))
    return None


YEARS: Mapping[str, int] = {
    "K520": 2012, "K80": 2014, "M60": 2015, "P4": 2016, "P40": 2016, "P100": 2016, "V100": 2017, "T4": 2018,
    "T4G": 2018, "A100": 2020, "A10": 2021, "A10G": 2021, "L4": 2022, "L40": 2022, "L40S": 2022, "H100": 2022,
    "H200": 2023, "GH200": 2023, "B200": 2024, "GB200": 2024, "B300": 2025, "GB300": 2025, "RTX PRO 6000": 2025,
    "RTX PRO 4500": 2025,
}  # fmt: skip
"""NVIDIA's data-centre GPUs and the year of their architecture; others are neither judged nor advised."""
