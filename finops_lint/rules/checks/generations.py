"""Checks on machine families: an older generation, or a processor, where another does the same for less."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from finops_lint.model.finding import Finding, Remedy, Undecided
from finops_lint.model.money import Money
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.rules.compute import EACH, entries, uses
from finops_lint.rules.context import Context
from finops_lint.rules.stakes import saving_of, stake

_MANAGED: Mapping[str, tuple[tuple[str | int, ...], ...]] = {
    "aws_db_instance": (("instance_class",),),
    "aws_rds_cluster_instance": (("instance_class",),),
    "aws_docdb_cluster_instance": (("instance_class",),),
    "aws_neptune_cluster_instance": (("instance_class",),),
    "aws_elasticache_cluster": (("node_type",),),
    "aws_elasticache_replication_group": (("node_type",),),
    "aws_opensearch_domain": (("cluster_config", EACH, "instance_type"),),
    "aws_elasticsearch_domain": (("cluster_config", EACH, "instance_type"),),
    "aws_mq_broker": (("host_instance_type",),),
    "aws_msk_cluster": (("broker_node_group_info", EACH, "instance_type"),),
}
"""Type of a managed service → where it names its machine."""

_AWS = regex(
    r"(?P<before>(?:db|cache|mq|kafka)\.)?(?P<family>[a-z]+\d[a-z-]*)\.(?P<size>[a-z0-9]+)(?P<after>\.[a-z]+)?"
)
_AZURE = regex(r"Standard_(?P<letters>[A-Z]+)(?P<cpus>\d+(?:-\d+)?)(?P<extras>[a-z]*)_v(?P<version>\d+)")

SUCCESSORS: Mapping[str, tuple[str, ...]] = {
    "t1": ("t3",), "t2": ("t3",),
    "m1": ("m6i", "m5"), "m2": ("r6i", "r5"), "m3": ("m6i", "m5"), "m4": ("m6i", "m5"),
    "c1": ("c6i", "c5"), "c3": ("c6i", "c5"), "c4": ("c6i", "c5"),
    "r3": ("r6i", "r5"), "r4": ("r6i", "r5"), "i2": ("i3",), "d2": ("d3",),
}  # fmt: skip
"""AWS's older generations → families of the same shape and architecture that followed, the newest first.

Source: Instance types, Amazon EC2 user guide, read 2026-11-21. Google's are left out: with its sustained-use discount
N1 costs no more than what followed.
"""

ARM: Mapping[str, tuple[str, ...]] = {
    "t3": ("t4g",), "t3a": ("t4g",),
    "m5": ("m6g",), "m5a": ("m6g",), "m6i": ("m7g", "m6g"), "m6a": ("m7g", "m6g"), "m7i": ("m7g",), "m7a": ("m7g",),
    "c5": ("c6g",), "c5a": ("c6g",), "c6i": ("c7g", "c6g"), "c6a": ("c7g", "c6g"), "c7i": ("c7g",), "c7a": ("c7g",),
    "r5": ("r6g",), "r5a": ("r6g",), "r6i": ("r7g", "r6g"), "r6a": ("r7g", "r6g"), "r7i": ("r7g",), "r7a": ("r7g",),
}  # fmt: skip
"""x86 families → Graviton families of the same shape, the newest first."""

_NEEDS: Mapping[str, tuple[int, ...]] = {"c5": (5, 1), "m5": (5, 1), "r5": (5, 1), "i3": (5, 1), "t3": (5, 6)}
"""Family → the first Elasticsearch it runs; every OpenSearch runs on it. A domain that names no version gets 1.5.

Source: Supported instance types, Amazon OpenSearch Service; aws_elasticsearch_domain, Terraform registry (2026-11-21).
"""

_NO_ARM_ENGINE = regex(r"oracle|sqlserver|db2", re.IGNORECASE)
_ARM_FROM: Mapping[str, tuple[int, ...]] = {
    "mysql": (8, 0, 17), "mariadb": (10, 4, 13), "postgres": (12, 3), "aurora-postgresql": (11, 9),
    "redis": (5, 0, 6), "memcached": (1, 5, 16), "elasticsearch": (7, 9),
}  # fmt: skip
"""Engine → the first version that runs on the M6g, R6g and T4g families; of others all that are still supported do.

