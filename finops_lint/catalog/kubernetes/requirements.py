"""What a pod's selector and affinity, or a Karpenter pool's requirements, ask of a node's labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.model.records import record
from finops_lint.model.values import Unknown, Value, first_unknown


@record(frozen=True, slots=True)
class Requirement:
    """One condition on a label."""

    key: str
    operator: str
    """`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`."""
    values: tuple[str, ...] = ()
    unknown: Unknown | None = None
    """Why the values are not known."""

    def allows(self, value: str | None) -> bool:
        """Whether a label with `value` (None: no such label) meets it."""
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt" | "Gte" | "Lte":
                return self._compares(value)
            case _:
                return True

    def _compares(self, value: str | None) -> bool:
        here, there = quantity(value), quantity(self.values[0] if self.values else None)
        if here is None or there is None:
            return False
        if self.operator.endswith("te"):
            return here >= there if self.operator == "Gte" else here <= there
        return here > there if self.operator == "Gt" else here < there


@record(frozen=True, slots=True)
class Wishes:
    """What a node must be: one of several sets of requirements that hold together."""

    terms: tuple[tuple[Requirement, ...], ...] = ((),)
    tolerations: tuple[Mapping[str, Any], ...] = ()

    def of(self, *keys: str) -> tuple[str, ...]:
        """The values any term allows for one of `keys`, in order; empty where none is named."""
        found: dict[str, None] = {}
        for term in self.terms:
            for requirement in term:
                if requirement.key in keys and requirement.operator == "In":
                    found.update(dict.fromkeys(requirement.values))
        return tuple(found)

    @property
    def unknown(self) -> Unknown | None:
        """What is not known of it."""
        return next((r.unknown for term in self.terms for r in term if r.unknown is not None), None)

    def mentions(self, *prefixes: str) -> bool:
        """Whether a label that begins so is asked for."""
        return any(r.key.startswith(prefixes) for term in self.terms for r in term)


def wishes_of(spec: Mapping[str, Any]) -> Wishes:
    """What a pod's `nodeSelector` and required node affinity ask for."""
    base = tuple(_of_selector(spec.get("nodeSelector")))
    required = at(
        spec, ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    )
    terms = [(*base, *requirements(at(term, ("matchExpressions",)))) for term in as_list(required)]
    tolerations = tuple(t for t in as_list(spec.get("tolerations")) if isinstance(t, Mapping))
    return Wishes(tuple(terms) or (base,), tolerations)


def _of_selector(selector: Value) -> Iterator[Requirement]:
    for key, value in as_map(selector).items():
        if isinstance(value, Unknown):
            yield Requirement(str(key), "In", (), value)
        else:
            yield Requirement(str(key), "In", (text(value),))


def requirements(entries: Value) -> tuple[Requirement, ...]:
    """`matchExpressions`, or a NodePool's `requirements`."""
    found = []
    for entry in as_list(entries):
        says = as_map(entry)
        key, operator, values = says.get("key"), says.get("operator"), says.get("values")
        if not isinstance(key, str) or not isinstance(operator, str):
            continue
        listed = [values] if isinstance(values, (str, int, float)) else as_list(values)
        unknown = first_unknown((values, *listed))
        found.append(Requirement(key, operator, tuple(text(v) for v in listed if not isinstance(v, Unknown)), unknown))
    return tuple(found)


def tolerates(tolerations: Iterable[Mapping[str, Any]], taint: Mapping[str, Any]) -> bool:
    """Whether one of `tolerations` lets a pod onto a node with `taint` (`key`, `value`, `effect`)."""
    if text(taint.get("effect")).replace("_", "").lower() not in ("noschedule", "noexecute"):
        return True
    return any(_tolerates(t, taint) for t in tolerations)


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    effect = text(toleration.get("effect"))
    if effect and effect.lower() != text(taint.get("effect")).replace("_", "").lower():
        return False
    if isinstance(toleration.get("key"), Unknown):
        return True
    key = text(toleration.get("key"))
    if toleration.get("operator", "Equal") == "Exists":
        return not key or key == text(taint.get("key"))
    return key == text(taint.get("key")) and text(toleration.get("value")) == text(taint.get("value"))


def number(label: str | None) -> Decimal | None:
    """A label's value as a figure."""
    return quantity(label) if label else None
