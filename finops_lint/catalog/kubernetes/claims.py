"""Resource claims of pods → the accelerators they ask for, under the names that containers have for them.

Shapes of resource.k8s.io v1, v1beta2 (`exactly`, `firstAvailable`) and v1beta1: kubernetes.io/docs/concepts/
scheduling-eviction/dynamic-resource-allocation, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.kinds import namespace_of
from finops_lint.catalog.kubernetes.pods import Pods
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Graph
from finops_lint.model.values import Unknown, Value

_TEMPLATE = "resource.k8s.io/ResourceClaimTemplate"
_RESOURCES: Mapping[str, str] = {
    "gpu.nvidia.com": "nvidia.com/gpu",
    "gpu.amd.com": "amd.com/gpu",
    "neuron.aws.com": "aws.amazon.com/neuron",
    "tpu.google.com": "google.com/tpu",
}
"""Device class, as the makers' drivers install it → what a container would ask for."""
_ACCELERATOR = regex(r"(?i)gpu|mig\b|tpu|neuron|gaudi|accelerator")


def with_claims(pods: Pods, space: str, graph: Graph) -> Pods:
    """`pods` of the namespace `space`, asking for what their claims ask for too."""
    claims = as_list(pods.spec.get("resourceClaims"))
    if not claims:
        return pods
    devices = dict(pods.ask.devices)
    for claim in claims:
        for name, number in _asked(claim, space, graph):
            before = devices.get(name, Decimal(0))
            if not isinstance(before, Unknown):
                devices[name] = number if isinstance(number, Unknown) else before + number
    return replace(pods, ask=replace(pods.ask, devices=devices))


def _asked(claim: Value, space: str, graph: Graph) -> Iterator[tuple[str, Decimal | Unknown]]:
    """Resource names and how many; unknown where another object decides, or several pods share the claim."""
    named = text(at(claim, ("resourceClaimName",)))
    if named:
        yield f"resource claim {named}", Unknown(f"pods may share the resource claim {named}")
        return
    name = text(at(claim, ("resourceClaimTemplateName",)))
    template = next((t for t in graph.of_type(_TEMPLATE) if t.name == name and namespace_of(t) == space), None)
    if template is None:
        yield f"resource claim {name}", Unknown(f"the resource claim template {name} is not in the code")
        return
    for entry in as_list(template.value("spec", "spec", "devices", "requests")):
        yield from _requested(as_map(entry))


def _requested(entry: Mapping[str, Value]) -> Iterator[tuple[str, Decimal | Unknown]]:
    says = as_map(entry.get("exactly")) or as_map(at(entry, ("firstAvailable", 0))) or entry
    kind = text(says.get("deviceClassName"))
    count = quantity(says.get("count"))
    if kind in _RESOURCES and text(says.get("allocationMode")) != "All":
        yield _RESOURCES[kind], Decimal(1) if count is None else count
    elif _ACCELERATOR.search(kind):
        yield kind, Unknown(f"how many devices of the class {kind} a pod gets, and of what machine, is not in the code")
