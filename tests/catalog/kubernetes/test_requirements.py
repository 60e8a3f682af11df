"""What pods ask of a node's labels, as the scheduler reads it."""

from __future__ import annotations

import pytest

from finops_lint.catalog.kubernetes.requirements import Requirement


# kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node, "Operators": NotIn and DoesNotExist let in nodes that
# have no such label; Gt and Lt compare integers. Gte and Lte are Karpenter's (karpenter.sh/docs/concepts/nodepools).
@pytest.mark.parametrize(
    ("operator", "values", "meets", "fails"),
    [
        ("In", ("a", "b"), ["a", "b"], ["c", None]),
        ("NotIn", ("a", "b"), ["c", None], ["a", "b"]),
        ("Exists", (), ["a", ""], [None]),
        ("DoesNotExist", (), [None], ["a", ""]),
        ("Gt", ("4",), ["5"], ["4", "3", "many", None]),
        ("Lt", ("4",), ["3"], ["4", "5", None]),
        ("Gte", ("4",), ["4", "5"], ["3", None]),
        ("Lte", ("4",), ["4", "3"], ["5", None]),
        ("Gt", (), [], ["5"]),
    ],
)
def test_a_label_meets_a_requirement_as_its_operator_says(
    operator: str, values: tuple[str, ...], meets: list[str | None], fails: list[str | None]
) -> None:
    wanted = Requirement("key", operator, values)
    assert [label for label in (*meets, *fails) if wanted.allows(label)] == meets
