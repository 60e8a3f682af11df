"""A project of manifests and the run's other projects → the node groups, by whomever declared, its pods may run on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from finops_lint.catalog.kubernetes.pools import NODE_TYPES
from finops_lint.model.project import Project
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.files import is_inside, read_file
from finops_lint.readers.folders import SOURCE_SUFFIXES

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
"""Projects of infrastructure, and of manifests, that count for one: the nearest."""
MOST_READ = 20
"""Projects that are read in search of them."""
_WORDS = regex(rb"(?i)eks|gke|aks|kubernetes|karpenter|container_node_pool|container_cluster")
_LOCAL = regex(rb'(?m)^\s*source\s*=\s*"(\.\.?/[^"$\0\n]{0,200})"')
_KINDS = regex(
    # the word first: that is how to find few lines in much text
    rb"(?m)kind(?:(?<=^kind)|(?<=^[\"']kind))[\"']?\s*:\s*[\"']?(?:NodePool|Provisioner|ClusterConfig|ComputeClass|Namespace|LimitRange|StorageClass"
    # and what controllers make pools of machines of
    rb"|ContainerNodePool|ContainerCluster|Node[Gg]roup|ManagedCluster|ManagedClustersAgentPool|KubernetesCluster|KubernetesClusterNodePool)\b"
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
        self._words: dict[str, tuple[bool, set[str]]] = {}
        """Real folder → whether words there speak of nodes, and the local modules it calls."""
        self._steps: dict[str, tuple[str, ...]] = {}
        """Path → the steps of its real one: each project of manifests is compared with all others."""

    def keep(self, path: ProjectPath, project: Project) -> None:
        """Remember what others may need of a project that was read."""
        if path.kind in _READ_KINDS:
            self._known[path.kind, path.path] = tuple(of_interest(project.resources))

    def of(self, path: ProjectPath) -> tuple[Resource, ...]:
        """What lies around a project of manifests, whatever was read before; nothing around others."""
        if path.kind != "kubernetes":
            return ()
        here = self._parts(path)
        others = [p for p in self._paths if p.top == path.top and p != path]
        ranked = sorted(others, key=lambda p: -_shared(here, self._parts(p)))
        code = self._with_any(p for p in ranked if p.kind != "kubernetes")
        closest = _shared(here, self._parts(code[0])) if code else 0
        near = [p for p in code if _shared(here, self._parts(p)) == closest]
        manifests = self._with_any(p for p in ranked if p.kind == "kubernetes")
        return tuple(r for other in (*near, *manifests) for r in self._of_interest(other))

    def _parts(self, path: ProjectPath) -> tuple[str, ...]:
        if path.path not in self._steps:
            self._steps[path.path] = Path(os.path.realpath(path.path)).parts
        return self._steps[path.path]

    def _with_any(self, ranked: Iterable[ProjectPath]) -> list[ProjectPath]:
        """The first of `ranked` that hold anything of interest; not all that look like it are read."""
        hopeful = islice(filter(self._may_matter, ranked), MOST_READ)
        return list(islice(filter(self._of_interest, hopeful), MOST))

    def _of_interest(self, path: ProjectPath) -> tuple[Resource, ...]:
        key = (path.kind, path.path)
        if key not in self._known:
            self.keep(path, self._read(path))
        return self._known[key]

    def _may_matter(self, path: ProjectPath) -> bool:
        key = (path.kind, path.path)
        if key not in self._hopeful:
            self._hopeful[key] = self._looks_like_it(path)
        return self._hopeful[key]

    def _looks_like_it(self, path: ProjectPath) -> bool:
        """Whether words in its files speak of nodes."""
        if path.kind == "kubernetes":
            return any(_KINDS.search(_bytes(file)) for file in path.files)
        if path.kind == "cloudformation":
            return b"AWS::EKS::" in _bytes(path.path)
        return Path(path.path).is_dir() and self._speaks(path.path, path.top)

    def _speaks(self, folder: str, top: str) -> bool:
        """Whether words in Terraform's files in a folder, or in local modules it leads to, speak of nodes."""
        pending, seen = [os.path.realpath(folder)], set[str]()
        while pending:
            here = pending.pop()
            if here in seen or not is_inside(here, top):
                continue
            seen.add(here)
            if here not in self._words:
                texts = [_bytes(str(file)) for file in Path(here).glob("*.t*f*") if file.name.endswith(SOURCE_SUFFIXES)]
                called = {os.fsdecode(name) for text in texts for name in _LOCAL.findall(text)}
                self._words[here] = any(map(_WORDS.search, texts)), called
            speaks, called = self._words[here]
            if speaks:
                return True
            pending.extend(os.path.realpath(os.path.join(here, name)) for name in called)
        return False


def of_interest(resources: Iterable[Resource]) -> Iterator[Resource]:
    """Those that pods of another project may need to know of."""
    return (r for r in resources if r.type in AROUND_TYPES)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _bytes(file: str) -> bytes:
    data = read_file(file)
    return data if isinstance(data, bytes) else b""
