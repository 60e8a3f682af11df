"""Turns the facts about instance prices (EC2, RDS, ElastiCache, OpenSearch, SageMaker, VMs) into table rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from finops_lint.refresh.tables import Row, plain

Fact = Mapping[str, str]
"""A line of a facts file by column name."""

_SOURCES = {"karpenter-aws": "karpenter-2026", "fmbench": "fmbench-2025", "tokencost": "tokencost-2025"}
_LEANER_DAY = "2025-04-24"
_WINDOWS_VCPU = Decimal("0.046")
"""The Windows licence of a vCPU and hour, as the AWS manifest has it."""
_SPOT_DAY = "2025-06-28"
_TERMS = {
    f"ri_{years}_{upfront}_upfront": f"{years}r-{upfront}-upfront"
    for years in ("1y", "3y")
    for upfront in ("no", "partial", "all")
}


def ec2_rows(facts: Iterable[Fact], china: Iterable[Fact]) -> Iterator[Row]:
    """On-demand Linux prices, dollars everywhere but in China."""
    for fact in facts:
        source = _SOURCES.get(fact["source"], fact["source"])
        yield Row(
            "aws",
            "ec2",
            f"linux/{fact['instance_type']}",
            fact["region"],
            "hours",
            Decimal(fact["usd_per_hour"]),
            source,
            fact["as_of"],
        )
    for fact in china:
        yield Row(
            "aws",
            "ec2",
            f"linux/{fact['instance_type']}",
            fact["region"],
            "hours",
            Decimal(fact["cny_per_hour"]),
            "karpenter-2024",
            fact["as_of"],
            currency="CNY",
        )


def spot_rows(savings: Iterable[Fact], on_demand: Iterable[Row], specs: Iterable[Fact]) -> Iterator[Row]:
    """Spot prices: the on-demand price less the advisor's saving, where both are known."""
    prices = {(row.region, row.item.removeprefix("linux/")): row for row in on_demand if row.item.startswith("linux/")}
    cores = {spec["instance_type"]: Decimal(spec["vcpu"]) for spec in specs}
    for fact in savings:
        kind = fact["instance_type"]
        row = prices.get((fact["region"], kind))
        licence = _licence(fact["os"], kind, cores.get(kind))
        if row is None or licence is None:
            continue
        price = (row.price + licence) * (100 - Decimal(fact["savings_pct"])) / 100
        yield Row(
            "aws",
            "ec2",
            f"spot/{fact['os'].lower()}/{kind}",
            row.region,
            "hours",
            price.quantize(Decimal("0.000001")).normalize(),
            "spot-advisor-2025",
            _SPOT_DAY,
            "derived",
            currency=row.currency,
        )


def _licence(system: str, kind: str, vcpu: Decimal | None) -> Decimal | None:
    """What the system costs an hour beside Linux; burstable types have no price by the vCPU."""
    if system == "Linux":
        return Decimal(0)
    return None if vcpu is None or kind.startswith("t") else _WINDOWS_VCPU * vcpu


def rds_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """RDS and Aurora instances; of two rows for one price the newer."""
    found: dict[tuple[str, str], Row] = {}
    for fact in facts:
        engine = _engine(fact)
        deployment = {"Single-AZ": "single-az", "Multi-AZ": "multi-az"}.get(fact["deployment"], "multi-az-cluster")
        item = f"{engine}/{deployment}/{fact['instance_type']}"
        row = Row(
            "aws", "rds", item, fact["region"], "hours", Decimal(fact["usd_per_hour"]), fact["source"], fact["as_of"]
        )
        known = found.get((item, row.region))
        if known is None or known.as_of < row.as_of:
            found[item, row.region] = row
    yield from found.values()


def _engine(fact: Fact) -> str:
    """The engine as Terraform names it; a licence of one's own is `-byol`."""
    engine = fact["engine"]
    if engine == "Oracle":
        edition = {"Enterprise": "ee", "Standard Two": "se2"}[fact["edition"]]
        return f"oracle-{edition}" + ("-byol" if "Bring" in fact["license"] else "")
    if engine == "SQL Server":
        edition = {"Standard": "se", "Enterprise": "ee", "Web": "web", "Express": "ex"}[fact["edition"]]
        return f"sqlserver-{edition}" + ("-dev" if fact["license"] == "NA" else "")
    return {"PostgreSQL": "postgres", "Aurora PostgreSQL": "aurora-postgresql"}.get(
        engine, engine.lower().replace(" ", "-")
    )


def cache_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """ElastiCache nodes, on demand and reserved."""
    for fact in facts:
        engine = fact["engine"].lower()
        yield from _node_rows("elasticache", f"{engine}/", f"reserved/{engine}/", fact["instance_type"], fact)


def search_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """OpenSearch nodes, on demand and reserved."""
    for fact in facts:
        yield from _node_rows("opensearch", "instance/", "reserved/", fact["instance_type"], fact)


def _node_rows(service: str, prefix: str, reserved: str, kind: str, fact: Fact) -> Iterator[Row]:
    if fact["ondemand_usd_per_hour"]:
        yield Row(
            "aws",
            service,
            f"{prefix}{kind}",
            fact["region"],
            "hours",
            Decimal(fact["ondemand_usd_per_hour"]),
            "leaner-2025",
            _LEANER_DAY,
        )
    for column, term in _TERMS.items():
        if fact[column]:
            source = "leaner-2025" if "no_upfront" in column else "leaner-reserved-2025"
            yield Row(
                "aws",
                service,
                f"{reserved}{term}/{kind}",
                fact["region"],
                "hours",
                Decimal(fact[column]),
                source,
                _LEANER_DAY,
            )


def token_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """Bedrock models: a price per token, and per model unit and hour where throughput is provisioned.

    Of two days the newer price stays.
    """
    newest: dict[tuple[str, str], Row] = {}
    for fact in facts:
        for row in (*_provisioned(fact), *_tokens(fact)):
            known = newest.setdefault((row.item, row.region), row)
            if known.as_of < row.as_of:
                newest[row.item, row.region] = row
    yield from newest.values()


def _provisioned(fact: Fact) -> Iterator[Row]:
    if fact["usd_per_hour"]:
        named = re.search(r"1-month|6-month", fact["mode"])
        item = f"provisioned/{fact['model_id']}/{named[0] if named else 'no-commit'}"
        yield _bedrock_row(fact, item, "model-unit-hours", Decimal(fact["usd_per_hour"]))


def _tokens(fact: Fact) -> Iterator[Row]:
    for kind in ("input", "output", "cache_read", "cache_write"):
        price = fact[f"{kind}_usd_per_mtok"]
        if price:
            item = f"on-demand/{fact['model_id']}/{kind.replace('_', '-')}-tokens"
            yield _bedrock_row(fact, item, "tokens", Decimal(plain(Decimal(price) / 1_000_000)))


def _bedrock_row(fact: Fact, item: str, unit: str, price: Decimal) -> Row:
    source = _SOURCES.get(fact["source"], fact["source"])
    return Row("aws", "bedrock", item, fact["region"] or "*", unit, price, source, fact["as_of"], "observed")
