"""Models on GPUs: what names them, what they need, and when nothing is said because the text does not tell."""

from __future__ import annotations

import base64
from datetime import date

import pytest

from finops_lint.model.finding import Finding
from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.rules.checker import Checker
from finops_lint.rules.context import Catalog
from tests.rules.bench import machines, prices, read, rule_files, taggable

RULES = ("model-*", "small-gpu-*", "tensor-parallel-mismatch", "full-precision-serving", "large-gpu-*", "multi-gpu-*")


def findings(code: str, dialect: str = "terraform") -> list[Finding]:
    project = read(dialect, code)
    assert not project.problems, project.problems
    graph = Graph(project.resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=RULES))
    result = checker.check(graph, prices(graph), project="p", today=date(2026, 11, 21))
    assert not result.problems, result.problems
    return list(result.findings)


def rules(code: str, dialect: str = "terraform") -> list[str]:
    return [f.rule for f in findings(code, dialect)]


def instance(machine: str, script: str, kind: str = "user_data") -> str:
    return f"""
    provider "aws" {{
      region = "us-east-1"
    }}
    resource "aws_instance" "inference" {{
      ami           = "ami-1"
      instance_type = "{machine}"
      {kind} = "{script}"
    }}
    """


def pod(args: str, *, gpus: int = 1, machine: str = "p5.4xlarge", image: str = "vllm/vllm-openai:v0.8.5") -> str:
    return f"""
    apiVersion: v1
    kind: Pod
    metadata: {{name: llm}}
    spec:
      nodeSelector: {{node.kubernetes.io/instance-type: {machine}, topology.kubernetes.io/region: us-east-1}}
      containers:
        - name: llm
          image: {image}
          args: {args}
          resources: {{limits: {{nvidia.com/gpu: {gpus}}}}}
    """


def test_one_question_makes_one_finding() -> None:
    # 8 × H100 for a 7B model named inference: the rules on large GPUs and on several GPUs leave it to this one.
    found = rules(instance("p5.48xlarge", "vllm serve mistralai/Mistral-7B-Instruct-v0.3 --max-model-len 4096"))
    assert found == ["model-below-gpu-memory"]


def test_a_model_that_needs_its_gpus_is_no_light_work() -> None:
    # 141 GB of weights, 43 for 131,072 tokens, 28 beside: a third of 8 × 80, and 8 bits would do with half of that.
    code = instance("p5.48xlarge", "vllm serve deepseek-ai/DeepSeek-R1-Distill-Llama-70B -tp 8")
    assert rules(code) == ["full-precision-serving"]


def test_a_script_handed_over_in_base64_is_read() -> None:
    script = base64.b64encode(b"#!/bin/bash\nvllm serve Qwen/Qwen2.5-7B-Instruct --max-model-len 4096\n").decode()
    assert rules(instance("p5.4xlarge", script, "user_data_base64")) == ["model-below-gpu-memory"]


@pytest.mark.parametrize(
    "args",
    [
        '["--model=/mnt/models"]',
        '["--model=$(MODEL)", "--max-model-len=4096"]',
        '["--model=Qwen/Qwen2.5-7B-Instruct", "--max-model-len=$(LENGTH)"]',
        '["--model=Qwen/Qwen2.5-7B-Instruct", "--config=/etc/vllm/config.yaml"]',
    ],
)
def test_what_the_text_does_not_say_is_not_judged(args: str) -> None:
    assert rules(pod(args), "kubernetes") == []


def test_training_is_not_serving() -> None:
    args = '["train.py", "--model=Qwen/Qwen2.5-7B-Instruct", "--max-model-len=4096"]'
    assert rules(pod(args, image="pytorch/pytorch:2.4"), "kubernetes") == []


def test_a_sequence_is_as_long_as_the_model_s_own_limit_where_nothing_says_less() -> None:
    # Llama 3.1 8B with 131,072 tokens: 16.06 + 17.18 + 3.21 = 36.45 GB, and an H100 has 80: less than four times.
    assert rules(pod('["--model=meta-llama/Llama-3.1-8B-Instruct"]'), "kubernetes") == []


