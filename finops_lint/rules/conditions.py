"""Decides a rule's condition in three values and fills its texts, over a CEL scope."""

from __future__ import annotations

from collections.abc import Iterable

from finops_lint.catalog.cel import Expression, Scope, in_short, merged
from finops_lint.model.values import Unknown
from finops_lint.rules.rule import AllOf, AnyOf, Condition, Not, RuleError, Text


def decide(condition: Condition, scope: Scope) -> bool | Unknown:
    """Whether `condition` holds; `Unknown` where what is unknown decides.

    Raises: RuleError where an expression fails on known values or is not a truth value.
    """
    match condition:
        case AllOf(parts):
            return _joined((decide(part, scope) for part in parts), ends_with=False)
        case AnyOf(parts):
            return _joined((decide(part, scope) for part in parts), ends_with=True)
        case Not(part):
            answer = decide(part, scope)
            return answer if isinstance(answer, Unknown) else not answer
        case _:
            return _truth(condition, scope)


def _joined(answers: Iterable[bool | Unknown], *, ends_with: bool) -> bool | Unknown:
    unknown = []
    for answer in answers:
        if isinstance(answer, Unknown):
            unknown.append(answer)
        elif answer is ends_with:
            return ends_with
    return merged(unknown) if unknown else not ends_with


def _truth(expression: Expression, scope: Scope) -> bool | Unknown:
    answer = scope.evaluate(expression)
    if isinstance(answer, (bool, Unknown)):
        return answer
    raise RuleError(f"not a truth value: {in_short(expression.text)}", expression.where)


def fill(text: Text, scope: Scope) -> str:
    """`text` with its expressions worked out; what is unknown reads "unknown"."""
    return "".join(part if isinstance(part, str) else show(scope.evaluate(part)) for part in text)


def show(value: object) -> str:
    """A plain value for a person: `8.0` is `8`, a list is comma-separated."""
    if isinstance(value, Unknown) or value is None:
        return "unknown"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(show(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
