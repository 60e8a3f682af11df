"""Gathers what the user gives a root module's variables, in Terraform's order of precedence, and makes values of it.

https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record
from finops_lint.model.span import Span
from finops_lint.readers.files import Limits, shown_inside, shown_path
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.configuration import ModuleConfiguration
from finops_lint.readers.terraform.conversion import convert
from finops_lint.readers.terraform.expressions import Variables, evaluate
from finops_lint.readers.terraform.loader import Loader
from finops_lint.readers.terraform.syntax import Attribute, Block, Expression
from finops_lint.readers.terraform.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    Type,
    TypeSyntaxError,
    parse_type,
    without_optional,
)
from finops_lint.readers.terraform.values import EPHEMERAL, SENSITIVE, EvaluationError, Unk, Value, mark, unmark

DEFINITIONS = ("terraform.tfvars", "terraform.tfvars.json")
_PREFIX = "TF_VAR_"


@record(frozen=True, slots=True)
class TerraformOptions:
    """What the user says besides the files."""

    inputs: tuple[tuple[str, str], ...] = ()
    """`("file", path)` for `--var-file` and `("value", "name=text")` for `--var`, in the order given; later wins."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Where `TF_VAR_name` and `TF_WORKSPACE` are looked for."""
    workspace: str = ""
    """Empty: `TF_WORKSPACE`, else `default`."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Cloud → the region of a provider whose configuration names none, or one that is not known."""
    limits: Limits = field(default_factory=Limits)


