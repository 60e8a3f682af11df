"""Checks on tags: what every bill line should carry, with the values a project allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any

from finops_lint.catalog.patterns import fits
from finops_lint.catalog.workloads import AI_TYPES
from finops_lint.model.finding import Finding, Remedy, Severity, Undecided
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.settings import RequiredTag
from finops_lint.model.values import Partial, Path, Unknown, Value
from finops_lint.rules.compute import Gpus, gpus, uses_with_templates
from finops_lint.rules.context import Context

Verdicts = Iterator[Finding | Undecided]


@record(frozen=True, slots=True)
class Held:
    """The tags a resource bears, as far as the text tells."""

    path: Path
    """The attribute that holds them."""
    tags: Mapping[str, Value]
    """Key → value, own and inherited."""
    own: Mapping[str, Value]
    """Those the block writes itself."""
    more: Unknown | None
    """Why there may be more; None where these are all."""


@record(frozen=True, slots=True)
class Asked:
    """A tag that is asked of a resource."""

    tag: RequiredTag
    keys: tuple[str, ...]
    """Those that satisfy it there, see `spellings`."""


def required(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """The required tags that `resource` does not bear, all in one finding."""
    held = tags_of(resource, context)
    if held is None:
        return
    borne = held.tags.keys()
    missing = [asked for asked in required_of(resource, context) if borne.isdisjoint(asked.keys)]
    if not missing:
        return
    if held.more is not None:
        keys = ", ".join(asked.keys[0] for asked in missing)
        yield context.undecided(resource, [Unknown(f"{held.more.reason}: it may hold {keys}", held.more.waits_for)])
        return
    yield _missing(resource, context, held, missing)


def values(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """The required tags that `resource` bears with a value that is not allowed, all in one finding."""
    held = tags_of(resource, context)
    if held is None or not held.tags:
        return
    faults, changes, unknown = [], [], []
    for asked in required_of(resource, context):
        tag = asked.tag
        key = next((k for k in asked.keys if k in held.tags), None) if tag.values or tag.pattern else None
        if key is None:
            continue
        value = held.tags[key]
        if isinstance(value, (Unknown, Partial)):
            unknown.append(value if isinstance(value, Unknown) else value.rest)
        elif not is_allowed(tag, value, resource):
            fault, better = _fault(tag, key, value, resource, held)
            faults.append(fault)
            if better and key in held.own:
                changes.append(((*held.path, key), better))
    if faults:
        advice = ", ".join(f"{path[-1]} = {value}" for path, value in changes)
        remedy = Remedy(resource.address, tuple(changes), f"set {advice}", safe=True) if changes else None
        yield context.finding(resource, " ".join(faults), path=held.path, remedy=remedy)
    elif unknown:
        yield context.undecided(resource, unknown, path=held.path)


def _missing(resource: Resource, context: Context, held: Held, missing: Sequence[Asked]) -> Finding:
    names = [asked.keys[0] for asked in missing]
    word = "label" if resource.provider in ("google", "kubernetes") else "tag"
    message = f"Missing {word}{'s' if len(names) > 1 else ''}: {listed(names)}."
    spare = _spare(resource, context, held) if held.tags else {}
    changes: list[tuple[Path, Value]] = []
    copies: list[tuple[Path, Path]] = []
    for name, asked in zip(names, missing, strict=True):
        near = near_miss(name, spare) if spare else None
        if near is None:
            if asked.tag.default and _writable(resource):
                changes.append(((*held.path, name), asked.tag.default))
            continue
        message += f" {near} is there: rename it to {name}."
        value = spare[near]
        if near in held.own and isinstance(value, str) and _writable(resource):
            changes.append(((*held.path, name), value))
            copies.append(((*held.path, name), (*held.path, near)))
    remedy = None
    if changes:
        advice = f"add {listed([str(p[-1]) for p, _ in changes])}"
        remedy = Remedy(resource.address, tuple(changes), advice, safe=True, copies=tuple(copies))
    severity = Severity.INFO if context.costs_nothing(resource) else None
    return context.finding(resource, message, path=held.path, remedy=remedy, severity=severity)


def _spare(resource: Resource, context: Context, held: Held) -> Mapping[str, Value]:
    """The tags that nobody asks for."""
    wanted = {key for asked in required_of(resource, context) for key in asked.keys}
    return {key: value for key, value in held.tags.items() if key not in wanted}


def _writable(resource: Resource) -> bool:
    return resource.type != "aws_autoscaling_group" and not resource.sensitive


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def tags_of(resource: Resource, context: Context) -> Held | None:
    """The tags `resource` bears; None where its type takes none."""
    key = ("tags", resource.address)
    if key not in context.answers or context.answers[key][0] is not resource:  # two objects may have one address
        context.answers[key] = (resource, _tags_of(resource, context))
    found: Held | None = context.answers[key][1]
    return found


def _tags_of(resource: Resource, context: Context) -> Held | None:
    path = _path_of(resource, context)
    if path is None:
        return None
    if resource.type == "aws_autoscaling_group":
        return _tags_of_group(resource)
    own = _own(resource, path)
    whole = resource.tags.effective
    if own is not None and resource.tags.path not in (path, None):
        whole = own
    if not _is_open(whole) and not whole and own is not None:
        whole = own
    known, more = _split(whole)
    return Held(path, known, known if own is whole else _split(own)[0], more)


def _path_of(resource: Resource, context: Context) -> Path | None:
    """The attribute that holds its tags; None where its type takes none, or is not to be judged."""
    key = ("tags of", resource.type)
    if key not in context.lasting:
        context.lasting[key] = any(fnmatchcase(resource.type, glob) for glob in context.settings.untaggable)
    if context.lasting[key]:
        return None
    # Where another language's types take no tags, Terraform's of the same name may.
    if resource.dialect == "cloudformation" or "renamed" in resource.metadata:
        return resource.tags.path
    return context.catalog.taggable.attribute(resource.type) or resource.tags.path


def _own(resource: Resource, path: Path) -> Value:
    own = resource.value(*path)
    return resource.tags.own if own is None and resource.tags.path == path else own


def _split(tags: Value) -> tuple[Mapping[str, Value], Unknown | None]:
    if type(tags) is dict:
        return tags, None
    if isinstance(tags, Unknown):
        return {}, tags
    if isinstance(tags, Partial):
        return (tags.known if isinstance(tags.known, Mapping) else {}), tags.rest
    return (tags if isinstance(tags, Mapping) else {}), None


def _is_open(tags: Value) -> bool:
    return isinstance(tags, (Unknown, Partial))


def _tags_of_group(resource: Resource) -> Held:
    """An Auto Scaling group writes its tags as blocks; the provider's default tags do not reach it."""
    found: dict[str, Value] = {}
    more: Unknown | None = None
    for attribute in ("tag", "tags"):
        blocks = resource.value(attribute)
        if isinstance(blocks, (Unknown, Partial)):
            more = blocks if isinstance(blocks, Unknown) else blocks.rest
            blocks = blocks.known if isinstance(blocks, Partial) else ()
        for block in blocks if isinstance(blocks, (list, tuple)) else ():
            key = block.get("key") if isinstance(block, Mapping) else None
            if isinstance(key, str):
                found[key] = block.get("value")
            elif isinstance(key, Unknown) or isinstance(block, Unknown):
                more = key if isinstance(key, Unknown) else block
    return Held(("tag",), found, found, more)


