"""YAML of ours and of the user's → plain values, and guards against what is small and not what it seems.

A text may be nested without end, or multiplied by its aliases. libyaml's composer overflows the C stack, and ends the
process, where it is nested deeply enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span

if TYPE_CHECKING:
    import yaml

DEEPEST = 200
"""Levels of nesting allowed; no file a person wrote has a tenth of it."""
MOST_NODES = 100_000
"""Nodes allowed once every alias is written out."""
_OPENERS = regex(r"[\[{]|- |-\n|: |:\n|\? ")
_ALIAS = regex(r"(?:^|[\s\[{,:-])\*\S")


def safe_loader() -> type[yaml.SafeLoader]:
    """The loader that makes plain values only: libyaml's where the machine has it."""
    import yaml

    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader


def load_yaml(
    text: str, file: str, fault: type[FinopsLintError], *, loader: type[yaml.SafeLoader] | None = None
) -> Any:
    """The plain value that `text` of `file` is; `loader` is one made from `safe_loader()`.

    Raises:
        FinopsLintError: As `fault`: it is no YAML, a value in it is none (the 40th of May), or it asks for too much.
    """
    import yaml

    line, why = too_much(text)
    if line:
        raise fault(why, Span(file, line))
    try:
        return yaml.load(text, Loader=loader or safe_loader())  # noqa: S506 -- safe, see above
    except yaml.YAMLError as error:
        mark: yaml.Mark | None = getattr(error, "problem_mark", None)
        place = Span(file, mark.line + 1, mark.column + 1) if mark else Span(file, 1)
        what = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise fault(f"not YAML: {what}", place) from None
    except (RecursionError, ValueError) as error:
        raise fault(f"cannot be read as YAML: {error}", Span(file, 1)) from None


def too_much(text: str) -> tuple[int, str]:
    """The line, from 1, where `text` asks for more than is read, and why; (0, "") where it does not, or is no YAML."""
    if line := too_deep(text):
        return line, "nested too deeply"
    if line := too_many(text):
        return line, "its aliases refer to themselves or repeat too much"
    return 0, ""


def too_deep(text: str) -> int:
    """The line, from 1, where `text` is nested more than `DEEPEST` levels deep; 0 where it is not, or is no YAML."""
    import yaml

    # Each level takes an opener of some sort: a text with few of them needs no look.
    if sum(1 for _ in _OPENERS.finditer(text)) <= DEEPEST:
        return 0
    depth = 0
    try:
        for event in yaml.parse(text, Loader=safe_loader()):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                depth += 1
                if depth > DEEPEST:
                    return event.start_mark.line + 1 if event.start_mark else 1
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
    except yaml.YAMLError:
        return 0  # it is read again, and told what is wrong with it
    return 0


def too_many(text: str) -> int:
    """The line, from 1, of the alias that makes `text` more than `MOST_NODES` nodes, or stands inside of what it names.

    0 where there is none, or `text` is no YAML.
    """
    import yaml

    if not _ALIAS.search(text):
        return 0
    try:
        return _first_excess(yaml.parse(text, Loader=safe_loader()))
    except yaml.YAMLError:
        return 0  # it is read again, and told what is wrong with it


def _first_excess(events: Any) -> int:
    import yaml

    sizes: dict[str, int] = {}
    """Anchor → nodes it stands for; those still open stand for themselves, without end."""
    open_: list[tuple[str | None, int]] = []
    count = 0
    for event in events:
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            open_.append((event.anchor, count))
            if event.anchor:
                sizes[event.anchor] = MOST_NODES
            count += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.AliasEvent):
            count += sizes.get(event.anchor or "", 1)
            if count > MOST_NODES:
                return int(event.start_mark.line) + 1 if event.start_mark else 1
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
    return 0