@record(frozen=True, slots=True)
class Given:
    """A value somebody gives a root variable."""

    value: Expression | str
    """An expression, or text whose reading depends on the variable's type."""
    source: SourceText
    """Where it stands; for text, the option or environment variable."""
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where it is given."""
        return self.source.span(self.start, self.end)


class _Nothing:
    """A constant expression can call no functions."""

    def call(self, name: str, args: object) -> Value:
        raise EvaluationError(f"no function can be called here: {name}()")


CONSTANTS = Variables({}, _Nothing())
"""The scope of tfvars files and defaults: no names, no functions."""


def gather(
    folder: str, top: str, options: TerraformOptions, loader: Loader, problems: list[Problem]
) -> dict[str, Given]:
    """The last value given for each name, declared or not."""
    given: dict[str, Given] = {}
    for name, text in options.environment.items():
        if name.startswith(_PREFIX):
            given[name.removeprefix(_PREFIX)] = _text_given(name, text)
    for path in _definition_files(folder, loader):
        given.update(_from_file(path, top, loader, problems))
    for kind, text in options.inputs:
        if kind == "file":
            given.update(_from_file(shown_path(_named_file(text, folder)), None, loader, problems))
            continue
        name, equals, value = text.partition("=")
        if equals and name.strip():
            given[name.strip()] = _text_given(f"--var {name.strip()}", value)
        else:
            message = "takes NAME=VALUE; this one has no ="  # what it has may be a secret
            problems.append(Problem(Level.ERROR, "wrong-usage", message, Span("--var", 1)))
    return given


def _text_given(where: str, text: str) -> Given:
    data = text.encode("utf-8", "replace")
    return Given(text, SourceText(where, data), 0, len(data))


def _definition_files(folder: str, loader: Loader) -> Iterator[str]:
    """The files Terraform reads by itself, in its order."""
    try:
        names = sorted(loader.listed(folder))
    except OSError:
        return
    yield from (shown_inside(folder, name) for name in DEFINITIONS if name in names)
    yield from (shown_inside(folder, name) for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json")))


def _named_file(path: str, folder: str) -> str:
    """A `--var-file` path is meant from the working folder; one that is only beside the project is taken there."""
    beside = f"{folder}/{path}"
    return beside if not Path(path).exists() and Path(beside).exists() else path


def _from_file(path: str, top: str | None, loader: Loader, problems: list[Problem]) -> dict[str, Given]:
    parsed = loader.parse(path, top)
    if isinstance(parsed, Problem):
        # The user named a --var-file: one that cannot be read changes every result.
        level = Level.ERROR if top is None else parsed.level
        problems.append(Problem(level, parsed.code, parsed.message, parsed.span, parsed.hint))
        return {}
    problems.extend(parsed.problems)
    for block in parsed.body.blocks:
        message = f"a file of variable values holds NAME = VALUE lines, not blocks ({block.type})"
        problems.append(Problem(Level.ERROR, "misplaced-block", message, block.span))
    return {
        name: Given(attribute.expression, attribute.source, attribute.start, attribute.end)
        for name, attribute in parsed.body.attributes.items()
    }


# Declarations


@record(frozen=True, slots=True)
class Declaration:
    """What a variable block says."""

    name: str
    block: Block
    type: Type
    parses_text: bool
    """Whether text given for it is an expression (its type is no plain string, number or bool)."""
    default: Attribute | None
    nullable: bool
    marks: frozenset[str]


_PLAIN_TYPES = (STRING, NUMBER, BOOL)


def declare(name: str, block: Block, problems: list[Problem]) -> Declaration:
    """The declaration in `block`; a type that is not one is reported and taken as any."""
    attributes = block.body.attributes
    type_: Type = ANY
    parses_text = False
    if (written := attributes.get("type")) is not None:
        try:
            type_ = parse_type(written.expression, constant)
            parses_text = type_ not in _PLAIN_TYPES
        except (TypeSyntaxError, EvaluationError) as error:
            span = written.source.span(error.start, error.end) if error.start >= 0 else written.span
            problems.append(Problem(Level.ERROR, "wrong-type", f"var.{name}: {error.message}", span))
    marks = {mark for mark in (SENSITIVE, EPHEMERAL) if _flag(attributes, mark, default=False)}
    nullable = _flag(attributes, "nullable", default=True)
    return Declaration(name, block, type_, parses_text, attributes.get("default"), nullable, frozenset(marks))


def _flag(attributes: Mapping[str, Attribute], name: str, *, default: bool) -> bool:
    attribute = attributes.get(name)
    if attribute is None:
        return default
    try:
        return constant(attribute.expression) in (True, "true")
    except EvaluationError:
        return default


def constant(expression: Expression) -> Value:
    """The value of an expression that may refer to nothing."""
    return evaluate(expression, CONSTANTS)


# Values


def default_value(declared: Declaration, problems: list[Problem]) -> Value:
    """What the variable is when nobody gives a value: its default, or an unknown of its type."""
    if declared.default is None:
        return missing_value(declared, f"var.{declared.name}")
    try:
        return _fit(declared, constant(declared.default.expression))
    except EvaluationError as error:
        return _refuse(declared, error, declared.default.span, problems)


def missing_value(declared: Declaration, title: str) -> Value:
    """The unknown that stands for a value nobody gave."""
    value = Unk(
        without_optional(declared.type),
        not_null=not declared.nullable,
        reason=f"{title} has no value",
        waits_for=(title,),
        span=declared.block.span,
    )
    return mark(value, declared.marks)


def given_value(declared: Declaration, given: Given, problems: list[Problem]) -> Value:
    """The value a root variable is given by a file, an option or the environment."""
    try:
        return settle(declared, _read_given(declared, given), given.span, problems)
    except EvaluationError as error:
        return _refuse(declared, error, given.span, problems)


def _read_given(declared: Declaration, given: Given) -> Value:
    if not isinstance(given.value, str):
        return constant(given.value)
    if not declared.parses_text:
        return given.value
    from finops_lint.readers.terraform.parse import HclError, parse_expression

    try:
        return constant(parse_expression(SourceText(given.source.file, given.source.data)))
    except HclError:
        raise EvaluationError("the text given is not an expression; a string needs its quotes here") from None


def settle(declared: Declaration, value: Value, span: Span, problems: list[Problem]) -> Value:
    """The variable's value from a given one: the default for a null where null is not allowed; converted and marked."""
    if unmark(value)[0] is None and not declared.nullable:
        if declared.default is not None:
            return default_value(declared, problems)
        return _refuse(declared, EvaluationError("null is not allowed"), span, problems)
    try:
        return _fit(declared, value)
    except EvaluationError as error:
        return _refuse(declared, error, span, problems)


def _fit(declared: Declaration, value: Value) -> Value:
    return mark(convert(value, declared.type), declared.marks)


def _refuse(declared: Declaration, error: EvaluationError, span: Span, problems: list[Problem]) -> Value:
    message = f"the value for var.{declared.name} is wrong: {error.message}"
    problems.append(Problem(Level.ERROR, "wrong-type", message, span))
    reason = f"the value for var.{declared.name} is wrong"
    value = Unk(without_optional(declared.type), reason=reason, waits_for=(f"var.{declared.name}",), span=span)
    return mark(value, declared.marks)


def undeclared(given: Mapping[str, Given], module: ModuleConfiguration) -> Iterator[str]:
    """Names given by `--var` that the module does not declare."""
    for name, value in given.items():
        if name not in module.variables and value.source.file.startswith("--var "):
            yield name