Source: Supported DB engines for DB instance classes, Amazon RDS; Supported node types, Amazon ElastiCache; Supported
instance types, Amazon OpenSearch Service; read 2026-11-21.
"""


def previous_generation(
    resource: Resource, context: Context, _params: Mapping[str, Any]
) -> Iterator[Finding | Undecided]:
    """A machine of a previous generation, where a later one of the same size costs less; silent where none does.

    Parameter: `percent`, of what is at stake, below which a saving is not worth a change.
    """
    licence = _may_be_licensed(resource)
    for path, name in _machines(resource):
        if isinstance(name, Unknown):
            yield context.undecided(resource, [name], path=path)
            continue
        if licence is not None and successors(name):
            yield context.undecided(resource, [licence], path=path)
            continue
        later = [new for new in successors(name) if _runs(resource, new)]
        better = _cheaper(resource, path, name, later, context)
        if better is not None:
            new, remedy, saving = better
            but = " It has no temporary disk." if _loses_disk(name) else ""
            message = f"{name} is of an older generation: {new} has as much and costs less.{but}"
            yield context.finding(resource, message, path=path, remedy=remedy, saving=saving)


def arm_costs_less(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A managed service on x86 where the same size on Graviton costs less: the service brings the software itself.

    Parameter: `percent`, as for `previous_generation`. Silent where the version that is written down is too old.
    """
    engine = resource.value("engine")
    if isinstance(engine, Unknown):
        yield context.undecided(resource, [engine], path=("engine",))
        return
    if (isinstance(engine, str) and _NO_ARM_ENGINE.match(engine)) or _is_too_old(resource, engine):
        return
    for path, name in _machines(resource):
        if isinstance(name, Unknown):
            yield context.undecided(resource, [name], path=path)
            continue
        better = _cheaper(resource, path, name, _aws_names(name, ARM), context)
        if better is not None:
            new, remedy, saving = better
            message = f"{new}, on Graviton, has the size of {name} and costs less."
            yield context.finding(resource, message, path=path, remedy=remedy, saving=saving)


def _is_too_old(resource: Resource, engine: Value) -> bool:
    """Whether the version that is written down does not run on Graviton yet; `8.0` may be any of 8.0."""
    version = resource.value("elasticsearch_version")
    version = resource.value("engine_version") if version is None else version
    if not isinstance(version, str):
        return False
    if resource.type in ("aws_elasticsearch_domain", "aws_opensearch_domain"):
        engine = "opensearch" if version.lower().startswith("opensearch") else "elasticsearch"
    first = _ARM_FROM.get(str(engine).lower(), ())
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[: len(first)])
    return numbers < first[: len(numbers)]


def _machines(resource: Resource) -> Iterator[tuple[Path, str | Unknown]]:
    """Where `resource` names machines, and what it says there."""
    for pattern in _MANAGED.get(resource.type, ()):
        for path, value in entries(resource.values, pattern):
            if isinstance(value, (str, Unknown)):
                yield path, value
    for use in uses(resource):
        yield use.path, use.name


def successors(name: str) -> Sequence[str]:
    """The names of later machines of the size of `name`, the best first; none for one that is not old."""
    azure = _AZURE.fullmatch(name)
    if azure:
        return _azure_successors(azure)
    return _aws_names(name, SUCCESSORS)


def _azure_successors(name: re.Match[str]) -> Sequence[str]:
    """D and E sizes of versions 3 and 4 → later ones with the same letters; the numbers of version 2 are not vCPU.

    Source: Previous generations of virtual machine sizes, Microsoft Learn, read 2026-11-21.
    """
    if name["letters"] not in ("D", "E") or int(name["version"]) not in (3, 4):
        return ()
    return [f"Standard_{name['letters'][0]}{name['cpus']}{name['extras']}_v{version}" for version in (6, 5)]


