"""Turns rule files into `Rule`s: finds those whose types occur, checks a user's own by the schema, compiles them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops_lint.catalog import cel
from finops_lint.catalog.given import read_given
from finops_lint.catalog.kept import NOTHING_KEPT, Kept
from finops_lint.catalog.schema_faults import Steps, first_fault, place_in
from finops_lint.catalog.taggable import attribute_path
from finops_lint.catalog.yaml_text import load_yaml, safe_loader
from finops_lint.model.finding import Confidence, Severity
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.settings import Settings
from finops_lint.model.span import Span
from finops_lint.rules.rule import (
    AllOf,
    AnyOf,
    Check,
    Condition,
    Example,
    Not,
    RemedyPlan,
    Rule,
    RuleError,
    Source,
    Text,
)

if TYPE_CHECKING:
    import yaml

SCHEMA = Path(__file__).parent.parent / "catalog" / "schemas" / "rule.json"
VARIABLES = frozenset(
    {
        "r",
        "resource",
        "params",
        "project",
        "machine",
        "monthly",
        "pods",
        "workload",
        "environment",
        "related",
        "item",
        "i",
    }
)
"""What every expression may name; `item` and `i` are bound where the rule has `each`."""

_TYPES = regex(r"^types:[ \t]*(?:\[([^\]]*)\]|\n((?:[ \t]*-[^\n]*\n)+))", re.MULTILINE)
_TYPE = regex(r"[\w*./-]*[\w*]")
_EXAMPLES = regex(r"^examples:[^\n]*\n(?:(?:[ \t#-][^\n]*)?\n)*", re.MULTILINE)
_ROOM = "finops_lint.rules.checks."


@record(frozen=True, slots=True)
class RuleFile:
    """A rule file as the index knows it: where it is and for which types, nothing else."""

    id: str
    path: Path
    types: tuple[str, ...]
    own: bool = False
    """Whether it is the user's and not shipped."""


def index_rules(root: Path, extra: Iterable[Path] = (), *, kept: Kept = NOTHING_KEPT) -> list[RuleFile]:
    """Every rule file below `root`/rules and in `extra`, in order of id; reads only their heads.

    A user's file replaces a shipped one of the same id. An index beside shipped rules (`rules/index.json`), or what was
    kept of them, spares the reading.
    """
    found = {file.id: file for file in _shipped(root / "rules", kept)}
    for place in extra:
        for path in sorted(place.rglob("*.yaml")) if place.is_dir() else [place]:
            found[path.stem] = _indexed(path, own=True)
    return [found[name] for name in sorted(found)]


def _shipped(folder: Path, kept: Kept) -> Iterator[RuleFile]:
    index = folder / "index.json"
    files = json.loads(index.read_text("utf-8")) if index.is_file() else kept.of_files(folder, rule_index)
    for name, types in files.items():
        yield RuleFile(Path(name).stem, folder / name, tuple(types))


def rule_index(folder: Path) -> dict[str, list[str]]:
    """Rule file → its types; as `index.json` beside rules that will not change any more (the wheel's)."""
    files = sorted(folder.glob("*/*.yaml"))
    return {path.relative_to(folder).as_posix(): list(_indexed(path).types) for path in files}


def _indexed(path: Path, *, own: bool = False) -> RuleFile:
    head = _TYPES.search(_text(path))
    if head is None:
        raise RuleError("a rule needs `types:`, a list of resource types", Span(path.as_posix(), 1))
    listed = (line.split("#")[0] for line in (head[1] or head[2]).splitlines())
    return RuleFile(path.stem, path, tuple(t for line in listed for t in _TYPE.findall(line)), own)


def _text(path: Path) -> str:
    return read_given(path, RuleError)


def unknown_rule(name: str, files: Iterable[RuleFile]) -> str:
    """What to say of `name`, an id or a glob in the settings, that no rule has; empty where one has."""
    from difflib import get_close_matches

    ids = [file.id for file in files]
    if any(fnmatchcase(rule_id, name) for rule_id in ids):
        return ""
    near = get_close_matches(name, ids, 1)
    return f"no rule is called {name}" + (f"; did you mean {near[0]}?" if near else " (finops-lint rules list)")


def is_selected(rule_id: str, settings: Settings, *, default: bool = True) -> bool:
    """Whether the settings let `rule_id` run; naming it in `select` turns on a rule that is off by default."""
    if any(fnmatchcase(rule_id, glob) for glob in settings.ignore):
        return False
    if settings.select:
        return any(fnmatchcase(rule_id, glob) for glob in settings.select)
    return default


