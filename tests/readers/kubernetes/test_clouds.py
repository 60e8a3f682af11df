"""Objects that controllers make a cloud's resources of are read as these resources."""

from __future__ import annotations

from typing import Any

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.model.project import Project
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.readers.kubernetes.manifests import Catalog, read_rendered

CATALOG = Catalog(sheets=Sheets(data_root() / "pricing"), taggable=Taggable(data_root()))
CONFIG_CONNECTOR = "cnrm.cloud.google.com/v1beta1"
CROSSPLANE = "aws.upbound.io/v1beta1"


def project(*objects: str) -> Project:
    return read_rendered("---\n".join(objects).encode(), file="m.yaml", name="m", catalog=CATALOG)


def declared(version: str, kind: str, spec: str, metadata: str = "name: x") -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {spec}\n"


def crossplane(version: str, kind: str, fields: str, metadata: str = "name: x") -> str:
    return declared(version, kind, f"{{forProvider: {fields}}}", metadata)


def made(*objects: str) -> Resource:
    """What the first of them becomes."""
    return project(*objects).resources[0]


def values(*objects: str) -> dict[str, Any]:
    return {key: value for key, value in made(*objects).values.items() if key != "name"}


# Types: apis/*/zz_*_terraformed.go of crossplane-contrib/provider-upjet-aws, -gcp and -azure; config/servicemappings of
# GoogleCloudPlatform/k8s-config-connector, read 2026-11-21.
@pytest.mark.parametrize(
    ("version", "kind", "expected"),
    [
        ("ec2.aws.upbound.io/v1beta1", "Instance", "aws_instance"),
        ("ec2.aws.upbound.io/v1beta1", "NATGateway", "aws_nat_gateway"),
        ("ec2.aws.upbound.io/v1beta1", "CapacityReservation", "aws_ec2_capacity_reservation"),
        ("rds.aws.m.upbound.io/v1beta1", "Instance", "aws_db_instance"),
        ("rds.aws.upbound.io/v1beta1", "ClusterInstance", "aws_rds_cluster_instance"),
        ("sagemaker.aws.upbound.io/v1beta1", "EndpointConfiguration", "aws_sagemaker_endpoint_configuration"),
        ("elbv2.aws.upbound.io/v1beta2", "LB", "aws_lb"),
        ("sql.gcp.upbound.io/v1beta2", "DatabaseInstance", "google_sql_database_instance"),
        ("cloudplatform.gcp.m.upbound.io/v1beta1", "ServiceAccount", "google_service_account"),
        ("dbforpostgresql.azure.upbound.io/v1beta1", "FlexibleServer", "azurerm_postgresql_flexible_server"),
        ("azure.upbound.io/v1beta1", "ResourceGroup", "azurerm_resource_group"),
        ("storage.cnrm.cloud.google.com/v1beta1", "StorageBucket", "google_storage_bucket"),
        ("pubsub.cnrm.cloud.google.com/v1beta1", "PubSubTopic", "google_pubsub_topic"),
    ],
)
def test_a_kind_becomes_the_terraform_type_it_is_made_of(version: str, kind: str, expected: str) -> None:
    assert made(crossplane(version, kind, "{}")).type == expected


def test_fields_become_arguments_and_objects_become_blocks_in_the_older_and_the_newer_form() -> None:
    older = crossplane(
        "ec2.aws.upbound.io/v1beta1", "Instance", "{rootBlockDevice: [{volumeSize: 50}], ebsOptimized: true}"
    )
    newer = crossplane(
        "ec2.aws.upbound.io/v1beta2", "Instance", "{rootBlockDevice: {volumeSize: 50}, ebsOptimized: true}"
    )
    assert values(older) == values(newer) == {"root_block_device": [{"volume_size": 50}], "ebs_optimized": True}


def test_what_the_author_names_stays_as_it_is_written() -> None:
    found = values(
        crossplane(
            "lambda.aws.upbound.io/v1beta2",
            "Function",
            "{environment: {variables: {logLevel: debug}}, tags: {costCenter: a}}",
        )
    )
    assert found == {"environment": [{"variables": {"logLevel": "debug"}}], "tags": {"costCenter": "a"}}


