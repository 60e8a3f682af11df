"""The one place that says which environment a resource belongs to, and why we think so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Value, known_map

KINDS = ("production", "staging", "development", "unknown")
"""Everything an environment can be; `unknown` asserts nothing."""

CLOUD_TAGS = ("finops:environment", "finops_environment", "environment", "env", "stage")
"""Keys, in lower case, of a cloud's tags that name the environment, the most telling first."""
TAGS = (*CLOUD_TAGS, "app.kubernetes.io/environment")
"""The same with Kubernetes' label."""

_WORDS: Mapping[str, frozenset[str]] = {
    "production": frozenset({"prod", "production", "prd", "live"}),
    "staging": frozenset({"staging", "stage", "stg", "uat", "preprod", "preproduction", "qa"}),
    "development": frozenset(
        {
            "dev",
            "develop",
            "development",
            "sandbox",
            "playground",
            "test",
            "testing",
            "nonprod",
            "demo",
            "preview",
            "lab",
        }
    ),
}
"""Environment → words that tell it."""
_OF_THINGS = frozenset({"preview", "lab"})
"""Words that in the name of a thing say what it is (`gpt-4-preview`)."""
_OF_USES = _OF_THINGS | {"test", "testing", "demo", "stage", "stg"}
"""Words that in the name of a block or module, and in a folder's unless it is the whole of it, say what it is for.

`vm_test`, `stage-1`, `connectivity_test`, and `stg`, which is a storage account more often.
"""
_AREA = regex(
    r"\b(?:stage|staging)-+(?:area|bucket|data|dataset|export|file|folder|import|layer|load|loader|schema|store|table)s?\b"
)
"""Where data is put down before it is loaded, in production as elsewhere: `orders-staging-tables`."""
_SPLIT = regex(r"[^a-z0-9]+")
_NOT_PRODUCTION = regex(r"\b(?:non|pre|not)[-_ ]?prod(?:uction)?\b")


@record(frozen=True, slots=True)
class Environment:
    """Which environment a resource belongs to."""

    kind: str
    """One of `KINDS`."""
    because: str
    """For a person: "tag env = dev"; empty for `unknown`."""


UNKNOWN = Environment("unknown", "")


def environment_of(resource: Resource, project: str, workspace: str = "") -> Environment:
    """The environment of `resource`: its tags, the workspace, its own name, its modules', then the project's path.

    `project` is the project's name, a path from the working folder; of an absolute one only the last folder tells,
    since what lies above is somebody's disk. `workspace` is Terraform's, empty or `default` where there is none. What
    is unknown tells nothing.
    """
    for what, text, without in _clues(resource, workspace):
        kind = kind_of(text, without)
        if kind:
            return Environment(kind, f"{what} {text}")
    return _of_folders(project)


def _clues(resource: Resource, workspace: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """What may tell, the most telling first: what it is, its text, and the words in it that do not count."""
    if not resource.is_sensitive(resource.tags.path or ("tags",)):
        yield from ((what, text, frozenset()) for what, text in _from_tags(resource.tags.effective))
    if workspace not in ("", "default"):
        yield "workspace", workspace, frozenset()
    name = resource.value("name")
    if isinstance(name, str) and not resource.is_sensitive(("name",)):
        yield "name", name, _OF_THINGS
    yield "name", resource.name, _OF_USES
    if resource.module:
        yield "module", resource.module, _OF_USES


@lru_cache(maxsize=64)
def _of_folders(project: str) -> Environment:
    """What a project's path tells, its last folder first."""
    parts = project.split("/")
    for part in reversed(parts[-1:] if project.startswith("/") else parts):
        kind = kind_of(part, frozenset() if part.lower() in _OF_USES else _OF_USES)
        if kind:
            return Environment(kind, f"folder {part}")
    return UNKNOWN


def _from_tags(tags: Value) -> Iterator[tuple[str, str]]:
    by_key = {str(key).lower(): (key, value) for key, value in known_map(tags).items() if isinstance(value, str)}
    yield from ((f"tag {by_key[key][0]} =", by_key[key][1]) for key in TAGS if key in by_key)


@lru_cache(maxsize=4096)
def kind_of(text: str, without: frozenset[str] = frozenset()) -> str:
    """The environment that the words of `text` but `without` tell; empty where none does, or where two disagree."""
    lowered = text.lower()
    dashed = lowered.replace("_", "-")
    if _NOT_PRODUCTION.search(dashed):
        return "staging" if "pre" in lowered else "development"
    words = set(_SPLIT.split(_AREA.sub("", dashed))) - without
    found = [kind for kind, telling in _WORDS.items() if telling & words]
    return found[0] if len(found) == 1 else ""