def required_of(resource: Resource, context: Context) -> Sequence[Asked]:
    """The tags that the settings ask of `resource`."""
    key = ("required", resource.type, resource.provider)
    if key not in context.lasting:
        context.lasting[key] = _required_of_type(resource, context)
    of_all, of_ai, by_path = context.lasting[key]
    found: Sequence[Asked] = of_ai if of_ai is not of_all and _is_ai(resource, context) else of_all
    return [asked for asked in found if _is_asked_in(resource.span.file, asked.tag)] if by_path else found


def _required_of_type(resource: Resource, context: Context) -> tuple[tuple[Asked, ...], tuple[Asked, ...], bool]:
    """The tags asked of all resources of a type, of those that are AI ones, and whether it depends on the file too."""
    tags = [tag for tag in context.settings.required_tags if _may_ask(tag, resource.type)]
    of_ai = tuple(Asked(tag, spellings(tag, resource)) for tag in tags)
    of_all = tuple(asked for asked in of_ai if not asked.tag.types or _is_any(resource.type, asked.tag.types))
    is_same = of_all == of_ai or resource.type in AI_TYPES
    return of_ai if is_same else of_all, of_ai, any(tag.paths for tag in tags)


def _may_ask(tag: RequiredTag, kind: str) -> bool:
    """Whether `tag` is asked of resources of type `kind`, if only of those that are AI ones."""
    if _is_any(kind, tag.not_types):
        return False
    return not tag.types or "ai" in tag.types or _is_any(kind, tag.types)


def _is_any(kind: str, globs: Sequence[str]) -> bool:
    return any(glob != "ai" and fnmatchcase(kind, glob) for glob in globs)


def _is_asked_in(file: str, tag: RequiredTag) -> bool:
    return not tag.paths or any(fnmatchcase(file, glob) for glob in tag.paths)


def _is_ai(resource: Resource, context: Context) -> bool:
    """Whether it runs a model though its type does not tell: its machine has GPUs."""
    key = ("ai", resource.address)
    if key not in context.answers:  # several rules ask
        runs = _has_accelerators(resource, context)
        context.answers[key] = runs and context.workload(resource).kind not in ("notebook", "development")
    found: bool = context.answers[key]
    return found


