"""The edges of a resource: which other resources its attributes name, through locals, variables and outputs too.

Edges come from the text, so that a value that is known keeps them; indexes and conditions are evaluated where known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from finops_lint.model.resource import Reference
from finops_lint.model.values import Path
from finops_lint.readers.terraform.blocks import Blocks, Content
from finops_lint.readers.terraform.configuration import literal_text
from finops_lint.readers.terraform.expressions import evaluate
from finops_lint.readers.terraform.instances import key_text
from finops_lint.readers.terraform.module import Group, Module, ModuleScope
from finops_lint.readers.terraform.resource_instances import Instance
from finops_lint.readers.terraform.syntax import (
    Attribute,
    Call,
    Conditional,
    Expression,
    ObjectExpression,
    Template,
    TupleExpression,
)
from finops_lint.readers.terraform.traversals import Every, Step, as_traversal, traversals
from finops_lint.readers.terraform.values import EvaluationError, Value, unmark

_SAME_PATH = frozenset({"merge", "try", "coalesce", "tomap", "tolist", "toset", "sensitive", "nonsensitive", "one"})
_MOST_LOOKS = 2_000
"""Expressions looked through for one argument."""


@dataclass(frozen=True, slots=True)
class _Look:
    """An expression still to be looked through, and the steps taken from its value."""

    expression: Expression
    scope: ModuleScope
    steps: tuple[Step, ...] = ()


def references(instance: Instance) -> tuple[Reference, ...]:
    """The edges of one resource instance, in the order written, each once."""
    found = list(_of_body(instance, instance.layout.attributes, instance.scope, ()))
    for name in instance.layout.blocks:
        found.extend(_of_content(instance, instance.content(name), (name,)))
    depends_on = instance.block.body.attributes.get("depends_on")
    if depends_on is not None:
        found.extend(Reference((), target) for target, _ in _targets(_Look(depends_on.expression, instance.scope)))
    return tuple(dict.fromkeys(edge for edge in found if edge.target != instance.address))


def _of_body(
    instance: Instance, attributes: Mapping[str, Attribute], scope: ModuleScope, path: Path
) -> Iterator[Reference]:
    for name, attribute in attributes.items():
        if instance.evaluation.traversals(attribute):
            yield from _of_expression(attribute.expression, scope, (*path, name))


def _of_content(instance: Instance, content: Content, path: Path) -> Iterator[Reference]:
    if not isinstance(content, Blocks):
        return
    for index, item in enumerate(content.items):
        here = (*path, index)
        yield from _of_body(instance, item.layout.attributes, item.scope, here)
        for name, inner in item.values.items():
            yield from _of_content(instance, inner, (*here, name))


def _of_expression(expression: Expression, scope: ModuleScope, path: Path) -> Iterator[Reference]:
    """Edges with the path inside the argument, as deep as objects and tuples are written out."""
    if isinstance(expression, ObjectExpression):
        for key, value in expression.items:
            name = literal_text(key)
            yield from _of_expression(value, scope, path if name is None else (*path, name))
    elif isinstance(expression, TupleExpression):
        for index, value in enumerate(expression.items):
            yield from _of_expression(value, scope, (*path, index))
    else:
        for target, attribute in _targets(_Look(expression, scope)):
            yield Reference(path, target, attribute)


def _targets(first: _Look) -> Iterator[tuple[str, str]]:
    """Address and attribute of every resource the expression leads to."""
    pending, seen = [first], set[tuple[str, int, tuple[object, ...]]]()
    while pending and len(seen) < _MOST_LOOKS:
        look = pending.pop()
        identity = (look.scope.module.address, id(look.expression), tuple(map(str, look.steps)))
        if identity in seen:
            continue
        seen.add(identity)
        inner = _narrow(look)
        if inner is not None:
            pending.extend(reversed(inner))
            continue
        whole = as_traversal(look.expression)
        for traversal in traversals(look.expression):
            more = look.steps if traversal == whole else ()
            steps = _evaluated((*traversal.steps, *more), look.scope)
            found = _follow(traversal.root, steps, look.scope)
            if isinstance(found, tuple):
                yield found
            else:
                pending.extend(found)


def _evaluated(steps: tuple[Step, ...], scope: ModuleScope) -> tuple[Step, ...]:
    """The steps with every index worked out; one that is not known stands for all elements."""
    return tuple(s if isinstance(s, str | int | Every) else _index(s, scope) for s in steps)


def _index(key: Expression, scope: ModuleScope) -> Step:
    value = _quietly(key, scope)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return Every()


def _quietly(expression: Expression, scope: ModuleScope) -> Value:
    """The value of a part of an expression that has been evaluated, and complained of, elsewhere."""
    try:
        return unmark(evaluate(expression, scope))[0]
    except EvaluationError:
        return None


def _narrow(look: _Look) -> list[_Look] | None:
    """The parts of the expression the steps lead to; None where it has to be taken as it is."""
    here, steps, scope = look.expression, look.steps, look.scope
    match here:
        case Template(parts=(part,)) if not isinstance(part, str):
            return [_Look(part, scope, steps)]
        case Conditional():
            chosen = _quietly(here.condition, scope)
            if isinstance(chosen, bool):
                return [_Look(here.yes if chosen else here.no, scope, steps)]
            return [_Look(part, scope, steps) for part in (here.yes, here.no)]
        case ObjectExpression() if steps and isinstance(steps[0], str):
            return [
                _Look(value, scope, steps[1:])
                for key, value in here.items
                if (name := literal_text(key)) is None or name == steps[0]
            ]
        case TupleExpression() if steps and isinstance(steps[0], int):
            return [_Look(item, scope, steps[1:]) for item in here.items[steps[0] : steps[0] + 1]]
        case Call() if steps and here.name in _SAME_PATH:
            return [_Look(arg, scope, steps) for arg in here.args]
    return None


# Names


def _follow(root: str, steps: tuple[Step, ...], scope: ModuleScope) -> tuple[str, str] | list[_Look]:
    """The resource a reference names, or the expressions behind the local, variable or output it names."""
    module = scope.module
    if root in scope.bindings:
        return _behind_binding(root, steps, scope)
    if not steps or not isinstance(steps[0], str):
        return []
    if root == "local":
        attribute = module.configuration.locals.get(steps[0])
        return [_Look(attribute.expression, module.scope, steps[1:])] if attribute else []
    if root == "var":
        return _behind_variable(module, steps)
    if root == "module":
        return _behind_output(module, steps)
    return _resource(module, root, steps) or []


def _behind_variable(module: Module, steps: tuple[Step, ...]) -> list[_Look]:
    if module.call is None or module.outer is None:
        return []
    argument = module.call.body.attributes.get(str(steps[0]))
    return [_Look(argument.expression, module.outer, steps[1:])] if argument else []


def _behind_output(module: Module, steps: tuple[Step, ...]) -> list[_Look]:
    group = module.children(str(steps[0]))
    if group is None:
        return []
    members, rest = _chosen(group, steps[1:])
    if not rest or not isinstance(rest[0], str):
        return []
    looks = []
    for member in members:
        output = member.configuration.outputs.get(rest[0])
        value = output.body.attributes.get("value") if output else None
        if value is not None:
            looks.append(_Look(value.expression, member.scope, rest[1:]))
    return looks


def _chosen(group: Group, steps: tuple[Step, ...]) -> tuple[tuple[Module, ...], tuple[Step, ...]]:
    """The module instances the steps mean, and the steps after the key."""
    if group.kind == "one":
        return group.members, steps
    if steps and isinstance(steps[0], str | int):
        same = tuple(m for m in group.members if m.key == steps[0])
        return (same or group.members if group.rest else same), steps[1:]
    return group.members, steps[1:]


def _resource(module: Module, kind: str, steps: tuple[Step, ...]) -> tuple[str, str] | None:
    block = module.configuration.resources.get((kind, str(steps[0])))
    if block is None:
        return None
    prefix = f"{module.address}." if module.address else ""
    address, rest = f"{prefix}{kind}.{steps[0]}", steps[1:]
    if "count" in block.body.attributes or "for_each" in block.body.attributes:
        if rest and isinstance(rest[0], str | int):
            address += key_text(rest[0])
        rest = rest[1:]
    while rest and isinstance(rest[0], Every):
        rest = rest[1:]
    attribute = rest[0] if rest and isinstance(rest[0], str) else ""
    return address, str(attribute)


def _behind_binding(root: str, steps: tuple[Step, ...], scope: ModuleScope) -> list[_Look]:
    """The element of the collection that `each.value`, or an iterator's `value`, stands for."""
    source = scope.sources.get(root)
    if source is None or not steps or steps[0] != "value":
        return []
    key = source.key if isinstance(source.key, str | int) else Every()
    return [_Look(source.collection.expression, source.scope, (key, *steps[1:]))]
