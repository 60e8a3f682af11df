"""One instance of a module: what the names in its expressions stand for, and the instances of all it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.readers.terraform.blocks import Layout
from finops_lint.readers.terraform.configuration import ModuleConfiguration
from finops_lint.readers.terraform.evaluation import Evaluation
from finops_lint.readers.terraform.expressions import Functions
from finops_lint.readers.terraform.groups import Group, unknown_group
from finops_lint.readers.terraform.instances import (
    ONE,
    Assumed,
    Expansion,
    Key,
    Source,
    expand_by_position,
    expand_count,
    expand_for_each,
    key_text,
)
from finops_lint.readers.terraform.known_data import known_attributes, of_named_data, of_terraform_data
from finops_lint.readers.terraform.module_sources import find_module, has_room_for_module
from finops_lint.readers.terraform.names import resolve
from finops_lint.readers.terraform.providers import Providers, handed_down, own_providers, provider_of
from finops_lint.readers.terraform.resource_instances import META, Instance
from finops_lint.readers.terraform.syntax import Block
from finops_lint.readers.terraform.values import (
    SENSITIVE,
    EvaluationError,
    UndeclaredError,
    Unk,
    Value,
    mark,
    unknown_map,
)
from finops_lint.readers.terraform.variables import (
    Declaration,
    Given,
    declare,
    default_value,
    given_value,
    missing_value,
    settle,
)

CALL_META = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})
"""What every module block may have and no module sees."""


@record(frozen=True, slots=True)
class ModuleScope:
    """The names inside one module instance, and `each`, `count` and others before them."""

    module: Module
    bindings: Mapping[str, Value]
    sources: Mapping[str, Source] = field(default_factory=dict)
    """What `each` and iterators walk through."""
    short_circuits: bool = False
    """Whether `false && wrong` is false, as from Terraform 1.12 on."""
    lenient: bool = False
    """Whether a name nobody declares is unknown: it has been reported, and the rest of the expression still counts."""
    may_be_idle: bool = False
    """Whether the instance it belongs to may not exist: then what is wrong with its values may never be asked."""

    @property
    def functions(self) -> Functions:
        """The functions that may be called."""
        return self.module.evaluation.functions

    def resolve(self, root: str, names: Sequence[Value]) -> tuple[Value, int]:
        """What the reference begins with, and how many of `names` it used; see `expressions.Scope`."""
        if root in self.bindings:
            return self.bindings[root], 0
        try:
            return resolve(self.module, root, names)
        except UndeclaredError as error:
            if not self.lenient:
                raise
            return Unk(reason=error.message), len(names)

    def child(
        self, variables: Mapping[str, Value], sources: Mapping[str, Source] | None = None, *, may_be_idle: bool = False
    ) -> ModuleScope:
        """A scope in which `variables` stand before all else."""
        return ModuleScope(
            self.module,
            {**self.bindings, **variables},
            {**self.sources, **sources} if sources else self.sources,
            self.short_circuits,
            self.lenient,
            self.may_be_idle or may_be_idle,
        )


@record(eq=False, slots=True)
class Module:
    """One module instance; the root has no call."""

    evaluation: Evaluation
    configuration: ModuleConfiguration
    address: str = ""
    names: tuple[str, ...] = ()
    """Names of the calls that lead here."""
    parent: Module | None = None
    call: Block | None = None
    key: Key = None
    outer: ModuleScope | None = None
    """Where the call's arguments are evaluated."""
    calls: tuple[Span, ...] = ()
    assumed: str = ""
    given: Mapping[str, Given] = field(default_factory=dict)
    """The root's values from the user."""
    scope: ModuleScope = field(init=False)
    providers: Providers = field(init=False)
    _declarations: dict[str, Declaration] = field(default_factory=dict)
    _groups: dict[tuple[str, str, str], Group] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scope = ModuleScope(self, {}, may_be_idle=bool(self.assumed))
        self.evaluation.configurations[self.address] = self.configuration
        inherited = handed_down(self.parent.providers, self._argument("providers")) if self.parent else {}
        own = own_providers(self.configuration, self.address, self.scope, self.evaluation)
        self.providers = {**inherited, **own}

    def _argument(self, name: str) -> Any:
        return self.call.body.attributes.get(name) if self.call else None

    def undeclared(self, title: str, why: str) -> Value:
        """What a name nobody declares is: an error, unless the part of the file that declares it was left out."""
        if not self.configuration.incomplete:
            raise UndeclaredError(f"{title}: {why}")
        return Unk(reason=f"{title} is not declared in what could be read", waits_for=(title,))

    # Variables, locals, outputs

    def variable(self, name: str) -> Value:
        """`var.name`."""
        return self.evaluation.engine.settle((self.address, "var", name), lambda: self._variable(name))

    def declaration(self, name: str) -> Declaration | None:
        """What the variable block called `name` says."""
        block = self.configuration.variables.get(name)
        if block is not None and name not in self._declarations:
            problems: list[Problem] = []
            self._declarations[name] = declare(name, block, problems)
            self._report(problems)
        return self._declarations.get(name)

    def _variable(self, name: str) -> Value:
        declared = self.declaration(name)
        if declared is None:
            return self.undeclared(f"var.{name}", "there is no variable block for it")
        problems: list[Problem] = []
        value = self._variable_value(declared, problems)
        self._report(problems)
        return value

    def _variable_value(self, declared: Declaration, problems: list[Problem]) -> Value:
        name = declared.name
        if self.outer is None:
            if name in self.given:
                return given_value(declared, self.given[name], problems)
        elif (argument := self._argument(name)) is not None and name not in CALL_META:
            value = self.evaluation.attribute(argument, self.outer)
            return settle(declared, value, argument.span, problems)
        elif declared.default is None:
            return missing_value(declared, f"{self.address}.var.{name}")
        return default_value(declared, problems)

    def _report(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.evaluation.report(problem)

    def local(self, name: str) -> Value:
        """`local.name`."""
        return self.evaluation.engine.settle((self.address, "local", name), lambda: self._local(name))

    def _local(self, name: str) -> Value:
        attribute = self.configuration.locals.get(name)
        if attribute is None:
            return self.undeclared(f"local.{name}", "no locals block sets it")
        return self.evaluation.attribute(attribute, self.scope)

    def read(self, name: str) -> Value:
        """The output `name`, as the calling module sees it."""
        return self.evaluation.engine.settle((self.address, "output", name), lambda: self._output(name))

    def _output(self, name: str) -> Value:
        block = self.configuration.outputs.get(name)
        if block is None:
            return self.undeclared(f"{self.address}.{name}", "the module has no such output")
        attribute = block.body.attributes.get("value")
        if attribute is None:
            return None
        value = self.evaluation.attribute(attribute, self.scope)
        secret = block.body.attributes.get("sensitive")
        if secret is not None and self.evaluation.attribute(secret, self.scope) is True:
            return mark(value, frozenset({SENSITIVE}))
        return value

    def whole(self) -> Value:
        """The object of all outputs."""
        outputs = {name: self.read(name) for name in sorted(self.configuration.outputs)}
        if not self.configuration.incomplete:
            return outputs
        return unknown_map(outputs, Unk(reason=f"{self.address} could not be read wholly", waits_for=(self.address,)))

    # Blocks with instances

    def group(self, mode: str, kind: str, name: str) -> Group | None:
        """All instances of a resource, data source or ephemeral resource; None where nothing declares it."""
        found = self._groups.get((mode, kind, name))
        if found is not None:
            return found
        configuration = self.configuration
        if mode == "resource":
            block, title = configuration.resources.get((kind, name)), f"{kind}.{name}"
        else:
            table = configuration.data if mode == "data" else configuration.ephemeral
            block, title = table.get((kind, name)), f"{mode}.{kind}.{name}"
        if block is None:
            return None
        node = (self.address, "instances", title)
        made: Group | Unk = self.evaluation.engine.settle(node, lambda: self._group(mode, block))
        if isinstance(made, Unk):
            return unknown_group(made)
        self._groups[mode, kind, name] = made
        return made

    def _group(self, mode: str, block: Block) -> Group:
        expansion = self._expand(block)
        layout = self.evaluation.layout(block.body, META)
        members = tuple([self._instance(mode, block, layout, expansion, item) for item in expansion.items])
        return Group(expansion.kind, members, expansion.rest)

    def _instance(
        self, mode: str, block: Block, layout: Layout, expansion: Expansion, item: tuple[Key, Mapping[str, Value]]
    ) -> Instance:
        key, _ = item
        kind, name = block.labels
        prefix = f"{self.address}." if self.address else ""
        prefix += "" if mode == "resource" else f"{mode}."
        instance = Instance(
            self.evaluation,
            self._scope_of(block, item),
            block,
            layout,
            mode,
            kind,
            name,
            key,
            self.address,
            f"{prefix}{kind}.{name}{key_text(key)}",
            self._assumption(key, expansion),
        )
        if mode == "data":
            instance.computed = lambda: self._known_data(instance)
        elif kind == "terraform_data":
            instance.computed = lambda: of_terraform_data(instance.given("input"), instance.unknown)
        return instance

    def _scope_of(self, block: Block, item: tuple[Key, Mapping[str, Value]]) -> ModuleScope:
        """The names inside one instance of `block`."""
        key, bindings = item
        if not bindings:
            return self.scope
        for_each = block.body.attributes.get("for_each")
        sources = {"each": Source(for_each.expression, self.scope, key)} if for_each else None
        return self.scope.child(bindings, sources, may_be_idle=isinstance(key, Assumed))

    def _known_data(self, instance: Instance) -> Mapping[str, Value]:
        named = of_named_data(instance.type, instance.given, instance.unknown)
        if named:
            return named
        provider = provider_of(instance.type, instance.block, self.providers, instance.scope, self.evaluation)
        arguments = {**instance.layout.attributes, **instance.layout.blocks}
        return known_attributes(instance.type, arguments, provider.plain) if provider else {}

    def _assumption(self, key: Key, expansion: Expansion) -> str:
        if not isinstance(key, Assumed) or expansion.rest is None:
            return self.assumed
        argument = "count" if expansion.kind == "count" else "for_each"
        waits_for = ", ".join(expansion.rest.waits_for)
        own = f"{argument} depends on {waits_for}" if waits_for else f"{argument} is not known: {expansion.rest.reason}"
        return f"{self.assumed}; {own}" if self.assumed else own

    def _expand(self, block: Block) -> Expansion:
        """The instances `count` or `for_each` makes; what is wrong with them is reported, and one is assumed."""
        for argument, expand in (("count", expand_count), ("for_each", expand_for_each)):
            attribute = block.body.attributes.get(argument)
            if attribute is None:
                continue
            value = self.evaluation.attribute(attribute, self.scope)
            room = self.evaluation.room_for_instances()
            try:
                expansion = expand(value, room)
            except EvaluationError as error:
                fault = self.evaluation.fault(attribute, error, self.scope)
                expansion = expand_by_position(value, room) or expand(fault, room)
            self.evaluation.instances += len(expansion.items)
            return expansion
        self.evaluation.instances += 1
        return ONE

    # Called modules

    def children(self, name: str) -> Group | None:
        """All instances of the module called `name`; None where the call is not declared or the module not at hand."""
        node = (self.address, "module", name)
        found: Group | Unk | None = self.evaluation.engine.settle(node, lambda: self._children(name))
        return unknown_group(found) if isinstance(found, Unk) else found

    def _children(self, name: str) -> Group | None:
        block = self.configuration.modules.get(name)
        if block is None:
            return None
        address = f"{self.address}.module.{name}" if self.address else f"module.{name}"
        configuration = find_module(self, block, address)
        if configuration is None or not has_room_for_module(self, address):
            return None
        expansion = self._expand(block)
        members = [self._child(block, address, configuration, expansion, item) for item in expansion.items]
        return Group(expansion.kind, tuple(members), expansion.rest)

    def _child(
        self,
        block: Block,
        address: str,
        configuration: ModuleConfiguration,
        expansion: Expansion,
        item: tuple[Key, Mapping[str, Value]],
    ) -> Module:
        key, _ = item
        return Module(
            self.evaluation,
            configuration,
            f"{address}{key_text(key)}",
            (*self.names, block.labels[0]),
            self,
            block,
            key,
            self._scope_of(block, item),
            (*self.calls, block.span),
            self._assumption(key, expansion),
        )
