"""A resource's tags: its own, those its provider adds, and what the bill will show of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.model.resource import Tags
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Unknown, Value, get, set_in
from finops_lint.readers.overlay import overlay
from finops_lint.readers.terraform.blocks import Blocks
from finops_lint.readers.terraform.providers import Provider
from finops_lint.readers.terraform.syntax import Attribute
from finops_lint.readers.terraform.values import to_model

_LABELLED = frozenset({"labels", "resource_labels", "user_labels"})


def tags_of(values: Mapping[str, Value], path: Path, defaults: Value, span: Span | None) -> Tags:
    """The tags of a resource that writes them at `path` and has `defaults`, written at `span`, from its provider."""
    own = get(values, path)
    own = {} if own is None else own
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
