"""Turns the facts about Google Cloud (machines, GPUs, disks, buckets, network) into table rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product

from finops_lint.refresh.tables import Row, plain

Fact = Mapping[str, str]

_DAYS = {"karpenter-gcp": ("karpenter-2026", "2026-08-03"), "gcosts": ("gcosts-2026", "2026-07-30")}
_PURCHASES = {
    "ondemand_usd_per_hour": ("ondemand", "list"),
    "spot_usd_per_hour": ("spot", "spot"),
    "cud_1y_usd_per_hour": ("cud-1y", "list"),
    "cud_3y_usd_per_hour": ("cud-3y", "list"),
    "sustained_use_usd_per_hour": ("sustained", "list"),
}
_DISKS = {
    "hdd": "pd-standard",
    "balanced": "pd-balanced",
    "ssd": "pd-ssd",
    "extreme": "pd-extreme",
    "hyperdisk-extreme": "hyperdisk-extreme",
    "local": "local-ssd",
}
_NETWORK = {
    "network/ip/unused": ("compute/ip-unused-hours", "hours"),
    "network/ip/vm": ("compute/ip-vm-hours", "hours"),
    "network/nat/gateway": ("compute/nat-gateway-hours", "hours"),
    "network/nat/data": ("compute/nat-gb", "GB"),
    "network/vpn/tunnel": ("compute/vpn-tunnel-hours", "hours"),
    "storage/snapshot": ("compute/snapshot-gb", "GB"),
}
_TIERS = {"0-1": 0, "1-10": 1024, "10n": 10240, "0-100000": 0, "100000-250000": 100_000, "250000n": 250_000}
_MULTI_REGIONS = {"asia-multi": "asia", "europe-multi": "eu", "us-multi": "us"}
_CLASSES = {"archiv": "archive", "dra": "durable-reduced-availability"}
_WRONG_ABOVE = 100
"""No accelerator costs as much an hour; the source has 700 where it has no price."""


def vm_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """Machine prices for every way to buy them; sustained use only where it gets a discount."""
    for fact in facts:
        source, day = _DAYS[fact["source"]]
        for column, (purchase, basis) in _PURCHASES.items():
            if fact[column] and not (purchase == "sustained" and fact[column] == fact["ondemand_usd_per_hour"]):
                item = f"{purchase}/{fact['machine_type']}"
                of = (source, day) if purchase in ("ondemand", "spot") else _DAYS["gcosts"]
                yield Row("google", "compute", item, fact["region"], "hours", Decimal(fact[column]), *of, basis)


def gpu_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """GPUs that are attached to a machine, and TPU chips the AI services list lacks."""
    for fact in facts:
        name, unit, region = fact["accelerator"], fact["unit"], fact["region"]
        source = {"anycloud": "anycloud-2026", "k8s-autoscaler": "k8s-autoscaler-2026"}[fact["source"]]
        if "doubtful" in fact["note"]:
            source += "-unsure"
        for column, purchase in (("ondemand_usd_per_hour", "gpu"), ("spot_usd_per_hour", "gpu-spot")):
            if not fact[column] or Decimal(fact[column]) > _WRONG_ABOVE:
                continue
            basis = "spot" if purchase == "gpu-spot" else "observed"
            if unit == "gpu":
                item = ("compute", f"{purchase}/{name}")
            elif name in ("tpu-v2", "tpu-v3", "tpu-v4") or basis == "spot":
                short = {"tpu-v5litepod": "v5e"}.get(name, name.removeprefix("tpu-"))
                item = ("tpu", f"{short}/chip-hours" if purchase == "gpu" else f"{short}/spot-chip-hours")
            else:
                continue
            yield Row("google", *item, region, "hours", Decimal(fact[column]), source, fact["as_of"], basis)


def part_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """Disks, network, licences, buckets, monitoring."""
    for fact in facts:
        named = _part(fact["item"], fact["region_or_key"])
        if named is None:
            continue
        (service, _, item), region, unit, start = named[0].partition("/"), *named[1:]
        source, day = _DAYS["gcosts"]
        yield Row("google", service, item, region, unit, Decimal(fact["usd"]), source, day, start=Decimal(start))


def _part(name: str, key: str) -> tuple[str, str, str, int] | None:
    """Item, region, unit and tier of one component."""
    kind, _, rest = name.partition("/")
    last = rest.rpartition("/")[2]
    if rest in _NETWORK:
        item, unit = _NETWORK[rest]
        return item, key, unit, 0
    if rest.startswith("license/"):
        return f"compute/license/{key}/{last}", "*", "hours", 0
    if rest.startswith("network/traffic/egress/internet"):
        where = re.search(r"/(australia|china)/", rest)
        return f"compute/internet-egress{'-' + where[1] if where else ''}-gb", key, "GB", _TIERS[last]
    if rest.startswith("storage/"):
        disk = last.removesuffix("-replicated")
        regional = "-regional" if last.endswith("-replicated") else ""
        local = disk.startswith("local-")
        name = f"local-ssd-{disk.removeprefix('local-')}" if local else _DISKS.get(disk, "")
        return (f"compute/disk/{name}{regional}-gb", key, "GB", 0) if name else None
    if kind == "monitoring":
        return "monitoring/data-mb", key, "MB", _TIERS[last]
    if kind == "storage":
        storage_class = re.sub(r"-(dual|multi)$", "", last)
        storage_class = _CLASSES.get(storage_class, storage_class)
        retrieval = "-retrieval" if rest.startswith("retrieval/") else ""
        return f"storage/{storage_class}{retrieval}-gb", _MULTI_REGIONS.get(key, key), "GB", 0
    return None


def factors(rows: Iterable[Row]) -> Iterator[str]:
    """What regions cost beside us-central1, as lines of factors.csv: for machines of N1, disks, and at databases.

    All parts of a database cost the same multiple there; the dearest that both have tells it best, for it is rounded
    least.
    """
    prices: dict[str, dict[str, dict[str, Decimal]]] = {}
    for row in rows:
        for name, pattern in _FACTORS.items():
            if row.cloud == "google" and pattern.fullmatch(f"{row.service}/{row.item}"):
                prices.setdefault(name, {}).setdefault(row.region, {})[row.item] = row.price
    for name, regions in prices.items():
        home = regions.pop("us-central1", {})
        for region, parts in regions.items():
            if known := parts.keys() & home.keys():
                dearest = max(known, key=lambda item: (home[item], item))
                yield f"{region},{name},{plain((parts[dearest] / home[dearest]).quantize(_FACTOR_STEP))},{len(known)}"


_FACTORS = {
    "n1": re.compile(r"compute/ondemand/n1-standard-1"),
    "pd-extreme": re.compile(r"compute/disk/pd-extreme-gb"),
    "hyperdisk-extreme": re.compile(r"compute/disk/hyperdisk-extreme-gb"),
    "cloud-sql": re.compile(r"sql/.*"),
    "memorystore": re.compile(r"redis/cluster-node/.*"),
    "alloydb": re.compile(r"alloydb/n2-highmem-2-hours"),
}
"""By what each factor is worked out."""
_FACTOR_STEP = Decimal("0.001")
"""What a factor is rounded to: the prices it is worked out from have four digits."""


def custom_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """A vCPU and a GB of custom machines, worked out from a family's standard and highmem machines, + 5 %."""
    prices = {(f["region"], f["machine_type"]): f for f in facts}
    regions = sorted({region for region, _ in prices})
    for region, family, (column, (purchase, _)) in product(regions, _PAIRS, _PURCHASES.items()):
        small, large = _PAIRS[family]
        lower, upper = (_price(prices, region, name, column) for name, _, _ in (small, large))
        if lower is not None and upper is not None:
            cpu, memory = _solve((*small[1:], lower), (*large[1:], upper))
            yield from _custom(f"vcpu/{purchase}/{family}", region, "vCPU-hours", cpu)
            yield from _custom(f"gb/{purchase}/{family}", region, "GB-hours", memory)


