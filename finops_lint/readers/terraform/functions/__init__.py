"""Terraform's functions: `Functions(root, top).call("upper", ["a"])`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from finops_lint.readers.terraform.functions.definition import Context, Function, Table, apply
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value

__all__ = ["Context", "Functions", "call", "names"]


_MODULES = (
    "collections",
    "strings",
    "formatting",
    "conversions",
    "encoding",
    "numbers",
    "files",
    "templates",
    "network",
    "hashing",
    "dates",
)
"""Most used first: a module is loaded when those before it have not what is called."""
_loaded: list[Table] = []


@lru_cache(maxsize=512)
def _find(name: str) -> Function | None:
    for position, module in enumerate(_MODULES):
        if position == len(_loaded):
            _loaded.append(import_module(f"{__name__}.{module}").TABLE)
        if name in _loaded[position]:
            return _loaded[position][name]
    return None


def names() -> frozenset[str]:
    """All functions of Terraform's core, without `core::`."""
    _find("")
    return frozenset(name for table in _loaded for name in table)


def call(name: str, args: Sequence[Value], context: Context) -> Value:
    """The result of the function called `name`.

    Raises:
        EvaluationError: there is no such function, or it refuses its arguments.
    """
    if name.startswith("provider::"):
        return Unk(reason=f"{name}() is a function of a provider, which is not run")
    function = _find(name.removeprefix("core::"))
    if function is None:
        from difflib import get_close_matches

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
