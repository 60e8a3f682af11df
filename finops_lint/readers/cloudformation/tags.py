"""A resource's tags: its own over those its stack hands down."""

from __future__ import annotations

from finops_lint.model.resource import Tags
from finops_lint.model.values import Path, Value
from finops_lint.readers.overlay import overlay


def tags_of(own: Value, defaults: Value, path: Path | None) -> Tags:
    """The tags of a resource that writes them at `path`, under those of its stack; none where its type takes none."""
    if path is None:
        return Tags()
    own = {} if own is None else own
    return Tags(own, defaults, overlay(defaults, own), path)


def handed_down(above: Value, own: Value) -> Value:
    """What a nested stack hands to its resources: its own tags over those of the stack around it."""
    return overlay(above, {} if own is None else own)
