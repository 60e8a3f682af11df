"""Pools of machines as they are declared, by the schemas of those who declare them."""

from __future__ import annotations

import pytest

from finops_lint.catalog.kubernetes.pools import pools_of
from finops_lint.model.resource import Graph
from finops_lint.readers.kubernetes.manifests import read_rendered

CONFIG = """apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: a, region: us-east-1}
managedNodeGroups: [{name: g, %s}]
"""


@pytest.mark.parametrize(
    ("says", "machines", "is_known"),
    [
        ("desiredCapacity: 1", ("m5.large",), True),  # what eksctl takes by itself
        ("instanceType: g5.xlarge", ("g5.xlarge",), True),
        ("instanceTypes: [g5.xlarge, g4dn.xlarge]", ("g5.xlarge", "g4dn.xlarge"), True),
        ('instanceType: "${NODE_TYPE}"', (), False),  # filled in before it is applied
    ],
)
def test_a_group_of_eksctl_has_the_machines_it_names(says: str, machines: tuple[str, ...], is_known: bool) -> None:
    graph = Graph(read_rendered((CONFIG % says).encode(), file="c.yaml", name="c").resources)
    [pool] = pools_of(graph)
    assert pool.machines == machines
    assert (pool.unknown is None) == is_known