def test_initial_fields_count_where_the_others_say_nothing() -> None:
    spec = "{initProvider: {scalingConfig: {desiredSize: 3, maxSize: 9}}, forProvider: {scalingConfig: {maxSize: 5}}}"
    found = values(declared("eks.aws.upbound.io/v1beta2", "NodeGroup", spec))
    assert found == {"scaling_config": [{"desired_size": 3, "max_size": 5}]}


def test_a_secret_is_unknown_and_its_text_is_not_kept() -> None:
    spec = "{rootPassword: {value: hunter2}, settings: {tier: db-f1-micro}}"
    plain = values(declared(f"sql.{CONFIG_CONNECTOR}", "SQLInstance", spec))
    assert isinstance(plain["root_password"], Unknown)
    kept = values(crossplane("rds.aws.upbound.io/v1beta1", "Instance", "{passwordSecretRef: {name: s, key: k}}"))
    assert isinstance(kept["password"], Unknown)


def test_tags_are_those_of_the_fields_and_labels_those_of_the_object() -> None:
    tagged = made(crossplane(f"s3.{CROSSPLANE}", "Bucket", "{tags: {team: a}}"))
    assert (tagged.tags.path, tagged.tags.effective) == (("tags",), {"team": "a"})
    labels = "name: x, labels: {team: a, app.kubernetes.io/name: b}"
    labelled = made(declared(f"sql.{CONFIG_CONNECTOR}", "SQLInstance", "{settings: {tier: a}}", labels))
    assert labelled.tags.path == ("settings", 0, "user_labels")
    assert labelled.tags.effective == labelled.value("settings", 0, "user_labels") == {"team": "a"}


def test_labels_that_config_connector_hands_to_nobody_are_no_tags() -> None:
    pool = made(declared(f"container.{CONFIG_CONNECTOR}", "ContainerNodePool", "{}", "name: x, labels: {team: a}"))
    assert pool.tags.effective == {}
    job = made(declared(f"run.{CONFIG_CONNECTOR}", "RunJob", "{}", "name: x, labels: {team: a}"))
    assert job.tags.path is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (crossplane(f"ec2.{CROSSPLANE}", "Instance", "{region: eu-west-1}"), ("aws", "eu-west-1")),
        (crossplane("compute.azure.upbound.io/v1beta1", "ManagedDisk", "{location: East US 2}"), ("azure", "eastus2")),
        (declared(f"compute.{CONFIG_CONNECTOR}", "ComputeInstance", "{zone: us-west1-a}"), ("google", "us-west1")),
        (declared(f"redis.{CONFIG_CONNECTOR}", "RedisInstance", "{memorySizeGb: 1}"), ("google", None)),
    ],
)
def test_the_region_is_the_one_in_the_fields(text: str, expected: tuple[str, str | None]) -> None:
    found = made(text)
    assert (found.provider, found.region) == expected


# Variants: config/servicemappings/compute.yaml of GoogleCloudPlatform/k8s-config-connector, read 2026-11-21.
@pytest.mark.parametrize(
    ("location", "attribute"), [("us-central1-a", "zone"), ("us-central1", "region"), ("${ZONE}", "zone")]
)
def test_a_place_goes_where_the_type_for_it_has_it(location: str, attribute: str) -> None:
    found = values(declared(f"compute.{CONFIG_CONNECTOR}", "ComputeDisk", f'{{location: "{location}", size: 10}}'))
    assert found.keys() == {attribute, "size"}


def test_an_address_that_is_global_has_no_region() -> None:
    found = made(declared(f"compute.{CONFIG_CONNECTOR}", "ComputeAddress", "{location: global}"))
    assert (found.region, "location" in found.values) == (None, False)


