"""An object of a known kind → the pods it makes: how many, what each asks for, and how they choose their nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, every, steps, text
from finops_lint.catalog.kubernetes.kinds import Group, Kind
from finops_lint.catalog.kubernetes.quantities import amount_of, gib, quantity
from finops_lint.model.records import record, replace
from finops_lint.model.values import Path, Unknown, Value, first_unknown

KSERVE_DEFAULTS = {"cpu": Decimal(1), "memory": Decimal(2 << 30)}
"""What KServe asks for where a predictor, transformer or explainer says nothing (pkg/apis/serving/v1beta1, configmap
`inferenceservice-config`, read 2026-11-21)."""
IDLE = "scales to zero when idle; one is taken to run"
GPU_RESOURCES = (
    "nvidia.com/",
    "amd.com/gpu",
    "gpu.intel.com/",
    "habana.ai/gaudi",
    "aws.amazon.com/neuron",
    "google.com/tpu",
)
"""How the names of accelerators begin among a container's resources."""


@record(frozen=True, slots=True)
class Count:
    """How many pods; unknown where the text does not tell."""

    low: Decimal | Unknown
    expected: Decimal | Unknown
    high: Decimal | Unknown
    because: str = ""
    """Why low and high differ, or what was taken."""

    @classmethod
    def of(cls, figure: Decimal | Unknown, because: str = "") -> Count:
        """A number that is what it is."""
        return cls(figure, figure, figure, because)

    def times(self, factor: Decimal | Unknown) -> Count:
        """Each times `factor`."""
        return replace(
            self,
            low=_product(self.low, factor),
            expected=_product(self.expected, factor),
            high=_product(self.high, factor),
        )


@record(frozen=True, slots=True)
class Ask:
    """What one pod asks of its node; bytes are GiB here."""

    cpu: Decimal | Unknown | None = None
    """Cores; None where nothing is asked."""
    memory_gib: Decimal | Unknown | None = None
    devices: Mapping[str, Decimal | Unknown] = field(default_factory=dict)
    """Accelerators by resource name: `nvidia.com/gpu`, `nvidia.com/mig-1g.10gb`, `google.com/tpu` …"""
    said: tuple[str, ...] = ()
    """What was taken for granted: limits where requests are missing, a LimitRange, a controller's default."""
    serves: str = ""
    """The model its GPUs must hold; empty where the text does not tell."""
    gpu_memory_gib: Decimal = Decimal(0)
    """What each of its GPUs must have for that."""

    @property
    def unknown(self) -> Unknown | None:
        """The first that is not known of it; None where all is."""
        return first_unknown((self.cpu, self.memory_gib, *self.devices.values()))

    @property
    def is_accelerated(self) -> bool:
        """Whether it asks for any accelerator, or may."""
        return any(isinstance(n, Unknown) or n > 0 for n in self.devices.values())


@record(frozen=True, slots=True)
class Pods:
    """Pods that are alike."""

    name: str
    """What the object calls them; empty where it makes one sort only."""
    path: Path
    """Where in the object's values their spec, or their one container, is."""
    spec: Mapping[str, Any]
    """A pod's spec as far as there is one."""
    count: Count
    labels: Mapping[str, Value] = field(default_factory=dict)
    annotations: Mapping[str, Value] = field(default_factory=dict)
    machine: Value = None
    """The machine, where the object names it itself."""
    ask: Ask = field(default_factory=Ask)
    deadline: Value = None
    """Seconds after which these pods are ended, where they have a limit of their own."""
    labels_path: Path = ()
    """Where the pod template's labels are, or would be."""


def pods_of(
    values: Mapping[str, Value], kind: Kind, *, limit_range: Mapping[str, Decimal] | None = None
) -> tuple[Pods, ...]:
    """The pods of an object with these values.

    `limit_range` is what its namespace's LimitRange asks for containers that ask for nothing: `cpu`, `memory` in bytes.
    """
    found: list[Pods] = []
    for group in kind.groups:
        for place, entry in every(values, steps(group.path("at") or "")):
            found += _of_group(values, kind, group, place, entry)
    asking = [replace(p, ask=_asked(p, kind, limit_range or {})) for p in found]
    return tuple(_with_model(p, kind, values) if p.ask.is_accelerated else p for p in asking)


