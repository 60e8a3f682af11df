"""What the accelerators a pod asks for are: whole GPUs, slices and shares of one, TPU chips, Neuron devices.

Sources, read 2026-11-21: docs.nvidia.com/datacenter/tesla/mig-user-guide (profiles), the device plugins of NVIDIA, AMD,
AWS Neuron and Google's GKE documentation (resource names and labels).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from finops_lint.catalog.gpus import gpu_model
from finops_lint.catalog.kubernetes.requirements import Wishes
from finops_lint.model.records import record
from finops_lint.model.regexes import regex

_MIG = regex(r"nvidia\.com/mig-(?P<slices>\d)g\.(?P<gb>\d+)gb(?:\..*)?")
_SLICES = 7
_MIG_CARDS: Mapping[str, tuple[int, int]] = {
    # Profile → slices of the whole card, and its memory in GB.
    "1g.5": (7, 40), "2g.10": (7, 40), "3g.20": (7, 40), "4g.20": (7, 40), "7g.40": (7, 40),
    "1g.10": (7, 80), "1g.20": (7, 80), "2g.20": (7, 80), "3g.40": (7, 80), "4g.40": (7, 80), "7g.80": (7, 80),
    "1g.18": (7, 141), "1g.35": (7, 141), "2g.35": (7, 141), "3g.71": (7, 141), "4g.71": (7, 141), "7g.141": (7, 141),
    "1g.23": (7, 180), "1g.45": (7, 180), "2g.45": (7, 180), "3g.90": (7, 180), "4g.90": (7, 180), "7g.180": (7, 180),
    "1g.6": (4, 24), "2g.12": (4, 24), "4g.24": (4, 24),
}  # fmt: skip
GPU_LABELS = (
    "nvidia.com/gpu.product",
    "cloud.google.com/gke-accelerator",
    "karpenter.k8s.aws/instance-gpu-name",
    "karpenter.azure.com/sku-gpu-name",
    "k8s.amazonaws.com/accelerator",
    "eks.amazonaws.com/instance-gpu-name",
    "gpu.nvidia.com/class",
)
"""Labels that name the model of a node's GPUs."""
MEMORY_LABELS = (
    "nvidia.com/gpu.memory",
    "karpenter.k8s.aws/instance-gpu-memory",
    "eks.amazonaws.com/instance-gpu-memory",
)
"""Labels that give the memory of one GPU in MiB."""
CORES: Mapping[str, int] = {"Inferentia": 4, "Inferentia2": 2, "Trainium": 2, "Trainium2": 8}
"""Neuron cores on a chip (awsdocs-neuron.readthedocs-hosted.com, read 2026-11-21)."""
TPU_GENERATIONS: Mapping[str, str] = {
    "tpu-v3-slice": "v3", "tpu-v3-device": "v3", "tpu-v4-podslice": "v4", "tpu-v5-lite-podslice": "v5e",
    "tpu-v5-lite-device": "v5e", "tpu-v5p-slice": "v5p", "tpu-v6e-slice": "v6e", "tpu-v6e-device": "v6e",
    "tpu7x": "v7x",
}  # fmt: skip
"""Value of `cloud.google.com/gke-tpu-accelerator` → generation in the price tables."""


@record(frozen=True, slots=True)
class Device:
    """One sort of accelerator that a pod asks for."""

    resource: str
    """As the container writes it."""
    sort: str
    """`gpu`, `amd`, `neuron`, `gaudi`, `tpu` or `other`."""
    share: Decimal = Decimal(1)
    """How much of a whole one each is: 1/7 for the smallest slice of an A100."""
    is_shared: bool = False
    """Whether several pods have it at once, and how many is not in the name."""
    card_gb: int = 0
    """Memory of the whole card, where a slice's name tells; 0 where not."""


@lru_cache(maxsize=1024)
def device(resource: str) -> Device:
    """What a resource name stands for."""
    match = _MIG.fullmatch(resource)
    if match:
        slices, memory = _MIG_CARDS.get(f"{match['slices']}g.{match['gb']}", (_SLICES, 0))
        return Device(resource, "gpu", Decimal(int(match["slices"])) / slices, card_gb=memory)
    if resource == "nvidia.com/gpu":
        return Device(resource, "gpu")
    if resource.startswith("nvidia.com/") and resource.endswith(".shared"):
        return Device(resource, "gpu", is_shared=True)
    if resource.startswith("nvidia.com/"):
        return Device(resource, "gpu" if "gpu" in resource else "other")
    if resource in ("aws.amazon.com/neuron", "aws.amazon.com/neurondevice", "aws.amazon.com/neuroncore"):
        return Device(resource, "neuron")
    sorts = {"amd.com/gpu": "amd", "habana.ai/gaudi": "gaudi", "google.com/tpu": "tpu"}
    return Device(resource, sorts.get(resource, "other"))


def is_device(resource: str) -> bool:
    """Whether it is something that costs: the counters of drivers and networks are not."""
    return device(resource).sort != "other"


def model_of(label: str) -> tuple[str, int]:
    """Model and, where the name tells, memory in GB: `NVIDIA-A100-SXM4-80GB` → `("A100", 80)`."""
    memory = re.search(r"(\d+)[ -]?gb", label.lower())
    return gpu_model(label.replace("_", "-")), int(memory[1]) if memory and "mig" not in label.lower() else 0


def share_of(resource: str, wishes: Wishes, pods_per_gpu: Decimal | None) -> Decimal | None:
    """How much of a whole accelerator each piece of `resource` is; None where nothing tells."""
    what = device(resource)
    replicas = next((Decimal(v) for v in wishes.of("nvidia.com/gpu.replicas") if v.isdigit() and int(v) > 0), None)
    if replicas is not None and what.sort == "gpu" and what.share == 1:
        return 1 / replicas
    if what.is_shared:
        return 1 / pods_per_gpu if pods_per_gpu else None
    return what.share