def test_what_an_annotation_switches_is_an_argument() -> None:
    notes = 'name: x, annotations: {cnrm.cloud.google.com/remove-default-node-pool: "true"}'
    found = values(declared(f"container.{CONFIG_CONNECTOR}", "ContainerCluster", "{initialNodeCount: 1}", notes))
    assert found == {"initial_node_count": 1, "remove_default_node_pool": True}


def test_a_field_that_names_another_object_is_unknown_and_an_edge_to_it() -> None:
    pool = declared(f"container.{CONFIG_CONNECTOR}", "ContainerNodePool", "{clusterRef: {name: prod}}")
    cluster = declared(f"container.{CONFIG_CONNECTOR}", "ContainerCluster", "{location: europe-west1}", "name: prod")
    network = declared(f"compute.{CONFIG_CONNECTOR}", "ComputeNetwork", "{}", "name: prod")
    found = made(pool, cluster, network)
    assert isinstance(found.values["cluster"], Unknown)
    assert [(r.path, r.target) for r in found.references] == [(("cluster",), "ContainerCluster/default/prod")]
    assert found.region == "europe-west1"


def test_labels_choose_every_object_that_has_them() -> None:
    rule = crossplane(f"s3.{CROSSPLANE}", "BucketLifecycleConfiguration", "{bucketSelector: {matchLabels: {app: a}}}")
    one = crossplane(f"s3.{CROSSPLANE}", "Bucket", "{}", "name: one, labels: {app: a, tier: b}")
    other = crossplane(f"s3.{CROSSPLANE}", "Bucket", "{}", "name: other, labels: {app: b}")
    assert [r.target for r in made(rule, one, other).references] == ["Bucket/one"]


def test_an_object_of_another_sort_with_the_name_is_no_target() -> None:
    group = crossplane(f"eks.{CROSSPLANE}", "NodeGroup", "{clusterNameRef: {name: prod}}")
    role = crossplane(f"iam.{CROSSPLANE}", "Role", "{}", "name: prod")
    assert not made(group, role).references


def test_an_object_in_the_same_namespace_goes_before_its_namesake_and_two_of_them_are_none() -> None:
    pool = declared(
        f"container.{CONFIG_CONNECTOR}", "ContainerNodePool", "{clusterRef: {name: prod}}", "name: x, namespace: a"
    )
    here = declared(f"container.{CONFIG_CONNECTOR}", "ContainerCluster", "{}", "name: prod, namespace: a")
    there = declared(f"container.{CONFIG_CONNECTOR}", "ContainerCluster", "{}", "name: prod, namespace: b")
    assert [r.target for r in made(pool, there, here).references] == ["ContainerCluster/a/prod"]
    assert not made(pool.replace("namespace: a", "namespace: c"), there, here).references


def test_a_field_for_any_resource_means_any_kind() -> None:
    endpoint = crossplane(
        "network.azure.upbound.io/v1beta1",
        "TrafficManagerAzureEndpoint",
        "{targetResourceIdSelector: {matchLabels: {app: a}}}",
    )
    address = crossplane("network.azure.upbound.io/v1beta1", "PublicIP", "{}", "name: ip, labels: {app: a}")
    assert [r.target for r in made(endpoint, address).references] == ["PublicIP/ip"]


def test_addresses_in_a_list_of_references_are_in_use() -> None:
    gateway = declared(f"compute.{CONFIG_CONNECTOR}", "ComputeRouterNAT", "{natIps: [{name: ip}, {external: b}]}")
    address = declared(f"compute.{CONFIG_CONNECTOR}", "ComputeAddress", "{location: us-west1}", "name: ip")
    found = made(gateway, address)
    assert [r.target for r in found.references] == ["ComputeAddress/default/ip"]
    assert found.value("nat_ips", 1) == "b"


def test_a_name_that_is_filled_in_later_is_unknown() -> None:
    found = made(declared(f"redis.{CONFIG_CONNECTOR}", "RedisInstance", '{resourceID: "${NAME}"}'))
    assert isinstance(found.values["name"], Unknown)


