"""What pods cost on which machine; figures by hand from the shipped list prices of us-east-1 and us-central1."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.kubernetes.nodes import Defaults
from finops_lint.catalog.kubernetes.workloads import Clusters
from finops_lint.catalog.prices import PriceBook
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.pricer import Pricer, PricerOptions
from finops_lint.costs.usage import NO_USAGE, Usage, read_usage
from finops_lint.model.estimate import CostComponent, Estimate
from finops_lint.model.money import Range
from finops_lint.model.report import Report
from finops_lint.model.resource import Graph
from finops_lint.pipeline import analyze
from finops_lint.readers.kubernetes.manifests import read_rendered
from finops_lint.request import Request
from finops_lint.settings import load_settings
from tests.node_groups import gpu_node_group

ROOT = data_root()
REGION = "topology.kubernetes.io/region: us-east-1"


def clusters(**defaults: Any) -> Clusters:
    sheets = Sheets(ROOT / "pricing")
    return Clusters(PriceBook(ROOT / "pricing"), sheets.machines, defaults=Defaults(**defaults))


def estimate(text: str, *, usage: Usage = NO_USAGE, **defaults: object) -> Estimate:
    """Of the first object in `text`."""
    graph = Graph(read_rendered(text.encode(), file="m.yaml", name="m").resources)
    options = PricerOptions(clusters=lambda: clusters(**defaults))
    pricer = Pricer(Sheets(ROOT / "pricing"), PriceBook(ROOT / "pricing"), usage=usage, options=options)
    return pricer.price(graph.resources[0], graph)


def parts(found: Estimate) -> Mapping[str, CostComponent]:
    return {"/".join((*c.group, c.name)): c for c in found.components}


def pod(selector: str, resources: str, extra: str = "") -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        f"  nodeSelector: {{{selector}}}\n{extra}  containers: [{{name: a, resources: {{limits: {{{resources}}}}}}}]\n"
    )


def monthly(component: CostComponent) -> Decimal:
    assert component.monthly is not None, component.unpriced
    return component.monthly.expected


@pytest.mark.parametrize(
    ("selector", "resources", "component", "cost"),
    [
        # p4d.24xlarge at 21.957642: 96 × 0.031611 + 1152 × 0.004237 = 7.91568 for vCPU and memory; a seventh of an
        # eighth of the rest.
        (
            f"node.kubernetes.io/instance-type: p4d.24xlarge, {REGION}",
            "nvidia.com/mig-1g.5gb: 1",
            "GPU slice (mig-1g.5gb of A100, p4d.24xlarge)",
            "183.05",
        ),
        # The label of GPU feature discovery says that four share it: g5.xlarge, 0.811764 / 4.
        (
            f"node.kubernetes.io/instance-type: g5.xlarge, nvidia.com/gpu.replicas: '4', {REGION}",
            "nvidia.com/gpu: 1",
            "GPU (A10G, g5.xlarge)",
            "148.15",
        ),
        # Four chips of TPU v5e at 1.20 an hour.
        (
            "cloud.google.com/gke-tpu-accelerator: tpu-v5-lite-podslice, topology.kubernetes.io/region: us-central1",
            "google.com/tpu: 4",
            "TPU v5e chips",
            "3504.00",
        ),
        # Fargate: 0.5 vCPU, and 1 GiB with 256 MiB of its own is 2 GB: 730 × 2 × 0.004445.
        (f"eks.amazonaws.com/compute-type: fargate, {REGION}", "cpu: 500m, memory: 1Gi", "Memory (Fargate)", "6.49"),
    ],
)
def test_a_part_of_an_accelerator_costs_its_part(selector: str, resources: str, component: str, cost: str) -> None:
    found = parts(estimate(pod(selector, resources)))
    assert monthly(found[component]) == pytest.approx(Decimal(cost), abs=Decimal("0.01"))


def test_a_named_machine_is_certain_and_one_that_is_taken_is_not() -> None:
    named = estimate(pod(f"node.kubernetes.io/instance-type: m5.large, {REGION}", "cpu: 1"))
    assert named.total.assumed.expected == 0
    taken = estimate(pod("", "cpu: 1"))
    assert taken.total.known.expected == 0
    assert "m6i.xlarge taken" in taken.components[0].assumptions[0]


def test_the_settings_name_cloud_region_and_machine() -> None:
    found = estimate(pod("", "cpu: 1"), cloud="google", region="us-central1", machine="e2-standard-4")
    assert [c.name for c in found.components] == ["vCPU (e2-standard-4)"]
    assert found.total.assumed.expected == 0


def test_a_shared_gpu_has_a_price_where_the_settings_say_how_many_share_it() -> None:
    text = pod(f"node.kubernetes.io/instance-type: g5.xlarge, {REGION}", "nvidia.com/gpu.shared: 1")
    [silent] = estimate(text).components
    assert silent.unpriced is not None
    assert "pods_per_gpu" in silent.unpriced.reason
    [shared] = estimate(text, pods_per_gpu=Decimal(10)).components
    assert monthly(shared) == pytest.approx(Decimal("59.26"), abs=Decimal("0.01"))  # 730 × 0.811764 / 10


def test_pods_that_ask_for_nothing_have_no_price() -> None:
    [component] = estimate(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n"
    ).components
    assert component.unpriced is not None


def test_an_autoscaler_gives_least_expected_and_most() -> None:
    found = estimate(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 2\n  template: {spec: {"
        f"nodeSelector: {{node.kubernetes.io/instance-type: m5.large, {REGION}}}, "
        "containers: [{resources: {limits: {cpu: 1}}}]}}\n"
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: d}\n"
        "spec: {minReplicas: 1, maxReplicas: 6, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}\n"
    )
    quantity = found.components[0].quantity
    assert quantity is not None
    assert [quantity.low, quantity.expected, quantity.high] == [730, 1460, 4380]


JOB = (
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: n}\nspec:\n  schedule: '0 2 * * *'\n  "
    "jobTemplate: {spec: {activeDeadlineSeconds: 7200, "
    f"template: {{spec: {{nodeSelector: {{node.kubernetes.io/instance-type: g5.xlarge, {REGION}}}, "
    "containers: [{resources: {limits: {nvidia.com/gpu: 1}}}]}}}}\n"
)


def test_a_job_waits_for_its_hours_and_says_what_a_run_costs() -> None:
    found = estimate(JOB)
    assert found.components[0].usage_key == "runtime_hours_per_run"
    # 0.811764 an hour, two hours at most, 365 / 12 runs
    assert found.remarks == (
        "an hour of a run costs $0.81; a run at most $1.62, ended after 2 h; "
        "its schedule starts 30.4 runs a month, at most $49.38",
    )


def test_stated_hours_of_a_run_make_a_month(tmp_path: Path) -> None:
    file = tmp_path / "usage.yml"
    file.write_text("version: 0.1\nresource_usage:\n  CronJob/default/n:\n    runtime_hours_per_run: 1.5\n", "utf-8")
    found = estimate(JOB, usage=read_usage(file))
    # 1.5 × 365 / 12 × 0.811764
    assert monthly(found.components[0]) == pytest.approx(
        Decimal("37.04"), abs=Decimal("0.01")
    )  # 1.5 × 365 / 12 × 0.811764


def test_the_claims_of_a_stateful_set_are_one_for_each_pod() -> None:
    found = estimate(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec:\n  replicas: 3\n"
        "  template: {spec: {containers: [{resources: {limits: {cpu: 1}}}]}}\n"
        "  volumeClaimTemplates:\n  - metadata: {name: data}\n"
        "    spec: {storageClassName: gp3, resources: {requests: {storage: 100Gi}}}\n"
    )
    assert monthly(parts(found)["data/Storage (gp3)"]) == Decimal(24)  # 3 × 100 × 0.08


CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: own, resources: {requests: {storage: %s}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: own}
provisioner: %s
parameters: {%s}
"""


