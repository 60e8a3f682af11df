"""An expression to whether it depends on `terraform.workspace`: through locals, variables, outputs and loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from finops_lint.readers.terraform.syntax import Expression

if TYPE_CHECKING:
    from finops_lint.readers.terraform.module import Module, ModuleScope
    from finops_lint.readers.terraform.traversals import Traversal

_Look: TypeAlias = "tuple[Expression, ModuleScope]"
_MOST = 2_000
"""Expressions looked at for one answer."""


def depends_on_workspace(expression: Expression, scope: ModuleScope) -> bool:
    """Whether another workspace might give the expression another value."""
    pending: list[_Look] = [(expression, scope)]
    seen: set[tuple[int, str]] = set()
    while pending and len(seen) < _MOST:
        here, around = pending.pop()
        key = (id(here), around.module.address)
        if key in seen:
            continue
        seen.add(key)
        for traversal in around.module.evaluation.traversals(here):
            if traversal.root == "terraform" and traversal.steps[:1] == ("workspace",):
                return True
            pending.extend(_behind(traversal, around))
    return False


def _behind(traversal: Traversal, scope: ModuleScope) -> Iterator[_Look]:
    """What the value of a name is made of, where that is written in the code."""
    module = scope.module
    name = traversal.steps[0] if traversal.steps and isinstance(traversal.steps[0], str) else ""
    if traversal.root in scope.sources:
        source = scope.sources[traversal.root]
        yield source.collection, source.scope
    elif traversal.root == "local" and name in module.configuration.locals:
        yield module.configuration.locals[name].expression, module.scope
    elif traversal.root == "var" and module.call is not None and module.outer is not None:
        argument = module.call.body.attributes.get(name)
        if argument is not None:
            yield argument.expression, module.outer
    elif traversal.root == "module" and name:
        yield from _of_outputs(module, name)


def _of_outputs(module: Module, name: str) -> Iterator[_Look]:
    """The outputs of a called module; which of them is read makes little difference."""
    group = module.children(name)
    for member in group.members[:1] if group is not None else ():
        for output in member.configuration.outputs.values():
            value = output.body.attributes.get("value")
            if value is not None:
                yield value.expression, member.scope