def _with_model(pods: Pods, kind: Kind, values: Mapping[str, Value]) -> Pods:
    from finops_lint.catalog.kubernetes.served_models import held_by_pods

    name, needed = held_by_pods(kind.type, values, pods)
    return replace(pods, ask=replace(pods.ask, serves=name, gpu_memory_gib=needed)) if name else pods


def _of_group(values: Mapping[str, Value], kind: Kind, group: Group, place: Path, entry: Value) -> Iterator[Pods]:
    needed = group.path("when")
    if needed and at(entry, steps(needed)) is None:
        return
    base = Pods(
        _name(group, place, entry),
        place,
        {},
        _count(values, kind, group, entry),
        deadline=_get(values, entry, group.path("deadline")),
    )
    if isinstance(entry, Unknown):
        yield replace(base, ask=Ask(entry, entry))
        return
    if "machine" in group.says:
        labels = as_map(_get(values, entry, group.path("labels")))
        yield replace(base, machine=_get(values, entry, group.path("machine")), labels=labels)
    elif "argo" in group.says:
        yield from _of_argo(values, base, entry)
    elif "spark" in group.says:
        yield replace(base, spec=_of_spark(values, entry), labels=as_map(at(entry, ("labels",))))
    elif "resources" in group.says:
        yield replace(base, spec=_of_resources(values, group, entry))
    elif "template" in group.says:
        yield from _of_template(base, group, place, entry)
    else:
        yield from _of_spec(base, group, place, entry)


def _of_resources(values: Mapping[str, Value], group: Group, entry: Value) -> Mapping[str, Any]:
    """The pod's spec around what one container asks for, which the object says apart."""
    resources = _get(values, entry, group.path("resources"))
    around = as_map(at(entry, steps(group.path("around") or "")))
    container = group.path("container")
    main = as_map(at(around, steps(container))) if container else {}
    if resources is None:
        return {**around, "containers": [main]} if main else {}
    gpu = group.path("gpu")
    if gpu and isinstance(resources, Mapping):
        resources = {
            part: {gpu if name == "gpu" else name: value for name, value in as_map(asked).items()}
            for part, asked in resources.items()
        }
    return {**around, "containers": [{**main, "resources": resources}]}


def _of_template(base: Pods, group: Group, place: Path, entry: Value) -> Iterator[Pods]:
    way = steps(group.path("template") or "")
    template = at(entry, way)
    if isinstance(template, Unknown):
        yield replace(base, ask=Ask(template, template))
    elif isinstance(template, Mapping):
        metadata = as_map(template.get("metadata"))
        annotations = as_map(metadata.get("annotations"))
        yield replace(
            base,
            path=(*place, *way, "spec"),
            spec=as_map(template.get("spec")),
            labels=as_map(metadata.get("labels")),
            annotations=annotations,
            labels_path=(*place, *way, "metadata", "labels"),
            count=_of_knative(base.count, annotations) if "knative" in group.says else base.count,
        )


def _of_spec(base: Pods, group: Group, place: Path, entry: Value) -> Iterator[Pods]:
    way = steps(group.path("spec") or "")
    spec = at(entry, way)
    if isinstance(spec, Unknown):
        yield replace(base, ask=Ask(spec, spec))
        return
    if not isinstance(spec, Mapping):
        return
    more = [spec[name] for name in group.says.get("with", ()) if isinstance(spec.get(name), Mapping)]
    if more:
        spec = {**spec, "containers": [*as_list(spec.get("containers")), *more]}
    labels = as_map(spec.get("labels"))
    yield replace(base, path=(*place, *way), spec=spec, labels=labels, annotations=as_map(spec.get("annotations")))


