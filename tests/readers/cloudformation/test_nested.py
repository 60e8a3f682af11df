"""Stacks inside stacks, stack sets, SAM's Globals and implicit APIs, CDK output, loops and change sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.finding import Level
from finops_lint.model.resource import Reference
from finops_lint.model.values import Unknown
from finops_lint.readers.cloudformation.changeset import read_change_set
from finops_lint.readers.cloudformation.source import Templates, read_stack
from finops_lint.readers.discover import ProjectPath, discover
from tests.readers.cloudformation.stacks import project, resources, sheets, taggable

CHILD = """\
Parameters:
  Size: {Type: Number}
  Topic: {Type: String}
Resources:
  Disk:
    Type: AWS::EC2::Volume
    Properties: {Size: !Ref Size, KmsKeyId: !Ref Topic}
Outputs:
  Disk: {Value: !Ref Disk}
  Size: {Value: !Ref Size}
"""
PARENT = """\
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: HERE
      Parameters: {Size: 30, Topic: !Ref Topic}
      Tags: [{Key: team, Value: ml}]
  Attached:
    Type: AWS::EC2::VolumeAttachment
    Properties: {VolumeId: !GetAtt Inner.Outputs.Disk, Device: !GetAtt Inner.Outputs.Size}
"""


@pytest.mark.parametrize(
    "url", ["./inner/child.yaml", "https://s3.amazonaws.com/bucket/v1/inner/child.yaml", "!Sub '${U}/inner/child.yaml'"]
)
def test_a_nested_stack_is_read_with_its_parameters_tags_and_outputs(tmp_path: Path, url: str) -> None:
    parent = PARENT.replace("HERE", url)
    if "${U}" in url:
        parent = "Parameters: {U: {Type: String}}\n" + parent
    found = resources(tmp_path, {"parent.yaml": parent, "inner/child.yaml": CHILD})
    assert list(found) == ["Topic", "Inner", "Inner.Disk", "Attached"]
    disk = found["Inner.Disk"]
    assert (disk.values["size"], disk.module, disk.tags.effective) == (30, "Inner", {"team": "ml"})
    assert disk.references == (Reference(("kms_key_id",), "Topic"),)
    assert disk.span.file.endswith("inner/child.yaml")
    assert disk.calls[0].file.endswith("parent.yaml")
    assert Reference(("volume_id",), "Inner.Disk") in found["Attached"].references


def test_a_missing_nested_template_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = project(tmp_path, PARENT.replace("HERE", "gone.yaml"))
    assert [(p.code, p.level) for p in found.problems] == [("missing-template", Level.NOTICE)]
    assert not found.complete
    assert [r.address for r in found.resources] == ["Topic", "Inner", "Attached"]


def test_a_nested_stack_says_what_types_it_holds(tmp_path: Path) -> None:
    topics = "  A: {Type: AWS::SNS::Topic}\n  B: {Type: AWS::SNS::Topic}\n"
    child = f"Resources:\n{topics}  C: {{Type: 'Datadog::Monitors::Monitor'}}\n"
    parent = "Resources: {Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}\n"
    inner = resources(tmp_path, {"template.yaml": parent, "child.yaml": child})["Inner"]
    assert inner.values["template_body"] == "Type: AWS::SNS::Topic\nType: Datadog::Monitors::Monitor"


def test_a_template_that_nests_itself_is_a_cycle(tmp_path: Path) -> None:
    text = "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: template.yaml}}}\n"
    assert [p.code for p in project(tmp_path, text).problems] == ["cycle"]


def test_where_templates_only_nest_each_other_the_first_is_a_project_that_says_so(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        text = f"Resources: {{N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: ./{other}.yaml}}}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    found = discover([str(tmp_path)]).projects
    assert [Path(p.path).name for p in found] == ["a.yaml"]
    assert [p.code for p in read_stack(found[0], sheets=sheets(), taggable=taggable()).problems] == ["cycle"]


def test_stacks_that_multiply_are_read_up_to_what_an_account_may_have(tmp_path: Path) -> None:
    nested = "Resources:\n" + "".join(
        f"  N{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: ./HERE.yaml}}}}\n" for n in range(20)
    )
    files = {f"t{depth}.yaml": nested.replace("HERE", f"t{depth + 1}") for depth in range(6)}  # 20 to the sixth stacks
    last = {"t6.yaml": "Resources: {V: {Type: AWS::EC2::Volume, Properties: {Size: 1}}}\n"}
    found = project(tmp_path, files | last)
    assert (found.complete, [p.code for p in found.problems]) == (False, ["too-many-stacks"])


def test_a_nested_template_is_no_project_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parent.yaml").write_text(PARENT.replace("HERE", "child.yaml"))
    (tmp_path / "child.yaml").write_text(CHILD)
    assert [p.path for p in discover(["."]).projects] == ["parent.yaml"]
    assert {p.path for p in discover([".", "child.yaml"]).projects} == {"parent.yaml", "child.yaml"}


def test_a_nested_template_that_is_commented_out_is_a_project_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commented = "  # Inner:\n  #   Properties:\n  #     TemplateURL: ./child.yaml\n"
    (tmp_path / "parent.yaml").write_text(f"Resources:\n  Topic: {{Type: AWS::SNS::Topic}}\n{commented}")
    (tmp_path / "child.yaml").write_text(CHILD)
    assert [p.path for p in discover(["."]).projects] == ["child.yaml", "parent.yaml"]


STACK_SET = """\
Resources:
  Set:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: disks
      TemplateBody: |
        Resources:
          Disk: {Type: AWS::EC2::Volume, Properties: {Size: 10}}
      StackInstancesGroup:"""
"""What follows says where it is deployed."""


def never_made(template: str) -> str:
    """A parent whose nested stack has a condition that is false."""
    parent = PARENT.replace("HERE", template).replace("  Inner:\n", "  Inner:\n    Condition: Never\n")
    return f"Conditions: {{Never: !Equals [a, b]}}\n{parent.partition('  Attached:')[0]}"


def test_a_nested_stack_whose_condition_does_not_hold_is_told(tmp_path: Path) -> None:
    found = project(tmp_path, {"template.yaml": never_made("child.yaml"), "child.yaml": CHILD})
    child = (tmp_path / "child.yaml").as_posix()
    assert [r.address for r in found.resources] == ["Topic"]
    assert [(p.code, p.message, p.span.line if p.span else 0) for p in found.problems] == [
        ("stack-not-made", f"condition Never does not hold: Inner is not made, {child} is read but not counted", 4)
    ]
    assert found.complete


def test_the_template_of_a_stack_that_is_not_made_is_read_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    child = "Resources:\n  Volume: {Type: AWS::EC2::Volume, Type: AWS::EC2::Volume}\n  Bare: {Properties: {}}\n"
    found = project(tmp_path, {"template.yaml": never_made("child.yaml"), "child.yaml": child})
    assert [r.address for r in found.resources] == ["Topic"]
    places = [(p.code, Path(p.span.file).name, p.span.line) for p in found.problems if p.span is not None]
    assert places == [
        ("stack-not-made", "template.yaml", 4),
        ("duplicate-key", "child.yaml", 2),
        ("resource-without-type", "child.yaml", 3),
    ]


def test_a_template_that_nests_itself_when_it_is_not_made_is_a_cycle(tmp_path: Path) -> None:
    codes = [p.code for p in project(tmp_path, {"template.yaml": never_made("template.yaml")}).problems]
    assert codes == ["cycle", "stack-not-made"]


def test_a_stack_set_is_multiplied_by_accounts_and_regions(tmp_path: Path) -> None:
    instances = """
        - DeploymentTargets: {Accounts: ["111111111111", "222222222222"]}
          Regions: [us-east-1, eu-west-1]
        - DeploymentTargets: {OrganizationalUnitIds: [ou-1]}
          Regions: [us-east-1]
