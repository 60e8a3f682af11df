"""One run: generate, ask both, judge, count."""

from __future__ import annotations

import re
import statistics
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from finops_lint.readers.terraform.syntax import Call, Expression, GetAttr, Literal, Name
from finops_lint.readers.terraform.types import type_text
from finops_lint.readers.terraform.values import (
    Marked,
    TerraformSet,
    Unk,
    Value,
    contains_unknown,
    type_of,
    unmark,
    unmark_deep,
)
from tests.differential import grammar, ours, verdict
from tests.differential.inputs import VARIANTS, uses_unknown, with_concrete
from tests.differential.oracle import INFINITE, UNKNOWN, Answer, Failed, Planned, ask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """An expression and what came out."""

    expression: str
    theirs: Answer
    verdict: str
    """Empty where we agree."""


@dataclass(slots=True)
class Summary:
    """What a run found."""

    cases: list[Case] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    shapes: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """By function, by outcome: the shapes of the arguments."""
    excused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Differences on purpose, by reason."""
    borne_out: int = 0
    """Expressions of which we know more than Terraform, as concrete inputs confirm."""

    @property
    def wrong(self) -> list[Case]:
        """The disagreements."""
        return [case for case in self.cases if case.verdict]


def generate(seed_number: int, count: int, folder: Path) -> list[str]:
    """Distinct expressions: half are calls of each function in turn, the others of any kind."""
    share = max(count // (2 * len(grammar.FUNCTIONS)), 1)
    found: dict[str, None] = {}
    for position, name in enumerate(sorted(grammar.FUNCTIONS)):
        found |= dict.fromkeys(_calls(name, share, seed_number + 100 * position, folder))
    missing = count - len(found)
    round_ = 0
    while missing > 0 and round_ < 20:
        found |= dict.fromkeys(examples(grammar.anything(), missing, seed_number + 1000 + round_))
        missing, round_ = count - len(found), round_ + 1
    return list(found)


def _calls(name: str, share: int, seed_number: int, folder: Path) -> dict[str, None]:
    """Calls of one function: its share, and more until there are shapes enough (as far as a full run asks for them)."""
    found: dict[str, None] = {}
    for round_ in range(1 if share < FULL_SHARE or not grammar.FUNCTIONS[name][0] else 20):
        found |= dict.fromkeys(examples(grammar.call_of(name), share, seed_number + round_))
        shapes: dict[str, set[str]] = defaultdict(set)
        for expression in found:
            tree = ours.parse(expression)
            assert isinstance(tree, Call)
            shapes[_our_outcome(_mine(expression, folder))].add(", ".join(_shapes(expression, tree, folder)))
        if sum(map(len, shapes.values())) >= 26 and len(shapes["error"]) >= 9 and len(shapes["unknown"]) >= 10:
            break
    return found


def _our_outcome(value: Value | ours.RefusedError) -> str:
    if isinstance(value, ours.RefusedError):
        return "error"
    return "unknown" if contains_unknown(value) else "value"


def examples(strategy: st.SearchStrategy[T], count: int, seed_number: int) -> list[T]:
    """Distinct examples of what Hypothesis generates from the seed."""
    found: dict[T, None] = {}

    @seed(seed_number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(expression: T) -> None:
        found[expression] = None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    return list(found)


FULL_SHARE = 25
"""From so many calls a function on, a run is to meet the shapes asked of a full one."""


def run(seed_number: int, count: int) -> Summary:
    """Generate, evaluate and judge."""
    with tempfile.TemporaryDirectory(prefix="differential-") as name:
        folder = Path(name)
        grammar.lay_out(folder)
        return judge(generate(seed_number, count, folder), folder)


def judge(expressions: Sequence[str], folder: Path) -> Summary:
    """Evaluate and judge the expressions; `folder` holds the files they may read."""
    summary = Summary()
    answers = ask(expressions, folder)
    mine = [_mine(expression, folder) for expression in expressions]
    first = [_judge(value, answer) for value, answer in zip(mine, answers, strict=True)]
    claims = {at: expressions[at] for at, found in enumerate(first) if found == verdict.CLAIMS_MORE}
    settled = _settle(claims, {at: mine[at] for at in claims}, folder)
    for at, expression in enumerate(expressions):
        final = settled.get(at, first[at])
        reason = known_difference(expression, final) if final else ""
        summary.borne_out += at in settled and not final
        summary.cases.append(Case(expression, answers[at], "" if reason else final))
        if reason:
            summary.excused[reason].append(expression)
        _count(summary, expression, answers[at], folder)
    return summary


_NO_TYPE = "our null has no type: a null of the wrong type is accepted"
_DIFFERENCES = (
    (
        r"base64gzip\(",
        "(?i)unknown|not known",
        "base64gzip(): the bytes depend on the compressor, only their beginning does not",
    ),
    (r"pathexpand\(", "is unknown", 'pathexpand("~"): the home of whoever runs Terraform is not in the text'),
    (r"plantimestamp\(", "", "plantimestamp(): the time of the plan is nothing the text can tell"),
    (r"format(list)?\(.*(null|local\.nul)", "", "format() of a bare null: Terraform 1.11 never knows the result"),
    (r"(try|can)\(.*local\.k3_", "does not allow for", "an error of a null inside of try(): we do not expect one"),
    (r"templatestring\(\(", "direct reference", "a template in parentheses: the tree does not keep them"),
    ("", r"Terraform has .*(?<![\w.])-0(?![\d.])", "zero has no sign here"),
    ("", "panic in function implementation", "Terraform itself fails (a panic inside of the function)"),
    (r"\bnull\b|local\.(nul|k3_)", "Splat of null value", _NO_TYPE),
    (r"local\.k3_", "with concrete inputs .* is .*, Terraform has .*'", _NO_TYPE),
    (r"\bnull\b|local\.(nul|k3_)", "the type is .*, Terraform's", _NO_TYPE),
    (
        r"\bnull\b|local\.(nul|k3_)",
        r"(?i)refuses.*(cannot convert|must be \S* ?(list|map)|requires a map)",
        _NO_TYPE,
    ),
    (r"\bnull\b|local\.(nul|k3_)", "(?i)refuses.*inconsistent conditional", _NO_TYPE),
)
"""Patterns of the expression and of what was found, and why we differ there on purpose."""


def known_difference(expression: str, found: str) -> str:
    """Why we differ on purpose, empty where we do not."""
    where = expression + " " + found
    return next(
        (why for pattern, of_found, why in _DIFFERENCES if re.search(pattern, where) and re.search(of_found, found)), ""
    )


def _mine(expression: str, folder: Path) -> Value | ours.RefusedError:
    try:
        return ours.answer(expression, folder)
    except ours.RefusedError as error:
        return error


def _judge(mine: Value | ours.RefusedError, theirs: Answer) -> str:
    if isinstance(mine, ours.RefusedError):
        if isinstance(theirs, Failed):
            return verdict.AGREES
        if _has_unknown(theirs.value):
            return verdict.CLAIMS_MORE
        return f"we refuse ({mine}), Terraform has {theirs.value!r}"
    if isinstance(theirs, Failed):
        if theirs == INFINITE and _is_infinite(mine):
            return verdict.AGREES
        what = "unknown" if contains_unknown(mine) else repr(mine)
        return f"Terraform refuses ({theirs.message[:200]}), ours is {what}"
    return verdict.compare(mine, theirs)


def _is_infinite(value: Value) -> bool:
    bare = unmark_deep(value)[0]
    if isinstance(bare, Decimal):
        return bare.is_infinite()
    items = bare.values() if isinstance(bare, dict) else bare if isinstance(bare, list | tuple | TerraformSet) else ()
    return any(map(_is_infinite, items))


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _settle(claims: Mapping[int, str], mine: Mapping[int, Value | ours.RefusedError], folder: Path) -> dict[int, str]:
    """The verdicts on claims beyond Terraform's, by evaluating with concrete inputs."""
    questions = [
        (at, with_concrete(expression, variant))
        for at, expression in claims.items()
        if uses_unknown(expression)
        for variant in range(VARIANTS)
    ]
    settled: dict[int, str] = {at: _check_constant(mine[at]) for at, text in claims.items() if not uses_unknown(text)}
    for (at, question), answer in zip(questions, ask([text for _, text in questions], folder), strict=True):
        problem = _check_claim(mine[at], question, answer, folder)
        if problem and not settled.get(at):
            settled[at] = problem
        settled.setdefault(at, "")
    return settled


