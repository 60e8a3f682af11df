"""Checks that tags reach what is billed: a group's instances, an instance's volumes, the tasks of a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from finops_lint.catalog.kubernetes.kinds import is_kubernetes, namespace_of
from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.checks.tags import Held, listed, required_of, tags_of
from finops_lint.rules.compute import EACH, entries
from finops_lint.rules.context import Context


@record(frozen=True, slots=True)
class Keys:
    """Tag keys, as far as the text tells."""

    known: frozenset[str] = frozenset()
    more: Unknown | None = None
    """Why there may be more; None where these are all."""

    def __or__(self, other: Keys) -> Keys:
        return Keys(self.known | other.known, self.more if self.more is not None else other.more)


NONE = Keys()


@record(frozen=True, slots=True)
class Target:
    """Something billed on its own that ought to bear the tags of the resource it comes from."""

    what: str
    """`the instances`, `their volumes`."""
    reached: Keys
    """What gets there."""
    advice: str
    """What to write so that the rest does."""
    path: Path
    """The attribute that would carry them."""
    write: Callable[[Mapping[str, str]], tuple[tuple[Path, Value], ...]] | None = None
    """Tags → the changes that carry them, where a patch can."""


def not_propagated(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """The required tags that a resource bears but that do not reach what it starts."""
    judge = _TARGETS.get(resource.type)
    held = tags_of(resource, context) if judge else None
    if judge is None or held is None:
        return
    wanted = [k for asked in required_of(resource, context) for k in asked.keys if k in held.tags]
    lost = [(target, [k for k in wanted if k not in target.reached.known]) for target in judge(resource, context)]
    certain = [(target, keys) for target, keys in lost if keys and target.reached.more is None]
    if certain:
        yield _finding(resource, context, held, certain)
        return
    unknown = [target.reached.more for target, keys in lost if keys and target.reached.more is not None]
    if unknown:
        yield context.undecided(resource, unknown, path=held.path)


def _finding(resource: Resource, context: Context, held: Held, lost: Sequence[tuple[Target, list[str]]]) -> Finding:
    by_keys: dict[tuple[str, ...], list[Target]] = {}
    for target, keys in lost:
        by_keys.setdefault(tuple(keys), []).append(target)
    parts = [_sentence(keys, targets) for keys, targets in by_keys.items()]
    changes: list[tuple[Path, Value]] = []
    for target, keys in lost:
        values = {k: held.tags[k] for k in keys}
        if target.write and not resource.sensitive and all(isinstance(v, str) for v in values.values()):
            changes += target.write(values)
    names = ", ".join(dict.fromkeys(_top(path) for path, _ in changes))
    # new labels on a pod template start its pods anew, and a Job takes none
    safe = not is_kubernetes(resource.type)
    remedy = Remedy(resource.address, tuple(changes), f"set {names}", safe=safe) if changes else None
    return context.finding(resource, " ".join(parts), path=lost[0][0].path, remedy=remedy)


def _top(path: Path) -> str:
    """The attribute a person would look for."""
    return "labels of the pod template" if path[0] == "spec" else str(path[0])


def _sentence(keys: Sequence[str], targets: Sequence[Target]) -> str:
    whats = listed([target.what for target in targets])
    advice = "; ".join(dict.fromkeys(target.advice for target in targets))
    return f"{whats[:1].upper()}{whats[1:]} do not get {listed(keys)}: {advice}."


def keys_of(tags: Value) -> Keys:
    """The keys of a map of tags."""
    if isinstance(tags, Unknown):
        return Keys(more=tags)
    if isinstance(tags, Partial):
        return Keys(frozenset(tags.known) if isinstance(tags.known, Mapping) else frozenset(), tags.rest)
    return Keys(frozenset(tags)) if isinstance(tags, Mapping) else NONE


def _instance(resource: Resource, context: Context) -> Iterator[Target]:
    """An instance's own tags stay on it; the provider's default tags reach its volumes too.

    Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/instance, read 2026-11-21.
    """
    shared = (
        keys_of(resource.tags.defaults)
        | keys_of(resource.value("volume_tags"))
        | _from_templates(resource, context, "volume")
    )
    blocks = [
        path
        for name in ("root_block_device", "ebs_block_device")
        for path, block in entries(resource.values, (name, EACH))
        if isinstance(block, Mapping)
    ]
    by_block = [(path, keys_of(resource.value(*path, "tags"))) for path in blocks]
    per_block = any(keys != NONE for _, keys in by_block)
    if not per_block and resource.dialect == "cloudformation":
        advice = "tags of an instance do not go to its disks; set PropagateTagsToVolumeOnCreation: true"
        yield Target("the volumes of this instance", shared, advice, ("tags",))
        return
    if not per_block:
        yield Target(
            "the volumes of this instance",
            shared,
            "tags of an instance do not go to its disks; set volume_tags",
            ("volume_tags",),
            lambda tags: tuple((("volume_tags", key), value) for key, value in tags.items()),
        )
        return
    for path, keys in by_block:
        yield Target(
            f"the disks of {path[0]}",
            shared | keys,
            f"add them to the tags of {path[0]}",
            path,
            _writer((*path, "tags")),
        )


def _writer(base: Path) -> Callable[[Mapping[str, str]], tuple[tuple[Path, Value], ...]]:
    return lambda tags: tuple(((*base, key), value) for key, value in tags.items())


def _from_templates(resource: Resource, context: Context, kind: str) -> Keys:
    """What the `tag_specifications` of its launch templates give instances or volumes."""
    found = NONE
    templates = list(context.graph.targets(resource, "aws_launch_template"))
    for template in templates:
        found |= specified(template, kind)
    if not templates and _names_a_template(resource):
        found |= Keys(more=Unknown("its launch template is not in this project", ()))
    return found


def _names_a_template(resource: Resource) -> bool:
    return any(resource.value(name) is not None for name in ("launch_template", "mixed_instances_policy"))


def specified(template: Resource, kind: str) -> Keys:
    """The keys that a launch template's `tag_specifications` put on `instance` or `volume`."""
    found = NONE
    for _, block in entries(template.values, ("tag_specifications", EACH)):
        if isinstance(block, Unknown):
            found |= Keys(more=block)
        elif isinstance(block, Mapping):
            resource_type = block.get("resource_type")
            if isinstance(resource_type, Unknown):
                found |= Keys(more=resource_type)
            elif resource_type == kind:
                found |= keys_of(block.get("tags"))
    return found


