"""CEL over values that may be unknown: text → `Expression`, and `Expression` over a `Scope` → plain value or `Unknown`.

What is unknown is left out of what CEL sees, so that reading it is an error, and CEL's `&&`, `||`, `?:`, `exists` and
`all` absorb an error wherever the rest settles the answer. An error that is left is undecided if the expression reads
something unknown; any other is a fault of whoever wrote the expression. What takes absence for a fact (`has`, `.?`,
`in`, `size`, `==` on a whole map, `filter` …) is made an error first where its operand is not wholly known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache, cached_property, lru_cache, partial
from math import ceil, floor, fmod
from types import MappingProxyType
from typing import Any, Protocol

from finops_lint.catalog import cel_ast, cel_reads, plain_patterns
from finops_lint.catalog.cel_ast import (
    Node,
    Replacement,
    read_tree,
    replace_nodes,
)
from finops_lint.catalog.cel_guards import replacements, unknown_among
from finops_lint.catalog.cel_native import Beyond, Failed, Native, NotKnown, Signature, native_of
from finops_lint.catalog.cel_numbers import with_doubles
from finops_lint.catalog.cel_reads import ANY, Reads, reads_of
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Path, Unknown, Value, get

MOST_SHOWN = 120
"""Characters of an expression that a complaint repeats."""


class ExpressionFault(FinopsLintError):  # noqa: N818 -- the design's word for it
    """An expression that cannot be compiled, or failed on values that are all known."""


class _FaultInWords(ExpressionFault):
    """An expression that failed; the runtime, which has words for it, is asked for them only when somebody reads them.

    Most faults lie in branches that are not taken, and nobody reads them.
    """

    def __init__(self, expression: Expression, run: Callable[[], tuple[bool, Any]]) -> None:
        super().__init__("", expression.where)
        self._expression, self._run = expression, run

    def __str__(self) -> str:
        _, answer = self._run()
        return str(ExpressionFault(_fault_of(answer, self._expression), self._expression.where))


def in_short(text: object) -> str:
    """An expression on one line, its beginning alone where it is long: the place is told beside it."""
    line = " ".join(str(text).split())
    return line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN]} …"


@record(frozen=True, slots=True)
class Function:
    """A function offered to expressions; arguments and result are plain values."""

    name: str
    call: Callable[..., Any]
    arity: int = 1
    may_not_know: bool = False
    """Whether it may end with `not_known`."""


class Language:
    """The variables and functions expressions may use; compiles each text once.

    Without variables nothing is checked when an expression is compiled: it may read any, and what is wrong with it is
    an error once it is evaluated. That is for expressions the tests compile with all checks; one such language serves
    all sheets of a cloud, and making one takes as long as compiling twenty expressions.
    """

    def __init__(self, variables: Iterable[str] | None, functions: Iterable[Function] = ()) -> None:
        self._variables = None if variables is None else frozenset(variables)
        self._functions = (*_FUNCTIONS, *functions)
        self.unsure: tuple[str, ...] = tuple(f.name for f in self._functions if f.may_not_know)
        """The functions that may not know."""
        self._expressions: dict[str, Expression] = {}
        self._learned: dict[str, Any] = {}
        self.error_type: Any = None
        self.null_type: Any = None

    @cached_property
    def environment(self) -> Any:
        """The CEL environment, made when the first expression is compiled."""
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_bindings, ext_math, ext_optional, ext_strings

        dyn = cel.Type.DYN
        self.error_type = cel.Type.ERROR
        self.null_type = cel.Type.NULL
        declared = [
            cel.FunctionDecl(f.name, [cel.Overload(f"{f.name}_{f.arity}", dyn, [dyn] * f.arity, False, f.call)])
            for f in self._functions
        ]
        extensions = [
            ext_math.ExtMath(),
            ext_strings.ExtStrings(),
            ext_optional.ExtOptional(),
            ext_bindings.ExtBindings(),
            cel.CelExtension("finops-lint", declared),
        ]
        return cel.NewEnv(variables=dict.fromkeys(self._variables or (), dyn), extensions=extensions)

    def compile(self, text: str, where: Span | None = None) -> Expression:
        """The compiled `text`.

        Raises:
            ExpressionFault: It is not CEL, names what is not there, or reads absence in a way that cannot be decided.
        """
        known = self._expressions.get(text)
        if known is None:
            packed = self._learned.get(text)
            known = self._compile(text, where) if packed is None else _unpacked(text, where, self, packed)
            self._expressions[text] = known
        return known

    def learn(self, packed: Mapping[str, Any]) -> None:
        """Spare the compiling of texts that were compiled before: what `packed` gave for them."""
        self._learned.update(packed)

    def packed(self, texts: Iterable[str]) -> dict[str, Any]:
        """Each of `texts` compiled, as lists for JSON.

        Raises:
            ExpressionFault: One of them does not compile.
        """
        return {text: _packed(self.compile(text)) for text in texts}

    def _compile(self, text: str, where: Span | None) -> Expression:
        source = with_doubles(text)
        program = self.program(source, text, where)
        tree = read_tree(program.serialize())
        reads = reads_of(tree)
        if reads.complaints:
            raise ExpressionFault(f"{reads.complaints[0]}: {in_short(text)}", where)
        if reads.is_optional:  # the runtime cannot hand an optional back
            source = f"({source}).orValue(dyn(null))"
            program = self.program(source, text, where)
            tree = read_tree(program.serialize())
            reads = reads_of(tree)
        found = Expression(text, where, language=self, source=source, reads=reads, make_tree=lambda: tree)
        found.program = program
        return found

    @cached_property
    def calls(self) -> dict[Signature, Callable[..., Any]]:
        """The functions beside those `cel_native` has, for expressions that need no runtime."""
        return {("matches", 2, True): _matches} | {(f.name, f.arity, False): f.call for f in self._functions}

    def program(self, source: str, text: str, where: Span | None) -> Any:
        """The runtime's program of `source`, which stands for `text`.

        Raises:
            ExpressionFault: It is not CEL, or names what is not there.
        """
        try:
            return self.environment.compile(source, disable_check=self._variables is None)
        except (RuntimeError, ValueError) as error:
            raise ExpressionFault(f"{in_short(_first_line(error))}: {in_short(text)}", where) from None


@cache
def _language(variables: frozenset[str]) -> Language:
    return Language(variables)


def compile(text: str, *, variables: Iterable[str], where: Span | None = None) -> Expression:
    """The compiled `text` in the language of `variables` and the built-in functions; see `Language.compile`."""
    return _language(frozenset(variables)).compile(text, where)


def learn(packed: Mapping[str, Any], *, variables: Iterable[str]) -> None:
    """See `Language.learn`."""
    _language(frozenset(variables)).learn(packed)


def packed(texts: Iterable[str], *, variables: Iterable[str]) -> dict[str, Any]:
    """See `Language.packed`."""
    return _language(frozenset(variables)).packed(texts)


def _packed(expression: Expression) -> list[Any]:
    return [expression.source, cel_ast.packed(expression.tree), cel_reads.packed(expression.analysis)]


def _unpacked(text: str, where: Span | None, language: Language, packed: Sequence[Any]) -> Expression:
    source, tree, reads = packed
    make_tree = partial(cel_ast.unpacked, tree)
    return Expression(
        text, where, language=language, source=source, reads=cel_reads.unpacked(reads), make_tree=make_tree
    )


class Expression:
    """A compiled expression. Make it with `compile`."""

    def __init__(
        self,
        text: str,
        where: Span | None,
        *,
        language: Language,
        source: str,
        reads: Reads,
        make_tree: Callable[[], Node],
    ) -> None:
        self.text = text
        self.where = where
        self.language = language
        self.source = source
        """What the runtime compiles for `text`."""
        self.analysis = reads
        self.reads: frozenset[Path] = reads.paths
        """The static paths it reads, root variable first; `ANY` stands for every entry."""
        self.guards = reads.guards
        self.chain, self.default = reads.chain, reads.default
        self.roots: frozenset[str] = frozenset(str(p[0]) for p in reads.paths)
        """The variables it reads."""
        self.variables: tuple[str, ...] = tuple(sorted(self.roots))
        """The same, in the order in which they are worked out."""
        self._make_tree = make_tree
        self._keys: dict[str, tuple[str, ...]] = {}
        self._reach: dict[str, frozenset[str] | None] = {}
        self._natives: dict[frozenset[tuple[int, Replacement]], Native | None] = {}
        self._variants: dict[frozenset[tuple[int, Replacement]], Any] = {}

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    program: Any
    """The runtime's program."""
    tree: Node
    """The syntax tree."""
    is_sure: bool
    """Whether no function in it may end with `not_known`: of two errors the runtime would choose."""
    native: Native | None
    """Itself as a Python function; None where it takes the runtime."""
    run: Callable[[Scope], Any]
    """What evaluates it over a scope."""
    read: Callable[[Scope], Value]
    """The same with the unknowns inside the value, where it is a mere path."""

    def __getattr__(self, name: str) -> Any:
        """Make what is not set before it is asked for, which of most expressions is little."""
        make = _MADE_LATER.get(name)
        if make is None:
            raise AttributeError(name)
        made = self.__dict__[name] = make(self)
        return made

    def keys_of(self, variable: str) -> tuple[str, ...]:
        """The literal keys it reads of `variable`, sorted; `ANY` among them where it reads others."""
        if variable not in self._keys:
            steps = {str(path[1]) if len(path) > 1 else ANY for path in self.reads if path[0] == variable}
            self._keys[variable] = tuple(sorted(steps))
        return self._keys[variable]

    def reach(self, variable: str) -> frozenset[str] | None:
        """The literal keys of `variable` that it reads or takes absence of for a fact; None where it looks at all."""
        if variable not in self._reach:
            paths = (*self.reads, *(path for guard in self.guards for path in guard.paths))
            keys = frozenset(str(path[1]) if len(path) > 1 else ANY for path in paths if path[0] == variable)
            self._reach[variable] = None if ANY in keys else keys
        return self._reach[variable]

    def native_variant(self, replacements: Mapping[int, Replacement]) -> Native | None:
        """The same with nodes replaced."""
        if not replacements:
            return self.native
        key = frozenset(replacements.items())
        if key not in self._natives:
            self._natives[key] = native_of(self.tree, self.language.calls, replacements)
        return self._natives[key]

    def variant(self, replacements: Mapping[int, Replacement]) -> Any:
        """The runtime's program with nodes replaced."""
        if not replacements:
            return self.program
        key = frozenset(replacements.items())
        if key not in self._variants:
            changed = replace_nodes(self.program.serialize(), replacements)
            self._variants[key] = self.language.environment.deserialize(changed)
        return self._variants[key]


