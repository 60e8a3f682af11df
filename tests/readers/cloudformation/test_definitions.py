"""Definitions of state machines that a template keeps in files beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from tests.readers.cloudformation.stacks import resources

MACHINE = """
Parameters:
  Role: {Type: String}
Resources:
  Weekly:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/states
      DefinitionS3Location: PLACE
      DefinitionSubstitutions: {Machine: ml.g5.xlarge, Seconds: 7200, Role: !Ref Role}
"""
JSON = '{"StartAt": "A", "States": {"A": {"Kind": "${Machine}", "Most": "${Seconds}", "As": "${Role}", "To": "s3://x/${Machine}"}}}'
YAML = "StartAt: A\nStates:\n  A: {Kind: '${Machine}', Most: '${Seconds}', As: '${Role}', To: 's3://x/${Machine}'}\n"


def machine(folder: Path, place: str, files: dict[str, str]) -> Resource:
    (found,) = resources(folder, {"template.yaml": MACHINE.replace("PLACE", place), **files}).values()
    return found


@pytest.mark.parametrize(("name", "text"), [("sm/train.asl.json", JSON), ("sm/train.asl.yaml", YAML)])
def test_a_definition_beside_the_template_is_read_and_filled_in(tmp_path: Path, name: str, text: str) -> None:
    state = machine(tmp_path, name, {name: text}).value("definition", "States", "A")
    assert (state["Kind"], state["Most"], state["To"]) == ("ml.g5.xlarge", 7200, "s3://x/ml.g5.xlarge")
    assert isinstance(state["As"], Unknown)


def test_a_definition_points_to_where_the_template_names_it(tmp_path: Path) -> None:
    found = machine(tmp_path, "train.asl.json", {"train.asl.json": JSON})
    assert found.where(("definition",)).line == 9


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("gone.asl.json", JSON),
        ("s3://bucket/train.asl.json", JSON),
        ("../train.asl.json", JSON),
        ("train.asl.json", "{"),
        ("train.asl.json", "[1]"),
        ("train.asl.json", "a: 1\n---\nb: 2\n"),
    ],
)
def test_what_is_not_at_hand_or_no_definition_is_left_alone(tmp_path: Path, place: str, text: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "train.asl.json").write_text(JSON)
    assert "definition" not in machine(inside, place, {"train.asl.json": text}).values