def test_what_is_written_beside_a_reference_counts() -> None:
    found = values(crossplane(f"eks.{CROSSPLANE}", "NodeGroup", "{clusterNameRef: {name: a}, clusterName: b}"))
    assert found == {"cluster_name": "b"}


def test_a_reference_out_of_the_cluster_is_its_text() -> None:
    spec = "{bootDisk: {initializeParams: {sourceImageRef: {external: debian-cloud/debian-12}}}}"
    found = values(declared(f"compute.{CONFIG_CONNECTOR}", "ComputeInstance", spec))
    assert found == {"boot_disk": [{"initialize_params": [{"image": "debian-cloud/debian-12"}]}]}


def test_one_field_for_several_kinds_is_a_reference_like_any_other() -> None:
    rule = declared(
        f"compute.{CONFIG_CONNECTOR}",
        "ComputeForwardingRule",
        "{location: global, target: {targetHTTPProxyRef: {name: web}}, ipAddress: {ip: 10.0.0.1}}",
    )
    proxy = declared(f"compute.{CONFIG_CONNECTOR}", "ComputeTargetHTTPProxy", "{location: global}", "name: web")
    found = made(rule, proxy)
    assert (found.type, found.values["ip_address"]) == ("google_compute_forwarding_rule", "10.0.0.1")
    assert [r.target for r in found.references] == ["ComputeTargetHTTPProxy/default/web"]


def test_values_are_where_they_stand_in_the_object() -> None:
    found = made(
        "apiVersion: ec2.aws.upbound.io/v1beta1\n"
        "kind: Instance\n"
        "metadata:\n"
        "  name: web\n"
        "spec:\n"
        "  forProvider:\n"
        "    instanceType: m5.large\n"
        "    rootBlockDevice:\n"
        "      - volumeType: gp2\n"
    )
    assert (found.address, found.span.line) == ("Instance/web", 1)
    kind, disk = found.where(("instance_type",)), found.where(("root_block_device", 0, "volume_type"))
    assert [(s.file, s.line, s.column) for s in (kind, disk)] == [("m.yaml", 7, 5), ("m.yaml", 9, 9)]


def test_what_is_only_looked_at_is_no_resource_of_this_project() -> None:
    seen = declared(f"s3.{CROSSPLANE}", "Bucket", "{managementPolicies: [Observe], forProvider: {}}")
    kept = declared(f"s3.{CROSSPLANE}", "Bucket", '{managementPolicies: ["*"], forProvider: {}}', "name: kept")
    assert [r.name for r in project(seen, kept).resources] == ["kept"]


def test_what_is_not_covered_is_told_once_a_kind_and_stays_as_it_is() -> None:
    version = "dataproc.cnrm.cloud.google.com/v1beta1"
    compositions = "apiextensions.crossplane.io/v1"
    found = project(
        declared(version, "DataprocCluster", "{location: a}", "name: one"),
        declared(version, "DataprocCluster", "{location: a}", "name: two"),
        declared(compositions, "Composition", "{resources: []}"),
    )
    assert [r.type for r in found.resources[::2]] == [
        "dataproc.cnrm.cloud.google.com/DataprocCluster",
        "apiextensions.crossplane.io/Composition",
    ]
    assert [p.message for p in found.problems if p.code == "kind-not-covered"] == [
        "DataprocCluster of dataproc.cnrm.cloud.google.com is not covered: DataprocCluster/default/one and 1 more are "
        "neither priced nor checked",
        "Composition of apiextensions.crossplane.io is not covered: Composition/x is neither priced nor checked",
    ]


def test_what_a_composition_makes_of_a_claim_is_told_as_not_covered() -> None:
    names = "{group: acme.org, names: {kind: XDatabase}, claimNames: {kind: Database}}"
    definition = declared("apiextensions.crossplane.io/v1", "CompositeResourceDefinition", names)
    claim = declared("acme.org/v1", "Database", "{size: large}")
    assert [p.message for p in project(claim, definition).problems] == [
        "Database of acme.org is not covered: Database/default/x is neither priced nor checked",
        "CompositeResourceDefinition of apiextensions.crossplane.io is not covered: CompositeResourceDefinition/x is "
        "neither priced nor checked",
    ]


