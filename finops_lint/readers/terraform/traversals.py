"""Lists what an expression reads (`aws_instance.web[0].id`), by its text alone and without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from finops_lint.model.records import record
from finops_lint.readers.terraform.configuration import literal_text
from finops_lint.readers.terraform.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    Index,
    Literal,
    Name,
    ObjectExpression,
    Splat,
    SplatItem,
    Template,
    TemplateFor,
    TemplateIf,
    TupleExpression,
    Unary,
)


@record(frozen=True, slots=True)
class Every:
    """The step of a splat: all elements."""


class KeyText(str):
    """A key in brackets that is written out: `["a"]`; everywhere else it is a step like an attribute."""

    __slots__ = ()


Step: TypeAlias = "str | int | Expression | Every"
"""An attribute or literal key, an index to be evaluated, or a splat."""


@record(frozen=True, slots=True)
class Traversal:
    """A name and the steps taken from it."""

    root: str
    steps: tuple[Step, ...]


def traversals(expression: Expression) -> list[Traversal]:
    """Everything `expression` reads, in the order written; names bound inside it (`for`) are left out."""
    found: list[Traversal] = []
    pending: list[tuple[Expression, frozenset[str]]] = [(expression, frozenset())]
    while pending:
        here, bound = pending.pop()
        if isinstance(here, Literal):
            continue
        if isinstance(here, Name):
            if here.name not in bound:
                found.append(Traversal(*in_short(here.name, here.steps)))
        elif isinstance(here, (GetAttr, Index, Splat)):
            chain = _chain(here)
            if chain is not None and chain.root not in bound:
                found.append(Traversal(*in_short(chain.root, chain.steps)))
            if chain is None or not all(isinstance(step, str) for step in chain.steps):
                pending.extend((part, bound) for part in reversed(_indexes(here)))
        else:
            pending.extend(reversed(list(_parts(here, bound))))
    return found


def as_traversal(expression: Expression) -> Traversal | None:
    """The traversal the whole expression is; None where it is something else."""
    chain = _chain(expression) if isinstance(expression, (Name, GetAttr, Index, Splat)) else None
    return chain and Traversal(*in_short(chain.root, chain.steps))


def in_short(root: str, steps: tuple[Step, ...]) -> tuple[str, tuple[Step, ...]]:
    """The root and steps of `resource.aws_instance.web` as those of `aws_instance.web`."""
    if root == "resource" and steps and isinstance(steps[0], str):
        return steps[0], steps[1:]
    return root, steps


def _chain(expression: Expression) -> Traversal | None:
    """The traversal `expression` is; None where it starts from something other than a name."""
    steps: list[Step] = []
    here = expression
    while True:
        if isinstance(here, Name):
            return Traversal(here.name, (*here.steps, *reversed(steps)))
        if isinstance(here, GetAttr):
            steps.append(here.name)
            here = here.target
        elif isinstance(here, Index):
            steps.append(_key(here.key))
            here = here.target
        elif isinstance(here, Splat):
            steps.extend(_splat_steps(here.each))
            steps.append(Every())
            here = here.source
        else:
            return None


def _splat_steps(each: Expression) -> list[Step]:
    """The steps after a splat, last first; none where it holds more than a plain traversal."""
    steps: list[Step] = []
    while not isinstance(each, SplatItem):
        if isinstance(each, GetAttr):
            steps.append(each.name)
            each = each.target
        elif isinstance(each, Index):
            steps.append(_key(each.key))
            each = each.target
        elif isinstance(each, Splat):
            steps.append(Every())
            each = each.source
        else:
            return []
    return steps


def _key(key: Expression) -> Step:
    if isinstance(key, Literal) and isinstance(key.value, int) and not isinstance(key.value, bool):
        return key.value
    text = literal_text(key)
    return key if text is None else KeyText(text)


def _indexes(expression: Expression) -> list[Expression]:
    """The index expressions on the way to the root of a traversal, and the root where it is no name."""
    found: list[Expression] = []
    pending = [expression]
    while pending:
        here = pending.pop()
        if isinstance(here, GetAttr):
            pending.append(here.target)
        elif isinstance(here, Index):
            if not isinstance(here.key, Literal):
                found.append(here.key)
            pending.append(here.target)
        elif isinstance(here, Splat):
            pending.extend((here.each, here.source))
        elif not isinstance(here, (Name, SplatItem)):
            found.append(here)
    return found


def _parts(here: Expression, bound: frozenset[str]) -> Iterator[tuple[Expression, frozenset[str]]]:
    """The parts of an expression that is no traversal, each with the names bound where it stands."""
    match here:
        case For():
            inner = bound | {here.key_name, here.value_name}
            yield here.collection, bound
            for part in (here.key, here.value, here.condition):
                if part is not None:
                    yield part, inner
        case TemplateFor():
            yield here.collection, bound
            yield here.body, bound | {here.key, here.value}
        case ObjectExpression():
            for key, value in here.items:
                if not isinstance(key, Literal):
                    yield key, bound
                yield value, bound
        case _:
            for part in _plain_parts(here):
                yield part, bound


def _plain_parts(here: Expression) -> Sequence[Expression]:
    match here:
        case Template():
            return [p for p in here.parts if not isinstance(p, str)]
        case TemplateIf():
            return [p for p in (here.condition, here.yes, here.no) if p is not None]
        case Call():
            return here.args
        case Unary():
            return (here.operand,)
        case Binary():
            return (here.left, here.right)
        case Conditional():
            return (here.condition, here.yes, here.no)
        case TupleExpression():
            return here.items
        case _:
            return ()