_MADE_LATER: dict[str, Callable[[Expression], Any]] = {
    "program": lambda one: one.language.program(one.source, one.text, one.where),
    "tree": lambda one: one._make_tree(),
    "is_sure": lambda one: not any(name in one.source for name in one.language.unsure),
    "native": lambda one: native_of(one.tree, one.language.calls),
    "run": lambda one: _running(one),
    "read": lambda one: one.run if one.chain is None else reading(one.chain, one.default),
}


class Plain:
    """A value made ready for CEL once, when it is first read, to be bound in many scopes."""

    __slots__ = ("doubtful", "has_unknown", "is_absent", "plain", "value")
    doubtful: frozenset[str] | None
    """The keys of a map behind which something is unknown; None where more than these may be."""
    has_unknown: bool
    """Whether something unknown was left out of `plain`."""
    plain: Any
    """The value as CEL sees it."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.is_absent = False
        """Whether CEL does not see it at all."""
        kind = type(value)
        if kind in _AS_THEY_ARE or value is None:
            self.plain, self.has_unknown = value, False
        elif kind is Decimal or kind is int:
            self.plain, self.has_unknown = _double(value), False
        elif kind is Unknown:
            self.is_absent = True

    def __getattr__(self, name: str) -> Any:
        """Work out `plain` and what is unknown in it, which are not set before they are asked for."""
        if name not in {"doubtful", "has_unknown", "plain"}:
            raise AttributeError(name)
        self.doubtful = None
        self.has_unknown = self.is_absent
        self.plain = self._of_map(self.value) if type(self.value) is dict else self._of(self.value)
        return getattr(self, name)

    def _of_map(self, values: dict[str, Value]) -> dict[str, Any]:
        """The outermost map, and behind which of its keys something is unknown."""
        plain: dict[str, Any] = {}
        doubtful: list[str] = []
        for name, value in values.items():
            key = name if type(name) is str else str(name)
            if type(value) in _AS_THEY_ARE:
                plain[key] = value
            elif self._is_seen(value):
                plain[key] = self._of(value)
            if self.has_unknown:
                doubtful.append(key)
                self.has_unknown = False
        self.doubtful, self.has_unknown = frozenset(doubtful), bool(doubtful)
        return plain

    def _of(self, value: Value) -> Any:
        kind = type(value)
        if kind in _AS_THEY_ARE:
            return value
        if kind is int or kind is Decimal:
            return _double(value)
        if kind is list:
            return [v if type(v) in _AS_THEY_ARE else self._of(v) for v in value if self._is_seen(v)]
        if kind is dict or isinstance(value, Mapping):
            return {str(k): v if type(v) in _AS_THEY_ARE else self._of(v) for k, v in value.items() if self._is_seen(v)}
        if isinstance(value, tuple):
            return [self._of(v) for v in value if self._is_seen(v)]
        if isinstance(value, Partial):
            self.has_unknown = True
            return self._of(value.known)
        if isinstance(value, (int, float, Decimal)):
            return _double(value)
        return value

    def _is_seen(self, value: Value) -> bool:
        if type(value) is Unknown:
            self.has_unknown = True
            return False
        return value is not None


_RECENT: dict[int, Plain] = {}
"""By the place in memory of the values, which is theirs as long as they are here."""
_MOST_RECENT = 1024
"""Far more than most projects have resources."""


def plain_of(values: Mapping[str, Value]) -> Plain:
    """A resource's values made ready for CEL, which its price and the rules both ask for, one soon after the other."""
    found = _RECENT.get(id(values))
    if found is None or found.value is not values:
        if len(_RECENT) >= _MOST_RECENT:
            _RECENT.clear()
        found = _RECENT[id(values)] = Plain(values)
    return found


