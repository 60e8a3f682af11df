"""One stack: a template with its parameters given, and what every name in it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.span import Span
from finops_lint.model.values import Unknown, Value
from finops_lint.readers.cloudformation.intrinsics import UNHEEDING, Functions, Seen
from finops_lint.readers.cloudformation.parameters import Parameter, parameter_of
from finops_lint.readers.cloudformation.template import Template
from finops_lint.readers.cloudformation.unknown import NOTHING
from finops_lint.readers.yaml_nodes import Node

Imported = Callable[[str], Any]
"""Name of an export → its value, known or not."""


@record(frozen=True, slots=True)
class Place:
    """Where a stack is deployed."""

    region: str | Unknown | None = None
    """None where nothing says."""
    account: str = ""
    name: str = ""
    """The stack's name; empty where nothing says."""


Opens: TypeAlias = "Callable[[Stack, str], Stack | None]"
"""Reads the stack that the resource of this name nests; None where its template is not at hand."""
_NEVER_EMPTY = ("Arn", "Id", "Name")
"""How attributes end that name what was made."""
Origins: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]
"""Parameter → the resources of other stacks that its value names, each with the attribute."""


@record(frozen=True, slots=True)
class Surroundings:
    """What a stack is given from outside."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameter → text, or a value already worked out."""
    origins: Origins = field(default_factory=dict)
    prefix: str = ""
    """What the addresses of its resources begin with: `Network.` in the stack nested as `Network`."""
    calls: tuple[Span, ...] = ()
    """The nested stack resources that lead here, outermost first."""
    tags: Value = field(default_factory=dict)
    """Tags that the stack hands to its resources."""
    assumed: str = ""
    """Why the whole stack may not exist."""
    files: tuple[str, ...] = ()
    """The templates around this one, outermost first."""


@record(slots=True)
class Collected:
    """Remembers what a value refers to, for whoever gets it."""

    edges: dict[tuple[str, str], None] = field(default_factory=dict)
    secret: bool = False

    def refers(self, target: str, attribute: str) -> None:
        """The value names a resource."""
        self.edges.setdefault((target, attribute))

    def is_secret(self) -> None:
        """The value must not be printed."""
        self.secret = True


