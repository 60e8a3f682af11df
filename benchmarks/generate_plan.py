"""A believable plan of a given number of resources, as `terraform show -json` prints it: 50,000 make about 118 MB.

    python -m benchmarks.generate_plan PLAN.json [--resources 50000]

Services in module instances, each with machines, volumes, buckets, roles, rules, databases, functions, alarms and an
endpoint. Most are new, some exist and stay, change, are replaced or go. The same number gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MACHINES = [
    "t3.medium",
    "m6i.large",
    "m6i.2xlarge",
    "c6i.xlarge",
    "r6i.large",
    "g5.xlarge",
    "g5.12xlarge",
    "p4d.24xlarge",
]
TEAMS = ["search", "ads", "payments", "platform", "research"]
PROVIDER = "registry.terraform.io/hashicorp/aws"
ACTIONS = [["create"]] * 66 + [["no-op"]] * 20 + [["update"]] * 9 + [["delete", "create"]] * 3 + [["delete"]] * 2
SERVICE = {
    "aws_instance": 4,
    "aws_ebs_volume": 4,
    "aws_security_group_rule": 5,
    "aws_iam_role": 2,
    "aws_iam_role_policy_attachment": 4,
    "aws_s3_bucket": 1,
    "aws_db_instance": 1,
    "aws_lambda_function": 1,
    "aws_cloudwatch_metric_alarm": 2,
    "aws_sagemaker_endpoint_configuration": 1,
}
"""Resources of one service, 25 in all."""


@dataclass(frozen=True)
class Values:
    """One object's attributes: what the code sets, what the provider works out, what the code refers to."""

    known: dict[str, Any]
    computed: tuple[str, ...]
    references: dict[str, list[str]]


def tags(service: int, name: str) -> dict[str, str]:
    return {
        "Name": name,
        "finops:cost-center": f"cc-{1000 + service % 37}",
        "finops:team": TEAMS[service % len(TEAMS)],
        "finops:environment": "production" if service % 3 else "staging",
        "finops:service": f"service-{service:05d}",
    }


def instance(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "ami": f"ami-{random_.getrandbits(68):017x}",
        "credit_specification": [],
        "ebs_block_device": [],
        "get_password_data": False,
        "hibernation": None,
        "iam_instance_profile": f"service-{service:05d}",
        "instance_market_options": [],
        "instance_type": random_.choice(MACHINES),
        "launch_template": [],
        "root_block_device": [
            {"delete_on_termination": True, "encrypted": True, "iops": 3000, "throughput": 125}
            | {"volume_size": random_.choice([30, 50, 100, 200]), "volume_type": "gp3", "tags": None}
        ],
        "metadata_options": [
            {"http_endpoint": "enabled", "http_put_response_hop_limit": 2, "http_tokens": "required"}
            | {"http_protocol_ipv6": "disabled", "instance_metadata_tags": "enabled"}
        ],
        "monitoring": service % 2 == 0,
        "network_interface": [],
        "placement_group": None,
        "source_dest_check": True,
        "tenancy": "default",
        "user_data": f"{random_.getrandbits(160):040x}",
        "vpc_security_group_ids": [f"sg-{random_.getrandbits(68):017x}" for _ in range(2)],
        "subnet_id": f"subnet-{random_.getrandbits(68):017x}",
        "timeouts": None,
        "user_data_replace_on_change": False,
        "volume_tags": None,
    }
    computed = (
        "arn",
        "availability_zone",
        "id",
        "instance_state",
        "private_ip",
        "private_dns",
        "primary_network_interface_id",
    )
    return Values(known, computed, {"ami": ["var.ami"], "instance_type": ["var.instance_type"]})


def volume(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "availability_zone": f"eu-west-1{'abc'[index % 3]}",
        "encrypted": True,
        "final_snapshot": False,
        "iops": 3000,
        "multi_attach_enabled": None,
        "outpost_arn": None,
        "size": random_.choice([100, 200, 500, 1000]),
        "snapshot_id": None,
        "throughput": 125,
        "timeouts": None,
        "type": "gp3",
    }
    return Values(known, ("arn", "id", "kms_key_id"), {"size": ["var.volume_size"]})


def rule(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "cidr_blocks": [f"10.{service % 250}.{index}.0/24"],
        "description": f"service {service} port {8000 + index}",
        "from_port": 8000 + index,
        "ipv6_cidr_blocks": None,
        "security_group_id": f"sg-{random_.getrandbits(68):017x}",
        "prefix_list_ids": None,
        "protocol": "tcp",
        "self": False,
        "timeouts": None,
        "to_port": 8000 + index,
        "type": "ingress",
    }
    return Values(known, ("id", "security_group_rule_id", "source_security_group_id"), {"from_port": ["count.index"]})


def role(service: int, index: int, random_: random.Random) -> Values:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}}
            for name in ("ec2", "lambda", "sagemaker")
        ],
    }
    known = {
        "assume_role_policy": json.dumps(policy),
        "description": f"What service {service} may do",
        "force_detach_policies": False,
        "max_session_duration": 3600,
        "name": f"service-{service:05d}-{index}",
        "path": "/",
        "permissions_boundary": None,
    }
    return Values(known, ("arn", "create_date", "id", "unique_id", "name_prefix"), {"name": ["var.name"]})


