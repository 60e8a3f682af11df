"""The list of kinds that make pods, with a project's own: `group/Kind` → where in the object the pods are described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from finops_lint.catalog.data import CatalogError, data_root
from finops_lint.catalog.kubernetes.fields import at, steps, text
from finops_lint.catalog.yaml_text import safe_loader
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Value

ALWAYS, ONCE, SCHEDULE, NEVER = "always", "once", "schedule", "never"

CLUSTER_KINDS = frozenset(
    {
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/CustomResourceDefinition",
        "argoproj.io/ClusterWorkflowTemplate",
        "cloud.google.com/ComputeClass",
        "core/Namespace",
        "core/Node",
        "core/PersistentVolume",
        "eksctl.io/ClusterConfig",
        "karpenter.azure.com/AKSNodeClass",
        "karpenter.k8s.aws/EC2NodeClass",
        "karpenter.sh/NodeOverlay",
        "karpenter.sh/NodePool",
        "karpenter.sh/Provisioner",
        "kueue.x-k8s.io/ClusterQueue",
        "kueue.x-k8s.io/Cohort",
        "kueue.x-k8s.io/ResourceFlavor",
        "networking.k8s.io/IngressClass",
        "node.k8s.io/RuntimeClass",
        "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/ClusterRoleBinding",
        "scheduling.k8s.io/PriorityClass",
        "serving.kserve.io/ClusterServingRuntime",
        "storage.k8s.io/StorageClass",
        "trainer.kubeflow.org/ClusterTrainingRuntime",
    }
)
"""Kinds that lie in no namespace."""

_LIMITS_ELSEWHERE = (
    ("metadata", "labels", "kueue.x-k8s.io/max-exec-time-seconds"),
    ("metadata", "annotations", "provreq.kueue.x-k8s.io/maxRunDurationSeconds"),
)
"""Where Kueue is told when to end a run, and for how long its ProvisioningRequest asks for machines, in seconds."""


@record(frozen=True, slots=True)
class Group:
    """One sort of pods inside an object; paths are dotted, see pricing/kubernetes/kinds.yaml."""

    says: Mapping[str, Any]
    """The entry as the list has it."""

    def path(self, name: str) -> str | None:
        """The path the entry gives for `name`; None where it gives none."""
        found = self.says.get(name)
        return found if isinstance(found, str) else None


@record(frozen=True, slots=True)
class Kind:
    """A kind of objects that make pods."""

    type: str
    runs: str
    """`always`, `once`, `schedule` or `never`."""
    groups: tuple[Group, ...]
    workload: str = ""
    """What it is used for, where the kind tells."""
    every_node: bool = False
    """Whether there is one pod on every node."""
    deadline: str = ""
    """Path of the seconds after which it is ended."""
    ttl: str = ""
    """Path of the seconds after which, once done, it is removed."""
    schedule: str = ""
    schedules: str = ""
    suspended: str = ""
    runtime: str = ""
    """Path of a reference to the object that holds the template."""
    stays: bool = False
    """Whether the pods stay once the work is done unless `shutdownAfterJobFinishes` says otherwise."""


class Kinds:
    """Kinds by canonical type; the project's own, as its settings have them, before the shipped ones."""

    def __init__(self, own: Mapping[str, Any] | None = None) -> None:
        self._own = {name: _kind(name, says) for name, says in (own or {}).items()}

    def get(self, type_name: str) -> Kind | None:
        """The kind of that type; None where its objects make no pods that we know of."""
        return self._own.get(type_name) or shipped().get(type_name)

    def __iter__(self) -> Iterator[str]:
        yield from {**shipped(), **self._own}


@cache
def shipped() -> Mapping[str, Kind]:
    """The shipped list.

    Raises:
        CatalogError: The file is wrong.
    """
    import yaml

    file = data_root() / "pricing" / "kubernetes" / "kinds.yaml"
    data = yaml.load(file.read_bytes(), Loader=safe_loader())  # noqa: S506 -- the loader is the safe one
    try:
        return {name: _kind(name, says) for name, says in data.items()}
    except (KeyError, AttributeError, TypeError) as error:
        raise CatalogError(f"not a list of kinds: {error}", Span(file.as_posix(), 1)) from error


def _kind(name: str, says: Mapping[str, Any]) -> Kind:
    return Kind(
        type=name,
        runs=says.get("runs", ALWAYS),
        groups=tuple(Group(entry) for entry in says["pods"]),
        workload=says.get("workload", ""),
        every_node=says.get("every_node", False),
        deadline=says.get("deadline", ""),
        ttl=says.get("ttl", ""),
        schedule=says.get("schedule", ""),
        schedules=says.get("schedules", ""),
        suspended=says.get("suspended", ""),
        runtime=says.get("runtime", ""),
        stays="stays" in says,
    )


def is_kubernetes(type_name: str) -> bool:
    """Whether it is the canonical type of a Kubernetes object: `group/Kind`."""
    return "/" in type_name


def namespace_of(resource: Resource) -> str:
    """The namespace of a Kubernetes object; empty where its kind lies in none."""
    if resource.dialect == "kubernetes":  # its address has it: kind/namespace/name
        parts = resource.address.split("/")
        return parts[1] if len(parts) > 2 else ""
    return "" if resource.type in CLUSTER_KINDS else text(resource.value("metadata", "namespace")) or "default"


def run_limit(resource: Resource, kind: Kind) -> Value:
    """The seconds after which a run is ended: by its own field, its queue or with its machines; None for no limit."""
    paths = ([steps(kind.deadline)] if kind.deadline else []) + list(_LIMITS_ELSEWHERE)
    return next((found for path in paths if (found := at(resource.values, path)) is not None), None)