@pytest.mark.parametrize(
    ("size", "provisioner", "parameters", "region", "cost"),
    [
        ("100Gi", "ebs.csi.aws.com", "type: io2", "us-east-1", "12.50"),  # × 0.125
        ("100Gi", "pd.csi.storage.gke.io", "type: pd-ssd", "us-central1", "17.00"),  # × 0.17
        # A managed disk is paid for by the size of its series it fits into: P10 is 128 GiB, P60 8 TiB.
        ("100Gi", "disk.csi.azure.com", "skuName: Premium_LRS", "eastus", "19.71"),
        ("20Gi", "disk.csi.azure.com", "skuName: Standard_LRS", "westeurope", "1.54"),  # S4, the smallest
    ],
)
def test_a_claim_costs_what_its_class_makes(
    size: str, provisioner: str, parameters: str, region: str, cost: str
) -> None:
    [component] = estimate(CLAIM % (size, provisioner, parameters), region=region).components
    assert monthly(component) == pytest.approx(Decimal(cost), abs=Decimal("0.01"))


@pytest.mark.parametrize(("is_default", "name"), [("true", "Storage (io2)"), ("false", "Storage (gp2)")])
def test_a_claim_without_a_class_gets_the_default_one(is_default: str, name: str) -> None:
    annotated = f"metadata: {{name: own, annotations: {{storageclass.kubernetes.io/is-default-class: '{is_default}'}}}}"
    text = CLAIM.replace("storageClassName: own, ", "").replace("metadata: {name: own}", annotated)
    [component] = estimate(text % ("100Gi", "ebs.csi.aws.com", "type: io2"), region="us-east-1").components
    assert component.name == name