"""
    found = resources(tmp_path, STACK_SET + instances)
    disks = {a: (r.region, r.assumed) for a, r in found.items() if r.type == "aws_ebs_volume"}
    why = "how many accounts the organizational units hold is not in the code"
    assert disks == {
        'Set["111111111111/us-east-1"].Disk': ("us-east-1", ""),
        'Set["111111111111/eu-west-1"].Disk': ("eu-west-1", ""),
        'Set["222222222222/us-east-1"].Disk': ("us-east-1", ""),
        'Set["222222222222/eu-west-1"].Disk': ("eu-west-1", ""),
        'Set["*/us-east-1"].Disk': ("us-east-1", why),
    }
    assert found['Set["*/us-east-1"].Disk'].span.line == 8


def test_a_stack_set_without_regions_is_in_one_that_is_not_known(tmp_path: Path) -> None:
    found = resources(tmp_path, f'{STACK_SET} [{{DeploymentTargets: {{Accounts: ["111111111111"]}}}}]\n')
    assert found['Set["111111111111/*"].Disk'].region == Unknown("its regions are not in the code")


def test_an_account_that_is_not_known_is_one_all_the_same(tmp_path: Path) -> None:
    instances = "[{DeploymentTargets: {Accounts: [!Ref Audit]}, Regions: [us-east-1]}]"
    found = resources(tmp_path, f"Parameters: {{Audit: {{Type: String}}}}\n{STACK_SET} {instances}\n")
    assert found['Set["*/us-east-1"].Disk'].assumed == ""


def test_globals_and_implicit_apis_are_as_sam_makes_them(tmp_path: Path) -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    MemorySize: 512
    Architectures: [arm64]
    Tags: {team: ml}
  HttpApi: {Tags: {team: ml}}
Resources:
  Score:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: 1024
      Tags: {service: score}
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}
      Events:
        Call: {Type: HttpApi}
        Again: {Type: HttpApi, Properties: {Path: /x, Method: get}}
        Own: {Type: Api, Properties: {RestApiId: !Ref Rest}}
  Rest: {Type: AWS::Serverless::Api, Properties: {StageName: live, CacheClusterEnabled: true, CacheClusterSize: "0.5"}}
  Items: {Type: AWS::Serverless::SimpleTable}
"""
    found = resources(tmp_path, text)
    assert {a: r.type for a, r in found.items()} == {
        "Score": "aws_lambda_function",
        "Score/ProvisionedConcurrencyConfig": "aws_lambda_provisioned_concurrency_config",
        "Rest": "aws_api_gateway_rest_api",
        "Rest/CacheClusterEnabled": "aws_api_gateway_stage",
        "Items": "aws_dynamodb_table",
        "ServerlessHttpApi": "aws_apigatewayv2_api",
    }
    score = found["Score"]
    assert (score.values["memory_size"], score.values["architectures"]) == (1024, ["arm64"])
    assert score.tags.effective == {"team": "ml", "service": "score"}
    assert found["Items"].values["billing_mode"] == "PAY_PER_REQUEST"
    assert found["ServerlessHttpApi"].values["protocol_type"] == "HTTP"
    assert found["ServerlessHttpApi"].tags.effective == {"team": "ml"}
    assert found["Rest/CacheClusterEnabled"].values["cache_cluster_size"] == 0.5


