"""The edges of a resource: which other resources its attributes name, through locals, variables and outputs too.

Edges come from the text, so that a value that is known keeps them; indexes and conditions are evaluated where known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from typing import TypeAlias

from finops_lint.model.records import record, replace
from finops_lint.model.resource import Reference
from finops_lint.model.values import Path, Unknown, get
from finops_lint.model.values import Value as ModelValue
from finops_lint.readers.terraform.blocks import Blocks, Content
from finops_lint.readers.terraform.configuration import literal_text
from finops_lint.readers.terraform.evaluation import Evaluation
from finops_lint.readers.terraform.expressions import evaluate
from finops_lint.readers.terraform.groups import Group
from finops_lint.readers.terraform.instances import Source, key_text
from finops_lint.readers.terraform.module import Module, ModuleScope
from finops_lint.readers.terraform.reach import NO_EDGES, Reach, has_dynamic, written_in
from finops_lint.readers.terraform.resource_instances import Instance
from finops_lint.readers.terraform.syntax import (
    Attribute,
    Block,
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
    Template,
    TupleExpression,
)
from finops_lint.readers.terraform.traversals import Every, Step, as_traversal, in_short
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value, unmark

_SAME_PATH = frozenset({"merge", "try", "coalesce", "tomap", "tolist", "toset", "sensitive", "nonsensitive", "one"})
_DEEPEST = 60
"""Locals, variables and outputs an edge is followed through."""

_MOST_OWNERS = 100
"""Instances that one edge is written out for: a thousand that each name a thousand would be a million edges."""

Target: TypeAlias = tuple[str, str]
"""Address and attribute."""
_Found: TypeAlias = dict[tuple[Path, str, str], None]
"""What References are to be made of, each once."""


@record(frozen=True, slots=True)
class _Look:
    """An expression still to be looked through, and the steps taken from its value."""

    expression: Expression
    scope: ModuleScope
    steps: tuple[Step, ...] = ()


@record(slots=True)
class Edges:
    """Finds the edges of one project's resources; what lies behind a local, variable or output is found once."""

    evaluation: Evaluation
    reach: Reach = field(init=False)
    groups: set[str] = field(default_factory=set)
    """Addresses without index of blocks with `count` or `for_each` that an edge leads to."""
    _shared: dict[tuple[str, int], tuple[Block, tuple[Reference, ...] | None]] = field(default_factory=dict)
    """Module and block with several instances → the edges they share; None where each has its own."""
    _behind: dict[tuple[str, str, tuple[Step, ...]], tuple[Target, ...]] = field(default_factory=dict)
    _depth: int = 0

    def __post_init__(self) -> None:
        self.reach = Reach(self.evaluation)

    def of(self, instance: Instance) -> tuple[Reference, ...]:
        """The edges of one resource instance, in the order written, each once."""
        scope, block = instance.scope, instance.block
        follows = self.reach.by_sources(scope)
        if self._leads_nowhere(block, scope, follows=follows):
            return ()
        if follows or not scope.bindings:
            found = self._of_instance(instance, follows=follows)
        else:
            key = (instance.module, id(block))
            if key not in self._shared:
                same = self._are_same(block, scope)
                self._shared[key] = (block, self._of_instance(instance, follows=False) if same else None)
            shared = self._shared[key][1]
            found = self._of_instance(instance, follows=False) if shared is None else shared
        if instance.address in [edge.target for edge in found]:
            return tuple([edge for edge in found if edge.target != instance.address])
        return found

    def _are_same(self, block: Block, scope: ModuleScope) -> bool:
        """Whether the edges of all instances of a block are the same: no argument with any reads `each` or `count`."""
        if has_dynamic(block.body):
            return False
        leading = [part for part in written_in(block) if self.reach.by_text(part, scope.module)]
        return not any(read.root in scope.bindings for part in leading for read in self.evaluation.traversals(part))

    def _of_instance(self, instance: Instance, *, follows: bool) -> tuple[Reference, ...]:
        scope = instance.scope
        found: _Found = {}
        self._of_body(instance.layout.attributes, scope, (), found, follows=follows)
        for name in instance.layout.blocks:
            self._of_content(instance.content(name), (name,), found)
        depends_on = instance.block.body.attributes.get("depends_on")
        if depends_on is not None:
            targets = self._targets(depends_on.expression, scope)
            found.update((((), target, ""), None) for target, _ in targets)
        return tuple([Reference(*edge) for edge in found])

    def handed_out(self, modules: Iterable[Module]) -> frozenset[str]:
        """Addresses of what is given to the root's outputs, modules that are not at hand and blocks that make nothing.

        A block with a `count` of 0 uses what it names wherever a variable or workspace switches it on.
        """
        found: set[str] = set()
        for module in modules:
            for kind, name in module.configuration.resources:
                group = module.group("resource", kind, name)
                if group is not None and not group.members and group.rest is None:
                    written = written_in(module.configuration.resources[kind, name])
                    found.update(target for each in written for target, _ in self._targets(each, module.scope))
            outputs = () if module.address else module.configuration.outputs.values()
            given = [output.body.attributes.get("value") for output in outputs]
            for name, call in module.configuration.modules.items():
                given += call.body.attributes.values() if module.children(name) is None else ()
            for attribute in given:
                if attribute is not None:
                    found.update(target for target, _ in self._targets(attribute.expression, module.scope))
                    found.update(self._of_whole_modules(attribute.expression, module))
        return frozenset(found)

    def _of_whole_modules(self, expression: Expression, module: Module) -> Iterator[str]:
        """Addresses of what the outputs of modules that are handed out as a whole (`value = module.vpc`) are given."""
        for traversal in self.evaluation.traversals(expression):
            steps = _evaluated(traversal.steps, module.scope)
            group = module.children(str(steps[0])) if traversal.root == "module" and steps else None
            members, rest = _chosen(group, steps[1:]) if group is not None else ((), ())
            for member in members if not any(isinstance(step, str) for step in rest) else ():
                for output in member.configuration.outputs.values():
                    value = output.body.attributes.get("value")
                    if value is not None:
                        yield from (target for target, _ in self._targets(value.expression, member.scope))
                        yield from self._of_whole_modules(value.expression, member)

    def _of_body(
        self, attributes: Mapping[str, Attribute], scope: ModuleScope, path: Path, found: _Found, *, follows: bool
    ) -> None:
        """The edges of a body's arguments; `follows` says whether iterators may lead anywhere."""
        for name, attribute in attributes.items():
            expression = attribute.expression
            if type(expression) is Literal:
                continue
            if isinstance(expression, Name):
                leads = follows or expression.name not in scope.bindings
            else:
                leads = follows or self.reach.by_text(expression, scope.module)
            if leads:
                self._of_expression(expression, scope, (*path, name), found)

    def _leads_nowhere(self, block: Block, scope: ModuleScope, *, follows: bool) -> bool:
        """Whether no argument need be looked at; of a block that stands once, looking is no more work."""
        return bool(scope.bindings) and not follows and not self.reach.by_text(block, scope.module)

    def _of_content(self, content: Content, path: Path, found: _Found) -> None:
        if not isinstance(content, Blocks):
            return
        for index, item in enumerate(content.items):
            follows = self.reach.by_sources(item.scope)
            if self._leads_nowhere(item.block, item.scope, follows=follows):
                continue
            here = (*path, index)
            self._of_body(item.layout.attributes, item.scope, here, found, follows=follows)
            for name, inner in item.values.items():
                self._of_content(inner, (*here, name), found)

    def _of_expression(self, expression: Expression, scope: ModuleScope, path: Path, found: _Found) -> None:
        """Edges with the path inside the argument, as deep as objects and tuples are written out."""
        if isinstance(expression, Name):
            for target, attribute in self._of_name(*in_short(expression.name, expression.steps), scope):
                found[path, target, attribute] = None
        elif isinstance(expression, ObjectExpression):
            for key, value in expression.items:
                name = literal_text(key)
                self._of_expression(value, scope, path if name is None else (*path, name), found)
        elif isinstance(expression, TupleExpression):
            for index, value in enumerate(expression.items):
                self._of_expression(value, scope, (*path, index), found)
        elif not isinstance(expression, Literal):
            for target, attribute in self._targets(expression, scope):
                found[path, target, attribute] = None

    def _targets(self, expression: Expression, scope: ModuleScope) -> Iterator[Target]:
        """Address and attribute of every resource the expression leads to."""
        return self._of_look(_Look(expression, scope))

    def _of_look(self, first: _Look) -> Iterator[Target]:
        pending = [first]
        while pending:
            look = pending.pop()
            reads = self.evaluation.traversals(look.expression)
            if not reads:
                continue
            is_reference = isinstance(look.expression, (Name, GetAttr, Index, Splat))
            inner = None if is_reference else _narrow(look)
            if inner is not None:
                pending.extend(reversed(inner))
                continue
            whole = as_traversal(look.expression) if look.steps else None
            for traversal in reads:
                more = look.steps if traversal == whole else ()
                steps = _evaluated((*traversal.steps, *more), look.scope)
                yield from self._of_name(traversal.root, steps, look.scope)

    def _of_name(self, root: str, steps: tuple[Step, ...], scope: ModuleScope) -> Sequence[Target]:
        """What a reference leads to; remembered where it is the same all over the module."""
        if root in scope.bindings:
            return self._through(_behind_binding(root, steps, scope)) if self.reach.by_sources(scope) else ()
        module = scope.module
        key = (module.address, root, steps)
        found = self._behind.get(key)
        if found is None:
            # Whoever depends on itself finds nothing the second time round.
            self._behind[key] = ()
            found = self._behind[key] = self._of_name_in(module, root, steps)
        return found

    def _of_name_in(self, module: Module, root: str, steps: tuple[Step, ...]) -> tuple[Target, ...]:
        if root in NO_EDGES or not steps or not isinstance(steps[0], str):
            return ()
        if root in _FOLLOWED:
            return self._through(_FOLLOWED[root](module, steps)) if self.reach.is_lead(root, steps, module) else ()
        block = module.configuration.resources.get((root, steps[0]))
        if block is None:
            return ()
        is_group = "count" in block.body.attributes or "for_each" in block.body.attributes
        address, attribute = _resource(module, root, steps, is_group=is_group)
        if is_group and not address.endswith("]"):
            self.groups.add(address)
        return ((address, attribute),)

    def _through(self, looks: Sequence[_Look]) -> tuple[Target, ...]:
        if self._depth >= _DEEPEST:
            return ()
        self._depth += 1
        found = tuple(dict.fromkeys(target for look in looks for target in self._of_look(look)))
        self._depth -= 1
        return found