_PAID_SYSTEM = regex(r"(?i)windows|rhel|red.?hat|suse|sles")


def _may_be_licensed(resource: Resource) -> Unknown | None:
    """Why the saving is not known of an EC2 machine whose image is looked up by a name that speaks of a paid system.

    A licence is priced by machine or vCPU: a t3.micro with Windows costs more than a t2.micro.
    """
    for name in ("ami", "image_id"):
        image = resource.value(name)
        if isinstance(image, Unknown) and _PAID_SYSTEM.search(" ".join((image.reason, *image.waits_for))):
            return Unknown("the image's name speaks of a system whose licence is priced by machine", image.waits_for)
    return None


def _loses_disk(name: str) -> bool:
    """Whether a machine brings a temporary disk, or an instance store, that its successors lack.

    Of Azure's with the same letters, version 3 and AMD's version 4 always have one, all others where a `d` says so.
    Source: Dv5 and Dsv5-series, Dav4 and Dasv4-series, Microsoft Learn; Amazon EC2 instance store; read 2026-11-21.
    """
    azure = _AZURE.fullmatch(name)
    if azure is None:
        return name.partition(".")[0] in ("m1", "m2", "m3", "c1", "c3", "r3")
    return "d" not in azure["extras"] and (azure["version"] == "3" or "a" in azure["extras"])


def _runs(resource: Resource, name: str) -> bool:
    """Whether the search service runs the version that is written down, or its default, on the machine `name`."""
    if resource.type != "aws_elasticsearch_domain":
        return True
    version = resource.value("elasticsearch_version")
    if isinstance(version, Unknown):
        return True
    if isinstance(version, str) and version.lower().startswith("opensearch"):
        return True
    numbers = tuple(int(part) for part in re.findall(r"\d+", str(version or "1.5"))[:2])
    return numbers >= _NEEDS.get(name.partition(".")[0], ())


def _aws_names(name: str, families: Mapping[str, tuple[str, ...]]) -> Sequence[str]:
    parts = _AWS.fullmatch(name)
    if parts is None:
        return ()
    ends = (parts["before"] or "", parts["size"], parts["after"] or "")
    return [f"{ends[0]}{family}.{ends[1]}{ends[2]}" for family in families.get(parts["family"], ())]


def _cheaper(
    resource: Resource, path: Path, name: str, others: Sequence[str], context: Context
) -> tuple[str, Remedy, Money] | None:
    """The first of `others` that makes the resource cost less, by `percent` at least; the remedy, and what it saves."""
    if not others:
        return None
    cost = stake([resource], context.graph, context.pricing).money
    least = cost.expected * Decimal(str(context.params["percent"])) / 100 if cost else 0
    for other in others:
        remedy = Remedy(resource.address, ((path, other),), f"use {other} instead of {name}")
        saved = saving_of(remedy, context.graph, context.pricing)
        if saved is not None and saved.expected >= least:
            return other, remedy, saved
    return None


def preferences(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    """A machine the team has decided against, or not for.

    Parameters: `avoid` and `prefer`, globs of machine names (`t1.*`, `db.r4.*`, `Standard_*_v2`); with none of them
    every machine passes. A managed service's prefix (`db.`, `cache.`, `ml.`) may be left out.
    """
    if not params["avoid"] and not params["prefer"]:
        return
    for path, name in _machines(resource):
        if isinstance(name, Unknown):
            yield context.undecided(resource, [name], path=path)
        elif _is_any(name, params["avoid"]):
            yield context.finding(resource, f"{name} is among the machines this team avoids.", path=path)
        elif params["prefer"] and not _is_any(name, params["prefer"]):
            wanted = ", ".join(str(glob) for glob in params["prefer"])
            yield context.finding(resource, f"{name} is none of the machines this team prefers ({wanted}).", path=path)


def _is_any(name: str, globs: Sequence[str]) -> bool:
    bare = re.sub(r"^(?:db|cache|ml|mq|kafka)\.", "", name)
    return any(fnmatchcase(name, glob) or fnmatchcase(bare, glob) for glob in globs)
