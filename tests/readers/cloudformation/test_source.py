"""Templates to Resources: types, shape, places, edges, tags, existence, and what bad ones come to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_lint.model.finding import Level
from finops_lint.model.resource import Reference
from finops_lint.model.values import Partial, Unknown
from finops_lint.readers.cloudformation.source import TemplateOptions
from tests.readers.cloudformation.stacks import project, resources

INSTANCE = """\
Resources:
  Disk:
    Type: AWS::EC2::Volume
    Properties: {AvailabilityZone: us-east-1a, Size: "200", VolumeType: gp3}
  Web:
    Type: AWS::EC2::Instance
    DependsOn: Disk
    Properties:
      InstanceType: m5.large
      EbsOptimized: "true"
      SubnetId: !Ref Net
      BlockDeviceMappings:
        - DeviceName: /dev/xvda
          Ebs: {VolumeSize: "50", VolumeType: gp3}
        - DeviceName: /dev/sdf
          Ebs:
            VolumeSize: 100
      Tags:
        - Key: finops:team
          Value: ml
  Net: {Type: AWS::EC2::Subnet}
"""


def test_a_resource_has_terraforms_type_names_and_types_of_values(tmp_path: Path) -> None:
    web = resources(tmp_path, INSTANCE)["Web"]
    assert (web.type, web.provider, web.dialect) == ("aws_instance", "aws", "cloudformation")
    assert web.values["instance_type"] == "m5.large"
    assert web.values["ebs_optimized"] is True
    assert web.values["root_block_device"] == [{"volume_size": 50, "volume_type": "gp3"}]
    assert web.values["ebs_block_device"] == [{"device_name": "/dev/sdf", "volume_size": 100}]


def test_names_that_are_the_authors_stay_as_they_are(tmp_path: Path) -> None:
    text = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {LogLevel: info, MODE: fast}}}
  Model:
    Type: AWS::SageMaker::Model
    Properties: {Containers: [{Image: a, Environment: {MODEL: small, HF_TASK: fill-mask}}]}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {ContainerDefinitions: [{Image: a, Environment: [{Name: MODEL, Value: small}]}]}
"""
    found = resources(tmp_path, text)
    assert found["Function"].value("environment", "variables") == {"LogLevel": "info", "MODE": "fast"}
    assert found["Model"].value("containers", 0, "environment") == {"MODEL": "small", "HF_TASK": "fill-mask"}
    containers = found["Task"].value("container_definitions")
    assert containers[0]["environment"] == [{"name": "MODEL", "value": "small"}]


def test_every_value_knows_where_it_was_written(tmp_path: Path) -> None:
    web = resources(tmp_path, INSTANCE)["Web"]
    assert (web.span.line, web.span.column) == (5, 3)
    assert (web.where(("instance_type",)).line, web.where(("instance_type",)).column) == (9, 7)
    assert web.where(("root_block_device", 0, "volume_size")).line == 14
    assert web.where(("tags", "finops:team")).line == 19


def test_references_and_depends_on_are_edges(tmp_path: Path) -> None:
    web = resources(tmp_path, INSTANCE)["Web"]
    assert web.references == (Reference(("subnet_id",), "Net"), Reference((), "Disk"))
    assert web.values["subnet_id"] == Unknown("known after deployment", ("Net",))


@pytest.mark.parametrize(
    "tags",
    ["[{Key: a, Value: x}, {Key: b, Value: 1}]", "{a: x, b: 1}"],
)
def test_tags_are_one_map_however_they_are_written(tmp_path: Path, tags: str) -> None:
    kind = "AWS::EC2::Volume" if tags.startswith("[") else "AWS::SSM::Parameter"
    text = f"Resources:\n  A:\n    Type: {kind}\n    Properties:\n      Tags: {tags}\n"
    assert resources(tmp_path, text)["A"].tags.effective == {"a": "x", "b": "1"}