def test_a_template_of_sam_types_is_sams_whoever_names_the_transform(tmp_path: Path) -> None:
    text = """\
Globals: {Function: {MemorySize: 512}}
Resources:
  Score: {Type: AWS::Serverless::Function, Properties: {Events: {A: {Type: Api, Properties: {RestApiId: !Ref Rest}}}}}
  Rest: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: !Sub "${Score.Arn}"}}
"""
    assert resources(tmp_path, text)["Score"].values["memory_size"] == 512


def test_a_bucket_becomes_a_bucket_and_what_terraform_keeps_beside_it(tmp_path: Path) -> None:
    text = """\
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration:
        Rules:
          - Status: Enabled
            ExpirationInDays: 30
            AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}
            Transitions: [{StorageClass: GLACIER, TransitionInDays: 10}]
"""
    found = resources(tmp_path, text)
    rules = found["Data/LifecycleConfiguration"]
    assert rules.type == "aws_s3_bucket_lifecycle_configuration"
    assert rules.values["rule"] == [
        {
            "status": "Enabled",
            "expiration": [{"days": 30}],
            "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
            "transition": [{"storage_class": "GLACIER", "days": 10}],
        }
    ]
    assert rules.references == (Reference(("bucket",), "Data"),)
    assert found["Data/VersioningConfiguration"].values["versioning_configuration"] == [{"status": "Enabled"}]