@record(slots=True)
class Stack:
    """A template at work; answers `Names` for its functions."""

    template: Template
    place: Place
    around: Surroundings
    imports: Imported
    opens: Opens
    functions: Functions = field(init=False)
    parameters: Mapping[str, Parameter] = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    _conditions: dict[str, bool | Unknown | None] = field(default_factory=dict)
    _nested: dict[str, Stack | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.functions = Functions(self)
        declared = self.template.section("Parameters")
        self.parameters = {name: parameter_of(name, node, self.around.parameters) for name, node in declared.items()}

    def report(self, problem: Problem) -> None:
        """Note what is wrong, once."""
        if problem not in self.problems:
            self.problems.append(problem)

    # Names

    def ref(self, name: str, seen: Seen, node: Node) -> Any:
        """A parameter's value, a pseudo parameter's, or an edge to a resource."""
        parameter = self.parameters.get(name)
        if parameter is not None:
            if parameter.secret:
                seen.is_secret()
            for target, attribute in self.around.origins.get(name, ()):
                seen.refers(target, attribute)
            return parameter.value
        if name in self.template.section("Resources"):
            seen.refers(self.around.prefix + name, "")
            return Unknown("known after deployment", (self.around.prefix + name,), filled=True)
        if name.startswith("AWS::"):
            return self._pseudo(name)
        self.stranger(name, node)
        return Unknown(f"nothing here is named {name}", (name,))

    def _pseudo(self, name: str) -> Any:
        region = self.place.region
        known = region if isinstance(region, str) else ""
        if name == "AWS::NoValue":
            return NOTHING
        if name == "AWS::Region":
            return region if region is not None else Unknown("the region is not in the code", ("AWS::Region",))
        if name == "AWS::Partition":
            return "aws-cn" if known.startswith("cn-") else "aws-us-gov" if known.startswith("us-gov-") else "aws"
        if name == "AWS::URLSuffix":
            return "amazonaws.com.cn" if known.startswith("cn-") else "amazonaws.com"
        if name == "AWS::NotificationARNs":
            return []
        answer = {"AWS::AccountId": self.place.account, "AWS::StackName": self.place.name}.get(name)
        return answer or Unknown(f"{name} is known when the stack is deployed", (name,))

    def stranger(self, name: str, node: Node) -> None:
        """Report a name that stands for nothing; those of what SAM makes begin with the name of their resource."""
        own = (*self.template.section("Resources"), "Serverless")
        if self.template.is_serverless and name.startswith(own):
            return
        message = f"there is no parameter and no resource {name}"
        self.report(Problem(Level.NOTICE, "unknown-reference", message, node.span(self.template.file)))

    def attribute(self, name: str, attribute: str, seen: Seen, node: Node) -> Any:
        """An edge to a resource; the output of a nested stack has the value it has there."""
        if name not in self.template.section("Resources"):
            self.stranger(name, node)
            return Unknown(f"nothing here is named {name}", (name,))
        nested = self.nested(name) if attribute.startswith("Outputs.") else None
        if nested is not None:
            return nested.output(attribute.removeprefix("Outputs."), seen)
        seen.refers(self.around.prefix + name, attribute)
        filled = attribute.endswith(_NEVER_EMPTY) and self._is_aws(name, attribute)
        return Unknown("known after deployment", (f"{self.around.prefix}{name}.{attribute}",), filled=filled)

    def _is_aws(self, name: str, attribute: str) -> bool:
        """Whether AWS itself answers for the attribute, not a custom resource or a template that is not here."""
        kind = self.template.section("Resources")[name].get("Type")
        return kind is not None and kind.text.startswith("AWS::") and not attribute.startswith("Outputs.")

    def condition(self, name: str, node: Node) -> bool | Unknown:
        """Whether the condition `name` holds."""
        if name in self._conditions:
            answer = self._conditions[name]
            return self._ring(name) if answer is None else answer
        written = self.template.section("Conditions").get(name)
        if written is None:
            message = f"there is no condition {name}"
            self.report(Problem(Level.NOTICE, "unknown-reference", message, node.span(self.template.file)))
            return Unknown(message, (name,))
        self._conditions[name] = None
        answer = self.functions.holds(written)
        if isinstance(answer, Unknown):
            answer = replace(answer, reason=f"condition {name} waits: {_innermost(answer.reason)}")
        self._conditions[name] = answer
        return answer

    def _ring(self, name: str) -> Unknown:
        message = f"condition {name} depends on itself"
        self.report(Problem(Level.ERROR, "cycle", message, self.template.span_of("Conditions", name)))
        return Unknown(message, (name,))

    def mapping(self, name: str) -> Node | None:
        """A map of maps."""
        return self.template.section("Mappings").get(name)

    def imported(self, name: str) -> Any:
        """What another stack exports."""
        return self.imports(name)

    def choices(self, name: str) -> frozenset[str]:
        """The values a parameter may have that is not known."""
        parameter = self.parameters.get(name)
        return parameter.allowed if parameter and isinstance(parameter.value, Unknown) else frozenset()

    def nested(self, name: str) -> Stack | None:
        """The stack that the resource `name` nests, read when it is first asked for."""
        if name not in self._nested:
            self._nested[name] = None  # one that is asked for while it is read gives no answer
            self._nested[name] = self.opens(self, name)
        return self._nested[name]

    # Sections

    def existence(self, node: Node) -> bool | Unknown:
        """Whether a resource or output is there, by its `Condition`."""
        condition = node.get("Condition")
        return True if condition is None or not condition.text else self.condition(condition.text, condition)

    def output(self, name: str, seen: Seen = UNHEEDING) -> Any:
        """The value of an output, as the stack around this one sees it."""
        node = self.template.section("Outputs").get(name)
        value = node.get("Value") if node is not None else None
        if node is None or value is None:
            return Unknown(f"{self.template.file} has no output {name}", (name,))
        holds = self.existence(node)
        return holds if isinstance(holds, Unknown) else self.functions.text(value, seen)

    def exported(self) -> Iterator[tuple[str, Any]]:
        """Names of exports that the text tells, with their values."""
        for name, node in self.template.section("Outputs").items():
            written = node.get("Export", "Name")
            text = self.functions.text(written, UNHEEDING) if written is not None else None
            if isinstance(text, str):
                yield text, self.output(name)


def _innermost(reason: str) -> str:
    return reason.rpartition(" waits: ")[2]
