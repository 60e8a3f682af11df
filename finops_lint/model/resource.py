"""A resource as every judge and pricer sees it, whatever language it was written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Unknown, Value, get


@record(frozen=True, slots=True)
class Reference:
    """An edge: an attribute that names another resource."""

    path: Path
    """The attribute that refers, as deep as the reader can tell; `()` for `depends_on`."""
    target: str
    """Address of the resource referred to: one instance where the text says which, else without its index."""
    attribute: str = ""
    """The attribute read from the target (`id`, `name`), empty where the whole is meant."""


@record(frozen=True, slots=True)
class Tags:
    """Tags or labels of one resource."""

    own: Value = field(default_factory=dict)
    """What the block itself says: a dict, a `Partial` or an `Unknown`."""
    defaults: Value = field(default_factory=dict)
    """What the provider, stack or namespace adds (`default_tags`, stack tags, namespace labels)."""
    effective: Value = field(default_factory=dict)
    """What the bill will show: `defaults` overlaid with `own`, known in part where either is."""
    path: Path | None = None
    """Where the block writes them (`("tags",)`); None where the type takes none."""
    defaults_span: Span | None = None
    """Where the defaults are written."""


@record(frozen=True, slots=True)
class Resource:
    """One resource in canonical type and shape."""

    address: str
    """As Terraform prints it (`module.a["x"].aws_instance.b[0]`), or the logical id, or `kind/namespace/name`."""
    type: str
    """Canonical type: the Terraform type name, or `group/Kind` for Kubernetes."""
    name: str
    """The label in the block, without index."""
    provider: str
    """`aws`, `azure`, `google`, `kubernetes`, or the provider's own name."""
    dialect: str
    """`terraform`, `plan`, `state`, `cloudformation` or `kubernetes`."""
    project: str
    """Name of the project it belongs to."""
    region: str | Unknown | None
    """The region it runs in, an `Unknown`, or None where the type has none."""
    values: Mapping[str, Value]
    """Attributes in canonical shape; absent means not set."""
    span: Span
    """The block's head."""
    positions: Mapping[Path, Span] = field(default_factory=dict)
    """Where each attribute is written; may be computed on demand. Look up with `where`."""
    calls: tuple[Span, ...] = ()
    """The module calls that lead here, outermost first."""
    tags: Tags = field(default_factory=Tags)
    references: tuple[Reference, ...] = ()
    """Edges to other resources, in the order written."""
    assumed: str = ""
    """Why its existence is not certain ("count depends on var.enabled"); empty where it is."""
    sensitive: frozenset[Path] = frozenset()
    """Paths whose values must never be printed; a path covers all below it."""
    formerly: tuple[str, ...] = ()
    """Addresses it had before, from `moved` blocks or a plan's `previous_address`."""
    module: str = ""
    """Address of its module, empty for the root."""
    metadata: Mapping[str, Value] = field(default_factory=dict)
    """What is noted of it beside its properties: a template's `finops-lint` → `ignore`; `kustomize` → the file of a
    kustomization that changed it; `ignore_changes` → attributes that a Terraform block leaves to somebody else;
    `renamed` → the type it is written as, whose arguments have other names; `annotation` → what an object that
    declares a cloud's resource says of rules; `cloud` → the one whose provider stands
    beside that of a cluster's object."""

    def where(self, path: Path) -> Span:
        """The position of the attribute at `path`, of its nearest parent, or of the block."""
        for length in range(len(path), 0, -1):
            span = self.positions.get(path[:length])
            if span is not None:
                return span
        return self.span

    def value(self, *path: str | int) -> Value:
        """The value at `path`; None where it is not set."""
        return get(self.values, path)

    def is_sensitive(self, path: Path) -> bool:
        """Whether the value at `path`, or anything above it, must not be printed."""
        return bool(self.sensitive) and any(path[:n] in self.sensitive for n in range(len(path) + 1))


def without_index(address: str) -> str:
    """The address with the last instance key removed: `a.b[0]` → `a.b`, `a.b["x"]` → `a.b`."""
    if not address.endswith("]"):
        return address
    quoted = address.rfind('["')
    return address[: quoted if address.endswith('"]') else address.rfind("[")]