def attachment(service: int, index: int, random_: random.Random) -> Values:
    known = {"policy_arn": f"arn:aws:iam::aws:policy/Policy{index}", "role": f"service-{service:05d}-0"}
    return Values(known, ("id",), {"role": ["aws_iam_role.this[0].name", "aws_iam_role.this[0]", "aws_iam_role.this"]})


def bucket(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "bucket": f"service-{service:05d}-data-{random_.getrandbits(32):08x}",
        "force_destroy": False,
        "timeouts": None,
    }
    computed = ("arn", "acceleration_status", "bucket_domain_name", "hosted_zone_id", "id", "request_payer", "region")
    return Values(known, computed, {"bucket": ["var.name"]})


def database(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "allocated_storage": random_.choice([50, 100, 500]),
        "auto_minor_version_upgrade": True,
        "backup_window": "03:00-04:00",
        "maintenance_window": "sun:05:00-sun:06:00",
        "monitoring_interval": 60,
        "parameter_group_name": f"service-{service:05d}-postgres16",
        "performance_insights_retention_period": 7,
        "vpc_security_group_ids": [f"sg-{random_.getrandbits(68):017x}"],
        "backup_retention_period": 7,
        "copy_tags_to_snapshot": True,
        "db_subnet_group_name": f"service-{service:05d}",
        "deletion_protection": True,
        "enabled_cloudwatch_logs_exports": ["postgresql", "upgrade"],
        "engine": "postgres",
        "engine_version": "16.3",
        "identifier": f"service-{service:05d}",
        "instance_class": random_.choice(["db.t4g.medium", "db.r6g.large", "db.m6g.xlarge"]),
        "iops": None,
        "max_allocated_storage": 1000,
        "multi_az": service % 2 == 0,
        "password": f"correct-horse-{random_.getrandbits(40):010x}",
        "performance_insights_enabled": True,
        "publicly_accessible": False,
        "skip_final_snapshot": False,
        "storage_encrypted": True,
        "storage_type": "gp3",
        "username": "service",
    }
    computed = ("address", "arn", "availability_zone", "endpoint", "id", "port", "resource_id", "status")
    return Values(known, computed, {"password": ["var.password"], "instance_class": ["var.instance_class"]})


def function(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "architectures": ["arm64"],
        "environment": [{"variables": {"LOG_LEVEL": "info", "SERVICE": f"service-{service:05d}"}}],
        "ephemeral_storage": [{"size": 512}],
        "function_name": f"service-{service:05d}",
        "handler": "main.handler",
        "memory_size": random_.choice([128, 512, 1024]),
        "package_type": "Zip",
        "reserved_concurrent_executions": -1,
        "runtime": "python3.12",
        "s3_bucket": "artifacts",
        "s3_key": f"service-{service:05d}.zip",
        "timeout": 30,
        "vpc_config": [],
    }
    role_ = ["aws_iam_role.this[0].arn", "aws_iam_role.this[0]", "aws_iam_role.this"]
    return Values(known, ("arn", "id", "invoke_arn", "last_modified", "role", "version"), {"role": role_})


def alarm(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "actions_enabled": True,
        "alarm_actions": [f"arn:aws:sns:eu-west-1:123456789012:alarms-{TEAMS[service % len(TEAMS)]}"],
        "alarm_name": f"service-{service:05d}-{index}",
        "comparison_operator": "GreaterThanThreshold",
        "dimensions": {"Service": f"service-{service:05d}"},
        "evaluation_periods": 3,
        "insufficient_data_actions": None,
        "metric_name": "Errors",
        "metric_query": [],
        "namespace": "Services",
        "period": 60,
        "statistic": "Sum",
        "threshold": random_.randint(1, 100),
        "treat_missing_data": "missing",
    }
    return Values(known, ("arn", "id", "evaluate_low_sample_count_percentiles"), {"alarm_name": ["var.name"]})


def endpoint(service: int, index: int, random_: random.Random) -> Values:
    known = {
        "async_inference_config": [],
        "data_capture_config": [],
        "kms_key_arn": None,
        "name": f"service-{service:05d}",
        "production_variants": [
            {
                "initial_instance_count": 1 + service % 3,
                "initial_variant_weight": 1,
                "instance_type": random_.choice(["ml.g5.xlarge", "ml.g5.2xlarge", "ml.m5.large"]),
                "model_name": f"model-{service % 40}",
                "serverless_config": [],
                "variant_name": "main",
            }
        ],
        "shadow_production_variants": [],
    }
    return Values(known, ("arn", "id", "name_prefix"), {"name": ["var.name"]})


MAKERS = dict(
    zip(SERVICE, (instance, volume, rule, role, attachment, bucket, database, function, alarm, endpoint), strict=True)
)
UNTAGGED = {"aws_security_group_rule", "aws_iam_role_policy_attachment"}