def _custom(name: str, region: str, unit: str, value: Decimal) -> Iterator[Row]:
    """A part's row; none where the two machines give it no price."""
    premium = Decimal("1.05") if name.rpartition("/")[2] in _WITH_PREMIUM else Decimal(1)
    if value > 0:
        price = (value * premium).quantize(Decimal("0.000001"))
        source, day = "gcosts-custom-2026", "2026-07-30"
        yield Row("google", "compute", f"custom-{name}", region, unit, price, source, day, "derived")


_WITH_PREMIUM = ("n1", "n2", "n2d", "n4")
"""Families whose custom machines cost 5 % more than those of a fixed size."""
_PAIRS = {
    "n1": (("n1-standard-4", 4, Decimal(15)), ("n1-highmem-4", 4, Decimal(26))),
    "n2": (("n2-standard-4", 4, Decimal(16)), ("n2-highmem-4", 4, Decimal(32))),
    "n2d": (("n2d-standard-4", 4, Decimal(16)), ("n2d-highmem-4", 4, Decimal(32))),
    "e2": (("e2-standard-4", 4, Decimal(16)), ("e2-highmem-4", 4, Decimal(32))),
    "n4": (("n4-standard-4", 4, Decimal(16)), ("n4-highmem-4", 4, Decimal(32))),
}
"""Family → its (machine, vCPU, GB) pair of the same vCPU and different memory."""


def _price(prices: Mapping[tuple[str, str], Fact], region: str, name: str, column: str) -> Decimal | None:
    fact = prices.get((region, name))
    return Decimal(fact[column]) if fact and fact[column] else None


def _solve(small: tuple[int, Decimal, Decimal], large: tuple[int, Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    """Price of a vCPU and of a GB from two machines of (vCPU, GB, price) with as many vCPU."""
    memory = (large[2] - small[2]) / (large[1] - small[1])
    return (small[2] - memory * small[1]) / small[0], memory
