"""A resource's tags: its own, those its provider adds, and what the bill will show of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.model.resource import Tags
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value, get, set_in
from finops_lint.readers.terraform.blocks import Blocks
from finops_lint.readers.terraform.providers import Provider
from finops_lint.readers.terraform.syntax import Attribute
from finops_lint.readers.terraform.values import to_model

_LABELLED = frozenset({"labels", "resource_labels", "user_labels"})


def tags_of(cloud: str, values: Mapping[str, Value], path: Path | None, provider: Provider | None) -> Tags:
    """The tags of a resource that writes them at `path`; None where its type takes none."""
    if path is None:
        return Tags()
    own = get(values, path)
    own = {} if own is None else own
    defaults, span = provider_defaults(cloud, path, provider)
    return Tags(own, defaults, overlay(defaults, own), path, span)


def provider_defaults(cloud: str, path: Path, provider: Provider | None) -> tuple[Value, Span | None]:
    """What the provider adds: `default_tags` (AWS) or `default_labels` (Google); Azure's provider has neither.

    AWS adds them where the argument is `tags`; not to the `tag` blocks of an Auto Scaling group.
    """
    if provider is None:
        return {}, None
    if cloud == "aws" and path == ("tags",):
        content, attribute = provider.nested("default_tags", "tags")
        return _defaults(content, attribute)
    if cloud == "google" and path[-1] in _LABELLED:
        content = provider.setting("default_labels")
        return _defaults(content, provider.block.body.attributes.get("default_labels"))
    return {}, None


def _defaults(content: Any, attribute: Attribute | None) -> tuple[Value, Span | None]:
    if isinstance(content, Blocks):
        return {}, None
    secrets: list[Path] = []
    value = to_model(content, secrets)
    for path in secrets:
        # They belong to no path of the resource, which would say that they are secret.
        value = set_in(value, path, Unknown("withheld: sensitive")) if path else Unknown("withheld: sensitive")
    return ({} if value is None else value), (attribute.span if attribute else None)


def overlay(defaults: Value, own: Value) -> Value:
    """`defaults` with `own` over them; known in part where either is.

    A default's key is certain to be there even where `own` may replace its value.
    """
    if isinstance(defaults, dict) and not defaults:
        return own
    if isinstance(own, dict) and isinstance(defaults, dict):
        return {**defaults, **own}
    below, below_rest = _split(defaults)
    above, above_rest = _split(own)
    if above_rest is not None:
        below = dict.fromkeys(below, above_rest)
    rest = below_rest if above_rest is None else above_rest
    known = {**below, **above}
    if rest is None:
        return known
    return Partial(known, rest) if known else rest


def _split(value: Value) -> tuple[dict[str, Value], Unknown | None]:
    if isinstance(value, Unknown):
        return {}, value
    if isinstance(value, Partial):
        return (dict(value.known) if isinstance(value.known, Mapping) else {}), value.rest
    return (dict(value) if isinstance(value, Mapping) else {}), None