def _group(resource: Resource, context: Context) -> Iterator[Target]:
    """An Auto Scaling group hands on tags with `propagate_at_launch`, and none to volumes.

    Source: docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-tagging.html, read 2026-11-21.
    """
    handed_on = NONE
    for attribute in ("tag", "tags"):
        for _, block in entries(resource.values, (attribute, EACH)):
            handed_on |= _handed_on(block)
    yield Target(
        "the instances of this group",
        handed_on | _from_templates(resource, context, "instance"),
        "set propagate_at_launch = true",
        ("tag",),
    )
    by_template = resource.value("launch_configuration") is None
    yield Target(
        "the volumes of its instances",
        _from_templates(resource, context, "volume"),
        "give the launch template tag_specifications for volume"
        if by_template
        else "a launch configuration tags no volume, a launch template with tag_specifications for volume does",
        ("launch_template",) if by_template else ("launch_configuration",),
    )


def _handed_on(block: Value) -> Keys:
    if isinstance(block, Unknown):
        return Keys(more=block)
    key, passes = (block.get("key"), block.get("propagate_at_launch")) if isinstance(block, Mapping) else (None, None)
    for value in (key, passes):
        if isinstance(value, Unknown):
            return Keys(more=value)
    return Keys(frozenset({key})) if isinstance(key, str) and passes in (True, "true") else NONE


def _template(resource: Resource, context: Context) -> Iterator[Target]:
    """A launch template that nothing in the project uses; others are judged where they are used."""
    users = ("aws_autoscaling_group", "aws_eks_node_group", "aws_instance", "aws_batch_compute_environment")
    if any(context.graph.sources(resource, *users)):
        return
    for kind, what in (("instance", "the instances started from it"), ("volume", "their volumes")):
        yield Target(
            what, specified(resource, kind), "add tag_specifications for instance and volume", ("tag_specifications",)
        )


def _node_group(resource: Resource, context: Context) -> Iterator[Target]:
    """Tags of a managed node group stay on it; instances and volumes get those of its launch template.

    Source: docs.aws.amazon.com/eks/latest/userguide/launch-templates.html, read 2026-11-21.
    """
    added = NONE
    for tag in context.graph.sources(resource, "aws_autoscaling_group_tag"):
        for _, block in entries(tag.values, ("tag", EACH)):
            added |= _handed_on(block)
    for kind, what in (("instance", "the nodes of this group"), ("volume", "their volumes")):
        reached = _from_templates(resource, context, kind)
        yield Target(
            what,
            reached | added if kind == "instance" else reached,
            "tags of a node group stay on it; give it a launch template with tag_specifications for both",
            ("launch_template",),
        )


