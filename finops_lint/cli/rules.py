"""`finops-lint rules`: list what is checked, run the rules' own examples."""

from __future__ import annotations

import click

from finops_lint.cli.options import words
from finops_lint.cli.printing import one_line, say, write_out
from finops_lint.cli.request import settings_of
from finops_lint.cli.verdict import UNTRUSTED, Verdict


@click.group("rules")
def command() -> None:
    """List the rules, or run their examples."""


@command.command("list")
@click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml.")
@click.option("--format", "format_", type=click.Choice(["terminal", "json", "markdown"]), default="terminal")
def list_rules(config: str | None, format_: str) -> int:
    """Every rule with its severity, in order of id; those the settings turn off are marked."""
    from finops_lint.pipeline import rule_summaries
    from finops_lint.reports.lines import Painter
    from finops_lint.reports.rule_list import rule_list

    rules = rule_summaries(settings_of({"config": config}, ()))
    write_out(rule_list(rules, format_, Painter()))
    return 0


@command.command("test")
@click.argument("names", nargs=-1, metavar="[RULE]...")
@click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml.")
def test_rules(names: tuple[str, ...], config: str | None) -> int:
    """Run the examples inside the rules: each must get the verdict it claims."""
    from finops_lint.trials import run_examples

    wanted = words(names)
    results = run_examples(settings_of({"config": config}, ()), wanted)
    if not results:
        raise click.UsageError(f"no rule is called {', '.join(wanted)}")
    failures = [r for r in results if not r.passed]
    lines = [one_line(f"{r.file}:{r.example.line}: {r.rule}: {r.complaint}") for r in failures]
    rules = len({r.rule for r in results})
    lines.append(f"{len(results):,} examples of {rules:,} rules: {len(failures):,} failed")
    write_out("\n".join(lines) + "\n")
    return say(Verdict(UNTRUSTED, f"{len(failures):,} examples failed")) if failures else 0