def _has_accelerators(resource: Resource, context: Context) -> bool:
    if resource.provider == "kubernetes":
        from finops_lint.rules.checks.pods import asks_for_accelerators

        return asks_for_accelerators(resource, context)
    named = uses_with_templates(resource, context.graph)
    return bool(named) and any(isinstance(gpus(use, context.machines), Gpus) for use in named)


def spellings(tag: RequiredTag, resource: Resource) -> tuple[str, ...]:
    """The keys that satisfy `tag` on this resource, the preferred one first.

    Google's labels take lower-case letters, digits, `_` and `-`: `finops:team` is `finops_team` or `finops-team` there.
    Source: cloud.google.com/resource-manager/docs/labels-overview, read 2026-11-20.
    """
    if resource.provider == "kubernetes":
        return _as_label(tag.key)
    if resource.provider != "google":
        return (tag.key,)
    return (tag.google_key,) if tag.google_key else _google_labels(tag.key)


@cache
def _google_labels(key: str) -> tuple[str, ...]:
    lower = key.lower()
    if re.fullmatch(r"[a-z][a-z0-9_-]*", lower):
        return tuple(dict.fromkeys((lower, lower.replace("-", "_"), lower.replace("_", "-"))))
    underscored = re.sub(r"[^a-z0-9_-]", "_", lower)
    forms = (underscored, underscored.replace("-", "_"), underscored.replace("_", "-"))
    return tuple(dict.fromkeys(forms))


@cache
def _as_label(key: str) -> tuple[str, ...]:
    """How a key is written as a Kubernetes label, which takes letters, digits, `-`, `_`, `.` and one prefix with `/`.

    `finops:team` is `finops/team`, `finops.team`, `finops-team` or `finops_team` there. Source:
    kubernetes.io/docs/concepts/overview/working-with-objects/labels, read 2026-11-21.
    """
    if re.fullmatch(r"(?:[a-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", key):
        return tuple(dict.fromkeys((key, key.replace("_", "-"), key.replace("-", "_"))))
    first, _, rest = key.partition(":")
    rest = re.sub(r"[^A-Za-z0-9_.-]", "-", rest)
    return tuple(f"{first}{between}{rest}" for between in ("/", ".", "-", "_"))


def is_allowed(tag: RequiredTag, value: Value, resource: Resource) -> bool:
    """Whether `value` is one of the allowed ones, or matches the pattern; Google's values are compared as it allows."""
    text = _plain(value)
    if tag.values:
        allowed = tag.values
        if resource.provider == "google":
            allowed = tuple(
                dict.fromkeys(form for v in tag.values for form in (v.lower(), v.lower().replace("-", "_")))
            )
        if text not in allowed:
            return False
    return not tag.pattern or fits(text, tag.pattern)


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _fault(tag: RequiredTag, key: str, value: Value, resource: Resource, held: Held) -> tuple[str, str]:
    shown = "its value" if resource.is_sensitive((*held.path, key)) else f"“{_plain(value)[:60]}”"
    if tag.values:
        better = _nearest(_plain(value), tag.values)
        hint = f" Did you mean {better}?" if better else ""
        return f"{key}: {shown} is not one of {', '.join(tag.values)}.{hint}", better
    return f"{key}: {shown} does not match {tag.pattern}.", ""


def _nearest(value: str, allowed: Sequence[str]) -> str:
    ranked = sorted(((_likeness(value, other), other) for other in allowed), reverse=True)
    return ranked[0][1] if ranked and ranked[0][0] >= _LIKE else ""


_LIKE = 0.8
_BRITISH = (("centre", "center"), ("labour", "labor"), ("programme", "program"), ("organisation", "organization"))


def near_miss(key: str, present: Mapping[str, Value]) -> str | None:
    """The key of `present` that somebody may have meant by writing it for `key`."""
    ranked = sorted(((_nearness(key, other), other) for other in present), reverse=True)
    return ranked[0][1] if ranked and ranked[0][0] >= _LIKE else None


@lru_cache(maxsize=4096)
def _nearness(key: str, other: str) -> float:
    whole, last = _flat(key), _flat(re.split(r"[:/.]", key)[-1])
    there = _flat(other)
    if there == whole:
        return 3
    if there == last or _flat(re.split(r"[:/.]", other)[-1]) == last:
        return 2
    return max(_likeness(key, other), _likeness(last, there) if len(last) > 4 else 0)


def _likeness(one: str, two: str) -> float:
    a, b = _flat(one), _flat(two)
    return SequenceMatcher(None, a, b).ratio() if a[:1] == b[:1] else 0


def _flat(key: str) -> str:
    flat = re.sub(r"[^a-z0-9]", "", key.lower())
    for british, american in _BRITISH:
        flat = flat.replace(british, american)
    return flat
