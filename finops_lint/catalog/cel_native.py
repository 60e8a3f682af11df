"""A CEL syntax tree → a Python function over plain values, for what most formulas are made of.

The official runtime is the reference, and answers whatever is not built here: a tree with anything else in it is not
built at all, or raises `Beyond` where it comes to a branch that is not, or to values the runtime would look at in
another way. Where CEL gives an error, `Failed` is raised, and `&&`, `||`, `exists` and `all` absorb it as CEL's do. A
test holds every shipped formula, and generated ones, against the runtime.

Plain values are `str`, `float`, `bool`, None, and lists and dicts of these with text keys; `int` is CEL's own integer,
of `size` and of indices. An optional is its value, or `ABSENT`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import copysign, inf, isnan, nan
from typing import Any, TypeAlias

from finops_lint.catalog.cel_ast import AtIndex, Node, Number, Replacement, and_failing, failing, or_failing, true
from finops_lint.catalog.cel_reads import OPTIONAL_SELECT, GuardKind, element_of, fold_kind, is_optional

Values: TypeAlias = dict[str, Any]
"""Variable → plain value; what is not there cannot be read."""
Native: TypeAlias = Callable[[Values], Any]
Signature: TypeAlias = tuple[str, int, bool]
"""A function's name, its number of operands, and whether the first stands before the dot."""
Calls: TypeAlias = Mapping[Signature, Callable[..., Any]]


class Failed(LookupError):  # noqa: N818 -- CEL's own errors are values
    """CEL's answer is an error. A key or place that is not there raises other `LookupError`s, which mean the same."""


class NotKnown(Failed):
    """A function said that it does not know, and nothing absorbed it."""


class Beyond(Exception):  # noqa: N818 -- as above
    """Only the official runtime can tell."""


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""The optional without a value."""
_FAILED = _Absent()
"""The value of a variable of `cel.bind` that could not be worked out."""
_DEEPEST = 60
"""Nodes below one another; deeper trees would reach Python's own limit on calls first."""


def native_of(tree: Node, functions: Calls, replacements: Mapping[int, Replacement] | None = None) -> Native | None:
    """The function of `tree`, its nodes replaced as `cel_ast.replace_nodes` would; None where it takes the runtime.

    `functions` are offered beside CEL's own. What the function raises is a `LookupError`, where CEL answers with an
    error, or `Beyond`.
    """
    try:
        return _Builder(functions, replacements or {}).value(tree, _Names(), 0)
    except Beyond:
        return None


class _Names:
    """The variables of the comprehensions and bindings around a node."""

    __slots__ = ("bound", "optionals")

    def __init__(self, bound: frozenset[str] = frozenset(), optionals: frozenset[str] = frozenset()) -> None:
        self.bound = bound
        """Those of `cel.bind`, which may stand for an error."""
        self.optionals = optionals

    def binding(self, name: str, *, optional: bool) -> _Names:
        optionals = self.optionals | {name} if optional else self.optionals - {name}
        return _Names(self.bound | {name}, optionals)

    def looping(self, name: str) -> _Names:
        return _Names(self.bound - {name}, self.optionals - {name})


