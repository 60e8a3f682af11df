"""Required tags: what is missing, what was meant, what is not allowed, and what cannot be told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from finops_lint.model.finding import Finding, Severity
from finops_lint.model.resource import Graph
from finops_lint.model.settings import RequiredTag, Settings
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.checks.tags import near_miss
from finops_lint.rules.context import Catalog
from tests.rules.bench import machines, prices, read, rule_files, taggable

TEAM = (RequiredTag("finops:team"),)


def check(
    code: str, *tags: RequiredTag, rule: str = "required-tags", dialect: str = "terraform", **settings: Any
) -> CheckResult:
    project = read(dialect, code)
    assert not project.problems, project.problems
    chosen = Settings(select=(rule,), required_tags=tags or TEAM, **settings)
    graph = Graph(project.resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), chosen)
    result = checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))
    assert not result.problems, result.problems
    return result


def messages(result: CheckResult) -> list[str]:
    return [finding.message for finding in result.findings]


def only(result: CheckResult) -> Finding:
    [finding] = result.findings
    return finding


def volume(tags: str = "", before: str = "") -> str:
    return f'{before}\nresource "aws_ebs_volume" "v" {{\n  size = 1\n  {tags}\n}}\n'


@pytest.mark.parametrize(
    ("key", "present", "meant"),
    [
        ("finops:team", ["Team"], "Team"),
        ("finops:team", ["finops_team"], "finops_team"),
        ("finops:team", ["FinOps:Team", "team"], "FinOps:Team"),
        ("finops:team", ["acme/team"], "acme/team"),
        ("finops:cost-center", ["CostCentre"], "CostCentre"),
        ("finops:cost-center", ["cost_center"], "cost_center"),
        ("finops:environment", ["Enviroment"], "Enviroment"),
        ("finops:environment", ["Name", "Owner"], None),
        ("finops:team", ["steam", "Theme"], None),
        ("model_name", ["Name"], None),
    ],
)
def test_a_near_miss_is_the_key_that_was_meant(key: str, present: list[str], meant: str | None) -> None:
    assert near_miss(key, dict.fromkeys(present, "x")) == meant


def test_all_missing_keys_are_one_finding() -> None:
    result = check(volume(), RequiredTag("a"), RequiredTag("b"), RequiredTag("c"))
    assert messages(result) == ["Missing tags: a, b and c."]


def test_a_near_miss_is_renamed_by_the_remedy() -> None:
    finding = only(check(volume('tags = { Team = "ml" }')))
    assert finding.message == "Missing tag: finops:team. Team is there: rename it to finops:team."
    assert finding.remedy is not None
    assert finding.remedy.set == ((("tags", "finops:team"), "ml"),)
    assert finding.remedy.safe


def test_a_near_miss_of_a_default_tag_is_named_but_not_patched_here() -> None:
    provider = 'provider "aws" {\n  default_tags {\n    tags = { Team = "ml" }\n  }\n}'
    finding = only(check(volume(before=provider)))
    assert "Team is there" in finding.message
    assert finding.remedy is None


def test_default_tags_count() -> None:
    provider = 'provider "aws" {\n  default_tags {\n    tags = { "finops:team" = "ml" }\n  }\n}'
    assert messages(check(volume(before=provider))) == []


def test_default_tags_do_not_reach_an_auto_scaling_group() -> None:
    code = """
    provider "aws" {
      default_tags {
        tags = { "finops:team" = "ml" }
      }
    }
    resource "aws_autoscaling_group" "g" {
      min_size = 0
      max_size = 1
    }
    """
    assert messages(check(code)) == ["Missing tag: finops:team."]


def test_an_auto_scaling_group_writes_tags_as_blocks() -> None:
    code = """
    resource "aws_autoscaling_group" "g" {
      min_size = 0
      max_size = 1
      tag {
        key                 = "finops:team"
        value               = "ml"
        propagate_at_launch = true
      }
    }
    """
    assert messages(check(code)) == []


@pytest.mark.parametrize(
    "blocks",
    [
        "tag {\n key = var.name\n value = 1\n propagate_at_launch = true\n }",
        'dynamic "tag" {\n for_each = var.tags\n content {\n key = tag.key\n value = tag.value\n'
        " propagate_at_launch = true\n }\n }",
    ],
)
def test_a_tag_of_an_auto_scaling_group_whose_key_is_not_known_may_be_the_one(blocks: str) -> None:
    variables = 'variable "name" {}\nvariable "tags" {}\n'
    result = check(f'{variables}resource "aws_autoscaling_group" "g" {{\n min_size = 0\n max_size = 1\n {blocks}\n}}')
    assert (result.findings, len(result.undecided)) == ((), 1)


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        ("tags = var.tags", "undecided"),
        ('tags = merge(var.tags, { Name = "x" })', "undecided"),
        ('tags = merge(var.tags, { "finops:team" = "ml" })', "passes"),
        ('tags = { "finops:team" = var.name }', "passes"),
        ("tags = { (var.name) = 1 }", "undecided"),
        ("tags = { Name = var.name }", "fails"),
        ('tags = var.flag ? { "finops:team" = "a" } : { "finops:team" = "b" }', "passes"),
        ("tags = data.aws_default_tags.this.tags", "undecided"),
        ("tags = {}", "fails"),
        ("tags = null", "fails"),
    ],
)
def test_what_is_unknown_is_never_called_missing(tags: str, verdict: str) -> None:
    before = """
    variable "tags" { type = map(string) }
    variable "name" { type = string }
    variable "flag" { type = bool }
    data "aws_default_tags" "this" {}
    """
    result = check(volume(tags, before))
    assert ("fails" if result.findings else "undecided" if result.undecided else "passes") == verdict


def test_undecided_names_the_key_and_what_would_settle_it() -> None:
    result = check(volume("tags = var.tags", 'variable "tags" { type = map(string) }'))
    [undecided] = result.undecided
    assert "finops:team" in undecided.reason
    assert undecided.waits_for == ("var.tags",)


def test_types_that_take_no_tags_are_left_out() -> None:
    assert messages(check('resource "aws_iam_role_policy" "p" {\n  role = "r"\n  policy = "{}"\n}')) == []


def test_templates_are_asked_for_tags_where_cloudformation_takes_them() -> None:
    # Terraform's aws_vpc_security_group_ingress_rule and aws_iam_instance_profile take tags, these types do not:
    # the CloudFormation resource schemas (us-east-1), read 2026-11-21.
    code = """\
