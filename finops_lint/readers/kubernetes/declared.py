"""What an object of a controller declares in a cloud, before it is a resource among others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.controllers import declares_a_cloud
from finops_lint.catalog.kubernetes.fields import text
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable
    from finops_lint.readers.kubernetes.clouds import Clouds

SECRET = Unknown("it is kept in a Secret", filled=True)


@record(frozen=True, slots=True)
class Mention:
    """Another object that a field names."""

    path: Path
    """The argument that takes its value from there."""
    name: str
    """`metadata.name` of the object; empty where labels choose it."""
    kind: str = ""
    """Its kind, where the field says it."""
    labels: Mapping[str, Value] = field(default_factory=dict)
    """The labels that choose it."""
    word: str = ""
    """What the field calls it, in snake case, where the argument has another name."""
    uses: bool = True
    """Whether the object puts the other one to use; else it only belongs to it."""


@record(frozen=True, slots=True)
class Declared:
    """A resource of a cloud as an object's fields say it."""

    type: str
    """Of Terraform; CloudFormation's where Terraform has none."""
    values: Mapping[str, Value]
    ways: Mapping[Path, Path]
    """Where a value is → where it stands in the object."""
    mentions: tuple[Mention, ...] = ()
    part: str = ""
    """The field it is, where Terraform makes a resource of its own of it; empty for the whole object."""
    owner: str = ""
    """The argument of a part that names the whole."""
    labels: Mapping[str, Value] | Unknown | None = None
    """The tags it gets where its fields say none; None for none."""
    takes_tags: bool = True


def mention_of(value: Value, path: Path, word: str = "") -> Mention | None:
    """The object that a reference or a selector names; None where it names none of the cluster."""
    if not isinstance(value, Mapping):
        return None
    labels = value.get("matchLabels")
    if isinstance(labels, Mapping) and labels:
        return Mention(path, "", labels=labels, word=word)
    inner = value.get("from", value)
    if not isinstance(inner, Mapping):
        return None
    name = inner.get("name")
    return Mention(path, name, text(inner.get("kind")), word=word) if isinstance(name, str) and name else None


def names_in(value: Value) -> Iterator[str]:
    """The name of every object that fields below refer to."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if key.lower().endswith(("ref", "reference")) and isinstance(entry, Mapping):
                mention = mention_of(entry, ())
                if mention is not None:
                    yield mention.name
            else:
                yield from names_in(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            mention = mention_of(entry, ())
            if mention is not None:
                yield mention.name
            yield from names_in(entry)


def clouds_in(resources: Sequence[Resource], sheets: Sheets, taggable: Taggable) -> Clouds | None:
    """The resources with those of clouds that objects among them declare; None where none does.

    What reads these is opened only where there is one.
    """
    if not any(declares_a_cloud(r.type) for r in resources):
        return None
    from finops_lint.readers.kubernetes.clouds import with_clouds

    return with_clouds(resources, sheets, taggable)
