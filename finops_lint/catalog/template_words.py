"""What Terraform calls an attribute → what a CloudFormation template calls the property, alone or within a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence

from finops_lint.model.regexes import regex
from finops_lint.model.values import Path

_NAME = regex(r"(?<![\w:./-])(?<!tag )[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?:\.[a-z][a-z0-9_]*)*\b(?![:/-])")
"""An attribute or a type within a sentence: only names have low lines in them, and those of tags are told as such."""

_TYPES = ("aws_", "azurerm_", "google_", "kubernetes_")
"""How the names of types begin."""


def property_names(above: Path, steps: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The property names of the attributes `steps` below `above`: those that the map names, else in PascalCase.

    `names` is a sheet's property map, dotted property → attribute.
    """
    walked = [step for step in above if isinstance(step, str)]
    lifted = [name for name, attribute in names.items() if attribute == ".".join([*walked, *steps])]
    if lifted and not walked and "." not in lifted[0]:
        return lifted  # one property of the resource is what Terraform writes in a block
    found: list[str] = []
    for step in [*walked, *steps]:
        here = ".".join(found)
        named = (n.rpartition(".")[2] for n, attribute in names.items() if attribute == step and _above(n) == here)
        found.append(next(named, pascal(step)))
    return found[len(walked) :]


def in_template_words(
    sentence: str, names: Mapping[str, str], type_name: Callable[[str], str], *, but: Container[str]
) -> str:
    """The sentence with Terraform's names of attributes and types as a template writes them.

    `type_name` gives the CloudFormation type of a canonical one, empty where it has none. Words in `but` name no
    attributes (tag keys) and stay.
    """

    def worded(found: re.Match[str]) -> str:
        word = found[0]
        if word in but:
            return word
        return type_name(word) or ".".join(_anywhere(word.split("."), names))

    return _NAME.sub(worded, sentence)


def in_field_words(sentence: str, *, but: Container[str]) -> str:
    """The sentence with Terraform's names of attributes as fields of Kubernetes objects are called; types stay.

    `root_block_device.volume_type` is `rootBlockDevice.volumeType`. Words in `but` name no attributes and stay.
    """

    def worded(found: re.Match[str]) -> str:
        word = found[0]
        return word if word in but or word.startswith(_TYPES) else ".".join(map(camel, word.split(".")))

    return _NAME.sub(worded, sentence)


def _anywhere(steps: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """As `property_names`, of an attribute that is named without what it stands in."""
    if len(steps) > 1:
        return property_names((), steps, names)
    named = (n.rpartition(".")[2] for n, attribute in names.items() if attribute.rpartition(".")[2] == steps[0])
    return [next(named, pascal(steps[0]))]


def _above(name: str) -> str:
    return name.rpartition(".")[0]


_WORD = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """`DBInstanceClass` → `db_instance_class`, `EbsOptimized` → `ebs_optimized`, `minCapacity` → `min_capacity`."""
    return _WORD.sub("_", name).lower()


def camel(name: str) -> str:
    """`ebs_optimized` → `ebsOptimized`."""
    first, *more = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in more)


def pascal(name: str) -> str:
    """`ebs_optimized` → `EbsOptimized`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))
