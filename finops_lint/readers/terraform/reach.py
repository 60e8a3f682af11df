"""Tells, by the text alone, whether anything a block or expression reads can lead to a resource at all.

Most read variables and locals that hold nothing but settings; what `edges` would find by following each for each
instance is nothing, and is known here once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TypeAlias

from finops_lint.model.records import record
from finops_lint.readers.terraform.evaluation import Evaluation
from finops_lint.readers.terraform.module import Module, ModuleScope
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Expression, Literal
from finops_lint.readers.terraform.traversals import Every, Step

NO_EDGES = frozenset({"data", "path", "terraform", "tofu", "each", "count", "self", "ephemeral"})
"""Names that lead to no resource by themselves."""
_DEEPEST = 60
"""Locals and variables that are followed; what lies deeper may lead anywhere."""

Part: TypeAlias = Block | Expression


@record(slots=True)
class Reach:
    """What leads somewhere in one project."""

    evaluation: Evaluation
    _known: dict[tuple[str, int], tuple[Part, bool]] = field(default_factory=dict)
    """Module and part → whether it leads to a resource; the part is kept so that its id stays its own."""
    _depth: int = 0

    def may_lead(self, part: Part, scope: ModuleScope) -> bool:
        """False where nothing that `part` reads, nor what its iterators walk through, can be a resource."""
        return self.by_text(part, scope.module) or self.by_sources(scope)

    def by_sources(self, scope: ModuleScope) -> bool:
        """Whether an element of what the iterators walk through can be a resource."""
        return bool(scope.sources) and any(self.may_lead(s.collection, s.scope) for s in scope.sources.values())

    def by_text(self, part: Part, module: Module) -> bool:
        """Whether anything `part` reads by another name than an iterator's can be a resource."""
        key = (module.address, id(part))
        found = self._known.get(key)
        if found is None:
            # Whoever depends on itself may lead anywhere, as does what lies too deep.
            self._known[key] = (part, True)
            found = self._known[key] = (part, self._leads(part, module))
        return found[1]

    def _leads(self, part: Part, module: Module) -> bool:
        if self._depth >= _DEEPEST:
            return True
        self._depth += 1
        written = written_in(part) if isinstance(part, Block) else (part,)
        reads = self.evaluation.traversals
        leads = any(self.is_lead(read.root, read.steps, module) for here in written for read in reads(here))
        self._depth -= 1
        return leads

    def is_lead(self, root: str, steps: Sequence[Step], module: Module) -> bool:
        """Whether a reference can lead to a resource; to whoever asks about what they are looking for, it can."""
        if root in NO_EDGES or not steps or isinstance(steps[0], (int, Every)):
            return False
        name = steps[0]
        if root == "module" or not isinstance(name, str):
            return True
        if root == "local":
            return self._is_behind(module.configuration.locals.get(name), module.scope)
        if root == "var":
            argument = module.call.body.attributes.get(name) if module.call else None
            return module.outer is not None and self._is_behind(argument, module.outer)
        return (root, name) in module.configuration.resources

    def _is_behind(self, attribute: Attribute | None, scope: ModuleScope) -> bool:
        return attribute is not None and self.may_lead(attribute.expression, scope)


def written_in(block: Block) -> Iterator[Expression]:
    """The expressions of a block and of those in it that are not literal."""
    pending: list[Body] = [block.body]
    while pending:
        here = pending.pop()
        for attribute in here.attributes.values():
            if type(attribute.expression) is not Literal:
                yield attribute.expression
        pending.extend(block.body for block in here.blocks)


def has_dynamic(body: Body) -> bool:
    """Whether a `dynamic` block stands anywhere in the body."""
    return any(block.type == "dynamic" or has_dynamic(block.body) for block in body.blocks)