def test_many_sequences_need_many_caches() -> None:
    # 64 sequences of 8,192 tokens keep 64 × 1.07 GB = 68.7 GB beside the weights.
    args = '["--model=meta-llama/Llama-3.1-8B-Instruct", "--max-model-len=8192", "--max-num-seqs=64"]'
    assert rules(pod(args), "kubernetes") == []


def test_a_machine_that_the_pod_does_not_fit_on_is_not_offered() -> None:
    # A 7B model on one H100: an L4 holds it. g6.xlarge brings 4 vCPU and 16 GiB, g6.2xlarge 8 and 32, g6.4xlarge 16.
    code = pod("[--model, mistralai/Mistral-7B-Instruct-v0.3, --max-model-len, '4096']")
    offered = [
        findings(code.replace("limits: {", f"limits: {{cpu: {cpu}, memory: {memory}Gi, "), "kubernetes")[0].message
        for cpu, memory in (("1", 1), ("6", 1), ("1", 30), ("12", 1))
    ]
    machines_named = [next(w for w in message.split() if w.startswith("g6.")) for message in offered]
    assert machines_named == ["g6.xlarge", "g6.2xlarge", "g6.2xlarge", "g6.4xlarge"]


def test_weights_from_a_private_path_may_be_smaller_than_their_name_says() -> None:
    code = pod('["--model=s3://models/llama-3-70b"]', machine="g6.xlarge")
    assert rules(code, "kubernetes") == []


def test_a_size_alone_is_enough_to_know_that_it_does_not_fit() -> None:
    # 140 GB of weights, 4 × 24 GiB of memory
    found = findings(pod('["--model=acme/Sonar-70B", "-tp", "4"]', gpus=4, machine="g6.12xlarge"), "kubernetes")
    assert [f.rule for f in found] == ["model-above-gpu-memory"]
    assert "the weights alone (140 GB)" in found[0].message


def test_kserve_names_its_model_by_an_address() -> None:
    code = """
    apiVersion: serving.kserve.io/v1beta1
    kind: InferenceService
    metadata: {name: llm}
    spec:
      predictor:
        nodeSelector: {node.kubernetes.io/instance-type: p5.4xlarge, topology.kubernetes.io/region: us-east-1}
        model:
          modelFormat: {name: huggingface}
          args: ["--max-model-len=4096"]
          storageUri: hf://Qwen/Qwen2.5-7B-Instruct
          resources: {limits: {nvidia.com/gpu: "1"}}
    """
    found = findings(code, "kubernetes")
    assert [f.rule for f in found] == ["model-below-gpu-memory"]
    assert "Qwen/Qwen2.5-7B-Instruct (storageUri)" in found[0].message


def test_a_kaito_preset_names_its_model() -> None:
    code = """
    apiVersion: kaito.sh/v1beta1
    kind: Workspace
    metadata: {name: phi}
    resource:
      instanceType: Standard_ND96asr_v4
      labelSelector: {matchLabels: {apps: phi}}
    inference:
      preset: {name: phi-4}
    """
    assert rules(code, "kubernetes") == ["model-below-gpu-memory"]


def test_two_servers_on_one_machine_are_not_judged() -> None:
    script = "vllm serve Qwen/Qwen2.5-7B-Instruct --max-model-len 4096\\nvllm serve Qwen/Qwen2.5-32B-Instruct"
    assert "model-below-gpu-memory" not in rules(instance("p5.48xlarge", script))


def test_idle_ranks_have_their_money() -> None:
    found = findings(
        pod('["--model=Qwen/Qwen2.5-14B-Instruct", "-tp", "2"]', gpus=4, machine="g6.12xlarge"), "kubernetes"
    )
    [idle] = [f for f in found if f.rule == "tensor-parallel-mismatch"]
    assert "2 stay idle ($" in idle.message


