"""The machine that pods run on: of a declared pool, of one name, or the cheapest; prices are made up for the test."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from finops_lint.catalog.kubernetes.nodes import Defaults, Node, Nodes
from finops_lint.catalog.kubernetes.pods import Ask, Count, Pods
from finops_lint.model.estimate import Unpriced
from finops_lint.model.records import replace
from finops_lint.model.resource import Graph
from tests.rules.bench import machines, read, read_terraform

GROUP = """
resource "aws_eks_node_group" "%s" {
  instance_types = ["%s"]
  labels         = { tier = "%s" }
}
"""


def pods(
    *, cpu: float = 1, gpus: int = 0, device: str = "nvidia.com/gpu", selector: Mapping[str, str] | None = None
) -> Pods:
    ask = Ask(cpu=Decimal(str(cpu)), devices={device: Decimal(gpus)} if gpus else {})
    return Pods("", (), {"nodeSelector": dict(selector or {})}, Count.of(Decimal(1)), ask=ask)


def nodes(terraform: str = "", manifest: str = "", hours: Mapping[str, str] | None = None, cloud: str = "") -> Nodes:
    """With `hours`, machine → what it costs; those it does not name have no price."""
    resources = (*read_terraform(terraform).resources, *(read("kubernetes", manifest).resources if manifest else ()))
    known = {name: Decimal(price) for name, price in (hours or {}).items()}
    return Nodes(Graph(resources), machines(), lambda _cloud, name, *_: known.get(name), Defaults(cloud))


def node(found: Nodes, wanted: Pods) -> Node:
    chosen = found.node_for(wanted)
    assert isinstance(chosen, Node), chosen
    return chosen


def test_the_selector_decides_between_two_pools() -> None:
    found = nodes(GROUP % ("a", "m5.large", "web") + GROUP % ("b", "m5.xlarge", "batch"))
    assert node(found, pods(selector={"tier": "batch"})).name == "m5.xlarge"
    assert node(found, pods(selector={"tier": "web"})).said == ()


def test_where_several_pools_would_do_that_is_said() -> None:
    found = nodes(GROUP % ("a", "m5.large", "web") + GROUP % ("b", "m5.xlarge", "batch"))
    assert node(found, pods()).said == ("2 pools would do: a, b",)


def test_pods_may_be_elsewhere_where_another_pool_with_other_machines_takes_them() -> None:
    one = nodes(GROUP % ("a", "m5.large", "web"))
    assert not one.may_be_elsewhere(pods(), node(one, pods()))
    two = nodes(GROUP % ("a", "m5.large", "web") + GROUP % ("b", "m5.xlarge", "batch"))
    assert two.may_be_elsewhere(pods(), node(two, pods()))
    assert not two.may_be_elsewhere(pods(selector={"tier": "web"}), node(two, pods(selector={"tier": "web"})))
    same = nodes(GROUP % ("a", "m5.large", "web") + GROUP % ("b", "m5.large", "batch"))
    assert not same.may_be_elsewhere(pods(), node(same, pods()))


def test_pods_on_a_machine_of_no_pool_are_nowhere_else() -> None:
    found = nodes(hours={"m6i.xlarge": "0.2"})
    assert not found.may_be_elsewhere(pods(), node(found, pods()))


@pytest.mark.parametrize(
    ("terraform", "cloud", "knows"),
    [
        ("", "", False),
        ("", "azure", True),
        (GROUP % ("a", "m5.large", "web"), "", True),
        ('resource "google_container_cluster" "c" { location = "europe-west4" }', "", True),
    ],
)
def test_settings_pools_and_clusters_tell_the_cloud(terraform: str, cloud: str, knows: bool) -> None:
    assert nodes(terraform, cloud=cloud).knows_cloud is knows


def test_pods_without_gpus_are_not_put_on_gpu_nodes_they_do_not_ask_for() -> None:
    found = nodes(GROUP % ("gpu", "g5.xlarge", "ml"), hours={"m6i.xlarge": "0.2"})
    assert node(found, pods()).name == "m6i.xlarge"
    assert node(found, pods(gpus=1)).name == "g5.xlarge"
    assert node(found, pods(selector={"tier": "ml"})).name == "g5.xlarge"


def test_a_pod_larger_than_the_machines_of_the_pool_is_not_put_on_it() -> None:
    found = nodes(GROUP % ("a", "m5.large", "web"), hours={"m6i.xlarge": "0.2"})  # 2 vCPU; the other has 4
    assert node(found, pods(cpu=2)).name == "m5.large"
    assert node(found, pods(cpu=2.5)).name == "m6i.xlarge"


def test_an_arm_machine_is_taken_only_by_pods_that_ask_for_it() -> None:
    found = nodes(hours={"m6g.4xlarge": "0.5", "m6i.4xlarge": "0.8"})
    assert node(found, pods(cpu=16)).name == "m6i.4xlarge"
    assert node(found, pods(cpu=16, selector={"kubernetes.io/arch": "arm64"})).name == "m6g.4xlarge"


def test_of_the_machines_that_fit_only_those_with_the_labels_asked_for_are_taken() -> None:
    found = nodes(hours={"m5.large": "0.1", "c5.large": "0.2", "c5.xlarge": "0.3"})
    assert node(found, pods(selector={"karpenter.k8s.aws/instance-family": "c5"})).name == "c5.large"


def test_of_the_machines_of_a_pool_the_one_that_pods_name_is_taken() -> None:
    group = GROUP.replace('["%s"]', '["m5.large", "m5.xlarge"]')
    found = nodes(group % ("a", "web"), hours={"m5.large": "0.1", "m5.xlarge": "0.2"})
    assert node(found, pods()).name == "m5.large"
    named = node(found, pods(selector={"node.kubernetes.io/instance-type": "m5.xlarge"}))
    assert (named.name, named.pool is not None) == ("m5.xlarge", True)


@pytest.mark.parametrize(("cpu", "machine"), [(2, "m5.large"), (4, "m5.xlarge"), (64, "m5.large")])
def test_of_several_named_machines_the_cheapest_that_fits_is_taken_and_else_the_cheapest(
    cpu: float, machine: str
) -> None:
    names = {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m5.xlarge", "m5.large"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [names]}]}
    spec = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}
    found = nodes(hours={"m5.large": "0.1", "m5.xlarge": "0.2"})
    chosen = node(found, replace(pods(cpu=cpu), spec=spec))
    assert (chosen.name, chosen.said) == (machine, (f"{machine}, the cheapest of those named",))


@pytest.mark.parametrize(
    ("device", "selector", "machine"),
    [
        ("nvidia.com/gpu", {}, "g5.xlarge"),
        ("amd.com/gpu", {}, "g4ad.xlarge"),
        ("nvidia.com/gpu", {"karpenter.k8s.aws/instance-gpu-manufacturer": "nvidia"}, "g5.xlarge"),
        ("amd.com/gpu", {"karpenter.k8s.aws/instance-gpu-manufacturer": "amd"}, "g4ad.xlarge"),
        # 40 GB and 80 GB of the same model.
        ("nvidia.com/gpu", {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB"}, "p4d.24xlarge"),
        ("nvidia.com/gpu", {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}, "p4de.24xlarge"),
    ],
)
def test_a_machine_has_the_gpus_that_pods_ask_for(device: str, selector: dict[str, str], machine: str) -> None:
    hours = {"g4ad.xlarge": "0.4", "g5.xlarge": "1", "p4d.24xlarge": "20", "p4de.24xlarge": "30"}
    assert node(nodes(hours=hours), pods(gpus=1, device=device, selector=selector)).name == machine


def test_google_machines_are_known_by_their_family() -> None:
    hours = {"e2-standard-8": "0.2", "n2-standard-8": "0.4"}
    found = nodes(hours=hours, cloud="google")
    assert node(found, pods(cpu=8)).name == "e2-standard-8"
    assert node(found, pods(cpu=8, selector={"cloud.google.com/machine-family": "n2"})).name == "n2-standard-8"


def test_what_no_machine_holds_has_no_node() -> None:
    chosen = nodes(hours={"m6i.xlarge": "0.2"}).node_for(pods(cpu=10_000))
    assert isinstance(chosen, Unpriced)
    assert chosen.reason == "no machine of aws fits 10000 vCPU"


KARPENTER = """
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: general}
spec:
  limits: {cpu: 100}
  template:
    metadata: {labels: {team: ml}}
    spec:
      requirements:
        - {key: node.kubernetes.io/instance-type, operator: In, values: [m5.large, m5.4xlarge]}
        - {key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand]}
        - {key: topology.kubernetes.io/zone, operator: In, values: [eu-west-1b]}
