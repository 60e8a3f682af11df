"""Where each attribute of a resource is written, looked up in the syntax when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from finops_lint.model.span import Span
from finops_lint.model.values import Path
from finops_lint.readers.terraform.blocks import Blocks, Content
from finops_lint.readers.terraform.configuration import literal_text
from finops_lint.readers.terraform.resource_instances import Instance
from finops_lint.readers.terraform.syntax import (
    Attribute,
    Call,
    Expression,
    ObjectExpression,
    Template,
    TupleExpression,
)

_WRAPPERS = frozenset({"merge", "tomap", "tolist", "toset", "concat", "sensitive", "nonsensitive"})


class Positions(Mapping[Path, Span]):
    """Path → span for one resource; becomes a plain dict when it is sent to another process."""

    __slots__ = ("_instance",)

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def __getitem__(self, path: Path) -> Span:
        span: Span | None = self.get(path)
        if span is None:
            raise KeyError(path)
        return span

    def get(self, path: Path, default: Any = None) -> Any:
        """The span of the attribute at `path`: only the block it is in is worked out, and no error is raised."""
        layout, name = self._instance.layout, str(path[0]) if path else ""
        if name in layout.attributes:
            span = _find(layout.attributes, {}, path)
        elif name in layout.blocks:
            span = _find(layout.attributes, {name: self._instance.content(name)}, path)
        else:
            return default
        return default if span is None else span

    def __iter__(self) -> Iterator[Path]:
        return _paths(self._instance.layout.attributes, self._instance.contents(), ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _find(attributes: Mapping[str, Attribute], contents: Mapping[str, Content], path: Path) -> Span | None:
    name, rest = str(path[0]), path[1:]
    attribute = attributes.get(name)
    if attribute is not None:
        if not rest:
            return attribute.span
        offsets = _find_in(attribute.expression, rest)
        return attribute.source.span(*offsets) if offsets else None
    blocks = contents.get(name)
    if not isinstance(blocks, Blocks) or not blocks.items:
        return None
    if not rest:
        return blocks.items[0].block.span
    index = rest[0]
    if not isinstance(index, int) or not 0 <= index < len(blocks.items):
        return None
    item = blocks.items[index]
    return _find(item.layout.attributes, item.values, rest[1:]) if rest[1:] else item.block.span


def _find_in(expression: Expression, path: Path) -> tuple[int, int] | None:
    """The offsets of the part of an expression that makes the value at `path`."""
    if not path:
        return expression.start, expression.end
    if isinstance(expression, Template) and len(expression.parts) == 1 and not isinstance(expression.parts[0], str):
        return _find_in(expression.parts[0], path)
    if isinstance(expression, ObjectExpression):
        for key, value in expression.items:
            if literal_text(key) == path[0]:
                return (key.start, value.end) if len(path) == 1 else _find_in(value, path[1:])
    elif isinstance(expression, TupleExpression):
        if isinstance(path[0], int) and path[0] < len(expression.items):
            return _find_in(expression.items[path[0]], path[1:])
    elif _is_transparent(expression):
        return next(filter(None, (_find_in(arg, path) for arg in reversed(expression.args))), None)
    return None


def _is_transparent(expression: Expression) -> TypeGuard[Call]:
    """Whether the parts of a call's result are parts of its arguments, the last one winning."""
    if not isinstance(expression, Call) or expression.name not in _WRAPPERS:
        return False
    return len(expression.args) == 1 or expression.name == "merge"


def _paths(attributes: Mapping[str, Attribute], contents: Mapping[str, Content], path: Path) -> Iterator[Path]:
    for name, attribute in attributes.items():
        yield (*path, name)
        yield from _paths_in(attribute.expression, (*path, name))
    for name, blocks in contents.items():
        if isinstance(blocks, Blocks) and blocks.items:
            yield (*path, name)
            for index, item in enumerate(blocks.items):
                yield (*path, name, index)
                yield from _paths(item.layout.attributes, item.values, (*path, name, index))


def _paths_in(expression: Expression, path: Path) -> Iterator[Path]:
    if isinstance(expression, ObjectExpression):
        for key, value in expression.items:
            if (name := literal_text(key)) is not None:
                yield (*path, name)
                yield from _paths_in(value, (*path, name))
    elif isinstance(expression, TupleExpression):
        for index, item in enumerate(expression.items):
            yield (*path, index)
            yield from _paths_in(item, (*path, index))
    elif isinstance(expression, Call) and expression.name == "merge":
        for arg in expression.args:
            yield from _paths_in(arg, path)