class _Builder:
    """Builds the function of each node out of those of its operands."""

    def __init__(self, functions: Calls, replacements: Mapping[int, Replacement]) -> None:
        self._functions = functions
        self._replacements = replacements

    def value(self, node: Node, names: _Names, depth: int) -> Native:
        """What gives the value of `node`, which must be no optional."""
        if is_optional(node, names.optionals):
            raise Beyond
        return self.any(node, names, depth)

    def optional(self, node: Node, names: _Names, depth: int) -> Native:
        """What gives the value of the optional `node`, or `ABSENT`."""
        if not is_optional(node, names.optionals):
            raise Beyond
        return self.any(node, names, depth)

    def any(self, node: Node, names: _Names, depth: int) -> Native:
        if depth > _DEEPEST:
            raise Beyond
        change = self._replacements.get(node.id)
        if change is not None:
            return self._changed(node, change, names, depth)
        return self._unchanged(node, names, depth)

    def _changed(self, node: Node, change: Replacement, names: _Names, depth: int) -> Native:
        if change is failing:
            return _fail
        if change is true:
            return lambda _: True
        if isinstance(change, Number):
            number = change.value
            return lambda _: number
        if isinstance(change, AtIndex):
            moved = Node(-1, "const", value=change.index)
            return self._unchanged(Node(-1, "call", node.name, (node.args[0], moved)), names, depth)
        if change is or_failing:
            return _either(self._unchanged(node, names, depth), _fail)
        if change is and_failing:
            return _both(self._unchanged(node, names, depth), _fail)
        raise Beyond

    def _unchanged(self, node: Node, names: _Names, depth: int) -> Native:
        chain = self._chain(node, names)
        if chain is not None:
            return chain
        match node.kind:
            case "const":
                return _constant(node.value)
            case "ident":
                return _variable(node.name, names)
            case "select":
                return self._select(node, names, depth)
            case "has":
                return self._has(node, names, depth)
            case "call":
                return self._call(node, names, depth)
            case "list":
                return self._list(node, names, depth)
            case "struct":
                return self._map(node, names, depth)
            case "fold":
                return self._fold(node, names, depth)
            case _:
                raise Beyond

    # Paths

    def _chain(self, node: Node, names: _Names) -> Native | None:
        """A path of literal steps from a variable, followed in one go; None where `node` is none."""
        steps: list[_Step] = []
        here = node
        while here.kind != "ident":
            step = None if here.id in self._replacements and here is not node else self._step(here, names)
            if step is None:
                return None
            steps.insert(0, step)
            here = here.args[0]
        if here.name in names.bound or here.id in self._replacements or not steps:
            return None
        return _path(here.name, tuple(steps))

    def _step(self, node: Node, names: _Names) -> _Step | None:
        if node.kind == "select":
            behind = is_optional(node.args[0], names.optionals)
            return _Step(node.name, ABSENT if behind else Failed, Beyond if behind else Failed)
        if node.kind != "call" or len(node.args) != 2 or node.args[1].kind != "const":
            return None
        key = node.args[1].value
        if type(key) is not str and type(key) is not int:
            return None
        if node.args[1].id in self._replacements:
            return None
        if node.name in OPTIONAL_SELECT:
            return _Step(key, ABSENT, Failed)
        if node.name == "_[_]":
            behind = is_optional(node.args[0], names.optionals)
            return _Step(key, Beyond if behind else Failed, Beyond if behind else Failed)
        return None

    def _select(self, node: Node, names: _Names, depth: int) -> Native:
        operand = self.any(node.args[0], names, depth + 1)
        step = self._step(node, names)
        if step is None:
            raise Beyond
        return lambda values: step.of(operand(values))

    def _has(self, node: Node, names: _Names, depth: int) -> Native:
        operand, name = self.any(node.args[0], names, depth + 1), node.name

        def has(values: Values) -> bool:
            here = operand(values)
            if type(here) is dict:
                return name in here
            if here is ABSENT:
                return False
            raise Failed

        return has

    def _index(self, node: Node, names: _Names, depth: int) -> Native:
        base, key = self.any(node.args[0], names, depth + 1), self.value(node.args[1], names, depth + 1)
        missing: Any = ABSENT if node.name == "_[?_]" else Failed
        if missing is Failed and is_optional(node.args[0], names.optionals):
            missing = Beyond

        def index(values: Values) -> Any:
            here, step = base(values), key(values)
            if type(step) is float:
                if missing is ABSENT and type(here) is list:
                    raise Failed
                step = int(step) if type(here) is list and step.is_integer() else step
            elif type(step) is not str and type(step) is not int:
                raise Beyond
            return _Step(step, missing, Failed if missing is not Beyond else Beyond).of(here)

        return index

    # Calls

    def _call(self, node: Node, names: _Names, depth: int) -> Native:
        build = _SPECIAL.get(node.name)
        if build is not None:
            return build(self, node, names, depth)
        signature = (node.name, len(node.args), node.is_member)
        own = self._functions.get(signature)
        function = _guarded(own) if own else _STRICT.get(signature)
        if function is None:
            raise Beyond
        args = [self.value(a, names, depth + 1) for a in node.args]
        second = node.args[1] if len(node.args) == 2 else None
        if second is not None and second.kind == "const" and second.id not in self._replacements:
            return _called_beside(function, args[0], second.value)
        return _called(function, args)

    def _and(self, node: Node, names: _Names, depth: int) -> Native:
        left, right = self._pair(node, names, depth)
        return _both(left, right)

    def _or(self, node: Node, names: _Names, depth: int) -> Native:
        left, right = self._pair(node, names, depth)
        return _either(left, right)

    def _pair(self, node: Node, names: _Names, depth: int) -> tuple[Native, Native]:
        if len(node.args) != 2:
            raise Beyond
        return self.value(node.args[0], names, depth + 1), self._perhaps(self.value, node.args[1], names, depth + 1)

    def _perhaps(self, build: Callable[[Node, _Names, int], Native], node: Node, names: _Names, depth: int) -> Native:
        """What `build` makes of a branch that is often not taken; where it makes nothing, what raises `Beyond`."""
        try:
            return build(node, names, depth)
        except Beyond:
            return _beyond

    def _choice(self, node: Node, names: _Names, depth: int) -> Native:
        wanted = self.optional if is_optional(node, names.optionals) else self.value
        condition = self.value(node.args[0], names, depth + 1)
        yes, no = (self._perhaps(wanted, a, names, depth + 1) for a in node.args[1:])

        def choice(values: Values) -> Any:
            answer = condition(values)
            if answer is True:
                return yes(values)
            if answer is False:
                return no(values)
            raise Failed

        return choice

    def _equality(self, node: Node, names: _Names, depth: int) -> Native:
        """An optional equals no plain value, and another optional if both are absent or their values are equal."""
        left, right = (self.any(a, names, depth + 1) for a in node.args)
        optionals = [is_optional(a, names.optionals) for a in node.args]
        wanted = node.name == "_==_"
        if optionals[0] != optionals[1]:
            raise Beyond
        text = self._text(node.args[1])
        if text is not None:  # no value of another type equals one
            return (lambda values: left(values) == text) if wanted else (lambda values: left(values) != text)

        def equality(values: Values) -> bool:
            return _equal(left(values), right(values)) is wanted

        return equality

    def _or_value(self, node: Node, names: _Names, depth: int) -> Native:
        """Of `orValue`, which ends an optional, and of `or`, which gives another one."""
        first = self.optional(node.args[0], names, depth + 1)
        wanted = self.value if node.name == "orValue" else self.optional
        second = wanted(node.args[1], names, depth + 1)
        default = node.args[1]
        if default.kind == "const" and default.id not in self._replacements:
            return self._or_constant(node.args[0], first, default.value, names)

        def or_value(values: Values) -> Any:
            found = first(values)
            return second(values) if found is ABSENT else found

        return or_value

    def _or_constant(self, node: Node, first: Native, default: Any, names: _Names) -> Native:
        """Of `orValue` with a constant, most often `r.?name.orValue('gp2')`."""
        operand = node.args[0] if node.args else node
        step = self._step(node, names)
        is_plain = operand.kind == "ident" and operand.name not in names.bound
        is_plain = is_plain and not {node.id, operand.id} & self._replacements.keys()
        if is_plain and step is not None and type(step.key) is str and step.missing is ABSENT:
            return _attribute(operand.name, step.key, default)

        def or_constant(values: Values) -> Any:
            found = first(values)
            return default if found is ABSENT else found

        return or_constant

    def _text(self, node: Node) -> str | None:
        """The text that `node` is; None where it is anything else."""
        is_text = node.kind == "const" and type(node.value) is str and node.id not in self._replacements
        return node.value if is_text else None

    def _has_value(self, node: Node, names: _Names, depth: int) -> Native:
        operand = self.optional(node.args[0], names, depth + 1)
        return lambda values: operand(values) is not ABSENT

    def _value_of(self, node: Node, names: _Names, depth: int) -> Native:
        operand = self.optional(node.args[0], names, depth + 1)

        def value(values: Values) -> Any:
            found = operand(values)
            if found is ABSENT:
                raise Failed
            return found

        return value

    def _none(self, _node: Node, _names: _Names, _depth: int) -> Native:
        return lambda _: ABSENT

    def _same(self, node: Node, names: _Names, depth: int) -> Native:
        """Of `dyn` and `optional.of`."""
        return self.value(node.args[0], names, depth + 1)

    # Lists and maps

    def _list(self, node: Node, names: _Names, depth: int) -> Native:
        if node.value:
            raise Beyond
        entries = [self.value(a, names, depth + 1) for a in node.args]
        return lambda values: [entry(values) for entry in entries]

    def _map(self, node: Node, names: _Names, depth: int) -> Native:
        keys, parts = node.args[::2], [self.value(a, names, depth + 1) for a in node.args[1::2]]
        texts = [key.value for key in keys if key.kind == "const" and type(key.value) is str]
        if node.value or len(set(texts)) != len(keys):
            raise Beyond
        return lambda values: {text: part(values) for text, part in zip(texts, parts, strict=True)}

    def _fold(self, node: Node, names: _Names, depth: int) -> Native:
        source, start, _, step, result = node.args
        second, accumulator = node.value
        if second:
            raise Beyond
        if source.kind == "list" and not source.args:
            return self._bind(node, names, depth)
        entries = self.value(source, names, depth + 1)
        inner = names.looping(node.name)
        kind = fold_kind(node)
        if kind is not GuardKind.FOLD:
            test = self.value(step.args[1], inner, depth + 1)
            return _quantified(node.name, entries, test, ends_with=kind is GuardKind.EXISTS)
        element = element_of(step)
        if element is None or start.kind != "list" or start.args or result.name != accumulator:
            raise Beyond
        is_filtered = step.name == "_?_:_"
        test = self.value(step.args[0], inner, depth + 1) if is_filtered else _always
        return _listed(node.name, entries, test, self.value(element, inner, depth + 1))

    def _bind(self, node: Node, names: _Names, depth: int) -> Native:
        _, start, _, _, result = node.args
        _, name = node.value
        bound = self.any(start, names, depth + 1)
        inner = names.binding(name, optional=is_optional(start, names.optionals))
        body = self.any(result, inner, depth + 1)

        def bind(values: Values) -> Any:
            try:
                found = bound(values)
            except LookupError:  # no harm where the body does not come to read it
                found = _FAILED
            inner = _Inner(values)
            inner[name] = found
            return body(inner)

        return bind