def load_rule(
    file: RuleFile, settings: Settings | None = None, *, examples: bool = False, kept: Kept = NOTHING_KEPT
) -> Rule:
    """The rule in `file`, with the parameters of `settings`; its examples only if asked for.

    What a shipped file says is looked for in `kept`.

    Raises: RuleError with file and line where the file is wrong.
    """
    text = _text(file.path)
    if examples or file.own:
        kept = NOTHING_KEPT
    known = kept.get(text)
    data = known["data"] if known else _parsed(file.path, text if examples or file.own else _without_examples(text))
    if file.own:
        validate(file.path, text, data)
    if data["id"] != file.id:
        raise _error(file.path, text, ("id",), f"the id is {data['id']}, the file is called {file.id}")
    params = _params(file, data.get("params", {}), (settings or Settings()).params.get(file.id, {}))
    if known:
        cel.learn(known["expressions"], variables=VARIABLES)
    build = _Build(file.path, text, data)
    rule = build.rule(params, examples=examples)
    if kept and not known:
        kept.put(text, {"data": data, "expressions": cel.packed(build.compiled, variables=VARIABLES)})
    return rule


def _without_examples(text: str) -> str:
    """The text less its examples, which are most of it and not needed to judge."""
    return _EXAMPLES.sub("", text, count=1)


def _parsed(path: Path, text: str) -> dict[str, Any]:
    data = load_yaml(text, path.as_posix(), RuleError, loader=_yaml_loader())
    if not isinstance(data, dict) or "id" not in data:
        raise RuleError("a rule file is a map with an `id`", Span(path.as_posix(), 1))
    return data


