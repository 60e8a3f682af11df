"""Templates through the command line: the samples, parameters, suppressions, a change, a change set's positions."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.cli.main import run

SAMPLES = Path(__file__).parents[2] / "sample_iac" / "cloudformation"


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    run([*arguments, "--format", "json", "--exit-zero"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def rules_in(found: dict[str, object]) -> set[str]:
    projects = found["projects"]
    assert isinstance(projects, list)
    return {finding["rule"] for project in projects for finding in project["findings"]}


def test_the_good_sample_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    parameters = str(SAMPLES / "good" / "parameters.json")
    found = report(capsys, "check", str(SAMPLES / "good"), "--parameters", parameters)
    assert rules_in(found) == set()


def test_the_wasteful_sample_has_those_it_was_written_for(capsys: pytest.CaptureFixture[str]) -> None:
    expected = {
        "large-gpu-for-light-work", "endpoint-without-autoscaling", "notebook-without-idle-shutdown",
        "ebs-gp2-volume", "log-group-without-retention", "s3-abandoned-uploads", "required-tags",
    }  # fmt: skip
    assert expected <= rules_in(report(capsys, "check", str(SAMPLES / "wasteful")))


DISK = """\
Parameters: {Size: {Type: Number, Default: 100}}
Resources:
  Disk:
    Type: AWS::EC2::Volume
%s    Properties: {Size: !Ref Size, VolumeType: gp2, AvailabilityZone: us-east-1a}
"""


def test_parameters_change_the_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(DISK % "")
    Path("p.json").write_text('{"Size": "300"}')
    run(["cost", "t.yaml"])
    # gp2 in us-east-1: $0.10 a GB and month.
    assert "$10.00" in capsys.readouterr().out
    run(["cost", "t.yaml", "--parameters", "p.json"])
    assert "$30.00" in capsys.readouterr().out


def test_metadata_and_comments_ignore_a_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = "    Metadata: {finops-lint: {ignore: [{rule: ebs-gp2-volume, reason: to be moved, until: 2999-01-01}]}}\n"
    Path("t.yaml").write_text(DISK % told)
    only = ("--select", "ebs-gp2-volume,suppression-*")
    assert run(["check", "t.yaml", *only]) == 0
    Path("t.yaml").write_text(DISK % told.replace("reason: to be moved, ", ""))
    assert run(["check", "t.yaml", *only]) == 1
    assert "suppression-without-reason" in capsys.readouterr().out
    Path("t.yaml").write_text("# finops-lint: ignore[ebs-gp2-volume] -- all of it\n" + DISK % "")
    text = (DISK % "").replace("  Disk:", "  # finops-lint: ignore[ebs-gp2-volume] -- to be moved\n  Disk:")
    Path("t.yaml").write_text(text)
    assert run(["check", "t.yaml", *only]) == 0


def test_a_change_between_two_templates_has_its_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("before.yaml").write_text(DISK % "")
    Path("after.yaml").write_text((DISK % "").replace("100", "150"))
    run(["diff", "before.yaml", "after.yaml", "--exit-zero"])
    assert "+$5.00" in capsys.readouterr().out


def test_a_broken_template_is_an_error_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: [}\n")
    Path("b.yaml").write_text(DISK % "")
    assert run(["check", "."]) == 2
    printed = capsys.readouterr()
    assert "a.yaml:4" in printed.out + printed.err
    assert "ebs-gp2-volume" in printed.out


# The region

PLACED = """\
Conditions: {Europe: !Equals [!Ref "AWS::Region", eu-west-1]}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Condition: Europe
    Properties: {InstanceType: m5.large, ImageId: ami-1}
