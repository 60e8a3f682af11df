"""Terraform's functions: `Functions(root, top).call("upper", ["a"])`."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

from finops_lint.readers.terraform.functions.definition import Context, Table, apply
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value

__all__ = ["Context", "Functions", "call", "names"]


@cache
def _table() -> Table:
    from finops_lint.readers.terraform.functions import (
        collections,
        conversions,
        dates,
        encoding,
        files,
        formatting,
        hashing,
        network,
        numbers,
        strings,
        templates,
    )

    modules = (collections, conversions, dates, encoding, files, formatting, hashing, network, numbers, strings)
    return {name: function for module in (*modules, templates) for name, function in module.TABLE.items()}


def names() -> frozenset[str]:
    """All functions of Terraform's core, without `core::`."""
    return frozenset(_table())


def call(name: str, args: Sequence[Value], context: Context) -> Value:
    """The result of the function called `name`.

    Raises:
        EvaluationError: there is no such function, or it refuses its arguments.
    """
    if name.startswith("provider::"):
        return Unk(reason=f"{name}() is a function of a provider, which is not run")
    function = _table().get(name.removeprefix("core::"))
    if function is None:
        near = get_close_matches(name, names(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise EvaluationError(f"there is no function named {name!r}{hint}")
    return apply(function, args, context)


class Functions:
    """The functions as seen from one root module."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        self.context = context

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """See `call`."""
        return call(name, args, self.context)
