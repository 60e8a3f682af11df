"""`finops-lint init`: a settings file to start from."""

from __future__ import annotations

from pathlib import Path

import click

from finops_lint.cli.printing import write_file, write_out

NAME = "finops-lint.yaml"
TEMPLATE = """\
# Settings of finops-lint. Every line may go: what is left out keeps its default.
# `finops-lint rules list` shows the rules, `finops-lint explain RULE` one of them.

# Findings at or above this severity make the exit code 1: error, warning or info.
fail_on: warning

# Tags every bill line should carry. `ai` stands for all AI resources.
required_tags:
  - finops:team
  - finops:service
  - {key: finops:environment, values: [development, staging, production]}
  - finops:cost-center
  - {key: model_name, types: [ai]}
  - {key: workload_type, types: [ai], values: [training, inference, embedding, batch-job]}

# What a workload is, where the guess from tags, names and types is wrong; the first match wins.
# workloads:
#   - {kind: development, addresses: ["module.sandbox.*"]}

# Rules to leave out, and severities of your own.
# ignore: []
# severity: {}

# The same for a part of the code: files, addresses, types, environments or tags.
# scopes:
#   - {environments: [development], ignore: [no-budget], severity: {required-tags: info}, reason: nobody bills it}

# Findings that are known (`finops-lint baseline` writes the file): only new ones fail.
# baseline: finops-lint-baseline.json

# `extend: FILE` adds this file to another, which several projects share.

# Usage in Infracost's format 0.1, for what the code does not tell.
# usage_file: infracost-usage.yml

# What nobody states is left open (`stated`), or taken as usual for its type, as a range marked ≈ (`typical`).
# usage: typical

# The region of what names none.
# regions: {aws: us-east-1, azure: eastus, google: us-central1}

# What you pay other than list prices. Globs of provider, service, type, item, machine, family and region say which
# lines are meant (`finops-lint explain ADDRESS` shows the item of each); the most exact discount counts.
# discounts:
#   - {provider: aws, percent: 9, reason: private pricing agreement}
#   - {service: ec2, family: m5, percent: 20}
# price_overrides:
#   - {item: vpc/nat-gateway-hours, region: us-*, price: 0.04}
# commitments:
#   - {name: savings plan, service: ec2, family: m5, hours: 1460, discount: 37}
#   - {name: committed use, provider: google, family: n2, percent: 80, term: 3y}

# The currency of all figures, at a rate of your own; price lists keep theirs.
# currency: {code: EUR, rate: 0.92, as_of: 2026-11-01, rates: {CNY: 0.13}}

# When things run. Without `types` it is what can be stopped or scaled to nothing: machines, databases, node groups.
# schedules:
#   - {name: office hours, hours: "weekdays 8-19, sat 10-14", tags: {environment: dev*}}

# What one unit of work costs, shown in every report.
# unit_costs:
#   - {name: "cost per 1,000 tokens", volume: 50000000, per: 1000, tags: {service: chat}, guardrail: {above: 0.001}}

# Limits: a month at most, and what a change may add; action fail or warn.
# guardrails:
#   - {name: growth, increase: 200, increase_percent: 10, each: project}
#   - {name: ML budget, total: 5000, tags: {team: ml}, action: warn}

# Who may break them: a label of the change (--approved-by-label), or a reason with its last day.
# approvals:
#   - {label: cost-approved}

# Paths that are not read.
# exclude: ["examples/*"]
"""


@click.command("init")
@click.argument("folder", default=".", metavar="[FOLDER]")
@click.option("--force", is_flag=True, help="Replace a settings file that is there.")
def command(folder: str, *, force: bool) -> int:
    """Write finops-lint.yaml with the defaults and what they mean."""
    if not Path(folder).is_dir():
        raise click.UsageError(f"{folder} is no folder")
    file = Path(folder) / NAME
    if file.exists() and not force:
        raise click.UsageError(f"{file} is there already: --force replaces it")
    write_file(str(file), TEMPLATE)
    write_out(f"Wrote {file}. Next: finops-lint check {folder}\n")
    return 0