def test_a_tag_that_may_not_be_there_leaves_the_tags_open(tmp_path: Path) -> None:
    text = """\
Parameters: {Team: {Type: String}}
Conditions: {Known: !Not [!Equals [!Ref Team, ""]]}
Resources:
  A:
    Type: AWS::EC2::Volume
    Properties:
      Tags:
        - {Key: a, Value: x}
        - !If [Known, {Key: team, Value: !Ref Team}, !Ref AWS::NoValue]
"""
    tags = resources(tmp_path, text)["A"].tags.effective
    assert isinstance(tags, Partial)
    assert tags.known == {"a": "x"}
    assert tags.rest.waits_for == ("Team",)


def test_a_type_that_takes_no_tags_in_cloudformation_is_not_asked_for_any(tmp_path: Path) -> None:
    text = "Resources:\n  A: {Type: AWS::Lambda::Permission}\n"
    assert resources(tmp_path, text)["A"].tags.path is None


def test_conditions_decide_what_is_there_and_an_unknown_one_leaves_it_assumed(tmp_path: Path) -> None:
    text = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: String}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  NotProd: !Not [Condition: Prod]
  Large: !Equals [!Ref Size, large]
  Never: !And [!Condition Prod, !Condition Large]
  Always: !Or [!Condition NotProd, !Condition Large]
Resources:
  A: {Type: AWS::SNS::Topic, Condition: Prod}
  B: {Type: AWS::SNS::Topic, Condition: NotProd}
  C: {Type: AWS::SNS::Topic, Condition: Large}
  D: {Type: AWS::SNS::Topic, Condition: Never}
  E: {Type: AWS::SNS::Topic, Condition: Always}
"""
    found = resources(tmp_path, text)
    assert {a: r.assumed for a, r in found.items()} == {
        "B": "",
        "C": "condition Large waits: parameter Size has no default",
        "E": "",
    }


def test_json_reads_the_same(tmp_path: Path) -> None:
    template = {
        "Parameters": {"Size": {"Type": "Number", "Default": "50"}},
        "Resources": {
            "Disk": {
                "Type": "AWS::EC2::Volume",
                "Properties": {"Size": {"Ref": "Size"}, "Tags": [{"Key": "a", "Value": {"Fn::Sub": "x-${Size}"}}]},
            }
        },
    }
    disk = resources(tmp_path, {"t.json": json.dumps(template, indent=2)})["Disk"]
    assert disk.values == {"size": 50, "tags": {"a": "x-50"}}
    assert disk.where(("size",)).line == 12


@pytest.mark.parametrize(
    ("text", "code", "level", "line"),
    [
        ("Resources:\n  A:\n\tType: x\n", "syntax-error", Level.ERROR, 3),
        ("Resources:\n{% if a %}\n  A:\n    Type: x\n{% endif %}\n", "template", Level.NOTICE, 2),
        ("Description: '{{ a }}'\nResources:\n  B: {Type: x}\n  A:\n\tType: x\n", "syntax-error", Level.ERROR, 5),
        ("Resources:\n  A:\n    B: '{{resolve:ssm:a}}'\n\tType: x\n", "syntax-error", Level.ERROR, 4),
        ("Resources: []\n", "wrong-template", Level.ERROR, 1),
        ("[1]\n", "not-a-template", Level.ERROR, 1),
        ("Resources:\n  A: {Type: AWS::SNS::Topic}\n  A: {Type: AWS::SQS::Queue}\n", "duplicate-key", Level.ERROR, 3),
        ("Resources:\n  A: {Properties: {}}\n", "resource-without-type", Level.NOTICE, 2),
        (
            "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Nobody}}\n",
            "unknown-reference",
            Level.NOTICE,
            2,
        ),
        ("Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nResources:\n"
         "  T: {Type: AWS::SNS::Topic, Condition: A}\n", "cycle", Level.ERROR, 2),
        ("Resources:\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n  B: {Type: AWS::SNS::Topic, DependsOn: A}\n",
         "cycle", Level.ERROR, 2),
        ("Transform: MyMacro\nResources: {}\n", "macro", Level.NOTICE, 1),
        ("AWSTemplateFormatVersion: '2010-09-09'\n", "no-resources", Level.NOTICE, 1),
    ],
)  # fmt: skip
def test_bad_input_gets_one_clear_line(tmp_path: Path, text: str, code: str, level: Level, line: int) -> None:
    (problem,) = project(tmp_path, text).problems
    assert problem.span is not None
    assert (problem.code, problem.level, problem.span.line) == (code, level, line)


def test_sams_events_make_no_cycle_and_its_own_names_are_no_strangers(tmp_path: Path) -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: x, DefinitionBody: {arn: !GetAtt Score.Arn}}}
  Score:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {STAGE: !Ref Api.Stage, ROLE: !Ref ScoreRole}}
      Events: {Call: {Type: Api, Properties: {RestApiId: !Ref Api}}}
"""
    assert list(resources(tmp_path, text)) == ["Api", "Score"]


