"""One instance of a resource, data source or ephemeral resource: its arguments, worked out when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from finops_lint.model.records import record
from finops_lint.readers.terraform.blocks import Blocks, Content, Layout, as_value, evaluate_blocks, open_object
from finops_lint.readers.terraform.evaluation import Evaluation
from finops_lint.readers.terraform.instances import Key
from finops_lint.readers.terraform.syntax import Attribute, Block, Literal, Name
from finops_lint.readers.terraform.values import Unk, Value, unmark

META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"})
"""What every resource block may have and no provider sees."""


@record(eq=False, slots=True)
class Instance:
    """One instance in one module instance."""

    evaluation: Evaluation
    scope: Any
    """What names stand for inside the block, `each` and `count` too."""
    block: Block
    layout: Layout
    """Of the block's body, without what every resource may have."""
    mode: str
    """`resource`, `data` or `ephemeral`."""
    type: str
    name: str
    key: Key
    module: str
    """Address of its module."""
    address: str
    assumed: str
    """Why it may not exist; empty where it certainly does."""
    computed: Callable[[], Mapping[str, Value]] | None = None
    """Attributes known although the block does not set them."""
    _unknown: Unk | None = None

    def content(self, name: str) -> Content:
        """The argument or the blocks called `name`, which the block has."""
        attribute = self.layout.attributes.get(name)
        if attribute is not None:
            return self._argument(name, attribute)
        return self.evaluation.engine.settle((self.module, "", self.address, name), lambda: self._blocks(name))

    def _argument(self, name: str, attribute: Attribute) -> Value:
        evaluation, written = self.evaluation, attribute.expression
        if isinstance(written, Literal) or (isinstance(written, Name) and written.name in self.scope.bindings):
            return evaluation.attribute(attribute, self.scope)  # nothing else has to be worked out for it
        node = (self.module, "", self.address, name)
        return evaluation.engine.settle(node, lambda: evaluation.attribute(attribute, self.scope))

    def _blocks(self, name: str) -> Blocks:
        return evaluate_blocks(self.layout.blocks[name], self.scope, self.evaluation)

    def contents(self) -> dict[str, Content]:
        """Everything the block sets, arguments first."""
        found: dict[str, Content] = self.layout.literals.copy()
        for name, attribute in self.layout.computed.items():
            found[name] = self._argument(name, attribute)
        for name in self.layout.blocks:
            found[name] = self.content(name)
        return found

    @property
    def unknown(self) -> Unk:
        """What an attribute is that the block does not set."""
        if self._unknown is None:
            reason = f"{self.address} is read at apply" if self.mode == "data" else "known after apply"
            self._unknown = Unk(reason=reason, waits_for=(self.address,))
        return self._unknown

    def read(self, name: str) -> Value:
        """The attribute `name` as another expression sees it: as set, otherwise for the provider to say."""
        if name in self.layout.attributes or name in self.layout.blocks:
            value = as_value(self.content(name), self.unknown)
            if unmark(value)[0] is not None:
                return value
        if self.computed is not None:
            return self.computed().get(name, self.unknown)
        return self.unknown

    def given(self, name: str) -> Value:
        """The argument `name`, null where the block does not set it."""
        return as_value(self.content(name), self.unknown) if name in self.layout.attributes else None

    def whole(self) -> Value:
        """The object another expression sees."""
        return self.evaluation.engine.settle((self.module, "", self.address), self._whole)

    def _whole(self) -> Value:
        extra = self.computed() if self.computed is not None else {}
        return open_object({**extra, **self.contents()}, self.unknown)
