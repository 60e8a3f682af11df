"""Edits of manifests and templates: the entry changes, and not a byte beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from finops_lint.catalog.sheets import Sheets
from finops_lint.fixes.edits import CannotEdit, made
from finops_lint.fixes.remedies import edits_for
from finops_lint.fixes.yaml_edits import Text, edits_of, roots_of
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path as Steps
from finops_lint.model.values import Value
from finops_lint.pipeline import judged_projects
from finops_lint.request import Request


def edited(text: str, path: Steps, value: Value, *, is_json: bool = False) -> str:
    source = Text("a.yaml", text.encode(), is_json)
    return made(source.data, list(edits_of(source, next(iter(roots_of(source))), path, value))).decode()


def names(sheets: Sheets, resource: Resource) -> Mapping[str, str]:
    sheet = sheets.get(resource.type)
    assert sheet is not None
    return sheet.properties


JOB = """# a job
apiVersion: batch/v1
kind: Job
metadata:
  name: train  # the trainer
spec:
  template:
    spec:
      containers:
        - name: main
          image: "train:1"
      restartPolicy: Never

"""


def test_a_value_is_replaced_in_its_quotes_and_its_comment_stays() -> None:
    assert edited(JOB, ("metadata", "name"), "tune") == JOB.replace("train  #", "tune  #")
    assert edited(JOB, ("spec", "template", "spec", "containers", 0, "image"), "a b") == JOB.replace(
        '"train:1"', '"a b"'
    )


def test_an_entry_is_added_at_the_end_of_its_map() -> None:
    assert edited(JOB, ("spec", "ttlSecondsAfterFinished"), 3600) == JOB.replace(
        "      restartPolicy: Never\n", "      restartPolicy: Never\n  ttlSecondsAfterFinished: 3600\n"
    )
    assert edited(JOB, ("metadata", "labels", "team"), "ml") == JOB.replace(
        "# the trainer\n", "# the trainer\n  labels:\n    team: ml\n"
    )


def test_an_entry_is_removed_with_its_line() -> None:
    assert edited(JOB, ("metadata", "name"), None) == JOB.replace("  name: train  # the trainer\n", "")


@pytest.mark.parametrize("text", ["a: {\n  b: 1,\n  c: 2\n}\n", "a: {b: 1, c: 2}\n", "a:\n- b: 1\n  c: 2\n"])
def test_an_entry_that_shares_its_line_or_braces_is_not_removed(text: str) -> None:
    path: Steps = ("a", 0, "b") if "-" in text else ("a", "b")
    with pytest.raises(CannotEdit, match="remove it by hand"):
        edited(text, path, None)


def test_texts_that_would_be_read_otherwise_are_put_in_quotes() -> None:
    assert 'name: "on"' in edited(JOB, ("metadata", "name"), "on").replace("  #", "#")
    assert 'name: "1"' in edited(JOB, ("metadata", "name"), "1")


def test_flow_style_and_json_stay_what_they_are() -> None:
    assert edited("a: {b: 1}\n", ("a", "c"), "x") == 'a: {b: 1, c: "x"}\n'
    text = '{\n  "a": {\n    "b": 1\n  }\n}\n'
    assert edited(text, ("a", "c"), True, is_json=True) == '{\n  "a": {\n    "b": 1,\n    "c": true\n  }\n}\n'


@pytest.mark.parametrize("text", ["a: !Ref Size\n", "a: &x 1\nb: 2\n", "a: |\n  text\n", "a: {b: 1}\n"])
def test_what_is_no_plain_value_is_left_alone(text: str) -> None:
    with pytest.raises(CannotEdit):
        edited(text, ("a",), "x")


def test_characters_of_several_bytes_before_it_do_not_move_it() -> None:
    assert edited("ä: {ö: ü, x: 1}\n", ("ä", "x"), 2) == "ä: {ö: ü, x: 2}\n"


def test_a_template_gets_properties_blocks_and_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Data:\n    Type: AWS::EC2::Volume\n    Properties:\n"
        "      AvailabilityZone: us-east-1a\n      Size: '100'\n      VolumeType: gp2\n      Tags:\n"
        "        - Key: team\n          Value: ml\n"
    )
    (tmp_path / "stack.yaml").write_text(text, "utf-8")
    [(project, _, sheets)] = judged_projects(Request(("stack.yaml",), check=False))
    [volume] = project.resources
    changes: list[tuple[Steps, Value]] = [
        (("type",), "gp3"),
        (("iops",), 4000),
        (("tags", "team"), "search"),
        (("tags", "owner"), "jane"),
    ]
    data = text.encode()
    after = made(data, edits_for(data, volume, changes, names(sheets, volume))).decode()
    assert after == text.replace("gp2", "gp3").replace(
        "Value: ml\n", "Value: search\n        - Key: owner\n          Value: jane\n      Iops: 4000\n"
    )


def test_in_a_template_a_name_beside_its_value_stays_and_properties_have_cloudformations_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Balancer:\n"
        "    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n      LoadBalancerAttributes:\n"
        "        - Key: load_balancing.cross_zone.enabled\n          Value: true\n"
        "  Files:\n    Type: AWS::EFS::FileSystem\n    Properties:\n      Encrypted: true\n"
    )
    (tmp_path / "stack.yaml").write_text(text, "utf-8")
    [(project, _, sheets)] = judged_projects(Request(("stack.yaml",), check=False))
    found = {resource.address: resource for resource in project.resources}
    data = text.encode()
    for address, path, value in (
        ("Balancer", ("enable_cross_zone_load_balancing",), False),
        ("Files", ("lifecycle_policy",), [{"transition_to_ia": "AFTER_30_DAYS"}]),
    ):
        resource = found[address]
        data = made(data, edits_for(data, resource, [(path, value)], names(sheets, resource)))
    # The names are those of the CloudFormation resource specification.
    assert data.decode() == text.replace("Value: true", "Value: false") + (
        "      LifecyclePolicies:\n        - TransitionToIA: AFTER_30_DAYS\n"
    )