class _Inner(dict[str, Any]):
    """Variables of a comprehension or binding, before those around it."""

    __slots__ = ("_outer",)

    def __init__(self, outer: Values) -> None:
        self._outer = outer

    def __missing__(self, name: str) -> Any:
        found = self[name] = self._outer[name]
        return found


class _Step:
    """One literal step of a path, and what comes of it where there is nothing."""

    __slots__ = ("is_place", "key", "missing", "wrong")

    def __init__(self, key: str | int, missing: Any, wrong: Any) -> None:
        self.key = key
        self.missing = missing
        """`ABSENT`, or what is raised, where the entry is not there."""
        self.wrong = wrong
        """What is raised where no entry can be."""
        self.is_place = type(key) is int

    def of(self, here: Any) -> Any:
        kind = type(here)
        if kind is dict:
            if self.key in here:
                return here[self.key]
        elif kind is list and self.is_place:
            if 0 <= self.key < len(here):  # type: ignore[operator]  # `is_place` says it is a number
                return here[self.key]
            if self.missing is Beyond:
                raise Failed
        elif here is ABSENT:
            return ABSENT
        else:
            raise self.wrong
        if self.missing is ABSENT:
            return ABSENT
        raise self.missing


def _fail(_values: Values) -> Any:
    raise Failed


