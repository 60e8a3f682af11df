"""Guards against YAML that is small and not what it seems: nested without end, or multiplied by its aliases.

libyaml's composer overflows the C stack, and ends the process, where a text is nested deeply enough.
"""

from __future__ import annotations

import re
from typing import Any

DEEPEST = 200
"""Levels of nesting allowed; no file a person wrote has a tenth of it."""
MOST_NODES = 100_000
"""Nodes allowed once every alias is written out."""
_OPENERS = re.compile(r"[\[{]|- |-\n|: |:\n|\? ")
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*\S")


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
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
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
        return _first_excess(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
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
