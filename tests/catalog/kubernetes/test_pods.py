"""The pods that objects make: how many and what each asks for, by the API references of their kinds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_lint.catalog.kubernetes.kinds import Kinds, shipped
from finops_lint.catalog.kubernetes.pods import Pods, pods_of
from finops_lint.model.values import Unknown

ONE = {"containers": [{"name": "a", "resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}]}
GPU = {"containers": [{"name": "a", "resources": {"limits": {"nvidia.com/gpu": 2}}}]}


def pods(kind: str, spec: dict[str, Any], own: dict[str, Any] | None = None) -> tuple[Pods, ...]:
    found = Kinds(own).get(kind)
    assert found is not None
    return pods_of({"spec": spec}, found)


def counts(kind: str, spec: dict[str, Any]) -> dict[str, Decimal | Unknown | None]:
    return {p.name: p.count.expected for p in pods(kind, spec)}


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("apps/Deployment", {"replicas": 3, "template": {"spec": ONE}}, {"": 3}),
        ("apps/Deployment", {"template": {"spec": ONE}}, {"": 1}),
        ("apps/Deployment", {"replicas": 0, "template": {"spec": ONE}}, {"": 0}),
        ("core/Pod", ONE, {"": 1}),
        ("batch/Job", {"parallelism": 8, "completions": 5, "template": {"spec": ONE}}, {"": 5}),
        (
            "ray.io/RayCluster",
            {
                "headGroupSpec": {"template": {"spec": ONE}},
                "workerGroupSpecs": [{"groupName": "gpu", "replicas": 2, "numOfHosts": 4, "template": {"spec": GPU}}],
            },
            {"head": 1, "gpu": 8},
        ),
        (
            "kubeflow.org/PyTorchJob",
            {
                "pytorchReplicaSpecs": {
                    "Master": {"template": {"spec": GPU}},
                    "Worker": {"replicas": 3, "template": {"spec": GPU}},
                }
            },
            {"master": 1, "worker": 3},
        ),
        (
            "kubeflow.org/Experiment",
            {"trialTemplate": {"trialSpec": {"kind": "Job", "spec": {"parallelism": 2, "template": {"spec": GPU}}}}},
            {"trial": 6},  # three at once, where parallelTrialCount is not set
        ),
        (
            "kubeflow.org/Experiment",
            {
                "parallelTrialCount": 4,
                "trialTemplate": {
                    "trialSpec": {
                        "kind": "PyTorchJob",
                        "spec": {
                            "pytorchReplicaSpecs": {
                                "Master": {"template": {"spec": GPU}},
                                "Worker": {"replicas": 2, "template": {"spec": GPU}},
                            }
                        },
                    }
                },
            },
            {"master": 4, "worker": 8},
        ),
        (
            "kubernetes.dask.org/DaskJob",
            {
                "job": {"spec": ONE},
                "cluster": {"spec": {"scheduler": {"spec": ONE}, "worker": {"replicas": 5, "spec": GPU}}},
            },
            {"job": 1, "scheduler": 1, "worker": 5},
        ),
        (
            "workloads.x-k8s.io/RoleBasedGroup",
            {
                "roles": [
                    {"name": "router", "replicas": 2, "standalonePattern": {"template": {"spec": ONE}}},
                    {"name": "decode", "replicas": 3, "leaderWorkerPattern": {"size": 2, "template": {"spec": GPU}}},
                    {"name": "old", "template": {"spec": ONE}},
                ]
            },
            {"router": 2, "decode": 6, "old": 1},
        ),
        (
            "orchestration.aibrix.ai/StormService",
            {
                "replicas": 2,
                "template": {
                    "spec": {
                        "roles": [{"name": "prefill", "replicas": 3, "podGroupSize": 2, "template": {"spec": GPU}}],
                    }
                },
            },
            {"prefill": 12},
        ),
        (
            "nvidia.com/DynamoGraphDeployment",
            {
                "services": {
                    "Frontend": {"replicas": 1},
                    "Decode": {"replicas": 2, "multinode": {"nodeCount": 2}, "resources": {"limits": {"gpu": "8"}}},
                }
            },
            {"frontend": 1, "decode": 4},
        ),
        (
            "nvidia.com/DynamoGraphDeployment",
            {"components": [{"name": "decode", "replicas": 2, "podTemplate": {"spec": GPU}}]},
            {"decode": 2},
        ),
        (
            "leaderworkerset.x-k8s.io/LeaderWorkerSet",
            {
                "replicas": 2,
                "leaderWorkerTemplate": {"size": 4, "leaderTemplate": {"spec": ONE}, "workerTemplate": {"spec": GPU}},
            },
            {"leader": 2, "worker": 6},
        ),
        (
            "leaderworkerset.x-k8s.io/LeaderWorkerSet",
            {"replicas": 2, "leaderWorkerTemplate": {"size": 4, "workerTemplate": {"spec": GPU}}},
            {"worker": 8},
        ),
        (
            "jobset.x-k8s.io/JobSet",
            {
                "replicatedJobs": [
                    {"name": "w", "replicas": 2, "template": {"spec": {"parallelism": 4, "template": {"spec": GPU}}}}
                ]
            },
            {"w": 8},
        ),
        ("batch.volcano.sh/Job", {"tasks": [{"name": "ps", "replicas": 2, "template": {"spec": ONE}}]}, {"ps": 2}),
        ("serving.kserve.io/InferenceService", {"predictor": {"minReplicas": 2, "model": {}}}, {"predictor": 2}),
        (
            "argoproj.io/Workflow",
            {"templates": [{"name": "steps", "steps": []}, {"name": "fit", "container": GPU["containers"][0]}]},
            {"fit": 1},
        ),
    ],
)
def test_an_object_makes_so_many_pods(kind: str, spec: dict[str, Any], expected: dict[str, int]) -> None:
    assert counts(kind, spec) == expected


def test_requests_go_before_limits_and_containers_add_up() -> None:
    [found] = pods(
        "core/Pod",
        {
            "containers": [
                {"resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 2, "memory": "1Gi"}}},
                {"resources": {"requests": {"cpu": "250m", "memory": "1Gi"}}},
            ],
            "initContainers": [{"resources": {"requests": {"memory": "4Gi"}}}],
        },
    )
    # The highest of init containers and the sum of the others: kubernetes.io, "Init Containers".
    assert [found.ask.cpu, found.ask.memory_gib] == [Decimal("0.75"), 4]
    assert found.ask.said == ("the limit of memory taken where no request is made",)


def test_a_sidecar_among_the_init_containers_runs_all_the_time() -> None:
    sidecar = {"restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}
    [found] = pods("core/Pod", {**ONE, "initContainers": [sidecar]})
    assert found.ask.cpu == 2


def test_ray_autoscaling_gives_the_limits_and_only_where_it_is_on() -> None:
    group = {"groupName": "g", "replicas": 1, "minReplicas": 0, "maxReplicas": 5, "template": {"spec": GPU}}
    [on] = pods("ray.io/RayCluster", {"enableInTreeAutoscaling": True, "workerGroupSpecs": [group]})
    assert [on.count.low, on.count.expected, on.count.high] == [0, 1, 5]
    [off] = pods("ray.io/RayCluster", {"workerGroupSpecs": [group]})
    assert [off.count.low, off.count.high] == [1, 1]


def test_an_engine_for_retrieval_has_the_machines_it_names() -> None:
    # kaito-project.github.io/kaito, "RAG Engine": spec.compute
    [found] = pods("kaito.sh/RAGEngine", {"compute": {"instanceType": "Standard_NC6s_v3", "count": 2}})
    assert [found.machine, found.count.expected] == ["Standard_NC6s_v3", 2]


def test_a_predictor_that_may_rest_is_taken_to_run_once() -> None:
    [found] = pods(
        "serving.kserve.io/InferenceService", {"predictor": {"minReplicas": 0, "maxReplicas": 3, "model": {}}}
    )
    assert [found.count.low, found.count.expected, found.count.high] == [0, 1, 3]


# spark.apache.org/docs/latest/configuration.html: spark.driver.memory takes `512m`, `4g` in powers of 1024, and is 1g
# where nothing is said; memoryOverhead is a tenth of it, with a minimum of 384 MiB.
@pytest.mark.parametrize(
    ("says", "gib"),
    [
        ({"memory": "10g"}, "11"),
        ({"memory": "512m"}, "0.875"),  # 512 + 384 MiB
        ({}, "1.375"),  # 1024 + 384 MiB
        ({"memory": "2gb", "memoryOverhead": "1g"}, "3"),
        ({"memory": "2048MB", "memoryOverhead": "512m"}, "2.5"),
    ],
)
def test_spark_asks_for_memory_and_its_overhead(says: dict[str, Any], gib: str) -> None:
    [found] = pods("sparkoperator.k8s.io/SparkApplication", {"driver": {**says, "cores": 2}})
    assert [found.ask.cpu, found.ask.memory_gib] == [2, Decimal(gib)]


@pytest.mark.parametrize(
    ("parallelism", "workers"),
    [
        ({"data": 8, "dataLocal": 4}, 2),  # two nodes for each of two replicas, one of them the leader
        ({"pipeline": 3}, 4),
        ({"data": 4, "dataLocal": 2, "pipeline": 2}, 6),
        ({"data": 8}, 0),  # all on one node
        ({"tensor": 8}, 0),
    ],
)
def test_a_model_on_several_nodes_has_workers_beside_its_leader(parallelism: dict[str, int], workers: int) -> None:
    spec = {"replicas": 2, "template": ONE, "worker": GPU, "parallelism": parallelism}
    assert counts("serving.kserve.io/LLMInferenceService", spec)["worker"] == workers


@pytest.mark.parametrize("name", ["data", "dataLocal", "pipeline"])
def test_workers_of_a_parallelism_that_is_not_known_are_not(name: str) -> None:
    parallelism = {"data": 8, "dataLocal": 4, name: Unknown("later", ("N",))}
    spec = {"replicas": 2, "template": ONE, "worker": GPU, "parallelism": parallelism}
    assert isinstance(counts("serving.kserve.io/LLMInferenceService", spec)["worker"], Unknown)


def test_an_unknown_number_stays_unknown() -> None:
    [found] = pods("apps/Deployment", {"replicas": Unknown("later", ("N",)), "template": {"spec": ONE}})
    assert isinstance(found.count.expected, Unknown)


def test_a_kind_of_ones_own_takes_a_few_lines() -> None:
    own = {
        "example.com/Farm": {
            "runs": "always",
            "pods": [{"at": "spec.fields.*", "name": "crop", "template": "pod", "count": "rows"}],
        }
    }
    spec = {"fields": [{"crop": "corn", "rows": 7, "pod": {"spec": ONE}}]}
    assert {p.name: p.count.expected for p in pods("example.com/Farm", spec, own)} == {"corn": 7}


@pytest.mark.parametrize("kind", list(shipped()))
@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"template": 3},
        {"template": {"spec": {"containers": {"a": [None]}}}},
        {"tasks": ["x"], "templates": {"a": 1}},
    ],
)
def test_objects_of_another_shape_do_no_harm(kind: str, junk: dict[str, Any]) -> None:
    found = shipped()[kind]
    assert all(isinstance(p, Pods) for p in pods_of({"spec": junk}, found))


def test_the_shipped_list_names_only_what_the_finder_knows() -> None:
    known = {
        "around",
        "container",
        "gpu",
        "argo",
        "at",
        "called",
        "completions",
        "count",
        "deadline",
        "default",
        "elastic",
        "knative",
        "labels",
        "less_one_if",
        "machine",
        "max",
        "min",
        "name",
        "one_less",
        "parallel",
        "resources",
        "scales",
        "spark",
        "spec",
        "suspended",
        "template",
        "times",
        "when",
        "with",
    }
    for kind in shipped().values():
        for group in kind.groups:
            assert set(group.says) <= known, kind.type


def test_a_service_of_dynamo_asks_for_gpus_by_their_short_name() -> None:
    service = {
        "resources": {"requests": {"cpu": "4"}, "limits": {"gpu": "2"}},
        "extraPodSpec": {
            "nodeSelector": {"node.kubernetes.io/instance-type": "g5.12xlarge"},
            "mainContainer": {"image": "x", "args": ["--model", "m"]},
        },
    }
    [found] = pods("nvidia.com/DynamoGraphDeployment", {"services": {"Worker": service}})
    assert found.ask.cpu == Decimal(4)
    assert found.ask.devices == {"nvidia.com/gpu": Decimal(2)}
    assert found.spec["nodeSelector"] == {"node.kubernetes.io/instance-type": "g5.12xlarge"}
    assert found.spec["containers"][0]["args"] == ["--model", "m"]


@pytest.mark.parametrize(
    ("annotations", "gpus"),
    [
        ({"gpu-fraction": "0.5"}, Decimal("0.5")),
        ({"gpu-fraction": "0.25", "gpu-fraction-num-devices": "2"}, Decimal("0.50")),
        ({"gpu-memory": "2000"}, None),
    ],
)
def test_a_share_of_a_gpu_is_written_as_an_annotation(annotations: dict[str, str], gpus: Decimal | None) -> None:
    [found] = pods("apps/Deployment", {"template": {"metadata": {"annotations": annotations}, "spec": ONE}})
    asked = found.ask.devices["nvidia.com/gpu"]
    assert asked == gpus if gpus is not None else isinstance(asked, Unknown)
