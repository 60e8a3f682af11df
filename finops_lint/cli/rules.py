"""`finops-lint rules`: list what is checked, run the rules' own examples, begin a new one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from finops_lint.cli.options import words
from finops_lint.cli.printing import one_line, say, write_file, write_out
from finops_lint.cli.request import check_rules, settings_of
from finops_lint.cli.verdict import UNTRUSTED, Verdict
from finops_lint.model.regexes import regex


@click.group("rules")
def command() -> None:
    """List the rules, run their examples, or begin one of your own."""


@command.command("list", short_help="Every rule with its severity.")
@click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", "json", "markdown"]),
    default="terminal",
    help="What to print.",
)
def list_rules(config: str | None, format_: str) -> int:
    """Every rule with its severity, in order of id; those the settings turn off are marked."""
    from finops_lint.pipeline import rule_summaries
    from finops_lint.reports.lines import Painter
    from finops_lint.reports.rule_list import rule_list

    rules = rule_summaries(settings_of({"config": config}, ()))
    write_out(rule_list(rules, format_, Painter()))
    return 0


@command.command("test", short_help="Run the examples inside the rules.")
@click.argument("names", nargs=-1, metavar="[RULE]...")
@click.option("--config", metavar="FILE", help="The settings file; by default the nearest finops-lint.yaml.")
def test_rules(names: tuple[str, ...], config: str | None) -> int:
    """Run the examples inside the rules: each must get the verdict it claims."""
    from finops_lint.reports.figures import count
    from finops_lint.trials import run_examples

    wanted = words(names)
    settings = settings_of({"config": config}, ())
    check_rules(wanted, settings)
    results = run_examples(settings, wanted)
    failures = [r for r in results if not r.passed]
    lines = [one_line(f"{r.file}:{r.example.line}: {r.rule}: {r.complaint}") for r in failures]
    rules = len({r.rule for r in results})
    lines.append(f"{count(len(results), 'example')} of {count(rules, 'rule')}: {len(failures):,} failed")
    write_out("\n".join(lines) + "\n")
    return say(Verdict(UNTRUSTED, f"{len(failures):,} examples failed")) if failures else 0


_ID = regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NEW_RULE = """\
id: {id}
since: 0.1.0
severity: warning # error, warning or info
confidence: high # high, medium or low
types: [aws_cloudwatch_log_group]
params: {{days: 30}}
# CEL over r (the attributes), params, project, machine, monthly, workload, environment and related['type'].
when: r.?retention_in_days.orValue(0) == 0
message: These logs are kept and billed for ever.
path: retention_in_days
remedy:
  set: {{retention_in_days: '{{params.days}}'}}
  safe: false # true: changes only what is paid, never what runs
why: >-
  Two sentences for a person: what it costs, and when it is right all the same.
source:
  title: Where the rule comes from
  url: https://example.com/
  read: {today}
examples:
  - fails: terraform
    saves: false # whether the remedy has a figure here: true or false
    code: |
      resource "aws_cloudwatch_log_group" "api" {{
        name = "/api"
      }}
  - passes: terraform
    code: |
      resource "aws_cloudwatch_log_group" "api" {{
        name              = "/api"
        retention_in_days = 14
      }}
  - undecided: terraform
    code: |
      variable "days" {{
        type = number
      }}
      resource "aws_cloudwatch_log_group" "api" {{
        name              = "/api"
        retention_in_days = var.days
      }}
"""


@command.command("new", short_help="Write a rule to start from, with examples that run.")
@click.argument("rule_id", metavar="ID")
@click.option("--folder", default="finops-rules", show_default=True, metavar="DIR", help="Where to write it.")
def new_rule(rule_id: str, folder: str) -> int:
    """Write a rule to start from, with examples that run; ID names the waste: logs-kept-for-ever."""
    if not _ID.fullmatch(rule_id):
        raise click.UsageError(f"{rule_id} is no id: small letters, digits and hyphens, logs-kept-for-ever")
    file = Path(folder) / f"{rule_id}.yaml"
    if file.exists():
        raise click.UsageError(f"{file} is there already")
    file.parent.mkdir(parents=True, exist_ok=True)
    today = date.today().isoformat()  # noqa: DTZ011 -- the day on the user's own calendar
    write_file(str(file), NEW_RULE.format(id=rule_id, today=today))
    write_out(f"Wrote {file}. Put `rules: [{folder}]` into finops-lint.yaml, then: finops-lint rules test {rule_id}\n")
    return 0