_AS_THEY_ARE = frozenset({str, bool, float})
"""Types whose values CEL sees as they are."""


class Keyed:
    """A variable whose entries are made only for the keys an expression names: `related['aws_instance']`."""

    def __init__(self, make: Callable[[str], Value]) -> None:
        self._make = make
        self._made: dict[str, Plain] = {}
        self.plain: dict[str, Any] = {}
        """What was made so far, as CEL sees it."""

    def of(self, keys: Iterable[str]) -> Plain:
        """The entries of `keys`."""
        entries = {key: self._entry(key) for key in keys}
        found = Plain({key: entry.value for key, entry in entries.items()})
        found.plain = {key: entry.plain for key, entry in entries.items() if not entry.is_absent}
        found.doubtful = frozenset(key for key, entry in entries.items() if entry.has_unknown)
        found.has_unknown = bool(found.doubtful)
        return found

    def at(self, key: str) -> Value:
        """The entry of `key`."""
        return self._entry(key).value

    def _entry(self, key: str) -> Plain:
        if key not in self._made:
            entry = self._made[key] = Plain(self._make(key))
            if not entry.is_absent:
                self.plain[key] = entry.plain
        return self._made[key]


_FAULTY = Plain(None)
"""A variable whose formula failed: an error of CEL's where it is read."""
_UNBOUND = Plain(None)
"""A variable nobody bound."""
for _nothing in (_FAULTY, _UNBOUND):
    _nothing.is_absent = _nothing.has_unknown = True


