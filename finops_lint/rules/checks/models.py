"""Checks on models and the GPUs they are served on: too much memory, too little, GPUs that no rank uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finops_lint.catalog.model_memory import GIB, USABLE, Memory, cache_of_sequence, memory, weights
from finops_lint.catalog.regions import REFERENCE
from finops_lint.model.estimate import UnitPrice
from finops_lint.model.finding import Finding, Remedy, Severity, Undecided
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.rules.context import Context
from finops_lint.rules.demands import gives_gpus_once, gpus_asked
from finops_lint.rules.offers import Need, Offer, best_of, dollars, in_words, price_now
from finops_lint.rules.scripts import scripts
from finops_lint.rules.served import Case, cases

Verdicts = Iterator[Finding | Undecided]
_BF16_SINCE = 2020
"""The first GPUs that compute in bfloat16, which most models are published in: Ampere (NVIDIA's A100, A10G, L4 …)."""
_TIMES = Decimal(4)
_CLOUDS = {"aws": "Amazon", "google": "Google", "azure": "Azure"}


def below(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """GPUs that hold several times what their model needs."""
    for case in cases(resource, context):
        found = oversize(case, context, Decimal(str(params["times"])))
        if found is None:
            continue
        need, offer = found
        paid = _paid(case, context)
        instead = f" instead of {dollars(paid)}" if paid else ""
        words = (
            f"{_given(case)}; {_needs(case, need)}. {offer.name} with {in_words(offer.gpus)} costs "
            f"{dollars(offer.price)} an hour{instead}{_elsewhere(case, context, need)}. "
            "If more sequences run at once, say how many (--max-num-seqs)."
        )
        yield context.finding(
            resource, words, path=case.path, remedy=_remedy(resource, case, offer), inferred_from=case.because
        )


def oversize(case: Case, context: Context, times: Decimal = _TIMES) -> tuple[Memory, Offer] | None:
    """What the model needs and the cheapest machine that holds it, where GPUs and price are well above; else None."""
    need = _need(case)
    if need is None or case.gpus.memory_gib * case.gpus.count < need.total_gib * times:
        return None
    offer = _cheaper(case, context, need)
    return (need, offer) if offer else None


def above(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """Models whose weights, or one sequence beside them, are larger than the memory of all GPUs."""
    for case in cases(resource, context):
        serving, model = case.serving, case.model
        if serving.open - {"sequences"} or serving.pipeline > 1 or not case.is_published or not model.is_exact:
            continue
        if not case.gpus.memory_gib or serving.engine not in ("vllm", "tgi", "sglang", "lmi", "kserve"):
            continue
        have = case.gpus.memory_gib * case.gpus.count * GIB * (serving.share or 1)
        heavy = weights(model, serving.bits)
        kept = cache_of_sequence(model, serving.tokens, serving.cache_bits) if model.is_listed else Decimal(0)
        margin = Decimal(1) if model.is_listed else Decimal("1.1")  # a size in a name is rounded
        if heavy + kept <= have * margin:
            continue
        what = f"one sequence of {serving.tokens:,} tokens ({_gb(kept)} GB) beside the weights ({_gb(heavy)} GB)"
        if heavy > have * margin:
            what = f"the weights alone ({_gb(heavy)} GB)"
        words = f"{_given(case)}, less than {what} of {_named(case)}: the server does not start.{_holds(case, context)}"
        yield context.finding(resource, words, path=case.path, inferred_from=case.because)


def mismatch(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """A server that is spread over another number of GPUs than it has."""
    for case in cases(resource, context):
        serving = case.serving
        if serving.open & {"tensor", "pipeline", "data", "more"} or serving.engine not in ("vllm", "sglang"):
            continue
        ranks = max(serving.tensor, 1) * serving.pipeline * serving.data
        if ranks > case.gpus.count and serving.pipeline == serving.data == 1:
            words = f"The server is spread over {ranks} GPUs and is given {case.gpus.count}: it does not start."
            yield context.finding(resource, words, path=case.path, severity=Severity.ERROR, inferred_from=case.because)
        elif ranks < case.gpus.count and _is_alone(resource, context, case) and oversize(case, context) is None:
            idle = case.gpus.count - ranks
            lost = _worth_of_idle(case, context, idle)
            said = "" if serving.tensor else ", which is what it takes where --tensor-parallel-size is not set"
            given = f"{case.called} brings" if case.use else "Each pod asks for"
            stay = "stays" if idle == 1 else "stay"
            words = f"{given} {case.gpus.count} GPUs and its server uses {ranks}{said}: {idle} {stay} idle{lost}."
            yield context.finding(resource, words, path=case.path, inferred_from=case.because)


def _is_alone(resource: Resource, context: Context, case: Case) -> bool:
    """Whether the GPUs are the server's: of a machine, where its script gives nothing else any, nor says how many."""
    if case.use is None:
        return case.node is not None
    if case.use.service.startswith("sagemaker") or gpus_asked(resource, context)[0]:
        return False
    return all(gives_gpus_once(script) for _, script in scripts(resource))


def _worth_of_idle(case: Case, context: Context, idle: int) -> str:
    """What the idle GPUs of one machine cost, in brackets; empty where that is not known."""
    if case.node is None or not case.gpus.memory_gib:
        return ""
    money = context.clusters.month_of_gpus(case.node, Decimal(idle))
    return f" (${money:,.0f} a month each machine)" if money is not None else ""


def unshared(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """Pods that each have a whole GPU, though several of their models fit on one."""
    least = int(params["fit"])
    for case in cases(resource, context):
        fit = _fit(case)
        if fit < least or case.node is None or oversize(case, context) is not None:
            continue
        pods = sum(c.pods for c in _small(context, case.node.name, least))
        if pods < 2:
            continue
        need = _need(case)
        money = context.clusters.month_of_gpus(case.node, Decimal(1))
        worth = f"; a GPU of {case.node.name} costs ${money:,.0f} a month" if money is not None else ""
        yield context.finding(
            resource,
            f"Each pod has {in_words(case.gpus)} to itself, and {_named(case)} needs about "
            f"{_gb(need.total) if need else '?'} GB: {fit} fit on one, and {pods:f} such pods are in the project"
            f"{worth}. Let them share by {_sharing(case)}, and tell each its part (--gpu-memory-utilization).",
            path=case.path,
            inferred_from=case.because,
        )


_MIG = ("A100", "A30", "H100", "H200", "GH200", "B200", "GB200", "B300", "GB300")
"""GPUs that MIG can cut (docs.nvidia.com/datacenter/tesla/mig-user-guide, read 2026-11-21)."""


def _sharing(case: Case) -> str:
    return "MIG or time-slicing" if case.gpus.model in _MIG else "time-slicing"


def _fit(case: Case) -> int:
    """How many such servers one GPU holds; 0 where each takes more than one GPU or the need is not known."""
    need = _need(case) if case.gpus.count == 1 and case.node is not None else None
    return int(case.gpus.memory_gib * USABLE / need.total_gib) if need else 0


def _small(context: Context, machine: str, least: int) -> list[Case]:
    """The servers of the whole project, on such a machine, of which one GPU holds at least so many."""
    if "small" not in context.answers:
        kinds = [r for r in context.graph.resources if "/" in r.type and r.type in context.clusters.kinds]
        context.answers["small"] = [case for r in kinds for case in cases(r, context)]
    return [c for c in context.answers["small"] if c.node and c.node.name == machine and _fit(c) >= least]


def full_precision(resource: Resource, context: Context, params: Mapping[str, Any]) -> Verdicts:
    """Weights in more bits than serving needs, where fewer would fit a machine of about half the price."""
    for case in cases(resource, context):
        serving, model = case.serving, case.model
        bits = serving.bits or model.bits
        if serving.open or bits < 16 or model.params < Decimal(str(params["from_billions"])) * 10**9:
            continue
        fewer = Decimal(16 if bits > 16 else 8)
        whole, need, paid = _need(case), _need(case, fewer), _paid(case, context)
        if whole is None or need is None or paid is None or oversize(case, context) is not None:
            continue
        if case.gpus.memory_gib * case.gpus.count * USABLE < whole.total_gib:
            continue  # not even this fits: another rule says it
        offer, same = _cheaper(case, context, need), _best(case, context, whole)
        if offer is None or same is None:
            continue
        if offer.price.amount > min(paid.amount, same.price.amount) * Decimal(str(params["price_share"])):
            continue  # fewer bits are not what makes the difference
        words = (
            f"{_named(case)} is served in {bits.normalize():f} bits. In {fewer} bits it needs about "
            f"{_gb(need.total)} GB: {offer.name} with {in_words(offer.gpus)} holds it for {dollars(offer.price)} an "
            f"hour instead of {dollars(paid)}. Compare the answers, and the speed, first."
        )
        yield context.finding(resource, words, path=case.path, inferred_from=case.because)


# What the words are made of


def _need(case: Case, bits: Decimal | None = None) -> Memory | None:
    """What serving takes, with the context the server was told or else the model's own; None where that is open."""
    serving, model = case.serving, case.model
    if serving.open or not case.gpus.memory_gib:
        return None
    tokens = serving.tokens or model.max_context
    if not tokens and model.layers:
        return None
    return memory(
        model,
        tokens=tokens,
        sequences=max(serving.sequences, 1) * serving.data,
        bits=bits or serving.bits,
        cache_bits=serving.cache_bits,
    )


def _paid(case: Case, context: Context) -> UnitPrice | None:
    """What an hour of the GPUs costs: the machine, or a pod's share of it."""
    if case.use is not None:
        return price_now(context, case.use)
    if case.node is None or not case.node.gpus:
        return None
    hour = context.clusters.hour_of(case.node)
    if not isinstance(hour, UnitPrice):
        return None
    return replace(hour, amount=hour.amount * case.gpus.count / case.node.gpus)


def _cheaper(case: Case, context: Context, need: Memory) -> Offer | None:
    """The cheapest machine of the same cloud, service and region that holds it and costs less."""
    paid = _paid(case, context)
    return _best(case, context, need, below=paid) if paid else None


def _best(case: Case, context: Context, need: Memory, below: UnitPrice | None = None) -> Offer | None:
    if case.use is not None:
        name = str(case.use.name)
        prefix = "ml." if name.startswith("ml.") else ""
        return best_of(context, case.use.service, case.use.holder.region, _what(case, need), below=below, prefix=prefix)
    if case.node is None:
        return None
    return best_of(context, case.node.cloud, case.node.region, _what(case, need), below=below)


def _what(case: Case, need: Memory) -> Need:
    total = need.total_gib / USABLE
    return Need(
        each_gib=min(total, Decimal(15)),
        total_gib=total,
        vcpu=case.vcpu,
        memory_gib=max(need.weights / GIB, case.memory_gib),
        since=_BF16_SINCE,
    )


def _elsewhere(case: Case, context: Context, need: Memory) -> str:
    """The cheapest machine of each other cloud, where prices are known: for information."""
    here = case.use.provider if case.use else case.node.cloud if case.node else ""
    found = []
    for cloud, region in REFERENCE.items():
        offer = best_of(context, cloud, region, _what(case, need)) if cloud != here else None
        if offer:
            found.append(f"{_CLOUDS[cloud]} has {offer.name} for {dollars(offer.price)} in {region}")
    return f" ({', '.join(found)})" if found else ""


def _holds(case: Case, context: Context) -> str:
    """What would hold it, as a sentence."""
    need = _need(case)
    offer = _best(case, context, need) if need else None
    if offer is None:
        return ""
    return f" {offer.name} with {in_words(offer.gpus)} holds it for {dollars(offer.price)} an hour."


def _given(case: Case) -> str:
    if case.use is not None or case.node is None:
        return f"{case.called} brings {in_words(case.gpus)}"
    return f"Each pod has {in_words(case.gpus)}, of {case.node.name}"


def _named(case: Case) -> str:
    return f"{case.serving.model} ({case.because})"


def _needs(case: Case, need: Memory) -> str:
    serving, model = case.serving, case.model
    bits = (serving.bits or model.bits).normalize()
    parts = [f"{_gb(need.weights)} weights"]
    if need.cache:
        number = max(serving.sequences, 1) * serving.data
        told = "" if serving.tokens else ", its own limit,"
        tokens = serving.tokens or model.max_context
        parts.append(f"{_gb(need.cache)} for {number} sequence{'' if number == 1 else 's'} of {tokens:,} tokens{told}")
    parts.append(f"{_gb(need.room)} beside")
    return f"{_named(case)} in {bits:f} bits needs about {_gb(need.total)} GB: {', '.join(parts)}".replace(",,", ",")


def _gb(size: Decimal) -> str:
    """Bytes as GB of 10⁹, as makers of GPUs count."""
    gb = size / 10**9
    return f"{gb:,.0f}" if gb >= 100 else f"{gb:.1f}"


def _remedy(resource: Resource, case: Case, offer: Offer) -> Remedy | None:
    if case.use is None or isinstance(case.use.name, Unknown):
        return None
    if case.use.accelerator and resource.value(str(case.use.accelerator[0])) is not None:
        return None  # GPUs attached by a block of their own would stay
    return Remedy(resource.address, ((case.use.path, offer.name),), f"use {offer.name}")