Resources:
  Open: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: sg-1, IpProtocol: "-1"}}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [r]}}
  Disk: {Type: AWS::EC2::Volume, Properties: {Size: 1, AvailabilityZone: us-east-1a}}
"""
    assert [f.address for f in check(code, dialect="cloudformation").findings] == ["Disk"]


def test_a_type_without_a_price_sheet_is_asked_all_the_same() -> None:
    assert messages(check('resource "aws_transfer_connector" "c" {\n  url = "sftp://x"\n}')) == [
        "Missing tag: finops:team."
    ]


def test_on_what_costs_nothing_a_missing_tag_is_an_info() -> None:
    code = 'resource "aws_launch_template" "t" {\n  instance_type = "m5.large"\n}'
    assert only(check(code)).severity is Severity.INFO
    assert only(check(volume())).severity is Severity.WARNING


@pytest.mark.parametrize("key", ["finops_team", "finops-team"])
def test_google_labels_spell_the_key_their_way(key: str) -> None:
    code = f'resource "google_compute_disk" "d" {{\n  name = "d"\n  labels = {{ "{key}" = "ml" }}\n}}'
    assert messages(check(code)) == []
    assert messages(check(code.replace(key, "other"))) == ["Missing label: finops_team."]


def test_settings_may_say_googles_key() -> None:
    code = 'resource "google_compute_disk" "d" {\n  name = "d"\n  labels = { squad = "ml" }\n}'
    assert messages(check(code, RequiredTag("finops:team", google_key="squad"))) == []


def test_azure_tags_may_hold_a_colon() -> None:
    code = """
    resource "azurerm_managed_disk" "d" {
      name = "d"
      tags = { "finops:team" = "ml" }
    }
    """
    assert messages(check(code)) == []


def test_a_node_pools_labels_lie_in_its_node_config() -> None:
    code = """
    resource "google_container_node_pool" "p" {
      cluster = "c"
      node_config {
        resource_labels = { finops_team = "ml" }
      }
    }
    """
    assert messages(check(code)) == []
    assert only(check(code.replace("finops_team", "x"))).path == ("node_config", 0, "resource_labels")


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        (RequiredTag("a", types=("aws_ebs_*",)), True),
        (RequiredTag("a", types=("aws_instance",)), False),
        (RequiredTag("a", not_types=("aws_ebs_volume",)), False),
        (RequiredTag("a", paths=("*/main.tf",)), True),
        (RequiredTag("a", paths=("prod/*",)), False),
        (RequiredTag("a", types=("ai",)), False),
    ],
)
def test_scope_by_type_and_path(tag: RequiredTag, asked: bool) -> None:
    assert bool(messages(check(volume(), tag))) is asked


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ('resource "aws_instance" "x" {\n  instance_type = "g5.xlarge"\n}', True),
        ('resource "aws_instance" "x" {\n  instance_type = "m5.xlarge"\n}', False),
        ('resource "aws_sagemaker_endpoint" "x" {\n  endpoint_config_name = "c"\n}', True),
        ('resource "aws_sagemaker_notebook_instance" "x" {\n  instance_type = "ml.g5.xlarge"\n}', False),
    ],
)
def test_what_runs_a_model_is_ai(code: str, asked: bool) -> None:
    assert bool(messages(check(code, RequiredTag("model_name", types=("ai",))))) is asked


def test_settings_may_excuse_types() -> None:
    assert messages(check(volume(), untaggable=("aws_ebs_*",))) == []


ENV = RequiredTag("env", values=("prod", "staging", "dev"))
CENTER = RequiredTag("cc", pattern=r"\d{4}")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"prod"', None),
        ('"Prod"', "env: “Prod” is not one of prod, staging, dev. Did you mean prod?"),
        ('"stagging"', "env: “stagging” is not one of prod, staging, dev. Did you mean staging?"),
        ('"qa"', "env: “qa” is not one of prod, staging, dev."),
    ],
)
def test_values_are_checked_against_the_list(value: str, message: str | None) -> None:
    result = check(volume(f"tags = {{ env = {value} }}"), ENV, rule="tag-value-not-allowed")
    assert messages(result) == ([message] if message else [])


def test_the_value_that_was_meant_is_the_remedy() -> None:
    finding = only(check(volume('tags = { env = "Prod" }'), ENV, rule="tag-value-not-allowed"))
    assert finding.remedy is not None
    assert finding.remedy.set == ((("tags", "env"), "prod"),)


def test_patterns_match_the_whole_value() -> None:
    assert messages(check(volume('tags = { cc = "4711" }'), CENTER, rule="tag-value-not-allowed")) == []
    result = check(volume('tags = { cc = "47111" }'), CENTER, rule="tag-value-not-allowed")
    assert messages(result) == [r"cc: “47111” does not match \d{4}."]


def test_a_missing_key_is_not_a_wrong_value() -> None:
    assert messages(check(volume(), ENV, rule="tag-value-not-allowed")) == []


def test_a_secret_value_is_not_shown() -> None:
    before = 'variable "env" {\n  default = "hunter2"\n  sensitive = true\n}'
    result = check(volume("tags = { env = var.env }", before), ENV, rule="tag-value-not-allowed")
    assert all("hunter2" not in m for m in messages(result))
    assert len(result.findings) == 1
