"""Pods and a pool → whether its taints and labels let them in, and whether they ask for this very pool."""

from __future__ import annotations

from finops_lint.catalog.kubernetes.devices import GPU_LABELS, MEMORY_LABELS
from finops_lint.catalog.kubernetes.node_labels import (
    CAPACITY_LABELS,
    MACHINE_LABELS,
    PROVISIONED_LABELS,
    is_given_to_many,
)
from finops_lint.catalog.kubernetes.pods import Ask
from finops_lint.catalog.kubernetes.pools import Pool
from finops_lint.catalog.kubernetes.requirements import Requirement, Wishes, tolerates


def admits(pool: Pool, wishes: Wishes, ask: Ask) -> bool:
    """Whether the pool's taints and labels let pods with these wishes in."""
    for taint in pool.taints:
        admitted = taint.get("admitted")
        if admitted and ((ask.is_accelerated and admitted == "accelerated") or is_meant(pool, wishes)):
            continue
        if not tolerates(wishes.tolerations, taint):
            return False
    return any(all(_pool_allows(pool, r) for r in term) for term in wishes.terms)


def is_meant(pool: Pool, wishes: Wishes) -> bool:
    """Whether the pods ask for a label that only this pool's own give, not for one that clouds give to many."""
    asked = (r for term in wishes.terms for r in term if r.operator == "In" and not is_given_to_many(r.key))
    return any(pool.labels.get(r.key) in r.values for r in asked)


def _pool_allows(pool: Pool, wanted: Requirement) -> bool:
    if wanted.unknown is not None or wanted.key.startswith(PROVISIONED_LABELS):
        return True
    if wanted.key in pool.labels:
        return wanted.allows(pool.labels[wanted.key])
    if wanted.key in CAPACITY_LABELS:
        offered = {k for k, v in CAPACITY_LABELS[wanted.key].items() if v in pool.purchases}
        known = [v for v in wanted.values if v in CAPACITY_LABELS[wanted.key]]
        return not known or bool(offered.intersection(known)) == (wanted.operator == "In")
    own = [r for r in pool.requirements if r.key == wanted.key and r.operator == "In"]
    if own:
        return any(wanted.allows(v) for r in own for v in r.values)
    if wanted.key in (*GPU_LABELS, *MACHINE_LABELS, *MEMORY_LABELS) or wanted.key.startswith(
        ("karpenter.k8s.aws/", "karpenter.azure.com/", "nvidia.com/")
    ):
        return True  # a matter of the machine, not of the pool
    if pool.is_provisioned and any(r.key == wanted.key for r in pool.requirements):
        return True
    return wanted.allows(None)