class Evaluable(Protocol):
    """What gives a value over variables."""

    def value_in(self, scope: Scope) -> Value:
        """Its value over the variables of `scope`."""


class Unsettled(Exception):  # noqa: N818 -- it steers, and nobody sees it
    """An expression came to something that is not wholly known: what it may not take for absent must be seen first."""


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Scope(dict[str, Any]):
    """Variables with their values, for any number of expressions about one resource.

    As a dict it holds what CEL sees of the variables that were read so far; a variable is worked out, and its formula
    run, when an expression comes to read it. Where what is read is not wholly known, or an expression fails, all its
    variables are worked out and looked at before it is run again.
    """

    __slots__ = ("ahead", "bindings", "bound", "doubts", "lets", "outer")

    def __init__(
        self,
        bindings: Mapping[str, Value | Plain | Keyed | Callable[[], Value]],
        *,
        lets: Mapping[str, Evaluable] = _NOTHING,
        ahead: frozenset[str] = frozenset(),
        outer: Scope | None = None,
    ) -> None:
        """Bind `bindings`, a function's value when its variable is read, and `lets`, formulas over all variables.

        What is in neither is asked of `outer`. An expression that reads one of `ahead` works out all its variables, in
        their order, whatever they decide.
        """
        self.bindings = bindings
        self.lets = lets
        self.ahead = ahead
        self.outer = outer
        self.bound: dict[str, Plain] = {}
        """Those read so far, but for texts, numbers and truth values that formulas gave."""
        self.doubts: dict[str, frozenset[str] | None] = {}
        """Those read so far that are not wholly known → as `Plain.doubtful`."""

    def beside(
        self,
        constants: Mapping[str, Plain],
        more: Mapping[str, Value] = _NOTHING,
        *,
        lets: Mapping[str, Evaluable],
        ahead: frozenset[str],
    ) -> Scope:
        """A scope with all that is bound here, other formulas, and before them `constants`, and `more` before those."""
        scope = Scope(self.bindings, lets=lets, ahead=ahead)
        scope.update(self)
        scope.bound.update(self.bound)
        scope.bound.update(constants)
        scope.doubts.update(self.doubts)
        for name, value in more.items():
            scope.bound[name] = Plain(value)
        for name in scope.keys() & (constants.keys() | more.keys()):
            del scope[name]
            scope.doubts.pop(name, None)
        return scope

    def inner(self, more: Mapping[str, Value]) -> Scope:
        """A scope inside this one, with variables of its own before these."""
        return Scope(more, ahead=self.ahead, outer=self)

    def __missing__(self, name: str) -> Any:
        """What an expression sees of a variable that it is the first to read.

        Raises:
            Failed: There is none, or its formula failed.
            Unsettled: It is not wholly known.
        """
        plain = self.bound.get(name)
        if plain is None:
            formula = self.lets.get(name)
            try:
                if formula is None:
                    if self.keyed(name) is not None:
                        raise Unsettled
                    plain = self.plain(name)
                else:
                    value = formula.value_in(self)
                    if type(value) in _AS_THEY_ARE:
                        self[name] = value
                        return value
                    plain = self.bound[name] = Plain(value)
            except ExpressionFault:
                raise Failed from None
        if plain is _UNBOUND:
            raise Failed
        if plain.has_unknown:
            self.doubts[name] = plain.doubtful
            if not plain.is_absent:
                self[name] = plain.plain
            raise Unsettled
        found = self[name] = plain.plain
        return found

    def evaluate(self, expression: Expression, *, by_runtime: bool = False) -> Any:
        """The value: float, str, bool, list, dict or None; an `Unknown` where what is unknown decides.

        With `by_runtime` CEL's own runtime works it out in any case; the value is the same.

        Raises:
            ExpressionFault: It failed although all it reads is known.
        """
        return _evaluated(expression, self, None) if by_runtime else expression.run(self)

    def at(self, path: Path) -> Value:
        """What is bound at `path`; None where nothing is set."""
        name = str(path[0])
        bound = self.bound.get(name)
        if bound is None:
            keyed = self.keyed(name)
            if keyed is not None:
                return get(keyed.at(str(path[1])), path[2:])
            bound = self.plain(name)
        return bound.value if len(path) == 1 else get(bound.value, path[1:])

    def plain(self, name: str) -> Plain:
        """The value of a variable, made ready for CEL; `_UNBOUND` where there is none.

        Raises:
            ExpressionFault: Its formula failed.
        """
        found = self.bound.get(name)
        if found is not None:
            return found
        if name in self:  # a formula gave it
            made = Plain(self[name])
        elif name in self.lets:
            made = Plain(self.lets[name].value_in(self))
        else:
            source = self.bindings.get(name, _UNBOUND)
            if source is _UNBOUND:
                return _UNBOUND if self.outer is None else self.outer.plain(name)
            made = source if type(source) is Plain else Plain(source() if callable(source) else source)
        return self.bound.setdefault(name, made)  # another variable's formula may have asked for it meanwhile

    def keyed(self, name: str) -> Keyed | None:
        """The variable where its entries are made by their keys."""
        source = self.bindings.get(name)
        if source is None and self.outer is not None:
            return self.outer.keyed(name)
        return source if type(source) is Keyed else None

    def read(self, name: str, expression: Expression) -> Plain:
        """The value of a variable, as far as `expression` reads it."""
        keyed = self.keyed(name)
        if keyed is not None:
            keys = expression.keys_of(name)
            if ANY in keys:
                raise ExpressionFault(f"{name} takes a literal key: {in_short(expression.text)}", expression.where)
            return keyed.of(keys)
        try:
            return self.plain(name)
        except ExpressionFault:
            return _FAULTY  # no harm where the branch that reads it is not taken, an error of CEL's where it is