def test_a_key_that_stands_twice_elsewhere_is_only_told(tmp_path: Path) -> None:
    text = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: a, TopicName: b}\n"
    found = project(tmp_path, text)
    assert [(p.code, p.level) for p in found.problems] == [("duplicate-key", Level.NOTICE)]
    assert found.resources[0].values["topic_name" if "topic_name" in found.resources[0].values else "name"] == "b"


def test_what_a_secret_parameter_or_a_dynamic_reference_fills_is_sensitive(tmp_path: Path) -> None:
    text = """\
Parameters: {Password: {Type: String, NoEcho: true, Default: hunter2}}
Resources:
  A:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceClass: db.m5.large
      MasterUserPassword: !Ref Password
      MasterUsername: "{{resolve:secretsmanager:db:SecretString:name}}"
"""
    instance = resources(tmp_path, text)["A"]
    assert instance.sensitive == {("master_user_password",), ("master_username",)}
    assert isinstance(instance.values["master_username"], Unknown)


def test_what_an_export_names_is_handed_out(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        """
Resources:
  Given: {Type: AWS::EC2::EIP}
  Shown: {Type: AWS::EC2::EIP}
Outputs:
  Id:
    Value: !GetAtt Given.AllocationId
    Export: {Name: id}
  Ip:
    Value: !Ref Shown
""",
    )
    assert found.handed_out() == {"Given"}


def test_a_zone_that_the_template_names_tells_the_region(tmp_path: Path) -> None:
    text = """\
Parameters: {Zone: {Type: String, Default: us-west-2-lax-1a}}
Resources:
  Here: {Type: AWS::EC2::Volume, Properties: {Size: 1, AvailabilityZone: eu-west-1b}}
  Local: {Type: AWS::EC2::Volume, Properties: {Size: 1, AvailabilityZone: !Ref Zone}}
  Any: {Type: AWS::EC2::Volume, Properties: {Size: 1, AvailabilityZone: !Select [0, !GetAZs ""]}}
"""
    found = resources(tmp_path, text)
    assert {name: r.region for name, r in found.items()} == {"Here": "eu-west-1", "Local": "us-west-2", "Any": None}
    found = resources(tmp_path, text, options=TemplateOptions(region="eu-west-1"))
    assert {r.region for r in found.values()} == {"eu-west-1"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "!Sub 'arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.titan-embed-text-v2:0'",
            "arn:aws:bedrock:*::foundation-model/amazon.titan-embed-text-v2:0",
        ),
        (
            "!Join [':', ['arn:aws:bedrock', !Ref 'AWS::Region', !Ref 'AWS::AccountId', inference-profile/us.x.y]]",
            "arn:aws:bedrock:*:*:inference-profile/us.x.y",
        ),
        ("!Sub 'arn:aws:bedrock:us-east-1::foundation-model/${Model}'", None),
        ("!Sub 'arn:aws:sagemaker:${AWS::Region}:1:endpoint/x'", None),
    ],
)
def test_a_model_is_known_wherever_it_is_called(tmp_path: Path, written: str, expected: str | None) -> None:
    head = "Parameters: {Model: {Type: String}}\nResources:\n"
    found = resources(tmp_path, f"{head}  A: {{Type: 'Custom::A', Properties: {{Arn: {written}}}}}\n")["A"].values[
        "arn"
    ]
    assert found == expected if expected else isinstance(found, Unknown)
