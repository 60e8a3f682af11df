"""Rules to a list a person reads, and one rule to its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finops_lint.model.finding import RuleSummary
from finops_lint.reports.json_text import json_text
from finops_lint.reports.lines import Painter, clean, left, listed, wrapped
from finops_lint.reports.markdown import code, escaped, table


def rule_list(rules: Sequence[tuple[RuleSummary, bool]], format_: str, paint: Painter) -> str:
    """The rules with whether they run, as `terminal`, `json` or `markdown`."""
    if format_ == "json":
        return json_text([_entry(rule, is_on=is_on) for rule, is_on in rules], indent=1)
    if format_ == "markdown":
        rows = ((code(r.id), r.severity.value, escaped(r.title), "yes" if is_on else "no") for r, is_on in rules)
        return "\n".join(table(("Rule", "Severity", "What it finds", "On"), rows)) + "\n"
    return "\n".join(line for rule, is_on in rules for line in _lines(rule, paint, is_on=is_on)) + "\n"


def _entry(rule: RuleSummary, *, is_on: bool) -> dict[str, object]:
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "title": rule.title,
        "why": rule.why,
        "types": list(rule.types),
        "source": {"title": rule.source_title, "url": rule.source_url},
        "on": is_on,
    }


def _lines(rule: RuleSummary, paint: Painter, *, is_on: bool) -> Iterator[str]:
    off = "" if is_on else "  (off)"
    yield f"{paint(left(rule.severity.value, 7), rule.severity.value)}  {paint(rule.id, 'code')}{off}"
    yield from wrapped(clean(rule.title), 80, " " * 9)


def rule_page(rule: RuleSummary, width: int, paint: Painter) -> str:
    """Everything there is to say about one rule, its examples last."""
    lines = [f"{paint(rule.id, 'title')}  {paint(rule.severity.value, rule.severity.value)}"]
    lines += ["", *wrapped(clean(rule.why), width)]
    lines += ["", *_fact("Judges", listed(rule.types, 12), width)]
    lines += _fact("Confidence", rule.confidence.value, width)
    if rule.needs:
        lines += _fact("Needs", rule.needs, width)
    for name, value in rule.params:
        lines += _fact("Parameter", f"{name}: {value}", width)
    lines += _fact("Source", f"{rule.source_title} {rule.source_url}".strip(), width)
    lines += _fact("Ignore with", f"# finops-lint: ignore[{rule.id}] -- the reason", width)
    for verdict, text in rule.examples:
        lines += ["", paint(f"{verdict.capitalize()}:", "title"), *(f"    {clean_line(t)}" for t in text.splitlines())]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def clean_line(text: str) -> str:
    """A line of code, tabs as spaces."""
    return clean(text.expandtabs(4))


def _fact(label: str, text: str, width: int) -> list[str]:
    lines = wrapped(clean(text), width, " " * 13)
    return [left(label, 13) + lines[0].lstrip(), *lines[1:]]
