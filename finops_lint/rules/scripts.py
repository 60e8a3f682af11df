"""Reads the scripts that machines start with: user data, startup scripts, custom data; none that may be secret."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from finops_lint.model.resource import Resource
from finops_lint.model.values import Path

_SCRIPTS: Mapping[str, tuple[Path, ...]] = {
    "aws": (("user_data",), ("user_data_base64",)),
    "google": (
        ("metadata_startup_script",),
        ("metadata", "startup-script"),
        ("metadata", "user-data"),
        ("metadata", "gce-container-declaration"),
    ),
    "azure": (("custom_data",), ("user_data",)),
}


def scripts(resource: Resource) -> Iterator[tuple[str, str]]:
    """Name of the attribute and text of each script that is known and may be read, Base64 undone."""
    cloud = {"aws": "aws", "google": "google"}.get(resource.type.partition("_")[0], "azure")
    for path in _SCRIPTS[cloud]:
        value = resource.value(*path)
        if isinstance(value, str) and not resource.is_sensitive(path):
            yield path[-1] if isinstance(path[-1], str) else "", decoded(value)


def decoded(value: str) -> str:
    """A script that was handed over in Base64, as text."""
    if re.fullmatch(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*", value):
        try:
            return base64.b64decode(value, validate=False).decode()
        except (binascii.Error, UnicodeDecodeError):
            return value
    return value