@pytest.mark.parametrize(
    ("size", "kind", "monthly"), [("100Gi", "Premium_ZRS", "29.57"), ("5Ti", "Premium_LRS", "946.18")]
)
def test_a_managed_disk_is_priced_by_its_own_size_and_copies(size: str, kind: str, monthly: str) -> None:
    """P10 in three zones and P60 in one, $26.88 and $860.16 in eastus2 (Azure Retail Prices API, 2026-08-15), × 1.1."""
    [component] = estimate(CLAIM % (size, "disk.csi.azure.com", f"skuName: {kind}"), region="eastus").components
    assert component.per_unit == Decimal(monthly)


def test_a_managed_disk_without_a_price_is_not_priced_as_another() -> None:
    [component] = estimate(CLAIM % ("1Gi", "disk.csi.azure.com", "skuName: UltraSSD_LRS"), region="eastus").components
    assert component.unpriced is not None
    assert component.unpriced.reason == "no price for UltraSSD_LRS in eastus"


# Terraform and manifests together


def analysed(path: Path, *, check: bool = False) -> Report:
    return analyze(Request((str(path),), load_settings(str(path)), check=check))


def test_pods_find_the_node_groups_of_terraform_and_are_not_added_up_again() -> None:
    report = analysed(ROOT / "sample_iac" / "mixed" / "before")
    resources = {r.address: r for p in report.projects for r in p.resources}
    chat = resources["Deployment/ml/chat"].estimate
    assert {c.paid_by for c in chat.components} == {"aws_eks_node_group.inference"}
    # 2 pods × 730 h × (30 × 0.031611 + 120 × 0.004237 + (5.672 − 48 × 0.031611 − 192 × 0.004237) / 4)
    assert chat.total.known.expected == pytest.approx(Decimal("3346.41"), abs=Decimal("0.01"))
    priced = sum(e.total.all.expected for a, r in resources.items() if a.startswith("aws_") for e in [r.estimate])
    assert report.total.all.expected == priced


def test_pods_are_let_onto_the_pool_their_selector_names() -> None:
    report = analysed(ROOT / "sample_iac" / "mixed" / "after")
    resources = {r.address: r for p in report.projects for r in p.resources}
    assert resources["PyTorchJob/ml/rank"].estimate.components[0].name == "vCPU (spot, g5.4xlarge)"
    assert {c.paid_by for c in resources["PyTorchJob/ml/rank"].estimate.components} == {""}


@pytest.mark.parametrize(
    ("sample", "rules"),
    [
        (
            "kubernetes/before",
            {
                "requests-missing",
                "gpu-on-ray-head",
                "ray-cluster-outlives-job",
                "job-without-deadline",
                "gpus-stranded",
                "older-gpu-generation",
                "required-tags",
                "tags-not-propagated",
                "inference-never-scales-to-zero",
            },
        ),
        ("kubernetes/after", set()),
        (
            "mixed/before",
            {
                "node-pool-without-limits",
                "node-pool-without-consolidation",
                "training-on-demand",
                "job-without-deadline",
                "finished-job-kept",
                "required-tags",
                "inference-never-scales-to-zero",
                "gpus-stranded",
            },
        ),
        ("mixed/after", set()),
    ],
)
def test_the_samples_show_what_is_wasted(sample: str, rules: set[str]) -> None:
    report = analysed(ROOT / "sample_iac" / sample, check=True)
    found = {f.rule for p in report.projects if p.dialect == "kubernetes" for f in p.findings}
    assert found == rules


