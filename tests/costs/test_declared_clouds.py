"""What a cloud's resources cost that Kubernetes objects declare; figures by hand from the shipped list prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.costs.pricer import Pricer
from finops_lint.model.report import Report
from finops_lint.model.resource import Graph
from finops_lint.pipeline import analyze
from finops_lint.readers.kubernetes.manifests import Catalog, read_rendered
from finops_lint.request import Request

PRICES = data_root() / "pricing"


@cache
def catalog() -> Catalog:
    return Catalog(sheets=Sheets(PRICES), taggable=Taggable(data_root()))


def monthly(text: str) -> Mapping[str, str]:
    """What each line of the first object costs; the price of one unit where it waits for usage."""
    graph = Graph(read_rendered(text.encode(), file="m.yaml", name="m", catalog=catalog()).resources)
    sheets = catalog().sheets
    assert sheets is not None
    estimate = Pricer(sheets, PriceBook(PRICES)).price(graph.resources[0], graph)
    found = {}
    for component in estimate.components:
        name = "/".join((*component.group, component.name))
        if component.monthly is not None:
            found[name] = f"{component.monthly.expected:.2f}"
    return found


def declared(version: str, kind: str, spec: str) -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n"


def crossplane(group: str, kind: str, fields: str) -> str:
    return declared(f"{group}.upbound.io/v1beta1", kind, f"{{forProvider: {fields}}}")


def connector(group: str, kind: str, spec: str) -> str:
    return declared(f"{group}.cnrm.cloud.google.com/v1beta1", kind, spec)


def amazon(service: str, kind: str, spec: str, region: str = "us-east-1") -> str:
    text = declared(f"{service}.services.k8s.aws/v1alpha1", kind, spec)
    return text.replace("{name: x}", f"{{name: x, annotations: {{services.k8s.aws/region: {region}}}}}")


def azure(service: str, kind: str, spec: str) -> str:
    return declared(f"{service}.azure.com/v1api20240901", kind, spec)


# Google takes 30 % off what n1 machines cost that run the whole month.
NODES = {
    "Instance usage (Linux/UNIX, on-demand, n1-standard-4)": "291.27",  # 3 × 730 × 0.189999 × 0.7
    "Standard provisioned storage (pd-standard)": "12.00",  # 3 × 100 × 0.04
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            connector(
                "compute",
                "ComputeInstance",
                "{zone: us-central1-a, machineType: n1-standard-1,"
                " bootDisk: {initializeParams: {size: 24, type: pd-ssd}}}",
            ),
            {
                "Instance usage (Linux/UNIX, on-demand, n1-standard-1)": "24.27",  # 730 × 0.0475 × 0.7
                "SSD provisioned storage (pd-ssd)": "4.08",  # 24 × 0.17
            },
        ),
        (
            connector(
                "container",
                "ContainerNodePool",
                "{location: us-central1-a, nodeCount: 3, clusterRef: {name: prod},"
                " nodeConfig: {machineType: n1-standard-4, diskSizeGb: 100, diskType: pd-standard}}",
            ),
            NODES,
        ),
        (
            connector(
                "sql",
                "SQLInstance",
                "{region: us-central1, databaseVersion: POSTGRES_15, settings: {tier: db-custom-2-7680, diskSize: 100,"
                " availabilityType: REGIONAL, ipConfiguration: {ipv4Enabled: false}}}",
            ),
            {
                "vCPUs (2, regional)": "120.60",  # 2 × 730 × 0.0826
                "Memory (7.5 GB, regional)": "76.65",  # 7.5 × 730 × 0.014
                "Storage (SSD, regional)": "34.00",  # 100 × 0.34
            },
        ),
        (
            connector("redis", "RedisInstance", "{region: us-central1, tier: STANDARD_HA, memorySizeGb: 5}"),
            {"Redis instance (standard, M2)": "197.10"},  # 5 × 730 × 0.054
        ),
        (
            connector(
                "compute", "ComputeDisk", "{location: us-central1, size: 10, type: pd-ssd, replicaZones: [a, b]}"
            ),
            {"SSD provisioned storage (pd-ssd)": "3.40"},  # 10 × 0.34: in two zones
        ),
        (
            crossplane(
                "ec2.aws",
                "Instance",
                "{region: us-east-1, instanceType: m5.large, rootBlockDevice: [{volumeType: gp3, volumeSize: 50}]}",
            ),
            {
                "Instance usage (Linux/UNIX, on-demand, m5.large)": "70.08",  # 730 × 0.096
                "root_block_device/Storage (general purpose SSD, gp3)": "4.00",  # 50 × 0.08
            },
        ),
        (
            crossplane(
                "rds.aws.m",
                "Instance",
                "{region: us-east-1, engine: postgres, instanceClass: db.t3.medium, allocatedStorage: 100,"
                " storageType: gp2}",
            ),
            {
                "Database instance (on-demand, Single-AZ, db.t3.medium)": "52.56",  # 730 × 0.072
                "Storage (general purpose SSD, gp2)": "11.50",  # 100 × 0.115
            },
        ),
        (
            crossplane(
                "eks.aws",
                "NodeGroup",
                "{region: us-east-1, instanceTypes: [m5.large], scalingConfig: {desiredSize: 3}}",
            ),
            {
                "Instance usage (Linux/UNIX, on-demand, m5.large)": "210.24",  # 3 × 730 × 0.096
                "Storage (general purpose SSD, gp2)": "6.00",  # 3 × 20 × 0.10
            },
        ),
        (
            crossplane(
                "dynamodb.aws",
                "Table",
                "{region: us-east-2, billingMode: PROVISIONED, readCapacity: 10, writeCapacity: 5}",
            ),
            {
                "Write capacity unit (WCU)": "2.37",  # 5 × 730 × 0.00065
                "Read capacity unit (RCU)": "0.95",  # 10 × 730 × 0.00013
            },
        ),
        (
            crossplane(
                "sagemaker.aws",
                "EndpointConfiguration",
                "{region: us-east-1, productionVariants: [{instanceType: ml.g5.xlarge, initialInstanceCount: 2}]}",
            ),
            {"production_variants[0]/Instance usage (on-demand, ml.g5.xlarge)": "2056.26"},  # 2 × 730 × 1.4084
        ),
        (
            crossplane(
                "elasticache.aws",
                "ReplicationGroup",
                "{region: us-east-1, nodeType: cache.t3.small, numCacheClusters: 2}",
            ),
            {"ElastiCache (on-demand, cache.t3.small)": "49.64"},  # 2 × 730 × 0.034
        ),
        (
            crossplane(
                "container.gcp",
                "NodePool",
                "{location: us-central1-a, nodeCount: 3, nodeConfig: [{machineType: n1-standard-4, diskSizeGb: 100}]}",
            ),
            NODES,
        ),
        (
            crossplane(
                "containerservice.azure",
                "KubernetesCluster",
                "{location: East US, defaultNodePool: [{vmSize: Standard_D2s_v3, nodeCount: 2}]}",
            ),
            {
                "default_node_pool/Instance usage (Linux, pay as you go, Standard_D2s_v3)": "140.16",  # 2 × 730 × 0.096
                "default_node_pool/os_disk/Storage (P10, LRS)": "39.42",  # 2 × 19.71
            },
        ),
        (
            crossplane(
                "dbforpostgresql.azure",
                "FlexibleServer",
                "{location: West US, skuName: GP_Standard_D2ds_v5, storageMb: 32768}",
            ),
            {
                "Compute (GP_Standard_D2ds_v5)": "148.19",  # 730 × 0.203
                "Storage": "4.42",  # 32 × 0.138
            },
        ),
        (
            crossplane("cache.azure", "RedisCache", "{location: East US, skuName: Standard, family: C, capacity: 3}"),
            {"Cache usage (Standard_C3)": "328.50"},  # two nodes × 730 × 0.225
        ),
        (
            crossplane(
                "compute.azure",
                "LinuxVirtualMachine",
                "{location: East US, size: Standard_B2s, osDisk: [{storageAccountType: Premium_LRS}]}",
            ),
            {
                "Instance usage (Linux, pay as you go, Standard_B2s)": "30.37",  # 730 × 0.0416
                "os_disk/Storage (P4, LRS)": "5.28",
            },
        ),
        (
            amazon(
                "ec2",
                "Instance",
                "{instanceType: m5.large, blockDeviceMappings: [{deviceName: /dev/xvda,"
                " ebs: {volumeSize: 50, volumeType: gp3}}]}",
            ),
            {
                "Instance usage (Linux/UNIX, on-demand, m5.large)": "70.08",  # 730 × 0.096
                "root_block_device/Storage (general purpose SSD, gp3)": "4.00",  # 50 × 0.08
            },
        ),
        (
            amazon(
                "rds",
                "DBInstance",
                "{dbInstanceClass: db.t3.medium, engine: postgres, allocatedStorage: 100, storageType: gp2}",
            ),
            {
                "Database instance (on-demand, Single-AZ, db.t3.medium)": "52.56",  # 730 × 0.072
                "Storage (general purpose SSD, gp2)": "11.50",  # 100 × 0.115
            },
        ),
        (
            amazon("eks", "Nodegroup", "{instanceTypes: [m5.large], diskSize: 50, scalingConfig: {desiredSize: 3}}"),
            {
                "Instance usage (Linux/UNIX, on-demand, m5.large)": "210.24",  # 3 × 730 × 0.096
                "Storage (general purpose SSD, gp2)": "15.00",  # 3 × 50 × 0.10
            },
        ),
        (
            amazon(
                "dynamodb",
                "Table",
                "{billingMode: PROVISIONED, provisionedThroughput: {readCapacityUnits: 10, writeCapacityUnits: 5}}",
                "us-east-2",
            ),
            {
                "Write capacity unit (WCU)": "2.37",  # 5 × 730 × 0.00065
                "Read capacity unit (RCU)": "0.95",  # 10 × 730 × 0.00013
            },
        ),
        (
            amazon(
                "elasticache",
                "ReplicationGroup",
                "{cacheNodeType: cache.t3.small, engine: redis, numNodeGroups: 2, replicasPerNodeGroup: 1}",
            ),
            {"ElastiCache (on-demand, cache.t3.small)": "99.28"},  # 2 × (1 + 1) × 730 × 0.034
        ),
        (
            amazon(
                "sagemaker",
                "EndpointConfig",
                "{productionVariants: [{instanceType: ml.g5.xlarge, initialInstanceCount: 2}]}",
            ),
            {"production_variants[0]/Instance usage (on-demand, ml.g5.xlarge)": "2056.26"},  # 2 × 730 × 1.4084
        ),
        (
            azure(
                "containerservice",
                "ManagedCluster",
                "{location: eastus, sku: {name: Base, tier: Standard},"
                " agentPoolProfiles: [{name: a, mode: System, vmSize: Standard_D2s_v3, count: 2}]}",
            ),
            {
                "Uptime SLA": "73.00",  # 730 × 0.10
                "default_node_pool/Instance usage (Linux, pay as you go, Standard_D2s_v3)": "140.16",  # 2 × 730 × 0.096
                "default_node_pool/os_disk/Storage (P10, LRS)": "39.42",  # 2 × 19.71
            },
        ),
        (
            azure(
                "containerservice",
                "ManagedClustersAgentPool",
                "{location: eastus, vmSize: Standard_D2s_v3, count: 3, owner: {name: aks}}",
            ),
            {
                "Instance usage (Linux, pay as you go, Standard_D2s_v3)": "210.24",  # 3 × 730 × 0.096
                "os_disk/Storage (P10, LRS)": "59.13",  # 3 × 19.71
            },
        ),
        (
            azure(
                "compute",
                "VirtualMachine",
                "{location: eastus, hardwareProfile: {vmSize: Standard_B2s}, storageProfile: {osDisk: {diskSizeGB: 30,"
                " managedDisk: {storageAccountType: Premium_LRS}}}}",
            ),
            {
                "Instance usage (Linux, pay as you go, Standard_B2s)": "30.37",  # 730 × 0.0416
                "os_disk/Storage (P4, LRS)": "5.28",
            },
        ),
        (
            azure(
                "dbforpostgresql",
                "FlexibleServer",
                "{location: westus, sku: {name: Standard_D2ds_v5, tier: GeneralPurpose}, storage: {storageSizeGB: 128},"
                " highAvailability: {mode: ZoneRedundant}}",
            ),
            {
                "Compute (GP_Standard_D2ds_v5)": "296.38",  # 2 × 730 × 0.203: a standby beside it
                "Storage": "35.33",  # 2 × 128 × 0.138
            },
        ),
        (
            azure("cache", "Redis", "{location: eastus, sku: {family: C, name: Standard, capacity: 3}}"),
            {"Cache usage (Standard_C3)": "328.50"},  # two nodes × 730 × 0.225
        ),
    ],
)
def test_an_object_costs_what_the_resource_costs_that_it_declares(text: str, expected: Mapping[str, str]) -> None:
    assert monthly(text) == expected


def analyzed(folder: Path, *texts: str) -> Report:
    (folder / "all.yaml").write_text("---\n".join(texts), "utf-8")
    return analyze(Request((str(folder),), check=True))


def test_a_cluster_without_its_first_pool_costs_its_fee(tmp_path: Path) -> None:
    cluster = connector("container", "ContainerCluster", "{location: us-central1-a, initialNodeCount: 3}")
    removed = '{name: x, annotations: {cnrm.cloud.google.com/remove-default-node-pool: "true"}}'
    report = analyzed(tmp_path, cluster.replace("{name: x}", removed))
    assert report.projects[0].total.known.expected == Decimal(73)  # 730 × 0.10


def test_a_bucket_with_a_lifecycle_is_not_told_to_have_one(tmp_path: Path) -> None:
    rules = "{rules: [{status: Enabled, abortIncompleteMultipartUpload: {daysAfterInitiation: 7}}]}"
    bucket = amazon("s3", "Bucket", f"{{name: a, lifecycle: {rules}}}")
    report = analyzed(tmp_path, bucket, amazon("s3", "Bucket", "{name: b}").replace("name: x", "name: y"))
    told = [f.address for f in report.projects[0].findings if f.rule == "s3-abandoned-uploads"]
    assert told == ["Bucket/default/y"]


def test_a_group_of_machines_costs_what_its_template_says_as_often_as_it_is_large(tmp_path: Path) -> None:
    disk = "{boot: true, diskType: pd-ssd, diskSizeGb: 10}"
    template = connector("compute", "ComputeInstanceTemplate", f"{{machineType: n1-standard-1, disk: [{disk}]}}")
    named = "{instanceTemplateRef: {name: web}}"
    group = connector(
        "compute", "ComputeInstanceGroupManager", f"{{location: us-central1-a, targetSize: 2, versions: [{named}]}}"
    )
    report = analyzed(tmp_path, group, template.replace("name: x", "name: web"))
    # 2 × (730 × 0.0475 × 0.7 + 10 × 0.17)
    assert report.projects[0].total.known.expected == Decimal("51.945")


def test_pods_of_another_folder_run_on_the_pool_that_an_object_declares(tmp_path: Path) -> None:
    for folder in (".git", "platform", "apps"):
        (tmp_path / folder).mkdir()
    node = "{machineType: g2-standard-4, labels: {pool: gpu}, guestAccelerator: [{type: nvidia-l4, count: 1}]}"
    pool = connector("container", "ContainerNodePool", f"{{location: us-central1-a, nodeCount: 1, nodeConfig: {node}}}")
    (tmp_path / "platform" / "pool.yaml").write_text(pool, "utf-8")
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: chat}\nspec:\n  nodeSelector: {pool: gpu}\n"
        "  containers: [{name: a, resources: {limits: {nvidia.com/gpu: 1}}}]\n"
    )
    (tmp_path / "apps" / "pod.yaml").write_text(pod, "utf-8")
    resources = {r.address: r for p in analyze(Request((str(tmp_path),))).projects for r in p.resources}
    chat = resources["Pod/default/chat"].estimate
    assert {line.paid_by for line in chat.components} == {"ContainerNodePool/default/x"}


def test_what_is_said_of_an_object_has_the_names_of_its_fields(tmp_path: Path) -> None:
    report = analyzed(tmp_path, connector("container", "ContainerCluster", "{location: us-central1-a}"))
    [found] = [f for f in report.projects[0].findings if f.rule == "cluster-without-cost-allocation"]
    assert "costManagementConfig splits it" in found.message


def test_a_plan_whose_app_is_not_covered_is_not_told_to_be_empty(tmp_path: Path) -> None:
    plan = azure("web", "ServerFarm", "{location: eastus, sku: {name: P1v3}}").replace("name: x", "name: plan")
    reference = "{group: web.azure.com, kind: ServerFarm, name: plan}"
    site = azure("web", "Site", f"{{location: eastus, serverFarmReference: {reference}}}")
    alone = {f.rule for f in analyzed(tmp_path, plan).projects[0].findings}
    together = analyzed(tmp_path, plan, site).projects[0]
    assert "app-service-plan-without-apps" in alone
    assert "app-service-plan-without-apps" not in {f.rule for f in together.findings}
    assert "app-service-plan-without-apps" in {u.rule for u in together.undecided}


def test_an_object_that_terraform_applies_is_priced_as_what_it_declares(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
resource "kubernetes_manifest" "cache" {
  manifest = {
    apiVersion = "redis.cnrm.cloud.google.com/v1beta1"
    kind       = "RedisInstance"
    metadata   = { name = "cache", labels = { team = "a" } }
    spec       = { region = "us-central1", tier = "STANDARD_HA", memorySizeGb = 5 }
  }
}
resource "kubernetes_manifest" "flow" {
  manifest = {
    apiVersion = "dataproc.cnrm.cloud.google.com/v1beta1"
    kind       = "DataprocCluster"
    metadata   = { name = "flow" }
    spec       = { location = "us-central1" }
  }
}
""",
        "utf-8",
    )
    [project] = analyze(Request((str(tmp_path),), check=True)).projects
    cache = project.resources[0]
    assert (cache.address, cache.type) == ("kubernetes_manifest.cache", "google_redis_instance")
    [line] = cache.estimate.components
    assert line.monthly is not None
    assert line.monthly.expected == Decimal("197.10")  # 5 × 730 × 0.054
    assert [p.code for p in project.problems] == ["kind-not-covered"]


def test_rules_judge_what_an_object_declares_and_its_annotation_can_say_otherwise(tmp_path: Path) -> None:
    volume = crossplane(
        "ec2.aws", "EBSVolume", "{region: us-east-1, availabilityZone: us-east-1a, type: gp2, size: 100}"
    )
    report = analyzed(tmp_path, volume)
    found = [f for f in report.projects[0].findings if f.rule == "ebs-gp2-volume"]
    assert [(f.address, f.span.line, f.span.column) for f in found] == [("EBSVolume/x", 4, 71)]
    ignored = '{name: x, annotations: {finops-lint.io/ignore: "ebs-gp2-volume -- moves in spring"}}'
    report = analyzed(tmp_path, volume.replace("{name: x}", ignored))
    assert "ebs-gp2-volume" not in {f.rule for f in report.projects[0].findings}
    assert "ebs-gp2-volume" in {f.rule for f in report.projects[0].suppressed}
