"""`templatefile` and `templatestring`: text with `${…}` and `%{…}`, evaluated with the given variables alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.conversion import to_string
from finops_lint.readers.terraform.functions.definition import Context, Parameter, Table, define, kind
from finops_lint.readers.terraform.functions.files import TABLE as FILE_FUNCTIONS
from finops_lint.readers.terraform.functions.files import read_text
from finops_lint.readers.terraform.types import ANY, STRING
from finops_lint.readers.terraform.values import (
    EvaluationError,
    LimitError,
    Unk,
    Value,
    contains_unknown,
    mark,
    text,
    unknown_from,
    unmark,
    unmark_deep,
)

TABLE: Table = {}

_TEMPLATES = ("templatefile", "templatestring")
_READING = frozenset(FILE_FUNCTIONS) - {"abspath", "basename", "dirname", "pathexpand"}
_NAME = regex(r"[^\W\d][\w-]*")


@record(frozen=True, slots=True)
class _Inside:
    """The functions inside of a template: no other template, and perhaps no files."""

    context: Context
    reads_files: bool

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """See `Functions.call`."""
        from finops_lint.readers.terraform.functions import call

        plain = name.removeprefix("core::")
        if plain in _TEMPLATES:
            raise EvaluationError(f"{plain}() cannot be called inside of a template")
        if plain in _READING and not self.reads_files:
            raise EvaluationError(f"{plain}() cannot be called in a templatestring() template")
        return call(name, args, self.context)


def _render(source: str, variables: Value, context: Context, *, reads_files: bool) -> Value:
    if not isinstance(variables, dict):
        raise EvaluationError(f"the variables of a template must be a map, not {kind(variables)}")
    for name in variables:
        if not _NAME.fullmatch(name):
            raise EvaluationError(f"{name!r} is not a name a template variable can have")
    from finops_lint.readers.source_text import SourceText
    from finops_lint.readers.terraform.expressions import Variables, evaluate
    from finops_lint.readers.terraform.parse import HclError, parse_template
    from finops_lint.readers.terraform.traversals import traversals

    try:
        expression = parse_template(SourceText("template", source.encode()))
    except HclError as error:
        raise EvaluationError(f"the template is wrong: {error}") from None
    _check_names({traversal.root for traversal in traversals(expression)}, variables)
    value = evaluate(expression, Variables(variables, _Inside(context, reads_files)))
    if unmark(value)[0] is None:
        raise EvaluationError("the result of the template is null")
    return value


def _check_names(used: set[str], variables: Mapping[str, Value]) -> None:
    missing = sorted(used - variables.keys())
    if missing:
        raise EvaluationError(f"the variables of the template have no {missing[0]!r}, which it uses")


@define(
    TABLE,
    "templatefile",
    [Parameter("path", STRING, unknown=True, marked=True), Parameter("vars", unknown=True, marked=True)],
    ANY,
    context=True,
)
def _templatefile(path: Value, variables: Value, context: Context) -> Value:
    name, marks = unmark(path)
    given, of_given = unmark_deep(variables)
    marks |= of_given
    if isinstance(name, Unk) or isinstance(given, Unk):
        return mark(unknown_from((name, given)), marks)
    return mark(_render(read_text(name, context), given, context, reads_files=True), marks)


@define(
    TABLE,
    "templatestring",
    [Parameter("template", unknown=True, dynamic=True, null=True), Parameter("vars")],
    STRING,
    context=True,
)
def _templatestring(source: Value, variables: Value, context: Context) -> Value:
    if isinstance(source, Unk):
        return unknown_from([source], STRING)
    if not isinstance(source, str):
        raise EvaluationError("templatestring(): the template must be a string")
    rendered = _render(source, variables, context, reads_files=False)
    if isinstance(rendered, Unk):
        return unknown_from([rendered], STRING, not_null=True)
    if contains_unknown(rendered):
        raise EvaluationError("the result of the template is not a string")
    try:
        return text(to_string(rendered))
    except LimitError:
        raise
    except EvaluationError:
        raise EvaluationError("the result of the template is not a string") from None
