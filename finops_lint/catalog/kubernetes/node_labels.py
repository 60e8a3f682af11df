"""The labels that tell what a node's machine is and how it is bought, and whether a machine has those asked for."""

from __future__ import annotations

from collections.abc import Mapping

from finops_lint.catalog.kubernetes.devices import GPU_LABELS, MEMORY_LABELS
from finops_lint.catalog.kubernetes.pools import ON_DEMAND, SPOT
from finops_lint.catalog.kubernetes.requirements import Requirement
from finops_lint.catalog.machines import Machine

MACHINE_LABELS = (
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "karpenter.azure.com/sku-name",
)
"""Labels that name a node's machine."""
CAPACITY_LABELS: Mapping[str, Mapping[str, str]] = {
    "karpenter.sh/capacity-type": {"spot": SPOT, "on-demand": ON_DEMAND, "reserved": ON_DEMAND},
    "eks.amazonaws.com/capacityType": {"SPOT": SPOT, "ON_DEMAND": ON_DEMAND},
    "cloud.google.com/gke-spot": {"true": SPOT},
    "cloud.google.com/gke-preemptible": {"true": SPOT},
    "cloud.google.com/gke-provisioning": {"spot": SPOT, "preemptible": SPOT, "standard": ON_DEMAND},
    "kubernetes.azure.com/scalesetpriority": {"spot": SPOT, "regular": ON_DEMAND},
}
"""Labels that say how a node is bought."""
PROVISIONED_LABELS = (
    "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os",
    "topology.kubernetes.io/", "failure-domain.beta.kubernetes.io/", "kubernetes.io/hostname",
)  # fmt: skip
"""Labels every node has, whatever its pool says."""


def is_given_to_many(key: str) -> bool:
    """Whether a label tells what a machine is or how it is bought, which machines outside the pool may share."""
    return key in (*CAPACITY_LABELS, *GPU_LABELS, *MACHINE_LABELS, *MEMORY_LABELS) or key.startswith(PROVISIONED_LABELS)


def machine_labels(machine: Machine) -> dict[str, str]:
    """The labels a node of this machine bears, as far as the catalog tells.

    karpenter.sh/docs/reference/instance-types, read 2026-11-21.
    """
    found = {
        "node.kubernetes.io/instance-type": machine.name,
        "beta.kubernetes.io/instance-type": machine.name,
        "kubernetes.io/arch": "arm64" if machine.arch == "arm64" else "amd64",
        "kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "arm64" if machine.arch == "arm64" else "amd64",
        "beta.kubernetes.io/os": "linux",
    }
    if machine.provider == "aws":
        found |= _aws_labels(machine)
    elif machine.provider == "azure":
        found |= {
            "karpenter.azure.com/sku-name": machine.name,
            "karpenter.azure.com/sku-family": machine.name.removeprefix("Standard_").lstrip("_")[:1],
            "karpenter.azure.com/sku-cpu": f"{machine.vcpu:f}",
            "karpenter.azure.com/sku-memory": f"{int(machine.memory_gib * 1024)}",
        }
        if machine.is_gpu:
            found |= {
                "karpenter.azure.com/sku-gpu-name": machine.gpu_name,
                "karpenter.azure.com/sku-gpu-count": f"{machine.gpus:f}",
            }
    else:
        found["cloud.google.com/machine-family"] = machine.name.partition("-")[0]
    return found


def _aws_labels(machine: Machine) -> dict[str, str]:
    family, _, size = machine.name.partition(".")
    category = family[: next((i for i, c in enumerate(family) if c.isdigit()), len(family))]
    found = {
        "karpenter.k8s.aws/instance-family": family,
        "karpenter.k8s.aws/instance-size": size,
        "karpenter.k8s.aws/instance-category": category
        if category in ("inf", "trn", "dl", "vt", "mac", "hpc")
        else category[:1],
        "karpenter.k8s.aws/instance-generation": str(machine.generation),
        "karpenter.k8s.aws/instance-cpu": f"{machine.vcpu:f}",
        "karpenter.k8s.aws/instance-memory": f"{int(machine.memory_gib * 1024)}",
    }
    if machine.nvme_gib:
        found["karpenter.k8s.aws/instance-local-nvme"] = f"{int(machine.nvme_gib)}"
    if machine.is_gpu:
        found |= {
            "karpenter.k8s.aws/instance-gpu-name": machine.gpu_name.lower().replace(" ", "-"),
            "karpenter.k8s.aws/instance-gpu-manufacturer": "amd" if "radeon" in machine.gpu_name.lower() else "nvidia",
            "karpenter.k8s.aws/instance-gpu-count": f"{machine.gpus:f}",
            "karpenter.k8s.aws/instance-gpu-memory": f"{int(machine.gpu_memory_gib * 1024)}",
        }
    if machine.accelerators:
        found |= {
            "karpenter.k8s.aws/instance-accelerator-name": machine.accelerator_name.lower(),
            "karpenter.k8s.aws/instance-accelerator-count": f"{machine.accelerators:f}",
        }
    return found


def label_allows(wanted: Requirement, labels: Mapping[str, str]) -> bool:
    """Whether a machine's own labels meet a requirement; labels that are no matter of the machine always do."""
    if wanted.key in GPU_LABELS and not wanted.key.startswith(("karpenter.", "eks.")):
        return True  # compared with the machine's GPUs themselves
    key = wanted.key.replace("eks.amazonaws.com/instance-", "karpenter.k8s.aws/instance-")
    is_about_machine = key in (
        *MACHINE_LABELS,
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "cloud.google.com/machine-family",
    ) or key.startswith(("karpenter.k8s.aws/instance-", "karpenter.azure.com/sku-"))
    if not is_about_machine or wanted.unknown is not None:
        return True
    if key in (
        "karpenter.k8s.aws/instance-hypervisor",
        "karpenter.k8s.aws/instance-network-bandwidth",
        "karpenter.k8s.aws/instance-ebs-bandwidth",
    ):
        return True
    if key not in labels and key.startswith(
        (
            "karpenter.k8s.aws/instance-encryption",
            "karpenter.k8s.aws/instance-cpu-",
            "karpenter.azure.com/sku-version",
            "karpenter.azure.com/sku-storage",
            "karpenter.azure.com/sku-hyper",
            "karpenter.azure.com/sku-accel",
        )
    ):
        return True
    return wanted.allows(labels.get(key))
