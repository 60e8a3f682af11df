"""Evaluates HCL expressions to values, as Terraform 1.11 does and without running anything.

What an expression refers to comes from a `Scope`; what functions do from the scope's `Functions`. An unknown operand
makes the result unknown only where Terraform's would be; where every possible value gives the same answer, that is the
answer (`unknown && false`, equal branches of an unknown condition, the known keys of a map).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from finops_lint.model.records import record, replace
from finops_lint.readers.terraform.conversion import collapse, convert, to_bool, to_number, to_string, unify
from finops_lint.readers.terraform.operators import binary, unary
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
from finops_lint.readers.terraform.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListOf,
    MapOf,
    ObjectOf,
    Primitive,
    SetOf,
    TupleOf,
    Type,
    has_any,
    type_text,
)
from finops_lint.readers.terraform.values import (
    MAX_TEXT,
    NO_MARKS,
    EvaluationError,
    LimitError,
    Marked,
    OutsideError,
    TerraformList,
    TerraformMap,
    TerraformSet,
    Unk,
    Value,
    check_size,
    contains_unknown,
    element_items,
    is_number,
    mark,
    number,
    sketch_of,
    text,
    type_of,
    unknown_from,
    unknown_map,
    unknowns_in,
    unmark,
)

MAX_ITERATIONS = 200_000
"""Rounds of all the loops in one expression."""
MAX_EFFORT = 1_000_000
"""Rounds of all the loops in one project, a hundred times what large ones take."""


@record(slots=True)
class Budget:
    """What the expressions of one project may still cost together."""

    left: int = MAX_EFFORT
    """Rounds of loops."""
    gave_up: str = ""
    """Why an expression was not evaluated; whoever reads it empties it."""


class Functions(Protocol):
    """The functions an expression may call."""

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """The result of the function called `name`, which is not `try` or `can`.

        Raises:
            EvaluationError: there is no such function, or it refuses its arguments.
        """


class Scope(Protocol):
    """What the names of an expression stand for."""

    @property
    def functions(self) -> Functions:
        """The functions that may be called."""

    def resolve(self, root: str, names: tuple[Value, ...]) -> tuple[Value, int]:
        """The value of the longest known reference that `root` and the `names` after it begin with.

        `names` are attributes (`str`) and keys of elements (of any type, perhaps unknown). The number says how many of
        them it has used: `("aws_instance", ("web", "id"))` answers the object of `aws_instance.web` and 1.

        Raises:
            EvaluationError: nothing is called that.
        """

    def child(self, variables: Mapping[str, Value]) -> Scope:
        """A scope in which `variables` stand before everything of that name."""


@record(frozen=True, slots=True)
class Variables:
    """A scope of nothing but variables: a rendered template's, a test's."""

    variables: Mapping[str, Value]
    functions: Functions

    def resolve(self, root: str, names: tuple[Value, ...]) -> tuple[Value, int]:
        """The variable called `root`."""
        if root not in self.variables:
            raise EvaluationError(f'there is no variable named "{root}"')
        return self.variables[root], 0

    def child(self, variables: Mapping[str, Value]) -> Variables:
        """These variables and, before them, `variables`."""
        return Variables({**self.variables, **variables}, self.functions)


class _Run:
    """One evaluation: the scope, the element a splat is at, and the rounds of loops left."""

    __slots__ = ("item", "left", "scope")

    def __init__(self, scope: Scope, item: Value, left: list[int]) -> None:
        self.scope = scope
        self.item = item
        self.left = left

    def spend(self) -> None:
        """Count one round of a loop."""
        self.left[0] -= 1
        if self.left[0] < 0:
            raise LimitError("the loops run too long to evaluate")

    def made(self, value: Value) -> Value:
        """The value, once counted: a long text or list as many rounds, since loops could make one each."""
        bare = value.value if isinstance(value, Marked) else value
        if isinstance(bare, (str, list, tuple, dict)) and len(bare) > _LONG:
            self.left[0] -= len(bare) >> 6
            if self.left[0] < 0:
                raise LimitError("the values are too large to evaluate")
        return value


_LONG = 1024


def evaluate(expression: Expression, scope: Scope, budget: Budget | None = None) -> Value:
    """The value of the expression; what is too large or too deep to evaluate is unknown, and `budget` says why.

    Raises:
        EvaluationError: Terraform would refuse it; with the offsets of the part that is wrong.
    """
    if type(expression) is Literal:
        return literal(expression)
    rounds = MAX_ITERATIONS if budget is None or budget.left > MAX_ITERATIONS else max(budget.left, 0)
    left = [rounds]
    try:
        if isinstance(expression, Name):
            value = _named(expression, scope)
            return value if expression.name == "local" else check_size(value)  # it was looked at when it was made
        return check_size(_evaluate(expression, _Run(scope, None, left)))
    except LimitError as error:
        if budget is not None and not isinstance(error, OutsideError):
            budget.gave_up = error.message
        return Unk(reason=error.message)
    except RecursionError:
        return Unk(reason="the expression is nested too deeply to evaluate")
    finally:
        if budget is not None:
            budget.left -= rounds - left[0]


def _evaluate(node: Expression, run: _Run) -> Value:
    try:
        return _EVALUATORS[type(node)](node, run)
    except EvaluationError as error:
        if error.start < 0:
            error.start, error.end = node.start, node.end
        raise


# Constants, names and steps


def _literal(node: Literal, _: _Run) -> Value:
    return literal(node)


def literal(node: Literal) -> Value:
    """What is written out.

    Raises:
        EvaluationError: it is a number too large for Terraform.
    """
    value = node.value
    if isinstance(value, str):
        return value if value.isascii() else text(value)
    return value if value is None or isinstance(value, bool) else number(value)


def _name(node: Name, run: _Run) -> Value:
    return _named(node, run.scope)


def _named(node: Name, scope: Scope) -> Value:
    """The value of a name and the attributes after it."""
    try:
        value, used = scope.resolve(node.name, node.steps)
        for name in node.steps[used:]:
            value = value[name] if type(value) is dict and name in value else get_attribute(value, name)
    except EvaluationError as error:
        # Offsets an error brings along belong to another file.
        raise type(error)(error.message, node.start, node.end) from None
    return value


def _traversal(node: GetAttr | Index, run: _Run) -> Value:
    """A traversal with keys in brackets, or of something that is no name."""
    steps: list[GetAttr | Index] = []
    here: Expression = node
    while isinstance(here, (GetAttr, Index)):
        steps.append(here)
        here = here.target
    steps.reverse()
    names = [step.name if isinstance(step, GetAttr) else _evaluate(step.key, run) for step in steps]
    used = 0
    if isinstance(here, Name):
        value, used = _resolved(here, names, node.end, run)
    else:
        value = _evaluate(here, run)
    for place in range(used, len(steps)):
        step = steps[place]
        if isinstance(step, GetAttr):
            value = get_attribute(value, step.name)
            continue
        try:
            value = get_index(value, names[place])
        except EvaluationError as error:
            error.start, error.end = step.start, step.end
            raise
    return value


def _resolved(root: Name, keys: Sequence[Value], end: int, run: _Run) -> tuple[Value, int]:
    """What a name with its attributes and the keys after them stands for, and how many of the keys it took."""
    try:
        value, used = run.scope.resolve(root.name, (*root.steps, *keys))
    except EvaluationError as error:
        # Offsets an error brings along belong to another file.
        raise type(error)(error.message, root.start, end) from None
    for name in root.steps[used:]:
        value = get_attribute(value, name)
    return value, max(used - len(root.steps), 0)


def _splat_item(_: SplatItem, run: _Run) -> Value:
    return run.item


def get_attribute(value: Value, name: str) -> Value:
    """`value.name`.

    Raises:
        EvaluationError: the value is null, has no attributes or not this one.
    """
    if isinstance(value, dict):
        if name in value:
            return value[name]
        if isinstance(value, TerraformMap):
            raise EvaluationError(f'the map has no element "{name}"')
        raise EvaluationError(f'the object has no attribute "{name}"')
    if isinstance(value, Marked):
        return mark(get_attribute(value.value, name), value.marks)
    if value is None:
        raise EvaluationError(f'the value is null, so it has no attribute "{name}"')
    if isinstance(value, Unk):
        return _attribute_of_unknown(value, name)
    if isinstance(value, (list, tuple, TerraformSet)):
        raise EvaluationError(f'{type_text(type_of(value))} has no attribute "{name}"; an element of it may have')
    raise EvaluationError(f'{type_text(type_of(value))} has no attribute "{name}"')


def _attribute_of_unknown(value: Unk, name: str) -> Value:
    if value.known is not None and name in value.known:
        return value.known[name]
    of = value.type
    if of == ANY:
        return unknown_from([_bare(value)])
    if isinstance(of, MapOf):
        return unknown_from([_bare(value)], of.element)
    if isinstance(of, ObjectOf):
        if name not in of.attributes:
            raise EvaluationError(f'the object has no attribute "{name}"')
        return unknown_from([_bare(value)], of.attributes[name])
    raise EvaluationError(f'{type_text(of)} has no attribute "{name}"')


def _bare(value: Unk) -> Unk:
    """The unknown without its known entries, whose own reasons do not matter for the rest."""
    return value if value.known is None else replace(value, known=None)


def get_index(collection: Value, key: Value) -> Value:
    """`collection[key]`.

    Raises:
        EvaluationError: there is no such element, or the collection has none by key.
    """
    if isinstance(collection, Marked) or isinstance(key, Marked):
        collection, marks = unmark(collection)
        key, key_marks = unmark(key)
        return mark(get_index(collection, key), marks | key_marks)
    if collection is None:
        raise EvaluationError("the value is null, so it has no elements")
    if key is None:
        raise EvaluationError("null is no key of an element")
    if isinstance(collection, (TerraformMap, dict)):
        return _element_by_name(collection, key)
    if isinstance(collection, (list, tuple)):
        return _element_by_position(collection, key)
    if isinstance(collection, Unk):
        return _element_of_unknown(collection, key)
    if isinstance(collection, TerraformSet):
        raise EvaluationError("the elements of a set have no index")
    raise EvaluationError(f"{type_text(type_of(collection))} has no elements")


def _element_by_name(collection: Mapping[str, Value], key: Value) -> Value:
    name = _key(key, to_string)
    if isinstance(name, Unk):
        of = collection.element if isinstance(collection, TerraformMap) else ANY
        return unknown_from([name], of)
    if name in collection:
        return collection[name]
    kind = "map" if isinstance(collection, TerraformMap) else "object"
    hint = "" if isinstance(key, str) else "; it is looked up by name, not by number"
    raise EvaluationError(f"the {kind} has no element of this key{hint}")


def _element_by_position(collection: Sequence[Value], key: Value) -> Value:
    position = _key(key, to_number)
    if isinstance(position, Unk):
        return unknown_from([position], collection.element if isinstance(collection, TerraformList) else ANY)
    _check_position(position)
    if position >= len(collection):
        raise EvaluationError(
            "the collection has no elements"
            if not collection
            else f"the index is not less than the number of elements, {len(collection)}"
        )
    return collection[position]


def _check_position(position: Value) -> None:
    if not isinstance(position, int):
        raise EvaluationError("an index must be a whole number")
    if position < 0:
        raise EvaluationError("an index must not be negative")


def _key(key: Value, convert_to: Callable[[Value], Value]) -> Value:
    try:
        return convert_to(key)
    except EvaluationError as error:
        raise EvaluationError(f"the key is not suitable: {error.message}") from None


def _element_of_unknown(collection: Unk, key: Value) -> Value:
    of = collection.type
    if isinstance(key, str) and collection.known is not None and key in collection.known:
        return collection.known[key]
    sources = [_bare(collection), key]
    if of == ANY or (isinstance(key, Unk) and key.type == ANY):
        return unknown_from(sources)
    if isinstance(of, (ListOf, MapOf)):
        _key(key, to_number if isinstance(of, ListOf) else to_string)
        return unknown_from(sources, of.element)
    if isinstance(of, TupleOf):
        position = _key(key, to_number)
        if isinstance(position, Unk):
            return unknown_from(sources)
        _check_position(position)
        if position >= len(of.items):
            raise EvaluationError(f"the index is not less than the number of elements, {len(of.items)}")
        return unknown_from(sources, of.items[position])
    if isinstance(of, ObjectOf):
        name = _key(key, to_string)
        named = isinstance(name, str) and name in of.attributes
        return _attribute_of_unknown(collection, name) if named else unknown_from(sources)
    if isinstance(of, SetOf):
        raise EvaluationError("the elements of a set have no index")
    raise EvaluationError(f"{type_text(of)} has no elements")


# Operators, calls and conditions


def _unary(node: Unary, run: _Run) -> Value:
    return unary(node.operator, _evaluate(node.operand, run))


def _binary(node: Binary, run: _Run) -> Value:
    """A row of operators nests to the left: it is walked, not recursed into."""
    row = [node]
    while isinstance(left := row[-1].left, Binary):
        row.append(left)
    value = _evaluate(row[-1].left, run)
    for part in reversed(row):
        try:
            right = _evaluate(part.right, run)
        except EvaluationError as error:
            if isinstance(error, LimitError) or not _is_settled(part.operator, value, run.scope):
                raise
            continue
        try:
            value = binary(part.operator, value, right)
        except EvaluationError as error:
            error.start, error.end = part.start, part.end
            raise
    return value


def _is_settled(operator: str, left: Value, scope: Scope) -> bool:
    """Whether the right operand does not matter, wrong as it is: from Terraform 1.12 on, if the scope is for that."""
    settles = {"&&": False, "||": True}
    return getattr(scope, "short_circuits", False) and unmark(left)[0] is settles.get(operator, ())


def _call(node: Call, run: _Run) -> Value:
    name = node.name.removeprefix("core::")
    if name in ("try", "can") and not node.expand:
        return _try(node, run) if name == "try" else _can(node, run)
    if name == "templatestring" and node.args and not _is_reference(node.args[0]):
        raise EvaluationError("the template of templatestring() must be a reference to a string")
    spread: Value = _spread(node.args[-1], run) if node.expand else []
    if not isinstance(spread, list):
        return spread
    before = node.args[:-1] if node.expand else node.args
    if name == "try" and before:
        # The arguments before the list may fail; its elements are values and cannot any more.
        try:
            return _try(replace(node, args=before), run)
        except LimitError:
            raise
        except EvaluationError:
            before = ()
    args = [_evaluate(arg, run) for arg in before] + spread
    try:
        return run.made(run.scope.functions.call(node.name, args))
    except EvaluationError as error:
        # Offsets an error brings along belong to a template in another file.
        raise type(error)(error.message, node.start, node.end) from None


def _spread(node: Expression, run: _Run) -> Value:
    """The elements of the argument before `...`, or the unknown that a call with an unknown list is."""
    bare, marks = unmark(_evaluate(node, run))
    if isinstance(bare, Unk) and (bare.type == ANY or isinstance(bare.type, (ListOf, SetOf, TupleOf))):
        return mark(unknown_from([bare]), marks)
    if not isinstance(bare, (list, tuple, TerraformSet)):
        raise EvaluationError("the argument before ... must be a list, set or tuple")
    return [mark(item, marks) for item in bare]


def _is_reference(node: Expression) -> bool:
    """Whether the node refers to something defined elsewhere and does not compute."""
    while isinstance(node, (GetAttr, Index, Splat)):
        node = node.source if isinstance(node, Splat) else node.target
    return isinstance(node, Name)


def _try(node: Call, run: _Run) -> Value:
    """The first argument that is not an error; one that is not wholly known may become one yet."""
    for arg in node.args:
        try:
            value = _evaluate(arg, run)
        except LimitError:
            raise
        except EvaluationError:
            continue
        return unknown_from([value]) if contains_unknown(value) else value
    raise EvaluationError("none of the arguments of try() can be evaluated" if node.args else "try() takes an argument")


def _can(node: Call, run: _Run) -> Value:
    if len(node.args) != 1:
        raise EvaluationError("can() takes one argument")
    try:
        value = _evaluate(node.args[0], run)
    except LimitError:
        raise
    except EvaluationError:
        return False
    return unknown_from([value], BOOL) if contains_unknown(value) else True


def _conditional(node: Conditional | TemplateIf, run: _Run) -> Value:
    """Both results are evaluated, for their common type; an error counts only in the one that is chosen."""
    if isinstance(node, TemplateIf):
        yes, no = _attempt(node.yes, run, _text_of), _attempt(node.no, run, _text_of) if node.no else ""
    else:
        yes, no = _attempt(node.yes, run, _evaluate), _attempt(node.no, run, _evaluate)
    result = _common_type(yes, no)
    condition, marks = unmark(_evaluate(node.condition, run))
    marks |= unmark(yes)[1] | unmark(no)[1]
    if condition is None:
        raise EvaluationError("the condition is null", node.condition.start, node.condition.end)
    if isinstance(condition, Unk):
        return mark(_of_either(yes, no, result, condition), marks)
    try:
        holds = to_bool(condition)
    except EvaluationError as error:
        raise EvaluationError(f"the condition: {error.message}", node.condition.start, node.condition.end) from None
    chosen = yes if holds else no
    if isinstance(chosen, _Failed):
        raise chosen.error
    return mark(chosen if result == ANY else convert(chosen, result), marks)


@record(frozen=True, slots=True)
class _Failed:
    """A branch that cannot be evaluated, and the type Terraform takes it for."""

    error: EvaluationError
    type: Type


def _text_of(node: Expression, run: _Run) -> Value:
    """The body of a directive, which is text even where it is one `${…}`."""
    return _template_text(node.parts, run) if isinstance(node, Template) else _evaluate(node, run)


def _attempt(node: Expression, run: _Run, evaluator: Callable[[Expression, _Run], Value]) -> Value | _Failed:
    try:
        return evaluator(node, run)
    except EvaluationError as error:
        return _Failed(error, _type_of_failed(node, run))


def _type_of_failed(node: Expression, run: _Run) -> Type:
    if isinstance(node, TupleExpression):
        items = [_attempt(item, run, _evaluate) for item in node.items]
        return TupleOf(tuple(map(_attempted_type, items)))
    if isinstance(node, ObjectExpression):
        named = [(str(key.value), item) for key, item in node.items if isinstance(key, Literal)]
        if len(named) == len(node.items):
            types = {name: _attempted_type(_attempt(item, run, _evaluate)) for name, item in named}
            return ObjectOf(dict(sorted(types.items())))
    if isinstance(node, Conditional):
        try:
            return _common_type(_attempt(node.yes, run, _evaluate), _attempt(node.no, run, _evaluate))
        except EvaluationError:
            return ANY
    if isinstance(node, (Binary, Unary)):
        return NUMBER if node.operator in ("+", "-", "*", "/", "%") else BOOL
    return STRING if isinstance(node, Template) and not _is_wrap(node) else ANY


def _attempted_type(value: Value | _Failed) -> Type:
    return value.type if isinstance(value, _Failed) else type_of(value)


_PLAIN = (str, bool, int, Decimal)


def _common_type(yes: Value | _Failed, no: Value | _Failed) -> Type:
    """The type both results are converted to; `any` where nothing is to convert."""
    if type(yes) is type(no) and type(yes) in _PLAIN:
        return type_of(yes)
    yes_type = yes.type if isinstance(yes, _Failed) else type_of(yes)
    no_type = no.type if isinstance(no, _Failed) else type_of(no)
    if ANY in (yes_type, no_type) or yes_type == no_type:
        return yes_type if yes_type != ANY and no is None else no_type if yes is None else _same(yes_type, no_type)
    shared = unify((yes_type, no_type))
    if shared is None:
        raise EvaluationError(
            f"the two results of the condition are of types that do not go together: "
            f"{type_text(yes_type)} and {type_text(no_type)}"
        )
    return shared


def _same(a: Type, b: Type) -> Type:
    return a if a == b else ANY


# Values of which only one will be


def _of_either(yes: Value | _Failed, no: Value | _Failed, result: Type, condition: Unk) -> Value:
    """What is certain of a result whose condition is unknown."""
    if isinstance(yes, _Failed) or isinstance(no, _Failed) or condition.type not in (BOOL, ANY):
        return unknown_from([condition], result)
    if any(has_any(unknown.type) for unknown in unknowns_in((yes, no))):
        # Which type they will share is a guess until the types of both are known.
        return either(yes, no, condition)
    try:
        yes, no = convert(yes, result), convert(no, result)
    except EvaluationError:
        return unknown_from([condition], result)
    return either(yes, no, condition, result)


def either(a: Value, b: Value, because: Unk, type_: Type = ANY) -> Value:
    """The value that is `a` or `b`, unknown which (of type `type_`): what they have in common stays known."""
    if isinstance(a, Marked) or isinstance(b, Marked):
        a, a_marks = unmark(a)
        b, b_marks = unmark(b)
        return mark(either(a, b, because, type_), a_marks | b_marks)
    if a is None and b is None:
        return None
    if type(a) is type(b):
        if type(a) in _PLAIN:
            return a if a == b else _between(a, b, because, type_)
        if isinstance(a, dict) and a.keys() == b.keys():
            return _either_of_each(a, b, because)
        if isinstance(a, (list, tuple)) and len(a) == len(b):
            items = [either(x, y, because, _shared_type(x, y)) for x, y in zip(a, b, strict=True)]
            return TerraformList(items, a.element) if isinstance(a, TerraformList) else tuple(items)
        if isinstance(a, TerraformSet) and a == b and not contains_unknown(a):
            return a
    entries_a, entries_b = _certain_entries(a), _certain_entries(b)
    if entries_a is not None and entries_b is not None:
        known = {
            key: either(value, entries_b[key], because, _shared_type(value, entries_b[key]))
            for key, value in entries_a.items()
            if key in entries_b
        }
        return unknown_map(known, unknown_from([because, _bare_of(a), _bare_of(b)]), type_)
    return _between(a, b, because, type_)


def _either_of_each(a: Mapping[str, Value], b: Mapping[str, Value], because: Unk) -> Value:
    entries = {key: either(value, b[key], because, _shared_type(value, b[key])) for key, value in a.items()}
    return TerraformMap(entries, a.element) if isinstance(a, TerraformMap) else entries


def _shared_type(a: Value, b: Value) -> Type:
    return _same(type_of(a), type_of(b))


def _certain_entries(value: Value) -> Mapping[str, Value] | None:
    if isinstance(value, dict):
        return value
    return value.known if isinstance(value, Unk) else None


def _bare_of(value: Value) -> Value:
    return _bare(value) if isinstance(value, Unk) else None


def _between(a: Value, b: Value, because: Unk, type_: Type) -> Value:
    """An unknown with the bounds that hold for both."""
    one, other = _bounds(a), _bounds(b)
    between = replace(
        unknown_from([because, _bare_of(a), _bare_of(b)], type_),
        not_null=one.not_null and other.not_null,
        prefix=_common_prefix(one.prefix, other.prefix),
        min_length=min(one.min_length, other.min_length),
        max_length=None
        if one.max_length is None or other.max_length is None
        else max(one.max_length, other.max_length),
        minimum=None if one.minimum is None or other.minimum is None else min(one.minimum, other.minimum),
        maximum=None if one.maximum is None or other.maximum is None else max(one.maximum, other.maximum),
    )
    return collapse(between)


def _bounds(value: Value) -> Unk:
    """What is known of a value, put as that of an unknown."""
    if isinstance(value, Unk):
        return value
    if isinstance(value, str):
        return Unk(STRING, not_null=True, prefix=value)
    if is_number(value):
        return Unk(NUMBER, not_null=True, minimum=value, maximum=value)
    if isinstance(value, (TerraformList, TerraformMap)):
        return Unk(not_null=True, min_length=len(value), max_length=len(value))
    if isinstance(value, TerraformSet):
        shortest = min(len(value), 1) if contains_unknown(value) else len(value)
        return Unk(not_null=True, min_length=shortest, max_length=len(value))
    return Unk(not_null=value is not None)


def _common_prefix(a: str, b: str) -> str:
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        length += 1
    # Where they part, a combining mark may still belong to the last common character.
    return safe_prefix(a[:length]) if length < max(len(a), len(b)) else a[:length]


# Collections


def _tuple(node: TupleExpression, run: _Run) -> Value:
    items = tuple([_evaluate(item, run) for item in node.items])
    if any(isinstance(item, (dict, list, tuple)) for item in items):
        check_size(items)
    return items


def _object(node: ObjectExpression, run: _Run) -> Value:
    """A key that is unknown may be any of those before it, whose values are then not certain."""
    entries: dict[str, Value] = {}
    marks = NO_MARKS
    unknown_key: Unk | None = None
    for key_node, value_node in node.items:
        key, key_marks = unmark(_evaluate(key_node, run))
        value = _evaluate(value_node, run)
        marks |= key_marks
        if key is None:
            raise EvaluationError("null is no key of an object", key_node.start, key_node.end)
        name = _key(key, to_string)
        if isinstance(name, Unk):
            unknown_key = name if unknown_key is None else unknown_key
            entries = {before: Unk(reason=name.reason, waits_for=name.waits_for) for before in entries}
        else:
            entries[name] = value
    if unknown_key is not None:
        return mark(unknown_map(entries, unknown_from([unknown_key])), marks)
    made = {key: entries[key] for key in sorted(entries)} if len(entries) > 1 else entries
    if any(isinstance(item, (dict, list, tuple)) for item in made.values()):
        check_size(made)
    return mark(made, marks)


def _splat(node: Splat, run: _Run) -> Value:
    source, marks = unmark(_evaluate(node.source, run))
    if source is None:
        return mark((), marks)
    if isinstance(source, Unk):
        return mark(_splat_of_unknown(node, source, run), marks)
    if not isinstance(source, (list, tuple, TerraformSet)):
        return mark((_each(node, mark(source, marks), run),), marks)
    items = [_each(node, item, run) for item in source]
    if not isinstance(source, (TerraformList, TerraformSet)):
        return mark(tuple(items), marks)
    known = [type_of(item) for item in items if unmark(item)[0] is not None]
    if known:
        of = known[0]
    else:
        of = ANY if items else type_of(_each(node, Unk(source.element), run))
    return mark(TerraformList(items, of), marks)


def _each(node: Splat, item: Value, run: _Run) -> Value:
    run.spend()
    return _evaluate(node.each, _Run(run.scope, item, run.left))


def _splat_of_unknown(node: Splat, source: Unk, run: _Run) -> Value:
    of = source.type
    if isinstance(of, (ListOf, SetOf)):
        element = type_of(_each(node, replace(_bare(source), type=of.element, not_null=False), run))
        unknown = unknown_from([source], ListOf(element), not_null=True)
        return replace(unknown, min_length=source.min_length, max_length=source.max_length)
    if isinstance(of, TupleOf):
        types = tuple([type_of(_each(node, unknown_from([source], item), run)) for item in of.items])
        return unknown_from([source], TupleOf(types), not_null=True)
    if of == ANY and source.known is None:
        return unknown_from([source])
    alone = _each(node, source, run)
    return (alone,) if source.not_null else unknown_from([source])


def _for(node: For, run: _Run) -> Value:
    collection, marks = unmark(_evaluate(node.collection, run))
    if collection is None:
        raise EvaluationError("for cannot go through null", node.collection.start, node.collection.end)
    if isinstance(collection, Unk):
        if collection.type != ANY and isinstance(collection.type, Primitive):
            raise EvaluationError(f"for cannot go through {type_text(collection.type)}")
        if collection.known is not None and node.key is not None:
            return _for_known_entries(node, collection, marks, run)
        return mark(unknown_from([collection], not_null=True), marks)
    if not isinstance(collection, (dict, list, tuple, TerraformSet)):
        what = type_text(type_of(collection))
        raise EvaluationError(f"for cannot go through {what}", node.collection.start, node.collection.end)
    return _for_items(node, element_items(collection), marks, run)


def _for_known_entries(node: For, collection: Unk, marks: frozenset[str], run: _Run) -> Value:
    """The entries of a map known in part that certainly come out; others may, and may join a group."""
    made, made_marks = unmark(_for_items(node, element_items(collection.known or {}), marks, run))
    entries = _certain_entries(made) or {}
    because = unknown_from([_bare(collection)])
    if node.group:
        entries = dict.fromkeys(entries, because)
    return mark(unknown_map(entries, because), made_marks)


def _for_items(node: For, items: Sequence[tuple[Value, Value]], marks: frozenset[str], run: _Run) -> Value:
    undecided: Unk | None = None
    values: list[Value] = []
    entries: dict[str, Value] = {}
    if node.condition is not None and not items:
        # Terraform looks at the condition once even where there is nothing to go through.
        _condition(node.condition, _inner(node.key_name, node.value_name, Unk(), Unk(), run), lenient=False)
    for key, value in items:
        inner = _inner(node.key_name, node.value_name, key, value, run)
        if node.condition is not None:
            holds, found = _condition(node.condition, inner, lenient=undecided is not None)
            marks |= found
            if isinstance(holds, Unk):
                undecided = holds if undecided is None else undecided
                continue
            if not holds:
                continue
        if node.key is None:
            values.append(_evaluate(node.value, inner))
            continue
        name, found = _entry_name(node.key, inner)
        marks |= found
        if isinstance(name, Unk):
            undecided = name if undecided is None else undecided
            continue
        _enter(node, entries, name, _evaluate(node.value, inner))
    if undecided is not None:
        return mark(_for_undecided(node, entries, undecided), marks)
    if node.key is None:
        return mark(check_size(tuple(values)), marks)
    if node.group:
        entries = {name: tuple(group) for name, group in entries.items()}
    return mark(check_size({name: entries[name] for name in sorted(entries)}), marks)


def _for_undecided(node: For, entries: Mapping[str, Value], because: Unk) -> Unk:
    """A key that is unknown cannot be one of the others (that would be an error), but may join a group."""
    unknown = unknown_from([because], not_null=True)
    if node.key is None:
        return unknown
    return unknown_map(dict.fromkeys(entries, unknown) if node.group else entries, unknown)


def _inner(key_name: str, value_name: str, key: Value, value: Value, run: _Run) -> _Run:
    run.spend()
    variables = {key_name: key, value_name: value} if key_name else {value_name: value}
    return _Run(run.scope.child(variables), run.item, run.left)


def _condition(node: Expression, run: _Run, *, lenient: bool) -> tuple[Value, frozenset[str]]:
    """Whether an element is taken; `lenient` as Terraform is about the type once an element before is undecided."""
    holds, marks = unmark(_evaluate(node, run))
    if isinstance(holds, Unk):
        return holds, marks
    if holds is None and not lenient:
        raise EvaluationError("the condition is null", node.start, node.end)
    try:
        return to_bool(holds) is True, marks
    except EvaluationError as error:
        if lenient:
            return False, marks
        raise EvaluationError(f"the condition: {error.message}", node.start, node.end) from None


def _entry_name(node: Expression, run: _Run) -> tuple[Value, frozenset[str]]:
    key, marks = unmark(_evaluate(node, run))
    if key is None:
        raise EvaluationError("null is no key of an object", node.start, node.end)
    return (key if isinstance(key, Unk) else _key(key, to_string)), marks


def _enter(node: For, entries: dict[str, Any], name: str, value: Value) -> None:
    if node.group:
        entries.setdefault(name, []).append(value)
    elif name in entries:
        raise EvaluationError("two elements have the same key; ... after the value would group them")
    else:
        entries[name] = value


# Templates


def _is_wrap(node: Template) -> bool:
    """Whether the template is one `${…}` and nothing else: its value keeps its type."""
    return len(node.parts) == 1 and not isinstance(node.parts[0], (str, TemplateIf, TemplateFor))


def _template(node: Template, run: _Run) -> Value:
    if len(node.parts) == 1:
        part = node.parts[0]
        if isinstance(part, str):
            return text(part)
        if not isinstance(part, (TemplateIf, TemplateFor)):
            return _evaluate(part, run)
    return _template_text(node.parts, run)


def _template_text(parts: Iterable[str | Expression], run: _Run) -> Value:
    """The parts as one string; up to the first unknown they are the prefix of an unknown string."""
    texts: list[str] = []
    values: list[Value] = []
    marks = NO_MARKS
    unknown: list[Unk] = []
    length = 0
    for part in parts:
        if isinstance(part, str):
            value: Value = part
        else:
            value, found = unmark(_evaluate(part, run))
            marks |= found
            value = _as_text(value, part)
        values.append(value)
        if isinstance(value, Unk):
            if not unknown and value.prefix:
                texts.append(value.prefix)
            unknown.append(value)
        elif not unknown:
            texts.append(value)
            length += len(value)
            if length > MAX_TEXT:
                raise LimitError("the text is too long to evaluate")
    joined = text("".join(texts))
    if unknown:
        whole = unknown_from(unknown, STRING, not_null=True)
        return mark(replace(whole, prefix=safe_prefix(joined), sketch=sketch_of(values)), marks)
    return mark(run.made(joined), marks)


def _as_text(value: Value, part: Expression) -> Value:
    if value is None:
        raise EvaluationError("a template cannot contain null", part.start, part.end)
    if isinstance(value, Unk):
        return value
    try:
        return to_string(value)
    except EvaluationError as error:
        raise EvaluationError(f"a template cannot contain the value: {error.message}", part.start, part.end) from None


def _template_for(node: TemplateFor, run: _Run) -> Value:
    collection, marks = unmark(_evaluate(node.collection, run))
    if collection is None:
        raise EvaluationError("for cannot go through null", node.collection.start, node.collection.end)
    if isinstance(collection, Unk) and not (isinstance(collection.type, Primitive) and collection.type != ANY):
        return mark(unknown_from([collection], STRING, not_null=True), marks)
    if not isinstance(collection, (dict, list, tuple, TerraformSet)):
        what = type_text(type_of(collection))
        raise EvaluationError(f"for cannot go through {what}", node.collection.start, node.collection.end)
    pieces: list[Value] = []
    for key, value in element_items(collection):
        piece, found = unmark(_template_text(node.body.parts, _inner(node.key, node.value, key, value, run)))
        marks |= found
        pieces.append(piece)
    unknown = [piece for piece in pieces if isinstance(piece, Unk)]
    if unknown:
        return mark(replace(unknown_from(unknown, STRING, not_null=True), sketch=sketch_of(pieces)), marks)
    return mark(check_size("".join(pieces)), marks)


def safe_prefix(prefix: str) -> str:
    """As much of `prefix` as stays whatever follows: a letter at its end might yet combine with what comes."""
    end = len(prefix)
    if end and prefix[-1] in "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'":
        return prefix
    while end and unicodedata.combining(prefix[end - 1]):
        end -= 1
    return prefix[: max(end - 1, 0)]


_EVALUATORS: Mapping[type, Callable[[Any, _Run], Value]] = {
    Literal: _literal,
    Name: _name,
    GetAttr: _traversal,
    SplatItem: _splat_item,
    Index: _traversal,
    Splat: _splat,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    TupleExpression: _tuple,
    ObjectExpression: _object,
    For: _for,
    Template: _template,
    TemplateIf: _conditional,
    TemplateFor: _template_for,
}
