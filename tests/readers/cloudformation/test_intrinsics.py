"""CloudFormation's functions: values as the reference has them, and unknowns where the text cannot tell.

Expected values: Intrinsic function reference, AWS CloudFormation Template Reference, read 2026-11-21.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.values import GAP, Unknown
from finops_lint.readers.cloudformation.source import TemplateOptions
from tests.readers.cloudformation.stacks import project, resources

HEAD = """\
Parameters:
  Name: {Type: String, Default: web}
  Open: {Type: String}
  One: {Type: String, AllowedValues: [small, large]}
  Count: {Type: Number, Default: "3"}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /golden/ami}
Mappings:
  Sizes:
    dev: {Machine: t3.micro, Same: x}
    prod: {Machine: m5.large, Same: x}
Conditions:
  Yes: !Equals [a, a]
  No: !Not [!Condition Yes]
  Maybe: !Equals [!Ref Open, x]
  NotAllowed: !Equals [!Ref One, medium]
Resources:
  Other: {Type: AWS::SNS::Topic}
  T:
    Type: AWS::SNS::Topic
    Properties:
      Value: """


def value(folder: Path, written: str) -> Any:
    """What the property `Value: written` comes to."""
    return resources(folder, HEAD + written + "\n")["T"].values.get("value")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref Name", "web"),
        ("{Ref: Name}", "web"),
        ("!Ref Count", 3),
        ("!Ref Zones", ["a", "b", "c"]),
        ("!Sub '${Name}-${!Literal}-${Count}'", "web-${Literal}-3"),
        ("!Sub ['${a}/${Name}', {a: !Ref Count}]", "3/web"),
        ("!Join ['-', [a, !Ref Name, 1]]", "a-web-1"),
        ("!Join [',', !Ref Zones]", "a,b,c"),
        ("!Split ['|', 'a|b||c']", ["a", "b", "", "c"]),
        ("!Select [1, !Split [',', 'x,y']]", "y"),
        ("!Select ['0', [p, q]]", "p"),
        ("!FindInMap [Sizes, prod, Machine]", "m5.large"),
        ("!FindInMap [Sizes, test, Machine, {DefaultValue: none}]", "none"),
        ("!FindInMap [Sizes, !Ref Open, Same]", "x"),
        ("!If [Yes, 1, 2]", 1),
        ("!If [No, 1, !Ref 'AWS::NoValue']", None),
        ("!If [Maybe, same, same]", "same"),
        ("!If [NotAllowed, 1, 2]", 2),
        ("!Base64 abc", "YWJj"),
        ("!Cidr [10.0.0.0/22, 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ("!Select [1, !Cidr [192.168.0.0/24, 4, 5]]", "192.168.0.32/27"),
        ("!Ref 'AWS::NoValue'", None),
        ("!Ref 'AWS::Partition'", "aws"),
        ("[a, !If [No, b, !Ref 'AWS::NoValue'], c]", ["a", "c"]),
        ("!Sub 'arn:${AWS::Partition}:s3:::x'", "arn:aws:s3:::x"),
    ],
)
def test_known_arguments_give_values(tmp_path: Path, written: str, expected: Any) -> None:
    assert value(tmp_path, written) == expected


@pytest.mark.parametrize(
    ("written", "reason", "waits_for"),
    [
        ("!Ref Open", "parameter Open has no default", ("Open",)),
        ("!Sub 'x-${Open}'", "parameter Open has no default", ("Open",)),
        ("!Join ['', [a, !Ref Open]]", "parameter Open has no default", ("Open",)),
        ("!Ref Stored", "parameter Stored is read from the SSM Parameter Store", ("Stored",)),
        ("!Ref Other", "known after deployment", ("Other",)),
        ("!GetAtt Other.TopicName", "known after deployment", ("Other.TopicName",)),
        ("!Ref 'AWS::Region'", "the region is not in the code", ("AWS::Region",)),
        ("!Select [0, !GetAZs '']", "the zones depend on the account", ("Fn::GetAZs",)),
        ("!If [Maybe, 1, 2]", "condition Maybe waits: parameter Open has no default", ("Open",)),
        ("!FindInMap [Sizes, !Ref Open, Machine]", "parameter Open has no default", ("Open",)),
        ("!ImportValue elsewhere", "elsewhere is exported by a stack that is not here", ("elsewhere",)),
        ("'{{resolve:ssm:x:1}}'", "it is read from ssm when the stack is deployed", ("resolve:ssm",)),
        ("{'Fn::Transform': {Name: Macro}}", "the macro Macro is not run", ("Macro",)),
        ("!Select [9, [a]]", "Fn::Select is given what it does not take", ("Fn::Select",)),
        ("!Cidr [nonsense, 3, 8]", "Fn::Cidr is given what it does not take", ("Fn::Cidr",)),
        ("!NoSuch x", "Fn::NoSuch is not known here", ("Fn::NoSuch",)),
    ],
)
def test_what_the_text_cannot_tell_is_unknown_with_its_reason(
    tmp_path: Path, written: str, reason: str, waits_for: tuple[str, ...]
) -> None:
    assert value(tmp_path, written) == Unknown(reason, waits_for)


@pytest.mark.parametrize(
    ("written", "sketch"),
    [
        ("!Sub 's3://${Open}/${Name}'", "s3://?/web"),
        ("!Join ['/', [a, !Ref Open, !Sub 'b-${Open}']]", "a/?/b-?"),
        ("!Sub '${Open}'", ""),
    ],
)
def test_a_text_keeps_what_is_known_around_what_is_not(tmp_path: Path, written: str, sketch: str) -> None:
    found = value(tmp_path, written)
    assert isinstance(found, Unknown)
    assert found.sketch.replace(GAP, "?") == sketch


@pytest.mark.parametrize(
    ("compared", "expected"),
    [
        # The id of what is made, and what AWS makes users name, is never empty.
        ("!Ref Other, ''", "gone"),
        ("'', !GetAtt Other.TopicArn", "gone"),
        ("!Join [',', [!Ref Other, !Ref Other]], ''", "gone"),
        ("!Select [0, !Split [',', !Ref Other]], ''", "gone"),
        ("!Ref Network, ''", "gone"),
        ("!Ref Long, ''", "gone"),
        ("!Sub 'alias/${Other}', role/x", "gone"),
        ("!Sub 'alias/${Other}', alias/x", None),
        ("!Sub '${Open}', ''", None),
        ("!Ref Open, ''", None),
        ("!Ref Other, some-name", None),
        ("!GetAtt Own.Arn, ''", None),
        ("!FindInMap [Sizes, !Ref Other, Machine], ''", None),
        ("!Select [4, !Split [':', !GetAtt Other.TopicArn]], ''", None),
    ],
)
def test_what_no_deployment_can_leave_empty_is_not_the_empty_text(
    tmp_path: Path, compared: str, expected: str | None
) -> None:
    parameters = "Parameters:\n  Network: {Type: 'AWS::EC2::VPC::Id'}\n  Long: {Type: String, MinLength: 1}\n"
    head = HEAD.replace("Parameters:\n", parameters).replace(
        "Maybe: !Equals [!Ref Open, x]", f"Maybe: !Equals [{compared}]"
    )
    head = head.replace("Resources:\n", "Resources:\n  Own: {Type: 'Custom::Own'}\n")
    found = resources(tmp_path, head + "!If [Maybe, made, gone]\n")["T"].values["value"]
    assert found == expected if expected else isinstance(found, Unknown)


def test_what_waits_for_a_text_is_not_that_text(tmp_path: Path) -> None:
    head = HEAD.replace("Maybe: !Equals [!Ref Open, x]", "Maybe: !Equals [!Sub 'a-${Open}', a-x]")
    found = resources(tmp_path, head + "!If [Maybe, 1, 2]\n")["T"].values["value"]
    assert isinstance(found, Unknown)
    assert (found.sketch, found.filled) == ("", False)


def test_a_map_that_is_either_of_two_is_known_where_they_agree(tmp_path: Path) -> None:
    found = value(tmp_path, "!If [Maybe, {Size: 1, Kind: a}, {Size: 2, Kind: a}]")
    assert found["kind"] == "a"
    assert isinstance(found["size"], Unknown)


@pytest.mark.parametrize(
    "text",
    [
        '[{"ParameterKey": "Size", "ParameterValue": "20"}, {"ParameterKey": "Kept", "UsePreviousValue": true}]',
        '{"Parameters": {"Size": "20"}, "Tags": {}}',
        '{"Size": 20}',
        '["Size=20"]',
        "Size: 20\n",
    ],
)
def test_parameter_files_come_in_several_shapes(tmp_path: Path, text: str) -> None:
    (tmp_path / "given").write_text(text)
    template = (
        "Parameters: {Size: {Type: Number, Default: 5}}\n"
        "Resources: {D: {Type: AWS::EC2::Volume, Properties: {Size: !Ref Size}}}\n"
    )
    options = TemplateOptions((str(tmp_path / "given"),))
    assert resources(tmp_path, template, options=options)["D"].values["size"] == 20


def test_a_parameter_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "given").write_text('[{"Key": "a"}]')
    found = project(tmp_path, "Resources: {}\n", options=TemplateOptions((str(tmp_path / "given"),)))
    assert [(p.code, p.message) for p in found.problems] == [("wrong-parameters", "an entry without ParameterKey")]


def test_samconfig_gives_parameters_region_and_name(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text(
        '[default.deploy.parameters]\nregion = "eu-west-1"\nstack_name = "shop"\n'
        'parameter_overrides = "Size=\\"20\\" Other=x"\n'
    )
    template = """\
