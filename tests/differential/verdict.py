"""Whether our answer and Terraform's agree.

Equal agrees; so does an error on both sides. Where Terraform does not know and we claim something, the claim is to be
borne out by concrete inputs (`covers`). Ours unknown, or another value, where Terraform has one, is a disagreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from finops_lint.readers.terraform.types import ANY, ListOf, MapOf, Primitive, SetOf, TupleOf, Type
from finops_lint.readers.terraform.values import (
    TerraformSet,
    Unk,
    Value,
    is_number,
    type_of,
    unmark_deep,
)
from tests.differential.oracle import UNKNOWN, Planned

AGREES, CLAIMS_MORE = "", "claims more"


def compare(ours: Value, theirs: Planned) -> str:
    """AGREES, CLAIMS_MORE where concrete inputs must decide, or what is wrong."""
    bare = unmark_deep(ours)[0]
    verdict = _compare(bare, theirs.value, "")
    if verdict == AGREES and theirs.type is not None and not _same_type(type_of(bare), theirs.type, bare):
        return f"the type is {type_of(bare)}, Terraform's {theirs.type}"
    return verdict


def _compare(ours: Value, theirs: Any, path: str) -> str:
    if theirs is UNKNOWN:
        return (
            AGREES
            if isinstance(ours, Unk)
            and ours == Unk(ours.type, reason=ours.reason, waits_for=ours.waits_for, span=ours.span)
            else CLAIMS_MORE
        )
    if isinstance(ours, Unk):
        return f"{path or 'the value'} is unknown, Terraform has {theirs!r}"
    if isinstance(theirs, dict):
        if not isinstance(ours, dict) or ours.keys() != theirs.keys():
            return f"{path or 'the value'} is {ours!r}, Terraform has {theirs!r}"
        return _first([_compare(ours[key], theirs[key], f"{path}.{key}") for key in theirs])
    if isinstance(theirs, list):
        return _compare_items(ours, theirs, path)
    if _plain_equal(ours, theirs):
        return AGREES
    return f"{path or 'the value'} is {ours!r}, Terraform has {theirs!r}"


def _compare_items(ours: Value, theirs: list[Any], path: str) -> str:
    if not isinstance(ours, list | tuple | TerraformSet) or len(ours) != len(theirs):
        return f"{path or 'the value'} is {ours!r}, Terraform has {theirs!r}"
    return _first([_compare(a, b, f"{path}[{at}]") for at, (a, b) in enumerate(zip(ours, theirs, strict=True))])


def _first(verdicts: Sequence[str]) -> str:
    wrong = [verdict for verdict in verdicts if verdict not in (AGREES, CLAIMS_MORE)]
    return wrong[0] if wrong else CLAIMS_MORE if CLAIMS_MORE in verdicts else AGREES


def _plain_equal(ours: Value, theirs: Any) -> bool:
    if is_number(ours) and isinstance(theirs, int | Decimal) and not isinstance(theirs, bool):
        # A number passes through a 64-bit float in the plan where one holds it.
        return bool(ours == theirs) or abs(Decimal(ours) - theirs) <= abs(Decimal(theirs)) * Decimal("1e-15")
    return type(ours) is type(theirs) and bool(ours == theirs)


def _same_type(ours: Type, theirs: Any, value: Value) -> bool:
    """Our null has no type, so it is of any."""
    if ours == ANY or theirs == "dynamic":
        return True
    if isinstance(ours, Primitive):
        return bool(ours.name == theirs)
    kind, inside = theirs[0], theirs[1]
    if isinstance(ours, ListOf | SetOf | MapOf):
        name = {ListOf: "list", SetOf: "set", MapOf: "map"}[type(ours)]
        return bool(kind == name) and _same_type(ours.element, inside, None)
    if isinstance(ours, TupleOf):
        return (
            bool(kind == "tuple")
            and len(inside) == len(ours.items)
            and all(_same_type(a, b, None) for a, b in zip(ours.items, inside, strict=True))
        )
    return (
        bool(kind == "object")
        and inside.keys() == ours.attributes.keys()
        and all(_same_type(of, inside[name], None) for name, of in ours.attributes.items())
    )


def covers(ours: Value, concrete: Any) -> bool:
    """Whether the concrete value is one of those our answer allows for."""
    ours = unmark_deep(ours)[0]
    if isinstance(ours, Unk):
        return _covers_unknown(ours, concrete)
    if isinstance(ours, dict):
        return (
            isinstance(concrete, dict)
            and ours.keys() == concrete.keys()
            and all(covers(ours[key], concrete[key]) for key in ours)
        )
    if isinstance(ours, TerraformSet):
        return isinstance(concrete, list) and len(concrete) <= len(ours)
    if isinstance(ours, list | tuple):
        return isinstance(concrete, list) and len(ours) == len(concrete) and all(map(covers, ours, concrete))
    return _plain_equal(ours, concrete)


def _covers_unknown(ours: Unk, concrete: Any) -> bool:
    if concrete is None:
        return not ours.not_null
    if not _fits(ours.type, concrete):
        return False
    if isinstance(concrete, str):
        return concrete.startswith(ours.prefix)
    entries = (ours.known or {}).items() if isinstance(concrete, dict) else ()
    if not all(key in concrete and covers(entry, concrete[key]) for key, entry in entries):
        return False
    if isinstance(concrete, list | dict):
        return ours.min_length <= len(concrete) and (ours.max_length is None or len(concrete) <= ours.max_length)
    if isinstance(concrete, int | Decimal) and not isinstance(concrete, bool):
        low = ours.minimum is None or ours.minimum <= concrete
        return low and (ours.maximum is None or concrete <= ours.maximum)
    return True


def _fits(type_: Type, concrete: Any) -> bool:
    """Whether a JSON value can be one of the type."""
    if type_ == ANY or concrete is None:
        return True
    if isinstance(type_, Primitive):
        kinds: Any = {"string": str, "bool": bool, "number": (int, Decimal)}[type_.name]
        return isinstance(concrete, kinds) and isinstance(concrete, bool) == (type_.name == "bool")
    if isinstance(type_, ListOf | SetOf):
        return isinstance(concrete, list) and all(_fits(type_.element, item) for item in concrete)
    if isinstance(type_, MapOf):
        return isinstance(concrete, dict) and all(_fits(type_.element, item) for item in concrete.values())
    if isinstance(type_, TupleOf):
        return (
            isinstance(concrete, list) and len(concrete) == len(type_.items) and all(map(_fits, type_.items, concrete))
        )
    return (
        isinstance(concrete, dict)
        and concrete.keys() == type_.attributes.keys()
        and all(_fits(of, concrete[name]) for name, of in type_.attributes.items())
    )