def narrowed(edges: tuple[Reference, ...], values: ModelValue, groups: Set[str]) -> tuple[Reference, ...]:
    """The edges with the instances where the text names all of one of `groups` and the value waits for some of them.

    `for_each = {for p in x.y : p.name => p}` and `each.value.id` name every `x.y`; each instance waits for its own. A
    list of `x.y[*].id` waits for all of them, in whichever instance it stands.
    """
    owners = [_owners(edge, values) if edge.target in groups else () for edge in edges]
    if not any(owners):
        return edges
    found: dict[Reference, None] = {}
    for edge, addresses in zip(edges, owners, strict=True):
        found.update(dict.fromkeys([replace(edge, target=address) for address in addresses] or [edge]))
    return tuple(found)


def _owners(edge: Reference, values: ModelValue) -> Sequence[str]:
    """The instances among what the edge names that the value waits for."""
    owners = [name for name in _waited(get(values, edge.path)) if name.endswith("]")]
    if owners:
        owners = [name for name in dict.fromkeys(owners) if name.startswith(f"{edge.target}[")]
    return owners if len(owners) <= _MOST_OWNERS else ()


def _waited(value: ModelValue) -> Sequence[str]:
    """What a value, or the entries of a list, wait for."""
    if isinstance(value, Unknown):
        return value.waits_for
    if isinstance(value, list):
        return [name for entry in value if isinstance(entry, Unknown) for name in entry.waits_for]
    return ()