def _check_constant(mine: Value | ours.RefusedError) -> str:
    """Without unknown inputs Terraform does not know a time or a random value, and we must not claim one."""
    unknown = isinstance(mine, ours.RefusedError) or contains_unknown(mine)
    return "" if unknown else f"we have {mine!r}, which Terraform never knows"


def _check_claim(mine: Value | ours.RefusedError, question: str, answer: Answer, folder: Path) -> str:
    again = _mine(question, folder)
    if isinstance(answer, Failed):
        agreed = isinstance(again, ours.RefusedError) or (answer == INFINITE and _is_infinite(again))
        problem = f"with concrete inputs ({question}) Terraform refuses: {answer.message[:200]}"
        return "" if agreed or known_difference(question, problem) else problem
    if isinstance(mine, ours.RefusedError):
        return (
            ""
            if _has_unknown(answer.value)
            else f"we refuse ({mine}), with concrete inputs ({question}) it is {answer.value!r}"
        )
    if _has_unknown(answer.value):
        return ""
    judged = _judge(again, answer)
    if judged not in (verdict.AGREES, verdict.CLAIMS_MORE):
        return f"with concrete inputs ({question}): {judged}"
    if not verdict.covers(mine, answer.value):
        return f"our {mine!r} does not allow for {answer.value!r} ({question})"
    return ""