Parameters: {Size: {Type: Number}}
Resources:
  D:
    Type: AWS::EC2::Volume
    Properties:
      Size: !Ref Size
      Tags: [{Key: where, Value: !Sub "${AWS::StackName} ${AWS::Region}"}]
"""
    found = project(tmp_path, template).resources[0]
    assert (found.region, found.values["size"], found.tags.own) == ("eu-west-1", 20, {"where": "shop eu-west-1"})


def test_an_export_of_another_template_is_found(tmp_path: Path) -> None:
    files = {
        "user.yaml": "Resources: {D: {Type: AWS::EC2::Volume, Properties: {Size: !ImportValue disk-size}}}\n",
        "base.yaml": "Outputs: {Size: {Value: 40, Export: {Name: !Sub 'disk-size'}}}\nResources: {}\n",
    }
    assert resources(tmp_path, files, others=("base.yaml",))["D"].values["size"] == 40


@pytest.mark.parametrize(
    "written",
    [
        "!Sub ['"
        + "${a}" * 400
        + "', {a: !Sub ['"
        + "${b}" * 400
        + "', {b: !Sub ['"
        + "${c}" * 400
        + "', {c: xxxx}]}]}]",
        "!Join ['" + "x" * 4000 + "', !Split [',', '" + "," * 400 + "']]",
    ],
    ids=["Sub", "Join"],
)
def test_a_text_longer_than_any_template_is_unknown(tmp_path: Path, written: str) -> None:
    """Written out, the first were 256 million characters."""
    found = value(tmp_path, written)
    assert isinstance(found, Unknown)
    assert "longer than any template may be" in found.reason