RAY = """
apiVersion: ray.io/v1
kind: RayService
metadata: {{name: llm}}
spec:
  serveConfigV2: |
    applications:
      - name: llms
        args:
          llm_configs:
            - model_loading_config:
                model_id: ours
                model_source: {model}
              engine_kwargs:
                max_model_len: 4096
  rayClusterConfig:
    headGroupSpec:
      template: {{spec: {{containers: [{{name: head, image: ray}}]}}}}
    workerGroupSpecs:
      - groupName: gpu
        replicas: 1
        template:
          spec:
            nodeSelector: {{node.kubernetes.io/instance-type: p5.4xlarge, topology.kubernetes.io/region: us-east-1}}
            containers:
              - name: worker
                image: ray
                resources: {{limits: {{nvidia.com/gpu: 1}}}}
"""


def test_ray_serve_says_its_model_in_its_own_configuration() -> None:
    found = findings(RAY.format(model="Qwen/Qwen2.5-7B-Instruct"), "kubernetes")
    assert [f.rule for f in found] == ["model-below-gpu-memory"]
    assert "(model_source in serveConfigV2)" in found[0].message
    assert findings(RAY.format(model="s3://$BUCKET/ours"), "kubernetes") == []


def test_small_models_of_two_objects_could_share_a_gpu() -> None:
    args = '["--model=Qwen/Qwen2.5-1.5B-Instruct", "--max-model-len=4096"]'
    one = pod(args, machine="g6.xlarge")
    assert rules(one, "kubernetes") == []
    two = "\n---\n".join((one, one.replace("name: llm}", "name: other}")))
    assert rules(two, "kubernetes") == ["small-gpu-requests-without-sharing"] * 2


def test_the_model_garden_names_its_model() -> None:
    code = """
    resource "google_vertex_ai_endpoint_with_model_garden_deployment" "llm" {
      location              = "us-central1"
      hugging_face_model_id = "Qwen/Qwen2.5-0.5B-Instruct"
      deploy_config {
        dedicated_resources {
          min_replica_count = 1
          machine_spec {
            machine_type      = "a2-highgpu-1g"
            accelerator_type  = "NVIDIA_TESLA_A100"
            accelerator_count = 1
          }
        }
      }
    }
    """
    found = findings(code)
    assert [f.rule for f in found] == ["model-below-gpu-memory"]
    assert "Qwen/Qwen2.5-0.5B-Instruct (hugging_face_model_id)" in found[0].message
    assert found[0].remedy is None  # accelerator_type would still ask for an A100


@pytest.mark.parametrize("attribute", ["metadata_startup_script", "metadata = { startup-script"])
def test_start_scripts_of_google_s_machines_are_read(attribute: str) -> None:
    end = " }" if "{" in attribute else ""
    code = f"""
    resource "google_compute_instance" "llm" {{
      name         = "llm"
      machine_type = "a2-highgpu-1g"
      zone         = "us-central1-a"
      {attribute} = "vllm serve Qwen/Qwen2.5-0.5B-Instruct"{end}
    }}
    """
    assert rules(code) == ["model-below-gpu-memory"]


def test_what_may_be_secret_is_not_read() -> None:
    code = """
    variable "script" {
      type      = string
      default   = "vllm serve Qwen/Qwen2.5-0.5B-Instruct"
      sensitive = true
    }
    resource "aws_instance" "x" {
      ami           = "ami-1"
      instance_type = "p5.48xlarge"
      user_data     = var.script
    }
    """
    assert rules(code) == []


def test_only_some_gpus_can_be_cut_by_mig() -> None:
    args = '["--model=Qwen/Qwen2.5-1.5B-Instruct", "--max-model-len=4096"]'
    code = "\n---\n".join((pod(args, machine="g6.xlarge"), pod(args, machine="g6.xlarge").replace("llm}", "b}", 1)))
    assert "share by time-slicing," in findings(code, "kubernetes")[0].message


def test_model_data_that_is_not_known_says_nothing_of_the_model() -> None:
    code = """
    variable "data" { type = string }
    resource "aws_sagemaker_model" "m" {
      execution_role_arn = "arn:aws:iam::123456789012:role/m"
      primary_container {
        image          = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2"
        model_data_url = var.data
      }
    }
    resource "aws_sagemaker_endpoint_configuration" "c" {
      production_variants {
        model_name             = aws_sagemaker_model.m.name
        instance_type          = "ml.g5.xlarge"
        initial_instance_count = 1
      }
    }
    """
    assert rules(code) == []
