"""The command line as a user meets it: what is printed where, and how each run ends."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest

import finops_lint.reports
from finops_lint.cli.init import TEMPLATE
from finops_lint.cli.main import run
from finops_lint.readers.discover import ProjectPath

INSTANCE = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_ebs_volume" "data" {
  availability_zone = "us-east-1a"
  type              = "gp2"
  size              = 100
}
"""
"""100 GB × $0.10 of gp2 = $10.00; gp3 at $0.08 would save $2.00; four required tags are missing."""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Terminal:
    """Runs command lines in a folder of their own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ended:
        code = run(arguments)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return Ended(code, out, err)


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("FINOPS_LINT_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / ".git").mkdir()
    write("infra/main.tf", INSTANCE)
    return Terminal(capsys)


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")


# What is found and how it ends


def test_findings_end_with_1_and_say_why_on_the_last_line(lint: Terminal) -> None:
    ended = lint("check", "infra")
    assert ended.code == 1
    assert "ebs-gp2-volume" in ended.out
    assert "saves         $2.00" in ended.out
    assert ended.err.splitlines()[-1] == "finops-lint: 2 findings at or above warning (exit 1)"


def test_exit_zero_turns_1_into_0(lint: Terminal) -> None:
    ended = lint("check", "infra", "--exit-zero")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_fail_on_decides_what_counts(lint: Terminal, level: str, code: int) -> None:
    assert lint("check", "infra", "--fail-on", level).code == code


def test_select_and_ignore_choose_rules(lint: Terminal) -> None:
    assert "required-tags" not in lint("check", "infra", "--select", "ebs-*").out
    assert "ebs-gp2-volume" not in lint("check", "infra", "--ignore", "ebs-gp2-volume,other").out


def test_the_working_folder_is_checked_where_no_path_is_named(lint: Terminal) -> None:
    assert "infra/main.tf" in lint("check").out


def test_a_reason_in_the_code_ends_with_0(lint: Terminal) -> None:
    marked = INSTANCE.replace(
        'resource "aws', '# finops-lint: ignore[ebs-gp2-volume, required-tags] -- a test\nresource "aws'
    )
    write("infra/main.tf", marked)
    ended = lint("check", "infra")
    assert ended.code == 0
    assert "2 ignored in the code" in ended.out


def test_a_syntax_error_wins_over_findings_and_exit_zero(lint: Terminal) -> None:
    write("infra/broken.tf", 'resource "aws_kms_key" "b" {\n')
    ended = lint("check", "infra", "--exit-zero")
    assert ended.code == 2
    assert "ebs-gp2-volume" in ended.out
    assert ended.err.splitlines()[-1].startswith("finops-lint: error: infra/broken.tf:1:")


def test_strict_makes_a_gap_end_with_2(lint: Terminal) -> None:
    write("infra/more.tf", 'resource "nobody_knows_this" "x" {}\n')
    assert lint("check", "infra", "--exit-zero").code == 0
    ended = lint("check", "infra", "--exit-zero", "--strict")
    assert ended.code == 2
    assert "1 resources of types without a price sheet" in ended.err


def test_a_path_that_is_not_there_ends_with_2(lint: Terminal) -> None:
    ended = lint("check", "nowhere")
    assert ended.code == 2
    assert ended.err == "finops-lint: error: nowhere: no such file or folder (exit 2)\n"


def test_an_empty_folder_is_a_notice(lint: Terminal) -> None:
    Path("empty").mkdir()
    ended = lint("check", "empty")
    assert ended.code == 0
    assert "notice  empty: " in ended.out


# Settings


def test_settings_hold_and_the_command_line_wins(lint: Terminal) -> None:
    write("finops-lint.yaml", "ignore: [required-tags]\nfail_on: error\n")
    assert lint("check", "infra").code == 0
    ended = lint("check", "infra", "--fail-on", "warning")
    assert ended.code == 1
    assert "required-tags" not in ended.out


def test_a_broken_settings_file_ends_with_2_and_its_place(lint: Terminal) -> None:
    write("finops-lint.yaml", "ignore: [a]\nfail_on: perhaps\n")
    ended = lint("check", "infra")
    assert ended.code == 2
    assert (
        ended.err == "finops-lint: error: finops-lint.yaml:2:1: fail_on: must be one of error, warning, info (exit 2)\n"
    )


def test_a_rule_of_the_users_own_runs_and_a_broken_one_ends_with_2(lint: Terminal) -> None:
    write("finops-lint.yaml", "rules: [own]\nselect: [small-disk]\n")
    rule = """
