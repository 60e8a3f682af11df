"""Which resource types take tags or labels, and in which attribute: plain lists taken off the providers' schemas."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path as FilePath

from finops_lint.model.regexes import regex
from finops_lint.model.values import Path

CLOUDS = {"aws": "aws", "azurerm": "azure", "google": "google"}
"""Prefix of the type name → cloud, the name of its list."""

_STEP = regex(r"([^.\[\]]+)|\[(\d+)\]")


@cache
def attribute_path(text: str) -> Path:
    """`settings[0].user_labels` → `("settings", 0, "user_labels")`."""
    return tuple(name or int(index) for name, index in _STEP.findall(text))


class Taggable:
    """The lists under `rules/taggable/`; each is opened when a type of its cloud is first asked for."""

    def __init__(self, root: FilePath) -> None:
        self._folder = root / "rules" / "taggable"
        self._attributes: dict[str, Path | None] = {}

    def attribute(self, kind: str) -> Path | None:
        """The attribute that holds the tags of type `kind`; None where it takes none or is not known."""
        if kind not in self._attributes:
            self._attributes[kind] = self._attribute(kind)
        return self._attributes[kind]

    def _attribute(self, kind: str) -> Path | None:
        cloud = "kubernetes" if "/" in kind else CLOUDS.get(kind.partition("_")[0])
        if cloud is None:
            return None
        listed: dict[str, str] = getattr(self, f"_{cloud}")
        text = listed.get(kind)
        return attribute_path(text) if text else None

    def property(self, kind: str) -> tuple[str, ...]:
        """The way to the property that holds the tags of a CloudFormation type; empty where it takes none."""
        return tuple(self._cloudformation.get(kind, "").split("/")) if kind in self._cloudformation else ()

    @cached_property
    def _cloudformation(self) -> dict[str, str]:
        return self._read("cloudformation")

    @cached_property
    def _aws(self) -> dict[str, str]:
        return self._read("aws")

    @cached_property
    def _azure(self) -> dict[str, str]:
        return self._read("azure")

    @cached_property
    def _kubernetes(self) -> dict[str, str]:
        return self._read("kubernetes")

    @cached_property
    def _google(self) -> dict[str, str]:
        return self._read("google")

    def _read(self, cloud: str) -> dict[str, str]:
        lines = (self._folder / f"{cloud}.csv").read_text("utf-8").splitlines()
        rows = (line.split(",", 1) for line in lines if line and not line.startswith("#"))
        return {kind: attribute for kind, attribute in rows if kind != "type"}