def test_how_to_reach_the_cloud_is_no_resource_and_worth_no_notice() -> None:
    found = project(declared("aws.upbound.io/v1beta1", "ProviderConfig", "{}"))
    assert [r.type for r in found.resources] == ["aws.upbound.io/ProviderConfig"]
    assert not found.problems


# AWS Controllers for Kubernetes


def amazon(service: str, kind: str, spec: str, metadata: str = "name: x") -> str:
    return declared(f"{service}.services.k8s.aws/v1alpha1", kind, spec, metadata)


# Fields: config/crd/bases of the controllers at github.com/aws-controllers-k8s, read 2026-11-21.
@pytest.mark.parametrize(
    ("text", "expected", "attributes"),
    [
        (
            amazon("rds", "DBInstance", "{dbInstanceClass: db.m5.large, multiAZ: true, vpcSecurityGroupIDs: [a]}"),
            "aws_db_instance",
            {"instance_class": "db.m5.large", "multi_az": True, "vpc_security_group_ids": ["a"]},
        ),
        (
            amazon("rds", "DBInstance", "{dbInstanceClass: db.r5.large, dbClusterIdentifier: c}"),
            "aws_rds_cluster_instance",
            {"instance_class": "db.r5.large", "cluster_identifier": "c"},
        ),
        (
            amazon("ec2", "Instance", "{placement: {tenancy: dedicated}, monitoring: {enabled: true}}"),
            "aws_instance",
            {"tenancy": "dedicated", "monitoring": True},
        ),
        (
            amazon("dynamodb", "Table", "{continuousBackups: {pointInTimeRecoveryEnabled: true}}"),
            "aws_dynamodb_table",
            {"point_in_time_recovery": [{"enabled": True}]},
        ),
        (
            amazon("elasticache", "CacheCluster", "{cacheClusterID: c, cacheNodeType: cache.t3.small}"),
            "aws_elasticache_cluster",
            {"cluster_id": "c", "node_type": "cache.t3.small"},
        ),
        (amazon("kafka", "Cluster", "{numberOfBrokerNodes: 3}"), "aws_msk_cluster", {"number_of_broker_nodes": 3}),
        (amazon("ec2", "ElasticIPAddress", "{}"), "aws_eip", {}),
        (amazon("ec2", "NATGateway", "{subnetID: a}"), "aws_nat_gateway", {"subnet_id": "a"}),
        (
            amazon("cloudfront", "Distribution", "{distributionConfig: {origins: {items: [{id: a}]}}}"),
            "aws_cloudfront_distribution",
            {"origin": [{"id": "a"}]},
        ),
    ],
)
def test_a_request_to_amazon_becomes_the_resource_it_makes(
    text: str, expected: str, attributes: dict[str, Any]
) -> None:
    found = made(text)
    assert (found.type, found.values) == (expected, attributes)


def test_tags_of_amazons_objects_are_pairs_or_a_map() -> None:
    pairs = made(amazon("ec2", "Instance", "{tags: [{key: team, value: a}]}"))
    plain = made(amazon("eks", "Cluster", "{name: c, tags: {team: a}}"))
    nested = made(amazon("s3", "Bucket", "{tagging: {tagSet: [{key: team, value: a}]}}"))
    assert pairs.tags.effective == plain.tags.effective == nested.tags.effective == {"team": "a"}


def test_the_tags_of_an_auto_scaling_group_say_whether_its_machines_get_them() -> None:
    found = made(amazon("autoscaling", "AutoScalingGroup", "{tags: [{key: a, value: b, propagateAtLaunch: true}]}"))
    assert found.values["tag"] == [{"key": "a", "value": "b", "propagate_at_launch": True}]


