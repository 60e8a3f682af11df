"""finops-lint.yaml, or [tool.finops-lint] of pyproject.toml, to Settings; every fault with file, line and column.

The nearest file wins, looking upwards from what is checked to the repository's top. Paths in it start at its folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops_lint.catalog.schema_faults import Steps, first_fault
from finops_lint.model.finding import Confidence, Severity
from finops_lint.model.guardrail import Action, Approval, GuardrailRule, Scope, UnitCostRule, Volume
from finops_lint.model.measured import Measured
from finops_lint.model.money import Range, decimal_of
from finops_lint.model.records import replace
from finops_lint.model.settings import (
    PRICE_SETS,
    KubernetesSettings,
    RequiredTag,
    RuleScope,
    Settings,
    WorkloadOverride,
)
from finops_lint.settings_document import Document, SettingsError, read_document, shown
from finops_lint.settings_file import find_settings
from finops_lint.terms import Terms, TermsError, read_terms

if TYPE_CHECKING:
    from finops_lint.rules.loader import RuleFile

SCHEMA = Path(__file__).parent / "schemas" / "settings.json"
_DEEPEST = 5
"""How many files may extend one another."""
_ADDED = frozenset({"ignore", "exclude", "rules", "sheets", "untaggable", "scopes"})
_KEYS = {"exchange": "currency", "measured": "utilisation"}
"""Field → key of the file, where they differ."""


def load_settings(start: str, explicit: str | None = None) -> Settings:
    """The settings for what lies at `start`; `explicit` names a file that must be there.

    Raises:
        SettingsError: the file cannot be read, or breaks the schema.
    """
    file = Path(explicit) if explicit else find_settings(Path(start))
    if file is None:
        return Settings()
    return replace(_loaded(file, ()), file=shown(file))


def _loaded(file: Path, below: tuple[Path, ...]) -> Settings:
    """The settings in `file` on top of those it extends; `below` are the files that extend it."""
    document = read_document(file)
    _validate(document)
    settings = _settings(document, shown(file.parent))
    if "extend" not in document.data:
        return settings
    base = Path(os.path.normpath(file.parent / document.data["extend"]))
    if base in (*below, file) or len(below) >= _DEEPEST:
        raise SettingsError("extend: the files extend each other", document.span(("extend",)))
    if not _is_inside_repository(base, file):
        message = "extend: the file lies outside this repository: copy it in, or add it as a submodule"
        raise SettingsError(message, document.span(("extend",)))
    if not _is_file(base):
        raise SettingsError(f"extend: there is no {shown(base)}", document.span(("extend",)))
    return _joined(_loaded(base, (*below, file)), settings, document.data)


def _is_inside_repository(base: Path, file: Path) -> bool:
    """Whether `base` lies in the repository of `file`, or in its folder where there is none."""
    folder = Path(os.path.realpath(file)).parent
    top = next((here for here in (folder, *folder.parents) if _is_there(here / ".git")), folder)
    return Path(os.path.realpath(base)).is_relative_to(top)


def _joined(base: Settings, own: Settings, said: Mapping[str, Any]) -> Settings:
    """`own` on top of `base`: lists of rules and paths are joined, maps filled up, the rest is as `own` says."""
    changes: dict[str, Any] = {}
    for part in fields(Settings):
        name = part.name
        below, above = getattr(base, name), getattr(own, name)
        if name in _ADDED:
            changes[name] = (*below, *above)
        elif isinstance(below, Mapping):
            changes[name] = {**below, **above}
        elif _KEYS.get(name, name) not in said:
            changes[name] = below
    return replace(own, **changes)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False  # a folder that may not be opened: discovery tells


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _validate(document: Document) -> None:
    fault = first_fault(json.loads(SCHEMA.read_text("utf-8")), document.data, key="setting")
    if fault is not None:
        raise SettingsError(fault.message, document.span(fault.steps))


def _settings(document: Document, folder: str) -> Settings:
    data = document.data
    default = Settings()
    tags = tuple(_tag(document, n, entry, folder) for n, entry in enumerate(data.get("required_tags", ())))
    prices = data.get("prices", default.prices)
    _look_for(document, folder)
    terms = _terms(document, folder)
    return Settings(
        select=tuple(data.get("select", ())),
        ignore=tuple(data.get("ignore", ())),
        severity={rule: Severity(level) for rule, level in data.get("severity", {}).items()},
        params=data.get("params", {}),
        min_confidence=Confidence(data.get("min_confidence", default.min_confidence)),
        required_tags=tags if "required_tags" in data else default.required_tags,
        untaggable=tuple(data.get("untaggable", ())),
        workloads=tuple(_workload(entry, folder) for entry in data.get("workloads", ())),
        rules=_below(folder, data.get("rules", ())),
        sheets=_below(folder, data.get("sheets", ())),
        regions=data.get("regions", {}),
        kubernetes=_kubernetes(data.get("kubernetes", {})),
        exclude=_below(folder, data.get("exclude", ())),
        fail_on=Severity(data.get("fail_on", default.fail_on)),
        usage_file="".join(_below(folder, [data["usage_file"]])) if data.get("usage_file") else "",
        var_files=_below(folder, data.get("var_files", ())),
        workspace=data.get("workspace", ""),
        prices=prices if prices in PRICE_SETS else _below(folder, [prices])[0],
        max_price_age_days=data.get("max_price_age_days", default.max_price_age_days),
        usage=data.get("usage", default.usage),
        discounts=terms.discounts,
        commitments=terms.commitments,
        price_overrides=terms.price_overrides,
        schedules=terms.schedules,
        exchange=terms.exchange,
        unit_costs=tuple(_unit_cost(document, n, entry) for n, entry in enumerate(data.get("unit_costs", ()))),
        guardrails=tuple(_guardrail(document, n, entry) for n, entry in enumerate(data.get("guardrails", ()))),
        approvals=_approvals(document),
        history=_history(document, folder),
        scopes=tuple(_rule_scope(entry, folder) for entry in data.get("scopes", ())),
        baseline="".join(_below(folder, [data["baseline"]])) if data.get("baseline") else "",
        measured=_measured(document, folder),
    )


def _measured(document: Document, folder: str) -> tuple[Measured, ...]:
    """What the export says that `utilisation` names."""
    if "utilisation" not in document.data:
        return ()
    from finops_lint.catalog.measurements import read_measured

    [place] = _below(folder, [document.data["utilisation"]])
    if not os.path.lexists(place):
        raise SettingsError(f"utilisation: there is no {place}", document.span(("utilisation",)))
    return read_measured(Path(place))


def _rule_scope(entry: Mapping[str, Any], folder: str) -> RuleScope:
    return RuleScope(
        paths=_below(folder, entry.get("paths", ())),
        tags=entry.get("tags", {}),
        severity={rule: Severity(level) for rule, level in entry.get("severity", {}).items()},
        params=entry.get("params", {}),
        **{name: tuple(entry.get(name, ())) for name in ("addresses", "types", "environments", "ignore")},
    )


def _terms(document: Document, folder: str) -> Terms:
    try:
        return read_terms(document.data, document.span, lambda paths: _below(folder, paths))
    except TermsError as error:
        raise SettingsError(str(error), document.span(error.steps)) from None


def _kubernetes(data: Mapping[str, Any]) -> KubernetesSettings:
    shared, split = data.get("pods_per_gpu"), data.get("split")
    return KubernetesSettings(
        cloud=data.get("cloud", ""),
        region=data.get("region", ""),
        machine=data.get("machine", ""),
        pods_per_gpu=decimal_of(shared) if shared is not None else None,
        split=(decimal_of(split["vcpu"]), decimal_of(split["gb"])) if split else None,
        kinds=data.get("kinds", {}),
    )


def _look_for(document: Document, folder: str) -> None:
    """Refuse files and folders that are not there: what a wrong name leaves out, nobody would miss."""
    lists = ("rules", "sheets")
    named: list[tuple[Steps, str]] = [((n, i), path) for n in lists for i, path in enumerate(document.data.get(n, ()))]
    if (prices := document.data.get("prices", "")) not in PRICE_SETS:
        named.append((("prices",), prices))
    for steps, path in named:
        [place] = _below(folder, [path])
        if not os.path.lexists(place):
            raise SettingsError(f"{steps[0]}: there is no {place}", document.span(steps))
    _look_for_rules(document, _below(folder, document.data.get("rules", ())))


def _look_for_rules(document: Document, own: Sequence[str]) -> None:
    """Refuse names of rules that there are not: a check nobody runs finds nothing."""
    data = document.data
    named: list[tuple[Steps, str]] = [
        *(((key, n), name) for key in ("select", "ignore") for n, name in enumerate(data.get(key, ()))),
        *(((key, name), name) for key in ("severity", "params") for name in data.get(key, {})),
    ]
    for number, scope in enumerate(data.get("scopes", ())):
        named += [(("scopes", number, "ignore", n), name) for n, name in enumerate(scope.get("ignore", ()))]
        named += [
            (("scopes", number, key, name), name) for key in ("severity", "params") for name in scope.get(key, {})
        ]
    if not named:
        return
    from finops_lint.catalog.data import data_root
    from finops_lint.rules.loader import index_rules, unknown_rule

    files = index_rules(data_root(), [Path(path) for path in own])
    for steps, name in named:
        if complaint := unknown_rule(name, files):
            raise SettingsError(f"{steps[0]}: {complaint}", document.span(steps))
    _look_for_params(document, files)


def _look_for_params(document: Document, files: Iterable[RuleFile]) -> None:
    """Refuse parameters that a rule has not, wherever the settings give them: they would change nothing."""
    from finops_lint.rules.loader import unknown_param

    scopes = enumerate(document.data.get("scopes", ()))
    named: list[tuple[Steps, Mapping[str, Any]]] = [
        (("params",), document.data.get("params", {})),
        *((("scopes", number, "params"), scope.get("params", {})) for number, scope in scopes),
    ]
    by_id = {file.id: file for file in files}
    for steps, given in named:
        for rule, params in given.items():
            if (file := by_id.get(rule)) and (fault := unknown_param(file, params)):
                raise SettingsError(f"params: {fault[0]}: {fault[1]}", document.span((*steps, rule, fault[0])))


def _tag(document: Document, number: int, entry: str | Mapping[str, Any], folder: str) -> RequiredTag:
    if isinstance(entry, str):
        return RequiredTag(entry)
    pattern = entry.get("pattern", "")
    if pattern:
        from finops_lint.catalog.patterns import PatternError, fits

        try:
            fits("", pattern)
        except PatternError as error:
            span = document.span(("required_tags", number, "pattern"))
            raise SettingsError(f"required_tags: {entry['key']}: not a regular expression: {error}", span) from None
    return RequiredTag(
        key=entry["key"],
        pattern=pattern,
        google_key=entry.get("google_key", ""),
        default=entry.get("default", ""),
        paths=_below(folder, entry.get("paths", ())),
        **{name: tuple(entry.get(name, ())) for name in ("values", "types", "not_types")},
    )


def _workload(entry: Mapping[str, Any], folder: str) -> WorkloadOverride:
    paths = _below(folder, entry.get("paths", ()))
    return WorkloadOverride(entry["kind"], tuple(entry.get("addresses", ())), paths, entry.get("tags", {}))


def _unit_cost(document: Document, number: int, entry: Mapping[str, Any]) -> UnitCostRule:
    here: Steps = ("unit_costs", number)
    limit = entry.get("guardrail", {})
    return UnitCostRule(
        name=_name(document, here, entry),
        volume=_volume(document, (*here, "volume"), entry["volume"]),
        per=_figure(document, (*here, "per"), entry.get("per", 1)),
        scope=_scope(entry),
        above=_figure(document, (*here, "guardrail", "above"), limit["above"]) if limit else None,
        action=Action(limit.get("action", Action.FAIL)),
        message=limit.get("message", ""),
    )


def _volume(document: Document, steps: Steps, entry: Any) -> Volume:
    if isinstance(entry, dict):
        return Volume(usage=entry["usage"], of=tuple(entry.get("of", ())))
    low, expected, high = (
        _figure(document, steps, x) for x in (entry if isinstance(entry, list) else (entry, entry, entry))
    )
    if not low <= expected <= high:
        raise SettingsError("volume: low, expected and high in this order", document.span(steps))
    return Volume(Range(low, expected, high))


def _guardrail(document: Document, number: int, entry: Mapping[str, Any]) -> GuardrailRule:
    here: Steps = ("guardrails", number)
    limits = ("total", "increase", "increase_percent")
    if not re.fullmatch(r"(project|resource|type|tag:.+)?", entry.get("each", "")):
        raise SettingsError("each: one of project, resource, type, tag:KEY", document.span((*here, "each")))
    return GuardrailRule(
        name=_name(document, here, entry),
        scope=_scope(entry),
        each=entry.get("each", ""),
        action=Action(entry.get("action", Action.FAIL)),
        message=entry.get("message", ""),
        **{key: _figure(document, (*here, key), entry[key]) for key in limits if key in entry},
    )


def _scope(entry: Mapping[str, Any]) -> Scope:
    lists = {name: tuple(entry.get(name, ())) for name in ("resources", "types", "projects")}
    return Scope(**lists, tags=entry.get("tags", {}))


def _name(document: Document, steps: Steps, entry: Mapping[str, Any]) -> str:
    """The entry's name, which no other unit cost or guardrail has: approvals and reports go by it."""
    every = [(kind, n) for kind in ("unit_costs", "guardrails") for n in range(len(document.data.get(kind, ())))]
    same = [place for place in every if document.data[place[0]][place[1]]["name"] == entry["name"]]
    if same[0] != steps:
        raise SettingsError(f"{entry['name']} is the name of another one", document.span((*steps, "name")))
    return str(entry["name"])