id: small-disk
since: 0.1.0
severity: info
confidence: high
types: [aws_ebs_volume]
when: r.size < 500
message: This disk has {r.size} GB.
why: Small disks are a test. They say nothing.
source: {title: A test, url: "https://example.org/", read: 2026-11-20}
examples:
  - {fails: terraform, code: 'resource "aws_ebs_volume" "d" { size = 100 }'}
  - {passes: terraform, code: 'resource "aws_ebs_volume" "d" { size = 1000 }'}
"""
    write("own/small-disk.yaml", rule)
    assert "This disk has 100 GB." in lint("check", "infra").out
    assert "2 examples of 1 rule: 0 failed" in lint("rules", "test", "small-disk").out
    write("own/small-disk.yaml", rule.replace("severity: info", "severity: grave"))
    ended = lint("check", "infra")
    assert ended.code == 2
    assert ended.err.startswith("finops-lint: error: own/small-disk.yaml:4")


# Formats


def test_several_formats_go_to_their_files(lint: Terminal) -> None:
    ended = lint(
        "check", "infra", "--format", "json=out/report.json", "--format", "sarif=out/x.sarif", "--format", "markdown"
    )
    assert ended.out.startswith("## finops-lint\n")
    assert json.loads(Path("out/report.json").read_text("utf-8"))["total"]["monthly"] == "10"
    assert json.loads(Path("out/x.sarif").read_text("utf-8"))["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "yaml"), "--format yaml: no such format (there are: terminal, json,"),
        (("--format", "json", "--format", "sarif"), "two formats would be written to standard output"),
        (("--format", "json=a", "--format", "sarif=a"), "two formats would be written to a"),
        (("--fail-on", "sometimes"), "'sometimes' is not one of"),
        (("--jobs", "0"), "0 is not in the range"),
        (("--as-of", "March"), "'--as-of': March is no day, as 2027-03-01 is"),
        (("--as-of", "2027-02-30"), "'--as-of': 2027-02-30 is no day, as 2027-03-01 is"),
        (("--min-saving", "much"), "'--min-saving': a plain amount of money, such as 10 or 2.50"),
        (("-", "infra"), "standard input (-) cannot be combined with paths"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(lint: Terminal, arguments: tuple[str, ...], said: str) -> None:
    ended = lint("check", *arguments)
    assert ended.code == 2
    assert said in ended.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chekc",), "No such command 'chekc'; did you mean check?"),
        (("prices", "show", "ebs/gp33-gb"), "no table has ebs/gp33-gb; did you mean ebs/gp3-gb?"),
        (
            ("prices", "show", "ebs/gp3-gb", "--region", "mars"),
            "(finops-lint prices show ebs/gp3-gb lists its regions)",
        ),
    ],
)
def test_a_name_nearly_right_is_told(lint: Terminal, arguments: tuple[str, ...], said: str) -> None:
    ended = lint(*arguments)
    assert ended.code == 2
    assert said in ended.err.splitlines()[-1]


def test_a_file_that_cannot_be_written_ends_with_2(lint: Terminal) -> None:
    write("taken", "a file, no folder")
    ended = lint("check", "infra", "--format", "json=taken/report.json")
    assert ended.code == 2
    assert ended.err.startswith("finops-lint: error: taken")


def test_output_is_the_same_twice(lint: Terminal) -> None:
    assert lint("check", "infra", "--format", "json").out == lint("check", "infra", "--format", "json").out


def test_colour_only_where_it_is_wanted(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in lint("check", "infra").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in lint("check", "infra").out
    assert "\x1b" not in lint("check", "infra", "--no-color").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in lint("check", "infra").out


# Cost


def test_cost_prints_the_table_and_ends_with_0(lint: Terminal) -> None:
    ended = lint("cost", "infra")
    assert ended.code == 0
    assert "aws_ebs_volume.data" in ended.out
    assert "Monthly cost    $10.00 a month" in ended.out


def test_variables_count_in_the_order_given(lint: Terminal) -> None:
    write("infra/main.tf", 'variable "size" {}\n' + INSTANCE.replace("= 100", "= var.size"))
    write("small.tfvars", "size = 200\n")
    assert "$20.00" in lint("cost", "infra", "--var-file", "small.tfvars").out
    assert "$30.00" in lint("cost", "infra", "--var-file", "small.tfvars", "--var", "size=300").out
    assert "$20.00" in lint("cost", "infra", "--var", "size=300", "--var-file=small.tfvars").out
    assert "$30.00" in lint("cost", "infra", "--terraform-var", "size=300").out


def test_the_environment_and_the_workspace_count(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    text = INSTANCE.replace("= 100", 'terraform.workspace == "prod" ? var.size : 10')
    write(
        "infra/main.tf",
        'variable "size" {}\n' + INSTANCE.replace("= 100", '= terraform.workspace == "prod" ? var.size : 10'),
    )
    del text
    monkeypatch.setenv("TF_VAR_size", "400")
    assert "$1.00" in lint("cost", "infra").out
    assert "$40.00" in lint("cost", "infra", "--workspace", "prod").out
    assert "$40.00" in lint("cost", "--path", "infra", "--terraform-workspace", "prod").out


def test_a_usage_file_gives_quantities(lint: Terminal) -> None:
    write("infra/main.tf", 'provider "aws" {\n region = "us-east-1"\n}\nresource "aws_sqs_queue" "q" {}\n')
    write(
        "usage.yml",
        "version: 0.1\nresource_usage:\n  aws_sqs_queue.q:\n    monthly_requests: 1000000\n    request_size: 64\n",
    )
    assert "by usage: $0.40 per 1M requests" in lint("cost", "infra").out
    assert "$0.40" in lint("cost", "infra", "--usage-file", "usage.yml").out.splitlines()[-3]


# Diff


def test_two_folders_are_compared(lint: Terminal) -> None:
    write("later/main.tf", INSTANCE.replace("= 100", "= 300"))
    ended = lint("diff", "infra", "later")
    assert ended.code == 0
    assert "~ aws_ebs_volume.data" in ended.out
    assert "+$20.00" in ended.out
    assert "+200 %" in ended.out


def test_a_new_finding_ends_with_1(lint: Terminal) -> None:
    write("later/main.tf", INSTANCE + INSTANCE[INSTANCE.index("resource") :].replace('"data"', '"more"'))
    ended = lint("diff", "infra", "later")
    assert ended.code == 1
    assert ended.err == "finops-lint: 2 new findings at or above warning (exit 1)\n"


def test_a_side_that_cannot_be_read_is_compared_with_nothing(lint: Terminal) -> None:
    """Against nothing every resource of the other side would seem to be gone, or new."""
    for sides in (("infra", "nowhere"), ("nowhere", "infra")):
        ended = lint("diff", *sides)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("finops-lint: error: nothing to compare with: ")
        assert ended.err.count("\n") == 1
        assert lint("comment", "github", "--dry-run", *sides).out == ""


def test_a_least_saving_holds_for_a_change_too(lint: Terminal) -> None:
    """The second volume saves $2.00 as gp3; that its tags are missing saves nothing."""
    write("later/main.tf", INSTANCE + INSTANCE[INSTANCE.index("resource") :].replace('"data"', '"more"'))
    ended = lint("diff", "infra", "later", "--min-saving", "2")
    assert ended.err == "finops-lint: 1 new finding at or above warning (exit 1)\n"
    assert "required-tags" not in ended.out
    ended = lint("diff", "infra", "later", "--min-saving", "2.01")
    assert (ended.code, ended.err) == (0, "")
    assert "ebs-gp2-volume" not in ended.out
    lint("baseline", "infra", "--min-saving", "2", "--file", "known.json")
    assert [f["rule"] for f in json.loads(Path("known.json").read_text())["findings"]] == ["ebs-gp2-volume"]


def test_a_saved_report_serves_as_before(lint: Terminal) -> None:
    lint("check", "infra", "--format", "json=saved.json")
    write("infra/main.tf", INSTANCE.replace("= 100", "= 300"))
    assert "+$20.00" in lint("diff", "saved.json", "infra").out
    assert "+$20.00" in lint("diff", "--compare-to", "saved.json", "--path", "infra").out


def test_a_saved_change_is_printed_again(lint: Terminal) -> None:
    write("later/main.tf", INSTANCE.replace("= 100", "= 300"))
    first = lint("diff", "infra", "later", "--format", "json=change.json", "--format", "markdown").out
    assert lint("diff", "change.json", "--format", "markdown").out == first


def test_a_plan_holds_both_sides(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    write("plan.json", json.dumps(plan(size_before=100, size_after=300)))
    ended = lint("diff", "plan.json")
    assert ended.code == 0
    assert "+$20.00" in ended.out
    piped = io.TextIOWrapper(io.BytesIO(Path("plan.json").read_bytes()))
    monkeypatch.setattr("sys.stdin", piped)
    assert "+$20.00" in lint("diff", "-").out


def plan(*, size_before: int, size_after: int) -> dict[str, object]:
    def values(size: int) -> dict[str, object]:
        return {"availability_zone": "us-east-1a", "size": size, "type": "gp3", "tags": None}

    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": {}},
        "resource_changes": [
            {
                "address": "aws_ebs_volume.data",
                "mode": "managed",
                "type": "aws_ebs_volume",
                "name": "data",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {
                    "actions": ["update"],
                    "before": {**values(size_before), "type": "gp2"},
                    "after": {**values(size_after), "type": "gp2"},
                    "after_unknown": {},
                    "before_sensitive": {},
                    "after_sensitive": {},
                },
            }
        ],
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}}
        },
    }


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ((), "name two sides"),
        (("infra",), "infra is a folder: name what to compare it with"),
        (("a", "b", "c"), "name two sides"),
        (("infra", "-"), "standard input (-) holds a whole plan"),
    ],
)
def test_sides_that_make_no_sense_are_refused(lint: Terminal, sides: tuple[str, ...], said: str) -> None:
    ended = lint("diff", *sides)
    assert ended.code == 2
    assert said in ended.err.splitlines()[-1]


def test_a_damaged_report_as_before_ends_with_2(lint: Terminal) -> None:
    write("saved.json", '{"format": "finops-lint/report/1", "projects": 1}')
    ended = lint("diff", "saved.json", "infra")
    assert ended.code == 2
    assert ended.err.startswith("finops-lint: error: saved.json is a damaged report")


# Explain, rules, init


def test_a_rule_is_explained_with_its_examples(lint: Terminal) -> None:
    ended = lint("explain", "ebs-gp2-volume")
    assert ended.code == 0
    assert "Ignore with  # finops-lint: ignore[ebs-gp2-volume] -- the reason" in ended.out
    assert "Fails:\n" in ended.out


def test_a_resource_is_explained_line_by_line(lint: Terminal) -> None:
    ended = lint("explain", "aws_ebs_volume.data", "infra")
    assert ended.code == 0
    assert "Written in   infra/main.tf:6:1" in ended.out
    assert "100 GB × $0.10 = $10.00" in ended.out
    assert "ebs/gp2-gb in us-east-1" in ended.out
    assert "ebs-gp2-volume" in ended.out


def test_a_pod_is_where_the_machine_it_is_priced_by_is(lint: Terminal) -> None:
    cluster = (
        'provider "google" {\n  region = "us-central1"\n}\n'
        'resource "google_container_cluster" "main" {\n  name             = "main"\n'
        '  location         = "us-central1"\n  enable_autopilot = true\n}\n'
    )
    write("gke/main.tf", cluster)
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: a%s}]}\n"
    write("gke/pods.yaml", pod % ("web", ", resources: {requests: {cpu: 1}}") + "---\n" + pod % ("none", ""))
    assert "Region       us-central1, of what it runs on\n" in lint("explain", "Pod/default/web", "gke").out
    assert "Region       not in the code\n" in lint("explain", "Pod/default/none", "gke").out


def test_an_explanation_spells_its_sources_out_and_names_the_usage_keys(lint: Terminal) -> None:
    write("infra/nat.tf", 'resource "aws_nat_gateway" "out" {\n  subnet_id = "subnet-1"\n}\n')
    ended = lint("explain", "aws_nat_gateway.out", "infra")
    words = " ".join(ended.out.split())
    assert "source: Infracost test expectations (cost tables against its price service)" in words
    assert "state monthly_data_processed_gb in a usage file" in words
    assert "monthly_data_processed_gb: GB, usually 10 to 1,000, 100 expected" in words
    assert max(map(len, ended.out.splitlines())) <= 80


def test_an_explanation_says_what_counts_the_resource(lint: Terminal) -> None:
    write(
        "finops-lint.yaml",
        "unit_costs: [{name: cost per run, volume: 4}]\n"
        "guardrails:\n- {name: disks, total: 50, types: [aws_ebs_*]}\n"
        "- {name: machines, total: 1, types: [aws_instance]}\n",
    )
    ended = lint("explain", "aws_ebs_volume.data", "infra")
    assert ended.code == 0
    assert "Counts in    cost per run: $2.50\n             guardrail disks: costs $10.00 a month, within" in ended.out
    assert "machines" not in ended.out


def test_an_explanation_as_json_keeps_to_the_schema(lint: Terminal) -> None:
    ended = lint("explain", "aws_ebs_volume.data", "infra", "--format", "json")
    assert ended.code == 0
    schema = json.loads((Path(finops_lint.reports.__file__).parent / "schemas" / "report.json").read_text("utf-8"))
    document = json.loads(ended.out)
    jsonschema.Draft202012Validator(schema | {"oneOf": [{"$ref": "#/$defs/explanation"}]}).validate(document)
    [one] = document["resources"]
    assert one["resource"]["monthly"] == "10"
    assert "ebs-gp2-volume" in {finding["rule"] for finding in one["findings"]}
    [price] = {c["price"]["source"] for c in one["resource"]["components"]}
    assert price in one["sources"]


def test_an_explanation_has_one_page_and_two_formats(lint: Terminal) -> None:
    assert lint("explain", "aws_ebs_volume.data", "infra", "--format", "sarif").code == 2
    assert lint("explain", "aws_ebs_volume.data", "infra", "--format", "json", "--format", "terminal=x").code == 2
    assert lint("explain", "aws_ebs_volume.data", "infra", "--format", "json=page.json").out == ""
    assert Path("page.json").is_file()


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("aws_ebs_volume.dato", "aws_ebs_volume.data"),
        ("data", "aws_ebs_volume.data"),
        ("aws_ebs_volume", "aws_ebs_volume.data"),
        ("module.net", "module.net.aws_vpc.this[0]"),
        ("WEB", "Deployment/default/web"),
        ("aws_vpc.this", "module.net.aws_vpc.this[0]"),
    ],
)
def test_an_address_that_is_not_there_gets_the_nearest(lint: Terminal, asked: str, meant: str) -> None:
    write("infra/net.tf", 'module "net" {\n  source = "./net"\n}\n')
    write("infra/net/main.tf", 'resource "aws_vpc" "this" {\n  count = 1\n  cidr_block = "10.0.0.0/16"\n}\n')
    write("infra/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n")
    ended = lint("explain", asked, "infra")
    assert ended.code == 2
    assert ended.err.endswith(f"is called {asked}; did you mean {meant}? (exit 2)\n")


def test_what_is_neither_rule_nor_resource_gets_a_near_name(lint: Terminal) -> None:
    ended = lint("explain", "ebs-gp3-volume", "infra")
    assert ended.code == 2
    assert "did you mean ebs-gp2-volume" in ended.err


def test_rules_are_listed(lint: Terminal) -> None:
    assert "ebs-gp2-volume" in lint("rules", "list").out
    found = json.loads(lint("rules", "list", "--format", "json").out)
    assert {"id", "severity", "title", "why", "types", "source", "on", "confidence"} <= set(found[0])
    write("finops-lint.yaml", "ignore: [ebs-gp2-volume]\n")
    assert "ebs-gp2-volume  (off)" in lint("rules", "list").out


def test_an_unknown_rule_cannot_be_tested(lint: Terminal) -> None:
    assert lint("rules", "test", "no-such-rule").code == 2
    assert "no rule is called ebs-gp-volume; did you mean" in lint("rules", "test", "nat-*", "ebs-gp-volume").err


def test_init_writes_settings_that_hold_and_never_overwrites(lint: Terminal) -> None:
    assert lint("init").code == 0
    assert lint("check", "infra").code == 1
    ended = lint("init")
    assert ended.code == 2
    assert "--force replaces it" in ended.err
    assert lint("init", "--force").code == 0


def test_what_init_comments_out_holds_too(lint: Terminal) -> None:
    text = re.sub(r"(?m)^# (?=[a-z_]+:( |$)|  )", "", TEMPLATE)
    assert "\ndiscounts:\n  - {" in text
    write("infra/infracost-usage.yml", "version: 0.1\n")
    write("infra/finops-lint.yaml", text)
    assert lint("cost", "infra").code == 0


def test_every_command_and_option_has_help(lint: Terminal) -> None:
    assert lint("--help").code == 0
    for name in ("check", "cost", "diff", "explain", "rules", "init"):
        text = lint(name, "--help").out
        assert "Usage: finops-lint" in text
        assert "terraform-var" not in text


# Secrets


def test_a_secret_on_a_quoted_line_is_blanked(lint: Terminal) -> None:
    secret = INSTANCE.replace('"gp2"', '"gp2" # password = "hunter2secret"')
    write("infra/main.tf", secret)
    assert "hunter2secret" not in lint("check", "infra").out


def test_a_sensitive_variable_is_printed_nowhere(lint: Terminal) -> None:
    text = 'variable "owner" {\n sensitive = true\n}\n' + INSTANCE.replace(
        "= 100", '= 100\n tags = { owner = var.owner, "finops:team" = var.owner }'
    )
    write("infra/main.tf", text)
    for output in ("terminal", "json", "infracost-json", "markdown", "sarif"):
        ended = lint("check", "infra", "--var", "owner=top-secret-9", "--format", output, "--show-undecided")
        assert "top-secret-9" not in ended.out + ended.err


# Our own faults


def test_a_bug_of_ours_is_one_line_with_what_to_do(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr("finops_lint.cli.check.print_report", broken)
    ended = lint("check", "infra")
    assert ended.code == 2
    assert ended.err.startswith("finops-lint: this is a bug of finops-lint")
    assert "ZeroDivisionError: seven" in ended.err
    assert "FINOPS_LINT_DEBUG=1" in ended.err
    monkeypatch.setenv("FINOPS_LINT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["check", "infra"])


def test_a_fault_in_one_project_costs_no_other_its_result(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    from finops_lint.tools import Tools

    write("other/main.tf", INSTANCE)
    read = Tools.read

    def faulty(tools: Tools, path: ProjectPath) -> object:
        if path.name == "other":
            raise LookupError("gone")
        return read(tools, path)

    monkeypatch.setattr(Tools, "read", faulty)
    ended = lint("check", "infra", "other")
    assert ended.code == 2
    assert "ebs-gp2-volume" in ended.out
    assert "error   other: LookupError: gone at " in ended.out


def test_interruption_ends_with_130(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("finops_lint.cli.check.print_report", interrupted)
    ended = lint("check", "infra")
    assert (ended.code, ended.err.strip()) == (130, "finops-lint: interrupted")


def test_the_number_of_processes_changes_nothing(lint: Terminal) -> None:
    for number in range(12):
        write(f"many/p{number}/main.tf", INSTANCE.replace("= 100", f"= {number + 1}"))
    one = lint("check", "many", "--jobs", "1", "--format", "json").out
    several = lint("check", "many", "--jobs", str(os.cpu_count() or 2), "--format", "json").out
    three = lint("check", "many", "--jobs", "3", "--format", "json").out
    assert one == several == three
    # 1 + 2 + … + 12 = 78 GB at $0.10
    assert json.loads(one)["total"]["monthly"] == "7.8"


# Typical use


QUEUE = 'provider "aws" {\n  region = "us-east-1"\n}\n\nresource "aws_sqs_queue" "jobs" {}\n'
"""A million requests cost $0.40; 10,000, 1,000,000 and 100,000,000 a month are typical: $0.004, $0.40, $40.00."""


def test_typical_use_is_asked_for_by_option_or_setting(lint: Terminal) -> None:
    write("q/main.tf", QUEUE)
    assert "1 line waits for usage" in lint("cost", "q").out
    asked = lint("cost", "q", "--usage", "typical").out
    write("q/finops-lint.yaml", "usage: typical\n")
    assert lint("cost", "q").out == asked
    assert "aws_sqs_queue.jobs: typical use" in asked
    assert "1 line waits for usage" in lint("cost", "q", "--usage", "stated").out


def test_a_saved_report_keeps_ranges_and_what_was_taken(lint: Terminal) -> None:
    write("q/main.tf", QUEUE)
    saved = lint("cost", "q", "--usage", "typical", "--format", "json").out
    write("before.json", saved)
    [resource] = json.loads(saved)["projects"][0]["resources"]
    [component] = resource["components"]
    assert component["assumed"].startswith("typical use: monthly_requests")
    assert component["monthly_range"] == ["0.004", "40"]
    write("q/main.tf", QUEUE + QUEUE.rpartition("\n\n")[2].replace("jobs", "more"))
    ended = lint("diff", "before.json", "q", "--usage", "typical", "--ignore", "*")
    assert "+ aws_sqs_queue.more" in ended.out
    assert "between <$0.01 and +$40.00" in ended.out
    same = lint("diff", "before.json", "before.json")
    assert "No change in cost" in same.out


# The day


CLUSTER = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_eks_cluster" "main" {
  name     = "main"
  role_arn = "arn:aws:iam::123456789012:role/eks"
  version  = "1.35"
}
"""
"""$0.10 an hour in standard support, until 2027-03-27, then $0.60: 730 × 0.10 = $73.00, 730 × 0.60 = $438.00."""