def test_the_settings_file_says_what_manifests_do_not(tmp_path: Path) -> None:
    (tmp_path / "finops-lint.yaml").write_text(
        "kubernetes:\n  cloud: google\n  region: us-central1\n  machine: e2-standard-4\n"
        "  pods_per_gpu: 4\n  split: {vcpu: 3, gb: 1}\n"
        "  kinds:\n    example.com/Farm: {pods: [{template: spec.pod, count: spec.size}]}\n",
        "utf-8",
    )
    (tmp_path / "farm.yaml").write_text(
        "apiVersion: example.com/v1\nkind: Farm\nmetadata: {name: f}\n"
        "spec: {size: 2, pod: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}\n",
        "utf-8",
    )
    [project] = analysed(tmp_path).projects
    [component] = project.resources[0].estimate.components
    # e2-standard-4 at 0.134023 has 4 vCPU and 16 GB: 3 of the 28 parts that 4 × 3 + 16 × 1 make, for two pods
    assert component.name == "vCPU (e2-standard-4)"
    assert monthly(component) == pytest.approx(Decimal("0.134023") * 3 / 28 * 2 * 730, abs=Decimal("0.01"))


def test_rules_judge_a_kind_of_the_projects_own_by_how_its_pods_run(tmp_path: Path) -> None:
    (tmp_path / "finops-lint.yaml").write_text(
        "select: [job-without-deadline]\nkubernetes:\n  kinds:\n    example.com/Run: "
        "{runs: once, deadline: spec.maxSeconds, pods: [{template: spec.pod}]}\n",
        "utf-8",
    )
    text = (
        "apiVersion: example.com/v1\nkind: Run\nmetadata: {name: %s}\n"
        "spec: {%spod: {spec: {containers: [{resources: {limits: {nvidia.com/gpu: 8}}}]}}}\n"
    )
    (tmp_path / "run.yaml").write_text(f"{text % ('endless', '')}---\n{text % ('short', 'maxSeconds: 60, ')}")
    [project] = analysed(tmp_path, check=True).projects
    assert [(f.rule, f.address) for f in project.findings] == [("job-without-deadline", "Run/default/endless")]


_QUEUES = f"""
apiVersion: kueue.x-k8s.io/v1beta1
kind: ClusterQueue
metadata: {{name: training}}
spec:
  cohort: ml
  resourceGroups:
    - coveredResources: [nvidia.com/gpu]
      flavors: [{{name: a10, resources: [{{name: nvidia.com/gpu, nominalQuota: 8, borrowingLimit: 4}}]}}]
---
apiVersion: kueue.x-k8s.io/v1beta1
kind: ClusterQueue
metadata: {{name: other}}
spec:
  cohort: ml
  resourceGroups:
    - coveredResources: [nvidia.com/gpu]
      flavors: [{{name: a10, resources: [{{name: nvidia.com/gpu, nominalQuota: 8, lendingLimit: 2}}]}}]
---
apiVersion: kueue.x-k8s.io/v1beta1
kind: ResourceFlavor
metadata: {{name: a10}}
spec: {{nodeLabels: {{node.kubernetes.io/instance-type: g5.xlarge, {REGION}}}}}
---
apiVersion: kueue.x-k8s.io/v1beta1
kind: LocalQueue
metadata: {{name: gpu, namespace: ml}}
spec: {{clusterQueue: training}}
"""
_QUEUED = """
apiVersion: batch/v1
kind: Job
metadata: {name: tune, namespace: ml, labels: {kueue.x-k8s.io/queue-name: gpu}}
spec:
  template: {spec: {containers: [{name: a, resources: {limits: {nvidia.com/gpu: 1}}}]}}
"""


def test_a_queue_is_bounded_by_its_quotas_and_by_what_its_cohort_may_lend_it() -> None:
    found = estimate(f"{_QUEUES}---{_QUEUED}")
    quota = parts(found)["a10/GPU (A10G, g5.xlarge), at most 8"].monthly
    # The GPU's part of g5.xlarge is 0.811764: 8 × 730 of them, and two more that the other queue lends.
    assert quota is not None
    assert (quota.low, round(quota.high, 2)) == (Decimal(0), Decimal("4740.70"))
    assert any("$5,926 with all it may borrow" in remark for remark in found.remarks)
    assert "in its queues: Job/ml/tune" in found.remarks
    assert found.added.all.high == 0


