"""Which region a resource runs in, by its own attributes and its provider's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from finops_lint.catalog.regions import aws_region, azure_region, google_region
from finops_lint.model.values import Partial, Unknown
from finops_lint.readers.terraform.blocks import Blocks
from finops_lint.readers.terraform.providers import Provider
from finops_lint.readers.terraform.values import to_model

Region = str | Unknown | None
"""A region's name, why it is not known, or None where the text names none."""


def region_of(cloud: str, values: Mapping[str, Any], provider: Provider | None) -> Region:
    """The region of a resource with these attributes."""
    find = _FINDERS.get(cloud)
    return find(values, provider) if find else None


def _aws(values: Mapping[str, Any], provider: Provider | None) -> Region:
    own = _text(values.get("region"))
    if isinstance(own, str):
        return own
    zone = aws_region(values.get("availability_zone"))
    if zone:
        return zone
    return _setting(provider, "region") if own is None else own


def _google(values: Mapping[str, Any], provider: Provider | None) -> Region:
    unknown: Unknown | None = None
    for name in ("zone", "region", "location"):
        found = _text(values.get(name))
        if isinstance(found, str):
            return google_region(found)
        unknown = found if unknown is None else unknown
    if unknown is not None:
        return unknown
    for name in ("region", "zone"):
        configured = _setting(provider, name)
        if configured is not None:
            return google_region(configured) if isinstance(configured, str) else configured
    return None


def _azure(values: Mapping[str, Any], _: Provider | None) -> Region:
    found = _text(values.get("location"))
    return azure_region(found) if isinstance(found, str) else found


def _setting(provider: Provider | None, name: str) -> Region:
    if provider is None:
        return None
    value = provider.setting(name)
    return None if isinstance(value, Blocks) else _text(to_model(value))


def _text(value: Any) -> Region:
    if isinstance(value, Partial):
        return value.rest
    return value if isinstance(value, str | Unknown) and value != "" else None


_FINDERS: Mapping[str, Callable[[Mapping[str, Any], Provider | None], Region]] = {
    "aws": _aws,
    "google": _google,
    "azure": _azure,
}
