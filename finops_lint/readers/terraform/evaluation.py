"""The state of evaluating one project: its values by dependency, its problems, and what was left out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.resource import without_index
from finops_lint.model.span import Span
from finops_lint.readers.cycles import cycle_text
from finops_lint.readers.files import notice
from finops_lint.readers.terraform.blocks import Layout, lay_out
from finops_lint.readers.terraform.configuration import ModuleConfiguration
from finops_lint.readers.terraform.engine import Engine, Node
from finops_lint.readers.terraform.expressions import Budget, Functions, evaluate
from finops_lint.readers.terraform.loader import Loader
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Expression, Literal, Name
from finops_lint.readers.terraform.traversals import Traversal, traversals
from finops_lint.readers.terraform.values import (
    AbsentFileError,
    EvaluationError,
    UndeclaredError,
    Unk,
    Value,
    contains_unknown,
)
from finops_lint.readers.terraform.variables import TerraformOptions
from finops_lint.readers.terraform.workspace import depends_on_workspace


@record(eq=False, slots=True)
class Evaluation:
    """One project while it is read."""

    folder: str
    """The root module's folder as the user would type it."""
    top: str
    """The real folder that is not left."""
    loader: Loader
    options: TerraformOptions
    functions: Functions
    readable: set[Path] = field(default_factory=set)
    """The real folders of the modules met so far: the file functions read there too."""
    problems: dict[tuple[str, str, Span | None], Problem] = field(default_factory=dict)
    """Each problem once, however many instances have it."""
    missing: dict[str, str] = field(default_factory=dict)
    """Address of a module call → the source that is not at hand."""
    configurations: dict[str, ModuleConfiguration] = field(default_factory=dict)
    """Address of a module instance → what it declares."""
    installed: Mapping[str, str] | None = None
    """Module key → folder, from `terraform init`; None until somebody asks."""
    in_workspace: dict[Span, str] = field(default_factory=dict)
    """Where an argument cannot be evaluated, perhaps because the workspace is another → what is wrong there."""
    waits_for_user: bool = False
    """Whether a root variable has no value, or callers give them all: as it is, nobody would run it."""
    folders: dict[str, str] = field(default_factory=dict)
    """Address of a module call → the local folder it names and that cannot be read."""
    incomplete: bool = False
    budget: Budget = field(default_factory=Budget)
    """What all expressions together may cost."""
    instances: int = 0
    """Of resources and modules, made so far."""
    is_full: bool = False
    """Whether there was no room for a module."""
    blocks: int = 0
    """Made by `dynamic` blocks so far."""
    engine: Engine = field(init=False)
    _real_folders: dict[str, str] = field(default_factory=dict)
    _layouts: dict[int, tuple[Body, Layout]] = field(default_factory=dict)
    _traversals: dict[int, tuple[Expression, list[Traversal]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = Engine(self._cycle, self._too_deep)

    def report(self, problem: Problem) -> None:
        """Note a problem once."""
        self.problems.setdefault((problem.code, problem.message, problem.span), problem)

    def real_folder(self, folder: str) -> str:
        """Where `folder` lies once links are followed; each is looked up once."""
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        return self._real_folders[folder]

    def room_for_instances(self) -> int:
        """How many instances one more block may make."""
        limits = self.options.limits
        return min(limits.instances, max(limits.total_instances - self.instances, 0))

    def has_room_for_block(self) -> bool:
        """Count one more generated block; False, once told, where the project has too many of them."""
        most = self.options.limits.total_blocks
        self.blocks += 1
        if self.blocks > most:
            self.report(
                notice("too-large", f"more than {most:,} generated blocks: the others are not read", self.folder)
            )
        return self.blocks <= most

    @property
    def workspace(self) -> str:
        """The name of the workspace the project is read for."""
        return self.options.workspace or self.options.environment.get("TF_WORKSPACE") or "default"

    @property
    def guesses_workspace(self) -> bool:
        """Whether nobody says which workspace it is."""
        return not (self.options.workspace or self.options.environment.get("TF_WORKSPACE"))

    @property
    def level(self) -> Level:
        """How bad a fault is that no unknown can mend: an error, unless something that may explain it is missing."""
        return Level.NOTICE if self.incomplete or self.missing or self.waits_for_user else Level.ERROR

    def attribute(self, attribute: Attribute, scope: Any) -> Value:
        """The value of an argument; one that cannot be evaluated is reported and unknown.

        What Terraform 1.11 refuses and 1.12 evaluates, since `&&` and `||` look at the right side only where the left
        does not settle it, has its value too.
        """
        expression = attribute.expression
        if type(expression) is Literal and type(expression.value) is str and expression.value.isascii():
            return expression.value  # as nearly every other one is
        if isinstance(expression, Name) and expression.name in scope.bindings:
            value = scope.bindings[expression.name]
            for step in expression.steps:
                if not isinstance(value, dict) or step not in value:
                    break  # what is wrong is told below
                value = value[step]
            else:
                return value
        try:
            value = evaluate(expression, scope, self.budget)
        except EvaluationError as error:
            wrong = error
        else:
            if self.budget.gave_up:
                self.report(
                    Problem(Level.NOTICE, "too-large", f"{attribute.name}: {self.budget.gave_up}", attribute.span)
                )
                self.budget.gave_up = ""
            return value
        try:
            return evaluate(attribute.expression, replace(scope, short_circuits=True))
        except EvaluationError:
            fault = self.fault(attribute, wrong, scope)
        if not isinstance(wrong, UndeclaredError):
            return fault
        try:
            return evaluate(attribute.expression, replace(scope, short_circuits=True, lenient=True))
        except EvaluationError:
            return fault

    def fault(self, part: Attribute, error: EvaluationError, scope: Any) -> Unk:
        """Report that `part` cannot be evaluated, and answer the unknown that stands for it.

        What an instance that may not exist would trip over is not reported: a null where its options are left out, say.
        """
        start, end = (error.start, error.end) if error.start >= 0 else (part.start, part.end)
        span = part.source.span(start, end)
        reason = f"it cannot be evaluated: {error.message}"
        if isinstance(error, UndeclaredError | AbsentFileError):
            self._report_fault(part, error, scope, span)
        elif self.guesses_workspace and depends_on_workspace(part.expression, scope):
            self.in_workspace.setdefault(span, f"{part.name}: {error.message}")
            reason += f" (terraform.workspace is taken to be {self.workspace})"
        elif not scope.may_be_idle:
            self._report_fault(part, error, scope, span)
        return Unk(reason=reason, span=span)

    def _report_fault(self, part: Attribute, error: EvaluationError, scope: Any, span: Span) -> None:
        is_certain = not isinstance(error, AbsentFileError) and self._is_certain(part, scope)
        level = Level.ERROR if is_certain else Level.NOTICE
        self.report(Problem(level, "evaluation-error", f"{part.name}: {error.message}", span))

    def _is_certain(self, part: Attribute, scope: Any) -> bool:
        """Whether Terraform would refuse `part` too: all that it reads is known and nothing is missing."""
        if self.level is Level.NOTICE:
            return False
        for traversal in self.traversals(part.expression):
            names = tuple(s for s in traversal.steps[:2] if isinstance(s, str))
            try:
                value, _ = scope.resolve(traversal.root, names)
            except EvaluationError:
                continue
            if contains_unknown(value):
                return False
        return True

    def layout(self, body: Body, without: frozenset[str] = frozenset()) -> Layout:
        """The body by name, sorted once for all instances of its block."""
        found = self._layouts.get(id(body))
        if found is None:
            found = self._layouts[id(body)] = (body, lay_out(body, without))
        return found[1]

    def traversals(self, expression: Expression) -> list[Traversal]:
        """What the expression reads, looked up once for all instances."""
        if isinstance(expression, Literal):
            return []
        found = self._traversals.get(id(expression))
        if found is None:
            found = self._traversals[id(expression)] = (expression, traversals(expression))
        return found[1]

    def _cycle(self, chain: Sequence[Node]) -> Value:
        names = list(dict.fromkeys(title(node) for node in chain[:-1]))
        text = cycle_text(names)
        if not any(code == "cycle" and set(names) & set(message.split(" → ")) for code, message, _ in self.problems):
            message = f"these depend on each other: {text}"
            self.report(Problem(Level.ERROR, "cycle", message, self._where(chain[0])))
        return Unk(reason=f"{names[0]} depends on itself", waits_for=(names[0],))

    def _where(self, node: Node) -> Span:
        """Where the value of `node` is written; the project where that is not to be found."""
        configuration = self.configurations.get(node[0])
        if configuration is None:
            return Span(self.folder, 1)
        kind, name = node[1], node[2]
        tables: Mapping[str, Mapping[str, Attribute | Block]] = {
            "local": configuration.locals,
            "var": configuration.variables,
            "output": configuration.outputs,
            "module": configuration.modules,
        }
        found = tables[kind].get(name) if kind in tables else None
        if found is None:
            words = without_index(name).split(".")
            found = configuration.resources.get((words[-2], words[-1])) if len(words) > 1 else None
        return found.span if found is not None else Span(self.folder, 1)

    def _too_deep(self, node: Node) -> Value:
        self.report(notice("too-deep", f"{title(node)} is nested too deeply to be evaluated", self.folder))
        return Unk(reason=f"{title(node)} is nested too deeply to be evaluated", waits_for=(title(node),))


_PREFIXES = {"var": "var.", "local": "local.", "output": "output.", "module": "module.", "provider": "provider."}


def title(node: Node) -> str:
    """How a person calls the value of `node`: `module.a.local.x`, `aws_instance.web`."""
    address, kind, name = node[:3]
    if not kind:
        return name
    prefix = f"{address}." if address else ""
    return f"{prefix}{_PREFIXES.get(kind, '')}{name}"
