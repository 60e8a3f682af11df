"""Every way to ask for spot capacity has the spot price of its machine; hours worked out by hand.

The prices themselves are the tables' own: AWS's are the on-demand price less the advisor's saving (≈), Azure's and
Google's are published.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.model.estimate import CostComponent
from finops_lint.pipeline import analyze
from finops_lint.request import Request

PROVIDERS = 'provider "aws" {\n  region = "us-east-1"\n}\nprovider "google" {\n  region = "us-central1"\n}\n'
SPOT_TEMPLATE = """
resource "aws_launch_template" "t" {
  instance_type = "m5.large"
  instance_market_options {
    market_type = "spot"
  }
}
"""
PLAIN_TEMPLATE = 'resource "aws_launch_template" "t" {\n  instance_type = "m5.large"\n}\n'
AWS, AZURE, GOOGLE = "ec2/spot/linux/m5.large", "vm/spot/Standard_D2s_v3", "compute/spot/n2-standard-4"
CASES = {
    "an instance": (
        'resource "aws_instance" "x" {\n  ami = "a"\n  instance_type = "m5.large"\n'
        '  instance_market_options {\n    market_type = "spot"\n  }\n}',
        {AWS: 730},
    ),
    "an instance from a launch template": (
        SPOT_TEMPLATE + 'resource "aws_instance" "x" {\n  launch_template {\n    id = aws_launch_template.t.id\n  }\n}',
        {AWS: 730},
    ),
    "a spot request": (
        'resource "aws_spot_instance_request" "x" {\n  ami = "a"\n  instance_type = "m5.large"\n}',
        {AWS: 730},
    ),
    "a group from a launch template": (
        SPOT_TEMPLATE + 'resource "aws_autoscaling_group" "x" {\n  min_size = 2\n  max_size = 2\n'
        "  launch_template {\n    id = aws_launch_template.t.id\n  }\n}",
        {AWS: 1460},
    ),
    "a group from a launch configuration": (
        'resource "aws_launch_configuration" "c" {\n  image_id = "a"\n  instance_type = "m5.large"\n'
        '  spot_price = "0.05"\n}\nresource "aws_autoscaling_group" "x" {\n  min_size = 2\n  max_size = 2\n'
        "  launch_configuration = aws_launch_configuration.c.name\n}",
        {AWS: 1460},
    ),
    # 8 machines: 2 on demand as the base, of the 6 above it half: 5 on demand, 3 spot.
    "a group of mixed instances": (
        PLAIN_TEMPLATE + 'resource "aws_autoscaling_group" "x" {\n  min_size = 8\n  max_size = 8\n'
        "  mixed_instances_policy {\n    instances_distribution {\n      on_demand_base_capacity = 2\n"
        "      on_demand_percentage_above_base_capacity = 50\n    }\n    launch_template {\n"
        "      launch_template_specification {\n        launch_template_id = aws_launch_template.t.id\n"
        "      }\n    }\n  }\n}",
        {"ec2/linux/m5.large": 3650, AWS: 2190},
    ),
    "a node group": (
        'resource "aws_eks_node_group" "x" {\n  instance_types = ["m5.large"]\n  capacity_type = "SPOT"\n'
        "  scaling_config {\n    desired_size = 2\n    min_size = 2\n    max_size = 2\n  }\n}",
        {AWS: 1460},
    ),
    "a node group from a launch template": (
        PLAIN_TEMPLATE + 'resource "aws_eks_node_group" "x" {\n  capacity_type = "SPOT"\n  launch_template {\n'
        "    id = aws_launch_template.t.id\n    version = 1\n  }\n"
        "  scaling_config {\n    desired_size = 2\n    min_size = 2\n    max_size = 2\n  }\n}",
        {AWS: 1460},
    ),
    "an Azure machine": (
        'resource "azurerm_linux_virtual_machine" "x" {\n  location = "eastus"\n  size = "Standard_D2s_v3"\n'
        '  priority = "Spot"\n}',
        {AZURE: 730},
    ),
    "an Azure scale set": (
        'resource "azurerm_linux_virtual_machine_scale_set" "x" {\n  location = "eastus"\n'
        '  sku = "Standard_D2s_v3"\n  instances = 3\n  priority = "Spot"\n}',
        {AZURE: 2190},
    ),
    "an older Azure scale set": (
        'resource "azurerm_virtual_machine_scale_set" "x" {\n  location = "eastus"\n  priority = "Low"\n'
        '  sku {\n    name = "Standard_D2s_v3"\n    capacity = 2\n  }\n}',
        {AZURE: 1460},
    ),
    "an AKS node pool": (
        'resource "azurerm_kubernetes_cluster" "c" {\n  location = "eastus"\n}\n'
        'resource "azurerm_kubernetes_cluster_node_pool" "x" {\n'
        "  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n"
        '  vm_size = "Standard_D2s_v3"\n  node_count = 2\n  priority = "Spot"\n}',
        {AZURE: 1460},
    ),
    "a Google machine": (
        'resource "google_compute_instance" "x" {\n  zone = "us-central1-a"\n  machine_type = "n2-standard-4"\n'
        '  scheduling {\n    provisioning_model = "SPOT"\n  }\n}',
        {GOOGLE: 730},
    ),
    "a preemptible Google machine": (
        'resource "google_compute_instance" "x" {\n  zone = "us-central1-a"\n  machine_type = "n2-standard-4"\n'
        "  scheduling {\n    preemptible = true\n  }\n}",
        {GOOGLE: 730},
    ),
    "a group from a template": (
        'resource "google_compute_instance_template" "t" {\n  machine_type = "n2-standard-4"\n  scheduling {\n'
        "    preemptible = true\n  }\n}\n"
        'resource "google_compute_instance_group_manager" "x" {\n  zone = "us-central1-a"\n  target_size = 2\n'
        "  version {\n    instance_template = google_compute_instance_template.t.id\n  }\n}",
        {GOOGLE: 1460},
    ),
    "a GKE node pool": (
        'resource "google_container_node_pool" "x" {\n  cluster = "c"\n  location = "us-central1-a"\n'
        '  node_count = 2\n  node_config {\n    machine_type = "n2-standard-4"\n    spot = true\n  }\n}',
        {GOOGLE: 1460},
    ),
    "the nodes of a GKE cluster": (
        'resource "google_container_cluster" "x" {\n  name = "c"\n  location = "us-central1-a"\n'
        '  initial_node_count = 2\n  node_config {\n    machine_type = "n2-standard-4"\n    preemptible = true\n  }\n}',
        {GOOGLE: 1460},
    ),
}


@pytest.mark.parametrize(("code", "hours"), CASES.values(), ids=CASES)
def test_spot_capacity_has_its_spot_price(
    code: str, hours: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(PROVIDERS + code, "utf-8")
    [project] = analyze(Request((".",), check=False)).projects
    [found] = [r for r in project.resources if r.address.endswith(".x")]
    assert priced_machines(found.estimate.components) == {item: Decimal(figure) for item, figure in hours.items()}
    for component in found.estimate.components:
        if component.price and "/spot/" in component.price.item:
            assert component.price.basis == ("derived" if component.price.item == AWS else "spot")
            assert bool(component.price.approximate) == (component.price.item == AWS)


def priced_machines(components: tuple[CostComponent, ...]) -> dict[str, Decimal]:
    machines = ("ec2/", "vm/", "compute/spot", "compute/ondemand", "compute/sustained")
    return {
        c.price.item: c.quantity.expected
        for c in components
        if c.price and c.quantity and c.price.item.startswith(machines)
    }