def _running(expression: Expression) -> Callable[[Scope], Any]:
    """What evaluates `expression`, reading its variables as it comes to them where that gives the same."""
    native, roots = expression.native, expression.roots

    def run(scope: Scope) -> Any:
        if native is None or not (scope.ahead.isdisjoint(roots) or _looked_ahead(expression, scope)):
            return _evaluated(expression, scope, native)
        if scope.doubts and not _is_settled(expression, scope.doubts):
            return _evaluated(expression, scope, native)
        try:
            found = native(scope)
        except (LookupError, Beyond, Unsettled):
            return _evaluated(expression, scope, native)
        if type(found) in _AS_THEY_ARE or found is None:
            return found
        if type(found) is int:
            return float(found)
        return _evaluated(expression, scope, native)  # a list or map may lack what is not known

    return run


def _looked_ahead(expression: Expression, scope: Scope) -> bool:
    """Work out those of its variables that are to be worked out whatever they decide; whether that tells enough."""
    for name in expression.variables:
        if name in scope.ahead and name not in scope.bound:
            keyed = scope.keyed(name)
            if keyed is None:
                scope.read(name, expression)
            elif scope.read(name, expression).has_unknown:
                return False
            else:
                scope[name] = keyed.plain
    return True


def _is_settled(expression: Expression, doubts: Mapping[str, frozenset[str] | None]) -> bool:
    """Whether all that `expression` reads of the variables in doubt is known, whatever else in them is not."""
    for name, doubtful in doubts.items():
        if name in expression.roots:
            reach = expression.reach(name)
            if doubtful is None or reach is None or not reach.isdisjoint(doubtful):
                return False
    return True