def test_pods_run_on_the_nodes_of_the_one_flavor_of_their_queue() -> None:
    assert "GPU (A10G, g5.xlarge)" in parts(estimate(f"{_QUEUED}---{_QUEUES}"))


def test_a_node_pool_shows_the_most_its_limits_allow_without_adding_it() -> None:
    found = estimate(
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: a}\nspec:\n  limits: {cpu: 10}\n  template:\n"
        "    spec:\n      requirements:\n"
        "        - {key: node.kubernetes.io/instance-type, operator: In, values: [m5.large]}\n"
        "        - {key: topology.kubernetes.io/zone, operator: In, values: [us-east-1a]}\n"
    )
    # Ten cores are five machines of two: 5 × 730 × 0.096.
    assert parts(found)["Machines (m5.large), at most 5"].monthly == Range(Decimal(0), Decimal(0), Decimal("350.400"))
    assert found.added.all.high == 0


@pytest.mark.parametrize(
    ("steps", "extra", "said"),
    [
        ("[[{name: a, template: train}]]", "", ""),
        ("[[{name: a, template: train, withItems: [1, 2, 3]}]]", "", "train runs 3 times"),
        ('[[{name: a, template: train, withParam: "{{x}}"}]]', "", "train runs as often as a parameter says"),
        ("[[{name: a, template: train}], [{name: b, template: train}]]", "", "train runs 2 times"),
        ("[[{name: a, template: train}]]", "retryStrategy: {limit: 3}, ", "train is tried again up to 3 times"),
    ],
)
def test_a_workflow_says_what_of_it_runs_again_and_promises_no_most_then(steps: str, extra: str, said: str) -> None:
    found = estimate(
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec:\n  activeDeadlineSeconds: 7200\n"
        f"  entrypoint: main\n  templates:\n    - {{name: main, steps: {steps}}}\n"
        f"    - {{name: train, {extra}nodeSelector: {{node.kubernetes.io/instance-type: g5.xlarge, {REGION}}},\n"
        "       container: {resources: {limits: {nvidia.com/gpu: 1}}}}\n"
    )
    words = "\n".join(found.remarks)
    assert (f"each step is counted once: {said}" if said else "a run at most $1.62, ended after 2 h") in words
    assert ("a run at most" in words) == (not said)


@pytest.mark.parametrize("limits", ['cpu: "${CPU}"', 'cpu: 1, nvidia.com/gpu: "${GPUS}"', 'memory: "{{ memory }}"'])
def test_what_a_pod_asks_for_may_be_filled_in_later(limits: str) -> None:
    [component] = estimate(pod("node.kubernetes.io/instance-type: g5.xlarge", limits)).components
    assert component.unpriced is not None
    assert "filled in before it is applied" in component.unpriced.reason


def test_a_gpu_that_nobody_names_is_one_that_frameworks_still_run_on() -> None:
    """An M60 (g3s.xlarge, $0.75) fits as well and may cost less; vLLM asks for compute capability 7.0, a T4 has 7.5."""
    assert "GPU (T4, g4dn.xlarge)" in parts(estimate(pod(REGION, "nvidia.com/gpu: 1")))
    named = parts(estimate(pod(f"node.kubernetes.io/instance-type: g3s.xlarge, {REGION}", "nvidia.com/gpu: 1")))
    assert "GPU (M60, g3s.xlarge)" in named


@pytest.mark.parametrize(
    ("annotation", "driver", "machine"),
    [
        ("networking.gke.io/interfaces", "", "e2-standard-4"),
        ("gke-gcsfuse/volumes", "", "e2-standard-4"),
        ("", "file.csi.azure.com", "Standard_D4s_v5"),
        ("", "efs.csi.aws.com", "m6i.xlarge"),
        # What two clouds' clusters know tells nothing, nor does a name that only looks alike.
        ("networking.gke.io/interfaces", "file.csi.azure.com", "m6i.xlarge"),
        ("not-gke.io/x", "", "m6i.xlarge"),
    ],
)
def test_annotations_and_volume_drivers_of_one_cloud_tell_the_cloud(annotation: str, driver: str, machine: str) -> None:
    found = estimate(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n"
        f"    metadata: {{annotations: {{{annotation or 'x'}: 'true'}}}}\n    spec:\n"
        f"      volumes: [{{name: v, csi: {{driver: {driver or 'x'}}}}}]\n"
        "      containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}]\n"
    )
    assert f"{machine} taken" in found.components[0].assumptions[0]