def test_a_day_decides_what_extended_support_costs_and_is_told(lint: Terminal) -> None:
    write("eks/main.tf", CLUSTER)
    before, after = lint("cost", "eks", "--as-of", "2027-03-26").out, lint("cost", "eks", "--as-of", "2027-03-27").out
    assert "Monthly cost    $73.00 a month" in before
    assert "Monthly cost    $438.00 a month" in after
    assert "priced for 2027-03-27" in " ".join(after.split())


def test_the_environment_may_name_the_day(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    write("eks/main.tf", CLUSTER)
    monkeypatch.setenv("FINOPS_LINT_AS_OF", "2028-01-01")
    assert "EKS cluster (extended support)" in lint("explain", "aws_eks_cluster.main", "eks").out
    assert "version-in-extended-support" in lint("check", "eks").out
    assert "$73.00 a month" in lint("cost", "eks", "--as-of", "2027-01-01").out
    monkeypatch.setenv("FINOPS_LINT_AS_OF", "someday")
    assert lint("cost", "eks").code == 2


def test_a_saved_report_keeps_its_day_and_both_sides_of_a_change_have_one(lint: Terminal) -> None:
    write("eks/main.tf", CLUSTER)
    lint("cost", "eks", "--as-of", "2027-03-01", "--format", "json=march.json")
    assert json.loads(Path("march.json").read_text("utf-8"))["prices"]["priced_for"] == "2027-03-01"
    assert "priced for 2027-03-01" in lint("diff", "march.json", "march.json", "--format", "markdown").out
    assert "+$365.00" in lint("diff", "march.json", "eks", "--as-of", "2027-04-01", "--ignore", "*").out
    assert "No change in cost" in lint("diff", "eks", "eks", "--as-of", "2027-04-01", "--ignore", "*").out


def test_without_a_day_the_report_names_none(lint: Terminal) -> None:
    assert "priced_for" not in json.loads(lint("cost", "infra", "--format", "json").out)["prices"]


# Commitments


def test_what_a_commitment_leaves_is_told_and_is_no_gap(lint: Terminal) -> None:
    write("m/main.tf", INSTANCE.partition("resource")[0] + 'resource "aws_eip" "one" {}\n')
    write("m/finops-lint.yaml", "commitments:\n  - {name: plan, service: ec2, hours: 730, discount: 40}\n")
    ended = lint("cost", "m", "--strict")
    assert "m/finops-lint.yaml:2:5: plan: 730 of 730 hours a month are left" in ended.out
    assert ended.code == 0


def test_a_change_tells_what_is_left_of_a_commitment_once(lint: Terminal) -> None:
    instance = 'resource "aws_instance" "one" {\n  ami           = "a"\n  instance_type = "m5.large"\n}\n'
    write("m/main.tf", INSTANCE.partition("resource")[0] + instance)
    write("n/main.tf", INSTANCE.partition("resource")[0] + instance + instance.replace("one", "two"))
    write("terms.yaml", "commitments:\n  - {name: plan, service: ec2, hours: 2000, discount: 40}\n")
    ended = lint("diff", "m", "n", "--config", "terms.yaml", "--ignore", "*")
    assert "plan: 540 of 2,000 hours a month are left" in ended.out
    assert "1,270" not in ended.out


# Currency


EURO = "currency: {code: EUR, rate: 0.9, as_of: 2026-11-01}\n"


def test_figures_are_in_the_stated_currency_and_prices_keep_theirs(lint: Terminal) -> None:
    write("infra/finops-lint.yaml", EURO)
    out = lint("cost", "infra").out
    assert "€9.00 a month" in out  # 100 GB × $0.10 × 0.9
    assert "Currency        EUR, 1 USD = 0.9 EUR as of 2026-11-01" in out
    page = lint("explain", "aws_ebs_volume.data", "infra").out
    assert "100 GB × €0.09 = €9.00" in page
    assert "$0.1" in page
    document = json.loads(lint("cost", "infra", "--format", "json").out)
    assert document["currency"] == "EUR"
    assert document["exchange"]["rates"] == {"USD": "0.9", "EUR": "1"}
    assert document["total"]["monthly"] == "9"
    assert json.loads(lint("cost", "infra", "--format", "infracost-json").out)["currency"] == "EUR"


def test_a_saved_report_in_dollars_meets_one_in_euros(lint: Terminal) -> None:
    write("before.json", lint("cost", "infra", "--format", "json").out)
    write("infra/finops-lint.yaml", EURO)
    write("infra/main.tf", INSTANCE.replace("100", "200"))
    out = lint("diff", "before.json", "infra", "--config", "infra/finops-lint.yaml", "--ignore", "*").out
    assert "Monthly cost change  +€9.00  +100 %" in out
    write("after.json", lint("cost", "infra", "--format", "json").out)
    write("infra/finops-lint.yaml", EURO.replace("0.9", "0.8"))
    ended = lint("diff", "after.json", "infra", "--config", "infra/finops-lint.yaml")
    assert ended.code == 2
    assert "make both reports with one rate" in ended.err


def test_a_new_rule_runs_its_examples_as_it_is(lint: Terminal) -> None:
    assert lint("rules", "new", "Logs Kept").code == 2
    assert lint("rules", "new", "logs-kept-for-ever").code == 0
    assert "is there already" in lint("rules", "new", "logs-kept-for-ever").err
    write("finops-lint.yaml", "rules: [finops-rules]\n")
    ended = lint("rules", "test", "logs-kept-for-ever")
    assert (ended.code, ended.out) == (0, "3 examples of 1 rule: 0 failed\n")


def test_a_baseline_leaves_only_what_is_new(lint: Terminal) -> None:
    assert lint("check", "infra").code == 1
    ended = lint("baseline", "infra")
    assert ended.code == 0
    assert "Put `baseline: finops-lint-baseline.json`" in ended.out
    write("finops-lint.yaml", "baseline: finops-lint-baseline.json\n")
    ended = lint("check", "infra")
    assert ended.code == 0
    assert ended.out.startswith("No findings; 3 in the baseline\n")
    write("infra/more.tf", 'resource "aws_cloudwatch_log_group" "a" {\n  name = "a"\n}\n')
    ended = lint("check", "infra")
    assert (ended.code, "log-group-without-retention" in ended.out, "ebs-gp2-volume" in ended.out) == (1, True, False)


def test_findings_may_be_limited_to_those_worth_it(lint: Terminal) -> None:
    """gp3 saves $2.00 on the volume."""
    assert "ebs-gp2-volume" in lint("check", "infra", "--min-saving", "2").out
    assert lint("check", "infra", "--min-saving", "2.01").code == 0


def test_fix_writes_and_diff_only_shows(lint: Terminal) -> None:
    shown = lint("check", "infra", "--diff", "--unsafe-fixes", "--select", "ebs-gp2-volume")
    assert shown.code == 1
    assert '-  type              = "gp2"\n+  type              = "gp3"\n' in shown.out
    assert Path("infra/main.tf").read_text("utf-8") == INSTANCE
    assert "--unsafe-fixes writes it" in lint("check", "infra", "--fix", "--select", "ebs-gp2-volume").err
    ended = lint("check", "infra", "--fix", "--unsafe-fixes", "--select", "ebs-gp2-volume")
    assert (ended.code, "mended 1 finding in 1 file" in ended.err) == (0, True)
    assert Path("infra/main.tf").read_text("utf-8") == INSTANCE.replace("gp2", "gp3")


def test_arguments_with_other_names_are_left_to_a_person(lint: Terminal) -> None:
    """`type` is no argument of awscc_ec2_volume, which has `volume_type`."""
    code = 'resource "awscc_ec2_volume" "data" {\n  size        = 100\n  volume_type = "gp2"\n}\n'
    write("other/main.tf", code)
    ended = lint("check", "other", "--fix", "--unsafe-fixes", "--select", "ebs-gp2-volume")
    assert (ended.code, "awscc_ec2_volume has other names for its arguments" in ended.err) == (1, True)
    assert Path("other/main.tf").read_text("utf-8") == code


def test_the_settings_nearest_to_a_project_are_its_own(lint: Terminal) -> None:
    write("finops-lint.yaml", "ignore: [required-tags, unattached-volume]\n")
    write("infra/prod/main.tf", INSTANCE)
    write("infra/prod/finops-lint.yaml", "select: [unattached-volume]\nseverity: {unattached-volume: error}\n")
    ended = lint("check", ".", "--format", "json")
    found = {p["path"]: [(f["rule"], f["severity"]) for f in p["findings"]] for p in json.loads(ended.out)["projects"]}
    assert found == {"infra": [("ebs-gp2-volume", "warning")], "infra/prod": [("unattached-volume", "error")]}
    one = lint("check", ".", "--format", "json", "--config", "finops-lint.yaml")
    rules = {f["rule"] for p in json.loads(one.out)["projects"] for f in p["findings"]}
    assert rules == {"ebs-gp2-volume"}


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ('merge(var.common, {team = "ml"})', "team = ml; perhaps more: var.common has no value"),
        ("merge(var.common, {})", "var.common has no value"),
    ],
)
def test_tags_that_are_known_in_part_are_explained(lint: Terminal, tags: str, told: str) -> None:
    write("infra/tags.tf", 'variable "common" {\n  type = map(string)\n}\n')
    write("infra/main.tf", INSTANCE.replace("size ", f"tags = {tags}\n  size "))
    assert told in " ".join(lint("explain", "aws_ebs_volume.data", "infra").out.split())