"""


def test_karpenter_gives_the_cheapest_of_its_machines_that_fits_on_spot_where_it_may() -> None:
    found = nodes(manifest=KARPENTER, hours={"m5.large": "0.1", "m5.4xlarge": "0.8"})
    small = node(found, pods(cpu=1))
    assert (small.name, small.purchase, small.region) == ("m5.large", "spot", "eu-west-1")
    assert node(found, pods(cpu=8)).name == "m5.4xlarge"
    bought = pods(selector={"karpenter.sh/capacity-type": "on-demand"})
    assert node(found, bought).purchase == "on-demand"


def test_the_most_a_karpenter_pool_may_cost_is_that_of_its_dearest_machines_within_the_limits() -> None:
    found = nodes(manifest=KARPENTER, hours={"m5.large": "0.1", "m5.4xlarge": "0.9"})
    [pool] = found.pools
    # 100 vCPU: 50 m5.large of 2 vCPU at 0.1 are 5.00 an hour, 6 m5.4xlarge of 16 vCPU at 0.9 are 5.40.
    most = found.most_at_limits(pool)
    assert most is not None
    assert (most[0].name, most[1]) == ("m5.4xlarge", 6)


GKE = {"cloud.google.com/gke-accelerator": "nvidia-l4"}
EKS = {"eks.amazonaws.com/nodegroup": "a"}


@pytest.mark.parametrize(("others", "cloud"), [((), ""), ((GKE,), "google"), ((GKE, {}), "google"), ((GKE, EKS), "")])
def test_labels_that_other_pods_ask_for_tell_the_cloud_where_nothing_else_does(
    others: tuple[Mapping[str, str], ...], cloud: str
) -> None:
    everybody = [pods(selector=labels) for labels in others]
    alone, beside = (
        Nodes(Graph(read_terraform(code).resources), machines(), lambda *_: Decimal(1), Defaults(), lambda: everybody)
        for code in ("", GROUP % ("a", "m5.large", "web"))
    )
    assert (alone.knows_cloud, alone.cloud) == (cloud != "", cloud or "aws")
    assert beside.cloud == "aws"  # a pool that is declared tells more than labels do
