"""Which machines followed an older one: families by Amazon's user guide, D and E sizes by Azure's generations."""

from __future__ import annotations

import pytest

from finops_lint.rules.checks.generations import successors


@pytest.mark.parametrize(
    ("machine", "later"),
    [
        ("t2.micro", ["t3.micro"]),
        ("m4.large", ["m6i.large", "m5.large"]),
        ("m2.xlarge", ["r6i.xlarge", "r5.xlarge"]),  # machines with much memory
        ("db.m4.large", ["db.m6i.large", "db.m5.large"]),
        ("r3.large.search", ["r6i.large.search", "r5.large.search"]),
        ("m5.large", []),
        ("p3.2xlarge", []),
        ("Standard_D4s_v3", ["Standard_D4s_v6", "Standard_D4s_v5"]),
        ("Standard_E8-4ds_v4", ["Standard_E8-4ds_v6", "Standard_E8-4ds_v5"]),
        ("Standard_D4_v2", []),  # its number is no count of vCPU
        ("Standard_D4s_v5", []),
        ("Standard_F4s_v2", []),
        ("e2-standard-4", []),
    ],
)
def test_a_machine_is_followed_by_those_of_its_size(machine: str, later: list[str]) -> None:
    assert list(successors(machine)) == later