WAITS = Unknown("condition Maybe waits: parameter Open has no default", ("Open",))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("!If [Sure, {Rules: [{ExpirationInDays: 30}]}, !Ref 'AWS::NoValue']", 30),
        ("!If [Never, {Rules: [{ExpirationInDays: 30}]}, {Rules: [{ExpirationInDays: 3}]}]", 3),
        ("!If [Maybe, {Rules: [{ExpirationInDays: 30}]}, {Rules: [{ExpirationInDays: 3}]}]", WAITS),
    ],
)
def test_what_is_kept_beside_a_resource_is_found_behind_a_condition(tmp_path: Path, written: str, days: Any) -> None:
    found = resources(tmp_path, CONDITIONAL.replace("HERE", written))["Data/LifecycleConfiguration"]
    assert found.values["rule"] == [{"expiration": [{"days": days}]}]
    assert found.assumed == ""


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("!If [Maybe, {Rules: [{ExpirationInDays: 30}]}, !Ref 'AWS::NoValue']", WAITS),
        ("{'Fn::Transform': {Name: Macro}}", Unknown("the macro Macro is not run", ("Macro",))),
    ],
)
def test_what_may_not_be_beside_a_resource_is_not_known(tmp_path: Path, written: str, why: Unknown) -> None:
    found = resources(tmp_path, CONDITIONAL.replace("HERE", written))["Data/LifecycleConfiguration"]
    assert (found.values["rule"], found.assumed) == (why, why.reason)


def test_nothing_is_beside_a_resource_where_the_condition_says_so(tmp_path: Path) -> None:
    written = "!If [Never, {Rules: [{ExpirationInDays: 30}]}, !Ref 'AWS::NoValue']"
    assert list(resources(tmp_path, CONDITIONAL.replace("HERE", written))) == ["Data"]


CONDITIONAL = """\
Parameters:
  Open: {Type: String}
Conditions:
  Sure: !Equals [a, a]
  Never: !Equals [a, b]
  Maybe: !Equals [!Ref Open, x]
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      LifecycleConfiguration: HERE
"""


def test_a_cache_that_a_parameter_turns_on_is_found(tmp_path: Path) -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Cache: {Type: String, Default: "true"}
Resources:
  Rest: {Type: AWS::Serverless::Api, Properties: {StageName: live, CacheClusterEnabled: !Ref Cache}}
"""
    assert resources(tmp_path, text)["Rest/CacheClusterEnabled"].values["cache_cluster_enabled"] is True


def test_a_device_that_is_taken_away_is_no_disk(tmp_path: Path) -> None:
    text = """\
Resources:
  Box:
    Type: AWS::EC2::Instance
    Properties:
      BlockDeviceMappings:
        - {DeviceName: /dev/xvda, Ebs: {VolumeSize: 100}}
        - {DeviceName: /dev/xvdb, NoDevice: {}}
        - {DeviceName: /dev/xvdc, NoDevice: ""}
        - {DeviceName: /dev/xvdd, VirtualName: ephemeral0}
        - {DeviceName: /dev/xvde, Ebs: {VolumeSize: 10}}
"""
    box = resources(tmp_path, text)["Box"]
    assert box.values["root_block_device"] == [{"volume_size": 100}]
    assert box.values["ebs_block_device"] == [{"device_name": "/dev/xvde", "volume_size": 10}]


def test_of_what_cdk_wrote_the_stacks_are_read_with_their_place_and_tags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1",
        "properties": {"templateFile": "Shop.template.json", "tags": {"team": "ml"}},
    }
    (folder / "cdk.out").write_text('{"version": "38.0.0"}')
    (folder / "manifest.json").write_text(json.dumps({"version": "38.0.0", "artifacts": {"Shop": stack}}))
    nested = {"Resources": {"Disk": {"Type": "AWS::EC2::Volume", "Properties": {"Size": 10}}}}
    (folder / "Inner.nested.template.json").write_text(json.dumps(nested))
    inner = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::URLSuffix}/assets/abc.json"}},
        "Metadata": {"aws:asset:path": "Inner.nested.template.json"},
    }
    (folder / "Shop.template.json").write_text(json.dumps({"Resources": {"Inner": inner}}))
    [found] = discover(["."]).projects
    assert (found.kind, found.path) == ("cloudformation", "cdk.out/Shop.template.json")
    read = read_stack(found, Templates(), sheets=sheets(), taggable=taggable())
    disk = next(r for r in read.resources if r.address == "Inner.Disk")
    assert (disk.region, disk.tags.effective, read.problems) == ("eu-west-1", {"team": "ml"}, ())


def test_loops_are_unrolled_and_one_over_unknown_values_is_reported(tmp_path: Path) -> None:
    text = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "A,B"}
  Open: {Type: CommaDelimitedList}
Resources:
  Fn::ForEach::Disks:
    - Name
    - !Ref Names
    - Disk${Name}: {Type: AWS::EC2::Volume, Properties: {Size: 10}}
  Fn::ForEach::More:
    - Name
    - !Ref Open
    - More${Name}: {Type: AWS::EC2::Volume, Properties: {Size: 10}}
"""
    found = project(tmp_path, text)
    assert [(r.address, r.span.line, r.values["size"]) for r in found.resources] == [("DiskA", 9, 10), ("DiskB", 9, 10)]
    assert [p.code for p in found.problems] == ["unknown-loop"]


