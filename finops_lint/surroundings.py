"""A project of manifests and the run's other projects → the node groups, by whomever declared, its pods may run on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from finops_lint.catalog.kubernetes.pools import NODE_TYPES
from finops_lint.model.project import Project
from finops_lint.model.resource import Resource
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.files import read_file

AROUND_TYPES = frozenset(
    {
        *NODE_TYPES,
        "aws_launch_template",
        "aws_eks_cluster",
        "aws_eks_fargate_profile",
        "core/Namespace",
        "core/LimitRange",
        "storage.k8s.io/StorageClass",
        "karpenter.k8s.aws/EC2NodeClass",
    }
)
"""What pods of another project may need to know of."""
MOST = 5
"""Projects looked at for one: the nearest."""
_WORDS = re.compile(rb"(?i)eks|gke|aks|kubernetes|karpenter|container_node_pool")
_KINDS = re.compile(
    # the word first: that is how to find few lines in much text
    rb"(?m)kind(?:(?<=^kind)|(?<=^[\"']kind))[\"']?\s*:\s*[\"']?(?:NodePool|Provisioner|ClusterConfig|ComputeClass|Namespace|LimitRange|StorageClass)\b"
)
_READ_KINDS = ("terraform", "cloudformation", "kubernetes")


class Surroundings:
    """Looks around in a run's projects; what was read of one is kept."""

    def __init__(self, paths: Sequence[ProjectPath], read: Callable[[ProjectPath], Project]) -> None:
        self._paths = [p for p in paths if p.kind in _READ_KINDS]
        self._read = read
        self._hopeful: dict[tuple[str, str], bool] = {}
        """What a look at the words of a project says, before it is read."""
        self._known: dict[tuple[str, str], tuple[Resource, ...]] = {}

    def keep(self, path: ProjectPath, project: Project) -> None:
        """Remember what others may need of a project that was read."""
        if path.kind in _READ_KINDS:
            self._known[path.kind, path.path] = tuple(of_interest(project.resources))

    def of(self, path: ProjectPath) -> tuple[Resource, ...]:
        """What lies around a project of manifests; nothing around others."""
        if path.kind != "kubernetes":
            return ()
        others = [p for p in self._paths if p.top == path.top and p != path and self._may_matter(p)]
        return tuple(r for other in nearest(path, others) for r in self._of_interest(other))

    def _of_interest(self, path: ProjectPath) -> tuple[Resource, ...]:
        key = (path.kind, path.path)
        if key not in self._known:
            self.keep(path, self._read(path))
        return self._known[key]

    def _may_matter(self, path: ProjectPath) -> bool:
        key = (path.kind, path.path)
        if key in self._known:
            return bool(self._known[key])
        if key not in self._hopeful:
            self._hopeful[key] = self._looks_like_it(path)
        return self._hopeful[key]

    def _looks_like_it(self, path: ProjectPath) -> bool:
        """Whether words in its files speak of nodes."""
        if path.kind == "kubernetes":
            return any(_KINDS.search(_bytes(file)) for file in path.files)
        if path.kind == "cloudformation":
            return b"AWS::EKS::" in _bytes(path.path)
        files = Path(path.path).glob("*.t*f*") if Path(path.path).is_dir() else iter(())
        return any(
            _WORDS.search(_bytes(str(file))) for file in files if file.name.endswith((".tf", ".tofu", ".tf.json"))
        )


def of_interest(resources: Iterable[Resource]) -> Iterator[Resource]:
    """Those that pods of another project may need to know of."""
    return (r for r in resources if r.type in AROUND_TYPES)


def nearest(path: ProjectPath, others: Sequence[ProjectPath]) -> list[ProjectPath]:
    """The infrastructure that shares most folders with `path`, and all manifests; `MOST` of each."""
    here = Path(os.path.realpath(path.path)).parts
    ranked = sorted(others, key=lambda p: -_shared(here, Path(os.path.realpath(p.path)).parts))
    code = [p for p in ranked if p.kind != "kubernetes"]
    closest = _shared(here, Path(os.path.realpath(code[0].path)).parts) if code else 0
    near = [p for p in code if _shared(here, Path(os.path.realpath(p.path)).parts) == closest]
    return [*near[:MOST], *[p for p in ranked if p.kind == "kubernetes"][:MOST]]


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _bytes(file: str) -> bytes:
    data = read_file(file)
    return data if isinstance(data, bytes) else b""
