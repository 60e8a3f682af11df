"""The rules to one Markdown document: a table of all, then a page for each, with its parameters and examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finops_lint.model.finding import RuleSummary
from finops_lint.reports.markdown import code, escaped, table

_HEAD = """\
# Rules

Generated from the files beside it; `finops-lint explain RULE` shows the same. A rule is ignored where it is wrong by
`# finops-lint: ignore[RULE] -- the reason`, and left out for a whole project by `ignore:` in the settings.
"""


def rule_pages(rules: Sequence[tuple[RuleSummary, bool]]) -> str:
    """Every rule and whether it runs by default, in order of id."""
    rows = ((f"[{r.id}](#{r.id})", r.severity.value, escaped(r.title), "yes" if on else "no") for r, on in rules)
    parts = [_HEAD, "\n".join(table(("Rule", "Severity", "What it finds", "On"), rows)) + "\n"]
    parts += ["\n".join(_page(rule)) + "\n" for rule, _ in rules]
    return "\n".join(parts)


def _page(rule: RuleSummary) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    yield escaped(rule.why)
    yield ""
    yield f"Severity {rule.severity.value}, confidence {rule.confidence.value}. Judges {_types(rule)}."
    if rule.needs:
        yield f"Needs {escaped(rule.needs[0].lower() + rule.needs[1:])}"
    if rule.params:
        yield f"Parameters: {', '.join(f'{code(name)} ({escaped(value)})' for name, value in rule.params)}."
    yield f"Source: [{escaped(rule.source_title)}]({rule.source_url})."
    for verdict, text in _shown(rule.examples):
        yield from ("", f"{verdict.capitalize()}:", "", f"```{_language(text)}", *text.rstrip().splitlines(), "```")


def _language(text: str) -> str:
    return "hcl" if 'resource "' in text else "yaml"


def _types(rule: RuleSummary) -> str:
    return ", ".join(code(kind) for kind in rule.types)


def _shown(examples: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The first example of each verdict that shows what to do."""
    for verdict in ("fails", "passes"):
        text = next((text for v, text in examples if v == verdict), None)
        if text is not None:
            yield verdict, text