def _evaluated(expression: Expression, scope: Scope, native: Native | None) -> Any:
    """The value of `expression`, all its variables worked out before; by the runtime where there is no `native`."""
    bound = [scope.bound.get(name) or scope.read(name, expression) for name in expression.variables]
    if not _is_settled(
        expression, {n: p.doubtful for n, p in zip(expression.variables, bound, strict=True) if p.has_unknown}
    ):
        return _evaluated_beside_unknowns(expression, bound, native)
    if native is not None:
        try:
            return _result(native(_seen(expression, bound)))
        except NotKnown as said:
            return Unknown(str(said).removeprefix(_NOT_KNOWN))
        except LookupError:
            if expression.is_sure:
                raise _FaultInWords(expression, lambda: _run(expression, expression.program, bound)) from None
        except Beyond:
            pass  # the runtime knows better
    failed, answer = _run(expression, expression.program, bound)
    return _not_known_or_fault(answer, expression) if failed else answer


def _seen(expression: Expression, bound: Sequence[Plain]) -> dict[str, Any]:
    """The variables of `expression` as CEL sees them."""
    return {n: p.plain for n, p in zip(expression.variables, bound, strict=True) if not p.is_absent}


def reading(path: Path, default: Value = None) -> Callable[[Scope], Value]:
    """What gives the value at `path` of a scope, with the unknowns inside it; `default` where nothing is set."""
    name, *keys = path
    assert isinstance(name, str)

    def read(scope: Scope) -> Value:
        found = scope.at(path)
        return default if found is None else found

    if len(keys) != 1 or not isinstance(keys[0], str):
        return read
    key = keys[0]

    def attribute(scope: Scope) -> Value:
        bound = scope.bound.get(name)
        if bound is None or type(bound.value) is not dict:
            return read(scope)
        found = bound.value.get(key)
        return default if found is None else found

    return attribute