def test_a_region_is_that_of_the_object_else_of_its_namespace() -> None:
    space = (
        "apiVersion: v1\nkind: Namespace\n"
        "metadata: {name: infra, annotations: {services.k8s.aws/default-region: eu-west-1}}\n"
    )
    own = "name: x, namespace: infra, annotations: {services.k8s.aws/region: us-west-2}"
    assert made(amazon("sqs", "Queue", "{}", own), space).region == "us-west-2"
    assert made(amazon("sqs", "Queue", "{}", "name: x, namespace: infra"), space).region == "eu-west-1"
    assert made(amazon("sqs", "Queue", "{}"), space).region is None


def test_what_terraform_keeps_apart_from_a_bucket_is_a_resource_of_its_own() -> None:
    bucket, rules, versions = project(
        "apiVersion: s3.services.k8s.aws/v1alpha1\n"
        "kind: Bucket\n"
        "metadata: {name: logs}\n"
        "spec:\n"
        "  name: logs\n"
        "  versioning: {status: Enabled}\n"
        "  lifecycle:\n"
        "    rules:\n"
        "      - status: Enabled\n"
        "        expiration: {days: 30}\n"
    ).resources
    assert bucket.values == {"bucket": "logs"}
    assert (rules.address, rules.type) == ("Bucket/default/logs/lifecycle", "aws_s3_bucket_lifecycle_configuration")
    assert rules.values["rule"] == [{"status": "Enabled", "expiration": [{"days": 30}]}]
    assert rules.where(("rule", 0, "expiration", 0, "days")).line == 10
    assert versions.values["versioning_configuration"] == [{"status": "Enabled"}]
    assert [(r.path, r.target) for r in rules.references] == [(("bucket",), bucket.address)]


def test_the_disk_a_machine_starts_from_is_told_from_the_others_with_its_place() -> None:
    found = made(
        "apiVersion: ec2.services.k8s.aws/v1alpha1\n"
        "kind: Instance\n"
        "metadata: {name: web}\n"
        "spec:\n"
        "  blockDeviceMappings:\n"
        "    - deviceName: /dev/sdf\n"
        "      ebs: {volumeSize: 100}\n"
        "    - deviceName: /dev/xvda\n"
        "      ebs: {volumeSize: 50}\n"
    )
    assert found.value("root_block_device", 0, "volume_size") == 50
    assert found.value("ebs_block_device", 0, "volume_size") == 100
    assert found.where(("root_block_device", 0, "volume_size")).line == 9


def test_amazons_objects_are_joined_by_references_and_by_names() -> None:
    gateway = amazon("ec2", "NATGateway", "{allocationRef: {from: {name: ip}}}")
    address = amazon("ec2", "ElasticIPAddress", "{}", "name: ip")
    assert [r.target for r in made(gateway, address).references] == ["ElasticIPAddress/default/ip"]
    group = amazon("autoscaling", "AutoScalingGroup", "{launchTemplate: {launchTemplateName: web}}")
    template = amazon("ec2", "LaunchTemplate", "{name: web, data: {instanceType: m5.large}}", "name: web-template")
    assert [r.target for r in made(group, template).references] == ["LaunchTemplate/default/web-template"]


def test_a_password_in_a_secret_is_unknown() -> None:
    found = made(amazon("rds", "DBInstance", "{masterUserPassword: {namespace: a, name: b, key: c}}"))
    assert isinstance(found.values["master_user_password"], Unknown)


def test_what_amazons_controller_may_only_read_is_no_resource_of_this_project() -> None:
    notes = 'name: x, annotations: {services.k8s.aws/read-only: "true"}'
    assert not project(amazon("s3", "Bucket", "{name: b}", notes)).resources


def test_a_request_that_makes_no_lasting_resource_is_told_and_what_rules_read_as_it_is_not() -> None:
    found = project(
        amazon("dynamodb", "Backup", "{tableName: t}"), amazon("sagemaker", "HyperParameterTuningJob", "{}")
    )
    assert [p.message for p in found.problems] == [
        "Backup of dynamodb.services.k8s.aws is not covered: Backup/default/x is neither priced nor checked"
    ]


# Azure Service Operator


