"""States: shown as JSON, and the raw file, of the same objects."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.finding import Level
from finops_lint.model.project import Project
from finops_lint.readers.terraform.state import read_state
from tests.readers.terraform.test_plan import spoil

PLANS = Path(__file__).parent / "plans"


def read(data: bytes | dict[str, Any]) -> Project:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return read_state(raw, file="state.json", name="state")


def test_the_shown_and_the_raw_state_are_the_same_resources() -> None:
    shown = read((PLANS / "state.json").read_bytes())
    raw = read((PLANS / "raw_state.json").read_bytes())
    assert not shown.problems
    assert not raw.problems
    assert {r.address for r in shown.resources} == {r.address for r in raw.resources}
    assert len(shown.resources) == 14
    mine = {r.address: r for r in shown.resources}
    for resource in raw.resources:
        other = mine[resource.address]
        assert resource.module == other.module
        assert resource.sensitive <= other.sensitive | {("input",), ("output",)}
        assert {edge.target for edge in resource.references} == {edge.target for edge in other.references}


def test_attributes_and_secrets_are_read() -> None:
    resources = {r.address: r for r in read((PLANS / "state.json").read_bytes()).resources}
    assert resources["terraform_data.counted[1]"].values["input"] == {"n": 1, "seed": "x"}
    secret = resources["terraform_data.secret"]
    assert secret.is_sensitive(("input", "password"))
    leaf = resources['module.many["x"].module.inner[0].terraform_data.leaf']
    assert {edge.target for edge in leaf.references} == {'module.many["x"].terraform_data.this', "terraform_data.seed"}


def test_an_empty_text_is_an_argument_that_nobody_set() -> None:
    """So the AWS provider notes an instance on no dedicated host; a tag, and a claim's class, may be empty."""
    machine = {
        "instance_type": "g6e.2xlarge",
        "host_id": "",
        "tags": {"team": ""},
        "root_block_device": [{"volume_type": "gp3", "kms_key_id": ""}],
    }
    claim = {"spec": [{"storage_class_name": ""}]}
    resources = [
        {"address": f"{kind}.x", "type": kind, "name": "x", "values": values}
        for kind, values in (("aws_instance", machine), ("kubernetes_persistent_volume_claim", claim))
    ]
    found = read({"format_version": "1.0", "values": {"root_module": {"resources": resources}}}).resources
    assert [dict(r.values) for r in found] == [
        {
            "instance_type": "g6e.2xlarge",
            "tags": {"team": ""},
            "root_block_device": [{"volume_type": "gp3"}],
        },
        claim,
    ]


def test_ids_say_through_which_attribute_an_edge_goes() -> None:
    def entry(kind: str, values: dict[str, Any], depends_on: list[str]) -> dict[str, Any]:
        return {"address": f"{kind}.x", "type": kind, "name": "x", "values": values, "depends_on": depends_on}

    volume = entry("aws_ebs_volume", {"id": "vol-0123"}, [])
    attachment = entry("aws_volume_attachment", {"volume_id": "vol-0123"}, ["aws_ebs_volume.x", "data.aws_ami.a"])
    state = {"format_version": "1.0", "values": {"root_module": {"resources": [volume, attachment]}}}
    edges = read(state).resources[1].references
    assert [(edge.path, edge.target, edge.attribute) for edge in edges] == [(("volume_id",), "aws_ebs_volume.x", "id")]


def test_region_and_tags_are_those_of_the_object() -> None:
    values = {
        "arn": "arn:aws:ec2:eu-west-3:123456789012:instance/i-1",
        "tags": {"Name": "a"},
        "tags_all": {"Name": "a", "team": "ml"},
        "empty": [],
    }
    entry = {
        "address": "aws_instance.a",
        "mode": "managed",
        "type": "aws_instance",
        "name": "a",
        "provider_name": "registry.opentofu.org/hashicorp/aws",
        "values": values,
    }
    (resource,) = read({"format_version": "1.0", "values": {"root_module": {"resources": [entry]}}}).resources
    assert (resource.provider, resource.region) == ("aws", "eu-west-3")
    assert resource.tags.effective == {"Name": "a", "team": "ml"}
    assert "empty" not in resource.values


def test_a_raw_state_knows_modules_keys_deposed_objects_and_secrets() -> None:
    instance = {
        "index_key": "k",
        "attributes": {"password": "p", "list": [1]},
        "sensitive_attributes": [[{"type": "get_attr", "value": "password"}]],
        "dependencies": ["aws_subnet.s", "data.aws_ami.a", "module.m.data.aws_ami.b"],
        "deposed": "12345678",
    }
    resource = {
        "module": 'module.m["x"]',
        "mode": "managed",
        "type": "aws_db_instance",
        "name": "d",
        "provider": 'provider["registry.terraform.io/hashicorp/aws"].west',
        "instances": [instance],
    }
    (found,) = read({"version": 4, "resources": [resource]}).resources
    assert found.address == 'module.m["x"].aws_db_instance.d["k"] (deposed 12345678)'
    assert found.provider == "aws"
    assert found.sensitive == {("password",)}
    assert [edge.target for edge in found.references] == []


def test_damaged_parts_never_raise() -> None:
    random_ = random.Random(11)
    for name in ("state.json", "raw_state.json"):
        text = (PLANS / name).read_text("utf-8")
        for _ in range(150):
            whole = json.loads(text)
            spoil(whole, random_)
            read(whole)


def test_attributes_that_are_no_object_are_told_with_the_address() -> None:
    resource = {"mode": "managed", "type": "a_b", "name": "c", "instances": [{"attributes": [1]}]}
    (problem,) = read({"version": 4, "resources": [resource]}).problems
    assert problem.message == "the JSON cannot be read: the values of a_b.c must be an object"


def test_an_empty_state_has_no_resources_and_no_problem() -> None:
    assert read({"format_version": "1.0"}).problems == ()
    assert read({"version": 4, "terraform_version": "1.11.4", "resources": []}).problems == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"version": 3, "modules": []}', "a state file of version 3; this reads version 4"),
        (b'{"hello": 1}', "this is neither a plan nor a state"),
        (b'{"version": 4, "resources": [5]}', "the JSON cannot be read: Expected `object`, got `int`"),
        (b"\x1f\x8b", "there is no JSON object in this file"),
    ],
)
def test_what_is_no_state_is_told(data: bytes, message: str) -> None:
    project = read(data)
    (problem,) = project.problems
    assert problem.level is Level.ERROR
    assert problem.message.startswith(message)
    assert not project.complete
