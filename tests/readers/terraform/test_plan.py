"""Plans: the fixtures in `plans/` are Terraform's own; AWS-shaped ones are written by hand after its documented format.

`change.json` and `target.json` come from `plans/source` with these edits: seed's input "y"; `count = 1`; the second
key of `each` is "d"; both `triggers_replace = "second"`; module `one` renamed, with a `moved` block; `secret` taken
out with a `removed` block; a remote state read at apply.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate_plan import parts, write_plan
from finops_lint.model.finding import Level
from finops_lint.model.project import Project
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.values import Unknown, unknowns
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.terraform.plan import key_of, read_plan

PLANS = Path(__file__).parent / "plans"


def read(data: bytes | dict[str, Any], **options: Any) -> Project:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return read_plan(raw, file="plan.json", name="plan", **options)


def fixture(name: str, **options: Any) -> Project:
    return read((PLANS / name).read_bytes(), **options)


def by_address(project: Project | None) -> dict[str, Resource]:
    assert project is not None
    return {resource.address: resource for resource in project.resources}


def edges(resource: Resource) -> list[tuple[Any, str, str]]:
    return [(edge.path, edge.target, edge.attribute) for edge in resource.references]


# What Terraform prints


def test_a_first_plan_has_nothing_before() -> None:
    project = fixture("create.json")
    assert project.before is not None
    assert project.before.resources == ()
    assert len(project.resources) == 14
    assert project.dialect == "plan"
    assert not project.problems


def test_what_is_known_after_apply_is_unknown_beside_what_is_known() -> None:
    counted = by_address(fixture("create.json"))["terraform_data.counted[1]"]
    unknown = Unknown("known after apply", ("terraform_data.seed.output",))
    assert counted.values == {"input": {"n": 1, "seed": unknown}}
    each = by_address(fixture("create.json"))['terraform_data.each["a"]']
    assert each.values["triggers_replace"] == [Unknown("known after apply", ("terraform_data.seed.id",)), "static"]


def test_what_the_provider_fills_in_is_left_out_while_it_is_not_known() -> None:
    seed = by_address(fixture("create.json"))["terraform_data.seed"]
    assert seed.values == {"input": "x"}


def test_null_and_empty_are_dropped_at_every_depth() -> None:
    secret = by_address(fixture("create.json"))["terraform_data.secret"]
    assert secret.values == {"input": {"password": "hunter2", "plain": "ok", "list": ["a"]}}


def test_sensitive_marks_become_paths() -> None:
    secret = by_address(fixture("create.json"))["terraform_data.secret"]
    assert secret.sensitive == {("input", "password")}
    assert secret.is_sensitive(("input", "password"))
    assert not secret.is_sensitive(("input", "plain"))


def test_edges_go_through_variables_and_outputs_of_modules() -> None:
    resources = by_address(fixture("create.json"))
    this, leaf = (
        resources['module.many["y"].terraform_data.this'],
        resources['module.many["y"].module.inner[0].terraform_data.leaf'],
    )
    assert edges(this) == [(("input",), "terraform_data.seed", "id")]
    assert edges(leaf) == [(("input",), 'module.many["y"].terraform_data.this', "id")]
    one = resources["module.one.terraform_data.this"]
    assert edges(one) == [(("input",), 'module.many["x"].terraform_data.this', "id")]
    graph = Graph(resources.values())
    assert [r.address for r in graph.targets(one)] == ['module.many["x"].terraform_data.this']


def test_both_sides_of_every_action() -> None:
    project = fixture("change.json")
    before, after = by_address(project.before), by_address(project)
    assert before["terraform_data.seed"].values["input"] == "x"
    assert after["terraform_data.seed"].values["input"] == "y"
    assert set(before) - set(after) == {
        "terraform_data.counted[1]",
        'terraform_data.each["b.c"]',
        "module.one.terraform_data.this",
        "module.one.module.inner[0].terraform_data.leaf",
    }
    assert set(after) - set(before) == {
        'terraform_data.each["d"]',
        "module.renamed.terraform_data.this",
        "module.renamed.module.inner[0].terraform_data.leaf",
    }
    for replaced in ("terraform_data.swapped", "terraform_data.overlapping"):
        assert before[replaced].values["triggers_replace"] == "first"
        assert after[replaced].values["triggers_replace"] == "second"
    assert not any(address.startswith("data.") for address in after)


def test_what_moved_knows_its_former_address() -> None:
    moved = by_address(fixture("change.json"))["module.renamed.terraform_data.this"]
    assert moved.formerly == ("module.one.terraform_data.this",)
    assert by_address(fixture("change.json").before)["module.one.terraform_data.this"].formerly == ()


def test_what_is_only_forgotten_is_told() -> None:
    (problem,) = fixture("change.json").problems
    assert problem.code == "forgotten-resources"
    assert problem.message == "removed from the state only, so still there and still billed: terraform_data.secret"


@pytest.mark.parametrize(("count", "end"), [(5, "aws_instance.i4"), (6, "aws_instance.i4 …")])
def test_of_much_that_is_forgotten_the_first_five_are_named(count: int, end: str) -> None:
    gone = [change(f"aws_instance.i{n}", None, before={}, actions=["forget"]) for n in range(count)]
    (problem,) = read(plan(gone)).problems
    assert problem.message.endswith(end)


@pytest.mark.parametrize(
    ("address", "key"),
    [("a.x", ""), ("a.x[1]", "[1]"), ('a.x["b[0]"]', '["b[0]"]'), ('module.m["k"].a.x[1]', "[1]")],
)
def test_an_instances_key_ends_its_address(address: str, key: str) -> None:
    assert key_of(address) == key


def test_what_a_target_leaves_out_goes_on_to_exist() -> None:
    project = fixture("target.json")
    before, after = by_address(project.before), by_address(project)
    assert after["terraform_data.swapped"].values["triggers_replace"] == "second"
    assert before['terraform_data.each["b.c"]'] is after['terraform_data.each["b.c"]']
    assert after["terraform_data.counted[1]"].values["input"] == {"n": 1, "seed": "x"}
    partial = [p.message for p in project.problems if p.code == "partial-plan"]
    assert partial == ["8 resources of the state are not among this plan's changes and taken as before"]


def source_folder(path: Path = PLANS / "source") -> ProjectPath:
    return ProjectPath("terraform", str(path), "source", str(path.resolve()))


def test_positions_come_from_the_source_where_it_is_at_hand() -> None:
    resources = by_address(fixture("create.json", source=source_folder(), must_match=True))
    text = (PLANS / "source/main.tf").read_text().splitlines()
    each = resources['terraform_data.each["b.c"]']
    assert each.span.file.endswith("plans/source/main.tf")
    assert text[each.span.line - 1] == 'resource "terraform_data" "each" {'
    assert text[each.where(("triggers_replace",)).line - 1].lstrip().startswith("triggers_replace")
    leaf = resources["module.one.module.inner[0].terraform_data.leaf"]
    assert leaf.span.file.endswith("source/module/inner/main.tf")
    assert [Path(call.file).parent.name for call in leaf.calls] == ["source", "module"]


def test_edges_through_locals_come_from_the_source() -> None:
    without = by_address(fixture("create.json"))['terraform_data.each["a"]']
    assert ("input",) not in [path[:1] for path, _, _ in edges(without)]
    each = by_address(fixture("create.json", source=source_folder()))['terraform_data.each["a"]']
    assert "terraform_data.seed" in [target for path, target, _ in edges(each) if path[:1] == ("input",)]


def test_another_projects_folder_gives_no_positions() -> None:
    project = fixture("change.json", source=source_folder(), must_match=True)
    assert {resource.span.file for resource in project.resources} == {"plan.json"}


def test_in_an_indented_plan_a_resource_stands_where_its_change_does() -> None:
    text = json.dumps(json.loads((PLANS / "create.json").read_bytes()), indent=2)
    each = by_address(read(text.encode()))['terraform_data.each["b.c"]']
    line = text.splitlines()[each.span.line - 1]
    assert line.strip() == '"address": "terraform_data.each[\\"b.c\\"]",'
    assert each.span.line > text[: text.index('"resource_changes"')].count("\n")


# AWS, Azure and Google shapes


def change(address: str, after: Any, unknown: Any = None, **more: Any) -> dict[str, Any]:
    kind, name = address.rsplit(".", 2)[-2:]
    provider = {"aws": "aws", "azurerm": "azurerm", "google": "google-beta"}[kind.partition("_")[0]]
    entry = {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name.partition("[")[0],
        "provider_name": f"registry.terraform.io/hashicorp/{provider}",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": after,
            "after_unknown": unknown or {},
            "before_sensitive": False,
            "after_sensitive": {},
        },
    }
    changed = entry["change"]
    assert isinstance(changed, dict)
    changed.update({key: more.pop(key) for key in list(more) if key in changed})
    return entry | more


def configured(address: str, expressions: dict[str, Any], provider: str = "") -> dict[str, Any]:
    kind, name = address.split(".")
    key = provider or kind.partition("_")[0]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_config_key": key,
        "expressions": expressions,
    }


def plan(changes: list[dict[str, Any]], resources: Sequence[dict[str, Any]] = (), **more: Any) -> dict[str, Any]:
    providers = more.pop("providers", {})
    configuration = {"provider_config": providers, "root_module": {"resources": [*resources]}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": changes,
        "configuration": configuration,
    } | more


def constant(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def test_computed_blocks_and_attributes_are_absent_as_in_source() -> None:
    after = {
        "instance_type": "g5.xlarge",
        "ebs_block_device": [{"device_name": "/dev/sdb", "volume_size": 100}],
        "timeouts": None,
    }
    unknown = {
        "arn": True,
        "ebs_block_device": [{"iops": True, "kms_key_id": True, "volume_id": True}],
        "root_block_device": True,
        "subnet_id": True,
    }
    block = {
        "device_name": constant("/dev/sdb"),
        "volume_size": constant(100),
        "kms_key_id": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]},
    }
    written = {
        "instance_type": constant("g5.xlarge"),
        "subnet_id": {"references": ["aws_subnet.s.id", "aws_subnet.s"]},
        "ebs_block_device": [block],
    }
    others = [change("aws_kms_key.k", {}, {"arn": True}), change("aws_subnet.s", {}, {"id": True})]
    project = read(plan([change("aws_instance.a", after, unknown), *others], [configured("aws_instance.a", written)]))
    resource = project.resources[0]
    assert resource.values == {
        "instance_type": "g5.xlarge",
        "ebs_block_device": [
            {
                "device_name": "/dev/sdb",
                "volume_size": 100,
                "kms_key_id": Unknown("known after apply", ("aws_kms_key.k.arn",)),
            }
        ],
        "subnet_id": Unknown("known after apply", ("aws_subnet.s.id",)),
    }
    assert edges(resource) == [
        (("subnet_id",), "aws_subnet.s", "id"),
        (("ebs_block_device", 0, "kms_key_id"), "aws_kms_key.k", "arn"),
    ]


def test_an_argument_made_of_what_is_known_is_null_and_the_providers_to_fill_in() -> None:
    arguments = {
        "variable": {"references": ["var.zone"]},
        "known": {"references": ["aws_kms_key.k.key_id", "aws_kms_key.k"]},
        "not_there": {"references": ["aws_kms_key.none[0].arn", "aws_kms_key.none[0]", "aws_kms_key.none"]},
        "data": {"references": ["data.aws_ami.known.id", "data.aws_ami.known"]},
        "later": {"references": ["data.aws_ami.later.id", "data.aws_ami.later"]},
        "hidden": {"references": ["local.zone"]},
        "computed": {},
    }
    changes = [
        change("aws_instance.a", {}, dict.fromkeys(arguments, True)),
        change("aws_kms_key.k", {"key_id": "k"}, {"arn": True}),
        change("data.aws_ami.later", {}, {"id": True}, mode="data", actions=["read"]),
    ]
    values = read(plan(changes, [configured("aws_instance.a", arguments)])).resources[0].values
    assert values == {
        "later": Unknown("known after apply", ("data.aws_ami.later.id",)),
        "hidden": Unknown("known after apply", ("local.zone",)),
        "computed": Unknown("known after apply"),
    }


def test_without_configuration_every_unknown_stays() -> None:
    project = read(plan([change("aws_instance.a", {"instance_type": "t3.nano"}, {"arn": True})]))
    assert project.resources[0].values["arn"] == Unknown("known after apply")


def test_a_block_with_nothing_known_in_it_is_still_there() -> None:
    after = {"root_block_device": [{"volume_size": None}], "ephemeral_block_device": []}
    project = read(plan([change("aws_instance.a", after, {"root_block_device": [{"volume_size": True}]})]))
    assert list(project.resources[0].values) == ["root_block_device"]
    blocks = [configured("aws_instance.a", {"root_block_device": [{}]})]
    project = read(plan([change("aws_instance.a", after, {"root_block_device": [{"volume_size": True}]})], blocks))
    assert project.resources[0].values == {"root_block_device": [{}]}


def test_effective_tags_are_what_the_aws_provider_worked_out() -> None:
    after = {"tags": {"Name": "a"}, "tags_all": {"Name": "a", "team": "ml"}}
    (resource,) = read(plan([change("aws_instance.a", after)])).resources
    assert resource.tags.own == {"Name": "a"}
    assert resource.tags.defaults == {"team": "ml"}
    assert resource.tags.effective == {"Name": "a", "team": "ml"}


def test_a_tag_whose_value_is_not_known_is_among_the_effective_ones() -> None:
    after = {"tags": {"Name": "a"}, "tags_all": {"Name": "a"}}
    unknown = {"tags": {"team": True}, "tags_all": {"team": True}}
    written = [configured("aws_instance.a", {"tags": {"references": ["aws_x.y.id", "aws_x.y"]}})]
    (resource,) = read(plan([change("aws_instance.a", after, unknown)], written)).resources
    assert set(resource.tags.own) == {"Name", "team"}
    assert set(resource.tags.effective) == {"Name", "team"}
    assert isinstance(resource.tags.effective["team"], Unknown)


def test_default_tags_count_where_the_provider_has_not_worked_them_out() -> None:
    providers = {"aws": {"name": "aws", "expressions": {"default_tags": [{"tags": constant({"team": "ml"})}]}}}
    written = [configured("aws_instance.a", {"tags": constant({"Name": "a"})})]
    project = read(
        plan([change("aws_instance.a", {"tags": {"Name": "a"}}, {"tags_all": True})], written, providers=providers)
    )
    tags = project.resources[0].tags
    assert (tags.defaults, tags.effective) == ({"team": "ml"}, {"team": "ml", "Name": "a"})


def test_effective_labels_of_google_hold_the_defaults() -> None:
    after = {"labels": {"a": "b"}, "terraform_labels": {"a": "b", "team": "ml"}, "zone": "europe-west4-a"}
    (resource,) = read(plan([change("google_compute_instance.a", after)])).resources
    assert resource.provider == "google"
    assert resource.tags.effective == {"a": "b", "team": "ml"}
    assert resource.region == "europe-west4"


@pytest.mark.parametrize(
    ("key", "region"),
    [("aws", "eu-west-1"), ("aws.west", "us-west-2"), ("aws.variable", "ap-south-1"), ("aws.none", None)],
)
def test_the_region_is_the_provider_configurations(key: str, region: str | None) -> None:
    providers = {
        "aws": {"name": "aws", "expressions": {"region": constant("eu-west-1")}},
        "aws.west": {"name": "aws", "alias": "west", "expressions": {"region": constant("us-west-2")}},
        "aws.variable": {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}},
        "aws.none": {"name": "aws"},
    }
    written = [configured("aws_instance.a", {}, key)]
    given = plan(
        [change("aws_instance.a", {})], written, providers=providers, variables={"region": {"value": "ap-south-1"}}
    )
    assert read(given).resources[0].region == region


def test_a_region_set_through_a_local_is_unknown_unless_the_object_tells_it() -> None:
    providers = {"aws": {"name": "aws", "expressions": {"region": {"references": ["local.region"]}}}}
    written = [configured("aws_instance.a", {})]
    region = read(plan([change("aws_instance.a", {})], written, providers=providers)).resources[0].region
    assert region == Unknown("set from local.region, which the plan does not hold", ("local.region",))
    after = {"arn": "arn:aws:ec2:eu-central-1:123456789012:instance/i-1"}
    project = read(plan([change("aws_instance.a", after)], written, providers=providers))
    assert project.resources[0].region == "eu-central-1"
    project = read(plan([change("aws_instance.a", {"region": "us-east-2"})], written, providers=providers))
    assert project.resources[0].region == "us-east-2"


def test_a_modules_provider_takes_its_region_from_the_call() -> None:
    call = {
        "expressions": {"where": constant("eu-north-1")},
        "module": {"resources": [configured("aws_instance.a", {}, "module.m:aws")], "variables": {"where": {}}},
    }
    given = plan([change("module.m.aws_instance.a", {}, module_address="module.m")])
    given["configuration"] = {
        "provider_config": {
            "aws": {"name": "aws", "expressions": {"region": constant("us-east-1")}},
            "module.m:aws": {
                "name": "aws",
                "module_address": "module.m",
                "expressions": {"region": {"references": ["var.where"]}},
            },
        },
        "root_module": {"module_calls": {"m": call}},
    }
    assert read(given).resources[0].region == "eu-north-1"
    del given["configuration"]["provider_config"]["module.m:aws"]["expressions"]
    assert read(given).resources[0].region == "us-east-1"


def test_azure_takes_the_place_of_what_it_refers_to() -> None:
    written = [
        configured("azurerm_kubernetes_cluster.c", {}),
        configured(
            "azurerm_kubernetes_cluster_node_pool.p",
            {
                "kubernetes_cluster_id": {
                    "references": ["azurerm_kubernetes_cluster.c.id", "azurerm_kubernetes_cluster.c"]
                }
            },
        ),
    ]
    changes = [
        change("azurerm_kubernetes_cluster.c", {"location": "West Europe"}),
        change(
            "azurerm_kubernetes_cluster_node_pool.p", {"vm_size": "Standard_NC6s_v3"}, {"kubernetes_cluster_id": True}
        ),
    ]
    assert [r.region for r in read(plan(changes, written)).resources] == ["westeurope", "westeurope"]


def test_ids_show_the_edges_the_configuration_hides() -> None:
    changes = [
        change("aws_instance.a", {"id": "i-0123456789"}),
        change("aws_ebs_volume.v", {"id": "vol-0123456789"}),
        change("aws_volume_attachment.x", {"instance_id": "i-0123456789", "volume_id": "vol-0123456789"}),
    ]
    hidden = {"instance_id": {"references": ["local.instance"]}, "volume_id": {"references": ["aws_ebs_volume.v.id"]}}
    written = [configured("aws_volume_attachment.x", hidden)]
    attachment = by_address(read(plan(changes, written)))["aws_volume_attachment.x"]
    assert sorted(edges(attachment)) == [
        (("instance_id",), "aws_instance.a", "id"),
        (("volume_id",), "aws_ebs_volume.v", "id"),
    ]


def test_a_deposed_object_is_there_before_beside_its_successor() -> None:
    now = change("aws_instance.a", {"id": "i-2"}, before={"id": "i-2"}, actions=["no-op"])
    old = change("aws_instance.a", None, before={"id": "i-1"}, actions=["delete"], deposed="00000001")
    project = read(plan([now, old]))
    assert [r.address for r in project.resources] == ["aws_instance.a"]
    assert set(by_address(project.before)) == {"aws_instance.a", "aws_instance.a (deposed 00000001)"}


def test_a_deferred_change_is_assumed() -> None:
    deferred = [{"reason": "provider_config_unknown", "resource_change": change("aws_instance.a", {})}]
    (resource,) = read(plan([], deferred_changes=deferred)).resources
    assert resource.assumed == "put off to a later run (provider config unknown)"


def test_secrets_in_lists_cover_the_list() -> None:
    marks = {"list": [False, True], "blocks": [{"a": True}], "plain": [False]}
    (resource,) = read(plan([change("aws_instance.a", {"list": [None, "s"]}, after_sensitive=marks)])).resources
    assert resource.sensitive == {("list",), ("blocks", 0, "a")}


# What else people hand over


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"PK\x03\x04\x14\x00", "this is a binary plan file", "run `terraform show -json THIS_FILE > plan.json`"),
        (b"", "the file is empty", "run `terraform show -json plan.out > plan.json`"),
        (
            b'{"@level":"info","@message":"x"}\n',
            "this is the log of `terraform plan -json`, not a plan",
            "run `terraform",
        ),
        (b"Terraform used the selected providers\n", "this is what `terraform plan` prints", "run `terraform show"),
        (b'{"resource_changes": [', "the JSON cannot be read: Input data was truncated", "run `terraform show"),
        (b'{"resource_changes": 5}', "the JSON cannot be read: Expected `array | null`, got `int`", "run `terraform"),
        (b'{"configuration": ' + b"[" * 100_000 + b"}", "the JSON cannot be read: ", "run `terraform show"),
    ],
)
def test_what_is_no_plan_is_told_with_what_to_do(data: bytes, message: str, hint: str) -> None:
    project = read(data)
    (problem,) = project.problems
    assert problem.level is Level.ERROR
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)
    assert not project.complete
    assert not project.resources


def test_broken_json_is_told_where() -> None:
    (problem,) = read(b'{\n  "resource_changes": [},\n}').problems
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (2, 24)


def test_a_wrappers_lines_are_skipped_and_told() -> None:
    raw = (PLANS / "create.json").read_bytes()
    project = read(
        b"[command]/bin/terraform show -json plan\n" + raw.rstrip() + b"%0A\n::debug::exited with code 0 {}\n"
    )
    assert len(project.resources) == 14
    assert [p.message for p in project.problems] == [
        "1 line before the JSON skipped, as a wrapper script prints",
        "2 lines after the JSON skipped, as a wrapper script prints",
    ]
    assert {p.level for p in project.problems} == {Level.NOTICE}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_windows_shells_write_is_read(encoding: str) -> None:
    project = read((PLANS / "create.json").read_text("utf-8").encode(encoding))
    assert len(project.resources) == 14
    assert not project.problems


def test_a_plan_terraform_could_not_finish_is_incomplete() -> None:
    project = read(plan([], errored=True))
    assert not project.complete
    assert [p.code for p in project.problems] == ["incomplete-plan"]


def test_a_later_format_is_read_with_a_notice() -> None:
    (problem,) = read(plan([], format_version="2.0")).problems
    assert problem.code == "unknown-plan-format"
    (problem,) = read(plan([], format_version="")).problems
    assert problem.message == "the plan's format is not stated; this reads 0.1 to 1.x"


def test_damaged_parts_never_raise() -> None:
    random_ = random.Random(7)
    text = (PLANS / "change.json").read_text("utf-8")
    for _ in range(300):
        whole = json.loads(text)
        spoil(whole, random_)
        read(whole)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("values", [3, True, "x", [1]])
def test_values_that_are_no_object_are_told_with_the_address(side: str, values: object) -> None:
    change = {"actions": ["update"], "before": {}, "after": {}, "after_unknown": {"x": True}, side: values}
    (problem,) = read(plan([{"address": "a_b.c", "type": "a_b", "name": "c", "change": change}])).problems
    assert problem.message == "the JSON cannot be read: the values of a_b.c must be an object"


def test_arguments_that_are_no_object_are_taken_as_none_written() -> None:
    root = {"resources": [{"address": "a_b.c", "mode": "managed", "type": "a_b", "name": "c", "expressions": [3]}]}
    change = {"actions": ["create"], "before": None, "after": {"y": 1}, "after_unknown": {"x": True}}
    entry = {"address": "a_b.c", "type": "a_b", "name": "c", "change": change}
    (resource,) = read(plan([entry], configuration={"root_module": root})).resources
    assert resource.values == {"y": 1}


def test_an_untouched_object_without_values_still_exists() -> None:
    state = {"values": {"root_module": {"resources": [{"address": "a_b.c", "type": "a_b", "values": None}]}}}
    (resource,) = read(plan([], prior_state=state)).resources
    assert (resource.address, resource.values) == ("a_b.c", {})


def spoil(value: Any, random_: random.Random) -> None:
    """Replace something inside by something of another type."""
    while isinstance(value, dict | list) and value:
        key: Any = random_.choice(list(value)) if isinstance(value, dict) else random_.randrange(len(value))
        if random_.random() < 0.2 or not isinstance(value[key], dict | list):
            value[key] = random_.choice([None, 5, "x", [], {}, [[]], {"a": {}}, True])
            return
        value = value[key]


def test_the_generated_plan_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, resources=500)
    project = read(path.read_bytes())
    entries = [entry for _, entry, _ in parts(500)]
    assert len(project.resources) == sum(entry["change"]["after"] is not None for entry in entries)
    assert len(project.before.resources if project.before else ()) == sum(
        entry["change"]["before"] is not None for entry in entries
    )
    assert {resource.region for resource in project.resources} == {"eu-west-1"}
    assert not project.problems
    assert not any(list(unknowns(r.values)) for r in project.resources if r.type == "aws_instance")


def test_what_only_leaves_the_state_is_still_billed_after() -> None:
    project = fixture("change.json")
    assert "terraform_data.secret" in by_address(project.before)
    assert "terraform_data.secret" in by_address(project)


def test_a_zone_that_only_the_apply_tells_leaves_the_region_that_is_written() -> None:
    given = change("google_compute_instance.a", {"region": "europe-west4"}, {"zone": True})
    assert read(plan([given])).resources[0].region == "europe-west4"
