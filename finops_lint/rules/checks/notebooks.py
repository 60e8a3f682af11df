"""Checks on notebooks: the machine they start on, and when they stop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.rules.compute import EACH, entries
from finops_lint.rules.context import Context
from finops_lint.rules.scripts import decoded

Pattern = tuple[str | int, ...]

_APPS = ("jupyter_lab_app_settings", "code_editor_app_settings", "kernel_gateway_app_settings")
_USERS = {"aws_sagemaker_domain": "default_user_settings", "aws_sagemaker_user_profile": "user_settings"}
_MACHINES: Mapping[str, tuple[Pattern, ...]] = {
    "aws_sagemaker_notebook_instance": (("instance_type",),),
    "aws_sagemaker_space": tuple(
        ("space_settings", EACH, app, EACH, "default_resource_spec", EACH, "instance_type") for app in _APPS
    ),
    "azurerm_machine_learning_compute_instance": (("virtual_machine_size",),),
    "google_workbench_instance": (("gce_setup", EACH, "machine_type"),),
    "google_colab_runtime_template": (("machine_spec", EACH, "machine_type"),),
} | {
    kind: tuple((user, EACH, app, EACH, "default_resource_spec", EACH, "instance_type") for app in _APPS)
    for kind, user in _USERS.items()
}
"""Type → where it names the machine of a notebook."""
_ACCELERATORS: Mapping[str, Pattern] = {
    "google_workbench_instance": ("gce_setup", EACH, "accelerator_configs", EACH, "type"),
    "google_colab_runtime_template": ("machine_spec", EACH, "accelerator_type"),
}
"""Type → where it names a GPU by itself."""

_IDLE_SETTINGS: Pattern = ("app_lifecycle_management", EACH, "idle_settings", EACH, "idle_timeout_in_minutes")
_IDLE: Mapping[str, tuple[tuple[Pattern, float], ...]] = {
    "google_workbench_instance": ((("gce_setup", EACH, "metadata", "idle-timeout-seconds"), 1 / 60),),
    "google_colab_runtime_template": ((("idle_shutdown_config", EACH, "idle_timeout"), 1 / 60),),
    "aws_sagemaker_space": tuple(
        (("space_settings", EACH, app, EACH, *_IDLE_SETTINGS), 1.0)
        for app in _APPS[:2]
    ),
} | {
    kind: tuple(
        ((user, EACH, app, EACH, *_IDLE_SETTINGS), 1.0)
        for app in _APPS[:2]
    )
    for kind, user in _USERS.items()
}  # fmt: skip
"""Type → where it says how long a notebook may idle, and how many minutes one of its units has."""
_STOPS = regex(r"auto[-_]?stop|idle|shutdown|stop[-_]notebook", re.IGNORECASE)


def on_gpu(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A notebook whose usual machine has a GPU."""
    for path, value in _machines(resource):
        if isinstance(value, Unknown):
            yield context.undecided(resource, [value], path=path)
        elif isinstance(value, str) and _has_gpu(resource, path, value, context):
            message = (
                f"Notebooks start on {value}: its GPU is billed while somebody reads and plots. Start on a machine "
                "without one and switch to train."
            )
            yield context.finding(resource, message, path=path)


def _machines(resource: Resource) -> Iterator[tuple[Path, Value]]:
    """What names the machine, or else the GPU beside it."""
    if resource.type in _ACCELERATORS and (own := list(entries(resource.values, _ACCELERATORS[resource.type]))):
        yield from own
        return
    for pattern in _MACHINES.get(resource.type, ()):
        yield from entries(resource.values, pattern)


def _has_gpu(resource: Resource, path: Path, name: str, context: Context) -> bool:
    if path[-1] in ("type", "accelerator_type"):
        return "UNSPECIFIED" not in name
    cloud = resource.provider if resource.provider in ("azure", "google") else "aws"
    machine = context.machines.get(cloud, name.rpartition("/")[2])
    return machine is not None and machine.gpus > 0


def idle_long(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A notebook that may idle for more than `minutes`."""
    for pattern, minutes_each in _IDLE[resource.type]:
        for path, value in entries(resource.values, pattern):
            if isinstance(value, Unknown):
                yield context.undecided(resource, [value], path=path)
                continue
            minutes = _figure(value) * minutes_each
            if minutes > float(params["minutes"]):
                message = (
                    f"A notebook may idle for {minutes:.0f} minutes before it stops, and is billed for all of them."
                )
                yield context.finding(resource, message, path=path)


def _figure(value: Value) -> float:
    """`3600`, `"3600"` and `"3600s"` → 3600."""
    text = str(value).removesuffix("s")
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0


def script_without_stop(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """A lifecycle configuration whose start script says nothing of stopping an idle notebook."""
    script = resource.value("on_start")
    if isinstance(script, Unknown):
        yield context.undecided(resource, [script], path=("on_start",))
    elif not isinstance(script, str) or not _STOPS.search(decoded(script)):
        message = (
            "This script runs at every start and never stops an idle notebook. Add one that looks at the kernels and "
            "stops the instance."
        )
        yield context.finding(resource, message, path=("on_start",))