def _double(number: float | Decimal) -> float:
    """A number as CEL has it; what is too large for that is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _run(expression: Expression, program: Any, bound: Sequence[Plain]) -> tuple[bool, Any]:
    """Whether the runtime's answer is an error, and the error's words or the plain value."""
    language = expression.language
    try:
        answer = program.eval(language.environment.Activation(_seen(expression, bound)))
    except RuntimeError as error:  # an optional's field where there is no map, say: nothing absorbs that
        return True, _first_line(error)
    failed = answer.type() == language.error_type
    return failed, str(answer.value()) if failed else _plain_answer(answer, language)


def _evaluated_beside_unknowns(expression: Expression, bound: Sequence[Plain], native: Native | None) -> Any:
    """The value of `expression` where something in its variables is not known; by the runtime without `native`."""
    values = {n: p.value for n, p in zip(expression.variables, bound, strict=True) if p.has_unknown}
    in_doubt = [guard for guard in expression.guards if any(path[0] in values for path in guard.paths)]
    if in_doubt:  # these look at known operands beside the others
        values = {n: p.value for n, p in zip(expression.variables, bound, strict=True) if p is not _UNBOUND}
    changed = replacements(in_doubt, values)
    native = native and expression.native_variant(changed)
    if native is not None:
        try:
            return _decided(_result(native(_seen(expression, bound))), expression, values)
        except LookupError:
            found = _deciding(expression, values, failed=True)
            if found:
                return merged(found)
            if expression.is_sure:
                raise _FaultInWords(expression, lambda: _run(expression, expression.variant(changed), bound)) from None
        except Beyond:
            pass
    failed, answer = _run(expression, expression.variant(changed), bound)
    if not failed:
        return _decided(answer, expression, values)
    found = _deciding(expression, values, failed=True)
    return merged(found) if found else _not_known_or_fault(answer, expression)


def _decided(result: Any, expression: Expression, values: Mapping[str, Value]) -> Any:
    """The result, unless it is a list or map that something unknown was left out of."""
    found = _deciding(expression, values, failed=False) if isinstance(result, (list, dict)) else []
    return merged(found) if found else result


def _deciding(expression: Expression, values: Mapping[str, Value], *, failed: bool) -> list[Unknown]:
    """What is unknown among that which an expression reads that failed, or gave a list or map."""
    found = unknown_among(expression.reads, values)
    if failed and not found:  # a place in a list behind an unknown one: the path is known, what CEL saw was not
        found = unknown_among([p for guard in expression.guards for p in guard.paths], values)
    return found


def merged(unknowns: Sequence[Unknown]) -> Unknown:
    """One unknown for several: their reasons, and all they wait for."""
    reasons = dict.fromkeys(part for u in unknowns for part in u.reason.split("; "))
    waits_for = dict.fromkeys(name for u in unknowns for name in u.waits_for)
    return Unknown("; ".join(reasons), tuple(waits_for), next((u.span for u in unknowns if u.span), None))


def _not_known_or_fault(message: str, expression: Expression) -> Unknown:
    if _NOT_KNOWN in message:
        return Unknown(message.partition(_NOT_KNOWN)[2])
    raise ExpressionFault(_fault_of(message, expression), expression.where)


def _fault_of(message: Any, expression: Expression) -> str:
    return f"{in_short(message)}: {in_short(expression.text)}"


def _result(value: Any) -> Any:
    """What a native expression gave, numbers as floats."""
    kind = type(value)
    if kind is int:
        return float(value)
    if kind is list:
        return [_result(entry) for entry in value]
    if kind is dict:
        return {key: _result(entry) for key, entry in value.items()}
    return value


def _plain_answer(answer: Any, language: Language) -> Any:
    """The plain value of the runtime's answer, worked out part by part.

    `plain_value()` would be shorter, but gives every null as a None without a reference of its own (cel-expr-python
    0.1.3): after some thousand nulls the interpreter frees None and dies.
    """
    if answer.type() == language.null_type:
        return None
    value = answer.value()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, list):
        return [_plain_answer(entry, language) for entry in value]
    if isinstance(value, dict):
        return {key: _plain_answer(entry, language) for key, entry in value.items()}
    return value


def _first_line(error: Exception) -> str:
    line = str(error).partition("\n")[0]
    return re.sub(r"^INVALID_ARGUMENT: ERROR: <input>:\d+:\d+: ", "", line)


def _count(value: Any) -> float:
    return float(len(value))


def _text(value: Any) -> str:
    """A number in its shortest plain form: 8.0 → "8", 1e7 → "10000000"."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else format(Decimal(repr(value)), "f")
    return str(value)


def _sum(values: Any) -> float:
    return float(sum(Decimal(repr(v)) for v in values))


_NOT_KNOWN = "not known: "


def not_known(reason: str) -> Any:
    """Make what asks for a value unknown, for `reason`; a function offered to expressions may end with it."""
    raise NotKnown(_NOT_KNOWN + reason)


@lru_cache(maxsize=10_000)
def _matches(text: str, pattern: str) -> bool:
    """Whether RE2 finds `pattern` in `text`: no pattern makes it slow, as Python's own may be made."""
    if type(text) is not str or type(pattern) is not str:
        raise Failed
    plain = plain_patterns.found(text, pattern)
    if plain is not None:
        return plain
    expression = compile("text.matches(pattern)", variables=("text", "pattern"))
    found = _evaluated(expression, Scope({"text": text, "pattern": pattern}), None)
    if isinstance(found, bool):
        return found
    raise Failed


_FUNCTIONS = (
    Function("not_known", not_known, may_not_know=True),
    Function("count", _count),
    Function("ceil", lambda x: float(ceil(x))),
    Function("floor", lambda x: float(floor(x))),
    Function("mod", lambda x, y: fmod(x, y), 2),
    Function("sum", _sum),
    Function("text", _text),
)