# Counting


def depth(expression: Expression) -> int:
    """How deep the tree is; a reference counts as one step."""
    if isinstance(expression, Literal | Name | GetAttr):
        return 1
    return 1 + max(map(depth, _children(expression)), default=0)


def _children(node: Any) -> Iterator[Expression]:
    for name in getattr(node, "__slots__", ()):
        yield from _nodes(getattr(node, name))


def _nodes(value: Any) -> Iterator[Expression]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif hasattr(value, "start") and hasattr(value, "end"):
        yield value


def _count(summary: Summary, expression: str, answer: Answer, folder: Path) -> None:
    tree = ours.parse(expression)
    summary.depths.append(depth(tree))
    if isinstance(tree, Call):
        outcome = "error" if isinstance(answer, Failed) else "unknown" if _has_unknown(answer.value) else "value"
        shape = ", ".join(_shapes(expression, tree, folder))
        summary.shapes[tree.name.removeprefix("core::")][outcome].add(shape)


def _shapes(expression: str, tree: Call, folder: Path) -> Iterator[str]:
    data = expression.encode()
    for arg in tree.args:
        yield f"{type(arg).__name__} {_shape(_mine(data[arg.start : arg.end].decode(), folder))}"
    if tree.expand:
        yield "..."


def _shape(value: Value | ours.RefusedError) -> str:
    """What kind of argument a value is."""
    if isinstance(value, ours.RefusedError):
        return "error"
    if isinstance(value, Marked):
        return "sensitive " + _shape(unmark(value)[0])
    if value is None:
        return "null"
    if isinstance(value, Unk):
        return f"unknown {type_text(value.type)}" + (" with a prefix" if value.prefix else "")
    if isinstance(value, str):
        return "string " + "".join(sorted(set(re.sub(r"\w", "w", re.sub(r"\d", "d", value)))))[:6]
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | Decimal):
        return (
            "number " + ("0" if value == 0 else "-" if value < 0 else "+") + ("." if isinstance(value, Decimal) else "")
        )
    items: Iterable[Value] = value.items if isinstance(value, TerraformSet) else value
    partly = " known in part" if contains_unknown(value) else ""
    return f"{type_text(type_of(value))} of {min(len(list(items)), 3)}{partly}"


def report(summary: Summary, seed_number: int) -> str:
    """The summary as text."""
    outcomes = Counter(_outcome(case.theirs) for case in summary.cases)
    excused = sum(map(len, summary.excused.values()))
    agreed = len(summary.cases) - len(summary.wrong) - excused
    lines = [
        f"seed {seed_number}: {len(summary.cases)} distinct expressions, "
        f"median depth {statistics.median(summary.depths)}",
        f"Terraform: {outcomes['value']} values, {outcomes['unknown']} unknown (in whole or part), "
        f"{outcomes['error']} errors",
        f"we agree on {agreed}; on {summary.borne_out} of them we know more, "
        f"as {VARIANTS} plans with concrete inputs confirm",
        "",
        "argument shapes by function (of them errors, unknowns):",
    ]
    for name in sorted(grammar.FUNCTIONS):
        by_outcome = summary.shapes[name]
        total = sum(map(len, by_outcome.values()))
        lines.append(f"  {name}: {total} ({len(by_outcome['error'])}, {len(by_outcome['unknown'])})")
    lines += ["", f"differences on purpose: {excused}"]
    lines += [f"  {len(expressions)}: {reason}" for reason, expressions in summary.excused.items()]
    lines += ["", f"disagreements: {len(summary.wrong)}"]
    lines += [f"  {case.expression}\n      {case.verdict}" for case in summary.wrong]
    return "\n".join(lines)


def _outcome(answer: Answer) -> str:
    if isinstance(answer, Failed):
        return "error"
    return "unknown" if isinstance(answer, Planned) and _has_unknown(answer.value) else "value"