def _of_argo(values: Mapping[str, Value], base: Pods, entry: Value) -> Iterator[Pods]:
    """A template of a workflow: one pod each time it is run; steps and DAGs run others."""
    template = as_map(entry)
    containers = [template[name] for name in ("container", "script") if isinstance(template.get(name), Mapping)]
    containers += [c for c in as_list(at(template, ("containerSet", "containers"))) if isinstance(c, Mapping)]
    if not containers:
        return
    around = as_map(at(values, ("spec",)))
    around = as_map(around.get("workflowSpec")) or around
    shared = ("nodeSelector", "affinity", "tolerations", "resourceClaims")
    inherited = {name: around[name] for name in shared if name in around}
    sidecars = [c for c in as_list(template.get("sidecars")) if isinstance(c, Mapping)]
    metadata = as_map(template.get("metadata"))
    yield replace(
        base,
        spec={**inherited, **template, "containers": [*containers, *sidecars]},
        labels={**as_map(at(around, ("podMetadata", "labels"))), **as_map(metadata.get("labels"))},
        annotations=as_map(metadata.get("annotations")),
        labels_path=(*base.path, "metadata", "labels"),
        deadline=template.get("activeDeadlineSeconds"),
    )


def _of_spark(values: Mapping[str, Value], entry: Value) -> Mapping[str, Any]:
    """Spark writes cores and memory its own way: `4g` is GiB; the overhead is a tenth, at least 384 MiB."""
    says = as_map(entry)
    requests: dict[str, Value] = {}
    cores = says.get("coreRequest", says.get("cores", 1))
    requests["cpu"] = cores
    memory = _spark_memory(says.get("memory", "1g"))
    if memory is not None:
        over = _spark_memory(says.get("memoryOverhead")) or max(memory / 10, Decimal(384 << 20))
        requests["memory"] = str(int(memory + over))
    gpu = as_map(says.get("gpu"))
    if "name" in gpu and isinstance(gpu["name"], str):
        requests[gpu["name"]] = gpu.get("quantity", 1)
    spec = dict(as_map(at(says, ("template", "spec"))))
    around = {name: says[name] for name in ("nodeSelector", "affinity", "tolerations") if name in says}
    shared = at(values, ("spec", "nodeSelector"))
    if isinstance(shared, Mapping):
        around["nodeSelector"] = {**shared, **as_map(around.get("nodeSelector"))}
    return {**spec, **around, "containers": [{"resources": {"requests": requests}}]}


def _spark_memory(value: Value) -> Decimal | None:
    """`512m`, `4g` in bytes; Java's letters are powers of 1024."""
    if not isinstance(value, str) or not value:
        return None
    if value[-1] in "kmgtKMGT":
        return quantity(f"{value[:-1]}{value[-1].upper()}i")
    if value[-2:].lower() in ("kb", "mb", "gb", "tb"):
        return quantity(f"{value[:-2]}{value[-2].upper()}i")
    return quantity(value)


def _name(group: Group, place: Path, entry: Value) -> str:
    if "called" in group.says:
        return str(group.says["called"])
    named = at(entry, steps(group.path("name") or "")) if group.path("name") else None
    if isinstance(named, str) and named:
        return named
    last = place[-1] if place else ""
    if isinstance(last, str) and (group.path("at") or "").endswith("*"):
        return last.lower()
    return f"{place[-2]}[{last}]" if isinstance(last, int) and len(place) > 1 else ""


# How many


def _get(values: Mapping[str, Value], entry: Value, path: str | None) -> Value:
    """The value at a path of the list: from the object where it begins with `/`, else from the group."""
    if path is None:
        return None
    return at(values if path.startswith("/") else entry, steps(path))


def _product(one: Decimal | Unknown, other: Decimal | Unknown) -> Decimal | Unknown:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        if one == 0 or other == 0:
            return Decimal(0)
        return one if isinstance(one, Unknown) else other
    return one * other