@pytest.mark.parametrize(
    "metadata",
    [
        "annotations: {provreq.kueue.x-k8s.io/maxRunDurationSeconds: '7200'}",
        "labels: {kueue.x-k8s.io/max-exec-time-seconds: '7200'}",
    ],
)
def test_the_queue_may_say_when_a_run_is_ended(metadata: str) -> None:
    found = estimate(
        f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a, {metadata}}}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}]\n"
    )
    assert "ended after 2 h" in str(found)


@pytest.mark.parametrize(
    ("model", "gpus", "machine"),
    [
        # 36.5 GiB on each of four GPUs: not T4 (16), A10G (24) or L4 (24), but L40S (48)
        ("meta-llama/Llama-3.1-70B-Instruct", 4, "g6e.12xlarge"),
        # 16.6 GiB on one: not T4 (16) but L4 (24); g6.xlarge at 0.8048 an hour is cheaper than g5.xlarge at 1.006
        ("meta-llama/Llama-3.1-8B-Instruct", 1, "g6.xlarge"),
        # 840 GiB on one, which no GPU has: the cheapest machine with a GPU, and nothing is said of the model
        ("meta-llama/Llama-3.1-405B-Instruct", 1, "g4dn.xlarge"),
    ],
)
def test_the_cheapest_machine_is_one_whose_gpus_hold_the_model(model: str, gpus: int, machine: str) -> None:
    server = f"image: vllm/vllm-openai, args: [--model={model}], resources: {{limits: {{nvidia.com/gpu: {gpus}}}}}"
    found = estimate(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        f"  nodeSelector: {{{REGION}}}\n  containers: [{{name: a, {server}}}]\n"
    )
    assert found.components[-1].name.endswith(f", {machine})")
    assert ("holds" in found.components[-1].assumptions[0]) == (machine != "g4dn.xlarge")


# GKE Autopilot, and pods that are sent somewhere

AUTOPILOT = """\
resource "google_container_cluster" "main" {
  name             = "main"
  location         = "us-central1"
  enable_autopilot = true
}
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {%s}
      containers: [{name: web, resources: {requests: {%s}}}]
"""


def beside(folder: Path, terraform: str, manifest: str) -> dict[str, CostComponent]:
    """The components of the manifest's first object, by name."""
    (folder / "cluster").mkdir()
    (folder / "cluster" / "main.tf").write_text(terraform)
    (folder / "web.yaml").write_text(manifest)
    [resource] = [r for p in analysed(folder).projects if p.dialect == "kubernetes" for r in p.resources]
    return {c.name: c for c in resource.estimate.components}


