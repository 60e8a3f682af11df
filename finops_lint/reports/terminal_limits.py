"""Guardrails to the lines a terminal report begins with, and unit costs to lines of its foot."""

from __future__ import annotations

from finops_lint.model.report import Diff, Report
from finops_lint.reports import RenderOptions, limits
from finops_lint.reports.lines import Painter, clean, left, wrapped

INDENT = 11
MOST = 10
STYLES = {"error": "error", "warning": "warning", "approved": "good", "unknown": "notice", "kept": "faint"}
WORDS = {"unknown": "undecided", "kept": "may break"}
"""What a head is called here, where it is not called by its name."""


def guardrail_lines(report: Report | Diff, options: RenderOptions, paint: Painter) -> list[str]:
    """What is broken first, then what may be; nothing where every limit is safely kept."""
    shown = limits.told(report.guardrails)
    if not shown:
        return []
    lines = [paint("Guardrails", "title")]
    for one in shown[:MOST]:
        head = limits.head_of(one)
        first, *more = wrapped(clean(limits.sentence(one)), options.width, " " * INDENT)
        lines += [paint(left(WORDS.get(head, head), INDENT), STYLES[head]) + first.lstrip(), *more]
    if len(shown) > MOST:
        lines.append(paint(f"and {len(shown) - MOST:,} more (--format json lists all)", "faint"))
    return [*lines, ""]


def unit_cost_facts(report: Report | Diff) -> list[str]:
    """A fact for each unit cost: `cost per 1,000 tokens: $0.0081 for 1,000; $402.00 a month over 50,000,000`."""
    return [
        f"{pair.after.name}: {limits.pair_words(pair)}"
        + (f"; {limits.basis_words(pair.after)}" if pair.after.cost else "")
        for pair in limits.unit_cost_pairs(report)
    ]
