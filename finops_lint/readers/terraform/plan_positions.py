"""Where the resources of a plan are written, from the source it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Reference, Resource

if TYPE_CHECKING:
    from finops_lint.readers.discover import ProjectPath

_KEYS = regex(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')


@record(frozen=True, slots=True)
class Source:
    """The resources the source declares."""

    exact: Mapping[str, Resource]
    """By address."""
    declared: Mapping[str, Resource]
    """By address without any keys: one block's instances stand at one place."""

    def find(self, address: str) -> Resource | None:
        """The resource at an address as the source has it."""
        return self.exact.get(address) or self.declared.get(without_keys(address))

    def edges(self, address: str, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
        """The plan's edges with those only the source shows: the plan does not see through locals."""
        written = self.exact.get(address)
        if written is None:
            return references
        here = {edge.path for edge in references}
        return (*references, *(edge for edge in written.references if edge.path not in here))


def without_keys(address: str) -> str:
    """`module.a["x"].b.c[0]` → `module.a.b.c`."""
    return _KEYS.sub("", address) if "[" in address else address


def source_of(
    folder: ProjectPath, resources: Iterable[str], calls: Iterable[str], *, must_match: bool
) -> Source | None:
    """What the folder declares; None where `must_match` and it lacks something the plan's root module has."""
    from finops_lint.readers.terraform.loader import Loader
    from finops_lint.readers.terraform.source import read_source

    loader = Loader()
    if must_match:
        module = loader.load(folder.path, folder.top)
        names = {f"{kind}.{name}" for kind, name in module.resources}
        wanted, wanted_calls = set(resources), set(calls)
        if not (wanted or wanted_calls) or not wanted <= names or not wanted_calls <= set(module.modules):
            return None
    project = read_source(folder, loader=loader)
    exact = {resource.address: resource for resource in project.resources}
    declared: dict[str, Resource] = {}
    for resource in project.resources:
        declared.setdefault(without_keys(resource.address), resource)
    return Source(exact, declared)