@cache
def _yaml_loader() -> type[yaml.SafeLoader]:
    """The safe loader, over libyaml where it is there, that leaves dates the text they are."""
    import yaml

    class Loader(safe_loader()):  # type: ignore[misc]  # libyaml's or Python's, as the machine has it
        yaml_implicit_resolvers = {  # noqa: RUF012 -- as the library has it
            first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return Loader


def validate(path: Path, text: str, data: Any) -> None:
    """Check a rule file against the schema. Raises: RuleError at the first thing that is wrong."""
    fault = first_fault(json.loads(SCHEMA.read_text("utf-8")), data, key="key of a rule")
    if fault is not None:
        choice = _CHOICES.get(fault.steps[:1]) if fault.kind == "oneOf" else None
        where = ".".join(str(step) for step in fault.steps)
        message = fault.message if choice is None else f"{where}: {choice}" if where else choice
        raise _error(path, text, fault.steps, message)


_CHOICES: Mapping[Steps, str] = {
    (): "a rule has either `when` or `check`",
    ("examples",): "an example says one of `fails`, `passes`, `undecided`",
    ("when",): "a condition is an expression, or one of `all`, `any`, `not`",
}


def _error(path: Path, text: str, steps: Steps, message: str) -> RuleError:
    return RuleError(message, Span(path.as_posix(), *place_in(text, steps)))


_KINDS: Mapping[type, str] = {float: "a number", str: "a text", bool: "true or false", list: "a list"}


def _params(file: RuleFile, own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    for name, complaint in _param_faults(file.id, own, given):
        raise RuleError(f"settings: {file.id}: {name}: {complaint}")
    return {**own, **given}


def unknown_param(file: RuleFile, given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first of `given`, parameters of the settings, that the rule has not or of another kind, and what to say."""
    own = _parsed(file.path, _without_examples(_text(file.path))).get("params", {})
    return next(_param_faults(file.id, own, given), None)


def _param_faults(rule: str, own: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from difflib import get_close_matches

    for name, value in given.items():
        if name not in own:
            near = get_close_matches(name, list(own), 1)
            meant = f"; did you mean {near[0]}?" if near else f" (it has: {', '.join(own) or 'none'})"
            yield name, f"{rule} has no such parameter{meant}"
        elif _kind(value) is not _kind(own[name]):
            yield name, f"must be {_KINDS[_kind(own[name])]}, like {own[name]!r}"


def _kind(value: Any) -> type:
    return float if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


class _Build:
    """Makes one rule of one parsed file."""

    def __init__(self, path: Path, text: str, data: dict[str, Any]) -> None:
        self.path, self.text, self.data = path, text, data
        self.compiled: list[str] = []

    def rule(self, params: Mapping[str, Any], *, examples: bool) -> Rule:
        data = self.data
        when = self.condition(data["when"], ("when",)) if "when" in data else None
        message = self.template(data["message"], ("message",))
        inferred = self.template(data.get("inferred_from", ""), ("inferred_from",))
        remedy = self.remedy(data["remedy"]) if "remedy" in data else None
        return Rule(
            id=data["id"],
            since=data["since"],
            severity=Severity(data["severity"]),
            confidence=Confidence(data["confidence"]),
            types=tuple(data["types"]),
            message=message,
            why=" ".join(data["why"].split()),
            source=Source(**{key: str(value) for key, value in data["source"].items()}),
            file=self.path.as_posix(),
            when=when,
            check=self.check(data["check"]) if "check" in data else None,
            params=params,
            each=attribute_path(data.get("each", "")),
            path=attribute_path(data.get("path", "")),
            inferred_from=inferred,
            remedy=remedy,
            default=data.get("default", True),
            needs_whole=data.get("whole", False),
            needs=" ".join(data.get("needs", "").split()),
            formerly=tuple(data.get("formerly", ())),
            examples=self.examples() if examples else (),
        )

    def expression(self, text: str, steps: tuple[str | int, ...]) -> cel.Expression:
        self.compiled.append(text)
        try:
            return cel.compile(text, variables=VARIABLES, where=Span(self.path.as_posix(), 1))
        except cel.ExpressionFault as fault:
            message = str(fault).partition(": ")[2] if fault.span else str(fault)
            raise _error(self.path, self.text, steps, message) from fault

    def condition(self, data: Any, steps: tuple[str | int, ...]) -> Condition:
        if isinstance(data, str):
            return self.expression(data, steps)
        [(kind, inner)] = data.items()
        if kind == "not":
            return Not(self.condition(inner, (*steps, "not")))
        parts = tuple(self.condition(part, (*steps, kind, n)) for n, part in enumerate(inner))
        return AllOf(parts) if kind == "all" else AnyOf(parts)

    def template(self, text: str, steps: tuple[str | int, ...]) -> Text:
        if "check" in self.data:
            return (" ".join(text.split()),)
        try:
            parts = list(pieces(" ".join(text.split())))
        except ValueError as error:
            raise _error(self.path, self.text, steps, str(error)) from error
        return tuple(self.expression(part, steps) if is_code else part for is_code, part in parts)

    def remedy(self, data: Mapping[str, Any]) -> RemedyPlan:
        changes = tuple((attribute_path(name), self.value(new, name)) for name, new in data["set"].items())
        default = ", ".join(f"set {name} to {_yaml(new)}" for name, new in data["set"].items())
        advice = self.template(data.get("advice", default), ("remedy", "advice"))
        return RemedyPlan(changes, advice, data.get("safe", False))

    def value(self, new: Any, name: str) -> Any:
        if isinstance(new, str) and new.startswith("{") and new.endswith("}"):
            return self.expression(new[1:-1], ("remedy", "set", name))
        return new

    def check(self, name: str) -> Check:
        module, _, function = name.rpartition(".")
        ours = find_spec(_ROOM + module) if "." not in module else None
        try:
            found = getattr(import_module(ours.name if ours else module), function)
        except (ImportError, AttributeError) as error:
            raise _error(self.path, self.text, ("check",), f"there is no check {name}") from error
        if not callable(found):
            raise _error(self.path, self.text, ("check",), f"{name} is not a check")
        checked: Check = found
        return checked

    def examples(self) -> tuple[Example, ...]:
        return tuple(self.example(n, data) for n, data in enumerate(self.data.get("examples", ())))

    def example(self, number: int, data: Mapping[str, Any]) -> Example:
        verdict = next(v for v in ("fails", "passes", "undecided") if v in data)
        line, _ = place_in(self.text, ("examples", number))
        optional = {key: data[key] for key in ("params", "says", "saves") if key in data}
        return Example(verdict, data[verdict], data["code"], line=line, **optional)


def _yaml(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (bool, list, dict)) or value is None else str(value)


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """`a {b} c` → (False, "a "), (True, "b"), (False, " c"); braces inside an expression must balance.

    Raises: ValueError where one is not closed.
    """
    start = 0
    while (opening := text.find("{", start)) >= 0:
        if opening > start:
            yield False, text[start:opening]
        closing = _closing(text, opening)
        yield True, text[opening + 1 : closing]
        start = closing + 1
    if start < len(text):
        yield False, text[start:]


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError(f"no closing brace in: {text}")
