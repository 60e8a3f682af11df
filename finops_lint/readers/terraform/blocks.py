"""Evaluates bodies: arguments to values, nested and `dynamic` blocks to lists of bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

from finops_lint.model.records import record
from finops_lint.model.values import Partial, Path, Unknown
from finops_lint.readers.terraform.configuration import literal_text
from finops_lint.readers.terraform.expressions import literal
from finops_lint.readers.terraform.instances import Source
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Expression, GetAttr, Literal, Name
from finops_lint.readers.terraform.values import (
    EvaluationError,
    TerraformSet,
    Unk,
    Value,
    element_items,
    to_model,
    unknown_map,
    unmark,
)


class Evaluator(Protocol):
    """What evaluates for a body; faults become problems and unknowns there."""

    def attribute(self, attribute: Attribute, scope: Any) -> Value:
        """The value of an argument."""

    def fault(self, part: Attribute, error: EvaluationError, scope: Any) -> Unk:
        """Report `error` and answer what stands for the value."""

    def layout(self, body: Body) -> Layout:
        """The body by name."""

    def has_room_for_block(self) -> bool:
        """Whether one more block may be made."""


@record(slots=True)
class Layout:
    """A body sorted by name; made once for each body."""

    attributes: Mapping[str, Attribute]
    blocks: dict[str, list[Block]]
    """Kind → its blocks in order; a `dynamic` block stands under the kind it makes."""
    literals: dict[str, Value]
    """Every argument in order, with its value where that is written out and null where it has to be evaluated."""
    computed: dict[str, Attribute]
    """The arguments that have to be evaluated."""


@record(slots=True)
class Nested:
    """One nested block, evaluated."""

    block: Block
    """The block as written; for a generated one the `dynamic` block."""
    layout: Layout
    scope: Any
    values: dict[str, Value | Blocks]


@record(slots=True)
class Blocks:
    """The blocks of one kind."""

    items: list[Nested] = field(default_factory=list)
    rest: Unk | None = None
    """Why there may be more of them."""


Content: TypeAlias = "Value | Blocks"


def lay_out(body: Body, without: frozenset[str] = frozenset()) -> Layout:
    """The body's arguments and blocks by name, leaving out those in `without`; an argument hides blocks of its name."""
    attributes = body.attributes
    if not without.isdisjoint(attributes):
        attributes = {n: a for n, a in attributes.items() if n not in without}
    literals: dict[str, Value] = {}
    computed: dict[str, Attribute] = {}
    for name, attribute in attributes.items():
        written = attribute.expression
        if type(written) is Literal and type(written.value) is not Decimal:
            literals[name] = literal(written)
        else:
            literals[name] = None
            computed[name] = attribute
    blocks: dict[str, list[Block]] = {}
    for block in body.blocks:
        kind = block.labels[0] if block.type == "dynamic" and block.labels else block.type
        if kind not in without and kind not in attributes:
            blocks.setdefault(kind, []).append(block)
    return Layout(attributes, blocks, literals, computed)


def evaluate_blocks(blocks: Sequence[Block], scope: Any, evaluator: Evaluator) -> Blocks:
    """The blocks of one kind in their order, `dynamic` ones in place."""
    result = Blocks()
    for block in blocks:
        if block.type == "dynamic" and block.labels:
            _generate(result, block, scope, evaluator)
        else:
            result.items.append(_evaluate_block(block, block.body, scope, evaluator))
    return result


def _evaluate_block(block: Block, body: Body, scope: Any, evaluator: Evaluator) -> Nested:
    layout = evaluator.layout(body)
    if not layout.computed and not layout.blocks:
        return Nested(block, layout, scope, layout.literals)
    values: dict[str, Content] = layout.literals.copy()
    for name, attribute in layout.computed.items():
        values[name] = evaluator.attribute(attribute, scope)
    for kind, inner in layout.blocks.items():
        values[kind] = evaluate_blocks(inner, scope, evaluator)
    return Nested(block, layout, scope, values)