def _count(values: Mapping[str, Value], kind: Kind, group: Group, entry: Value) -> Count:
    says = group.says
    stopped = _get(values, entry, group.path("suspended"))
    if stopped is True:
        return Count.of(Decimal(0), "suspended")
    figure = amount_of(_get(values, entry, group.path("count")))
    if figure is None:
        figure = Decimal(str(says.get("default", 1)))
    if group.path("completions"):
        wanted = amount_of(_get(values, entry, group.path("completions")))
        if isinstance(wanted, Decimal) and isinstance(figure, Decimal):
            figure = min(figure, wanted)
    count = _scaled(values, group, entry, figure)
    for factor in says.get("times", ()):
        value = amount_of(_get(values, entry, factor))
        if value is not None:
            count = count.times(value)
    if "less_one_if" in says and at(entry, steps(says["less_one_if"])) is not None:
        count = _without_leaders(values, group, entry)
    if "one_less" in says and isinstance(count.expected, Decimal):
        count = Count.of(max(Decimal(0), count.expected - 1))
    if "parallel" in says:
        count = _by_parallelism(_get(values, entry, says["parallel"]), count)
    return count


def _without_leaders(values: Mapping[str, Value], group: Group, entry: Value) -> Count:
    """Groups of one leader and `size` - 1 workers."""
    replicas = amount_of(_get(values, entry, group.path("count")))
    size = amount_of(at(entry, ("size",)))
    workers = size if isinstance(size, Unknown) else max(Decimal(0), (Decimal(1) if size is None else size) - 1)
    return Count.of(Decimal(1) if replicas is None else replicas).times(workers)


def _by_parallelism(parallel: Value, count: Count) -> Count:
    """Nodes beside the first: data parallelism over what one node holds, times pipeline stages."""
    says = as_map(parallel)
    data, local, stages = (amount_of(says.get(n)) for n in ("data", "dataLocal", "pipeline"))
    if isinstance(data, Unknown):
        return Count.of(data)
    if isinstance(local, Unknown):
        return Count.of(local)
    if isinstance(stages, Unknown):
        return Count.of(stages)
    nodes = (data or Decimal(1)) / (local or data or Decimal(1)) * (stages or Decimal(1))
    return count.times(max(Decimal(0), nodes - 1))


def _scaled(values: Mapping[str, Value], group: Group, entry: Value, figure: Decimal | Unknown) -> Count:
    """The limits the object itself gives for scaling."""
    least, most = (amount_of(_get(values, entry, group.path(n))) for n in ("min", "max"))
    elastic = as_map(_get(values, entry, group.path("elastic")))
    if elastic:
        least, most = amount_of(elastic.get("minReplicas")), amount_of(elastic.get("maxReplicas"))
    scales = _get(values, entry, group.path("scales")) if group.path("scales") else True
    if scales is not True or (least is None and most is None):
        return Count.of(figure)
    low = figure if least is None else least
    high = figure if most is None or most == 0 else most
    if isinstance(figure, Decimal):
        if isinstance(low, Decimal):
            figure = max(figure, low)
        if isinstance(high, Decimal):
            figure = min(figure, max(high, low if isinstance(low, Decimal) else high))
            high = max(high, figure)
        if isinstance(low, Decimal):
            low = min(low, figure)
    if figure == 0 and group.path("count") == group.path("min"):
        figure = Decimal(1)
        return Count(low, figure, max(figure, high) if isinstance(high, Decimal) else figure, IDLE)
    return Count(low, figure, high, "scales between its least and most replicas" if low != high else "")


def _of_knative(count: Count, annotations: Mapping[str, Value]) -> Count:
    """Knative scales to zero unless the annotations keep some; without a most there is no limit."""
    least = amount_of(
        annotations.get("autoscaling.knative.dev/min-scale", annotations.get("autoscaling.knative.dev/minScale"))
    )
    most = amount_of(
        annotations.get("autoscaling.knative.dev/max-scale", annotations.get("autoscaling.knative.dev/maxScale"))
    )
    low = Decimal(0) if least is None else least
    expected = max(low, Decimal(1)) if isinstance(low, Decimal) else low
    high = most if most is not None and most != 0 else expected
    because = IDLE if low == 0 else "scales between its limits"
    return Count(low, expected, high, because)


# What each asks for


