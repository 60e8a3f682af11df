"""The addresses a resource had before, by `moved` blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finops_lint.readers.terraform.configuration import ModuleConfiguration
from finops_lint.readers.terraform.instances import key_text
from finops_lint.readers.terraform.syntax import Attribute, Block
from finops_lint.readers.terraform.traversals import KeyText, Traversal, traversals

_MOST = 50


def moves_in(module: str, configuration: ModuleConfiguration) -> Iterator[tuple[str, str]]:
    """From and to address of each `moved` block of one module instance."""
    prefix = f"{module}." if module else ""
    for block in configuration.moved:
        old, new = _address(block, "from"), _address(block, "to")
        if old and new:
            yield prefix + old, prefix + new


def _address(block: Block, argument: str) -> str:
    attribute: Attribute | None = block.body.attributes.get(argument)
    found = traversals(attribute.expression) if attribute else []
    return address_text(found[0]) if len(found) == 1 else ""


def address_text(traversal: Traversal) -> str:
    """`module.a["x"].aws_instance.b[0]`; empty where a key is not written out."""
    text = traversal.root
    for step in traversal.steps:
        if isinstance(step, KeyText | int):
            text += key_text(step)
        elif isinstance(step, str):
            text += f".{step}"
        else:
            return ""
    return text


def formerly(address: str, moves: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The addresses the resource at `address` may have had, nearest first; chains of moves are followed."""
    found: dict[str, None] = {address: None}
    pending = [address]
    while pending and len(found) <= _MOST:
        here = pending.pop(0)
        for old in _steps_back(here, moves):
            if old not in found:
                found[old] = None
                pending.append(old)
    return tuple(found)[1:]


def _steps_back(address: str, moves: Sequence[tuple[str, str]]) -> Iterator[str]:
    for old, new in moves:
        if address == new or address.startswith((new + "[", new + ".")):
            yield old + address[len(new) :]


def address_parts(attribute: Attribute | None) -> tuple[str, ...]:
    """Type and name of the root module's resource an address means; empty for one in a module."""
    found = traversals(attribute.expression) if attribute else []
    if not found or found[0].root == "module" or not found[0].steps or not isinstance(found[0].steps[0], str):
        return ()
    return found[0].root, found[0].steps[0]