def _figure(document: Document, steps: Steps, figure: float) -> Decimal:
    found = decimal_of(figure)
    if not found.is_finite():
        raise SettingsError(f"{steps[-1]}: not a figure", document.span(steps))
    return found


def _approvals(document: Document) -> tuple[Approval, ...]:
    data = document.data
    names = [entry["name"] for kind in ("unit_costs", "guardrails") for entry in data.get(kind, ())]
    found = []
    for number, entry in enumerate(data.get("approvals", ())):
        here: Steps = ("approvals", number)
        glob = entry.get("guardrail", "*")
        if glob != "*" and not any(fnmatchcase(name, glob) for name in names):
            message = f"approvals: there is no guardrail {glob}; there are: {', '.join(names) or 'none'}"
            raise SettingsError(message, document.span((*here, "guardrail")))
        until = _day(document, (*here, "until"), entry["until"]) if "until" in entry else None
        found.append(Approval(glob, entry.get("label", ""), entry.get("reason", ""), until))
    return tuple(found)


def _day(document: Document, steps: Steps, value: object) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise SettingsError("until: a day, as 2027-03-31", document.span(steps)) from None


def _history(document: Document, folder: str) -> str:
    """The history file, which is written to and so stays below the settings file."""
    name = document.data.get("history", "")
    if not name:
        return ""
    inside = Path(folder).resolve()
    if Path(name).is_absolute() or not (inside / name).resolve().is_relative_to(inside):
        message = "history: a file in the settings file's folder or below: nothing else is written to"
        raise SettingsError(message, document.span(("history",)))
    return "".join(_below(folder, [name]))


def _below(folder: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Paths or globs of the settings file as seen from the working folder."""
    return tuple(p if folder == "." or p.startswith(("/", "*")) else f"{folder}/{p.removeprefix('./')}" for p in paths)