def _generate(result: Blocks, block: Block, scope: Any, evaluator: Evaluator) -> None:
    """The blocks a `dynamic` block makes; for what is not known of its `for_each`, `rest` says why."""
    content = next((b.body for b in block.body.blocks if b.type == "content"), None)
    for_each = block.body.attributes.get("for_each")
    if content is None or for_each is None:
        return
    iterator = iterator_name(block)
    value, _ = unmark(evaluator.attribute(for_each, scope))
    if isinstance(value, Unk):
        _leave_open(result, value)
        value = value.known or {}
    elif not isinstance(value, (dict, list, tuple, TerraformSet)):
        error = EvaluationError("for_each of a dynamic block takes a collection")
        _leave_open(result, evaluator.fault(for_each, error, scope))
        return
    for key, item in element_items(value):
        if isinstance(key, Unk):
            _leave_open(result, key)
            continue
        if not evaluator.has_room_for_block():
            _leave_open(result, Unk(reason="the project has too many generated blocks"))
            return
        source = Source(for_each.expression, scope, key)
        inner = scope.child({iterator: {"key": key, "value": item}}, {iterator: source})
        result.items.append(_evaluate_block(block, content, inner, evaluator))


def _leave_open(result: Blocks, because: Unk) -> None:
    """There may be more blocks; the first reason is kept."""
    if result.rest is None:
        result.rest = because


def iterator_name(block: Block) -> str:
    """The name a `dynamic` block's content uses for the element: its `iterator`, else the kind it makes."""
    attribute = block.body.attributes.get("iterator")
    expression: Expression | None = attribute.expression if attribute else None
    if isinstance(expression, Name):
        return expression.steps[-1] if expression.steps else expression.name
    if isinstance(expression, GetAttr):
        return expression.name
    return literal_text(expression) or block.labels[0]


# To values others read


def as_value(content: Content, because: Unk) -> Value:
    """What another expression sees: a list of objects, each known in part since the provider may add to it.

    No blocks at all are as good as none written: null, for the provider may make some.
    """
    if not isinstance(content, Blocks):
        return content
    if content.rest is None and not content.items:
        return None
    if content.rest is not None:
        return Unk(reason=content.rest.reason, waits_for=content.rest.waits_for, span=content.rest.span)
    return tuple(open_object(item.values, because) for item in content.items)


def open_object(values: Mapping[str, Content], because: Unk) -> Unk:
    """The object a block is to others: its arguments are as written, all else is for the provider to say."""
    known = {name: as_value(value, because) for name, value in values.items()}
    return unknown_map({name: value for name, value in known.items() if unmark(value)[0] is not None}, because)


# To the model


def to_canonical(values: Mapping[str, Content], sensitive: list[Path]) -> dict[str, Any]:
    """Attributes in the canonical shape; `sensitive` collects the paths of marked values."""
    return _canonical(values, sensitive, ())


def _canonical(values: Mapping[str, Content], sensitive: list[Path], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, content in values.items():
        if type(content) in _AS_THEY_ARE:
            found[name] = content
            continue
        here = (*path, name)
        shaped = (
            _canonical_blocks(content, sensitive, here)
            if isinstance(content, Blocks)
            else to_model(content, sensitive, here)
        )
        if shaped is not None:
            found[name] = shaped
    return found


_AS_THEY_ARE = frozenset([str, int, bool])
"""Kinds of values that are those of the model."""


def _canonical_blocks(blocks: Blocks, sensitive: list[Path], path: Path) -> Any:
    items = [_canonical(item.values, sensitive, (*path, i)) for i, item in enumerate(blocks.items)]
    if blocks.rest is None:
        return items or None
    rest = Unknown(blocks.rest.reason, blocks.rest.waits_for, blocks.rest.span)
    return Partial(tuple(items), rest) if items else rest