def _asked(pods: Pods, kind: Kind, limit_range: Mapping[str, Decimal]) -> Ask:
    if pods.ask.cpu is not None:
        return pods.ask
    containers = [c for c in as_list(pods.spec.get("containers")) if isinstance(c, (Mapping, Unknown))]
    early = [c for c in as_list(pods.spec.get("initContainers")) if isinstance(c, Mapping)]
    sidecars = [c for c in early if c.get("restartPolicy") == "Always"]
    said: dict[str, None] = {}
    defaults = dict(limit_range)
    if kind.type == "serving.kserve.io/InferenceService" and pods.name in ("predictor", "transformer", "explainer"):
        defaults = {**KSERVE_DEFAULTS, **defaults}
    names = _names([*containers, *early])
    whole = as_map(at(pods.spec, ("resources", "requests"))) or as_map(at(pods.spec, ("resources", "limits")))
    totals: dict[str, Decimal | Unknown | None] = {}
    for name in names:
        together = _folded(add, (_one(c, name, defaults, said) for c in [*containers, *sidecars]))
        first = [_one(c, name, {}, said) for c in early if c not in sidecars]
        totals[name] = _folded(max, [together, *first])
    for name, value in whole.items():  # a pod's own resources go before its containers'
        totals[name] = amount_of(value)
    overhead = as_map(pods.spec.get("overhead"))
    for name in ("cpu", "memory"):
        more = amount_of(overhead.get(name))
        if more is not None:
            totals[name] = _folded(add, [totals.get(name), more])
    memory = totals.get("memory")
    devices = {n: v for n, v in totals.items() if n.startswith(GPU_RESOURCES) and v is not None and v != 0}
    return Ask(
        totals.get("cpu"),
        gib(memory) if isinstance(memory, Decimal) else memory,
        _with_fraction(devices, pods),
        tuple(said),
    )


def _names(containers: list[Any]) -> list[str]:
    found = {"cpu": None, "memory": None}
    for container in containers:
        for part in ("requests", "limits"):
            found.update(dict.fromkeys(str(n) for n in as_map(at(container, ("resources", part)))))
    return list(found)


def _one(
    container: Value, name: str, defaults: Mapping[str, Decimal], said: dict[str, None]
) -> Decimal | Unknown | None:
    """What one container asks for: its request, else its limit, else its namespace's default."""
    if isinstance(container, Unknown):
        return container
    for part in ("requests", "limits"):
        value = at(container, ("resources", part, name))
        if value is None:
            continue
        if part == "limits" and name in ("cpu", "memory"):
            said[f"the limit of {name} taken where no request is made"] = None
        found = amount_of(value)
        return Unknown(f"{text(value)[:40]} is no quantity") if found is None else found
    if name in defaults:
        said[f"{name} that is not asked for: the default of the namespace or controller"] = None
        return defaults[name]
    return None


def _folded(
    fold: Callable[[Decimal, Decimal], Decimal], parts: Iterable[Decimal | Unknown | None]
) -> Decimal | Unknown | None:
    """The sum or the most of what is there; the first unknown where one is, None where nothing is."""
    known: list[Decimal] = []
    for part in parts:
        if isinstance(part, Unknown):
            return part
        if part is not None:
            known.append(part)
    return reduce(fold, known) if known else None


def _with_fraction(devices: Mapping[str, Decimal | Unknown], pods: Pods) -> Mapping[str, Decimal | Unknown]:
    """Run:ai and its open scheduler KAI write a share of one or several GPUs, or memory of one, as annotations.

    Source: NVIDIA/KAI-Scheduler, docs/gpu-sharing, read 2026-11-21.
    """
    notes = pods.annotations
    share, number = (amount_of(notes.get(name)) for name in ("gpu-fraction", "gpu-fraction-num-devices"))
    if share is None and notes.get("gpu-memory") is not None:
        share = Unknown(
            "what share of a GPU the annotation gpu-memory asks for depends on the machine", ("gpu-memory",)
        )
    if share is None or any(name.startswith("nvidia.com/") for name in devices):
        return devices
    return {**devices, "nvidia.com/gpu": share if number is None else _product(share, number)}
