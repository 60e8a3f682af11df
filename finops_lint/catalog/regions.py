"""Turns what code calls a place (a zone, a region, "East US") into the region price tables know, and into its name."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

from finops_lint.model.regexes import regex

REFERENCE = {"aws": "us-east-1", "azure": "eastus", "google": "us-central1"}
"""The region whose prices stand in where the code says none."""

_AWS_ZONE = regex(r"([a-z]{2,}(?:-[a-z]+)+-\d+)(?:[a-z]|-.+)")
_AWS_LOCAL_ZONE = regex(r"([a-z]{2,}(?:-[a-z]+)+-\d+-[a-z]{3}-\d+)[a-z]")
_AWS_ZONE_LETTER = regex(r"(?<=\d)[a-z]$")
_AZURE_ZONE_NUMBER = regex(r"-\d$")
_GOOGLE_ZONE = regex(r"([a-z]+-[a-z]+\d+)-[a-z]")


def google_region(place: str) -> str:
    """The region of one of Google's zones, regions or a link to one: `us-central1-a` → `us-central1`, `EU` → `eu`."""
    name = place.rsplit("/", 1)[-1].lower()
    zone = _GOOGLE_ZONE.fullmatch(name)
    return zone[1] if zone else name


def aws_region(zone: object) -> str | None:
    """The region of one of Amazon's zones, a local one too: `us-east-1a` → `us-east-1`; None for anything else."""
    found = _AWS_ZONE.fullmatch(zone) if isinstance(zone, str) else None
    return found[1] if found else None


def local_zone(zone: object) -> str | None:
    """The group of one of Amazon's local zones, which has prices of its own: `us-west-2-lax-1a` → `us-west-2-lax-1`."""
    found = _AWS_LOCAL_ZONE.fullmatch(zone) if isinstance(zone, str) else None
    return found[1] if found else None


@lru_cache(maxsize=1_000)
def azure_region(location: str) -> str:
    """The location's short name: `East US 2` → `eastus2`; that of a node's zone, too: `eastus-1` → `eastus`."""
    return re.sub(r"[^a-z0-9]", "", _AZURE_ZONE_NUMBER.sub("", location.lower()))


@lru_cache(maxsize=4096)
def canonical_region(cloud: str, place: str) -> str:
    """The region `place` lies in, as the price tables spell it.

    A zone gives its region (`us-central1-a` → `us-central1`, `us-east-1a` → `us-east-1`), one of Amazon's local zones
    the group that has prices of its own (`us-west-2-lax-1a` → `us-west-2-lax-1`), an Azure display name its short one;
    what is none of them comes back in lower case.
    """
    text = place.strip().lower()
    if cloud == "azure":
        return azure_region(text)
    if cloud == "google":
        return google_region(text)
    return _AWS_ZONE_LETTER.sub("", text) if cloud == "aws" else text


class Regions:
    """The regions of all clouds; `root` is the `pricing` folder."""

    def __init__(self, root: Path) -> None:
        self._file = root / "regions.csv"
        self._names: dict[str, dict[str, str]] | None = None

    def name(self, cloud: str, region: str) -> str:
        """The region's name for a person ("Europe (Ireland)"), or the region itself where no source names it."""
        return self._all().get(cloud, {}).get(region) or region

    def known(self, cloud: str) -> tuple[str, ...]:
        """Every region of a cloud that a price table has."""
        return tuple(self._all().get(cloud, {}))

    def _all(self) -> dict[str, dict[str, str]]:
        if self._names is None:
            self._names = {}
            if self._file.is_file():
                with self._file.open(encoding="utf-8", newline="") as text:
                    for row in csv.DictReader(text):
                        self._names.setdefault(row["provider"], {})[row["region"]] = row["name"]
        return self._names