def _service(resource: Resource, context: Context) -> Iterator[Target]:
    """Fargate bills tasks; they get tags only where `propagate_tags` says whose.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html, read 2026-11-21.
    """
    if not _is_fargate(resource):
        return
    source = resource.value("propagate_tags")
    held = tags_of(resource, context)
    reached = NONE
    if isinstance(source, Unknown):
        reached = Keys(more=source)
    elif source == "SERVICE" and held:
        reached = Keys(frozenset(held.tags), held.more)
    elif source == "TASK_DEFINITION":
        definitions = list(context.graph.targets(resource, "aws_ecs_task_definition"))
        reached = Keys(more=Unknown("its task definition is not in this project")) if not definitions else NONE
        for definition in definitions:
            reached |= keys_of(definition.tags.effective)
    path: Path = ("propagate_tags",)
    yield Target(
        "the tasks of this service", reached, 'set propagate_tags = "SERVICE"', path, lambda _: ((path, "SERVICE"),)
    )


def _is_fargate(resource: Resource) -> bool:
    if resource.value("launch_type") == "FARGATE":
        return True
    providers = entries(resource.values, ("capacity_provider_strategy", EACH, "capacity_provider"))
    return any(value in ("FARGATE", "FARGATE_SPOT") for _, value in providers if isinstance(value, str))


def _job(resource: Resource, _context: Context) -> Iterator[Target]:
    """Source: docs.aws.amazon.com/batch/latest/userguide/tag-resources.html, read 2026-11-21."""
    capabilities = resource.value("platform_capabilities")
    if not isinstance(capabilities, (list, tuple)) or "FARGATE" not in capabilities:
        return
    path: Path = ("propagate_tags",)
    passes = resource.value(*path)
    held = keys_of(resource.tags.effective)
    reached = Keys(more=passes) if isinstance(passes, Unknown) else held if passes is True else NONE
    yield Target("the tasks of this job", reached, "set propagate_tags = true", path, lambda _: ((path, True),))


def _environment(resource: Resource, context: Context) -> Iterator[Target]:
    """Tags of a Batch compute environment stay on it; its instances get those of `compute_resources`."""
    if resource.value("compute_resources", 0, "type") not in ("EC2", "SPOT"):
        return
    path: Path = ("compute_resources", 0, "tags")
    reached = keys_of(resource.value(*path)) | _template_of_batch(resource, context)
    yield Target("the instances of this environment", reached, "set tags in compute_resources", path, _writer(path))


def _template_of_batch(resource: Resource, context: Context) -> Keys:
    found = NONE
    for template in context.graph.targets(resource, "aws_launch_template"):
        found |= specified(template, "instance")
    return found


def _pods(resource: Resource, context: Context) -> Iterator[Target]:
    """Pods get the labels of their template; those of the namespace are counted with them.

    Source: kubernetes.io/docs/concepts/workloads/controllers/deployment (pod template), read 2026-11-21.
    """
    from finops_lint.rules.checks.pods import pods_made  # and with it all there is to know of clusters

    space = next((s for s in context.graph.of_type("core/Namespace") if s.name == namespace_of(resource)), None)
    around = keys_of(space.tags.own) if space else NONE
    for pods in pods_made(resource, context):
        if not pods.labels_path:
            continue
        reached = keys_of(resource.value(*pods.labels_path)) | around
        advice = "labels of the object stay on it; add them to the labels of its pod template"
        yield Target("its pods", reached, advice, pods.labels_path, _writer(pods.labels_path))


_TARGETS: Mapping[str, Callable[[Resource, Context], Iterator[Target]]] = {
    "aws_instance": _instance,
    "aws_autoscaling_group": _group,
    "aws_launch_template": _template,
    "aws_eks_node_group": _node_group,
    "aws_ecs_service": _service,
    "aws_batch_job_definition": _job,
    "aws_batch_compute_environment": _environment,
    "apps/DaemonSet": _pods,
    "apps/Deployment": _pods,
    "apps/ReplicaSet": _pods,
    "apps/StatefulSet": _pods,
    "argoproj.io/Rollout": _pods,
    "batch/CronJob": _pods,
    "batch/Job": _pods,
    "core/ReplicationController": _pods,
}