def azure(service: str, kind: str, spec: str, metadata: str = "name: x") -> str:
    return declared(f"{service}.azure.com/v1api20240901", kind, spec, metadata)


# Fields: learn.microsoft.com/azure/templates and samples; arguments: the azurerm provider, read 2026-11-21.
@pytest.mark.parametrize(
    ("text", "expected", "attributes"),
    [
        (
            azure("cache", "Redis", "{sku: {family: P, name: Premium, capacity: 1}, shardCount: 2}"),
            "azurerm_redis_cache",
            {"family": "P", "sku_name": "Premium", "capacity": 1, "shard_count": 2},
        ),
        (
            azure(
                "dbforpostgresql",
                "FlexibleServer",
                "{sku: {name: Standard_D2ds_v5, tier: GeneralPurpose}, storage: {storageSizeGB: 128},"
                " highAvailability: {mode: Disabled}}",
            ),
            "azurerm_postgresql_flexible_server",
            {"sku_name": "GP_Standard_D2ds_v5", "storage_mb": 131072},
        ),
        (
            azure(
                "dbformysql",
                "FlexibleServer",
                "{sku: {name: Standard_B1ms, tier: Burstable}, storage: {storageSizeGB: 20, iops: 360},"
                " highAvailability: {mode: SameZone}}",
            ),
            "azurerm_mysql_flexible_server",
            {
                "sku_name": "B_Standard_B1ms",
                "storage": [{"size_gb": 20, "iops": 360}],
                "high_availability": [{"mode": "SameZone"}],
            },
        ),
        (
            azure("sql", "ServersDatabase", "{sku: {name: GP_Gen5, capacity: 4}, maxSizeBytes: 34359738368}"),
            "azurerm_mssql_database",
            {"sku_name": "GP_Gen5_4", "max_size_gb": 32},
        ),
        (
            azure("sql", "ServersDatabase", "{sku: {name: S3, tier: Standard}}"),
            "azurerm_mssql_database",
            {"sku_name": "S3"},
        ),
        (
            azure("storage", "StorageAccount", "{kind: StorageV2, sku: {name: Premium_ZRS}}"),
            "azurerm_storage_account",
            {"account_kind": "StorageV2", "account_tier": "Premium", "account_replication_type": "ZRS"},
        ),
        (
            azure("web", "ServerFarm", "{sku: {name: P1v3, capacity: 2}, reserved: true}"),
            "azurerm_service_plan",
            {"sku_name": "P1v3", "worker_count": 2, "os_type": "Linux"},
        ),
        (
            azure("apimanagement", "Service", "{sku: {name: Developer, capacity: 1}}"),
            "azurerm_api_management",
            {"sku_name": "Developer_1"},
        ),
        (
            azure(
                "compute",
                "VirtualMachine",
                "{hardwareProfile: {vmSize: Standard_B2s}, priority: Spot,"
                " storageProfile: {osDisk: {osType: Windows}}}",
            ),
            "azurerm_windows_virtual_machine",
            {"size": "Standard_B2s", "priority": "Spot", "os_disk": [{}]},
        ),
        (
            azure(
                "compute",
                "VirtualMachine",
                "{hardwareProfile: {vmSize: Standard_B2s}, storageProfile: {dataDisks: [{diskSizeGB: 64},"
                " {diskSizeGB: 32, managedDisk: {storageAccountType: Premium_LRS}}]}}",
            ),
            "azurerm_virtual_machine",
            {
                "vm_size": "Standard_B2s",
                "storage_os_disk": [{}],
                "storage_data_disk": [{"disk_size_gb": 64}, {"disk_size_gb": 32, "managed_disk_type": "Premium_LRS"}],
            },
        ),
        (
            azure("cognitiveservices", "Account", "{kind: OpenAI, sku: {name: S0}}"),
            "azurerm_cognitive_account",
            {"kind": "OpenAI", "sku_name": "S0"},
        ),
        (azure("resources", "ResourceGroup", "{}"), "azurerm_resource_group", {}),
    ],
)
def test_what_azures_operator_is_told_becomes_the_resource_it_makes(
    text: str, expected: str, attributes: dict[str, Any]
) -> None:
    assert (made(text).type, values(text)) == (expected, attributes)