def _beyond(_values: Values) -> Any:
    raise Beyond


def _always(_values: Values) -> bool:
    return True


def _constant(value: Any) -> Native:
    if type(value) is bytes:
        raise Beyond
    return lambda _: value


def _variable(name: str, names: _Names) -> Native:
    if name not in names.bound:
        return lambda values: values[name]

    def bound(values: Values) -> Any:
        found = values[name]
        if found is _FAILED:
            raise Failed
        return found

    return bound


def _path(root: str, steps: tuple[_Step, ...]) -> Native:
    if len(steps) == 1 and type(steps[0].key) is str and steps[0].missing is ABSENT:
        return _attribute(root, steps[0].key)

    def path(values: Values) -> Any:
        here = values[root]
        for step in steps:
            here = step.of(here)
            if here is ABSENT:
                return ABSENT
        return here

    return path


def _attribute(root: str, key: str, missing: Any = ABSENT) -> Native:
    """`r.?name`, the shape of every other path, and what it gives where nothing is set."""

    def attribute(values: Values) -> Any:
        here = values[root]
        if type(here) is not dict:
            raise Failed
        return here.get(key, missing)

    return attribute


def _both(left: Native, right: Native) -> Native:
    def both(values: Values) -> bool:
        try:
            first = left(values)
        except LookupError:
            first = None
        if first is False:
            return False
        second = right(values) if first is True else _settling(right, values)
        if second is False:
            return False
        if first is True and second is True:
            return True
        raise Failed

    return both