def _evaluated(steps: tuple[Step, ...], scope: ModuleScope) -> tuple[Step, ...]:
    """The steps with every index worked out; one that is not known stands for all elements."""
    for step in steps:
        if not isinstance(step, (str, int, Every)):
            return tuple(s if isinstance(s, (str, int, Every)) else _index(s, scope) for s in steps)
    return steps


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
        case For():
            inner = scope.child(
                dict.fromkeys((here.key_name, here.value_name), Unk()),
                {here.value_name: Source(here.collection, scope, Unk(), bare=True)},
            )
            return [_Look(here.value, inner, steps[2:] if here.group else steps[1:])]
        case Call(name="lookup", args=(collection, key, *default)):
            looks = [_Look(collection, scope, (_index(key, scope), *steps)), _Look(key, scope)]
            return [*looks, *(_Look(part, scope, steps) for part in default)]
        case _:
            return None


# Names


def _behind_local(module: Module, steps: tuple[Step, ...]) -> list[_Look]:
    attribute = module.configuration.locals.get(str(steps[0]))
    return [_Look(attribute.expression, module.scope, steps[1:])] if attribute else []


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
    if steps and isinstance(steps[0], (str, int)):
        same = tuple(m for m in group.members if m.key == steps[0])
        return (group.members if not same and group.rest is not None else same), steps[1:]
    return group.members, steps[1:]


def _resource(module: Module, kind: str, steps: tuple[Step, ...], *, is_group: bool) -> Target:
    """What the steps into a resource block of the module lead to."""
    prefix = f"{module.address}." if module.address else ""
    address, rest = f"{prefix}{kind}.{steps[0]}", steps[1:]
    if is_group:
        if rest and isinstance(rest[0], (str, int)):
            address += key_text(rest[0])
        rest = rest[1:]
    while rest and isinstance(rest[0], Every):
        rest = rest[1:]
    attribute = rest[0] if rest and isinstance(rest[0], str) else ""
    return address, str(attribute)


def _behind_binding(root: str, steps: tuple[Step, ...], scope: ModuleScope) -> list[_Look]:
    """The element of the collection that `each.value`, or an iterator's `value`, stands for."""
    source = scope.sources.get(root)
    if source is None or not (source.bare or (steps and steps[0] == "value")):
        return []
    key = source.key if isinstance(source.key, (str, int)) else Every()
    return [_Look(source.collection, source.scope, (key, *(steps if source.bare else steps[1:])))]


_FOLLOWED: Mapping[str, Callable[[Module, tuple[Step, ...]], list[_Look]]] = {
    "local": _behind_local,
    "var": _behind_variable,
    "module": _behind_output,
}