def facts(kind: str, service: int, index: int, computed: tuple[str, ...]) -> dict[str, str]:
    """What the provider would have worked out for an object that exists."""
    name = f"{kind.removeprefix('aws_')}-{service:05d}-{index}"
    known = {
        "availability_zone": "eu-west-1a",
        "region": "eu-west-1",
        "arn": f"arn:aws:x:eu-west-1:123456789012:{name}",
    }
    return {key: known.get(key, name) for key in computed}


def resource(
    kind: str, service: int, index: int, random_: random.Random
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """One entry of `resource_changes`, and what `planned_values` says of it."""
    made = MAKERS[kind](service, index, random_)
    known = dict(made.known)
    if kind not in UNTAGGED:
        own = tags(service, f"{kind.removeprefix('aws_')}-{index}") if service % 11 else None
        known |= {"tags": own, "tags_all": {**(own or {}), "managed-by": "terraform"}}
    actions = random_.choice(ACTIONS)
    existing = known | facts(kind, service, index, made.computed)
    before = None if actions == ["create"] else existing
    after: dict[str, Any] | None = existing if actions in (["no-op"], ["update"]) else known
    if actions == ["delete"]:
        after = None
    if actions == ["update"] and kind == "aws_instance":
        after = {**existing, "instance_type": random_.choice(MACHINES)}
    is_new = "create" in actions
    unknown: dict[str, Any] = dict.fromkeys(made.computed, True) if is_new else {}
    sensitive = {"password": True} if "password" in known else {}
    marks: dict[str, Any] = {
        name: [] if isinstance(value, list) else {} for name, value in known.items() if isinstance(value, list | dict)
    }
    module = f'module.service["{service:05d}"]'
    entry = {
        "address": f"{module}.{kind}.this[{index}]",
        "module_address": module,
        "mode": "managed",
        "type": kind,
        "name": "this",
        "index": index,
        "provider_name": PROVIDER,
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {**unknown, **marks} if is_new else (False if after is None else marks),
            "before_sensitive": {**sensitive, **marks} if before else False,
            "after_sensitive": {**sensitive, **marks} if after else False,
        },
    }
    planned = None
    if after is not None:
        planned = {key: entry[key] for key in ("address", "mode", "type", "name", "index", "provider_name")}
        planned |= {"schema_version": 1, "values": after, "sensitive_values": {**sensitive, **marks}}
    return entry, planned


def configuration(random_: random.Random) -> dict[str, Any]:
    """The code behind it: one module, called with `for_each`."""
    resources = []
    for kind, count in SERVICE.items():
        made = MAKERS[kind](0, 0, random_)
        expressions: dict[str, Any] = {
            name: {"constant_value": value}
            for name, value in made.known.items()
            if value is not None and not isinstance(value, list | dict)
        }
        for name, value in made.known.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                expressions[name] = [{key: {"constant_value": entry} for key, entry in value[0].items() if entry}]
        expressions |= {name: {"references": references} for name, references in made.references.items()}
        if kind not in UNTAGGED:
            expressions["tags"] = {"references": ["var.tags", "count.index"]}
        resources.append(
            {"address": f"{kind}.this", "mode": "managed", "type": kind, "name": "this", "provider_config_key": "aws"}
            | {"expressions": expressions, "schema_version": 1, "count_expression": {"constant_value": count}}
        )
    names = ("ami", "instance_type", "volume_size", "name", "password", "instance_class", "tags")
    call = {
        "source": "./modules/service",
        "expressions": {name: {"references": ["each.value"]} for name in names},
        "for_each_expression": {"references": ["var.services"]},
        "module": {"resources": resources, "variables": {name: {} for name in names}},
    }
    region = {"name": "aws", "full_name": PROVIDER, "expressions": {"region": {"constant_value": "eu-west-1"}}}
    return {"provider_config": {"aws": region}, "root_module": {"module_calls": {"service": call}}}


def parts(count: int) -> Iterator[tuple[int, dict[str, Any], dict[str, Any] | None]]:
    random_ = random.Random(20261120)
    made = 0
    for service in range(count):
        for kind, number in SERVICE.items():
            for index in range(number):
                if made == count:
                    return
                made += 1
                yield service, *resource(kind, service, index, random_)


def write_plan(path: Path, resources: int = 50_000) -> None:
    """Write the plan, its keys in Terraform's order."""
    changes: list[str] = []
    services: dict[int, list[str]] = {}
    for service, entry, planned in parts(resources):
        changes.append(compact(entry))
        if planned is not None:
            services.setdefault(service, []).append(compact(planned))
    modules = ",".join(
        f'{{"resources":[{",".join(listed)}],"address":{compact(f"""module.service["{service:05d}"]""")}}}'
        for service, listed in services.items()
    )
    head = '{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"child_modules":['
    with path.open("w", encoding="utf-8") as out:
        out.write(f'{head}{modules}]}}}},"resource_changes":[{",".join(changes)}],')
        out.write(f'"configuration":{compact(configuration(random.Random(1)))}}}\n')


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--resources", type=int, default=50_000)
    given = parser.parse_args()
    write_plan(given.path, given.resources)
    print(f"{given.path}: {given.resources} resources, {given.path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