DEPLOYMENT = """
resource "kubernetes_deployment_v1" "web" {
  metadata {
    name = "web"
  }
  spec {
    template {
      spec {
        container {
          name = "web"
          resources {
            requests = { cpu = "1", memory = "1Gi" }
          }
        }
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("around", "machine"),
    [
        ("", "m6i.xlarge"),
        ('provider "google" {}\n', "e2-standard-4"),
        ('provider "azurerm" {\n  features {}\n}\nprovider "kubernetes" {}\n', "Standard_D4s_v5"),
        ('resource "google_storage_bucket" "b" {\n  name     = "b"\n  location = "US"\n}\n', "e2-standard-4"),
        # Two clouds, and nothing says which of them the cluster is in.
        ('provider "google" {}\nprovider "azurerm" {\n  features {}\n}\n', "m6i.xlarge"),
    ],
)
def test_the_cloud_whose_provider_stands_beside_is_the_clusters(tmp_path: Path, around: str, machine: str) -> None:
    (tmp_path / "main.tf").write_text(around + DEPLOYMENT)
    [web] = [r for p in analysed(tmp_path).projects for r in p.resources if r.type == "apps/Deployment"]
    assert {c.name.partition("(")[2] for c in web.estimate.components} == {f"{machine})"}


def test_pods_on_autopilot_cost_what_they_ask_for(tmp_path: Path) -> None:
    found = beside(tmp_path, AUTOPILOT, WEB % ("", "cpu: 500m, memory: 4Gi"))
    # 4 GiB want 4 / 6.5 vCPU: 3 × 730 × 4 / 6.5 × 0.0445, and 3 × 730 × 4 × 0.0049225.
    assert round(monthly(found["vCPU (Autopilot)"]), 2) == Decimal("59.97")
    assert round(monthly(found["Memory (Autopilot)"]), 2) == Decimal("43.12")


def test_memory_below_one_gib_a_vcpu_is_raised_on_autopilot(tmp_path: Path) -> None:
    found = beside(tmp_path, AUTOPILOT, WEB % ("", "cpu: 2, memory: 1Gi"))
    # 3 × 730 × 2 of each.
    assert round(monthly(found["vCPU (Autopilot)"]), 2) == Decimal("194.91")
    assert round(monthly(found["Memory (Autopilot)"]), 2) == Decimal("21.56")


@pytest.mark.parametrize(
    ("selector", "asked", "why"),
    [
        ("", "cpu: 4, nvidia.com/gpu: 1", "no price for pods with GPUs on GKE Autopilot"),
        ('cloud.google.com/gke-spot: "true"', "cpu: 4", "no price for spot pods on GKE Autopilot"),
        ("cloud.google.com/compute-class: Balanced", "cpu: 4", "no price for pods on Balanced of GKE Autopilot"),
    ],
)
def test_what_autopilot_charges_otherwise_has_no_price(tmp_path: Path, selector: str, asked: str, why: str) -> None:
    [component] = beside(tmp_path, AUTOPILOT, WEB % (selector, asked)).values()
    assert component.unpriced is not None
    assert component.unpriced.reason == why


def test_pods_without_gpus_run_on_a_pool_with_gpus_where_they_ask_for_its_label(tmp_path: Path) -> None:
    found = beside(tmp_path, gpu_node_group("g5.12xlarge"), WEB % ("pool: gpu", "cpu: 1, memory: 1Gi"))
    assert set(found) == {"vCPU (g5.12xlarge)", "Memory (g5.12xlarge)"}
    assert {c.paid_by for c in found.values()} == {"aws_eks_node_group.gpu"}


def test_the_annotation_of_kserve_names_the_gpu() -> None:
    text = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: flowers, annotations: {serving.kserve.io/gke-accelerator: nvidia-tesla-t4}}
spec:
  predictor:
    tensorflow: {storageUri: "gs://models/flowers", resources: {limits: {nvidia.com/gpu: 1}}}
"""
    found = parts(estimate(text))
    assert "GPU (T4, n1-standard-1)" in found


COMPUTE_CLASS = (
    "---\napiVersion: cloud.google.com/v1\nkind: ComputeClass\nmetadata: {name: big}\n"
    "spec: {priorities: [{machineType: a2-ultragpu-8g}]}\n"
)


@pytest.mark.parametrize(("selector", "machine"), [("cloud.google.com/compute-class: big", "a2-ultragpu-8g"), ("", "")])
def test_only_pods_that_name_a_compute_class_run_on_its_nodes(selector: str, machine: str) -> None:
    """GKE adds the toleration for `cloud.google.com/compute-class` to them alone."""
    found = parts(estimate(pod(selector, "nvidia.com/gpu: 1") + COMPUTE_CLASS))
    assert ("GPU (A100, a2-ultragpu-8g)" in found) is bool(machine)


def test_a_compute_class_of_tpus_is_no_place_for_gpus() -> None:
    text = COMPUTE_CLASS.replace(
        "machineType: a2-ultragpu-8g", "tpu: {count: 4, topology: 2x2x1, type: tpu-v4-podslice}"
    )
    found = estimate(pod("cloud.google.com/gke-accelerator: nvidia-tesla-a100", "nvidia.com/gpu: 8") + text)
    assert "big" not in str(found)


def test_a_quota_may_be_a_variable(tmp_path: Path) -> None:
    flavor = '{name = "a10", resources = [{name = "nvidia.com/gpu", nominalQuota = var.gpus}]}'
    (tmp_path / "main.tf").write_text(
        'variable "gpus" {}\nresource "kubernetes_manifest" "queue" {\n  manifest = {\n'
        '    apiVersion = "kueue.x-k8s.io/v1beta1"\n    kind = "ClusterQueue"\n    metadata = {name = "q"}\n'
        f'    spec = {{resourceGroups = [{{coveredResources = ["nvidia.com/gpu"], flavors = [{flavor}]}}]}}\n'
        "  }\n}\n",
        "utf-8",
    )
    [project] = analyze(Request(paths=(str(tmp_path),))).projects
    assert not project.problems
    [queue] = project.resources
    assert [c.unpriced.waits_for for c in queue.estimate.components if c.unpriced] == [("var.gpus",)]
