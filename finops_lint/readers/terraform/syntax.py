"""The syntax tree of HCL and of Terraform's JSON: frozen nodes with byte offsets, no meaning.

Nodes carry byte offsets into their file; `SourceText.span` turns them into lines and columns when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.readers.source_text import SourceText


@record(frozen=True, slots=True)
class Literal:
    """A number, boolean, null or plain string."""

    value: str | int | Decimal | bool | None
    """Numbers are `int`, or `Decimal` where the text has a fraction or exponent."""
    start: int
    end: int


@record(frozen=True, slots=True)
class Template:
    """A quoted or heredoc template; `parts` are texts, expressions and directives in order.

    One part that is an expression and nothing else (`"${x}"`) stays a Template: it does not convert to string.
    """

    parts: tuple[str | Expression, ...]
    start: int
    end: int


@record(frozen=True, slots=True)
class TemplateIf:
    """`%{ if c }…%{ else }…%{ endif }`."""

    condition: Expression
    yes: Template
    no: Template | None
    start: int
    end: int


@record(frozen=True, slots=True)
class TemplateFor:
    """`%{ for k, v in c }…%{ endfor }`."""

    key: str
    """Empty where only the value is named."""
    value: str
    collection: Expression
    body: Template
    start: int
    end: int


@record(frozen=True, slots=True)
class Name:
    """The root of a traversal with the attributes right after it: `each`, `var.region`, `aws_instance.web.id`."""

    name: str
    steps: tuple[str, ...]
    """The attributes, as far as no index or splat comes between."""
    start: int
    end: int


@record(frozen=True, slots=True)
class GetAttr:
    """`target.name`, where the target is more than a name with attributes."""

    target: Expression
    name: str
    start: int
    end: int


@record(frozen=True, slots=True)
class Index:
    """`target[key]`, and the legacy `target.0`."""

    target: Expression
    key: Expression
    start: int
    end: int


@record(frozen=True, slots=True)
class SplatItem:
    """The element a splat's `each` is evaluated for."""

    start: int
    end: int


@record(frozen=True, slots=True)
class Splat:
    """`source[*].a[0]` or `source.*.a`: `each` is the rest of the traversal, rooted in a `SplatItem`."""

    source: Expression
    each: Expression
    full: bool
    """True for `[*]`; False for `.*`, whose `each` holds `.name` and `.0` only (`[0]` after it indexes the whole)."""
    start: int
    end: int


@record(frozen=True, slots=True)
class Call:
    """`name(args...)`; `expand` where the last argument carries `...`. Names may hold `::`."""

    name: str
    args: tuple[Expression, ...]
    expand: bool
    start: int
    end: int


@record(frozen=True, slots=True)
class Unary:
    """`!x` or `-x`."""

    operator: str
    operand: Expression
    start: int
    end: int


@record(frozen=True, slots=True)
class Binary:
    """`a + b` and the other operators: + - * / % == != < <= > >= && ||."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int


@record(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: Expression
    yes: Expression
    no: Expression
    start: int
    end: int


@record(frozen=True, slots=True)
class TupleExpression:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    start: int
    end: int


@record(frozen=True, slots=True)
class ObjectExpression:
    """`{k = v}`; a bare word as key is a Literal string, `(x) = v` keeps the expression."""

    items: tuple[tuple[Expression, Expression], ...]
    start: int
    end: int


@record(frozen=True, slots=True)
class For:
    """`[for k, v in c : value if condition]`, or with `key =>` an object."""

    key_name: str
    """Empty where only the value is named."""
    value_name: str
    collection: Expression
    key: Expression | None
    """The result key of an object; None for a tuple."""
    value: Expression
    condition: Expression | None
    group: bool
    """`...` after the value."""
    start: int
    end: int


Expression: TypeAlias = (
    Literal
    | Template
    | TemplateIf
    | TemplateFor
    | Name
    | GetAttr
    | Index
    | SplatItem
    | Splat
    | Call
    | Unary
    | Binary
    | Conditional
    | TupleExpression
    | ObjectExpression
    | For
)


@record(frozen=True, slots=True)
class Attribute:
    """`name = expression`."""

    name: str
    expression: Expression
    source: SourceText
    start: int
    """Of the name."""
    end: int

    @property
    def span(self) -> Span:
        """From the name to the end of the expression."""
        return self.source.span(self.start, self.end)


@record(frozen=True, slots=True)
class Body:
    """What stands between braces, or in a file."""

    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]
    source: SourceText
    start: int
    end: int


@record(frozen=True, slots=True)
class Block:
    """`type "label" { … }`."""

    type: str
    labels: tuple[str, ...]
    body: Body
    source: SourceText
    start: int
    """Of the type."""
    head_end: int
    """After the opening brace."""
    end: int

    @property
    def span(self) -> Span:
        """The block's head, from its type to its opening brace."""
        return self.source.span(self.start, self.head_end)


@record(frozen=True, slots=True)
class ParsedFile:
    """What could be read of a file, and what was wrong with it."""

    body: Body
    problems: tuple[Problem, ...] = ()
    incomplete: bool = False
    """Whether something was left out because of a syntax error."""