def test_a_cluster_of_several_pools_has_the_first_of_its_system_and_each_other_as_a_resource() -> None:
    cluster, other = project(
        azure(
            "containerservice",
            "ManagedCluster",
            "{location: East US, agentPoolProfiles: [{name: gpu, vmSize: a, count: 1, mode: User},"
            " {name: sys, vmSize: b, count: 2, mode: System}]}",
        )
    ).resources
    assert cluster.value("default_node_pool", 0, "vm_size") == "b"
    assert (other.type, other.values["vm_size"]) == ("azurerm_kubernetes_cluster_node_pool", "a")
    assert other.address == f"{cluster.address}/agentPoolProfiles[0]"
    assert other.region == "eastus"


@pytest.mark.parametrize(
    ("service", "kind", "spec"),
    [
        ("containerservice", "ManagedCluster", "{sku: {name: Automatic}}"),
        ("compute", "VirtualMachine", "{priority: Spot, storageProfile: {dataDisks: [{diskSizeGB: 1}]}}"),
        ("synapse", "Workspace", "{location: eastus}"),
    ],
)
def test_what_azurerm_cannot_say_in_one_resource_is_told_as_not_covered(service: str, kind: str, spec: str) -> None:
    found = project(azure(service, kind, spec))
    assert [r.type for r in found.resources] == [f"{service}.azure.com/{kind}"]
    assert [p.code for p in found.problems] == ["kind-not-covered"]


def test_a_pool_lies_where_the_cluster_lies_that_owns_it() -> None:
    pool = azure("containerservice", "ManagedClustersAgentPool", "{owner: {name: aks}, vmSize: a}")
    cluster = azure("containerservice", "ManagedCluster", "{location: West Europe}", "name: aks")
    found = made(pool, cluster)
    assert found.region == "westeurope"
    assert [(r.path, r.target) for r in found.references] == [
        (("kubernetes_cluster_id",), "ManagedCluster/default/aks")
    ]


def test_groups_of_azure_that_are_something_else_are_left_alone() -> None:
    text = "apiVersion: karpenter.azure.com/v1beta1\nkind: AKSNodeClass\nmetadata: {name: x}\nspec: {}\n"
    found = project(text)
    assert [r.type for r in found.resources] == ["karpenter.azure.com/AKSNodeClass"]
    assert not found.problems


def test_what_the_operator_shall_leave_alone_is_no_resource_of_this_project() -> None:
    notes = "name: x, annotations: {serviceoperator.azure.com/reconcile-policy: skip}"
    assert not project(azure("cache", "Redis", "{sku: {name: Basic}}", notes)).resources


def test_what_objects_name_that_are_not_covered_is_in_use() -> None:
    disk = declared(f"compute.{CONFIG_CONNECTOR}", "ComputeDisk", "{location: us-central1-a}", "name: disk")
    user = declared("tpu.cnrm.cloud.google.com/v1alpha1", "TPUVirtualMachine", "{dataDisks: [{diskRef: {name: disk}}]}")
    assert project(disk, user).handed_out() == {"ComputeDisk/default/disk"}
    assert project(disk).handed_out() == frozenset()


def test_a_disk_that_a_machine_attaches_is_joined_to_it_by_the_word_in_the_field() -> None:
    machine = declared(
        f"compute.{CONFIG_CONNECTOR}",
        "ComputeInstance",
        "{zone: us-central1-a, attachedDisk: [{sourceDiskRef: {name: data}}]}",
    )
    disk = declared(f"compute.{CONFIG_CONNECTOR}", "ComputeDisk", "{location: us-central1-a}", "name: data")
    assert [(r.path, r.target) for r in made(machine, disk).references] == [
        (("attached_disk", 0, "source"), "ComputeDisk/default/data")
    ]