class Graph:
    """All resources of one project and the edges between them.

    Looking up is by address; edges resolve to instances: a reference without index means every instance, unless the
    source has an index that the target has too (`a.x[0]` → `a.y[0]`).
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        around: Iterable[Resource] = (),
        handed_out: Callable[[], frozenset[str]] = frozenset,
        part: Unknown | None = None,
    ) -> None:
        """`around` can be looked up and is neither judged nor priced here: the node groups another project declares.

        `handed_out` gives the addresses of what may be used by code that is not here; `part` says why `resources` are
        not all there are.
        """
        self.resources: tuple[Resource, ...] = tuple(resources)
        self.around: tuple[Resource, ...] = tuple(around)
        self._hands_out = handed_out
        self.part = part

    @cached_property
    def by_address(self) -> dict[str, Resource]:
        """Address → resource; the first of several with one address."""
        found: dict[str, Resource] = {}
        for resource in (*self.resources, *self.around):
            found.setdefault(resource.address, resource)
        return found

    @cached_property
    def _instances(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in (*self.resources, *self.around):
            found.setdefault(without_index(resource.address), []).append(resource)
        return found

    @cached_property
    def _types(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in (*self.resources, *self.around):
            found.setdefault(resource.type, []).append(resource)
        return found

    def of_type(self, kind: str) -> Sequence[Resource]:
        """The resources of type `kind`, in order."""
        return self._types.get(kind, ())

    def resolve(self, target: str, source: Resource | None = None) -> list[Resource]:
        """The resources an edge's `target` means, seen from `source`."""
        exact = self.by_address.get(target) or self._assumed(target)
        if exact is not None:
            return [exact]
        instances = self._instances.get(target, [])
        if source is not None and len(instances) > 1 and source.address.endswith("]"):
            key = source.address[len(without_index(source.address)) :]
            same = [i for i in instances if i.address == target + key]
            return same or instances
        return instances

    def _assumed(self, target: str) -> Resource | None:
        """The instance `a.b[*]` that stands for all where their number is not known, for `a.b[0]`."""
        return self.by_address.get(f"{without_index(target)}[*]") if target.endswith("]") else None

    def targets(self, resource: Resource, *types: str, path: str = "") -> Iterator[Resource]:
        """What `resource` refers to, of `types` if given, through the top attribute `path` if given; each once."""
        seen = set()
        for edge in resource.references:
            if path and (not edge.path or edge.path[0] != path):
                continue
            for target in self.resolve(edge.target, resource):
                if target.address not in seen and (not types or target.type in types):
                    seen.add(target.address)
                    yield target

    @cached_property
    def _sources(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            for target in self.targets(resource):
                found.setdefault(target.address, []).append(resource)
        return found

    def sources(self, resource: Resource, *types: str) -> Iterator[Resource]:
        """What refers to `resource`, of `types` if given; each once."""
        for source in self._sources.get(resource.address, ()):
            if not types or source.type in types:
                yield source

    def related(self, resource: Resource, kind: str) -> list[Resource]:
        """Resources of type `kind` one edge away in either direction; targets first."""
        found = {r.address: r for r in self.targets(resource, kind)}
        for source in self.sources(resource, kind):
            found.setdefault(source.address, source)
        return list(found.values())

    @cached_property
    def handed_out(self) -> frozenset[str]:
        """Addresses of what code that is not here may use."""
        return self._hands_out()

    def is_handed_out(self, resource: Resource) -> bool:
        """Whether code that is not here is given `resource`, or an attribute of it, and may use it."""
        return resource.address in self.handed_out or without_index(resource.address) in self.handed_out

    def replacing(self, changed: Resource) -> Graph:
        """The same graph with `changed` in the place of the resource at its address; its edges stay as they were."""
        return _Replaced(self, changed)


class _Replaced(Graph):
    """A graph with one resource in the place of another, made without walking the rest: thousands are, one a remedy."""

    def __init__(self, base: Graph, changed: Resource) -> None:
        self._base = base
        self._changed = changed
        self.around = base.around
        self._hands_out = lambda: base.handed_out
        self.part = base.part

    @cached_property
    def resources(self) -> tuple[Resource, ...]:  # type: ignore[override]  # made only when somebody asks
        return tuple(self._now(r) for r in self._base.resources)

    @cached_property
    def by_address(self) -> dict[str, Resource]:
        return self._base.by_address | {self._changed.address: self._changed}

    def _now(self, resource: Resource) -> Resource:
        return self._changed if resource.address == self._changed.address else resource

    def resolve(self, target: str, source: Resource | None = None) -> list[Resource]:
        return [self._now(r) for r in self._base.resolve(target, source)]

    def sources(self, resource: Resource, *types: str) -> Iterator[Resource]:
        for source in self._base.sources(resource, *types):
            yield self._now(source)