def _either(left: Native, right: Native) -> Native:
    def either(values: Values) -> bool:
        try:
            first = left(values)
        except LookupError:
            first = None
        if first is True:
            return True
        second = right(values) if first is False else _settling(right, values)
        if second is True:
            return True
        if first is False and second is False:
            return False
        raise Failed

    return either


def _settling(right: Native, values: Values) -> Any:
    """The second operand beside a first one that failed: of two errors the runtime chooses."""
    try:
        return right(values)
    except NotKnown as error:
        raise Failed from error


def _quantified(name: str, entries: Native, test: Native, *, ends_with: bool) -> Native:
    """`exists` and `all`: an entry that settles it absorbs the errors of others."""
    is_over: bool = not ends_with

    def quantified(values: Values) -> bool:
        inner = _Inner(values)
        is_sure = True
        for entry in _entries(entries(values)):
            inner[name] = entry
            try:
                answer = test(inner)
            except LookupError:
                answer = None
            if answer is ends_with:
                return not is_over
            if answer is not is_over:
                is_sure = False
        if not is_sure:
            raise Failed
        return is_over

    return quantified


def _listed(name: str, entries: Native, test: Native, element: Native) -> Native:
    """`filter` and `map`."""

    def listed(values: Values) -> list[Any]:
        found, inner = entries(values), _Inner(values)
        if type(found) is dict and len(found) > 1:  # the order of keys is the runtime's own
            raise Beyond
        out = []
        for entry in _entries(found):
            inner[name] = entry
            holds = test(inner)
            if holds is True:
                out.append(element(inner))
            elif holds is not False:
                raise Failed
        return out

    return listed


def _entries(found: Any) -> Any:
    if type(found) is list or type(found) is dict:
        return found
    raise Failed


def _called(function: Callable[..., Any], args: Sequence[Native]) -> Native:
    if len(args) == 1:
        (only,) = args
        return lambda values: function(only(values))
    if len(args) == 2:
        left, right = args
        return lambda values: function(left(values), right(values))
    return lambda values: function(*[arg(values) for arg in args])


def _called_beside(function: Callable[..., Any], first: Native, second: Any) -> Native:
    return lambda values: function(first(values), second)