"""


def resource_of(found: dict[str, object]) -> dict[str, object]:
    projects = found["projects"]
    assert isinstance(projects, list)
    ((resource,),) = (project["resources"] for project in projects)
    return dict(resource)


def test_the_region_named_on_the_command_line_is_no_assumption(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "t.yaml").write_text(PLACED)
    # eu-west-1: 730 h of m5.large at 0.107 and 8 GB of gp2 at 0.11.
    web = resource_of(report(capsys, "cost", str(tmp_path), "--region", "eu-west-1"))
    assert (web["monthly"], web["region"], web.get("assumed")) == ("78.99", "eu-west-1", None)
    (component, _) = _flat(web)
    assert "approximate" not in component["price"]


def _flat(resource: dict[str, object]) -> list[dict[str, dict[str, str]]]:
    components = resource["components"]
    assert isinstance(components, list)
    return components


def test_a_region_decides_the_conditions_that_ask_for_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(PLACED)
    found = report(capsys, "cost", str(tmp_path), "--region", "us-east-1")
    assert found["projects"][0].get("resources", []) == []


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        (["eu-west-9"], "no cloud has such a region; did you mean eu-west-"),
        (["eu-west-1", "us-east-1"], "eu-west-1 is named for aws already"),
    ],
)
def test_a_wrong_region_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, named: list[str], complaint: str
) -> None:
    (tmp_path / "t.yaml").write_text(PLACED)
    assert run(["cost", str(tmp_path), *(word for name in named for word in ("--region", name))]) == 2
    assert complaint in capsys.readouterr().err


def test_zones_and_display_names_say_their_region(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(PLACED)
    options = ("--region", "West Europe", "--region", "us-central1-a", "--region", "eu-west-1a")
    assert resource_of(report(capsys, "cost", str(tmp_path), *options))["region"] == "eu-west-1"


# What a part of a stack does not tell


def test_a_change_set_decides_nothing_by_what_it_does_not_show(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": "500", "WriteCapacityUnits": "500"},
    }
    change = {
        "Action": "Modify",
        "LogicalResourceId": "Table",
        "ResourceType": "AWS::DynamoDB::Table",
        "BeforeContext": json.dumps({"Properties": table}),
        "AfterContext": json.dumps({"Properties": table}),
    }
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"
    text = {"ChangeSetName": "c", "StackId": stack, "Changes": [{"Type": "Resource", "ResourceChange": change}]}
    (tmp_path / "changes.json").write_text(json.dumps(text))
    template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}}}
    (tmp_path / "template.json").write_text(json.dumps(template))
    rule = "fixed-throughput-without-autoscaling"
    assert rules_in(report(capsys, "check", str(tmp_path / "template.json"), "--select", rule)) == {rule}
    found = report(capsys, "check", str(tmp_path / "changes.json"), "--select", rule)
    assert rules_in(found) == set()
    projects = found["projects"]
    assert isinstance(projects, list)
    (project,) = projects
    assert [(u["rule"], u["reason"]) for u in project["undecided"]] == [(rule, "a change set shows only what changes")]


@pytest.mark.parametrize(
    ("named", "monthly"),
    [("eu-west-1", "78.11"), ("europe-west1", "70.08")],  # 730 × 0.107, and 730 × 0.096 in us-east-1
)
def test_the_region_named_goes_before_the_settings_one_of_the_same_cloud(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, named: str, monthly: str
) -> None:
    (tmp_path / "finops-lint.yaml").write_text("kubernetes: {cloud: aws, region: us-east-1, machine: m5.large}\n")
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
        "spec: {containers: [{name: a, resources: {requests: {cpu: 2, memory: 8Gi}}}]}\n"
    )
    found = report(capsys, "cost", str(tmp_path), "--region", named, "--config", str(tmp_path / "finops-lint.yaml"))
    assert f"{Decimal(str(resource_of(found)['monthly'])):.2f}" == monthly


QUOTED = """\
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /dev/api, RetentionInDays: '365'}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - {VariantName: a, ModelName: m, InstanceType: ml.g5.xlarge, InitialInstanceCount: '2'}
      DataCaptureConfig: {EnableCapture: 'true', InitialSamplingPercentage: '100', DestinationS3Uri: s3://b}
"""


def test_numbers_in_quotes_are_numbers_as_cloudformation_takes_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "t.yaml").write_text(QUOTED, "utf-8")
    rules = "logs-kept-long-outside-production,data-capture-of-everything"
    found = report(capsys, "check", str(tmp_path), "--select", rules)
    assert rules_in(found) == set(rules.split(","))
    assert run(["check", str(tmp_path), "--select", rules, "--fail-on", "error"]) == 0


def test_keys_of_tags_are_told_as_they_are_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    disk = DISK.replace("VolumeType: gp2", "VolumeType: gp3, Tags: [{Key: cost_center, Value: a}]") % ""
    (tmp_path / "t.yaml").write_text(disk, "utf-8")
    run(["check", str(tmp_path), "--select", "required-tags", "--exit-zero"])
    assert "cost_center is there: rename it to finops:cost-center" in " ".join(capsys.readouterr().out.split())