def test_loops_that_multiply_beyond_any_quota_are_not_unrolled(tmp_path: Path) -> None:
    names = json.dumps([f"n{number}" for number in range(150)])
    text = f"""\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::A: [A, {names}, {{"Fn::ForEach::B": [B, {names}, {{"V${{A}}${{B}}": {{Type: AWS::SNS::Topic}}}}]}}]
"""
    found = project(tmp_path, text)
    assert ([p.code for p in found.problems][:1], found.complete) == (["language-extensions"], False)


def test_a_change_set_has_a_before_and_an_after(tmp_path: Path) -> None:
    def context(**properties: object) -> str:
        return json.dumps({"Properties": properties})

    changes = [
        {"Action": "Modify", "LogicalResourceId": "Web", "ResourceType": "AWS::EC2::Instance",
         "BeforeContext": context(InstanceType="m5.large"),
         "AfterContext": context(InstanceType="m5.xlarge", SubnetId="{{changeSet:KNOWN_AFTER_APPLY}}")},
        {"Action": "Add", "LogicalResourceId": "Disk", "ResourceType": "AWS::EC2::Volume",
         "AfterContext": context(Size="100")},
        {"Action": "Remove", "LogicalResourceId": "Old", "ResourceType": "AWS::EC2::Volume",
         "BeforeContext": context(Size="1")},
        {"Action": "Modify", "LogicalResourceId": "Bare", "ResourceType": "AWS::EC2::Volume"},
    ]  # fmt: skip
    text = {
        "ChangeSetName": "c",
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        "Tags": [{"Key": "team", "Value": "ml"}],
        "Changes": [{"Type": "Resource", "ResourceChange": change} for change in changes],
    }
    (tmp_path / "changes.json").write_text(json.dumps(text, indent=1))
    [path] = discover([str(tmp_path / "changes.json")]).projects
    assert path.kind == "changeset"
    data = (tmp_path / "changes.json").read_bytes()
    after = read_change_set(data, path, Templates(), (sheets(), taggable()))
    before = after.before
    assert before is not None
    assert {r.address: r.region for r in before.resources} == {"Web": "eu-west-1", "Old": "eu-west-1"}
    assert [r.address for r in after.resources] == ["Web", "Disk"]
    web, disk = after.resources
    assert web.values["instance_type"] == "m5.xlarge"
    assert isinstance(web.values["subnet_id"], Unknown)
    assert (disk.values["size"], disk.tags.effective) == (100, {"team": "ml"})
    assert {p.code for p in after.problems} == {"no-property-values"}


def test_a_project_path_is_what_discovery_hands_on(tmp_path: Path) -> None:
    (tmp_path / "t.template").write_text("Resources:\n  A:\n    Type: AWS::SNS::Topic\n")
    (tmp_path / "values.yaml").write_text("Resources: [AWS]\n# Type: AWS::S3::Bucket\n")
    (tmp_path / "schema.json").write_text('{"Resources": {"x": 1}}')
    found = discover([str(tmp_path)])
    assert [type(p) for p in found.projects] == [ProjectPath]
    assert [Path(p.path).name for p in found.projects] == ["t.template"]
    assert found.problems == ()