def _guarded(own: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ours, whose errors are CEL's."""

    def guarded(*args: Any) -> Any:
        try:
            found = own(*args)
        except NotKnown:
            raise
        except Exception as error:  # as the runtime does with whatever a function raises
            raise Failed from error
        if type(found) not in _PLAIN:
            raise Beyond
        return found

    return guarded


# CEL's own functions

_PLAIN = frozenset({str, float, bool, int, list, dict})


def _equal(left: Any, right: Any) -> bool:
    kind = type(left)
    if kind is not type(right):
        return {kind, type(right)} == {int, float} and bool(left == right)
    if kind is list:
        return len(left) == len(right) and all(map(_equal, left, right))
    if kind is dict:
        return left.keys() == right.keys() and all(_equal(value, right[key]) for key, value in left.items())
    return bool(left == right)


_LARGEST = 2**62
"""Integers beyond it are the runtime's, which has 64 bits for them."""


def _add(left: Any, right: Any) -> Any:
    kind = type(left)
    if kind is type(right):
        if kind is float or kind is str or kind is list:
            return left + right
        if kind is int:
            return _bounded(left + right)
    raise Failed


def _subtract(left: Any, right: Any) -> Any:
    kind = type(left)
    if kind is type(right):
        if kind is float:
            return left - right
        if kind is int:
            return _bounded(left - right)
    raise Failed


def _multiply(left: Any, right: Any) -> Any:
    kind = type(left)
    if kind is type(right):
        if kind is float:
            return left * right
        if kind is int:
            return _bounded(left * right)
    raise Failed


def _bounded(number: int) -> int:
    if abs(number) > _LARGEST:
        raise Beyond
    return number


def _divide(left: Any, right: Any) -> float:
    kind = type(left)
    if kind is not type(right) or kind not in {float, int}:
        raise Failed
    if kind is int:
        raise Beyond
    if right:
        return float(left / right)
    return nan if isnan(left) or not left else copysign(inf, left) * copysign(1.0, right)


def _negate(value: Any) -> float:
    if type(value) is float:
        return -value
    raise Beyond if type(value) is int else Failed


def _not(value: Any) -> bool:
    if value is True:
        return False
    if value is False:
        return True
    raise Failed


def _are_ordered(left: Any, right: Any) -> None:
    kind, other = type(left), type(right)
    if kind is other and kind in _ORDERED:
        return
    if {kind, other} != {int, float}:
        raise Failed


_ORDERED = frozenset({float, str, bool, int})


def _less(left: Any, right: Any) -> bool:
    _are_ordered(left, right)
    return bool(left < right)


def _at_most(left: Any, right: Any) -> bool:
    _are_ordered(left, right)
    return bool(left <= right)


def _greater(left: Any, right: Any) -> bool:
    _are_ordered(left, right)
    return bool(left > right)


def _at_least(left: Any, right: Any) -> bool:
    _are_ordered(left, right)
    return bool(left >= right)


def _in(entry: Any, group: Any) -> bool:
    if type(group) is list:
        return any(_equal(entry, other) for other in group)
    if type(group) is not dict or type(entry) not in _ORDERED:
        raise Failed
    return type(entry) is str and entry in group


def _size(value: Any) -> int:
    if type(value) in {str, list, dict}:
        return len(value)
    raise Failed


def _double(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    if type(value) is str and value.isascii() and value.isdigit():
        return float(value)
    raise Beyond  # the spellings of numbers are the runtime's own


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and abs(value) < _LARGEST:
        return int(value)
    raise Beyond


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    raise Beyond


def _of_numbers(pick: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def picked(*args: Any) -> Any:
        numbers = args[0] if len(args) == 1 and type(args[0]) is list else args
        if not numbers or not all(type(n) is float or type(n) is int for n in numbers):
            raise Failed
        if any(isnan(n) for n in numbers):
            raise Beyond
        return pick(numbers)

    return picked


def _texts(*values: Any) -> None:
    if not all(type(value) is str for value in values):
        raise Failed


def _starts_with(text: Any, start: Any) -> bool:
    _texts(text, start)
    return bool(text.startswith(start))


def _ends_with(text: Any, end: Any) -> bool:
    _texts(text, end)
    return bool(text.endswith(end))


def _contains(text: Any, part: Any) -> bool:
    _texts(text, part)
    return bool(part in text)


def _ascii(text: Any) -> str:
    _texts(text)
    if not text.isascii():
        raise Beyond
    return str(text)


def _lower(text: Any) -> str:
    return _ascii(text).lower()


def _upper(text: Any) -> str:
    return _ascii(text).upper()


def _trim(text: Any) -> str:
    return _ascii(text).strip(" \t\n\v\f\r")


def _replace(text: Any, old: Any, new: Any, most: Any = -1) -> str:
    _texts(text, old, new)
    if not old or type(most) is not int:
        raise Beyond
    return str(text.replace(old, new, most))


def _split(text: Any, separator: Any) -> list[str]:
    _texts(text, separator)
    if not separator:
        raise Beyond
    return list(text.split(separator))


def _join(texts: Any, separator: Any) -> str:
    if type(texts) is not list:
        raise Failed
    _texts(separator, *texts)
    return str(separator.join(texts))


def _substring(text: Any, start: Any, end: Any = None) -> str:
    _texts(text)
    if end is None:
        end = len(text)
    elif type(end) is not int or end >= len(text):  # the runtime (0.1.3) refuses an end that is the text's own
        raise Beyond
    if type(start) is not int:
        raise Beyond
    if not 0 <= start <= end:
        raise Failed
    return str(text[start:end])


def _last_index_of(text: Any, part: Any) -> int:
    _texts(text, part)
    return int(text.rfind(part))


_Special: TypeAlias = Callable[[_Builder, Node, _Names, int], Native]
_SPECIAL: dict[str, _Special] = {
    "_&&_": _Builder._and,
    "_||_": _Builder._or,
    "_?_:_": _Builder._choice,
    "_==_": _Builder._equality,
    "_!=_": _Builder._equality,
    "_[_]": _Builder._index,
    "_[?_]": _Builder._index,
    "_?._": _Builder._select,
    "orValue": _Builder._or_value,
    "or": _Builder._or_value,
    "hasValue": _Builder._has_value,
    "value": _Builder._value_of,
    "optional.none": _Builder._none,
    "optional.of": _Builder._same,
    "dyn": _Builder._same,
}
"""What looks at its operands one by one, or at optionals."""

_STRICT: dict[Signature, Callable[..., Any]] = {
    ("!_", 1, False): _not,
    ("-_", 1, False): _negate,
    ("_+_", 2, False): _add,
    ("_-_", 2, False): _subtract,
    ("_*_", 2, False): _multiply,
    ("_/_", 2, False): _divide,
    ("_<_", 2, False): _less,
    ("_<=_", 2, False): _at_most,
    ("_>_", 2, False): _greater,
    ("_>=_", 2, False): _at_least,
    ("@in", 2, False): _in,
    ("size", 1, False): _size,
    ("size", 1, True): _size,
    ("double", 1, False): _double,
    ("int", 1, False): _int,
    ("string", 1, False): _string,
    ("math.@max", 1, False): _of_numbers(max),
    ("math.@max", 2, False): _of_numbers(max),
    ("math.@min", 1, False): _of_numbers(min),
    ("math.@min", 2, False): _of_numbers(min),
    ("startsWith", 2, True): _starts_with,
    ("endsWith", 2, True): _ends_with,
    ("contains", 2, True): _contains,
    ("lowerAscii", 1, True): _lower,
    ("upperAscii", 1, True): _upper,
    ("trim", 1, True): _trim,
    ("replace", 3, True): _replace,
    ("replace", 4, True): _replace,
    ("split", 2, True): _split,
    ("join", 2, True): _join,
    ("substring", 2, True): _substring,
    ("substring", 3, True): _substring,
    ("lastIndexOf", 2, True): _last_index_of,
}
"""CEL's functions that fail where an operand does."""
