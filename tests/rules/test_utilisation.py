"""GPU use that was measured: whose series it is, how several become one, what is spare."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from finops_lint.model.finding import Finding
from finops_lint.model.measured import Measured
from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.rules.checker import Checker
from finops_lint.rules.context import Catalog
from tests.rules.bench import machines, prices, read, rule_files, taggable

RULE = "gpu-utilisation-below-target"
ENDPOINT = """
provider "aws" {
  region = "us-east-1"
}
resource "aws_sagemaker_endpoint_configuration" "llm" {
  name = "llm-config"
  production_variants {
    model_name             = "llm"
    instance_type          = "ml.g5.12xlarge"
    initial_instance_count = 2
  }
}
resource "aws_sagemaker_endpoint" "llm" {
  name                 = "llm"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.llm.name
}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: llm, namespace: ml}
spec:
  replicas: 2
  template:
    spec:
      nodeSelector: {node.kubernetes.io/instance-type: g5.xlarge, topology.kubernetes.io/region: us-east-1}
      containers:
        - name: llm
          image: vllm/vllm-openai:v0.8.5
          resources: {limits: {nvidia.com/gpu: 1}}
"""


def findings(code: str, *measured: Measured, dialect: str = "terraform") -> list[Finding]:
    graph = Graph(read(dialect, code).resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=(RULE,), measured=measured))
    return list(checker.check(graph, prices(graph), project="p", today=date(2026, 11, 21)).findings)


def test_an_endpoint_s_four_gpus_add_up_in_cloudwatch() -> None:
    # 84 of 400 is 21 %; at 70 % three tenths would do: 70 % are spare, of 2 × ml.g5.12xlarge.
    [found] = findings(ENDPOINT, Measured(("llm",), Decimal(84), 100, is_sum=True))
    assert "used to 21 % on average (by the export: 100 samples)" in found.message
    assert found.saving is not None
    assert found.at_stake is not None
    assert found.saving.expected == found.at_stake.expected * (1 - Decimal(21) / 70)


def test_the_pods_of_a_deployment_are_known_by_its_name() -> None:
    series = [Measured((f"llm-7d9f8b6c5-{n}",), Decimal(p), 10, "ml") for n, p in (("abcde", 20), ("fghij", 40))]
    [found] = findings(DEPLOYMENT, *series, dialect="kubernetes")
    assert "used to 30 %" in found.message


@pytest.mark.parametrize(
    "series",
    [
        Measured(("llm-7d9f8b6c5-abcde",), Decimal(20), 10, "other"),
        Measured(("llm-router-7d9f8b6c5-abcde",), Decimal(20), 10, "ml"),
        Measured(("llmapp",), Decimal(20), 10, "ml"),
        Measured(("llm-7d9f8b6c5-abcde",), Decimal(75), 10, "ml"),
    ],
)
def test_another_s_series_and_good_use_are_no_finding(series: Measured) -> None:
    assert findings(DEPLOYMENT, series, dialect="kubernetes") == []


def test_without_figures_nothing_is_said() -> None:
    assert findings(ENDPOINT) == []
