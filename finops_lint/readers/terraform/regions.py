"""Which region a resource runs in, by its own attributes and what its provider says: of source, a plan or a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from finops_lint.catalog.regions import aws_region, azure_region, google_region
from finops_lint.model.values import Partial, Unknown

Region: TypeAlias = str | Unknown | None
"""A region's name, why it is not known, or None where the text names none."""
Setting: TypeAlias = Callable[[str], Region]
"""A provider's argument, `region` or `zone`, as a region."""


def region_of(cloud: str, values: Mapping[str, Any], setting: Setting) -> Region:
    """The region of a resource with these attributes; what is not known is no answer where another attribute is one."""
    find = _FINDERS.get(cloud)
    return find(values, setting) if find else None


def text_of(value: Any) -> Region:
    """A text, or why it is not known; None for anything else."""
    if isinstance(value, Partial):
        return value.rest
    return value if isinstance(value, str | Unknown) and value != "" else None


def _aws(values: Mapping[str, Any], setting: Setting) -> Region:
    own = text_of(values.get("region"))
    if isinstance(own, str):
        return own
    zone = aws_region(values.get("availability_zone"))
    if zone:
        return zone
    return setting("region") if own is None else own


def _google(values: Mapping[str, Any], setting: Setting) -> Region:
    unknown: Unknown | None = None
    for name in ("zone", "region", "location"):
        found = text_of(values.get(name))
        if isinstance(found, str):
            return google_region(found)
        unknown = found if unknown is None else unknown
    if unknown is not None:
        return unknown
    for name in ("region", "zone"):
        configured = setting(name)
        if configured is not None:
            return google_region(configured) if isinstance(configured, str) else configured
    return None


def _azure(values: Mapping[str, Any], _: Setting) -> Region:
    found = text_of(values.get("location"))
    return azure_region(found) if isinstance(found, str) else found


_FINDERS: Mapping[str, Callable[[Mapping[str, Any], Setting], Region]] = {
    "aws": _aws,
    "google": _google,
    "azure": _azure,
}
