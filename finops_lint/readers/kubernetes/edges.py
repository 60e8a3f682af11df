"""Edges and inherited labels between the objects of one project: a scaler and its target, a pod and its claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.kinds import Kinds, is_kubernetes, namespace_of
from finops_lint.catalog.kubernetes.pods import Pods, pods_of
from finops_lint.catalog.kubernetes.queues import CLUSTER_QUEUE, LOCAL_QUEUE, QUEUE_LABEL
from finops_lint.model.records import replace
from finops_lint.model.resource import Reference, Resource, Tags
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.readers.kubernetes.objects import group_kind

_SCALERS = {
    "autoscaling/HorizontalPodAutoscaler": ("spec", "scaleTargetRef"),
    "keda.sh/ScaledObject": ("spec", "scaleTargetRef"),
    "autoscaling.k8s.io/VerticalPodAutoscaler": ("spec", "targetRef"),
}
_BY_NAME: Mapping[str, tuple[tuple[Path, str], ...]] = {
    "argoproj.io/Workflow": ((("spec", "workflowTemplateRef", "name"), "argoproj.io/WorkflowTemplate"),),
    "argoproj.io/CronWorkflow": (
        (("spec", "workflowSpec", "workflowTemplateRef", "name"), "argoproj.io/WorkflowTemplate"),
    ),
    "core/PersistentVolumeClaim": ((("spec", "storageClassName"), "storage.k8s.io/StorageClass"),),
    "karpenter.sh/NodePool": (
        (("spec", "template", "spec", "nodeClassRef", "name"), "karpenter.k8s.aws/EC2NodeClass"),
        (("spec", "template", "spec", "nodeClassRef", "name"), "karpenter.azure.com/AKSNodeClass"),
    ),
    "serving.kserve.io/InferenceService": (
        (("spec", "predictor", "model", "runtime"), "serving.kserve.io/ServingRuntime"),
        (("spec", "predictor", "model", "runtime"), "serving.kserve.io/ClusterServingRuntime"),
    ),
    "trainer.kubeflow.org/TrainJob": (
        (("spec", "runtimeRef", "name"), "trainer.kubeflow.org/TrainingRuntime"),
        (("spec", "runtimeRef", "name"), "trainer.kubeflow.org/ClusterTrainingRuntime"),
    ),
    LOCAL_QUEUE: ((("spec", "clusterQueue"), CLUSTER_QUEUE),),
}
"""Type → (where it names another object, that object's type)."""


def connected(resources: Sequence[Resource], kinds: Kinds) -> tuple[Resource, ...]:
    """The resources with their edges, and with the labels they get from their namespace and pod template."""
    names: dict[tuple[str, str, str], str] = {}
    for resource in resources:
        names.setdefault((resource.type, namespace_of(resource), resource.name), resource.address)
    spaces = {r.name: r for r in resources if r.type == "core/Namespace"}
    return tuple(_connected(r, names, spaces, kinds) if is_kubernetes(r.type) else r for r in resources)


def _connected(
    resource: Resource, names: Mapping[tuple[str, str, str], str], spaces: Mapping[str, Resource], kinds: Kinds
) -> Resource:
    kind = kinds.get(resource.type)
    sorts = () if kind is None else pods_of(resource.values, kind)
    edges = tuple(_edges(resource, names, sorts, makes_pods=kind is not None))
    tags = _labelled(resource, spaces.get(namespace_of(resource)), sorts)
    if not edges and tags is resource.tags:
        return resource
    return replace(resource, references=(*resource.references, *edges), tags=tags)


def _edges(
    resource: Resource, names: Mapping[tuple[str, str, str], str], sorts: Sequence[Pods], *, makes_pods: bool
) -> Iterator[Reference]:
    space = namespace_of(resource)
    way = _SCALERS.get(resource.type)
    if way is not None:
        target = as_map(resource.value(*way))
        version, kind = text(target.get("apiVersion")) or "apps/v1", text(target.get("kind")) or "Deployment"
        found = names.get((group_kind(version, kind), space, text(target.get("name"))))
        if found:
            yield Reference(way, found, "name")
    for path, type_name in _BY_NAME.get(resource.type, ()):
        name = text(resource.value(*path))
        found = names.get((type_name, space, name)) or names.get((type_name, "", name))
        if name and found:
            yield Reference(path, found, "name")
    if makes_pods:
        queue = text(as_map(resource.tags.own).get(QUEUE_LABEL))
        found = names.get((LOCAL_QUEUE, space, queue))
        if queue and found:
            yield Reference(("metadata", "labels", QUEUE_LABEL), found, "name")
        yield from _claims(sorts, names, space)


def _claims(sorts: Sequence[Pods], names: Mapping[tuple[str, str, str], str], space: str) -> Iterator[Reference]:
    for pods in sorts:
        for number, volume in enumerate(as_list(pods.spec.get("volumes"))):
            claim = text(at(volume, ("persistentVolumeClaim", "claimName")))
            found = names.get(("core/PersistentVolumeClaim", space, claim))
            if claim and found:
                yield Reference((*pods.path, "volumes", number), found, "name")


def _labelled(resource: Resource, space: Resource | None, sorts: Sequence[Pods]) -> Tags:
    """Own labels over those of the pod template over those of the namespace."""
    defaults: dict[str, Value] = {}
    unknown: Unknown | None = None
    inherited = (space.tags.own if space else {}, *_template_labels(sorts), resource.tags.defaults)
    for labels in inherited:
        if isinstance(labels, Unknown):
            unknown = labels
        else:
            defaults.update(labels)
    if not defaults and unknown is None:
        return resource.tags
    own = resource.tags.own
    if isinstance(own, Unknown):
        return replace(resource.tags, defaults=defaults)
    effective: Any = {**defaults, **own}
    where = space.where(("metadata", "labels")) if space else None
    return replace(resource.tags, defaults=defaults, effective=effective, defaults_span=where)


def _template_labels(sorts: Sequence[Pods]) -> Iterator[Value]:
    """The labels all sorts of pods of an object share."""
    if sorts:
        first = sorts[0].labels
        yield {k: v for k, v in first.items() if all(p.labels.get(k) == v for p in sorts[1:])}
